//! Doc literals: `{{ .. }}`.
//!
//! A literal is read as calls of functions of the library, one for each thing that text can hold: `syntax.docBold`, `syntax.docSection` .. So what is linked
//! to and the code in it are resolved and checked like any other code, and a documentation is a value of type `Doc`.
//!
//! 1. `extent` finds where a literal ends; what looks like its end inside code does not.
//! 2. `lines` splits its inside, and says how far each line is indented.
//! 3. `blocks` reads paragraphs, sections, lists and fenced code from lines; `inline` reads running text.
//! 4. `build` makes expressions.
//!
//! **Invariant:** total: text that means nothing special is text. A literal nests at most [`LEVELS_MAX`] others, and blocks and styles in it at most [`DEPTH_MAX`] deep.

mod blocks;
mod build;
pub(crate) mod extent;
mod inline;
mod lines;

use crate::problem::{Problem, Unclosed};
use crate::tree::{Expr, ExprKind, Ident};
use crate::{lexer, token::TokenKind};
use base::{SourceId, Span};
use std::ops::Range;

/// Literals inside the code of literals.
pub(crate) const LEVELS_MAX: usize = 4;

/// Lists in lists, and styles in styles.
const DEPTH_MAX: usize = 16;

/// Reads a literal, whose place includes its braces. `level` tells how many literals it stands in.
pub(crate) fn read(text: &str, span: Span, level: usize, problems: &mut Vec<Problem>) -> Expr {
    if level >= LEVELS_MAX {
        problems.push(Problem::TooDeep { span });
        return Expr { span, kind: ExprKind::Error };
    }
    let mut reader = Reader { text, source: span.source, level, code: Vec::new(), problems };
    let lines = lines::lines(text, inside(span));
    let parts = reader.document(&lines, 0);
    build::call(span, "docUntitledSection", vec![build::list(span, parts)])
}

/// The places of code in a literal: expressions, and names.
pub(crate) fn code_in(text: &str, span: Span) -> Vec<Range<usize>> {
    let mut problems = Vec::new();
    let mut reader = Reader { text, source: span.source, level: LEVELS_MAX, code: Vec::new(), problems: &mut problems };
    let lines = lines::lines(text, inside(span));
    reader.document(&lines, 0);
    reader.code
}

fn inside(span: Span) -> Range<usize> {
    span.start as usize + 2..(span.end as usize).saturating_sub(2)
}

struct Reader<'t, 'p> {
    /// The whole source, so that places are places in it.
    text: &'t str,
    source: SourceId,
    level: usize,
    /// Where code was found.
    code: Vec<Range<usize>>,
    problems: &'p mut Vec<Problem>,
}

/// What can be linked to.
enum Target {
    Term(Ident),
    Type(Ident),
}

impl<'t> Reader<'t, '_> {
    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.source, range.start, range.end)
    }

    fn slice(&self, range: &Range<usize>) -> &'t str {
        self.text.get(range.clone()).unwrap_or("")
    }

    /// Reports a start without its end.
    fn unclosed(&mut self, start: Range<usize>, what: Unclosed) {
        let span = self.span(&start);
        self.problems.push(Problem::Unclosed { span, what });
    }

    /// Reads code: an expression, or the statements of a block.
    fn code(&mut self, range: &Range<usize>) -> Expr {
        let span = self.span(range);
        self.code.push(range.clone());
        if self.level >= LEVELS_MAX {
            return Expr { span, kind: ExprKind::Error };
        }
        let (expr, problems) = crate::parse_part(self.source, self.text, range.clone(), self.level + 1);
        self.problems.extend(problems);
        expr.unwrap_or(Expr { span, kind: ExprKind::Error })
    }

    /// Reads `name`, `(+)`, `#hash` or `type Name`; nothing if it is none of these.
    fn target(&mut self, range: &Range<usize>) -> Option<Target> {
        let (tokens, problems) = lexer::lex_part(self.source, self.text, range.clone());
        let kinds: Vec<TokenKind> = tokens.iter().map(|token| token.kind).collect();
        use TokenKind::*;
        let (at, is_type) = match kinds.as_slice() {
            [Name | Operator | Hash] => (0, false),
            [ParenOpen, Operator, ParenClose] => (1, false),
            [Type | Ability, Name | Hash] => (1, true),
            _ => return None,
        };
        let span = tokens[at].span;
        let ident = Ident { name: crate::builder::name(self.slice(&(span.start as usize..span.end as usize))), span };
        let target = if is_type { Target::Type } else { Target::Term };
        self.code.push(range.clone());
        problems.is_empty().then(|| target(ident))
    }
}
