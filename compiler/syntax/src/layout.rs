//! Indentation to marks: where blocks open, where their statements end, where they close.
//!
//! A stack of contexts, one for each open block or bracket. Three things happen before a token is passed on:
//! 1. if the token before it opens a block, the block gets this token's column;
//! 2. a token that closes something (`)`, `then`, `,` ..) closes the blocks opened inside;
//! 3. the first token of a line, compared with the innermost block's column, closes it (less) or starts its next statement (equal).
//!
//! **Invariant:** the lexemes of each item are balanced: every `Open` has its `Close`, every bracket its partner. What was
//! missing has been reported and put there.

mod columns;
mod constructs;
mod habits;

use crate::context::{Context, Opener, closed_by};
use crate::habit::Habit;
use crate::lexeme::{Lexeme, Terminal};
use crate::place::{Place, places};
use crate::problem::{NotSupported, Problem};
use crate::token::{Token, TokenKind};
use base::limits::NESTING_MAX;
use base::{SourceId, Span};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// Tokens that are looked at to tell a closing bracket too many from one of the wrong kind.
const LOOKAHEAD_MAX: usize = 100;

/// Splits the tokens of a file into its items, with the marks of layout between them.
///
/// Which bracket has no end is known at the end of its item only; then everything is laid out once more, and that bracket ends where the block around it goes on.
pub fn layout(source: SourceId, text: &str, tokens: &[Token]) -> Laid {
    let places = places(text, tokens);
    let laid = run(source, text, tokens, &places, BTreeSet::new());
    let unclosed: BTreeSet<Span> = laid.problems.iter().filter_map(unclosed_bracket).collect();
    if unclosed.is_empty() { laid } else { run(source, text, tokens, &places, unclosed) }
}

/// What layout makes of a file.
pub struct Laid {
    pub items: Vec<Vec<Lexeme>>,
    pub problems: Vec<Problem>,
    /// The tokens of names that are defined in what was skipped, as far as that can be told.
    pub unread: Vec<usize>,
}

fn unclosed_bracket(problem: &Problem) -> Option<Span> {
    match problem {
        Problem::UnclosedBracket { open, .. } => Some(*open),
        _ => None,
    }
}

fn run(source: SourceId, text: &str, tokens: &[Token], places: &[Place], unclosed: BTreeSet<Span>) -> Laid {
    let top = Context {
        opener: Opener::Top,
        column: places.first().map_or(1, |p| p.column),
        line: 1,
        inline: false,
        span: Span::new(source, 0, 0),
    };
    let mut layout = Layout {
        text,
        tokens,
        places,
        unclosed,
        contexts: vec![top],
        pending: None,
        abandoned: false,
        skipped_line: None,
        dropped: BTreeSet::new(),
        keywords: BTreeSet::new(),
        told: Vec::new(),
        arrows: BTreeSet::new(),
        ends_are_words: ends_are_words(text, tokens, places),
        no_end: false,
        no_comment_end: false,
        lambda_words: BTreeMap::new(),
        braces: OnceCell::new(),
        operators: OnceCell::new(),
        signed: OnceCell::new(),
        unread: Vec::new(),
        item: Vec::new(),
        items: Vec::new(),
        problems: Vec::new(),
    };
    (0..tokens.len()).for_each(|at| layout.token(at));
    layout.end();
    Laid { items: layout.items, problems: layout.problems, unread: layout.unread }
}

/// Whether `end` stands in the text, and only alone on lines, so that it is no name.
fn ends_are_words(text: &str, tokens: &[Token], places: &[Place]) -> bool {
    let is_end = |token: &Token| {
        token.kind == TokenKind::Name && text.get(token.span.start as usize..token.span.end as usize) == Some("end")
    };
    let mut ends = (0..tokens.len()).filter(|at| is_end(&tokens[*at])).peekable();
    ends.peek().is_some() && ends.all(|at| places[at].first && places.get(at + 1).is_none_or(|next| next.first))
}

