//! Lines and columns of tokens, which is all that layout looks at.

use crate::token::Token;

/// Where a token stands; lines and columns (in characters) count from 1.
#[derive(Clone, Copy)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    /// Whether no token stands before it on its line.
    pub first: bool,
}

pub fn places(text: &str, tokens: &[Token]) -> Vec<Place> {
    // Of a part of a text, lines are counted from its first one.
    let first = tokens.first().map_or(0, |token| token.span.start as usize);
    let (mut line, mut column, mut at) = (1, 1, text[..first].rfind('\n').map_or(0, |newline| newline + 1));
    let mut advance = |to: usize| {
        for c in text[at..to].chars() {
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        at = to;
        (line, column)
    };
    let mut previous_line = 0;
    let place = |token: &Token| {
        let (line, column) = advance(token.span.start as usize);
        let first = line > previous_line;
        previous_line = advance(token.span.end as usize).0;
        Place { line, column, first }
    };
    tokens.iter().map(place).collect()
}
