//! What machine code remembers of the places where operations are performed: which clause the innermost handler, or the next one, had for it. Programs perform most operations under the same handler each time, or under one
//! that is put around in two ways by turns: the last two are remembered.
//!
//! # Safety
//! An [`Attached`] never changes, and lives as long as the machine: machine code of the machine has its address. What it says of a prompt and a handler's code is so for all values that have these.

use crate::code::{CLAUSE, RetPoint};
use crate::machine::{DescRef, EntryRef};
use crate::word::{Header, ObjectKind, Word};
use std::collections::BTreeMap;
use std::mem::offset_of;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

/// Words that a handler holds which machine code copies: as many as fit above each window, together with the frame of a clause.
const HELD_MAX: usize = 5;

/// A handler under a prompt, and what it does with an operation.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Attached {
    point: u64,
    /// The innermost prompt, which does not catch the operation, if the one outside of it does; 0 if it is the innermost itself.
    skipped: u64,
    /// The header of the handler; the handler itself, if it holds nothing.
    header: u64,
    entry: u64,
    held: u64,
    /// Machine code of the clause.
    code: u64,
    /// What stands on top of the frame below it.
    clause: u64,
    /// What was found before at the same place, which names no further one; 0 if nothing was.
    other: u64,
    key: Key,
}

/// Where its parts are, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttachedLayout {
    pub point: i32,
    pub skipped: i32,
    pub header: i32,
    pub entry: i32,
    pub held: i32,
    pub code: i32,
    pub clause: i32,
    pub other: i32,
}

pub(super) const ATTACHED: AttachedLayout = AttachedLayout {
    point: offset_of!(Attached, point) as i32,
    skipped: offset_of!(Attached, skipped) as i32,
    header: offset_of!(Attached, header) as i32,
    entry: offset_of!(Attached, entry) as i32,
    held: offset_of!(Attached, held) as i32,
    code: offset_of!(Attached, code) as i32,
    clause: offset_of!(Attached, clause) as i32,
    other: offset_of!(Attached, other) as i32,
};

/// What was found at a place last, null at first.
pub(crate) type Site = AtomicPtr<Attached>;

/// The prompts, the handler's code, and the operation.
type Key = ([u64; 2], u64, u64);

type Known = BTreeMap<(Key, Option<Key>), Box<Attached>>;

/// All that was found at any place, by what it is and what was found before it.
#[derive(Default)]
pub(crate) struct Sites {
    known: Mutex<Known>,
}

impl Sites {
    /// Notes at a place what was found for an operation under the innermost prompt, or the next one if one is skipped.
    pub(crate) fn note(
        &self,
        site: &Site,
        (point, skipped): (&RetPoint, Option<&RetPoint>),
        handler: Word,
        request: DescRef,
        clause: EntryRef,
    ) {
        let Some((entry, held)) = handler.as_function().filter(|(_, held)| *held <= HELD_MAX) else { return };
        let (point, code) = (std::ptr::from_ref(point) as u64, clause.direct() as u64);
        let skipped = skipped.map_or(0, |skipped| std::ptr::from_ref(skipped) as u64);
        let key = ([point, skipped], entry.address(), request.address());
        let header = if held == 0 { handler.0 } else { Header::plain(ObjectKind::Closure, 1 + held) };
        let held = held as u64;
        let clause = &raw const CLAUSE as u64;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: null, or what stands in the table, see the module.
        let before = unsafe { site.load(Ordering::Acquire).as_ref() }.filter(|before| before.key != key);
        let other = before.map_or(0, |before| {
            let alone = known.entry((before.key, None)).or_insert_with(|| Box::new(Attached { other: 0, ..*before }));
            &raw const **alone as u64
        });
        let found = known.entry((key, before.map(|before| before.key))).or_insert_with(|| {
            Box::new(Attached { point, skipped, header, entry: entry.address(), held, code, clause, other, key })
        });
        site.store(&raw mut **found, Ordering::Release);
    }
}
