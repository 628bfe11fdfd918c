//! IR to flat code. Nothing recurses.
//!
//! The blocks become a list of lines (`lines`); literals and comparisons that need nothing of their own are found (`fold`); registers get slots (`slots`); then each line
//! becomes instructions, and branches and addresses are filled in at the end.

mod fold;
mod lines;
mod moves;
#[cfg(debug_assertions)]
mod owners;
mod slots;

use crate::blob::Blob;
use crate::builtins::Family;
use crate::code::{Clauses, Code, Entrance, Live, PointKind, RetPoint, operands, wide_operands};
use crate::instructions::Opcode;
use crate::interpret::{BUILTIN_ARGS_MAX, LINEAR_CASES};
use crate::machine::{DefineError, DescRef, EntryRef, Machine, Target};
use crate::word::Word;
use base::Hash;
use builtin::Builtin;
use fold::{Folding, Immediate};
use ir::{Callee, CodeId, End, Fault, Function, FunctionRef, Op, Reg, Rep, ResumeId, Scalar, Step, Tag};
use kernel::{DefId, Literal, TypeRef};
use lines::{Label, Layout, Line};
use slots::Slots;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI32};
use std::sync::{Arc, OnceLock};

/// Words above the window for frames that belong to no function.
const MARGIN_WORDS: usize = 8;

/// Compiles a verified function (or one of [`crate::wrapper`]'s) whose code will be found at `entry`.
pub(crate) fn compile(function: &Function, entry: EntryRef, machine: &Machine) -> Result<Code, DefineError> {
    let mut layout = Layout::of(function);
    let folding = Folding::of(function, &layout.lines);
    layout.longest_first(&folding.last_use);
    let slots = slots::allocate(function, &layout, &folding);
    #[cfg(debug_assertions)]
    owners::check(function, &layout, &folding, &slots);
    if slots.height > u32::from(u16::MAX) {
        return Err(DefineError::TooLarge(function.id));
    }
    let mut compiler = Compiler {
        function,
        entry,
        machine,
        folding,
        slots,
        words: Vec::new(),
        labels: vec![0; layout.labels as usize],
        branches: Vec::new(),
        points: Vec::new(),
        point_uses: Vec::new(),
        constants: Vec::new(),
        missing: BTreeSet::new(),
        open: None,
        clauses: Vec::new(),
        performs: 0,
        layout,
    };
    compiler.clauses();
    compiler.enter();
    for at in 0..compiler.layout.lines.len() {
        compiler.line(at)?;
    }
    if !compiler.missing.is_empty() {
        return Err(DefineError::MissingTypes(compiler.missing.into_iter().collect()));
    }
    Ok(compiler.finish())
}

/// A distance that is filled in when all labels are known.
struct Branch {
    /// The instruction that it is counted from.
    from: usize,
    to: Label,
    place: BranchPlace,
}

enum BranchPlace {
    /// The wide operand of the instruction.
    Operand,
    /// A whole word.
    Word(usize),
}

/// Whether some line calls a builtin that may take long. Comparing something with what is written there, or has no parts, does not.
fn linger(lines: &[Line<'_>]) -> bool {
    let small = |line: &Line<'_>| match line {
        Line::Let(to, Op::Literal(_)) => Some(*to),
        Line::Let(to, Op::Builtin(_, args)) if args.is_empty() => Some(*to),
        _ => None,
    };
    let small: BTreeSet<Reg> = lines.iter().filter_map(small).collect();
    lines.iter().any(|line| match line {
        Line::Let(_, Op::Builtin(Builtin::UniversalEq, args)) => !args.iter().any(|arg| small.contains(arg)),
        Line::Let(_, Op::Builtin(builtin, _)) => crate::builtins::lingers(*builtin),
        _ => false,
    })
}

struct Compiler<'a, 'f> {
    function: &'f Function,
    entry: EntryRef,
    machine: &'a Machine,
    layout: Layout<'f>,
    folding: Folding,
    slots: Slots,
    words: Vec<u64>,
    /// Where each label is.
    labels: Vec<usize>,
    branches: Vec<Branch>,
    points: Vec<RetPoint>,
    /// Words that become the address of a point.
    point_uses: Vec<(usize, usize)>,
    constants: Vec<Arc<Blob>>,
    missing: BTreeSet<TypeRef>,
    /// Something absent that it calls.
    open: Option<Hash>,
    /// What stands for each request with a clause, and that.
    clauses: Vec<(u64, EntryRef)>,
    /// How many instructions `Perform` there are.
    performs: usize,
}

