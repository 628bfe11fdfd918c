//! A definition as replies tell of it.

use crate::workspace::{Workspace, WorkspaceError};
use base::{Hash, Name};
use check::{Environment, print_signature};
use codebase::Reference;
use compiler::library::LibraryError;
use kernel::{DeclarationKind, DefId, Signature, TermRef, Type, TypeRef};

/// Where a name stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// In the codebase.
    Own,
    /// In the standard library.
    Library,
    Builtin,
}

/// What a name is the name of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Sort {
    Type,
    Ability,
    Term,
    Constructor,
    /// Of an ability.
    Operation,
}

/// A definition under a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// None for a definition that was named by its hash and has no name.
    pub name: Option<Name>,
    /// Of a constructor or operation: its type.
    pub reference: Reference,
    /// Which constructor or operation it is.
    pub member: Option<u32>,
    pub sort: Sort,
    pub origin: Origin,
    /// `#` and as many digits as tell it from others, or `##Builtin`.
    pub hash: String,
    /// The type, or of a type its parameters: as it could be written behind the name.
    pub signature: String,
}

impl Sort {
    /// In one word.
    pub fn text(self) -> &'static str {
        match self {
            Sort::Type => "type",
            Sort::Ability => "ability",
            Sort::Term => "term",
            Sort::Constructor => "constructor",
            Sort::Operation => "operation",
        }
    }

    pub fn is_type(self) -> bool {
        matches!(self, Sort::Type | Sort::Ability)
    }
}

impl Origin {
    /// In one word.
    pub fn text(self) -> &'static str {
        match self {
            Origin::Own => "codebase",
            Origin::Library => "library",
            Origin::Builtin => "builtin",
        }
    }
}

impl Item {
    /// Tells of a term, type, constructor (`member`) or operation.
    pub(super) fn of(
        workspace: &Workspace,
        name: Option<Name>,
        reference: Reference,
        member: Option<u32>,
        origin: Origin,
    ) -> Result<Item, WorkspaceError> {
        Item::under(workspace, &workspace.environment, name, reference, member, origin)
    }

    /// As [`Item::of`], with the names that another environment has.
    pub(super) fn under(
        workspace: &Workspace,
        environment: &dyn Environment,
        name: Option<Name>,
        reference: Reference,
        member: Option<u32>,
        origin: Origin,
    ) -> Result<Item, WorkspaceError> {
        let hash = short(workspace, reference)?;
        let (sort, signature) = told(environment, reference, member);
        Ok(Item { name, reference, member, sort, origin, hash, signature })
    }

    /// The name, or the hash where there is none.
    pub fn title(&self) -> String {
        self.name.as_ref().map_or_else(|| self.hash.clone(), |name| name.to_string())
    }

    /// As a listing has it: `name : type`, or `type Name a`.
    pub fn line(&self) -> String {
        let title = self.title();
        match self.sort {
            Sort::Type | Sort::Ability => format!("{} {title}{}", self.sort.text(), self.signature),
            _ => format!("{title} : {}", self.signature),
        }
    }
}

/// The component that a reference is in; none for a builtin.
pub(super) fn component(reference: Reference) -> Option<Hash> {
    definition(reference).map(|id| id.component)
}

pub(super) fn definition(reference: Reference) -> Option<DefId> {
    match reference {
        Reference::Term(TermRef::Def(id)) | Reference::Type(TypeRef::Def(id)) => Some(id),
        _ => None,
    }
}

/// A reference as it is shown.
pub(super) fn short(workspace: &Workspace, reference: Reference) -> Result<String, WorkspaceError> {
    let Some(DefId { component, index }) = definition(reference) else { return Ok(reference.text()) };
    let digits = workspace.environment.short(&component).map_err(|error| workspace.failed(error))?;
    Ok(if index == 0 { digits } else { format!("{digits}.{index}") })
}

fn told(environment: &dyn Environment, reference: Reference, member: Option<u32>) -> (Sort, String) {
    match (reference, member) {
        (Reference::Term(term), _) => {
            let signature = environment.signature(term);
            (Sort::Term, signature.map_or("?".to_string(), |signature| print_signature(&signature, environment)))
        }
        (Reference::Type(ty), None) => type_of_type(environment, ty),
        (Reference::Type(ty), Some(member)) => constructor(environment, ty, member),
    }
}

fn type_of_type(environment: &dyn Environment, ty: TypeRef) -> (Sort, String) {
    let Some(declaration) = environment.declaration(ty) else {
        let ability = matches!(ty, TypeRef::Builtin(builtin) if builtin.is_ability());
        return (if ability { Sort::Ability } else { Sort::Type }, String::new());
    };
    let sort = if declaration.kind == DeclarationKind::Ability { Sort::Ability } else { Sort::Type };
    let letters = ('a'..='z').cycle().take(declaration.params as usize);
    (sort, letters.flat_map(|letter| [' ', letter]).collect())
}

fn constructor(environment: &dyn Environment, ty: TypeRef, member: u32) -> (Sort, String) {
    let declaration = environment.declaration(ty);
    let Some((declaration, constructor)) =
        declaration.as_ref().and_then(|d| Some((d, d.constructors.get(member as usize)?)))
    else {
        return (Sort::Constructor, "?".to_string());
    };
    let sort = if declaration.kind == DeclarationKind::Ability { Sort::Operation } else { Sort::Constructor };
    // The declaration's parameters are bound around all its types.
    let ty = constructor.ty.clone();
    let ty = if declaration.params == 0 { ty } else { Type::Forall(declaration.params, ty.into()) };
    let signature = Signature { ty, by_name: constructor.by_name };
    (sort, print_signature(&signature, environment))
}

/// An error in reading the library's image.
pub(super) fn library_error(error: codebase::CodebaseError) -> WorkspaceError {
    WorkspaceError::Library(LibraryError::Codebase(error))
}