struct Layout<'t> {
    text: &'t str,
    tokens: &'t [Token],
    places: &'t [Place],
    /// Never empty: the file itself is the first.
    contexts: Vec<Context>,
    /// The last token opens a block of this kind.
    pending: Option<Opener>,
    /// Everything up to the next item is skipped.
    abandoned: bool,
    /// What is left of this line is skipped.
    skipped_line: Option<usize>,
    /// Closing braces of blocks that have none.
    dropped: BTreeSet<usize>,
    /// Words of the language that were read as names.
    keywords: BTreeSet<&'t str>,
    /// What is told once of each item, and was told of this one.
    told: Vec<Habit>,
    /// Tokens that are meant as `->`.
    arrows: BTreeSet<usize>,
    /// `end` is a word of another language, and no name.
    ends_are_words: bool,
    /// No `end` follows, or no `*/`: nothing is looked for twice.
    no_end: bool,
    no_comment_end: bool,
    /// Words such as `fun`, and whether they stand before parameters of lambdas only.
    lambda_words: BTreeMap<String, bool>,
    /// Braces that are closed, once they are asked for, and the operators that stand in parentheses somewhere: those that are defined.
    braces: OnceCell<BTreeMap<usize, usize>>,
    operators: OnceCell<BTreeSet<String>>,
    /// Names with a signature, once they are asked for.
    signed: OnceCell<BTreeSet<String>>,
    /// Tokens of names in helpers that were skipped.
    unread: Vec<usize>,
    /// Opening brackets that are known to have no end.
    unclosed: BTreeSet<Span>,
    item: Vec<Lexeme>,
    items: Vec<Vec<Lexeme>>,
    problems: Vec<Problem>,
}

