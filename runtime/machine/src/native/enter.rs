//! The way from Rust into code of either tier.
//!
//! # Safety
//! Machine code keeps none of the registers that a C function keeps, but for the frame pointer: who enters a chain of jumps that may come to some saves them.

use crate::control::Core;

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
        "call qword ptr [rdi]",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
        ".cfi_endproc",
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