impl Compiler<'_, '_> {
    fn finish(mut self) -> Code {
        for branch in &self.branches {
            let distance = self.labels[branch.to.0 as usize] as i64 - branch.from as i64;
            match branch.place {
                BranchPlace::Word(at) => self.words[at] = distance as u64,
                BranchPlace::Operand => {
                    let word = &mut self.words[branch.from + 1];
                    let [a, b] = [0, 1].map(|index| crate::code::operand(*word, index));
                    *word = wide_operands(a, b, distance as i32 as u32);
                }
            }
        }
        let need = self.slots.height as usize + MARGIN_WORDS;
        let heat = AtomicI32::new(self.machine.heat());
        let (entry, params) = (self.entry, self.function.params.clone());
        let lingers = linger(&self.layout.lines);
        let entrance = Box::new(Entrance { entry, params, need, heat, lingers });
        let held = entrance.params.len().saturating_sub(1);
        let takes_raw = u32::from(entrance.takes_raw());
        self.words[1] = wide_operands(entrance.params.len() as u32, takes_raw, need as u32);
        self.words[2] = &raw const *entrance as u64;
        let mut points = self.points.into_boxed_slice();
        for (word, point) in &self.point_uses {
            self.words[*word] = &raw const points[*point] as u64;
        }
        let words = self.words.into_boxed_slice();
        for point in points.iter_mut().filter(|point| point.kind == PointKind::Resume) {
            point.go_on_at(&raw const words[point.at as usize]);
            point.need = need as u32;
        }
        Code {
            entrance,
            dispatch: self.machine.dispatch(),
            captures: self.function.captures as usize,
            is_clause: self.function.is_clause,
            clauses: Box::new(Clauses { held, gives_back: gives_back(self.function), of: self.clauses.into() }),
            ret: self.function.ret,
            places: Code::places(&points, self.function.resume_points.len()),
            performs: self.performs,
            words,
            points,
            open: self.open,
            native: OnceLock::new(),
            is_requested: AtomicBool::new(false),
            _constants: self.constants,
        }
    }

    fn clauses(&mut self) {
        for ir::Clause { ability, operation, code } in &self.function.clauses {
            let request = self.descriptor(Tag::Request(*ability, *operation));
            self.clauses.push((request, self.machine.entry(Target::Code(*code))));
        }
    }

    fn enter(&mut self) {
        let opcode = if self.machine.heat() > 0 { Opcode::EnterCounting } else { Opcode::Enter };
        self.emit(opcode, operands(0, 0, 0, 0), &[0]);
    }

    /// Adds an instruction; says where it begins.
    fn emit(&mut self, opcode: Opcode, operands: u64, rest: &[u64]) -> usize {
        let at = self.words.len();
        self.words.push(opcode.word(self.machine.dispatch()));
        self.words.push(operands);
        self.words.extend_from_slice(rest);
        debug_assert!(self.words.len() - at <= opcode.words(operands));
        at
    }

    fn branch(&mut self, opcode: Opcode, a: u32, b: u32, to: Label) {
        let from = self.emit(opcode, operands(a, b, 0, 0), &[]);
        self.branches.push(Branch { from, to, place: BranchPlace::Operand });
    }

    /// Packs slots behind the instruction.
    fn pack(&mut self, regs: &[Reg]) {
        for four in regs.chunks(4) {
            let mut packed = [0; 4];
            four.iter().zip(&mut packed).for_each(|(reg, place)| *place = self.slots.of(*reg));
            let [a, b, c, d] = packed;
            self.words.push(operands(a, b, c, d));
        }
    }

    fn rep(&self, reg: Reg) -> Rep {
        self.function.registers[reg.0 as usize]
    }

