//! Small definitions stand where they are called.
//!
//! What is inlined follows from bytes alone: a definition of another component without lambdas and handlers, of a few steps. In tail position it may branch; elsewhere it is one block. A value without
//! parameters, which each task computes once, is inlined only if it is a literal or a constructor.
//!
//! The references of what is inlined become those of the function: what is absent among them makes it a function of what is absent.

use super::tidy::{each_block, tidy};
use crate::clauses::Clauses;
use crate::facts::Facts;
use crate::survey::Survey;
use crate::terms::Lowering;
use crate::{Interfaces, LowerError};
use base::Hash;
use ir::{Block, Callee, End, Function, Op, Reg, Step};
use kernel::{DefId, Definition, Term};
use std::collections::{BTreeMap, BTreeSet};

/// Terms of a definition that is looked at.
const TERMS_MAX: usize = 48;
/// Steps of one that is inlined.
const STEPS_MAX: usize = 12;
/// Blocks inside each other.
const DEPTH_MAX: usize = 4;
/// Definitions that are looked at for one that is lowered.
const LOOKED_AT_MAX: usize = 512;
/// Times that the calls in what was inlined are looked at.
const ROUNDS: usize = 3;
/// Calls that are inlined into one function in a round.
const CALLS_MAX: usize = 256;
/// Functions that are nested deeper stay as they are.
const NESTING_MAX: usize = ir::limits::NESTING_MAX / 2;

/// Functions with more registers stay as they are.
const REGISTERS_MAX: usize = ir::limits::REGISTERS_MAX / 2;

const _: () = assert!(NESTING_MAX + ROUNDS * DEPTH_MAX < ir::limits::NESTING_MAX, "inlining stays within the limit");

/// Definitions that may stand where they are called.
#[derive(Default)]
pub(crate) struct Small {
    functions: BTreeMap<DefId, Function>,
}

impl Small {
    /// Looks at what a definition refers to, and at what that refers to; what has to be known for it is added to the facts.
    pub fn gather(survey: &Survey, facts: &mut Facts, interfaces: &dyn Interfaces) -> Result<Small, LowerError> {
        let mut small = Small::default();
        let mut missing = BTreeSet::new();
        let (mut seen, mut todo) = (BTreeSet::new(), Vec::from_iter(survey.terms.iter().copied()));
        while let Some(def) = todo.pop() {
            if !seen.insert(def) || seen.len() > LOOKED_AT_MAX {
                continue;
            }
            let Some(members) = interfaces.members(&def.component) else { continue };
            match look_at(def, members, interfaces) {
                Ok(Some((function, known, refers_to))) => {
                    facts.absorb(known);
                    small.functions.insert(def, function);
                    todo.extend(refers_to);
                }
                Ok(None) => {}
                Err(hashes) => missing.extend(hashes),
            }
        }
        if missing.is_empty() { Ok(small) } else { Err(LowerError::Missing(missing.into_iter().collect())) }
    }

    fn of(&self, callee: &Callee) -> Option<&Function> {
        match callee {
            Callee::Code(code) if code.lambda == 0 => self.functions.get(&code.def),
            _ => None,
        }
    }
}

/// A definition that may be inlined: its function, what has to be known for it, and what it refers to. What is missing for that, if something is.
type Looked = Result<Option<(Function, Facts, Vec<DefId>)>, Vec<Hash>>;

fn look_at(def: DefId, members: &[Definition], interfaces: &dyn Interfaces) -> Looked {
    // The interfaces of a cycle are found together, and it may be large.
    let ([definition], 0) = (members, def.index) else { return Ok(None) };
    if !is_small(&definition.body) {
        return Ok(None);
    }
    let Ok(survey) = Survey::of(def, members.len(), &definition.body) else { return Ok(None) };
    let facts = match Facts::gather(def, members, &survey, interfaces) {
        Ok(facts) => facts,
        Err(LowerError::Missing(hashes)) if hashes.iter().any(|hash| interfaces.is_open(hash)) => return Ok(None),
        Err(LowerError::Missing(hashes)) => return Err(hashes),
        Err(_) => return Ok(None),
    };
    let lowered = Lowering::function(&survey, &facts, &Clauses::default(), 0);
    let function = lowered.ok().filter(|function| fits(function, def));
    Ok(function.map(|function| (function, facts, survey.terms.into_iter().collect())))
}

/// Few terms, none of which makes code of its own.
fn is_small(body: &Term) -> bool {
    let body = if let Term::Lambda(_, inner) = body { inner } else { body };
    let (mut count, mut todo) = (0, vec![body]);
    while let Some(term) = todo.pop() {
        count += 1;
        if count > TERMS_MAX || matches!(term, Term::Lambda(..) | Term::LetRec(..) | Term::Handle { .. }) {
            return false;
        }
        todo.extend(term.parts().into_iter().map(|(_, part)| part));
    }
    true
}

