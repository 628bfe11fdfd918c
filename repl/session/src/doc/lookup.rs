//! From a name to what is known about it.

use super::comment::Comment;
use super::entry::{Documentation, Entry, Kind, Member, Namespace, Summary};
use super::literal::{Evaluating, Literals};
use super::shelf::{Shelf, Written};
use crate::watch::NotEvaluated;
use crate::workspace::Workspace;
use base::Name;
use check::{Environment, print_signature};
use codebase::{CodebaseError, Reference};
use compiler::CodebaseEnvironment;
use hash::{term_ref_text, type_ref_text};
use kernel::{Declaration, DeclarationKind, DefId, Signature, TermRef, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Entries of names with a common end that are told in full; more of them are listed.
pub const ENTRIES_MAX: usize = 4;

/// Names that are offered where there is none.
const SIMILAR_MAX: usize = 5;

/// What documentation is looked up in.
pub struct Library<'a> {
    /// What names mean.
    pub environment: &'a (dyn Environment + Sync),
    /// Where their texts and hashes are.
    pub stored: &'a CodebaseEnvironment,
    /// Sources whose definitions are meant before all others, the latest last: what each is called, and its text.
    pub at_hand: Vec<(Arc<str>, Arc<str>)>,
    /// Documentation that is a value, as far as it is evaluated.
    pub literals: Literals,
}

/// A name that means something.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub name: Name,
    pub meaning: Meaning,
    pub level: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    Type(TypeRef),
    Term(TermRef),
    Constructor(TypeRef, u32),
}

