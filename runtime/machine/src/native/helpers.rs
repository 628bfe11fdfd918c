//! What machine code leaves to functions.
//!
//! # Safety
//! Machine code calls them with a core that nobody else uses meanwhile, and with words that instructions of the same names work on; see [`crate::instructions`].

use super::{Helper, Site, enter};
use crate::builtins::{self, Family};
use crate::code::{Entrance, RetPoint};
use crate::control::{Core, Exit};
use crate::frames::point_below;
use crate::heap::Heap;
use crate::instructions::apply_directly;
use crate::interpret::{self, Place};
use crate::list;
use crate::machine::DescRef;
use crate::trap::Trap;
use crate::word::Word;
use builtin::ALL_BUILTINS;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Of so many operations that meet another handler than their place remembers, one makes it remember that.
const MISSES: u32 = 16;

impl Helper {
    pub(super) fn address(self) -> u64 {
        (match self {
            Helper::Enter => entry as *const () as usize,
            Helper::Halt => halt as *const () as usize,
            Helper::Alloc => alloc as *const () as usize,
            Helper::Char => char as *const () as usize,
            Helper::Blob => blob as *const () as usize,
            Helper::LoadConstant => load_constant as *const () as usize,
            Helper::StoreConstant => store_constant as *const () as usize,
            Helper::Builtin => builtin as *const () as usize,
            Helper::Element => element as *const () as usize,
            Helper::Snoc => snoc as *const () as usize,
            Helper::Cons => cons as *const () as usize,
            Helper::Drop => drop_first as *const () as usize,
            Helper::List => make_list as *const () as usize,
            Helper::Remember => remember as *const () as usize,
            Helper::Return => come_back as *const () as usize,
            Helper::Apply => apply as *const () as usize,
            Helper::Perform => perform as *const () as usize,
            Helper::ApplyAny => apply_any as *const () as usize,
            Helper::Handle => handle as *const () as usize,
            Helper::TailHandle => tail_handle as *const () as usize,
            Helper::Renew => renew as *const () as usize,
            Helper::Detach => detach as *const () as usize,
            Helper::Leave => enter::leave as *const () as usize,
            Helper::Stop => enter::stop as *const () as usize,
            Helper::Resume => resume as *const () as usize,
            Helper::Give => enter::give as *const () as usize,
        }) as u64
    }
}

/// Whether there is a value, which is in the exchange word then. A panic would find no way through machine code: it ends the task.
fn guarded(core: &mut Core, compute: impl FnOnce(&mut Core) -> Result<u64, Box<Trap>>) -> u64 {
    let computed = catch_unwind(AssertUnwindSafe(|| compute(core)));
    match computed.unwrap_or_else(|_| Trap::fault("the machine has a mistake; please report it")) {
        Ok(value) => core.exchange = value,
        Err(trap) => core.stop(Exit::Trap(trap)),
    }
    u64::from(core.exit.is_none())
}

unsafe extern "C" fn entry(core: *mut Core, entrance: *const Entrance, win: *mut u64, fuel: i64) -> *mut u64 {
    // SAFETY: see the module.
    unsafe {
        (*core).sync(win, fuel);
        interpret::enter_slowly(&mut *core, &*entrance)
    }
}

unsafe extern "C" fn perform(
    core: *mut Core,
    win: *mut u64,
    request: u64,
    n: usize,
    site: *const Site,
    fuel: i64,
) -> *const u8 {
    // SAFETY: see the module.
    let core = unsafe { &mut *core };
    let request = DescRef::from_address(request);
    let Some(found) = core.find_clause(request) else { return std::ptr::null() };
    let code = found.clause.direct();
    let innermost = core.prompt;
    // SAFETY: the arguments stand there.
    if code.is_null() || !unsafe { core.attach(&found, win, n) } {
        return std::ptr::null();
    }
    // SAFETY: prompts' frames end there.
    let skipped = unsafe { core.skipped(innermost, found.end) };
    if let Some(skipped) = skipped {
        core.misses = core.misses.wrapping_add(1);
        // SAFETY: a prompt's frame ends there, and the site is the code's.
        let (point, site) = unsafe { (point_below(core.stack_start.add(found.end)), &*site) };
        if core.misses % MISSES == 0 || site.is_new() || site.is_in_vain(fuel) {
            core.machine.sites.note(site, (point, skipped), found.handler, request, found.clause);
        }
    }
    code
}

unsafe extern "C" fn detach(core: *mut Core, pc: *const u64, win: *mut u64, fuel: i64) -> *mut u64 {
    // SAFETY: see the module.
    let core = unsafe { &mut *core };
    core.sync(win, fuel);
    let Some(continuation) = interpret::detach_frames(core, pc, 0) else { return std::ptr::null_mut() };
    core.exchange = continuation;
    core.window()
}

pub(super) unsafe extern "C" fn come_back(core: *mut Core, value: u64, win: *mut u64, fuel: i64) -> *const u64 {
    // SAFETY: see the module.
    let core = unsafe { &mut *core };
    core.sync(win, fuel);
    let place = interpret::return_slowly(core, value);
    exchanged(core, place)
}

/// Where code goes on; its window is the exchange word.
fn exchanged(core: &mut Core, (pc, win): Place) -> *const u64 {
    core.exchange = win as u64;
    pc
}

unsafe extern "C" fn apply_any(core: *mut Core, win: *mut u64, n: usize, fuel: i64) -> *const u64 {
    // SAFETY: see the module.
    let core = unsafe { &mut *core };
    core.sync(win, fuel);
    let place = interpret::apply(core, n);
    exchanged(core, place)
}

