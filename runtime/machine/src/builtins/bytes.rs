//! Bytes.

use super::{Call, Result};
use crate::list::{self, Elements};
use crate::word::Word;
use builtin::Builtin;
use std::sync::Arc;

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
        _ => return None,
    })
}

fn concat(call: &mut Call<'_>) -> Result {
    let (a, b) = (call.bytes(0)?.len(), call.bytes(1)?.len());
    call.heap.reserve(a + b)?;
    let bytes: Arc<[u8]> = [call.bytes(0)?, call.bytes(1)?].concat().into();
    Ok(call.heap.bytes_value(bytes).0)
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
    let Some(bytes) = Elements::of(elements).map(byte).collect::<Option<Vec<u8>>>() else {
        return super::wrong_type("Nat");
    };
    Ok(call.heap.bytes_value(bytes.into()).0)
}

fn to_list(call: &mut Call<'_>) -> Result {
    let len = call.bytes(0)?.len();
    call.heap.reserve(16 * len)?;
    let nat = |byte: &u8| Word::small_nat(u64::from(*byte)).expect("a byte fits");
    let elements: Vec<Word> = call.bytes(0)?.iter().map(nat).collect();
    Ok(list::from_elements(call.heap, &elements).0)
}
