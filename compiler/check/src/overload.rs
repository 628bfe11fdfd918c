//! Type-directed resolution of names that several definitions share.
//!
//! At an application, arguments that can be inferred by themselves come first; candidates whose type fits them and the wanted result remain. If one
//! is left it is taken at once; otherwise the use gets a type variable and waits as a [`Choice`], to be looked at again whenever more
//! is known. At the end of a definition, of several that fit and that the choices around accept the strictly most specific one wins.
//!
//! Thousands of definitions may share a name: those whose first parameter (or value) has another type than the use are left out unseen (`index`).

mod unfit;

use crate::ability::Ambient;
use crate::application::{Arg, Head, is_function};
use crate::consequence::contains;
use crate::convert::Given;
use crate::elab::Elab;
use crate::index::{Index, Outline};
use crate::infer::{Checker, Want};
use crate::names::{Meant, Target};
use crate::print::Printer;
use crate::problem::{Instead, NameProblem, Problem, TypeProblem, Typed};
use crate::scope::TopState;
use crate::solver::Solver;
use crate::ty::{Meta, Scheme, Ty, ability_of};
use base::{Name, Span};
use std::rc::Rc;
use syntax::tree::{Expr, ExprKind};

#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub target: Target,
    pub scheme: Rc<Scheme>,
}

/// What a name may mean, with types.
#[derive(Debug)]
pub(crate) struct Overloads {
    candidates: Vec<Candidate>,
    index: Index,
    /// For each parameter, whether any candidate takes a computation there.
    marked: Vec<bool>,
    /// A candidate is a member of the cycle that is being checked, so that its type is not known yet.
    unfinished: bool,
    /// A candidate has a mistake; and one of those has no type.
    failed: bool,
    untyped: bool,
}

/// Of so many candidates it is not looked which ones fit before something is known of their first parameter.
const MANY: usize = 64;

/// Of so many arguments no other order is tried, and so many candidates are tried.
const ARGUMENTS_MAX: usize = 4;
const CANDIDATES_MAX: usize = 32;

/// Candidates by number.
#[derive(Clone, Debug)]
struct Among {
    overloads: Rc<Overloads>,
    /// Those that are left, ascending; none if it was not looked yet.
    left: Option<Vec<usize>>,
}

/// A use of an overloaded name that is not decided yet.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub name: Name,
    pub span: Span,
    /// What the use is.
    pub ty: Ty,
    among: Among,
    pub ambient: Rc<Ambient>,
    pub outcome: Option<Elab>,
    /// The variables of its type and of the candidates' when it could not be decided: while none of them is solved it still cannot be.
    pub waits_for: Vec<Meta>,
}

impl Among {
    fn left(&self) -> Vec<usize> {
        self.left.clone().unwrap_or_else(|| (0..self.overloads.candidates.len()).collect())
    }

    fn candidate(&self, number: usize) -> &Candidate {
        &self.overloads.candidates[number]
    }
}

/// What is known of an argument while candidates are compared.
#[derive(Clone)]
enum Known {
    /// It is checked when the candidate is known.
    Later,
    Inferred(Elab, Ty),
}

impl Known {
    fn given(&self, span: Span) -> Given {
        let ty = match self {
            Known::Inferred(_, ty) => Some(ty.clone()),
            Known::Later => None,
        };
        Given { ty, span: Some(span) }
    }
}

