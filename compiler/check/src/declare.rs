//! Declarations of types and abilities: read, kinds inferred, hashed cycle by cycle before any term is looked at.
//!
//! While this goes on, types of the files are called `Cycle(i)`, `i` counting all of them. One that has a mistake keeps that name, so that what uses it
//! can be checked, but nothing that uses it is hashed.

use crate::free::{Found, Walk};
use crate::kind::{Kind, Kinds};
use crate::names::{Names, Place};
use crate::normal::to_kernel;
use crate::problem::{DeclarationProblem, NameProblem, Problem};
use crate::signature::{Arrows, TypeReader, TypeVar, Written, is_readable};
use crate::solver::Solver;
use crate::ty::{Fun, Row, Scheme, Ty, ability_of};
use base::{Name, Span, Table};
use hash::Object;
use kernel::{Constructor, Declaration, DeclarationKind, DefId, Identity, Type, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use syntax::tree::{
    AbilityDeclaration, ConstructorDeclaration, DeclaredIdentity, Ident, TypeBody, TypeDeclaration, TypeExpr,
};

/// A declaration as written.
#[derive(Clone, Copy)]
pub(crate) enum Body<'t> {
    Type(&'t TypeDeclaration),
    Ability(&'t AbilityDeclaration),
}

impl Body<'_> {
    /// Whether the types of all members could be read.
    fn is_readable(&self) -> bool {
        match self {
            Body::Ability(declaration) => declaration.operations.iter().all(|(_, ty)| is_readable(ty)),
            Body::Type(declaration) => match &declaration.body {
                TypeBody::Record(fields) => fields.iter().all(|(_, ty)| is_readable(ty)),
                TypeBody::Constructors(all) => all.iter().flat_map(|constructor| &constructor.fields).all(is_readable),
            },
        }
    }
}

/// A type or ability of the files.
pub(crate) struct TypeItem<'t> {
    /// Fully qualified.
    pub name: Name,
    pub place: Place,
    pub span: Span,
    pub body: Body<'t>,
    /// What became of it; `Cycle` if it has a mistake.
    pub reference: TypeRef,
}

impl Body<'_> {
    fn kind(&self) -> DeclarationKind {
        match self {
            Body::Type(_) => DeclarationKind::Type,
            Body::Ability(_) => DeclarationKind::Ability,
        }
    }

    pub fn ident(&self) -> &Ident {
        match self {
            Body::Type(declaration) => &declaration.name,
            Body::Ability(declaration) => &declaration.name,
        }
    }

    fn params(&self) -> &[Ident] {
        match self {
            Body::Type(declaration) => &declaration.params,
            Body::Ability(declaration) => &declaration.params,
        }
    }

    fn identity(&self) -> &DeclaredIdentity {
        match self {
            Body::Type(declaration) => &declaration.identity,
            Body::Ability(declaration) => &declaration.identity,
        }
    }

    /// The names of constructors, fields or operations.
    fn members(&self) -> Vec<&Ident> {
        match self {
            Body::Type(declaration) => match &declaration.body {
                TypeBody::Constructors(constructors) => constructors.iter().map(|member| &member.name).collect(),
                TypeBody::Record(fields) => fields.iter().map(|(name, _)| name).collect(),
            },
            Body::Ability(declaration) => declaration.operations.iter().map(|(name, _)| name).collect(),
        }
    }

    fn written_types(&self) -> Vec<&TypeExpr> {
        match self {
            Body::Type(declaration) => match &declaration.body {
                TypeBody::Constructors(constructors) => constructors.iter().flat_map(|member| &member.fields).collect(),
                TypeBody::Record(fields) => fields.iter().map(|(_, ty)| ty).collect(),
            },
            Body::Ability(declaration) => declaration.operations.iter().map(|(_, ty)| ty).collect(),
        }
    }
}

/// Declares all types of the files.
pub(crate) struct Declarer<'d, 't, 'n> {
    pub names: &'d mut Names<'n>,
    pub kinds: &'d mut Kinds,
    pub project: &'d str,
    pub items: &'d mut Vec<TypeItem<'t>>,
    pub objects: &'d mut Vec<Object>,
    pub problems: &'d mut Vec<Problem>,
    /// Which declarations have a mistake of their own.
    pub broken: BTreeSet<usize>,
}

/// A declaration with `Cycle(i)` for the types of the files.
struct Read {
    params: Vec<Kind>,
    declaration: Declaration,
    failed: bool,
}

fn provisional(index: usize) -> TypeRef {
    TypeRef::Cycle(u32::try_from(index).unwrap_or(u32::MAX))
}

