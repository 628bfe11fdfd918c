//! Pure builtins. They allocate and never collect; what may become large is reserved first; their work is charged as fuel in proportion.
//!
//! Arguments and results are in the reps of `ir::verify::builtin_reps`; a tagged argument may be of any type, so each is looked at.

mod bytes;
mod category;
mod digest;
mod encoding;
mod json;
mod list;
pub(crate) mod number;
mod sort;
mod text;
mod universal;

use crate::blob::Blob;
use crate::heap::Heap;
use crate::machine::Machine;
use crate::trap::Trap;
use crate::word::{ObjectKind, Word};
use builtin::{Builtin, BuiltinType, Class};
use kernel::TypeRef;
use std::sync::Arc;

/// A result: bits in the rep of the signature.
type Result = std::result::Result<u64, Box<Trap>>;

/// What an element takes in a list and while the list is made.
const ELEMENT_BYTES: usize = 16;

/// Computes a builtin. Arguments beyond its arity are ignored.
pub(crate) fn call(builtin: Builtin, args: &[u64], heap: &mut Heap, machine: &Machine) -> Result {
    let mut call = Call { args, heap, machine };
    if let Some(result) = number::call(builtin, args, &mut call) {
        return result;
    }
    match builtin {
        Builtin::BooleanNot => Ok(args[0] ^ 1),
        Builtin::Bug => Trap::fault(format!("bug: {}", call.debug_text(0)?)),
        Builtin::Todo => Trap::fault(format!("todo: {}", call.debug_text(0)?)),
        Builtin::AnyAny => Ok(call.heap.constructed(machine.known.any, &[args[0]]).0),
        Builtin::AnyUnsafeExtract => match Word(args[0]).descriptor() {
            Some(descriptor) if descriptor == machine.known.any => Ok(Word(args[0]).raw_field(0)),
            _ => wrong_type("Any"),
        },
        Builtin::DebugToText => {
            let text = call.debug_text(0)?;
            Ok(call.heap.text(&text).0)
        }
        Builtin::ClusterRun => Ok(call.heap.constructed(machine.known.cluster, &[0]).0),
        _ => call.on_type(builtin),
    }
}

/// A call that is going on.
struct Call<'a> {
    args: &'a [u64],
    heap: &'a mut Heap,
    machine: &'a Machine,
}

impl Call<'_> {
    fn on_type(&mut self, builtin: Builtin) -> Result {
        debug_assert_eq!(builtin.class(), Class::Pure, "the host answers the others");
        let handlers = [universal::call, text::call, bytes::call, encoding::call, digest::call, json::call, list::call];
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
    // SAFETY: the address came from an `Arc` that the code keeps; this is one more count.
    let blob = unsafe {
        Arc::increment_strong_count(address as *const Blob);
        Arc::from_raw(address as *const Blob)
    };
    match &*blob {
        Blob::Text(text) => {
            let len = text.len();
            heap.slice(ObjectKind::Text, blob, 0, len)
        }
        Blob::Bytes(bytes) => {
            let len = bytes.len();
            heap.slice(ObjectKind::Bytes, blob, 0, len)
        }
        _ => heap.opaque_shared(blob),
    }
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
