//! Elaborated terms before they are closed: variables have unique numbers, definitions of the files are numbered, and what inference
//! decides later (overloaded names, recorded rows) is a hole.

use crate::traced::Note;
use crate::ty::{Row, Ty};
use base::Span;
use kernel::{Literal, TermRef, TypeRef};
use std::rc::Rc;

/// A variable of the definition that is being checked; its number is used once in a run of the checker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Local(pub u32);

#[derive(Clone, Debug)]
pub(crate) enum Elab {
    Local(Local),
    /// A definition of the files, by number.
    Top(usize),
    Ref(TermRef),
    Constructor(TypeRef, u32),
    Operation(TypeRef, u32),
    Literal(Literal),
    List(Vec<Elab>),
    /// With what is called as it is written, if somebody wrote it.
    App(Box<Elab>, Vec<Elab>, Option<Span>),
    Lambda(Vec<Local>, Box<Elab>),
    Let(Vec<(Local, Elab)>, Box<Elab>),
    LetRec(Vec<(Local, Elab)>, Box<Elab>),
    If(Box<Elab>, Box<Elab>, Box<Elab>),
    Match(Box<Match>),
    Handle {
        abilities: Vec<TypeRef>,
        body: Box<Elab>,
        handler: Box<Elab>,
    },
    /// The hidden argument of an `at`.
    Row(Row),
    /// The hidden argument of a channel: the type of its elements.
    Element(Ty),
    TermLink(Box<Elab>),
    TypeLink(TypeRef),
    /// An overloaded name, by number of the choice.
    Choice(usize),
    /// In a traced definition: a variable's value is noted, if that turns out to be wanted.
    Note(Rc<Note>),
    /// Has a mistake that was told.
    Error,
}

#[derive(Clone, Debug)]
pub(crate) struct Match {
    pub span: Span,
    pub scrutinee: Elab,
    /// The scrutinee's type.
    pub ty: Ty,
    /// For a `Request`: the abilities whose operations are to be covered.
    pub abilities: Vec<TypeRef>,
    pub cases: Vec<Case>,
    /// It is a binding `pattern = e`, or a parameter: there can be no other case.
    pub binds: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub span: Span,
    pub pattern: Pattern,
    pub guard: Option<Elab>,
    pub body: Elab,
}

/// As `kernel::Pattern`, with the variables.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Any,
    Var(Local),
    Literal(Literal),
    Constructor(TypeRef, u32, Vec<Pattern>),
    As(Local, Box<Pattern>),
    List(Vec<Pattern>),
    Cons(Box<Pattern>, Box<Pattern>),
    Snoc(Box<Pattern>, Box<Pattern>),
    Prefix(Vec<Pattern>, Box<Pattern>),
    Suffix(Box<Pattern>, Vec<Pattern>),
    Pure(Box<Pattern>),
    Request { ability: TypeRef, operation: u32, args: Vec<Pattern>, resume: Box<Pattern> },
    Error,
}

impl Elab {
    pub fn app(head: Elab, args: Vec<Elab>) -> Elab {
        Elab::App(Box::new(head), args, None)
    }

    /// As [`Elab::app`]; what is applied stands there.
    pub fn call(span: Span, head: Elab, args: Vec<Elab>) -> Elab {
        Elab::App(Box::new(head), args, Some(span))
    }

    pub fn unit() -> Elab {
        Elab::Constructor(TypeRef::Builtin(builtin::BuiltinType::Tuple(0)), 0)
    }

    /// `!e`, which stands there.
    pub fn force(self, span: Span) -> Elab {
        Elab::call(span, self, vec![Elab::unit()])
    }

    pub fn tuple(elements: Vec<Elab>) -> Elab {
        let n = u8::try_from(elements.len()).unwrap_or(u8::MAX);
        Elab::app(Elab::Constructor(TypeRef::Builtin(builtin::BuiltinType::Tuple(n)), 0), elements)
    }

    pub fn boolean(value: bool) -> Elab {
        Elab::Literal(Literal::Boolean(value))
    }
}

impl Pattern {
    pub fn tuple(elements: Vec<Pattern>) -> Pattern {
        let n = u8::try_from(elements.len()).unwrap_or(u8::MAX);
        Pattern::Constructor(TypeRef::Builtin(builtin::BuiltinType::Tuple(n)), 0, elements)
    }
}
