//! Habits that layout recognises: it mends what it can, so that what follows is read as it was meant.

use super::{LOOKAHEAD_MAX, Layout};
use crate::context::{Opener, closed_by};
use crate::habit::{Foreign, Habit, foreign};
use crate::lexeme::{Lexeme, Terminal};
use crate::problem::Problem;
use crate::token::{Token, TokenKind, keyword};
use std::collections::BTreeMap;

/// Tokens of a record that is recognised.
pub(super) const RECORD_MAX: usize = 1_000;

impl Layout<'_> {
    pub(super) fn text(&self, at: usize) -> &str {
        let span = self.tokens[at].span;
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    pub(super) fn is_text(&self, at: usize, kind: TokenKind, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == kind) && self.text(at) == text
    }

    pub(super) fn report(&mut self, at: usize, what: Habit) {
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

    /// The `=` of a condition that is one expression, of a guard, or of a body that is one expression. Whether it was one.
    pub(super) fn equals_in_condition(&mut self, at: usize) -> bool {
        let context = self.innermost();
        let compares = match context.opener {
            Opener::If => true,
            Opener::CaseList => self.tokens[..at].iter().rev().take(LOOKAHEAD_MAX).any(|t| t.kind == TokenKind::Bar),
            Opener::Body => context.inline && context.line == self.places[at].line,
            _ => false,
        };
        if !compares || self.condition_goes_on(at, context.column) {
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
    fn fat_arrow(&mut self, at: usize) -> bool {
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
        if starts && self.leading_word(at) {
            return true;
        }
        if !starts || self.tokens[at].kind != TokenKind::Name {
            return false;
        }
        let named =
            self.tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::Name && !self.places[at + 1].first);
        let Some(found) = foreign(self.text(at)).filter(|_| named) else { return false };
        let what = Habit::Word(self.text(at).to_string());
        match found {
            Foreign::Type if self.text(at + 1).starts_with(char::is_uppercase) => {
                self.report(at, what.clone());
                self.told.push(what);
                self.pass_on(at, TokenKind::Type);
            }
            // What it brings in is written in the same way.
            Foreign::Other if matches!(self.text(at), "import" | "open") && self.line_is_names(at) => {
                self.report(at, what);
                self.pass_on(at, TokenKind::Use);
            }
            Foreign::Other if !self.line_binds(at) || self.is_module(at) => self.give_up_declaration(at, what),
            Foreign::Definition if !self.line_binds(at) => {
                self.abandon(Problem::Habit { span: self.tokens[at].span, what });
                let brace = self.rest_of_line(at).find(|next| self.tokens[*next].kind == TokenKind::BraceOpen);
                self.dropped.extend(brace.and_then(|brace| self.closing_brace(brace)));
                self.item = self.unread_definition(at + 1);
            }
            _ => return false,
        }
        true
    }

    /// `module M = struct`
    fn is_module(&self, at: usize) -> bool {
        self.text(at) == "module" && self.rest_of_line(at).any(|next| matches!(self.text(next), "struct" | "sig"))
    }

    /// A definition with the name that stands there, whose body could not be read.
    pub(super) fn unread_definition(&self, at: usize) -> Vec<Lexeme> {
        use TokenKind::{Equals, Name};
        let parts = [Terminal::Token(Name), Terminal::Token(Equals), Terminal::Open, Terminal::Hole, Terminal::Close];
        parts.map(|terminal| Lexeme { terminal, span: self.tokens[at].span, token: at }).to_vec()
    }

    /// Whether a binding stands on this line: names and patterns, then `=` or `<-`.
    pub(super) fn line_binds(&self, at: usize) -> bool {
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

    /// `fn f x = ..`: the word before a definition that can be read without it. Whether it was one.
    fn leading_word(&mut self, at: usize) -> bool {
        let binds = self.tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::Name) && self.line_binds(at + 1);
        if !binds || foreign(self.text(at)) != Some(Foreign::Definition) {
            return false;
        }
        let signed = |name: &str| {
            self.items.last().is_some_and(|item| {
                let is_name = item.first().is_some_and(|first| self.text(first.token) == name);
                is_name && item.get(1).is_some_and(|next| next.is(TokenKind::Colon))
            })
        };
        let meant = signed(self.text(at + 1))
            || self.is_value_word(at)
            || !signed(self.text(at)) && self.is_definition_word(at) && self.text(at + 1).len() > 1;
        if meant {
            self.report(at, Habit::Word(self.text(at).to_string()));
        }
        meant
    }

    /// `val x = 3`, where `val` stands nowhere else, and `x` on other lines only: no function that ignores its parameter.
    fn is_value_word(&self, at: usize) -> bool {
        let is_name = |other: &usize| self.is_text(*other, TokenKind::Name, self.text(at + 1));
        let defines = self.tokens.get(at + 2).is_some_and(|equals| equals.kind == TokenKind::Equals);
        let uses: Vec<usize> = (at + 2..self.tokens.len()).filter(is_name).collect();
        let ends = |next: &usize| self.places[*next].first && self.places[*next].column <= self.contexts[0].column;
        let end = (at + 1..self.tokens.len()).find(ends).unwrap_or(self.tokens.len());
        let later = uses.first().is_some_and(|first| *first >= end);
        matches!(self.text(at), "val" | "var") && defines && later && self.stands_once(at)
    }

    /// Whether this word is used for nothing else in the file, and the one behind it is used on other lines.
    fn is_definition_word(&self, at: usize) -> bool {
        let word = matches!(self.text(at), "def" | "fn" | "fun" | "func" | "function");
        let elsewhere = |other: usize| self.places[other].line != self.places[at].line;
        let used = |other: usize| self.is_text(other, TokenKind::Name, self.text(at + 1)) && elsewhere(other);
        word && self.stands_once(at) && (0..self.tokens.len()).any(used)
    }

    /// Whether a word stands nowhere else in the file.
    fn stands_once(&self, at: usize) -> bool {
        let same = |other: &usize| self.tokens[*other].kind == TokenKind::Name && self.text(*other) == self.text(at);
        (0..self.tokens.len()).filter(same).count() == 1
    }

    /// Whether only names stand on this line behind `at`.
    fn line_is_names(&self, at: usize) -> bool {
        self.rest_of_line(at).all(|next| matches!(self.tokens[next].kind, TokenKind::Name | TokenKind::Operator))
    }

    pub(super) fn rest_of_line(&self, at: usize) -> impl Iterator<Item = usize> {
        (at + 1..self.tokens.len()).take_while(|next| !self.places[*next].first)
    }

    /// The first token of the next line.
    pub(super) fn next_line(&self, at: usize) -> Option<usize> {
        (at + 1..self.tokens.len()).find(|next| self.places[*next].first)
    }

    /// Whether statements stand in the innermost context, and one starts here.
    fn starts_statement(&self, at: usize) -> bool {
        let opener = self.innermost().opener;
        let is_block = opener.is_block() && opener != Opener::CaseList && opener != Opener::Where;
        self.places[at].first && (is_block || opener == Opener::Top && self.item.is_empty())
    }

    /// `let x = ..` as a statement or definition: read without the word. Whether it was one.
    pub(super) fn let_binding(&mut self, at: usize) -> bool {
        let named =
            self.tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::Name && !self.places[at + 1].first);
        if !self.starts_statement(at)
            || !named
            || self.rest_of_line(at).any(|next| self.is_text(next, TokenKind::Name, "in"))
        {
            return false;
        }
        let recursive =
            self.text(at + 1) == "rec" && self.tokens.get(at + 2).is_some_and(|next| next.kind == TokenKind::Name);
        let head = if recursive { at + 2 } else { at + 1 };
        let opens = self.rest_of_line(at).last().is_some_and(|last| self.tokens[last].kind == TokenKind::Equals);
        let column = self.places[at].column;
        let alone = self.next_line(at).is_none_or(|next| self.places[next].column <= column);
        let top = self.innermost().opener == Opener::Top;
        if !self.line_binds(head) || !(alone || opens || top) {
            return false;
        }
        self.report(at, Habit::LetBinding);
        if recursive {
            self.dropped.insert(at + 1);
        }
        true
    }

    /// `val x = ..` in a block, where `val` is no function. Whether it was one.
    pub(super) fn local_word(&mut self, at: usize) -> bool {
        let next = |i: usize, kind| self.tokens.get(at + i).is_some_and(|token| token.kind == kind);
        let binds = next(1, TokenKind::Name) && next(2, TokenKind::Equals);
        let word = matches!(self.text(at), "val" | "var" | "const" | "mut");
        if !word
            || !binds
            || self.innermost().opener == Opener::Top
            || !self.starts_statement(at)
            || !self.stands_once(at)
        {
            return false;
        }
        self.report(at, Habit::Word(self.text(at).to_string()));
        true
    }

    /// `deriving` behind the constructors of a type. Whether it was that.
    pub(super) fn deriving(&mut self, at: usize) -> bool {
        let follows = self.item.last().is_some_and(|last| !last.is(TokenKind::Type));
        if !self.is_text(at, TokenKind::Name, "deriving") || self.innermost().opener != Opener::Declaration || !follows
        {
            return false;
        }
        self.report(at, Habit::Word("deriving".to_string()));
        let first = self.item.first().map_or(0, |first| first.token);
        // With what stands on the lines below, up to the next item.
        let end = (at..self.tokens.len())
            .find(|next| self.places[*next].first && self.places[*next].column <= self.places[first].column);
        self.dropped.extend(at..end.unwrap_or(self.tokens.len()));
        true
    }

    /// Characters that no token starts with: what follows a `?` or `#` is a choice or a comment.
    pub(super) fn junk(&mut self, at: usize) {
        match self.text(at) {
            "#" => self.skipped_line = Some(self.places[at].line),
            "\u{2192}" => self.pass_on(at, TokenKind::Arrow),
            text if text.len() > 1 && text.starts_with('`') && text.ends_with('`') => self.put(at, Terminal::Hole),
            // A text of another language, with whatever is in it.
            text if text.starts_with('`') => {
                self.skipped_line = Some(self.places[at].line);
                self.put(at, Terminal::Hole);
            }
            text => {
                if text == "?" {
                    self.skipped_line = Some(self.places[at].line);
                    self.take_back_element();
                }
                self.put(at, Terminal::Hole);
            }
        }
    }

    /// Takes back what was put since the block, bracket, statement or element that is being read began.
    pub(super) fn take_back_element(&mut self) {
        let mut depth = 0usize;
        while let Some(last) = self.item.last() {
            let terminal = last.terminal;
            let starts =
                matches!(terminal, Terminal::Separator | Terminal::Token(TokenKind::Comma)) || terminal.opens();
            if depth == 0 && starts {
                return;
            }
            depth = depth + usize::from(terminal.closes()) - usize::from(terminal.opens());
            self.item.pop();
        }
    }

    /// Symbols that mean something else in other languages. Whether it was one.
    pub(super) fn notation(&mut self, at: usize) -> bool {
        match self.text(at) {
            "\\" => self.backslash(at),
            "=>" => self.fat_arrow(at) || self.fat_lambda(at),
            "::" => self.double_colon(at) || self.field_colons(at),
            "<" => self.type_arguments(at),
            text if text.starts_with("/*") => self.block_comment(at),
            ":=" | "+=" | "-=" | "*=" => self.assignment(at),
            "++" => self.increment(at),
            text if text.starts_with("//") => self.slashes(at),
            _ => false,
        }
    }

    fn backslash(&mut self, at: usize) -> bool {
        let next = self.tokens.get(at + 1).map(|next| next.kind);
        let before = at.checked_sub(1).map(|before| self.tokens[before].kind);
        let starts =
            before.is_none_or(|kind| !kind.ends_value() || self.tokens[at - 1].span.end < self.tokens[at].span.start);
        if starts && self.tokens.get(at + 1).is_some() && self.is_text(at + 1, TokenKind::Name, "case") {
            self.report(at, Habit::Word("\\case".to_string()));
            self.dropped.insert(at + 1);
            self.pass_on(at, TokenKind::Cases);
            return true;
        }
        let is_lambda = starts && matches!(next, Some(TokenKind::Name | TokenKind::ParenOpen | TokenKind::Unit));
        if is_lambda {
            self.report(at, Habit::Backslash);
        }
        is_lambda
    }

    /// `(x y => ..)`
    fn fat_lambda(&mut self, at: usize) -> bool {
        let names = self.tokens[..at].iter().rev().take_while(|token| token.kind == TokenKind::Name).count();
        let opens = names > 0 && at > names && self.tokens[at - names - 1].kind == TokenKind::ParenOpen;
        if !(opens || self.is_behind_parameters(at)) || self.is_defined(at) {
            return false;
        }
        self.report(at, Habit::FatArrow);
        self.put(at, Terminal::Token(TokenKind::Arrow));
        true
    }

    /// Whether names in parentheses stand before it, and a body or bracket begins with them.
    fn is_behind_parameters(&self, at: usize) -> bool {
        use TokenKind::{BracketOpen, Comma, Equals, Name, ParenClose, ParenOpen};
        let mut before = self.tokens[..at].iter().rev().map(|token| token.kind);
        if before.next() != Some(ParenClose) {
            return false;
        }
        let mut before = before.take(LOOKAHEAD_MAX).skip_while(|kind| matches!(kind, Name | Comma));
        before.next() == Some(ParenOpen) && matches!(before.next(), Some(Equals | ParenOpen | BracketOpen | Comma))
    }

    /// `f :: T` above `f`.
    fn double_colon(&mut self, at: usize) -> bool {
        let Some(name) = at.checked_sub(1).filter(|name| self.places[*name].first) else { return false };
        let names = self.tokens[name].kind == TokenKind::Name && self.innermost().opener != Opener::CaseList;
        let Some(next) = self.next_line(at).filter(|next| names && self.text(*next) == self.text(name)) else {
            return false;
        };
        if self.places[next].column != self.places[name].column {
            return false;
        }
        self.report(at, Habit::DoubleColon);
        self.put(at, Terminal::Token(TokenKind::Colon));
        true
    }

    fn assignment(&mut self, at: usize) -> bool {
        let Some(name) = at.checked_sub(1).filter(|name| self.places[*name].first) else { return false };
        let opener = self.innermost().opener;
        if self.tokens[name].kind != TokenKind::Name
            || !opener.is_block()
            || opener == Opener::CaseList
            || self.is_defined(at)
        {
            return false;
        }
        self.report(at, Habit::Assignment);
        self.pass_on(at, TokenKind::Equals);
        true
    }

    /// `x++`, with nothing behind it.
    fn increment(&mut self, at: usize) -> bool {
        let name = at.checked_sub(1).map(|name| &self.tokens[name]);
        let touches =
            name.is_some_and(|name| name.kind == TokenKind::Name && name.span.end == self.tokens[at].span.start);
        let ends =
            self.tokens.get(at + 1).is_none_or(|next| self.places[at + 1].first || next.kind.is_closing_bracket());
        if touches && ends {
            self.report(at, Habit::Assignment);
        }
        touches && ends
    }

    /// `// ..`, which is no division: more than one operand follows, or a word.
    fn slashes(&mut self, at: usize) -> bool {
        let rest: Vec<usize> = self.rest_of_line(at).take(2).collect();
        let one = <[usize; 1]>::try_from(rest).ok().map(|[one]| one);
        let divides = one.is_some_and(|one| self.tokens[one].kind != TokenKind::Name) && !self.places[at].first;
        if divides || self.is_defined(at) {
            return false;
        }
        self.report(at, Habit::Comment);
        self.skipped_line = Some(self.places[at].line);
        true
    }

    /// Whether the file defines this operator.
    pub(super) fn is_defined(&self, at: usize) -> bool {
        let bracketed = |other: &usize| {
            let before = other.checked_sub(1).map(|before| self.tokens[before].kind);
            self.tokens[*other].kind == TokenKind::Operator && before == Some(TokenKind::ParenOpen)
        };
        let of_file = || (0..self.tokens.len()).filter(bracketed).map(|other| self.text(other).to_string()).collect();
        self.operators.get_or_init(of_file).contains(self.text(at))
    }

    /// `elif`, read as `else if`. Whether it was that.
    pub(super) fn else_if(&mut self, at: usize) -> bool {
        let word = ["elif", "elsif", "elseif"].into_iter().find(|word| self.is_text(at, TokenKind::Name, word));
        let Some(word) = word.filter(|_| self.find(|opener| opener == Opener::Then).is_some()) else { return false };
        self.report(at, Habit::Word(word.to_string()));
        self.close_before(at, TokenKind::Else);
        self.pass_on(at, TokenKind::Else);
        self.open_pending(at);
        self.pass_on(at, TokenKind::If);
        true
    }

    /// Braces around a block: left out. Whether they are that.
    pub(super) fn braces(&mut self, at: usize) -> bool {
        use Opener::{Body, CaseArrow, Do, Else, Let, Then};
        if self.tokens[at].kind != TokenKind::BraceOpen || self.is_record(at) {
            return false;
        }
        let opens = matches!(self.pending, Some(Body | Then | Else | Do | Let | CaseArrow));
        let ends = |kind: TokenKind| kind.ends_value() || matches!(kind, TokenKind::True | TokenKind::False);
        let condition =
            self.pending.is_none() && self.innermost().opener == Opener::If && ends(self.tokens[at - 1].kind);
        if !opens && !condition {
            return false;
        }
        let item = self.item.first().map_or(0, |first| first.span.start);
        let told =
            |problem: &Problem| matches!(problem, Problem::Habit { span, what: Habit::Braces } if span.start >= item);
        if !self.problems.iter().any(told) {
            self.report(at, Habit::Braces);
        }
        self.dropped.extend(self.closing_brace(at));
        if condition {
            self.close_before(at, TokenKind::Then);
            self.pass_on(at, TokenKind::Then);
        }
        true
    }

    /// The end of what these braces hold.
    pub(super) fn closing_brace(&self, at: usize) -> Option<usize> {
        self.braces.get_or_init(|| partners(self.tokens)).get(&at).copied()
    }

    /// `Circle of Float` among the constructors of a type: read without the word. Whether it was that.
    pub(super) fn of_fields(&mut self, at: usize) -> bool {
        let declares =
            self.item.first().is_some_and(|first| first.is(TokenKind::Type) || first.is(TokenKind::Structural));
        let constructor = at > 0 && self.text(at - 1).starts_with(char::is_uppercase);
        let fields =
            self.tokens.get(at + 1).is_some_and(|next| matches!(next.kind, TokenKind::Name | TokenKind::ParenOpen));
        if !self.is_text(at, TokenKind::Name, "of") || !declares || !constructor || !fields {
            return false;
        }
        self.report_once(at, Habit::Word("of".to_string()));
        true
    }

    /// Tells something once of each item.
    pub(super) fn report_once(&mut self, at: usize, what: Habit) {
        if !self.told.contains(&what) {
            self.told.push(what.clone());
            self.report(at, what);
        }
    }

    /// `lambda x, y: ..`: read as a function. Whether it was that.
    pub(super) fn lambda_word(&mut self, at: usize) -> bool {
        if !self.is_text(at, TokenKind::Name, "lambda") {
            return false;
        }
        let names = |next: &usize| matches!(self.tokens[*next].kind, TokenKind::Name | TokenKind::Comma);
        let params: Vec<usize> = self.rest_of_line(at).take_while(names).take(LOOKAHEAD_MAX).collect();
        let Some(last) = params.last() else { return false };
        if self.tokens.get(last + 1).is_none_or(|colon| colon.kind != TokenKind::Colon) {
            return false;
        }
        self.report(at, Habit::Backslash);
        self.arrows.insert(last + 1);
        self.dropped.extend(params.iter().copied().filter(|next| self.tokens[*next].kind == TokenKind::Comma));
        true
    }

    /// `if c:` or `else:` at the end of a line: read without the colon. Whether it was that.
    pub(super) fn colon_of_block(&mut self, at: usize) -> bool {
        if self.tokens[at].kind != TokenKind::Colon || !self.ends_line(at) {
            return false;
        }
        let condition = self.pending.is_none() && self.innermost().opener == Opener::If;
        if !condition && !matches!(self.pending, Some(Opener::Then | Opener::Else | Opener::Do)) {
            return false;
        }
        self.report_once(at, Habit::BlockColon);
        if condition {
            self.close_before(at, TokenKind::Then);
            self.pass_on(at, TokenKind::Then);
        }
        true
    }

    /// Whether a line follows, and nothing on this one.
    pub(super) fn ends_line(&self, at: usize) -> bool {
        self.places.get(at + 1).is_some_and(|next| next.first)
    }

    /// `|` before a case: read without it. Whether it was that.
    pub(super) fn leading_bar(&mut self, at: usize) -> bool {
        let last = self.item.last().map(|last| last.terminal);
        let starts = matches!(last, Some(Terminal::Open | Terminal::Separator));
        if self.innermost().opener != Opener::CaseList || !starts {
            return false;
        }
        self.report_once(at, Habit::LeadingBar);
        true
    }

    /// `{ x = 1 }`, `{ p | x = 1 }` or `{ "x": 1 }` as an expression. Whether it was one.
    pub(super) fn record(&mut self, at: usize) -> bool {
        if !self.is_record(at) {
            return false;
        }
        let Some(end) = self.closing_brace(at).filter(|end| end - at < RECORD_MAX) else { return false };
        if let [name, equals, _] = self.item.as_slice()
            && equals.is(TokenKind::Equals)
            && self.text(name.token).starts_with(char::is_uppercase)
        {
            let (name, span) = (name.token, name.span);
            self.unread.extend((name..end).filter(|token| self.tokens[*token].kind == TokenKind::Name));
            let what = Habit::RecordWithoutType(self.text(name).to_string());
            self.abandon(Problem::Habit { span, what });
            return true;
        }
        self.report(at, Habit::Record);
        if self
            .item
            .last()
            .is_some_and(|last| last.is(TokenKind::Name) && self.text(last.token).starts_with(char::is_uppercase))
        {
            self.item.pop();
        }
        self.put(at, Terminal::Hole);
        self.dropped.extend(at + 1..=end);
        true
    }

    pub(super) fn is_record(&self, at: usize) -> bool {
        use TokenKind::{Bar, BraceOpen, Colon, DotDot, Equals, Name, Text, With};
        let kind = |i: usize| self.tokens.get(at + i).map(|token| token.kind);
        let fields = matches!(
            (kind(1), kind(2)),
            (Some(Name), Some(Equals | Bar | Colon | With)) | (Some(Text), Some(Colon)) | (Some(DotDot), _)
        );
        // A block begins on the next line.
        if kind(0) != Some(BraceOpen) || !fields || self.ends_line(at) {
            return false;
        }
        let signed = self.item.get(1).is_some_and(|second| second.is(Colon));
        let signature = signed && !self.item.iter().take(LOOKAHEAD_MAX).any(|lexeme| lexeme.is(Equals));
        !signature && self.find(|opener| opener == Opener::Declaration).is_none()
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

    /// A word of the language where it can only be meant as a name: what it is bound to is defined, and what uses that is no mistake. Whether it is read as a name.
    pub(super) fn keyword_as_name(&mut self, at: usize) -> bool {
        let (tokens, span) = (self.tokens, self.tokens[at].span);
        let word = self.text.get(span.start as usize..span.end as usize).unwrap_or("");
        let kind = tokens[at].kind;
        if keyword(word) != Some(kind) || matches!(kind, TokenKind::True | TokenKind::False | TokenKind::Reserved) {
            return false;
        }
        let known = self.keywords.contains(word);
        if !self.keyword_is_bound(at) {
            return known && self.keyword_is_used(at);
        }
        if !known {
            self.report(at, Habit::Keyword(word.to_string()));
            self.keywords.insert(word);
        }
        true
    }

    /// Whether an expression cannot begin here, so that what stands before it is the end of one.
    fn ends_operand(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return true };
        let place = self.places[at];
        let operator = token.kind == TokenKind::Operator && !place.first;
        operator || token.kind.is_closing_bracket() || place.first && place.column <= self.contexts[0].column
    }

    /// Whether something gets this word as its name here.
    fn keyword_is_bound(&self, at: usize) -> bool {
        use TokenKind::{Arrow, BackArrow, Colon, Else, Equals, Name, Then, Use, Where, With};
        let next = self.tokens.get(at + 1).filter(|_| !self.places[at + 1].first).map(|next| next.kind);
        let starts = self.places[at].first && self.places[at].column <= self.contexts[0].column;
        let top = self.innermost().opener == Opener::Top;
        let ends_something = matches!(self.tokens[at].kind, Then | Else | With | Where);
        let line = (0..=at).rev().find(|before| self.places[*before].first);
        if line.is_some_and(|first| first < at && self.tokens[first].kind == Use) {
            return true;
        }
        match next {
            Some(Colon) if self.ends_line(at + 1) => false,
            Some(Equals | Colon | BackArrow) if self.places[at].first => true,
            Some(Arrow) if ends_something => true,
            Some(_) if starts || top && self.item.is_empty() => ends_something && self.line_binds(at + 1),
            Some(_) if top => self.item.iter().all(|x| x.is(Name)) && self.head_binds(at + 1),
            _ => false,
        }
    }

    /// Whether names, among them words of the language, stand before the `=` of this line.
    fn head_binds(&self, at: usize) -> bool {
        let is_name = |at: usize| self.tokens[at].kind == TokenKind::Name || keyword(self.text(at)).is_some();
        let end = std::iter::once(at).chain(self.rest_of_line(at)).find(|next| !is_name(*next));
        self.line_binds(at) || end.is_some_and(|end| self.tokens[end].kind == TokenKind::Equals)
    }

    /// Whether this word, which was bound, can be nothing but the name here.
    fn keyword_is_used(&self, at: usize) -> bool {
        use TokenKind::{Ability, Else, Namespace, Structural, Then, Type, Unique, Use, Where, With};
        let kind = self.tokens[at].kind;
        match kind {
            Then | Else | With => self.find(|opener| closed_by(kind, opener)).is_none(),
            Where => self.innermost().opener != Opener::Declaration,
            Type | Ability | Structural | Unique | Use | Namespace => !self.places[at].first,
            _ if self.places[at].first && self.places[at].column <= self.contexts[0].column => self.line_binds(at + 1),
            _ => self.ends_operand(at + 1),
        }
    }
}

/// Each opening brace with the one that closes it.
fn partners(tokens: &[Token]) -> BTreeMap<usize, usize> {
    let (mut open, mut partners) = (Vec::new(), BTreeMap::new());
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::BraceOpen => open.push(at),
            TokenKind::BraceClose => partners.extend(open.pop().map(|open| (open, at))),
            _ => {}
        }
    }
    partners
}
