//! Comparison of any two values.
//!
//! Numbers by size, text by characters, lists element by element, maps by their entries, other constructed values by constructor and then field by field; a NaN equals itself and is greater
//! than other floats. A value is equal to itself even if it holds functions; other functions do not compare. References and arrays
//! that can be changed are told by identity, and ordered as they were made. Values of different types (which the checker
//! excludes) have some order.

use super::asking::{self, Asked};
use super::{Call, Result};
use crate::Budget;
use crate::blob::Blob;
use crate::hasher::Pairs;
use crate::heap::Heap;
use crate::list::Elements;
use crate::machine::DescRef;
use crate::trap::Trap;
use crate::word::{ObjectKind, Word};
use builtin::{Builtin, BuiltinType};
use ir::{Rep, Scalar, Tag};
use kernel::TypeRef;
use std::cmp::Ordering;

/// The result if it is a builtin of this file.
pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Option<Result> {
    let truth: fn(Ordering) -> u64 = match builtin {
        Builtin::UniversalEq => |order| u64::from(order.is_eq()),
        Builtin::UniversalNotEq => |order| u64::from(order.is_ne()),
        Builtin::UniversalLt => |order| u64::from(order.is_lt()),
        Builtin::UniversalLteq => |order| u64::from(order.is_le()),
        Builtin::UniversalGt => |order| u64::from(order.is_gt()),
        Builtin::UniversalGteq => |order| u64::from(order.is_ge()),
        Builtin::UniversalCompare => |order| order as i64 as u64,
        _ => return None,
    };
    Some(compare(call.heap, call.word(0), call.word(1)).map(truth))
}

/// What is still to be compared.
enum Work {
    Words(Word, Word),
    Raw(Scalar, u64, u64),
    Lists(Elements, Elements),
    Maps(Entries, Entries),
}

/// Pairs are remembered after so many steps: then sharing cannot make the work explode.
const STEPS_BEFORE_MEMORY: u64 = 10_000;
/// Steps before it is asked again whether the result is still wanted.
const STEPS_UNASKED: u64 = 4096;
/// Steps for one unit of fuel.
const STEPS_PER_FUEL: u64 = 16;

/// The order of any two values.
#[inline]
pub(super) fn compare(heap: &mut Heap, a: Word, b: Word) -> Asked<Ordering> {
    if a == b {
        return Ok(Ordering::Equal);
    }
    if let (Some(a), Some(b)) = (a.as_nat(), b.as_nat()) {
        return Ok(a.cmp(&b));
    }
    compare_slowly(heap, a, b)
}

#[inline(never)]
fn compare_slowly(heap: &mut Heap, a: Word, b: Word) -> Asked<Ordering> {
    let both = |kind| a.is_plain(kind) && b.is_plain(kind);
    if both(ObjectKind::Text) || both(ObjectKind::Bytes) || both(ObjectKind::Name) {
        return compare_slices(heap, a, b);
    }
    Comparison::default().compare(heap, a, b)
}

/// A comparison that is going on. Making many with one of them saves making room for what is still to be compared.
#[derive(Default)]
pub(super) struct Comparison {
    work: Vec<Work>,
    seen: Pairs,
}

impl Comparison {
    pub(super) fn compare(&mut self, heap: &mut Heap, a: Word, b: Word) -> Asked<Ordering> {
        if a == b {
            return Ok(Ordering::Equal);
        }
        self.work.clear();
        self.seen.clear();
        let order = compare_words(heap, a, b, &mut self.work)?;
        if order.is_ne() { Ok(order) } else { self.rest(heap) }
    }

    /// Compares what is left, up to the first difference.
    fn rest(&mut self, heap: &mut Heap) -> Asked<Ordering> {
        let mut steps = 0;
        let mut order = Ordering::Equal;
        while let Some(next) = self.work.pop() {
            steps += 1;
            if steps % STEPS_UNASKED == 0 {
                heap.check_interrupt()?;
            }
            if heap.work.saturating_add(steps / STEPS_PER_FUEL) > heap.work_max {
                return Trap::out_of(Budget::Fuel);
            }
            order = self.step(heap, next, steps > STEPS_BEFORE_MEMORY)?;
            if order.is_ne() {
                break;
            }
        }
        heap.work += steps / STEPS_PER_FUEL;
        Ok(order)
    }

