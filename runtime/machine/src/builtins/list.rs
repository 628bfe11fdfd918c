//! Lists.

use super::{Call, Result};
use crate::Budget;
use crate::list;
use crate::trap::Trap;
use builtin::Builtin;

/// The result if it is a builtin of this file.
pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Option<Result> {
    let index = usize::try_from(call.args[0]).unwrap_or(usize::MAX);
    Some(match builtin {
        Builtin::ListSize => call.list(0).map(|list| list::size(list) as u64),
        Builtin::ListAt => call.list(1).map(|list| call.optional(list::at(list, index)).0),
        Builtin::ListUnsafeAt => call.list(1).and_then(|list| match list::at(list, index) {
            Some(element) => Ok(element.0),
            None => Trap::fault(format!("List.unsafeAt: no element {index} in a list of {}", list::size(list))),
        }),
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
        _ => return None,
    })
}
