//! What would fit at a place, by type: for a hole, and for a name that means nothing.
//!
//! Looked at when the definition is inferred, so that as much as possible is known of what is wanted there; nothing is looked up for definitions
//! without holes and unknown names. A candidate may lack one or two arguments. **Invariant:** nothing here solves a variable or tells a mistake.

use crate::infer::{Checker, Hole, Want};
use crate::meant::Suggestion;
use crate::names::Target;
use crate::problem::{NameProblem, Problem, TypeProblem, Typed, names_elsewhere};
use crate::scope::Variable;
use crate::solver::Solver;
use crate::spelling::WORD_MIN;
use crate::ty::{Meta, Scheme, Ty, ability_of};
use base::{Name, Span};
use kernel::TypeRef;
use std::rc::Rc;

/// Definitions that are shown for a hole.
const FITS_MAX: usize = 8;
/// Definitions that are shown for an unknown name.
const MEANT_MAX: usize = 3;
/// Arguments that a candidate may lack.
const LACKING_MAX: usize = 2;
/// Namespaces whose functions are called like methods of what is not known.
const LIKELY_RECEIVERS: [&str; 4] = ["List", "Map", "Text", "Optional"];
/// Variables that are tried for an argument, the innermost ones.
const VARIABLES_MAX: usize = 20;
/// Deeper than every scope, so that what is rigid at a place may stand in what fits there.
const INNERMOST: u32 = u32::MAX / 2;

/// A name that means nothing, and how it is used.
pub(crate) struct Unknown {
    pub span: Span,
    /// The types of what it is applied to.
    pub args: Vec<Ty>,
    pub want: Option<Ty>,
    pub method: Option<Method>,
}

/// `x.f a b`, where `x` is a variable: as methods are called in other languages.
pub(crate) struct Method {
    /// The variable, and its type.
    receiver: (Name, Ty),
    called: Name,
    /// The arguments as they are written.
    texts: Vec<String>,
}

/// How well a candidate fits, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Arguments that no variable fits.
    unfilled: usize,
    /// It needs abilities.
    effects: bool,
    /// Its result is what its arguments are.
    generic: bool,
    outside: bool,
    lacking: usize,
}

/// A definition that may be meant.
pub(crate) struct Known {
    pub name: Name,
    pub scheme: Rc<Scheme>,
    outside: bool,
}

/// A definition that is called somewhat like a name that means nothing.
struct Near {
    distance: usize,
    known: Known,
}

impl Near {
    fn key(&self) -> (usize, bool, &Name) {
        (self.distance, self.known.outside, &self.known.name)
    }
}