    fn step(&mut self, heap: &mut Heap, next: Work, remember: bool) -> Asked<Ordering> {
        Ok(match next {
            Work::Raw(scalar, a, b) => compare_raw(scalar, a, b),
            Work::Lists(mut a, mut b) => match (a.next(), b.next()) {
                (Some(x), Some(y)) => {
                    self.work.push(Work::Lists(a, b));
                    self.work.push(Work::Words(x, y));
                    Ordering::Equal
                }
                (x, y) => x.is_some().cmp(&y.is_some()),
            },
            Work::Maps(mut a, mut b) => match (a.next(), b.next()) {
                (Some(x), Some(y)) => {
                    self.work.push(Work::Maps(a, b));
                    self.work.push(Work::Words(x.1, y.1));
                    self.work.push(Work::Words(x.0, y.0));
                    Ordering::Equal
                }
                (x, y) => x.is_some().cmp(&y.is_some()),
            },
            Work::Words(a, b) if a == b => Ordering::Equal,
            // What was met before was found equal, or is being compared: else the loop had ended.
            Work::Words(a, b) if remember && !self.seen.insert(a.0, b.0) => Ordering::Equal,
            Work::Words(a, b) => compare_words(heap, a, b, &mut self.work)?,
        })
    }
}

fn compare_raw(scalar: Scalar, a: u64, b: u64) -> Ordering {
    match scalar {
        Scalar::Int => (a as i64).cmp(&(b as i64)),
        Scalar::Float => compare_floats(f64::from_bits(a), f64::from_bits(b)),
        Scalar::Nat | Scalar::Char | Scalar::Boolean => a.cmp(&b),
    }
}

fn compare_floats(x: f64, y: f64) -> Ordering {
    x.partial_cmp(&y).unwrap_or_else(|| x.is_nan().cmp(&y.is_nan()))
}

/// Compares what is at hand, and leaves the fields for later.
fn compare_words(heap: &mut Heap, a: Word, b: Word, work: &mut Vec<Work>) -> Asked<Ordering> {
    let kind = rank(a)?;
    let kinds = kind.cmp(&rank(b)?);
    if kinds.is_ne() {
        return Ok(kinds);
    }
    Ok(match kind {
        Rank::Nat => a.as_nat().cmp(&b.as_nat()),
        Rank::Int => a.as_int().cmp(&b.as_int()),
        Rank::Float => compare_floats(a.as_float().unwrap_or(f64::NAN), b.as_float().unwrap_or(f64::NAN)),
        Rank::Char | Rank::Boolean => a.payload().cmp(&b.payload()),
        Rank::Text | Rank::Bytes => compare_slices(heap, a, b)?,
        Rank::Opaque => compare_blobs(heap.blob(a), heap.blob(b)),
        // By what they are, not by what is in them: the older one is less.
        Rank::Mutable => a.field(0).as_nat().cmp(&b.field(0).as_nat()),
        Rank::List => {
            work.push(Work::Lists(Elements::of(a), Elements::of(b)));
            Ordering::Equal
        }
        Rank::Constructed => match (a.descriptor(), b.descriptor()) {
            (Some(x), _) if is_map(x) => {
                work.push(Work::Maps(Entries::of(a), Entries::of(b)));
                Ordering::Equal
            }
            (Some(x), Some(y)) if x == y => {
                push_fields(x, a, b, work);
                Ordering::Equal
            }
            (x, y) => x.map(|x| x.tag).cmp(&y.map(|y| y.tag)),
        },
    })
}

fn push_fields(descriptor: DescRef, a: Word, b: Word, work: &mut Vec<Work>) {
    for (i, rep) in descriptor.fields.iter().enumerate().rev() {
        work.push(match *rep {
            Rep::W(scalar) => Work::Raw(scalar, a.raw_field(i), b.raw_field(i)),
            Rep::V => Work::Words(a.field(i), b.field(i)),
        });
    }
}

fn is_map(descriptor: DescRef) -> bool {
    matches!(descriptor.tag, Tag::Constructor(TypeRef::Builtin(BuiltinType::Map), _))
}

