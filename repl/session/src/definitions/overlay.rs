//! What names would mean after a change: the workspace's environment with some names of the codebase hidden, and others given.

use base::{Hash, Name};
use check::{Environment, NamedConstructor, NamedTerm, NamedType};
use compiler::CodebaseEnvironment;
use hash::SourceKey;
use kernel::{Declaration, Signature, TermRef, TypeRef};
use std::collections::BTreeSet;
use std::sync::Arc;

/// An environment after a change of names.
pub(crate) struct Overlay<'a> {
    pub inner: &'a CodebaseEnvironment,
    /// Names of the codebase that are gone. With a type's go those of its constructors.
    pub hidden_terms: BTreeSet<Name>,
    pub hidden_types: BTreeSet<Name>,
    pub terms: Vec<(Name, TermRef)>,
    pub types: Vec<(Name, TypeRef)>,
}

impl<'a> Overlay<'a> {
    pub fn new(inner: &'a CodebaseEnvironment) -> Overlay<'a> {
        let (hidden_terms, hidden_types) = (BTreeSet::new(), BTreeSet::new());
        Overlay { inner, hidden_terms, hidden_types, terms: Vec::new(), types: Vec::new() }
    }

    fn given_constructors(&self) -> impl Iterator<Item = NamedConstructor> + '_ {
        self.types.iter().flat_map(|(owner, reference)| {
            let declaration = self.inner.declaration(*reference);
            let names: Vec<Name> = declaration
                .iter()
                .flat_map(|declaration| &declaration.constructors)
                .map(|constructor| owner.join(&Name::new(constructor.name.clone())))
                .collect();
            let named =
                move |(index, name)| NamedConstructor { name, reference: *reference, index: index as u32, level: 0 };
            names.into_iter().enumerate().map(named)
        })
    }

    fn hides_constructor(&self, name: &Name) -> bool {
        name.parent().is_some_and(|owner| self.hidden_types.contains(&owner))
    }
}

impl Environment for Overlay<'_> {
    fn terms(&self, suffix: &Name) -> Vec<NamedTerm> {
        let mut found = self.inner.terms(suffix);
        found.retain(|found| found.level > 0 || !self.hidden_terms.contains(&found.name));
        let given = self.terms.iter().filter(|(name, _)| name.has_suffix(suffix));
        found.extend(given.map(|(name, reference)| NamedTerm { name: name.clone(), reference: *reference, level: 0 }));
        found
    }

    fn types(&self, suffix: &Name) -> Vec<NamedType> {
        let mut found = self.inner.types(suffix);
        found.retain(|found| found.level > 0 || !self.hidden_types.contains(&found.name));
        let given = self.types.iter().filter(|(name, _)| name.has_suffix(suffix));
        found.extend(given.map(|(name, reference)| NamedType { name: name.clone(), reference: *reference, level: 0 }));
        found
    }

    fn constructors(&self, suffix: &Name) -> Vec<NamedConstructor> {
        let mut found = self.inner.constructors(suffix);
        found.retain(|found| found.level > 0 || !self.hides_constructor(&found.name));
        found.extend(self.given_constructors().filter(|found| found.name.has_suffix(suffix)));
        found
    }

    fn signature(&self, term: TermRef) -> Option<Arc<Signature>> {
        self.inner.signature(term)
    }

    fn declaration(&self, ty: TypeRef) -> Option<Arc<Declaration>> {
        self.inner.declaration(ty)
    }

    fn type_name(&self, ty: TypeRef) -> Option<Name> {
        let given = self.types.iter().find(|(_, given)| *given == ty).map(|(name, _)| name.clone());
        given.or_else(|| self.inner.type_name(ty).filter(|name| !self.hidden_types.contains(name)))
    }

    fn term_name(&self, term: TermRef) -> Option<Name> {
        let given = self.terms.iter().find(|(_, given)| *given == term).map(|(name, _)| name.clone());
        given.or_else(|| self.inner.term_name(term).filter(|name| !self.hidden_terms.contains(name)))
    }

    fn all_term_names(&self) -> Vec<Name> {
        let mut names = self.inner.all_term_names();
        names.retain(|name| !self.hidden_terms.contains(name) && !self.hides_constructor(name));
        names.extend(self.terms.iter().map(|(name, _)| name.clone()));
        names.extend(self.given_constructors().map(|constructor| constructor.name));
        names
    }

    fn all_type_names(&self) -> Vec<Name> {
        let mut names = self.inner.all_type_names();
        names.retain(|name| !self.hidden_types.contains(name));
        names.extend(self.types.iter().map(|(name, _)| name.clone()));
        names
    }

    fn hashes(&self, digits: &str) -> Vec<Hash> {
        self.inner.hashes(digits)
    }

    fn known(&self, key: SourceKey) -> Option<Vec<TermRef>> {
        self.inner.known(key)
    }
}