    fn line(&mut self, at: usize) -> Result<(), DefineError> {
        match self.layout.lines[at] {
            Line::Label(label) => self.labels[label.0 as usize] = self.words.len(),
            Line::Field { to, from, index } => {
                let (to, from) = (self.slots.of(to), self.slots.of(from));
                self.emit(Opcode::Field, wide_operands(to, from, index), &[]);
            }
            Line::Let(to, _) if self.folding.is_folded(to) || self.folding.is_fused(at) => {}
            Line::Let(to, op) => self.op(to, op)?,
            Line::Wait(step) => self.wait(at, step)?,
            Line::Renew(step) => self.renew(at, step),
            Line::End(end, first) => self.end(at, end, first)?,
            Line::TailHandle(step) => self.tail_handle(step),
            Line::Reinstate(step) => self.reinstate(step),
            Line::Detach(into) => {
                let to = into.map_or(0, |into| self.slots.of(into));
                let used = into.is_some_and(|into| self.folding.uses[into.0 as usize] > 0);
                self.emit(Opcode::Detach, wide_operands(to, u32::from(used), self.slots.frame(at)), &[]);
            }
        }
        Ok(())
    }

    /// Goes on with the frames below a clause.
    fn reinstate(&mut self, step: &Step) {
        let Step::Reinstate { abilities, value, handler, resume, .. } = step else {
            unreachable!("the layout says so")
        };
        let (value, slot) = (self.slots.of(*value), handler.map_or(0, |handler| self.slots.of(handler)));
        let at = self.emit(Opcode::Reinstate, operands(value, slot, u32::from(handler.is_some()), 0), &[0]);
        self.prompt(at + 2, *resume, abilities);
    }

    /// Goes on with the frames below a clause under a prompt above its own.
    fn renew(&mut self, at: usize, step: &Step) {
        let Step::Handle { into, abilities, args, handler, resume, .. } = step else {
            unreachable!("the layout says so")
        };
        let (frame, [value, handler]) = (self.slots.frame(at), [args[0], *handler].map(|reg| self.slots.of(reg)));
        let ins = self.emit(Opcode::Renew, wide_operands(value, handler, frame), &[0, 0]);
        self.prompt(ins + 3, *resume, abilities);
        self.point(ins + 2, frame, *into, *resume);
    }

    /// A prompt in place of the frame that has nothing left to do: a handler that goes on under itself takes no space.
    fn tail_handle(&mut self, step: &Step) {
        let Step::Handle { abilities, args, resume, .. } = step else { unreachable!("the layout says so") };
        let at = self.emit(Opcode::TailHandle, operands(args.len() as u32, 0, 0, 0), &[0]);
        self.pack_handled(step);
        self.prompt(at + 2, *resume, abilities);
    }

    /// What is called under a prompt, and the handler: two words.
    fn pack_handled(&mut self, step: &Step) {
        let Step::Handle { function, args, handler, .. } = step else { unreachable!("only called for these") };
        let regs: Vec<Reg> = args.iter().copied().chain([*function, *handler]).collect();
        self.pack(&regs);
        self.words.extend((regs.len() <= 4).then_some(0));
    }

    /// A new point for a prompt, whose address goes into a word.
    fn prompt(&mut self, word: usize, resume: ResumeId, abilities: &[TypeRef]) {
        self.point_uses.push((word, self.points.len()));
        let abilities = abilities.iter().map(|ability| self.machine.ability_key(*ability)).collect();
        self.points.push(RetPoint::prompt(self.entry, resume.number, abilities));
    }