/// Walks over the entries of a map in the order of their keys. Two maps of the same entries are equal however their trees grew.
struct Entries {
    /// Nodes that are still to be visited before their larger side is, the next one last.
    rest: Vec<Word>,
    /// Keys and values of the leaf that comes before them.
    leaf: Option<(Elements, Elements)>,
}

/// Where a node of a map (`Map.Bin`) has its fields, and a leaf (`Map.Leaf`) its own.
const KEY: usize = 1;
const VALUE: usize = 2;
const SMALLER: usize = 3;
const LARGER: usize = 4;
const LEAF_FIELDS: usize = 2;

impl Entries {
    fn of(map: Word) -> Entries {
        let mut entries = Entries { rest: Vec::new(), leaf: None };
        entries.descend(map);
        entries
    }

    fn descend(&mut self, mut map: Word) {
        // A map from outside may hold anything where it should hold a map, or a list.
        while let Some(descriptor) = map.descriptor().filter(|descriptor| is_map(*descriptor)) {
            match descriptor.fields.len() {
                0 => return,
                LEAF_FIELDS => {
                    let elements = |field| {
                        Elements::of(Some(map.field(field)).filter(|word| word.is_list()).unwrap_or(Word::EMPTY_LIST))
                    };
                    self.leaf = Some((elements(0), elements(1)));
                    return;
                }
                _ => {
                    self.rest.push(map);
                    map = map.field(SMALLER);
                }
            }
        }
    }
}

impl Iterator for Entries {
    type Item = (Word, Word);

    fn next(&mut self) -> Option<(Word, Word)> {
        if let Some((keys, values)) = &mut self.leaf {
            if let (Some(key), Some(value)) = (keys.next(), values.next()) {
                return Some((key, value));
            }
            self.leaf = None;
        }
        let node = self.rest.pop()?;
        self.descend(node.field(LARGER));
        Some((node.field(KEY), node.field(VALUE)))
    }
}

fn compare_slices(heap: &mut Heap, a: Word, b: Word) -> Asked<Ordering> {
    let content = |word: Word| heap.as_text(word).map(str::as_bytes).or_else(|| heap.as_bytes(word)).unwrap_or(&[]);
    let (x, y) = (content(a), content(b));
    let (order, len) = (asking::order(heap, x, y)?, x.len().min(y.len()));
    heap.charge_bytes(len);
    Ok(order)
}

fn compare_blobs(a: &Blob, b: &Blob) -> Ordering {
    match (a, b) {
        (Blob::TermLink(a), Blob::TermLink(b)) => a.cmp(b),
        (Blob::TypeLink(a), Blob::TypeLink(b)) => a.cmp(b),
        (Blob::Row(a), Blob::Row(b)) => a.cmp(b),
        (Blob::TermLink(_), _) | (Blob::TypeLink(_), Blob::Row(_)) => Ordering::Less,
        _ => Ordering::Greater,
    }
}

/// Kinds of values that compare, in the order that values of different kinds have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Nat,
    Int,
    Float,
    Char,
    Boolean,
    Text,
    Bytes,
    List,
    Constructed,
    Opaque,
    Mutable,
}

fn rank(word: Word) -> std::result::Result<Rank, Box<Trap>> {
    if word.descriptor().is_some() {
        return Ok(Rank::Constructed);
    }
    if word.is_list() {
        return Ok(Rank::List);
    }
    Ok(match word.plain() {
        None if word.as_nat().is_some() => Rank::Nat,
        None if word.as_int().is_some() => Rank::Int,
        None if word.as_char().is_some() => Rank::Char,
        None if word.as_boolean().is_some() => Rank::Boolean,
        Some((ObjectKind::Nat, _)) => Rank::Nat,
        Some((ObjectKind::Int, _)) => Rank::Int,
        Some((ObjectKind::Float, _)) => Rank::Float,
        Some((ObjectKind::Text, _)) => Rank::Text,
        Some((ObjectKind::Bytes | ObjectKind::Name, _)) => Rank::Bytes,
        Some((ObjectKind::Opaque, _)) => Rank::Opaque,
        Some((ObjectKind::Ref | ObjectKind::Array, _)) => Rank::Mutable,
        _ => return Trap::fault("cannot compare functions"),
    })
}
