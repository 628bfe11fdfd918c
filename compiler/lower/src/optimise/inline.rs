//! Small definitions stand where they are called.
//!
//! What is inlined follows from bytes alone: a definition of another component without lambdas and handlers, of a few steps. A value without
//! parameters, which each task computes once, is inlined only if it is a literal or a constructor. A local function is inlined if it is as small, or called at one place only.
//! What branches and is not called in tail position gives its value to a join point.
//!
//! The references of what is inlined become those of the function: what is absent among them makes it a function of what is absent.

use super::tidy::{each_block, inside, tidy};
use crate::clauses::Clauses;
use crate::draft::unnumbered;
use crate::facts::Facts;
use crate::survey::Survey;
use crate::terms::Lowering;
use crate::{Interfaces, LowerError};
use base::Hash;
use ir::{Block, Callee, CodeId, End, Function, Inlined, JoinId, Op, Reg, Step};
use kernel::{DefId, Definition, Site, Term};
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
/// Those of them that need a join point.
const JOINS_MAX: usize = 32;
/// Steps of a local function that is inlined, and of one that is called at one place.
const LOCAL_STEPS_MAX: usize = 16;
const ONLY_STEPS_MAX: usize = 160;
/// Steps of a function that stands in itself, and calls of itself in it.
const UNROLLED_STEPS_MAX: usize = 32;
const UNROLLED_CALLS_MAX: usize = 2;
/// Steps of one that stands in itself twice over.
const TINY_STEPS_MAX: usize = 16;
/// Blocks inside each other in a local function that is inlined.
const LOCAL_DEPTH_MAX: usize = 24;
/// Functions that are nested deeper stay as they are.
const NESTING_MAX: usize = ir::limits::NESTING_MAX / 2;

/// Functions with more registers stay as they are.
const REGISTERS_MAX: usize = ir::limits::REGISTERS_MAX / 2;

const _: () = assert!(
    NESTING_MAX + ROUNDS * (LOCAL_DEPTH_MAX + JOINS_MAX) < ir::limits::NESTING_MAX,
    "inlining stays within the limit"
);

/// Definitions that may stand where they are called.
#[derive(Default)]
pub(crate) struct Small {
    functions: Bodies,
    /// What of them stands where.
    pub inlined: Vec<Inlined>,
    seen: BTreeSet<DefId>,
}

/// What may stand where it is called.
type Bodies = BTreeMap<CodeId, Function>;

impl Small {
    /// Looks at what a definition refers to, and at what that refers to; what has to be known for it is added to the facts.
    pub fn gather(survey: &Survey, facts: &mut Facts, interfaces: &dyn Interfaces) -> Result<Small, LowerError> {
        let mut small = Small::default();
        small.look(survey, facts, interfaces)?;
        Ok(small)
    }

