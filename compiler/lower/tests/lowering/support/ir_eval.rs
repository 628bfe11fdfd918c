//! The IR by its definition: an evaluator over functions. It forgets what a frame does not hold, and checks that every register holds what its representation says. No abilities.

use super::value::{Stop, Value, builtin};
use ir::verify::builtin_reps;
use ir::{Block, Callee, CodeId, End, Function, FunctionRef, JoinId, Op, Reg, Rep, Scalar, Step, SwitchCase, Tag};
use kernel::{Literal, TypeRef};
use lower::Interfaces;
use std::cell::Cell;
use std::collections::BTreeMap;

#[derive(Clone, PartialEq, Debug)]
pub enum Target {
    Code(CodeId),
    Function(FunctionRef),
}

pub type Val = Value<Target>;

pub struct Machine<'a> {
    pub functions: BTreeMap<CodeId, &'a Function>,
    pub interfaces: &'a dyn Interfaces,
    pub fuel: Cell<u32>,
}

struct Frame<'a> {
    function: &'a Function,
    registers: BTreeMap<Reg, Val>,
    joins: BTreeMap<JoinId, (&'a [Reg], &'a Block)>,
}

impl Frame<'_> {
    fn get(&self, reg: Reg) -> Val {
        self.registers.get(&reg).unwrap_or_else(|| panic!("{reg} holds nothing in\n{}", self.function)).clone()
    }

    /// Reads a register as what holds values in this way.
    fn get_as(&self, reg: Reg, rep: Rep) -> Val {
        let value = self.get(reg);
        assert_eq!(self.function.registers[reg.0 as usize], rep, "{reg} is read as {rep} in\n{}", self.function);
        value
    }

    fn all(&self, regs: &[Reg], reps: &[Rep]) -> Vec<Val> {
        regs.iter().zip(reps).map(|(reg, rep)| self.get_as(*reg, *rep)).collect()
    }

    fn tagged(&self, regs: &[Reg]) -> Vec<Val> {
        regs.iter().map(|reg| self.get_as(*reg, Rep::V)).collect()
    }

    fn set(&mut self, reg: Reg, value: Val) {
        let rep = self.function.registers[reg.0 as usize];
        assert!(rep == Rep::V || rep == value.rep(), "{reg} holds {value:?} in\n{}", self.function);
        self.registers.insert(reg, value);
    }
}

impl<'a> Machine<'a> {
    pub fn call(&self, code: CodeId, args: Vec<Val>) -> Result<Val, Stop> {
        self.fuel.set(self.fuel.get().checked_sub(1).ok_or(Stop::Fuel)?);
        let function = self.functions[&code];
        assert_eq!(args.len(), function.params.len(), "{code} is called with what it takes");
        let mut frame = Frame { function, registers: BTreeMap::new(), joins: BTreeMap::new() };
        for (i, arg) in args.into_iter().enumerate() {
            frame.set(Reg(i as u32), arg);
        }
        self.run(&mut frame, &function.body)
    }

    fn run(&self, frame: &mut Frame<'a>, mut block: &'a Block) -> Result<Val, Stop> {
        loop {
            for step in &block.steps {
                self.step(frame, step)?;
            }
            block = match &block.end {
                End::Return(reg) => return Ok(frame.get_as(*reg, frame.function.ret)),
                End::TailCall { callee, args } => return self.callee(frame, *callee, args),
                End::Jump(join, args) => {
                    let (params, target) = frame.joins[join];
                    let reps: Vec<Rep> =
                        params.iter().map(|param| frame.function.registers[param.0 as usize]).collect();
                    let args = frame.all(args, &reps);
                    params.iter().zip(args).for_each(|(param, arg)| frame.set(*param, arg));
                    target
                }
                End::If(on, yes, no) => {
                    if frame.get_as(*on, Rep::W(Scalar::Boolean)).is_true()? {
                        yes
                    } else {
                        no
                    }
                }
                End::Switch { on, cases, default } => switch(frame, *on, cases, default.as_deref())?,
                End::SwitchWord { on, cases, default } => {
                    let word = word(&frame.get(*on));
                    cases.iter().find(|(case, _)| *case == word).map_or(default, |(_, block)| block)
                }
                End::Fault(_) => return Err(Stop::NoCase),
            }
        }
    }

