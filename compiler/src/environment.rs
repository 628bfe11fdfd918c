//! What names mean outside the files at hand: the codebase, then the standard library, then the builtins.

use crate::here::{self, Here};
use base::{Hash, Name};
use check::{BuiltinEnvironment, Environment, NamedConstructor, NamedTerm, NamedType};
use codebase::{Codebase, CodebaseError};
use hash::store::ObjectStore;
use hash::{Object, SourceKey};
use kernel::{Declaration, Signature, TermRef, TypeRef};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Names by level, as LANGUAGE orders them: the codebase before the library.
#[derive(Clone)]
pub struct CodebaseEnvironment {
    codebase: Arc<Codebase>,
    library: Arc<Codebase>,
    /// What `here!` means if the codebase has no owner.
    lent: Option<Here>,
}

/// Hashes that begin alike, of which a message shows some.
const HASHES_MAX: u32 = 4;

/// Which part of an environment does not work.
#[derive(Debug)]
pub enum EnvironmentError {
    Codebase(CodebaseError),
    /// The standard library's image.
    Library(CodebaseError),
}

impl CodebaseEnvironment {
    pub fn new(codebase: Arc<Codebase>, library: Arc<Codebase>) -> CodebaseEnvironment {
        CodebaseEnvironment { codebase, library, lent: None }
    }

    /// `here!` means this node, unless the codebase has an owner.
    pub fn lend_here(&mut self, node: &[u8]) {
        self.lent = Some(Here::of(node));
    }

    /// Whether these objects use a `here!` that is only lent.
    pub fn uses_lent_here(&self, objects: &[Object]) -> bool {
        let lent = self.lent.as_ref().map(Here::hash);
        lent.is_some_and(|lent| objects.iter().any(|object| object.dependencies().contains(&lent)))
    }

    fn lent(&self, suffix: &Name) -> Option<&Here> {
        self.lent.as_ref().filter(|_| Name::new(here::NAME).has_suffix(suffix))
    }

    pub fn codebase(&self) -> &Codebase {
        &self.codebase
    }

    /// What a member of this component is called, in the codebase or else in the library.
    pub fn name_in(&self, component: &Hash) -> Option<Name> {
        let of = |codebase: &Codebase| codebase.names_in(component).ok()?.into_iter().next().map(|(name, _)| name);
        of(&self.codebase).or_else(|| of(&self.library))
    }

    /// The standard library's image.
    pub fn library(&self) -> &Codebase {
        &self.library
    }

    fn levels(&self) -> [(u8, &Codebase); 2] {
        [(0, &self.codebase), (1, &self.library)]
    }

    /// The first failure of a lookup, which itself can report none: what was checked against this environment may rest on a wrong answer.
    pub fn failure(&self) -> Result<(), EnvironmentError> {
        self.codebase.failure().map_err(EnvironmentError::Codebase)?;
        self.library.failure().map_err(EnvironmentError::Library)
    }

    /// How a hash is shown: `#` and as many digits as no other object of any level begins with.
    pub fn short(&self, hash: &Hash) -> Result<String, CodebaseError> {
        let (own, library) = (self.codebase.short(hash)?, self.library.short(hash)?);
        Ok(if own.len() > library.len() { own } else { library })
    }

    /// What these objects need, directly or not, that only the library has: dependencies before what depends on them.
    pub fn missing_library_objects(&self, objects: &[Object]) -> Result<Vec<Object>, CodebaseError> {
        let own: BTreeSet<Hash> = objects.iter().map(Object::hash).collect();
        let mut wanted: BTreeSet<Hash> = objects.iter().flat_map(Object::dependencies).collect();
        let mut seen = own;
        let mut found = Vec::new();
        while !wanted.is_empty() {
            let round: Vec<Hash> = std::mem::take(&mut wanted).into_iter().filter(|hash| seen.insert(*hash)).collect();
            let there = self.codebase.has_many(&round)?;
            let lacking: Vec<Hash> = round.iter().zip(there).filter(|(_, there)| !there).map(|(h, _)| *h).collect();
            found
                .extend(self.lent.iter().filter(|lent| lacking.contains(&lent.hash())).map(|lent| lent.object.clone()));
            for object in self.library.get_many(&lacking)?.into_iter().flatten() {
                wanted.extend(object.dependencies());
                found.push(object);
            }
        }
        found.reverse();
        Ok(found)
    }
}

