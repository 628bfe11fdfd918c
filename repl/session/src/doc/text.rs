//! Documentation as text of a given width, coloured or not.

use super::comment::{Block, Comment, Inline, plain};
use super::entry::{Documentation, Entry, Kind, Member, Namespace, Summary, title};
use super::lookup::ENTRIES_MAX;

/// How to show it.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns.
    pub width: usize,
    pub color: bool,
}

/// Lines wider than this are hard to read, however wide the terminal is.
const WIDTH_MAX: usize = 100;
const WIDTH_MIN: usize = 30;

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const CODE: &str = "\x1b[36m";
const ITALIC: &str = "\x1b[3m";
const STRUCK: &str = "\x1b[9m";
const HEADING: &str = "\x1b[1;34m";
const RESET: &str = "\x1b[0m";

/// The whole answer, in lines without a last line feed; empty if there is nothing under the name.
pub fn human(documentation: &Documentation, look: Look) -> String {
    let width = look.width.clamp(WIDTH_MIN, WIDTH_MAX);
    let mut page = Page { look: Look { width, ..look }, lines: Vec::new() };
    page.documentation(documentation);
    page.lines.join("\n")
}

struct Page {
    look: Look,
    lines: Vec<String>,
}

impl Page {
    fn documentation(&mut self, documentation: &Documentation) {
        let entries = &documentation.entries;
        if entries.len() > ENTRIES_MAX {
            let heading = format!("{} names end in {}", entries.len(), documentation.name);
            self.lines.push(self.styled(HEADING, &heading));
            self.summaries(&entries.iter().map(Entry::summary).collect::<Vec<_>>(), "");
        } else {
            for (i, entry) in entries.iter().enumerate() {
                if i > 0 {
                    self.gap();
                }
                self.entry(entry);
            }
        }
        if let Some(namespace) = &documentation.namespace {
            if !entries.is_empty() {
                self.gap();
            }
            self.namespace(namespace);
        }
    }

    fn entry(&mut self, entry: &Entry) {
        self.title(entry.kind, &entry.name, &entry.signature, 0);
        for member in &entry.members {
            self.member(entry, member);
        }
        self.comment(&entry.comment);
        self.gap();
        let owner = match (&entry.owner, entry.kind) {
            (Some(owner), Kind::Constructor) => format!("constructor of {owner}, "),
            (Some(owner), Kind::Operation) => format!("operation of {owner}, "),
            (Some(owner), _) => format!("field of {owner}, "),
            (None, _) => String::new(),
        };
        let place = format!("  {owner}{}  {}", entry.place.text(), entry.short_hash);
        self.lines.push(self.styled(DIM, &place));
    }

    fn member(&mut self, of: &Entry, member: &Member) {
        let name = member.name.strip_prefix(&format!("{}.", of.name)).unwrap_or(&member.name);
        self.title(Kind::Constructor, name, &member.signature, 2);
        let about = member.comment.summary();
        if !about.is_empty() {
            self.paragraph(&about, 6, "");
        }
    }

    /// `name : type`, folded at its arrows where it is too wide.
    fn title(&mut self, kind: Kind, name: &str, signature: &str, indentation: usize) {
        let whole = title(kind, name, signature);
        let margin = " ".repeat(indentation);
        if indentation + width(&whole) <= self.look.width {
            let rest = whole.split_once(name).map(|(before, after)| (before.to_string(), after.to_string()));
            let (before, after) = rest.unwrap_or_default();
            self.lines.push(format!("{margin}{before}{}{after}", self.styled(BOLD, name)));
            return;
        }
        self.lines.push(format!("{margin}{}", self.styled(BOLD, name)));
        for (i, part) in at_arrows(signature).iter().enumerate() {
            let sign = if i == 0 { ": " } else { "" };
            self.lines.push(format!("{margin}  {sign}{part}"));
        }
    }

    fn comment(&mut self, comment: &Comment) {
        if !comment.blocks.is_empty() {
            self.gap();
        }
        self.blocks(&comment.blocks, 2);
        if !comment.examples.is_empty() {
            self.gap();
        }
        for example in &comment.examples {
            for (i, line) in example.lines().enumerate() {
                self.code(line, if i == 0 { "  > " } else { "    " });
            }
        }
    }

    /// Blocks at an indentation, with empty lines between.
    fn blocks(&mut self, blocks: &[Block], indentation: usize) {
        for (i, block) in blocks.iter().enumerate() {
            if i > 0 {
                self.gap();
            }
            self.block(block, indentation);
        }
    }

