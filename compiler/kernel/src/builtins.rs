//! The builtin table, with its types read.

use crate::{Constructor, Declaration, DeclarationKind, Identity, Signature, Type, TypeRef, signature_text};
use builtin::{ALL_BUILTINS, Builtin, BuiltinType, NAMED_TYPES, TypeSort};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// The type of a builtin function or value.
pub fn signature(of: Builtin) -> &'static Signature {
    static ALL: LazyLock<BTreeMap<Builtin, Signature>> =
        LazyLock::new(|| ALL_BUILTINS.iter().map(|&b| (b, signature_text::signature(b.type_text()))).collect());
    &ALL[&of]
}

/// How many arguments a builtin takes, its hidden one included.
pub fn arity(of: Builtin) -> u32 {
    static ALL: LazyLock<BTreeMap<Builtin, u32>> = LazyLock::new(|| {
        let count = |b: &Builtin| arrows(&signature(*b).ty) + u32::from(b.hidden_argument().is_some());
        ALL_BUILTINS.iter().map(|b| (*b, count(b))).collect()
    });
    ALL[&of]
}

fn arrows(ty: &Type) -> u32 {
    let (mut n, mut ty) = (0, ty.without_foralls());
    while let Type::Fun { ret, .. } = ty {
        n += 1;
        ty = ret.without_foralls();
    }
    n
}

/// The declaration of a builtin type; none for one that is opaque. A `Hidden` one has its one constructor here, which programs cannot name.
pub fn declaration(of: BuiltinType) -> Option<Arc<Declaration>> {
    static ALL: LazyLock<BTreeMap<BuiltinType, Arc<Declaration>>> = LazyLock::new(|| {
        let declare = |ty: &BuiltinType| Some((*ty, Arc::new(read(*ty)?)));
        NAMED_TYPES.iter().filter_map(declare).collect()
    });
    match of {
        BuiltinType::Tuple(n) => Some(Arc::new(tuple(n))),
        _ => ALL.get(&of).cloned(),
    }
}

/// How many parameters a builtin type takes.
pub fn params(of: BuiltinType) -> u32 {
    match of {
        BuiltinType::Tuple(n) => u32::from(n),
        _ => of.spec().params.len() as u32,
    }
}

fn read(ty: BuiltinType) -> Option<Declaration> {
    let spec = ty.spec();
    let constructor = |(name, text): &(&str, &str)| {
        let (ty, by_name) = signature_text::below(text, spec.params);
        let arity = if by_name { 0 } else { arrows(&ty) };
        Constructor { name: Arc::from(*name), ty, by_name, arity }
    };
    let (kind, constructors) = match spec.sort {
        TypeSort::Opaque => return None,
        TypeSort::Data(rows) => (DeclarationKind::Type, rows.iter().map(constructor).collect()),
        TypeSort::Hidden(text) => (DeclarationKind::Type, vec![constructor(&(spec.name, text))]),
        TypeSort::Ability(rows) => (DeclarationKind::Ability, rows.iter().map(constructor).collect()),
        TypeSort::RuntimeAbility => (DeclarationKind::Ability, Vec::new()),
    };
    Some(Declaration { kind, identity: Identity::Structural, params: spec.params.len() as u32, constructors })
}

/// `()` has the constructor `()`; a longer tuple has one with a field for each element.
fn tuple(n: u8) -> Declaration {
    let n = u32::from(n);
    let vars = || (0..n).rev().map(Type::Var);
    let whole = Type::apply(Type::Ref(TypeRef::Builtin(BuiltinType::Tuple(n as u8))), vars());
    let ty = vars().rev().fold(whole, |ret, field| Type::fun(field, crate::Row::empty(), ret));
    let name = if n == 0 { "()" } else { "Tuple" };
    let constructor = Constructor { name: Arc::from(name), ty, by_name: false, arity: n };
    Declaration {
        kind: DeclarationKind::Type,
        identity: Identity::Structural,
        params: n,
        constructors: vec![constructor],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_reads() {
        assert!(
            ALL_BUILTINS
                .iter()
                .all(|b| arity(*b) == arrows(&signature(*b).ty) + u32::from(b.hidden_argument().is_some()))
        );
        for ty in NAMED_TYPES {
            let declared = declaration(*ty);
            assert_eq!(declared.is_none(), ty.spec().sort == TypeSort::Opaque, "{ty:?}");
        }
    }

    #[test]
    fn types_read_as_they_are_written() {
        let at = signature(Builtin::RemoteAt);
        let expected = expect_test::expect![
            "Signature { ty: Forall(2, Fun { arg: Ref(Builtin(Node)), by_name: false, row: Row { heads: [], vars: [] }, ret: Fun { arg: Fun { arg: Ref(Builtin(Tuple(0))), by_name: false, row: Row { heads: [], vars: [1] }, ret: Var(0) }, by_name: true, row: Row { heads: [Ref(Builtin(Remote))], vars: [1] }, ret: Var(0) } }), by_name: false }"
        ];
        expected.assert_eq(&format!("{at:?}"));
        assert!(signature(Builtin::RemoteHere).by_name);
        let pair = declaration(BuiltinType::Tuple(2)).expect("tuples are declared");
        assert_eq!(pair.constructors[0].fields(), [&Type::Var(1), &Type::Var(0)]);
        let raise = &declaration(BuiltinType::Exception).expect("declared").constructors[0];
        assert_eq!((raise.arity, raise.fields().len()), (1, 1));
    }
}
