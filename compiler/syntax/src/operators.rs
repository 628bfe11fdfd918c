//! A flat row of operands and operators to a tree, by the level of the last segment of each operator's name.
//!
//! All operators are left-associative. One without a level never rotates: it takes everything to its left as it stands,
//! and yields nothing to the operators after it.

use crate::tree::{Expr, ExprKind, Ident};

/// Operands with an operator between each two.
pub struct Chain {
    first: Expr,
    rest: Vec<(Ident, Expr)>,
}

impl Chain {
    pub fn new(first: Expr) -> Chain {
        Chain { first, rest: Vec::new() }
    }

    pub fn then(mut self, operator: Ident, operand: Expr) -> Chain {
        self.rest.push((operator, operand));
        self
    }

    /// The chain with `and` and `or` between two conditions read as operators, and where they stand: where the words could be no arguments.
    pub fn logical(self) -> (Chain, Vec<Ident>) {
        let mut words = Vec::new();
        let comparisons: Vec<bool> =
            self.rest.iter().map(|(operator, _)| matches!(level(operator), Some(2 | 3))).collect();
        let between = |at: usize| at > 0 && comparisons[at - 1] && comparisons.get(at).copied().unwrap_or(false);
        let mut operands =
            std::iter::once((None, self.first)).chain(self.rest.into_iter().map(|(op, e)| (Some(op), e)));
        let mut chain: Option<Chain> = None;
        for (at, (operator, operand)) in operands.by_ref().enumerate() {
            let (first, more) = split(operand, between(at), &mut words);
            let next = match (chain.take(), operator) {
                (Some(chain), Some(operator)) => chain.then(operator, first),
                _ => Chain::new(first),
            };
            chain = Some(more.into_iter().fold(next, |chain, (operator, operand)| chain.then(operator, operand)));
        }
        (chain.expect("a chain has a first operand"), words)
    }

    /// The tree. `waiting` are left operands whose operator binds less than what follows.
    pub fn group(self) -> Expr {
        let mut waiting: Vec<(Expr, Ident)> = Vec::new();
        let mut current = self.first;
        for (operator, operand) in self.rest {
            let tighter =
                |before: &Ident| matches!((level(&operator), level(before)), (Some(new), Some(old)) if new > old);
            while let Some((left, before)) = waiting.pop_if(|(_, before)| !tighter(before)) {
                current = infix(left, before, current);
            }
            waiting.push((current, operator));
            current = operand;
        }
        while let Some((left, operator)) = waiting.pop() {
            current = infix(left, operator, current);
        }
        current
    }
}

/// An operand at the words `and` and `or` in it, if it is a value that takes no arguments, or stands between two comparisons.
fn split(operand: Expr, between: bool, words: &mut Vec<Ident>) -> (Expr, Vec<(Ident, Expr)>) {
    let is_value = |head: &Expr| matches!(head.kind, ExprKind::Literal(_));
    let symbol = |arg: &Expr| match &arg.kind {
        ExprKind::Name(name) if name.as_str() == "and" => Some("&&"),
        ExprKind::Name(name) if name.as_str() == "or" => Some("||"),
        _ => None,
    };
    let inner = |args: &[Expr]| args[..args.len().saturating_sub(1)].iter().any(|arg| symbol(arg).is_some());
    let span = operand.span;
    match operand.kind {
        ExprKind::App(head, args) if (between || is_value(&head)) && inner(&args) => {
            let last = args.len() - 1;
            let (mut first, mut more, mut part) = (None, Vec::new(), vec![*head]);
            let mut before: Option<Ident> = None;
            for (at, arg) in args.into_iter().enumerate() {
                let Some(symbol) = symbol(&arg).filter(|_| at < last && !part.is_empty()) else {
                    part.push(arg);
                    continue;
                };
                put(&mut first, &mut more, before.take(), applied(std::mem::take(&mut part)));
                words.push(Ident { name: builder_name(&arg), span: arg.span });
                before = Some(Ident { name: symbol.into(), span: arg.span });
            }
            put(&mut first, &mut more, before, applied(part));
            (first.expect("the head stands first"), more)
        }
        kind => (Expr { span, kind }, Vec::new()),
    }
}

fn put(first: &mut Option<Expr>, more: &mut Vec<(Ident, Expr)>, operator: Option<Ident>, operand: Expr) {
    match operator {
        Some(operator) => more.push((operator, operand)),
        None => *first = Some(operand),
    }
}

fn builder_name(word: &Expr) -> base::Name {
    match &word.kind {
        ExprKind::Name(name) => name.clone(),
        _ => base::Name::new(""),
    }
}

/// The first one applied to the others.
fn applied(mut parts: Vec<Expr>) -> Expr {
    let head = parts.remove(0);
    let Some(last) = parts.last() else { return head };
    Expr { span: head.span.to(last.span), kind: ExprKind::App(Box::new(head), parts) }
}

fn level(operator: &Ident) -> Option<u8> {
    operator_level(operator.name.last())
}

/// How tightly an operator binds, by the last segment of its name; none for one that has no level.
pub fn operator_level(last: &str) -> Option<u8> {
    Some(match last {
        "||" | "|" => 0,
        "&&" | "&" => 1,
        "==" | "!==" | "!=" | "===" => 2,
        "<" | ">" | ">=" | "<=" => 3,
        "+" | "-" => 4,
        "*" | "/" | "%" => 5,
        "^" | "^^" | "**" => 6,
        _ => return None,
    })
}

fn infix(left: Expr, operator: Ident, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    let (left, right) = (Box::new(left), Box::new(right));
    let kind = match operator.name.as_str() {
        "&&" => ExprKind::And(left, right),
        "||" => ExprKind::Or(left, right),
        _ => ExprKind::Infix(left, operator, right),
    };
    Expr { span, kind }
}
