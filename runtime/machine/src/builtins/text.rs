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
        Builtin::TextStartsWith => holds(call, |part, text| text.get(..part.len())),
        Builtin::TextEndsWith => holds(call, |part, text| text.get(text.len().checked_sub(part.len())?..)),
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
pub(super) fn count(heap: &Heap, text: &str) -> Asked<u64> {
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

/// Whether a part, which comes first, stands at a place of a text that is as long.
fn holds(call: &mut Call<'_>, place: for<'a> fn(&str, &'a str) -> Option<&'a str>) -> Result {
    let (part, text) = (call.text(0)?, call.text(1)?);
    let (there, bytes) = (place(part, text), part.len());
    let holds = there.map_or(Ok(false), |there| asking::same(call.heap, part.as_bytes(), there.as_bytes()))?;
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
    Ok(asking::list_of(call.heap, &chars)?.0)
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

/// Pieces that are larger if need be: the small form of a sigma depends on whether it is the last letter of a word.
fn pieces_at_blanks<'a>(heap: &Heap, text: &'a str) -> Asked<Vec<&'a str>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        heap.check_interrupt()?;
        let least = rest.floor_char_boundary(PIECE_BYTES);
        let mut places = rest[least..].char_indices().map(|(at, c)| (least + at, c));
        let end = places.find(|(at, c)| may_begin(*c, &rest[..*at])).map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    Ok(pieces)
}

/// Whether a piece may begin with a character that stands behind these: what has no case, and is part of no word with one, ends a word as the end of a text does; and between two other letters
/// no sigma looks through.
fn may_begin(c: char, behind: &str) -> bool {
    matches!(c, ' ' | '\n' | '0'..='9' | '\u{3400}'..='\u{9fff}')
        || c.is_ascii_alphabetic() && behind.ends_with(|last: char| last.is_ascii_alphanumeric())
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

/// Parts that are found before they are put into the list.
const PARTS: usize = asking::SEGMENT;

/// Parts of a text that were found: where they begin and how long they are.
type Ranges = Vec<(usize, usize)>;

/// Finds the parts from a place on, [`PARTS`] at most; says from where to go on, if there are more.
type Cut<'a> = dyn Fn(&Heap, &str, usize, &mut Ranges) -> Asked<Option<usize>> + 'a;

/// A list of parts of the text at `index`.
fn parts(call: &mut Call<'_>, index: usize, cut: &Cut<'_>) -> Result {
    let (whole, bytes) = (call.word(index), call.text(index)?.len());
    call.heap.charge_bytes(2 * bytes);
    let (mut found, mut parts, mut list) = (Ranges::new(), Vec::new(), Word::EMPTY_LIST);
    let mut from = Some(0);
    while let Some(start) = from {
        from = cut(call.heap, call.text(index)?, start, &mut found)?;
        call.heap.reserve(PIECE_BYTES_IN_LIST * found.len())?;
        parts.extend(found.drain(..).map(|(start, len)| call.heap.part(whole, start, len)));
        list = asking::and_segment(call.heap, list, &parts)?;
        parts.clear();
    }
    Ok(list.0)
}

fn words(call: &mut Call<'_>) -> Result {
    parts(call, 0, &|heap, text, from, found| {
        let (mut at, mut word) = (from, None);
        for piece in asking::pieces(heap, &text[from..]) {
            let piece = piece?;
            for (i, c) in piece.char_indices() {
                if !c.is_whitespace() {
                    word = word.or(Some(at + i));
                } else if let Some(start) = word.take() {
                    found.push((start, at + i - start));
                    if found.len() == PARTS {
                        return Ok(Some(at + i));
                    }
                }
            }
            at += piece.len();
        }
        found.extend(word.map(|start| (start, at - start)));
        Ok(None)
    })
}

/// As Rust's `lines`: the end of a line may be of two characters, and behind the last one there is none.
fn lines(call: &mut Call<'_>) -> Result {
    parts(call, 0, &|heap, text, from, found| {
        let start = cut_at_each(heap, "\n", text, from, found)?;
        let without_return = |(start, len): &mut (usize, usize)| {
            *len -= usize::from(text[*start..*start + *len].ends_with('\r'));
        };
        found.iter_mut().for_each(without_return);
        if found.len() == PARTS {
            return Ok(Some(start));
        }
        if start < text.len() {
            found.push((start, text.len() - start));
        }
        Ok(None)
    })
}

/// Finds parts that end where a separator stands, which is not empty. Gives where the next one begins.
fn cut_at_each(heap: &Heap, separator: &str, text: &str, from: usize, found: &mut Ranges) -> Asked<usize> {
    let mut start = from;
    asking::each_match(heap, separator, &text[from..], |at| {
        found.push((start, from + at - start));
        start = from + at + separator.len();
        if found.len() == PARTS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(start)
}

fn split_on(call: &mut Call<'_>) -> Result {
    call.text(1)?;
    let len = call.text(0)?.len();
    if len == 0 {
        let whole = call.word(1);
        return Ok(list::from_elements(call.heap, &[whole]).0);
    }
    call.heap.charge_bytes(len);
    let blob = call.heap.share_blob(call.word(0));
    let separator = Heap::text_in(&blob, call.word(0));
    parts(call, 1, &|heap, text, from, found| {
        let start = cut_at_each(heap, separator, text, from, found)?;
        if found.len() == PARTS {
            return Ok(Some(start));
        }
        found.push((start, text.len() - start));
        Ok(None)
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
    let start = blanks(call.heap, text)?;
    let end = start + without_blanks_behind(call.heap, &text[start..])?;
    Ok(call.heap.part(call.word(0), start, end - start).0)
}

/// Bytes of the white space that a text begins with.
fn blanks(heap: &Heap, text: &str) -> Asked<usize> {
    let mut at = 0;
    for piece in asking::pieces(heap, text) {
        let piece = piece?;
        let rest = piece.trim_start();
        at += piece.len() - rest.len();
        if !rest.is_empty() {
            break;
        }
    }
    Ok(at)
}

/// Bytes of a text without the white space at its end.
fn without_blanks_behind(heap: &Heap, text: &str) -> Asked<usize> {
    let mut rest = text;
    loop {
        heap.check_interrupt()?;
        let (before, piece) = rest.split_at(rest.floor_char_boundary(rest.len().saturating_sub(PIECE_BYTES)));
        let kept = piece.trim_end();
        if !kept.is_empty() || before.is_empty() {
            return Ok(before.len() + kept.len());
        }
        rest = before;
    }
}
