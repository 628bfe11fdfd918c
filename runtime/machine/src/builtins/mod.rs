//! Builtins that the machine computes. They allocate and never collect; what may become large is reserved first; their work is charged as fuel in proportion.
//!
//! Arguments and results are in the reps of `ir::verify::builtin_reps`; a tagged argument may be of any type, so each is looked at.

pub(crate) mod asking;
mod bytes;
mod category;
mod decimal;
mod digest;
mod encoding;
pub(crate) mod json;
mod list;
pub(crate) mod number;
pub mod remote;
mod sort;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod universal;
mod value;

use crate::blob::Blob;
use crate::heap::Heap;
use crate::machine::Machine;
use crate::trap::Trap;
use crate::word::{ObjectKind, Word};
use builtin::{Builtin, BuiltinType};
use kernel::TypeRef;
use std::sync::Arc;

/// A result: bits in the rep of the signature.
type Result = std::result::Result<u64, Box<Trap>>;

/// What an element takes in a list and while the list is made.
const ELEMENT_BYTES: usize = 16;

/// Computes a builtin if it is one of its own.
type Handler = fn(Builtin, &mut Call<'_>) -> Option<Result>;

/// Who computes builtins whose names begin so. All others, and what these do not know, is looked for everywhere.
const FAMILIES: &[(&str, Handler)] = &[
    ("", |_, _| None),
    ("List.", list::call),
    ("Universal.", universal::call),
    ("Text.", text::call),
    ("Bytes.", bytes::call),
    ("mutable.", state::call),
];

/// Names of builtins that take the same time whatever is in their arguments, or nearly so, begin so; and some more do.
const QUICK: &[&str] =
    &["Nat.", "Int.", "Float.", "Char.", "Boolean.", "Any.", "Cluster.", "mutable.Ref.", "mutable.Scope.ref", "IO.ref"];

/// Whether a builtin may take long where its arguments are large.
pub(crate) fn lingers(builtin: Builtin) -> bool {
    match builtin {
        Builtin::NatRange => true,
        Builtin::ListSize
        | Builtin::ListAt
        | Builtin::ListUnsafeAt
        | Builtin::ListTake
        | Builtin::ListDrop
        | Builtin::ListCons
        | Builtin::ListSnoc
        | Builtin::ListConcat
        | Builtin::ListInsertAt
        | Builtin::ListReplace
        | Builtin::ListDeleteAt
        | Builtin::BytesSize
        | Builtin::BytesAt
        | Builtin::ArraySize
        | Builtin::ArrayUnsafeRead
        | Builtin::ArrayUnsafeWrite
        | Builtin::Bug
        | Builtin::Todo => false,
        _ => !QUICK.iter().any(|prefix| builtin.name().starts_with(prefix)),
    }
}

/// Whom to ask first for a builtin.
#[derive(Clone, Copy)]
pub(crate) struct Family(u8);

impl Family {
    pub(crate) fn of(builtin: Builtin) -> Family {
        let found = FAMILIES.iter().rposition(|(prefix, _)| builtin.name().starts_with(prefix));
        Family(found.unwrap_or_default() as u8)
    }

    pub(crate) fn index(self) -> u64 {
        u64::from(self.0)
    }

    /// The inverse of `index`.
    pub(crate) fn from_index(index: u64) -> Family {
        Family(index as u8)
    }
}

/// Computes a builtin of a family. Arguments beyond its arity are ignored.
pub(crate) fn call(builtin: Builtin, family: Family, args: &[u64], heap: &mut Heap, machine: &Machine) -> Result {
    let mut call = Call { args, heap, machine };
    match (FAMILIES[family.0 as usize].1)(builtin, &mut call) {
        Some(result) => result,
        None => call.any(builtin),
    }
}

/// A call that is going on.
struct Call<'a> {
    args: &'a [u64],
    heap: &'a mut Heap,
    machine: &'a Machine,
}

