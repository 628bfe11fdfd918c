//! Steps and ends of blocks.

use super::ops::no_cycles;
use super::{Target, Verifier, VerifyError, refuse, require};
use crate::{Callee, End, JoinId, Reg, Rep, ResumeId, Scalar, Step, SwitchCase, limits};
use std::collections::BTreeSet;

impl<'a> Verifier<'a> {
    pub(super) fn step(&mut self, step: &'a Step) -> Result<(), VerifyError> {
        let rep = match step {
            Step::Let(_, op) => self.op(op)?,
            Step::Call { callee, args, .. } => self.call(*callee, args)?,
            Step::Perform { ability, operation, args, .. } => {
                let arity = self.operation(*ability, *operation)?;
                self.read_all("an operation", args, &vec![Rep::V; arity])?;
                Rep::V
            }
            Step::Handle { abilities, function, args, handler, .. } => {
                no_cycles(abilities)?;
                require((1..=limits::HANDLE_ARGS_MAX).contains(&args.len()), || {
                    format!("{} arguments under a prompt", args.len())
                })?;
                self.read_tagged(&[*function, *handler])?;
                self.read_tagged(args)?;
                Rep::V
            }
            Step::Detach { into } => {
                self.attached("a clause is detached")?;
                self.scope().attached = false;
                let Some(into) = into else { return Ok(()) };
                self.assign(*into)?;
                return self.is(*into, Rep::V);
            }
            Step::Reinstate { into, abilities, value, handler, .. } => {
                no_cycles(abilities)?;
                self.attached("frames are reinstated")?;
                self.read_as(*value, Rep::V)?;
                handler.map_or(Ok(()), |handler| self.read_as(handler, Rep::V))?;
                self.ending = Some(*into);
                Rep::V
            }
            Step::Join { id, .. } => return self.join(*id),
        };
        if let Some(resume) = step.resume() {
            self.resume(resume)?;
        }
        let into = step.into().expect("of what is left, everything assigns something");
        self.assign(into)?;
        self.is(into, rep)
    }

    /// The function is a clause, and attached here.
    fn attached(&mut self, what: &str) -> Result<(), VerifyError> {
        require(self.scope().attached, || format!("{what} where none is attached"))
    }

    fn detached(&mut self, what: &str) -> Result<(), VerifyError> {
        require(!self.scope().attached, || format!("{what} where a clause is attached"))
    }

    fn resume(&mut self, resume: ResumeId) -> Result<(), VerifyError> {
        require(resume.number == self.resume_points, || format!("resume point {} is out of order", resume.number))?;
        self.resume_points += 1;
        require(self.resume_points as usize <= self.function.resume_points.len(), || {
            format!("resume point {} does not exist", resume.number)
        })
    }

    fn join(&mut self, id: JoinId) -> Result<(), VerifyError> {
        require(id.0 == self.seen_joins, || format!("{id} is out of order"))?;
        self.seen_joins += 1;
        Ok(())
    }

    /// Checks the arguments of a call; the representation of its result.
    fn call(&self, callee: Callee, args: &[Reg]) -> Result<Rep, VerifyError> {
        match callee {
            Callee::Code(code) => {
                let Some((params, ret)) = self.interfaces.code(code) else {
                    return refuse(format!("{code} has no interface"));
                };
                require(!self.interfaces.is_clause(code), || format!("a call of the clause {code}"))?;
                self.read_all(code, args, &params).map(|()| ret)
            }
            Callee::Host(builtin) => {
                require(builtin.class().is_requested(), || format!("{} is no request", builtin.name()))?;
                let arity = kernel::builtins::arity(builtin) as usize;
                self.read_all(builtin.name(), args, &vec![Rep::V; arity]).map(|()| Rep::V)
            }
            Callee::Value(function) => {
                require(!args.is_empty(), || "a value is called without arguments".into())?;
                require(args.len() <= limits::PARAMS_MAX, || "a value is called with too many arguments".into())?;
                self.read_tagged(&[function])?;
                self.read_tagged(args).map(|()| Rep::V)
            }
            Callee::Open(_) => {
                require(args.len() <= limits::PARAMS_MAX, || "an open call has too many arguments".into())?;
                self.read_tagged(args).map(|()| Rep::V)
            }
        }
    }

    pub(super) fn end(&mut self, end: &'a End) -> Result<(), VerifyError> {
        if let Some(into) = self.ending.take() {
            let returned = *end == End::Return(into);
            return require(returned, || "what goes on elsewhere is not the result".into());
        }
        match end {
            End::Return(reg) => {
                self.detached("a return")?;
                self.read_as(*reg, self.function.ret)
            }
            End::TailCall { callee, args } => {
                self.detached("a tail call")?;
                let ret = self.call(*callee, args)?;
                let own = self.function.ret;
                require(ret == own, || format!("a tail call returns {ret}, not {own}"))
            }
            End::Jump(id, args) => self.jump(*id, args),
            End::If(on, ..) => self.read_as(*on, Rep::W(Scalar::Boolean)),
            End::Switch { on, cases, .. } => {
                self.read_as(*on, Rep::V)?;
                self.distinct(cases)
            }
            End::SwitchWord { on, cases, .. } => {
                let rep = self.read(*on)?;
                let discrete = rep.is_raw() && rep != Rep::W(Scalar::Float);
                require(discrete, || format!("a switch on the word {on}, which is {rep}"))?;
                let words: BTreeSet<u64> = cases.iter().map(|(word, _)| *word).collect();
                require(words.len() == cases.len(), || "a switch has a word twice".into())
            }
            End::Fault(_) => Ok(()),
        }
    }

    fn jump(&mut self, id: JoinId, args: &[Reg]) -> Result<(), VerifyError> {
        let here = self.scope().attached;
        let Some(Target { params, attached }) = self.joins.get(&id) else {
            return refuse(format!("{id} is not in scope"));
        };
        require(here == *attached, || format!("{id} is reached both attached and detached"))?;
        let reps: Vec<Rep> = params.iter().map(|Reg(i)| self.function.registers[*i as usize]).collect();
        self.read_all(id, args, &reps)
    }

    fn distinct(&self, cases: &[SwitchCase]) -> Result<(), VerifyError> {
        let tags: BTreeSet<_> = cases.iter().map(|case| case.tag).collect();
        require(tags.len() == cases.len(), || "a switch has a constructor twice".into())
    }
}
