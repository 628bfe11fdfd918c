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
const TYPES_MAX: usize = 1_000_000;

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

/// What was found out about which types have values.
#[derive(Default)]
pub(crate) struct Inhabited {
    /// Closed when nothing is to be asked: the emptiness of one that is here depends on none that is not.
    known: BTreeMap<Instance, bool>,
    /// To be asked whether they have values, after something that they were waiting for turned out to have some.
    to_ask: Vec<Instance>,
    /// Those that would be asked again if this one turned out to have values.
    waiting: BTreeMap<Instance, Vec<Instance>>,
}

impl Inhabited {
    pub fn has_values(&mut self, ty: &Known, names: &Names) -> bool {
        loop {
            let found = self.look_up(ty, names);
            if self.to_ask.is_empty() {
                return found;
            }
            self.solve(names);
        }
    }

    /// What is known so far. What is not counts as having none, and is to be asked.
    fn look_up(&mut self, ty: &Known, names: &Names) -> bool {
        let Known::Of(of, args) = ty else { return true };
        let args = args.iter().map(|arg| self.look_up(arg, names)).collect();
        self.is_known((*of, args), names)
    }

    fn is_known(&mut self, instance: Instance, names: &Names) -> bool {
        if let Some(known) = self.known.get(&instance) {
            return *known;
        }
        let declared = names.declaration(instance.0).filter(|it| it.kind == DeclarationKind::Type);
        let has_some = declared.is_none_or(|declared| declared.constructors.iter().any(|made| made.arity == 0));
        if has_some || self.known.len() >= TYPES_MAX {
            return true;
        }
        self.known.insert(instance.clone(), false);
        self.to_ask.push(instance);
        false
    }

    /// Goes on until nothing is found to have values any more. Each is asked once, and again when a field for want of which it had none has some.
    fn solve(&mut self, names: &Names) {
        while let Some(instance) = self.to_ask.pop() {
            if !self.known[&instance] && self.is_built(&instance, names) {
                self.to_ask.extend(self.waiting.remove(&instance).unwrap_or_default());
                self.known.insert(instance, true);
            }
        }
        // What has none now never will.
        self.waiting.clear();
    }

    /// Whether one of its constructors has only fields that are known to have values.
    fn is_built(&mut self, instance: &Instance, names: &Names) -> bool {
        let Some(declaration) = names.declaration(instance.0) else { return true };
        declaration.constructors.iter().any(|constructor| {
            let bound = own_variables(&constructor.ty);
            constructor.fields().into_iter().all(|field| self.field(field, instance, bound, names))
        })
    }

    /// Whether a field of `owner` is known to have values.
    fn field(&mut self, ty: &Type, owner: &Instance, bound: usize, names: &Names) -> bool {
        match ty.unapply() {
            (Type::Ref(reference), args) => {
                let args = args.into_iter().map(|arg| self.field(arg, owner, bound, names)).collect();
                let field = (*reference, args);
                let has_values = self.is_known(field.clone(), names);
                if !has_values {
                    self.waiting.entry(field).or_default().push(owner.clone());
                }
                has_values
            }
            (Type::Var(index), applied) if applied.is_empty() => {
                let below = (*index as usize).checked_sub(bound);
                let param = below.and_then(|below| owner.1.len().checked_sub(below + 1));
                param.is_none_or(|param| owner.1[param])
            }
            _ => true,
        }
    }
}
