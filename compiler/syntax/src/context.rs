//! What is open while layout reads on: blocks and brackets, and what opened them.

use crate::token::TokenKind;
use base::Span;

/// What opened a context.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opener {
    Top,
    /// `=` or `<-`
    Body,
    CaseArrow,
    If,
    Then,
    Else,
    Match,
    /// `cases`, or the `with` of a `match`
    CaseList,
    Handle,
    HandleWith,
    Where,
    Let,
    Do,
    /// `type`, `ability` and the words before them: ends by indentation, has no statements.
    Declaration,
    /// An opening bracket: knows no indentation.
    Bracket(TokenKind),
}

impl Opener {
    pub fn is_bracket(self) -> bool {
        matches!(self, Opener::Bracket(_))
    }

    /// Whether layout puts `Open`, `Separator` and `Close` for it.
    pub fn is_block(self) -> bool {
        !matches!(self, Opener::Top | Opener::Declaration | Opener::Bracket(_))
    }

    /// Whether its block is empty if the next line is not indented more than the statement it stands in.
    pub fn needs_indentation(self) -> bool {
        matches!(self, Opener::Body | Opener::CaseArrow)
    }
}

#[derive(Clone, Copy)]
pub struct Context {
    pub opener: Opener,
    /// 0 for a bracket.
    pub column: usize,
    /// The line of its first token.
    pub line: usize,
    /// Whether that is the line of the token that opened it.
    pub inline: bool,
    pub span: Span,
}

/// Whether this word ends a block that was opened like this.
pub fn closed_by(kind: TokenKind, opener: Opener) -> bool {
    match kind {
        TokenKind::Then => opener == Opener::If,
        TokenKind::Else => opener == Opener::Then,
        TokenKind::With => matches!(opener, Opener::Match | Opener::Handle),
        _ => false,
    }
}
