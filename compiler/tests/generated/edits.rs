//! Every edit of one place in the text of a definition that says something else: found by the tree, made in the text.
//!
//! No such edit, since they say the same: other names of variables; layout, comments, parentheses that change no grouping, and another form of a literal
//! (`0x2a` for `42`); another name for one definition (a suffix, or a synonym); `use` clauses; the order of local functions, and of definitions; a signature that
//! says what is inferred anyway, and names of its variables; `f x y = e` for `f = x y -> e`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use syntax::tree::{
    Binding, Block, Case, Expr, ExprKind, GuardedBody, Literal, Pattern, PatternKind, Statement, TypeExpr, TypeKind,
};

/// What stands at a place instead.
#[derive(Clone, Debug)]
pub struct Edit {
    pub kind: &'static str,
    pub place: Range<usize>,
    pub text: String,
    /// Of two parts that are exchanged: the first one in both places. If that makes no difference, they say the same.
    pub alike: Option<String>,
}

/// What may stand in for what, besides variables: names of the same type, and constructors with as many fields.
pub struct Substitutes<'s> {
    pub names: &'s dyn Fn(&str) -> Option<String>,
    pub constructors: &'s BTreeMap<String, String>,
}

/// The edits of a definition; places are those of the whole text.
pub fn of(text: &str, binding: &Binding, substitutes: &Substitutes) -> Vec<Edit> {
    let mut editor = Editor { text, substitutes, scope: Vec::new(), edits: Vec::new() };
    if let Some(signature) = &binding.signature {
        let mut variables = BTreeSet::new();
        type_variables(signature, &mut variables);
        editor.signature(signature, &variables.into_iter().collect::<Vec<_>>());
    }
    editor.binding(binding);
    editor.edits
}

/// They keep their grouping.
const OPERANDS: &str = "swapped operands";

struct Editor<'e> {
    text: &'e str,
    substitutes: &'e Substitutes<'e>,
    scope: Vec<String>,
    edits: Vec<Edit>,
}

