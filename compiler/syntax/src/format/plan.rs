//! Where each token goes, by the marks of layout before it.

use super::{INDENT, Read};
use crate::lexeme::{Lexeme, Terminal};
use crate::token::TokenKind;

/// What the walk has opened and not closed.
#[derive(Clone, Copy)]
enum Context {
    /// `column` is where its statements stand; `old` where they stood. `within` is the indentation of what goes on in a statement. One of `cases` has a number.
    Block { column: usize, old: usize, within: usize, cases: Option<usize> },
    /// `column` is where the bracket stands, `indent` the indentation of its line.
    Bracket { column: usize, indent: usize },
}

/// A keyword that another one answers to: `if`, `match`, `handle`.
#[derive(Clone, Copy)]
struct Keyword {
    indent: usize,
    first: bool,
}

/// Walks over the tokens in step with whoever writes them, and knows what was written so far.
pub struct Plan<'r, 't> {
    read: &'r Read<'t>,
    /// For each token the marks before it; whether it starts an item, or stands between two.
    marks: Vec<Marks>,
    contexts: Vec<Context>,
    keywords: Vec<Keyword>,
    /// The `if` to which the last `else` belonged.
    answered: Option<Keyword>,
    /// A block starts with the next token: whether it is a body, which may go on at the indentation of its line; its number if it holds cases.
    opening: Option<(bool, Option<usize>)>,
    /// Indentation of the line that is being written, and whether nothing stands on it yet.
    indent: usize,
    /// The column of the bar on an earlier line of the same case.
    bar: Option<usize>,
}

#[derive(Clone, Default)]
struct Marks {
    item: bool,
    separator: bool,
    opens: usize,
    closes: usize,
}

impl<'r, 't> Plan<'r, 't> {
    pub fn new(read: &'r Read<'t>) -> Plan<'r, 't> {
        let marks = marks(read);
        Plan {
            read,
            marks,
            contexts: Vec::new(),
            keywords: Vec::new(),
            answered: None,
            opening: None,
            indent: 0,
            bar: None,
        }
    }

    fn kind(&self, at: usize) -> TokenKind {
        self.read.tokens[at].kind
    }

    /// Applies the marks before a token. Call before [`Plan::column`].
    pub fn enter(&mut self, at: usize) {
        let marks = self.marks[at].clone();
        if marks.item {
            self.contexts.clear();
            self.keywords.clear();
            self.bar = None;
        }
        for _ in 0..marks.closes {
            while let Some(Context::Bracket { .. }) = self.contexts.pop() {}
        }
        if marks.separator {
            self.bar = None;
        }
        if marks.opens > 0 {
            let before = at.checked_sub(1).map(|before| self.kind(before));
            let body = matches!(before, Some(TokenKind::Equals | TokenKind::BackArrow | TokenKind::Arrow));
            let cases = matches!(before, Some(TokenKind::Cases | TokenKind::With));
            self.opening = Some((body, cases.then_some(at)));
        }
    }

    /// The column of a token that starts a line.
    pub fn column(&self, at: usize) -> usize {
        let (marks, kind) = (&self.marks[at], self.kind(at));
        if marks.item {
            return 0;
        }
        if self.opening.is_some() {
            return self.indent + INDENT;
        }
        if let TokenKind::Then | TokenKind::Else | TokenKind::With = kind {
            let answered = self.keywords.last().copied();
            return answered.map_or(self.indent, |keyword| keyword.indent + if keyword.first { 0 } else { INDENT });
        }
        match (self.contexts.last(), self.bar) {
            (Some(Context::Block { column, .. }), _) if marks.separator => *column,
            (Some(Context::Block { cases: Some(_), .. }), Some(bar)) if kind == TokenKind::Bar => bar,
            (Some(Context::Block { within, .. }), _) => *within,
            (Some(Context::Bracket { column, .. }), _) if kind == TokenKind::Comma => *column,
            (Some(Context::Bracket { indent, .. }), _) if kind.is_closing_bracket() => *indent,
            (Some(Context::Bracket { indent, .. }), _) => indent + INDENT,
            (None, _) => INDENT,
        }
    }

    /// Whether the statements of the innermost block are cases, and no bracket is open in it. Gives the block: alignment is within one.
    pub fn case_block(&self) -> Option<usize> {
        match self.contexts.last() {
            Some(Context::Block { cases, .. }) => *cases,
            _ => None,
        }
    }

    /// The block of the case or further guard that a token starts, if it does. Call before [`Plan::leave`].
    pub fn started_case(&self, at: usize) -> Option<usize> {
        match self.opening {
            Some((_, cases)) => cases,
            None if self.marks[at].separator || self.kind(at) == TokenKind::Bar => self.case_block(),
            None => None,
        }
    }

