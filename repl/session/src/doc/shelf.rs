//! Where documentation is found: the sources at hand, the codebase, the standard library, the table of builtins.

use super::comment::Comment;
use super::entry::Place;
use super::outline::{Definition, Outline};
use base::Name;
use codebase::{CodebaseError, Reference};
use compiler::CodebaseEnvironment;
use std::sync::Arc;

/// The level of names in the codebase, and of those in the standard library (`check::NamedTerm`).
const CODEBASE: u8 = 0;
const LIBRARY: u8 = 1;

/// What was written about a definition.
#[derive(Default)]
pub(super) struct Written {
    pub comment: Comment,
    pub source: Option<String>,
    pub params: Vec<String>,
    pub members: Vec<(Name, Comment)>,
    /// The record that it is a field of.
    pub owner: Option<Name>,
}

/// All texts that documentation is taken from.
pub(super) struct Shelf<'a> {
    stored: &'a CodebaseEnvironment,
    /// Sources at hand, the latest first: what they define hides everything else of that name.
    at_hand: Vec<Outline>,
    library: Vec<Outline>,
    builtins: Outline,
}

impl<'a> Shelf<'a> {
    /// With those texts of the library that mention a word, or with all of them.
    pub fn new(stored: &'a CodebaseEnvironment, at_hand: &[(Arc<str>, Arc<str>)], word: Option<&str>) -> Shelf<'a> {
        let wanted = |text: &str| word.is_none_or(|word| text.contains(word));
        let library = stdlib::FILES.iter().filter(|(_, text)| wanted(text));
        Shelf {
            stored,
            at_hand: at_hand.iter().rev().map(|(path, text)| Outline::of(path.clone(), text)).collect(),
            library: library.map(|(path, text)| Outline::of(*path, text)).collect(),
            builtins: builtins(),
        }
    }

    /// What was written about a name that has this meaning at this level, and where.
    pub fn find(&self, name: &Name, of: Reference, level: u8) -> Result<(Written, Place), CodebaseError> {
        let is_type = matches!(of, Reference::Type(_));
        if let Some((outline, found)) = find(&self.at_hand, name, is_type) {
            return Ok((found.0, Place::File { file: outline.path.to_string(), line: found.1 }));
        }
        let is_builtin =
            matches!(of, Reference::Term(kernel::TermRef::Builtin(_)) | Reference::Type(kernel::TypeRef::Builtin(_)));
        match level {
            _ if is_builtin => Ok((self.builtin(name, is_type), Place::Builtin)),
            CODEBASE => Ok((self.stored(name, of)?, Place::Codebase)),
            LIBRARY => match find(&self.library, name, is_type) {
                Some((outline, found)) => {
                    Ok((found.0, Place::Library { file: outline.path.to_string(), line: found.1 }))
                }
                None => Ok((Written::default(), Place::Codebase)),
            },
            _ => Ok((Written::default(), Place::Codebase)),
        }
    }

    /// What the heads of files say about a namespace.
    pub fn namespace(&self, name: &Name) -> Comment {
        let files = self.at_hand.iter().chain(&self.library);
        let about = files.filter(|outline| outline.namespace().as_ref() == Some(name) && !outline.head.is_empty());
        about.map(|outline| outline.head.clone()).next().unwrap_or_default()
    }

    fn builtin(&self, name: &Name, is_type: bool) -> Written {
        let found = self.builtins.find(name, is_type);
        found.map_or_else(Written::default, |found| Written { comment: found.comment.clone(), ..Written::default() })
    }

    /// From the text that a codebase keeps.
    fn stored(&self, name: &Name, of: Reference) -> Result<Written, CodebaseError> {
        let Some(kept) = self.stored.codebase().source_of(name, of)? else { return Ok(Written::default()) };
        if let Some(maker) = &kept.made_by {
            return self.made(name, maker);
        }
        let outline = Outline::of("", &kept.text);
        let is_type = matches!(of, Reference::Type(_));
        // The text may have stood in a namespace.
        let own = outline.definitions.iter().find(|d| d.is_type == is_type && name.has_suffix(&d.name));
        Ok(own.map_or_else(|| Written { source: Some(kept.text.to_string()), ..Written::default() }, written))
    }

    /// What the declaration of a record in the codebase says about one of its fields.
    fn made(&self, name: &Name, maker: &Name) -> Result<Written, CodebaseError> {
        let types = self.stored.codebase().types_by_suffix(maker);
        let Some((_, ty)) = types.into_iter().find(|(found, _)| found == maker) else { return Ok(Written::default()) };
        let of = self.stored(maker, Reference::Type(ty))?;
        let field = name.as_str().strip_prefix(&format!("{maker}.")).unwrap_or(name.last());
        let field = field.split('.').next().unwrap_or(field);
        let comment =
            of.members.iter().find(|(member, _)| member.as_str() == field).map(|(_, comment)| comment.clone());
        Ok(Written {
            comment: comment.unwrap_or_default(),
            source: of.source,
            owner: Some(maker.clone()),
            ..Written::default()
        })
    }
}

fn find<'o>(outlines: &'o [Outline], name: &Name, is_type: bool) -> Option<(&'o Outline, (Written, usize))> {
    outlines.iter().find_map(|outline| {
        let own = outline.find(name, is_type).map(|definition| (written(definition), definition.line));
        let found = if is_type { own } else { own.or_else(|| field(outline, name)) };
        Some((outline, found?))
    })
}

