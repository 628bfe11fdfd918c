//! What happens between pieces of code, and what instructions leave to a function of its own: safepoints where something is to do, and whatever needs memory of its own on the native stack.
//!
//! The running function's registers are a window at the top of the stack, `stack[base..]`. A call writes its RetPoint behind the part of the window that it
//! needs later, and the callee's window, which the arguments stand in already, begins there; a return takes the window back. Entry and return are the safepoints: only there is garbage
//! collected, fuel checked, and the code left for a pause.
//!
//! # Safety
//! As in [`crate::instructions`]. Functions that take a pointer to the core are called by instructions, with the window at the base.

use crate::Budget;
use crate::builtins::{self, Family};
use crate::code::{Entrance, PointKind, RetPoint};
use crate::collect::collect;
use crate::control::{Core, Exit, Next};
use crate::frames::point_below;
use crate::instructions::{self, packed};
use crate::list;
use crate::machine::{DescRef, EntryRef};
use crate::native;
use crate::trap::Trap;
use crate::word::{Immediate, Word};
use builtin::ALL_BUILTINS;
use ir::limits::HANDLE_ARGS_MAX;
use std::cmp::Ordering;

/// Arguments of the pure builtins, at most.
pub(crate) const BUILTIN_ARGS_MAX: usize = 4;
/// So many cases of a switch are looked through one by one; more are in ascending order.
pub(crate) const LINEAR_CASES: usize = 8;

/// Where code runs: the instruction and the window; null if it does not.
pub(crate) type Place = (*const u64, *mut u64);

pub(crate) const NOWHERE: Place = (std::ptr::null(), std::ptr::null_mut());

impl Core {
    /// Runs from a safepoint to the next stop.
    pub(crate) fn interpret(&mut self, next: Next) -> Exit {
        let dispatch = self.machine.dispatch();
        self.stopped = std::ptr::null();
        let place = self.go_on(next);
        let (pc, win) = self.or_stop(place);
        if !pc.is_null() {
            let fuel = self.fuel;
            self.is_stopped = false;
            // SAFETY: `go_on` says where code runs. The core is not used otherwise until it stops.
            unsafe {
                if self.machine.has_native() {
                    native::enter(pc, win, self, fuel);
                } else {
                    instructions::run(dispatch, pc, win, self, fuel);
                }
            }
        }
        self.exit.take().expect("what stops the code says why")
    }

    /// Notes where the window is and what fuel is left.
    #[inline(always)]
    pub(crate) fn sync(&mut self, win: *mut u64, fuel: i64) {
        self.base = (win as usize - self.stack.as_ptr() as usize) / 8;
        self.fuel = fuel;
    }

    /// The window at the base.
    #[inline(always)]
    pub(crate) fn window(&mut self) -> *mut u64 {
        // SAFETY: the base lies in the stack.
        unsafe { self.stack.as_mut_ptr().add(self.base) }
    }

    /// The code stops here.
    pub(crate) fn stop(&mut self, exit: Exit) {
        self.exit = Some(exit);
        self.is_stopped = true;
    }

    /// The code stops at this instruction, because something is wrong.
    #[cold]
    fn trapped(&mut self, pc: *const u64, trap: Box<Trap>) {
        self.stopped = pc;
        self.stop(Exit::Trap(trap));
    }

    /// As [`Core::stop`], for what goes on somewhere if all is well.
    fn or_stop(&mut self, place: Result<Place, Exit>) -> Place {
        place.unwrap_or_else(|exit| {
            self.stop(exit);
            NOWHERE
        })
    }

    fn go_on(&mut self, mut next: Next) -> Result<Place, Exit> {
        loop {
            next = match next {
                Next::Enter(entry) if entry.start().is_null() => return Err(missing(entry, next)),
                Next::Enter(entry) => return Ok((entry.start(), self.window())),
                Next::Apply(n) => self.apply(n)?,
                Next::Return(value) => match self.come_back(value)? {
                    Back::Run(place) => return Ok(place),
                    Back::Next(next) => next,
                },
            }
        }
    }