impl Declarer<'_, '_, '_> {
    pub fn declare(mut self) {
        let duplicates = self.report_duplicates();
        let repeated = self.repeated_in_file();
        for (index, item) in self.items.iter_mut().enumerate() {
            item.reference = provisional(index);
            if !repeated.contains(&index) {
                self.names.add_type(&item.name, item.place.file(), item.reference);
            }
        }
        let edges: Vec<Vec<usize>> = self.items.iter().map(|item| self.dependencies(item)).collect();
        let mut declarations: BTreeMap<usize, Arc<Declaration>> = BTreeMap::new();
        for component in crate::order::components(&edges) {
            self.broken.extend(component.iter().filter(|index| duplicates.contains(index)));
            let failed = component.iter().any(|index| duplicates.contains(index));
            self.component(&component, failed, &mut declarations);
        }
        self.register(&declarations, &repeated);
    }

    /// The types whose name stands for an earlier one in their file. In another file, a name means that file's own type first.
    fn repeated_in_file(&self) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let repeated = |(_, item): &(usize, &TypeItem)| !seen.insert((item.place.file(), item.name.clone()));
        self.items.iter().enumerate().filter(repeated).map(|(index, _)| index).collect()
    }

    /// Tells which types have a name, member or parameter twice. Those with a member or parameter twice are yielded: what they are is not known.
    fn report_duplicates(&mut self) -> BTreeSet<usize> {
        let mut seen: BTreeMap<&Name, Span> = BTreeMap::new();
        let mut duplicates = BTreeSet::new();
        for (index, item) in self.items.iter().enumerate() {
            let second = item.body.ident().span;
            match seen.get(&item.name) {
                Some(first) => {
                    let (name, first) = (item.name.clone(), *first);
                    self.problems.push(Problem::Name(NameProblem::Duplicate { name, first, second }));
                }
                None => {
                    seen.insert(&item.name, second);
                }
            }
            let before = self.problems.len();
            for (name, first, second) in repeated(&item.body.members()) {
                let problem = DeclarationProblem::DuplicateMember { name, first, second };
                self.problems.push(Problem::Declaration(problem));
            }
            for (name, first, second) in repeated(&item.body.params().iter().collect::<Vec<_>>()) {
                let problem = DeclarationProblem::DuplicateParameter { name, first, second };
                self.problems.push(Problem::Declaration(problem));
            }
            if self.problems.len() > before {
                duplicates.insert(index);
            }
        }
        duplicates
    }

    fn dependencies(&self, item: &TypeItem) -> Vec<usize> {
        let (mut edges, mut seen) = (Vec::new(), BTreeSet::new());
        let mut walk = Walk::new(|found: Found, _: &[syntax::tree::Use]| {
            let Found::Type(name) = found else { return };
            for found in self.names.types(&name, &item.place).iter() {
                if let TypeRef::Cycle(index) = found.reference
                    && seen.insert(index)
                {
                    edges.push(index as usize);
                }
            }
        });
        item.body.written_types().into_iter().for_each(|ty| walk.ty(ty));
        drop(walk);
        edges
    }

    fn component(&mut self, component: &[usize], failed: bool, declarations: &mut BTreeMap<usize, Arc<Declaration>>) {
        let params: Vec<Vec<Kind>> = component
            .iter()
            .map(|index| {
                let body = self.items[*index].body;
                let params: Vec<Kind> = body.params().iter().map(|_| self.kinds.fresh()).collect();
                self.kinds.declare(provisional(*index), &params, body.kind());
                params
            })
            .collect();
        let read: Vec<Read> = component.iter().zip(params).map(|(index, params)| self.read(*index, params)).collect();
        read.iter().flat_map(|read| &read.params).for_each(|kind| self.kinds.settle(kind));
        self.broken.extend(component.iter().zip(&read).filter(|(_, read)| read.failed).map(|(index, _)| *index));
        let failed = failed || read.iter().any(|read| read.failed);
        let members: Vec<Declaration> = read.into_iter().map(|read| read.declaration).collect();
        if !failed && let Some(resolved) = self.resolved(component, &members) {
            self.hash(component, &resolved, declarations);
            return;
        }
        // Those that have no hash yet keep their provisional references.
        let known = |ty: TypeRef| match ty {
            TypeRef::Cycle(index) => Some(self.items[index as usize].reference),
            outside => Some(outside),
        };
        for (index, declaration) in component.iter().zip(members) {
            let declaration = map_declaration(&declaration, &known).unwrap_or(declaration);
            declarations.insert(*index, Arc::new(declaration));
        }
    }

    /// The members with references among themselves as the crate `hash` wants them, and final ones to others; none if one of those has a mistake.
    fn resolved(&self, component: &[usize], members: &[Declaration]) -> Option<Vec<Declaration>> {
        let positions: Table<usize, usize> =
            component.iter().enumerate().map(|(position, member)| (*member, position)).collect();
        let reference = |ty: TypeRef| match ty {
            TypeRef::Cycle(index) => match positions.get(&(index as usize)) {
                Some(position) => Some(provisional(*position)),
                None => match self.items[index as usize].reference {
                    TypeRef::Cycle(_) => None,
                    done => Some(done),
                },
            },
            outside => Some(outside),
        };
        members.iter().map(|member| map_declaration(member, &reference)).collect()
    }

    fn hash(
        &mut self,
        component: &[usize],
        members: &[Declaration],
        declarations: &mut BTreeMap<usize, Arc<Declaration>>,
    ) {
        let hashed = hash::hash_types(members);
        let id =
            |position: usize| TypeRef::Def(DefId { component: hashed.object.hash(), index: hashed.order[position] });
        for (position, index) in component.iter().enumerate() {
            self.items[*index].reference = id(position);
            let absolute = |ty: TypeRef| match ty {
                TypeRef::Cycle(other) => Some(id(other as usize)),
                other => Some(other),
            };
            if let Some(declaration) = map_declaration(&members[position], &absolute) {
                declarations.insert(*index, Arc::new(declaration));
            }
        }
        self.objects.push(hashed.object);
    }

    /// Enters all types under their final references.
    fn register(&mut self, declarations: &BTreeMap<usize, Arc<Declaration>>, repeated: &BTreeSet<usize>) {
        self.names.clear_types();
        for (index, item) in self.items.iter().enumerate().filter(|(index, _)| !repeated.contains(index)) {
            self.names.add_type(&item.name, item.place.file(), item.reference);
            if self.broken.contains(&index) {
                self.names.break_type(item.reference);
            }
            if let Some(declaration) = declarations.get(&index) {
                self.names.add_declaration(&item.name, item.place.file(), item.reference, declaration.clone());
            }
        }
    }

    fn read(&mut self, index: usize, params: Vec<Kind>) -> Read {
        let item = &self.items[index];
        let problems = self.problems.len();
        let mut solver = Solver::new();
        let vars: Vec<TypeVar> = item
            .body
            .params()
            .iter()
            .zip(&params)
            .map(|(ident, kind)| {
                let ty = solver.skolem(ident.name.as_str());
                TypeVar { name: ident.name.clone(), ty, kind: kind.clone() }
            })
            .collect();
        let mut reader = TypeReader {
            names: self.names,
            place: &item.place,
            vars: vars.clone(),
            arrows: Arrows::Pure,
            solver: &mut solver,
            kinds: self.kinds,
            problems: self.problems,
        };
        let vars: Vec<Ty> = vars.into_iter().map(|var| var.ty).collect();
        let whole = Ty::apply(Ty::Ref(provisional(index)), vars.iter().cloned());
        let constructors = match item.body {
            Body::Type(declaration) => type_constructors(&mut reader, declaration, &whole, &vars),
            Body::Ability(declaration) => operations(&mut reader, declaration, &whole, &vars),
        };
        let identity = match item.body.identity() {
            DeclaredIdentity::Structural => Identity::Structural,
            DeclaredIdentity::Unique => Identity::Unique(hash::unique_guid(self.project, item.name.as_str())),
            DeclaredIdentity::Guid(guid) => Identity::Unique(written_guid(guid)),
        };
        let (kind, count) = (item.body.kind(), params.len() as u32);
        let declaration = Declaration { kind, identity, params: count, constructors };
        Read { params, declaration, failed: self.problems.len() > problems || !item.body.is_readable() }
    }
}

