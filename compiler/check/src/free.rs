//! The names that a piece of source takes from outside: what it depends on.

use base::Name;
use std::collections::BTreeMap;
use syntax::tree::{
    Binding, Block, Case, Expr, ExprKind, Pattern, PatternKind, RowExpr, Statement, TypeExpr, TypeKind, Use,
};

/// A name that is not bound where it stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Found {
    Term(Name),
    /// In a pattern.
    Constructor(Name),
    Type(Name),
}

/// Walks over source and reports each free name, with the `use` clauses in force inside.
pub(crate) struct Walk<F> {
    bound: Bound,
    uses: Vec<Use>,
    found: F,
}

/// The names that are bound, as often as they are: asked at each name of a program, in blocks of any length.
#[derive(Default)]
struct Bound {
    order: Vec<Name>,
    times: BTreeMap<Name, usize>,
}

impl Bound {
    fn contains(&self, name: &Name) -> bool {
        self.times.get(name).is_some_and(|times| *times > 0)
    }

    fn push(&mut self, name: Name) {
        self.show(&name);
        self.order.push(name);
    }

    fn truncate(&mut self, len: usize) {
        for name in self.order.split_off(len) {
            self.hide(&name);
        }
    }

    fn show(&mut self, name: &Name) {
        *self.times.entry(name.clone()).or_default() += 1;
    }

    fn hide(&mut self, name: &Name) {
        if let Some(times) = self.times.get_mut(name) {
            *times -= 1;
        }
    }
}

/// The names that statements of a block bind.
pub(crate) fn binders(statement: &Statement) -> Vec<Name> {
    match statement {
        Statement::Binding(binding) => vec![binding.name.name.clone()],
        Statement::Destructure(pattern, _) => {
            let mut names = Vec::new();
            pattern_variables(pattern, &mut names);
            names
        }
        Statement::Use(_) | Statement::Expr(_) => Vec::new(),
    }
}

/// Whether a binding is a function or delay, which may refer to itself and to what follows.
pub(crate) fn is_function(binding: &Binding) -> bool {
    let marked = matches!(binding.signature.as_ref().map(|ty| &ty.kind), Some(TypeKind::Computation(..)));
    let plain_do = matches!(&binding.body.kind, ExprKind::Delay { quoted: false, body } if matches!(&body.kind, ExprKind::Block(block) if block.has_arrow));
    !binding.params.is_empty() || marked || (crate::application::is_function(&binding.body) && !plain_do)
}

fn pattern_variables(pattern: &Pattern, names: &mut Vec<Name>) {
    match &pattern.kind {
        PatternKind::Var(ident) => names.push(ident.name.clone()),
        PatternKind::As(ident, inner) => {
            names.push(ident.name.clone());
            pattern_variables(inner, names);
        }
        _ => children(pattern).into_iter().for_each(|child| pattern_variables(child, names)),
    }
}

fn children(pattern: &Pattern) -> Vec<&Pattern> {
    match &pattern.kind {
        PatternKind::Wild | PatternKind::Var(_) | PatternKind::Literal(_) | PatternKind::Error => Vec::new(),
        PatternKind::Constructor(_, fields) | PatternKind::Tuple(fields) | PatternKind::List(fields) => {
            fields.iter().collect()
        }
        PatternKind::Cons(a, b) | PatternKind::Snoc(a, b) | PatternKind::Concat(a, b) => vec![a, b],
        PatternKind::As(_, inner) | PatternKind::Pure(inner) => vec![inner],
        PatternKind::Request { args, resume, .. } => args.iter().chain([&**resume]).collect(),
    }
}

impl<F: FnMut(Found, &[Use])> Walk<F> {
    pub fn new(found: F) -> Walk<F> {
        Walk { bound: Bound::default(), uses: Vec::new(), found }
    }

    fn report(&mut self, found: Found) {
        (self.found)(found, &self.uses);
    }

    fn name(&mut self, name: &Name) {
        if !self.bound.contains(name) && !name.as_str().starts_with('_') {
            self.report(Found::Term(name.clone()));
        }
    }

    fn scoped(&mut self, act: impl FnOnce(&mut Self)) {
        let (bound, uses) = (self.bound.order.len(), self.uses.len());
        act(self);
        self.bound.truncate(bound);
        self.uses.truncate(uses);
    }

