//! What was written for each definition: its text with the comments above it, and the lines at the head of the file that it was read under.

use base::{Name, Sources, Span};
use check::Checked;
use codebase::{Reference, SourceText};
use std::collections::BTreeMap;
use std::sync::Arc;
use syntax::token::{Token, TokenKind};
use syntax::tree::{File, Item, ItemKind, Use};

/// An item of a file that defines something.
#[derive(Clone, Debug)]
pub struct Written {
    /// The item, as in [`check::CheckedTerm::span`].
    pub item: Span,
    /// The item with the comments directly above it and behind it on its last line.
    pub text: Span,
    /// The `namespace` line, and those `use` lines of the file that bring in a name the item has; each with its line feed.
    pub context: Arc<str>,
    /// Of a doc literal above a definition: the name that it has in its file. Its text begins with that.
    pub literal: Option<Name>,
    /// What it defines, fully qualified: the type, or the term.
    pub name: Name,
    pub is_type: bool,
}

/// The items of a file that define something.
pub fn items(file: &File, sources: &Sources) -> Vec<Written> {
    let text = sources.get(file.source).map_or("", |source| &*source.text);
    let uses = clauses(file);
    let mut floor = 0;
    let mut found = Vec::new();
    for item in &file.items {
        let name = match &item.kind {
            ItemKind::Binding(binding) => Some((&binding.name.name, false)),
            ItemKind::Type(declaration) => Some((&declaration.name.name, true)),
            ItemKind::Ability(declaration) => Some((&declaration.name.name, true)),
            ItemKind::Use(_) | ItemKind::Watch(_) => None,
        };
        let span = Span::new(
            file.source,
            start_of_comments(text, floor, item.span.start as usize),
            end_of_line(text, file, item),
        );
        floor = span.end as usize;
        if let Some((name, is_type)) = name {
            let literal = file.literal_name(item).cloned();
            let name = file.namespace.as_ref().map_or_else(|| name.clone(), |namespace| namespace.join(name));
            let context = context(file, &uses, item, sources);
            found.push(Written { item: item.span, text: span, context, literal, name, is_type });
        }
    }
    found
}

impl Written {
    /// The text by itself.
    fn whole(&self, sources: &Sources) -> String {
        let text = sources.text(self.text);
        let Some(name) = &self.literal else { return text.to_string() };
        let (comments, literal) = text.split_at((self.item.start - self.text.start) as usize);
        format!("{comments}{name} = {literal}")
    }
}

/// The texts of what was checked, as they are kept.
pub fn texts(written: &[Written], checked: &Checked, sources: &Sources, project: &str) -> Vec<SourceText> {
    let project: Arc<str> = project.into();
    let by_item: BTreeMap<Span, &Written> = written.iter().map(|written| (written.item, written)).collect();
    let find = |span: Span| by_item.get(&span).copied();
    let text = |written: &Written, name: &Name, of: Reference| {
        let made_by = (written.name != *name).then(|| written.name.clone());
        let text = if made_by.is_some() { String::new() } else { written.whole(sources) };
        let (context, project) = (written.context.clone(), project.clone());
        SourceText { name: name.clone(), of, text: text.into(), context, project, made_by }
    };
    let types =
        checked.types.iter().filter_map(|ty| Some(text(find(ty.span)?, &ty.name, Reference::Type(ty.reference))));
    let terms = checked
        .terms
        .iter()
        .filter_map(|term| Some(text(find(term.span)?, &term.name, Reference::Term(term.reference))));
    types.chain(terms).collect()
}

/// Where the comments begin that stand above an item without an empty line between.
fn start_of_comments(text: &str, floor: usize, item: usize) -> usize {
    let Some(trivia) = text.get(floor..item) else { return item };
    let mut start = trivia.rfind('\n').map_or(0, |newline| newline + 1);
    let mut nesting = 0i32;
    while start > 0 {
        let line_start = trivia[..start - 1].rfind('\n').map_or(0, |newline| newline + 1);
        let line = trivia[line_start..start - 1].trim();
        let at_first = line_start == 0 && floor > 0;
        if at_first || (line.is_empty() && nesting == 0) {
            break;
        }
        nesting += line.matches("-}").count() as i32 - line.matches("{-").count() as i32;
        start = line_start;
    }
    // What stands before the item on its own line is layout, or nothing.
    floor + start
}

