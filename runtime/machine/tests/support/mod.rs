//! Programs as text for the tests of the machine: an S-expression is a kernel term, lowered and verified as any other.
//!
//! `(def NAME (PARAM TYPES) RESULT TYPE term)`, `(type NAME (CONSTRUCTOR TYPES..)..)`, `(ability NAME (OPERATION ARITY)..)`. Types that are not scalars are written `a`.
//! Terms: literals, names, `(f x..)`, `(lam (x..) t)`, `(let ((x t)..) t)`, `(letrec ((f lam)..) t)`, `(if t t t)`, `(list t..)`, `(tuple t..)`, `(do Ability.op t..)`,
//! `(handle (Ability..) delay handler)`, `(match t (pattern t)..)`.
//! Patterns: `_`, a name, a literal, `(Constructor p..)`, `(list p..)`, `(cons p p)`, `(pure p)`, `(request Ability.op p.. p)`.

// Each test file uses a part of it.
#![allow(dead_code, reason = "shared by several test crates")]

mod sexpr;
/// What machines the tests run on: each crate that shares them says so.
pub mod tier {
    include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tier.rs"));
}

use base::Hash;
use builtin::{Builtin, BuiltinType};
use ir::CodeId;
use kernel::*;
use lower::{Interface, Interfaces};
use machine::{
    Answer, Datum, Dispatch, HostRequest, Limits, Machine, Missing, Outcome, Portable, Step, Task, portable,
};
use sexpr::Sexpr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A program, and a machine that gets its code when it asks for it.
#[derive(Clone)]
pub struct World {
    pub machine: Arc<Machine>,
    definitions: BTreeMap<DefId, Definition>,
    declarations: BTreeMap<DefId, Arc<Declaration>>,
    members: BTreeMap<String, (TypeRef, u32)>,
    types: BTreeMap<String, TypeRef>,
    /// What is absent while other definitions are lowered.
    hidden: BTreeSet<DefId>,
    /// Small definitions stand where they are called.
    inlines: bool,
    /// The definition that is being read: it names itself by its place in its component.
    defining: String,
}

pub fn id_of(name: &str) -> DefId {
    let mut hash = [0; 32];
    name.bytes().take(32).enumerate().for_each(|(i, byte)| hash[i] = byte);
    DefId { component: Hash(hash), index: 0 }
}

impl Interfaces for World {
    fn definition(&self, id: DefId) -> Option<Interface> {
        let definition = self.definitions.get(&id).filter(|_| !self.hidden.contains(&id))?;
        Interface::of_component(std::slice::from_ref(definition)).pop()
    }

    fn members(&self, component: &Hash) -> Option<&[Definition]> {
        let id = DefId { component: *component, index: 0 };
        self.definitions.get(&id).filter(|_| self.inlines && !self.hidden.contains(&id)).map(std::slice::from_ref)
    }

    fn is_open(&self, component: &Hash) -> bool {
        self.hidden.iter().any(|id| id.component == *component)
    }

    fn declaration(&self, id: DefId) -> Option<Arc<Declaration>> {
        self.declarations.get(&id).cloned()
    }
}

impl World {
    pub fn new(source: &str) -> World {
        World::dispatching(source, Dispatch::Threaded)
    }

    pub fn dispatching(source: &str, dispatch: Dispatch) -> World {
        let mut world = World {
            machine: Arc::new(tier::machine(dispatch)),
            definitions: BTreeMap::new(),
            declarations: BTreeMap::new(),
            members: BTreeMap::new(),
            types: BTreeMap::new(),
            hidden: BTreeSet::new(),
            inlines: true,
            defining: String::new(),
        };
        let items = sexpr::read(source);
        items.iter().for_each(|item| world.declare(item.list()));
        items.iter().for_each(|item| world.define(item.list()));
        world
    }

    /// The same program on a machine that has no code yet.
    pub fn fresh(&self) -> World {
        World { machine: Arc::new(tier::machine(Dispatch::Threaded)), ..self.clone() }
    }

    /// The same program, of which nothing is inlined.
    pub fn without_inlining(self) -> World {
        World { inlines: false, ..self }
    }

