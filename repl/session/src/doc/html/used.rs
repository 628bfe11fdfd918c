//! What a definition refers to, by hash: so that a name in its source leads to what is meant there.

use crate::definitions::references;
use crate::doc::lookup::{Found, Library, Meaning};
use codebase::{CodebaseError, Reference};
use hash::{term_ref_text, type_ref_text};
use kernel::{TermRef, TypeRef};
use std::collections::BTreeSet;

/// The texts of the references in a definition.
#[derive(Default)]
pub struct Used(BTreeSet<String>);

impl Used {
    /// What a name's meaning refers to, itself included.
    pub fn by(library: &Library<'_>, found: &Found) -> Result<Used, CodebaseError> {
        let (Meaning::Term(TermRef::Def(id)) | Meaning::Type(TypeRef::Def(id))) = found.meaning else {
            return Ok(Used::default());
        };
        let stored = library.stored;
        let own = stored.codebase().object(&id.component)?;
        let object = if own.is_some() { own } else { stored.library().object(&id.component)? };
        let referred = object.map_or_else(BTreeSet::new, |object| references::of_member(&object, id.index));
        let itself = match found.meaning {
            Meaning::Term(term) => Reference::Term(term),
            Meaning::Type(ty) | Meaning::Constructor(ty, _) => Reference::Type(ty),
        };
        let text = |reference: Reference| match reference {
            Reference::Term(term) => term_ref_text(term),
            Reference::Type(ty) => type_ref_text(ty),
        };
        Ok(Used(referred.into_iter().chain([itself]).map(text).collect()))
    }

    pub fn contains(&self, reference: &str) -> bool {
        self.0.contains(reference)
    }
}
