//! Hashes of source: the key under which the result of checking is known, and the GUID of a unique type.

use base::Hash;
use builtin::BuiltinType;
use kernel::{DefId, TermRef, TypeRef};
use std::sync::Arc;

/// Identifies the source of a cycle of definitions: equal keys mean that checking would give the same result.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceKey(pub Hash);

/// What a free name could stand for. A member of the cycle whose key it is, is a `Cycle`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Meaning {
    Term(TermRef),
    Type(TypeRef),
    /// A constructor or operation.
    Member(TypeRef, u32),
}

/// Collects what a [`SourceKey`] is made of, in order. Every part is tagged and prefixed with its length, so that different sequences never give the same bytes.
pub struct SourceKeyBuilder {
    hasher: blake3::Hasher,
    /// What is not hashed yet: parts are small.
    bytes: Vec<u8>,
}

/// Bytes that are hashed at once.
const BYTES_AT_ONCE: usize = 16 << 10;

const TOKEN: u8 = 0;
const MEANINGS: u8 = 1;
const LINE: u8 = 2;
const GROUP: u8 = 3;

impl SourceKeyBuilder {
    pub fn new(compiler_version: &str, project: &str) -> SourceKeyBuilder {
        let hasher = blake3::Hasher::new_derive_key("unison-rust 2026 source key v2");
        let mut builder = SourceKeyBuilder { hasher, bytes: Vec::with_capacity(1 << 10) };
        builder.text(compiler_version);
        builder.text(project);
        builder
    }

    /// One token's text, without trivia.
    pub fn token(&mut self, text: &str) {
        self.bytes.push(TOKEN);
        self.text(text);
    }

    /// The next token begins a line, and stands so far to the right of the first one of all.
    pub fn line(&mut self, indent: i64) {
        self.bytes.push(LINE);
        self.bytes.extend(indent.to_le_bytes());
    }

    /// A free name of the source, and everything that it could stand for, in ascending order.
    pub fn meanings(&mut self, name: &str, meanings: &[Meaning]) {
        self.bytes.push(MEANINGS);
        self.text(name);
        self.bytes.extend((meanings.len() as u64).to_le_bytes());
        meanings.iter().for_each(|meaning| put_meaning(&mut self.bytes, meaning));
    }

    /// As [`SourceKeyBuilder::meanings`], of very many: by their [`group_digest`].
    pub fn group(&mut self, name: &str, digest: Hash) {
        self.bytes.push(GROUP);
        self.text(name);
        self.bytes.extend(digest.0);
    }

    pub fn finish(mut self) -> SourceKey {
        self.hasher.update(&self.bytes);
        SourceKey(Hash(*self.hasher.finalize().as_bytes()))
    }

    fn text(&mut self, text: &str) {
        put_text(&mut self.bytes, text);
        if self.bytes.len() > BYTES_AT_ONCE {
            self.hasher.update(&self.bytes);
            self.bytes.clear();
        }
    }
}

/// What stands for very many meanings, in ascending order.
pub fn group_digest(meanings: &[Meaning]) -> Hash {
    let mut bytes = Vec::new();
    meanings.iter().for_each(|meaning| put_meaning(&mut bytes, meaning));
    Hash(blake3::derive_key("unison-rust 2026 meanings v1", &bytes))
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

fn put_meaning(bytes: &mut Vec<u8>, meaning: &Meaning) {
    match meaning {
        Meaning::Term(term) => {
            bytes.push(0);
            put_term(bytes, *term);
        }
        Meaning::Type(ty) => {
            bytes.push(1);
            put_type(bytes, *ty);
        }
        Meaning::Member(ty, index) => {
            bytes.push(2);
            put_type(bytes, *ty);
            bytes.extend(index.to_le_bytes());
        }
    }
}

fn put_term(bytes: &mut Vec<u8>, term: TermRef) {
    match term {
        TermRef::Builtin(builtin) => put_builtin(bytes, builtin.name()),
        TermRef::Def(id) => put_definition(bytes, id),
        TermRef::Cycle(position) => put_position(bytes, position),
    }
}

fn put_type(bytes: &mut Vec<u8>, ty: TypeRef) {
    match ty {
        TypeRef::Builtin(BuiltinType::Tuple(len)) => bytes.extend([3, len]),
        TypeRef::Builtin(ty) => put_builtin(bytes, ty.spec().name),
        TypeRef::Def(id) => put_definition(bytes, id),
        TypeRef::Cycle(position) => put_position(bytes, position),
    }
}

fn put_builtin(bytes: &mut Vec<u8>, name: &str) {
    bytes.push(0);
    put_text(bytes, name);
}

fn put_definition(bytes: &mut Vec<u8>, id: DefId) {
    bytes.push(1);
    bytes.extend(id.component.0);
    bytes.extend(id.index.to_le_bytes());
}

fn put_position(bytes: &mut Vec<u8>, position: u32) {
    bytes.push(2);
    bytes.extend(position.to_le_bytes());
}

/// The GUID of a unique type in a file: two clones of a project agree on it.
pub fn unique_guid(project: &str, qualified_name: &str) -> Arc<[u8]> {
    let mut hasher = blake3::Hasher::new_derive_key("unison-rust 2026 type guid v1");
    for text in [project, qualified_name] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    Arc::from(&hasher.finalize().as_bytes()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Meaning = Meaning::Term(TermRef::Cycle(0));
    const B: Meaning = Meaning::Term(TermRef::Cycle(1));

    fn key(tokens: &[&str], meanings: &[(&str, &[Meaning])]) -> SourceKey {
        let mut builder = SourceKeyBuilder::new("1", "project");
        tokens.iter().for_each(|token| builder.token(token));
        meanings.iter().for_each(|(name, meanings)| builder.meanings(name, meanings));
        builder.finish()
    }

    fn grouped(name: &str, meanings: &[Meaning]) -> SourceKey {
        let mut builder = SourceKeyBuilder::new("1", "project");
        builder.group(name, group_digest(meanings));
        builder.finish()
    }

    #[test]
    fn keys_differ_when_any_boundary_moves() {
        let keys = [
            key(&["ab", "c"], &[]),
            key(&["a", "bc"], &[]),
            key(&["abc"], &[]),
            key(&["ab"], &[("c", &[])]),
            key(&["ab"], &[("c", &[A])]),
            key(&["ab"], &[("c", &[]), ("d", &[])]),
            key(&["ab"], &[("c", &[A, B])]),
            key(&["ab"], &[("c", &[A]), ("c", &[B])]),
            key(&["ab"], &[("c", &[Meaning::Type(TypeRef::Cycle(0))])]),
            key(&["ab"], &[("c", &[Meaning::Member(TypeRef::Cycle(0), 0)])]),
            key(&[], &[("c", &[A, B])]),
            grouped("c", &[A, B]),
            grouped("c", &[A]),
            grouped("d", &[A]),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(keys[0], key(&["ab", "c"], &[]));
        assert_ne!(unique_guid("a", "bc"), unique_guid("ab", "c"));
        assert_eq!(unique_guid("a", "bc").len(), 16);
    }

    #[test]
    fn long_keys_are_hashed_in_parts() {
        let long = "a".repeat(3 * BYTES_AT_ONCE);
        assert_ne!(key(&[&long, "b"], &[]), key(&[&long, "c"], &[]));
        assert_ne!(key(&["b", &long], &[]), key(&["c", &long], &[]));
    }
}
