//! Blocks: statements in order, local functions wherever they are needed.
//!
//! Functions may refer to themselves, to each other and to what stands further down; what others need comes first. Everything else keeps its order.

use crate::elab::{Case, Elab, Local, Match};
use crate::free::{Found, Walk, binders, is_function};
use crate::infer::{Checker, Want};
use crate::order::components;
use crate::problem::{Problem, TypeProblem};
use crate::ty::{Scheme, Ty};
use base::{Name, Span};
use std::collections::{BTreeMap, BTreeSet};
use syntax::tree::{self, Binding, Block, Expr, ExprKind, Statement};

/// A step of a block, in the order of evaluation.
pub(crate) enum Step {
    /// Bindings that need not be recursive, or an expression.
    Let(Local, Elab),
    LetRec(Vec<(Local, Elab)>),
    Match(Match),
}

impl Checker<'_> {
    pub fn check_block(&mut self, block: &Block, span: Span, want: &Want) -> Elab {
        self.scoped(|checker| {
            for statement in &block.statements {
                if let Statement::Use(clause) = statement {
                    checker.place.uses.push(clause.clone());
                }
            }
            let statements: Vec<&Statement> =
                block.statements.iter().filter(|statement| !matches!(statement, Statement::Use(_))).collect();
            let Some((Statement::Expr(last), front)) = statements.split_last().map(|(last, front)| (*last, front))
            else {
                return checker.block_without_result(&statements, span, want);
            };
            let steps = checker.steps(front);
            let told = checker.problems.len();
            let last = checker.check(last, want);
            if !steps.is_empty() {
                checker.tell_delay_of_block(told, span);
            }
            build(steps, last)
        })
    }

    fn block_without_result(&mut self, statements: &[&Statement], span: Span, want: &Want) -> Elab {
        self.steps(statements);
        if statements.is_empty() {
            self.fit(&Ty::unit(), want, span);
            return Elab::unit();
        }
        let span = statements.last().map_or(span, |last| statement_span(last, span));
        // Its last line may have been taken for arguments of the one above.
        let is_taken =
            matches!(self.problems.last(), Some(Problem::Type(TypeProblem::NotAFunction { below: true, .. })));
        if !is_taken {
            self.problem(Problem::Type(TypeProblem::NoResult { span }));
        }
        Elab::Error
    }

    fn steps(&mut self, statements: &[&Statement]) -> Vec<Step> {
        let edges = dependencies(statements, &|name| self.locals.find(name).is_some());
        let mut steps = Vec::new();
        for component in components(&edges) {
            let members: Vec<&Statement> = component.iter().map(|i| statements[*i]).collect();
            let recursive = component.len() > 1 || edges[component[0]].contains(&component[0]);
            if recursive {
                self.recursive_step(&members, &mut steps);
            } else {
                let (first, drawn) = (self.locals.len(), self.drawn);
                let step = self.single_step(members[0]);
                steps.push(step);
                self.notes(first, drawn, &mut steps);
            }
        }
        steps
    }

    fn single_step(&mut self, statement: &Statement) -> Step {
        match statement {
            Statement::Binding(binding) => {
                let (elab, scheme) = self.local_binding(binding);
                Step::Let(self.bind(&binding.name.name, binding.name.span, scheme), elab)
            }
            Statement::Destructure(pattern, expr) => self.destructure(pattern, expr),
            Statement::Expr(expr) => self.statement(expr),
            Statement::Use(_) => Step::Let(self.fresh_local(), Elab::unit()),
        }
    }

    fn statement(&mut self, expr: &Expr) -> Step {
        let (elab, ty) = self.scoped(|checker| checker.infer(expr));
        self.solver.here = expr.span;
        let fits = self.solver.attempt(|solver| solver.subsume(&ty, &Ty::unit()));
        if fits.is_err() {
            let missing = self.lacking(&ty);
            let applied = if let ExprKind::App(_, args) = &expr.kind { args.len() } else { 0 };
            let delay = self.is_delay_of(&self.solver.resolve(&ty), &Ty::unit());
            let (span, ty) = (expr.span, self.show(&ty));
            self.problem(Problem::Type(TypeProblem::Statement { span, ty, applied, missing, delay }));
        }
        Step::Let(self.fresh_local(), elab)
    }

    fn destructure(&mut self, pattern: &tree::Pattern, expr: &Expr) -> Step {
        let (scrutinee, ty) = self.scoped(|checker| checker.infer(expr));
        let first = self.locals.len();
        let elab = self.check_pattern(pattern, &ty);
        self.report_duplicate_variables(first);
        let case = Case { span: pattern.span, pattern: elab, guard: None, body: Elab::Error };
        let (span, abilities) = (pattern.span, Vec::new());
        Step::Match(Match { span, scrutinee, ty, abilities, cases: vec![case], binds: true })
    }

    fn recursive_step(&mut self, members: &[&Statement], steps: &mut Vec<Step>) {
        let mut bindings: Vec<&Binding> = Vec::new();
        for member in members {
            match member {
                Statement::Binding(binding) if is_function(binding) => bindings.push(binding),
                _ => return self.cyclic_values(members, steps),
            }
        }
        let elabs = self.local_cycle(&bindings);
        steps.push(Step::LetRec(elabs));
    }

    fn cyclic_values(&mut self, members: &[&Statement], steps: &mut Vec<Step>) {
        let names: Vec<Name> = members.iter().flat_map(|member| binders(member)).collect();
        let spans = members.iter().map(|member| statement_span(member, Span::default())).collect();
        for (member, name) in members.iter().zip(&names) {
            let scheme = Scheme { ty: Ty::Error, by_name: false };
            let local = self.bind(name, statement_span(member, Span::default()), scheme);
            steps.push(Step::Let(local, Elab::Error));
        }
        self.problem(Problem::Type(TypeProblem::CyclicValues { names, spans }));
    }
}

