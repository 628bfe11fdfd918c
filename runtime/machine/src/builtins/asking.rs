//! Work on what may be large: in pieces, and before each of them it is asked whether the result is still wanted. So what is cancelled in the middle of a builtin ends within a millisecond or so.

use crate::heap::Heap;
use crate::list;
use crate::trap::Trap;
use crate::word::Word;
use std::cmp::Ordering;
use std::ops::ControlFlow;

pub(crate) type Asked<T> = std::result::Result<T, Box<Trap>>;

/// Bytes of a piece: at most a millisecond of the slowest work that is done on them.
pub(super) const PIECE_BYTES: usize = 64 << 10;

/// Elements of a piece.
const PIECE_ELEMENTS: usize = 4096;

/// Elements of a list that are put together at once.
pub(super) const SEGMENT: usize = 16 << 10;

/// A text in pieces, cut between characters.
pub(super) fn pieces<'h, 'a>(heap: &'h Heap, text: &'a str) -> impl Iterator<Item = Asked<&'a str>> + use<'h, 'a> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES));
        rest = after;
        (!piece.is_empty()).then(|| heap.check_interrupt().map(|()| piece))
    })
}

/// Adds bytes to others, for which there is room.
pub(super) fn push(heap: &Heap, out: &mut Vec<u8>, bytes: &[u8]) -> Asked<()> {
    for piece in bytes.chunks(PIECE_BYTES) {
        heap.check_interrupt()?;
        out.extend_from_slice(piece);
    }
    Ok(())
}

pub(super) fn copy(heap: &Heap, bytes: &[u8]) -> Asked<Vec<u8>> {
    let mut copy = Vec::with_capacity(bytes.len());
    push(heap, &mut copy, bytes)?;
    Ok(copy)
}

pub(super) fn same(heap: &Heap, a: &[u8], b: &[u8]) -> Asked<bool> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (a, b) in a.chunks(PIECE_BYTES).zip(b.chunks(PIECE_BYTES)) {
        heap.check_interrupt()?;
        if a != b {
            return Ok(false);
        }
    }
    Ok(true)
}

const HEAD_BYTES: usize = size_of::<u64>();

/// The first bytes as a number that is ordered as they are; zeros stand for those that are not there.
#[inline]
fn head(bytes: &[u8]) -> u64 {
    if let Some(first) = bytes.first_chunk() {
        return u64::from_be_bytes(*first);
    }
    let bits = match (bytes.first_chunk(), bytes.last_chunk()) {
        // They overlap where there are fewer than eight.
        (Some(first), Some(last)) => {
            u64::from(u32::from_be_bytes(*first)) << (8 * (bytes.len() - 4)) | u64::from(u32::from_be_bytes(*last))
        }
        _ => bytes.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte)),
    };
    if bytes.is_empty() { 0 } else { bits << (8 * (HEAD_BYTES - bytes.len())) }
}

/// How bytes stand to each other: most differ in the first few.
#[inline]
pub(super) fn order(heap: &Heap, a: &[u8], b: &[u8]) -> Asked<Ordering> {
    let (x, y) = (head(a), head(b));
    if x != y {
        return Ok(x.cmp(&y));
    }
    let both = a.len().min(b.len());
    if both <= HEAD_BYTES {
        return Ok(a.len().cmp(&b.len()));
    }
    if both <= PIECE_BYTES {
        return Ok(a[HEAD_BYTES..].cmp(&b[HEAD_BYTES..]));
    }
    for (x, y) in a[..both].chunks(PIECE_BYTES).zip(b[..both].chunks(PIECE_BYTES)) {
        heap.check_interrupt()?;
        if x != y {
            return Ok(x.cmp(y));
        }
    }
    Ok(a.len().cmp(&b.len()))
}

/// How many bytes come before the first that is one of those asked for; all, if there is none.
pub(super) fn before(heap: &Heap, bytes: &[u8], is_wanted: impl Fn(u8) -> bool) -> Asked<usize> {
    for (n, piece) in bytes.chunks(PIECE_BYTES).enumerate() {
        if n > 0 {
            heap.check_interrupt()?;
        }
        if let Some(at) = piece.iter().position(|byte| is_wanted(*byte)) {
            return Ok(n * PIECE_BYTES + at);
        }
    }
    Ok(bytes.len())
}

/// For each element of many.
#[inline]
pub(super) fn now_and_then(heap: &Heap, n: usize) -> Asked<()> {
    if n.is_multiple_of(PIECE_ELEMENTS) { heap.check_interrupt() } else { Ok(()) }
}

/// All items; there are `count` of them, or about so many.
pub(crate) fn collect<T>(heap: &Heap, mut items: impl Iterator<Item = T>, count: usize) -> Asked<Vec<T>> {
    let mut all = Vec::with_capacity(count);
    loop {
        heap.check_interrupt()?;
        let before = all.len();
        all.extend(items.by_ref().take(PIECE_ELEMENTS));
        if all.len() < before + PIECE_ELEMENTS {
            return Ok(all);
        }
    }
}

/// A list of these elements.
pub(crate) fn list_of(heap: &mut Heap, elements: &[Word]) -> Asked<Word> {
    elements.chunks(SEGMENT).try_fold(Word::EMPTY_LIST, |list, segment| and_segment(heap, list, segment))
}

/// A list, and behind it these elements, [`SEGMENT`] at most.
pub(super) fn and_segment(heap: &mut Heap, list: Word, segment: &[Word]) -> Asked<Word> {
    heap.check_interrupt()?;
    let more = list::from_elements(heap, segment);
    Ok(if list == Word::EMPTY_LIST { more } else { list::concat(heap, list, more) })
}

