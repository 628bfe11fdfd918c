//! Components: from definitions to canonical bytes and their hash.

use crate::encode::{Cycles, Encoder};
use crate::format;
use crate::object::{Kind, Object, ObjectError};
use crate::order::{self, Vertex};
use base::Hash;
use base::bytes::DecodeError;
use kernel::{Declaration, Definition, Signature, Type};

/// A cycle of definitions with its identity.
#[derive(Clone, Debug)]
pub struct Hashed {
    pub object: Object,
    /// For each member as it was given, its index in the component. Interchangeable members have the same one.
    pub order: Vec<u32>,
}

/// Hashes definitions that are mutually recursive (or a single one). In `members`, `TermRef::Cycle(i)` is `members[i]`.
pub fn hash_terms(members: &[Definition]) -> Hashed {
    asserted(hash(members))
}

/// Hashes declarations that are mutually recursive (or a single one). In `members`, `TypeRef::Cycle(i)` is `members[i]`.
pub fn hash_types(members: &[Declaration]) -> Hashed {
    asserted(hash(members))
}

/// The hash of a type by itself: the same wherever it is written, and however. It does not refer to members of a component that has no hash yet.
pub fn hash_of_type(ty: &Type) -> Hash {
    let mut encoder = Encoder::new(Cycles::Index(&[]));
    encoder.signature(&Signature { ty: ty.clone(), by_name: false });
    Hash(blake3::derive_key(format::SIGNATURE_CONTEXT, &encoder.finish().0))
}

/// What was made of well-formed definitions is accepted, unless it is too large: a program that is too large is not our mistake.
fn asserted(hashed: Hashed) -> Hashed {
    let accepted = |object: &Object| match object.reverified() {
        Ok(_) | Err(ObjectError::Malformed(DecodeError::OverBudget)) => true,
        Err(error) => panic!("the core language does not allow this: {error}"),
    };
    debug_assert!(accepted(&hashed.object));
    hashed
}

/// Whether a component keeps the limits of the format, so that others will accept it. Nobody comes near them by hand.
pub fn fits(hashed: &Hashed) -> bool {
    hashed.object.reverified().is_ok()
}

/// What components consist of.
pub(crate) trait Member {
    const KIND: Kind;

    /// The parts that stand in front of the bodies of all members.
    fn head(&self, encoder: &mut Encoder<'_>);
    fn body(&self, encoder: &mut Encoder<'_>);
}

impl Member for Definition {
    const KIND: Kind = Kind::Term;

    fn head(&self, encoder: &mut Encoder<'_>) {
        encoder.signature(&self.signature);
    }

    fn body(&self, encoder: &mut Encoder<'_>) {
        encoder.term(&self.body);
    }
}

impl Member for Declaration {
    const KIND: Kind = Kind::Type;

    fn head(&self, encoder: &mut Encoder<'_>) {
        encoder.declaration_head(self);
    }

    fn body(&self, encoder: &mut Encoder<'_>) {
        encoder.constructors(&self.constructors);
    }
}

/// Members that turn out to be interchangeable are merged, and the rest ordered anew, since the order of step 3 in [`order`] depends on how many they were.
pub(crate) fn hash<M: Member>(members: &[M]) -> Hashed {
    assert!(!members.is_empty(), "a component has members");
    let mut index_of: Vec<u32> = (0..members.len() as u32).collect();
    let mut distinct: Vec<&M> = members.iter().collect();
    while distinct.len() > 1 {
        let ranks = order::ranks(&vertices(&distinct, &index_of), distinct.len());
        index_of.iter_mut().for_each(|index| *index = ranks[*index as usize]);
        let merged = pick(members, &index_of);
        if std::mem::replace(&mut distinct, merged).len() == distinct.len() {
            break;
        }
    }
    Hashed { object: encode(&distinct, &index_of), order: index_of }
}

/// Whether the members depend on each other.
pub(crate) fn is_cycle<M: Member>(members: &[M]) -> bool {
    let index_of: Vec<u32> = (0..members.len() as u32).collect();
    order::connected(&vertices(&members.iter().collect::<Vec<_>>(), &index_of), members.len())
}

/// One member for each index.
fn pick<'m, M>(members: &'m [M], index_of: &[u32]) -> Vec<&'m M> {
    let mut indexed: Vec<(u32, &M)> = index_of.iter().copied().zip(members).collect();
    indexed.sort_by_key(|(index, _)| *index);
    indexed.dedup_by_key(|(index, _)| *index);
    indexed.into_iter().map(|(_, member)| member).collect()
}

/// The members as vertices, and behind them the members of rows that have edges.
fn vertices<M: Member>(members: &[&M], vertex_of: &[u32]) -> Vec<Vertex> {
    let mut heads = Vec::new();
    let mut vertices: Vec<Vertex> = Vec::new();
    for member in members {
        let cycles = Cycles::Blank { vertex_of, heads: &mut heads, first_head: members.len() };
        let mut encoder = Encoder::new(cycles);
        member.head(&mut encoder);
        member.body(&mut encoder);
        vertices.push(encoder.into_vertex());
    }
    vertices.extend(heads);
    vertices
}

fn encode<M: Member>(members: &[&M], index_of: &[u32]) -> Object {
    let mut encoder = Encoder::new(Cycles::Index(index_of));
    encoder.component(members.len());
    members.iter().for_each(|member| member.head(&mut encoder));
    members.iter().for_each(|member| member.body(&mut encoder));
    let (bytes, dependencies) = encoder.finish();
    Object::trusted(M::KIND, bytes.into(), dependencies)
}

/// The hash of canonical bytes.
pub(crate) fn digest(kind: Kind, bytes: &[u8]) -> base::Hash {
    let context = match kind {
        Kind::Term => format::TERM_CONTEXT,
        Kind::Type => format::TYPE_CONTEXT,
    };
    Hash(blake3::derive_key(context, bytes))
}