    /// As `gather`, for a further definition.
    pub fn look(&mut self, survey: &Survey, facts: &mut Facts, interfaces: &dyn Interfaces) -> Result<(), LowerError> {
        let small = self;
        let mut missing = BTreeSet::new();
        let mut todo = Vec::from_iter(survey.terms.iter().copied());
        while let Some(def) = todo.pop() {
            if small.seen.len() >= LOOKED_AT_MAX || !small.seen.insert(def) {
                continue;
            }
            let Some(members) = interfaces.members(&def.component) else { continue };
            match look_at(def, members, interfaces) {
                Ok(Some((function, known, refers_to))) => {
                    facts.absorb(known);
                    small.functions.insert(CodeId { def, lambda: 0 }, function);
                    todo.extend(refers_to);
                }
                Ok(None) => {}
                Err(hashes) => missing.extend(hashes),
            }
        }
        if missing.is_empty() { Ok(()) } else { Err(LowerError::Missing(missing.into_iter().collect())) }
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
    ends_itself(&function.body)
}

fn ends_itself(body: &Block) -> bool {
    matches!(body.end, End::Return(_) | End::TailCall { .. })
}

/// How deep blocks are nested.
pub(super) fn depth(body: &Block) -> usize {
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
pub(super) fn inline(functions: &mut [Function], small: &mut Small) {
    if !small.functions.is_empty() {
        let Small { functions: bodies, inlined, .. } = small;
        functions.iter_mut().for_each(|function| inline_into(function, bodies, inlined, ROUNDS));
    }
}

/// Inlines local functions that are small or called at one place.
pub(super) fn inline_local(functions: &mut [Function]) {
    for _ in 0..ROUNDS {
        let bodies = local_bodies(functions);
        if bodies.is_empty() {
            return;
        }
        functions.iter_mut().for_each(|function| inline_into(function, &bodies, &mut Vec::new(), 1));
    }
}

fn inline_into(function: &mut Function, bodies: &Bodies, inlined: &mut Vec<Inlined>, rounds: usize) {
    if depth(&function.body) > NESTING_MAX || function.registers.len() > REGISTERS_MAX {
        return;
    }
    for _ in 0..rounds {
        let (calls, joins) = (0, count_joins(function));
        let names = BTreeMap::new();
        let function_before = function.clone();
        let mut inlining = Inlining { bodies, inlined, function: function_before, names, calls, joins, new_joins: 0 };
        let Some(changed) = inlining.run().then_some(inlining.function).and_then(tidy) else { break };
        *function = changed;
    }
}

fn count_joins(function: &mut Function) -> u32 {
    let mut joins = 0;
    each_block(&mut function.body, &mut |block| {
        joins += block.steps.iter().filter(|step| matches!(step, Step::Join { .. })).count() as u32;
    });
    joins
}

/// A small function that calls itself, not only in tail position, stands in place of these calls once, and a tiny one once more in those that are left: so there are fewer of them, by more than half each time.
pub(super) fn unroll(functions: &mut [Function]) {
    for function in functions {
        let (mut steps, mut calls, mut fits) = (0, 0, !function.is_clause && function.clauses.is_empty());
        let id = function.id;
        each_block(&mut function.body, &mut |block| {
            steps += block.steps.len() + 1;
            calls += block.steps.iter().filter_map(called).filter(|callee| **callee == Callee::Code(id)).count();
            fits &= block.steps.iter().all(is_simple);
        });
        if fits && (1..=UNROLLED_CALLS_MAX).contains(&calls) && steps <= UNROLLED_STEPS_MAX {
            let bodies = Bodies::from([(id, function.clone())]);
            let times = if steps <= TINY_STEPS_MAX { 2 } else { 1 };
            (0..times).for_each(|_| inline_into(function, &bodies, &mut Vec::new(), 1));
        }
    }
}

/// It needs nothing of the function that it stands in.
fn is_simple(step: &Step) -> bool {
    matches!(step, Step::Let(..) | Step::Call { .. } | Step::Perform { .. } | Step::Join { .. })
}

/// What is called how often, by the functions of a definition.
fn local_bodies(functions: &mut [Function]) -> Bodies {
    let mut calls: BTreeMap<CodeId, usize> = BTreeMap::new();
    let mut plain = BTreeMap::new();
    for function in functions.iter_mut() {
        let (id, mut steps, mut fits) = (function.id, 0, !function.is_clause && function.clauses.is_empty());
        each_block(&mut function.body, &mut |block| {
            let ended = if let End::TailCall { callee, .. } = &block.end { Some(callee) } else { None };
            for callee in block.steps.iter().filter_map(called).chain(ended) {
                if let Callee::Code(code) = callee {
                    *calls.entry(*code).or_default() += 1;
                    fits &= *code != id;
                }
            }
            steps += block.steps.len() + 1;
            fits &= block.steps.iter().all(is_simple);
        });
        if fits && id.lambda > 0 && depth(&function.body) <= LOCAL_DEPTH_MAX {
            plain.insert(id, steps);
        }
    }
    let fits = |function: &&Function| match (plain.get(&function.id), calls.get(&function.id)) {
        (Some(steps), Some(1)) => *steps <= ONLY_STEPS_MAX,
        (Some(steps), Some(_)) => *steps <= LOCAL_STEPS_MAX,
        _ => false,
    };
    functions.iter().filter(fits).map(|function| (function.id, function.clone())).collect()
}

fn called(step: &Step) -> Option<&Callee> {
    if let Step::Call { callee, .. } = step { Some(callee) } else { None }
}

struct Inlining<'a> {
    bodies: &'a Bodies,
    inlined: &'a mut Vec<Inlined>,
    function: Function,
    /// Results of inlined calls, and what they are.
    names: BTreeMap<Reg, Reg>,
    calls: usize,
    /// Join points that the function has.
    joins: u32,
    /// Of them, those that this has made.
    new_joins: usize,
}

impl Inlining<'_> {
    /// Whether something was inlined.
    fn run(&mut self) -> bool {
        let mut body = std::mem::replace(&mut self.function.body, crate::draft::empty());
        self.block(&mut body);
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

    /// What is inlined is not looked at again, since the blocks inside come first.
    fn block(&mut self, block: &mut Block) {
        inside(block, &mut |block| self.block(block));
        self.steps(block);
    }

    fn steps(&mut self, block: &mut Block) {
        let mut rest = std::mem::take(&mut block.steps).into_iter();
        while let Some(step) = rest.next() {
            let Step::Call { into, callee, args, resume } = &step else {
                block.steps.push(step);
                continue;
            };
            let site = resume.site;
            let Some(body) = self.body(callee) else {
                block.steps.push(step);
                continue;
            };
            if is_one_block(body) {
                let inlined = self.copy(callee, args, site);
                self.continue_with(*into, inlined, site, &mut block.steps);
            } else if self.new_joins < JOINS_MAX {
                let inlined = self.copy(callee, args, site);
                let end = std::mem::replace(&mut block.end, crate::draft::empty().end);
                let mut after = Block { steps: rest.collect(), end };
                self.steps(&mut after);
                return self.arrive(*into, inlined, site, after, block);
            } else {
                block.steps.push(step);
            }
        }
        if let End::TailCall { callee, args } = &block.end
            && *callee != Callee::Code(self.function.id)
            && self.body(callee).is_some()
        {
            let mut inlined = self.copy(callee, args, Site::NONE);
            block.steps.append(&mut inlined.steps);
            block.end = inlined.end;
        }
    }

    /// The calls of a block are those of this definition, which is called there.
    fn note(&mut self, block: &mut Block, definition: DefId, within: Site) {
        for resume in block.steps.iter_mut().filter_map(Step::resume_mut) {
            let site = Inlined::site(self.inlined.len());
            self.inlined.push(Inlined { within, definition, site: resume.site });
            resume.site = site;
        }
    }

    /// What stands for a call, if there is still room.
    fn body(&self, callee: &Callee) -> Option<&Function> {
        match callee {
            Callee::Code(code) if self.calls < CALLS_MAX => self.bodies.get(code),
            _ => None,
        }
    }

    fn continue_with(&mut self, into: Reg, mut inlined: Block, site: Site, steps: &mut Vec<Step>) {
        steps.append(&mut inlined.steps);
        match inlined.end {
            End::Return(result) => drop(self.names.insert(into, result)),
            End::TailCall { callee, args } => {
                steps.push(Step::Call { into, callee, args, resume: unnumbered(site) });
            }
            _ => unreachable!("it is one block"),
        }
    }

    /// The block goes on with what was inlined, and that with what comes after it.
    fn arrive(&mut self, into: Reg, mut inlined: Block, site: Site, after: Block, block: &mut Block) {
        let id = JoinId(self.joins);
        self.joins += 1;
        self.new_joins += 1;
        let registers = &mut self.function.registers;
        let rep = registers[into.0 as usize];
        each_block(&mut inlined, &mut |block| match &block.end {
            End::Return(result) => block.end = End::Jump(id, vec![*result]),
            End::TailCall { callee, args } => {
                let result = Reg(registers.len() as u32);
                registers.push(rep);
                let (callee, args) = (*callee, args.clone());
                block.steps.push(Step::Call { into: result, callee, args, resume: unnumbered(site) });
                block.end = End::Jump(id, vec![result]);
            }
            _ => {}
        });
        block.steps.push(Step::Join { id, params: vec![into], block: after });
        block.steps.append(&mut inlined.steps);
        block.end = inlined.end;
    }

    /// The body of a function with registers and join points of ours.
    fn copy(&mut self, callee: &Callee, args: &[Reg], site: Site) -> Block {
        self.calls += 1;
        let Callee::Code(code) = callee else { unreachable!("it has a body") };
        let inlined = &self.bodies[code];
        let mut names: Vec<Reg> = args.to_vec();
        for rep in &inlined.registers[inlined.params.len()..] {
            names.push(Reg(self.function.registers.len() as u32));
            self.function.registers.push(*rep);
        }
        let mut body = inlined.body.clone();
        let foreign = code.def != self.function.id.def;
        let joins = self.joins;
        each_block(&mut body, &mut |block| {
            rename(block, &names, joins);
            if foreign {
                self.note(block, code.def, site);
            }
            self.joins += block.steps.iter().filter(|step| matches!(step, Step::Join { .. })).count() as u32;
        });
        body
    }
}

/// Gives all registers of a block other names, and its join points numbers from this one on.
pub(super) fn rename(block: &mut Block, names: &[Reg], joins: u32) {
    let name = |reg: &mut Reg| *reg = names[reg.0 as usize];
    for step in &mut block.steps {
        step.for_each_use_mut(name);
        match step {
            Step::Let(into, _)
            | Step::Call { into, .. }
            | Step::Perform { into, .. }
            | Step::Handle { into, .. }
            | Step::Reinstate { into, .. } => name(into),
            Step::Detach { into } => into.iter_mut().for_each(name),
            Step::Join { id, params, .. } => {
                id.0 += joins;
                params.iter_mut().for_each(name);
            }
        }
    }
    block.end.for_each_use_mut(name);
    match &mut block.end {
        End::Switch { cases, .. } => {
            cases.iter_mut().flat_map(|case| case.fields.iter_mut().flatten()).for_each(name);
        }
        End::Jump(id, _) => id.0 += joins,
        _ => {}
    }
}
