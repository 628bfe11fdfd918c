//! Components: that the order of members is canonical, and that every definition has one byte form.

use base::Hash;
use builtin::{Builtin, BuiltinType};
use hash::{Hashed, Kind, Object, ObjectError, hash_terms, hash_types};
use kernel::{
    Constructor, Declaration, DeclarationKind, DefId, Definition, Identity, Literal, Row, Signature, Term, TermRef,
    Type, TypeRef,
};
use std::sync::Arc;

fn nat() -> Type {
    Type::builtin(BuiltinType::Nat)
}

fn definition(body: Term) -> Definition {
    Definition { signature: Signature { ty: nat(), by_name: false }, body }
}

fn call(member: u32, arg: u64) -> Term {
    Term::App(Box::new(Term::Ref(TermRef::Cycle(member))), vec![Term::Literal(Literal::Nat(arg))])
}

fn verify(hashed: &Hashed) -> Result<Object, ObjectError> {
    Object::verified(hashed.object.hash(), hashed.object.kind(), hashed.object.bytes().clone())
}

/// A cycle of `len` members, each calling the next one, in which only one leaf differs. `first` is where it begins.
fn ring(len: u32, first: u32) -> Vec<Definition> {
    let member = |i: u32| {
        let place = (i + len - first) % len;
        definition(call((i + 1) % len, u64::from(place == 0)))
    };
    (0..len).map(member).collect()
}

#[test]
fn a_long_cycle_hashes_fast_and_in_any_order() {
    let start = std::time::Instant::now();
    let (a, b) = (hash_terms(&ring(10_000, 0)), hash_terms(&ring(10_000, 1234)));
    assert!(start.elapsed() < std::time::Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(a.object, b.object);
    assert_eq!(a.order[0], b.order[1234]);
    let mut all = a.order.clone();
    all.sort_unstable();
    assert!(all.iter().copied().eq(0..10_000), "members that can be told apart are not merged");
    assert_eq!(verify(&a).expect("canonical"), a.object);
}

#[test]
fn members_that_cannot_be_told_apart_are_one() {
    let alone = hash_terms(&[definition(call(0, 7))]);
    let members: Vec<Definition> = (0..12).map(|i| definition(call((i + 5) % 12, 7))).collect();
    let twelve = hash_terms(&members);
    assert_eq!(twelve.object, alone.object);
    assert_eq!(twelve.order, vec![0; 12]);
    // Two rings in one, which differ in one leaf each: every other member is the same.
    let alternating: Vec<Definition> = (0..12).map(|i| definition(call((i + 1) % 12, u64::from(i % 2)))).collect();
    let pair = hash_terms(&[definition(call(1, 0)), definition(call(0, 1))]);
    let folded = hash_terms(&alternating);
    assert_eq!(folded.object, pair.object);
    assert_eq!((folded.order[0], folded.order[1]), (pair.order[0], pair.order[1]));
    verify(&folded).expect("canonical");
}

#[test]
fn a_leaf_changes_the_hash() {
    let with = |n| hash_terms(&[definition(call(1, 0)), definition(call(0, n))]).object.hash();
    assert_ne!(with(1), with(2));
}

/// An ability whose one operation may use all of the members, in a row.
fn ability(name: &str, members: &[u32]) -> Declaration {
    let heads = members.iter().map(|member| Type::Ref(TypeRef::Cycle(*member))).collect();
    let ty = Type::fun(nat(), Row::new(heads, vec![]), nat());
    let operation = Constructor { name: name.into(), ty, by_name: false, arity: 1 };
    let kind = DeclarationKind::Ability;
    Declaration { kind, identity: Identity::Structural, params: 0, constructors: vec![operation] }
}

#[test]
fn rows_are_sets_whatever_the_order_of_members() {
    // 0 uses 1 and 2, which differ only in what they use.
    let one = hash_types(&[ability("op", &[1, 2]), ability("op", &[0]), ability("op", &[1])]);
    let two = hash_types(&[ability("op", &[1, 2]), ability("op", &[2]), ability("op", &[0])]);
    assert_eq!(one.object, two.object);
    assert_eq!(one.order, [two.order[0], two.order[2], two.order[1]]);
    assert_eq!(one.object.types().expect("types").len(), 3);
    verify(&one).expect("canonical");
}

#[test]
fn members_of_a_row_that_are_merged_leave_a_canonical_row() {
    let merged = hash_types(&[ability("a", &[1, 2]), ability("b", &[0]), ability("b", &[0])]);
    let pair = hash_types(&[ability("a", &[1]), ability("b", &[0])]);
    verify(&merged).expect("canonical");
    assert_eq!(merged.object, pair.object);
    assert_eq!(merged.order[1], merged.order[2]);
}

/// Two members whose bodies call the member `calls[i]` with `leaves[i]`, in bytes and under their true hash.
fn forged(calls: [u8; 2], leaves: [u8; 2]) -> Result<Object, ObjectError> {
    let nat = [0, 1, 0, 3, b'N', b'a', b't'];
    let body = |i: usize| [6, 1, 1, 2, calls[i], 4, 0, leaves[i]];
    let bytes = [&[1, 2], &nat[..], &nat, &body(0), &body(1)].concat();
    let hash = Hash(blake3::derive_key(hash::format::TERM_CONTEXT, &bytes));
    Object::verified(hash, Kind::Term, bytes.into())
}

#[test]
fn permuted_disconnected_and_redundant_components_are_refused() {
    let pair = hash_terms(&[definition(call(1, 0)), definition(call(0, 1))]);
    assert_eq!(forged([1, 0], [0, 1]).expect("canonical"), pair.object);
    let refused = |calls, leaves| match forged(calls, leaves) {
        Err(ObjectError::Malformed(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused([1, 0], [1, 0]), "the bytes are not in canonical form");
    assert_eq!(refused([1, 0], [1, 1]), "the bytes are not in canonical form");
    assert_eq!(refused([0, 1], [0, 1]), "members of a component do not depend on each other");
    assert_eq!(refused([1, 2], [0, 1]), "a reference to a member that the component does not have");
}

#[test]
fn dependencies_are_components() {
    let far = Hash([9; 32]);
    let id = DefId { component: far, index: 3 };
    let body = Term::List(vec![Term::Ref(TermRef::Def(id)), Term::Ref(TermRef::Builtin(Builtin::NatAdd))]);
    let hashed = hash_terms(&[definition(body)]);
    assert_eq!(hashed.object.dependencies(), [far]);
    assert_eq!(verify(&hashed).expect("canonical").dependencies(), [far]);
    let other = Object::verified(far, Kind::Term, hashed.object.bytes().clone());
    assert_eq!(other, Err(ObjectError::Mismatch { claimed: far, actual: hashed.object.hash() }));
    let as_types = Object::verified(hashed.object.hash(), Kind::Type, Arc::clone(hashed.object.bytes()));
    assert!(matches!(as_types, Err(ObjectError::Mismatch { .. })), "the kind is part of the hash");
}