    /// Definitions that others do not find when they are lowered. Their code comes when it is called.
    pub fn hide(mut self, names: &[&str]) -> World {
        self.hidden.extend(names.iter().map(|name| id_of(name)));
        self
    }

    fn declare(&mut self, item: &[Sexpr]) {
        let kind = match item[0].atom() {
            "type" => DeclarationKind::Type,
            "ability" => DeclarationKind::Ability,
            _ => return,
        };
        let name = item[1].atom();
        let ty = TypeRef::Def(id_of(name));
        let whole = Type::Ref(ty);
        let constructors = item[2..].iter().enumerate().map(|(index, member)| {
            let member = member.list();
            self.members.insert(format!("{name}.{}", member[0].atom()), (ty, index as u32));
            let fields: Vec<Type> = match kind {
                DeclarationKind::Type => member[1..].iter().map(|field| field_type(field.atom())).collect(),
                DeclarationKind::Ability => vec![Type::unit(); member[1].atom().parse().expect("an arity")],
            };
            let arity = fields.len() as u32;
            let ty = fields.into_iter().rev().fold(whole.clone(), |ret, field| Type::fun(field, Row::empty(), ret));
            Constructor { name: member[0].atom().into(), ty, by_name: false, arity }
        });
        let constructors = constructors.collect();
        let declaration = Declaration { kind, identity: Identity::Structural, params: 0, constructors };
        self.types.insert(name.to_string(), ty);
        self.declarations.insert(id_of(name), Arc::new(declaration));
    }

    fn define(&mut self, item: &[Sexpr]) {
        let [head, name, params, ret, body] = item else { return };
        if head.atom() != "def" {
            return;
        }
        let params = params.list().iter().map(|param| field_type(param.atom()));
        let ty = params.rev().fold(field_type(ret.atom()), |ret, param| Type::fun(param, Row::empty(), ret));
        self.defining = name.atom().to_string();
        let body = self.term(body, &mut Vec::new());
        let definition = Definition { signature: Signature { ty, by_name: false }, body };
        self.definitions.insert(id_of(name.atom()), definition);
    }

    fn term(&self, term: &Sexpr, scope: &mut Vec<String>) -> Term {
        match term {
            Sexpr::Text(text) => Term::Literal(Literal::Text(text.as_str().into())),
            Sexpr::Atom(atom) => literal(atom).map(Term::Literal).unwrap_or_else(|| self.name(atom, scope)),
            Sexpr::List(items) => self.form(items, scope),
        }
    }

    fn name(&self, name: &str, scope: &[String]) -> Term {
        if let Some(index) = scope.iter().rev().position(|local| local == name) {
            return Term::Local(index as u32);
        }
        if let Some(builtin) = Builtin::from_name(name) {
            return Term::Ref(TermRef::Builtin(builtin));
        }
        if let Some((ty, index)) = self.constructor(name) {
            return Term::Constructor(ty, index);
        }
        let own = name == self.defining;
        Term::Ref(if own { TermRef::Cycle(0) } else { TermRef::Def(id_of(name)) })
    }

    fn constructor(&self, name: &str) -> Option<(TypeRef, u32)> {
        if name == "unit" {
            return Some((TypeRef::Builtin(BuiltinType::Tuple(0)), 0));
        }
        if let Some((ty, index)) = self.members.get(name) {
            return Some((*ty, *index));
        }
        let (ty, constructor) = name.split_once('.')?;
        let ty = BuiltinType::from_name(ty)?;
        let declared = kernel::builtins::declaration(ty)?;
        let index = declared.constructors.iter().position(|c| &*c.name == constructor)?;
        Some((TypeRef::Builtin(ty), index as u32))
    }

    fn ability(&self, name: &str) -> TypeRef {
        let builtin = || TypeRef::Builtin(BuiltinType::from_name(name).expect("an ability"));
        self.types.get(name).copied().unwrap_or_else(builtin)
    }

    fn terms(&self, terms: &[Sexpr], scope: &mut Vec<String>) -> Vec<Term> {
        terms.iter().map(|term| self.term(term, scope)).collect()
    }

