//! Tokens as they stand in the text, with the trivia (blanks, comments) before each.

use base::Span;

/// A token and where it stands. The trivia before it is the text between the end of the previous token and its start, so nothing of the source is lost.
#[derive(Clone, PartialEq, Debug)]
pub struct Token {
    pub span: Span,
    pub kind: TokenKind,
}

/// What a token is. Its text is the source under its span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// A name whose last segment is a word: `x`, `at'`, `Remote!.send`, `` `match` ``.
    Name,
    /// A name whose last segment is an operator and that is not reserved: `+`, `Nat.+`.
    Operator,
    Nat,
    Int,
    Float,
    Bytes,
    Char,
    /// `".."` or `""" .. """`.
    Text,
    /// `{{ .. }}`
    Doc,
    /// `#hash`, `name#hash`, `##Builtin`, with `#n` behind it the constructor with that number: `#hash#0`
    Hash,
    /// Characters that are part of no token.
    Junk,

    Ability,
    Cases,
    Do,
    Else,
    False,
    Forall,
    Handle,
    If,
    Let,
    Match,
    Namespace,
    Structural,
    TermLink,
    Then,
    True,
    Type,
    TypeLink,
    Unique,
    /// `unique[GUID]`
    UniqueGuid,
    Use,
    Where,
    With,
    /// `@rewrite`
    Rewrite,
    /// A word that is kept for later.
    Reserved,

    /// `=`
    Equals,
    /// `->`
    Arrow,
    /// `<-`
    BackArrow,
    /// `==>`
    RewriteArrow,
    /// `:`
    Colon,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Bar,
    /// `!`
    Bang,
    /// `'`
    Quote,
    /// `@`
    At,
    /// `.`
    Dot,
    /// `..`
    DotDot,
    Comma,
    Semicolon,
    ParenOpen,
    ParenClose,
    BracketOpen,
    BracketClose,
    BraceOpen,
    BraceClose,
    /// `()` after a blank, a bracket or an operator.
    Unit,
    /// `()` directly after a name, a hash or a closing parenthesis.
    Call,
    /// `>` at the start of a line.
    Watch,
    /// `test>` at the start of a line.
    NamedWatch,
}

impl TokenKind {
    /// Whether a value may end with this token, so that what touches it continues the expression: `1+1`, `f()`.
    pub(crate) fn ends_value(self) -> bool {
        use TokenKind::*;
        matches!(
            self,
            Name | Nat
                | Int
                | Float
                | Bytes
                | Char
                | Text
                | Doc
                | Hash
                | ParenClose
                | BracketClose
                | BraceClose
                | Unit
                | Call
        )
    }

    /// The closing bracket that belongs to this opening one.
    pub fn closing(self) -> Option<TokenKind> {
        match self {
            TokenKind::ParenOpen => Some(TokenKind::ParenClose),
            TokenKind::BracketOpen => Some(TokenKind::BracketClose),
            TokenKind::BraceOpen => Some(TokenKind::BraceClose),
            _ => None,
        }
    }

    /// Whether it is `)`, `]` or `}`.
    pub fn is_closing_bracket(self) -> bool {
        matches!(self, TokenKind::ParenClose | TokenKind::BracketClose | TokenKind::BraceClose)
    }
}

/// Whether a word is kept for the language, so that it is no name by itself.
pub fn is_keyword(word: &str) -> bool {
    keyword(word).is_some()
}

/// The keyword that a word is, if it is one.
pub(crate) fn keyword(word: &str) -> Option<TokenKind> {
    use TokenKind::*;
    Some(match word {
        "ability" => Ability,
        "alias" => Reserved,
        "cases" => Cases,
        "do" => Do,
        "else" => Else,
        "false" => False,
        "forall" | "∀" => Forall,
        "handle" => Handle,
        "if" => If,
        "let" => Let,
        "match" => Match,
        "namespace" => Namespace,
        "structural" => Structural,
        "termLink" => TermLink,
        "then" => Then,
        "true" => True,
        "type" => Type,
        "typeLink" => TypeLink,
        "unique" => Unique,
        "use" => Use,
        "where" => Where,
        "with" => With,
        _ => return None,
    })
}

/// The reserved operator that a run of operator characters is, if it is one.
pub(crate) fn reserved_operator(run: &str) -> Option<TokenKind> {
    use TokenKind::*;
    Some(match run {
        "=" => Equals,
        "->" => Arrow,
        "<-" => BackArrow,
        "==>" => RewriteArrow,
        ":" => Colon,
        "&&" => And,
        "||" => Or,
        "|" => Bar,
        "!" => Bang,
        _ => return None,
    })
}
