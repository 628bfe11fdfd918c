//! Text to tokens. Logos finds the raw pieces; this file decides what depends on the neighbours: whether `+1` is a
//! number or an operator and a number, whether `()` is a value or a call, where comments and texts end.
//!
//! **Invariant:** tokens stand in order, do not overlap, and only blanks and comments lie between them.

use crate::habit::Habit;
use crate::literal;
use crate::problem::{Problem, Unclosed};
use crate::token::{Token, TokenKind, keyword, reserved_operator};
use base::{SourceId, Span};
use logos::Logos;
use std::ops::Range;

/// The pieces that a regular expression can find.
#[derive(Logos, Clone, Copy, PartialEq, Debug)]
#[logos(skip r"[ \t\r\n\x0c\u{FEFF}]+")]
#[logos(subpattern word = r"[\p{L}\p{Extended_Pictographic}_][\p{L}\p{N}\p{Extended_Pictographic}\p{Emoji_Modifier}\u{200D}\u{FE0F}_!']*")]
#[logos(subpattern symbol = r"[!$%^&*\-=+<>~\\/|:]+")]
#[logos(subpattern quoted = r"`((?&word)|(?&symbol))`")]
enum Piece {
    #[regex(r"((?&word)|(?&quoted))(\.((?&word)|(?&quoted)|(?&symbol)))*")]
    Name,
    #[regex(r"(?&symbol)", priority = 1)]
    Symbol,
    #[regex(r"[+-]?([0-9]+|0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+)", priority = 20)]
    Whole,
    #[regex(r"[+-]?[0-9]+(\.[0-9]+([eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)", priority = 21)]
    Float,
    #[regex(r"0xs[0-9a-fA-F]*", priority = 22)]
    Bytes,
    #[regex(r"\?(\\.|[^\\\s])")]
    Char,
    #[regex(r#"""""*"#)]
    RawTextStart,
    #[regex(r#"""#)]
    TextStart,
    #[regex(r"--[^\n]*", priority = 30, allow_greedy = true)]
    LineComment,
    #[token("{-", priority = 40)]
    CommentStart,
    #[token("{{")]
    DocStart,
    #[regex(r"##(?&word)(\.((?&word)|(?&symbol)))*(#[0-9]+)?")]
    #[regex(r"#[0-9A-Za-z]+(\.[0-9]+)?(#[0-9]+)?")]
    Hash,
    #[token("∀")]
    Forall,
    #[token("@rewrite")]
    Rewrite,
    #[token("'")]
    Quote,
    #[token("@")]
    At,
    #[token(".")]
    Dot,
    #[token("..")]
    DotDot,
    #[token(",")]
    Comma,
    #[token(";")]
    Semicolon,
    #[token("(")]
    ParenOpen,
    #[token(")")]
    ParenClose,
    #[token("[")]
    BracketOpen,
    #[token("]")]
    BracketClose,
    #[token("{")]
    BraceOpen,
    #[token("}")]
    BraceClose,
    #[token("()")]
    Unit,
}

/// Quotes as word processors and web pages have them.
const TYPOGRAPHIC_QUOTES: [char; 7] = ['\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{201e}', '\u{ab}', '\u{bb}'];

/// Lines in which the end of a text is looked for.
const TEXT_LINES_MAX: usize = 20;

/// All tokens of a text, and the places where there is none.
pub fn lex(source: SourceId, text: &str) -> (Vec<Token>, Vec<Problem>) {
    lex_part(source, text, 0..text.len())
}

/// The tokens of a part of a text; their places are places in the whole.
pub fn lex_part(source: SourceId, text: &str, part: Range<usize>) -> (Vec<Token>, Vec<Problem>) {
    let text = text.get(..part.end).unwrap_or(text);
    let mut lexer = Lexer { source, text, pieces: Piece::lexer(text), tokens: Vec::new(), problems: Vec::new() };
    if let Some(at) = text.find('\r').filter(|_| !text.contains('\n') && text.trim_end().contains('\r')) {
        lexer.problems.push(Problem::UnknownCharacter { span: lexer.span(at, at + 1), character: '\r' });
        return (lexer.tokens, lexer.problems);
    }
    lexer.pieces.bump(part.start.min(text.len()));
    while let Some(piece) = lexer.pieces.next() {
        if is_fold(piece, lexer.pieces.slice()) {
            break;
        }
        match piece {
            Ok(piece) => lexer.piece(piece),
            Err(()) => lexer.junk(),
        }
    }
    (lexer.tokens, lexer.problems)
}

