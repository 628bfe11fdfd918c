//! The environment of a program without codebase or standard library: builtins only.

use crate::{Environment, NamedConstructor, NamedTerm, NamedType};
use base::{Hash, Name};
use builtin::{ALL_BUILTINS, BuiltinType, NAMED_TYPES, TypeSort};
use hash::SourceKey;
use kernel::{Declaration, Signature, TermRef, TypeRef};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// Builtin terms, types and constructors by suffix. A larger environment delegates to it.
#[derive(Clone, Copy, Default, Debug)]
pub struct BuiltinEnvironment;

/// The level of builtins: they count as the standard library.
const LEVEL: u8 = 1;

#[derive(Default)]
struct Index {
    terms: BTreeMap<Name, Vec<NamedTerm>>,
    types: BTreeMap<Name, Vec<NamedType>>,
    constructors: BTreeMap<Name, Vec<NamedConstructor>>,
    term_names: Vec<Name>,
    type_names: Vec<Name>,
}

impl Index {
    fn of_builtins() -> Index {
        let mut index = Index::default();
        for &builtin in ALL_BUILTINS.iter().filter(|builtin| !builtin.name().ends_with('#')) {
            let name = Name::from(builtin.name());
            let entry = NamedTerm { name: name.clone(), reference: TermRef::Builtin(builtin), level: LEVEL };
            insert(&mut index.terms, &name, entry);
            index.term_names.push(name);
        }
        for &ty in NAMED_TYPES {
            index.add_type(ty);
        }
        index
    }

    fn add_type(&mut self, ty: BuiltinType) {
        let name = Name::from(ty.spec().name);
        let reference = TypeRef::Builtin(ty);
        insert(&mut self.types, &name, NamedType { name: name.clone(), reference, level: LEVEL });
        self.type_names.push(name.clone());
        let visible = matches!(ty.spec().sort, TypeSort::Data(_) | TypeSort::Ability(_));
        let Some(declaration) = kernel::builtins::declaration(ty).filter(|_| visible) else { return };
        for (index, constructor) in (0..).zip(&declaration.constructors) {
            let name = name.join(&Name::new(constructor.name.clone()));
            let entry = NamedConstructor { name: name.clone(), reference, index, level: LEVEL };
            insert(&mut self.constructors, &name, entry);
            self.term_names.push(name);
        }
    }
}

fn insert<T: Clone>(map: &mut BTreeMap<Name, Vec<T>>, name: &Name, entry: T) {
    for suffix in name.suffixes() {
        map.entry(suffix).or_default().push(entry.clone());
    }
}

fn index() -> &'static Index {
    static INDEX: LazyLock<Index> = LazyLock::new(Index::of_builtins);
    &INDEX
}

impl Environment for BuiltinEnvironment {
    fn terms(&self, suffix: &Name) -> Vec<NamedTerm> {
        index().terms.get(suffix).cloned().unwrap_or_default()
    }

    fn types(&self, suffix: &Name) -> Vec<NamedType> {
        index().types.get(suffix).cloned().unwrap_or_default()
    }

    fn constructors(&self, suffix: &Name) -> Vec<NamedConstructor> {
        index().constructors.get(suffix).cloned().unwrap_or_default()
    }

    fn signature(&self, term: TermRef) -> Option<Arc<Signature>> {
        match term {
            TermRef::Builtin(builtin) => Some(Arc::new(kernel::builtins::signature(builtin).clone())),
            TermRef::Def(_) | TermRef::Cycle(_) => None,
        }
    }

    fn declaration(&self, ty: TypeRef) -> Option<Arc<Declaration>> {
        match ty {
            TypeRef::Builtin(builtin) => kernel::builtins::declaration(builtin),
            TypeRef::Def(_) | TypeRef::Cycle(_) => None,
        }
    }

    fn type_name(&self, ty: TypeRef) -> Option<Name> {
        match ty {
            TypeRef::Builtin(builtin) => Some(Name::from(builtin.spec().name)),
            TypeRef::Def(_) | TypeRef::Cycle(_) => None,
        }
    }

    fn term_name(&self, term: TermRef) -> Option<Name> {
        match term {
            TermRef::Builtin(builtin) => Some(Name::from(builtin.name())),
            TermRef::Def(_) | TermRef::Cycle(_) => None,
        }
    }

    fn all_term_names(&self) -> Vec<Name> {
        index().term_names.clone()
    }

    fn all_type_names(&self) -> Vec<Name> {
        index().type_names.clone()
    }

    fn hashes(&self, _digits: &str) -> Vec<Hash> {
        Vec::new()
    }

    fn known(&self, _key: SourceKey) -> Option<Vec<TermRef>> {
        None
    }
}
