//! References and arrays: places whose content changes. A serial number tells each from the others of its task.

use super::{Call, Result, asking, wrong_type};
use crate::trap::Trap;
use crate::word::{ObjectKind, REF_CONTENT, Word};
use builtin::{Builtin, BuiltinType};

/// The result if it is a builtin of this file.
pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Option<Result> {
    Some(match builtin {
        Builtin::ScopeRef | Builtin::IoRef => Ok(call.heap.reference(call.word(0)).0),
        Builtin::RefRead => reference(call).map(|reference| reference.field(REF_CONTENT).0),
        Builtin::RefWrite => write(call),
        Builtin::RefReadForCas => reference(call)
            .map(|reference| call.heap.constructed(call.machine.known.ticket, &[reference.raw_field(REF_CONTENT)]).0),
        Builtin::RefCas => compare_and_set(call),
        Builtin::TicketRead => ticket(call, 0).map(|content| content.0),
        Builtin::ScopeArrayOf | Builtin::IoArrayOf => new_array(call),
        Builtin::ArraySize => array(call).map(|(_, size)| size),
        Builtin::ArrayUnsafeRead => place(call).map(|(array, place)| array.field(REF_CONTENT + place).0),
        Builtin::ArrayUnsafeWrite => write_place(call),
        Builtin::ArrayToList => to_list(call),
        _ => return None,
    })
}

fn reference(call: &Call<'_>) -> std::result::Result<Word, Box<Trap>> {
    let word = call.word(0);
    if word.is_plain(ObjectKind::Ref) { Ok(word) } else { wrong_type(BuiltinType::Ref.spec().name) }
}

fn unit(call: &Call<'_>) -> u64 {
    Word::constant(call.machine.known.unit).0
}

fn write(call: &mut Call<'_>) -> Result {
    let reference = reference(call)?;
    call.heap.put(reference, 0, call.word(1));
    Ok(unit(call))
}

/// What is in a ticket.
fn ticket(call: &Call<'_>, index: usize) -> std::result::Result<Word, Box<Trap>> {
    let word = call.word(index);
    match word.descriptor() {
        Some(descriptor) if descriptor == call.machine.known.ticket => Ok(word.field(0)),
        _ => wrong_type(BuiltinType::Ticket.spec().name),
    }
}

fn compare_and_set(call: &mut Call<'_>) -> Result {
    let (reference, expected) = (reference(call)?, ticket(call, 1)?);
    let same = reference.field(REF_CONTENT) == expected;
    if same {
        call.heap.put(reference, 0, call.word(2));
    }
    Ok(u64::from(same))
}

fn new_array(call: &mut Call<'_>) -> Result {
    let count = usize::try_from(call.args[1]).unwrap_or(usize::MAX);
    call.heap.reserve(count.saturating_mul(8))?;
    Ok(call.heap.array(call.word(0), count)?.0)
}

/// The array, and how many places it has.
fn array(call: &Call<'_>) -> std::result::Result<(Word, u64), Box<Trap>> {
    let word = call.word(0);
    match word.plain() {
        Some((ObjectKind::Array, words)) => Ok((word, words as u64 - 1)),
        _ => wrong_type(BuiltinType::MutableArray.spec().name),
    }
}

/// The array, and a place that it has.
fn place(call: &Call<'_>) -> std::result::Result<(Word, usize), Box<Trap>> {
    let (array, size) = array(call)?;
    match call.args[1] {
        place if place < size => Ok((array, place as usize)),
        place => Trap::fault(format!("place {place} of an array of {size}")),
    }
}

fn write_place(call: &mut Call<'_>) -> Result {
    let (array, place) = place(call)?;
    call.heap.put(array, place, call.word(2));
    Ok(unit(call))
}

fn to_list(call: &mut Call<'_>) -> Result {
    let (array, size) = array(call)?;
    call.heap.reserve(super::ELEMENT_BYTES * size as usize)?;
    let contents = (0..size as usize).map(|place| array.field(REF_CONTENT + place));
    let elements = asking::collect(call.heap, contents, size as usize)?;
    Ok(asking::list_of(call.heap, &elements)?.0)
}
