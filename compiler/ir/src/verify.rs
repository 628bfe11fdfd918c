//! The verifier: everything that the machine relies on, checked on every function before it runs.
//!
//! One pass over the function in the order in which it stands ([`crate::walk`]), without recursion:
//!
//! - *Assignment.* A register is assigned at one place, and read only where that place dominates: a block sees what was assigned before it in the blocks around it.
//! - *Representations.* Each operand has the representation that its reader wants; facts about callees and fields come only from [`Interfaces`].
//! - *Joins.* A jump goes to a join point in scope, never to one around it, so a function has no loop.
//! - *Resume points.* Numbered as they stand; then liveness is computed anew and compared.
//!
//! **Invariant:** an accepted function never reads a register that was not assigned on the way, and never takes raw bits for a tagged word or the reverse.

mod ops;
mod steps;

use crate::walk::{Event, Role, walk};
use crate::{Clause, CodeId, Function, JoinId, Reg, Rep, ResumePoint, SwitchCase, Tag, limits, liveness};
use builtin::Builtin;
use kernel::TypeRef;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

/// A function that the verifier has accepted. The machine takes nothing else.
#[derive(Clone, Debug)]
pub struct Verified(Arc<Function>);

impl Verified {
    pub fn function(&self) -> &Function {
        &self.0
    }

    pub fn into_arc(self) -> Arc<Function> {
        self.0
    }
}

/// Why a function was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// What is wrong, for a developer: a function made by `lower` never is.
    pub what: String,
}

impl Display for VerifyError {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for VerifyError {}

/// What the verifier relies on, from hashed signatures and declarations.
pub trait Interfaces {
    /// Parameter reps (captures first) and result rep of the code of a definition; `None` if it is unknown.
    fn code(&self, id: CodeId) -> Option<(Vec<Rep>, Rep)>;

    /// Whether it is a clause, which is called by the machine only.
    fn is_clause(&self, _id: CodeId) -> bool {
        false
    }

    /// How many of its parameters are captures. Only the lambdas inside a definition have any.
    fn captures(&self, id: CodeId) -> Option<u32> {
        (id.lambda == 0).then_some(0)
    }

    /// Reps of the fields of a constructor of a type that programs may build (not of an ability).
    fn fields(&self, ty: TypeRef, constructor: u32) -> Option<Vec<Rep>>;