    fn wait(&mut self, at: usize, step: &Step) -> Result<(), DefineError> {
        let frame = self.slots.frame(at);
        let outs = slots::passed(step);
        let moves: Vec<(u32, u32)> =
            (0..).zip(&outs).map(|(i, arg)| (self.slots.of(*arg), self.slots.out(at, i))).collect();
        self.moves(&moves);
        let (into, resume) = (step.into().expect("what waits has a result"), step.resume().expect("and a number"));
        let (count, wide) = (outs.len() as u32, |a, b| wide_operands(a, b, frame));
        let ins = match step {
            Step::Call { callee: Callee::Code(id), args, .. } => {
                let callee = self.callee(*id, args, self.rep(into))?;
                if args.is_empty() {
                    self.value_of(callee, frame, into, resume);
                    return Ok(());
                }
                self.emit(Opcode::Call, wide(count, 0), &[callee.address(), 0]) + 3
            }
            Step::Call { callee: Callee::Value(_), .. } => self.emit(Opcode::CallValue, wide(count - 1, 0), &[0]) + 2,
            Step::Call { callee: Callee::Open(def), .. } => {
                self.open_callee(*def, self.slots.out(at, count));
                self.emit(Opcode::CallValue, wide(count, 0), &[0]) + 2
            }
            Step::Call { callee: Callee::Host(builtin), .. } => {
                self.emit(Opcode::CallHost, wide(count, *builtin as u32), &[0]) + 2
            }
            Step::Perform { ability, operation, .. } => {
                let request = self.descriptor(Tag::Request(*ability, *operation));
                self.performs += 1;
                self.emit(Opcode::Perform, wide(count, 0), &[0, request]) + 2
            }
            Step::Handle { abilities, args, .. } => {
                let ins = self.emit(Opcode::Handle, wide(args.len() as u32, 0), &[0, 0]);
                self.pack_handled(step);
                self.prompt(ins + 3, resume, abilities);
                ins + 2
            }
            Step::Let(..) | Step::Join { .. } | Step::Detach { .. } | Step::Reinstate { .. } => {
                unreachable!("they do not wait")
            }
        };
        self.point(ins, frame, into, resume);
        Ok(())
    }

    /// The value of a definition without parameters, which is computed once in each task.
    fn value_of(&mut self, callee: EntryRef, frame: u32, into: Reg, resume: ResumeId) {
        let (slot, raw) = (self.slots.of(into), u32::from(self.rep(into).is_raw()));
        let load = self.emit(Opcode::LoadConstant, 0, &[callee.address()]);
        let call = self.emit(Opcode::Call, wide_operands(0, 0, frame), &[callee.address(), 0]);
        self.point(call + 3, frame, into, resume);
        self.emit(Opcode::StoreConstant, operands(slot, raw, 0, 0), &[callee.address()]);
        // Where a frame from elsewhere goes on: whoever made it must not say what our definitions are. It is the last of its number, so it is found.
        self.resume_here(frame, into, resume);
        self.words[load + 1] = wide_operands(slot, 0, (self.words.len() - load) as u32);
    }

    /// A new point, which goes on here, and whose address goes into a word.
    fn point(&mut self, word: usize, frame: u32, into: Reg, resume: ResumeId) {
        self.point_uses.push((word, self.points.len()));
        self.resume_here(frame, into, resume);
    }

    /// A new point, which goes on here.
    fn resume_here(&mut self, frame: u32, into: Reg, resume: ResumeId) {
        let ir::ResumePoint { live, attached } = &self.function.resume_points[resume.number as usize];
        let live = live.iter().map(|reg| Live { slot: self.slots.of(*reg), rep: self.rep(*reg) });
        let mut point = RetPoint::resume(self.entry, resume.number, live.collect());
        debug_assert!(point.live.iter().all(|live| live.slot < frame), "a frame holds what is live");
        point.frame = frame;
        let (inlined, site) = self.function.waits_for(resume.site);
        (point.inlined, point.site) = (inlined, site);
        point.attached = *attached;
        point.into = self.slots.of(into);
        point.into_rep = self.rep(into);
        point.at = self.words.len() as u32;
        self.points.push(point);
    }

    /// The function value of an absent definition, above its arguments: nothing else ever sees it, so it may be one of a definition that takes no arguments.
    fn open_callee(&mut self, def: DefId, slot: u32) {
        let entry = self.machine.entry(Target::Generic(CodeId { def, lambda: 0 }));
        self.address(slot, Word::function(entry).0);
        self.open.get_or_insert(def.component);
    }

    fn callee(&mut self, id: CodeId, args: &[Reg], ret: Rep) -> Result<EntryRef, DefineError> {
        let params: Vec<Rep> = args.iter().map(|arg| self.rep(*arg)).collect();
        self.machine.callee(id, &params, ret)
    }

    /// Moves between slots that happen at once.
    fn moves(&mut self, moves: &[(u32, u32)]) {
        for (from, to) in moves::in_order(moves, self.slots.scratch) {
            self.emit(Opcode::Move, operands(to, from, 0, 0), &[]);
        }
    }

