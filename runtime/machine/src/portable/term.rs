//! A value as a term of the core, so that it can be a definition: what is named at the prompt is.
//!
//! Sharing is unfolded and the term nests as deep as the value, so both are limited. A function is a term if the definition that its code is of can be read: a lambda is taken
//! out of it, and what it has captured becomes arguments.

use super::graph::{Callable, Graph, Node};
use super::{Portable, wire};
use base::bytes::DecodeError;
use builtin::Builtin;
use ir::{CodeId, FunctionRef};
use kernel::{DefId, Literal, Term, TermRef};

/// Levels of a term that is made here: what walks over it later may recurse.
const DEPTH_MAX: u32 = 200;

/// Elements of one list literal: it takes a register for each.
const LIST_MAX: usize = 1_000;

/// Why a value is no term.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoTerm {
    /// It has too many parts.
    TooLarge,
    /// It nests too deep.
    TooDeep,
    /// It holds something that only exists while it runs: a continuation, or a request.
    Running,
    /// The code of a function in it cannot be taken out of its definition.
    Code,
}

/// Takes the lambda of a number out of its definition: a closed function of what it captures, in the order in which a closure holds it, and how many captures there are.
pub type Lambdas<'a> = &'a dyn Fn(DefId, u32) -> Option<(Term, usize)>;

/// The term of a value that has at most so many parts. Fails with none if the value is malformed.
pub fn to_term(value: &Portable, parts_max: u64, lambdas: Lambdas<'_>) -> Result<Result<Term, NoTerm>, DecodeError> {
    Ok(term_of(&wire::decode(&value.bytes(), parts_max.saturating_mul(4))?, parts_max, lambdas))
}

fn term_of(graph: &Graph, parts_max: u64, lambdas: Lambdas<'_>) -> Result<Term, NoTerm> {
    let mut sizes: Vec<(u64, u32)> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let below = node.children().iter().map(|child| sizes[*child as usize]);
        let (parts, depth) =
            below.fold((0u64, 0), |(parts, depth), one| (parts.saturating_add(one.0), depth.max(one.1)));
        sizes.push((parts.saturating_add(1), depth + 1));
    }
    match sizes[graph.root() as usize] {
        (parts, _) if parts > parts_max => Err(NoTerm::TooLarge),
        (_, depth) if depth > DEPTH_MAX => Err(NoTerm::TooDeep),
        _ => term(graph, graph.root(), lambdas),
    }
}

/// Recurses as deep as was measured.
fn term(graph: &Graph, at: u32, lambdas: Lambdas<'_>) -> Result<Term, NoTerm> {
    let node = &graph.nodes[at as usize];
    let parts = || node.children().iter().map(|child| term(graph, *child, lambdas)).collect::<Result<Vec<_>, _>>();
    Ok(match node {
        Node::Nat(n) => Term::Literal(Literal::Nat(*n)),
        Node::Int(n) => Term::Literal(Literal::Int(*n)),
        Node::Float(bits) => Term::Literal(Literal::Float(*bits)),
        Node::Char(c) => Term::Literal(Literal::Char(*c)),
        Node::Boolean(b) => Term::Literal(Literal::Boolean(*b)),
        Node::Text(text) => Term::Literal(Literal::Text(text.clone())),
        Node::Bytes(bytes) => Term::Literal(Literal::Bytes(bytes.clone())),
        Node::List(_) => list(parts()?),
        Node::Constructed(ty, index, _) => applied(Term::Constructor(*ty, *index), parts()?),
        Node::Function(callable, _) => function(*callable, parts()?, lambdas)?,
        Node::TermLink(term) => Term::TermLink(*term),
        Node::TypeLink(ty) => Term::TypeLink(*ty),
        _ => return Err(NoTerm::Running),
    })
}

fn function(callable: Callable, mut held: Vec<Term>, lambdas: Lambdas<'_>) -> Result<Term, NoTerm> {
    Ok(match callable {
        Callable::Function(FunctionRef::Builtin(builtin)) => applied(Term::Ref(TermRef::Builtin(builtin)), held),
        Callable::Function(FunctionRef::Constructor(ty, index)) => applied(Term::Constructor(ty, index), held),
        Callable::Function(FunctionRef::Operation(ty, index)) => applied(Term::Operation(ty, index), held),
        Callable::Code(CodeId { def, lambda: 0 }) => applied(Term::Ref(TermRef::Def(def)), held),
        Callable::Code(CodeId { def, lambda }) => {
            let (lambda, captures) = lambdas(def, lambda).ok_or(NoTerm::Code)?;
            if captures > held.len() {
                return Err(NoTerm::Code);
            }
            let arguments = held.split_off(captures);
            applied(applied(lambda, held), arguments)
        }
    })
}

fn applied(function: Term, arguments: Vec<Term>) -> Term {
    match function {
        function if arguments.is_empty() => function,
        Term::App(head, mut first) => {
            first.extend(arguments);
            Term::App(head, first)
        }
        function => Term::App(Box::new(function), arguments),
    }
}

/// A long list is put together from pieces, by halves.
fn list(mut elements: Vec<Term>) -> Term {
    if elements.len() <= LIST_MAX {
        return Term::List(elements);
    }
    let back = elements.split_off(elements.len() / 2);
    let concat = Term::Ref(TermRef::Builtin(Builtin::ListConcat));
    Term::App(Box::new(concat), vec![list(elements), list(back)])
}
