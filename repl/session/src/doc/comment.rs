//! The convention of comments above definitions.
//!
//! Lines that begin with `--` (or one `{- .. -}`), directly above a definition, say what it is:
//!
//! ```text
//! -- The first sentence stands alone where there is little room.
//! -- Paragraphs are separated by an empty line:
//! --
//! -- - a list has items like this one,
//! --   which may go on on further lines;
//! -- - `code` stands in backquotes, and is a link if it is a name. So is https://example.org.
//! --
//! --     four spaces more: text that is left as it is
//! --
//! -- > Nat.isEven 2 == true
//! -- > List.map Nat.increment
//! -- >   [1, 2] == [2, 3]
//! ```
//!
//! A line `-- > e` is an example, whose further lines are indented; it is true, and where the tests look, checked.
//!
//! Documentation that is a value (`literal`) gives another way to a [`Comment`], with more kinds of blocks; whoever shows one need not know where it comes from.

use serde::Serialize;

/// What a comment says.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Comment {
    pub blocks: Vec<Block>,
    /// Expressions that are true, each with its own lines.
    pub examples: Vec<String>,
}

/// A part of a comment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    Paragraph(Vec<Inline>),
    /// The items of a list.
    List(Vec<Vec<Inline>>),
    /// Lines to be shown as they are.
    Code(String),
    /// A title of this level; the highest is 1.
    Heading(u8, Vec<Inline>),
    /// A list whose items hold blocks; with the number of the first one, if they are numbered.
    Items {
        first: Option<u64>,
        items: Vec<Vec<Block>>,
    },
    /// Code and what it gives, or why it gives nothing.
    Evaluated {
        code: String,
        value: Result<String, String>,
    },
    /// Set off from the rest.
    Quote(Vec<Block>),
    /// Rows of cells, the heads of the columns first.
    Table(Vec<Vec<Vec<Inline>>>),
    /// A line across.
    Rule,
}

impl Block {
    /// Whether it stands directly below what is before it in an item.
    pub fn is_list(&self) -> bool {
        matches!(self, Block::List(_) | Block::Items { .. })
    }
}

/// A piece of running text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inline {
    Text(String),
    /// What stood in backquotes; often a name.
    Code(String),
    /// An address of the web.
    Address(String),
    Bold(Vec<Inline>),
    Italic(Vec<Inline>),
    Struck(Vec<Inline>),
    /// Text that leads to an address.
    Link {
        text: Vec<Inline>,
        address: String,
    },
    /// Text that leads to what has a name.
    Named {
        text: Vec<Inline>,
        name: String,
    },
}

/// Columns by which lines are set off that are left as they are.
const CODE_INDENTATION: &str = "    ";

impl Comment {
    /// Reads comment lines, delimiters included, as they stand in the source.
    pub fn parse(text: &str) -> Comment {
        let mut reader = Reader::default();
        for line in bare_lines(text) {
            reader.line(&line);
        }
        reader.finish()
    }

    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.examples.is_empty()
    }

    /// The first sentence of the first paragraph.
    pub fn summary(&self) -> Vec<Inline> {
        let first = self.blocks.iter().find(|block| !matches!(block, Block::Heading(..)));
        let Some(Block::Paragraph(text)) = first else { return Vec::new() };
        let mut summary = Vec::new();
        for piece in text {
            let Inline::Text(words) = piece else {
                summary.push(piece.clone());
                continue;
            };
            if let Some(end) = words.find(". ") {
                summary.push(Inline::Text(words[..=end].to_string()));
                break;
            }
            summary.push(piece.clone());
        }
        summary
    }
}

/// Running text without its marks.
pub fn plain(text: &[Inline]) -> String {
    let piece = |piece: &Inline| match piece {
        Inline::Text(text) | Inline::Address(text) => text.clone(),
        Inline::Code(code) => format!("`{code}`"),
        Inline::Bold(text) | Inline::Italic(text) | Inline::Struck(text) => plain(text),
        Inline::Link { text, .. } | Inline::Named { text, .. } => plain(text),
    };
    text.iter().map(piece).collect()
}

/// The lines of a comment without what makes them one. A space behind `--` belongs to that.
fn bare_lines(text: &str) -> Vec<String> {
    if let Some(inner) = text.trim().strip_prefix("{-") {
        let inner = inner.strip_suffix("-}").unwrap_or(inner);
        return dedented(inner);
    }
    let bare = |line: &str| {
        let line = line.trim_start().trim_start_matches('-');
        line.strip_prefix(' ').unwrap_or(line).trim_end().to_string()
    };
    text.lines().map(bare).collect()
}

/// The lines of a block comment, without the columns that all lines but the first have in common.
fn dedented(text: &str) -> Vec<String> {
    let width = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let common = text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(width).min().unwrap_or(0);
    let line = |(i, line): (usize, &str)| {
        let line = if i == 0 { line.trim_start() } else { line.get(common..).unwrap_or("") };
        line.trim_end().to_string()
    };
    text.lines().enumerate().map(line).collect()
}

/// A block that more lines may belong to.
#[derive(Default)]
enum Open {
    #[default]
    Nothing,
    Paragraph(String),
    List(Vec<String>),
    Code(String),
    Example,
}

