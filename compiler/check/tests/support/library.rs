//! An environment made of what was checked before, over the builtins.

use base::{Hash, Name};
use check::{BuiltinEnvironment, Checked, Environment, NamedConstructor, NamedTerm, NamedType};
use hash::SourceKey;
use kernel::{Constructor, Declaration, DefId, Row, Signature, Term, TermRef, Type, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Clone, Default)]
pub struct Library {
    terms: Vec<NamedTerm>,
    types: Vec<NamedType>,
    constructors: Vec<NamedConstructor>,
    signatures: BTreeMap<TermRef, Arc<Signature>>,
    bodies: BTreeMap<TermRef, Term>,
    declarations: BTreeMap<TypeRef, Arc<Declaration>>,
    pub keys: BTreeMap<SourceKey, Vec<TermRef>>,
}

impl Library {
    /// This library and what was checked, as a codebase.
    pub fn with(&self, checked: &Checked) -> Library {
        self.with_level(checked, 0)
    }

    pub fn with_level(&self, checked: &Checked, level: u8) -> Library {
        let mut library = self.clone();
        for object in &checked.objects {
            library.add_object(object);
        }
        for ty in &checked.types {
            let entry = NamedType { name: ty.name.clone(), reference: ty.reference, level };
            library.types.push(entry);
            let declaration = library.declarations[&ty.reference].clone();
            library.constructors.extend((0..).zip(&declaration.constructors).map(|(index, constructor)| {
                let name = ty.name.join(&Name::new(constructor.name.clone()));
                NamedConstructor { name, reference: ty.reference, index, level }
            }));
        }
        for term in &checked.terms {
            library.terms.push(NamedTerm { name: term.name.clone(), reference: term.reference, level });
            library.signatures.insert(term.reference, term.signature.clone());
        }
        for watch in &checked.watches {
            library.signatures.insert(watch.reference, watch.signature.clone());
        }
        library.keys.extend(checked.keys.iter().cloned());
        library
    }

    fn add_object(&mut self, object: &hash::Object) {
        let component = object.hash();
        let id = |index: usize| DefId { component, index: index as u32 };
        for (index, definition) in object.terms().into_iter().flatten().enumerate() {
            self.bodies.insert(TermRef::Def(id(index)), definition.body);
        }
        for (index, declaration) in object.types().into_iter().flatten().enumerate() {
            let constructors = declaration
                .constructors
                .iter()
                .map(|constructor| Constructor { ty: absolute(&constructor.ty, component), ..constructor.clone() });
            let declaration = Declaration { constructors: constructors.collect(), ..declaration };
            self.declarations.insert(TypeRef::Def(id(index)), Arc::new(declaration));
        }
    }

    pub fn body(&self, term: TermRef) -> Option<Term> {
        self.bodies.get(&term).cloned()
    }

    /// The name of a constructor or operation.
    pub fn member_name(&self, ty: TypeRef, index: u32) -> String {
        let declaration = self.declaration(ty);
        let member = declaration.as_ref().and_then(|declaration| declaration.constructors.get(index as usize));
        member.map_or("?".to_string(), |member| member.name.to_string())
    }
}

fn absolute(ty: &Type, component: base::Hash) -> Type {
    let inner = |ty: &Arc<Type>| Arc::new(absolute(ty, component));
    let row = |row: &Row| Row::new(row.heads.iter().map(|head| absolute(head, component)).collect(), row.vars.clone());
    match ty {
        Type::Ref(TypeRef::Cycle(index)) => Type::Ref(TypeRef::Def(DefId { component, index: *index })),
        Type::Var(_) | Type::Ref(_) => ty.clone(),
        Type::App(f, x) => Type::App(inner(f), inner(x)),
        Type::Fun { arg, by_name, row: effects, ret } => {
            Type::Fun { arg: inner(arg), by_name: *by_name, row: row(effects), ret: inner(ret) }
        }
        Type::Forall(n, body) => Type::Forall(*n, inner(body)),
        Type::Row(effects) => Type::Row(row(effects)),
    }
}

impl Environment for Library {
    fn terms(&self, suffix: &Name) -> Vec<NamedTerm> {
        let own = self.terms.iter().filter(|entry| entry.name.has_suffix(suffix)).cloned();
        own.chain(BuiltinEnvironment.terms(suffix)).collect()
    }

    fn types(&self, suffix: &Name) -> Vec<NamedType> {
        let own = self.types.iter().filter(|entry| entry.name.has_suffix(suffix)).cloned();
        own.chain(BuiltinEnvironment.types(suffix)).collect()
    }

    fn constructors(&self, suffix: &Name) -> Vec<NamedConstructor> {
        let own = self.constructors.iter().filter(|entry| entry.name.has_suffix(suffix)).cloned();
        own.chain(BuiltinEnvironment.constructors(suffix)).collect()
    }

    fn signature(&self, term: TermRef) -> Option<Arc<Signature>> {
        self.signatures.get(&term).cloned().or_else(|| BuiltinEnvironment.signature(term))
    }

    fn declaration(&self, ty: TypeRef) -> Option<Arc<Declaration>> {
        self.declarations.get(&ty).cloned().or_else(|| BuiltinEnvironment.declaration(ty))
    }

    fn type_name(&self, ty: TypeRef) -> Option<Name> {
        let own = self.types.iter().find(|entry| entry.reference == ty).map(|entry| entry.name.clone());
        own.or_else(|| BuiltinEnvironment.type_name(ty))
    }

    fn term_name(&self, term: TermRef) -> Option<Name> {
        let own = self.terms.iter().find(|entry| entry.reference == term).map(|entry| entry.name.clone());
        own.or_else(|| BuiltinEnvironment.term_name(term))
    }

    fn all_term_names(&self) -> Vec<Name> {
        let own = self.terms.iter().map(|entry| entry.name.clone());
        let constructors = self.constructors.iter().map(|entry| entry.name.clone());
        own.chain(constructors).chain(BuiltinEnvironment.all_term_names()).collect()
    }

    fn all_type_names(&self) -> Vec<Name> {
        self.types.iter().map(|entry| entry.name.clone()).chain(BuiltinEnvironment.all_type_names()).collect()
    }

    fn hashes(&self, digits: &str) -> Vec<Hash> {
        let terms = self.signatures.keys().filter_map(|term| match term {
            TermRef::Def(id) => Some(id.component),
            _ => None,
        });
        let types = self.declarations.keys().filter_map(|ty| match ty {
            TypeRef::Def(id) => Some(id.component),
            _ => None,
        });
        let all: BTreeSet<Hash> = terms.chain(types).filter(|hash| hash.to_text().starts_with(digits)).collect();
        all.into_iter().collect()
    }

    fn known(&self, key: SourceKey) -> Option<Vec<TermRef>> {
        self.keys.get(&key).cloned()
    }
}