impl Checker<'_> {
    /// Notes how a name that was just told to mean nothing is used.
    pub fn unknown(&mut self, name: &Name, span: Span, args: Vec<(Ty, String)>, want: Option<&Want>) {
        let (args, texts) = args.into_iter().unzip();
        let method = self.method(name, texts);
        self.unknowns.push(Unknown { span, args, want: want.map(|want| want.ty.clone()), method });
    }

    fn method(&self, name: &Name, texts: Vec<String>) -> Option<Method> {
        let (first, rest) = name.as_str().split_once('.')?;
        let variable = self.locals.find(&Name::new(first))?;
        let receiver = (variable.name.clone(), used_type(&self.solver, &variable.scheme));
        Some(Method { receiver, called: Name::new(rest), texts })
    }

    pub fn report_holes(&mut self) {
        for Hole { name, span, ty, locals } in std::mem::take(&mut self.holes) {
            let fits = self.fits_of_hole(&ty, &locals);
            let ty = self.show(&ty);
            self.problem(Problem::Type(TypeProblem::Hole { span, name, ty, fits }));
        }
    }

    /// Variables first, then definitions.
    fn fits_of_hole(&mut self, ty: &Ty, locals: &[Variable]) -> Vec<Typed> {
        let mut fits: Vec<Typed> = Vec::new();
        for variable in locals.iter().rev() {
            let is_new = fits.iter().all(|typed| typed.name != variable.name);
            let found = used_type(&self.solver, &variable.scheme);
            if is_new && fits.len() < FITS_MAX && self.solver.probe(|solver| solver.subsume(&found, ty).is_ok()) {
                fits.push(Typed { name: variable.name.clone(), ty: self.show(&found) });
            }
        }
        if matches!(self.solver.resolve(ty), Ty::Meta(_) | Ty::Error) {
            return fits;
        }
        let mut ranked: Vec<(Rank, Known)> = Vec::new();
        for suggestion in self.names.suggestions().all() {
            if let Some(known) = self.with_type(suggestion)
                && self.may_yield(&known.scheme.ty, ty)
                && let Some(rank) = self.rank(&known, ty, locals)
            {
                ranked.push((rank, known));
            }
        }
        ranked.sort_by(|(a, one), (b, other)| {
            (a, one.name.as_str().len(), &one.name).cmp(&(b, other.name.as_str().len(), &other.name))
        });
        let room = FITS_MAX - fits.len();
        fits.extend(ranked.iter().take(room).map(|(_, known)| self.typed_known(known)));
        fits
    }

    /// Whether the last result may be what is wanted in the end: a cheap look at their heads.
    fn may_yield(&self, found: &Ty, wanted: &Ty) -> bool {
        match (self.last_head(found), self.last_head(wanted)) {
            (Some(found), Some(wanted)) => found == wanted,
            _ => true,
        }
    }

    fn last_head(&self, ty: &Ty) -> Option<TypeRef> {
        match self.solver.resolve(ty) {
            Ty::Forall(_, body) => self.last_head(&body),
            Ty::Fun(fun) => self.last_head(&fun.ret),
            ty => ability_of(&ty),
        }
    }

    /// How well it fits there with as few arguments as possible; nothing if it does not.
    fn rank(&mut self, known: &Known, wanted: &Ty, locals: &[Variable]) -> Option<Rank> {
        self.solver.probe(|solver| {
            solver.level = INNERMOST;
            let mut ty = solver.instantiate(&known.scheme.ty);
            let generic = open_result(solver, &ty)?;
            let mut lacks: Vec<Ty> = Vec::new();
            let mut effects = false;
            loop {
                if solver.attempt(|solver| solver.subsume(&ty, wanted)).is_ok() {
                    let unfilled = lacks.iter().filter(|lack| !is_filled(solver, lack, locals)).count();
                    let rank = Rank { unfilled, effects, generic, outside: known.outside, lacking: lacks.len() };
                    return (unfilled == 0 || !generic).then_some(rank);
                }
                let Ty::Fun(fun) = &ty else { return None };
                if lacks.len() == LACKING_MAX {
                    return None;
                }
                effects |= !solver.resolve_row(&fun.row).heads.is_empty();
                lacks.push(fun.arg.clone());
                ty = solver.instantiate(&fun.ret);
            }
        })
    }

    /// Shows, for each name that means nothing, what may have been meant and has the type that is needed.
    pub fn report_unknowns(&mut self) {
        for unknown in std::mem::take(&mut self.unknowns) {
            let told = |problem: &Problem| matches!(problem, Problem::Name(NameProblem::UnknownTerm { span, .. }) if *span == unknown.span);
            let Some(index) = self.problems.iter().position(told) else { continue };
            let Problem::Name(NameProblem::UnknownTerm { name, .. }) = &self.problems[index] else { continue };
            let found = self.meant(&name.clone(), &unknown);
            let applied = unknown.method.as_ref().and_then(|method| self.applied_to_receiver(method, &unknown));
            if let Problem::Name(NameProblem::UnknownTerm { meant, method, .. }) = &mut self.problems[index] {
                (*meant, *method) = (found, applied);
            }
        }
    }

    /// How the function that was called like a method is applied: one of the receiver's namespace that takes the receiver and the arguments.
    fn applied_to_receiver(&mut self, method: &Method, unknown: &Unknown) -> Option<String> {
        let (variable, ty) = &method.receiver;
        let ty = self.solver.zonk(ty);
        let is_unit = |ty: &Ty| self.solver.resolve(ty) == Ty::unit();
        let (args, texts) = match (&unknown.args[..], &method.texts[..]) {
            ([unit], _) if is_unit(unit) => (Vec::new(), Vec::new()),
            (args, texts) => (args.to_vec(), texts.to_vec()),
        };
        let called = self.methods(method, ability_of(&ty));
        let found = called.iter().find_map(|name| {
            let targets = self.names.terms(name, &self.place).targets.clone();
            let texts = targets.iter().find_map(|target| self.with_receiver(target, (variable, &ty), &args, &texts))?;
            Some(format!("{name} {}", texts.join(" ")))
        });
        let texts: String = texts.iter().map(|text| format!("{text} ")).collect();
        found.or_else(|| ability_of(&ty).is_none().then(|| format!("{} {texts}{variable}", method.called)))
    }

    /// The names of functions that a method may stand for, in the namespace of the receiver's type, or if that is not known, of those that have most of them.
    fn methods(&self, method: &Method, receiver: Option<TypeRef>) -> Vec<Name> {
        let namespaces: Vec<Name> = match receiver {
            Some(ty) => vec![Name::new(self.names.type_text(ty))],
            None => LIKELY_RECEIVERS.iter().map(|name| Name::new(*name)).collect(),
        };
        let elsewhere = names_elsewhere(method.called.as_str());
        let in_namespace = |namespace: &Name| {
            let of = |name: &&&str| Name::new(**name).parent().as_ref() == Some(namespace);
            let ours: Vec<Name> = elsewhere.iter().filter(of).map(|name| Name::new(*name)).collect();
            std::iter::once(namespace.join(&method.called)).chain(ours).collect::<Vec<Name>>()
        };
        namespaces.iter().flat_map(in_namespace).collect()
    }

    /// The arguments with the receiver where the function takes it: most functions take what they are about last.
    fn with_receiver(
        &mut self,
        function: &Target,
        (variable, ty): (&Name, &Ty),
        args: &[Ty],
        texts: &[String],
    ) -> Option<Vec<String>> {
        let scheme = self.scheme(function);
        let at = (0..=args.len()).rev().find(|at| {
            let mut args = args.to_vec();
            args.insert(*at, ty.clone());
            self.is_usable(&scheme, &args, None)
        })?;
        let mut texts = texts.to_vec();
        texts.insert(at, variable.to_string());
        Some(texts)
    }

    fn meant(&mut self, name: &Name, unknown: &Unknown) -> Vec<Typed> {
        let is_open = |ty: &Ty| matches!(self.solver.resolve(ty), Ty::Meta(_) | Ty::Error);
        if unknown.want.iter().chain(&unknown.args).all(is_open) {
            return Vec::new();
        }
        let mut near: Vec<Near> = Vec::new();
        for (distance, suggestion) in self.names.suggestions().likely(name) {
            if let Some(known) = self.with_type(suggestion)
                && self.is_usable(&known.scheme, &unknown.args, unknown.want.as_ref())
            {
                near.push(Near { distance, known });
            }
        }
        near.sort_by(|a, b| a.key().cmp(&b.key()));
        keep_nearest(&mut near, name);
        near.iter().take(MEANT_MAX).map(|near| self.typed_known(&near.known)).collect()
    }

    /// Whether a definition fits what it is applied to, and what is wanted of it.
    fn is_usable(&mut self, scheme: &Scheme, args: &[Ty], want: Option<&Ty>) -> bool {
        self.solver.probe(|solver| {
            solver.level = INNERMOST;
            let mut ty = solver.instantiate(&scheme.ty);
            for arg in args {
                let Ty::Fun(fun) = ty else { return false };
                if solver.subsume(arg, &fun.arg).is_err() && !(fun.by_name && yields(solver, arg, &fun.arg)) {
                    return false;
                }
                ty = solver.instantiate(&fun.ret);
            }
            want.is_none_or(|want| solver.subsume(&ty, want).is_ok())
        })
    }

    /// What is suggested, with its type; nothing if that is not known.
    pub fn with_type(&mut self, suggestion: &Suggestion) -> Option<Known> {
        let scheme = match &suggestion.target {
            Target::Top(top) => self.tops.before(*top)?,
            target => Some(self.scheme(target)).filter(|it| !it.by_name && !matches!(it.ty, Ty::Error))?,
        };
        Some(Known { name: suggestion.name.clone(), scheme, outside: suggestion.outside })
    }

    pub fn typed_known(&self, known: &Known) -> Typed {
        Typed { name: known.name.clone(), ty: self.show_scheme(&known.scheme) }
    }
}