#[derive(Default)]
struct Reader {
    comment: Comment,
    open: Open,
}

impl Reader {
    fn line(&mut self, line: &str) {
        if let Some(code) = line.strip_prefix("> ") {
            return self.example(code);
        }
        if line.is_empty() {
            return self.empty();
        }
        match (&mut self.open, item(line)) {
            (Open::List(items), Some(item)) => items.push(item.to_string()),
            (_, Some(item)) => self.begin(Open::List(vec![item.to_string()])),
            (Open::Code(text), None) if line.starts_with(CODE_INDENTATION) => {
                text.push_str(&line[CODE_INDENTATION.len()..]);
                text.push('\n');
            }
            (Open::Paragraph(text), None) => continue_with(text, line),
            (Open::List(items), None) if line.starts_with("  ") => {
                items.iter_mut().last().into_iter().for_each(|item| continue_with(item, line));
            }
            (_, None) => match line.strip_prefix(CODE_INDENTATION) {
                Some(code) => self.begin(Open::Code(format!("{code}\n"))),
                None => self.begin(Open::Paragraph(line.trim_start().to_string())),
            },
        }
    }

    /// A new example, or a further line of the last one.
    fn example(&mut self, code: &str) {
        match (&self.open, self.comment.examples.last_mut()) {
            (Open::Example, Some(last)) if code.starts_with(' ') => {
                last.push('\n');
                last.push_str(code);
            }
            _ => {
                self.begin(Open::Example);
                self.comment.examples.push(code.trim_start().to_string());
            }
        }
    }

    /// Ends everything but lines that are left as they are: these may have gaps.
    fn empty(&mut self) {
        match &mut self.open {
            Open::Code(text) => text.push('\n'),
            _ => self.begin(Open::Nothing),
        }
    }

    fn begin(&mut self, next: Open) {
        let blocks = &mut self.comment.blocks;
        match std::mem::replace(&mut self.open, next) {
            Open::Nothing | Open::Example => {}
            Open::Paragraph(text) => blocks.push(Block::Paragraph(inlines(&text))),
            Open::List(items) => blocks.push(Block::List(items.iter().map(|item| inlines(item)).collect())),
            Open::Code(text) => blocks.push(Block::Code(text.trim_end().to_string())),
        }
    }

    fn finish(mut self) -> Comment {
        self.begin(Open::Nothing);
        self.comment
    }
}

/// The text of a line that begins an item.
fn item(line: &str) -> Option<&str> {
    let line = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')).unwrap_or(line);
    line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))
}

fn continue_with(text: &mut String, line: &str) {
    text.push(' ');
    text.push_str(line.trim_start());
}

/// Running text, with what stands in backquotes and addresses told apart. A backquote without its partner is text.
fn inlines(text: &str) -> Vec<Inline> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, (code, after))) =
        rest.split_once('`').and_then(|(before, behind)| Some((before, behind.split_once('`')?)))
    {
        words(before, &mut pieces);
        if !code.is_empty() {
            pieces.push(Inline::Code(code.to_string()));
        }
        rest = after;
    }
    words(rest, &mut pieces);
    pieces
}

fn words(text: &str, pieces: &mut Vec<Inline>) {
    let mut rest = text;
    while let Some(start) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let end = rest[start..].find(|c: char| c.is_whitespace() || "<>\"()".contains(c));
        let address = &rest[start..end.map_or(rest.len(), |end| start + end)];
        // The mark at the end of a sentence is not part of an address.
        let address = address.trim_end_matches(['.', ',', ';', ':', '!', '?']);
        if start > 0 {
            pieces.push(Inline::Text(rest[..start].to_string()));
        }
        pieces.push(Inline::Address(address.to_string()));
        rest = &rest[start + address.len()..];
    }
    if !rest.is_empty() {
        pieces.push(Inline::Text(rest.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text(text.into())
    }

    #[test]
    fn a_comment_has_paragraphs_lists_code_and_examples() {
        let comment = Comment::parse(
            "-- What `f` does. And\n-- more.\n--\n-- - one\n--   item\n-- - two\n--\n--     let\n--\n--       it\n-- > f 1\n-- >   == 2\n-- > f 2 == 3\n",
        );
        let code = Inline::Code("f".into());
        assert_eq!(
            comment.blocks,
            [
                Block::Paragraph(vec![text("What "), code.clone(), text(" does. And more.")]),
                Block::List(vec![vec![text("one item")], vec![text("two")]]),
                Block::Code("let\n\n  it".into()),
            ]
        );
        assert_eq!(comment.examples, ["f 1\n  == 2", "f 2 == 3"]);
        assert_eq!(comment.summary(), [text("What "), code, text(" does.")]);
    }

    #[test]
    fn marks_without_a_partner_are_text() {
        assert_eq!(inlines("a ` b"), [text("a ` b")]);
        assert_eq!(inlines("see https://a.b/c."), [text("see "), Inline::Address("https://a.b/c".into()), text(".")]);
        assert_eq!(Comment::parse("{- One.\n   Two. -}").blocks, [Block::Paragraph(vec![text("One. Two.")])]);
    }
}