fn fits(function: &Function, def: DefId) -> bool {
    let (mut steps, mut plain) = (0, true);
    let constant = |op: &Op| match op {
        Op::Literal(_) | Op::Box(_) => true,
        Op::Construct(_, _, fields) => fields.is_empty(),
        _ => false,
    };
    let value = function.params.is_empty();
    let mut body = function.body.clone();
    each_block(&mut body, &mut |block| {
        steps += block.steps.len();
        plain &= block.steps.iter().all(|step| match step {
            Step::Let(_, op) => !value || constant(op),
            Step::Call { callee, .. } => !value && !within(callee, def),
            Step::Perform { .. } => !value,
            _ => false,
        });
        plain &= match &block.end {
            End::TailCall { callee, .. } => !value && !within(callee, def),
            _ => true,
        };
    });
    plain && steps <= STEPS_MAX && depth(&function.body) <= DEPTH_MAX && (!value || is_one_block(function))
}

/// It calls its own component.
fn within(callee: &Callee, def: DefId) -> bool {
    matches!(callee, Callee::Code(code) if code.def.component == def.component)
}

fn is_one_block(function: &Function) -> bool {
    matches!(function.body.end, End::Return(_) | End::TailCall { .. })
}

/// How deep blocks are nested.
fn depth(body: &Block) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let walked: Result<(), std::convert::Infallible> = ir::walk::walk(body, |event| {
        match event {
            ir::walk::Event::Enter(_) => depth += 1,
            ir::walk::Event::Leave(..) => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
        Ok(())
    });
    walked.map_or_else(|never| match never {}, |()| deepest)
}

/// Inlines what is small, and then what that calls.
pub(super) fn inline(functions: &mut [Function], small: &Small) {
    if small.functions.is_empty() {
        return;
    }
    for function in functions {
        if depth(&function.body) > NESTING_MAX || function.registers.len() > REGISTERS_MAX {
            continue;
        }
        for _ in 0..ROUNDS {
            let mut inlining = Inlining { small, function: function.clone(), names: BTreeMap::new(), calls: 0 };
            let Some(changed) = inlining.run().then_some(inlining.function).and_then(tidy) else { break };
            *function = changed;
        }
    }
}

struct Inlining<'a> {
    small: &'a Small,
    function: Function,
    /// Results of inlined calls, and what they are.
    names: BTreeMap<Reg, Reg>,
    calls: usize,
}

impl Inlining<'_> {
    /// Whether something was inlined.
    fn run(&mut self) -> bool {
        let mut body = std::mem::replace(&mut self.function.body, crate::draft::empty());
        each_block(&mut body, &mut |block| self.block(block));
        each_block(&mut body, &mut |block| {
            block.steps.iter_mut().for_each(|step| step.for_each_use_mut(|reg| *reg = self.name(*reg)));
            block.end.for_each_use_mut(|reg| *reg = self.name(*reg));
        });
        self.function.body = body;
        self.calls > 0
    }

    fn name(&self, reg: Reg) -> Reg {
        let mut reg = reg;
        while let Some(name) = self.names.get(&reg) {
            reg = *name;
        }
        reg
    }

    fn block(&mut self, block: &mut Block) {
        for step in std::mem::take(&mut block.steps) {
            match step {
                Step::Call { into, callee, args, .. } if self.takes(&callee, is_one_block) => {
                    self.call(into, &callee, &args, &mut block.steps);
                }
                step => block.steps.push(step),
            }
        }
        if let End::TailCall { callee, args } = &block.end
            && self.takes(callee, |_| true)
        {
            let mut inlined = self.copy(callee, args);
            block.steps.append(&mut inlined.steps);
            block.end = inlined.end;
        }
    }

    fn takes(&self, callee: &Callee, fits: impl Fn(&Function) -> bool) -> bool {
        self.calls < CALLS_MAX && self.small.of(callee).is_some_and(fits)
    }

    fn call(&mut self, into: Reg, callee: &Callee, args: &[Reg], steps: &mut Vec<Step>) {
        let mut inlined = self.copy(callee, args);
        steps.append(&mut inlined.steps);
        match inlined.end {
            End::Return(result) => drop(self.names.insert(into, result)),
            End::TailCall { callee, args } => {
                steps.push(Step::Call { into, callee, args, resume: crate::draft::RESUME });
            }
            _ => unreachable!("it is one block"),
        }
    }

    /// The body of a function with registers of ours.
    fn copy(&mut self, callee: &Callee, args: &[Reg]) -> Block {
        self.calls += 1;
        let inlined = self.small.of(callee).expect("it is small");
        let mut names: Vec<Reg> = args.to_vec();
        for rep in &inlined.registers[inlined.params.len()..] {
            names.push(Reg(self.function.registers.len() as u32));
            self.function.registers.push(*rep);
        }
        let mut body = inlined.body.clone();
        each_block(&mut body, &mut |block| rename(block, &names));
        body
    }
}

/// Gives all registers of a block other names.
fn rename(block: &mut Block, names: &[Reg]) {
    let name = |reg: &mut Reg| *reg = names[reg.0 as usize];
    for step in &mut block.steps {
        step.for_each_use_mut(name);
        match step {
            Step::Let(into, _) | Step::Call { into, .. } | Step::Perform { into, .. } => name(into),
            _ => unreachable!("nothing else is inlined"),
        }
    }
    block.end.for_each_use_mut(name);
    if let End::Switch { cases, .. } = &mut block.end {
        cases.iter_mut().flat_map(|case| case.fields.iter_mut().flatten()).for_each(name);
    }
}