fn written(definition: &Definition) -> Written {
    Written {
        comment: definition.comment.clone(),
        source: Some(definition.text.clone()),
        params: definition.params.clone(),
        members: definition.members.clone(),
        owner: None,
    }
}

/// `P.x`, `P.x.set` and `P.x.modify` are written as the field `x` of the record `P`.
fn field(outline: &Outline, name: &Name) -> Option<(Written, usize)> {
    let accessed = match name.last() {
        "set" | "modify" => name.parent(),
        _ => None,
    };
    [Some(name.clone()), accessed].into_iter().flatten().find_map(|field| {
        let record = outline.find(&field.parent()?, true)?;
        let (_, comment) = record.members.iter().find(|(member, _)| member.as_str() == field.last())?;
        let of = Written {
            comment: comment.clone(),
            source: Some(record.text.clone()),
            owner: Some(record.name.clone()),
            ..Written::default()
        };
        Some((of, record.line))
    })
}

/// `stdlib::BUILTINS`: comments, each above a line `NAME`, or `type NAME`.
fn builtins() -> Outline {
    let (mut definitions, mut comment) = (Vec::new(), String::new());
    for (line, number) in stdlib::BUILTINS.lines().zip(1..) {
        if line.starts_with("--") {
            comment += line;
            comment.push('\n');
        } else if line.is_empty() {
            comment.clear();
        } else {
            let (is_type, name) = line.strip_prefix("type ").map_or((false, line), |name| (true, name));
            definitions.push(Definition {
                name: Name::new(name.trim()),
                is_type,
                comment: Comment::parse(&std::mem::take(&mut comment)),
                text: String::new(),
                line: number,
                params: Vec::new(),
                members: Vec::new(),
            });
        }
    }
    Outline { path: "builtins.txt".into(), head: Comment::default(), definitions }
}

#[cfg(test)]
mod tests {
    use super::*;
    use builtin::{ALL_BUILTINS, NAMED_TYPES};
    use std::collections::BTreeSet;

    #[test]
    fn every_builtin_is_documented_and_nothing_else_is() {
        let terms = ALL_BUILTINS.iter().map(|builtin| (builtin.name(), false));
        let types = NAMED_TYPES.iter().map(|ty| (ty.spec().name, true));
        let all: Vec<(&str, bool)> = terms.chain(types).collect();
        let outline = builtins();
        // What only the library uses needs no words for users.
        let is_public = |name: &str| !name.ends_with('#') && !name.split('.').any(|s| s == "impl" || s == "internal");
        let lacks = |(name, is_type): &&(&str, bool)| outline.find(&Name::from(*name), *is_type).is_none();
        let missing: Vec<&str> =
            all.iter().filter(|(name, _)| is_public(name)).filter(lacks).map(|(name, _)| *name).collect();
        assert!(missing.is_empty(), "stdlib/src/builtins.txt says nothing of {missing:?}");
        let known: BTreeSet<(&str, bool)> = all.into_iter().collect();
        let stray = outline.definitions.iter().find(|d| !known.contains(&(d.name.as_str(), d.is_type)));
        assert!(stray.is_none(), "stdlib/src/builtins.txt tells of what is not built in: {stray:?}");
        let silent = outline.definitions.iter().find(|d| d.comment.blocks.is_empty());
        assert!(silent.is_none(), "{silent:?}");
    }
}
