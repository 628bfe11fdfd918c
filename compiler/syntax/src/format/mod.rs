//! Source as it is laid out by convention. Lines stay where the writer broke them; what is decided here is indentation, the blanks inside a line, blank lines,
//! and which columns stand below each other.
//!
//! 1. `plan` walks over the tokens with the marks of layout and says for each where it goes: at which column of a new line, or how far behind the token before it.
//! 2. `trivia` takes comments and blank lines from between the tokens.
//! 3. `lines` writes it all down; `align` puts arrows of cases and comments below each other where the writer did.
//!
//! **Invariant:** the result reads as the same lexemes, layout included, so it means the same. An item of which that is not so stays as it was.

mod align;
mod lines;
mod plan;
mod trivia;

use crate::lexeme::{Lexeme, Terminal};
use crate::problem::Problem;
use crate::token::Token;
use crate::{layout, lexer};
use base::SourceId;
use lines::Freedom;
use std::collections::BTreeMap;

/// Blanks by which what belongs to a line stands further in.
const INDENT: usize = 2;

/// Formats a file, or says what is wrong with it.
pub fn format(source: SourceId, text: &str) -> Result<String, Vec<Problem>> {
    let (_, problems) = crate::parse(source, text);
    if !problems.is_empty() {
        return Err(problems);
    }
    let text = &text.replace("\r\n", "\n");
    let original = Read::new(text);
    let mut freedom = BTreeMap::new();
    for less in [Freedom::Careful, Freedom::Nothing] {
        let formatted = lines::write(&original, &freedom);
        let again = Read::new(&formatted);
        let differing = original.differing(&again);
        if again.is_whole && differing.is_empty() {
            return Ok(formatted);
        }
        freedom.extend(differing.into_iter().map(|item| (item, less)));
    }
    let formatted = lines::write(&original, &freedom);
    let again = Read::new(&formatted);
    Ok(if again.is_whole && original.differing(&again).is_empty() { formatted } else { text.to_string() })
}

/// A text with its tokens and their layout.
struct Read<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    items: Vec<Vec<Lexeme>>,
    /// Whether layout had nothing to mend.
    is_whole: bool,
}

impl<'t> Read<'t> {
    fn new(text: &'t str) -> Read<'t> {
        let source = SourceId::default();
        let (tokens, _) = lexer::lex(source, text);
        let laid = layout::layout(source, text, &tokens);
        Read { text, tokens, items: laid.items, is_whole: laid.problems.is_empty() }
    }

    /// The number of the item to which each token belongs. A semicolon between items belongs to none.
    fn items_by_token(&self) -> Vec<Option<usize>> {
        let mut of = vec![None; self.tokens.len()];
        for (number, item) in self.items.iter().enumerate() {
            let mut tokens = item.iter().filter(|lexeme| !lexeme.terminal.is_mark()).map(|lexeme| lexeme.token);
            let (Some(first), last) = (tokens.next(), tokens.next_back()) else { continue };
            of[first..=last.unwrap_or(first)].fill(Some(number));
        }
        of
    }

    fn token_text(&self, token: usize) -> &'t str {
        let span = self.tokens[token].span;
        &self.text[span.start as usize..span.end as usize]
    }

    /// What an item consists of, but for places.
    fn content(&self, item: &[Lexeme]) -> Vec<(Terminal, &'t str)> {
        let text = |lexeme: &Lexeme| if lexeme.terminal.is_mark() { "" } else { self.token_text(lexeme.token) };
        item.iter().map(|lexeme| (lexeme.terminal, text(lexeme))).collect()
    }

    /// The items that read otherwise in the other text; all of them if it has not as many.
    fn differing(&self, other: &Read<'_>) -> Vec<usize> {
        let all = 0..self.items.len();
        if self.items.len() != other.items.len() {
            return all.collect();
        }
        all.filter(|&at| self.content(&self.items[at]) != other.content(&other.items[at])).collect()
    }
}
