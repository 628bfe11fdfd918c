//! What stands between two tokens: line breaks and comments.

/// A comment, without the line break behind it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comment<'t> {
    pub text: &'t str,
    /// It stands on the line of what is before it.
    pub trailing: bool,
    /// Whether a blank line stands before it.
    pub after_blank: bool,
    /// The column at which it starts, counted from 0.
    pub column: usize,
    /// Blanks before it, if it is trailing.
    pub gap: usize,
}

/// The trivia before a token.
#[derive(Default, Debug)]
pub struct Trivia<'t> {
    pub comments: Vec<Comment<'t>>,
    /// Whether a blank line stands between the last comment, or else the token before, and the token.
    pub blank: bool,
    /// Whether the token is on another line than what stands before it.
    pub broken: bool,
    /// Whether anything at all stands before the token.
    pub spaced: bool,
}

/// Reads the trivia that starts at `column`.
pub fn read(text: &str, column: usize) -> Trivia<'_> {
    let mut trivia = Trivia { spaced: !text.is_empty(), ..Trivia::default() };
    let (mut rest, mut column, mut breaks, mut gap) = (text, column, 0usize, 0usize);
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("--") || rest.starts_with("{-") {
            let comment = comment(rest);
            let trailing = breaks == 0;
            trivia.comments.push(Comment { text: comment.trim_end(), trailing, after_blank: breaks > 1, column, gap });
            trivia.broken |= comment.contains('\n');
            column = comment.rsplit('\n').next().map_or(0, |line| line.chars().count())
                + if comment.contains('\n') { 0 } else { column };
            rest = &rest[comment.len()..];
            (breaks, gap) = (0, 0);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if c == '\n' {
            (breaks, column, gap) = (breaks + 1, 0, 0);
            trivia.broken = true;
        } else {
            (column, gap) = (column + 1, gap + 1);
        }
    }
    trivia.blank = breaks > 1;
    trivia
}

/// The comment at the start of the text: to the end of the line, or to the `-}` that ends it.
fn comment(text: &str) -> &str {
    if text.starts_with("--") {
        return &text[..text.find('\n').unwrap_or(text.len())];
    }
    let (mut depth, mut at) = (0usize, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("{-") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("-}") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            break;
        }
    }
    &text[..at]
}

/// Where the `---` that ends a file stands in what follows the last token.
pub fn fold(text: &str) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("---") {
            return Some(at);
        }
        let step = match rest.chars().next() {
            _ if rest.starts_with("--") || rest.starts_with("{-") => comment(rest).len(),
            Some(c) => c.len_utf8(),
            None => 1,
        };
        at += step;
    }
    None
}
