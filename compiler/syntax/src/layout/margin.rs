//! Blocks whose lines stand too far left: beneath a pattern that shares its line with the word before it, or in the column of definitions.

use super::Layout;
use crate::context::{Context, Opener};
use crate::habit::Habit;
use crate::token::TokenKind;

impl Layout<'_> {
    /// Why the first line of a block that is to open here is not where it should be, if it is clear that it belongs to the block all the same.
    pub(super) fn is_misplaced(&self, at: usize, opener: Opener) -> Option<Habit> {
        if !self.places[at].first || self.tokens[at].kind.is_closing_bracket() {
            None
        } else if self.is_left_of_pattern(at, opener) {
            Some(Habit::LeftOfPattern)
        } else {
            self.is_at_margin(at, opener).then_some(Habit::AtMargin)
        }
    }

    /// The body of a case that has begun behind `cases` or `with`, left of the pattern and right of what is around it:
    ///
    /// ```text
    /// f = cases Some v ->
    ///   v + 1
    /// ```
    fn is_left_of_pattern(&self, at: usize, opener: Opener) -> bool {
        let [around @ .., cases] = self.contexts.as_slice() else { return false };
        let column = self.places[at].column;
        let goes_on = |inline: bool, opener: Opener| opener.is_bracket() || inline && opener.needs_indentation();
        let around = around.iter().rev().find(|context| !goes_on(context.inline, context.opener));
        opener == Opener::CaseArrow
            && cases.opener == Opener::CaseList
            && cases.inline
            && column <= cases.column
            && around.is_some_and(|around| column > around.column)
            && !self.line_is_case(at)
    }

    /// The next case after one whose body is left of its pattern. Whether it was one.
    pub(super) fn next_misplaced_case(&mut self, at: usize, column: usize) -> bool {
        let is_misplaced = |pair: &[Context]| {
            pair[0].opener == Opener::CaseList
                && pair[1].opener == Opener::CaseArrow
                && pair[1].column <= pair[0].column
        };
        let Some(cases) = self.contexts.windows(2).rposition(is_misplaced) else { return false };
        let is_next = column > self.contexts[0].column && column <= self.contexts[cases].column;
        if !is_next || self.contexts[cases..].iter().any(|c| c.opener.is_bracket()) || !self.line_is_case(at) {
            return false;
        }
        self.pop_to(at, cases + 1);
        self.put_separator(at);
        true
    }

    /// The body of a definition, or its cases, in the column of definitions.
    fn is_at_margin(&self, at: usize, opener: Opener) -> bool {
        let is_body = opener == Opener::Body && matches!(self.contexts.as_slice(), [_]);
        let is_cases = opener == Opener::CaseList && !self.contexts.iter().any(|context| context.opener.is_bracket());
        self.places[at].column <= self.contexts[0].column
            && (is_cases && self.line_is_case(at) || is_body && self.is_expression(at))
    }

    /// Whether blocks are open in the column of definitions, and this line does not go on with them.
    pub(super) fn ends_margin(&self, at: usize) -> bool {
        let margin = self.contexts[0].column;
        let open = self.contexts[1..].iter().find(|context| context.opener.is_block() && context.column == margin);
        open.is_some_and(|block| match block.opener {
            Opener::CaseList => !self.line_is_case(at),
            _ => !self.is_expression(at),
        })
    }

    /// Whether this line, in the column of definitions, can only be an expression.
    fn is_expression(&self, at: usize) -> bool {
        use TokenKind::*;
        match self.tokens[at].kind {
            Name | ParenOpen => !self.line_defines(at) && !self.line_is_case(at),
            Match | If | Do | Let | Handle | Cases | Nat | Int | Float | Text | Char | BracketOpen | Bang => true,
            _ => false,
        }
    }

    /// Whether an arrow stands on this line outside brackets, and no `=` or `:` before it.
    fn line_is_case(&self, at: usize) -> bool {
        let mut depth = 0usize;
        for next in std::iter::once(at).chain(self.rest_of_line(at)) {
            match self.tokens[next].kind {
                TokenKind::Arrow if depth == 0 => return true,
                TokenKind::Equals | TokenKind::Colon if depth == 0 => return false,
                kind if kind.closing().is_some() => depth += 1,
                kind if kind.is_closing_bracket() => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        false
    }
}
