//! Types during inference: those of the kernel, with metavariables to be solved and rigid variables (skolems).
//!
//! **Invariant:** a [`Ty::Bound`] stands only below its [`Ty::Forall`]; whatever is taken out of one is opened first.

use builtin::BuiltinType;
use kernel::{Type, TypeRef};
use std::rc::Rc;

/// A type variable to be solved. It may stand for a type or, as a tail of a [`Row`], for a set of abilities.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Meta(pub u32);

/// A type variable of a signature in whose scope we are: equal only to itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Skolem(pub u32);

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Ty {
    Meta(Meta),
    Skolem(Skolem),
    /// As `kernel::Type::Var`.
    Bound(u32),
    Ref(TypeRef),
    App(Rc<Ty>, Rc<Ty>),
    Fun(Rc<Fun>),
    Forall(u32, Rc<Ty>),
    Row(Row),
    /// The type of what has a mistake that was told already. Fits everything.
    Error,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Fun {
    pub arg: Ty,
    /// Read only at an application of a name; unification ignores it.
    pub by_name: bool,
    pub row: Row,
    pub ret: Ty,
}

/// A set of abilities: heads are applied ability types, tails are metavariables, skolems or bound variables.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Row {
    pub heads: Vec<Ty>,
    pub tails: Vec<Ty>,
}

/// The type of a name, and whether each use of the name forces it.
#[derive(Clone, Debug)]
pub(crate) struct Scheme {
    pub ty: Ty,
    pub by_name: bool,
}

impl Row {
    pub fn is_closed(&self) -> bool {
        self.heads.iter().chain(&self.tails).all(Ty::is_closed)
    }

    pub fn empty() -> Row {
        Row::default()
    }

    pub fn tail(tail: Ty) -> Row {
        Row { heads: Vec::new(), tails: vec![tail] }
    }

    pub fn is_empty(&self) -> bool {
        self.heads.is_empty() && self.tails.is_empty()
    }

    /// The abilities that this row names.
    pub fn abilities(&self) -> Vec<TypeRef> {
        self.heads.iter().filter_map(ability_of).collect()
    }

    /// Adds what a variable of the row stands for.
    fn push(&mut self, ty: Ty) {
        match ty {
            Ty::Row(row) => {
                self.heads.extend(row.heads);
                self.tails.extend(row.tails);
            }
            Ty::Meta(_) | Ty::Skolem(_) | Ty::Bound(_) => self.tails.push(ty),
            Ty::Error => {}
            Ty::Ref(_) | Ty::App(..) | Ty::Fun(_) | Ty::Forall(..) => self.heads.push(ty),
        }
    }
}

/// The ability that a head applies.
pub(crate) fn ability_of(head: &Ty) -> Option<TypeRef> {
    match head {
        Ty::Ref(ability) => Some(*ability),
        Ty::App(f, _) => ability_of(f),
        _ => None,
    }
}

impl Ty {
    pub fn builtin(ty: BuiltinType) -> Ty {
        Ty::Ref(TypeRef::Builtin(ty))
    }

    pub fn unit() -> Ty {
        Ty::builtin(BuiltinType::Tuple(0))
    }

    pub fn apply(head: Ty, args: impl IntoIterator<Item = Ty>) -> Ty {
        args.into_iter().fold(head, |f, x| Ty::App(Rc::new(f), Rc::new(x)))
    }

    pub fn fun(arg: Ty, row: Row, ret: Ty) -> Ty {
        Ty::Fun(Rc::new(Fun { arg, by_name: false, row, ret }))
    }

    pub fn delay(row: Row, ret: Ty) -> Ty {
        Ty::fun(Ty::unit(), row, ret)
    }

    pub fn list(element: Ty) -> Ty {
        Ty::apply(Ty::builtin(BuiltinType::List), [element])
    }

    pub fn tuple(elements: Vec<Ty>) -> Ty {
        let n = u8::try_from(elements.len()).unwrap_or(u8::MAX);
        Ty::apply(Ty::builtin(BuiltinType::Tuple(n)), elements)
    }

    pub fn request(row: Row, result: Ty) -> Ty {
        Ty::apply(Ty::builtin(BuiltinType::Request), [Ty::Row(row), result])
    }

    /// The head of an application and its arguments.
    pub fn unapply(&self) -> (&Ty, Vec<&Ty>) {
        let (mut head, mut args) = (self, Vec::new());
        while let Ty::App(f, x) = head {
            args.push(&**x);
            head = f;
        }
        args.reverse();
        (head, args)
    }

    /// Whether there is no variable in it but those that it binds itself.
    pub fn is_closed(&self) -> bool {
        match self {
            Ty::Meta(_) | Ty::Skolem(_) | Ty::Error => false,
            Ty::Bound(_) | Ty::Ref(_) => true,
            Ty::App(f, x) => f.is_closed() && x.is_closed(),
            Ty::Fun(fun) => fun.arg.is_closed() && fun.ret.is_closed() && fun.row.is_closed(),
            Ty::Forall(_, body) => body.is_closed(),
            Ty::Row(row) => row.is_closed(),
        }
    }

    /// Opens a `Forall` of `args.len()` variables: its body with the variables replaced, the first by `args[0]`.
    pub fn open(&self, args: &[Ty]) -> Ty {
        self.map_bound(0, &mut |index, depth| match (index - depth) as usize {
            below if below < args.len() => args[args.len() - 1 - below].clone(),
            beyond => Ty::Bound((beyond - args.len()) as u32 + depth),
        })
    }

