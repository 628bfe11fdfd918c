//! The second tier: machine code for functions that run often.
//!
//! A [`Generator`] makes position-independent code of the flat instructions of a function ([`Source`]); here it is put into memory that may be executed, its addresses are
//! filled in, and calls and returns are led to it. Both tiers share everything: machine code is entered like the code of any instruction, with the same four words, its address standing
//! in the first word of a *cell* that looks like the beginning of a function; it goes on in either tier by jumping to what the first word of a place says. It may leave to the
//! interpreter at any instruction, once the registers that the rest of the function reads stand in the window.
//!
//! **Invariant:** a function means the same in both tiers: results, faults, fuel, what its frames hold.

mod arena;
mod enter;
mod helpers;
mod sites;
mod source;
mod tier;

pub use crate::instructions::Opcode;
pub use sites::AttachedLayout;
pub use source::{Case, Instruction, Point, Source, only_computes};

pub use crate::heap::SERIAL_STEP;
pub(crate) use enter::{NativeStack, enter};
pub(crate) use sites::{Site, Sites};
pub(crate) use tier::{Native, Tier};

use crate::code::Entrance;
use crate::control::Core;
use crate::heap::Heap;
use crate::list::Finger;
use crate::machine::{DIRECT_OFFSET, NUMBER_OFFSET, START_OFFSET};
use std::mem::offset_of;

/// Makes machine code.
///
/// # Safety
/// The code does what [`Source`] says, for a function `fn(pc, window, third, fuel, first, second) -> (result, window, fuel)` of Cranelift's `tail` convention, with the core in the pinned
/// register, and reads and writes nothing else. If `pc` is 0, it is called by machine code, with the first three arguments as parameters, and the others in the window; else it is entered by way of
/// the cell there (see [`ENTRY_NUMBER`]), with what it needs in the window, but for a result, which is `first`, and the core as `third`.
///
/// A clause that [is brief](Source::is_brief) has another function of the same convention, `fn(prompt, window, n, fuel, first, second) -> (result, done, fuel)`. It is called by machine code that performs the clause's
/// operation of `n` arguments, at most two, for the handler whose prompt ends there, with the window that the clause would have, which is not put on the stack: it does all that the clause would do up to and with
/// `Reinstate`, and gives what is given to the operation; or it does nothing, and `done` is 0.
///
/// It gives its result together with the window that it was called with, above which nothing is left. Where it goes on in another way, it leaves the native stack of its callers first
/// ([`Helper::Leave`]): their frames say all that is needed to go on without it.
pub unsafe trait Generator: Send + Sync {
    /// The code of a function; `None` if it has something that this does not know, or is too large. Then the function stays in the first tier.
    fn generate(&self, source: &Source) -> Option<Object>;

    /// Its code if it was made before and is at hand. Asked for each new function, so it takes little time.
    fn recall(&self, source: &Source) -> Option<Object> {
        let _ = source;
        None
    }
}

/// Machine code that may lie anywhere once its addresses are filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Object {
    pub bytes: Vec<u8>,
    pub relocations: Vec<Relocation>,
    /// Where in it the function is that a brief clause has beside.
    pub brief: Option<u32>,
}

/// Eight bytes of the code that are an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Relocation {
    pub offset: u32,
    pub symbol: Symbol,
}

/// What code has the address of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Symbol {
    /// What the word of this number of the flat code holds.
    Word(u32),
    /// The word of this number of the flat code itself.
    Code(u32),
    /// The return point of this number.
    Point(u32),
    /// The word in which the instruction `Perform` of this number, counted among them, remembers what it has found.
    Site(u32),
    Helper(Helper),
}

/// Functions of the machine that code calls, by the C convention.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Helper {
    /// `(core, entrance, window, fuel)`: the safepoint at an entry, with the parameters in the window. The window, null if the code stops; the fuel is in the core.
    Enter,
    /// `(core, pc, window, fuel)`: notes at which instruction the code stops, and both.
    Halt,
    /// `(core, words)`: room for so many words, which the code writes at once.
    Alloc,
    /// `(core, bits)`: a character as a tagged word.
    Char,
    /// `(core, word)`: a reference to the blob at the address.
    Blob,
    /// `(core, entry)`: whether the value of the definition is known; it is in the exchange word.
    LoadConstant,
    /// `(core, entry, bits, raw)`: notes the value of the definition.
    StoreConstant,
    /// `(core, builtin, a, b, c, d)`: whether the builtin has given a value, which is in the exchange word. `builtin` is its number, and its family above 16 bits.
    Builtin,
    /// `(core, list, index)`: whether there is such an element, which is in the exchange word.
    Element,
    /// `(core, list, element)`: the list with the element behind it; 0 if the code stops.
    Snoc,
    /// `(core, element, list)`: the list with the element before it; 0 if the code stops.
    Cons,
    /// `(core, n, list)`: all but the first `n` elements of the list; 0 if the code stops.
    Drop,
    /// `(core, pc, window)`: the list of an instruction `List`, whose registers stand in the window.
    List,
    /// `(core, place)`: something is put into this place of a reference or an array. Gives nothing.
    Remember,
    /// `(core, value, window, fuel)`: the safepoint at a return. Where code goes on, null if it stops; its window is the exchange word, the fuel in the core.
    Return,
    /// `(window, n, core)`: where the function above the arguments at the window begins, if it takes just those; else null, and nothing has happened.
    Apply,
    /// `(core, window, request, n, site, fuel)`: attaches the clause of the innermost handler that catches the operation above its `n` arguments, which are at the window, and remembers it at the site:
    /// its machine code; null if there is none, and nothing has happened.
    Perform,
    /// `(core, window, n, fuel)`: applies the function above the arguments at the window, whatever it is. As [`Helper::Return`], where code goes on.
    ApplyAny,
    /// `(core, pc, window, fuel)`: does `Handle`, with what it reads in the window. As [`Helper::Return`], where code goes on.
    Handle,
    /// The same for `TailHandle`.
    TailHandle,
    /// The same for `Renew`, with what it reads and its frame in the window.
    Renew,
    /// `(core, function, handler, prompt, window, fuel)`: if the function is a continuation that can go on at once, puts a prompt of the handler at the window and the continuation's frames above it. The window above
    /// these, with the fuel in the core; else null, and nothing has happened.
    Resume,
    /// `(core, pc, window, fuel)`: does `Detach`, but that what is in the window stays where it was. The window, null if the code stops; the fuel is in the core, the continuation, if it is used, the exchange word.
    Detach,
    /// No C function: `(pc, window, core, fuel)` as any code. Leaves the native stack of callers, and goes on at a place of either tier.
    Leave,
    /// No C function: `(_, _, core, _)`. Leaves the native stack of callers, and stops.
    Stop,
    /// No C function: `(result, window, core, fuel)`. Leaves the native stack of callers, and gives the result to the frame below the window.
    Give,
}