impl Checker<'_> {
    pub fn overloaded(
        &mut self,
        name: &Name,
        span: Span,
        meant: &Rc<Meant>,
        args: &[&Expr],
        want: Option<&Want>,
    ) -> (Elab, Ty) {
        let overloads = self.overloads(meant);
        let marks = |i: usize| overloads.marked.get(i).copied().unwrap_or(false);
        let known: Vec<Known> = args.iter().enumerate().map(|(i, arg)| self.known(arg, marks(i))).collect();
        let near = overloads.index.near(&self.used_outline(&known, want));
        if near.is_none() && overloads.candidates.len() > MANY && !overloads.marked.contains(&true) {
            return self.wait(name, span, Among { overloads, left: None }, args, known, want);
        }
        let candidates = &overloads.candidates;
        let near = near.unwrap_or_else(|| (0..candidates.len()).collect());
        let fits: Vec<usize> = near.into_iter().filter(|i| self.fits(&candidates[*i], &known, want)).collect();
        match &fits[..] {
            [] => self.none_fits(name, span, candidates, args, known, want),
            [only] => self.take(&candidates[*only], span, args, known, want),
            _ => {
                let left: Vec<Candidate> = fits.iter().map(|fit| candidates[*fit].clone()).collect();
                let disputed = left.iter().any(|candidate| (0..args.len()).any(|i| is_marked(&candidate.scheme, i)));
                match self.most_specific(&left).filter(|_| disputed) {
                    Some(best) => self.take(&left[best], span, args, known, want),
                    None if disputed => self.marks_differ(name, span, &left, args, known),
                    None => {
                        let among = Among { overloads: overloads.clone(), left: Some(fits) };
                        self.wait(name, span, among, args, known, want)
                    }
                }
            }
        }
    }

    /// The candidates with their types. Those of a file are put together once, unless types of the cycle at hand are among them.
    fn overloads(&mut self, meant: &Rc<Meant>) -> Rc<Overloads> {
        let known = meant.overloads.get().or_else(|| self.own_overloads.get(&Rc::as_ptr(meant)).map(|(_, own)| own));
        let overloads = match known {
            Some(overloads) => overloads.clone(),
            None => {
                let overloads = Rc::new(self.collect_overloads(&meant.targets));
                match overloads.unfinished {
                    true => {
                        self.own_overloads.insert(Rc::as_ptr(meant), (meant.clone(), overloads.clone()));
                    }
                    false => _ = meant.overloads.set(overloads.clone()),
                }
                overloads
            }
        };
        self.depends_on_failure |= overloads.failed;
        self.untyped |= overloads.untyped;
        overloads
    }

    fn collect_overloads(&mut self, targets: &[Target]) -> Overloads {
        let candidate = |target: &Target| Candidate { target: target.clone(), scheme: self.scheme(target) };
        let candidates: Vec<Candidate> = targets.iter().map(candidate).collect();
        let tops = || targets.iter().filter_map(|target| if let Target::Top(top) = target { Some(*top) } else { None });
        let checking = |top: usize| self.checking.contains_key(&top);
        let state = |top: usize| if checking(top) { None } else { Some(self.tops.state(top)) };
        let untyped = |state: &TopState| matches!(state, TopState::Waiting | TopState::Failed(None));
        Overloads {
            index: Index::of(candidates.iter().map(|candidate| &*candidate.scheme)),
            marked: marks(&candidates),
            unfinished: tops().any(checking),
            failed: tops().filter_map(state).any(|state| !matches!(state, TopState::Done { .. })),
            untyped: tops().filter_map(state).any(|state| untyped(&state)),
            candidates,
        }
    }

    /// What is known of the type of a use by its first argument, or of the value.
    fn used_outline(&self, known: &[Known], want: Option<&Want>) -> Outline {
        match (known.first(), want) {
            (Some(Known::Inferred(_, first)), _) => Outline::of_function(&self.solver, first),
            (Some(Known::Later), _) => Outline::Open,
            (None, Some(want)) => Outline::of(&self.solver, &want.ty),
            (None, None) => Outline::Open,
        }
    }

    fn known(&mut self, arg: &Expr, marked: bool) -> Known {
        if marked || is_function(arg) {
            return Known::Later;
        }
        let (elab, ty) = self.scoped(|checker| checker.infer(arg));
        Known::Inferred(elab, ty)
    }

    fn fits(&mut self, candidate: &Candidate, known: &[Known], want: Option<&Want>) -> bool {
        self.solver.probe(|solver| match applied(solver, candidate, known) {
            Some(Ty::Error) => true,
            Some(ty) => want.is_none_or(|want| solver.subsume(&ty, &want.ty).is_ok()),
            None => false,
        })
    }

    /// Whether the types of these are known, and do not come from a mistake or a hole.
    fn are_sound(&self, args: &[&Expr], known: &[Known]) -> bool {
        let is_sound = |known: &Known| match known {
            Known::Inferred(_, ty) => {
                ability_of(&self.solver.resolve(ty)).is_some() && !self.solver.has_error(ty) && !self.is_blamed(ty)
            }
            Known::Later => true,
        };
        known.iter().all(is_sound) && !args.iter().any(|arg| self.has_hole(arg.span))
    }

    /// What an application gives, if all candidates that fit its arguments agree in that: then it is what does not fit. And one of them.
    fn agreed(&mut self, candidates: &[Candidate], known: &[Known]) -> Option<usize> {
        let names = self.names;
        let mut agreed: Option<(usize, String)> = None;
        for (number, candidate) in candidates.iter().enumerate().take(CANDIDATES_MAX) {
            let gives = self.solver.probe(|solver| {
                let ty = applied(solver, candidate, known)?;
                Some(ability_of(&ty).map(|_| Printer::new(names, solver).ty(&ty)))
            });
            match (gives, &agreed) {
                (None, _) => {}
                (Some(Some(gives)), None) => agreed = Some((number, gives)),
                (Some(Some(gives)), Some((_, before))) if gives == *before => {}
                _ => return None,
            }
        }
        agreed.map(|(number, _)| number)
    }

    fn take(
        &mut self,
        candidate: &Candidate,
        span: Span,
        args: &[&Expr],
        known: Vec<Known>,
        want: Option<&Want>,
    ) -> (Elab, Ty) {
        let instance = self.instance(&candidate.target, span);
        self.apply_instance(instance, span, arguments(args, known), want)
    }

    /// The use gets a type of its own and waits.
    fn wait(
        &mut self,
        name: &Name,
        span: Span,
        among: Among,
        args: &[&Expr],
        known: Vec<Known>,
        want: Option<&Want>,
    ) -> (Elab, Ty) {
        let ty = match want.filter(|_| args.is_empty()) {
            Some(want) => want.ty.clone(),
            None => self.solver.fresh(),
        };
        let ambient = self.ambient.clone();
        let choice =
            Choice { name: name.clone(), span, ty: ty.clone(), among, ambient, outcome: None, waits_for: Vec::new() };
        self.open_choices.push(self.choices.len());
        self.choices.push(choice);
        let elab = Elab::Choice(self.choices.len() - 1);
        self.apply(Head { elab, ty, span, marked: false }, arguments(args, known), want)
    }

    fn marks_differ(
        &mut self,
        name: &Name,
        span: Span,
        candidates: &[Candidate],
        args: &[&Expr],
        known: Vec<Known>,
    ) -> (Elab, Ty) {
        self.infer_rest(args, known.clone());
        let is_consequence = |known: &Known| match known {
            Known::Inferred(_, ty) => self.solver.has_error(ty) || self.is_blamed(ty),
            _ => false,
        };
        if known.iter().any(is_consequence) {
            return (Elab::Error, Ty::Error);
        }
        let candidates = self.shown(candidates);
        self.problem(Problem::Name(NameProblem::MarksDiffer { span, name: name.clone(), candidates }));
        (Elab::Error, Ty::Error)
    }

    /// Looks for mistakes in arguments that nobody will check. All types are known then.
    fn infer_rest(&mut self, args: &[&Expr], mut known: Vec<Known>) -> Vec<Known> {
        for (arg, known) in args.iter().zip(&mut known) {
            if matches!(known, Known::Later) {
                let (elab, ty) = self.scoped(|checker| checker.infer(arg));
                self.blame(&ty);
                *known = Known::Inferred(elab, ty);
            }
        }
        known
    }

    /// How the name is used, as a type with gaps.
    fn use_text(&self, known: &[Known], want: Option<&Want>) -> String {
        let mut text = String::new();
        for known in known {
            match known {
                Known::Later => text += "_ -> ",
                Known::Inferred(_, ty) => match self.solver.resolve(ty) {
                    Ty::Fun(_) => text += &format!("({}) -> ", self.show(ty)),
                    _ => text += &format!("{} -> ", self.show(ty)),
                },
            }
        }
        let result = want.map_or("_".to_string(), |want| match self.solver.resolve(&want.ty) {
            Ty::Meta(_) => "_".to_string(),
            _ => self.show(&want.ty),
        });
        text + &result
    }

    fn shown(&self, candidates: &[Candidate]) -> Vec<Typed> {
        let typed = |candidate: &Candidate| Typed {
            name: self.names.target_name(&candidate.target),
            ty: self.show_scheme(&candidate.scheme),
        };
        candidates.iter().map(typed).collect()
    }

    /// Targets with their types, for a message.
    pub fn typed(&mut self, targets: &[Target]) -> Vec<Typed> {
        let candidates: Vec<Candidate> =
            targets.iter().map(|target| Candidate { target: target.clone(), scheme: self.scheme(target) }).collect();
        self.shown(&candidates)
    }

    /// Decides the choices that can be decided now, until nothing changes.
    pub fn settle_choices(&mut self) {
        // What is decided tells about what encloses it or what it encloses: forwards and backwards, so that a long chain takes two rounds either way.
        let mut backwards = false;
        loop {
            self.settle_inclusions();
            let mut open = self.open_choices.clone();
            if backwards {
                open.reverse();
            }
            let mut progress = false;
            for index in open {
                progress |= self.settle_choice(index);
            }
            self.forget_decided();
            if !progress {
                return;
            }
            backwards = !backwards;
        }
    }

    /// Decides every choice: where several fit, by the most specific, and if there is none it is a mistake.
    pub fn decide_choices(&mut self) {
        self.settle_choices();
        while let Some(index) = self.open_choices.first() {
            self.decide(*index);
            self.forget_decided();
            self.settle_choices();
        }
    }

    fn forget_decided(&mut self) {
        let choices = &self.choices;
        self.open_choices.retain(|index| choices[*index].outcome.is_none());
    }

    /// Whether it was decided.
    fn settle_choice(&mut self, index: usize) -> bool {
        let waits_for = &self.choices[index].waits_for;
        if !waits_for.is_empty() && waits_for.iter().all(|meta| self.solver.is_open(*meta)) {
            return false;
        }
        let Some(fits) = self.fitting_choice(index) else {
            self.choices[index].waits_for = self.open_in_choice(index);
            return false;
        };
        match &fits[..] {
            [] => {
                self.report_choice(index, &fits);
                true
            }
            [only] => {
                self.commit(index, *only);
                true
            }
            _ => {
                self.choices[index].waits_for = self.open_in_choice(index);
                self.choices[index].among.left = Some(fits);
                false
            }
        }
    }

    /// What may be solved and then decide a choice.
    fn open_in_choice(&self, index: usize) -> Vec<Meta> {
        let choice = &self.choices[index];
        let mut open = Vec::new();
        self.solver.each_meta(&choice.ty, &mut |meta| open.push(meta));
        // A candidate may be a member of the cycle that is being checked.
        if choice.among.overloads.unfinished {
            for number in choice.among.left() {
                self.solver.each_meta(&choice.among.candidate(number).scheme.ty, &mut |meta| open.push(meta));
            }
        }
        open
    }

    fn decide(&mut self, index: usize) {
        let left = self.choices[index].among.left();
        let fits = self.fitting(index, left);
        let fits = self.accepted(index, fits);
        let fits = self.available_here(index, fits);
        let left: Vec<Candidate> = fits.iter().map(|fit| self.choices[index].among.candidate(*fit).clone()).collect();
        match self.most_specific(&left) {
            Some(best) => self.commit(index, fits[best]),
            None => self.report_choice(index, &fits),
        }
    }

    /// Of several candidates, those that need no more than the abilities that are available where they are used; all of them if there are none.
    fn available_here(&mut self, index: usize, fits: Vec<usize>) -> Vec<usize> {
        if fits.len() < 2 {
            return fits;
        }
        let Choice { ty, among, ambient, .. } = self.choices[index].clone();
        let is_available = |fit: &usize| {
            self.solver.probe(|solver| {
                let mut part = if is_fit(solver, among.candidate(*fit), &ty) { solver.resolve(&ty) } else { Ty::Error };
                while let Ty::Fun(fun) = &part {
                    if solver.include(&fun.row, &ambient).is_err() {
                        return false;
                    }
                    part = solver.resolve(&fun.ret);
                }
                true
            })
        };
        let left: Vec<usize> = fits.iter().copied().filter(is_available).collect();
        if left.is_empty() { fits } else { left }
    }

    /// Of several candidates, those that leave each choice around this one a candidate; all of them if there are none.
    fn accepted(&mut self, index: usize, fits: Vec<usize>) -> Vec<usize> {
        if fits.len() < 2 {
            return fits;
        }
        let mut open = Vec::new();
        self.solver.each_meta(&self.choices[index].ty, &mut |meta| open.push(meta));
        let is_near = |other: &usize| {
            let mut shares = false;
            self.solver.each_meta(&self.choices[*other].ty, &mut |meta| shares |= open.contains(&meta));
            *other != index && shares
        };
        let near: Vec<Choice> =
            self.open_choices.iter().filter(|other| is_near(other)).map(|other| self.choices[*other].clone()).collect();
        let own = self.choices[index].clone();
        let leaves = |solver: &mut Solver, fit: usize| {
            solver.probe(|solver| {
                let has = |solver: &mut Solver, choice: &Choice| {
                    let fits =
                        |solver: &mut Solver, other: usize| is_fit(solver, choice.among.candidate(other), &choice.ty);
                    choice.among.left().into_iter().any(|other| solver.probe(|solver| fits(solver, other)))
                };
                is_fit(solver, own.among.candidate(fit), &own.ty) && near.iter().all(|choice| has(solver, choice))
            })
        };
        let left: Vec<usize> = fits.iter().copied().filter(|fit| leaves(&mut self.solver, *fit)).collect();
        if left.is_empty() { fits } else { left }
    }

    /// The candidates that fit; nothing if there are too many to look at before more is known.
    fn fitting_choice(&mut self, index: usize) -> Option<Vec<usize>> {
        let choice = &self.choices[index];
        let left = match &choice.among.left {
            Some(left) => left.clone(),
            None => choice.among.overloads.index.near(&Outline::of(&self.solver, &choice.ty))?,
        };
        Some(self.fitting(index, left))
    }

    fn fitting(&mut self, index: usize, left: Vec<usize>) -> Vec<usize> {
        let (overloads, want) = (self.choices[index].among.overloads.clone(), Want::of(self.choices[index].ty.clone()));
        left.into_iter().filter(|number| self.fits(&overloads.candidates[*number], &[], Some(&want))).collect()
    }

    fn commit(&mut self, index: usize, candidate: usize) {
        let choice = &self.choices[index];
        let (span, ty, ambient) = (choice.span, choice.ty.clone(), choice.ambient.clone());
        let target = choice.among.candidate(candidate).target.clone();
        let instance = self.instance(&target, span);
        let outer = std::mem::replace(&mut self.ambient, ambient);
        let (elab, found) = self.forced(instance, span);
        self.fit(&found, &Want::of(ty), span);
        self.ambient = outer;
        self.choices[index].outcome = Some(elab);
    }

    fn report_choice(&mut self, index: usize, fits: &[usize]) {
        let Choice { name, span, ty, among, .. } = self.choices[index].clone();
        let candidates = &among.overloads.candidates;
        self.choices[index].outcome = Some(Elab::Error);
        let known = !self.solver.has_error(&ty) && (fits.is_empty() || !(self.untyped || self.is_blamed(&ty)));
        let wanted = self.show(&ty);
        self.give_up(&ty);
        if !known {
            return;
        }
        let problem = if fits.is_empty() {
            let grouping = self.grouping(span);
            let (given, result) = taken_apart(&self.solver, &ty);
            let misfit = self.misfit(candidates, &given, Some(&result));
            NameProblem::NoneFits {
                span,
                name,
                wanted,
                candidates: self.shown(candidates),
                grouping,
                negated: None,
                instead: None,
                order: None,
                misfit,
            }
        } else {
            let left: Vec<Candidate> = fits.iter().map(|fit| candidates[*fit].clone()).collect();
            NameProblem::SeveralFit { span, name, wanted, candidates: self.shown(&left) }
        };
        self.problem(Problem::Name(problem));
    }

    /// The candidate whose type is an instance of all others, none of which is an instance of it.
    fn most_specific(&mut self, candidates: &[Candidate]) -> Option<usize> {
        let mut instance_of = |a: usize, b: usize| {
            let (a, b) = (candidates[a].scheme.clone(), candidates[b].scheme.clone());
            self.solver.probe(|solver| solver.subsume(&b.ty, &a.ty).is_ok())
        };
        let mut is_best =
            |i: usize| (0..candidates.len()).filter(|j| *j != i).all(|j| instance_of(i, j) && !instance_of(j, i));
        (0..candidates.len()).find(|i| is_best(*i))
    }
}

