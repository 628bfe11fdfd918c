//! Whole constructs of other languages, from their first word or sign to their last: modules, loops, comprehensions, lambdas.
//!
//! Of most of them nothing is passed on but a hole, so that one construct is one problem however much stands in it.

use super::habits::RECORD_MAX;
use super::{LOOKAHEAD_MAX, Layout};
use crate::context::Opener;
use crate::habit::Habit;
use crate::lexeme::{Lexeme, Terminal};
use crate::problem::Problem;
use crate::token::{Token, TokenKind, keyword};
use std::ops::RangeInclusive;

impl Layout<'_> {
    /// What follows on this line, as far as it is looked at.
    fn line(&self, at: usize) -> impl Iterator<Item = usize> {
        self.rest_of_line(at).take(RECORD_MAX)
    }

    /// The first token of this line, if it is not too far away.
    fn line_start(&self, at: usize) -> Option<usize> {
        (0..=at).rev().take(RECORD_MAX).find(|before| self.places[*before].first)
    }

    fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Whether no blank stands before this token.
    fn touches(&self, at: usize) -> bool {
        at > 0 && self.tokens.get(at).is_some_and(|token| self.tokens[at - 1].span.end == token.span.start)
    }

    /// Whether an expression, or a pattern, begins here: what stands before it does not end one.
    fn starts_operand(&self, at: usize) -> bool {
        self.pending.is_some()
            || self.places[at].first
            || at.checked_sub(1).is_none_or(|before| !self.tokens[before].kind.ends_value())
    }

    /// A hole for the tokens from here to `end`, which are skipped.
    fn put_hole_to(&mut self, at: usize, end: usize) {
        self.put(at, Terminal::Hole);
        self.dropped.extend(at + 1..=end);
    }

    /// `begin .. end` around a block, and an `end` alone on its line: left out. Whether it is one of them. `abandoned` if what it ends was given up.
    pub(super) fn block_word(&mut self, at: usize, abandoned: bool) -> bool {
        if self.tokens[at].kind != TokenKind::Name {
            return false;
        }
        match self.text(at) {
            "begin" => self.begin(at),
            "end" => self.lone_end(at, abandoned),
            _ => false,
        }
    }

    fn begin(&mut self, at: usize) -> bool {
        use Opener::{Body, CaseArrow, Do, Else, Let, Then};
        let opens = matches!(self.pending, Some(Body | Then | Else | Do | Let | CaseArrow));
        let Some(end) = opens.then(|| self.end_of_words(at)).flatten() else { return false };
        self.report_once(at, Habit::Word("begin".to_string()));
        self.dropped.insert(end);
        true
    }

    /// The `end` that belongs to the word here. Once there is none, none is looked for.
    fn end_of_words(&mut self, at: usize) -> Option<usize> {
        if self.no_end {
            return None;
        }
        let mut depth = 0usize;
        for next in at..self.tokens.len() {
            match self.text(next) {
                "begin" | "struct" | "sig" | "object" => depth += 1,
                "end" if depth <= 1 => return Some(next),
                "end" => depth -= 1,
                _ => {}
            }
        }
        self.no_end = true;
        None
    }

    fn lone_end(&mut self, at: usize, abandoned: bool) -> bool {
        if !self.ends_are_words || !self.places[at].first || self.item.is_empty() && !abandoned {
            return false;
        }
        if !abandoned && !self.told.contains(&Habit::Word("begin".to_string())) {
            self.report_once(at, Habit::Word("end".to_string()));
        }
        true
    }

    /// Gives up a declaration of another language: everything up to its end, where many things may be defined.
    pub(super) fn give_up_declaration(&mut self, at: usize, what: Habit) {
        let brace = self.line(at).find(|next| self.tokens[*next].kind == TokenKind::BraceOpen);
        let body = self.line(at).any(|next| matches!(self.text(next), "struct" | "sig"));
        let end = match brace.and_then(|brace| self.closing_brace(brace)) {
            Some(end) => end,
            None if body => self.end_of_words(at).unwrap_or(at),
            None => self.end_of_lines(at, self.contexts[0].column),
        };
        self.report(at, what);
        self.contexts.truncate(1);
        self.pending = None;
        self.abandoned = true;
        let hole = |token: usize| Lexeme { terminal: Terminal::Hole, span: self.tokens[token].span, token };
        self.item = vec![hole(at), hole(end)];
        self.dropped.extend(at + 1..=end);
    }

    /// The last token before a line that is not indented more than `column`.
    fn end_of_lines(&self, at: usize, column: usize) -> usize {
        let next =
            (at + 1..self.tokens.len()).find(|next| self.places[*next].first && self.places[*next].column <= column);
        next.unwrap_or(self.tokens.len()) - 1
    }

    /// What begins with a name. Whether it was a construct of another language.
    pub(super) fn word_construct(&mut self, at: usize) -> bool {
        let construct = match self.text(at) {
            "for" | "while" => Self::loop_statement,
            "fun" | "fn" | "function" | "func" => Self::function_word,
            "switch" | "try" => Self::braced_word,
            "case" => Self::braced_cases,
            text if text.starts_with('`') => return self.infix_name(at),
            _ => return self.text_prefix(at),
        };
        !self.is_signed(at) && construct(self, at)
    }

    /// Whether this name has a signature in the file, so that it is no word of another language.
    fn is_signed(&self, at: usize) -> bool {
        let of_file = || {
            let signed = |at: &usize| self.places[*at].first && self.kind(at + 1) == Some(TokenKind::Colon);
            (0..self.tokens.len()).filter(signed).map(|at| self.text(at).to_string()).collect()
        };
        self.signed.get_or_init(of_file).contains(self.text(at))
    }

    /// `for x in xs ..` and `while c ..`, with the lines below it that belong to it.
    fn loop_statement(&mut self, at: usize) -> bool {
        if !self.starts_operand(at) {
            return false;
        }
        let ends_head = |token: &Token| matches!(token.kind, TokenKind::Colon | TokenKind::BraceOpen | TokenKind::Do);
        let is_in = self.line(at).any(|next| self.is_text(next, TokenKind::Name, "in"));
        let last = self.line(at).last().is_some_and(|last| ends_head(&self.tokens[last]));
        let arrow = self.line(at).take(4).any(|next| self.tokens[next].kind == TokenKind::BackArrow);
        let is_for = self.text(at) == "for";
        if !(is_for && (is_in || arrow) || last) {
            return false;
        }
        let column = if self.places[at].first { self.places[at].column } else { self.contexts[0].column };
        let mut end = self.end_of_lines(at, column);
        let brace = self.line(at).last().filter(|last| self.tokens[*last].kind == TokenKind::BraceOpen);
        if let Some(close) = brace.and_then(|brace| self.closing_brace(brace)) {
            end = close;
        } else if matches!(self.tokens.get(end + 1).map(|_| self.text(end + 1)), Some("end" | "done")) {
            end += 1;
        }
        self.report(at, Habit::Word(self.text(at).to_string()));
        self.put_hole_to(at, end);
        true
    }

    /// `fun x -> ..`, `function (x) { .. }`, and `function` before cases.
    fn function_word(&mut self, at: usize) -> bool {
        if !self.starts_operand(at) || self.innermost().opener == Opener::Top {
            return false;
        }
        if self.text(at) == "function" && self.kind(at + 1) == Some(TokenKind::Bar) {
            self.report(at, Habit::Word("function".to_string()));
            self.told.push(Habit::LeadingBar);
            self.pass_on(at, TokenKind::Cases);
            return true;
        }
        let Some(end) = self.end_of_parameters(at + 1) else { return false };
        match self.kind(end) {
            Some(TokenKind::BraceOpen) => {
                let Some(close) = self.closing_brace(end) else { return false };
                self.report(at, Habit::Backslash);
                self.put_hole_to(at, close);
                true
            }
            _ if self.is_arrow(end) && self.leads_lambdas(at) => {
                self.report(at, Habit::Backslash);
                if self.kind(end) == Some(TokenKind::Operator) {
                    self.arrows.insert(end);
                }
                true
            }
            _ => false,
        }
    }

    fn is_arrow(&self, at: usize) -> bool {
        self.kind(at) == Some(TokenKind::Arrow) || at < self.tokens.len() && self.is_text(at, TokenKind::Operator, "=>")
    }

    /// The token behind the parameters that stand here, of which there is one or more.
    fn end_of_parameters(&self, at: usize) -> Option<usize> {
        use TokenKind::{Call, Colon, Comma, Name, ParenClose, ParenOpen, Unit};
        let is_part =
            |at: &usize| matches!(self.kind(*at), Some(Name | Unit | Call | ParenOpen | ParenClose | Comma | Colon));
        let end = (at..self.tokens.len()).take(LOOKAHEAD_MAX).find(|next| !is_part(next))?;
        (end > at).then_some(end)
    }

    /// Whether this word stands before the parameters of a lambda wherever it stands, so that it is no parameter itself.
    fn leads_lambdas(&mut self, at: usize) -> bool {
        let word = self.text(at).to_string();
        if let Some(known) = self.lambda_words.get(&word) {
            return *known;
        }
        let mut same = (0..self.tokens.len()).filter(|other| self.is_text(*other, TokenKind::Name, &word));
        let leads = same.all(|other| self.end_of_parameters(other + 1).is_some_and(|end| self.is_arrow(end)));
        self.lambda_words.insert(word, leads);
        leads
    }

    /// `switch (x) { .. }`, `try { .. } catch (e) { .. }`
    fn braced_word(&mut self, at: usize) -> bool {
        let Some(brace) = self.line(at).find(|next| self.tokens[*next].kind == TokenKind::BraceOpen) else {
            return false;
        };
        if !self.starts_operand(at) || self.line_binds(at) {
            return false;
        }
        let Some(mut end) = self.closing_brace(brace) else { return false };
        while self.tokens.get(end + 1).is_some_and(|_| matches!(self.text(end + 1), "catch" | "finally")) {
            let brace = self.line(end + 1).find(|next| self.tokens[*next].kind == TokenKind::BraceOpen);
            let Some(close) = brace.and_then(|brace| self.closing_brace(brace)) else { break };
            end = close;
        }
        self.report(at, Habit::Word(self.text(at).to_string()));
        self.put_hole_to(at, end);
        true
    }

    /// `case x of { 1 -> 2; _ -> 3 }`
    fn braced_cases(&mut self, at: usize) -> bool {
        let of = self.line(at).find(|next| self.is_text(*next, TokenKind::Name, "of"));
        let brace = of.map(|of| of + 1).filter(|brace| self.kind(*brace) == Some(TokenKind::BraceOpen));
        let Some(end) = brace.and_then(|brace| self.closing_brace(brace)) else { return false };
        let span = self.tokens[at].span.to(self.tokens[of.unwrap_or(at)].span);
        self.problems.push(Problem::CaseOf { span });
        self.put_hole_to(at, end);
        true
    }

    /// `match x { .. }`: the whole becomes a hole. Whether it was one.
    pub(super) fn match_in_braces(&mut self, at: usize) -> bool {
        let is_match = self.innermost().opener == Opener::Match && self.tokens[at].kind == TokenKind::BraceOpen;
        if !is_match || self.pending.is_some() || !self.tokens[at - 1].kind.ends_value() {
            return false;
        }
        let start = self.item.iter().rposition(|lexeme| lexeme.is(TokenKind::Match));
        let (Some(start), Some(end)) = (start, self.closing_brace(at)) else { return false };
        let word = self.item[start].token;
        self.item.truncate(start);
        self.contexts.pop();
        self.report(at, Habit::CaseBraces);
        self.put(word, Terminal::Hole);
        self.dropped.extend(at..=end);
        true
    }

    /// `match x with { .. }` and `cases { .. }`: the cases become a hole. Whether it was one.
    pub(super) fn cases_in_braces(&mut self, at: usize) -> bool {
        if self.pending != Some(Opener::CaseList) || self.tokens[at].kind != TokenKind::BraceOpen {
            return false;
        }
        let Some(end) = self.closing_brace(at).filter(|end| !self.is_request(*end)) else { return false };
        self.report(at, Habit::CaseBraces);
        self.open_pending(at);
        self.put_hole_to(at, end);
        true
    }

    /// Whether the braces that end here are the pattern of a request.
    fn is_request(&self, end: usize) -> bool {
        matches!(self.kind(end + 1), Some(TokenKind::Arrow | TokenKind::Bar | TokenKind::Comma))
    }

    /// The cases of a handler without the word: read as if it stood there.
    pub(super) fn handler_without_cases(&mut self, at: usize) {
        let is_handler = self.pending == Some(Opener::HandleWith) && self.tokens[at].kind == TokenKind::BraceOpen;
        if is_handler && self.closing_brace(at).is_some_and(|end| self.is_request(end)) {
            self.report(at, Habit::HandlerCases);
            self.open_pending(at);
            self.put(at, Terminal::Token(TokenKind::Cases));
            self.pending = Some(Opener::CaseList);
        }
    }

    /// `[1, 2].map(f)`, and further calls behind it: the element becomes a hole. Whether it was one.
    pub(super) fn method_call(&mut self, at: usize) -> bool {
        use TokenKind::{BracketClose, BracketOpen, Call, Dot, Name, ParenClose, ParenOpen, Text, Unit};
        let is_value = at > 0 && matches!(self.tokens[at - 1].kind, BracketClose | ParenClose | Text | Unit | Call);
        let is_call = |at: usize| {
            self.kind(at) == Some(Dot) && self.touches(at) && self.kind(at + 1) == Some(Name) && self.touches(at + 1)
        };
        if !is_value || !is_call(at) {
            return false;
        }
        let mut end = at + 1;
        loop {
            end = match self.kind(end + 1).filter(|_| self.touches(end + 1)) {
                Some(Unit | Call) => end + 1,
                Some(ParenOpen | BracketOpen) => match self.closing_bracket(end + 1) {
                    Some(close) => close,
                    None => break,
                },
                Some(Dot) if is_call(end + 1) => end + 2,
                _ => break,
            };
        }
        let span = self.tokens[at].span.to(self.tokens[at + 1].span);
        self.problems.push(Problem::Habit { span, what: Habit::Method });
        self.take_back_element();
        self.put_hole_to(at, end);
        true
    }

    /// ``x `f` y``: the rest of the element is skipped. Only names that need no back-quotes are taken for that.
    fn infix_name(&mut self, at: usize) -> bool {
        let name = self.text(at).trim_matches('`');
        let plain = name.starts_with(char::is_alphabetic) && !name.contains('`') && keyword(name).is_none();
        let operand = at > 0 && !self.places[at].first && self.tokens[at - 1].kind.ends_value();
        let follows = self.tokens.get(at + 1).is_some_and(|next| {
            use TokenKind::{BracketOpen, If, Match, ParenClose, ParenOpen, Unit};
            next.kind.ends_value() && next.kind != ParenClose
                || matches!(next.kind, BracketOpen | ParenOpen | Unit | If | Match)
        });
        if !plain || !operand || !follows {
            return false;
        }
        self.report(at, Habit::InfixName(name.to_string()));
        self.take_back_element();
        self.put(at, Terminal::Hole);
        let end = self.end_of_element(at);
        self.dropped.extend(at + 1..=end);
        true
    }

    /// The last token of this line that belongs to the same brackets.
    fn end_of_element(&self, at: usize) -> usize {
        let mut depth = 0usize;
        for next in self.line(at) {
            let kind = self.tokens[next].kind;
            if depth == 0 && (kind.is_closing_bracket() || matches!(kind, TokenKind::Comma | TokenKind::Then)) {
                return next - 1;
            }
            depth =
                (depth + usize::from(kind.closing().is_some())).saturating_sub(usize::from(kind.is_closing_bracket()));
        }
        self.line(at).last().unwrap_or(at)
    }

    /// `f".. {x} .."`: the letter before a text with braces.
    fn text_prefix(&mut self, at: usize) -> bool {
        let prefix = matches!(self.text(at), "f" | "F" | "s" | "fr" | "rf" | "i");
        let filled = prefix && self.kind(at + 1) == Some(TokenKind::Text) && self.touches(at + 1) && {
            let text = self.text(at + 1);
            text.contains('{') && text.contains('}') || text.contains('$')
        };
        let mut names = self.item.iter().take(LOOKAHEAD_MAX).skip(1).filter(|lexeme| lexeme.is(TokenKind::Name));
        let is_parameter = names.any(|lexeme| self.text(lexeme.token) == self.text(at));
        if !filled || is_parameter || !self.starts_operand(at) {
            return false;
        }
        self.report(at, Habit::Template);
        true
    }

    /// What begins with `[`: a comprehension, or a pattern with a rest. Whether it was one.
    pub(super) fn bracket_construct(&mut self, at: usize) -> bool {
        let Some(end) = self.closing_bracket(at) else { return false };
        if self.is_pattern(end) {
            return self.rest_pattern(at, end);
        }
        let mut depth = 0usize;
        for next in at + 1..end {
            let kind = self.tokens[next].kind;
            depth += usize::from(kind.closing().is_some());
            if depth == 0 && matches!(kind, TokenKind::Cases | TokenKind::Match | TokenKind::Arrow) {
                return false;
            }
            if depth == 0 && (kind == TokenKind::Bar || self.is_generator(next, end)) {
                self.report(next, Habit::Comprehension);
                self.put_hole_to(at, end);
                return true;
            }
            depth = depth.saturating_sub(usize::from(kind.is_closing_bracket()));
        }
        false
    }

    /// `for x in`
    fn is_generator(&self, at: usize, end: usize) -> bool {
        self.is_text(at, TokenKind::Name, "for")
            && (at + 1..end.min(at + 8)).any(|next| self.is_text(next, TokenKind::Name, "in"))
    }

    fn closing_bracket(&self, at: usize) -> Option<usize> {
        let mut depth = 0usize;
        (at..self.tokens.len()).take(RECORD_MAX).find(|next| {
            let kind = self.tokens[*next].kind;
            depth += usize::from(kind.closing().is_some());
            depth -= usize::from(kind.is_closing_bracket() && depth > 0);
            depth == 0
        })
    }

    /// Whether what is bracketed here is a pattern: of a case, before its `->`.
    fn is_pattern(&self, end: usize) -> bool {
        let is_start = |lexeme: &&Lexeme| matches!(lexeme.terminal, Terminal::Open | Terminal::Separator);
        let case = || self.item.iter().rev().take(LOOKAHEAD_MAX).take_while(|lexeme| !is_start(lexeme));
        let in_case = self.innermost().opener == Opener::CaseList && !case().any(|lexeme| lexeme.is(TokenKind::Bar));
        in_case && matches!(self.kind(end + 1), Some(TokenKind::Arrow | TokenKind::Comma | TokenKind::Bar))
    }

    /// `[x | rest]` and `[x, ...rest]`: read as `(x +: rest)`.
    fn rest_pattern(&mut self, at: usize, end: usize) -> bool {
        use TokenKind::{Bar, Comma, Dot, DotDot, Name, ParenClose, ParenOpen};
        let names = self.kind(at + 1) == Some(Name) && self.kind(end.saturating_sub(1)) == Some(Name);
        let signs: RangeInclusive<usize> = at + 2..=end.saturating_sub(2);
        let only_signs = |kinds: &[TokenKind]| signs.clone().all(|at| kinds.contains(&self.tokens[at].kind));
        let bar = signs.clone().count() == 1 && only_signs(&[Bar]);
        let dots = signs.clone().count() > 1 && only_signs(&[Comma, Dot, DotDot]);
        if !names || !(bar || dots) {
            return false;
        }
        let sign = if bar { at + 2 } else { at + 3 };
        self.report(sign, Habit::ListRest);
        self.put(at, Terminal::Token(ParenOpen));
        self.put(at + 1, Terminal::Token(Name));
        self.put(sign, Terminal::Token(TokenKind::Operator));
        self.put(end - 1, Terminal::Token(Name));
        self.put(end, Terminal::Token(ParenClose));
        self.dropped.extend(at + 1..=end);
        true
    }

    /// `|x, y| ..`: read as a lambda. Whether it was one.
    pub(super) fn lambda_in_bars(&mut self, at: usize) -> bool {
        use TokenKind::{Bar, Comma, Name};
        let follows = at > 0 && !self.places[at].first;
        let starts = follows && {
            use TokenKind::{BracketOpen, Equals, Operator, ParenOpen};
            matches!(self.tokens[at - 1].kind, ParenOpen | Comma | Equals | BracketOpen | Operator)
        };
        let Some(end) = self.line(at).find(|next| !matches!(self.tokens[*next].kind, Name | Comma)) else {
            return false;
        };
        if end == at + 1 || self.tokens[end].kind != Bar {
            return false;
        }
        if follows && self.tokens[at - 1].kind.ends_value() && !self.may_be_guard() {
            self.report(at, Habit::Backslash);
            self.put_hole_to(at, self.end_of_element(at));
            return true;
        }
        if !starts {
            return false;
        }
        self.report(at, Habit::Backslash);
        self.arrows.insert(end);
        let commas = (at + 1..end).filter(|next| self.tokens[*next].kind == Comma);
        self.dropped.extend(commas);
        true
    }

    /// Whether a bar may be one of a guard, or between constructors.
    fn may_be_guard(&self) -> bool {
        let is_one = |opener| matches!(opener, Opener::CaseList | Opener::Declaration | Opener::Top);
        self.contexts.iter().skip(1).any(|context| is_one(context.opener)) || self.innermost().opener == Opener::Top
    }

    /// A bar between two cases on one line. Whether it was that.
    pub(super) fn bar_between_cases(&mut self, at: usize) -> bool {
        let Some(depth) = self.find(|opener| opener == Opener::CaseList) else { return false };
        let line = self.places[at].line;
        let same = |before: &usize| self.places[*before].line == line;
        let mut before = (0..at).rev().take(LOOKAHEAD_MAX).take_while(same);
        let guarded = before.any(|before| self.tokens[before].kind == TokenKind::Bar);
        let told = self.told.contains(&Habit::LeadingBar);
        let in_body = self.innermost().opener == Opener::CaseArrow && self.innermost().line == line;
        let another = self.line(at).any(|next| self.tokens[next].kind == TokenKind::Arrow);
        if !in_body || !another || guarded && !told {
            return false;
        }
        self.report_once(at, Habit::LeadingBar);
        self.pop_to(at, depth + 1);
        self.put_separator(at);
        true
    }

    /// `Map<Text, Nat>` and `Map[Text, Nat]` where a type stands. Whether it was one.
    pub(super) fn type_arguments(&mut self, at: usize) -> bool {
        let named = self.touches(at)
            && self.tokens[at - 1].kind == TokenKind::Name
            && self.text(at - 1).starts_with(char::is_uppercase);
        if !named || !self.in_type() {
            return false;
        }
        let end = match self.tokens[at].kind {
            TokenKind::BracketOpen => {
                let end = self.closing_bracket(at);
                end.filter(|end| (at..*end).any(|next| self.tokens[next].kind == TokenKind::Comma))
            }
            _ if self.text(at) == "<" => self.closing_angle(at),
            _ => None,
        };
        let Some(end) = end else { return false };
        self.report_once(at, Habit::TypeArguments);
        self.item.pop();
        self.put_hole_to(at, end);
        true
    }

    /// Whether a type is being read: of a signature, or of a declaration.
    fn in_type(&self) -> bool {
        let signature = self.item.get(1).is_some_and(|second| second.is(TokenKind::Colon))
            && !self.item.iter().take(LOOKAHEAD_MAX).any(|lexeme| lexeme.is(TokenKind::Equals));
        signature || self.in_declaration()
    }

    fn in_declaration(&self) -> bool {
        self.contexts.iter().take(LOOKAHEAD_MAX).any(|context| context.opener == Opener::Declaration)
    }

    fn closing_angle(&self, at: usize) -> Option<usize> {
        let mut depth = 1usize;
        self.line(at).find(|next| {
            let text = self.text(*next);
            depth += usize::from(text == "<");
            if self.tokens[*next].kind == TokenKind::Operator && text.bytes().all(|byte| byte == b'>') {
                depth = depth.saturating_sub(text.len());
            }
            depth == 0
        })
    }

    /// A type behind a parameter, or behind the parameters: `f (x : Nat) : Nat = ..`. Left out. Whether it was one.
    pub(super) fn typed_parameter(&mut self, at: usize) -> bool {
        let Some(mut first) = self.line_start(at) else { return false };
        first += usize::from(self.tokens[first].kind == TokenKind::Let);
        let mut depth = 0usize;
        let (mut own, mut end, mut equals) = (0usize, None, None);
        for next in first..self.tokens.len() {
            let kind = self.tokens[next].kind;
            if next > first && self.places[next].first || next > first + RECORD_MAX {
                break;
            }
            depth += usize::from(kind.closing().is_some());
            if next == at {
                own = depth;
            }
            let ends = kind.is_closing_bracket() || kind == TokenKind::Comma;
            if next > at && end.is_none() && depth == own && (own > 0 && ends || kind == TokenKind::Equals) {
                end = Some(next);
            }
            if depth == 0 && kind == TokenKind::Equals {
                equals = Some(next);
                break;
            }
            depth -= usize::from(kind.is_closing_bracket() && depth > 0);
        }
        let is_head = self.tokens[first].kind == TokenKind::Name && first + 1 < at;
        let is_value = first + 1 == at && self.starts_binding(first);
        let (Some(end), Some(_)) = (end, equals.filter(|equals| at < *equals)) else { return false };
        if !(is_head || is_value) || self.find(|opener| opener == Opener::Declaration).is_some() {
            return false;
        }
        self.report_once(at, Habit::TypedParameter);
        if own > 0 {
            // A parameter of which no type is known.
            self.put(at, Terminal::Token(TokenKind::Operator));
            self.put(at + 1, Terminal::Hole);
        }
        self.dropped.extend(at + 1..end);
        true
    }

    /// Whether a statement or item begins with this token.
    fn starts_binding(&self, first: usize) -> bool {
        let last = self.item.last();
        last.is_some_and(|last| last.token == first) && self.tokens[first].kind == TokenKind::Name
    }

    /// `.base.List.map`. Whether it was that.
    pub(super) fn dot_before_name(&mut self, at: usize) -> bool {
        let named = self.kind(at + 1) == Some(TokenKind::Name) && self.touches(at + 1);
        if !named || self.touches(at) && self.tokens[at - 1].kind.ends_value() {
            return false;
        }
        self.report(at, Habit::LeadingDot);
        true
    }

    /// `/* .. */`. Whether it was one.
    pub(super) fn block_comment(&mut self, at: usize) -> bool {
        if self.no_comment_end || self.is_defined(at) {
            return false;
        }
        let Some(end) = (at..self.tokens.len()).find(|next| self.text(*next).ends_with("*/")) else {
            self.no_comment_end = true;
            return false;
        };
        self.report(at, Habit::Comment);
        self.dropped.extend(at + 1..=end);
        true
    }

    /// `where` behind a body, with helpers: skipped. Whether it was one.
    pub(super) fn helpers_behind(&mut self, at: usize) -> bool {
        let binds = self.item.iter().take(LOOKAHEAD_MAX).any(|lexeme| lexeme.is(TokenKind::Equals));
        let declares = self.find(|opener| matches!(opener, Opener::Declaration)).is_some();
        if !binds || declares || self.innermost().opener == Opener::Top {
            return false;
        }
        self.report(at, Habit::Where);
        if self.places[at].first && self.follows_binding(at) {
            // The value of the block is not known.
            self.put(at, Terminal::Hole);
        }
        let column = if self.places[at].first { self.places[at].column - 1 } else { self.contexts[0].column };
        let end = self.end_of_lines(at, column.max(self.contexts[0].column));
        self.unread.extend((at + 1..=end).filter(|next| self.tokens[*next].kind == TokenKind::Name));
        self.dropped.extend(at + 1..=end);
        true
    }

    /// `x : xs` in the pattern of a case or among parameters, which is about a list. Whether it was that.
    pub(super) fn cons_colon(&mut self, at: usize) -> bool {
        let is_bracket =
            |opener: Opener| matches!(opener, Opener::Bracket(TokenKind::ParenOpen | TokenKind::BracketOpen));
        let around = self.contexts.iter().rev().take(LOOKAHEAD_MAX).find(|context| !is_bracket(context.opener));
        let in_case = around.is_some_and(|around| around.opener == Opener::CaseList);
        let is_start = |lexeme: &&Lexeme| matches!(lexeme.terminal, Terminal::Open | Terminal::Separator);
        let case = || self.item.iter().rev().take(LOOKAHEAD_MAX).take_while(|lexeme| !is_start(lexeme));
        let guarded = || case().any(|lexeme| lexeme.is(TokenKind::Bar));
        let close = is_bracket(self.innermost().opener);
        let parameter = close && self.is_before_equals(at) && self.is_tail(at + 1);
        if !(in_case && !guarded() && (!close || self.is_tail(at + 1)) || parameter) {
            return false;
        }
        self.put(at, Terminal::Token(TokenKind::Operator));
        true
    }

    /// Whether the statement above, in this column, is a binding.
    fn follows_binding(&self, at: usize) -> bool {
        let column = self.places[at].column;
        let above = (0..at).rev().find(|above| self.places[*above].first && self.places[*above].column <= column);
        above.is_some_and(|above| self.places[above].column == column && self.line_binds(above))
    }

    /// Whether what stands here is rather the rest of a list than a type: `xs`, `_`, `[]`, but neither `Nat` nor `a`.
    fn is_tail(&self, at: usize) -> bool {
        match self.kind(at) {
            Some(TokenKind::Name) => {
                let text = self.text(at);
                !text.starts_with(char::is_uppercase) && (text.len() > 1 || text == "_" || self.touches(at))
            }
            Some(TokenKind::BracketOpen | TokenKind::ParenOpen) => self.touches(at),
            _ => false,
        }
    }

    /// Whether this stands between the name of a definition and its `=`, on one line.
    fn is_before_equals(&self, at: usize) -> bool {
        let Some(first) = self.line_start(at) else { return false };
        self.tokens[first].kind == TokenKind::Name
            && !(first..at).any(|before| self.tokens[before].kind == TokenKind::Equals)
            && self.line(at).any(|next| self.tokens[next].kind == TokenKind::Equals)
    }

    /// What other languages write in declarations of types. Whether the token is left out.
    pub(super) fn declaration_sign(&mut self, at: usize) -> bool {
        if self.find(|opener| opener == Opener::Declaration).is_none() {
            return false;
        }
        let last = |back: usize| self.item.len().checked_sub(back).map(|index| self.item[index]);
        let after_equals = last(1).is_some_and(|last| last.is(TokenKind::Equals));
        match self.tokens[at].kind {
            TokenKind::Bar if after_equals => {
                self.report_once(at, Habit::FirstBar);
                true
            }
            TokenKind::BraceOpen => {
                let named = last(1).is_some_and(|last| last.is(TokenKind::Name));
                let starts = last(2).is_some_and(|before| before.is(TokenKind::Equals));
                if named && starts {
                    if !self.told.contains(&Habit::Word("data".to_string())) {
                        self.report_once(at - 1, Habit::NamedRecord);
                    }
                    self.item.pop();
                }
                false
            }
            _ => false,
        }
    }

    /// `x :: Int` in a declaration.
    pub(super) fn field_colons(&mut self, at: usize) -> bool {
        let in_record = self.innermost().opener == Opener::Bracket(TokenKind::BraceOpen);
        let declares = self.contexts.iter().any(|context| context.opener == Opener::Declaration);
        if !in_record || !declares {
            return false;
        }
        if !self.told.contains(&Habit::Word("data".to_string())) {
            self.report_once(at, Habit::DoubleColon);
        }
        self.put(at, Terminal::Token(TokenKind::Colon));
        true
    }

    /// `handle e in h`. Whether it was that.
    pub(super) fn handle_in(&mut self, at: usize) -> bool {
        let handles = self.find(|opener| opener == Opener::Handle).is_some();
        if !handles || !self.is_text(at, TokenKind::Name, "in") || !self.tokens[at - 1].kind.ends_value() {
            return false;
        }
        self.report(at, Habit::Word("in".to_string()));
        self.close_before(at, TokenKind::With);
        self.pass_on(at, TokenKind::With);
        true
    }

    /// `f : Nat -> Nat {` and `f (x) {`: a definition whose body stands in braces, without `=`. Whether it was one.
    pub(super) fn definition_in_braces(&mut self, at: usize) -> bool {
        if self.tokens[at].kind != TokenKind::BraceOpen || self.pending.is_some() || self.is_record(at) {
            return false;
        }
        let names = |lexeme: &Lexeme| {
            use TokenKind::{Call, Comma, Name, ParenClose, ParenOpen, Unit};
            [Name, Call, Comma, ParenClose, ParenOpen, Unit].iter().any(|kind| lexeme.is(*kind))
        };
        let is_signature = self.item.get(1).is_some_and(|second| second.is(TokenKind::Colon))
            && self.ends_line(at)
            && self.tokens[at - 1].kind.ends_value();
        let is_head = self.innermost().opener == Opener::Top && self.item.len() > 1 && self.item.iter().all(names);
        let Some(name) = self.item.first().filter(|first| first.is(TokenKind::Name)).map(|first| first.token) else {
            return false;
        };
        let Some(end) = self.closing_brace(at).filter(|_| is_signature || is_head) else { return false };
        self.report(at, Habit::Braces);
        self.contexts.truncate(1);
        self.item = self.unread_definition(name);
        self.dropped.extend(at..=end);
        true
    }
}
