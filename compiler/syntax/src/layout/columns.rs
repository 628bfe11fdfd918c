//! Lines in a column that means nothing: it is told once, and they are read as what they were meant as.

use super::Layout;
use crate::context::{Context, Opener};
use crate::habit::Habit;
use crate::lexeme::{Lexeme, Terminal};
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

    /// A line left of a block of statements, where it can belong to nothing else:
    ///
    /// ```text
    /// main = do
    ///   a = 1
    ///  b = 2
    /// ```
    ///
    /// A binding goes on with nothing, and neither does anything with a `do` that is all of a body. It is read as a statement of the block. Whether it was one.
    pub(super) fn left_of_block(&mut self, at: usize, column: usize) -> bool {
        let Some(block) = self.block_right_of(at, column) else { return false };
        self.report(at, Habit::Between);
        self.pop_to(at, block + 1);
        self.put_separator(at);
        self.align(at, column);
        true
    }

    fn block_right_of(&self, at: usize, column: usize) -> Option<usize> {
        use TokenKind::*;
        let starts = matches!(self.tokens[at].kind, Name | ParenOpen | If | Match | Do | Let | Handle | Use);
        let bracket = self.contexts.iter().rposition(|c| c.opener.is_bracket()).map_or(0, |at| at + 1);
        let open = &self.contexts[bracket..];
        if !starts || column <= self.contexts[0].column || open.iter().any(|context| context.column == column) {
            return None;
        }
        let is_statements = |c: &Context| c.opener.is_block() && c.opener != Opener::CaseList && !c.inline;
        let left_of = open.iter().enumerate().filter(|(_, context)| context.column > column && is_statements(context));
        let (block, found) = left_of.min_by_key(|(_, context)| context.column)?;
        // Behind a blank line it rather begins something outside.
        let is_outside = column - self.contexts[0].column <= found.column - column;
        if is_outside && at.checked_sub(1).is_some_and(|before| self.places[before].line + 1 < self.places[at].line) {
            return None;
        }
        let block = bracket + block;
        (self.line_binds(at) || self.is_whole_body(block)).then_some(block)
    }

    /// Whether the word that opens this block is the first one of the body around it.
    fn is_whole_body(&self, block: usize) -> bool {
        let [.., around, inner] = &self.contexts[..=block] else { return false };
        let first = self.tokens.partition_point(|token| token.span.start < inner.span.start);
        let opener = first.checked_sub(1).map(|word| self.tokens[word].span);
        inner.opener == Opener::Do && around.opener == Opener::Body && opener == Some(around.span)
    }

    /// A case that is indented more than those above it. An arrow would make parameters of what the case above it yields. Whether it was one.
    pub(super) fn case_too_deep(&mut self, at: usize, column: usize) -> bool {
        let [.., cases, body] = self.contexts.as_slice() else { return false };
        let is_deeper = cases.opener == Opener::CaseList && body.opener == Opener::CaseArrow && column > cases.column;
        let is_statement = !body.inline && column == body.column && !self.is_pattern_only(at);
        let starts = !matches!(self.tokens[at].kind, TokenKind::Bar | TokenKind::Operator | TokenKind::Arrow);
        if !is_deeper || is_statement || !starts || !self.line_is_case(at) {
            return false;
        }
        self.report(at, Habit::CaseTooDeep);
        let depth = self.contexts.len() - 1;
        self.pop_to(at, depth);
        self.put_separator(at);
        true
    }

    /// Whether what starts here can be a pattern, and no parameter.
    fn is_pattern_only(&self, at: usize) -> bool {
        use TokenKind::*;
        let is_constructor =
            || self.text(at).rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase));
        match self.tokens[at].kind {
            Nat | Int | Float | Char | Text | True | False | BracketOpen => true,
            Name => is_constructor(),
            _ => false,
        }
    }

    /// A line below a name with parameters that has a signature, where neither has a `=`: it is read as the body. Whether it was that.
    pub(super) fn body_without_equals(&mut self, at: usize) -> bool {
        let is_head = |lexeme: &Lexeme| lexeme.is(TokenKind::Name);
        let [name, parameters @ ..] = self.item.as_slice() else { return false };
        let signed = self.items.last().is_some_and(|item| {
            matches!(item.as_slice(), [signed, colon, ..]
                if colon.is(TokenKind::Colon) && self.text(signed.token) == self.text(name.token))
        });
        let head_only = is_head(name) && parameters.iter().all(is_head) && self.contexts.len() == 1;
        let goes_on = matches!(self.tokens[at].kind, TokenKind::Equals | TokenKind::Colon | TokenKind::Operator);
        if !signed || !head_only || goes_on || self.places[at].column <= self.contexts[0].column {
            return false;
        }
        let last = self.item.last().map_or(at, |last| last.token);
        self.report(last, Habit::MissingEquals);
        self.put_behind(at, Terminal::Token(TokenKind::Equals));
        self.pending = Some(Opener::Body);
        true
    }

    /// A declaration that is indented although nothing is open that it could belong to. Whether it was one.
    pub(super) fn deep_declaration(&mut self, at: usize) -> bool {
        use TokenKind::*;
        let declares = matches!(self.tokens[at].kind, Type | Ability | Structural | Unique | UniqueGuid);
        let modified = self
            .item
            .last()
            .is_some_and(|last| matches!(last.terminal, Terminal::Token(Structural | Unique | UniqueGuid)));
        if !declares || modified || self.places[at].column <= self.contexts[0].column {
            return false;
        }
        self.close_all(at);
        self.end_item();
        self.report(at, Habit::DeclarationTooDeep);
        false
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

    /// A binding that is indented more than the statements of its block:
    ///
    /// ```text
    /// x = 1
    ///   y = 2
    /// ```
    ///
    /// It is read as the next statement. Whether it was one.
    pub(super) fn too_deep(&mut self, at: usize, column: usize) -> bool {
        use TokenKind::{BracketOpen, Name, ParenOpen};
        if !matches!(self.tokens[at].kind, Name | ParenOpen | BracketOpen) || !self.line_binds(at) {
            return false;
        }
        let mut depth = self.contexts.len() - 1;
        loop {
            let context = self.contexts[depth];
            let is_body = context.opener == Opener::Body && context.inline;
            let is_statements = context.opener == Opener::Top || context.opener.is_block();
            let is_cases = context.opener == Opener::CaseList && context.column < column;
            if context.column == column || !is_statements || is_cases {
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
        // Behind names only it may well be the rest of a head.
        if depth + 1 == self.contexts.len() && self.is_head_so_far() {
            return false;
        }
        self.report(at, Habit::TooDeep);
        self.pop_to(at, depth + 1);
        self.put_separator(at);
        self.align(at, column);
        true
    }

    /// Whether nothing but names and patterns stands in the statement so far.
    fn is_head_so_far(&self) -> bool {
        use TokenKind::{BracketClose, BracketOpen, Comma, Name, ParenClose, ParenOpen, Unit};
        let starts = |lexeme: &&Lexeme| !matches!(lexeme.terminal, Terminal::Open | Terminal::Separator);
        self.item.iter().rev().take_while(starts).all(|lexeme| match lexeme.terminal {
            Terminal::Token(kind) => {
                matches!(kind, Name | Unit | ParenOpen | ParenClose | BracketOpen | BracketClose | Comma)
            }
            _ => false,
        })
    }

    /// Takes this column for that of the innermost block, if its next line has it, too: then it is the first line that stands elsewhere.
    fn align(&mut self, at: usize, column: usize) {
        let mut lines = (at + 1..self.tokens.len()).filter(|next| self.places[*next].first);
        let next = lines.find(|next| self.places[*next].column <= column);
        let goes_on = next.is_some_and(|next| self.places[next].column == column);
        if let [_, .., block] = self.contexts.as_mut_slice()
            && goes_on
        {
            block.column = column;
        }
    }

    /// A line left of the body of a definition or case, and right of what is around that. It is read as a statement of the body. Whether it was one.
    pub(super) fn between(&mut self, at: usize, column: usize) -> bool {
        let [.., outer, body] = self.contexts.as_slice() else { return false };
        if self.is_short_of_block(at, column) {
            self.report(at, Habit::Between);
            self.put_separator(at);
            return true;
        }
        let is_case = body.opener == Opener::CaseList
            && column > self.contexts[0].column
            && self.contexts.iter().all(|context| context.column != column)
            && !self.line_binds(at)
            && self.rest_of_line(at).any(|next| self.tokens[next].kind == TokenKind::Arrow);
        if is_case && !body.inline {
            self.report(at, Habit::Between);
            self.put_separator(at);
            self.align(at, column);
            return true;
        }
        let around = outer.opener == Opener::Top || outer.opener.is_block();
        let is_where = self.tokens[at].kind == TokenKind::Where;
        if !body.opener.needs_indentation() || body.inline || !around || is_where || outer.column >= column {
            return false;
        }
        self.report(at, Habit::Between);
        if self.tokens[at].kind != TokenKind::Operator {
            self.put_separator(at);
            self.align(at, column);
        }
        true
    }

    /// A line left of a block that began on the line of its word, where no other block goes on:
    ///
    /// ```text
    /// f x = let y = x + 1
    ///   y
    /// ```
    fn is_short_of_block(&self, at: usize, column: usize) -> bool {
        let [rest @ .., block] = self.contexts.as_slice() else { return false };
        let (kind, first) = (self.tokens[at].kind, self.places[at].first);
        let starts = matches!(kind, TokenKind::Name | TokenKind::ParenOpen | TokenKind::If | TokenKind::Match);
        let inline = matches!(block.opener, Opener::Let | Opener::Do) && block.inline;
        let around = || rest.iter().all(|context| context.column != column && !context.opener.is_bracket());
        first && starts && inline && column > self.contexts[0].column && around()
    }

    /// A signature that is indented although its definition, on the next line, is not: read as if it was not. Whether it was one.
    pub(super) fn deep_signature(&mut self, at: usize) -> bool {
        let top = self.contexts[0].column;
        let is_signature = self.tokens[at].kind == TokenKind::Name
            && self.places[at].column > top
            && self.tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::Colon)
            && !self.contexts.iter().any(|context| context.opener.is_bracket());
        let Some(next) = self.next_line(at).filter(|_| is_signature) else { return false };
        if self.places[next].column > top || self.text(next) != self.text(at) {
            return false;
        }
        self.begin_outermost(at);
        true
    }

    /// Begins an item with the name here, as if it stood at the left edge.
    fn begin_outermost(&mut self, at: usize) {
        self.close_all(at);
        self.end_item();
        self.report(at, Habit::TooDeep);
        self.put(at, Terminal::Token(TokenKind::Name));
    }

    /// A definition that is indented although its signature, on the line above, is not: read as if it was not. Whether it was one.
    pub(super) fn deep_definition(&mut self, at: usize) -> bool {
        let signed = matches!(self.item.as_slice(), [name, colon, ..]
            if colon.is(TokenKind::Colon) && self.text(name.token) == self.text(at) && self.tokens[name.token].kind == TokenKind::Name);
        let deeper = self.tokens[at].kind == TokenKind::Name && self.places[at].column > self.contexts[0].column;
        if !signed || !deeper || !self.line_binds(at) {
            return false;
        }
        self.begin_outermost(at);
        true
    }
}