impl Library<'_> {
    /// Everything about a name.
    pub fn look_up(&self, name: &str) -> Result<Documentation, CodebaseError> {
        compiler::on_compiler_stack(|| self.look_up_here(name))
    }

    /// As [`Library::look_up`], with the documentation that has to be evaluated for it.
    pub fn look_up_with(
        mut self,
        workspace: &Workspace,
        name: &str,
        evaluating: &Evaluating<'_>,
    ) -> Result<Documentation, NotEvaluated> {
        let docs = self.docs(&Name::new(name));
        self.literals = self.evaluated(workspace, &docs, evaluating)?;
        self.look_up(name).map_err(|error| NotEvaluated::Workspace(workspace.failed(error)))
    }

    fn look_up_here(&self, text: &str) -> Result<Documentation, CodebaseError> {
        let name = Name::new(text);
        let shelf = Shelf::new(self.stored, &self.at_hand, Some(name.segments().next().unwrap_or(text)));
        let found = self.meanings(&name);
        let entries = found.iter().map(|found| self.entry(&shelf, found)).collect::<Result<_, _>>()?;
        let mut documentation = Documentation {
            name: text.to_string(),
            entries,
            namespace: self.namespace(&shelf, &name)?,
            similar: Vec::new(),
        };
        if documentation.is_empty() {
            documentation.similar = self.similar(text);
        }
        Ok(documentation)
    }

    /// What has exactly this name, else what has a name that ends so: types first, then by name.
    pub(super) fn meanings(&self, name: &Name) -> Vec<Found> {
        let environment = self.environment;
        let types = environment.types(name).into_iter();
        let types = types.map(|x| Found { name: x.name, meaning: Meaning::Type(x.reference), level: x.level });
        let terms = environment.terms(name).into_iter();
        let terms = terms.map(|x| Found { name: x.name, meaning: Meaning::Term(x.reference), level: x.level });
        let constructors = environment.constructors(name).into_iter();
        let constructors = constructors.map(|x| Found {
            name: x.name,
            meaning: Meaning::Constructor(x.reference, x.index),
            level: x.level,
        });
        let all: Vec<Found> = types.chain(terms).chain(constructors).collect();
        let exact: Vec<Found> = all.iter().filter(|found| found.name == *name).cloned().collect();
        visible(if exact.is_empty() { all } else { exact })
    }

    pub(super) fn entry(&self, shelf: &Shelf, found: &Found) -> Result<Entry, CodebaseError> {
        match found.meaning {
            Meaning::Type(ty) => self.type_entry(shelf, &found.name, ty, found.level),
            Meaning::Term(term) => self.term_entry(shelf, &found.name, term, found.level),
            Meaning::Constructor(ty, index) => self.constructor_entry(shelf, &found.name, (ty, index), found.level),
        }
    }

    /// What is said about a name: documentation that is a value, or else the comment. The examples are those of the comment.
    fn said(&self, name: &Name, comment: Comment) -> Comment {
        let blocks = self.literal(name).map(|literal| literal.blocks.clone());
        Comment { blocks: blocks.unwrap_or(comment.blocks), ..comment }
    }

    fn term_entry(&self, shelf: &Shelf, name: &Name, term: TermRef, level: u8) -> Result<Entry, CodebaseError> {
        let (written, place) = shelf.find(name, Reference::Term(term), level)?;
        let signature = self.environment.signature(term);
        Ok(Entry {
            name: name.to_string(),
            kind: Kind::Definition,
            signature: signature.map_or_else(String::new, |signature| print_signature(&signature, self.environment)),
            hash: term_ref_text(term),
            short_hash: self.short(term_ref_text(term), if let TermRef::Def(id) = term { Some(id) } else { None })?,
            comment: match self.document(term) {
                Some(document) => document.clone(),
                None => self.said(name, written.comment),
            },
            place,
            source: written.source,
            members: Vec::new(),
            owner: written.owner.map(|owner| owner.to_string()),
        })
    }

    fn type_entry(&self, shelf: &Shelf, name: &Name, ty: TypeRef, level: u8) -> Result<Entry, CodebaseError> {
        let (written, place) = shelf.find(name, Reference::Type(ty), level)?;
        let declaration = self.environment.declaration(ty);
        let members = declaration.iter().flat_map(|declaration| self.members(name, declaration, &written)).collect();
        let params = parameters(ty, declaration.as_deref(), &written);
        Ok(Entry {
            name: name.to_string(),
            kind: kind(ty, declaration.as_deref()),
            signature: params.join(" "),
            hash: type_ref_text(ty),
            short_hash: self.short(type_ref_text(ty), if let TypeRef::Def(id) = ty { Some(id) } else { None })?,
            comment: self.said(name, written.comment),
            place,
            source: written.source,
            members,
            owner: None,
        })
    }

    fn constructor_entry(
        &self,
        shelf: &Shelf,
        name: &Name,
        (ty, index): (TypeRef, u32),
        level: u8,
    ) -> Result<Entry, CodebaseError> {
        let owner = name.parent().unwrap_or_else(|| name.clone());
        let of = self.type_entry(shelf, &owner, ty, level)?;
        let member = of.members.get(index as usize).cloned();
        let (signature, comment) = member.map_or_else(Default::default, |member| (member.signature, member.comment));
        let kind = if of.kind == Kind::Ability { Kind::Operation } else { Kind::Constructor };
        let comment = if comment.is_empty() { of.comment } else { comment };
        Ok(Entry {
            name: name.to_string(),
            kind,
            signature,
            comment,
            members: Vec::new(),
            owner: Some(owner.to_string()),
            ..of
        })
    }

    fn members(&self, owner: &Name, declaration: &Declaration, written: &Written) -> Vec<Member> {
        let member = |constructor: &kernel::Constructor| {
            // The declaration's parameters are bound around all its types.
            let ty = constructor.ty.clone();
            let ty = if declaration.params == 0 { ty } else { kernel::Type::Forall(declaration.params, ty.into()) };
            let signature = Signature { ty, by_name: constructor.by_name };
            let comment = written.members.iter().find(|(name, _)| name.last() == &*constructor.name);
            Member {
                name: owner.join(&Name::new(constructor.name.clone())).to_string(),
                signature: print_signature(&signature, self.environment),
                comment: comment.map_or_else(Comment::default, |(_, comment)| comment.clone()),
            }
        };
        declaration.constructors.iter().map(member).collect()
    }

    fn short(&self, text: String, id: Option<DefId>) -> Result<String, CodebaseError> {
        let Some(id) = id else { return Ok(text) };
        let index = if id.index == 0 { String::new() } else { format!(".{}", id.index) };
        Ok(format!("{}{index}", self.stored.short(&id.component)?))
    }

    /// What stands below a name.
    fn namespace(&self, shelf: &Shelf, name: &Name) -> Result<Option<Namespace>, CodebaseError> {
        let prefix = format!("{name}.");
        let environment = self.environment;
        let all = environment.all_type_names().into_iter().chain(environment.all_term_names());
        let below = all.filter(|found| found.as_str().starts_with(&prefix) && !self.is_said(found));
        let below: BTreeSet<Name> = below.collect();
        if below.is_empty() {
            return Ok(None);
        }
        let mut namespaces: BTreeMap<String, usize> = BTreeMap::new();
        let mut entries = Vec::new();
        for found in below {
            match found.as_str()[prefix.len()..].rsplit_once('.') {
                Some((space, _)) => *namespaces.entry(format!("{prefix}{space}")).or_default() += 1,
                None => entries.extend(self.summaries(shelf, &found)?),
            }
        }
        entries.sort_by(|a, b| (!a.kind.is_type(), &a.name).cmp(&(!b.kind.is_type(), &b.name)));
        let namespaces = namespaces.into_iter().collect();
        Ok(Some(Namespace { name: name.to_string(), comment: shelf.namespace(name), entries, namespaces }))
    }

    fn summaries(&self, shelf: &Shelf, name: &Name) -> Result<Vec<Summary>, CodebaseError> {
        let exact = self.meanings(name).into_iter().filter(|found| found.name == *name);
        exact.map(|found| Ok(self.entry(shelf, &found)?.summary())).collect()
    }

    /// Names that contain what was asked for, or nearly are it.
    fn similar(&self, text: &str) -> Vec<String> {
        let wanted = text.to_lowercase();
        let names = self.environment.all_type_names().into_iter().chain(self.environment.all_term_names());
        let near = |name: Name| {
            let (whole, last) = (name.as_str().to_lowercase(), name.last().to_lowercase());
            let distance = base::similar::distance(&last, &wanted).min(base::similar::distance(&whole, &wanted));
            let contains = whole.contains(&wanted);
            (contains || distance <= 1 + wanted.len() / 4).then_some((!contains, distance, name.to_string()))
        };
        let found: BTreeSet<(bool, usize, String)> = names.filter_map(near).collect();
        found.into_iter().map(|(_, _, name)| name).take(SIMILAR_MAX).collect()
    }
}

