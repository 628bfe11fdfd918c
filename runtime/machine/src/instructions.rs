//! The instructions, each written once, and the two ways to get from one to the next.
//!
//! Threaded: a word of the code is the address of the handler of its instruction, and a handler ends with a call of the next one, which compiles to a jump: all handlers have one
//! signature of four words, and none holds anything that has to be dropped. Stable Rust does not promise that, so the crate is compiled at opt-level 3 in every profile,
//! and a test runs a long loop on a small native stack. Looped: a word is the number of the instruction, and a `match` in a loop does the same bodies. Both count fuel alike.
//!
//! # Safety
//! `ir::verify` has accepted the code, and `compile` made the words: slots lie in the window and are written before they are read, in the rep that the instruction takes.
//! `Enter` has checked that the window and a margin above it are inside the stack, as has every return. `win` is the window of the running function and is had anew from the
//! core whenever the stack may have moved; `core` is used by nobody else meanwhile. What leaves the code writes `win` and `fuel` back first.

use crate::builtins::{self, number::DIVISION_BY_ZERO};
use crate::code::{Entrance, RetPoint, wide_operand};
use crate::control::{Core, Exit};
use crate::interpret::{
    apply, call_builtin, compare_words, detach, element_slowly, enter_counting_slowly, enter_missing, enter_slowly,
    equal_words, handle, make_closure, make_list, perform, reinstate, renew, return_slowly, stop, switch_target,
    tail_handle,
};
use crate::machine::{DescRef, EntryRef};
use crate::word::{ObjectKind, REF_CONTENT, Word};
use builtin::ALL_BUILTINS;
use std::cmp::Ordering;

/// How a machine gets from one instruction to the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dispatch {
    /// Each instruction jumps to the next.
    Threaded,
    /// A loop looks each instruction up: slower, and independent of what the compiler makes of calls in tail position.
    Looped,
}

/// Program counter, window, core, fuel.
/// As C calls functions, since machine code jumps here and from here.
pub(crate) type Handler = unsafe extern "C-unwind" fn(*const u64, *mut u64, *mut Core, i64);

/// An operand of 16 bits.
#[inline(always)]
unsafe fn narrow(pc: *const u64, index: usize) -> usize {
    // SAFETY: every instruction has a word of operands.
    unsafe { *pc.add(1).cast::<u16>().add(index) as usize }
}

/// The operand of 32 bits.
#[inline(always)]
unsafe fn wide(pc: *const u64) -> u32 {
    // SAFETY: as above.
    unsafe { *pc.add(1).cast::<u32>().add(1) }
}