/// The end of the item, or of the comment behind it on the same line.
fn end_of_line(text: &str, file: &File, item: &Item) -> usize {
    let end = item.span.end as usize;
    let Some(rest) = text.get(end..) else { return end };
    let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
    let next = file.tokens.get(item.tokens.end).map_or(usize::MAX, |token| token.span.start as usize);
    let is_comment = line.trim_start().starts_with("--") && next >= end + line.len();
    if is_comment { end + line.trim_end().len() } else { end }
}

/// The `use` clauses at the head of a file, each with its place.
fn clauses<'f>(file: &'f File) -> Vec<(&'f Use, Span)> {
    let clause = |item: &'f Item| if let ItemKind::Use(clause) = &item.kind { Some((clause, item.span)) } else { None };
    file.items.iter().filter_map(clause).collect()
}

fn context(file: &File, uses: &[(&Use, Span)], item: &Item, sources: &Sources) -> Arc<str> {
    if uses.is_empty() && file.namespace.is_none() {
        return "".into();
    }
    let tokens = file.tokens.get(item.tokens.clone()).unwrap_or(&[]);
    let names: Vec<&str> = tokens.iter().flat_map(|token| names_in(token, sources)).collect();
    let mut context = file.namespace.as_ref().map_or(String::new(), |namespace| format!("namespace {namespace}\n"));
    for (clause, span) in uses {
        let brings = |brought: &str| {
            let rest =
                |name: &str| name.strip_prefix(brought).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            names.iter().any(|name| rest(name))
        };
        if clause.names.is_empty() || clause.names.iter().any(|brought| brings(brought.name.as_str())) {
            context += sources.text(*span);
            context.push('\n');
        }
    }
    context.into()
}

/// The name that a token is; of a doc literal, the names in it.
fn names_in<'s>(token: &Token, sources: &'s Sources) -> Vec<&'s str> {
    match token.kind {
        TokenKind::Name | TokenKind::Operator => vec![sources.text(token.span)],
        TokenKind::Doc => {
            let text = sources.text(token.span);
            let names = syntax::names(token.span.source, text);
            names.iter().filter_map(|name| text.get(name.span.start as usize..name.span.end as usize)).collect()
        }
        _ => Vec::new(),
    }
}

/// All `namespace` and `use` lines at the head of a file, each with its line feed.
pub fn head(file: &File, sources: &Sources) -> String {
    let namespace = file.namespace.as_ref().map_or(String::new(), |namespace| format!("namespace {namespace}\n"));
    clauses(file).into_iter().fold(namespace, |head, (_, span)| format!("{head}{}\n", sources.text(span)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts_of(text: &str) -> Vec<(String, String)> {
        let mut sources = Sources::default();
        let id = sources.add("test.u", text);
        let (file, _) = syntax::parse(id, text);
        let found = items(&file, &sources);
        found.iter().map(|w| (sources.text(w.text).to_string(), w.context.to_string())).collect()
    }

    #[test]
    fn comments_directly_above_and_behind_belong_to_a_definition() {
        let text = "-- the file\n\n-- a\n-- b\nx : Nat\nx = 1 -- one\n-- loose\n\n{- c\n\n d -}\ny =\n  -- in\n  2\n\nz = 3\n-- end\n";
        let found: Vec<String> = texts_of(text).into_iter().map(|(text, _)| text).collect();
        assert_eq!(found, ["-- a\n-- b\nx : Nat\nx = 1 -- one", "{- c\n\n d -}\ny =\n  -- in\n  2", "z = 3"]);
    }

    #[test]
    fn a_definition_keeps_the_clauses_that_it_needs() {
        let text = "namespace a.b\nuse List map filter\nuse Nat\n\nx = map\n\ny = filtered\n";
        let found: Vec<String> = texts_of(text).into_iter().map(|(_, context)| context).collect();
        assert_eq!(found, ["namespace a.b\nuse List map filter\nuse Nat\n", "namespace a.b\nuse Nat\n"]);
    }
}
