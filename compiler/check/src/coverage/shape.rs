//! Patterns as far as coverage cares, and examples of values.

use crate::elab::Pattern;
use kernel::{Literal, TypeRef};

/// A pattern, or an example of what no pattern takes.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Shape {
    Any,
    Of(Head, Vec<Shape>),
    /// A list: elements at its front and at its back, and whether there may be more between.
    List {
        front: Vec<Shape>,
        back: Vec<Shape>,
        open: bool,
    },
}

/// What a value is made by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Head {
    Constructor(TypeRef, u32),
    Literal(Literal),
    /// One that no pattern names, for all of them.
    OtherLiteral(Literal),
    /// A list of this length.
    Length(usize),
    /// A list of this length, for all longer ones too.
    Longer(usize),
    Pure,
    Request(TypeRef, u32),
}

impl Shape {
    pub fn of(pattern: &Pattern) -> Shape {
        let shapes = |patterns: &[Pattern]| patterns.iter().map(Shape::of).collect::<Vec<_>>();
        match pattern {
            Pattern::Any | Pattern::Var(_) | Pattern::Error => Shape::Any,
            Pattern::As(_, inner) => Shape::of(inner),
            Pattern::Literal(literal) => Shape::Of(Head::Literal(literal.clone()), Vec::new()),
            Pattern::Constructor(ty, index, fields) => Shape::Of(Head::Constructor(*ty, *index), shapes(fields)),
            Pattern::List(elements) => Shape::List { front: shapes(elements), back: Vec::new(), open: false },
            Pattern::Cons(first, rest) => extended(vec![Shape::of(first)], Shape::of(rest), Vec::new()),
            Pattern::Snoc(front, last) => extended(Vec::new(), Shape::of(front), vec![Shape::of(last)]),
            Pattern::Prefix(elements, rest) => extended(shapes(elements), Shape::of(rest), Vec::new()),
            Pattern::Suffix(front, elements) => extended(Vec::new(), Shape::of(front), shapes(elements)),
            Pattern::Pure(inner) => Shape::Of(Head::Pure, vec![Shape::of(inner)]),
            Pattern::Request { ability, operation, args, resume } => {
                let mut fields = shapes(args);
                fields.push(Shape::of(resume));
                Shape::Of(Head::Request(*ability, *operation), fields)
            }
        }
    }

    /// Whether it takes everything.
    pub fn is_any(&self) -> bool {
        match self {
            Shape::Any => true,
            Shape::Of(..) => false,
            Shape::List { front, back, open } => *open && front.is_empty() && back.is_empty(),
        }
    }
}

/// A list pattern with more elements before and behind it.
fn extended(mut before: Vec<Shape>, middle: Shape, behind: Vec<Shape>) -> Shape {
    match middle {
        Shape::List { front, back, open } => {
            before.extend(front);
            let back = back.into_iter().chain(behind).collect();
            Shape::List { front: before, back, open }
        }
        Shape::Any | Shape::Of(..) => Shape::List { front: before, back: behind, open: true },
    }
}
