//! IR to flat code. Blocks are laid out in the order in which they are met; jumps are patched afterwards. Nothing recurses.

use crate::blob::Blob;
use crate::code::{Code, Ins, Places, PointKind, RetPoint, Switch};
use crate::machine::{DefineError, DescRef, EntryRef, Machine, Target};
use crate::word::Word;
use builtin::Builtin;
use ir::{
    Block, Callee, CodeId, End, Fault, Function, FunctionRef, Op, Reg, Rep, ResumeId, Scalar, Step, SwitchCase, Tag,
};
use kernel::{Literal, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Words above the window for frames that belong to no function, beside the arguments of the largest call.
const MARGIN_WORDS: usize = 8;

/// Compiles a verified function (or one of [`crate::wrapper`]'s) whose code will be found at `entry`.
pub(crate) fn compile(function: &Function, entry: EntryRef, machine: &Machine) -> Result<Code, DefineError> {
    let mut compiler = Compiler {
        function,
        entry,
        machine,
        code: Code {
            target: entry.target,
            captures: function.captures as usize,
            raw_params: function.params.iter().any(|rep| rep.is_raw()),
            params: function.params.clone(),
            ret: function.ret,
            registers: function.registers.len(),
            need: 0,
            ins: Vec::new(),
            pool: Vec::new(),
            points: Vec::new(),
            resumes: vec![Places::default(); function.resume_points.len()],
            entries: Vec::new(),
            descs: Vec::new(),
            constants: Vec::new(),
            switches: Vec::new(),
        },
        joins: BTreeMap::new(),
        pending: Vec::new(),
        missing: BTreeSet::new(),
        args_max: 0,
    };
    compiler.function()?;
    if !compiler.missing.is_empty() {
        return Err(DefineError::MissingTypes(compiler.missing.into_iter().collect()));
    }
    let mut code = compiler.code;
    code.need = function.registers.len() + compiler.args_max + MARGIN_WORDS;
    Ok(code)
}

/// What has to be told where a block is.
enum Patch {
    Nothing,
    Instruction(usize),
    Case(usize, usize),
    Default(usize),
}

struct Join<'f> {
    params: &'f [Reg],
    /// Jumps that were met before the block was laid out.
    jumps: Vec<Patch>,
}