    /// The safepoint at a function's entry.
    fn enter(&mut self, entrance: &Entrance) -> Result<(), Exit> {
        if self.fuel <= 0 {
            return Err(Exit::Paused(Next::Enter(entrance.entry)));
        }
        if self.heap.hurries && (self.heap.wants_collection || entrance.lingers) {
            return Err(Exit::Paused(Next::Enter(entrance.entry)));
        }
        self.fuel -= 1;
        if self.heap.wants_collection {
            self.collect(entrance.params.len(), |i| entrance.params[i].is_raw())?;
        }
        Ok(self.ensure(entrance.need)?)
    }

    /// The safepoint at a return.
    fn come_back(&mut self, mut value: u64) -> Result<Back, Exit> {
        // SAFETY: below the base stands a frame.
        let point = unsafe { point_below(self.stack.as_ptr().add(self.base)) };
        if self.heap.hurries && (self.heap.wants_collection || point.entry.is_some_and(lingers)) {
            return Err(Exit::Paused(Next::Return(value)));
        }
        if self.heap.wants_collection {
            value = self.collect_with(value, point.into_rep.is_raw())?;
        }
        if point.kind != PointKind::Resume {
            return self.return_to_special(point.kind, value).map(Back::Next);
        }
        self.base -= 1 + point.frame as usize;
        self.ensure(point.need as usize)?;
        self.stack[self.base + point.into as usize] = value;
        Ok(Back::Run((point.pc(), self.window())))
    }

    /// Collects with a value that is being returned as a further root; gives its new address.
    fn collect_with(&mut self, value: u64, raw: bool) -> Result<u64, Box<Trap>> {
        self.ensure(1)?;
        self.stack[self.base] = value;
        self.collect(1, |_| raw)?;
        Ok(self.stack[self.base])
    }

    /// Collects, with so many words at the base as further roots.
    fn collect(&mut self, pending: usize, raw: impl Fn(usize) -> bool) -> Result<(), Box<Trap>> {
        let held = self.stack.len();
        let (frames, rest) = self.stack.split_at_mut(self.base);
        let mut full = self.heap.is_full_due();
        collect(&mut self.heap, full, frames, &mut rest[..pending], &raw, held)?;
        if !full && self.heap.is_doubtful() {
            full = true;
            collect(&mut self.heap, full, frames, &mut rest[..pending], &raw, held)?;
        }
        self.shrink(pending);
        if full && self.heap.over_limit() { Trap::out_of(Budget::Memory) } else { Ok(()) }
    }
}

/// Whether the code of an entry calls builtins that may take long.
fn lingers(entry: EntryRef) -> bool {
    entry.code().is_some_and(|code| code.entrance.lingers)
}

/// What comes after a return.
enum Back {
    Run(Place),
    Next(Next),
}

/// The safepoint at an entry, where something is to do. The window; null if the code stops.
#[cold]
#[inline(never)]
pub(crate) fn enter_slowly(core: &mut Core, entrance: &Entrance) -> *mut u64 {
    let entered = core.enter(entrance).map(|()| (std::ptr::null(), core.window()));
    core.or_stop(entered).1
}

/// As [`enter_slowly`] for code that counts its entries, which goes on behind `pc`, or as machine code if there is some.
#[cold]
#[inline(never)]
pub(crate) fn enter_counting_slowly(core: &mut Core, entrance: &Entrance, pc: *const u64) -> Place {
    if let Some(start) = core.warm_up(entrance) {
        return (start, core.window());
    }
    match enter_slowly(core, entrance) {
        win if win.is_null() => NOWHERE,
        // SAFETY: behind `EnterCounting` stands the next instruction.
        win => (unsafe { pc.add(3) }, win),
    }
}

