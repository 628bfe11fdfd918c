//! Terms of the core language.

use crate::{Signature, TermRef, TypeRef};
use std::sync::Arc;

/// A definition: its type, which is part of its identity, and its body, which is closed.
#[derive(Clone, PartialEq, Debug)]
pub struct Definition {
    pub signature: Signature,
    pub body: Term,
}

/// A term. Variables are de Bruijn indices: 0 is the variable that was bound last.
///
/// Lambdas are numbered: 0 is the definition itself; the other [`Term::Lambda`] nodes follow in pre-order from 1 (a definition
/// whose body is a lambda is that lambda, which takes no number of its own). The number names the lambda in closures that travel.
#[derive(Clone, PartialEq, Debug)]
pub enum Term {
    Local(u32),
    Ref(TermRef),
    /// A constructor: a value if it has no fields, else a function of its fields.
    Constructor(TypeRef, u32),
    /// An operation of an ability, a function of its arguments. One of arity 0 is performed by applying it to no arguments: `App(Operation, [])`.
    Operation(TypeRef, u32),
    Literal(Literal),
    List(Vec<Term>),
    /// A function and its arguments, which may be fewer or more than it takes. The head is not itself an `App`. Numbered by [`crate::Site`].
    App(Box<Term>, Vec<Term>),
    /// Binds so many variables at once, at least one; the last one is index 0. A delay is a lambda of one variable, which is `()`.
    Lambda(u32, Box<Term>),
    /// Evaluated in order; each binding is in scope of those after it and of the body. A statement whose value is not used is a binding too.
    Let(Vec<Term>, Box<Term>),
    /// Mutually recursive lambdas. All are in scope of each other and of the body; the last one is index 0.
    LetRec(Vec<Term>, Box<Term>),
    /// Condition, then, else. `a && b` is `If(a, b, false)`.
    If(Box<Term>, Box<Term>, Box<Term>),
    /// Cases are tried in order.
    Match(Box<Term>, Vec<Case>),
    /// `handle body with handler`. `body` is a delay (a lambda of one variable). `abilities` are those of the handler's `Request` row, ascending: what the prompt catches.
    Handle {
        abilities: Vec<TypeRef>,
        body: Box<Term>,
        handler: Box<Term>,
    },
    /// The row that the checker recorded at an `at`, ascending: a hidden first argument of the builtins that want it (`builtin::Hidden::Row`). Abilities of the
    /// runtime are left out, since they never come back as requests. `Request` among them says that the row has a variable: any ability may come back.
    Row(Vec<TypeRef>),
    TermLink(TermRef),
    TypeLink(TypeRef),
}

/// Floats compare by bits. A NaN is the one canonical NaN.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Literal {
    Nat(u64),
    Int(i64),
    /// IEEE 754 bits.
    Float(u64),
    Char(char),
    Boolean(bool),
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
}

/// The pattern's variables are bound in the order in which they stand (an as-pattern's own before those inside), the last being index 0 in guard and body.
#[derive(Clone, PartialEq, Debug)]
pub struct Case {
    pub pattern: Pattern,
    /// If it is false, the next case is tried.
    pub guard: Option<Term>,
    pub body: Term,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Pattern {
    /// Matches anything, binds nothing.
    Any,
    /// Matches anything, binds it.
    Var,
    /// Never a float.
    Literal(Literal),
    Constructor(TypeRef, u32, Vec<Pattern>),
    As(Box<Pattern>),
    /// A list of exactly these elements.
    List(Vec<Pattern>),
    /// First element and the rest.
    Cons(Box<Pattern>, Box<Pattern>),
    /// All but the last element, and the last.
    Snoc(Box<Pattern>, Box<Pattern>),
    /// A list that starts with these elements, then the rest.
    Prefix(Vec<Pattern>, Box<Pattern>),
    /// A list that ends with these elements: first the rest.
    Suffix(Box<Pattern>, Vec<Pattern>),
    /// `{ a }`: the computation returned.
    Pure(Box<Pattern>),
    /// `{ op args -> resume }`: it requested an operation of an ability.
    Request {
        ability: TypeRef,
        operation: u32,
        args: Vec<Pattern>,
        resume: Box<Pattern>,
    },
}
