//! Infers one cycle of definitions, from its signatures to its kernel terms.

use crate::ability::{Ambient, Origin};
use crate::calls::Calls;
use crate::coverage::{self, Known};
use crate::elab::{self, Elab, Match};
use crate::elaborate::{Closer, each_match, tops};
use crate::infer::Checker;
use crate::normal;
use crate::order::components;
use crate::plan::Component;
use crate::problem::{AbilityProblem, PatternProblem, Problem, TypeProblem};
use crate::program::{Source, Top};
use crate::scope::{Locals, TopState};
use crate::signature::{Written, is_readable};
use crate::solver::Solver;
use crate::ty::{Row, Scheme, Ty};
use crate::worker::Worker;
use base::{Name, Span, Table};
use builtin::BuiltinType;
use kernel::{Definition, TermRef, TypeRef};
use std::collections::BTreeMap;
use std::rc::Rc;
use syntax::tree::{Expr, ExprKind, Pattern, TypeExpr};

/// A member of a cycle, as written.
#[derive(Clone, Copy)]
struct Member<'t> {
    top: usize,
    name_span: Span,
    signature: Option<&'t TypeExpr>,
    params: &'t [Pattern],
    body: &'t Expr,
}

/// A member as inferred.
struct Inferred {
    top: usize,
    elab: Elab,
    written: Option<Written>,
    ty: Ty,
    by_name: bool,
}

/// A member as a term.
pub(crate) struct Closed {
    pub definition: Definition,
    pub calls: Calls,
}

impl Worker<'_> {
    /// The definitions of a cycle, in which members are `Cycle(position)`; none if there is a mistake, here or in what it uses.
    pub(crate) fn infer_component(
        &mut self,
        component: &Component,
        failed: bool,
        problems: &mut Vec<Problem>,
    ) -> Option<Vec<Closed>> {
        let run = self.run;
        let members: Vec<Member> = component.members.iter().filter_map(|top| member(&run.tops[*top], *top)).collect();
        let place = run.tops[component.members[0]].place.clone();
        let origin = Origin::Value(members.first().map_or(Span::default(), |member| member.name_span));
        let mut checker = Checker {
            names: self.names,
            sources: run.sources,
            tops: &self.tops,
            checking: Table::default(),
            kinds: &mut self.kinds,
            schemes: &mut self.schemes,
            solver: Solver::new(),
            place,
            locals: Locals::default(),
            type_vars: Vec::new(),
            ambient: Rc::new(Ambient::Base { row: Row::empty(), origin }),
            choices: Vec::new(),
            open_choices: Vec::new(),
            own_overloads: Table::default(),
            spawned: Vec::new(),
            computed: Vec::new(),
            holes: Vec::new(),
            unknowns: Vec::new(),
            blamed: Vec::new(),
            misfit: None,
            may_be_unbound: false,
            continuations: Table::default(),
            resumptions: Vec::new(),
            handlers: Vec::new(),
            applied: 0,
            groupings: Vec::new(),
            wanted: 0,
            drawn: 0,
            tracing: run.tracing.clone(),
            reported_abilities: Vec::new(),
            depends_on_failure: failed,
            untyped: false,
            next_local: 0,
            problems: Vec::new(),
        };
        let places: Vec<_> = members.iter().map(|member| run.tops[member.top].place.clone()).collect();
        let inferred = checker.infer_members(&members, &places, component.recursive);
        let (schemes, mut inferred) = checker.finish_members(inferred);
        checker.cover(&inferred);
        for member in &mut inferred {
            if matches!(run.tops[member.top].source, Source::Watch(_)) {
                member.elab = checker.traced_watch(std::mem::replace(&mut member.elab, Elab::Error));
            }
        }
        if component.recursive {
            checker.report_cyclic_values(&inferred, &members);
        }
        let is_read = |member: &Member| member.signature.is_none_or(is_readable);
        let sound = checker.problems.is_empty() && !checker.depends_on_failure && members.iter().all(is_read);
        let definitions = if sound { checker.close_members(&inferred, &schemes) } else { None };
        let clean = checker.problems.is_empty() && !checker.untyped;
        problems.append(&mut checker.problems);
        if definitions.is_none() {
            for (member, scheme) in inferred.iter().zip(schemes) {
                let known = clean || member.written.is_some();
                self.tops.fail(member.top, known.then(|| Rc::new(scheme)));
            }
        }
        definitions
    }
}

