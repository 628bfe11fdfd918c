//! Everything that lowering and verifying a definition need to know about what it refers to.

use crate::clauses::{Clause, Clauses};
use crate::survey::Survey;
use crate::{Interface, Interfaces, LowerError};
use builtin::{BuiltinType, TUPLE_MAX};
use ir::{CodeId, Rep};
use kernel::{Constructor, Declaration, DeclarationKind, DefId, Definition, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Interfaces of everything that one definition refers to, and of its own component.
pub(crate) struct Facts {
    terms: BTreeMap<DefId, Interface>,
    /// Definitions that are absent, and may be.
    open: BTreeSet<DefId>,
    types: BTreeMap<DefId, Arc<Declaration>>,
}

impl Facts {
    /// Asks for all of them, and says what is missing.
    pub fn gather(
        id: DefId,
        members: &[Definition],
        survey: &Survey,
        interfaces: &dyn Interfaces,
    ) -> Result<Facts, LowerError> {
        let mut missing = BTreeSet::new();
        let mut facts = Facts { terms: BTreeMap::new(), open: BTreeSet::new(), types: BTreeMap::new() };
        for (index, interface) in (0..).zip(Interface::of_component(members)) {
            facts.terms.insert(DefId { component: id.component, index }, interface);
        }
        for def in &survey.terms {
            match interfaces.definition(*def) {
                Some(interface) => drop(facts.terms.insert(*def, interface)),
                None if interfaces.is_open(&def.component) => drop(facts.open.insert(*def)),
                None => drop(missing.insert(def.component)),
            }
        }
        for def in &survey.types {
            match interfaces.declaration(*def) {
                Some(declaration) => drop(facts.types.insert(*def, declaration)),
                None => drop(missing.insert(def.component)),
            }
        }
        if missing.is_empty() { Ok(facts) } else { Err(LowerError::Missing(missing.into_iter().collect())) }
    }

    /// Knows what other facts know, too.
    pub fn absorb(&mut self, other: Facts) {
        self.terms.extend(other.terms);
        self.open.extend(other.open);
        self.types.extend(other.types);
    }

    pub fn definition(&self, id: DefId) -> &Interface {
        self.terms.get(&id).expect("the survey found every definition that is referred to")
    }

    /// As `definition`, of any definition.
    pub fn find_definition(&self, id: DefId) -> Option<&Interface> {
        self.terms.get(&id)
    }

    /// Something that is referred to is absent.
    pub fn has_open(&self) -> bool {
        !self.open.is_empty()
    }

    pub fn is_open(&self, id: DefId) -> bool {
        self.open.contains(&id)
    }

    /// Reps of the fields of a constructor of a type whose values programs may build and match.
    pub fn fields(&self, ty: TypeRef, constructor: u32) -> Result<Vec<Rep>, LowerError> {
        self.find_fields(ty, constructor).ok_or(LowerError::Malformed("a constructor that does not exist"))
    }

    /// How many arguments an operation takes.
    pub fn operation(&self, ability: TypeRef, operation: u32) -> Result<u32, LowerError> {
        self.find_operation(ability, operation).ok_or(LowerError::Malformed("an operation that does not exist"))
    }

    /// How many constructors a type has.
    pub fn constructors(&self, ty: TypeRef) -> usize {
        match ty {
            TypeRef::Builtin(BuiltinType::Tuple(_)) => 1,
            _ => self.declaration(ty).map_or(0, |declaration| declaration.constructors.len()),
        }
    }

    fn declaration(&self, ty: TypeRef) -> Option<Arc<Declaration>> {
        match ty {
            TypeRef::Builtin(ty) => kernel::builtins::declaration(ty),
            TypeRef::Def(def) => self.types.get(&def).cloned(),
            TypeRef::Cycle(_) => None,
        }
    }

    fn find_fields(&self, ty: TypeRef, constructor: u32) -> Option<Vec<Rep>> {
        if let TypeRef::Builtin(builtin) = ty {
            if let BuiltinType::Tuple(n) = builtin {
                return (constructor == 0 && n != 1 && n <= TUPLE_MAX).then(|| vec![Rep::V; n as usize]);
            }
            // A value that does not travel is only what the node has made. Any other could be sent as a value, so a definition may build it too:
            // what is kept of an evaluation is such a definition.
            if builtin == BuiltinType::FileHandle {
                return None;
            }
        }
        let declaration = self.declaration(ty)?;
        let constructor = declared(&declaration, DeclarationKind::Type, constructor)?;
        Some(constructor.fields().into_iter().map(Rep::of).collect())
    }

    /// Whether a definition, with so many arguments, surely performs no operation.
    pub fn is_pure(&self, id: DefId, args: usize) -> bool {
        self.terms.get(&id).is_some_and(|interface| {
            let params = interface.params.len();
            args == 0 || args < params || args == params && interface.is_pure
        })
    }

    /// As [`Facts::operation`], if it exists.
    pub fn find_operation(&self, ability: TypeRef, operation: u32) -> Option<u32> {
        let declaration = self.declaration(ability)?;
        Some(declared(&declaration, DeclarationKind::Ability, operation)?.arity)
    }
}

/// A constructor or operation whose type has as many arguments as it claims to take.
fn declared(declaration: &Declaration, kind: DeclarationKind, index: u32) -> Option<&Constructor> {
    let constructor = declaration.constructors.get(index as usize).filter(|_| declaration.kind == kind)?;
    (constructor.fields().len() == constructor.arity as usize).then_some(constructor)
}

/// What the verifier may rely on: the facts, and what the lambdas of the definition take and return, which every one of their callers is held to.
pub(crate) struct Checked<'a, 't> {
    pub facts: &'a Facts,
    pub survey: &'a Survey<'t>,
    pub clauses: &'a Clauses<'t>,
    /// Parameters and results of all functions, by number: what the lambdas' callers rely on.
    pub shapes: Vec<(Vec<Rep>, Rep)>,
}

impl<'t> Checked<'_, 't> {
    fn is_lambda(&self, id: CodeId) -> bool {
        id.def == self.survey.id && (1..self.survey.lambdas.len()).contains(&(id.lambda as usize))
    }

    /// A copy of a function (for known arguments, for fields, for what a loop keeps): they stand behind lambdas and clauses.
    fn is_copy(&self, id: CodeId) -> bool {
        let first = self.survey.lambdas.len() + self.clauses.all.len();
        id.def == self.survey.id && (first..self.shapes.len()).contains(&(id.lambda as usize))
    }

    fn clause(&self, id: CodeId) -> Option<&Clause<'t>> {
        let place = (id.lambda as usize).checked_sub(self.survey.lambdas.len());
        place.filter(|_| id.def == self.survey.id).and_then(|place| self.clauses.all.get(place))
    }
}