fn range(span: base::Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

fn type_variables(ty: &TypeExpr, found: &mut BTreeSet<String>) {
    if let TypeKind::Name(name) = &ty.kind
        && name.as_str().starts_with(char::is_lowercase)
        && !name.as_str().contains('.')
    {
        found.insert(name.to_string());
    }
    type_parts(ty).into_iter().for_each(|part| type_variables(part, found));
}

fn type_parts(ty: &TypeExpr) -> Vec<&TypeExpr> {
    match &ty.kind {
        TypeKind::Name(_) | TypeKind::Error => Vec::new(),
        TypeKind::App(head, args) => std::iter::once(&**head).chain(args).collect(),
        TypeKind::Arrow(from, row, to) => {
            let row = row.iter().flat_map(|row| &row.abilities);
            std::iter::once(&**from).chain(row).chain([&**to]).collect()
        }
        TypeKind::Computation(row, inner) => row.abilities.iter().chain([&**inner]).collect(),
        TypeKind::Delay(row, inner) => row.iter().flat_map(|row| &row.abilities).chain([&**inner]).collect(),
        TypeKind::List(inner) | TypeKind::Forall(_, inner) => vec![inner],
        TypeKind::Tuple(elements) => elements.iter().collect(),
        TypeKind::Row(row) => row.abilities.iter().collect(),
    }
}

impl Editor<'_> {
    fn edit(&mut self, kind: &'static str, place: Range<usize>, text: impl Into<String>) {
        let text = text.into();
        if self.text[place.clone()] != text {
            self.edits.push(Edit { kind, place, text, alike: None });
        }
    }

    /// Exchanges two places, the first of which stands before the second.
    fn swap(&mut self, kind: &'static str, first: Range<usize>, second: Range<usize>) {
        if first.end > second.start || self.text[first.clone()] == self.text[second.clone()] {
            return;
        }
        let between = &self.text[first.end..second.start];
        let part = |place: &Range<usize>| match kind {
            OPERANDS => format!("({})", &self.text[place.clone()]),
            _ => self.text[place.clone()].to_string(),
        };
        let (a, b) = (part(&first), part(&second));
        let (text, alike) = (format!("{b}{between}{a}"), Some(format!("{a}{between}{a}")));
        self.edits.push(Edit { kind, place: first.start..second.end, text, alike });
    }

    fn signature(&mut self, ty: &TypeExpr, variables: &[String]) {
        if let TypeKind::Name(name) = &ty.kind {
            let other = match name.as_str() {
                "Nat" => Some("Int".to_string()),
                "Text" => Some("Char".to_string()),
                "Boolean" => Some("Nat".to_string()),
                name => {
                    variables.iter().find(|variable| variables.iter().any(|v| v == name) && *variable != name).cloned()
                }
            };
            other.into_iter().for_each(|other| self.edit("a type in the signature", range(ty.span), other));
            if variables.iter().any(|variable| variable == name.as_str()) {
                self.edit("a type for a variable of the signature", range(ty.span), "Nat");
            }
        }
        type_parts(ty).into_iter().for_each(|part| self.signature(part, variables));
    }

    fn binding(&mut self, binding: &Binding) {
        let outer = self.scope.len();
        binding.params.iter().for_each(|param| self.bind(param));
        self.expr(&binding.body);
        self.scope.truncate(outer);
    }

    fn bind(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Var(ident) => self.scope.push(ident.name.to_string()),
            PatternKind::As(ident, inner) => {
                self.scope.push(ident.name.to_string());
                self.bind(inner);
            }
            PatternKind::Literal(literal) => self.literal("a literal in a pattern", literal, range(pattern.span)),
            PatternKind::Constructor(ident, fields) => {
                self.constructor("a constructor in a pattern", ident.name.as_str(), range(ident.span));
                fields.iter().for_each(|field| self.bind(field));
            }
            PatternKind::Tuple(parts) | PatternKind::List(parts) => parts.iter().for_each(|part| self.bind(part)),
            PatternKind::Cons(a, b) | PatternKind::Snoc(a, b) | PatternKind::Concat(a, b) => {
                self.bind(a);
                self.bind(b);
            }
            PatternKind::Request { args, resume, .. } => {
                args.iter().for_each(|arg| self.bind(arg));
                self.bind(resume);
            }
            PatternKind::Pure(inner) => self.bind(inner),
            PatternKind::Wild | PatternKind::Error => {}
        }
    }

    fn literal(&mut self, kind: &'static str, literal: &Literal, place: Range<usize>) {
        let other = match literal {
            Literal::Nat(n) => format!("{}", n ^ 1),
            Literal::Int(n) => format!("{:+}", n ^ 1),
            Literal::Float(x) => format!("{:?}", if *x == 1.5 { 2.5 } else { 1.5 }),
            Literal::Char(c) => format!("?{}", if *c == 'a' { 'b' } else { 'a' }),
            Literal::Boolean(b) => format!("{}", !b),
            Literal::Bytes(bytes) => if bytes.is_empty() { "0xs00" } else { "0xs" }.to_string(),
            // A raw one has its quotes elsewhere.
            Literal::Text(_) if self.text[place.clone()].starts_with("\"\"\"") => return,
            Literal::Text(_) => format!("{} \"", &self.text[place.start..place.end - 1]),
        };
        self.edit(kind, place, other);
    }

    fn constructor(&mut self, kind: &'static str, name: &str, place: Range<usize>) {
        let (before, last) = name.rsplit_once('.').map_or(("", name), |(before, last)| (before, last));
        let Some(other) = self.substitutes.constructors.get(last) else { return };
        let dot = if before.is_empty() { "" } else { "." };
        self.edit(kind, place, format!("{before}{dot}{other}"));
    }

    fn name(&mut self, name: &str, place: Range<usize>) {
        if self.text[place.clone()] != *name {
            return;
        }
        if self.scope.iter().any(|variable| variable == name) {
            let mut others: Vec<String> = self.scope.iter().rev().filter(|other| *other != name).cloned().collect();
            others.dedup();
            others.truncate(3);
            others.into_iter().for_each(|other| self.edit("another variable", place.clone(), other));
            return;
        }
        self.constructor("another constructor", name, place.clone());
        if let Some(other) = (self.substitutes.names)(name) {
            self.edit("another definition of its type", place, other);
        }
    }

    fn operator(&mut self, operator: &str, place: Range<usize>) {
        let others = ["+-", "*/", "<>"];
        let same = others.iter().find_map(|pair| pair.find(operator).map(|at| &pair[1 - at..2 - at]));
        let other = match operator {
            "==" => Some("!="),
            "!=" => Some("=="),
            "<=" => Some("<"),
            ">=" => Some(">"),
            "+:" | ":+" | "++" | "<|" | "|>" => None,
            _ => same,
        };
        other.into_iter().for_each(|other| self.edit("an operator", place.clone(), other));
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    fn swaps(&mut self, kind: &'static str, exprs: &[Expr]) {
        for pair in exprs.windows(2) {
            self.swap(kind, range(pair[0].span), range(pair[1].span));
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let place = range(expr.span);
        match &expr.kind {
            ExprKind::Name(name) => self.name(name.as_str(), place),
            ExprKind::Literal(literal) => self.literal("a literal", literal, place),
            ExprKind::App(head, args) => {
                self.swaps("swapped arguments", args);
                self.expr(head);
                self.exprs(args);
            }
            ExprKind::Infix(left, operator, right) => {
                self.swap(OPERANDS, range(left.span), range(right.span));
                self.operator(operator.name.as_str(), range(operator.span));
                self.expr(left);
                self.expr(right);
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                let between = range(left.span).end..range(right.span).start;
                let other = if matches!(expr.kind, ExprKind::And(..)) { ("&&", "||") } else { ("||", "&&") };
                let text = self.text[between.clone()].replace(other.0, other.1);
                self.edit("an operator", between, text);
                self.swap(OPERANDS, range(left.span), range(right.span));
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Lambda(params, body) => {
                let outer = self.scope.len();
                params.iter().for_each(|param| self.bind(param));
                self.expr(body);
                self.scope.truncate(outer);
            }
            ExprKind::Delay { body, .. } | ExprKind::Force(body) | ExprKind::Annotated(body, _) => self.expr(body),
            ExprKind::If(condition, yes, no) => {
                self.swap("swapped branches", range(yes.span), range(no.span));
                self.expr(condition);
                self.expr(yes);
                self.expr(no);
            }
            ExprKind::Match(scrutinee, cases) => {
                self.expr(scrutinee);
                self.cases(cases);
            }
            ExprKind::Cases(cases) => self.cases(cases),
            ExprKind::Handle(body, handler) => {
                self.expr(body);
                self.expr(handler);
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::List(elements) | ExprKind::Tuple(elements) => {
                self.swaps("swapped elements", elements);
                self.exprs(elements);
            }
            ExprKind::TermLink(_) | ExprKind::TypeLink(_) | ExprKind::Error => {}
        }
    }

    fn cases(&mut self, cases: &[Case]) {
        for pair in cases.windows(2) {
            self.swap("swapped cases", range(pair[0].span), range(pair[1].span));
        }
        for case in cases {
            if cases.len() > 1 {
                self.edit("a case less", range(case.span), "");
            }
            let outer = self.scope.len();
            case.patterns.iter().for_each(|pattern| self.bind(pattern));
            for GuardedBody { guard, body } in &case.bodies {
                guard.iter().for_each(|guard| self.expr(guard));
                self.expr(body);
            }
            self.scope.truncate(outer);
        }
    }

    fn block(&mut self, block: &Block) {
        let outer = self.scope.len();
        for statement in &block.statements {
            match statement {
                Statement::Binding(binding) => self.scope.push(binding.name.name.to_string()),
                Statement::Destructure(pattern, _) => self.bind(pattern),
                Statement::Use(_) | Statement::Expr(_) => {}
            }
        }
        for pair in block.statements.windows(2) {
            if let (Some(first), Some(second)) = (value(&pair[0]), value(&pair[1])) {
                self.swap("swapped statements", first, second);
            }
        }
        for statement in &block.statements {
            match statement {
                Statement::Binding(binding) => self.binding(binding),
                Statement::Destructure(_, expr) => self.expr(expr),
                Statement::Expr(expr) => {
                    if block.statements.len() > 1 {
                        self.edit("a statement less", range(expr.span), "");
                    }
                    self.expr(expr);
                }
                Statement::Use(_) => {}
            }
        }
        self.scope.truncate(outer);
    }
}

/// The place of a statement whose order counts.
fn value(statement: &Statement) -> Option<Range<usize>> {
    match statement {
        Statement::Binding(binding) if binding.params.is_empty() && !is_function(&binding.body) => {
            Some(range(binding.span))
        }
        Statement::Destructure(pattern, expr) => Some(range(pattern.span.to(expr.span))),
        Statement::Expr(expr) => Some(range(expr.span)),
        Statement::Binding(_) | Statement::Use(_) => None,
    }
}

fn is_function(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Lambda(..) | ExprKind::Cases(_) | ExprKind::Delay { .. })
}
