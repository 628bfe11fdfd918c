//! Lists.

use super::asking::{self, Asked};
use super::{Call, ELEMENT_BYTES, Result, universal};
use crate::Budget;
use crate::list::{self, Elements};
use crate::trap::Trap;
use crate::word::ObjectKind;
use builtin::Builtin;
use std::cmp::Ordering;

/// The result if it is a builtin of this file.
pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Option<Result> {
    let index = usize::try_from(call.args[0]).unwrap_or(usize::MAX);
    Some(match builtin {
        Builtin::ListSize => call.list(0).map(|list| list::size(list) as u64),
        Builtin::ListAt => call.list(1).map(|list| call.optional(list::at(list, index)).0),
        Builtin::ListUnsafeAt => call.list(1).and_then(|list| Ok(list::element(call.heap, list, call.args[0])?.0)),
        Builtin::ListTake => call.list(1).map(|list| list::take(call.heap, list, index).0),
        Builtin::ListDrop => call.list(1).map(|list| list::drop(call.heap, list, index).0),
        Builtin::ListCons => call.list(1).map(|list| list::cons(call.heap, call.word(0), list).0),
        Builtin::ListSnoc => call.list(0).map(|list| list::snoc(call.heap, list, call.word(1)).0),
        Builtin::ListConcat => call.list(0).and_then(|left| {
            let right = call.list(1)?;
            if list::size(left) + list::size(right) > list::LENGTH_MAX {
                return Trap::out_of(Budget::Memory);
            }
            Ok(list::concat(call.heap, left, right).0)
        }),
        Builtin::ListInsertAt => call.list(2).map(|list| list::insert_at(call.heap, list, index, call.word(1)).0),
        Builtin::ListReplace => call.list(2).map(|list| list::replace(call.heap, list, index, call.word(1)).0),
        Builtin::ListDeleteAt => call.list(1).map(|list| list::delete_at(call.heap, list, index).0),
        Builtin::ListSearch => search(call),
        Builtin::ListReverse => reverse(call),
        Builtin::ListSort => super::sort::sort(call),
        Builtin::NatRange => range(call),
        _ => return None,
    })
}

/// Twice the number of elements that are smaller than a value, in a list that ascends, and one more if the next one is equal.
fn search(call: &mut Call<'_>) -> Result {
    let (value, list) = (call.word(0), call.list(1)?);
    let size = list::size(list);
    let Some(run) = list::run(list) else {
        return halved(size, |middle| {
            let element = list::element(call.heap, list, middle as u64)?;
            universal::compare(call.heap, value, element)
        });
    };
    if let Some(n) = value.as_nat() {
        return halved(size, |middle| match run.get(middle).as_nat() {
            Some(other) => Ok(n.cmp(&other)),
            None => universal::compare(call.heap, value, run.get(middle)),
        });
    }
    if value.is_plain(ObjectKind::Text) {
        return halved(size, |middle| {
            let element = run.get(middle);
            let (text, other) = (call.heap.as_text(value), call.heap.as_text(element));
            match text.zip(other) {
                Some((text, other)) if text.len() < SHORT_BYTES => {
                    asking::order(call.heap, text.as_bytes(), other.as_bytes())
                }
                _ => universal::compare(call.heap, value, element),
            }
        });
    }
    halved(size, |middle| universal::compare(call.heap, value, run.get(middle)))
}

/// Comparing texts of which one is shorter costs no fuel.
const SHORT_BYTES: usize = 64;

/// Halves what is left of so many elements, until it is known where the value stands.
#[inline(always)]
fn halved(size: usize, mut compare: impl FnMut(usize) -> Asked<Ordering>) -> Result {
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low + (high - low) / 2;
        match compare(middle)? {
            Ordering::Less => high = middle,
            Ordering::Equal => return Ok(2 * middle as u64 + 1),
            Ordering::Greater => low = middle + 1,
        }
    }
    Ok(2 * low as u64)
}

fn reverse(call: &mut Call<'_>) -> Result {
    let list = call.list(0)?;
    call.heap.reserve(ELEMENT_BYTES * list::size(list))?;
    let mut elements = asking::collect(call.heap, Elements::of(list), list::size(list))?;
    elements.reverse();
    Ok(asking::list_of(call.heap, &elements)?.0)
}

fn range(call: &mut Call<'_>) -> Result {
    let (from, to) = (call.args[0], call.args[1]);
    let count = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
    // What does not fit a word has an object of its own.
    call.heap.reserve(count.saturating_mul(2 * ELEMENT_BYTES))?;
    let mut numbers = Vec::with_capacity(count);
    for (i, n) in (from..to).enumerate() {
        asking::now_and_then(call.heap, i)?;
        numbers.push(call.heap.nat(n));
    }
    Ok(asking::list_of(call.heap, &numbers)?.0)
}
