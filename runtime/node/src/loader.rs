//! From stored definitions to code in the machine, on demand: only what is about to run is lowered.

use base::Hash;
use hash::Object;
use ir::Verified;
use kernel::{Declaration, DefId, Definition, TypeRef};
use lower::{Interface, Interfaces, LowerError};
use machine::{DefineError, Machine, Missing};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Definitions that were read from the store, decoded.
#[derive(Default)]
pub struct Loader {
    terms: BTreeMap<Hash, Vec<Definition>>,
    /// Of the components in `terms`.
    interfaces: BTreeMap<Hash, Vec<Interface>>,
    types: BTreeMap<Hash, Vec<Arc<Declaration>>>,
}

/// Why something could not be defined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Obstacle {
    /// These have to be read first.
    Lacks(Vec<Hash>),
    /// This is absent, and nothing can be done without it.
    Absent(Hash),
    /// The definition cannot be run: why.
    Refused(String),
}

impl Loader {
    pub fn has(&self, hash: &Hash) -> bool {
        self.terms.contains_key(hash) || self.types.contains_key(hash)
    }

    pub fn add(&mut self, object: &Object) {
        let hash = object.hash();
        if self.has(&hash) {
            return;
        }
        if let Some(terms) = object.terms() {
            self.interfaces.insert(hash, Interface::of_component(&terms));
            self.terms.insert(hash, terms);
        } else if let Some(types) = object.types() {
            self.types.insert(hash, types.into_iter().map(Arc::new).collect());
        }
    }

    /// Gives the machine what it misses. What is in `absent` is not in the store: calls of it are looked for when they are reached, and everything else that takes it fails.
    pub fn define(&self, machine: &Machine, missing: Missing, absent: &BTreeSet<Hash>) -> Result<(), Obstacle> {
        let defined = match missing {
            Missing::Type(ty) => self.define_type(machine, ty),
            Missing::Code(code) => self.define_code(machine, code.def, absent),
        };
        defined.map_err(|obstacle| within(obstacle, absent))
    }

    /// The code of a definition, by the numbers of its functions.
    pub fn functions(&self, id: DefId, absent: &BTreeSet<Hash>) -> Result<Vec<Verified>, Obstacle> {
        self.lower(id, absent).map_err(|obstacle| within(obstacle, absent))
    }

    fn declaration(&self, id: DefId) -> Option<Arc<Declaration>> {
        self.types.get(&id.component)?.get(id.index as usize).cloned()
    }

    fn define_type(&self, machine: &Machine, ty: TypeRef) -> Result<(), Obstacle> {
        let TypeRef::Def(id) = ty else {
            return Err(Obstacle::Refused("a type is referred to from outside its component".into()));
        };
        match self.declaration(id) {
            Some(declaration) => machine.define_type(ty, &declaration),
            None if self.has(&id.component) => return Err(Obstacle::Refused("there is no such type".into())),
            None => return Err(Obstacle::Lacks(vec![id.component])),
        }
        Ok(())
    }

    fn lower(&self, id: DefId, absent: &BTreeSet<Hash>) -> Result<Vec<Verified>, Obstacle> {
        let Some(members) = self.terms.get(&id.component) else {
            return Err(match self.has(&id.component) {
                true => Obstacle::Refused("a type stands where a definition should".into()),
                false => Obstacle::Lacks(vec![id.component]),
            });
        };
        lower::lower_verified(id, members, &Known { loader: self, absent }).map_err(|error| match error {
            LowerError::Missing(hashes) => match hashes.iter().find(|hash| self.has(hash)) {
                Some(hash) => Obstacle::Refused(format!("{} has no such member", hash.short())),
                None => Obstacle::Lacks(hashes),
            },
            error => Obstacle::Refused(error.to_string()),
        })
    }

    fn define_code(&self, machine: &Machine, id: DefId, absent: &BTreeSet<Hash>) -> Result<(), Obstacle> {
        for function in self.lower(id, absent)? {
            match machine.define(function.clone()) {
                Ok(()) => {}
                Err(DefineError::MissingTypes(types)) => {
                    types.into_iter().try_for_each(|ty| self.define_type(machine, ty))?;
                    machine.define(function).map_err(|error| Obstacle::Refused(format!("{error:?}")))?;
                }
                Err(error) => return Err(Obstacle::Refused(format!("{error:?}"))),
            }
        }
        Ok(())
    }
}

/// What is lacking, and absent, cannot be read first.
fn within(obstacle: Obstacle, absent: &BTreeSet<Hash>) -> Obstacle {
    match obstacle {
        Obstacle::Lacks(hashes) => match hashes.iter().find(|hash| absent.contains(hash)) {
            Some(hash) => Obstacle::Absent(*hash),
            None => Obstacle::Lacks(hashes),
        },
        other => other,
    }
}

/// What is known while something is lowered.
struct Known<'a> {
    loader: &'a Loader,
    absent: &'a BTreeSet<Hash>,
}

impl Interfaces for Known<'_> {
    fn definition(&self, id: DefId) -> Option<Interface> {
        self.loader.interfaces.get(&id.component)?.get(id.index as usize).cloned()
    }

    fn members(&self, component: &Hash) -> Option<&[Definition]> {
        self.loader.terms.get(component).map(Vec::as_slice)
    }

    fn is_open(&self, component: &Hash) -> bool {
        self.absent.contains(component) && !self.loader.has(component)
    }

    fn declaration(&self, id: DefId) -> Option<Arc<Declaration>> {
        self.loader.declaration(id)
    }
}
