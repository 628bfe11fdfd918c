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
