//! Which types have values: the least solution of "a type has values if one of its constructors has fields that all have values".
//!
//! So `type Never =` has none, neither has `(Nat, Never)`, nor a type of which each value would contain another one. Functions have values, since a computation need not end;
//! what is not known counts as having some. **Invariant:** a type that is said to be empty is so.

use crate::names::Names;
use crate::solver::Solver;
use crate::ty::Ty;
use builtin::BuiltinType;
use kernel::{DeclarationKind, Type, TypeRef};
use std::collections::BTreeMap;

/// What is known of a type when everything else has been checked.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Known {
    Of(TypeRef, Vec<Known>),
    /// Abilities, as an argument of `Request`.
    Row(Vec<Known>),
    /// A variable, a function, or something of which nothing has to be known.
    Unknown,
    /// It has a mistake that was told.
    Mistaken,
}

/// Types on whose emptiness that of others depends: after so many, they count as having values.
const TYPES_MAX: usize = 10_000;

impl Known {
    pub fn of(ty: &Ty, solver: &Solver) -> Known {
        Known::of_solved(&solver.zonk(ty))
    }

    fn of_solved(ty: &Ty) -> Known {
        match ty.unapply() {
            (Ty::Ref(reference), args) => Known::Of(*reference, args.into_iter().map(Known::of_solved).collect()),
            (Ty::Row(row), _) => Known::Row(row.heads.iter().map(Known::of_solved).collect()),
            (Ty::Error, _) => Known::Mistaken,
            _ => Known::Unknown,
        }
    }

    /// The type of a field, where the parameters of its declaration stand for `args`; `bound` variables are the field's own.
    fn of_field(ty: &Type, args: &[Known], bound: usize) -> Known {
        match ty.unapply() {
            (Type::Ref(reference), fields) => {
                Known::Of(*reference, fields.into_iter().map(|field| Known::of_field(field, args, bound)).collect())
            }
            (Type::Var(index), applied) if applied.is_empty() => {
                let param = (*index as usize).checked_sub(bound).and_then(|below| args.len().checked_sub(below + 1));
                param.map_or(Known::Unknown, |param| args[param].clone())
            }
            _ => Known::Unknown,
        }
    }

    /// The types of the fields of a constructor (or of the arguments of an operation).
    pub fn fields(&self, of: TypeRef, index: u32, names: &Names) -> Vec<Known> {
        let Known::Of(own, args) = self else { return Vec::new() };
        let Some(declaration) = names.declaration(of).filter(|it| *own == of && it.params as usize == args.len())
        else {
            return Vec::new();
        };
        let Some(constructor) = declaration.constructors.get(index as usize) else { return Vec::new() };
        let bound = own_variables(&constructor.ty);
        constructor.fields().into_iter().map(|field| Known::of_field(field, args, bound)).collect()
    }

    /// The type of a list's elements.
    pub fn element(&self) -> Known {
        match self {
            Known::Of(TypeRef::Builtin(BuiltinType::List), args) => args.first().cloned().unwrap_or(Known::Unknown),
            _ => Known::Unknown,
        }
    }

    /// The result of the computation whose requests these are.
    pub fn result(&self) -> Known {
        match self {
            Known::Of(TypeRef::Builtin(BuiltinType::Request), args) => args.last().cloned().unwrap_or(Known::Unknown),
            _ => Known::Unknown,
        }
    }

    /// The ability, with its arguments, of which these are requests.
    pub fn requested(&self, ability: TypeRef) -> Known {
        let Known::Of(_, args) = self else { return Known::Unknown };
        let heads = args.iter().filter_map(|arg| if let Known::Row(heads) = arg { Some(heads) } else { None });
        let is_it = |head: &&Known| matches!(head, Known::Of(of, _) if *of == ability);
        heads.flatten().find(is_it).cloned().unwrap_or(Known::Unknown)
    }
}

/// How many variables a constructor's type binds itself.
fn own_variables(ty: &Type) -> usize {
    match ty {
        Type::Forall(n, body) => *n as usize + own_variables(body),
        _ => 0,
    }
}

/// A declared type, and which of its arguments have values: all that decides whether it has.
type Instance = (TypeRef, Vec<bool>);

/// Finds out which types have values, and remembers it.
pub(super) struct Inhabited<'n> {
    names: &'n Names<'n>,
    /// Closed: the emptiness of one that is here depends on none that is not.
    known: BTreeMap<Instance, bool>,
}

impl<'n> Inhabited<'n> {
    pub fn new(names: &'n Names<'n>) -> Inhabited<'n> {
        Inhabited { names, known: BTreeMap::new() }
    }

    pub fn has_values(&mut self, ty: &Known) -> bool {
        loop {
            let before = self.known.len();
            let found = self.look_up(ty);
            if self.known.len() == before {
                return found;
            }
            self.solve();
        }
    }

    /// What is known so far. What is not is remembered as having none.
    fn look_up(&mut self, ty: &Known) -> bool {
        let Known::Of(of, args) = ty else { return true };
        let args = args.iter().map(|arg| self.look_up(arg)).collect();
        self.instance(*of, args)
    }

    fn instance(&mut self, of: TypeRef, args: Vec<bool>) -> bool {
        if let Some(known) = self.known.get(&(of, args.clone())) {
            return *known;
        }
        let declared = self.names.declaration(of).filter(|it| it.kind == DeclarationKind::Type);
        let has_some = declared.is_none_or(|declared| declared.constructors.iter().any(|made| made.arity == 0));
        if has_some || self.known.len() >= TYPES_MAX {
            return true;
        }
        self.known.insert((of, args), false);
        false
    }

    /// Goes on until nothing is found to have values any more.
    fn solve(&mut self) {
        loop {
            let (count, open) = (self.known.len(), self.known.iter().filter(|(_, known)| !**known));
            let open: Vec<Instance> = open.map(|(instance, _)| instance.clone()).collect();
            let mut changed = false;
            for instance in open {
                if self.is_built(&instance) {
                    self.known.insert(instance, true);
                    changed = true;
                }
            }
            if !changed && self.known.len() == count {
                return;
            }
        }
    }

    /// Whether one of its constructors has only fields that are known to have values.
    fn is_built(&mut self, (of, args): &Instance) -> bool {
        let Some(declaration) = self.names.declaration(*of) else { return true };
        declaration.constructors.iter().any(|constructor| {
            let bound = own_variables(&constructor.ty);
            constructor.fields().into_iter().all(|field| self.field(field, args, bound))
        })
    }

    fn field(&mut self, ty: &Type, params: &[bool], bound: usize) -> bool {
        match ty.unapply() {
            (Type::Ref(reference), args) => {
                let args = args.into_iter().map(|arg| self.field(arg, params, bound)).collect();
                self.instance(*reference, args)
            }
            (Type::Var(index), applied) if applied.is_empty() => {
                let param = (*index as usize).checked_sub(bound).and_then(|below| params.len().checked_sub(below + 1));
                param.is_none_or(|param| params[param])
            }
            _ => true,
        }
    }
}