    /// How many arguments an operation takes.
    fn operation(&self, ability: TypeRef, operation: u32) -> Option<u32>;
}

/// Reps of a builtin's parameters, and of its result. Those that the machine does not compute take and return `V`.
pub fn builtin_reps(builtin: Builtin) -> (Vec<Rep>, Rep) {
    let arity = kernel::builtins::arity(builtin) as usize;
    if !builtin.class().is_computed() {
        return (vec![Rep::V; arity], Rep::V);
    }
    let mut params = Vec::new();
    let mut ty = kernel::builtins::signature(builtin).ty.without_foralls();
    while let kernel::Type::Fun { arg, ret, .. } = ty {
        params.push(Rep::of(arg));
        ty = ret.without_foralls();
    }
    (params, Rep::of(ty))
}

/// Checks everything that the machine relies on.
pub fn verify(function: Function, interfaces: &dyn Interfaces) -> Result<Verified, VerifyError> {
    header(&function, interfaces)?;
    let mut verifier = Verifier {
        function: &function,
        interfaces,
        assigned: vec![false; function.registers.len()],
        visible: vec![false; function.registers.len()],
        joins: BTreeMap::new(),
        seen_joins: 0,
        scopes: Vec::new(),
        resume_points: 0,
        ending: None,
    };
    walk(&function.body, |event| verifier.event(event))?;
    verifier.resume_points()?;
    Ok(Verified(Arc::new(function)))
}

fn refuse<T>(what: impl Into<String>) -> Result<T, VerifyError> {
    Err(VerifyError { what: what.into() })
}

fn require(holds: bool, what: impl FnOnce() -> String) -> Result<(), VerifyError> {
    if holds { Ok(()) } else { refuse(what()) }
}

/// What callers see of the function is what its interface says.
fn header(function: &Function, interfaces: &dyn Interfaces) -> Result<(), VerifyError> {
    let id = function.id;
    let Some((params, ret)) = interfaces.code(id) else { return refuse(format!("{id} has no interface")) };
    let captures = interfaces.captures(id);
    require(function.params == params, || format!("the parameters of {id} are not those of its interface"))?;
    require(function.ret == ret, || format!("the result of {id} is not that of its interface"))?;
    require(captures == Some(function.captures), || format!("the captures of {id} are not those of its interface"))?;
    let (captures, params, registers) = (function.captures as usize, function.params.len(), function.registers.len());
    require(captures <= params, || format!("{id} captures more than it takes"))?;
    require(id.lambda != 0 || captures == 0, || format!("the definition {id} captures"))?;
    require(id.lambda == 0 || params > captures || function.is_clause, || {
        format!("the lambda {id} takes no parameters")
    })?;
    let all_tagged = function.params.iter().all(|rep| *rep == Rep::V) && function.ret == Rep::V;
    require(!function.is_clause || all_tagged, || format!("the clause {id} takes or returns raw words"))?;
    require(registers <= limits::REGISTERS_MAX, || format!("{id} has too many registers"))?;
    require(captures <= limits::CAPTURES_MAX, || format!("{id} captures too much"))?;
    require(params - captures <= limits::PARAMS_MAX, || format!("{id} has too many parameters"))?;
    require(function.registers.starts_with(&function.params), || format!("{id} does not hold its parameters first"))?;
    require(function.is_clause == interfaces.is_clause(id), || format!("{id} is a clause, or is not"))?;
    require(!function.is_clause || id.lambda != 0, || format!("the definition {id} is a clause"))?;
    function.clauses.iter().try_for_each(|clause| handles(function, clause, interfaces))
}

/// The clause takes what the machine passes to it.
fn handles(function: &Function, clause: &Clause, interfaces: &dyn Interfaces) -> Result<(), VerifyError> {
    let Clause { ability, operation, code } = *clause;
    let twice = function.clauses.iter().filter(|other| (other.ability, other.operation) == (ability, operation));
    require(twice.count() == 1, || format!("{} has two clauses for an operation", function.id))?;
    let arity = interfaces.operation(ability, operation);
    let Some(arity) = arity else { return refuse(format!("operation {operation} of {ability:?} is unknown")) };
    let held = function.params.len().checked_sub(1);
    let Some(held) = held else { return refuse(format!("{} handles, and takes nothing", function.id)) };
    require(interfaces.is_clause(code) && code.def == function.id.def, || format!("{code} is no clause of it"))?;
    let expected = (vec![Rep::V; held + arity as usize], Rep::V);
    require(interfaces.code(code) == Some(expected), || format!("the clause {code} takes something else"))
}

struct Verifier<'a> {
    function: &'a Function,
    interfaces: &'a dyn Interfaces,
    /// Registers assigned anywhere so far.
    assigned: Vec<bool>,
    /// Registers assigned on the way from the entry to here.
    visible: Vec<bool>,
    /// Join points in scope, with their parameters.
    joins: BTreeMap<JoinId, Target<'a>>,
    /// How many join points there were so far; they are numbered as they stand.
    seen_joins: u32,
    /// Of each block around here, what leaves scope with it.
    scopes: Vec<Scope>,
    /// How many resume points there were so far.
    resume_points: u32,
    /// After a `Reinstate`, what the block has to return next.
    ending: Option<Reg>,
}

/// Where jumps go.
struct Target<'a> {
    params: &'a [Reg],
    attached: bool,
}

#[derive(Default)]
struct Scope {
    registers: Vec<Reg>,
    joins: Vec<JoinId>,
    /// The function is attached here.
    attached: bool,
}

impl<'a> Verifier<'a> {
    fn event(&mut self, event: Event<'a>) -> Result<(), VerifyError> {
        match event {
            Event::Enter(role) => self.enter(role),
            Event::Step(step) => {
                require(self.ending.is_none(), || "something follows what goes on elsewhere".into())?;
                self.step(step)
            }
            Event::End(end) => self.end(end),
            Event::Leave(role, _) => self.leave(role),
        }
    }

    fn enter(&mut self, role: Role<'a>) -> Result<(), VerifyError> {
        let attached = self.scopes.last().map_or(self.function.is_clause, |around| around.attached);
        self.scopes.push(Scope { attached, ..Scope::default() });
        require(self.scopes.len() <= limits::NESTING_MAX, || "blocks are nested too deeply".into())?;
        match role {
            Role::Body => (0..self.function.params.len()).try_for_each(|i| self.assign(Reg(i as u32))),
            Role::Join(_, params) => params.iter().try_for_each(|param| self.assign(*param)),
            Role::Branch => Ok(()),
            Role::Case(case) => self.case(case),
        }
    }

