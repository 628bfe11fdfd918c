//! Documentation as Markdown (CommonMark, with tables), for what reads that.
//!
//! Everything that means something to Markdown is escaped in text, and fenced in code: what a comment says cannot become something else.

use super::comment::{Block, Comment, Inline};
use super::entry::{Documentation, Entry, Namespace, Summary};
use super::lookup::ENTRIES_MAX;

/// The whole answer, ending with a line feed; empty if there is nothing under the name.
pub fn markdown(documentation: &Documentation) -> String {
    let mut parts: Vec<String> = Vec::new();
    if documentation.entries.len() > ENTRIES_MAX {
        parts.push(format!("## {} names end in {}", documentation.entries.len(), code(&documentation.name)));
        parts.extend(summaries(&documentation.entries.iter().map(Entry::summary).collect::<Vec<_>>()));
    } else {
        documentation.entries.iter().for_each(|own| entry(own, &mut parts));
    }
    if let Some(space) = &documentation.namespace {
        namespace(space, &mut parts);
    }
    let text = parts.join("\n\n");
    if text.is_empty() { text } else { text + "\n" }
}

fn entry(entry: &Entry, parts: &mut Vec<String>) {
    parts.push(format!("## {}", code(&entry.name)));
    let members = entry.members.iter().map(|member| format!("\n  {} : {}", member.name, member.signature));
    parts.push(fenced("unison", &format!("{}{}", entry.title(), members.collect::<String>())));
    comment(&entry.comment, parts);
    parts.push(format!("{}, {}", escaped(&entry.place.text()), code(&entry.short_hash)));
}

fn namespace(namespace: &Namespace, parts: &mut Vec<String>) {
    parts.push(format!("## {} and what it holds", code(&namespace.name)));
    comment(&namespace.comment, parts);
    parts.extend(summaries(&namespace.entries));
    let spaces = namespace.namespaces.iter().map(|(name, count)| format!("- {}, {count}", code(&format!("{name}."))));
    let spaces: Vec<String> = spaces.collect();
    if !spaces.is_empty() {
        parts.push(spaces.join("\n"));
    }
}

fn summaries(all: &[Summary]) -> Option<String> {
    let line = |summary: &Summary| {
        let about = if summary.about.is_empty() { String::new() } else { format!(": {}", escaped(&summary.about)) };
        format!("- {}{about}", code(&super::entry::title(summary.kind, &summary.name, &summary.signature)))
    };
    let lines: Vec<String> = all.iter().map(line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn comment(comment: &Comment, parts: &mut Vec<String>) {
    parts.extend(comment.blocks.iter().map(block));
    if !comment.examples.is_empty() {
        parts.push(fenced("unison", &comment.examples.join("\n")));
    }
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => running(text),
        Block::List(items) => items.iter().map(|item| format!("- {}", running(item))).collect::<Vec<_>>().join("\n"),
        Block::Code(text) => fenced("", text),
        // The answer and its parts have titles of their own above these.
        Block::Heading(level, text) => format!("{} {}", "#".repeat(usize::from(2 + level).min(6)), running(text)),
        Block::Items { first, items } => {
            let numbers = first.unwrap_or(0)..;
            let item = |(blocks, number): (&Vec<Block>, u64)| {
                let mark = first.map_or_else(|| "- ".to_string(), |_| format!("{number}. "));
                set_off(&item_of(blocks), &mark, &" ".repeat(mark.len()))
            };
            items.iter().zip(numbers).map(item).collect::<Vec<_>>().join("\n")
        }
        Block::Evaluated { code, value } => {
            let value = match value {
                Ok(value) => format!("-- = {}", value.replace('\n', "\n--   ")),
                Err(reason) => format!("-- no value: {}", reason.replace('\n', "\n--   ")),
            };
            fenced("unison", &format!("{code}\n{value}"))
        }
        Block::Quote(blocks) => set_off(&blocks_of(blocks), "> ", "> "),
        Block::Table(rows) => table(rows),
        Block::Rule => "---".to_string(),
    }
}

fn blocks_of(blocks: &[Block]) -> String {
    blocks.iter().map(block).collect::<Vec<_>>().join("\n\n")
}

/// Blocks of an item: a list in it is not set off.
fn item_of(blocks: &[Block]) -> String {
    let gap = |at: usize| {
        if at == 0 {
            ""
        } else if blocks[at].is_list() {
            "\n"
        } else {
            "\n\n"
        }
    };
    blocks.iter().enumerate().map(|(at, own)| format!("{}{}", gap(at), block(own))).collect()
}

/// Lines with something before the first one, and before the others.
fn set_off(text: &str, first: &str, others: &str) -> String {
    let line =
        |(i, line): (usize, &str)| format!("{}{line}", if i == 0 { first } else { others }).trim_end().to_string();
    text.lines().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

fn table(rows: &[Vec<Vec<Inline>>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let row = |cells: &Vec<Vec<Inline>>| {
        let cells =
            (0..columns).map(|at| cells.get(at).map_or(String::new(), |cell| running(cell).replace('|', "\\|")));
        format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
    };
    let mut lines: Vec<String> = rows.iter().map(row).collect();
    if !lines.is_empty() {
        lines.insert(1, format!("|{}", " --- |".repeat(columns)));
    }
    lines.join("\n")
}

fn running(text: &[Inline]) -> String {
    let piece = |piece: &Inline| match piece {
        Inline::Text(text) => escaped(text),
        Inline::Code(text) => code(text),
        Inline::Address(address) => format!("<{address}>"),
        Inline::Bold(text) => format!("**{}**", running(text)),
        Inline::Italic(text) => format!("*{}*", running(text)),
        Inline::Struck(text) => format!("~~{}~~", running(text)),
        Inline::Link { text, address } => format!("[{}](<{}>)", running(text), address.replace(['<', '>', '\n'], "")),
        Inline::Named { text, name } => format!("{} ({})", running(text), code(name)),
    };
    text.iter().map(piece).collect()
}

/// Text without anything that means something.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '~' | '|' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Code between more backquotes than it has in a row.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('\n', " "))
}

fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    format!("{fence}{language}\n{text}\n{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
