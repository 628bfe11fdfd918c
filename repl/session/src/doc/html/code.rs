//! Source text as markup: its parts in colours, its names as links.

use super::markup::{escape, link, span};
use base::SourceId;
use std::fmt::Write;
use syntax::token::{Token, TokenKind};

/// Where a name leads, if anywhere.
pub type Leads<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The markup of a text, whatever is wrong with it.
pub fn code(text: &str, leads: Leads<'_>) -> String {
    let (tokens, _) = syntax::tokens(SourceId::default(), text);
    let (mut shown, mut end) = (String::new(), 0);
    for token in &tokens {
        let (from, to) = (token.span.start as usize, token.span.end as usize);
        trivia(text.get(end..from).unwrap_or(""), &mut shown);
        shown += &one(token, text.get(from..to).unwrap_or(""), leads);
        end = to.max(end);
    }
    trivia(text.get(end..).unwrap_or(""), &mut shown);
    shown
}

/// Blanks, and comments between them.
fn trivia(text: &str, shown: &mut String) {
    let comment = text.trim();
    if comment.is_empty() {
        shown.push_str(text);
        return;
    }
    let (before, after) = text.split_once(comment).unwrap_or(("", ""));
    _ = write!(shown, "{before}{}{after}", span("c", comment));
}

fn one(token: &Token, text: &str, leads: Leads<'_>) -> String {
    match token.kind {
        TokenKind::Name => name(text, leads),
        TokenKind::Operator => {
            leads(text).map_or_else(|| span("o", text), |address| link(&address, "o", &escape(text)))
        }
        TokenKind::Nat | TokenKind::Int | TokenKind::Float | TokenKind::Bytes | TokenKind::True | TokenKind::False => {
            span("n", text)
        }
        TokenKind::Char | TokenKind::Text => span("s", text),
        TokenKind::Junk | TokenKind::Hash => escape(text),
        _ if text.starts_with(char::is_alphabetic) => span("k", text),
        _ => span("o", text),
    }
}

fn name(text: &str, leads: Leads<'_>) -> String {
    let is_type = text.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase));
    match leads(text) {
        Some(address) => link(&address, if is_type { "t" } else { "" }, &escape(text)),
        None if is_type => span("t", text),
        None => escape(text),
    }
}