    fn form(&self, items: &[Sexpr], scope: &mut Vec<String>) -> Term {
        let depth = scope.len();
        let boxed = |term| Box::new(term);
        let term = match (items[0].maybe_atom(), &items[1..]) {
            (Some("lam"), [params, body]) => {
                scope.extend(params.list().iter().map(|param| param.atom().to_string()));
                Term::Lambda(params.list().len() as u32, boxed(self.term(body, scope)))
            }
            (Some("let"), [bindings, body]) => {
                let bound = bindings.list().iter().map(|binding| {
                    let value = self.term(&binding.list()[1], scope);
                    scope.push(binding.list()[0].atom().to_string());
                    value
                });
                let bound = bound.collect();
                Term::Let(bound, boxed(self.term(body, scope)))
            }
            (Some("letrec"), [bindings, body]) => {
                scope.extend(bindings.list().iter().map(|binding| binding.list()[0].atom().to_string()));
                let bound = bindings.list().iter().map(|binding| self.term(&binding.list()[1], scope)).collect();
                Term::LetRec(bound, boxed(self.term(body, scope)))
            }
            (Some("if"), [condition, yes, no]) => {
                Term::If(boxed(self.term(condition, scope)), boxed(self.term(yes, scope)), boxed(self.term(no, scope)))
            }
            (Some("list"), elements) => Term::List(self.terms(elements, scope)),
            (Some("tuple"), elements) => {
                let ty = TypeRef::Builtin(BuiltinType::Tuple(elements.len() as u8));
                Term::App(boxed(Term::Constructor(ty, 0)), self.terms(elements, scope))
            }
            (Some("do"), [operation, args @ ..]) => {
                let (ability, index) = self.constructor(operation.atom()).expect("an operation");
                Term::App(boxed(Term::Operation(ability, index)), self.terms(args, scope))
            }
            (Some("operation"), [operation]) => {
                let (ability, index) = self.constructor(operation.atom()).expect("an operation");
                Term::Operation(ability, index)
            }
            (Some("handle"), [abilities, body, handler]) => Term::Handle {
                abilities: abilities.list().iter().map(|ability| self.ability(ability.atom())).collect(),
                body: boxed(self.term(body, scope)),
                handler: boxed(self.term(handler, scope)),
            },
            (Some("row"), abilities) => {
                Term::Row(abilities.iter().map(|ability| self.ability(ability.atom())).collect())
            }
            (Some("match"), [on, cases @ ..]) => {
                let on = boxed(self.term(on, scope));
                Term::Match(on, cases.iter().map(|case| self.case(case.list(), scope)).collect())
            }
            _ => Term::App(boxed(self.term(&items[0], scope)), self.terms(&items[1..], scope)),
        };
        scope.truncate(depth);
        term
    }

    fn case(&self, case: &[Sexpr], scope: &mut Vec<String>) -> Case {
        let depth = scope.len();
        let pattern = self.pattern(&case[0], scope);
        let guard = (case.len() == 3).then(|| self.term(&case[1], scope));
        let body = self.term(&case[case.len() - 1], scope);
        scope.truncate(depth);
        Case { pattern, guard, body }
    }

    fn pattern(&self, pattern: &Sexpr, scope: &mut Vec<String>) -> Pattern {
        let items = match pattern {
            Sexpr::Text(text) => return Pattern::Literal(Literal::Text(text.as_str().into())),
            Sexpr::Atom(atom) if atom == "_" => return Pattern::Any,
            Sexpr::Atom(atom) => {
                return literal(atom).map(Pattern::Literal).unwrap_or_else(|| {
                    scope.push(atom.clone());
                    Pattern::Var
                });
            }
            Sexpr::List(items) => items,
        };
        if items[0].atom() == "request" {
            let (ability, operation) = self.constructor(items[1].atom()).expect("an operation");
            let mut args: Vec<Pattern> = items[2..].iter().map(|item| self.pattern(item, scope)).collect();
            let resume = Box::new(args.pop().expect("a continuation"));
            return Pattern::Request { ability, operation, args, resume };
        }
        let mut parts: Vec<Pattern> = items[1..].iter().map(|item| self.pattern(item, scope)).collect();
        match items[0].atom() {
            "list" => Pattern::List(parts),
            "cons" => Pattern::Cons(Box::new(parts.remove(0)), Box::new(parts.remove(0))),
            "pure" => Pattern::Pure(Box::new(parts.remove(0))),
            "tuple" => Pattern::Constructor(TypeRef::Builtin(BuiltinType::Tuple(parts.len() as u8)), 0, parts),
            name => {
                let (ty, index) = self.constructor(name).expect("a constructor");
                Pattern::Constructor(ty, index, parts)
            }
        }
    }