    fn block(&mut self, block: &Block, indentation: usize) {
        let margin = " ".repeat(indentation);
        match block {
            Block::Paragraph(text) => self.paragraph(text, indentation, ""),
            Block::List(items) => items.iter().for_each(|item| self.paragraph(item, indentation, "- ")),
            Block::Code(code) => code.lines().for_each(|line| self.code(line, &format!("{margin}    "))),
            Block::Heading(_, text) => {
                let title = self.styled(HEADING, &plain(text));
                self.lines.push(format!("{margin}{title}"));
            }
            Block::Items { first, items } => self.items(*first, items, indentation),
            Block::Evaluated { code, value } => self.evaluated(code, value, &format!("{margin}    ")),
            Block::Quote(blocks) => {
                let start = self.lines.len();
                self.blocks(blocks, 0);
                let bar = self.styled(DIM, "|");
                for line in &mut self.lines[start..] {
                    *line = format!("{margin}{bar} {line}").trim_end().to_string();
                }
            }
            Block::Table(rows) => self.table(rows, &margin),
            Block::Rule => {
                let line = "-".repeat(self.look.width.saturating_sub(indentation));
                self.lines.push(format!("{margin}{}", self.styled(DIM, &line)));
            }
        }
    }

    /// Items whose blocks stand behind their marks.
    fn items(&mut self, first: Option<u64>, items: &[Vec<Block>], indentation: usize) {
        for (item, number) in items.iter().zip(first.unwrap_or(0)..) {
            let mark = first.map_or_else(|| "- ".to_string(), |_| format!("{number}. "));
            let start = self.lines.len();
            let inner = indentation + mark.len();
            for (i, block) in item.iter().enumerate() {
                if i > 0 && !block.is_list() {
                    self.gap();
                }
                self.block(block, inner);
            }
            match self.lines.get_mut(start) {
                Some(line) if line.starts_with(&" ".repeat(inner)) => {
                    line.replace_range(indentation..inner, &mark);
                }
                _ => self.lines.insert(start, format!("{}{}", " ".repeat(indentation), mark.trim_end())),
            }
        }
    }

    fn evaluated(&mut self, code: &str, value: &Result<String, String>, margin: &str) {
        code.lines().for_each(|line| self.code(line, margin));
        let (mark, shown) = match value {
            Ok(value) => ("= ", value.clone()),
            Err(reason) => ("", format!("no value: {reason}")),
        };
        for (i, line) in shown.lines().enumerate() {
            let mark = if i == 0 { mark } else { "  " };
            self.lines.push(format!("{margin}{}{line}", self.styled(DIM, mark)));
        }
    }