/// `#` and base32hex digits are the bytes of a GUID, such as one that was made from a name which has changed since; any other text is itself.
fn written_guid(text: &str) -> Arc<[u8]> {
    let bytes = text.strip_prefix('#').and_then(base::hash::parse_base32hex);
    bytes.map_or_else(|| Arc::from(text.as_bytes()), Arc::from)
}

/// Names that stand twice, each with both places.
fn repeated(idents: &[&Ident]) -> Vec<(Name, Span, Span)> {
    let (mut found, mut seen) = (Vec::new(), Table::default());
    for ident in idents {
        let first = *seen.entry(&ident.name).or_insert(ident.span);
        if first != ident.span {
            found.push((ident.name.clone(), first, ident.span));
        }
    }
    found
}

/// A type below the parameters of its declaration.
fn below(ty: &Ty, params: &[Ty]) -> Type {
    match ty.close_over(params) {
        Ty::Forall(_, body) if !params.is_empty() => to_kernel(&body),
        ty => to_kernel(&ty),
    }
}

fn type_constructors(
    reader: &mut TypeReader,
    declaration: &TypeDeclaration,
    whole: &Ty,
    params: &[Ty],
) -> Vec<Constructor> {
    match &declaration.body {
        TypeBody::Constructors(constructors) => constructors
            .iter()
            .map(|ConstructorDeclaration { name, fields }| {
                constructor(reader, name.name.last(), fields.iter(), whole, params)
            })
            .collect(),
        TypeBody::Record(fields) => {
            let fields = fields.iter().map(|(_, ty)| ty);
            vec![constructor(reader, declaration.name.name.last(), fields, whole, params)]
        }
    }
}

