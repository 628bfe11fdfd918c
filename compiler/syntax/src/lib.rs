//! Text to tree: tokens (logos), a layout pass, a LALRPOP grammar, operators by level.
//!
//! **Invariant:** total and without meaning. Any text gives a tree and problems, never a panic; no name is resolved here.
#![forbid(unsafe_code)]

pub mod token;
pub mod literal;
mod lexer;
mod expected;
pub mod problem;
pub mod tree;

pub use problem::Problem;

use base::SourceId;

/// Reads a file. Whatever the text, there is a tree, in which places that could not be read are missing or `Error`.
pub fn parse(source: SourceId, text: &str) -> (tree::File, Vec<Problem>) {
    let (tokens, problems) = lexer::lex(source, text);
    (tree::File { source, tokens, namespace: None, items: Vec::new() }, problems)
}
mod measure { pub const OPERATORS_MAX: usize = 5_000; }
