//! Text, by characters.

use super::asking::{self, Asked, PIECE_BYTES};
use super::{Call, Result};
use crate::heap::Heap;
use crate::list::{self, Elements};
use crate::word::Word;
use builtin::Builtin;
use std::ops::ControlFlow;

/// The result if it is a builtin of this file.
pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Option<Result> {
    Some(match builtin {
        Builtin::TextConcat => concat(call),
        Builtin::TextSize => size(call),
        Builtin::TextTake => part(call, |text, at| (0, at, text.len())),
        Builtin::TextDrop => part(call, |text, at| (at, text.len(), text.len())),
        Builtin::TextIndexOf => index_of(call),
        Builtin::TextRepeat => repeat(call),
        Builtin::TextEq => same(call),
        Builtin::TextUncons => uncons(call),
        Builtin::TextUnsnoc => unsnoc(call),
        Builtin::TextToCharList => to_char_list(call),
        Builtin::TextFromCharList => from_char_list(call),
        Builtin::TextReverse => map(call, pieces_reversed, |text| text.chars().rev().collect()),
        Builtin::TextToUppercase => map(call, pieces, str::to_uppercase),
        Builtin::TextToLowercase => map(call, pieces_at_blanks, str::to_lowercase),
        Builtin::TextToUtf8 => to_utf8(call),
        Builtin::TextFromUtf8 => from_utf8(call),
        Builtin::TextSplitOn => split_on(call),
        Builtin::TextJoin => join(call),
        Builtin::TextWords => words(call),
        Builtin::TextLines => lines(call),
        Builtin::TextTrim => trim(call),
        Builtin::TextStartsWith => holds(call, |part, text| text.starts_with(part)),
        Builtin::TextEndsWith => holds(call, |part, text| text.ends_with(part)),
        _ => return None,
    })
}

fn concat(call: &mut Call<'_>) -> Result {
    call.text(0)?;
    call.text(1)?;
    Ok(call.heap.append(call.word(0), call.word(1))?.0)
}

fn size(call: &mut Call<'_>) -> Result {
    let text = call.text(0)?;
    let (size, bytes) = (count(call.heap, text)?, text.len());
    call.heap.charge_bytes(bytes);
    Ok(size)
}

/// Characters.
fn count(heap: &Heap, text: &str) -> Asked<u64> {
    asking::pieces(heap, text).try_fold(0, |sum, piece| Ok(sum + piece?.chars().count() as u64))
}

/// Where the character with this number begins; the end if there is none.
fn offset(heap: &Heap, text: &str, chars: u64) -> Asked<usize> {
    let nth = |text: &str, n: usize| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    let (mut rest, mut at) = match usize::try_from(chars) {
        Ok(n) if n < PIECE_BYTES => return Ok(nth(text, n)),
        Ok(n) if n < text.len() => (n, 0),
        _ => return Ok(text.len()),
    };
    for piece in asking::pieces(heap, text) {
        let piece = piece?;
        let count = piece.chars().count();
        if rest < count {
            return Ok(at + nth(piece, rest));
        }
        (rest, at) = (rest - count, at + piece.len());
    }
    Ok(at)
}

fn part(call: &mut Call<'_>, range: fn(&str, usize) -> (usize, usize, usize)) -> Result {
    let text = call.text(1)?;
    let at = offset(call.heap, text, call.args[0])?;
    let (start, end, len) = range(text, at);
    call.heap.charge_bytes(at);
    if (start, end) == (0, len) {
        return Ok(call.args[1]);
    }
    Ok(call.heap.part(call.word(1), start, end - start).0)
}

fn index_of(call: &mut Call<'_>) -> Result {
    let (needle, text) = (call.text(0)?, call.text(1)?);
    let found = find(call.heap, needle, text)?.map(|at| count(call.heap, &text[..at])).transpose()?;
    let bytes = text.len();
    call.heap.charge_bytes(bytes);
    let index = found.map(|index| call.heap.nat(index));
    Ok(call.optional(index).0)
}

fn find(heap: &Heap, needle: &str, text: &str) -> Asked<Option<usize>> {
    let mut first = needle.is_empty().then_some(0);
    if first.is_none() {
        asking::each_match(heap, needle, text, |at| {
            first = Some(at);
            ControlFlow::Break(())
        })?;
    }
    Ok(first)
}

fn repeat(call: &mut Call<'_>) -> Result {
    let len = call.text(1)?.len();
    let times = usize::try_from(call.args[0]).unwrap_or(usize::MAX);
    if len == 0 {
        return Ok(call.args[1]);
    }
    call.heap.reserve(len.saturating_mul(times))?;
    let text = call.text(1)?;
    let mut all = Vec::with_capacity(len * times);
    // Short ones together, so that asking costs nothing.
    let once = (PIECE_BYTES / len).clamp(1, times.max(1));
    let several = text.repeat(once);
    for _ in 0..times / once {
        asking::push(call.heap, &mut all, several.as_bytes())?;
    }
    all.extend_from_slice(text.repeat(times % once).as_bytes());
    Ok(call.heap.text_built(all).0)
}

