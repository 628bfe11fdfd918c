//! Habits that layout recognises: it mends what it can, so that what follows is read as it was meant.

use super::{LOOKAHEAD_MAX, Layout};
use crate::context::Opener;
use crate::habit::{Foreign, Habit, foreign};
use crate::lexeme::{Lexeme, Terminal};
use crate::problem::Problem;
use crate::token::TokenKind;

impl Layout<'_> {
    fn text(&self, at: usize) -> &str {
        let span = self.tokens[at].span;
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    fn is_text(&self, at: usize, kind: TokenKind, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == kind) && self.text(at) == text
    }

    fn report(&mut self, at: usize, what: Habit) {
        self.problems.push(Problem::Habit { span: self.tokens[at].span, what });
    }

    /// The `in` of a `let`: what follows is the next statement. Whether it was one.
    pub(super) fn let_in(&mut self, at: usize) -> bool {
        let between = at > 0 && self.tokens[at - 1].kind.ends_value();
        let follows = self.tokens.get(at + 1).is_some_and(|next| {
            !matches!(next.kind, TokenKind::Equals | TokenKind::Operator | TokenKind::Colon | TokenKind::BackArrow)
        });
        if !self.is_text(at, TokenKind::Name, "in") || !between || !follows {
            return false;
        }
        let Some(depth) = self.find(|opener| opener == Opener::Let) else { return false };
        self.report(at, Habit::LetIn);
        self.pop_to(at, depth + 1);
        self.contexts[depth].column = self.places[at + 1].column;
        self.put_separator(at);
        true
    }

    /// The `=` of a condition that is one expression. Whether it was one.
    pub(super) fn equals_in_condition(&mut self, at: usize) -> bool {
        let context = self.innermost();
        if context.opener != Opener::If || self.condition_goes_on(at, context.column) {
            return false;
        }
        self.report(at, Habit::EqualsInCondition);
        self.put(at, Terminal::Token(TokenKind::Operator));
        true
    }

    /// Whether another statement of this column comes before the `then`.
    fn condition_goes_on(&self, at: usize, column: usize) -> bool {
        let rest = self.tokens[at..].iter().zip(&self.places[at..]).take(LOOKAHEAD_MAX);
        let mut rest = rest.take_while(|(token, place)| {
            token.kind != TokenKind::Then && !(place.first && place.column <= self.contexts[0].column)
        });
        rest.any(|(_, place)| place.first && place.column == column)
    }

    /// `=>` after the pattern of a case. Whether it was one.
    pub(super) fn fat_arrow(&mut self, at: usize) -> bool {
        if self.innermost().opener != Opener::CaseList || !self.is_text(at, TokenKind::Operator, "=>") {
            return false;
        }
        self.report(at, Habit::FatArrow);
        self.pending = Some(Opener::CaseArrow);
        self.put(at, Terminal::CaseArrow);
        true
    }

    /// A word that starts a declaration elsewhere, at the start of an item. Whether it was one.
    pub(super) fn foreign_word(&mut self, at: usize) -> bool {
        let starts = self.item.is_empty() && self.innermost().opener == Opener::Top;
        if !starts || self.tokens[at].kind != TokenKind::Name {
            return false;
        }
        let named =
            self.tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::Name && !self.places[at + 1].first);
        let Some(found) = foreign(self.text(at)).filter(|_| named) else { return false };
        let what = Habit::Word(self.text(at).to_string());
        match found {
            Foreign::Type if self.text(at + 1).starts_with(char::is_uppercase) => {
                self.report(at, what);
                self.pass_on(at, TokenKind::Type);
            }
            Foreign::Definition | Foreign::Other if !self.line_binds(at) => {
                self.abandon(Problem::Habit { span: self.tokens[at].span, what });
                if found == Foreign::Definition {
                    self.item = self.unread_definition(at + 1);
                }
            }
            _ => return false,
        }
        true
    }

    /// A definition with the name that stands there, whose body could not be read.
    fn unread_definition(&self, at: usize) -> Vec<Lexeme> {
        use TokenKind::{Equals, Name};
        let parts = [Terminal::Token(Name), Terminal::Token(Equals), Terminal::Open, Terminal::Hole, Terminal::Close];
        parts.map(|terminal| Lexeme { terminal, span: self.tokens[at].span, token: at }).to_vec()
    }

    /// Whether a binding stands on this line: names and patterns, then `=` or `<-`.
    fn line_binds(&self, at: usize) -> bool {
        let mut depth = 0usize;
        let rest = self.tokens[at..].iter().zip(&self.places[at..]);
        for (_, (token, _)) in rest.enumerate().take_while(|(i, (_, place))| *i == 0 || !place.first) {
            match token.kind {
                TokenKind::Equals | TokenKind::BackArrow if depth == 0 => return true,
                kind if kind.closing().is_some() => depth += 1,
                kind if kind.is_closing_bracket() && depth > 0 => depth -= 1,
                TokenKind::Name | TokenKind::Unit | TokenKind::Call | TokenKind::Comma => {}
                _ if depth > 0 => {}
                _ => return false,
            }
        }
        false
    }

    /// A binding that is indented more than the statements of its block, after one whose body began on its own line:
    ///
    /// ```text
    /// x = 1
    ///   y = 2
    /// ```
    ///
    /// It is read as the next statement. Whether it was one.
    pub(super) fn too_deep(&mut self, at: usize, column: usize) -> bool {
        if self.tokens[at].kind != TokenKind::Name || !self.line_binds(at) {
            return false;
        }
        let mut depth = self.contexts.len() - 1;
        loop {
            let context = self.contexts[depth];
            let is_body = context.opener == Opener::Body && context.inline;
            let is_statements = context.opener == Opener::Top || context.opener.is_block();
            if context.column == column || !is_statements || context.opener == Opener::CaseList {
                return false;
            }
            if context.column < column && !is_body {
                break;
            }
            match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return false,
            }
        }
        // Without such a body above it, it may well be the rest of a head.
        if !self.contexts.get(depth + 1).is_some_and(|inner| inner.opener == Opener::Body && inner.inline) {
            return false;
        }
        self.report(at, Habit::TooDeep);
        self.pop_to(at, depth + 1);
        self.put_separator(at);
        true
    }

    /// A line left of the body of a definition or case, and right of what is around that. It is read as a statement of the body. Whether it was one.
    pub(super) fn between(&mut self, at: usize, column: usize) -> bool {
        let [.., outer, body] = self.contexts.as_slice() else { return false };
        let around = outer.opener == Opener::Top || outer.opener.is_block();
        let is_where = self.tokens[at].kind == TokenKind::Where;
        if !body.opener.needs_indentation() || body.inline || !around || is_where || outer.column >= column {
            return false;
        }
        self.report(at, Habit::Between);
        if self.tokens[at].kind != TokenKind::Operator {
            self.put_separator(at);
        }
        true
    }

    /// Whether this line and the one above are indented in ways that cannot be compared.
    pub(super) fn is_mixed(&self, at: usize) -> bool {
        let Some(above) = (0..at).rev().find(|before| self.places[*before].first) else { return false };
        let (own, above) = (self.indent(at), self.indent(above));
        !own.starts_with(above) && !above.starts_with(own)
    }

    /// The blanks before the first token of a line.
    fn indent(&self, at: usize) -> &str {
        let before = self.text.get(..self.tokens[at].span.start as usize).unwrap_or("");
        let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }
}