    fn end(&mut self, at: usize, end: &End, first: Label) -> Result<(), DefineError> {
        match end {
            End::Return(from) => drop(self.emit(Opcode::Return, operands(self.slots.of(*from), 0, 0, 0), &[])),
            End::TailCall { callee, args } => self.tail_call(*callee, args)?,
            End::Jump(id, args) => self.jump(*id, args),
            End::If(on, ..) => match at.checked_sub(1).filter(|before| self.folding.is_fused(*before)) {
                Some(before) => self.comparing_branch(before, first.child(1)),
                None => self.branch(Opcode::Unless, self.slots.of(*on), 0, first.child(1)),
            },
            End::Switch { on, cases, default } => {
                let keys: Vec<u64> = cases.iter().map(|case| self.key(case.tag)).collect();
                self.switch(Opcode::Switch, *on, &keys, first, default.is_some());
            }
            End::SwitchWord { on, cases, .. } => {
                let keys: Vec<u64> = cases.iter().map(|case| case.0).collect();
                self.switch(Opcode::SwitchWord, *on, &keys, first, true);
            }
            End::Fault(Fault::NoCase) => drop(self.emit(Opcode::NoCase, 0, &[])),
        }
        Ok(())
    }

    fn tail_call(&mut self, callee: Callee, args: &[Reg]) -> Result<(), DefineError> {
        let passed = args.iter().copied().chain(callee.register());
        let moves: Vec<(u32, u32)> = passed.zip(0..).map(|(arg, to)| (self.slots.of(arg), to)).collect();
        self.moves(&moves);
        let count = args.len() as u32;
        match callee {
            Callee::Code(id) => {
                let callee = self.callee(id, args, self.function.ret)?;
                if callee == self.entry {
                    // A loop.
                    let distance = -(self.words.len() as i32);
                    self.emit(Opcode::Jump, wide_operands(0, 0, distance as u32), &[]);
                } else if args.is_empty() {
                    let load = self.emit(Opcode::LoadConstant, 0, &[callee.address()]);
                    self.emit(Opcode::TailCall, 0, &[callee.address()]);
                    self.words[load + 1] = wide_operands(0, 0, (self.words.len() - load) as u32);
                    self.emit(Opcode::Return, 0, &[]);
                } else {
                    self.emit(Opcode::TailCall, operands(count, 0, 0, 0), &[callee.address()]);
                }
            }
            Callee::Host(builtin) => {
                self.emit(Opcode::TailCallHost, operands(count, builtin as u32, 0, 0), &[]);
            }
            Callee::Open(def) => {
                self.open_callee(def, count);
                self.emit(Opcode::TailCallValue, operands(count, 0, 0, 0), &[]);
            }
            Callee::Value(_) => {
                self.emit(Opcode::TailCallValue, operands(count, 0, 0, 0), &[]);
            }
        }
        Ok(())
    }

    fn jump(&mut self, id: ir::JoinId, args: &[Reg]) {
        let Some(join) = self.layout.joins.get(&id) else { unreachable!("the verifier saw the join point") };
        let read = join.params.iter().zip(args).filter(|(param, _)| self.slots.has(**param));
        let moves: Vec<(u32, u32)> = read.map(|(param, arg)| (self.slots.of(*arg), self.slots.of(*param))).collect();
        let label = join.label;
        self.moves(&moves);
        self.branch(Opcode::Jump, 0, 0, label);
    }

    /// A comparison, and where to go on if it does not hold.
    fn comparing_branch(&mut self, line: usize, otherwise: Label) {
        let Line::Let(_, Op::Builtin(builtin, args)) = self.layout.lines[line] else {
            unreachable!("only comparisons are fused")
        };
        if let Some(Immediate { builtin, reg, word }) = self.folding.immediate(*builtin, args) {
            let opcode = immediate_branch(builtin).expect("every comparison has one");
            return self.branch(opcode, self.slots.of(reg), word as u32, otherwise);
        }
        let (opcode, exchanged) = comparison_branch(*builtin).expect("every comparison has one");
        let [a, b] = [0, 1].map(|index| self.slots.of(args[index]));
        let (a, b) = if exchanged { (b, a) } else { (a, b) };
        self.branch(opcode, a, b, otherwise);
    }

