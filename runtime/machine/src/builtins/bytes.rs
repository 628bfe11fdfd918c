//! Bytes.

use super::asking::{self, PIECE_BYTES};
use super::{Call, Result};
use crate::list::{self, Elements};
use crate::word::Word;
use builtin::Builtin;

/// The result if it is a builtin of this file.
pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Option<Result> {
    Some(match builtin {
        Builtin::BytesConcat => concat(call),
        Builtin::BytesSize => call.bytes(0).map(|bytes| bytes.len() as u64),
        Builtin::BytesTake => part(call, |at, _| (0, at)),
        Builtin::BytesDrop => part(call, |at, len| (at, len - at)),
        Builtin::BytesAt => at(call),
        Builtin::BytesFromList => from_list(call),
        Builtin::BytesToList => to_list(call),
        Builtin::BytesIndexOf => index_of(call),
        Builtin::BytesConstantTimeEqual => constant_time_equal(call),
        Builtin::BytesEncodeNat16Be => encode(call, 2, true),
        Builtin::BytesEncodeNat16Le => encode(call, 2, false),
        Builtin::BytesEncodeNat32Be => encode(call, 4, true),
        Builtin::BytesEncodeNat32Le => encode(call, 4, false),
        Builtin::BytesEncodeNat64Be => encode(call, 8, true),
        Builtin::BytesEncodeNat64Le => encode(call, 8, false),
        Builtin::BytesDecodeNat16Be => decode(call, 2, true),
        Builtin::BytesDecodeNat16Le => decode(call, 2, false),
        Builtin::BytesDecodeNat32Be => decode(call, 4, true),
        Builtin::BytesDecodeNat32Le => decode(call, 4, false),
        Builtin::BytesDecodeNat64Be => decode(call, 8, true),
        Builtin::BytesDecodeNat64Le => decode(call, 8, false),
        _ => return None,
    })
}

fn concat(call: &mut Call<'_>) -> Result {
    call.bytes(0)?;
    call.bytes(1)?;
    Ok(call.heap.append(call.word(0), call.word(1))?.0)
}

fn part(call: &mut Call<'_>, range: fn(usize, usize) -> (usize, usize)) -> Result {
    let len = call.bytes(1)?.len();
    let at = usize::try_from(call.args[0]).unwrap_or(usize::MAX).min(len);
    let (start, taken) = range(at, len);
    Ok(call.heap.part(call.word(1), start, taken).0)
}

fn at(call: &mut Call<'_>) -> Result {
    let index = usize::try_from(call.args[0]).unwrap_or(usize::MAX);
    let byte = call.bytes(1)?.get(index).copied();
    let byte = byte.map(|byte| call.heap.nat(u64::from(byte)));
    Ok(call.optional(byte).0)
}

fn from_list(call: &mut Call<'_>) -> Result {
    let elements = call.list(0)?;
    call.heap.reserve(list::size(elements))?;
    let byte = |element: Word| element.as_nat().map(|n| n as u8);
    let mut bytes = Vec::with_capacity(list::size(elements));
    for (n, element) in Elements::of(elements).enumerate() {
        asking::now_and_then(call.heap, n)?;
        let Some(byte) = byte(element) else { return super::wrong_type("Nat") };
        bytes.push(byte);
    }
    Ok(call.heap.bytes_built(bytes).0)
}

fn to_list(call: &mut Call<'_>) -> Result {
    let len = call.bytes(0)?.len();
    call.heap.reserve(16 * len)?;
    let nat = |byte: &u8| Word::small_nat(u64::from(*byte)).expect("a byte fits");
    let elements = asking::collect(call.heap, call.bytes(0)?.iter().map(nat), len)?;
    Ok(asking::list_of(call.heap, &elements)?.0)
}

fn index_of(call: &mut Call<'_>) -> Result {
    let (part, whole) = (call.bytes(0)?, call.bytes(1)?);
    let (found, work) = (asking::find(call.heap, part, whole)?, part.len() + whole.len());
    call.heap.charge_bytes(work);
    let index = found.map(|index| call.heap.nat(index as u64));
    Ok(call.optional(index).0)
}

/// Looks at every byte whatever it finds, so that the time tells nothing about where two secrets differ.
fn constant_time_equal(call: &mut Call<'_>) -> Result {
    let (a, b) = (call.bytes(0)?, call.bytes(1)?);
    let mut difference = 0;
    for (a, b) in a.chunks(PIECE_BYTES).zip(b.chunks(PIECE_BYTES)) {
        call.heap.check_interrupt()?;
        difference |= a.iter().zip(b).fold(0, |difference, (x, y)| difference | (x ^ y));
    }
    let (equal, work) = (a.len() == b.len() && std::hint::black_box(difference) == 0, a.len());
    call.heap.charge_bytes(work);
    Ok(u64::from(equal))
}

/// The low bytes of a number.
fn encode(call: &mut Call<'_>, width: usize, big_endian: bool) -> Result {
    let n = call.args[0];
    let (big, little) = (n.to_be_bytes(), n.to_le_bytes());
    let bytes = if big_endian { &big[8 - width..] } else { &little[..width] };
    Ok(call.heap.bytes_value(bytes.into()).0)
}

/// The number that the first bytes are, and the other bytes.
fn decode(call: &mut Call<'_>, width: usize, big_endian: bool) -> Result {
    let bytes = call.bytes(0)?;
    let len = bytes.len();
    let Some(first) = bytes.get(..width) else { return Ok(call.optional(None).0) };
    let add = |n: u64, byte: &u8| n << 8 | u64::from(*byte);
    let n = if big_endian { first.iter().fold(0, add) } else { first.iter().rev().fold(0, add) };
    let (n, rest) = (call.heap.nat(n), call.heap.part(call.word(0), width, len - width));
    let pair = call.pair(n, rest);
    Ok(call.optional(Some(pair)).0)
}