    /// Defines what a task misses.
    pub fn supply(&self, missing: &[Missing]) {
        for missing in missing {
            match missing {
                Missing::Code(code) => self.supply_code(*code),
                Missing::Type(ty) => self.supply_type(*ty),
            }
        }
    }

    /// Whether the program defines it.
    pub fn has(&self, missing: &Missing) -> bool {
        match missing {
            Missing::Code(code) => self.definitions.contains_key(&code.def) && !self.machine.is_defined(*code),
            Missing::Type(TypeRef::Def(id)) => self.declarations.contains_key(id),
            Missing::Type(_) => false,
        }
    }

    fn supply_type(&self, ty: TypeRef) {
        let TypeRef::Def(id) = ty else { panic!("{ty:?} is always defined") };
        self.machine.define_type(ty, &self.declarations[&id]);
    }

    fn supply_code(&self, code: CodeId) {
        let definition = self.definitions.get(&code.def).unwrap_or_else(|| panic!("{code:?} is not in the program"));
        for id in self.declarations.keys() {
            self.supply_type(TypeRef::Def(*id));
        }
        for function in lower::lower_verified(code.def, std::slice::from_ref(definition), self).expect("lowers") {
            self.machine.define(function).expect("defines");
        }
    }

    /// A task that will evaluate a definition; if that is a lambda, called with `()`.
    pub fn task(&self, name: &str, limits: Limits) -> Task {
        let mut task = Task::new(self.machine.clone(), limits);
        let code = CodeId { def: id_of(name), lambda: 0 };
        match self.definitions[&id_of(name)].body {
            Term::Lambda(..) => task.start_thunk(code),
            _ => task.start_code(code),
        }
        task
    }

    /// Runs a task to its end, in slices.
    pub fn drive(&self, task: &mut Task, slice: u64, mut host: impl FnMut(HostRequest) -> Answer) -> Outcome {
        loop {
            match task.run(slice) {
                Step::Paused => {}
                Step::Missing(missing) => self.supply(&missing),
                Step::Request(request) => {
                    task.hibernate();
                    task.resume(host(request));
                }
                Step::Left(_) | Step::Await(_) => panic!("nobody told it to leave, nor gave it a future"),
                Step::Done(outcome) => return outcome,
            }
        }
    }

    /// Runs a task of a cluster of which every node is new: what is `at` a node, what transfers to one, and what goes on there with an answer has a machine of its own. In slices, and with a
    /// collection at every safepoint if `stress`.
    pub fn drive_cluster(&self, slice: u64, stress: bool, own_row: &[TypeRef], start: &dyn Fn(&mut Task)) -> Outcome {
        let begin = |start: &dyn Fn(&mut Task)| {
            let world = self.fresh();
            let mut task = Task::new(world.machine.clone(), Limits::default());
            task.accept_requests(own_row);
            if stress {
                task.stress();
            }
            start(&mut task);
            (world, task)
        };
        let (mut world, mut task) = begin(start);
        loop {
            let request = match task.run(slice) {
                Step::Paused => continue,
                Step::Missing(missing) => {
                    world.supply(&missing);
                    continue;
                }
                Step::Left(rest) => {
                    (world, task) = begin(&|task| task.start_portable(&rest));
                    continue;
                }
                Step::Done(outcome) => return outcome,
                Step::Await(_) => panic!("nobody gave it a future"),
                Step::Request(request) => request,
            };
            let opaque = |i: usize| match &request.args[i] {
                Datum::Opaque(value) => value.clone(),
                other => panic!("{other:?}"),
            };
            task.hibernate();
            if request.builtin == Builtin::RemoteTransfer {
                task.leave();
                continue;
            }
            let Datum::Row(row) = &request.args[0] else { panic!("{request:?}") };
            let elsewhere = |start: &dyn Fn(&mut Task)| self.drive_cluster(slice, stress, row, start);
            let outcome = match request.builtin {
                Builtin::RemoteAt => elsewhere(&|task| task.start_portable(&opaque(2))),
                Builtin::RemoteResume => elsewhere(&|task| task.start_apply(&opaque(2))),
                other => panic!("{other:?}"),
            };
            match outcome {
                Outcome::Returned(value) => task.resume(Answer::Portable(value)),
                Outcome::Raised(failure) => task.resume(Answer::RaisePortable(failure)),
                Outcome::Requested { request: request_there, rest } => {
                    let (row, node) = (row.clone(), request.args[1].clone());
                    let request = match rest {
                        Some(rest) => portable::rejoined(&request_there, &rest).expect("a machine made it"),
                        None => request_there,
                    };
                    task.resume(Answer::Perform(Box::new(machine::Perform { request, row, node, rest: None })));
                }
                failed => return failed,
            }
        }
    }

