//! What a source text defines, with the comment above each definition.

use super::comment::Comment;
use base::{Name, SourceId};
use std::sync::Arc;
use syntax::token::{Token, TokenKind};
use syntax::tree::{File, Ident, Item, ItemKind, TypeBody};

/// A source text, read for its documentation.
#[derive(Clone, Debug)]
pub struct Outline {
    /// What the source is called.
    pub path: Arc<str>,
    /// What stands at its head, apart from any definition.
    pub head: Comment,
    pub definitions: Vec<Definition>,
}

/// A definition or declaration, as it is written.
#[derive(Clone, Debug)]
pub struct Definition {
    /// With the file's namespace before it.
    pub name: Name,
    pub is_type: bool,
    pub comment: Comment,
    /// Its text, without the comment above it.
    pub text: String,
    /// The line where it begins, counted from 1.
    pub line: usize,
    /// Of a declaration: its parameters, as written.
    pub params: Vec<String>,
    /// Of a declaration: constructors, operations, or the fields of a record, with the comments above them.
    pub members: Vec<(Name, Comment)>,
}

impl Outline {
    /// Reads a source. Whatever is wrong with it, what can be read of it is there.
    ///
    /// Wants the compiler's stack: a tree is as deep as its source.
    pub fn of(path: impl Into<Arc<str>>, text: &str) -> Outline {
        let (file, _) = syntax::parse_prompt(SourceId::default(), text);
        let reading = Reading { file: &file, text };
        let definitions: Vec<Definition> = file.items.iter().filter_map(|item| reading.definition(item)).collect();
        Outline { path: path.into(), head: reading.head(), definitions }
    }

    /// The definition with this name.
    pub fn find(&self, name: &Name, is_type: bool) -> Option<&Definition> {
        self.definitions.iter().find(|definition| definition.is_type == is_type && definition.name == *name)
    }

    /// The namespace that most definitions belong to: the one that the comment at the head is about.
    pub fn namespace(&self) -> Option<Name> {
        let parents: Vec<Name> = self.definitions.iter().filter_map(|d| first_segment(&d.name)).collect();
        let count = |name: &Name| parents.iter().filter(|other| *other == name).count();
        // The first of those that occur most often.
        parents.iter().rev().max_by_key(|name| count(name)).cloned()
    }
}

fn first_segment(name: &Name) -> Option<Name> {
    name.parent()?.segments().next().map(Name::from)
}

struct Reading<'a> {
    file: &'a File,
    text: &'a str,
}

impl Reading<'_> {
    fn definition(&self, item: &Item) -> Option<Definition> {
        let (ident, is_type, params, members): (&Ident, bool, &[Ident], Vec<&Ident>) = match &item.kind {
            ItemKind::Binding(binding) => (&binding.name, false, &[], Vec::new()),
            ItemKind::Type(declaration) => {
                let members = match &declaration.body {
                    TypeBody::Constructors(constructors) => constructors.iter().map(|c| &c.name).collect(),
                    TypeBody::Record(fields) => fields.iter().map(|(field, _)| field).collect(),
                };
                (&declaration.name, true, &declaration.params, members)
            }
            ItemKind::Ability(declaration) => {
                let members = declaration.operations.iter().map(|(name, _)| name).collect();
                (&declaration.name, true, &declaration.params, members)
            }
            ItemKind::Use(_) | ItemKind::Watch(_) => return None,
        };
        let name = self.file.namespace.as_ref().map_or_else(|| ident.name.clone(), |space| space.join(&ident.name));
        let text = self.text.get(item.span.start as usize..item.span.end as usize)?;
        Some(Definition {
            name,
            is_type,
            comment: self.comment_before(item.tokens.start),
            text: text.to_string(),
            line: self.text[..item.span.start as usize].matches('\n').count() + 1,
            params: params.iter().map(|param| param.name.to_string()).collect(),
            members: members.into_iter().map(|member| (member.name.clone(), self.member_comment(member))).collect(),
        })
    }

    /// The comment above a constructor, field or operation, or above the sign before it.
    fn member_comment(&self, member: &Ident) -> Comment {
        let tokens = &self.file.tokens;
        let at = tokens.partition_point(|token| token.span.start < member.span.start);
        let own = self.comment_before(at);
        let sign = |token: &Token| matches!(token.kind, TokenKind::Bar | TokenKind::Equals | TokenKind::Comma);
        if own.is_empty() && at > 0 && sign(&tokens[at - 1]) { self.comment_before(at - 1) } else { own }
    }

    /// The comment whose last line stands directly above a token, on lines of its own.
    fn comment_before(&self, token: usize) -> Comment {
        let trivia = self.trivia(token);
        // What stands behind the token before, on its line, is about that one.
        let above = if token == 0 { trivia } else { trivia.split_once('\n').map_or("", |(_, above)| above) };
        let lines = above.rsplit_once('\n').map_or("", |(lines, _)| lines);
        Comment::parse(last_block(lines))
    }

    /// The text between a token and the one before it.
    fn trivia(&self, token: usize) -> &str {
        let tokens = &self.file.tokens;
        let end = tokens.get(token).map_or(self.text.len(), |token| token.span.start as usize);
        let start = token.checked_sub(1).and_then(|before| tokens.get(before)).map_or(0, |t| t.span.end as usize);
        self.text.get(start..end).unwrap_or("")
    }

    /// The first block of comment in the text, if it is not directly above a definition.
    fn head(&self) -> Comment {
        let trivia = self.trivia(0);
        let (block, rest) = trivia.split_once("\n\n").unwrap_or(("", trivia));
        let is_head = !rest.is_empty() || self.file.items.is_empty() || self.file.namespace.is_some();
        if is_head { Comment::parse(block) } else { Comment::default() }
    }
}

/// The lines from the last one up to an empty line, or to the beginning of a block comment.
fn last_block(lines: &str) -> &str {
    // An empty line below it: it is about something else.
    if lines.ends_with('\n') {
        return "";
    }
    if lines.trim_end().ends_with("-}") {
        return lines.rfind("{-").map_or("", |start| &lines[start..]);
    }
    let mut start = lines.len();
    for line in lines.split_inclusive('\n').rev() {
        if !line.trim_start().starts_with("--") {
            break;
        }
        start -= line.len();
    }
    &lines[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_belong_to_what_stands_below_them() {
        let text = "-- About the file.\n\n-- Of `f`.\n-- > f 1 == 1\nf : Nat -> Nat\nf n = n -- not of g\n\ng = 1\n\n-- far\n\nh = 2\n\n\
                    -- A pair.\nstructural ability P a where\n  -- The first.\n  fst : {P a} a\n  snd : {P a} a\n";
        let outline = Outline::of("x.u", text);
        let shown: Vec<String> = outline
            .definitions
            .iter()
            .map(|d| format!("{} {} {:?} {:?}", d.line, d.name, d.comment.summary(), d.comment.examples))
            .collect();
        assert_eq!(
            shown,
            [
                r#"5 f [Text("Of "), Code("f"), Text(".")] ["f 1 == 1"]"#,
                "8 g [] []",
                "12 h [] []",
                r#"15 P [Text("A pair.")] []"#
            ]
        );
        assert_eq!(super::super::comment::plain(&outline.head.summary()), "About the file.");
        let [(_, first), (_, second)] = outline.definitions[3].members.as_slice() else { panic!("two operations") };
        assert_eq!(super::super::comment::plain(&first.summary()), "The first.");
        assert!(second.is_empty());
    }
}
