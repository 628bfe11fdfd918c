//! What names mean at the prompt: what has been entered and the values that were named, before what lies outside.

use super::scratch::Scratch;
use super::values::Value;
use base::{Hash, Name};
use check::{Environment, NamedConstructor, NamedTerm, NamedType};
use compiler::CodebaseEnvironment;
use hash::SourceKey;
use kernel::{Declaration, Signature, TermRef, TypeRef};
use std::sync::Arc;

/// Named values over an environment.
pub struct ValueEnvironment<'a> {
    /// Under their own names.
    pub bound: &'a [Arc<Value>],
    /// Each in a namespace of its own: a `use` clause says which of them is meant.
    pub results: &'a [Arc<Value>],
    pub outside: &'a CodebaseEnvironment,
}

impl ValueEnvironment<'_> {
    fn value(&self, term: TermRef) -> Option<&Arc<Value>> {
        self.bound.iter().chain(self.results).find(|value| value.reference == term)
    }
}

impl Environment for ValueEnvironment<'_> {
    fn terms(&self, suffix: &Name) -> Vec<NamedTerm> {
        let named = |name: Name, value: &Value| NamedTerm { name, reference: value.reference, level: 0 };
        let bound = self.bound.iter().filter(|value| value.name.has_suffix(suffix));
        let bound = bound.map(|value| named(value.name.clone(), value));
        let in_space = |value: &Value| value.space().join(&value.name);
        let results = self.results.iter().filter(|value| in_space(value) == *suffix);
        let own = bound.chain(results.take(1).map(|value| named(in_space(value), value)));
        beside(own.collect(), self.outside.terms(suffix), |found| &found.name)
    }

    fn types(&self, suffix: &Name) -> Vec<NamedType> {
        self.outside.types(suffix)
    }

    fn constructors(&self, suffix: &Name) -> Vec<NamedConstructor> {
        self.outside.constructors(suffix)
    }

    fn signature(&self, term: TermRef) -> Option<Arc<Signature>> {
        self.value(term).map(|value| value.signature.clone()).or_else(|| self.outside.signature(term))
    }

    fn declaration(&self, ty: TypeRef) -> Option<Arc<Declaration>> {
        self.outside.declaration(ty)
    }

    fn type_name(&self, ty: TypeRef) -> Option<Name> {
        self.outside.type_name(ty)
    }

    fn term_name(&self, term: TermRef) -> Option<Name> {
        self.value(term).map(|value| value.name.clone()).or_else(|| self.outside.term_name(term))
    }

    fn all_term_names(&self) -> Vec<Name> {
        let own = self.bound.iter().chain(self.results).map(|value| value.name.clone());
        own.chain(self.outside.all_term_names()).collect()
    }

    fn all_type_names(&self) -> Vec<Name> {
        self.outside.all_type_names()
    }

    fn hashes(&self, digits: &str) -> Vec<Hash> {
        self.outside.hashes(digits)
    }

    fn known(&self, key: SourceKey) -> Option<Vec<TermRef>> {
        self.outside.known(key)
    }
}

/// Entered names over an environment. Entered definitions are in the codebase by hash, so only names are asked for here.
pub struct PromptEnvironment<'a> {
    pub scratch: &'a Scratch,
    pub outside: ValueEnvironment<'a>,
}

impl PromptEnvironment<'_> {
    /// How a hash is shown.
    pub fn short(&self, hash: &Hash) -> String {
        self.outside.outside.short(hash).unwrap_or_else(|_| hash.short())
    }
}

impl PromptEnvironment<'_> {
    fn own_constructors(&self) -> impl Iterator<Item = NamedConstructor> {
        self.scratch.types.iter().flat_map(|ty| {
            let declaration = self.outside.declaration(ty.reference);
            let names = declaration.iter().flat_map(|d| d.constructors.iter().map(|c| c.name.clone()));
            let named = names.zip(0..).map(|(name, index)| {
                let name = ty.name.join(&Name::new(name));
                NamedConstructor { name, reference: ty.reference, index, level: 0 }
            });
            named.collect::<Vec<_>>()
        })
    }
}

/// Those of `outside` that no own one hides.
fn beside<T>(own: Vec<T>, outside: Vec<T>, name: impl Fn(&T) -> &Name) -> Vec<T> {
    let visible = |found: &T| own.iter().all(|own| name(own) != name(found));
    let outside: Vec<T> = outside.into_iter().filter(visible).collect();
    own.into_iter().chain(outside).collect()
}

impl Environment for PromptEnvironment<'_> {
    fn terms(&self, suffix: &Name) -> Vec<NamedTerm> {
        let own = self.scratch.terms.iter().filter(|term| term.name.has_suffix(suffix));
        let own = own.map(|term| NamedTerm { name: term.name.clone(), reference: term.reference, level: 0 });
        beside(own.collect(), self.outside.terms(suffix), |found| &found.name)
    }

    fn types(&self, suffix: &Name) -> Vec<NamedType> {
        let own = self.scratch.types.iter().filter(|ty| ty.name.has_suffix(suffix));
        let own = own.map(|ty| NamedType { name: ty.name.clone(), reference: ty.reference, level: 0 });
        beside(own.collect(), self.outside.types(suffix), |found| &found.name)
    }

    fn constructors(&self, suffix: &Name) -> Vec<NamedConstructor> {
        let own = self.own_constructors().filter(|found| found.name.has_suffix(suffix));
        beside(own.collect(), self.outside.constructors(suffix), |found| &found.name)
    }

    fn signature(&self, term: TermRef) -> Option<Arc<Signature>> {
        self.outside.signature(term)
    }

    fn declaration(&self, ty: TypeRef) -> Option<Arc<Declaration>> {
        self.outside.declaration(ty)
    }

    fn type_name(&self, ty: TypeRef) -> Option<Name> {
        let own = self.scratch.types.iter().find(|own| own.reference == ty);
        own.map(|own| own.name.clone()).or_else(|| self.outside.type_name(ty))
    }

    fn term_name(&self, term: TermRef) -> Option<Name> {
        let own = self.scratch.terms.iter().find(|own| own.reference == term);
        own.map(|own| own.name.clone()).or_else(|| self.outside.term_name(term))
    }

    fn all_term_names(&self) -> Vec<Name> {
        let own = self.scratch.terms.iter().map(|term| term.name.clone());
        let constructors = self.own_constructors().map(|constructor| constructor.name);
        own.chain(constructors).chain(self.outside.all_term_names()).collect()
    }

    fn all_type_names(&self) -> Vec<Name> {
        let own = self.scratch.types.iter().map(|ty| ty.name.clone());
        own.chain(self.outside.all_type_names()).collect()
    }

    fn hashes(&self, digits: &str) -> Vec<Hash> {
        self.outside.hashes(digits)
    }

    fn known(&self, key: SourceKey) -> Option<Vec<TermRef>> {
        self.outside.known(key)
    }
}