    pub fn binding(&mut self, binding: &Binding) {
        binding.signature.iter().for_each(|ty| self.ty(ty));
        self.scoped(|walk| {
            binding.params.iter().for_each(|param| walk.pattern(param));
            walk.expr(&binding.body);
        });
    }

    /// Reports what the pattern refers to and binds its variables.
    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Var(ident) | PatternKind::As(ident, _) => self.bound.push(ident.name.clone()),
            PatternKind::Constructor(ident, _) | PatternKind::Request { operation: ident, .. } => {
                self.report(Found::Constructor(ident.name.clone()));
            }
            _ => {}
        }
        children(pattern).into_iter().for_each(|child| self.pattern(child));
    }

    pub fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Binding(binding) => self.binding(binding),
            Statement::Destructure(pattern, expr) => {
                self.expr(expr);
                self.scoped(|walk| walk.pattern(pattern));
            }
            Statement::Use(_) => {}
            Statement::Expr(expr) => self.expr(expr),
        }
    }

    fn block(&mut self, block: &Block) {
        self.scoped(|walk| {
            for statement in &block.statements {
                if let Statement::Use(clause) = statement {
                    walk.uses.push(clause.clone());
                }
            }
            block.statements.iter().flat_map(binders).for_each(|name| walk.bound.push(name));
            for statement in &block.statements {
                let own = matches!(statement, Statement::Binding(binding) if is_function(binding));
                let hidden = if own { Vec::new() } else { binders(statement) };
                hidden.iter().for_each(|name| walk.bound.hide(name));
                walk.statement(statement);
                hidden.iter().for_each(|name| walk.bound.show(name));
            }
        });
    }

    fn cases(&mut self, cases: &[Case]) {
        for case in cases {
            self.scoped(|walk| {
                case.patterns.iter().for_each(|pattern| walk.pattern(pattern));
                for body in &case.bodies {
                    body.guard.iter().for_each(|guard| walk.expr(guard));
                    walk.expr(&body.body);
                }
            });
        }
    }

    pub fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.name(name),
            ExprKind::TermLink(ident) => self.name(&ident.name),
            ExprKind::TypeLink(ident) => self.report(Found::Type(ident.name.clone())),
            ExprKind::Literal(_) | ExprKind::Error => {}
            ExprKind::App(head, args) => {
                self.expr(head);
                args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Infix(left, operator, right) => {
                self.expr(left);
                self.name(&operator.name);
                self.expr(right);
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) | ExprKind::Handle(a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Lambda(params, body) => self.scoped(|walk| {
                params.iter().for_each(|param| walk.pattern(param));
                walk.expr(body);
            }),
            ExprKind::Delay { body, .. } | ExprKind::Force(body) => self.expr(body),
            ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|part| self.expr(part)),
            ExprKind::Match(scrutinee, cases) => {
                self.expr(scrutinee);
                self.cases(cases);
            }
            ExprKind::Cases(cases) => self.cases(cases),
            ExprKind::Block(block) => self.block(block),
            ExprKind::List(elements) | ExprKind::Tuple(elements) => {
                elements.iter().for_each(|element| self.expr(element));
            }
            ExprKind::Annotated(body, ty) => {
                self.expr(body);
                self.ty(ty);
            }
        }
    }

    pub fn ty(&mut self, ty: &TypeExpr) {
        match &ty.kind {
            TypeKind::Name(name) => {
                if !crate::signature::is_variable(name) {
                    self.report(Found::Type(name.clone()));
                }
            }
            TypeKind::App(head, args) => {
                self.ty(head);
                args.iter().for_each(|arg| self.ty(arg));
            }
            TypeKind::Arrow(arg, row, ret) => {
                self.ty(arg);
                row.iter().for_each(|row| self.row(row));
                self.ty(ret);
            }
            TypeKind::Computation(row, result) => {
                self.row(row);
                self.ty(result);
            }
            TypeKind::Delay(row, result) => {
                row.iter().for_each(|row| self.row(row));
                self.ty(result);
            }
            TypeKind::List(inner) | TypeKind::Forall(_, inner) => self.ty(inner),
            TypeKind::Tuple(elements) => elements.iter().for_each(|element| self.ty(element)),
            TypeKind::Row(row) => self.row(row),
            TypeKind::Error => {}
        }
    }

    fn row(&mut self, row: &RowExpr) {
        row.abilities.iter().for_each(|ability| self.ty(ability));
    }
}
