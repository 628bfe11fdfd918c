//! The text form of references: `##Nat.+`, `#<hash>` for the first member of a component, `#<hash>.3` for another one.

use base::Hash;
use builtin::{Builtin, BuiltinType, TUPLE_MAX};
use kernel::{DefId, TermRef, TypeRef};

/// The whole text form. A reference inside a component is shown as `#cycle.N`, and cannot be read back.
pub fn term_ref_text(reference: TermRef) -> String {
    match reference {
        TermRef::Builtin(builtin) => format!("##{}", builtin.name()),
        TermRef::Def(id) => definition_text(id),
        TermRef::Cycle(member) => format!("#cycle.{member}"),
    }
}

/// As [`term_ref_text`]; a tuple type is `##Tuple` and its length.
pub fn type_ref_text(reference: TypeRef) -> String {
    match reference {
        TypeRef::Builtin(BuiltinType::Tuple(len)) => format!("##Tuple{len}"),
        TypeRef::Builtin(ty) => format!("##{}", ty.spec().name),
        TypeRef::Def(id) => definition_text(id),
        TypeRef::Cycle(member) => format!("#cycle.{member}"),
    }
}

/// The inverse of [`term_ref_text`].
pub fn parse_term_ref(text: &str) -> Option<TermRef> {
    match text.strip_prefix("##") {
        Some(name) => Builtin::from_name(name).map(TermRef::Builtin),
        None => parse_definition(text).map(TermRef::Def),
    }
}

/// The inverse of [`type_ref_text`].
pub fn parse_type_ref(text: &str) -> Option<TypeRef> {
    match text.strip_prefix("##") {
        Some(name) => BuiltinType::from_name(name).or_else(|| parse_tuple(name)).map(TypeRef::Builtin),
        None => parse_definition(text).map(TypeRef::Def),
    }
}

fn parse_tuple(name: &str) -> Option<BuiltinType> {
    let digits = name.strip_prefix("Tuple")?;
    let len = parse_index(digits)?;
    (len != 1 && len <= u32::from(TUPLE_MAX)).then_some(BuiltinType::Tuple(len as u8))
}

fn definition_text(id: DefId) -> String {
    match id.index {
        0 => id.component.to_string(),
        index => format!("{}.{index}", id.component),
    }
}

fn parse_definition(text: &str) -> Option<DefId> {
    let digits = text.strip_prefix('#')?;
    let (hash, index) = match digits.split_once('.') {
        Some((hash, index)) => (hash, parse_index(index).filter(|index| *index > 0)?),
        None => (digits, 0),
    };
    Some(DefId { component: Hash::from_text(hash)?, index })
}

/// A number without sign or leading zeros.
fn parse_index(digits: &str) -> Option<u32> {
    let index: u32 = digits.parse().ok()?;
    (index.to_string() == digits).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_round_trip_and_have_one_form() {
        let id = |index| DefId { component: Hash([7; 32]), index };
        for reference in [TermRef::Builtin(Builtin::NatAdd), TermRef::Def(id(0)), TermRef::Def(id(12))] {
            assert_eq!(parse_term_ref(&term_ref_text(reference)), Some(reference));
        }
        for ty in [BuiltinType::Tuple(0), BuiltinType::Tuple(3), BuiltinType::RemoteBang] {
            let reference = TypeRef::Builtin(ty);
            assert_eq!(parse_type_ref(&type_ref_text(reference)), Some(reference));
        }
        let hash = Hash([7; 32]);
        for wrong in
            [format!("{hash}.0"), format!("{hash}.01"), format!("{hash}.+1"), "##Nat".into(), "#cycle.0".into()]
        {
            assert_eq!(parse_term_ref(&wrong), None, "{wrong}");
        }
        assert_eq!(parse_type_ref("##Tuple1"), None);
        assert_eq!(term_ref_text(TermRef::Builtin(Builtin::NatAdd)), "##Nat.+");
    }
}
