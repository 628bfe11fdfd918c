//! Small trees of a host straight from a heap and into it: what most requests and answers are. Whatever is larger, or something else, goes by a graph, which means the same.

use super::parcel::{Parcel, Reach};
use super::{Form, Portable};
use crate::Datum;
use crate::blob::Blob;
use crate::heap::Heap;
use crate::machine::Machine;
use crate::trap::Trap;
use crate::word::{Immediate, ObjectKind, Word};
use ir::{Rep, Scalar, Tag};
use std::sync::Arc;

/// Levels of a small tree.
const DEPTH_MAX: usize = 4;
/// Fields of a constructor in one.
const FIELDS_MAX: usize = 8;
/// Bytes of a text in one.
const CONTENT_BYTES_MAX: usize = 64 << 10;

/// A value as a tree; none if it is not a small one.
pub(super) fn tree(
    value: Word,
    heap: &mut Heap,
    machine: &Arc<Machine>,
    bytes_max: u64,
    reach: Reach,
) -> Option<Datum> {
    if value.as_function().is_some() {
        let parcel = Parcel::of(value, heap, machine, bytes_max, reach)?;
        return Some(Datum::Opaque(Portable(Form::Parcel(Arc::new(parcel)))));
    }
    let content_max = CONTENT_BYTES_MAX.min(usize::try_from(bytes_max).unwrap_or(usize::MAX));
    let datum = small(value, heap, content_max, DEPTH_MAX)?;
    heap.work += 1;
    Some(datum)
}

fn small(value: Word, heap: &Heap, content_max: usize, depth: usize) -> Option<Datum> {
    if let Some(descriptor) = value.descriptor() {
        let Tag::Constructor(ty, index) = descriptor.tag else { return None };
        if depth == 0 || descriptor.fields.len() > FIELDS_MAX {
            return None;
        }
        // Collecting them would make room for four: this is asked for with every request.
        let mut fields = Vec::with_capacity(descriptor.fields.len());
        for (i, rep) in descriptor.fields.iter().enumerate() {
            fields.push(match rep {
                Rep::V => small(value.field(i), heap, content_max, depth - 1)?,
                Rep::W(scalar) => scalar_datum(*scalar, value.raw_field(i)),
            });
        }
        return Some(Datum::Constructed(ty, index, fields));
    }
    match (value.immediate_kind(), value.plain()) {
        (Some(Immediate::Nat), _) | (_, Some((ObjectKind::Nat, _))) => value.as_nat().map(Datum::Nat),
        (Some(Immediate::Int), _) | (_, Some((ObjectKind::Int, _))) => value.as_int().map(Datum::Int),
        (Some(Immediate::Char), _) => value.as_char().map(Datum::Char),
        (Some(Immediate::Boolean), _) => value.as_boolean().map(Datum::Boolean),
        (_, Some((ObjectKind::Float, _))) => value.as_float().map(Datum::Float),
        (_, Some((ObjectKind::Opaque, _))) => match heap.blob(value) {
            Blob::Row(row) => Some(Datum::Row(row.clone())),
            _ => None,
        },
        (_, Some((ObjectKind::Text, _))) if value.raw_field(2) as usize <= content_max => {
            Some(Datum::Text(heap.whole_text(value)))
        }
        (_, Some((ObjectKind::Bytes, _))) if value.raw_field(2) as usize <= content_max => {
            Some(Datum::Bytes(heap.whole_bytes(value)))
        }
        (_, Some((ObjectKind::Name, _))) => Some(Datum::Bytes(heap.whole_bytes(value))),
        _ => None,
    }
}

fn scalar_datum(scalar: Scalar, bits: u64) -> Datum {
    match scalar {
        Scalar::Nat => Datum::Nat(bits),
        Scalar::Int => Datum::Int(bits as i64),
        Scalar::Float => Datum::Float(f64::from_bits(bits)),
        Scalar::Char => Datum::Char(char::from_u32(bits as u32).unwrap_or(char::REPLACEMENT_CHARACTER)),
        Scalar::Boolean => Datum::Boolean(bits != 0),
    }
}

/// A host's value in a heap; none if it is not a small tree of types that are known.
pub(super) fn read(value: &Datum, heap: &mut Heap, machine: &Machine) -> Option<Result<Word, Box<Trap>>> {
    let bytes = bytes_of(value, DEPTH_MAX)?;
    if let Err(trap) = heap.reserve(bytes) {
        return Some(Err(trap));
    }
    word(value, heap, machine).map(Ok)
}

/// Bytes that a small tree takes.
fn bytes_of(value: &Datum, depth: usize) -> Option<usize> {
    Some(match value {
        Datum::Constructed(_, _, fields) => {
            if depth == 0 || fields.len() > FIELDS_MAX {
                return None;
            }
            let below: Option<usize> = fields.iter().map(|field| bytes_of(field, depth - 1)).sum();
            8 * (1 + fields.len()) + below?
        }
        Datum::Nat(_) | Datum::Int(_) | Datum::Float(_) | Datum::Char(_) | Datum::Boolean(_) => 16,
        Datum::Text(text) => 96 + text.len(),
        Datum::Bytes(bytes) => 96 + bytes.len(),
        _ => return None,
    })
}

fn word(value: &Datum, heap: &mut Heap, machine: &Machine) -> Option<Word> {
    Some(match value {
        Datum::Nat(n) => heap.nat(*n),
        Datum::Int(n) => heap.int(*n),
        Datum::Float(x) => heap.float(crate::builtins::float_bits(*x)),
        Datum::Char(c) => Word::char(*c),
        Datum::Boolean(b) => Word::boolean(*b),
        Datum::Text(text) => heap.text_shared(text.clone()),
        Datum::Bytes(bytes) => heap.bytes_value(bytes.clone()),
        Datum::Constructed(ty, index, fields) => {
            let descriptor = machine.descriptor(Tag::Constructor(*ty, *index))?;
            if descriptor.fields.len() != fields.len() {
                return None;
            }
            let mut raw = [0; FIELDS_MAX];
            for (i, (rep, field)) in descriptor.fields.iter().zip(fields).enumerate() {
                raw[i] = super::heap::unboxed(*rep, word(field, heap, machine)?)?;
            }
            heap.constructed(descriptor, &raw[..fields.len()])
        }
        _ => return None,
    })
}