/// A call of code that is not there.
#[cold]
#[inline(never)]
pub(crate) fn enter_missing(core: &mut Core, entry: EntryRef) -> Place {
    let place = core.go_on(Next::Enter(entry));
    core.or_stop(place)
}

/// The safepoint at a return, where something is to do.
#[inline(never)]
pub(crate) fn return_slowly(core: &mut Core, value: u64) -> Place {
    if let Some(place) = core.return_through_prompts(value) {
        return place;
    }
    let place = core.go_on(Next::Return(value));
    core.or_stop(place)
}

/// The function above so many arguments is applied to them.
#[inline(never)]
pub(crate) fn apply(core: &mut Core, n: usize) -> Place {
    if n == 1
        && let Some(place) = core.resume_directly()
    {
        return place;
    }
    let place = core.go_on(Next::Apply(n));
    core.or_stop(place)
}

/// An operation is performed with so many arguments.
#[inline(never)]
pub(crate) fn perform(core: &mut Core, request: DescRef, n: usize) -> Place {
    if let Some(place) = core.perform_directly(request, n) {
        return place;
    }
    let place = core.perform(request, n).and_then(|next| core.go_on(next));
    core.or_stop(place)
}

/// Does `Handle`.
#[inline(never)]
pub(crate) fn handle(core: &mut Core, pc: *const u64) -> Place {
    // SAFETY: the operands are those of `Handle`.
    unsafe {
        let (operands, win) = (*pc.add(1), core.window());
        let under = UnderPrompt::read(pc.add(4), win, operands);
        let frame = crate::code::wide_operand(operands) as usize;
        *win.add(frame) = *pc.add(2);
        core.base += frame + 1;
        under.run(core, *pc.add(3) as *const RetPoint)
    }
}

/// Does `TailHandle`.
#[inline(never)]
pub(crate) fn tail_handle(core: &mut Core, pc: *const u64) -> Place {
    // SAFETY: the operands are those of `TailHandle`.
    unsafe { UnderPrompt::read(pc.add(3), core.window(), *pc.add(1)).run(core, *pc.add(2) as *const RetPoint) }
}

/// What will be called under a prompt.
struct UnderPrompt {
    /// Arguments, function, handler.
    words: [u64; HANDLE_ARGS_MAX + 2],
    args: usize,
}

impl UnderPrompt {
    /// # Safety
    /// The compiler packed slots of the window there, for so many arguments as the operands say.
    unsafe fn read(at: *const u64, win: *const u64, operands: u64) -> UnderPrompt {
        let args = crate::code::operand(operands, 0) as usize;
        let mut words = [0; HANDLE_ARGS_MAX + 2];
        // SAFETY: see above.
        unsafe {
            for (word, slot) in words.iter_mut().zip(packed(at, args + 2)) {
                *word = *win.add(*slot as usize);
            }
        }
        UnderPrompt { words, args }
    }

    fn run(&self, core: &mut Core, prompt: *const RetPoint) -> Place {
        let args = self.args;
        core.push_prompt(self.words[args + 1], prompt);
        core.stack[core.base..=core.base + args].copy_from_slice(&self.words[..=args]);
        if args == 1
            && let Some(place) = core.resume_directly()
        {
            return place;
        }
        let win = core.window();
        // SAFETY: the function stands above its arguments; there is room, as the function that does it has checked.
        match unsafe { instructions::apply_directly(win, args, core) } {
            Some(start) => (start, win),
            None => apply(core, args),
        }
    }
}

/// Does `Reinstate`.
#[inline(never)]
pub(crate) fn reinstate(core: &mut Core, pc: *const u64) -> Place {
    // SAFETY: the operands are those of `Reinstate`.
    unsafe {
        let (operands, win) = (*pc.add(1), core.window());
        let [value, handler, changed] = [0, 1, 2].map(|index| crate::code::operand(operands, index) as usize);
        let handler = (changed != 0).then(|| *win.add(handler));
        let value = *win.add(value);
        core.reinstate(handler, *pc.add(2));
        core.return_directly(value).unwrap_or_else(|| return_slowly(core, value))
    }
}

