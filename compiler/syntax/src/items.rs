//! Lines to items and statements: a signature joins the binding that follows it.

use crate::builder::Line;
use crate::habit::Habit;
use crate::problem::{Below, Problem};
use crate::tree::*;
use base::{Name, Span};
use std::collections::BTreeSet;
use std::ops::Range;

/// A signature that waits for its binding.
struct Waiting {
    span: Span,
    name: Ident,
    signature: TypeExpr,
    tokens: Range<usize>,
}

/// A binding that is missing or could not be read, as its signature promises it: uses of its name are no mistakes.
struct Orphan {
    binding: Binding,
    tokens: Range<usize>,
}

/// Letters of a name for each edit between it and another one that is taken for it.
const LETTERS_PER_EDIT: usize = 3;

impl Waiting {
    fn report(self, below: Option<Below>, problems: &mut Vec<Problem>) -> Orphan {
        let (span, name) = (self.span, self.name.name.to_string());
        problems.push(Problem::SignatureWithoutBinding { span, name, below });
        self.orphan()
    }

    fn orphan(self) -> Orphan {
        let Waiting { span, name, signature, tokens } = self;
        let body = Expr { kind: ExprKind::Error, span };
        let binding = Binding { span, name, signature: Some(signature), params: Vec::new(), body };
        Orphan { binding, tokens }
    }

    /// What stands in place of its binding, if that is clear.
    fn below(&self, line: &Line) -> Option<Below> {
        match line {
            Line::Binding { binding, .. } if binding.signature.is_none() => {
                let (wanted, written) = (self.name.name.to_string(), binding.name.name.to_string());
                let is_near = base::similar::distance(&wanted, &written) * LETTERS_PER_EDIT <= wanted.chars().count();
                is_near.then_some(Below::Named(binding.name.span, written))
            }
            Line::Expr(expr) if head_of(expr).is_some_and(|head| *head == self.name.name) => {
                Some(Below::NoEquals(expr.span))
            }
            _ => None,
        }
    }

    /// Whether the binding is the one that this signature is for.
    fn is_for(&self, binding: &Binding) -> bool {
        self.name.name == binding.name.name
    }
}

/// A doc literal that waits for the definition below it.
struct Literal {
    span: Span,
    doc: Expr,
    tokens: Range<usize>,
}

impl Literal {
    /// The definition `NAME.doc`.
    fn named(self, name: &Name) -> Item {
        let Literal { span, doc, tokens } = self;
        let name = Ident { name: name.join(&Name::new(DOC)), span };
        let binding = Binding { span, name, signature: None, params: Vec::new(), body: doc };
        Item { span, tokens, kind: ItemKind::Binding(binding) }
    }
}

/// What the documentation of a definition is called, behind its name.
const DOC: &str = "doc";

/// The statements of a block, and whether one of them was written with `<-`.
pub fn statements(lines: Vec<Line>, problems: &mut Vec<Problem>) -> (Vec<Statement>, bool) {
    let mut statements = Vec::with_capacity(lines.len());
    let mut has_arrow = false;
    let mut waiting: Option<Waiting> = None;
    let mut orphans = Vec::new();
    for line in lines {
        if let Line::Signature(span, name, signature) = line {
            let next = Waiting { span, name, signature, tokens: 0..0 };
            let before = waiting.replace(next).map(|before| before.report(None, problems));
            orphans.extend(before.map(|orphan| (statements.len(), orphan)));
            continue;
        }
        let (joined, orphan) = join(line, waiting.take(), problems);
        orphans.extend(orphan.map(|orphan| (statements.len(), orphan)));
        has_arrow |= matches!(joined, Line::Binding { arrow: true, .. } | Line::Destructure { arrow: true, .. });
        statements.extend(statement(joined));
    }
    orphans.extend(waiting.map(|before| (statements.len(), before.report(None, problems))));
    (with_orphans(statements, orphans), has_arrow)
}

/// The statements with those bindings that nothing else is, each before the statement of its number.
fn with_orphans(statements: Vec<Statement>, mut orphans: Vec<(usize, Orphan)>) -> Vec<Statement> {
    if orphans.is_empty() {
        return statements;
    }
    let bound = statements.iter().filter_map(|statement| match statement {
        Statement::Binding(binding) => Some(binding.name.name.clone()),
        _ => None,
    });
    let bound: BTreeSet<Name> = bound.collect();
    orphans.retain(|(_, orphan)| !bound.contains(&orphan.binding.name.name));
    let mut orphans = orphans.into_iter().peekable();
    let mut all = Vec::with_capacity(statements.len() + orphans.len());
    for (at, statement) in statements.into_iter().enumerate() {
        while let Some((_, orphan)) = orphans.next_if(|(before, _)| *before <= at) {
            all.push(Statement::Binding(orphan.binding));
        }
        all.push(statement);
    }
    all.extend(orphans.map(|(_, orphan)| Statement::Binding(orphan.binding)));
    all
}

