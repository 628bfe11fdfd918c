//! Bounds the depth of the tree before there is one: what nests without brackets (operators, prefixes, arrows) is
//! counted, from the inside out. An element (a statement, or what stands between commas) that is too deep becomes a hole, and so does one that is too long:
//! a call is as deep as it has arguments.
//!
//! **Invariant:** on any path of the resulting tree there are at most `NESTING_MAX` brackets, blocks, prefixes and arrows,
//! and at most [`OPERATORS_MAX`] operators; a name has at most [`NAME_MAX`] bytes, and a row without operators at most [`PARTS_MAX`] parts.

use crate::lexeme::{Lexeme, Terminal};
use crate::problem::{Many, Problem};
use crate::token::TokenKind;
use base::limits::NESTING_MAX;
use builtin::TUPLE_MAX;

/// Operators in one expression, its inner brackets included. A chain of them is as deep a tree as it is long.
pub const OPERATORS_MAX: usize = 5_000;

/// Parts that stand in a row in one element, without operators: a call has no more arguments, a definition no more parameters.
pub const PARTS_MAX: usize = 2_000;

/// Bytes of a name, all its segments included.
pub const NAME_MAX: usize = 2_000;

/// What a doc literal stands in may nest this many times as deep as the code in it.
const DOC_SHARE: usize = 4;

/// Replaces the elements of a (balanced) item that are too deep. `level` tells in how many doc literals it stands.
pub fn measure(item: &[Lexeme], level: usize, problems: &mut Vec<Problem>) -> Vec<Lexeme> {
    let share = DOC_SHARE.pow(level.min(crate::doc::LEVELS_MAX) as u32);
    let limit = Depth { nesting: NESTING_MAX / share, operators: OPERATORS_MAX / share };
    let (out, group) = (Vec::with_capacity(item.len()), Group::at(0));
    let mut measure = Measure { out, outer: Vec::new(), group, limit, problems };
    item.iter().for_each(|lexeme| measure.lexeme(*lexeme));
    measure.end_element();
    measure.out
}

/// The depth of something, by kind.
#[derive(Clone, Copy, Default)]
struct Depth {
    nesting: usize,
    operators: usize,
}

impl Depth {
    fn max(self, other: Depth) -> Depth {
        Depth { nesting: self.nesting.max(other.nesting), operators: self.operators.max(other.operators) }
    }
}

/// An open group: its finished elements, and the one that is being read.
struct Group {
    finished: Depth,
    /// Where in the output the element starts.
    start: usize,
    /// What the element nests without brackets, and the deepest group inside it.
    own: Depth,
    inner: Depth,
    /// Prefixes in a row, now and at most.
    prefixes: usize,
    prefixes_max: usize,
    /// Parts in a row, now and at most.
    parts: usize,
    parts_max: usize,
    /// A name that is too long.
    long_name: bool,
    /// Where in the output the group starts, and how many elements were finished.
    first: usize,
    elements: usize,
}

impl Group {
    fn at(start: usize) -> Group {
        let none = Depth::default();
        Group {
            finished: none,
            start,
            own: none,
            inner: none,
            prefixes: 0,
            prefixes_max: 0,
            parts: 0,
            parts_max: 0,
            long_name: false,
            first: start,
            elements: 0,
        }
    }
}

struct Measure<'p> {
    out: Vec<Lexeme>,
    outer: Vec<Group>,
    group: Group,
    limit: Depth,
    problems: &'p mut Vec<Problem>,
}

impl Measure<'_> {
    fn lexeme(&mut self, lexeme: Lexeme) {
        if lexeme.terminal.opens() {
            self.count(lexeme);
            self.out.push(lexeme);
            let group = Group::at(self.out.len());
            self.outer.push(std::mem::replace(&mut self.group, group));
        } else if lexeme.terminal.closes() {
            self.end_element();
            self.bound_tuple(lexeme);
            self.out.push(lexeme);
            let outer = self.outer.pop().expect("layout balances groups");
            let inner = std::mem::replace(&mut self.group, outer);
            self.group.inner = self.group.inner.max(inner.finished);
        } else if lexeme.terminal == Terminal::Separator || lexeme.is(TokenKind::Comma) {
            self.end_element();
            self.out.push(lexeme);
            self.group.start = self.out.len();
        } else {
            self.count(lexeme);
            self.out.push(lexeme);
        }
    }

    fn count(&mut self, lexeme: Lexeme) {
        use TokenKind::*;
        let Lexeme { terminal, span, .. } = lexeme;
        let group = &mut self.group;
        let joins = matches!(terminal, Terminal::Token(Operator | And | Or | Arrow | Equals | Bar | If | Then | Else));
        group.parts = if joins { 0 } else { group.parts + 1 };
        group.parts_max = group.parts_max.max(group.parts);
        group.long_name |= terminal == Terminal::Token(Name) && (span.end - span.start) as usize > NAME_MAX;
        let prefix = matches!(terminal, Terminal::Token(Quote | Bang));
        group.prefixes = if prefix { group.prefixes + 1 } else { 0 };
        group.prefixes_max = group.prefixes_max.max(group.prefixes);
        match terminal {
            Terminal::Token(Operator | And | Or) => group.own.operators += 1,
            // A row before a type nests like an arrow.
            Terminal::Token(Arrow | Forall | At | BraceOpen) => group.own.nesting += 1,
            Terminal::Token(Doc) => {
                let Depth { nesting, operators } = self.limit;
                let code = Depth { nesting: nesting / DOC_SHARE, operators: operators / DOC_SHARE };
                group.inner = group.inner.max(code);
            }
            _ => {}
        }
    }

    /// A tuple has as many elements as there are types of tuples.
    fn bound_tuple(&mut self, closing: Lexeme) {
        let first = self.group.first;
        if !closing.is(TokenKind::ParenClose) || self.group.elements <= usize::from(TUPLE_MAX) {
            return;
        }
        let span = self.out[first].span.to(closing.span);
        self.problems.push(Problem::TooMany { span, what: Many::Elements });
        let hole = Lexeme { span, ..closing }.with(Terminal::Hole);
        self.out.truncate(first);
        self.out.push(hole);
    }

    fn end_element(&mut self) {
        let group = &mut self.group;
        let depth = Depth {
            nesting: 1 + group.own.nesting + group.prefixes_max + group.inner.nesting,
            operators: group.own.operators + group.inner.operators,
        };
        let span = self.out.get(group.start).zip(self.out.last()).map(|(first, last)| first.span.to(last.span));
        let problem = match span {
            Some(span) if depth.operators > self.limit.operators => {
                Some(Problem::TooMany { span, what: Many::Operators })
            }
            Some(span) if group.parts_max > PARTS_MAX => Some(Problem::TooMany { span, what: Many::Parts }),
            Some(span) if group.long_name => Some(Problem::TooMany { span, what: Many::Letters }),
            Some(span) if depth.nesting > self.limit.nesting => Some(Problem::TooDeep { span }),
            _ => None,
        };
        match problem {
            Some(problem) => {
                let hole = Lexeme { span: problem.span(), ..self.out[group.start] }.with(Terminal::Hole);
                self.out.truncate(group.start);
                self.out.push(hole);
                self.problems.push(problem);
            }
            None => group.finished = group.finished.max(depth),
        }
        let (finished, first, elements) = (group.finished, group.first, group.elements + 1);
        *group = Group { finished, first, elements, ..Group::at(self.out.len()) };
    }
}
