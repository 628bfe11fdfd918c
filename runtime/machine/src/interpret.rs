//! The interpreter: one `match` in a loop, between safepoints.
//!
//! The running function's registers are a window at the top of the stack, `stack[base..]`. A call moves the live ones down to the window's start (they are
//! ascending, so in place), pushes the RetPoint, and starts the callee's window above; a return spreads them out again. Entry and return are the
//! safepoints: only there is garbage collected, fuel checked, and the loop left for a pause.
//!
//! # Safety
//! `ir::verify` has accepted the code: registers are in range and assigned before they are read, in the rep that the instruction takes; what a frame keeps is what
//! its point says. On entry the window and a margin above it are checked against the stack's end (`Code::need`), so no instruction checks again. A frame that returns
//! is checked likewise, since a continuation may have put it higher up than it was. `win` is derived anew whenever the stack may have moved.

use crate::Budget;
use crate::builtins;
use crate::code::{Code, Ins, PointKind, RetPoint};
use crate::collect::collect;
use crate::control::{Core, Exit, Next};
use crate::frames::point_below;
use crate::list;
use crate::machine::EntryRef;
use crate::trap::Trap;
use crate::word::Word;

/// Arguments of the pure builtins, at most.
const BUILTIN_ARGS_MAX: usize = 4;

/// What comes after a return.
enum Back {
    Run(*const Code, u32),
    Next(Next),
}

