//! Text to tree: tokens (logos), a layout pass, a LALRPOP grammar, operators by level.
//!
//! **Invariant:** total and without meaning. Any text gives a tree and problems, never a panic; no name is resolved here.
#![forbid(unsafe_code)]

mod context;
mod doc;
mod layout;
mod lexeme;
mod lexer;
mod literal;
mod mark;
pub mod measure;
mod place;
pub mod token;
lalrpop_util::lalrpop_mod!(
    #[allow(clippy::all, clippy::allow_attributes_without_reason, clippy::unwrap_used, unused, reason = "generated")]
    grammar
);
mod builder;
pub mod expected;
pub mod habit;
mod items;
mod operators;
pub mod problem;
mod quotes;
mod recover;
pub mod tree;
mod format;

pub use format::format;
pub use operators::operator_level;
pub use problem::Problem;
pub use quotes::single_quoted;

use base::limits::SOURCE_BYTES_MAX;
use base::{Name, SourceId, Span};
use builder::Line;
use lexeme::{Lexeme, Terminal};
use std::ops::Range;

/// Problems of one file that are reported.
const PROBLEMS_MAX: usize = 200;

/// Reads a file. Whatever the text, there is a tree, in which places that could not be read are missing or `Error`.
/// Problems are in source order.
///
/// To drop a tree takes stack in proportion to its depth, see [`measure`].
pub fn parse(source: SourceId, text: &str) -> (tree::File, Vec<Problem>) {
    parse_items(source, text, items::Items::new())
}

/// Reads what was entered at a prompt: as [`parse`], but an expression between the definitions is a watch without a word.
pub fn parse_prompt(source: SourceId, text: &str) -> (tree::File, Vec<Problem>) {
    parse_items(source, text, items::Items::of_prompt())
}

/// The tokens of a text, with what is wrong with them.
pub fn tokens(source: SourceId, text: &str) -> (Vec<token::Token>, Vec<Problem>) {
    lexer::lex(source, text)
}

/// The names and operators of a text, those in its doc literals among them, in order.
pub fn names(source: SourceId, text: &str) -> Vec<token::Token> {
    let mut names = Vec::new();
    let mut parts = vec![(0..text.len(), 0)];
    while let Some((part, level)) = parts.pop() {
        for token in lexer::lex_part(source, text, part).0 {
            match token.kind {
                token::TokenKind::Name | token::TokenKind::Operator => names.push(token),
                token::TokenKind::Doc if level < doc::LEVELS_MAX => {
                    parts.extend(doc::code_in(text, token.span).into_iter().map(|part| (part, level + 1)));
                }
                _ => {}
            }
        }
    }
    names.sort_by_key(|token| token.span);
    names.dedup();
    names
}

fn parse_items(source: SourceId, text: &str, mut items: items::Items) -> (tree::File, Vec<Problem>) {
    let empty = tree::File { source, tokens: Vec::new(), namespace: None, items: Vec::new(), unread: Vec::new() };
    if text.len() > SOURCE_BYTES_MAX {
        return (empty, vec![Problem::SourceTooLong { span: Span::new(source, 0, 0) }]);
    }
    let (tokens, mut problems) = lexer::lex(source, text);
    let laid = layout::layout(source, text, &tokens);
    problems.extend(laid.problems);
    let written = |at: &usize| written_name(text, &tokens[*at]);
    let mut unread: Vec<Name> = laid.unread.iter().map(written).collect();
    let mut equation: Option<Name> = None;
    for group in laid.items {
        let (span, range) = extent(&group, &tokens);
        let told = problems.len();
        let line = match (read(text, &group, 0, &mut problems), group.as_slice()) {
            (Some(Line::Expr(doc)), [literal]) if literal.is(token::TokenKind::Doc) => Some(Line::Doc(doc)),
            (line, _) => line,
        };
        if problems.len() > told || group.iter().any(|lexeme| lexeme.terminal == Terminal::Hole) {
            unread.extend(unread_names(text, &tokens, range.clone(), line.as_ref()));
        }
        equation = one_equation(line.as_ref(), equation, told, &mut problems);
        items.add(line, span, range, &mut problems);
    }
    let (namespace, items) = items.finish(&mut problems);
    (tree::File { tokens, namespace, items, unread, ..empty }, in_order(problems))
}

