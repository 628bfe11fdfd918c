//! How a value of one type becomes one of another: advice where two types that are known do not fit.
//!
//! **Invariant:** nothing here solves a variable or tells a mistake; what is offered fits.

use crate::infer::Checker;
use crate::overload::Candidate;
use crate::problem::{Misfit, Remedy, Typed};
use crate::suggest::Known;
use crate::ty::{Ty, ability_of};
use base::Span;
use builtin::BuiltinType;
use kernel::{Constructor, TypeRef};

/// Characters of source that a hint repeats.
const TEXT_MAX: usize = 40;

/// Candidates of an overloaded name of which arguments are compared.
const CANDIDATES_MAX: usize = 16;

impl Checker<'_> {
    /// How what is one type becomes another; nothing if either type is not known. At `span` stands what has the type that was found.
    pub fn remedy(&mut self, found: &Ty, wanted: &Ty, span: Option<Span>) -> Option<(Certainty, Remedy)> {
        let (found, wanted) = (self.solver.resolve(found), self.solver.resolve(wanted));
        if is_data(&wanted) && self.is_delay_of(&found, &wanted) {
            return Some((Certainty::Written, Remedy::Run));
        }
        let is_rigid = matches!(wanted, Ty::Skolem(_));
        if !is_data(&found) || !(is_data(&wanted) || is_rigid) {
            return None;
        }
        if let Some(remedy) = span.and_then(|span| self.other_literal(span, &wanted)) {
            return Some((Certainty::Written, remedy));
        }
        if found == Ty::builtin(BuiltinType::Text) && wanted == Ty::builtin(BuiltinType::Failure) {
            return Some((Certainty::Always, Remedy::Failure));
        }
        let optional = Ty::apply(Ty::builtin(BuiltinType::Optional), [wanted.clone()]);
        if self.solver.probe(|solver| solver.subsume(&found, &optional).is_ok()) {
            return Some((Certainty::Sometimes, Remedy::Unwrap));
        }
        if is_rigid {
            return None;
        }
        let future = Ty::apply(Ty::builtin(BuiltinType::Future), [wanted.clone()]);
        if self.solver.probe(|solver| solver.subsume(&found, &future).is_ok()) {
            return Some((Certainty::Written, Remedy::Await));
        }
        match self.conversion(&found, &wanted) {
            Some((certainty, by)) => Some((certainty, Remedy::Convert(by))),
            None => Some((Certainty::Always, Remedy::Wrap(self.wrapped(&found, &wanted, span?)?))),
        }
    }

    /// What stands there in the one constructor of the wanted type that takes it and nothing else. Types outside the files have functions for that.
    fn wrapped(&mut self, found: &Ty, wanted: &Ty, span: Span) -> Option<String> {
        let (head, args) = wanted.unapply();
        let Ty::Ref(head) = head else { return None };
        let is_plain = matches!(head, TypeRef::Builtin(BuiltinType::Optional | BuiltinType::Either));
        if !is_plain && !self.names.is_of_files(*head) {
            return None;
        }
        let declaration = self.names.declaration(*head)?;
        let args: Vec<Ty> = args.into_iter().cloned().collect();
        let takes = |member: &&Constructor| {
            let Ty::Fun(fun) = Ty::from_kernel(&member.ty).open(&args) else { return false };
            member.arity == 1 && self.solver.probe(|solver| solver.subsume(found, &fun.arg).is_ok())
        };
        let fitting: Vec<&Constructor> = declaration.constructors.iter().filter(takes).collect();
        let [only] = fitting[..] else { return None };
        let (member, text) = (self.member_name(&only.name, *head), self.sources.text(span));
        let is_short = !text.contains('\n') && text.chars().count() <= TEXT_MAX;
        let is_closed = !text.contains(char::is_whitespace) || in_brackets(text);
        Some(match (is_short, is_closed) {
            (false, _) => format!("{member} (..)"),
            (true, true) => format!("{member} {text}"),
            (true, false) => format!("{member} ({text})"),
        })
    }

    /// Whether it is a delay, and what it yields is wanted.
    pub fn is_delay_of(&mut self, delay: &Ty, wanted: &Ty) -> bool {
        match delay {
            Ty::Fun(fun) if self.solver.resolve(&fun.arg) == Ty::unit() => {
                self.solver.probe(|solver| solver.subsume(&fun.ret, wanted).is_ok())
            }
            _ => false,
        }
    }

    /// The literal of the wanted type for a whole number that is written out.
    fn other_literal(&self, span: Span, wanted: &Ty) -> Option<Remedy> {
        let text = self.sources.text(span);
        let digits = text.trim_start_matches(['+', '-']);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let sign = &text[..text.len() - digits.len()];
        match (wanted, sign) {
            (Ty::Ref(TypeRef::Builtin(BuiltinType::Float)), _) => Some(Remedy::Literal(format!("{text}.0"))),
            (Ty::Ref(TypeRef::Builtin(BuiltinType::Int)), "") => Some(Remedy::Literal(format!("+{text}"))),
            (Ty::Ref(TypeRef::Builtin(BuiltinType::Nat)), "+") => Some(Remedy::Literal(digits.to_string())),
            (Ty::Ref(TypeRef::Builtin(BuiltinType::Nat)), "-") => Some(Remedy::BelowZero),
            _ => None,
        }
    }

    /// A function that is called `toWanted` or `fromFound`, after the types, and makes what is wanted of what was found, or else an `Optional` of it.
    fn conversion(&mut self, found: &Ty, wanted: &Ty) -> Option<(Certainty, Typed)> {
        let called = [("to", wanted), ("from", found)].map(|(word, ty)| format!("{word}{}", self.head_name(ty)));
        let mut best: Option<(Certainty, usize, Known)> = None;
        let suggestions = self.names.suggestions();
        for (way, called) in called.iter().enumerate() {
            for suggestion in suggestions.called(called) {
                if let Some(known) = self.with_type(suggestion)
                    && let Some(certainty) = self.converts(&known.scheme.ty, found, wanted)
                    && best.as_ref().is_none_or(|(best, best_way, _)| (certainty, way) < (*best, *best_way))
                {
                    best = Some((certainty, way, known));
                }
            }
        }
        best.map(|(certainty, _, known)| (certainty, self.typed_known(&known)))
    }

    /// The last segment of the name of a type without its parameters.
    fn head_name(&self, ty: &Ty) -> String {
        let name = ability_of(ty).map_or(String::new(), |head| self.names.type_text(head));
        name.rsplit('.').next().unwrap_or_default().to_string()
    }

    fn converts(&mut self, function: &Ty, found: &Ty, wanted: &Ty) -> Option<Certainty> {
        self.solver.probe(|solver| {
            let Ty::Fun(fun) = solver.instantiate(function) else { return None };
            let (parameter, result) = (solver.resolve(&fun.arg), solver.resolve(&fun.ret));
            let is_pure = solver.resolve_row(&fun.row).heads.is_empty();
            if !is_pure || !is_data(&parameter) || !is_data(&result) || solver.subsume(found, &parameter).is_err() {
                return None;
            }
            if solver.attempt(|solver| solver.subsume(&result, wanted)).is_ok() {
                return Some(Certainty::Always);
            }
            let optional = Ty::apply(Ty::builtin(BuiltinType::Optional), [wanted.clone()]);
            solver.subsume(&result, &optional).is_ok().then_some(Certainty::Sometimes)
        })
    }

    /// What would make a candidate of an overloaded name fit, if just one of these arguments or its result were another. Nothing is known of what has no
    /// type.
    pub fn misfit(&mut self, candidates: &[Candidate], args: &[Given], want: Option<&Ty>) -> Option<Misfit> {
        let mut found: Vec<(Certainty, Misfit)> = Vec::new();
        for candidate in candidates.iter().take(CANDIDATES_MAX) {
            let Some(Pair { index, is, wanted }) = self.only_misfit(&candidate.scheme.ty, args, want) else { continue };
            let span = args.get(index).and_then(|given| given.span);
            if let Some((certainty, remedy)) = self.remedy(&is, &wanted, span) {
                let index = (index < args.len()).then_some(index);
                found.push((certainty, Misfit { index, ty: self.show(&is), remedy }));
            }
        }
        found.into_iter().min_by_key(|(certainty, _)| *certainty).map(|(_, misfit)| misfit)
    }

    /// The one argument that does not fit, or the result.
    fn only_misfit(&mut self, function: &Ty, args: &[Given], want: Option<&Ty>) -> Option<Pair> {
        // Its variables are in the types that are given back, and have to outlive the probe; types with others are not given.
        let mut ty = self.solver.instantiate(function);
        let known = self.solver.meta_count();
        self.solver.probe(|solver| {
            let mut misfit = None;
            for (index, given) in args.iter().enumerate() {
                let Ty::Fun(fun) = &ty else { return None };
                if let Some(is) = &given.ty
                    && solver.attempt(|solver| solver.subsume(is, &fun.arg)).is_err()
                {
                    let pair = Pair { index, is: is.clone(), wanted: fun.arg.clone() };
                    if misfit.replace(pair).is_some() {
                        return None;
                    }
                }
                ty = solver.instantiate(&fun.ret);
            }
            let result_fits = want.is_none_or(|want| solver.attempt(|solver| solver.subsume(&ty, want)).is_ok());
            let Pair { index, is, wanted } = match (misfit, want) {
                (None, Some(want)) if !result_fits => Pair { index: args.len(), is: ty, wanted: want.clone() },
                (misfit, _) => misfit.filter(|_| result_fits)?,
            };
            let (is, wanted) = (solver.zonk(&is), solver.zonk(&wanted));
            let mut outlives = true;
            [&is, &wanted].into_iter().for_each(|ty| solver.each_meta(ty, &mut |meta| outlives &= meta.0 < known));
            outlives.then_some(Pair { index, is, wanted })
        })
    }
}

/// What a name is applied to.
pub(crate) struct Given {
    pub ty: Option<Ty>,
    pub span: Option<Span>,
}

/// What stands at a place, and what is wanted there.
struct Pair {
    /// Which argument; behind the last one, the result.
    index: usize,
    is: Ty,
    wanted: Ty,
}

/// How surely a remedy is meant and works, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Certainty {
    /// What is written there is written in another way.
    Written,
    Always,
    /// There is no value of the wanted type for some.
    Sometimes,
}

/// Whether a text begins with a bracket that is closed at its end.
fn in_brackets(text: &str) -> bool {
    let inner = text.strip_prefix(['(', '[']).and_then(|text| text.strip_suffix([')', ']']));
    inner.is_some_and(|inner| !inner.contains(['(', ')', '[', ']', '"', '?']))
}

/// A type of data that is known, whatever its parameters are.
fn is_data(ty: &Ty) -> bool {
    ability_of(ty).is_some()
}