fn constructor<'t>(
    reader: &mut TypeReader,
    name: &str,
    fields: impl Iterator<Item = &'t TypeExpr>,
    whole: &Ty,
    params: &[Ty],
) -> Constructor {
    let fields: Vec<Ty> = fields.map(|field| reader.of_type(field)).collect();
    let arity = fields.len() as u32;
    let ty = fields.into_iter().rev().fold(whole.clone(), |ret, field| Ty::fun(field, Row::empty(), ret));
    Constructor { name: Arc::from(name), ty: below(&ty, params), by_name: false, arity }
}

fn operations(
    reader: &mut TypeReader,
    declaration: &AbilityDeclaration,
    whole: &Ty,
    params: &[Ty],
) -> Vec<Constructor> {
    let operation = |(name, ty): &(Ident, TypeExpr)| {
        let Written { vars, mut scheme, .. } = reader.signature(ty);
        if !matches!(scheme.ty, Ty::Fun(_) | Ty::Error) {
            // `get : s` is short for `get : {Store s} s`.
            let row = Row { heads: vec![whole.clone()], tails: Vec::new() };
            scheme = Scheme { ty: Ty::delay(row, scheme.ty), by_name: true };
        }
        let (ty, arity) = performing(&scheme.ty, whole);
        let own: Vec<Ty> = vars.into_iter().map(|var| var.ty).collect();
        let ty = below(&ty.close_over(&own), params);
        let arity = if scheme.by_name { 0 } else { arity };
        Constructor { name: Arc::from(name.name.last()), ty, by_name: scheme.by_name, arity }
    };
    declaration.operations.iter().map(operation).collect()
}

/// The operation's type with its ability on the arrow that performs it, and how many arguments that takes: the first arrow that names the ability, else the
/// last one.
fn performing(ty: &Ty, ability: &Ty) -> (Ty, u32) {
    let Ty::Fun(fun) = ty else { return (ty.clone(), 0) };
    let names_it = fun.row.heads.iter().any(|head| ability_of(head) == ability_of(ability));
    if names_it || !matches!(fun.ret, Ty::Fun(_)) {
        let mut fun = Fun::clone(fun);
        if !names_it {
            fun.row.heads.push(ability.clone());
        }
        return (Ty::Fun(Rc::new(fun)), 1);
    }
    let (ret, arity) = performing(&fun.ret, ability);
    (Ty::Fun(Rc::new(Fun { ret, ..Fun::clone(fun) })), arity + 1)
}

fn map_declaration(declaration: &Declaration, to: &impl Fn(TypeRef) -> Option<TypeRef>) -> Option<Declaration> {
    let constructors = declaration
        .constructors
        .iter()
        .map(|constructor| Some(Constructor { ty: map_type(&constructor.ty, to)?, ..constructor.clone() }));
    Some(Declaration { constructors: constructors.collect::<Option<_>>()?, ..declaration.clone() })
}

fn map_type(ty: &Type, to: &impl Fn(TypeRef) -> Option<TypeRef>) -> Option<Type> {
    Some(match ty {
        Type::Var(index) => Type::Var(*index),
        Type::Ref(reference) => Type::Ref(to(*reference)?),
        Type::App(f, x) => Type::App(Arc::new(map_type(f, to)?), Arc::new(map_type(x, to)?)),
        Type::Fun { arg, by_name, row, ret } => Type::Fun {
            arg: Arc::new(map_type(arg, to)?),
            by_name: *by_name,
            row: map_row(row, to)?,
            ret: Arc::new(map_type(ret, to)?),
        },
        Type::Forall(n, body) => Type::Forall(*n, Arc::new(map_type(body, to)?)),
        Type::Row(row) => Type::Row(map_row(row, to)?),
    })
}

fn map_row(row: &kernel::Row, to: &impl Fn(TypeRef) -> Option<TypeRef>) -> Option<kernel::Row> {
    let heads: Option<Vec<Type>> = row.heads.iter().map(|head| map_type(head, to)).collect();
    Some(kernel::Row::new(heads?, row.vars.clone()))
}