/// The line with the signature that stands before it, if it is for it; else what that promises.
fn join(mut line: Line, waiting: Option<Waiting>, problems: &mut Vec<Problem>) -> (Line, Option<Orphan>) {
    let orphan = match (&mut line, waiting) {
        (Line::Binding { binding, .. }, Some(before)) if before.is_for(binding) => {
            binding.span = before.span.to(binding.span);
            binding.signature = Some(before.signature);
            None
        }
        // What could not be read may well have been its binding.
        (Line::Expr(Expr { kind: ExprKind::Error, .. }), waiting) => waiting.map(Waiting::orphan),
        (_, None) => None,
        (_, Some(before)) => {
            let below = before.below(&line);
            match (&below, &mut line) {
                (Some(Below::NoEquals(span)), _) => line = Line::Expr(Expr { kind: ExprKind::Error, span: *span }),
                (Some(Below::Named(..)), Line::Binding { binding, .. }) => {
                    binding.signature = Some(before.signature.clone());
                }
                _ => {}
            }
            Some(before.report(below, problems))
        }
    };
    (line, orphan)
}

/// The name that an expression begins with.
fn head_of(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::App(head, _) | ExprKind::Infix(head, ..) => head_of(head),
        ExprKind::And(left, _) | ExprKind::Or(left, _) => head_of(left),
        _ => None,
    }
}

/// A line of a block; the grammar lets no other lines into one.
fn statement(line: Line) -> Option<Statement> {
    match line {
        Line::Use(used) => Some(Statement::Use(used)),
        Line::Binding { binding, .. } => Some(Statement::Binding(binding)),
        Line::Destructure { pattern, body, .. } => Some(Statement::Destructure(pattern, body)),
        Line::Expr(expr) => Some(Statement::Expr(expr)),
        _ => None,
    }
}

/// Gathers the items of a file.
pub struct Items {
    pub namespace: Option<Name>,
    pub items: Vec<Item>,
    waiting: Option<Waiting>,
    literal: Option<Literal>,
    orphans: Vec<Orphan>,
    started: bool,
    /// Whether an expression may stand between the definitions.
    prompt: bool,
}

impl Items {
    pub fn new() -> Items {
        Items {
            namespace: None,
            items: Vec::new(),
            waiting: None,
            literal: None,
            orphans: Vec::new(),
            started: false,
            prompt: false,
        }
    }

    /// For what is entered at a prompt, where an expression may stand alone.
    pub fn of_prompt() -> Items {
        Items { prompt: true, ..Items::new() }
    }

    /// Adds what stands on the tokens `tokens`; nothing for what could not be read.
    pub fn add(&mut self, line: Option<Line>, span: Span, tokens: Range<usize>, problems: &mut Vec<Problem>) {
        let first = !std::mem::replace(&mut self.started, true);
        let waiting = self.waiting.take();
        let Some(line) = line else {
            self.orphans.extend(waiting.map(Waiting::orphan));
            return self.literal = None;
        };
        if let Line::Doc(doc) = line {
            self.report(waiting, problems);
            let before = self.literal.replace(Literal { span, doc, tokens });
            return self.leave_literal(before, problems);
        }
        if let Line::Signature(span, name, signature) = line {
            self.waiting = Some(Waiting { span, name, signature, tokens });
            self.report(waiting, problems);
            return;
        }
        let tokens = match (&line, &waiting) {
            (Line::Binding { binding, .. }, Some(before)) if before.is_for(binding) => before.tokens.start..tokens.end,
            _ => tokens,
        };
        let (line, orphan) = join(line, waiting, problems);
        self.orphans.extend(orphan);
        let literal = self.literal.take();
        if let Some((span, kind)) = self.item(line, span, first, problems) {
            match (literal, kind.defines()) {
                (Some(literal), Some(name)) => self.items.push(literal.named(&name.name)),
                (literal, _) => self.leave_literal(literal, problems),
            }
            self.items.push(Item { span, tokens, kind });
        } else if problems.is_empty() {
            self.leave_literal(literal, problems);
        }
    }