fn same(call: &mut Call<'_>) -> Result {
    let (a, b) = (call.text(0)?, call.text(1)?);
    let (same, bytes) = (asking::same(call.heap, a.as_bytes(), b.as_bytes())?, a.len().min(b.len()));
    call.heap.charge_bytes(bytes);
    Ok(u64::from(same))
}

/// Whether a relation holds between a part, which comes first, and a text.
fn holds(call: &mut Call<'_>, relation: fn(&str, &str) -> bool) -> Result {
    let (part, text) = (call.text(0)?, call.text(1)?);
    let (holds, bytes) = (relation(part, text), part.len());
    call.heap.charge_bytes(bytes);
    Ok(u64::from(holds))
}

fn uncons(call: &mut Call<'_>) -> Result {
    let text = call.text(0)?;
    let Some(first) = text.chars().next() else { return Ok(call.optional(None).0) };
    let len = text.len() - first.len_utf8();
    let rest = call.heap.part(call.word(0), first.len_utf8(), len);
    let pair = call.pair(Word::char(first), rest);
    Ok(call.optional(Some(pair)).0)
}

fn unsnoc(call: &mut Call<'_>) -> Result {
    let text = call.text(0)?;
    let Some(last) = text.chars().next_back() else { return Ok(call.optional(None).0) };
    let len = text.len() - last.len_utf8();
    let rest = call.heap.part(call.word(0), 0, len);
    let pair = call.pair(rest, Word::char(last));
    Ok(call.optional(Some(pair)).0)
}

fn to_char_list(call: &mut Call<'_>) -> Result {
    let len = call.text(0)?.len();
    call.heap.reserve(16 * len)?;
    let chars = asking::collect(call.heap, call.text(0)?.chars().map(Word::char), len)?;
    asking::list_of(call, &chars)
}

fn from_char_list(call: &mut Call<'_>) -> Result {
    let chars = call.list(0)?;
    let size = list::size(chars);
    call.heap.reserve(4 * size)?;
    let mut text = Vec::with_capacity(size);
    for (n, char) in Elements::of(chars).enumerate() {
        asking::now_and_then(call.heap, n)?;
        let Some(char) = char.as_char() else { return super::wrong_type("Char") };
        text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Ok(call.heap.text_built(text).0)
}

/// The longest a case mapping makes a text: three times its bytes.
const GROWTH_MAX: usize = 3;

/// A text made of one, piece by piece.
fn map(
    call: &mut Call<'_>,
    pieces: for<'a> fn(&Heap, &'a str) -> Asked<Vec<&'a str>>,
    f: fn(&str) -> String,
) -> Result {
    let len = call.text(0)?.len();
    call.heap.reserve(GROWTH_MAX * len)?;
    let mut made = Vec::with_capacity(len);
    for piece in pieces(call.heap, call.text(0)?)? {
        call.heap.check_interrupt()?;
        made.extend_from_slice(f(piece).as_bytes());
    }
    Ok(call.heap.text_built(made).0)
}

fn pieces<'a>(heap: &Heap, text: &'a str) -> Asked<Vec<&'a str>> {
    asking::pieces(heap, text).collect()
}

fn pieces_reversed<'a>(heap: &Heap, text: &'a str) -> Asked<Vec<&'a str>> {
    let mut pieces = pieces(heap, text)?;
    pieces.reverse();
    Ok(pieces)
}

/// Pieces that are larger if need be, so that none ends in a word: the small form of a letter may depend on whether it is the last one of a word.
fn pieces_at_blanks<'a>(heap: &Heap, text: &'a str) -> Asked<Vec<&'a str>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        heap.check_interrupt()?;
        let least = rest.floor_char_boundary(PIECE_BYTES);
        let end = rest[least..].find([' ', '\n']).map_or(rest.len(), |at| least + at);
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    Ok(pieces)
}

fn to_utf8(call: &mut Call<'_>) -> Result {
    let len = call.text(0)?.len();
    call.heap.reserve(len)?;
    let bytes = asking::copy(call.heap, call.text(0)?.as_bytes())?;
    Ok(call.heap.bytes_built(bytes).0)
}

fn from_utf8(call: &mut Call<'_>) -> Result {
    let len = call.bytes(0)?.len();
    call.heap.reserve(len)?;
    let bytes = call.bytes(0)?;
    let either = match valid_up_to(call.heap, bytes)? {
        valid if valid == len => {
            let bytes = asking::copy(call.heap, bytes)?;
            let text = call.heap.text_built(bytes);
            call.heap.constructed(call.machine.known.right, &[text.0])
        }
        valid => {
            let failure = call.failure(&format!("invalid UTF-8 after {valid} bytes"));
            call.heap.constructed(call.machine.known.left, &[failure.0])
        }
    };
    Ok(either.0)
}

