//! Places in the terms in which formats of others speak of them.

use base::{Sources, Span};

/// A place of a file. Lines and columns count from 1, columns in characters; ends are exclusive.
pub struct Region {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl Region {
    pub fn of(span: Span, sources: &Sources) -> Region {
        let (line, column) = sources.line_column(span.source, span.start);
        let (end_line, end_column) = sources.line_column(span.source, span.end);
        let file = sources.get(span.source).map_or(String::new(), |source| source.path.to_string());
        Region { file, line, column, end_line, end_column }
    }
}
