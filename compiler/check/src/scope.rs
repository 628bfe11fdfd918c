//! Variables in scope while a definition is checked, and what a name at its use turns out to be.

use crate::elab::{Elab, Local};
use crate::hash_reference::is_hash;
use crate::infer::Checker;
use crate::names::{Constructor, Meant, Target};
use crate::problem::{NameProblem, Problem};
use crate::signature::is_variable;
use crate::ty::{Row, Scheme, Ty};
use base::{Name, Span};
use builtin::{Builtin, Hidden};
use kernel::TermRef;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A local variable.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub name: Name,
    pub span: Span,
    pub local: Local,
    pub scheme: Scheme,
}

/// The variables in scope, innermost last.
#[derive(Default)]
pub(crate) struct Locals {
    all: Vec<Variable>,
    /// Where each name stands in there.
    by_name: BTreeMap<Name, Vec<usize>>,
}

impl Locals {
    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Variable> {
        self.all.iter()
    }

    /// Those from this one on.
    pub fn since(&self, first: usize) -> &[Variable] {
        &self.all[first..]
    }

    /// The innermost one of this name.
    pub fn find(&self, name: &Name) -> Option<&Variable> {
        self.by_name.get(name)?.last().map(|at| &self.all[*at])
    }

    fn push(&mut self, variable: Variable) {
        self.by_name.entry(variable.name.clone()).or_default().push(self.all.len());
        self.all.push(variable);
    }

    /// Only the outermost ones stay.
    pub fn truncate(&mut self, len: usize) {
        for variable in self.all.drain(len..) {
            if let Some(places) = self.by_name.get_mut(&variable.name) {
                places.pop();
            }
        }
    }
}

/// How far a definition of the files is.
#[derive(Clone, Debug)]
pub(crate) enum TopState {
    /// Not reached yet; nothing refers to it then.
    Waiting,
    Done {
        reference: TermRef,
        scheme: Rc<Scheme>,
    },
    /// It has a mistake; its signature, if it has one, is used all the same.
    Failed(Option<Rc<Scheme>>),
}

/// One use of a name, its type instantiated.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub elab: Elab,
    pub ty: Ty,
    /// Its whole type is a computation: `ty` is the delay, and the use forces it.
    pub by_name: bool,
}

/// What a name means at a use.
pub(crate) enum Meaning {
    One(Instance),
    Overloaded(Rc<Meant>),
    /// `_name`
    Hole,
    /// Nothing; that was told.
    Nothing,
}