/// The type that a use of a variable has.
fn used_type(solver: &Solver, scheme: &Scheme) -> Ty {
    match solver.resolve(&scheme.ty) {
        Ty::Fun(fun) if scheme.by_name => fun.ret.clone(),
        ty => ty,
    }
}

/// Whether a variable fits as this argument. What that tells about the type is kept for the other arguments.
fn is_filled(solver: &mut Solver, wanted: &Ty, locals: &[Variable]) -> bool {
    locals.iter().rev().take(VARIABLES_MAX).any(|variable| {
        let ty = used_type(solver, &variable.scheme);
        solver.attempt(|solver| solver.subsume(&ty, wanted)).is_ok()
    })
}

/// Whether an argument fits a parameter that takes a computation.
fn yields(solver: &mut Solver, arg: &Ty, computation: &Ty) -> bool {
    match solver.resolve(computation) {
        Ty::Fun(delay) => solver.subsume(arg, &delay.ret).is_ok(),
        _ => false,
    }
}

/// Whether the last result of a type is a variable. Nothing if no argument decides it, as of what never returns: that fits everywhere.
fn open_result(solver: &Solver, ty: &Ty) -> Option<bool> {
    let mut decided: Vec<Meta> = Vec::new();
    let mut ty = solver.resolve(ty);
    while let Ty::Fun(fun) = &ty {
        solver.each_meta(&fun.arg, &mut |meta| decided.push(meta));
        ty = solver.resolve(&fun.ret);
    }
    match ty {
        Ty::Meta(result) => decided.contains(&result).then_some(true),
        _ => Some(false),
    }
}

/// Of definitions with the parent that was written, or spelled alike, others are not meant.
fn keep_nearest(near: &mut Vec<Near>, written: &Name) {
    let parent = written.parent();
    if parent.is_some() && near.iter().any(|near| near.known.name.parent() == parent) {
        near.retain(|near| near.known.name.parent() == parent);
    }
    if near.first().is_some_and(|first| first.distance < WORD_MIN) {
        near.retain(|near| near.distance < WORD_MIN);
    }
}