unsafe extern "C" fn handle(core: *mut Core, pc: *const u64, win: *mut u64, fuel: i64) -> *const u64 {
    // SAFETY: see the module.
    let core = unsafe { &mut *core };
    core.sync(win, fuel);
    let place = interpret::handle(core, pc);
    exchanged(core, place)
}

unsafe extern "C" fn resume(
    core: *mut Core,
    continuation: u64,
    handler: u64,
    prompt: *const RetPoint,
    win: *mut u64,
    fuel: i64,
) -> *mut u64 {
    // SAFETY: see the module.
    let core = unsafe { &mut *core };
    core.sync(win, fuel);
    if core.resume_under(Word(continuation), handler, prompt) { core.window() } else { std::ptr::null_mut() }
}

unsafe extern "C" fn tail_handle(core: *mut Core, pc: *const u64, win: *mut u64, fuel: i64) -> *const u64 {
    // SAFETY: see the module.
    let core = unsafe { &mut *core };
    core.sync(win, fuel);
    let place = interpret::tail_handle(core, pc);
    exchanged(core, place)
}

unsafe extern "C" fn renew(core: *mut Core, pc: *const u64, win: *mut u64, fuel: i64) -> *const u64 {
    // SAFETY: see the module.
    let core = unsafe { &mut *core };
    core.sync(win, fuel);
    let place = interpret::renew(core, pc);
    exchanged(core, place)
}

unsafe extern "C" fn halt(core: *mut Core, pc: *const u64, win: *mut u64, fuel: i64) {
    // SAFETY: see the module.
    let core = unsafe { &mut *core };
    core.sync(win, fuel);
    core.stopped = pc;
}

unsafe extern "C" fn alloc(core: *mut Core, words: usize) -> *mut u64 {
    // SAFETY: see the module.
    unsafe { (*core).heap.alloc(words) }
}

unsafe extern "C" fn char(_: *mut Core, bits: u64) -> u64 {
    builtins::char_of(bits).0
}

unsafe extern "C" fn blob(core: *mut Core, address: u64) -> u64 {
    // SAFETY: see the module.
    unsafe { builtins::constant(&mut (*core).heap, address).0 }
}

unsafe extern "C" fn load_constant(core: *mut Core, entry: u64) -> u64 {
    // SAFETY: see the module.
    let core = unsafe { &mut *core };
    let known = core.heap.constants.get(entry);
    core.exchange = known.unwrap_or_default();
    u64::from(known.is_some())
}

unsafe extern "C" fn store_constant(core: *mut Core, entry: u64, bits: u64, raw: u64) {
    // SAFETY: see the module.
    unsafe { (*core).heap.constants.insert(entry, bits, raw != 0) }
}

unsafe extern "C" fn builtin(core: *mut Core, which: u64, a: u64, b: u64, c: u64, d: u64) -> u64 {
    // SAFETY: see the module.
    let core = unsafe { &mut *core };
    guarded(core, |core| {
        let builtin = ALL_BUILTINS[(which & 0xffff) as usize];
        builtins::call(builtin, Family::from_index(which >> 16), &[a, b, c, d], &mut core.heap, &core.machine)
    })
}

unsafe extern "C" fn element(core: *mut Core, list: u64, index: u64) -> u64 {
    // SAFETY: see the module.
    let core = unsafe { &mut *core };
    if let Some(element) = core.heap.finger.get(list, index) {
        core.exchange = element;
        return 1;
    }
    guarded(core, |core| list::element(&mut core.heap, Word(list), index).map(|element| element.0))
}

/// As [`guarded`], for a result that is a list: the word, 0 if there is none.
fn guarded_list(core: &mut Core, list: u64, change: impl FnOnce(&mut Heap, Word) -> Word) -> u64 {
    let done = guarded(core, |core| {
        let list = Word(list);
        if list.is_list() { Ok(change(&mut core.heap, list).0) } else { Trap::fault("expected a value of type List") }
    });
    if done == 0 { 0 } else { core.exchange }
}

unsafe extern "C" fn snoc(core: *mut Core, list: u64, element: u64) -> u64 {
    // SAFETY: see the module.
    guarded_list(unsafe { &mut *core }, list, |heap, list| list::snoc(heap, list, Word(element)))
}

unsafe extern "C" fn cons(core: *mut Core, element: u64, list: u64) -> u64 {
    // SAFETY: see the module.
    guarded_list(unsafe { &mut *core }, list, |heap, list| list::cons(heap, Word(element), list))
}

unsafe extern "C" fn drop_first(core: *mut Core, n: u64, list: u64) -> u64 {
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    // SAFETY: see the module.
    guarded_list(unsafe { &mut *core }, list, |heap, list| list::drop(heap, list, n))
}

unsafe extern "C" fn make_list(core: *mut Core, pc: *const u64, win: *mut u64) -> u64 {
    // SAFETY: see the module.
    unsafe { interpret::make_list(core, pc, win, crate::code::wide_operand(*pc.add(1)) as usize).0 }
}

unsafe extern "C" fn remember(core: *mut Core, place: *mut u64) -> u64 {
    // SAFETY: see the module.
    unsafe { (*core).heap.remember_place(place) }
    0
}

unsafe extern "C" fn apply(win: *mut u64, n: usize, core: *mut Core) -> *const u64 {
    // SAFETY: see the module.
    unsafe { apply_directly(win, n, core).unwrap_or(std::ptr::null()) }
}