/// A text that grows, in pieces: so nothing that is long is copied for room, and the pieces are put together when it is wanted.
#[derive(Default)]
pub(super) struct Output {
    full: Vec<String>,
    pub(super) last: String,
    full_bytes: usize,
}

/// Bytes of a piece of a text that grows.
const OUTPUT_BYTES: usize = 1 << 20;

impl Output {
    pub(super) fn len(&self) -> usize {
        self.full_bytes + self.last.len()
    }

    /// Begins a new piece if the last one is long.
    #[inline]
    pub(super) fn rest(&mut self) {
        if self.last.len() >= OUTPUT_BYTES {
            self.full_bytes += self.last.len();
            self.full.push(std::mem::replace(&mut self.last, String::with_capacity(OUTPUT_BYTES)));
        }
    }

    pub(super) fn finish(mut self, heap: &Heap) -> Asked<Vec<u8>> {
        if self.full.is_empty() {
            return Ok(self.last.into_bytes());
        }
        let mut whole = Vec::with_capacity(self.len());
        self.full.push(self.last);
        self.full.iter().try_for_each(|piece| push(heap, &mut whole, piece.as_bytes()))?;
        Ok(whole)
    }
}

/// Where a part that is not empty stands in a text, from the left and without overlaps, until that is enough.
pub(super) fn each_match(
    heap: &Heap,
    part: &str,
    text: &str,
    mut found: impl FnMut(usize) -> ControlFlow<()>,
) -> Asked<()> {
    let mut at = 0;
    if part.len() > PIECE_BYTES / 2 {
        while let Some(next) = find(heap, part.as_bytes(), &text.as_bytes()[at..])? {
            if found(at + next).is_break() {
                return Ok(());
            }
            at += next + part.len();
        }
        return Ok(());
    }
    loop {
        heap.check_interrupt()?;
        let end = text.ceil_char_boundary(at.saturating_add(PIECE_BYTES + part.len()));
        let mut next = at;
        for (start, _) in text[at..end].match_indices(part) {
            if found(at + start).is_break() {
                return Ok(());
            }
            next = at + start + part.len();
        }
        if end == text.len() {
            return Ok(());
        }
        // What begins before that would have been found.
        at = next.max(text.floor_char_boundary(end + 1 - part.len()));
    }
}

/// Where the part stands first: Knuth, Morris and Pratt, so that no input makes it quadratic.
pub(super) fn find(heap: &Heap, part: &[u8], whole: &[u8]) -> Asked<Option<usize>> {
    if part.is_empty() {
        return Ok(Some(0));
    }
    let borders = borders(heap, part)?;
    let mut matched = 0;
    for (n, piece) in whole.chunks(PIECE_BYTES).enumerate() {
        heap.check_interrupt()?;
        for (i, byte) in piece.iter().enumerate() {
            while matched > 0 && part[matched] != *byte {
                matched = borders[matched - 1];
            }
            matched += usize::from(part[matched] == *byte);
            if matched == part.len() {
                return Ok(Some(n * PIECE_BYTES + i + 1 - matched));
            }
        }
    }
    Ok(None)
}

/// For each beginning of the part, how long its longest proper beginning is that is also its end.
fn borders(heap: &Heap, part: &[u8]) -> Asked<Vec<usize>> {
    let mut borders = vec![0; part.len()];
    let mut length = 0;
    for i in 1..part.len() {
        if i.is_multiple_of(PIECE_BYTES) {
            heap.check_interrupt()?;
        }
        while length > 0 && part[length] != part[i] {
            length = borders[length - 1];
        }
        length += usize::from(part[length] == part[i]);
        borders[i] = length;
    }
    Ok(borders)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    #[test]
    fn bytes_are_ordered_as_they_are() {
        let heap = Heap::new(1 << 20, None);
        let texts: [&[u8]; 16] = [
            b"",
            b"\0",
            b"\0\0",
            b"a",
            b"a\0",
            b"ab",
            b"abc",
            b"abcd",
            b"abcd\0",
            b"abcdefg",
            b"abcdefgh",
            b"abcdefgh\0",
            b"abcdefghi",
            b"abcdefgi",
            b"b",
            b"\xff",
        ];
        for a in texts {
            for b in texts {
                assert_eq!(order(&heap, a, b).ok(), Some(a.cmp(b)), "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn what_is_not_wanted_any_more_ends_in_the_middle() {
        let heap = Heap::new(1 << 20, Some(Arc::default()));
        let text = "ab".repeat(PIECE_BYTES);
        let stop = |n: usize| heap.interrupt.as_ref().expect("given").store(n == 2, Ordering::Relaxed);
        let mut seen = 0;
        let end: Asked<()> = pieces(&heap, &text).try_for_each(|piece| {
            seen += piece?.len();
            stop(2);
            Ok(())
        });
        assert!(end.is_err() && seen == PIECE_BYTES);
        assert!(copy(&heap, text.as_bytes()).is_err());
        assert!(same(&heap, text.as_bytes(), text.as_bytes()).is_err());
        assert!(order(&heap, text.as_bytes(), text.as_bytes()).is_err());
        assert!(before(&heap, text.as_bytes(), |byte| byte == b'c').is_err());
        assert!(find(&heap, b"abb", text.as_bytes()).is_err());
        assert!(borders(&heap, text.as_bytes()).is_err());
        assert!(each_match(&heap, "abb", &text, |_| ControlFlow::Break(())).is_err());
        stop(0);
        let numbers = (0..100_000).inspect(|n| stop(usize::from(*n >= 5_000) * 2));
        assert!(collect(&heap, numbers, 0).is_err());
        stop(0);
        assert_eq!(find(&heap, b"ba", text.as_bytes()).ok(), Some(Some(1)));
    }
}
