//! What a definition refers to. The walks keep their own stacks: terms may be nested deeper than ours.

use super::item::{definition, library_error};
use crate::workspace::{Workspace, WorkspaceError};
use base::Hash;
use codebase::Reference;
use hash::Object;
use kernel::{Declaration, DefId, Definition, Pattern, Row, Term, TermRef, Type, TypeRef};
use std::collections::BTreeSet;

/// Everything that a definition refers to; nothing for a builtin. References inside its component are absolute here.
pub(super) fn of(workspace: &Workspace, reference: Reference) -> Result<BTreeSet<Reference>, WorkspaceError> {
    let Some(DefId { component, index }) = definition(reference) else { return Ok(BTreeSet::new()) };
    Ok(object(workspace, &component)?.map_or_else(BTreeSet::new, |object| of_member(&object, index)))
}

/// An object of the codebase or the library.
pub(super) fn object(workspace: &Workspace, component: &Hash) -> Result<Option<Object>, WorkspaceError> {
    let own = workspace.codebase.object(component).map_err(|error| workspace.failed(error))?;
    match own {
        Some(object) => Ok(Some(object)),
        None => workspace.environment.library().object(component).map_err(library_error),
    }
}

pub(crate) fn of_member(object: &Object, index: u32) -> BTreeSet<Reference> {
    let mut walk = Walk { component: object.hash(), found: BTreeSet::new() };
    if let Some(definitions) = object.terms() {
        if let Some(definition) = definitions.get(index as usize) {
            walk.definition(definition);
        }
        definitions.into_iter().for_each(hash::dismantle);
    }
    if let Some(declaration) = object.types().and_then(|types| types.into_iter().nth(index as usize)) {
        walk.declaration(&declaration);
    }
    walk.found
}

struct Walk {
    component: Hash,
    found: BTreeSet<Reference>,
}

impl Walk {
    fn definition(&mut self, definition: &Definition) {
        self.ty(&definition.signature.ty);
        let mut stack = vec![&definition.body];
        while let Some(term) = stack.pop() {
            self.term(term, &mut stack);
        }
    }

    fn declaration(&mut self, declaration: &Declaration) {
        declaration.constructors.iter().for_each(|constructor| self.ty(&constructor.ty));
    }

    fn term_ref(&mut self, reference: TermRef) {
        let absolute = match reference {
            TermRef::Cycle(index) => TermRef::Def(DefId { component: self.component, index }),
            absolute => absolute,
        };
        self.found.insert(Reference::Term(absolute));
    }

    fn type_ref(&mut self, reference: TypeRef) {
        let absolute = match reference {
            TypeRef::Cycle(index) => TypeRef::Def(DefId { component: self.component, index }),
            absolute => absolute,
        };
        self.found.insert(Reference::Type(absolute));
    }

    fn term<'t>(&mut self, term: &'t Term, stack: &mut Vec<&'t Term>) {
        match term {
            Term::Ref(reference) | Term::TermLink(reference) => self.term_ref(*reference),
            Term::Constructor(ty, _) | Term::Operation(ty, _) | Term::TypeLink(ty) => self.type_ref(*ty),
            Term::Match(_, cases) => cases.iter().for_each(|case| self.pattern(&case.pattern)),
            Term::Handle { abilities, .. } => abilities.iter().for_each(|ability| self.type_ref(*ability)),
            // What else names nothing itself; a row, too, is what the checker recorded, not what was written.
            _ => {}
        }
        stack.extend(term.parts().into_iter().map(|(_, part)| part));
    }

    fn pattern(&mut self, pattern: &Pattern) {
        for part in pattern.nested() {
            if let Pattern::Constructor(ty, ..) | Pattern::Request { ability: ty, .. } = part {
                self.type_ref(*ty);
            }
        }
    }

    fn ty(&mut self, ty: &Type) {
        let mut stack = vec![ty];
        while let Some(ty) = stack.pop() {
            match ty {
                Type::Var(_) => {}
                Type::Ref(reference) => self.type_ref(*reference),
                Type::App(f, x) => stack.extend([&**f, &**x]),
                Type::Fun { arg, row: Row { heads, .. }, ret, .. } => {
                    stack.extend([&**arg, &**ret]);
                    stack.extend(heads);
                }
                Type::Forall(_, body) => stack.push(body),
                Type::Row(Row { heads, .. }) => stack.extend(heads),
            }
        }
    }
}