/// `---` and whatever follows it on its line.
fn is_fold(piece: Result<Piece, ()>, slice: &str) -> bool {
    piece == Ok(Piece::LineComment) && slice.starts_with("---")
}

struct Lexer<'t> {
    source: SourceId,
    text: &'t str,
    pieces: logos::Lexer<'t, Piece>,
    tokens: Vec<Token>,
    problems: Vec<Problem>,
}

impl<'t> Lexer<'t> {
    fn piece(&mut self, piece: Piece) {
        use TokenKind::*;
        let (start, end) = (self.pieces.span().start, self.pieces.span().end);
        match piece {
            Piece::Name => self.name(start, end),
            Piece::Symbol => self.symbol(start, end),
            Piece::Whole | Piece::Float => self.number(start, end, piece == Piece::Float),
            Piece::Bytes => self.literal(Bytes, start, end),
            Piece::Char => self.literal(Char, start, end),
            Piece::RawTextStart => self.raw_text(start),
            Piece::TextStart => self.plain_text(start),
            Piece::LineComment => {}
            Piece::CommentStart => self.comment(start),
            Piece::DocStart => self.doc(start),
            Piece::Hash => self.hash(start, end),
            Piece::Forall => self.push(Forall, start, end),
            Piece::Rewrite => self.push(Rewrite, start, end),
            Piece::Quote => self.push(Quote, start, end),
            Piece::At => self.push(At, start, end),
            Piece::Dot => self.push(Dot, start, end),
            Piece::DotDot => self.push(DotDot, start, end),
            Piece::Comma => self.push(Comma, start, end),
            Piece::Semicolon => self.push(Semicolon, start, end),
            Piece::ParenOpen => self.push(ParenOpen, start, end),
            Piece::ParenClose => self.push(ParenClose, start, end),
            Piece::BracketOpen => self.push(BracketOpen, start, end),
            Piece::BracketClose => self.push(BracketClose, start, end),
            Piece::BraceOpen => self.push(BraceOpen, start, end),
            Piece::BraceClose => self.push(BraceClose, start, end),
            Piece::Unit => self.unit(start, end),
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    fn push(&mut self, kind: TokenKind, start: usize, end: usize) {
        let span = self.span(start, end);
        self.tokens.push(Token { span, kind });
    }

    /// The kind of the token that ends exactly here, without a blank between.
    fn touching(&self, start: usize) -> Option<TokenKind> {
        self.tokens.last().filter(|last| last.span.end as usize == start).map(|last| last.kind)
    }

    fn touches_value(&self, start: usize) -> bool {
        self.touching(start).is_some_and(TokenKind::ends_value)
    }

    /// Whether no character stands before this one on its line.
    fn starts_line(&self, start: usize) -> bool {
        start == 0 || self.text.as_bytes()[start - 1] == b'\n'
    }

    fn junk(&mut self) {
        let (start, end) = (self.pieces.span().start, self.pieces.span().end);
        if self.touching(start) == Some(TokenKind::Junk) {
            let last = self.tokens.last_mut().expect("a token touches this one");
            last.span.end = end as u32;
            return;
        }
        let character = self.text[start..].chars().next().unwrap_or('\0');
        if character == '`' && self.template(start) {
            return;
        }
        if character.is_whitespace() {
            return self.strange_blank(start, end, character);
        }
        let end = if TYPOGRAPHIC_QUOTES.contains(&character) { self.typographic_text() } else { end };
        self.problems.push(Problem::UnknownCharacter { span: self.span(start, end), character });
        self.push(TokenKind::Junk, start, end);
    }

    /// A blank that is none of ours separates all the same. Where one is, there may be hundreds: that is one problem.
    fn strange_blank(&mut self, start: usize, end: usize, character: char) {
        let is_told = |problem: &Problem| matches!(problem, Problem::UnknownCharacter { character, .. } if character.is_whitespace());
        if !self.problems.iter().any(is_told) {
            self.problems.push(Problem::UnknownCharacter { span: self.span(start, end), character });
        }
    }

    /// What stands between quotes that a word processor has made, up to the last such quote of the line. Where that ends.
    fn typographic_text(&mut self) -> usize {
        let rest = self.pieces.remainder();
        let line = rest.lines().next().unwrap_or("");
        let close = line.char_indices().find(|(_, c)| *c == '"' || TYPOGRAPHIC_QUOTES.contains(c));
        self.pieces.bump(close.map_or(0, |(at, quote)| at + quote.len_utf8()));
        self.pieces.span().end
    }

    /// A text in back-quotes, on one line. Whether it was one.
    fn template(&mut self, start: usize) -> bool {
        let rest = self.pieces.remainder();
        let line = rest.lines().next().unwrap_or("");
        let Some(close) = line.find('`') else { return false };
        self.pieces.bump(close + 1);
        let end = self.pieces.span().end;
        let (span, inside) = (self.span(start, end), &self.text[start + 1..end - 1]);
        let is_name = inside.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '!' | '\''));
        let what = if is_name { Habit::InfixName(inside.to_string()) } else { Habit::Template };
        self.problems.push(Problem::Habit { span, what });
        self.push(TokenKind::Junk, start, end);
        true
    }