    /// The outcome of `main` as text.
    pub fn show(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Returned(value) => self.text(value),
            Outcome::Raised(value) => format!("raised {}", self.text(value)),
            Outcome::Requested { request: value, .. } => format!("requested {}", self.text(value)),
            Outcome::Unhandled { operation, .. } => format!("unhandled operation {operation}"),
            Outcome::Fault(what) => format!("fault: {what}"),
            Outcome::OutOf(budget) => format!("out of {budget:?}"),
        }
    }

    pub fn text(&self, value: &Portable) -> String {
        portable::to_text(value, &*self.machine, u64::MAX, 10_000).expect("our own values decode")
    }
}

/// Evaluates `main`, as it is, in slices of one, with a collection at every safepoint, and with the other way to dispatch: all must agree, and use the same fuel.
pub fn run(source: &str) -> String {
    let host = |request: HostRequest| panic!("{request:?} was not expected");
    run_with(source, &host)
}

pub fn run_with(source: &str, host: &dyn Fn(HostRequest) -> Answer) -> String {
    let evaluate = |dispatch, slice, stress| {
        let world = World::dispatching(source, dispatch);
        let mut task = world.task("main", Limits::default());
        if stress {
            task.stress();
        }
        let outcome = world.drive(&mut task, slice, host);
        (world.show(&outcome), task.fuel_used())
    };
    let plain = evaluate(Dispatch::Threaded, u64::MAX, false);
    assert_eq!(plain, evaluate(Dispatch::Threaded, 1, false), "in slices of one");
    assert_eq!(plain, evaluate(Dispatch::Threaded, u64::MAX, true), "with a collection at every safepoint");
    assert_eq!(plain, evaluate(Dispatch::Looped, u64::MAX, false), "looked up in a loop");
    assert_eq!(plain, evaluate(Dispatch::Looped, 1, true), "looked up in a loop, in slices of one, with collections");
    let world = World::new(source).without_inlining();
    let outcome = world.drive(&mut world.task("main", Limits::default()), u64::MAX, host);
    assert_eq!(plain.0, world.show(&outcome), "with nothing inlined");
    plain.0
}

fn field_type(name: &str) -> Type {
    match name {
        "Nat" => Type::builtin(BuiltinType::Nat),
        "Int" => Type::builtin(BuiltinType::Int),
        "Float" => Type::builtin(BuiltinType::Float),
        "Char" => Type::builtin(BuiltinType::Char),
        "Boolean" => Type::builtin(BuiltinType::Boolean),
        _ => Type::unit(),
    }
}

fn literal(atom: &str) -> Option<Literal> {
    Some(match atom {
        "true" => Literal::Boolean(true),
        "false" => Literal::Boolean(false),
        _ if atom.starts_with('?') => Literal::Char(atom[1..].chars().next()?),
        _ if atom.starts_with("0xs") => {
            let digits = &atom[3..];
            let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
            Literal::Bytes((0..digits.len()).step_by(2).map(byte).collect::<Option<Vec<u8>>>()?.into())
        }
        _ if atom.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '-') => {
            if let Ok(n) = atom.parse::<u64>()
                && !atom.starts_with('+')
            {
                return Some(Literal::Nat(n));
            }
            if let Ok(n) = atom.parse::<i64>() {
                return Some(Literal::Int(n));
            }
            Literal::Float(atom.parse::<f64>().ok()?.to_bits())
        }
        _ => return None,
    })
}
