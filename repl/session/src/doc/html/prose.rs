//! Comments as markup.

use super::code;
use super::links::Links;
use super::markup::{escape, link};
use super::used::Used;
use crate::doc::comment::{Block, Comment, Inline};
use std::fmt::Write;

/// Where names in a comment lead: the links of the site, seen from a namespace.
pub struct Prose<'a> {
    pub links: &'a Links,
    pub namespace: &'a str,
}

impl Prose<'_> {
    pub fn comment(&self, comment: &Comment) -> String {
        let mut shown = self.blocks(&comment.blocks);
        for example in &comment.examples {
            let code = self.code(example);
            _ = writeln!(shown, r#"<pre class="example"><code>{code}</code></pre>"#);
        }
        shown
    }

    fn blocks(&self, blocks: &[Block]) -> String {
        blocks.iter().map(|block| self.block(block)).collect()
    }

    fn block(&self, block: &Block) -> String {
        match block {
            Block::Paragraph(text) => format!("<p>{}</p>\n", self.running(text)),
            Block::List(items) => {
                let items: String = items.iter().map(|item| format!("<li>{}</li>", self.running(item))).collect();
                format!("<ul>{items}</ul>\n")
            }
            Block::Code(text) => format!("<pre><code>{}</code></pre>\n", self.code(text)),
            Block::Heading(level, text) => {
                // A page and an entry have headings of their own above these.
                let level = (2 + level).min(6);
                format!("<h{level}>{}</h{level}>\n", self.running(text))
            }
            Block::Items { first, items } => {
                let items: String = items.iter().map(|item| format!("<li>{}</li>", self.item(item))).collect();
                match first {
                    Some(first) => format!("<ol start=\"{first}\">{items}</ol>\n"),
                    None => format!("<ul>{items}</ul>\n"),
                }
            }
            Block::Evaluated { code, value } => {
                let value = match value {
                    Ok(value) => format!("= {}", self.code(value)),
                    Err(reason) => escape(&format!("no value: {reason}")),
                };
                format!("<pre class=\"example\"><code>{}\n{value}</code></pre>\n", self.code(code))
            }
            Block::Quote(blocks) => format!("<blockquote>{}</blockquote>\n", self.blocks(blocks)),
            Block::Table(rows) => self.table(rows),
            Block::Rule => "<hr>\n".to_string(),
        }
    }

    /// A paragraph alone needs no space around it.
    fn item(&self, blocks: &[Block]) -> String {
        match blocks {
            [Block::Paragraph(text), rest @ ..] => format!("{}{}", self.running(text), self.blocks(rest)),
            _ => self.blocks(blocks),
        }
    }

    fn table(&self, rows: &[Vec<Vec<Inline>>]) -> String {
        let row = |(number, cells): (usize, &Vec<Vec<Inline>>)| {
            let tag = if number == 0 { "th" } else { "td" };
            let cells: String = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", self.running(cell))).collect();
            format!("<tr>{cells}</tr>")
        };
        let rows: String = rows.iter().enumerate().map(row).collect();
        format!("<table>{rows}</table>\n")
    }

    /// Running text.
    pub fn running(&self, text: &[Inline]) -> String {
        text.iter().map(|piece| self.piece(piece)).collect()
    }

    fn piece(&self, piece: &Inline) -> String {
        match piece {
            Inline::Text(text) => escape(text),
            Inline::Address(address) => link(address, "", &escape(address)),
            Inline::Bold(text) => format!("<strong>{}</strong>", self.running(text)),
            Inline::Italic(text) => format!("<em>{}</em>", self.running(text)),
            Inline::Struck(text) => format!("<s>{}</s>", self.running(text)),
            // Whatever else an address may ask a browser to do is shown and not offered.
            Inline::Link { text, address } if is_harmless(address) => link(address, "", &self.running(text)),
            Inline::Link { text, address } => format!("{} ({})", self.running(text), escape(address)),
            Inline::Named { text, name } => match self.links.of_mention(name, self.namespace) {
                Some(address) => link(address, "", &self.running(text)),
                None => format!("{} (<code>{}</code>)", self.running(text), escape(name)),
            },
            // A single letter is a variable, whatever else has such a name.
            Inline::Code(code) => match self.links.of_mention(code, self.namespace).filter(|_| code.len() > 1) {
                Some(address) => format!("<code>{}</code>", link(address, "", &escape(code))),
                None => format!("<code>{}</code>", self.code(code)),
            },
        }
    }

    /// Code in a comment, where nothing says what its names mean but they themselves.
    fn code(&self, text: &str) -> String {
        let leads = |name: &str| {
            let is_plain = !name.contains('.') && name.starts_with(|c: char| c.is_lowercase() || c == '_');
            let found = if is_plain { None } else { self.links.of_mention(name, self.namespace) };
            found.map(str::to_string)
        };
        code::code(text, &leads)
    }

    /// A type.
    pub fn signature(&self, text: &str) -> String {
        code::code(text, &|name| self.links.of_type(name).map(str::to_string))
    }

    /// The text of a definition.
    pub fn source(&self, text: &str, used: &Used) -> String {
        let leads = |name: &str| {
            let is_type = name.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase));
            let found = self.links.of_use(name, used);
            found.or_else(|| self.links.of_type(name).filter(|_| is_type)).map(str::to_string)
        };
        code::code(text, &leads)
    }
}

/// Whether an address leads to a page of the web or the site.
fn is_harmless(address: &str) -> bool {
    let has_scheme = address.split(['/', '?', '#']).next().is_some_and(|start| start.contains(':'));
    address.starts_with("https://") || address.starts_with("http://") || address.starts_with("mailto:") || !has_scheme
}