    fn name(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        if matches!(self.touching(start), Some(TokenKind::Nat | TokenKind::Int | TokenKind::Float | TokenKind::Bytes)) {
            return self.bad_number(end);
        }
        if self.starts_line(start) && is_watch_mark(&self.text[end..]) && !text.contains('.') {
            self.pieces.bump(1);
            return self.push(TokenKind::NamedWatch, start, end + 1);
        }
        match keyword(text) {
            Some(TokenKind::Unique) => self.unique(start, end),
            Some(kind) => self.push(kind, start, end),
            None if base::Name::new(text).is_operator() => self.push(TokenKind::Operator, start, end),
            None => self.push(TokenKind::Name, start, end),
        }
    }

    /// A hash, with the name that it touches.
    fn hash(&mut self, start: usize, end: usize) {
        if self.touching(start) == Some(TokenKind::Name) {
            let last = self.tokens.last_mut().expect("a token touches this one");
            last.span.end = end as u32;
            last.kind = TokenKind::Hash;
            return;
        }
        self.push(TokenKind::Hash, start, end);
    }

    /// The number before this word, and the word, as one token that is no number.
    fn bad_number(&mut self, end: usize) {
        let last = self.tokens.last_mut().expect("a number touches this word");
        last.span.end = end as u32;
        last.kind = TokenKind::Junk;
        let span = last.span;
        let text = &self.text[span.start as usize..end];
        let grouped = text.split('_').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        self.problems.push(Problem::BadNumber { span, grouped });
    }

    /// `unique`, with its `[GUID]` if that follows directly.
    fn unique(&mut self, start: usize, end: usize) {
        let rest = &self.text[end..];
        let guid =
            rest.strip_prefix('[').and_then(|inner| inner.find([']', '\n']).map(|at| (at, inner.as_bytes()[at])));
        match guid {
            Some((len, b']')) => {
                self.pieces.bump(len + 2);
                self.push(TokenKind::UniqueGuid, start, end + len + 2);
            }
            _ => self.push(TokenKind::Unique, start, end),
        }
    }

    fn symbol(&mut self, start: usize, end: usize) {
        let run = &self.text[start..end];
        let prefix = !self.touches_value(start) && self.text[end..].starts_with(|c: char| !c.is_whitespace());
        if run == ">" && self.starts_line(start) {
            self.push(TokenKind::Watch, start, end);
        } else if run.len() > 1 && prefix && run.bytes().all(|b| b == b'!') {
            (start..end).for_each(|at| self.push(TokenKind::Bang, at, at + 1));
        } else {
            self.push(reserved_operator(run).unwrap_or(TokenKind::Operator), start, end);
        }
    }

    /// A number; its sign is an operator if it touches a value, as in `n-1`.
    fn number(&mut self, mut start: usize, end: usize, float: bool) {
        let signed = self.text[start..end].starts_with(['+', '-']);
        if signed && self.touches_value(start) {
            self.push(TokenKind::Operator, start, start + 1);
            start += 1;
        }
        let signed = self.text[start..end].starts_with(['+', '-']);
        let kind = match (float, signed) {
            (true, _) => TokenKind::Float,
            (false, true) => TokenKind::Int,
            (false, false) => TokenKind::Nat,
        };
        self.literal(kind, start, end);
    }

