//! Expressions for what a doc literal holds.

use super::Target;
use crate::tree::{Expr, ExprKind, Literal};
use base::{Name, Span};

/// `syntax.FUNCTION args`
pub fn call(span: Span, function: &str, args: Vec<Expr>) -> Expr {
    let head = Expr { span, kind: ExprKind::Name(Name::new(format!("syntax.{function}"))) };
    Expr { span, kind: ExprKind::App(Box::new(head), args) }
}

pub fn list(span: Span, elements: Vec<Expr>) -> Expr {
    Expr { span, kind: ExprKind::List(elements) }
}

pub fn text(span: Span, text: impl Into<String>) -> Expr {
    Expr { span, kind: ExprKind::Literal(Literal::Text(text.into())) }
}

pub fn word(span: Span, words: impl Into<String>) -> Expr {
    call(span, "docWord", vec![text(span, words)])
}

pub fn nat(span: Span, n: u64) -> Expr {
    Expr { span, kind: ExprKind::Literal(Literal::Nat(n)) }
}

/// `'e`, whatever `e` is.
pub fn delay(body: Expr) -> Expr {
    Expr { span: body.span, kind: ExprKind::Delay { quoted: true, body: Box::new(body) } }
}

/// A link for whoever takes terms and types.
pub fn target(target: Target) -> Expr {
    match target {
        Target::Term(ident) => {
            let span = ident.span;
            call(span, "docEmbedTermLink", vec![Expr { span, kind: ExprKind::TermLink(ident) }])
        }
        Target::Type(ident) => {
            let span = ident.span;
            call(span, "docEmbedTypeLink", vec![Expr { span, kind: ExprKind::TypeLink(ident) }])
        }
    }
}