/// A block that is still to be laid out.
enum Pending<'f> {
    Block { block: &'f Block, patch: Patch },
    Case { case: &'f SwitchCase, on: Reg, patch: Patch },
    Join { id: u32, block: &'f Block },
}

struct Compiler<'f> {
    function: &'f Function,
    entry: EntryRef,
    machine: &'f Machine,
    code: Code,
    joins: BTreeMap<u32, Join<'f>>,
    pending: Vec<Pending<'f>>,
    missing: BTreeSet<TypeRef>,
    args_max: usize,
}

impl<'f> Compiler<'f> {
    fn function(&mut self) -> Result<(), DefineError> {
        self.block(&self.function.body)?;
        // A join's block is laid out after everything that was pending when it was met, and jumps to it come only from there: last in, first out.
        while let Some(next) = self.pending.pop() {
            let here = self.code.ins.len() as u32;
            match next {
                Pending::Block { block, patch } => {
                    self.patch(&patch, here);
                    self.block(block)?;
                }
                Pending::Case { case, on, patch } => {
                    self.patch(&patch, here);
                    self.fields(case, on);
                    self.block(&case.block)?;
                }
                Pending::Join { id, block } => {
                    let jumps = self.joins.get_mut(&id).map(|join| std::mem::take(&mut join.jumps));
                    jumps.iter().flatten().for_each(|jump| self.patch(jump, here));
                    self.block(block)?;
                }
            }
        }
        Ok(())
    }

    fn patch(&mut self, patch: &Patch, here: u32) {
        match *patch {
            Patch::Nothing => {}
            Patch::Instruction(at) => match &mut self.code.ins[at] {
                Ins::Jump { target } | Ins::Unless { target, .. } => *target = here,
                other => unreachable!("{other:?} does not jump"),
            },
            Patch::Case(table, case) => self.code.switches[table].cases[case].1 = here,
            Patch::Default(table) => self.code.switches[table].default = here,
        }
    }

    fn emit(&mut self, ins: Ins) {
        self.code.ins.push(ins);
    }

    /// Puts registers into the pool.
    fn registers(&mut self, registers: &[Reg]) -> u32 {
        self.args_max = self.args_max.max(registers.len());
        let at = self.code.pool.len() as u32;
        self.code.pool.push(registers.len() as u32);
        self.code.pool.extend(registers.iter().map(|reg| reg.0));
        at
    }

    fn entry_index(&mut self, entry: EntryRef) -> u32 {
        self.code.entries.push(entry);
        self.code.entries.len() as u32 - 1
    }

    fn rep(&self, reg: Reg) -> Rep {
        self.function.registers[reg.0 as usize]
    }

    fn block(&mut self, block: &'f Block) -> Result<(), DefineError> {
        let (steps, tail) = match (block.steps.split_last(), &block.end) {
            (Some((last @ Step::Handle { into, .. }, before)), End::Return(from)) if into == from => {
                (before, Some(last))
            }
            _ => (&block.steps[..], None),
        };
        for step in steps {
            self.step(step)?;
        }
        match tail {
            Some(Step::Handle { abilities, body, handler, resume, .. }) => {
                self.tail_handle(abilities, *body, *handler, *resume);
                Ok(())
            }
            _ => self.end(&block.end),
        }
    }

    /// A prompt in place of the frame that has nothing left to do: a handler that goes on under itself takes no space.
    fn tail_handle(&mut self, abilities: &[TypeRef], body: Reg, handler: Reg, resume: ResumeId) {
        let prompt = self.code.add_point(RetPoint::prompt(self.entry, resume.0, abilities.to_vec()));
        self.args_max = self.args_max.max(1);
        self.emit(Ins::TailHandle { prompt, body: body.0, handler: handler.0 });
    }

    fn step(&mut self, step: &'f Step) -> Result<(), DefineError> {
        match step {
            Step::Let(to, op) => return self.op(to.0, op),
            Step::Call { into, callee, args, resume } => {
                let point = self.point(*into, *resume);
                let at = self.registers(args);
                let call = match *callee {
                    Callee::Code(id) => {
                        let entry = self.callee(id, args, self.rep(*into))?;
                        Ins::Call { point, entry, at }
                    }
                    Callee::Host(builtin) => Ins::CallHost { point, builtin, at },
                    Callee::Value(function) => Ins::CallValue { point, function: function.0, at },
                };
                self.emit_waiting(call, point);
            }
            Step::Perform { into, ability, operation, args, resume } => {
                let point = self.point(*into, *resume);
                let at = self.registers(args);
                let desc = self.descriptor(Tag::Request(*ability, *operation));
                self.emit_waiting(Ins::Perform { point, desc, at }, point);
            }
            Step::Handle { into, abilities, body, handler, resume } => {
                let point = self.point(*into, *resume);
                self.code.add_point(RetPoint::prompt(self.entry, resume.0, abilities.clone()));
                self.args_max = self.args_max.max(1);
                self.emit_waiting(Ins::Handle { point, body: body.0, handler: handler.0 }, point);
            }
            Step::Join { id, params, block } => {
                self.joins.insert(id.0, Join { params, jumps: Vec::new() });
                self.pending.push(Pending::Join { id: id.0, block });
            }
        }
        Ok(())
    }

    /// An instruction after which the function waits: it goes on at the next one.
    fn emit_waiting(&mut self, ins: Ins, point: u32) {
        self.emit(ins);
        self.code.points[point as usize].pc = self.code.ins.len() as u32;
    }

    fn point(&mut self, into: Reg, resume: ResumeId) -> u32 {
        let live = &self.function.resume_points[resume.0 as usize].live;
        let reps: Vec<Rep> = live.iter().map(|reg| self.rep(*reg)).collect();
        let raw: Vec<bool> = reps.iter().map(|rep| rep.is_raw()).collect();
        self.code.add_point(RetPoint {
            kind: PointKind::Resume,
            entry: Some(self.entry),
            pc: 0,
            index: resume.0,
            into: into.0,
            into_raw: self.rep(into).is_raw(),
            live: live.iter().map(|reg| reg.0).collect(),
            raw: if raw.contains(&true) { raw } else { Vec::new() },
            reps,
            into_rep: self.rep(into),
            abilities: Vec::new(),
        })
    }

    fn callee(&mut self, id: CodeId, args: &[Reg], ret: Rep) -> Result<u32, DefineError> {
        let params: Vec<Rep> = args.iter().map(|arg| self.rep(*arg)).collect();
        let entry = self.machine.callee(id, &params, ret)?;
        Ok(self.entry_index(entry))
    }

    fn end(&mut self, end: &'f End) -> Result<(), DefineError> {
        match end {
            End::Return(from) => self.emit(Ins::Return { from: from.0 }),
            End::TailCall { callee, args } => {
                let at = self.registers(args);
                let call = match *callee {
                    Callee::Code(id) => {
                        let entry = self.callee(id, args, self.function.ret)?;
                        Ins::TailCall { entry, at }
                    }
                    Callee::Host(builtin) => Ins::TailCallHost { builtin, at },
                    Callee::Value(function) => Ins::TailCallValue { function: function.0, at },
                };
                self.emit(call);
            }
            End::Jump(id, args) => self.jump(id.0, args),
            End::If(on, yes, no) => {
                let at = self.code.ins.len();
                self.emit(Ins::Unless { on: on.0, target: 0 });
                self.pending.push(Pending::Block { block: no, patch: Patch::Instruction(at) });
                // This one is the next to be laid out, so it is fallen into.
                self.pending.push(Pending::Block { block: yes, patch: Patch::Nothing });
            }
            End::Switch { on, cases, default } => self.switch(*on, cases, default.as_deref()),
            End::SwitchWord { on, cases, default } => self.switch_word(*on, cases, default),
            End::Fault(Fault::NoCase) => self.emit(Ins::NoCase),
        }
        Ok(())
    }

    fn jump(&mut self, id: u32, args: &[Reg]) {
        let params = self.joins.get(&id).map_or(&[][..], |join| join.params);
        for (param, arg) in params.iter().zip(args) {
            self.emit(Ins::Move { to: param.0, from: arg.0 });
        }
        let at = self.code.ins.len();
        self.emit(Ins::Jump { target: 0 });
        if let Some(join) = self.joins.get_mut(&id) {
            join.jumps.push(Patch::Instruction(at));
        }
    }

    fn switch(&mut self, on: Reg, cases: &'f [SwitchCase], default: Option<&'f Block>) {
        let table = self.code.switches.len();
        let keys: Vec<u64> = cases.iter().map(|case| self.key(case.tag)).collect();
        let order = self.table(&keys);
        self.emit(Ins::Switch { on: on.0, table: table as u32 });
        self.default(table, default);
        for (case, place) in cases.iter().zip(order) {
            self.pending.push(Pending::Case { case, on, patch: Patch::Case(table, place) });
        }
    }

    fn switch_word(&mut self, on: Reg, cases: &'f [(u64, Block)], default: &'f Block) {
        let table = self.code.switches.len();
        let keys: Vec<u64> = cases.iter().map(|case| case.0).collect();
        let order = self.table(&keys);
        self.emit(Ins::SwitchWord { on: on.0, table: table as u32 });
        self.default(table, Some(default));
        for (case, place) in cases.iter().zip(order) {
            self.pending.push(Pending::Block { block: &case.1, patch: Patch::Case(table, place) });
        }
    }

    /// Makes a table of these keys, sorted if it is large; says where each key went.
    fn table(&mut self, keys: &[u64]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..keys.len()).collect();
        if keys.len() > Switch::LINEAR {
            order.sort_by_key(|index| keys[*index]);
        }
        let cases = order.iter().map(|index| (keys[*index], 0)).collect();
        self.code.switches.push(Switch { cases, default: 0 });
        let mut places = vec![0; keys.len()];
        order.iter().enumerate().for_each(|(place, index)| places[*index] = place);
        places
    }

    fn default(&mut self, table: usize, default: Option<&'f Block>) {
        match default {
            Some(block) => self.pending.push(Pending::Block { block, patch: Patch::Default(table) }),
            None => {
                self.code.switches[table].default = self.code.ins.len() as u32;
                self.emit(Ins::NoCase);
            }
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

    fn fields(&mut self, case: &SwitchCase, on: Reg) {
        for (index, field) in case.fields.iter().enumerate() {
            if let Some(to) = field {
                self.emit(Ins::Field { to: to.0, from: on.0, index: index as u32 });
            }
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

    fn descriptor(&mut self, tag: Tag) -> u32 {
        if let Some(desc) = self.find(tag) {
            self.code.descs.push(desc);
        }
        // An index past the end is never used: a missing type refuses the code.
        (self.code.descs.len() as u32).saturating_sub(1)
    }

    fn op(&mut self, to: u32, op: &Op) -> Result<(), DefineError> {
        let ins = match op {
            Op::Literal(literal) => self.literal(to, literal),
            Op::Box(from) => boxing(to, from.0, self.rep(*from)),
            Op::Unbox(from, scalar) => unboxing(to, from.0, *scalar),
            Op::Builtin(builtin, args) => self.builtin(to, *builtin, args),
            Op::Construct(ty, index, args) => self.construct(to, *ty, *index, args),
            Op::Closure(id, args) => {
                let target = if id.lambda == 0 { Target::Generic(*id) } else { Target::Code(*id) };
                let entry = self.machine.entry(target);
                if args.is_empty() {
                    Ins::Const { to, word: Word::function(entry).0 }
                } else {
                    let entry = self.entry_index(entry);
                    Ins::Closure { to, entry, at: self.registers(args) }
                }
            }
            Op::Function(function) => self.function_value(to, *function),
            Op::List(elements) if elements.is_empty() => Ins::Const { to, word: Word::EMPTY_LIST.0 },
            Op::List(elements) => Ins::List { to, at: self.registers(elements) },
            Op::Row(row) => self.constant(to, Blob::Row(row.clone())),
            Op::TermLink(term) => self.constant(to, Blob::TermLink(*term)),
            Op::TypeLink(ty) => self.constant(to, Blob::TypeLink(*ty)),
        };
        self.emit(ins);
        Ok(())
    }

    fn construct(&mut self, to: u32, ty: TypeRef, index: u32, args: &[Reg]) -> Ins {
        let tag = Tag::Constructor(ty, index);
        match self.find(tag) {
            Some(desc) if desc.fields.is_empty() => Ins::Const { to, word: Word::constant(desc).0 },
            _ => {
                let desc = self.descriptor(tag);
                Ins::Construct { to, desc, at: self.registers(args) }
            }
        }
    }

    fn function_value(&mut self, to: u32, function: FunctionRef) -> Ins {
        match self.machine.function_entry(function) {
            Some(entry) => Ins::Const { to, word: Word::function(entry).0 },
            None => {
                if let FunctionRef::Constructor(ty, _) | FunctionRef::Operation(ty, _) = function {
                    self.missing.insert(ty);
                }
                Ins::NoCase
            }
        }
    }

    fn constant(&mut self, to: u32, blob: Blob) -> Ins {
        self.code.constants.push(Arc::new(blob));
        Ins::Blob { to, index: self.code.constants.len() as u32 - 1 }
    }

    fn literal(&mut self, to: u32, literal: &Literal) -> Ins {
        match literal {
            Literal::Nat(n) => Ins::Const { to, word: *n },
            Literal::Int(n) => Ins::Const { to, word: *n as u64 },
            Literal::Float(bits) => Ins::Const { to, word: *bits },
            Literal::Char(c) => Ins::Const { to, word: u64::from(u32::from(*c)) },
            Literal::Boolean(b) => Ins::Const { to, word: u64::from(*b) },
            Literal::Text(text) => self.constant(to, Blob::Text(text.clone())),
            Literal::Bytes(bytes) => self.constant(to, Blob::Bytes(bytes.clone())),
        }
    }

    fn builtin(&mut self, to: u32, builtin: Builtin, args: &[Reg]) -> Ins {
        if let [a, b] = *args
            && let Some(ins) = binary(to, builtin, a.0, b.0)
        {
            return ins;
        }
        Ins::Builtin { to, builtin, at: self.registers(args) }
    }
}

fn boxing(to: u32, from: u32, rep: Rep) -> Ins {
    match rep {
        Rep::W(Scalar::Nat) => Ins::BoxNat { to, from },
        Rep::W(Scalar::Int) => Ins::BoxInt { to, from },
        Rep::W(Scalar::Float) => Ins::BoxFloat { to, from },
        Rep::W(Scalar::Char) => Ins::BoxChar { to, from },
        Rep::W(Scalar::Boolean) => Ins::BoxBoolean { to, from },
        Rep::V => Ins::Move { to, from },
    }
}

fn unboxing(to: u32, from: u32, scalar: Scalar) -> Ins {
    match scalar {
        Scalar::Nat => Ins::UnboxNat { to, from },
        Scalar::Int => Ins::UnboxInt { to, from },
        Scalar::Float => Ins::UnboxFloat { to, from },
        Scalar::Char => Ins::UnboxChar { to, from },
        Scalar::Boolean => Ins::UnboxBoolean { to, from },
    }
}

/// Builtins with an instruction of their own. `Int` and `Nat` wrap alike, and compare alike for equality.
fn binary(to: u32, builtin: Builtin, a: u32, b: u32) -> Option<Ins> {
    Some(match builtin {
        Builtin::NatAdd | Builtin::IntAdd => Ins::NatAdd { to, a, b },
        Builtin::NatSub | Builtin::NatDrop => Ins::NatSub { to, a, b },
        Builtin::NatMul | Builtin::IntMul => Ins::NatMul { to, a, b },
        Builtin::NatEq | Builtin::IntEq => Ins::NatEq { to, a, b },
        Builtin::NatLt => Ins::NatLt { to, a, b },
        Builtin::NatGt => Ins::NatLt { to, a: b, b: a },
        Builtin::NatLteq => Ins::NatLteq { to, a, b },
        Builtin::NatGteq => Ins::NatLteq { to, a: b, b: a },
        Builtin::IntSub => Ins::IntSub { to, a, b },
        Builtin::IntLt => Ins::IntLt { to, a, b },
        Builtin::IntGt => Ins::IntLt { to, a: b, b: a },
        Builtin::IntLteq => Ins::IntLteq { to, a, b },
        Builtin::IntGteq => Ins::IntLteq { to, a: b, b: a },
        Builtin::FloatAdd => Ins::FloatAdd { to, a, b },
        Builtin::FloatSub => Ins::FloatSub { to, a, b },
        Builtin::FloatMul => Ins::FloatMul { to, a, b },
        _ => return None,
    })
}
