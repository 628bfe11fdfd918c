//! The lines of a doc literal, and how far each is indented.

use std::ops::Range;

/// A line without the blanks at its ends.
#[derive(Clone, Debug)]
pub struct Line {
    pub text: Range<usize>,
    /// Columns before it, counted from those that all lines have in common.
    pub indent: usize,
}

impl Line {
    pub fn is_blank(&self) -> bool {
        self.text.is_empty()
    }
}

/// The lines of the inside of a literal. The first one stands behind the braces, wherever these are, and counts as not indented.
pub fn lines(text: &str, inside: Range<usize>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = inside.start;
    for line in text.get(inside).unwrap_or("").split('\n') {
        let end = start + line.trim_end().len();
        let first = start + (line.len() - line.trim_start().len()).min(end - start);
        lines.push(Line { text: first..end, indent: text[start..first].chars().count() });
        start += line.len() + 1;
    }
    let common = lines.iter().skip(1).filter(|line| !line.is_blank()).map(|line| line.indent).min().unwrap_or(0);
    for (at, line) in lines.iter_mut().enumerate() {
        line.indent = if at == 0 { 0 } else { line.indent.saturating_sub(common) };
    }
    lines
}

/// Lines as they are, without the columns that all of them have in common.
pub fn verbatim(text: &str, lines: &[Line]) -> String {
    let common = lines.iter().filter(|line| !line.is_blank()).map(|line| line.indent).min().unwrap_or(0);
    let line = |line: &Line| {
        let margin = " ".repeat(line.indent.saturating_sub(common));
        if line.is_blank() { String::new() } else { format!("{margin}{}", &text[line.text.clone()]) }
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}
