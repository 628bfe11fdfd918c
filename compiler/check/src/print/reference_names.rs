//! What definitions, constructors and operations are called: the shortest suffix of the name that means nothing else.

use crate::environment::Environment;
use crate::hash_reference;
use base::{Hash, Name};
use kernel::{DefId, Signature, TermRef, TypeRef};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Looks each reference up once.
pub struct ReferenceNames<'e> {
    env: &'e dyn Environment,
    /// What the definition at hand refers to as its own cycle.
    own: Hash,
    terms: BTreeMap<TermRef, String>,
    constructors: BTreeMap<(TypeRef, u32), String>,
}

impl<'e> ReferenceNames<'e> {
    pub fn new(env: &'e dyn Environment, own: Hash) -> ReferenceNames<'e> {
        ReferenceNames { env, own, terms: BTreeMap::new(), constructors: BTreeMap::new() }
    }

    /// Calls a term this, whatever the environment says.
    pub fn set(&mut self, reference: TermRef, name: &Name) {
        self.terms.insert(reference, name.to_string());
    }

    /// The reference as it is outside of the cycle.
    pub fn absolute(&self, reference: TermRef) -> TermRef {
        match reference {
            TermRef::Cycle(index) => TermRef::Def(DefId { component: self.own, index }),
            absolute => absolute,
        }
    }

    pub fn signature(&self, reference: TermRef) -> Option<Arc<Signature>> {
        self.env.signature(self.absolute(reference))
    }

    pub fn term(&mut self, reference: TermRef) -> String {
        let reference = self.absolute(reference);
        if let Some(name) = self.terms.get(&reference) {
            return name.clone();
        }
        let name = match self.env.term_name(reference) {
            Some(name) => self.shortest(&name),
            None => match reference {
                TermRef::Def(id) => self.unnamed(id),
                TermRef::Builtin(_) | TermRef::Cycle(_) => "?".to_string(),
            },
        };
        self.terms.insert(reference, name.clone());
        name
    }

    pub fn constructor(&mut self, ty: TypeRef, index: u32) -> String {
        if let Some(name) = self.constructors.get(&(ty, index)) {
            return name.clone();
        }
        let declared = self.env.declaration(ty);
        let last = declared.and_then(|declared| Some(declared.constructors.get(index as usize)?.name.clone()));
        let name = match (self.env.type_name(ty), last) {
            (Some(owner), Some(last)) => self.shortest(&owner.join(&Name::new(last))),
            _ => format!("{}#{index}", self.type_name(ty)),
        };
        self.constructors.insert((ty, index), name.clone());
        name
    }

    /// A type by its whole name, or by its hash.
    pub fn type_name(&self, ty: TypeRef) -> String {
        match (self.env.type_name(ty), ty) {
            (Some(name), _) => name.to_string(),
            (None, TypeRef::Def(id)) => self.unnamed(id),
            (None, TypeRef::Builtin(_) | TypeRef::Cycle(_)) => "?".to_string(),
        }
    }

    fn unnamed(&self, id: DefId) -> String {
        hash_reference::text(id, |digits| self.env.hashes(digits))
    }

    fn shortest(&self, name: &Name) -> String {
        let meanings = |suffix: &Name| self.env.terms(suffix).len() + self.env.constructors(suffix).len();
        let suffixes: Vec<Name> = name.suffixes().collect();
        let is_name = |suffix: &Name| !syntax::token::is_keyword(suffix.as_str());
        suffixes.iter().rev().find(|suffix| is_name(suffix) && meanings(suffix) == 1).unwrap_or(name).to_string()
    }
}