/// Where the parts of the machine's structures are that code reads and writes, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// A window, with what it may need, ends below what stands there, unless a safepoint has something to do.
    pub window_limit: i32,
    /// The lowest address of the native stack at which machine code may call.
    pub native_limit: i32,
    pub stack_start: i32,
    pub prompt: i32,
    pub fuel: i32,
    pub exchange: i32,
    pub next: i32,
    pub end: i32,
    pub work: i32,
    /// The serial number of the next reference or array, tagged; see [`SERIAL_STEP`].
    pub serial: i32,
    /// The word of `()`.
    pub unit: i32,
    /// Where the young objects are, and how many bytes that is.
    pub young_start: i32,
    pub young_bytes: i32,
    /// Of the list whose elements are at hand: which it is, the index of the first of these, how many they are, where they are.
    pub finger: [i32; 4],
    /// Of a descriptor: which constructor it is, four bytes.
    pub number: i32,
    /// Of an entry: where its code begins.
    pub start: i32,
    /// Of an entry: its machine code, null if there is none.
    pub direct: i32,
    /// Of an entrance: the entry.
    pub entry: i32,
    /// Of what stands in a site.
    pub attached: AttachedLayout,
    /// Of a return point: the place to go on at with the result in a register, see [`ENTRY_NUMBER`].
    pub point_native: i32,
}

/// The layout of this build of the machine.
pub const LAYOUT: Layout = Layout {
    window_limit: (offset_of!(Core, heap) + offset_of!(Heap, window_limit)) as i32,
    native_limit: (offset_of!(Core, native) + offset_of!(NativeStack, limit)) as i32,
    stack_start: offset_of!(Core, stack_start) as i32,
    prompt: offset_of!(Core, prompt) as i32,
    fuel: offset_of!(Core, fuel) as i32,
    exchange: offset_of!(Core, exchange) as i32,
    next: (offset_of!(Core, heap) + offset_of!(Heap, next)) as i32,
    end: (offset_of!(Core, heap) + offset_of!(Heap, end)) as i32,
    work: (offset_of!(Core, heap) + offset_of!(Heap, work)) as i32,
    serial: (offset_of!(Core, heap) + offset_of!(Heap, serial)) as i32,
    unit: offset_of!(Core, unit) as i32,
    young_start: (offset_of!(Core, heap) + Heap::YOUNG_START) as i32,
    young_bytes: (offset_of!(Core, heap) + Heap::YOUNG_BYTES) as i32,
    finger: finger(),
    number: NUMBER_OFFSET as i32,
    start: START_OFFSET as i32,
    direct: DIRECT_OFFSET as i32,
    entry: offset_of!(Entrance, entry) as i32,
    attached: sites::ATTACHED,
    point_native: crate::code::RetPoint::NATIVE_OFFSET as i32,
};

const fn finger() -> [i32; 4] {
    let finger = offset_of!(Core, heap) + offset_of!(Heap, finger);
    let [list, first, count, elements] = Finger::OFFSETS;
    [(finger + list) as i32, (finger + first) as i32, (finger + count) as i32, (finger + elements) as i32]
}

/// What stands in a cell behind the address of the code and the operands of `Enter`: the number of the entry. 0 is the function's beginning, `1 + p` its return point `p` with the result in
/// the window, `1 + n + p` the same, of `n` points, with the result as a parameter and the window still above the frame.
pub const ENTRY_NUMBER: i32 = 16;

/// When code becomes machine code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// On a thread beside, once it has been entered often.
    Hot,
    /// Before it is entered for the first time.
    Eager,
    /// As soon as it is defined, whoever's it is: for tests.
    Defined,
}