impl ir::verify::Interfaces for Checked<'_, '_> {
    fn code(&self, id: CodeId) -> Option<(Vec<Rep>, Rep)> {
        if self.is_lambda(id) || self.is_copy(id) {
            return self.shapes.get(id.lambda as usize).cloned();
        }
        if let Some(clause) = self.clause(id) {
            let held = self.survey.captures(clause.of).len() + self.survey.lambdas[clause.of as usize].params as usize;
            return Some((vec![Rep::V; held - 1 + clause.arity as usize], Rep::V));
        }
        let interface = self.facts.terms.get(&id.def).filter(|_| id.lambda == 0)?;
        Some((interface.params.clone(), interface.ret))
    }

    fn captures(&self, id: CodeId) -> Option<u32> {
        match id.lambda {
            0 => Some(0),
            _ if self.clause(id).is_some() || self.is_copy(id) => Some(0),
            _ => self.is_lambda(id).then(|| self.survey.captures(id.lambda).len() as u32),
        }
    }

    fn is_clause(&self, id: CodeId) -> bool {
        self.clause(id).is_some()
    }

    fn fields(&self, ty: TypeRef, constructor: u32) -> Option<Vec<Rep>> {
        self.facts.find_fields(ty, constructor)
    }

    fn operation(&self, ability: TypeRef, operation: u32) -> Option<u32> {
        self.facts.find_operation(ability, operation)
    }
}