fn member<'t>(of: &'t Top<'t>, top: usize) -> Option<Member<'t>> {
    let name_span = of.place_of_name();
    match &of.source {
        Source::Binding(binding) => Some(Member {
            top,
            name_span,
            signature: binding.signature.as_ref(),
            params: &binding.params,
            body: &binding.body,
        }),
        Source::Watch(watch) => {
            Some(Member { top, name_span: watch.expr.span, signature: None, params: &[], body: &watch.expr })
        }
        Source::Accessor(..) => None,
    }
}

impl Checker<'_> {
    fn infer_members(&mut self, members: &[Member], places: &[crate::names::Place], recursive: bool) -> Vec<Inferred> {
        let mut written = Vec::new();
        for (member, place) in members.iter().zip(places) {
            self.place = place.clone();
            let read = member.signature.map(|signature| self.read_signature(signature));
            if recursive {
                let scheme = self.provisional(read.as_ref());
                self.checking.insert(member.top, Rc::new(scheme));
            }
            written.push(read);
        }
        let mut inferred = Vec::new();
        for ((member, place), written) in members.iter().zip(places).zip(written) {
            self.place = place.clone();
            inferred.push(self.infer_member(*member, written));
        }
        inferred
    }

    fn infer_member(&mut self, member: Member, written: Option<Written>) -> Inferred {
        let is_steps = written.is_none() && member.params.is_empty() && is_steps(member.body);
        let origin = if is_steps { Origin::Steps } else { Origin::Value }(member.name_span);
        let is_broken = written.as_ref().is_some_and(|written| self.solver.has_error(&written.scheme.ty));
        // What could not be read may have said which abilities there are.
        let row = if is_broken { self.solver.fresh_row() } else { Row::empty() };
        let value = Ambient::Base { row, origin };
        let provisional = self.checking.get(&member.top).map(|scheme| scheme.ty.clone());
        let (elab, ty) = self.in_ambient(value, |checker| {
            checker
                .scoped(|checker| checker.binding(member.params, member.body, written.as_ref(), provisional.as_ref()))
        });
        self.type_vars.clear();
        let by_name = written.as_ref().is_some_and(|written| written.scheme.by_name);
        Inferred { top: member.top, elab, written, ty, by_name }
    }

    /// Decides what is open and generalises.
    fn finish_members(&mut self, inferred: Vec<Inferred>) -> (Vec<Scheme>, Vec<Inferred>) {
        // What a candidate's type brings along belongs to the members, and is generalised with them.
        self.solver.level = 1;
        self.decide_choices();
        self.solver.level = 0;
        self.report_holes();
        self.report_unknowns();
        self.report_single_quotes();
        let types: Vec<Ty> = inferred.iter().map(|member| member.ty.clone()).collect();
        self.solve_incoming(&types, 0);
        self.drop_waiting();
        self.report_delay_arguments();
        let schemes = self.schemes_of(&inferred, &types);
        self.report_spawned();
        (schemes, inferred)
    }

    fn schemes_of(&mut self, inferred: &[Inferred], types: &[Ty]) -> Vec<Scheme> {
        let closed = self.generalize_tops(types);
        inferred.iter().zip(closed).map(|(member, ty)| Scheme { ty, by_name: member.by_name }).collect()
    }

    /// Rows that nothing more will come into hold nothing.
    fn drop_waiting(&mut self) {
        while let Some(meta) = self.solver.pending.iter().flat_map(|inclusion| &inclusion.tails).find_map(|tail| {
            match self.solver.resolve(tail) {
                Ty::Meta(meta) => Some(meta),
                _ => None,
            }
        }) {
            self.solver.set(meta, Ty::Row(Row::empty()));
            self.settle_inclusions();
        }
    }

    /// No handler of this place outlives an `at'`, so what it starts may use only what the runtime offers there.
    fn report_spawned(&mut self) {
        for (row, span) in std::mem::take(&mut self.spawned) {
            let row = self.solver.resolve_row(&row);
            let allowed = |head: &&Ty| match crate::ty::ability_of(head) {
                Some(TypeRef::Builtin(ty)) => ty.is_runtime_ability() || ty == BuiltinType::Exception,
                _ => false,
            };
            let rigid = row.tails.iter().find(|tail| matches!(tail, Ty::Skolem(_)));
            if let Some(refused) = row.heads.iter().find(|head| !allowed(head)).or(rigid) {
                let ability = self.show(refused);
                self.problem(Problem::Ability(AbilityProblem::Spawned { span, ability }));
            }
        }
    }

    /// Only functions may need themselves.
    fn report_cyclic_values(&mut self, inferred: &[Inferred], members: &[Member]) {
        let edges = self.edges(inferred);
        for part in components(&edges) {
            let recursive = part.len() > 1 || edges[part[0]].contains(&part[0]);
            let is_value = |position: &&usize| !matches!(inferred[**position].elab, Elab::Lambda(..) | Elab::Error);
            let values: Vec<&usize> = part.iter().filter(is_value).collect();
            if recursive && !values.is_empty() {
                let names: Vec<Name> =
                    values.iter().map(|position| self.names.top_name(inferred[**position].top).clone()).collect();
                let spans = values.iter().map(|position| members[**position].name_span).collect();
                self.problem(Problem::Type(TypeProblem::CyclicValues { names, spans }));
            }
        }
    }

    /// For each member, the positions of those that it refers to.
    fn edges(&self, inferred: &[Inferred]) -> Vec<Vec<usize>> {
        let positions = positions(inferred);
        let of = |member: &Inferred| {
            let mut found = Vec::new();
            tops(&member.elab, &self.choices, &mut found);
            let position = |top: &usize| positions.get(top).copied();
            let mut edges: Vec<usize> = found.iter().filter_map(position).collect();
            edges.sort_unstable();
            edges.dedup();
            edges
        };
        inferred.iter().map(of).collect()
    }

    fn cover(&mut self, inferred: &[Inferred]) {
        if self.untyped {
            return;
        }
        let mut problems = Vec::new();
        for member in inferred {
            each_match(&member.elab, &mut |taken| {
                let ty = || Known::of(&taken.ty, &self.solver);
                let mut found = coverage::check(taken, self.first_line(taken.span), ty, self.names);
                for problem in &mut found {
                    if let PatternProblem::Redundant { variable, .. } = problem {
                        *variable = self.constructor_meant(taken);
                    }
                }
                problems.extend(found);
            });
        }
        self.problems.extend(problems.into_iter().map(Problem::Pattern));
    }

    /// A variable that takes everything, if a constructor of the type is called like it: with a capital letter.
    fn constructor_meant(&self, taken: &Match) -> Option<(Span, Name)> {
        let Known::Of(ty, _) = Known::of(&taken.ty, &self.solver) else { return None };
        let declaration = self.names.declaration(ty)?;
        taken.cases.iter().filter(|case| matches!(case.pattern, elab::Pattern::Var(_))).find_map(|case| {
            let written = self.sources.text(case.span).split_whitespace().next()?;
            let like = |name: &str| name != written && name.to_lowercase() == written.to_lowercase();
            let member = declaration.constructors.iter().find(|member| like(&member.name))?;
            let place = Span { end: case.span.start + u32::try_from(written.len()).ok()?, ..case.span };
            Some((place, Name::new(member.name.clone())))
        })
    }

    /// As much of a place as stands on its first line.
    fn first_line(&self, span: Span) -> Span {
        let text = self.sources.text(span);
        let line = text.lines().next().map_or(0, |line| line.trim_end().len());
        Span { end: span.start + u32::try_from(line).unwrap_or(0), ..span }
    }

    fn close_members(&self, inferred: &[Inferred], schemes: &[Scheme]) -> Option<Vec<Closed>> {
        let positions = positions(inferred);
        let reference = |top: usize| {
            if let Some(position) = positions.get(&top) {
                return Some(TermRef::Cycle(*position as u32));
            }
            match self.tops.state(top) {
                TopState::Done { reference, .. } => Some(reference),
                TopState::Waiting | TopState::Failed(_) => None,
            }
        };
        let definition = |(member, scheme): (&Inferred, &Scheme)| {
            let mut closer = Closer::new(&self.solver, &self.choices, &reference);
            let body = closer.term(&member.elab)?;
            let definition = Definition { signature: normal::signature(scheme), body };
            Some(Closed { definition, calls: closer.calls })
        };
        inferred.iter().zip(schemes).map(definition).collect()
    }
}

/// Where each definition of a cycle stands in it.
fn positions(inferred: &[Inferred]) -> BTreeMap<usize, usize> {
    inferred.iter().enumerate().map(|(position, member)| (member.top, position)).collect()
}

/// Whether it is a `do` that a `<-` makes a plain block.
fn is_steps(body: &Expr) -> bool {
    let ExprKind::Delay { quoted: false, body } = &body.kind else { return false };
    matches!(&body.kind, ExprKind::Block(block) if block.has_arrow)
}