    fn leave(&mut self, role: Role<'a>) -> Result<(), VerifyError> {
        let scope = self.scopes.pop().expect("a block that is left was entered");
        scope.registers.iter().for_each(|reg| self.visible[reg.0 as usize] = false);
        for id in &scope.joins {
            self.joins.remove(id);
        }
        if let Role::Join(id, params) = role {
            let attached = self.scope().attached;
            self.joins.insert(id, Target { params, attached });
            self.scope().joins.push(id);
        }
        Ok(())
    }

    fn case(&mut self, case: &SwitchCase) -> Result<(), VerifyError> {
        let reps = self.tag_fields(case.tag)?;
        require(case.fields.len() == reps.len(), || format!("a case {} has a wrong number of fields", case.tag))?;
        for (field, rep) in case.fields.iter().zip(reps) {
            if let Some(reg) = field {
                self.assign(*reg)?;
                self.is(*reg, rep)?;
            }
        }
        Ok(())
    }

    fn tag_fields(&self, tag: Tag) -> Result<Vec<Rep>, VerifyError> {
        match tag {
            Tag::Constructor(ty, constructor) => self.fields(ty, constructor),
            Tag::Request(ability, operation) => Ok(vec![Rep::V; self.operation(ability, operation)? + 1]),
            Tag::Pure => Ok(vec![Rep::V]),
        }
    }

    fn fields(&self, ty: TypeRef, constructor: u32) -> Result<Vec<Rep>, VerifyError> {
        let fields = self.interfaces.fields(ty, constructor);
        fields.map_or_else(|| refuse(format!("constructor {constructor} of {ty:?} is unknown")), Ok)
    }

    fn operation(&self, ability: TypeRef, operation: u32) -> Result<usize, VerifyError> {
        let arity = self.interfaces.operation(ability, operation);
        arity.map_or_else(|| refuse(format!("operation {operation} of {ability:?} is unknown")), |n| Ok(n as usize))
    }

    fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("the body is entered first and left last")
    }

    /// The register is assigned here, and nowhere else.
    fn assign(&mut self, reg: Reg) -> Result<(), VerifyError> {
        let Some(assigned) = self.assigned.get_mut(reg.0 as usize) else {
            return refuse(format!("{reg} does not exist"));
        };
        require(!*assigned, || format!("{reg} is assigned twice"))?;
        *assigned = true;
        self.visible[reg.0 as usize] = true;
        self.scope().registers.push(reg);
        Ok(())
    }

    /// The register was assigned on every way to here; its representation.
    fn read(&self, reg: Reg) -> Result<Rep, VerifyError> {
        match self.visible.get(reg.0 as usize) {
            Some(true) => Ok(self.function.registers[reg.0 as usize]),
            Some(false) => refuse(format!("{reg} is read where it is not assigned")),
            None => refuse(format!("{reg} does not exist")),
        }
    }

    /// The register, which exists, has this representation.
    fn is(&self, reg: Reg, rep: Rep) -> Result<(), VerifyError> {
        let actual = self.function.registers[reg.0 as usize];
        require(actual == rep, || format!("{reg} is {actual}, not {rep}"))
    }

    fn read_as(&self, reg: Reg, rep: Rep) -> Result<(), VerifyError> {
        self.read(reg)?;
        self.is(reg, rep)
    }

    fn read_all(&self, what: impl Display, args: &[Reg], reps: &[Rep]) -> Result<(), VerifyError> {
        require(args.len() == reps.len(), || format!("{what} has {} arguments, not {}", args.len(), reps.len()))?;
        args.iter().zip(reps).try_for_each(|(reg, rep)| self.read_as(*reg, *rep))
    }

    fn read_tagged(&self, args: &[Reg]) -> Result<(), VerifyError> {
        args.iter().try_for_each(|reg| self.read_as(*reg, Rep::V))
    }

    /// After the walk: what frames hold is what is used later, no more and no less.
    fn resume_points(&self) -> Result<(), VerifyError> {
        let declared = &self.function.resume_points;
        require(declared.len() == self.resume_points as usize, || "a resume point is not used".into())?;
        let Ok(live) = liveness::resume_points(self.function) else { return refuse("frames hold too much") };
        let differs = |(declared, live): &(&ResumePoint, &ResumePoint)| declared != live;
        match declared.iter().zip(&live).position(|pair| differs(&pair)) {
            Some(i) => refuse(format!("resume point {i} holds something else than what is used after it")),
            None => require(self.assigned.iter().all(|assigned| *assigned), || "a register is never assigned".into()),
        }
    }
}