impl Call<'_> {
    fn any(&mut self, builtin: Builtin) -> Result {
        if let Some(result) = number::call(builtin, self.args, self) {
            return result;
        }
        match builtin {
            Builtin::BooleanNot => Ok(self.args[0] ^ 1),
            Builtin::Bug => Trap::fault(format!("bug: {}", self.debug_text(0)?)),
            Builtin::Todo => Trap::fault(format!("todo: {}", self.debug_text(0)?)),
            Builtin::AnyAny => Ok(self.heap.constructed(self.machine.known.any, &[self.args[0]]).0),
            Builtin::AnyUnsafeExtract => match Word(self.args[0]).descriptor() {
                Some(descriptor) if descriptor == self.machine.known.any => Ok(Word(self.args[0]).raw_field(0)),
                _ => wrong_type("Any"),
            },
            Builtin::DebugToText => {
                let text = self.debug_text(0)?;
                Ok(self.heap.text(&text).0)
            }
            Builtin::ClusterRun => Ok(self.heap.constructed(self.machine.known.cluster, &[0]).0),
            Builtin::ClusterLocal => Ok(self.heap.constructed(self.machine.known.cluster, &[1]).0),
            _ => self.on_type(builtin),
        }
    }

    fn on_type(&mut self, builtin: Builtin) -> Result {
        debug_assert!(builtin.class().is_computed(), "the host answers the others");
        let handlers: [Handler; 10] = [
            universal::call,
            text::call,
            bytes::call,
            encoding::call,
            digest::call,
            json::call,
            list::call,
            remote::call,
            value::call,
            state::call,
        ];
        match handlers.iter().find_map(|handler| handler(builtin, self)) {
            Some(result) => result,
            None => Trap::fault(format!("{} is not computed by the machine", builtin.name())),
        }
    }

    fn word(&self, index: usize) -> Word {
        Word(self.args[index])
    }

    fn list(&self, index: usize) -> std::result::Result<Word, Box<Trap>> {
        let word = self.word(index);
        if word.is_list() { Ok(word) } else { wrong_type("List") }
    }

    fn text(&self, index: usize) -> std::result::Result<&str, Box<Trap>> {
        self.heap.as_text(self.word(index)).map_or_else(|| wrong_type("Text"), Ok)
    }

    fn bytes(&self, index: usize) -> std::result::Result<&[u8], Box<Trap>> {
        self.heap.as_bytes(self.word(index)).map_or_else(|| wrong_type("Bytes"), Ok)
    }

    fn optional(&mut self, value: Option<Word>) -> Word {
        match value {
            Some(value) => self.heap.constructed(self.machine.known.some, &[value.0]),
            None => self.heap.constructed(self.machine.known.none, &[]),
        }
    }

    fn pair(&mut self, first: Word, second: Word) -> Word {
        self.heap.constructed(self.machine.known.pair, &[first.0, second.0])
    }

    /// `Failure (typeLink IOFailure) message (Any ())`.
    fn failure(&mut self, message: &str) -> Word {
        let link = self.heap.opaque(Blob::TypeLink(TypeRef::Builtin(BuiltinType::IoFailure)));
        let message = self.heap.text(message);
        let unit = Word::constant(self.machine.known.unit);
        let any = self.heap.constructed(self.machine.known.any, &[unit.0]);
        self.heap.constructed(self.machine.known.failure, &[link.0, message.0, any.0])
    }

    fn debug_text(&mut self, index: usize) -> std::result::Result<String, Box<Trap>> {
        crate::portable::debug_text(self.word(index), self.heap, self.machine)
    }
}

fn wrong_type<T>(expected: &str) -> std::result::Result<T, Box<Trap>> {
    Trap::fault(format!("expected a value of type {expected}"))
}

/// A constant of the code, by its address there.
///
/// # Safety
/// The code that is running keeps the blob at this address.
#[inline(never)]
pub(crate) unsafe fn constant(heap: &mut Heap, address: u64) -> Word {
    if let Some(known) = heap.constants.word(address) {
        return known;
    }
    // SAFETY: the address came from an `Arc` that the code keeps; this is one more count.
    let blob = unsafe {
        Arc::increment_strong_count(address as *const Blob);
        Arc::from_raw(address as *const Blob)
    };
    let word = match &*blob {
        Blob::Text(text) => {
            let len = text.len();
            heap.slice(ObjectKind::Text, blob, 0, len)
        }
        Blob::Bytes(bytes) => {
            let len = bytes.len();
            heap.slice(ObjectKind::Bytes, blob, 0, len)
        }
        _ => heap.opaque_shared(blob),
    };
    heap.constants.insert(address, word.0, false);
    word
}

/// A raw character tagged.
pub(crate) fn char_of(raw: u64) -> Word {
    let scalar = u32::try_from(raw).ok().and_then(char::from_u32);
    Word::char(scalar.unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// The bits of a float; there is one NaN.
#[inline(always)]
pub(crate) fn float_bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}