macro_rules! instructions {
    ($pc:ident, $win:ident, $core:ident, $fuel:ident; $($(#[doc = $doc:literal])* $name:ident $len:literal => $body:block)*) => {
        /// What an instruction does. Operands are called `a` to `d`; `wide` is `c` and `d` together; `x0`, `x1` are the words after them.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Opcode { $($(#[doc = $doc])* $name),* }

        const OPCODES: &[Opcode] = &[$(Opcode::$name),*];
        const HANDLERS: &[Handler] = &[$(threaded::$name),*];
        /// Words of each, without those whose number an operand says.
        const WORDS: &[usize] = &[$($len),*];

        #[expect(non_snake_case, reason = "a handler has the name of its instruction")]
        #[expect(unused_mut, unreachable_code, reason = "not every instruction uses all, or has a next one")]
        mod threaded {
            use super::*;
            $(
                pub(super) unsafe extern "C-unwind" fn $name(mut $pc: *const u64, mut $win: *mut u64, $core: *mut Core, mut $fuel: i64) {
                    // SAFETY: see the module.
                    unsafe {
                        $body
                        next($pc, $win, $core, $fuel)
                    }
                }
            )*
        }

        /// Runs from here until something stops it.
        unsafe fn looped(mut $pc: *const u64, mut $win: *mut u64, $core: *mut Core, mut $fuel: i64) {
            // SAFETY: see the module.
            unsafe {
                loop {
                    match OPCODES[*$pc as usize] {
                        $(Opcode::$name => $body)*
                    }
                }
            }
        }
    };
}

/// Goes on with the handler of the instruction here.
#[inline(always)]
unsafe fn next(pc: *const u64, win: *mut u64, core: *mut Core, fuel: i64) {
    // SAFETY: the first word of an instruction is the address of its handler.
    unsafe { std::mem::transmute::<u64, Handler>(*pc)(pc, win, core, fuel) }
}

/// Runs from here until something stops it, which the core says.
pub(crate) unsafe fn run(dispatch: Dispatch, pc: *const u64, win: *mut u64, core: *mut Core, fuel: i64) {
    // SAFETY: the code was made for this way to dispatch.
    unsafe {
        match dispatch {
            Dispatch::Threaded => next(pc, win, core, fuel),
            Dispatch::Looped => looped(pc, win, core, fuel),
        }
    }
}

impl Opcode {
    /// The first word of the instruction.
    pub(crate) fn word(self, dispatch: Dispatch) -> u64 {
        match dispatch {
            Dispatch::Threaded => HANDLERS[self as usize] as usize as u64,
            Dispatch::Looped => self as u64,
        }
    }

    /// The instruction that a word begins.
    pub(crate) fn read(word: u64, dispatch: Dispatch) -> Option<Opcode> {
        OPCODES.iter().copied().find(|opcode| opcode.word(dispatch) == word)
    }

    /// How many words it takes.
    pub(crate) fn words(self, operands: u64) -> usize {
        let more = wide_operand(operands) as usize;
        WORDS[self as usize]
            + match self {
                Opcode::Switch | Opcode::SwitchWord => 2 * more,
                Opcode::Construct | Opcode::Closure | Opcode::List => more.div_ceil(4),
                _ => 0,
            }
    }
}

/// Slots that stand packed behind an instruction.
///
/// # Safety
/// `at` is where the compiler packed `count` of them.
#[inline(always)]
pub(crate) unsafe fn packed<'a>(at: *const u64, count: usize) -> &'a [u16] {
    // SAFETY: four stand in each word.
    unsafe { std::slice::from_raw_parts(at.cast(), count) }
}

/// Where a function value begins if it takes exactly `n` tagged arguments more; puts what it holds before them.
///
/// # Safety
/// The arguments stand at `win`, the function above them.
#[inline(always)]
pub(crate) unsafe fn apply_directly(win: *mut u64, n: usize, core: *mut Core) -> Option<*const u64> {
    // SAFETY: a closure's words are as its header says; room above the window is checked.
    unsafe {
        let function = Word(*win.add(n));
        if let Some(entry) = function.function_entry() {
            let start = entry.start();
            return (!start.is_null() && takes(start, n)).then_some(start);
        }
        let Some((ObjectKind::Closure, len)) = function.plain() else { return None };
        let (start, held) = (EntryRef::from_address(function.raw_field(0)).start(), len - 1);
        if start.is_null() || !takes(start, held + n) || win.add(held + n) > (*core).stack_end {
            return None;
        }
        for i in (0..n).rev() {
            *win.add(held + i) = *win.add(i);
        }
        for i in 0..held {
            *win.add(i) = function.raw_field(1 + i);
        }
        Some(start)
    }
}

/// Whether the code that begins here takes so many arguments, all tagged.
#[inline(always)]
unsafe fn takes(start: *const u64, n: usize) -> bool {
    // SAFETY: code begins with `Enter`.
    unsafe { narrow(start, 0) == n && narrow(start, 1) == 0 }
}

/// Which operand is read, of the instruction here.
macro_rules! operand {
    ($pc:ident, a) => {
        narrow($pc, 0)
    };
    ($pc:ident, b) => {
        narrow($pc, 1)
    };
    ($pc:ident, c) => {
        narrow($pc, 2)
    };
    ($pc:ident, d) => {
        narrow($pc, 3)
    };
    ($pc:ident, x0) => {
        *$pc.add(2)
    };
    ($pc:ident, x1) => {
        *$pc.add(3)
    };
}

/// A register, by the operand that names it.
macro_rules! reg {
    ($pc:ident, $win:ident, $which:tt) => {
        *$win.add(operand!($pc, $which))
    };
}

/// Leaves the code by a function that says where code runs next.
macro_rules! leave {
    ($pc:ident, $win:ident, $core:ident, $fuel:ident, $leave:ident($($operand:expr),*)) => {{
        (*$core).sync($win, $fuel);
        ($pc, $win) = $leave(&mut *$core, $($operand),*);
        if $pc.is_null() {
            return;
        }
        $fuel = (*$core).fuel;
    }};
}

/// `a` = `b` op `c`.
macro_rules! binary {
    ($pc:ident, $win:ident, |$x:ident, $y:ident| $value:expr) => {{
        let ($x, $y) = (reg!($pc, $win, b), reg!($pc, $win, c));
        reg!($pc, $win, a) = $value;
        $pc = $pc.add(2);
    }};
}

/// `a` = `b` op the literal `c`.
macro_rules! immediate {
    ($pc:ident, $win:ident, |$x:ident, $y:ident| $value:expr) => {{
        let ($x, $y) = (reg!($pc, $win, b), operand!($pc, c) as u64);
        reg!($pc, $win, a) = $value;
        $pc = $pc.add(2);
    }};
}

/// Goes on behind this instruction if `a` and `b` are so, else where `wide` says.
macro_rules! unless {
    ($pc:ident, $win:ident, |$x:ident, $y:ident| $holds:expr) => {{
        let ($x, $y) = (reg!($pc, $win, a), reg!($pc, $win, b));
        $pc = if $holds { $pc.add(2) } else { branch($pc) };
    }};
}

/// As `unless`, with the literal `b`.
macro_rules! unless_immediate {
    ($pc:ident, $win:ident, |$x:ident, $y:ident| $holds:expr) => {{
        let ($x, $y) = (reg!($pc, $win, a), operand!($pc, b) as u64);
        $pc = if $holds { $pc.add(2) } else { branch($pc) };
    }};
}

/// Where the wide operand leads.
#[inline(always)]
unsafe fn branch(pc: *const u64) -> *const u64 {
    // SAFETY: the compiler made it the distance to an instruction.
    unsafe { pc.offset(wide(pc) as i32 as isize) }
}

/// `a` = raw `b`.
macro_rules! unbox {
    ($pc:ident, $win:ident, $core:ident, $fuel:ident, $get:ident, $name:literal, $bits:expr) => {{
        match Word(reg!($pc, $win, b)).$get() {
            Some(value) => reg!($pc, $win, a) = $bits(value),
            None => return stop(&mut *$core, $pc, $win, $fuel, concat!("expected a value of type ", $name)),
        }
        $pc = $pc.add(2);
    }};
}

/// A builtin of two values that is often decided by their words.
macro_rules! by_words {
    ($pc:ident, $win:ident, $core:ident, $fuel:ident, $decide:ident, $bits:expr) => {{
        let slots = packed($pc.add(2), 2);
        match $decide(*$win.add(slots[0] as usize), *$win.add(slots[1] as usize)) {
            Some(decided) => reg!($pc, $win, a) = $bits(decided),
            None => {
                if !call_builtin($core, $pc, $win) {
                    (*$core).sync($win, $fuel);
                    return;
                }
                $fuel -= (*$core).heap.take_work();
            }
        }
        $pc = $pc.add(4);
    }};
}

instructions! { pc, win, core, fuel;
    /// Begins a function with `a` parameters, which `b` says are not all tagged, that needs `wide` words; `x0` is its entrance. A safepoint.
    Enter 3 => {
        if fuel > 0 && win.wrapping_add(wide(pc) as usize) <= (*core).heap.window_limit {
            fuel -= 1;
            pc = pc.add(3);
        } else {
            (*core).sync(win, fuel);
            win = enter_slowly(&mut *core, &*(operand!(pc, x0) as *const Entrance));
            if win.is_null() {
                return;
            }
            pc = pc.add(3);
            fuel = (*core).fuel;
        }
    }
    /// As `Enter`, where entries are counted.
    EnterCounting 3 => {
        let entrance = &*(operand!(pc, x0) as *const Entrance);
        let room = win.wrapping_add(wide(pc) as usize) <= (*core).heap.window_limit;
        if entrance.is_cold() && fuel > 0 && room {
            fuel -= 1;
            pc = pc.add(3);
        } else {
            let here = pc;
            leave!(pc, win, core, fuel, enter_counting_slowly(entrance, here));
        }
    }
    /// Returns `a`. A safepoint.
    Return 2 => {
        let value = reg!(pc, win, a);
        let point = &*(*win.sub(1) as *const RetPoint);
        let back = win.sub(1 + point.frame as usize);
        // A continuation may have put the frame higher up than it was.
        let room = back.wrapping_add(point.need as usize) <= (*core).heap.window_limit;
        let on = point.pc();
        if !on.is_null() && room {
            win = back;
            *win.add(point.into as usize) = value;
            pc = on;
        } else {
            leave!(pc, win, core, fuel, return_slowly(value));
        }
    }
    /// Waits at the point `x1`, with a frame of `wide` words, for the entry `x0` of the `a` arguments above it.
    Call 4 => {
        let frame = wide(pc) as usize;
        let entry = EntryRef::from_address(operand!(pc, x0));
        *win.add(frame) = operand!(pc, x1);
        win = win.add(frame + 1);
        pc = entry.start();
        if pc.is_null() {
            leave!(pc, win, core, fuel, enter_missing(entry));
        }
    }
    /// Becomes the entry `x0` of the `a` arguments in the window.
    TailCall 3 => {
        let entry = EntryRef::from_address(operand!(pc, x0));
        pc = entry.start();
        if pc.is_null() {
            leave!(pc, win, core, fuel, enter_missing(entry));
        }
    }
    /// Waits at the point `x0`, with a frame of `wide` words, for the function above the `a` arguments above it.
    CallValue 3 => {
        let (frame, n) = (wide(pc) as usize, operand!(pc, a));
        *win.add(frame) = operand!(pc, x0);
        win = win.add(frame + 1);
        match apply_directly(win, n, core) {
            Some(start) => pc = start,
            None => leave!(pc, win, core, fuel, apply(n)),
        }
    }
    /// Becomes the function above the `a` arguments in the window.
    TailCallValue 2 => {
        let n = operand!(pc, a);
        match apply_directly(win, n, core) {
            Some(start) => pc = start,
            None => leave!(pc, win, core, fuel, apply(n)),
        }
    }
    /// Waits at the point `x0`, with a frame of `wide` words, for the host's answer to the builtin `b` of the `a` arguments above it.
    CallHost 3 => {
        let frame = wide(pc) as usize;
        *win.add(frame) = operand!(pc, x0);
        (*core).sync(win.add(frame + 1), fuel);
        return (*core).stop(Exit::Host(ALL_BUILTINS[operand!(pc, b)], operand!(pc, a)));
    }
    /// As `CallHost`, in place of this frame.
    TailCallHost 2 => {
        (*core).sync(win, fuel);
        (*core).stopped = pc;
        return (*core).stop(Exit::Host(ALL_BUILTINS[operand!(pc, b)], operand!(pc, a)));
    }
    /// Waits at the point `x0`, with a frame of `wide` words, for the operation of descriptor `x1` of the `a` arguments above it.
    Perform 4 => {
        let (frame, n) = (wide(pc) as usize, operand!(pc, a));
        *win.add(frame) = operand!(pc, x0);
        win = win.add(frame + 1);
        leave!(pc, win, core, fuel, perform(DescRef::from_address(operand!(pc, x1)), n));
    }
    /// Waits at the point `x0`, with a frame of `wide` words, for what a handler gives for a call under the prompt `x1`: the `a` arguments, the function and the handler are packed behind.
    Handle 6 => { leave!(pc, win, core, fuel, handle(pc)) }
    /// As `Handle`, in place of this frame: what the handler gives is this function's result. The prompt is `x0`.
    TailHandle 5 => { leave!(pc, win, core, fuel, tail_handle(pc)) }
    /// Waits at the point `x0`, with a frame of `wide` words, for what the handler `b` gives for what this clause is attached to, which goes on with `a` under the prompt `x1` above that frame.
    Renew 4 => { leave!(pc, win, core, fuel, renew(pc)) }
    /// `a` = the frames that this clause is attached to, as a continuation, if `b` says that it is used. They are taken off the stack, and the first `wide` words of the window move down.
    Detach 2 => {
        (*core).sync(win, fuel);
        if !detach(&mut *core, pc) {
            return;
        }
        (win, fuel) = ((*core).window(), (*core).fuel);
        pc = pc.add(2);
    }
    /// Gives `a` to the operation whose clause this is, under the prompt `x0`, with the handler `b` if `c` says so, else with the same one. A safepoint.
    Reinstate 3 => { leave!(pc, win, core, fuel, reinstate(pc)) }
    /// If the value of the definition at the entry `x0` is known: `a` = that, and goes on where `wide` says.
    LoadConstant 3 => {
        match (*core).heap.constants.get(operand!(pc, x0)) {
            Some(value) => {
                reg!(pc, win, a) = value;
                pc = branch(pc);
            }
            None => pc = pc.add(3),
        }
    }
    /// Notes that the value of the definition at the entry `x0` is `a`, which is raw if `b` says so.
    StoreConstant 3 => {
        (*core).heap.constants.insert(operand!(pc, x0), reg!(pc, win, a), operand!(pc, b) != 0);
        pc = pc.add(3);
    }
    /// Goes on where `wide` says.
    Jump 2 => { pc = branch(pc) }
    /// Goes on where `wide` says if `a` is false.
    Unless 2 => { pc = if reg!(pc, win, a) != 0 { pc.add(2) } else { branch(pc) } }
    UnlessEq 2 => { unless!(pc, win, |x, y| x == y) }
    UnlessLt 2 => { unless!(pc, win, |x, y| x < y) }
    UnlessLteq 2 => { unless!(pc, win, |x, y| x <= y) }
    UnlessIntLt 2 => { unless!(pc, win, |x, y| (x as i64) < y as i64) }
    UnlessIntLteq 2 => { unless!(pc, win, |x, y| x as i64 <= y as i64) }
    UnlessEqI 2 => { unless_immediate!(pc, win, |x, y| x == y) }
    UnlessLtI 2 => { unless_immediate!(pc, win, |x, y| x < y) }
    UnlessLteqI 2 => { unless_immediate!(pc, win, |x, y| x <= y) }
    UnlessGtI 2 => { unless_immediate!(pc, win, |x, y| x > y) }
    UnlessGteqI 2 => { unless_immediate!(pc, win, |x, y| x >= y) }
    UnlessIntLtI 2 => { unless_immediate!(pc, win, |x, y| (x as i64) < y as i64) }
    UnlessIntLteqI 2 => { unless_immediate!(pc, win, |x, y| x as i64 <= y as i64) }
    UnlessIntGtI 2 => { unless_immediate!(pc, win, |x, y| x as i64 > y as i64) }
    UnlessIntGteqI 2 => { unless_immediate!(pc, win, |x, y| x as i64 >= y as i64) }
    /// Goes on where the `wide` cases (key, distance) behind it say for the descriptor of `a`; `x0` is the distance otherwise.
    Switch 3 => {
        let word = Word(reg!(pc, win, a));
        let key = if word.is_immediate() { word.0 } else { word.header_bits() };
        pc = switch_target(pc, key, wide(pc) as usize);
    }
    /// As `Switch`, for the bits of `a`.
    SwitchWord 3 => { pc = switch_target(pc, reg!(pc, win, a), wide(pc) as usize) }
    /// No case applied.
    NoCase 2 => { return stop(&mut *core, pc, win, fuel, "no case of a match applied") }
    /// `a` = `x0`, which is an address if `b` says so.
    Const 3 => {
        reg!(pc, win, a) = operand!(pc, x0);
        pc = pc.add(3);
    }
    /// `a` = `b`.
    Move 2 => {
        reg!(pc, win, a) = reg!(pc, win, b);
        pc = pc.add(2);
    }
    /// `a` = a reference to the blob at `x0`.
    Blob 3 => {
        reg!(pc, win, a) = builtins::constant(&mut (*core).heap, operand!(pc, x0)).0;
        pc = pc.add(3);
    }
    /// `a` = tagged `b`.
    BoxNat 2 => {
        reg!(pc, win, a) = (*core).heap.nat(reg!(pc, win, b)).0;
        pc = pc.add(2);
    }
    BoxInt 2 => {
        reg!(pc, win, a) = (*core).heap.int(reg!(pc, win, b) as i64).0;
        pc = pc.add(2);
    }
    BoxFloat 2 => {
        reg!(pc, win, a) = (*core).heap.float(reg!(pc, win, b)).0;
        pc = pc.add(2);
    }
    BoxChar 2 => {
        reg!(pc, win, a) = builtins::char_of(reg!(pc, win, b)).0;
        pc = pc.add(2);
    }
    BoxBoolean 2 => {
        reg!(pc, win, a) = Word::boolean(reg!(pc, win, b) != 0).0;
        pc = pc.add(2);
    }
    /// `a` = raw `b`; faults if it is of another kind.
    UnboxNat 2 => { unbox!(pc, win, core, fuel, as_nat, "Nat", |n| n) }
    UnboxInt 2 => { unbox!(pc, win, core, fuel, as_int, "Int", |n| n as u64) }
    UnboxFloat 2 => { unbox!(pc, win, core, fuel, as_float, "Float", f64::to_bits) }
    UnboxChar 2 => { unbox!(pc, win, core, fuel, as_char, "Char", |c| u64::from(u32::from(c))) }
    UnboxBoolean 2 => { unbox!(pc, win, core, fuel, as_boolean, "Boolean", u64::from) }
    NatAdd 2 => { binary!(pc, win, |x, y| x.wrapping_add(y)) }
    NatSub 2 => { binary!(pc, win, |x, y| x.saturating_sub(y)) }
    NatMul 2 => { binary!(pc, win, |x, y| x.wrapping_mul(y)) }
    IntSub 2 => { binary!(pc, win, |x, y| x.wrapping_sub(y)) }
    FloatAdd 2 => { binary!(pc, win, |x, y| builtins::float_bits(f64::from_bits(x) + f64::from_bits(y))) }
    FloatSub 2 => { binary!(pc, win, |x, y| builtins::float_bits(f64::from_bits(x) - f64::from_bits(y))) }
    FloatMul 2 => { binary!(pc, win, |x, y| builtins::float_bits(f64::from_bits(x) * f64::from_bits(y))) }
    NatAddI 2 => { immediate!(pc, win, |x, y| x.wrapping_add(y)) }
    NatSubI 2 => { immediate!(pc, win, |x, y| x.saturating_sub(y)) }
    NatMulI 2 => { immediate!(pc, win, |x, y| x.wrapping_mul(y)) }
    IntSubI 2 => { immediate!(pc, win, |x, y| x.wrapping_sub(y)) }
    Eq 2 => { binary!(pc, win, |x, y| u64::from(x == y)) }
    Lt 2 => { binary!(pc, win, |x, y| u64::from(x < y)) }
    Lteq 2 => { binary!(pc, win, |x, y| u64::from(x <= y)) }
    IntLt 2 => { binary!(pc, win, |x, y| u64::from((x as i64) < y as i64)) }
    IntLteq 2 => { binary!(pc, win, |x, y| u64::from(x as i64 <= y as i64)) }
    EqI 2 => { immediate!(pc, win, |x, y| u64::from(x == y)) }
    LtI 2 => { immediate!(pc, win, |x, y| u64::from(x < y)) }
    LteqI 2 => { immediate!(pc, win, |x, y| u64::from(x <= y)) }
    GtI 2 => { immediate!(pc, win, |x, y| u64::from(x > y)) }
    GteqI 2 => { immediate!(pc, win, |x, y| u64::from(x >= y)) }
    IntLtI 2 => { immediate!(pc, win, |x, y| u64::from((x as i64) < y as i64)) }
    IntLteqI 2 => { immediate!(pc, win, |x, y| u64::from(x as i64 <= y as i64)) }
    IntGtI 2 => { immediate!(pc, win, |x, y| u64::from(x as i64 > y as i64)) }
    IntGteqI 2 => { immediate!(pc, win, |x, y| u64::from(x as i64 >= y as i64)) }
    FloatDiv 2 => { binary!(pc, win, |x, y| builtins::float_bits(f64::from_bits(x) / f64::from_bits(y))) }
    FloatLt 2 => { binary!(pc, win, |x, y| u64::from(f64::from_bits(x) < f64::from_bits(y))) }
    FloatLteq 2 => { binary!(pc, win, |x, y| u64::from(f64::from_bits(x) <= f64::from_bits(y))) }
    NatDiv 2 => {
        let (x, y) = (reg!(pc, win, b), reg!(pc, win, c));
        let Some(quotient) = x.checked_div(y) else { return stop(&mut *core, pc, win, fuel, DIVISION_BY_ZERO) };
        reg!(pc, win, a) = quotient;
        pc = pc.add(2);
    }
    NatMod 2 => {
        let (x, y) = (reg!(pc, win, b), reg!(pc, win, c));
        let Some(rest) = x.checked_rem(y) else { return stop(&mut *core, pc, win, fuel, DIVISION_BY_ZERO) };
        reg!(pc, win, a) = rest;
        pc = pc.add(2);
    }
    /// `a` = not `b`.
    Not 2 => {
        reg!(pc, win, a) = reg!(pc, win, b) ^ 1;
        pc = pc.add(2);
    }
    /// `a` = element `b` of the list `c`.
    ListUnsafeAt 2 => {
        match (*core).heap.finger.get(reg!(pc, win, c), reg!(pc, win, b)) {
            Some(element) => reg!(pc, win, a) = element,
            None => {
                if !element_slowly(core, pc, win) {
                    (*core).sync(win, fuel);
                    return;
                }
            }
        }
        pc = pc.add(2);
    }
    /// As `Builtin`, for `Universal.==`: looks at the words first.
    UniversalEq 4 => { by_words!(pc, win, core, fuel, equal_words, u64::from) }
    /// As `Builtin`, for `Universal.compare`.
    UniversalCompare 4 => { by_words!(pc, win, core, fuel, compare_words, |order| order as i64 as u64) }
    /// As `Builtin`, for `Universal.<` and its like.
    UniversalLt 4 => { by_words!(pc, win, core, fuel, compare_words, |order: Ordering| u64::from(order.is_lt())) }
    UniversalLteq 4 => { by_words!(pc, win, core, fuel, compare_words, |order: Ordering| u64::from(order.is_le())) }
    UniversalGt 4 => { by_words!(pc, win, core, fuel, compare_words, |order: Ordering| u64::from(order.is_gt())) }
    UniversalGteq 4 => { by_words!(pc, win, core, fuel, compare_words, |order: Ordering| u64::from(order.is_ge())) }
    /// As `Builtin`, for `Ref.read`.
    RefRead 4 => {
        let slots = packed(pc.add(2), 1);
        let reference = Word(*win.add(slots[0] as usize));
        if reference.is_plain(ObjectKind::Ref) {
            reg!(pc, win, a) = reference.raw_field(REF_CONTENT);
        } else if !call_builtin(core, pc, win) {
            (*core).sync(win, fuel);
            return;
        }
        pc = pc.add(4);
    }
    /// As `Builtin`, for `Ref.write`.
    RefWrite 4 => {
        let slots = packed(pc.add(2), 2);
        let (reference, content) = (Word(*win.add(slots[0] as usize)), Word(*win.add(slots[1] as usize)));
        if reference.is_plain(ObjectKind::Ref) {
            (*core).heap.put(reference, 0, content);
            reg!(pc, win, a) = (*core).unit;
        } else if !call_builtin(core, pc, win) {
            (*core).sync(win, fuel);
            return;
        }
        pc = pc.add(4);
    }
    /// `a` = the builtin `b` of the `wide` registers packed in `x0`, each in the rep of its signature; `x1` is its family.
    Builtin 4 => {
        if !call_builtin(core, pc, win) {
            (*core).sync(win, fuel);
            return;
        }
        fuel -= (*core).heap.take_work();
        pc = pc.add(4);
    }
    /// `a` = a value of the descriptor `x0` with the `wide` fields packed behind it.
    Construct 3 => {
        let slots = packed(pc.add(3), wide(pc) as usize);
        let object = (*core).heap.alloc(1 + slots.len());
        *object = operand!(pc, x0);
        for (i, slot) in slots.iter().enumerate() {
            *object.add(1 + i) = *win.add(*slot as usize);
        }
        reg!(pc, win, a) = object as u64;
        pc = pc.add(3 + slots.len().div_ceil(4));
    }
    /// `a` = a closure of the entry `x0` over the `wide` registers packed behind it.
    Closure 3 => {
        let count = wide(pc) as usize;
        reg!(pc, win, a) = make_closure(core, pc, win, count).0;
        pc = pc.add(3 + count.div_ceil(4));
    }
    /// `a` = a list of the `wide` registers packed behind it.
    List 2 => {
        let count = wide(pc) as usize;
        reg!(pc, win, a) = make_list(core, pc, win, count).0;
        pc = pc.add(2 + count.div_ceil(4));
    }
    /// `a` = field `wide` of the constructed value `b`.
    Field 2 => {
        reg!(pc, win, a) = Word(reg!(pc, win, b)).raw_field(wide(pc) as usize);
        pc = pc.add(2);
    }
}