/// What a use is applied to, as far as it is known, and what is wanted of it.
fn taken_apart(solver: &Solver, ty: &Ty) -> (Vec<Given>, Ty) {
    let mut given = Vec::new();
    let mut ty = solver.resolve(ty);
    while let Ty::Fun(fun) = &ty {
        let arg = solver.resolve(&fun.arg);
        given.push(Given { ty: (!matches!(arg, Ty::Meta(_) | Ty::Error)).then_some(arg), span: None });
        ty = solver.resolve(&fun.ret);
    }
    (given, ty)
}

/// For each parameter, whether any candidate takes a computation there.
fn marks(candidates: &[Candidate]) -> Vec<bool> {
    let mut marked: Vec<bool> = Vec::new();
    for candidate in candidates {
        let mut ty = body(&candidate.scheme);
        let mut index = 0;
        while let Ty::Fun(fun) = ty {
            if marked.len() == index {
                marked.push(false);
            }
            marked[index] |= fun.by_name;
            (ty, index) = (strip(&fun.ret), index + 1);
        }
    }
    marked
}

/// What a candidate gives, applied to these; nothing if it does not take them.
fn applied(solver: &mut Solver, candidate: &Candidate, known: &[Known]) -> Option<Ty> {
    let mut ty = solver.instantiate(&candidate.scheme.ty);
    if candidate.scheme.by_name {
        ty = forced_type(&ty);
    }
    for known in known {
        ty = solver.instantiate(&ty);
        if let Ty::Meta(meta) = ty {
            let fun = Ty::fun(solver.fresh(), solver.fresh_row(), solver.fresh());
            solver.bind(meta, &fun).ok()?;
            ty = fun;
        }
        let fun = match &ty {
            Ty::Fun(fun) => fun.clone(),
            Ty::Error => return Some(Ty::Error),
            _ => return None,
        };
        if let Known::Inferred(_, arg) = known {
            solver.subsume(arg, &fun.arg).ok()?;
        }
        ty = fun.ret.clone();
    }
    Some(solver.instantiate(&ty))
}