    fn switch(&mut self, opcode: Opcode, on: Reg, keys: &[u64], first: Label, default: bool) {
        let mut order: Vec<usize> = (0..keys.len()).collect();
        if keys.len() > LINEAR_CASES {
            order.sort_by_key(|index| keys[*index]);
        }
        let from = self.emit(opcode, wide_operands(self.slots.of(on), 0, keys.len() as u32), &[0]);
        for index in order {
            self.words.extend([keys[index], 0]);
            let place = BranchPlace::Word(self.words.len() - 1);
            self.branches.push(Branch { from, to: first.child(index), place });
        }
        if default {
            let to = first.child(keys.len());
            self.branches.push(Branch { from, to, place: BranchPlace::Word(from + 2) });
        } else {
            self.words[from + 2] = (self.words.len() - from) as u64;
            self.emit(Opcode::NoCase, 0, &[]);
        }
    }

    /// What `Switch` looks for: the header of a value with fields, the word of one without.
    fn key(&mut self, tag: Tag) -> u64 {
        match self.find(tag) {
            Some(desc) if desc.fields.is_empty() => Word::constant(desc).0,
            Some(desc) => desc.address(),
            None => 0,
        }
    }

    /// The descriptor of a tag; notes the type if it is missing.
    fn find(&mut self, tag: Tag) -> Option<DescRef> {
        let found = self.machine.descriptor(tag);
        if found.is_none()
            && let Tag::Constructor(ty, _) | Tag::Request(ty, _) = tag
        {
            self.missing.insert(ty);
        }
        found
    }

    /// Its address. It is never used if it is missing: that refuses the code.
    fn descriptor(&mut self, tag: Tag) -> u64 {
        self.find(tag).map_or(0, DescRef::address)
    }

    fn op(&mut self, to: Reg, op: &Op) -> Result<(), DefineError> {
        let to = self.slots.of(to);
        match op {
            Op::Literal(literal) => self.literal(to, literal),
            Op::Box(from) => self.unary(boxing(self.rep(*from)), to, *from),
            Op::Unbox(from, scalar) => self.unary(unboxing(*scalar), to, *from),
            Op::Builtin(builtin, args) => self.builtin(to, *builtin, args),
            Op::Construct(ty, index, args) => self.construct(to, *ty, *index, args),
            Op::Closure(id, args) => {
                let target = if id.lambda == 0 { Target::Generic(*id) } else { Target::Code(*id) };
                let entry = self.machine.entry(target);
                if args.is_empty() {
                    self.address(to, Word::function(entry).0);
                } else {
                    self.emit(Opcode::Closure, wide_operands(to, 0, args.len() as u32), &[entry.address()]);
                    self.pack(args);
                }
            }
            Op::Function(function) => self.function_value(to, *function),
            Op::List(elements) if elements.is_empty() => self.constant(to, Word::EMPTY_LIST.0),
            Op::List(elements) => {
                self.emit(Opcode::List, wide_operands(to, 0, elements.len() as u32), &[]);
                self.pack(elements);
            }
            Op::Row(row) => self.blob(to, Blob::Row(row.clone())),
            Op::TermLink(term) => self.blob(to, Blob::TermLink(*term)),
            Op::TypeLink(ty) => self.blob(to, Blob::TypeLink(*ty)),
        }
        Ok(())
    }

    fn unary(&mut self, opcode: Opcode, to: u32, from: Reg) {
        self.emit(opcode, operands(to, self.slots.of(from), 0, 0), &[]);
    }

    fn constant(&mut self, to: u32, word: u64) {
        self.emit(Opcode::Const, operands(to, 0, 0, 0), &[word]);
    }

    /// As `constant`, for what is an address but for its low bits.
    fn address(&mut self, to: u32, word: u64) {
        self.emit(Opcode::Const, operands(to, 1, 0, 0), &[word]);
    }

    fn construct(&mut self, to: u32, ty: TypeRef, index: u32, args: &[Reg]) {
        match self.find(Tag::Constructor(ty, index)) {
            Some(desc) if desc.fields.is_empty() => self.address(to, Word::constant(desc).0),
            desc => {
                let desc = desc.map_or(0, DescRef::address);
                self.emit(Opcode::Construct, wide_operands(to, 0, args.len() as u32), &[desc]);
                self.pack(args);
            }
        }
    }

    fn function_value(&mut self, to: u32, function: FunctionRef) {
        match self.machine.function_entry(function) {
            Some(entry) => self.address(to, Word::function(entry).0),
            None => {
                if let FunctionRef::Constructor(ty, _) | FunctionRef::Operation(ty, _) = function {
                    self.missing.insert(ty);
                }
                self.emit(Opcode::NoCase, 0, &[]);
            }
        }
    }

