//! Lookahead that a grammar with one token of it cannot have: what a statement is, and where the parameters of a lambda start.
//!
//! - `Bind` before a statement with `=` or `<-` outside brackets and inner blocks;
//! - `Sign` before a statement that starts with a name and `:`;
//! - `Lambda` before the names and bracketed patterns in a row before an `->` that belongs neither to a type nor to a case.

use crate::lexeme::{Lexeme, Terminal};
use crate::token::TokenKind;

/// Puts the marks into a balanced item.
pub fn mark(item: &[Lexeme]) -> Vec<Lexeme> {
    let mut marker = Marker { item, outer: Vec::new(), group: Group::new(0, Kind::Block, false), marks: Vec::new() };
    (0..item.len()).for_each(|at| marker.lexeme(at));
    marker.marks.sort_by_key(|(at, _)| *at);
    insert(item, &marker.marks)
}

fn insert(item: &[Lexeme], marks: &[(usize, Terminal)]) -> Vec<Lexeme> {
    let mut out = Vec::with_capacity(item.len() + marks.len());
    let mut done = 0;
    for &(at, terminal) in marks {
        out.extend_from_slice(&item[done..at]);
        out.push(Lexeme { span: item[at].span.start_point(), ..item[at] }.with(terminal));
        done = at;
    }
    out.extend_from_slice(&item[done..]);
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Statements, or cases.
    Block,
    /// The operations of an ability.
    Operations,
    /// Parentheses or a list.
    Bracket,
    /// A row, a record or a request pattern: an arrow in it is never a lambda's.
    Brace,
}

struct Group {
    kind: Kind,
    /// Whether its elements are types from their start.
    types: bool,
    /// Where the element (statement, or what stands between commas) starts.
    start: usize,
    /// Whether this part of the element is a type.
    in_type: bool,
    /// Where the patterns in a row that end here start.
    patterns: Option<usize>,
    /// Whether the element has its mark.
    marked: bool,
}

impl Group {
    fn new(start: usize, kind: Kind, types: bool) -> Group {
        Group { kind, types, start, in_type: types, patterns: None, marked: false }
    }
}

struct Marker<'i> {
    item: &'i [Lexeme],
    outer: Vec<Group>,
    group: Group,
    marks: Vec<(usize, Terminal)>,
}

impl Marker<'_> {
    fn lexeme(&mut self, at: usize) {
        use TokenKind::*;
        let terminal = self.item[at].terminal;
        if terminal.opens() {
            return self.open(at, terminal);
        } else if terminal.closes() {
            return self.close(terminal);
        }
        match terminal {
            Terminal::Separator | Terminal::Token(Comma) => self.next_element(at + 1),
            Terminal::Token(Watch | NamedWatch) => self.next_element(at + 1),
            Terminal::Token(Type | Ability | Structural | Unique | UniqueGuid) => self.group.in_type = true,
            Terminal::Token(Colon) => self.colon(at),
            Terminal::Token(Equals | BackArrow) => self.bind(),
            Terminal::Token(Arrow) => self.arrow(),
            _ => {}
        }
        self.group.patterns = if is_pattern(terminal) { self.group.patterns.or(Some(at)) } else { None };
    }

    fn open(&mut self, at: usize, terminal: Terminal) {
        let operations = at.checked_sub(1).is_some_and(|before| self.item[before].is(TokenKind::Where));
        let kind = match terminal {
            Terminal::Open if operations => Kind::Operations,
            Terminal::Open => Kind::Block,
            Terminal::Token(TokenKind::BraceOpen) => Kind::Brace,
            _ => Kind::Bracket,
        };
        let types = self.group.in_type && (terminal != Terminal::Open || operations);
        if matches!(kind, Kind::Bracket) {
            self.group.patterns = self.group.patterns.or(Some(at));
        } else {
            self.group.patterns = None;
        }
        self.outer.push(std::mem::replace(&mut self.group, Group::new(at + 1, kind, types)));
    }

    fn close(&mut self, terminal: Terminal) {
        self.group = self.outer.pop().expect("layout balances groups");
        if terminal == Terminal::Close {
            self.group.patterns = None;
        }
    }

    fn next_element(&mut self, start: usize) {
        self.group = Group::new(start, self.group.kind, self.group.types);
    }

    /// `name :` and `(+) :` start a signature; after any other `:` stands a type.
    fn colon(&mut self, at: usize) {
        use TokenKind::*;
        let head = &self.item[self.group.start..at];
        let named = match head {
            [name] => name.is(Name),
            [open, name, close] => open.is(ParenOpen) && name.is(Operator) && close.is(ParenClose),
            _ => false,
        };
        if named && self.group.kind == Kind::Block && !self.group.in_type {
            self.mark_element(Terminal::Sign);
        }
        self.group.in_type = true;
    }

    fn bind(&mut self) {
        if self.group.kind == Kind::Block && !self.group.in_type {
            self.mark_element(Terminal::Bind);
        }
    }

    fn mark_element(&mut self, mark: Terminal) {
        if !std::mem::replace(&mut self.group.marked, true) {
            self.marks.push((self.group.start, mark));
        }
    }

    fn arrow(&mut self) {
        let lambda = !self.group.in_type && self.group.kind != Kind::Brace;
        if let Some(start) = self.group.patterns.filter(|_| lambda) {
            self.marks.push((start, Terminal::Lambda));
        }
    }
}

/// Whether this can be (part of) a parameter of a lambda, or was meant as one.
fn is_pattern(terminal: Terminal) -> bool {
    use TokenKind::*;
    matches!(
        terminal,
        Terminal::Hole
            | Terminal::Token(Name | Nat | Int | Float | Bytes | Char | Text | True | False | At | Unit | Call)
    )
}