impl Environment for CodebaseEnvironment {
    fn terms(&self, suffix: &Name) -> Vec<NamedTerm> {
        let mut found = BuiltinEnvironment.terms(suffix);
        for (level, codebase) in self.levels() {
            let named = codebase.terms_by_suffix(suffix);
            found.extend(named.into_iter().map(|(name, reference)| NamedTerm { name, reference, level }));
        }
        let name = Name::new(here::NAME);
        if let Some(lent) = self.lent(suffix).filter(|_| found.iter().all(|found| found.name != name)) {
            found.push(NamedTerm { name, reference: lent.reference, level: 1 });
        }
        found
    }

    fn types(&self, suffix: &Name) -> Vec<NamedType> {
        let mut found = BuiltinEnvironment.types(suffix);
        for (level, codebase) in self.levels() {
            let named = codebase.types_by_suffix(suffix);
            found.extend(named.into_iter().map(|(name, reference)| NamedType { name, reference, level }));
        }
        found
    }

    fn constructors(&self, suffix: &Name) -> Vec<NamedConstructor> {
        let mut found = BuiltinEnvironment.constructors(suffix);
        for (level, codebase) in self.levels() {
            let named = codebase.constructors_by_suffix(suffix);
            let constructor = |(name, reference, index)| NamedConstructor { name, reference, index, level };
            found.extend(named.into_iter().map(constructor));
        }
        found
    }

    fn signature(&self, term: TermRef) -> Option<Arc<Signature>> {
        if let Some(lent) = self.lent.as_ref().filter(|lent| lent.reference == term) {
            return Some(lent.signature.clone());
        }
        let stored = self.codebase.signature(term).or_else(|| self.library.signature(term));
        stored.or_else(|| BuiltinEnvironment.signature(term))
    }

    fn declaration(&self, ty: TypeRef) -> Option<Arc<Declaration>> {
        let stored = self.codebase.declaration(ty).or_else(|| self.library.declaration(ty));
        stored.or_else(|| BuiltinEnvironment.declaration(ty))
    }

    fn type_name(&self, ty: TypeRef) -> Option<Name> {
        let stored = self.codebase.name_of_type(ty).or_else(|| self.library.name_of_type(ty));
        stored.or_else(|| BuiltinEnvironment.type_name(ty))
    }

    fn term_name(&self, term: TermRef) -> Option<Name> {
        if self.lent.as_ref().is_some_and(|lent| lent.reference == term) {
            return Some(Name::new(here::NAME));
        }
        let stored = self.codebase.name_of_term(term).or_else(|| self.library.name_of_term(term));
        stored.or_else(|| BuiltinEnvironment.term_name(term))
    }

    fn all_term_names(&self) -> Vec<Name> {
        let mut names = BuiltinEnvironment.all_term_names();
        names.extend(self.levels().iter().flat_map(|(_, codebase)| codebase.term_names()));
        names.extend(self.lent.iter().map(|_| Name::new(here::NAME)));
        names
    }

    fn all_type_names(&self) -> Vec<Name> {
        let mut names = BuiltinEnvironment.all_type_names();
        names.extend(self.levels().iter().flat_map(|(_, codebase)| codebase.type_names()));
        names
    }

    fn hashes(&self, digits: &str) -> Vec<Hash> {
        let found = self.levels().into_iter().flat_map(|(_, codebase)| codebase.hashes_like(digits, HASHES_MAX));
        let all: BTreeSet<Hash> = found.collect();
        all.into_iter().collect()
    }

    fn known(&self, key: SourceKey) -> Option<Vec<TermRef>> {
        self.codebase.known(key).or_else(|| self.library.known(key))
    }
}