    /// A doc literal with no definition below it: at a prompt, an expression.
    fn leave_literal(&mut self, literal: Option<Literal>, problems: &mut Vec<Problem>) {
        let Some(Literal { span, doc, tokens }) = literal else { return };
        if self.prompt {
            let watch = Watch { span, kind: None, name: None, expr: doc };
            self.items.push(Item { span, tokens, kind: ItemKind::Watch(watch) });
        } else {
            problems.push(Problem::DocAlone { span });
        }
    }

    /// Reports a signature at the end of the file.
    pub fn finish(mut self, problems: &mut Vec<Problem>) -> (Option<Name>, Vec<Item>) {
        let waiting = self.waiting.take();
        self.report(waiting, problems);
        let literal = self.literal.take();
        self.leave_literal(literal, problems);
        let defined: BTreeSet<Name> =
            self.items.iter().filter_map(|item| Some(item.kind.defines()?.name.clone())).collect();
        let orphans = self.orphans.into_iter().filter(|orphan| !defined.contains(&orphan.binding.name.name));
        self.items.extend(orphans.map(|Orphan { binding, tokens }| {
            let (span, kind) = (binding.span, ItemKind::Binding(binding));
            Item { span, tokens, kind }
        }));
        self.items.sort_by_key(|item| item.tokens.start);
        (self.namespace, self.items)
    }

    fn report(&mut self, waiting: Option<Waiting>, problems: &mut Vec<Problem>) {
        self.orphans.extend(waiting.map(|waiting| waiting.report(None, problems)));
    }

    fn item(&mut self, line: Line, span: Span, first: bool, problems: &mut Vec<Problem>) -> Option<(Span, ItemKind)> {
        match line {
            Line::Type(declaration) => {
                report_small(&declaration.name, Habit::SmallType, problems);
                if let TypeBody::Constructors(constructors) = &declaration.body {
                    let small =
                        |each: &ConstructorDeclaration| report_small(&each.name, Habit::SmallConstructor, problems);
                    constructors.iter().for_each(small);
                }
                return Some((span, ItemKind::Type(declaration)));
            }
            Line::Ability(declaration) => {
                report_small(&declaration.name, Habit::SmallType, problems);
                return Some((span, ItemKind::Ability(declaration)));
            }
            Line::Watch(watch) => return Some((span, ItemKind::Watch(watch))),
            Line::Use(used) => return Some((span, ItemKind::Use(used))),
            Line::Namespace(ident) if first => self.namespace = Some(ident.name),
            Line::Namespace(_) => problems.push(Problem::MisplacedNamespace { span }),
            Line::Binding { mut binding, arrow } => {
                if arrow {
                    problems.push(Problem::ArrowOutsideBlock { span: binding.name.span });
                    binding.body.kind = ExprKind::Error;
                }
                return Some((binding.span, ItemKind::Binding(binding)));
            }
            Line::Destructure { pattern: Pattern { kind: PatternKind::Error, .. }, .. } => {}
            Line::Destructure { pattern, .. } => problems.push(Problem::PatternAtTopLevel { span: pattern.span }),
            Line::Expr(Expr { kind: ExprKind::Error, .. }) | Line::Signature(..) | Line::Doc(_) => {}
            Line::Expr(expr) if self.prompt => {
                return Some((span, ItemKind::Watch(Watch { span, kind: None, name: None, expr })));
            }
            Line::Expr(expr) if let Some(operator) = definition_sign(&expr) => {
                problems.push(Problem::Habit { span: operator, what: Habit::Assignment });
            }
            Line::Expr(_) | Line::Block(_) => problems.push(Problem::BareExpression { span }),
        }
        None
    }
}

/// Reports a type, ability or constructor that would be taken for a variable where it is used.
fn report_small(name: &Ident, what: fn(String) -> Habit, problems: &mut Vec<Problem>) {
    let last = name.name.last();
    if last.starts_with(|c: char| c.is_lowercase() || c == '_') {
        problems.push(Problem::Habit { span: name.span, what: what(last.to_string()) });
    }
}

/// The `==` of `f x == ..`, which was to define something.
fn definition_sign(expr: &Expr) -> Option<Span> {
    let ExprKind::Infix(left, operator, _) = &expr.kind else { return None };
    let named = |expr: &Expr| matches!(expr.kind, ExprKind::Name(_));
    let head = match &left.kind {
        ExprKind::App(head, args) => named(head) && args.iter().all(named),
        _ => named(left),
    };
    (head && operator.name.as_str() == "==").then_some(operator.span)
}
