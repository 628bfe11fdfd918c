//! What an effect has made has one type (Wright's value restriction, as relaxed by Garrigue 2004): a channel of no matter what would be one to which texts are sent and from which numbers are taken.
//!
//! A variable is harmless where values only come out: `[a]` that an effect has made is `[a]` for every `a`.

use builtin::BuiltinType;
use kernel::{Signature, Type, TypeRef};

/// Whether the value of an expression with this type, that of a delay, has several types and must have only one.
pub fn is_restricted(delay: &Signature) -> bool {
    let Type::Fun { row, ret, .. } = delay.ty.without_foralls() else { return false };
    let performs = !row.heads.is_empty() || !row.vars.is_empty();
    performs && takes_in(ret, 0, Sign::Out)
}

/// Whether values come out of a place in a type, or also go in.
#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Out,
    In,
    Both,
}

impl Sign {
    fn turned(self) -> Sign {
        match self {
            Sign::Out => Sign::In,
            Sign::In => Sign::Out,
            Sign::Both => Sign::Both,
        }
    }
}

/// Whether a variable that is bound outside of so many stands where something goes in.
fn takes_in(ty: &Type, bound: u32, sign: Sign) -> bool {
    match ty {
        Type::Var(index) => *index >= bound && sign != Sign::Out,
        Type::Ref(_) | Type::Row(_) => false,
        Type::App(head, arg) => {
            let below = if only_gives(head) { sign } else { Sign::Both };
            takes_in(head, bound, sign) || takes_in(arg, bound, below)
        }
        Type::Fun { arg, ret, .. } => takes_in(arg, bound, sign.turned()) || takes_in(ret, bound, sign),
        Type::Forall(vars, body) => takes_in(body, bound + vars, sign),
    }
}

/// Whether values of this type, or what it is applied to, only give what they hold. Of types that programs define that is not looked up.
fn only_gives(mut head: &Type) -> bool {
    while let Type::App(inner, _) = head {
        head = inner;
    }
    use BuiltinType::*;
    matches!(head, Type::Ref(TypeRef::Builtin(List | Optional | Either | Tuple(_) | Map | Future)))
}