impl Core {
    /// Runs from a safepoint to the next stop.
    pub(crate) fn interpret(&mut self, next: Next) -> Exit {
        let mut next = next;
        macro_rules! get {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(exit) => return exit.into(),
                }
            };
        }
        'safepoint: loop {
            let (code, pc) = match next {
                Next::Enter(entry) => (get!(self.enter(entry)), 0),
                Next::Return(value) => match get!(self.come_back(value)) {
                    Back::Run(code, pc) => (code, pc),
                    Back::Next(then) => {
                        next = then;
                        continue;
                    }
                },
                Next::Apply(n) => {
                    next = get!(self.apply(n));
                    continue;
                }
            };
            // SAFETY: code lives as long as the machine, and `pc` is in it; for the rest of the block see the module.
            unsafe {
                let code = &*code;
                let mut ip = code.ins.as_ptr().add(pc as usize);
                let win = self.stack.as_mut_ptr().add(self.base);
                macro_rules! reg {
                    ($slot:expr) => {
                        *win.add($slot as usize)
                    };
                }
                macro_rules! truth {
                    ($to:expr, $truth:expr) => {
                        reg!($to) = u64::from($truth)
                    };
                }
                macro_rules! unbox {
                    ($to:expr, $from:expr, $get:ident, $name:literal, $bits:expr) => {
                        match Word(reg!($from)).$get() {
                            Some(value) => reg!($to) = $bits(value),
                            None => return fault(concat!("expected a value of type ", $name)),
                        }
                    };
                }
                let float = f64::from_bits;
                loop {
                    debug_assert!((ip.offset_from(code.ins.as_ptr()) as usize) < code.ins.len());
                    let ins = *ip;
                    ip = ip.add(1);
                    match ins {
                        Ins::Const { to, word } => reg!(to) = word,
                        Ins::Move { to, from } => reg!(to) = reg!(from),
                        Ins::Blob { to, index } => {
                            reg!(to) = builtins::constant(&mut self.heap, &code.constants[index as usize]).0
                        }
                        Ins::BoxNat { to, from } => reg!(to) = self.heap.nat(reg!(from)).0,
                        Ins::BoxInt { to, from } => reg!(to) = self.heap.int(reg!(from) as i64).0,
                        Ins::BoxFloat { to, from } => reg!(to) = self.heap.float(reg!(from)).0,
                        Ins::BoxChar { to, from } => reg!(to) = builtins::char_of(reg!(from)).0,
                        Ins::BoxBoolean { to, from } => reg!(to) = Word::boolean(reg!(from) != 0).0,
                        Ins::UnboxNat { to, from } => unbox!(to, from, as_nat, "Nat", |n| n),
                        Ins::UnboxInt { to, from } => unbox!(to, from, as_int, "Int", |n| n as u64),
                        Ins::UnboxFloat { to, from } => unbox!(to, from, as_float, "Float", f64::to_bits),
                        Ins::UnboxChar { to, from } => unbox!(to, from, as_char, "Char", |c| u64::from(u32::from(c))),
                        Ins::UnboxBoolean { to, from } => unbox!(to, from, as_boolean, "Boolean", u64::from),
                        Ins::NatAdd { to, a, b } => reg!(to) = reg!(a).wrapping_add(reg!(b)),
                        Ins::NatSub { to, a, b } => reg!(to) = reg!(a).saturating_sub(reg!(b)),
                        Ins::NatMul { to, a, b } => reg!(to) = reg!(a).wrapping_mul(reg!(b)),
                        Ins::NatEq { to, a, b } => truth!(to, reg!(a) == reg!(b)),
                        Ins::NatLt { to, a, b } => truth!(to, reg!(a) < reg!(b)),
                        Ins::NatLteq { to, a, b } => truth!(to, reg!(a) <= reg!(b)),
                        Ins::IntSub { to, a, b } => reg!(to) = reg!(a).wrapping_sub(reg!(b)),
                        Ins::IntLt { to, a, b } => truth!(to, (reg!(a) as i64) < reg!(b) as i64),
                        Ins::IntLteq { to, a, b } => truth!(to, reg!(a) as i64 <= reg!(b) as i64),
                        Ins::FloatAdd { to, a, b } => reg!(to) = builtins::float_bits(float(reg!(a)) + float(reg!(b))),
                        Ins::FloatSub { to, a, b } => reg!(to) = builtins::float_bits(float(reg!(a)) - float(reg!(b))),
                        Ins::FloatMul { to, a, b } => reg!(to) = builtins::float_bits(float(reg!(a)) * float(reg!(b))),
                        Ins::Builtin { to, builtin, at } => {
                            let operands = operands(code, at);
                            let mut args = [0; BUILTIN_ARGS_MAX];
                            for (arg, slot) in args.iter_mut().zip(operands) {
                                *arg = reg!(*slot);
                            }
                            reg!(to) = get!(builtins::call(builtin, &args, &mut self.heap, &self.machine));
                            self.fuel -= std::mem::take(&mut self.heap.work) as i64;
                        }
                        Ins::Construct { to, desc, at } => {
                            let operands = operands(code, at);
                            let object = self.heap.alloc(1 + operands.len());
                            *object = code.descs[desc as usize].address();
                            for (i, slot) in operands.iter().enumerate() {
                                *object.add(1 + i) = reg!(*slot);
                            }
                            reg!(to) = object as u64;
                        }
                        Ins::Closure { to, entry, at } => {
                            let args: Vec<Word> = operands(code, at).iter().map(|slot| Word(reg!(*slot))).collect();
                            reg!(to) = self.heap.closure(code.entries[entry as usize], &args).0;
                        }
                        Ins::List { to, at } => {
                            let elements: Vec<Word> = operands(code, at).iter().map(|slot| Word(reg!(*slot))).collect();
                            reg!(to) = list::from_elements(&mut self.heap, &elements).0;
                        }
                        Ins::Field { to, from, index } => reg!(to) = Word(reg!(from)).raw_field(index as usize),
                        Ins::Call { point, entry, at } => {
                            self.pass(code, win, operands(code, at), Some(&code.points[point as usize]), None);
                            next = Next::Enter(code.entries[entry as usize]);
                            continue 'safepoint;
                        }
                        Ins::TailCall { entry, at } => {
                            self.pass(code, win, operands(code, at), None, None);
                            next = Next::Enter(code.entries[entry as usize]);
                            continue 'safepoint;
                        }
                        Ins::CallValue { point, function, at } => {
                            let operands = operands(code, at);
                            self.pass(code, win, operands, Some(&code.points[point as usize]), Some(function));
                            next = Next::Apply(operands.len());
                            continue 'safepoint;
                        }
                        Ins::TailCallValue { function, at } => {
                            let operands = operands(code, at);
                            self.pass(code, win, operands, None, Some(function));
                            next = Next::Apply(operands.len());
                            continue 'safepoint;
                        }
                        Ins::CallHost { point, builtin, at } => {
                            let operands = operands(code, at);
                            self.pass(code, win, operands, Some(&code.points[point as usize]), None);
                            return Exit::Host(builtin, operands.len());
                        }
                        Ins::TailCallHost { builtin, at } => {
                            let operands = operands(code, at);
                            self.pass(code, win, operands, None, None);
                            return Exit::Host(builtin, operands.len());
                        }
                        Ins::Perform { point, desc, at } => {
                            let operands = operands(code, at);
                            self.pass(code, win, operands, Some(&code.points[point as usize]), None);
                            next = get!(self.perform(code.descs[desc as usize], operands.len()));
                            continue 'safepoint;
                        }
                        Ins::Handle { point, body, handler } => {
                            let (body, handler) = (reg!(body), reg!(handler));
                            self.save(win, &code.points[point as usize]);
                            next = self.run_under_prompt(body, handler, &code.points[point as usize + 1]);
                            continue 'safepoint;
                        }
                        Ins::TailHandle { prompt, body, handler } => {
                            let (body, handler) = (reg!(body), reg!(handler));
                            next = self.run_under_prompt(body, handler, &code.points[prompt as usize]);
                            continue 'safepoint;
                        }
                        Ins::Jump { target } => ip = code.ins.as_ptr().add(target as usize),
                        Ins::Unless { on, target } => {
                            if reg!(on) == 0 {
                                ip = code.ins.as_ptr().add(target as usize);
                            }
                        }
                        Ins::Switch { on, table } => {
                            let word = Word(reg!(on));
                            let key = if word.is_immediate() { word.0 } else { word.header_bits() };
                            ip = code.ins.as_ptr().add(code.switches[table as usize].target(key) as usize);
                        }
                        Ins::SwitchWord { on, table } => {
                            ip = code.ins.as_ptr().add(code.switches[table as usize].target(reg!(on)) as usize);
                        }
                        Ins::Return { from } => {
                            next = Next::Return(reg!(from));
                            continue 'safepoint;
                        }
                        Ins::NoCase => return fault("no case of a match applied"),
                    }
                }
            }
        }
    }

    /// The safepoint at a function's entry.
    #[inline(always)]
    fn enter(&mut self, entry: EntryRef) -> Result<*const Code, Exit> {
        let Some(code) = entry.code() else { return Err(missing(entry, Next::Enter(entry))) };
        if self.fuel <= 0 {
            return Err(Exit::Paused(Next::Enter(entry)));
        }
        self.fuel -= 1;
        if self.heap.wants_collection {
            self.collect(code.params.len(), |i| code.params[i].is_raw())?;
        }
        self.ensure(code.need)?;
        Ok(code)
    }

    /// The safepoint at a return.
    #[inline(always)]
    fn come_back(&mut self, mut value: u64) -> Result<Back, Exit> {
        // SAFETY: below the base stands a frame.
        let point = unsafe { point_below(self.stack.as_ptr().add(self.base)) };
        if self.heap.wants_collection {
            value = self.collect_with(value, point.into_raw)?;
        }
        if point.kind != PointKind::Resume {
            return self.return_to_special(point.kind, value).map(Back::Next);
        }
        let code = point.entry.as_ref().and_then(|entry| entry.code()).expect("a frame's code is defined");
        self.base -= 1 + point.live.len();
        self.ensure(code.need)?;
        // SAFETY: the frame has `live.len()` words, the window fits, and live registers and `into` are in it.
        unsafe {
            let win = self.stack.as_mut_ptr().add(self.base);
            for (i, slot) in point.live.iter().enumerate().rev() {
                *win.add(*slot as usize) = *win.add(i);
            }
            *win.add(point.into as usize) = value;
        }
        Ok(Back::Run(code, point.pc))
    }

    /// Collects with a value that is being returned as a further root; gives its new address.
    #[cold]
    fn collect_with(&mut self, value: u64, raw: bool) -> Result<u64, Box<Trap>> {
        self.ensure(1)?;
        self.stack[self.base] = value;
        self.collect(1, |_| raw)?;
        Ok(self.stack[self.base])
    }

    /// Collects, with so many words at the base as further roots.
    #[cold]
    fn collect(&mut self, pending: usize, raw: impl Fn(usize) -> bool) -> Result<(), Box<Trap>> {
        let held = self.stack.len();
        let (frames, rest) = self.stack.split_at_mut(self.base);
        collect(&mut self.heap, frames, &mut rest[..pending], raw, held);
        if self.heap.over_limit() { Trap::out_of(Budget::Memory) } else { Ok(()) }
    }

    /// Moves the live registers of a window into a frame.
    ///
    /// # Safety
    /// `win` is the window, at the base, of the function that the point belongs to.
    #[inline(always)]
    unsafe fn save(&mut self, win: *mut u64, point: &RetPoint) {
        let live = point.live.len();
        // SAFETY: live registers are in the window, ascending, so each is read before it is overwritten; the margin has room for the point.
        unsafe {
            for (i, slot) in point.live.iter().enumerate() {
                *win.add(i) = *win.add(*slot as usize);
            }
            *win.add(live) = std::ptr::from_ref(point) as u64;
        }
        self.base += live + 1;
    }

    /// Passes registers on: saves the frame of `point`, if there is one, and puts the registers, then `function`, at the new base.
    ///
    /// # Safety
    /// `win` is the window of `code`, at the base; operands and point are of that code.
    #[inline(always)]
    unsafe fn pass(
        &mut self,
        code: &Code,
        win: *mut u64,
        operands: &[u32],
        point: Option<&RetPoint>,
        function: Option<u32>,
    ) {
        // SAFETY: `Code::need` leaves room for the operands twice, once above the window (where they are safe from `save`), once above the frame.
        unsafe {
            let scratch = win.add(code.registers);
            for (i, slot) in operands.iter().enumerate() {
                *scratch.add(i) = *win.add(*slot as usize);
            }
            if let Some(function) = function {
                *scratch.add(operands.len()) = *win.add(function as usize);
            }
            let mut to = win;
            if let Some(point) = point {
                self.save(win, point);
                to = win.add(point.live.len() + 1);
            }
            for i in 0..operands.len() + usize::from(function.is_some()) {
                *to.add(i) = *scratch.add(i);
            }
        }
    }
}

/// The registers at a place of the pool.
///
/// # Safety
/// `at` is a place where the compiler put an operand list.
#[inline(always)]
unsafe fn operands(code: &Code, at: u32) -> &[u32] {
    // SAFETY: a count and as many registers stand there.
    unsafe {
        let list = code.pool.as_ptr().add(at as usize);
        std::slice::from_raw_parts(list.add(1), *list as usize)
    }
}

#[cold]
fn fault(what: &str) -> Exit {
    Exit::Trap(Box::new(Trap::Fault(what.into())))
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
