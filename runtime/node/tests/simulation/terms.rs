//! The core language's terms by short names, for those who write programs in it by hand.

use builtin::{Builtin, BuiltinType};
use kernel::{DefId, Literal, Row, Term, TermRef, Type, TypeRef};
use machine::{Datum, Portable, portable};

pub fn row() -> Row {
    let head = |ability| Type::builtin(ability);
    Row::new(vec![head(BuiltinType::Io), head(BuiltinType::Exception), head(BuiltinType::RemoteBang)], Vec::new())
}

pub fn ty(ty: BuiltinType) -> Type {
    Type::builtin(ty)
}

pub fn nat_to_nat() -> Type {
    Type::fun(ty(BuiltinType::Nat), Row::empty(), ty(BuiltinType::Nat))
}

pub fn var(index: u32) -> Term {
    Term::Local(index)
}

pub fn nat(n: u64) -> Term {
    Term::Literal(Literal::Nat(n))
}

pub fn unit() -> Term {
    Term::Constructor(TypeRef::Builtin(BuiltinType::Tuple(0)), 0)
}

/// What is known of the type of a channel.
pub fn no_bytes() -> Term {
    Term::Literal(Literal::Bytes([].into()))
}

pub fn delay(body: Term) -> Term {
    Term::Lambda(1, Box::new(body))
}

pub fn builtin(of: Builtin, args: Vec<Term>) -> Term {
    Term::App(Box::new(Term::Ref(TermRef::Builtin(of))), args)
}

pub fn call(of: DefId, args: Vec<Term>) -> Term {
    Term::App(Box::new(Term::Ref(TermRef::Def(of))), args)
}

/// The node of this number in the cluster of the run.
pub fn node(n: u64) -> Term {
    let nodes = builtin(Builtin::RemoteNodes, vec![Term::Ref(TermRef::Builtin(Builtin::ClusterRun))]);
    builtin(Builtin::ListUnsafeAt, vec![nat(n), nodes])
}

/// `at node body`; inside `body`, one more variable is in scope.
pub fn at(node: Term, body: Term) -> Term {
    builtin(Builtin::RemoteAt, vec![Term::Row(Vec::new()), node, delay(body)])
}

/// As [`at`], where the body may request what an ability has.
pub fn at_row(ability: TypeRef, node: Term, body: Term) -> Term {
    builtin(Builtin::RemoteAt, vec![Term::Row(vec![ability]), node, delay(body)])
}

/// `handle body with handler`; inside `body`, one more variable is in scope.
pub fn handle(ability: TypeRef, body: Term, handler: Term) -> Term {
    Term::Handle { abilities: vec![ability], body: Box::new(delay(body)), handler: Box::new(handler) }
}

pub fn transfer(to: u64) -> Term {
    builtin(Builtin::RemoteTransfer, vec![node(to)])
}

/// `n` if this is the node of that number, else 0.
pub fn is_here(number: u64, n: u64) -> Term {
    let same = builtin(Builtin::UniversalEq, vec![builtin(Builtin::RemoteHere, vec![unit()]), node(number)]);
    Term::If(Box::new(same), Box::new(nat(n)), Box::new(nat(0)))
}

pub fn spawn(node: Term, body: Term) -> Term {
    builtin(Builtin::RemoteSpawn, vec![Term::Row(Vec::new()), node, delay(body)])
}

/// `await!`
pub fn attempt(future: Term) -> Term {
    builtin(Builtin::RemoteBangAwait, vec![future])
}

pub fn right(value: Datum) -> Datum {
    Datum::builtin(BuiltinType::Either, 1, vec![value])
}

/// `Left` of the error of this number.
pub fn left(error: u32) -> Datum {
    Datum::builtin(BuiltinType::Either, 0, vec![Datum::builtin(BuiltinType::RemoteErr, error, Vec::new())])
}

/// The same, as a result.
pub fn failed_by(error: u32) -> Portable {
    portable::from_datum(&left(error)).expect("it is plain")
}

/// `Right` of a number, as a result.
pub fn succeeded_with(n: u64) -> Portable {
    portable::from_datum(&right(Datum::Nat(n))).expect("it is plain")
}

pub fn status(of: u32) -> Datum {
    Datum::builtin(BuiltinType::RemoteStatus, of, Vec::new())
}

pub fn wait(future: Term) -> Term {
    builtin(Builtin::RemoteAwait, vec![future])
}
