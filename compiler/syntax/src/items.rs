//! Lines to items and statements: a signature joins the binding that follows it.

use crate::builder::Line;
use crate::habit::Habit;
use crate::problem::Problem;
use crate::tree::*;
use base::{Name, Span};
use std::ops::Range;

/// A signature that waits for its binding.
struct Waiting {
    span: Span,
    name: Ident,
    signature: TypeExpr,
    tokens: Range<usize>,
}

impl Waiting {
    fn report(self, problems: &mut Vec<Problem>) {
        problems.push(Problem::SignatureWithoutBinding { span: self.span, name: self.name.name.to_string() });
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
    for line in lines {
        if let Line::Signature(span, name, signature) = line {
            let next = Waiting { span, name, signature, tokens: 0..0 };
            if let Some(before) = waiting.replace(next) {
                before.report(problems);
            }
            continue;
        }
        let joined = join(line, waiting.take(), problems);
        has_arrow |= matches!(joined, Line::Binding { arrow: true, .. } | Line::Destructure { arrow: true, .. });
        statements.extend(statement(joined));
    }
    if let Some(before) = waiting {
        before.report(problems);
    }
    (statements, has_arrow)
}

/// The line with the signature that stands before it, if it is for it.
fn join(mut line: Line, waiting: Option<Waiting>, problems: &mut Vec<Problem>) -> Line {
    match (&mut line, waiting) {
        (Line::Binding { binding, .. }, Some(before)) if before.is_for(binding) => {
            binding.span = before.span.to(binding.span);
            binding.signature = Some(before.signature);
        }
        // What could not be read may well have been its binding.
        (Line::Expr(Expr { kind: ExprKind::Error, .. }), _) | (_, None) => {}
        (_, Some(before)) => before.report(problems),
    }
    line
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
    started: bool,
    /// Whether an expression may stand between the definitions.
    prompt: bool,
}

impl Items {
    pub fn new() -> Items {
        Items { namespace: None, items: Vec::new(), waiting: None, literal: None, started: false, prompt: false }
    }

    /// For what is entered at a prompt, where an expression may stand alone.
    pub fn of_prompt() -> Items {
        Items { prompt: true, ..Items::new() }
    }

    /// Adds what stands on the tokens `tokens`; nothing for what could not be read.
    pub fn add(&mut self, line: Option<Line>, span: Span, tokens: Range<usize>, problems: &mut Vec<Problem>) {
        let first = !std::mem::replace(&mut self.started, true);
        let waiting = self.waiting.take();
        let Some(line) = line else { return self.literal = None };
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
        let line = join(line, waiting, problems);
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
        (self.namespace, self.items)
    }

    fn report(&self, waiting: Option<Waiting>, problems: &mut Vec<Problem>) {
        if let Some(waiting) = waiting {
            waiting.report(problems);
        }
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
