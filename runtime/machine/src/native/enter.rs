//! The way from Rust into code of either tier, and back.
//!
//! The interpreter runs right above [`enter`]. Above it stand only functions of machine code that have called each other; whatever goes on in another way drops them all
//! ([`leave`], [`stop`], [`give`]), which loses nothing: the computation's own stack has their frames. The first of them gives its result to [`enter`], which returns it to the frame that it finds.
//!
//! # Safety
//! Whoever drops functions drops what they have saved of the registers that a C function keeps, too: [`enter`] saves them for all. The core is in r15, which the interpreter's functions
//! leave as they found it.

use crate::code::RetPoint;
use crate::control::Core;
use std::mem::offset_of;

/// Of the native stack, what functions of machine code that call each other may take. Threads have more than twice as much.
const NATIVE_BYTES: usize = 96 << 10;
/// How far below the frame pointer of [`enter`] the stack is that code runs on.
const BELOW_FRAME: usize = 56;
/// Where a core says where that is.
const TOP: usize = offset_of!(Core, native) + offset_of!(NativeStack, top);
const LIMIT: usize = offset_of!(Core, native) + offset_of!(NativeStack, limit);
const AGAIN: usize = offset_of!(Core, native) + offset_of!(NativeStack, again);

/// Where the native stack is.
#[derive(Default)]
pub(crate) struct NativeStack {
    /// Of the interpreter: what stands there leads back to [`enter`].
    top: usize,
    /// Machine code calls none further down.
    pub(super) limit: usize,
    /// Where [`enter`] calls code: going there, not to the code itself, keeps calls and returns in pairs, as processors expect them.
    again: usize,
}

/// Runs from here until something stops it, in both tiers.
///
/// # Safety
/// As [`crate::instructions::run`], with threaded code.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(crate) unsafe extern "C-unwind" fn enter(pc: *const u64, win: *mut u64, core: *mut Core, fuel: i64) {
    std::arch::naked_asm!(
        ".cfi_startproc",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8",
        ".cfi_offset rbx, -24",
        ".cfi_offset r12, -32",
        ".cfi_offset r13, -40",
        ".cfi_offset r14, -48",
        ".cfi_offset r15, -56",
        "mov [rsp], rdx",
        "mov r15, rdx",
        "lea rax, [rbp - {below}]",
        "mov [rdx + {top}], rax",
        "sub rax, {bytes}",
        "mov [rdx + {limit}], rax",
        "lea rax, [rip + 2f]",
        "mov [rdx + {again}], rax",
        // At a place of either tier: it comes back stopped, or with a result, the window above the frame that waits for it, and the fuel.
        "2:",
        "call qword ptr [rdi]",
        "mov r10, [rsp]",
        "cmp byte ptr [r10 + {is_stopped}], 0",
        "jne 4f",
        "mov r11, [rcx - 8]",
        "mov rdi, [r11 + {native}]",
        "test rdi, rdi",
        "je 3f",
        "mov r8, rax",
        "mov rsi, rcx",
        "mov rcx, rdx",
        "mov rdx, r10",
        "jmp 2b",
        // The frame is no machine code's.
        "3:",
        "mov rdi, r10",
        "mov rsi, rax",
        "xchg rdx, rcx",
        "call {come_back}",
        "mov rdx, [rsp]",
        "mov rsi, [rdx + {exchange}]",
        "mov rcx, [rdx + {fuel}]",
        "mov rdi, rax",
        "test rax, rax",
        "jne 2b",
        "4:",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
        ".cfi_endproc",
        below = const BELOW_FRAME,
        top = const TOP,
        limit = const LIMIT,
        again = const AGAIN,
        bytes = const NATIVE_BYTES,
        is_stopped = const offset_of!(Core, is_stopped),
        exchange = const offset_of!(Core, exchange),
        fuel = const offset_of!(Core, fuel),
        native = const RetPoint::NATIVE_OFFSET,
        come_back = sym super::helpers::come_back,
    )
}

/// Drops the functions of machine code that have called each other, and goes on at a place of either tier.
///
/// # Safety
/// Only machine code that [`enter`] has entered goes here, once its frames and those of its callers say all.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(super) unsafe extern "C-unwind" fn leave(pc: *const u64, win: *mut u64, core: *mut Core, fuel: i64) {
    std::arch::naked_asm!(
        "mov rsp, [rdx + {top}]",
        "lea rbp, [rsp + {below}]",
        "add rsp, 8",
        "jmp qword ptr [rdx + {again}]",
        below = const BELOW_FRAME,
        top = const TOP,
        again = const AGAIN,
    )
}

/// Drops the functions of machine code that have called each other, and returns to whoever has entered.
///
/// # Safety
/// As [`leave`].
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(super) unsafe extern "C-unwind" fn stop(pc: *const u64, win: *mut u64, core: *mut Core, fuel: i64) {
    std::arch::naked_asm!(
        "mov rsp, [rdx + {top}]",
        "lea rbp, [rsp + {below}]",
        "ret",
        below = const BELOW_FRAME,
        top = const TOP,
    )
}

/// Drops the functions of machine code that have called each other, and returns a result to the frame below the window.
///
/// # Safety
/// As [`leave`].
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(super) unsafe extern "C-unwind" fn give(result: u64, win: *mut u64, core: *mut Core, fuel: i64) {
    // A jump in place of the return: what the processor expects of that is where one of the dropped functions was called.
    std::arch::naked_asm!(
        "mov rsp, [rdx + {top}]",
        "lea rbp, [rsp + {below}]",
        "pop r11",
        "mov rax, rdi",
        "mov rdx, rcx",
        "mov rcx, rsi",
        "jmp r11",
        below = const BELOW_FRAME,
        top = const TOP,
    )
}

/// As above, where there is no machine code.
///
/// # Safety
/// As above.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) unsafe fn enter(pc: *const u64, win: *mut u64, core: *mut Core, fuel: i64) {
    // SAFETY: the caller's.
    unsafe { crate::instructions::run(crate::Dispatch::Threaded, pc, win, core, fuel) }
}

/// Nothing comes here where there is no machine code.
#[cfg(not(target_arch = "x86_64"))]
pub(super) unsafe fn leave(pc: *const u64, win: *mut u64, core: *mut Core, fuel: i64) {
    // SAFETY: the caller's.
    unsafe { enter(pc, win, core, fuel) }
}

/// Nothing comes here where there is no machine code.
#[cfg(not(target_arch = "x86_64"))]
pub(super) unsafe fn stop(_: *const u64, _: *mut u64, _: *mut Core, _: i64) {}

/// Nothing comes here where there is no machine code.
#[cfg(not(target_arch = "x86_64"))]
pub(super) unsafe fn give(_: u64, _: *mut u64, _: *mut Core, _: i64) {}
