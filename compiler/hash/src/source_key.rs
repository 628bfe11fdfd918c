//! Hashes of source: the key under which the result of checking is known, and the GUID of a unique type.

use base::Hash;
use std::sync::Arc;

/// Identifies the source of a cycle of definitions: equal keys mean that checking would give the same result.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceKey(pub Hash);

/// Collects what a [`SourceKey`] is made of, in order. Every part is tagged and prefixed with its length, so that different sequences never give the same bytes.
pub struct SourceKeyBuilder {
    hasher: blake3::Hasher,
}

const TOKEN: u8 = 0;
const CANDIDATES: u8 = 1;

impl SourceKeyBuilder {
    pub fn new(compiler_version: &str, project: &str) -> SourceKeyBuilder {
        let mut builder = SourceKeyBuilder { hasher: blake3::Hasher::new_derive_key("unison-rust 2026 source key v1") };
        builder.text(compiler_version);
        builder.text(project);
        builder
    }

    /// One token's text, without trivia.
    pub fn token(&mut self, text: &str) {
        self.hasher.update(&[TOKEN]);
        self.text(text);
    }

    /// A free name of the source, and everything that it could stand for, in ascending order (the text forms of references).
    pub fn candidates(&mut self, name: &str, references: &[String]) {
        self.hasher.update(&[CANDIDATES]);
        self.text(name);
        self.hasher.update(&(references.len() as u64).to_le_bytes());
        references.iter().for_each(|reference| self.text(reference));
    }

    pub fn finish(self) -> SourceKey {
        SourceKey(Hash(*self.hasher.finalize().as_bytes()))
    }

    fn text(&mut self, text: &str) {
        self.hasher.update(&(text.len() as u64).to_le_bytes());
        self.hasher.update(text.as_bytes());
    }
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

    fn key(tokens: &[&str], candidates: &[(&str, &[&str])]) -> SourceKey {
        let mut builder = SourceKeyBuilder::new("1", "project");
        tokens.iter().for_each(|token| builder.token(token));
        for (name, references) in candidates {
            builder.candidates(name, &references.iter().map(|r| r.to_string()).collect::<Vec<_>>());
        }
        builder.finish()
    }

    #[test]
    fn keys_differ_when_any_boundary_moves() {
        let keys = [
            key(&["ab", "c"], &[]),
            key(&["a", "bc"], &[]),
            key(&["abc"], &[]),
            key(&["ab"], &[("c", &[])]),
            key(&["ab"], &[("c", &["d"])]),
            key(&["ab"], &[("c", &[]), ("d", &[])]),
            key(&["ab"], &[("c", &["d", "e"])]),
            key(&["ab"], &[("c", &["de"])]),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(keys[0], key(&["ab", "c"], &[]));
        assert_ne!(unique_guid("a", "bc"), unique_guid("ab", "c"));
        assert_eq!(unique_guid("a", "bc").len(), 16);
    }
}
