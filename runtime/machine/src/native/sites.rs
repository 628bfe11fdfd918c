//! What machine code remembers of the places where operations are performed: which clause the innermost handler, or the next one, had for it. Programs perform most operations under the same handler each time, or under one
//! that is put around in two ways by turns: the last two are remembered.
//!
//! # Safety
//! An [`Attached`] never changes, and lives as long as the machine: machine code of the machine has its address. What it says of a prompt and a handler's code is so for all values that have these.

use crate::code::{CLAUSE, RetPoint};
use crate::machine::{DescRef, EntryRef};
use crate::native::Native;
use crate::word::{Header, ObjectKind, Word};
use std::collections::BTreeMap;
use std::mem::offset_of;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, AtomicU32, Ordering};
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
    /// What does it without putting it on the stack; 0 if nothing does.
    brief: u64,
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
    pub brief: i32,
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
    brief: offset_of!(Attached, brief) as i32,
    clause: offset_of!(Attached, clause) as i32,
    other: offset_of!(Attached, other) as i32,
};

/// A place where an operation is performed.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct Site {
    /// What was found there last, null at first. Machine code reads it.
    attached: AtomicPtr<Attached>,
    /// How often in a row, with little in between, the clause could not be done without the stack; and what fuel was left at the last time. Tasks on several threads may lose a count; nobody minds.
    undone: AtomicU32,
    fuel: AtomicI64,
    /// Clauses are always put on the stack here.
    is_plain: AtomicBool,
}

/// So much fuel is little.
const SOON: u64 = 256;
/// So often in a row, a clause is put on the stack from then on.
const UNDONE_MAX: u32 = 16;

impl Site {
    pub(super) fn is_new(&self) -> bool {
        self.attached.load(Ordering::Relaxed).is_null()
    }

    /// Machine code has not come to the clause by itself, with so much fuel left. Whether that becomes a habit while it tries brief clauses, which is over then.
    pub(super) fn is_in_vain(&self, fuel: i64) -> bool {
        if self.is_plain.load(Ordering::Relaxed) {
            return false;
        }
        let since = self.fuel.swap(fuel, Ordering::Relaxed).abs_diff(fuel);
        let undone = if since < SOON { self.undone.load(Ordering::Relaxed) + 1 } else { 0 };
        self.undone.store(undone, Ordering::Relaxed);
        self.is_plain.store(undone == UNDONE_MAX, Ordering::Relaxed);
        undone == UNDONE_MAX
    }
}

/// The prompts, the handler's code, the operation, and whether its clause is always put on the stack.
type Key = ([u64; 2], u64, u64, bool);

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
        let is_plain = site.is_plain.load(Ordering::Relaxed);
        let native = clause.code_forever().and_then(|code| code.native.get()).filter(|_| !is_plain);
        let brief = native.map_or(0, Native::brief);
        let skipped = skipped.map_or(0, |skipped| std::ptr::from_ref(skipped) as u64);
        let key = ([point, skipped], entry.address(), request.address(), is_plain);
        let header = if held == 0 { handler.0 } else { Header::plain(ObjectKind::Closure, 1 + held) };
        let held = held as u64;
        let clause = &raw const CLAUSE as u64;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: null, or what stands in the table, see the module.
        let before = unsafe { site.attached.load(Ordering::Acquire).as_ref() }.filter(|before| before.key != key);
        let other = before.map_or(0, |before| {
            let alone = known.entry((before.key, None)).or_insert_with(|| Box::new(Attached { other: 0, ..*before }));
            &raw const **alone as u64
        });
        let found = known.entry((key, before.map(|before| before.key))).or_insert_with(|| {
            Box::new(Attached { point, skipped, header, entry: entry.address(), held, code, brief, clause, other, key })
        });
        site.attached.store(&raw mut **found, Ordering::Release);
    }
}
