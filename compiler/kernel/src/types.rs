//! Types of the core language.

use crate::TypeRef;
use std::sync::Arc;

/// A type. Inner nodes are shared, so that cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Type {
    /// A de Bruijn index: 0 is the last variable of the innermost enclosing [`Type::Forall`] (or declaration's parameters).
    /// Stands for a type or, inside a [`Row`], for a set of abilities.
    Var(u32),
    Ref(TypeRef),
    /// One argument at a time: `Map k v` is `App(App(Map, k), v)`.
    App(Arc<Type>, Arc<Type>),
    /// `arg ->{row} ret`. `by_name` says that the parameter was written as a computation `({g} a)`; then `arg` is the delay `() ->{g} a`.
    Fun {
        arg: Arc<Type>,
        by_name: bool,
        row: Row,
        ret: Arc<Type>,
    },
    /// Binds so many variables, at least one.
    Forall(u32, Arc<Type>),
    /// A row as an argument of a type, as in `Request {A} r`.
    Row(Row),
}

/// A set of abilities: applied ability types and variables, each in ascending order without repetition.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Row {
    pub heads: Vec<Type>,
    pub vars: Vec<u32>,
}

/// The type of a definition. `by_name`: the whole type was written as a computation, as in `here : Remote Node`; then `ty` is the delay `() ->{Remote} Node` (below its foralls) and each use of the name forces it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Signature {
    pub ty: Type,
    pub by_name: bool,
}

impl Type {
    pub fn builtin(ty: builtin::BuiltinType) -> Type {
        Type::Ref(TypeRef::Builtin(ty))
    }

    pub fn unit() -> Type {
        Type::builtin(builtin::BuiltinType::Tuple(0))
    }

    /// `head` applied to `args` in order.
    pub fn apply(head: Type, args: impl IntoIterator<Item = Type>) -> Type {
        args.into_iter().fold(head, |f, x| Type::App(Arc::new(f), Arc::new(x)))
    }

    /// The head of an application and its arguments: `Map k v` gives `Map` and `[k, v]`.
    pub fn unapply(&self) -> (&Type, Vec<&Type>) {
        let (mut head, mut args) = (self, Vec::new());
        while let Type::App(f, x) = head {
            args.push(&**x);
            head = f;
        }
        args.reverse();
        (head, args)
    }

    /// `arg ->{row} ret`, by value.
    pub fn fun(arg: Type, row: Row, ret: Type) -> Type {
        Type::Fun { arg: Arc::new(arg), by_name: false, row, ret: Arc::new(ret) }
    }

    /// `'{row} ret`.
    pub fn delay(row: Row, ret: Type) -> Type {
        Type::fun(Type::unit(), row, ret)
    }

    pub fn list(element: Type) -> Type {
        Type::apply(Type::builtin(builtin::BuiltinType::List), [element])
    }

    /// A tuple of any length but one; of none, it is `()`.
    pub fn tuple(elements: Vec<Type>) -> Type {
        let n = u8::try_from(elements.len()).expect("the parser limits tuples");
        Type::apply(Type::builtin(builtin::BuiltinType::Tuple(n)), elements)
    }

    /// The type without its outermost foralls.
    pub fn without_foralls(&self) -> &Type {
        let mut ty = self;
        while let Type::Forall(_, body) = ty {
            ty = body;
        }
        ty
    }
}

impl Row {
    pub fn empty() -> Row {
        Row::default()
    }

    /// Normalises: sorted, each once.
    pub fn new(mut heads: Vec<Type>, mut vars: Vec<u32>) -> Row {
        heads.sort();
        heads.dedup();
        vars.sort_unstable();
        vars.dedup();
        Row { heads, vars }
    }

    pub fn is_empty(&self) -> bool {
        self.heads.is_empty() && self.vars.is_empty()
    }
}
