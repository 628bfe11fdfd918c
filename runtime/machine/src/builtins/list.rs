//! Lists.

use super::asking;
use super::{Call, ELEMENT_BYTES, Result};
use crate::Budget;
use crate::list::{self, Elements};
use crate::trap::Trap;
use builtin::Builtin;

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
        Builtin::ListReverse => reverse(call),
        Builtin::ListSort => super::sort::sort(call),
        Builtin::NatRange => range(call),
        _ => return None,
    })
}

fn reverse(call: &mut Call<'_>) -> Result {
    let list = call.list(0)?;
    call.heap.reserve(ELEMENT_BYTES * list::size(list))?;
    let mut elements = asking::collect(call.heap, Elements::of(list), list::size(list))?;
    elements.reverse();
    asking::list_of(call, &elements)
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
    asking::list_of(call, &numbers)
}
