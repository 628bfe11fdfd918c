//! Applications: what is called how, by its head and the number of its arguments.

use crate::LowerError;
use crate::draft::unnumbered;
use crate::terms::{Binding, Dest, Lowering, Task};
use builtin::{Builtin, BuiltinType, Class};
use ir::verify::builtin_reps;
use ir::{Callee, CodeId, End, FunctionRef, Op, Reg, Rep, Scalar, Step, limits};
use kernel::{DefId, Site, Term, TermRef, TypeRef};
use std::rc::Rc;

/// What is applied.
pub(crate) enum Head {
    Builtin(Builtin),
    Definition(DefId),
    /// A definition that is absent.
    Open(DefId),
    Constructor(TypeRef, u32),
    Operation(TypeRef, u32),
    /// A variable, or a lambda on the spot.
    Bound(Binding),
    /// A value, which stands below the arguments on the stack of values.
    Computed,
}

impl<'t> Lowering<'_, 't> {
    /// A term as a head, if its value need not be computed.
    pub fn head(&mut self, term: &'t Term) -> Head {
        match term {
            Term::Local(index) => Head::Bound(self.local(*index)),
            Term::Ref(TermRef::Builtin(builtin)) => Head::Builtin(*builtin),
            Term::Ref(TermRef::Def(def)) if self.facts.is_open(*def) => Head::Open(*def),
            Term::Ref(TermRef::Def(def)) => Head::Definition(*def),
            Term::Ref(TermRef::Cycle(index)) => Head::Definition(self.member(*index)),
            Term::Constructor(ty, constructor) => Head::Constructor(*ty, *constructor),
            Term::Operation(ability, operation) => Head::Operation(*ability, *operation),
            Term::Lambda(..) => Head::Bound(self.lambda(term)),
            _ => Head::Computed,
        }
    }

    pub fn application(&mut self, term: &'t Term, args: &'t [Term], site: Site, dest: Dest) {
        let head = self.head(term);
        let computed = matches!(head, Head::Computed);
        self.tasks.push(Task::Apply(head, args.len(), site, dest));
        self.eval_all(args);
        if computed {
            self.tasks.push(Task::Eval(term, Dest::Value));
        }
    }

    /// Calls with what it takes, and its result with the rest; or makes a function of what is there.
    pub fn apply(&mut self, head: Head, mut args: Vec<Reg>, dest: Dest) -> Result<(), LowerError> {
        if let Head::Open(def) = head {
            return self.call_unknown(Callee::Open(def), &args, dest);
        }
        let Some(arity) = self.arity(&head)? else {
            let function = self.function_value(head);
            return self.call_value(function, args, dest);
        };
        if args.len() < arity {
            if let (false, Some((code, captures))) = (args.is_empty(), self.code(&head)) {
                let args = self.draft.convert_all(&args, Rep::V);
                let held = captures.iter().copied().chain(args).collect();
                let partial = self.draft.op(Rep::V, Op::Closure(code, held));
                self.deliver(partial, dest);
                return Ok(());
            }
            let function = self.function_value(head);
            return self.call_value(function, args, dest);
        }
        let rest = args.split_off(arity);
        if rest.is_empty() {
            return self.saturated(head, args, dest);
        }
        self.saturated(head, args, Dest::Value)?;
        let function = self.pop();
        self.call_value(function, rest, dest)
    }

    /// How many arguments it takes; none if that is not known.
    fn arity(&self, head: &Head) -> Result<Option<usize>, LowerError> {
        Ok(Some(match head {
            Head::Builtin(builtin) => kernel::builtins::arity(*builtin) as usize,
            Head::Definition(def) => self.facts.definition(*def).params.len(),
            Head::Constructor(ty, constructor) => self.facts.fields(*ty, *constructor)?.len(),
            Head::Operation(ability, operation) => self.facts.operation(*ability, *operation)? as usize,
            Head::Bound(Binding::Lambda { number, .. }) => self.survey.lambdas[*number as usize].params as usize,
            Head::Bound(Binding::Value(_)) | Head::Computed | Head::Open(_) => return Ok(None),
        }))
    }

    /// The code of a function, and the captures that come before its arguments, if it has any.
    fn code(&self, head: &Head) -> Option<(CodeId, Rc<[Reg]>)> {
        match head {
            Head::Definition(def) => Some((CodeId { def: *def, lambda: 0 }, Rc::default())),
            Head::Bound(Binding::Lambda { number, captures, .. }) => {
                Some((CodeId { def: self.survey.id, lambda: *number }, captures.clone()))
            }
            _ => None,
        }
    }

    fn function_value(&mut self, head: Head) -> Reg {
        let op = match head {
            Head::Builtin(builtin) => Op::Function(FunctionRef::Builtin(builtin)),
            Head::Definition(def) => Op::Closure(CodeId { def, lambda: 0 }, Vec::new()),
            Head::Constructor(ty, constructor) => Op::Function(FunctionRef::Constructor(ty, constructor)),
            Head::Operation(ability, operation) => Op::Function(FunctionRef::Operation(ability, operation)),
            Head::Bound(binding) => return self.value_of(binding),
            Head::Computed => return self.pop(),
            Head::Open(_) => unreachable!("an open reference is called, if only for its value"),
        };
        self.draft.op(Rep::V, op)
    }

    /// Calls a value with any number of arguments; with none, it is the value.
    fn call_value(&mut self, function: Reg, args: Vec<Reg>, dest: Dest) -> Result<(), LowerError> {
        if args.is_empty() {
            self.deliver(function, dest);
            return Ok(());
        }
        let function = self.draft.convert(function, Rep::V);
        self.call_unknown(Callee::Value(function), &args, dest)
    }

    /// Nothing is known of how many arguments it takes, nor of their representations.
    fn call_unknown(&mut self, callee: Callee, args: &[Reg], dest: Dest) -> Result<(), LowerError> {
        if args.len() > limits::PARAMS_MAX {
            return Err(LowerError::TooLarge("arguments"));
        }
        let args = self.draft.convert_all(args, Rep::V);
        self.call(callee, args, Rep::V, dest);
        Ok(())
    }

    /// With exactly as many arguments as it takes.
    fn saturated(&mut self, head: Head, args: Vec<Reg>, dest: Dest) -> Result<(), LowerError> {
        match head {
            Head::Builtin(builtin) if builtin.class().is_computed() => {
                let value = self.builtin(builtin, args);
                self.deliver(value, dest);
            }
            Head::Builtin(builtin) if builtin.class() == Class::Apply => {
                let unit = self.draft.op(Rep::V, Op::Construct(TypeRef::Builtin(BuiltinType::Tuple(0)), 0, Vec::new()));
                return self.call_value(args[0], vec![unit], dest);
            }
            Head::Builtin(builtin) => {
                let args = self.draft.convert_all(&args, Rep::V);
                self.call(Callee::Host(builtin), args, Rep::V, dest);
            }
            Head::Definition(def) => self.call_definition(def, args, dest),
            Head::Constructor(ty, constructor) => {
                let reps = self.facts.fields(ty, constructor)?;
                let fields = self.convert_each(&args, &reps);
                let value = self.draft.op(Rep::V, Op::Construct(ty, constructor, fields));
                self.deliver(value, dest);
            }
            Head::Operation(ability, operation) => {
                let args = self.draft.convert_all(&args, Rep::V);
                let into = self.draft.register(Rep::V);
                let resume = unnumbered(self.site);
                self.draft.step(Step::Perform { into, ability, operation, args, resume });
                self.deliver(into, dest);
            }
            Head::Bound(Binding::Lambda { number, captures, .. }) => {
                let args = self.draft.convert_all(&args, Rep::V);
                let code = CodeId { def: self.survey.id, lambda: number };
                let args = captures.iter().copied().chain(args).collect();
                self.call(Callee::Code(code), args, Rep::V, dest);
            }
            Head::Bound(Binding::Value(_)) | Head::Computed | Head::Open(_) => {
                unreachable!("a value has no known arity")
            }
        }
        Ok(())
    }

    fn call_definition(&mut self, def: DefId, args: Vec<Reg>, dest: Dest) {
        let facts = self.facts;
        let interface = facts.definition(def);
        let args = self.convert_each(&args, &interface.params);
        self.call(Callee::Code(CodeId { def, lambda: 0 }), args, interface.ret, dest);
    }

    /// A call of code in tail position takes this frame's place, if its result needs no conversion. A request to the host keeps the frame, so that there is one to resume.
    fn call(&mut self, callee: Callee, args: Vec<Reg>, ret: Rep, dest: Dest) {
        let replaces = ret == self.ret && !matches!(callee, Callee::Host(_));
        if let (Dest::Tail, true) = (dest, replaces) {
            return self.draft.end(End::TailCall { callee, args }, Vec::new());
        }
        let into = self.draft.register(ret);
        self.draft.step(Step::Call { into, callee, args, resume: unnumbered(self.site) });
        self.deliver(into, dest);
    }

    fn convert_each(&mut self, args: &[Reg], reps: &[Rep]) -> Vec<Reg> {
        args.iter().zip(reps).map(|(reg, rep)| self.draft.convert(*reg, *rep)).collect()
    }

    /// A builtin that the machine computes. Comparisons of any values are those of words, where one side is known to be a word.
    pub fn builtin(&mut self, builtin: Builtin, args: Vec<Reg>) -> Reg {
        let negated = builtin == Builtin::UniversalNotEq;
        let builtin = args.iter().find_map(|arg| on_words(builtin, self.draft.rep(*arg))).unwrap_or(builtin);
        let (params, ret) = builtin_reps(builtin);
        let args = self.convert_each(&args, &params);
        let value = self.draft.op(ret, Op::Builtin(builtin, args));
        if negated && builtin != Builtin::UniversalNotEq {
            return self.draft.op(ret, Op::Builtin(Builtin::BooleanNot, vec![value]));
        }
        value
    }
}

/// The comparison of words that a comparison of any values is (or its negation, for `!=`). Floats have none: as values they are ordered totally, as numbers they are not.
pub(crate) fn on_words(builtin: Builtin, rep: Rep) -> Option<Builtin> {
    use Builtin::*;
    Some(match (builtin, rep) {
        (UniversalEq | UniversalNotEq, Rep::W(Scalar::Nat)) => NatEq,
        (UniversalLt, Rep::W(Scalar::Nat)) => NatLt,
        (UniversalLteq, Rep::W(Scalar::Nat)) => NatLteq,
        (UniversalGt, Rep::W(Scalar::Nat)) => NatGt,
        (UniversalGteq, Rep::W(Scalar::Nat)) => NatGteq,
        (UniversalEq | UniversalNotEq, Rep::W(Scalar::Int)) => IntEq,
        (UniversalLt, Rep::W(Scalar::Int)) => IntLt,
        (UniversalLteq, Rep::W(Scalar::Int)) => IntLteq,
        (UniversalGt, Rep::W(Scalar::Int)) => IntGt,
        (UniversalGteq, Rep::W(Scalar::Int)) => IntGteq,
        _ => return None,
    })
}
