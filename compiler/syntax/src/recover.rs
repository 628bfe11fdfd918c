//! Runs the grammar over an item until it can be read.
//!
//! Where a token does not fit, the smallest thing around it (what stands between two commas, a statement, a case) is
//! replaced by a hole, and the item is read again. So a mistake hides nothing but its own statement, and several in
//! one item are all found. A definition keeps its name, a signature too. Where the hole itself does not fit, the thing around it
//! is replaced in turn, without a further problem.
//!
//! **Invariant:** every round shortens the item or fills an empty place, and there are at most [`ROUNDS_MAX`] of them.

use crate::builder::{Builder, Line};
use crate::expected;
use crate::grammar::LineParser;
use crate::habit::Habit;
use crate::lexeme::{Lexeme, Terminal};
use crate::problem::Problem;
use crate::token::TokenKind;
use base::Span;
use lalrpop_util::ParseError;

/// How often an item is read again: mistakes in one definition that are worth showing, each with some replacements around it.
const ROUNDS_MAX: usize = 60;

/// Characters of an unexpected token that a message shows.
const FOUND_MAX: usize = 30;

/// What the item says, if anything can be made of it.
/// `level` tells in how many doc literals it stands.
pub fn read(text: &str, mut item: Vec<Lexeme>, level: usize, problems: &mut Vec<Problem>) -> Option<Line> {
    for _ in 0..ROUNDS_MAX {
        if item.iter().all(|x| x.terminal == Terminal::Hole) {
            return None;
        }
        let builder = Builder::new(text, &item, level);
        let stream = item.iter().enumerate().map(|(at, x)| Ok::<_, ()>((at, x.terminal, at + 1)));
        let (at, expected) = match LineParser::new().parse(&builder, stream) {
            Ok(line) => {
                problems.extend(builder.into_problems());
                return Some(line);
            }
            Err(error) => place(error, item.len()),
        };
        if !touches_hole(&item, at) {
            let problem = unexpected(text, &item, at, &expected);
            // A text between single quotes goes wrong at each of its signs.
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        item = repair(&item, at)?;
    }
    None
}

/// The index of the lexeme that does not fit, and what would have.
fn place(error: ParseError<usize, Terminal, ()>, len: usize) -> (usize, Vec<String>) {
    match error {
        ParseError::UnrecognizedToken { token, expected } => (token.0, expected),
        ParseError::ExtraToken { token } => (token.0, Vec::new()),
        ParseError::UnrecognizedEof { expected, .. } => (len, expected),
        ParseError::InvalidToken { location } => (location, Vec::new()),
        ParseError::User { .. } => (len, Vec::new()),
    }
}

/// Whether the lexeme or what stands before it is a hole. Of a block, its end counts: what goes wrong directly behind a part that could not be
/// read (such as the `then` behind a condition) mostly does because of it.
fn touches_hole(item: &[Lexeme], at: usize) -> bool {
    let is_hole = |x: Option<&Lexeme>| x.is_some_and(|x| x.terminal == Terminal::Hole);
    let before = item[..at.min(item.len())].iter().rev().find(|x| x.terminal != Terminal::Close);
    is_hole(item.get(at)) || is_hole(before)
}

fn unexpected(text: &str, item: &[Lexeme], at: usize, expected: &[String]) -> Problem {
    let culprit = culprit(item, at);
    if let Some(quoted) = item.get(culprit).and_then(|x| crate::quotes::single_quoted(text, x.span)) {
        return Problem::Habit { span: quoted, what: Habit::SingleQuotes };
    }
    let expected = if culprit == at { expected::fold(expected) } else { Vec::new() };
    match item.get(culprit) {
        Some(x) if !x.terminal.is_mark() && x.span.start < x.span.end => {
            let slice = text.get(x.span.start as usize..x.span.end as usize).unwrap_or("");
            let found = slice.lines().next().unwrap_or("").chars().take(FOUND_MAX).collect();
            Problem::Unexpected { span: x.span, found: Some(found), expected }
        }
        _ => {
            let end = item[..culprit.min(item.len())].last().map_or(Span::default(), |x| x.span);
            let span = item.get(culprit).map_or(Span { start: end.end, ..end }, |x| x.span.start_point());
            Problem::Unexpected { span, found: None, expected }
        }
    }
}

/// The lexeme that a user would call wrong: what made lookahead put a mark that does not fit.
fn culprit(item: &[Lexeme], at: usize) -> usize {
    use TokenKind::*;
    let reasons: &[TokenKind] = match item.get(at).map(|x| x.terminal) {
        Some(Terminal::Bind) => &[Equals, BackArrow],
        Some(Terminal::Sign) => &[Colon],
        Some(Terminal::Lambda) => &[Arrow],
        _ => return at,
    };
    let mut depth = 0usize;
    for (i, x) in item.iter().enumerate().skip(at) {
        if depth == 0 && reasons.iter().any(|kind| x.is(*kind)) {
            return i;
        }
        depth = depth + usize::from(x.terminal.opens()) - usize::from(depth > 0 && x.terminal.closes());
    }
    at
}

/// The item with a hole for the smallest thing around `at` that is not a hole already; nothing if that is the item.
fn repair(item: &[Lexeme], at: usize) -> Option<Vec<Lexeme>> {
    let mut at = at;
    loop {
        let (open, close) = (group_start(item, at), group_end(item, at));
        if let Some(open) = open.filter(|open| is_in_pattern(item, *open, close)) {
            // Without its variables, what follows could not be read as it was meant.
            at = open;
            continue;
        }
        let (start, end) = element(item, at, open, close);
        let old = &item[start..end];
        let new = collapse(old, item, start);
        let is_hole = matches!(old, [x] if x.terminal == Terminal::Hole);
        if !is_hole && (new.len() < old.len() || old.len() <= 1) {
            return Some([&item[..start], &new, &item[end..]].concat());
        }
        if !is_hole {
            return Some([&item[..start], &[hole(old, item, start)], &item[end..]].concat());
        }
        at = open?;
    }
}

/// Whether the bracket is a part of what stands before `=`, `<-` or `->`.
fn is_in_pattern(item: &[Lexeme], open: usize, close: usize) -> bool {
    if item[open].terminal == Terminal::Open {
        return false;
    }
    let mut depth = 0usize;
    for x in item.iter().skip(close + 1) {
        match x.terminal {
            Terminal::Token(TokenKind::Equals | TokenKind::BackArrow | TokenKind::Arrow) | Terminal::CaseArrow
                if depth == 0 =>
            {
                return true;
            }
            terminal if terminal.opens() && terminal != Terminal::Open => depth += 1,
            terminal if terminal.closes() && depth > 0 => depth -= 1,
            Terminal::Token(TokenKind::Name | TokenKind::Unit | TokenKind::Call | TokenKind::Comma)
            | Terminal::Hole => {}
            _ if depth > 0 => {}
            _ => return false,
        }
    }
    false
}

/// The opening lexeme of the group around `at`.
fn group_start(item: &[Lexeme], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    for i in (0..at.min(item.len())).rev() {
        if item[i].terminal.closes() {
            depth += 1;
        } else if item[i].terminal.opens() {
            if depth == 0 {
                return Some(i);
            }
            depth -= 1;
        }
    }
    None
}

/// The closing lexeme of the group around `at`, or the end of the item.
fn group_end(item: &[Lexeme], at: usize) -> usize {
    let mut depth = 0usize;
    for (i, x) in item.iter().enumerate().skip(at) {
        if x.terminal.opens() {
            depth += 1;
        } else if x.terminal.closes() {
            if depth == 0 {
                return i;
            }
            depth -= 1;
        }
    }
    item.len()
}

/// The element around `at` in a group: a statement of a block, or what stands between two commas of a bracket.
fn element(item: &[Lexeme], at: usize, open: Option<usize>, close: usize) -> (usize, usize) {
    let bracket = open.is_some_and(|open| item[open].terminal != Terminal::Open);
    let (mut start, mut depth) = (open.map_or(0, |open| open + 1), 0usize);
    for (i, x) in item.iter().enumerate().take(close).skip(start) {
        let boundary = if bracket { x.is(TokenKind::Comma) } else { x.terminal == Terminal::Separator };
        if depth == 0 && boundary {
            if i >= at {
                return (start, i);
            }
            start = i + 1;
        }
        depth = depth + usize::from(x.terminal.opens()) - usize::from(depth > 0 && x.terminal.closes());
    }
    (start, close)
}

/// What is kept of an element: the name of a binding, a signature or a type, else nothing but a hole.
fn collapse(old: &[Lexeme], item: &[Lexeme], start: usize) -> Vec<Lexeme> {
    let hole = hole(old, item, start);
    let mark = |terminal| Lexeme { span: hole.span.start_point(), ..hole }.with(terminal);
    let [head, rest @ ..] = old else { return vec![hole] };
    match head.terminal {
        Terminal::Bind => match (defined(rest), binder(rest)) {
            (Some(name), Some(binder)) => {
                let body = [binder, mark(Terminal::Open), hole, mark(Terminal::Close)];
                [&[*head], name, &body].concat()
            }
            _ => vec![hole],
        },
        Terminal::Sign => match (defined(rest), rest.iter().find(|x| x.is(TokenKind::Colon))) {
            (Some(name), Some(colon)) => [&[*head], name, &[*colon, hole]].concat(),
            _ => vec![hole],
        },
        _ => declaration(old).unwrap_or(vec![hole]),
    }
}

fn hole(old: &[Lexeme], item: &[Lexeme], start: usize) -> Lexeme {
    let span = match (old.first(), old.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => item.get(start).or(item.last()).map_or(Span::default(), |x| x.span.start_point()),
    };
    let token = item.get(start).or(item.last()).map_or(0, |x| x.token);
    Lexeme { terminal: Terminal::Hole, span, token }
}

/// The name at the start of a binding or signature, with its parentheses.
fn defined(rest: &[Lexeme]) -> Option<&[Lexeme]> {
    match rest {
        [name, ..] if name.is(TokenKind::Name) => Some(&rest[..1]),
        [open, name, _, ..] if open.is(TokenKind::ParenOpen) && name.is(TokenKind::Operator) => Some(&rest[..3]),
        _ => None,
    }
}

/// The `=` or `<-` of a binding, outside brackets.
fn binder(rest: &[Lexeme]) -> Option<Lexeme> {
    let mut depth = 0usize;
    for x in rest {
        if depth == 0 && (x.is(TokenKind::Equals) || x.is(TokenKind::BackArrow)) {
            return Some(*x);
        }
        depth = depth + usize::from(x.terminal.opens()) - usize::from(depth > 0 && x.terminal.closes());
    }
    None
}

/// The head of a type declaration: its name and parameters.
fn declaration(old: &[Lexeme]) -> Option<Vec<Lexeme>> {
    let keyword = old.iter().take(2).position(|x| x.is(TokenKind::Type))?;
    let names = old[keyword + 1..].iter().take_while(|x| x.is(TokenKind::Name)).count();
    (names > 0).then(|| old[..keyword + 1 + names].to_vec())
}
