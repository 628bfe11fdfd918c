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
        let mut shown: String = comment.blocks.iter().map(|block| self.block(block)).collect();
        for example in &comment.examples {
            let code = self.code(example);
            _ = writeln!(shown, r#"<pre class="example"><code>{code}</code></pre>"#);
        }
        shown
    }

    fn block(&self, block: &Block) -> String {
        match block {
            Block::Paragraph(text) => format!("<p>{}</p>\n", self.running(text)),
            Block::List(items) => {
                let items: String = items.iter().map(|item| format!("<li>{}</li>", self.running(item))).collect();
                format!("<ul>{items}</ul>\n")
            }
            Block::Code(text) => format!("<pre><code>{}</code></pre>\n", self.code(text)),
        }
    }

    /// Running text.
    pub fn running(&self, text: &[Inline]) -> String {
        text.iter().map(|piece| self.piece(piece)).collect()
    }

    fn piece(&self, piece: &Inline) -> String {
        match piece {
            Inline::Text(text) => escape(text),
            Inline::Address(address) => link(address, "", &escape(address)),
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
