//! References by hash in source: `#hash`, `name#hash`, `##Builtin`.
//!
//! A hash is written with so many of its digits that no other one begins with them, [`SHORT_LEN`] at least. `.n` behind it is the member of a cycle with
//! that number, `#n` the constructor or operation. A name before it has to be a name of what is meant.

use base::hash::SHORT_LEN;
use base::{Hash, Name};
use kernel::{DefId, TermRef, TypeRef};

/// What is written, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct HashReference<'n> {
    /// What stands before the hash.
    pub name: Option<Name>,
    pub of: Of<'n>,
    /// The number of a constructor or operation.
    pub member: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Of<'n> {
    Builtin(&'n str),
    Definition { digits: &'n str, index: u32 },
}

/// Whether a name is a reference by hash.
pub(crate) fn is_hash(name: &Name) -> bool {
    name.as_str().contains('#')
}

impl<'n> HashReference<'n> {
    /// Nothing if the name has no hash, or numbers that are too large for one.
    pub fn of(name: &'n Name) -> Option<HashReference<'n>> {
        let (before, rest) = name.as_str().split_once('#')?;
        let (body, builtin) = match rest.strip_prefix('#') {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (body, member) = match body.split_once('#') {
            Some((body, member)) => (body, Some(member.parse().ok()?)),
            None => (body, None),
        };
        let of = match body.split_once('.').filter(|_| !builtin) {
            _ if builtin => Of::Builtin(body),
            Some((digits, index)) => Of::Definition { digits, index: index.parse().ok()? },
            None => Of::Definition { digits: body, index: 0 },
        };
        Some(HashReference { name: (!before.is_empty()).then(|| Name::new(before)), of, member })
    }

    /// Whether there are fewer digits than a reference has.
    pub fn is_short(&self) -> bool {
        matches!(self.of, Of::Definition { digits, .. } if digits.len() < SHORT_LEN)
    }

    /// The terms that it may be, as far as there are such.
    pub fn terms(&self, hashes: impl Fn(&str) -> Vec<Hash>) -> Vec<TermRef> {
        match self.of {
            Of::Builtin(name) => builtin::Builtin::from_name(name).map(TermRef::Builtin).into_iter().collect(),
            Of::Definition { .. } => self.definitions(hashes).into_iter().map(TermRef::Def).collect(),
        }
    }

    /// The types that it may be, as far as there are such.
    pub fn types(&self, hashes: impl Fn(&str) -> Vec<Hash>) -> Vec<TypeRef> {
        match self.of {
            Of::Builtin(name) => builtin::BuiltinType::from_name(name).map(TypeRef::Builtin).into_iter().collect(),
            Of::Definition { .. } => self.definitions(hashes).into_iter().map(TypeRef::Def).collect(),
        }
    }

    fn definitions(&self, hashes: impl Fn(&str) -> Vec<Hash>) -> Vec<DefId> {
        match self.of {
            Of::Definition { digits, index } if !self.is_short() => {
                hashes(digits).into_iter().map(|component| DefId { component, index }).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A definition as a reference: as many digits as tell it from every other one that is known.
pub(crate) fn text(id: DefId, hashes: impl Fn(&str) -> Vec<Hash>) -> String {
    let digits = id.component.to_text();
    let is_unique = |len: &usize| hashes(&digits[..*len]).iter().all(|other| *other == id.component);
    let len = (SHORT_LEN..digits.len()).find(is_unique).unwrap_or(digits.len());
    match id.index {
        0 => format!("#{}", &digits[..len]),
        index => format!("#{}.{index}", &digits[..len]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        let read = |text: &str| {
            let name = Name::new(text);
            HashReference::of(&name).map(|found| format!("{:?} {:?} {:?}", found.name, found.of, found.member))
        };
        assert_eq!(read("List.map"), None);
        for (text, expected) in [
            ("#01234567", "None Definition { digits: \"01234567\", index: 0 } None"),
            ("#01234567.2#1", "None Definition { digits: \"01234567\", index: 2 } Some(1)"),
            ("List.map#01234567", "Some(`List.map`) Definition { digits: \"01234567\", index: 0 } None"),
            ("##Nat.+", "None Builtin(\"Nat.+\") None"),
            ("##Optional#1", "None Builtin(\"Optional\") Some(1)"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(read("#01234567.99999999999"), None, "there is no such number");
    }

    #[test]
    fn a_reference_has_as_many_digits_as_it_takes() {
        let hash = |last: u8| Hash(std::array::from_fn(|i| if i == 6 { last } else { 7 }));
        let known = [hash(0), hash(1)];
        let hashes = |digits: &str| known.iter().copied().filter(|hash| hash.to_text().starts_with(digits)).collect();
        let found = text(DefId { component: hash(1), index: 3 }, hashes);
        assert_eq!(found, format!("#{}.3", &hash(1).to_text()[..12]));
        assert_ne!(hash(0).to_text()[..12], hash(1).to_text()[..12]);
        assert_eq!(hash(0).to_text()[..11], hash(1).to_text()[..11]);
    }
}