/// Those that no other meaning of the same name hides, types first.
fn visible(mut all: Vec<Found>) -> Vec<Found> {
    let sort = |found: &Found| (!matches!(found.meaning, Meaning::Type(_)), found.name.clone(), found.level);
    all.sort_by_key(sort);
    let is_type = |found: &Found| matches!(found.meaning, Meaning::Type(_));
    all.dedup_by(|b, a| a.name == b.name && is_type(a) == is_type(b));
    all
}

fn kind(ty: TypeRef, declaration: Option<&Declaration>) -> Kind {
    let is_ability = match (ty, declaration) {
        (_, Some(declaration)) => declaration.kind == DeclarationKind::Ability,
        (TypeRef::Builtin(builtin), None) => builtin.is_runtime_ability(),
        _ => false,
    };
    if is_ability { Kind::Ability } else { Kind::Type }
}

/// As written; else as the printer calls variables.
fn parameters(ty: TypeRef, declaration: Option<&Declaration>, written: &Written) -> Vec<String> {
    if let TypeRef::Builtin(builtin) = ty {
        return builtin.spec().params.iter().map(|param| param.to_string()).collect();
    }
    let count = declaration.map_or(0, |declaration| declaration.params as usize);
    if written.params.len() == count {
        return written.params.clone();
    }
    ('a'..='z').take(count).map(String::from).collect()
}