impl Layout<'_> {
    fn token(&mut self, at: usize) {
        let place = self.places[at];
        if self.abandoned && !(place.first && place.column <= self.contexts[0].column) {
            return;
        }
        let abandoned = std::mem::take(&mut self.abandoned);
        if self.skipped_line == Some(place.line) || self.dropped.contains(&at) {
            return;
        }
        if self.block_word(at, abandoned) {
            return;
        }
        if place.first && self.starts_item(at) {
            self.close_all(at);
        }
        if place.first {
            self.close_unclosed(at, place.column);
            if self.deep_signature(at) || self.deep_definition(at) {
                return;
            }
            self.deep_declaration(at);
            self.body_without_equals(at);
        }
        if self.braces(at)
            || self.match_in_braces(at)
            || self.cases_in_braces(at)
            || self.definition_in_braces(at)
            || self.colon_of_block(at)
        {
            return;
        }
        self.handler_without_cases(at);
        let opened = self.open_pending(at);
        if self.abandoned {
            return;
        }
        if place.first && self.is_mixed(at) {
            let span = self.tokens[at].span;
            return self.abandon(Problem::Habit { span, what: Habit::MixedIndentation });
        }
        if self.let_in(at) || self.handle_in(at) || self.else_if(at) {
            return;
        }
        let kind = if self.keyword_as_name(at) { TokenKind::Name } else { self.tokens[at].kind };
        if kind.is_closing_bracket() {
            return self.close_bracket(at, kind);
        }
        if !self.close_before(at, kind) && place.first && !opened {
            self.indentation(at, place.column);
        }
        self.pass_on(at, kind);
    }

    fn end(&mut self) {
        let at = self.tokens.len();
        self.close_all(at);
        self.end_item();
    }

    fn innermost(&self) -> Context {
        *self.contexts.last().expect("the file's own context is never closed")
    }

    // What is put out.

    fn put(&mut self, at: usize, terminal: Terminal) {
        let span = self.tokens[at].span;
        self.item.push(Lexeme { terminal, span, token: at });
    }

    /// A mark, or a bracket that was missing: behind the token before `at`.
    fn put_behind(&mut self, at: usize, terminal: Terminal) {
        let span = self.behind(at);
        self.item.push(Lexeme { terminal, span, token: at.saturating_sub(1) });
    }

    /// The empty place behind the token before `at`.
    fn behind(&self, at: usize) -> Span {
        match at.checked_sub(1).and_then(|before| self.tokens.get(before)) {
            Some(token) => Span { start: token.span.end, ..token.span },
            None => self.contexts[0].span,
        }
    }

    fn put_separator(&mut self, at: usize) {
        let last = self.item.last().map(|l| l.terminal);
        if self.innermost().opener == Opener::Top {
            self.end_item();
        } else if !matches!(last, None | Some(Terminal::Open | Terminal::Separator)) {
            self.put_behind(at, Terminal::Separator);
        }
    }

    fn end_item(&mut self) {
        let item = std::mem::take(&mut self.item);
        self.told.clear();
        if !item.is_empty() {
            self.items.push(item);
        }
    }

    // Contexts.

    fn push(&mut self, at: usize, opener: Opener, column: usize) {
        let (place, span) = (self.places[at], self.tokens[at].span);
        self.contexts.push(Context { opener, column, line: place.line, inline: !place.first, span });
        if self.contexts.len() > NESTING_MAX {
            self.abandon(Problem::TooDeep { span });
        }
    }

    /// Gives up the item: nothing of it but a hole is passed on.
    fn abandon(&mut self, problem: Problem) {
        let span = problem.span();
        self.problems.push(problem);
        let hole = Lexeme { terminal: Terminal::Hole, span, token: self.item.first().map_or(0, |l| l.token) };
        let head = self.item.first().copied().filter(|first| first.is(TokenKind::Name));
        let equals = self.item.iter().copied().find(|lexeme| lexeme.is(TokenKind::Equals));
        self.item = match (head, equals) {
            // What refers to it is no mistake.
            (Some(name), Some(equals)) => {
                vec![name, equals, hole.with(Terminal::Open), hole, hole.with(Terminal::Close)]
            }
            _ => vec![hole],
        };
        self.contexts.truncate(1);
        self.pending = None;
        self.abandoned = true;
    }

    fn pop(&mut self, at: usize) {
        let context = self.innermost();
        debug_assert!(self.contexts.len() > 1, "the file's own context is never closed");
        self.contexts.pop();
        if self.unclosed.contains(&context.span) && context.opener.is_bracket() {
            self.put_hole_for(context.span, at);
        } else if let Opener::Bracket(kind) = context.opener {
            self.put_behind(at, Terminal::Token(kind.closing().unwrap_or(kind)));
        } else if context.opener.is_block() {
            if self.item.last().is_some_and(|l| l.terminal == Terminal::Separator) {
                self.item.pop();
            }
            self.put_behind(at, Terminal::Close);
        }
    }

    /// Closes contexts until `depth` are left; the innermost bracket among them is reported.
    fn pop_to(&mut self, at: usize, depth: usize) {
        let open = self.contexts[depth..].iter().rev().find(|c| c.opener.is_bracket());
        if let Some(open) = open.map(|c| c.span) {
            self.problems.push(Problem::UnclosedBracket { open, here: self.behind(at) });
        }
        while self.contexts.len() > depth {
            self.pop(at);
        }
    }

    /// Closes everything but the file.
    fn close_all(&mut self, at: usize) {
        if self.pending.take().is_some() {
            self.put_empty_block(at);
        }
        self.pop_to(at, 1);
    }

    fn put_empty_block(&mut self, at: usize) {
        self.put_behind(at, Terminal::Open);
        self.put_behind(at, Terminal::Close);
    }

    /// The innermost context that `is` holds for, seen without leaving a bracket.
    fn find(&self, is: impl Fn(Opener) -> bool) -> Option<usize> {
        let bracket = self.contexts.iter().rposition(|c| c.opener.is_bracket()).map_or(0, |at| at + 1);
        self.contexts[bracket..].iter().rposition(|c| is(c.opener)).map(|at| at + bracket)
    }

    // Before a token.

    /// Opens the block that the token before this one asked for. Whether this token is its first.
    fn open_pending(&mut self, at: usize) -> bool {
        let Some(opener) = self.pending.take() else { return false };
        if let Some(habit) = self.is_misplaced(at, opener) {
            self.report(at, habit);
        } else if self.is_empty_block(at, opener) {
            self.put_empty_block(at);
            return false;
        }
        let span = self.tokens[at].span.start_point();
        self.item.push(Lexeme { terminal: Terminal::Open, span, token: at });
        self.push(at, opener, self.places[at].column);
        true
    }

    fn is_empty_block(&self, at: usize, opener: Opener) -> bool {
        let (place, kind) = (self.places[at], self.tokens[at].kind);
        let limit = if opener.needs_indentation() { self.innermost().column } else { 0 };
        let dedented = place.first && place.column <= limit.max(self.contexts[0].column);
        let closes = match kind {
            TokenKind::Semicolon => true,
            TokenKind::Comma => opener != Opener::CaseList && self.innermost().opener.is_bracket(),
            _ if kind.is_closing_bracket() => self.bracket(kind).is_some(),
            _ => closed_by(kind, opener) || self.find(|o| closed_by(kind, o)).is_some(),
        };
        dedented || closes
    }

    /// Whether a definition so clearly starts at this token that brackets still open must have lost their end.
    fn starts_item(&self, at: usize) -> bool {
        use TokenKind::*;
        let in_bracket = || self.contexts.iter().any(|c| c.opener.is_bracket());
        if self.places[at].column > self.contexts[0].column || !in_bracket() {
            return false;
        }
        match self.tokens[at].kind {
            Type | Ability | Structural | Unique | UniqueGuid | Use | Watch | NamedWatch => true,
            Name | ParenOpen => self.line_defines(at),
            _ => false,
        }
    }

    /// Whether `=` or `:` stands on this line outside brackets.
    fn line_defines(&self, at: usize) -> bool {
        let mut depth = 0usize;
        let rest = self.tokens[at..].iter().zip(&self.places[at..]);
        let line = rest.enumerate().take_while(|(i, (_, place))| *i == 0 || !place.first);
        for (_, (token, _)) in line {
            match token.kind {
                TokenKind::Equals | TokenKind::Colon if depth == 0 => return true,
                kind if kind.closing().is_some() => depth += 1,
                kind if kind.is_closing_bracket() => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        false
    }

    /// Closes brackets without an end where the block around them goes on.
    fn close_unclosed(&mut self, at: usize, column: usize) {
        if self.tokens[at].kind.is_closing_bracket() {
            return;
        }
        let is_unclosed = |context: &Context| context.opener.is_bracket() && self.unclosed.contains(&context.span);
        let Some(depth) = self.contexts.iter().position(is_unclosed) else { return };
        let around = self.contexts[..depth].iter().rev().find(|context| !context.opener.is_bracket());
        if around.is_some_and(|around| column <= around.column) {
            self.pending = None;
            self.pop_to(at, depth);
        }
    }

    /// A hole for the bracket that was opened there and all that stands in it.
    fn put_hole_for(&mut self, open: Span, at: usize) {
        let Some(start) = self.item.iter().rposition(|lexeme| lexeme.span == open) else { return };
        let token = self.item[start].token;
        self.item.truncate(start);
        self.item.push(Lexeme { terminal: Terminal::Hole, span: open.to(self.behind(at)), token });
    }

    /// The innermost open bracket that this one closes.
    fn bracket(&self, kind: TokenKind) -> Option<usize> {
        let is_partner = |c: &Context| matches!(c.opener, Opener::Bracket(open) if open.closing() == Some(kind));
        self.contexts.iter().rposition(is_partner)
    }

    fn close_bracket(&mut self, at: usize, kind: TokenKind) {
        if let Some(partner) = self.bracket(kind) {
            self.pop_to(at, partner + 1);
            self.contexts.pop();
            return self.put(at, Terminal::Token(kind));
        }
        match self.contexts.iter().rposition(|c| c.opener.is_bracket()) {
            Some(wrong) if !self.is_closed_soon(at, self.contexts[wrong].opener) => self.pop_to(at, wrong),
            _ => self.stray_bracket(at),
        }
    }

    /// Whether a bracket that is open at `at` is closed a little later, so that the closing bracket at `at` is one too many.
    fn is_closed_soon(&self, at: usize, opener: Opener) -> bool {
        let mut depth = 0usize;
        for token in self.tokens[at + 1..].iter().take(LOOKAHEAD_MAX) {
            if token.kind.closing().is_some() {
                depth += 1;
            } else if token.kind.is_closing_bracket() && depth == 0 {
                return matches!(opener, Opener::Bracket(open) if open.closing() == Some(token.kind));
            } else if token.kind.is_closing_bracket() {
                depth -= 1;
            }
        }
        false
    }

    /// Reports it, and leaves it out unless something is missing before it anyway.
    fn stray_bracket(&mut self, at: usize) {
        self.problems.push(Problem::StrayBracket { span: self.tokens[at].span });
        let follows_value = match self.item.last().map(|l| l.terminal) {
            Some(Terminal::Token(kind)) => kind.ends_value(),
            Some(Terminal::Close | Terminal::Hole) => true,
            _ => false,
        };
        if !follows_value {
            self.put(at, Terminal::Hole);
        }
    }

    /// Closes what a word or comma closes. Whether it did, so that its column means nothing.
    fn close_before(&mut self, at: usize, kind: TokenKind) -> bool {
        if kind == TokenKind::Comma {
            return self.close_before_comma(at);
        }
        let Some(depth) = self.find(|o| closed_by(kind, o)) else { return false };
        if kind == TokenKind::With {
            let cases = self.contexts[depth].opener == Opener::Match;
            self.pending = Some(if cases { Opener::CaseList } else { Opener::HandleWith });
        }
        self.pop_to(at, depth);
        true
    }

    fn close_before_comma(&mut self, at: usize) -> bool {
        if self.innermost().opener == Opener::CaseList {
            return true;
        }
        match self.contexts.iter().rposition(|c| c.opener.is_bracket()) {
            Some(bracket) => {
                self.pop_to(at, bracket + 1);
                true
            }
            None => false,
        }
    }

    fn indentation(&mut self, at: usize, column: usize) {
        if self.left_of_block(at, column)
            || self.too_deep(at, column)
            || self.case_too_deep(at, column)
            || self.next_misplaced_case(at, column)
        {
            return;
        }
        if column <= self.contexts[0].column && self.ends_margin(at) {
            self.pop_to(at, 1);
        }
        let mut plain = self.tokens[at].kind != TokenKind::Bar;
        while self.contexts.len() > 1 && !self.innermost().opener.is_bracket() && column < self.innermost().column {
            let named = self.tokens[at].kind == TokenKind::Name;
            if plain && self.continues_body(column) || (plain || named) && self.between(at, column) {
                return;
            }
            plain &= matches!(self.innermost().opener, Opener::Do | Opener::Body | Opener::CaseArrow);
            self.pop(at);
        }
        let context = self.innermost();
        if context.opener == Opener::Top && column <= context.column {
            self.contexts[0].column = column;
            self.put_separator(at);
        } else if context.opener.is_block() && column == context.column {
            self.put_separator(at);
        }
    }

    /// Whether a line at this column goes on with a body that began on the line of its `=` or `->`, as in
    ///
    /// ```text
    /// total = numbers
    ///   |> filter isSmall
    /// ```
    ///
    /// Nothing else could be meant: after the end of that body only a statement at the outer column may follow.
    fn continues_body(&self, column: usize) -> bool {
        let [.., outer, body] = self.contexts.as_slice() else { return false };
        body.opener.needs_indentation() && body.inline && outer.column < column
    }

    // The token itself.

    fn pass_on(&mut self, at: usize, kind: TokenKind) {
        if kind != TokenKind::Arrow && self.arrows.contains(&at) {
            return self.pass_on(at, TokenKind::Arrow);
        }
        if self.is_habit(at, kind) {
            return;
        }
        match kind {
            TokenKind::Junk => return self.junk(at),
            TokenKind::Semicolon => return self.semicolon(at),
            TokenKind::Rewrite | TokenKind::RewriteArrow => {
                return self.abandon(not_supported(self.tokens[at].span, NotSupported::Rewrite));
            }
            TokenKind::Where if self.is_namespace_block() => {
                let span = self.item[0].span.to(self.tokens[at].span);
                return self.abandon(not_supported(span, NotSupported::NamespaceBlock));
            }
            TokenKind::Reserved if self.item.last().is_some_and(|last| last.is(TokenKind::Type)) => {
                return self.refuse(at, NotSupported::Alias);
            }
            TokenKind::Reserved => return self.refuse(at, NotSupported::Reserved),
            TokenKind::Arrow if self.innermost().opener == Opener::CaseList => {
                self.pending = Some(Opener::CaseArrow);
                return self.put(at, Terminal::CaseArrow);
            }
            _ => {}
        }
        self.put(at, Terminal::Token(kind));
        if let Some(opener) = self.opens(kind) {
            self.pending = Some(opener);
        } else if kind.closing().is_some() {
            self.push(at, Opener::Bracket(kind), 0);
        } else if is_declaration(kind) && self.innermost().opener != Opener::Declaration {
            self.push(at, Opener::Declaration, self.places[at].column + 1);
        }
    }

    /// Whether it belongs to another language's way of writing, and was read as what it is meant as.
    fn is_habit(&mut self, at: usize, kind: TokenKind) -> bool {
        match kind {
            TokenKind::Let => self.let_binding(at),
            TokenKind::Name => {
                self.local_word(at)
                    || self.deriving(at)
                    || self.of_fields(at)
                    || self.lambda_word(at)
                    || self.word_construct(at)
                    || self.foreign_word(at)
            }
            TokenKind::Bar => {
                self.declaration_sign(at)
                    || self.leading_bar(at)
                    || self.bar_between_cases(at)
                    || self.lambda_in_bars(at)
            }
            TokenKind::BraceOpen => self.record(at) || self.declaration_sign(at),
            TokenKind::BracketOpen => self.type_arguments(at) || self.bracket_construct(at),
            TokenKind::Operator => self.notation(at),
            TokenKind::Colon => self.cons_colon(at) || self.typed_parameter(at),
            TokenKind::Dot => self.dot_before_name(at) || self.method_call(at),
            TokenKind::Where => self.helpers_behind(at),
            TokenKind::Equals => self.equals_in_condition(at),
            _ => false,
        }
    }

    /// Whether the item so far is `namespace NAME`.
    fn is_namespace_block(&self) -> bool {
        matches!(self.item.as_slice(), [word, name] if word.is(TokenKind::Namespace) && name.is(TokenKind::Name))
    }

    fn refuse(&mut self, at: usize, what: NotSupported) {
        self.problems.push(not_supported(self.tokens[at].span, what));
        self.put(at, Terminal::Hole);
    }

    /// The block that this token opens. `with` has been decided by what it closed.
    fn opens(&self, kind: TokenKind) -> Option<Opener> {
        let in_declaration = self.find(|o| o == Opener::Declaration).is_some();
        Some(match kind {
            TokenKind::Equals | TokenKind::BackArrow if !in_declaration => Opener::Body,
            TokenKind::If => Opener::If,
            TokenKind::Then => Opener::Then,
            TokenKind::Else => Opener::Else,
            TokenKind::Match => Opener::Match,
            TokenKind::Cases => Opener::CaseList,
            TokenKind::Handle => Opener::Handle,
            TokenKind::Where => Opener::Where,
            TokenKind::Let => Opener::Let,
            TokenKind::Do => Opener::Do,
            _ => return None,
        })
    }

    /// Whether an arrow stands outside brackets between this semicolon and the next one, on this line.
    fn case_follows(&self, at: usize) -> bool {
        let rest = self.tokens[at + 1..].iter().zip(&self.places[at + 1..]);
        let mut depth = 0usize;
        for (token, _) in rest.take_while(|(_, place)| !place.first) {
            match token.kind {
                TokenKind::Arrow if depth == 0 => return true,
                TokenKind::Semicolon if depth == 0 => return false,
                kind if kind.closing().is_some() => depth += 1,
                kind if kind.is_closing_bracket() && depth == 0 => return false,
                kind if kind.is_closing_bracket() => depth -= 1,
                _ => {}
            }
        }
        false
    }

    /// Ends a statement; bodies that began on this line are over. That of a case is only if another case follows, as in
    /// `0 -> a; n -> b`; in `0 -> log "none"; a` it goes on.
    fn semicolon(&mut self, at: usize) {
        let ends =
            |context: Context, line| context.opener.needs_indentation() && context.inline && context.line == line;
        while ends(self.innermost(), self.places[at].line) {
            if self.innermost().opener == Opener::CaseArrow && !self.case_follows(at) {
                break;
            }
            self.pop(at);
        }
        let opener = self.innermost().opener;
        if opener.is_block() || opener == Opener::Top {
            self.put_separator(at);
        } else {
            self.put(at, Terminal::Token(TokenKind::Semicolon));
        }
    }
}

fn not_supported(span: Span, what: NotSupported) -> Problem {
    Problem::NotSupported { span, what }
}

fn is_declaration(kind: TokenKind) -> bool {
    use TokenKind::*;
    matches!(kind, Type | Ability | Structural | Unique | UniqueGuid)
}