/// Reads one expression, or the statements of a block, as at a prompt.
pub fn parse_expr(source: SourceId, text: &str) -> (Option<tree::Expr>, Vec<Problem>) {
    if text.len() > SOURCE_BYTES_MAX {
        return (None, vec![Problem::SourceTooLong { span: Span::new(source, 0, 0) }]);
    }
    let (expr, problems) = parse_part(source, text, 0..text.len(), 0);
    (expr, in_order(problems))
}

/// Reads a part of a text as [`parse_expr`] does, inside as many doc literals as `level` says.
fn parse_part(source: SourceId, text: &str, part: Range<usize>, level: usize) -> (Option<tree::Expr>, Vec<Problem>) {
    let (tokens, mut problems) = lexer::lex_part(source, text, part.clone());
    let laid = layout::layout(source, text, &tokens);
    problems.extend(laid.problems);
    let mark = |terminal, at: usize| Lexeme { terminal, span: Span::new(source, at, at), token: 0 };
    let mut block = vec![mark(Terminal::Open, part.start)];
    block.extend(laid.items.join(&mark(Terminal::Separator, part.end)));
    block.push(mark(Terminal::Close, part.end));
    let expr = match read(text, &block, level, &mut problems) {
        Some(Line::Block(expr)) => Some(expr),
        _ => None,
    };
    (expr, problems)
}

fn read(text: &str, group: &[Lexeme], level: usize, problems: &mut Vec<Problem>) -> Option<Line> {
    let measured = measure::measure(group, level, problems);
    recover::read(text, mark::mark(&measured), level, problems)
}

/// Of several equations of one function only the first one is told to take not every value. Gives the function's name.
fn one_equation(line: Option<&Line>, before: Option<Name>, told: usize, problems: &mut Vec<Problem>) -> Option<Name> {
    let is_refutable = |problem: &Problem| matches!(problem, Problem::RefutableParameter { .. });
    let Some(Line::Binding { binding, .. }) = line else { return None };
    if !problems[told..].iter().any(is_refutable) {
        return None;
    }
    if before.as_ref() == Some(&binding.name.name) {
        let mut own = problems.split_off(told);
        own.retain(|problem| !is_refutable(problem));
        problems.append(&mut own);
    }
    Some(binding.name.name.clone())
}

fn written_name(text: &str, token: &token::Token) -> Name {
    builder::name(text.get(token.span.start as usize..token.span.end as usize).unwrap_or(""))
}

/// What an item with a mistake may define: everything in a declaration, else the name at its start.
fn unread_names(text: &str, tokens: &[token::Token], range: std::ops::Range<usize>, line: Option<&Line>) -> Vec<Name> {
    let tokens = tokens.get(range).unwrap_or(&[]);
    let names = tokens.iter().filter(|token| token.kind == token::TokenKind::Name);
    let count = match line {
        Some(Line::Type(_) | Line::Ability(_)) => usize::MAX,
        Some(Line::Binding { .. } | Line::Signature(..) | Line::Watch(_) | Line::Use(_)) => 0,
        _ if tokens.first().is_some_and(|first| first.kind != token::TokenKind::Name || declares(text, first)) => {
            usize::MAX
        }
        _ => 1,
    };
    names.take(count).map(|token| written_name(text, token)).collect()
}

/// Whether a word begins declarations in other languages.
fn declares(text: &str, token: &token::Token) -> bool {
    habit::foreign(text.get(token.span.start as usize..token.span.end as usize).unwrap_or("")).is_some()
}

/// The place of an item, and its tokens. A hole stands for several.
fn extent(group: &[Lexeme], tokens: &[token::Token]) -> (Span, std::ops::Range<usize>) {
    let mut written = group.iter().filter(|x| !x.terminal.is_mark());
    let Some(first) = written.next() else { return (Span::default(), 0..0) };
    let last = written.next_back().unwrap_or(first);
    let within = |token: &token::Token| token.span.end <= last.span.end;
    let behind = tokens[last.token + 1..].iter().take_while(|token| within(token)).count();
    (first.span.to(last.span), first.token..last.token + 1 + behind)
}

fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(Problem::span);
    problems.truncate(PROBLEMS_MAX);
    problems
}