    fn step(&self, frame: &mut Frame<'a>, step: &'a Step) -> Result<(), Stop> {
        match step {
            Step::Let(into, op) => {
                let value = self.op(frame, op)?;
                frame.set(*into, value);
            }
            Step::Call { into, callee, args, resume } => {
                let value = self.callee(frame, *callee, args)?;
                let live = &frame.function.resume_points[resume.number as usize].live;
                frame.registers.retain(|reg, _| live.contains(reg));
                assert_eq!(frame.registers.len(), live.len(), "a frame holds what is live");
                frame.set(*into, value);
            }
            Step::Join { id, params, block } => {
                frame.joins.insert(*id, (params, block));
            }
            Step::Perform { .. } | Step::Handle { .. } | Step::Detach { .. } | Step::Reinstate { .. } => {
                panic!("the tests use no abilities")
            }
        }
        Ok(())
    }

    fn callee(&self, frame: &Frame<'a>, callee: Callee, args: &[Reg]) -> Result<Val, Stop> {
        match callee {
            Callee::Code(code) => self.call(code, frame.all(args, &self.functions[&code].params)),
            Callee::Value(function) => self.apply(frame.get_as(function, Rep::V), frame.tagged(args)),
            Callee::Open(_) => panic!("nothing is absent in the tests"),
            Callee::Host(builtin) => panic!("the tests do not call {}", builtin.name()),
        }
    }

    fn op(&self, frame: &Frame<'a>, op: &Op) -> Result<Val, Stop> {
        Ok(match op {
            Op::Literal(literal) => Value::Literal(literal.clone()),
            Op::Box(reg) => {
                assert!(frame.function.registers[reg.0 as usize].is_raw(), "{reg} is boxed");
                frame.get(*reg)
            }
            Op::Unbox(reg, scalar) => {
                Some(frame.get_as(*reg, Rep::V)).filter(|value| value.rep() == Rep::W(*scalar)).ok_or(Stop::Ill)?
            }
            Op::Builtin(b, args) => builtin(*b, &frame.all(args, &builtin_reps(*b).0))?,
            Op::Construct(ty, constructor, args) => {
                Value::Data(*ty, *constructor, args.iter().map(|arg| frame.get(*arg)).collect()).small()?
            }
            Op::Closure(code, captures) => Value::Function(Target::Code(*code), frame.tagged(captures)).small()?,
            Op::Function(function) => Value::Function(Target::Function(*function), Vec::new()),
            Op::List(elements) => Value::List(frame.tagged(elements)).small()?,
            Op::Row(_) | Op::TermLink(_) | Op::TypeLink(_) => panic!("the tests use no links"),
        })
    }

    /// One argument after the other.
    pub fn apply(&self, function: Val, args: Vec<Val>) -> Result<Val, Stop> {
        let mut value = function;
        for arg in args {
            let Value::Function(target, mut known) = value else { return Err(Stop::Ill) };
            known.push(arg);
            value = self.saturate(target, known)?;
        }
        Ok(value)
    }

    fn saturate(&self, target: Target, args: Vec<Val>) -> Result<Val, Stop> {
        match target {
            Target::Code(code) if args.len() == self.functions[&code].params.len() => self.call(code, args),
            Target::Function(FunctionRef::Builtin(b)) if args.len() == kernel::builtins::arity(b) as usize => {
                builtin(b, &args)
            }
            Target::Function(FunctionRef::Constructor(ty, c)) if args.len() == self.fields(ty, c) => {
                Value::Data(ty, c, args).small()
            }
            _ => Ok(Value::Function(target, args)),
        }
    }

    fn fields(&self, ty: TypeRef, constructor: u32) -> usize {
        let declaration = match ty {
            TypeRef::Builtin(ty) => kernel::builtins::declaration(ty),
            TypeRef::Def(id) => self.interfaces.declaration(id),
            TypeRef::Cycle(_) => None,
        };
        declaration.expect("the tests declare their types").constructors[constructor as usize].arity as usize
    }
}

fn switch<'a>(
    frame: &mut Frame<'a>,
    on: Reg,
    cases: &'a [SwitchCase],
    default: Option<&'a Block>,
) -> Result<&'a Block, Stop> {
    let Value::Data(ty, constructor, fields) = frame.get_as(on, Rep::V) else { return Err(Stop::Ill) };
    let Some(case) = cases.iter().find(|case| case.tag == Tag::Constructor(ty, constructor)) else {
        return default.ok_or(Stop::NoCase);
    };
    for (field, value) in case.fields.iter().zip(fields) {
        if let Some(reg) = field {
            frame.set(*reg, value);
        }
    }
    Ok(&case.block)
}

fn word(value: &Val) -> u64 {
    match value {
        Value::Literal(Literal::Nat(n)) => *n,
        Value::Literal(Literal::Int(n)) => *n as u64,
        Value::Literal(Literal::Char(c)) => u64::from(*c),
        Value::Literal(Literal::Boolean(b)) => u64::from(*b),
        other => panic!("no word: {other:?}"),
    }
}