fn statement_span(statement: &Statement, otherwise: Span) -> Span {
    match statement {
        Statement::Binding(binding) => binding.name.span,
        Statement::Destructure(pattern, _) => pattern.span,
        Statement::Expr(expr) => expr.span,
        Statement::Use(_) => otherwise,
    }
}

/// The steps around the last expression. Plain bindings in a row are one.
fn build(steps: Vec<Step>, last: Elab) -> Elab {
    let (mut body, mut row) = (last, Vec::new());
    for step in steps.into_iter().rev() {
        match step {
            Step::Let(local, elab) => row.push((local, elab)),
            Step::LetRec(bindings) => body = Elab::LetRec(bindings, Box::new(bound(row.split_off(0), body))),
            Step::Match(mut taken) => {
                taken.cases[0].body = bound(row.split_off(0), body);
                body = Elab::Match(Box::new(taken));
            }
        }
    }
    bound(row, body)
}

/// A body below plain bindings, of which the last one stands first.
fn bound(mut row: Vec<(Local, Elab)>, body: Elab) -> Elab {
    if row.is_empty() {
        return body;
    }
    row.reverse();
    match body {
        Elab::Let(inner, body) => {
            row.extend(inner);
            Elab::Let(row, body)
        }
        body => Elab::Let(row, Box::new(body)),
    }
}

/// What each statement needs of the others: what it refers to, and unless it is a function, the one before it that is none. A value further down
/// does not hide a variable from `outside`.
fn dependencies(statements: &[&Statement], outside: &dyn Fn(&Name) -> bool) -> Vec<Vec<usize>> {
    let mut bound: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
    for (i, statement) in statements.iter().enumerate() {
        binders(statement).into_iter().for_each(|name| bound.entry(name).or_default().push(i));
    }
    let function = |i: usize| matches!(statements[i], Statement::Binding(binding) if is_function(binding));
    let mut before: Option<usize> = None;
    let mut all = Vec::new();
    for (i, statement) in statements.iter().enumerate() {
        let mut edges: BTreeSet<usize> = BTreeSet::new();
        if !function(i) {
            edges.extend(before);
            before = Some(i);
        }
        let mut add = |found: Found, _: &[tree::Use]| {
            let Found::Term(name) = found else { return };
            let later = |j: &usize| function(*j) || !outside(&name);
            let binder = binder_of(&bound, &name, i, function(i)).filter(|j| *j <= i || later(j));
            edges.extend(binder);
        };
        Walk::new(&mut add).statement(statement);
        all.push(edges.into_iter().collect());
    }
    all
}

/// Which statement binds a name that is used in statement `at`: the nearest before it, itself if it is a function, else the first after it.
fn binder_of(bound: &BTreeMap<Name, Vec<usize>>, name: &Name, at: usize, function: bool) -> Option<usize> {
    let binders = bound.get(name)?;
    // Ascending; a pattern that binds a name twice is in there twice.
    let own = binders.partition_point(|binder| *binder < at);
    let after = binders.partition_point(|binder| *binder <= at);
    if function && own < after {
        return Some(at);
    }
    binders[..own].last().or_else(|| binders.get(after)).copied()
}