/// Does `Renew`.
#[inline(never)]
pub(crate) fn renew(core: &mut Core, pc: *const u64) -> Place {
    // SAFETY: the operands are those of `Renew`.
    unsafe {
        let (operands, win) = (*pc.add(1), core.window());
        let [value, handler] = [0, 1].map(|index| *win.add(crate::code::operand(operands, index) as usize));
        let frame = crate::code::wide_operand(operands) as usize;
        *win.add(frame) = *pc.add(2);
        core.renew(frame + 1, value, handler, *pc.add(3) as *const RetPoint)
    }
}

/// Does `Detach`, where the core has the window and the fuel; false if the code stops.
#[inline(never)]
pub(crate) fn detach(core: &mut Core, pc: *const u64) -> bool {
    // SAFETY: the operands are those of `Detach`.
    let operands = unsafe { *pc.add(1) };
    let into = crate::code::operand(operands, 0) as usize;
    let Some(continuation) = detach_frames(core, pc, crate::code::wide_operand(operands) as usize) else {
        return false;
    };
    if continuation != 0 {
        // SAFETY: the slot lies in the window.
        unsafe { *core.window().add(into) = continuation };
    }
    true
}

/// As [`detach`], where so many words of the window move: the continuation, 0 if it is not used, nothing if the code stops.
#[inline]
pub(crate) fn detach_frames(core: &mut Core, pc: *const u64, words: usize) -> Option<u64> {
    // SAFETY: the operands are those of `Detach`.
    let wanted = crate::code::operand(unsafe { *pc.add(1) }, 1) != 0;
    match core.detach(wanted, words) {
        Ok(continuation) => Some(continuation.map_or(0, |continuation| continuation.0)),
        Err(trap) => {
            core.stop(Exit::Trap(trap));
            None
        }
    }
}

/// The code stops because the program is wrong.
#[cold]
#[inline(never)]
pub(crate) fn stop(core: &mut Core, pc: *const u64, win: *mut u64, fuel: i64, what: &str) {
    core.sync(win, fuel);
    core.stopped = pc;
    core.stop(Exit::Trap(Box::new(Trap::Fault(what.into()))));
}

/// Does `Builtin`; false if the code stops.
///
/// # Safety
/// See the module.
#[inline(never)]
pub(crate) unsafe fn call_builtin(core: *mut Core, pc: *const u64, win: *mut u64) -> bool {
    // SAFETY: the operands are those of `Builtin`.
    unsafe {
        let operands = *pc.add(1);
        let mut args = [0; BUILTIN_ARGS_MAX];
        let slots = packed(pc.add(2), crate::code::wide_operand(operands) as usize);
        for (arg, slot) in args.iter_mut().zip(slots) {
            *arg = *win.add(*slot as usize);
        }
        let builtin = ALL_BUILTINS[crate::code::operand(operands, 1) as usize];
        let core = &mut *core;
        let family = Family::from_index(*pc.add(3));
        match builtins::call(builtin, family, &args, &mut core.heap, &core.machine) {
            Ok(value) => *win.add(crate::code::operand(operands, 0) as usize) = value,
            Err(trap) => core.trapped(pc, trap),
        }
        core.exit.is_none()
    }
}

/// Does `ListUnsafeAt` where the element is not at hand; false if the code stops.
///
/// # Safety
/// See the module.
#[inline(never)]
pub(crate) unsafe fn element_slowly(core: *mut Core, pc: *const u64, win: *mut u64) -> bool {
    // SAFETY: the operands are those of `ListUnsafeAt`.
    unsafe {
        let operands = *pc.add(1);
        let [index, list] = [1, 2].map(|which| *win.add(crate::code::operand(operands, which) as usize));
        let core = &mut *core;
        match list::element(&mut core.heap, Word(list), index) {
            Ok(element) => *win.add(crate::code::operand(operands, 0) as usize) = element.0,
            Err(trap) => core.trapped(pc, trap),
        }
        core.exit.is_none()
    }
}