    fn blob(&mut self, to: u32, blob: Blob) {
        let blob = Arc::new(blob);
        self.emit(Opcode::Blob, operands(to, 0, 0, 0), &[Arc::as_ptr(&blob) as u64]);
        self.constants.push(blob);
    }

    fn literal(&mut self, to: u32, literal: &Literal) {
        match (fold::word(literal), literal) {
            (Some(word), _) => self.constant(to, word),
            (None, Literal::Text(text)) => self.blob(to, Blob::Text(text.clone())),
            (None, Literal::Bytes(bytes)) => self.blob(to, Blob::Bytes(bytes.clone())),
            (None, _) => unreachable!("other literals are words"),
        }
    }

    fn builtin(&mut self, to: u32, builtin: Builtin, args: &[Reg]) {
        if let Some(Immediate { builtin, reg, word }) = self.folding.immediate(builtin, args)
            && let Some(opcode) = immediate(builtin)
        {
            self.emit(opcode, operands(to, self.slots.of(reg), word as u32, 0), &[]);
            return;
        }
        if let [a, b] = *args
            && let Some((opcode, exchanged)) = binary(builtin)
        {
            let (a, b) = (self.slots.of(a), self.slots.of(b));
            let (a, b) = if exchanged { (b, a) } else { (a, b) };
            self.emit(opcode, operands(to, a, b, 0), &[]);
            return;
        }
        if let (Builtin::BooleanNot, [from]) = (builtin, args) {
            return self.unary(Opcode::Not, to, *from);
        }
        let opcode = match builtin {
            Builtin::UniversalEq => Opcode::UniversalEq,
            Builtin::UniversalCompare => Opcode::UniversalCompare,
            Builtin::UniversalLt => Opcode::UniversalLt,
            Builtin::UniversalLteq => Opcode::UniversalLteq,
            Builtin::UniversalGt => Opcode::UniversalGt,
            Builtin::UniversalGteq => Opcode::UniversalGteq,
            Builtin::RefRead => Opcode::RefRead,
            Builtin::RefWrite => Opcode::RefWrite,
            _ => Opcode::Builtin,
        };
        let args = &args[..args.len().min(BUILTIN_ARGS_MAX)];
        self.emit(opcode, wide_operands(to, builtin as u32, args.len() as u32), &[]);
        self.pack(args);
        self.words.extend(args.is_empty().then_some(0));
        self.words.push(Family::of(builtin).index());
    }
}

/// Whether a function of a request does nothing with a result but return it.
fn gives_back(function: &Function) -> bool {
    let Some(last) = function.params.len().checked_sub(1) else { return false };
    let End::Switch { on, cases, .. } = &function.body.end else { return false };
    let pure = cases.iter().find(|case| case.tag == Tag::Pure);
    let same = pure.is_some_and(|case| match (&case.fields[..], &case.block.end) {
        ([Some(field)], End::Return(result)) => case.block.steps.is_empty() && field == result,
        _ => false,
    });
    same && *on == Reg(last as u32) && function.body.steps.is_empty() && function.ret == Rep::V
}

fn boxing(rep: Rep) -> Opcode {
    match rep {
        Rep::W(Scalar::Nat) => Opcode::BoxNat,
        Rep::W(Scalar::Int) => Opcode::BoxInt,
        Rep::W(Scalar::Float) => Opcode::BoxFloat,
        Rep::W(Scalar::Char) => Opcode::BoxChar,
        Rep::W(Scalar::Boolean) => Opcode::BoxBoolean,
        Rep::V => Opcode::Move,
    }
}

fn unboxing(scalar: Scalar) -> Opcode {
    match scalar {
        Scalar::Nat => Opcode::UnboxNat,
        Scalar::Int => Opcode::UnboxInt,
        Scalar::Float => Opcode::UnboxFloat,
        Scalar::Char => Opcode::UnboxChar,
        Scalar::Boolean => Opcode::UnboxBoolean,
    }
}