/// Makes the use of a candidate have a type, if it can.
fn is_fit(solver: &mut Solver, candidate: &Candidate, wanted: &Ty) -> bool {
    let mut ty = solver.instantiate(&candidate.scheme.ty);
    if candidate.scheme.by_name {
        ty = solver.instantiate(&forced_type(&ty));
    }
    solver.subsume(&ty, wanted).is_ok()
}

fn arguments<'e>(args: &[&'e Expr], known: Vec<Known>) -> Vec<Arg<'e>> {
    let arg = |(arg, known): (&&'e Expr, Known)| match known {
        Known::Later => Arg::Written(arg),
        Known::Inferred(elab, ty) => Arg::Inferred { elab, ty, span: arg.span },
    };
    args.iter().zip(known).map(arg).collect()
}

/// Whether the parameter at this place takes a computation.
fn is_marked(scheme: &Scheme, index: usize) -> bool {
    let mut ty = body(scheme);
    for _ in 0..index {
        match ty {
            Ty::Fun(fun) => ty = strip(&fun.ret),
            _ => return false,
        }
    }
    matches!(ty, Ty::Fun(fun) if fun.by_name)
}

/// What the use of a name with this type is, without its foralls.
pub(crate) fn body(scheme: &Scheme) -> &Ty {
    match strip(&scheme.ty) {
        Ty::Fun(fun) if scheme.by_name => strip(&fun.ret),
        ty => ty,
    }
}

fn strip(ty: &Ty) -> &Ty {
    let mut ty = ty;
    while let Ty::Forall(_, body) = ty {
        ty = body;
    }
    ty
}

/// What the use of a computation's name yields.
fn forced_type(delay: &Ty) -> Ty {
    match delay {
        Ty::Fun(fun) => fun.ret.clone(),
        other => other.clone(),
    }
}