/// How many of the bytes are text.
fn valid_up_to(heap: &Heap, bytes: &[u8]) -> Asked<usize> {
    let mut valid = 0;
    loop {
        heap.check_interrupt()?;
        let end = bytes.len().min(valid + PIECE_BYTES);
        match std::str::from_utf8(&bytes[valid..end]) {
            Ok(piece) => valid += piece.len(),
            Err(error) => {
                valid += error.valid_up_to();
                // A character that the end of the piece cuts is whole in the next one.
                if error.error_len().is_some() || end == bytes.len() {
                    return Ok(valid);
                }
            }
        }
        if valid == bytes.len() {
            return Ok(valid);
        }
    }
}

/// Bytes of a part, its place in a list, and what is needed while the list is made.
const PIECE_BYTES_IN_LIST: usize = 96;

/// Tells where parts of a text begin and how long they are.
type Ranges<'a> = dyn Fn(&Heap, &str, &mut dyn FnMut(usize, usize)) -> Asked<()> + 'a;

/// A list of parts of the text at `index`. They are counted before room is made for them.
fn parts(call: &mut Call<'_>, index: usize, ranges: &Ranges<'_>) -> Result {
    let text = call.text(index)?;
    let (mut count, bytes) = (0, text.len());
    ranges(call.heap, text, &mut |_, _| count += 1)?;
    call.heap.charge_bytes(2 * bytes);
    call.heap.reserve(PIECE_BYTES_IN_LIST * count)?;
    let mut found = Vec::with_capacity(count);
    ranges(call.heap, call.text(index)?, &mut |start, len| found.push((start, len)))?;
    let whole = call.word(index);
    let mut parts = Vec::with_capacity(count);
    for (n, (start, len)) in found.into_iter().enumerate() {
        asking::now_and_then(call.heap, n)?;
        parts.push(call.heap.part(whole, start, len));
    }
    asking::list_of(call, &parts)
}

fn words(call: &mut Call<'_>) -> Result {
    parts(call, 0, &|heap, text, found| {
        let (mut at, mut word) = (0, None);
        for piece in asking::pieces(heap, text) {
            let piece = piece?;
            for (i, c) in piece.char_indices() {
                if !c.is_whitespace() {
                    word = word.or(Some(at + i));
                } else if let Some(start) = word.take() {
                    found(start, at + i - start);
                }
            }
            at += piece.len();
        }
        word.into_iter().for_each(|start| found(start, at - start));
        Ok(())
    })
}

/// As Rust's `lines`: the end of a line may be of two characters, and behind the last one there is none.
fn lines(call: &mut Call<'_>) -> Result {
    parts(call, 0, &|heap, text, found| {
        let mut start = 0;
        asking::each_match(heap, "\n", text, |end| {
            let line = &text[start..end];
            found(start, line.strip_suffix('\r').unwrap_or(line).len());
            start = end + 1;
            ControlFlow::Continue(())
        })?;
        if start < text.len() {
            found(start, text.len() - start);
        }
        Ok(())
    })
}

fn split_on(call: &mut Call<'_>) -> Result {
    call.text(1)?;
    let len = call.text(0)?.len();
    if len == 0 {
        let whole = call.word(1);
        return Ok(list::from_elements(call.heap, &[whole]).0);
    }
    call.heap.reserve(len)?;
    let separator = call.text(0)?.to_string();
    parts(call, 1, &|heap, text, found| {
        let mut start = 0;
        asking::each_match(heap, &separator, text, |end| {
            found(start, end - start);
            start = end + len;
            ControlFlow::Continue(())
        })?;
        found(start, text.len() - start);
        Ok(())
    })
}

fn join(call: &mut Call<'_>) -> Result {
    let (separator, parts) = (call.text(0)?.len(), call.list(1)?);
    call.heap.reserve(list::size(parts))?;
    let mut bytes = 0usize;
    for (n, part) in Elements::of(parts).enumerate() {
        asking::now_and_then(call.heap, n)?;
        let Some(part) = call.heap.as_text(part) else { return super::wrong_type("Text") };
        bytes = bytes.saturating_add(separator + part.len());
    }
    call.heap.reserve(bytes)?;
    let mut text = Vec::with_capacity(bytes);
    for (n, part) in Elements::of(parts).enumerate() {
        asking::now_and_then(call.heap, n)?;
        let separator = if n > 0 { call.text(0)? } else { "" };
        asking::push(call.heap, &mut text, separator.as_bytes())?;
        asking::push(call.heap, &mut text, call.heap.as_text(part).unwrap_or("").as_bytes())?;
    }
    Ok(call.heap.text_built(text).0)
}

fn trim(call: &mut Call<'_>) -> Result {
    let text = call.text(0)?;
    let trimmed = text.trim();
    let (start, len) = (trimmed.as_ptr() as usize - text.as_ptr() as usize, trimmed.len());
    Ok(call.heap.part(call.word(0), start, len).0)
}