    /// The columns at which blocks stood, and stand now, the innermost last.
    pub fn columns(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> {
        self.contexts.iter().filter_map(|context| match context {
            Context::Block { column, old, .. } => Some((*old, *column)),
            Context::Bracket { .. } => None,
        })
    }

    /// A token was written at this column, `first` on its line; it had stood at `old`.
    pub fn leave(&mut self, at: usize, column: usize, old: usize, first: bool) {
        if first {
            self.indent = column;
        }
        if let Some((body, cases)) = self.opening.take() {
            let inline_body = body && !first;
            let within = if inline_body { self.indent + INDENT } else { column + INDENT };
            self.contexts.push(Context::Block { column, old, within, cases });
        }
        let kind = self.kind(at);
        match kind {
            // `else if` goes on with what the `else` belongs to.
            TokenKind::If | TokenKind::Match | TokenKind::Handle => {
                let here = Keyword { indent: self.indent, first };
                let chained = kind == TokenKind::If && at > 0 && self.kind(at - 1) == TokenKind::Else && !first;
                self.keywords.push(self.answered.filter(|_| chained).unwrap_or(here));
            }
            TokenKind::Else => self.answered = self.keywords.pop(),
            TokenKind::With => drop(self.keywords.pop()),
            TokenKind::Bar if self.case_block().is_some() && self.bar.is_none() => self.bar = Some(column),
            _ => {}
        }
        if kind.closing().is_some() {
            self.contexts.push(Context::Bracket { column, indent: self.indent });
        } else if kind.is_closing_bracket() {
            while let Some(context) = self.contexts.pop() {
                if let Context::Bracket { .. } = context {
                    break;
                }
            }
        }
    }

    /// Blanks between a token and the one before it on its line; `spaced` if there were any.
    pub fn gap(&self, at: usize, spaced: bool) -> usize {
        let Some(before) = at.checked_sub(1) else { return 0 };
        let (left, right) = (self.kind(before), self.kind(at));
        // A list over several lines may have its commas in front, and then a blank where they have one.
        let opens_list = left == TokenKind::BracketOpen && self.is_broken(before);
        usize::from(if opens_list { spaced } else { gap(left, right, spaced) })
    }

    /// Whether a bracket is closed on a further line.
    fn is_broken(&self, open: usize) -> bool {
        let mut depth = 0usize;
        let tokens = &self.read.tokens[open..];
        let closing = tokens.iter().find(|token| {
            if token.kind.closing().is_some() {
                depth += 1;
            } else if token.kind.is_closing_bracket() {
                depth = depth.saturating_sub(1);
            }
            depth == 0
        });
        let end = closing.map_or(self.read.text.len(), |token| token.span.start as usize);
        self.read.text[tokens[0].span.start as usize..end].contains('\n')
    }
}

fn gap(before: TokenKind, after: TokenKind, spaced: bool) -> bool {
    use TokenKind::*;
    match (before, after) {
        (ParenOpen | BracketOpen, _) | (_, ParenClose | BracketClose | Comma | Semicolon | Call | Dot) => false,
        (Comma | Semicolon | Dot, _) => true,
        // `{g}` of a row, `{ a }` of a pattern: as it was.
        (BraceOpen, _) | (_, BraceClose) => spaced,
        (Arrow, BraceOpen) => false,
        (BraceClose, _) => true,
        (before, ParenOpen | BracketOpen) if before.ends_value() => true,
        (Equals | Arrow | BackArrow | Colon | And | Or | Bar | Operator | Watch | NamedWatch, _) => true,
        (_, Equals | Arrow | BackArrow | Colon | And | Or | Bar | Operator) => true,
        _ => spaced,
    }
}

/// The marks before each token.
fn marks(read: &Read<'_>) -> Vec<Marks> {
    let outside = |item: &Option<usize>| Marks { item: item.is_none(), ..Marks::default() };
    let mut all: Vec<Marks> = read.items_by_token().iter().map(outside).collect();
    for item in &read.items {
        let mut waiting = Marks { item: true, ..Marks::default() };
        for Lexeme { terminal, token, .. } in item {
            match terminal {
                // An empty block has no token to stand for it.
                Terminal::Close if waiting.opens > 0 => waiting.opens -= 1,
                Terminal::Open => waiting.opens += 1,
                Terminal::Close => waiting.closes += 1,
                Terminal::Separator => waiting.separator = true,
                _ => all[*token] = std::mem::take(&mut waiting),
            }
        }
    }
    all
}
