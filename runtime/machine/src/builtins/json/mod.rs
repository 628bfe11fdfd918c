//! JSON: text to values of type `Json` and back. Neither recurses: what is open is on a stack, so a document may nest as deeply as memory allows.

mod parse;
mod print;

pub(crate) use print::{write_plain, write_string};

use super::{Call, Result};
use crate::machine::{DescRef, Machine};
use builtin::{Builtin, BuiltinType};
use ir::Tag;
use kernel::TypeRef;

/// The result if it is a builtin of these files.
pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Option<Result> {
    Some(match builtin {
        Builtin::JsonParse => parse::parse(call),
        Builtin::JsonPrint => print::print(call),
        _ => return None,
    })
}

/// The constructors of `Json`.
struct Shapes {
    null: DescRef,
    boolean: DescRef,
    number: DescRef,
    text: DescRef,
    array: DescRef,
    object: DescRef,
}

impl Shapes {
    fn of(machine: &Machine) -> Shapes {
        let shape = |index| {
            let tag = Tag::Constructor(TypeRef::Builtin(BuiltinType::Json), index);
            machine.descriptor(tag).expect("builtin types are always defined")
        };
        Shapes {
            null: shape(0),
            boolean: shape(1),
            number: shape(2),
            text: shape(3),
            array: shape(4),
            object: shape(5),
        }
    }
}

/// The end of the number that begins at `at`, by the grammar of JSON; where it goes wrong, and what should stand there.
pub(crate) fn number_end(bytes: &[u8], mut at: usize) -> std::result::Result<usize, (usize, &'static str)> {
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let some_digits = |at: usize| match digits(at) {
        end if end > at => Ok(end),
        _ => Err((at, "expected a digit")),
    };
    at += usize::from(bytes.get(at) == Some(&b'-'));
    at = match bytes.get(at) {
        Some(b'0') if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {
            return Err((at, "a number does not begin with zeros"));
        }
        _ => some_digits(at)?,
    };
    if bytes.get(at) == Some(&b'.') {
        at = some_digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        at = some_digits(at)?;
    }
    Ok(at)
}
