//! Code for functions that have none of their own, or not in the form that an unknown caller needs: written as IR, so that nothing else
//! has to know of them.

use crate::machine::Machine;
use builtin::{Builtin, BuiltinType};
use ir::verify::builtin_reps;
use ir::{Block, Callee, CodeId, End, Function, FunctionRef, Op, Reg, Rep, ResumeId, ResumePoint, Step, Tag};
use kernel::{DefId, TypeRef};

/// A definition or lambda with everything tagged: unboxes the arguments, calls it, boxes the result.
pub(crate) fn generic(function: &Function) -> Function {
    let mut builder = Builder::new(function.params.len());
    let args = builder.unboxed(&function.params);
    let callee = Callee::Code(function.id);
    // Clauses take everything tagged anyway.
    let (clauses, captures) = (function.clauses.clone(), function.captures);
    if !function.ret.is_raw() {
        return Function { clauses, captures, ..builder.finish(function.id, End::TailCall { callee, args }) };
    }
    let into = builder.register(function.ret);
    builder.resumes.push(ResumePoint { live: Vec::new(), attached: false });
    builder.steps.push(Step::Call { into, callee, args, resume: ResumeId::numbered(0) });
    Function { clauses, captures, ..builder.return_boxed(function.id, into) }
}

/// A builtin, constructor or operation as a function. `None` if its type is not defined.
pub(crate) fn function(function: FunctionRef, machine: &Machine) -> Option<Function> {
    let id = NOWHERE;
    Some(match function {
        FunctionRef::Builtin(builtin) => {
            let (params, ret) = builtin_reps(builtin);
            let mut builder = Builder::new(params.len());
            let args = builder.unboxed(&params);
            if builtin.class() == builtin::Class::Apply {
                let unit = Op::Construct(TypeRef::Builtin(BuiltinType::Tuple(0)), 0, Vec::new());
                let unit = builder.assign(Rep::V, unit);
                return Some(builder.finish(id, End::TailCall { callee: Callee::Value(args[0]), args: vec![unit] }));
            }
            if !builtin.class().is_computed() {
                return Some(builder.finish(id, End::TailCall { callee: Callee::Host(builtin), args }));
            }
            let into = builder.assign(ret, Op::Builtin(builtin, args));
            builder.return_boxed(id, into)
        }
        FunctionRef::Constructor(ty, index) => {
            let fields = machine.descriptor(Tag::Constructor(ty, index))?.fields.clone();
            let mut builder = Builder::new(fields.len());
            let args = builder.unboxed(&fields);
            let into = builder.assign(Rep::V, Op::Construct(ty, index, args));
            builder.return_boxed(id, into)
        }
        FunctionRef::Operation(ability, operation) => {
            let arity = machine.descriptor(Tag::Request(ability, operation))?.fields.len() - 1;
            let mut builder = Builder::new(arity);
            let args = builder.unboxed(&vec![Rep::V; arity]);
            let into = builder.register(Rep::V);
            builder.resumes.push(ResumePoint { live: Vec::new(), attached: false });
            builder.steps.push(Step::Perform { into, ability, operation, args, resume: ResumeId::numbered(0) });
            builder.return_boxed(id, into)
        }
    })
}

/// Parameters of [`crossing`] before the operation's arguments: row, node, and the continuation there.
pub(crate) const CROSSING_PARAMS: usize = 3;

/// Performs an operation here that was requested by an evaluation elsewhere, and sends the answer to what waits for it there. Its frame takes the place of that
/// evaluation: whatever handles the operation captures it like any other.
pub(crate) fn crossing(ability: TypeRef, operation: u32, machine: &Machine) -> Option<Function> {
    let arity = machine.descriptor(Tag::Request(ability, operation))?.fields.len() - 1;
    let mut builder = Builder::new(CROSSING_PARAMS + arity);
    let kept: Vec<Reg> = (0..CROSSING_PARAMS as u32).map(Reg).collect();
    let args = (CROSSING_PARAMS as u32..(CROSSING_PARAMS + arity) as u32).map(Reg).collect();
    let answer = builder.register(Rep::V);
    builder.resumes.push(ResumePoint { live: kept.clone(), attached: false });
    builder.steps.push(Step::Perform { into: answer, ability, operation, args, resume: ResumeId::numbered(0) });
    let args = kept.into_iter().chain([answer]).collect();
    Some(builder.finish(NOWHERE, End::TailCall { callee: Callee::Host(Builtin::RemoteResume), args }))
}

/// What stands for the place of code that is of no definition.
const NOWHERE: CodeId = CodeId { def: DefId { component: base::Hash([0; 32]), index: 0 }, lambda: 0 };

struct Builder {
    params: usize,
    registers: Vec<Rep>,
    resumes: Vec<ResumePoint>,
    steps: Vec<Step>,
}

impl Builder {
    fn new(params: usize) -> Builder {
        Builder { params, registers: vec![Rep::V; params], resumes: Vec::new(), steps: Vec::new() }
    }

    fn register(&mut self, rep: Rep) -> Reg {
        self.registers.push(rep);
        Reg(self.registers.len() as u32 - 1)
    }

    fn assign(&mut self, rep: Rep, op: Op) -> Reg {
        let to = self.register(rep);
        self.steps.push(Step::Let(to, op));
        to
    }

    /// The parameters in the reps wanted.
    fn unboxed(&mut self, wanted: &[Rep]) -> Vec<Reg> {
        let convert = |(i, rep): (usize, &Rep)| match rep {
            Rep::V => Reg(i as u32),
            Rep::W(scalar) => self.assign(*rep, Op::Unbox(Reg(i as u32), *scalar)),
        };
        wanted.iter().enumerate().map(convert).collect()
    }

    fn return_boxed(mut self, id: CodeId, mut result: Reg) -> Function {
        if self.registers[result.0 as usize].is_raw() {
            result = self.assign(Rep::V, Op::Box(result));
        }
        self.finish(id, End::Return(result))
    }

    fn finish(self, id: CodeId, end: End) -> Function {
        Function {
            id,
            captures: 0,
            params: vec![Rep::V; self.params],
            ret: Rep::V,
            is_clause: false,
            inlined: std::sync::Arc::default(),
            clauses: Vec::new(),
            registers: self.registers,
            resume_points: self.resumes,
            body: Block { steps: self.steps, end },
        }
    }
}