    fn unit(&mut self, start: usize, end: usize) {
        let call = matches!(
            self.touching(start),
            Some(TokenKind::Name | TokenKind::Hash | TokenKind::ParenClose | TokenKind::Call)
        );
        self.push(if call { TokenKind::Call } else { TokenKind::Unit }, start, end);
    }

    /// A literal whose end is known, and what is wrong with its inside.
    fn literal(&mut self, kind: TokenKind, start: usize, end: usize) {
        let span = self.span(start, end);
        if let Err(problem) = literal::decode(kind, self.text, span) {
            self.problems.push(problem);
        }
        self.tokens.push(Token { span, kind });
    }

    /// From a quote to the next one on its line that is not escaped.
    fn plain_text(&mut self, start: usize) {
        let rest = self.pieces.remainder();
        let mut escaped = false;
        let end = rest.bytes().position(|b| {
            let found = b == b'\n' || b == b'"' && !escaped;
            escaped = b == b'\\' && !escaped;
            found
        });
        let closed = end.filter(|&at| rest.as_bytes()[at] == b'"').map(|at| at + 1);
        let open = || lines_of_text(rest).or(end).unwrap_or(rest.len());
        self.delimited(TokenKind::Text, Unclosed::Text, start, closed, open());
    }

    /// From three quotes or more to as many.
    fn raw_text(&mut self, start: usize) {
        let quotes = self.pieces.slice();
        let rest = self.pieces.remainder();
        let closed = rest.find(quotes).map(|at| at + quotes.len());
        self.delimited(TokenKind::Text, Unclosed::RawText, start, closed, rest.len());
    }

    fn comment(&mut self, start: usize) {
        let rest = self.pieces.remainder();
        match comment_end(rest) {
            Some(len) => self.pieces.bump(len),
            None => {
                self.problems.push(Problem::Unclosed { span: self.span(start, start + 2), what: Unclosed::Comment });
                self.pieces.bump(rest.len());
                self.push(TokenKind::Junk, start, self.text.len());
            }
        }
    }

    fn doc(&mut self, start: usize) {
        let rest = self.pieces.remainder();
        let closed = crate::doc::extent::end_of_literal(rest);
        self.delimited(TokenKind::Doc, Unclosed::Doc, start, closed, rest.len());
    }

    /// A token that goes on for `closed` bytes, or, lacking its end, for `open` bytes.
    fn delimited(&mut self, kind: TokenKind, what: Unclosed, start: usize, closed: Option<usize>, open: usize) {
        let opening = self.pieces.span().end;
        self.pieces.bump(closed.unwrap_or(open));
        let end = self.pieces.span().end;
        if closed.is_none() {
            self.problems.push(Problem::Unclosed { span: self.span(start, opening), what });
            self.push(TokenKind::Junk, start, end);
        } else if kind == TokenKind::Text {
            self.literal(kind, start, end);
        } else {
            self.push(kind, start, end);
        }
    }
}

/// How far a text that has no end on its line goes on if somebody has meant it to have several lines: one below has the quote, and before it stands nothing like a definition.
fn lines_of_text(rest: &str) -> Option<usize> {
    let mut lines = rest.split_inclusive('\n');
    let mut at = lines.next()?.len();
    for line in lines.take(TEXT_LINES_MAX) {
        let quotes = line.bytes().filter(|byte| *byte == b'"').count();
        let before = line.find('"').unwrap_or(line.len());
        if quotes > 1 || line[..before].contains('=') {
            return None;
        }
        if quotes == 1 {
            return Some(at + before + 1);
        }
        at += line.len();
    }
    None
}

/// Whether a name directly before this is the word of a watch: `test> ..`.
fn is_watch_mark(rest: &str) -> bool {
    rest.starts_with('>') && rest[1..].starts_with([' ', '\t', '\n', '\r'])
}

/// How many bytes lie before the end (inclusive) of a comment that is already open. Comments nest.
fn comment_end(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (1usize, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"-}") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return Some(at);
            }
        } else if rest.starts_with(b"{-") {
            (depth, at) = (depth + 1, at + 2);
        } else {
            at += 1;
        }
    }
    None
}