/// Whether two values are equal as far as their words say: small numbers, characters, truth values and constants of the same kind.
#[inline(always)]
pub(crate) fn equal_words(a: u64, b: u64) -> Option<bool> {
    let decides = same_kind(a, b).is_some_and(|kind| is_scalar(kind) || kind == Immediate::Constant);
    decides.then_some(a == b)
}

/// The order of two values as far as their words say: small numbers, characters and truth values of the same kind.
#[inline(always)]
pub(crate) fn compare_words(a: u64, b: u64) -> Option<Ordering> {
    let kind = same_kind(a, b).filter(|kind| is_scalar(*kind))?;
    Some(if kind == Immediate::Int { (a as i64).cmp(&(b as i64)) } else { a.cmp(&b) })
}

/// The kind of two immediate words, if it is one.
#[inline(always)]
fn same_kind(a: u64, b: u64) -> Option<Immediate> {
    Word(a).immediate_kind().filter(|_| (a ^ b) & 15 == 0)
}

#[inline(always)]
fn is_scalar(kind: Immediate) -> bool {
    matches!(kind, Immediate::Nat | Immediate::Int | Immediate::Char | Immediate::Boolean)
}

/// Does `Closure`.
///
/// # Safety
/// See the module.
#[inline(never)]
pub(crate) unsafe fn make_closure(core: *mut Core, pc: *const u64, win: *mut u64, count: usize) -> Word {
    // SAFETY: the operands are those of `Closure`; each word of the object is written.
    unsafe {
        let slots = packed(pc.add(3), count);
        let object = (*core).heap.closure_object(EntryRef::from_address(*pc.add(2)), count);
        for (i, slot) in slots.iter().enumerate() {
            *object.add(2 + i) = *win.add(*slot as usize);
        }
        Word(object as u64)
    }
}

/// Does `List`.
///
/// # Safety
/// See the module.
#[inline(never)]
pub(crate) unsafe fn make_list(core: *mut Core, pc: *const u64, win: *mut u64, count: usize) -> Word {
    // SAFETY: the operands are those of `List`.
    unsafe {
        let slots = packed(pc.add(2), count);
        let elements: Vec<Word> = slots.iter().map(|slot| Word(*win.add(*slot as usize))).collect();
        list::from_elements(&mut (*core).heap, &elements)
    }
}

/// Where a switch with so many cases goes.
///
/// # Safety
/// `pc` is at a `Switch` or `SwitchWord`.
#[inline(always)]
pub(crate) unsafe fn switch_target(pc: *const u64, key: u64, count: usize) -> *const u64 {
    // SAFETY: behind the instruction stand the distance of the default and so many pairs of key and distance.
    unsafe {
        let cases = std::slice::from_raw_parts(pc.add(3).cast::<[u64; 2]>(), count);
        let found = if count <= LINEAR_CASES {
            cases.iter().find(|case| case[0] == key)
        } else {
            cases.binary_search_by_key(&key, |case| case[0]).ok().map(|place| &cases[place])
        };
        let distance = found.map_or(*pc.add(2), |case| case[1]);
        pc.offset(distance as i64 as isize)
    }
}

/// Some code is not defined.
#[cold]
pub(crate) fn missing(entry: EntryRef, next: Next) -> Exit {
    match entry.definition() {
        Some(id) => Exit::Missing(next, id),
        None => unreachable!("builtins, constructors and operations have their code from the start"),
    }
}

impl From<Box<Trap>> for Exit {
    fn from(trap: Box<Trap>) -> Exit {
        Exit::Trap(trap)
    }
}