    /// The type with these metavariables and skolems bound by a `Forall` around it; the type itself if there are none.
    pub fn close_over(&self, vars: &[Ty]) -> Ty {
        if vars.is_empty() {
            return self.clone();
        }
        Ty::Forall(vars.len() as u32, Rc::new(self.bind_vars(vars, 0)))
    }

    fn bind_vars(&self, vars: &[Ty], depth: u32) -> Ty {
        match self {
            Ty::Meta(_) | Ty::Skolem(_) => match vars.iter().rev().position(|var| var == self) {
                Some(index) => Ty::Bound(index as u32 + depth),
                None => self.clone(),
            },
            Ty::Bound(_) | Ty::Ref(_) | Ty::Error => self.clone(),
            Ty::App(f, x) => Ty::App(Rc::new(f.bind_vars(vars, depth)), Rc::new(x.bind_vars(vars, depth))),
            Ty::Fun(fun) => Ty::Fun(Rc::new(Fun {
                arg: fun.arg.bind_vars(vars, depth),
                by_name: fun.by_name,
                row: fun.row.bind_vars(vars, depth),
                ret: fun.ret.bind_vars(vars, depth),
            })),
            Ty::Forall(n, body) => Ty::Forall(*n, Rc::new(body.bind_vars(vars, depth + n))),
            Ty::Row(row) => Ty::Row(row.bind_vars(vars, depth)),
        }
    }

    /// Replaces the variables that are bound outside. `replace` gets the index and how many variables are bound in between.
    fn map_bound(&self, depth: u32, replace: &mut impl FnMut(u32, u32) -> Ty) -> Ty {
        match self {
            Ty::Bound(index) if *index >= depth => replace(*index, depth),
            Ty::Meta(_) | Ty::Skolem(_) | Ty::Bound(_) | Ty::Ref(_) | Ty::Error => self.clone(),
            Ty::App(f, x) => Ty::App(Rc::new(f.map_bound(depth, replace)), Rc::new(x.map_bound(depth, replace))),
            Ty::Fun(fun) => Ty::Fun(Rc::new(Fun {
                arg: fun.arg.map_bound(depth, replace),
                by_name: fun.by_name,
                row: fun.row.map_bound(depth, replace),
                ret: fun.ret.map_bound(depth, replace),
            })),
            Ty::Forall(n, body) => Ty::Forall(*n, Rc::new(body.map_bound(depth + n, replace))),
            Ty::Row(row) => Ty::Row(row.map_bound(depth, replace)),
        }
    }

    /// Without marks: they belong to written signatures only.
    pub fn unmarked(&self) -> Ty {
        match self {
            Ty::Fun(fun) => Ty::Fun(Rc::new(Fun {
                arg: fun.arg.unmarked(),
                by_name: false,
                row: fun.row.clone(),
                ret: fun.ret.unmarked(),
            })),
            Ty::App(f, x) => Ty::App(Rc::new(f.unmarked()), Rc::new(x.unmarked())),
            Ty::Forall(n, body) => Ty::Forall(*n, Rc::new(body.unmarked())),
            _ => self.clone(),
        }
    }

    /// The kernel's type as one of inference.
    pub fn from_kernel(ty: &Type) -> Ty {
        match ty {
            Type::Var(index) => Ty::Bound(*index),
            Type::Ref(reference) => Ty::Ref(*reference),
            Type::App(f, x) => Ty::App(Rc::new(Ty::from_kernel(f)), Rc::new(Ty::from_kernel(x))),
            Type::Fun { arg, by_name, row, ret } => Ty::Fun(Rc::new(Fun {
                arg: Ty::from_kernel(arg),
                by_name: *by_name,
                row: Row::from_kernel(row),
                ret: Ty::from_kernel(ret),
            })),
            Type::Forall(n, body) => Ty::Forall(*n, Rc::new(Ty::from_kernel(body))),
            Type::Row(row) => Ty::Row(Row::from_kernel(row)),
        }
    }
}

impl Row {
    fn from_kernel(row: &kernel::Row) -> Row {
        Row {
            heads: row.heads.iter().map(Ty::from_kernel).collect(),
            tails: row.vars.iter().map(|var| Ty::Bound(*var)).collect(),
        }
    }

    fn map_bound(&self, depth: u32, replace: &mut impl FnMut(u32, u32) -> Ty) -> Row {
        let mut row =
            Row { heads: self.heads.iter().map(|head| head.map_bound(depth, replace)).collect(), tails: Vec::new() };
        for tail in &self.tails {
            row.push(tail.map_bound(depth, replace));
        }
        row
    }

    fn bind_vars(&self, vars: &[Ty], depth: u32) -> Row {
        let bind = |types: &[Ty]| types.iter().map(|ty| ty.bind_vars(vars, depth)).collect();
        Row { heads: bind(&self.heads), tails: bind(&self.tails) }
    }

    /// Every tail replaced by what `of` gives for it.
    pub fn expand(&self, of: &mut impl FnMut(&Ty) -> Ty) -> Row {
        let mut row = Row { heads: self.heads.clone(), tails: Vec::new() };
        for tail in &self.tails {
            row.push(of(tail));
        }
        row
    }
}
