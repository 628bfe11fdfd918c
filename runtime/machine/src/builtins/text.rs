//! Text, by characters.

use super::{Call, Result};
use crate::list::{self, Elements};
use crate::word::Word;
use builtin::Builtin;
use std::sync::Arc;

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
        Builtin::TextReverse => map(call, |text| text.chars().rev().collect()),
        Builtin::TextToUppercase => map(call, str::to_uppercase),
        Builtin::TextToLowercase => map(call, str::to_lowercase),
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
    let (size, bytes) = (text.chars().count(), text.len());
    call.heap.charge_bytes(bytes);
    Ok(size as u64)
}

/// Where the character with this number begins; the end if there is none.
fn offset(text: &str, chars: u64) -> usize {
    match usize::try_from(chars) {
        Ok(n) if n < text.len() => text.char_indices().nth(n).map_or(text.len(), |(at, _)| at),
        _ => text.len(),
    }
}

fn part(call: &mut Call<'_>, range: fn(&str, usize) -> (usize, usize, usize)) -> Result {
    let text = call.text(1)?;
    let at = offset(text, call.args[0]);
    let (start, end, len) = range(text, at);
    call.heap.charge_bytes(at);
    if (start, end) == (0, len) {
        return Ok(call.args[1]);
    }
    Ok(call.heap.part(call.word(1), start, end - start).0)
}

fn index_of(call: &mut Call<'_>) -> Result {
    let (needle, text) = (call.text(0)?, call.text(1)?);
    let found = text.find(needle).map(|at| text[..at].chars().count() as u64);
    let bytes = text.len();
    call.heap.charge_bytes(bytes);
    let index = found.map(|index| call.heap.nat(index));
    Ok(call.optional(index).0)
}

fn repeat(call: &mut Call<'_>) -> Result {
    let len = call.text(1)?.len();
    let times = usize::try_from(call.args[0]).unwrap_or(usize::MAX);
    if len == 0 {
        return Ok(call.args[1]);
    }
    call.heap.reserve(len.saturating_mul(times))?;
    let text = call.text(1)?.repeat(times);
    Ok(call.heap.text_shared(text.into()).0)
}

fn same(call: &mut Call<'_>) -> Result {
    let (a, b) = (call.text(0)?, call.text(1)?);
    let (same, bytes) = (a == b, a.len().min(b.len()));
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
    let chars: Vec<Word> = call.text(0)?.chars().map(Word::char).collect();
    Ok(list::from_elements(call.heap, &chars).0)
}

fn from_char_list(call: &mut Call<'_>) -> Result {
    let chars = call.list(0)?;
    call.heap.reserve(4 * list::size(chars))?;
    let Some(text) = Elements::of(chars).map(Word::as_char).collect::<Option<String>>() else {
        return super::wrong_type("Char");
    };
    Ok(call.heap.text_shared(text.into()).0)
}

/// The longest a case mapping makes a text: three times its bytes.
const GROWTH_MAX: usize = 3;

fn map(call: &mut Call<'_>, f: fn(&str) -> String) -> Result {
    let len = call.text(0)?.len();
    call.heap.reserve(GROWTH_MAX * len)?;
    let text = f(call.text(0)?);
    Ok(call.heap.text_shared(text.into()).0)
}

fn to_utf8(call: &mut Call<'_>) -> Result {
    let len = call.text(0)?.len();
    call.heap.reserve(len)?;
    let bytes: Arc<[u8]> = call.text(0)?.as_bytes().into();
    Ok(call.heap.bytes_value(bytes).0)
}

fn from_utf8(call: &mut Call<'_>) -> Result {
    let len = call.bytes(0)?.len();
    call.heap.reserve(len)?;
    let text = std::str::from_utf8(call.bytes(0)?).map(Arc::<str>::from);
    let either = match text {
        Ok(text) => {
            let text = call.heap.text_shared(text);
            call.heap.constructed(call.machine.known.right, &[text.0])
        }
        Err(error) => {
            let failure = call.failure(&format!("invalid UTF-8 after {} bytes", error.valid_up_to()));
            call.heap.constructed(call.machine.known.left, &[failure.0])
        }
    };
    Ok(either.0)
}

/// Bytes of a part, its place in a list, and what is needed while the list is made.
const PIECE_BYTES: usize = 96;

/// A list of parts of the text at `index`. They are counted before room is made for them.
fn pieces(
    call: &mut Call<'_>,
    index: usize,
    count: impl Fn(&str) -> usize,
    split: impl Fn(&str) -> Vec<&str>,
) -> Result {
    let text = call.text(index)?;
    let (count, bytes) = (count(text), text.len());
    call.heap.charge_bytes(2 * bytes);
    call.heap.reserve(PIECE_BYTES * count)?;
    let (text, whole) = (call.text(index)?, call.word(index));
    let range = |part: &str| (part.as_ptr() as usize - text.as_ptr() as usize, part.len());
    let ranges: Vec<(usize, usize)> = split(text).into_iter().map(range).collect();
    let parts: Vec<Word> = ranges.into_iter().map(|(start, len)| call.heap.part(whole, start, len)).collect();
    Ok(list::from_elements(call.heap, &parts).0)
}

fn words(call: &mut Call<'_>) -> Result {
    pieces(call, 0, |text| text.split_whitespace().count(), |text| text.split_whitespace().collect())
}

fn lines(call: &mut Call<'_>) -> Result {
    pieces(call, 0, |text| text.lines().count(), |text| text.lines().collect())
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
    pieces(call, 1, |text| text.matches(&separator).count() + 1, |text| text.split(&separator).collect())
}

fn join(call: &mut Call<'_>) -> Result {
    let (separator, parts) = (call.text(0)?.len(), call.list(1)?);
    call.heap.reserve(list::size(parts))?;
    let mut bytes = 0usize;
    for part in Elements::of(parts) {
        let Some(part) = call.heap.as_text(part) else { return super::wrong_type("Text") };
        bytes = bytes.saturating_add(separator + part.len());
    }
    call.heap.reserve(bytes)?;
    let mut text = String::with_capacity(bytes);
    for (i, part) in Elements::of(parts).enumerate() {
        text.push_str(if i > 0 { call.text(0)? } else { "" });
        text.push_str(call.heap.as_text(part).unwrap_or(""));
    }
    Ok(call.heap.text_shared(text.into()).0)
}

fn trim(call: &mut Call<'_>) -> Result {
    let text = call.text(0)?;
    let trimmed = text.trim();
    let (start, len) = (trimmed.as_ptr() as usize - text.as_ptr() as usize, trimmed.len());
    Ok(call.heap.part(call.word(0), start, len).0)
}
