//! What the grammar reads: tokens, and the marks between them that layout and lookahead put there.

use crate::token::TokenKind;
use base::Span;

/// A terminal of the grammar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Terminal {
    /// A token of the text. Junk never gets here.
    Token(TokenKind),
    /// Layout: a block starts, its next statement starts, it ends.
    Open,
    Separator,
    Close,
    /// The `->` of a case; a block follows.
    CaseArrow,
    /// Lookahead: what follows is a binding, a signature, the parameters of a lambda.
    Bind,
    Sign,
    Lambda,
    /// A place that has been reported and stands for an expression, pattern, type, statement or case.
    Hole,
}

impl Terminal {
    /// Whether this opens a group that [`Terminal::closes`] ends. Layout keeps groups balanced.
    pub fn opens(self) -> bool {
        match self {
            Terminal::Open => true,
            Terminal::Token(kind) => kind.closing().is_some(),
            _ => false,
        }
    }

    pub fn closes(self) -> bool {
        match self {
            Terminal::Close => true,
            Terminal::Token(kind) => kind.is_closing_bracket(),
            _ => false,
        }
    }

    /// Whether this stands for no text of its own.
    pub fn is_mark(self) -> bool {
        !matches!(self, Terminal::Token(_) | Terminal::CaseArrow | Terminal::Hole)
    }
}

/// A terminal and where it stands. A mark has an empty place: where the next statement starts, or the last one ended.
#[derive(Clone, Copy, Debug)]
pub struct Lexeme {
    pub terminal: Terminal,
    pub span: Span,
    /// The token that it is; of a mark, one beside it. A bracket that was missing has the token before it.
    pub token: usize,
}

impl Lexeme {
    pub fn is(&self, kind: TokenKind) -> bool {
        self.terminal == Terminal::Token(kind)
    }

    /// The same place, read as something else.
    pub fn with(self, terminal: Terminal) -> Lexeme {
        Lexeme { terminal, ..self }
    }
}