    /// Columns as wide as their widest cell.
    fn table(&mut self, rows: &[Vec<Vec<Inline>>], margin: &str) {
        let cells: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
        let columns = cells.iter().map(Vec::len).max().unwrap_or(0);
        let wide = |column: usize| cells.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
        let widths: Vec<usize> = (0..columns).map(|column| wide(column).unwrap_or(0)).collect();
        for (number, row) in cells.iter().enumerate() {
            let padded =
                row.iter().zip(&widths).map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))));
            let line = padded.collect::<Vec<_>>().join("  ");
            let line = if number == 0 { self.styled(BOLD, line.trim_end()) } else { line.trim_end().to_string() };
            self.lines.push(format!("{margin}{line}"));
        }
    }

    fn code(&mut self, line: &str, margin: &str) {
        let line = format!("{margin}{}", self.styled(CODE, line));
        self.lines.push(line.trim_end().to_string());
    }

    /// Running text in lines of the page's width; `mark` stands before the first one.
    fn paragraph(&mut self, text: &[Inline], indentation: usize, mark: &str) {
        let margin = " ".repeat(indentation + mark.len());
        let mut line = format!("{}{mark}", " ".repeat(indentation));
        let (mut column, mut is_empty) = (line.len(), true);
        for word in words(text) {
            let wide: usize = word.iter().map(|(part, _)| width(part)).sum();
            if !is_empty && column + 1 + wide > self.look.width {
                self.lines.push(std::mem::replace(&mut line, margin.clone()));
                (column, is_empty) = (margin.len(), true);
            }
            if !is_empty {
                line.push(' ');
                column += 1;
            }
            for (part, style) in word {
                line += &self.styled(style, &part);
            }
            column += wide;
            is_empty = false;
        }
        self.lines.push(line);
    }

    fn namespace(&mut self, namespace: &Namespace) {
        let count = namespace.entries.len() + namespace.namespaces.iter().map(|(_, count)| count).sum::<usize>();
        let names = if count == 1 { "name" } else { "names" };
        let heading = format!("{} holds {count} {names}", namespace.name);
        self.lines.push(self.styled(HEADING, &heading));
        self.comment(&namespace.comment);
        self.gap();
        self.summaries(&namespace.entries, &format!("{}.", namespace.name));
        for (name, count) in &namespace.namespaces {
            self.lines.push(format!("  {}.  {}", self.styled(BOLD, name), self.styled(DIM, &count.to_string())));
        }
    }

    /// Each with its type and what it is about, on one line if that has room for both. `within`: the namespace whose name need not be said.
    fn summaries(&mut self, summaries: &[Summary], within: &str) {
        for summary in summaries {
            let name = summary.name.strip_prefix(within).unwrap_or(&summary.name);
            self.title(summary.kind, name, &summary.signature, 2);
            let used = self.lines.last().map_or(0, |line| visible_width(line));
            if summary.about.is_empty() {
                continue;
            }
            if used + 2 + width(&summary.about) <= self.look.width {
                let about = self.styled(DIM, &summary.about);
                self.lines.iter_mut().last().into_iter().for_each(|line| *line += &format!("  {about}"));
            } else {
                for part in wrapped(&summary.about, self.look.width.saturating_sub(6)) {
                    self.lines.push(format!("      {}", self.styled(DIM, &part)));
                }
            }
        }
    }

    fn gap(&mut self) {
        self.lines.push(String::new());
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.look.color && !text.is_empty() && !style.is_empty() {
            format!("{style}{text}{RESET}")
        } else {
            text.to_string()
        }
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// The width of a line without what sets its colours.
fn visible_width(line: &str) -> usize {
    let mut parts = line.split("\x1b[");
    let plain = parts.next().map_or(0, width);
    plain + parts.map(|part| part.split_once('m').map_or(0, |(_, text)| width(text))).sum::<usize>()
}

/// Lines of at most so many columns, unless a word is longer.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => *line += &format!(" {word}"),
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

/// A part of a word, and its style.
type Part = (String, &'static str);

/// Words, each in parts.
fn words(text: &[Inline]) -> Vec<Vec<Part>> {
    let mut styled = Vec::new();
    pieces(text, "", &mut styled);
    let mut words: Vec<Vec<Part>> = Vec::new();
    // Whether the last word may go on.
    let mut open = false;
    for (shown, style) in styled {
        for (i, word) in shown.split(' ').enumerate() {
            let part = (word.to_string(), style);
            match words.last_mut() {
                _ if word.is_empty() => {}
                Some(parts) if i == 0 && open => parts.push(part),
                _ => words.push(vec![part]),
            }
        }
        open = !shown.ends_with(' ');
    }
    words
}

/// Running text in pieces of one style. Where the writer wanted two styles, the inner one is shown.
fn pieces(text: &[Inline], style: &'static str, into: &mut Vec<Part>) {
    for piece in text {
        match piece {
            Inline::Text(text) | Inline::Address(text) => into.push((text.clone(), style)),
            Inline::Code(_) => into.push((plain(std::slice::from_ref(piece)), CODE)),
            Inline::Bold(inner) => pieces(inner, BOLD, into),
            Inline::Italic(inner) => pieces(inner, ITALIC, into),
            Inline::Struck(inner) => pieces(inner, STRUCK, into),
            Inline::Link { text, address } => {
                pieces(text, style, into);
                into.push((format!(" ({address})"), style));
            }
            Inline::Named { text, name } => {
                pieces(text, style, into);
                into.push((" (".to_string(), style));
                into.push((format!("`{name}`"), CODE));
                into.push((")".to_string(), style));
            }
        }
    }
}

/// A type in parts that begin with its outermost arrows.
pub(super) fn at_arrows(signature: &str) -> Vec<String> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, c) in signature.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '-' if depth == 0 && signature[at..].starts_with("->") && at > start => {
                parts.push(signature[start..at].trim_end().to_string());
                start = at;
            }
            _ => {}
        }
    }
    parts.push(signature[start..].to_string());
    parts
}