/// Builtins with an instruction of their own, and whether its operands are exchanged. `Int` and `Nat` wrap alike, and compare alike for equality.
fn binary(builtin: Builtin) -> Option<(Opcode, bool)> {
    Some(match builtin {
        Builtin::NatAdd | Builtin::IntAdd => (Opcode::NatAdd, false),
        Builtin::NatSub | Builtin::NatDrop => (Opcode::NatSub, false),
        Builtin::NatMul | Builtin::IntMul => (Opcode::NatMul, false),
        Builtin::NatEq | Builtin::IntEq => (Opcode::Eq, false),
        Builtin::NatLt => (Opcode::Lt, false),
        Builtin::NatGt => (Opcode::Lt, true),
        Builtin::NatLteq => (Opcode::Lteq, false),
        Builtin::NatGteq => (Opcode::Lteq, true),
        Builtin::IntSub => (Opcode::IntSub, false),
        Builtin::IntLt => (Opcode::IntLt, false),
        Builtin::IntGt => (Opcode::IntLt, true),
        Builtin::IntLteq => (Opcode::IntLteq, false),
        Builtin::IntGteq => (Opcode::IntLteq, true),
        Builtin::FloatAdd => (Opcode::FloatAdd, false),
        Builtin::FloatSub => (Opcode::FloatSub, false),
        Builtin::FloatMul => (Opcode::FloatMul, false),
        Builtin::FloatDiv => (Opcode::FloatDiv, false),
        Builtin::FloatLt => (Opcode::FloatLt, false),
        Builtin::FloatGt => (Opcode::FloatLt, true),
        Builtin::FloatLteq => (Opcode::FloatLteq, false),
        Builtin::FloatGteq => (Opcode::FloatLteq, true),
        Builtin::NatDiv => (Opcode::NatDiv, false),
        Builtin::NatMod => (Opcode::NatMod, false),
        Builtin::ListUnsafeAt => (Opcode::ListUnsafeAt, false),
        _ => return None,
    })
}

/// As [`binary`], with a literal as the second operand.
fn immediate(builtin: Builtin) -> Option<Opcode> {
    Some(match builtin {
        Builtin::NatAdd | Builtin::IntAdd => Opcode::NatAddI,
        Builtin::NatSub | Builtin::NatDrop => Opcode::NatSubI,
        Builtin::IntSub => Opcode::IntSubI,
        Builtin::NatMul | Builtin::IntMul => Opcode::NatMulI,
        Builtin::NatEq | Builtin::IntEq => Opcode::EqI,
        Builtin::NatLt => Opcode::LtI,
        Builtin::NatLteq => Opcode::LteqI,
        Builtin::NatGt => Opcode::GtI,
        Builtin::NatGteq => Opcode::GteqI,
        Builtin::IntLt => Opcode::IntLtI,
        Builtin::IntLteq => Opcode::IntLteqI,
        Builtin::IntGt => Opcode::IntGtI,
        Builtin::IntGteq => Opcode::IntGteqI,
        _ => return None,
    })
}

/// Comparisons as branches, and whether the operands are exchanged.
fn comparison_branch(builtin: Builtin) -> Option<(Opcode, bool)> {
    let (opcode, exchanged) = binary(builtin)?;
    let opcode = match opcode {
        Opcode::Eq => Opcode::UnlessEq,
        Opcode::Lt => Opcode::UnlessLt,
        Opcode::Lteq => Opcode::UnlessLteq,
        Opcode::IntLt => Opcode::UnlessIntLt,
        Opcode::IntLteq => Opcode::UnlessIntLteq,
        _ => return None,
    };
    Some((opcode, exchanged))
}

/// Comparisons with a literal as branches.
fn immediate_branch(builtin: Builtin) -> Option<Opcode> {
    Some(match immediate(builtin)? {
        Opcode::EqI => Opcode::UnlessEqI,
        Opcode::LtI => Opcode::UnlessLtI,
        Opcode::LteqI => Opcode::UnlessLteqI,
        Opcode::GtI => Opcode::UnlessGtI,
        Opcode::GteqI => Opcode::UnlessGteqI,
        Opcode::IntLtI => Opcode::UnlessIntLtI,
        Opcode::IntLteqI => Opcode::UnlessIntLteqI,
        Opcode::IntGtI => Opcode::UnlessIntGtI,
        Opcode::IntGteqI => Opcode::UnlessIntGteqI,
        _ => return None,
    })
}