impl Checker<'_> {
    pub fn fresh_local(&mut self) -> Local {
        self.next_local += 1;
        Local(self.next_local - 1)
    }

    /// Brings a variable into scope.
    pub fn bind(&mut self, name: &Name, span: Span, scheme: Scheme) -> Local {
        let local = self.fresh_local();
        self.bind_as(name, span, local, scheme);
        local
    }

    pub fn bind_as(&mut self, name: &Name, span: Span, local: Local, scheme: Scheme) {
        self.locals.push(Variable { name: name.clone(), span, local, scheme });
    }

    pub fn meaning(&mut self, name: &Name, span: Span) -> Meaning {
        if let Some(variable) = self.locals.find(name) {
            let (local, scheme) = (variable.local, variable.scheme.clone());
            let ty = self.solver.instantiate(&scheme.ty);
            self.note_resumption(name, local, span);
            return Meaning::One(Instance { elab: Elab::Local(local), ty, by_name: scheme.by_name });
        }
        if name.as_str().starts_with('_') {
            return Meaning::Hole;
        }
        let meant = self.names.terms(name, &self.place);
        let targets = &meant.targets;
        if is_hash(name) && targets.len() != 1 {
            let candidates = targets.iter().map(|target| self.names.target_name(target)).collect();
            self.problem(Problem::Name(NameProblem::of_hash(span, name, "term", candidates)));
            return Meaning::Nothing;
        }
        match &targets[..] {
            [] if self.is_unread(name) || self.may_be_unbound && is_variable(name) => Meaning::Nothing,
            [] => {
                let locals = self.locals.iter().map(|variable| variable.name.clone());
                let similar = self.names.similar_terms(name, locals);
                let variable = self.variable_before_dot(name);
                let is_type = !self.names.types(name, &self.place).is_empty();
                let (name, meant) = (name.clone(), Vec::new());
                let method = None;
                let problem =
                    NameProblem::UnknownTerm { span, name, similar, meant, variable, method, is_type, function: None };
                self.problem(Problem::Name(problem));
                Meaning::Nothing
            }
            // That it is defined twice has been told.
            [Target::Top(first), rest @ ..] if !rest.is_empty() && self.are_duplicates(*first, rest) => {
                Meaning::Nothing
            }
            [target] => Meaning::One(self.instance(target, span)),
            // What could not be read may have said which one, as `use` does.
            _ if self.is_unread(name) => Meaning::Nothing,
            _ => Meaning::Overloaded(meant),
        }
    }

    /// Whether all of these are definitions of the files with the name of the first one.
    fn are_duplicates(&self, first: usize, others: &[Target]) -> bool {
        let name = self.names.top_name(first);
        others.iter().all(|other| matches!(other, Target::Top(other) if self.names.top_name(*other) == name))
    }

    /// `x`, if the name is `x.y` and `x` a variable.
    pub fn variable_before_dot(&self, name: &Name) -> Option<Name> {
        let (first, _) = name.as_str().split_once('.')?;
        self.locals.find(&Name::new(first)).map(|variable| variable.name.clone())
    }

    /// The type of a target, before instantiation. `Error` if it is not known.
    pub fn scheme(&mut self, target: &Target) -> Rc<Scheme> {
        let scheme = match target {
            Target::Top(top) => self.top_scheme(*top),
            Target::Term { reference, .. } => self.known_scheme(*reference),
            Target::Constructor(constructor) => self.constructor_scheme(constructor),
        };
        scheme.unwrap_or_else(|| Rc::new(Scheme { ty: Ty::Error, by_name: false }))
    }

    fn top_scheme(&mut self, top: usize) -> Option<Rc<Scheme>> {
        if let Some(scheme) = self.checking.get(&top) {
            return Some(scheme.clone());
        }
        match self.tops.state(top) {
            TopState::Done { scheme, .. } => Some(scheme),
            TopState::Failed(scheme) => {
                self.depends_on_failure = true;
                self.untyped |= scheme.is_none();
                scheme
            }
            TopState::Waiting => {
                self.depends_on_failure = true;
                self.untyped = true;
                None
            }
        }
    }

    fn known_scheme(&mut self, reference: TermRef) -> Option<Rc<Scheme>> {
        if let Some(scheme) = self.schemes.get(&reference) {
            return Some(scheme.clone());
        }
        let signature = self.names.env.signature(reference)?;
        let scheme = Rc::new(Scheme { ty: Ty::from_kernel(&signature.ty), by_name: signature.by_name });
        self.schemes.insert(reference, scheme.clone());
        Some(scheme)
    }

    fn constructor_scheme(&mut self, constructor: &Constructor) -> Option<Rc<Scheme>> {
        if self.names.is_broken(constructor.ty) {
            return None;
        }
        let declaration = self.names.declaration(constructor.ty)?;
        let member = declaration.constructors.get(constructor.index as usize)?;
        let ty = Ty::from_kernel(&member.ty);
        let ty = if declaration.params == 0 { ty } else { Ty::Forall(declaration.params, Rc::new(ty)) };
        Some(Rc::new(Scheme { ty, by_name: member.by_name }))
    }

    /// A use of a target, its type instantiated.
    pub fn instance(&mut self, target: &Target, span: Span) -> Instance {
        let scheme = self.scheme(target);
        let ty = self.solver.instantiate(&scheme.ty);
        let elab = match target {
            Target::Top(top) => Elab::Top(*top),
            Target::Term { reference, .. } => self.reference(*reference, &ty, span),
            Target::Constructor(constructor) if constructor.operation => {
                Elab::Operation(constructor.ty, constructor.index)
            }
            Target::Constructor(constructor) => Elab::Constructor(constructor.ty, constructor.index),
        };
        Instance { elab, ty, by_name: scheme.by_name }
    }

    /// A definition or builtin, with its hidden argument if it has one.
    fn reference(&mut self, reference: TermRef, ty: &Ty, span: Span) -> Elab {
        let TermRef::Builtin(builtin) = reference else { return Elab::Ref(reference) };
        let hidden = match builtin.hidden_argument() {
            Some(Hidden::Row) => Elab::Row(self.hidden_row(builtin, ty, span)),
            Some(Hidden::Element) => Elab::Element(element(ty)),
            None => return Elab::Ref(reference),
        };
        Elab::call(span, Elab::Ref(reference), vec![hidden])
    }

    fn hidden_row(&mut self, builtin: Builtin, ty: &Ty, span: Span) -> Row {
        let row = computation_row(ty);
        if builtin == Builtin::RemoteSpawn {
            self.spawned.push((row.clone(), span));
        }
        row
    }

    /// The use of a name as a value: a computation is run.
    pub fn forced(&mut self, instance: Instance, span: Span) -> (Elab, Ty) {
        if !instance.by_name {
            return (instance.elab, instance.ty);
        }
        let Ty::Fun(fun) = self.solver.resolve(&instance.ty) else { return (Elab::Error, Ty::Error) };
        self.want(&fun.row, span);
        let elab = match instance.elab {
            operation @ Elab::Operation(..) => Elab::call(span, operation, Vec::new()),
            other => other.force(span),
        };
        (elab, fun.ret.clone())
    }

    /// The computation itself.
    pub fn unforced(&mut self, instance: Instance) -> (Elab, Ty) {
        match instance.elab {
            operation @ Elab::Operation(..) => {
                let unit = self.fresh_local();
                (Elab::Lambda(vec![unit], Box::new(Elab::app(operation, Vec::new()))), instance.ty)
            }
            other => (other, instance.ty),
        }
    }
}

/// The argument of what a computation yields.
fn element(ty: &Ty) -> Ty {
    match ty {
        Ty::Fun(fun) => element(&fun.ret),
        Ty::App(_, element) => (**element).clone(),
        _ => Ty::Error,
    }
}

/// The row of the first parameter that is a computation.
fn computation_row(ty: &Ty) -> Row {
    let mut ty = ty;
    while let Ty::Fun(fun) = ty {
        match &fun.arg {
            Ty::Fun(computation) if fun.by_name => return computation.row.clone(),
            _ => ty = &fun.ret,
        }
    }
    Row::empty()
}
