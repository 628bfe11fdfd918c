//! Values as the host sees them: owned, without a heap.

use crate::Portable;
use builtin::{BuiltinType, IoErrorKind};
use kernel::{TermRef, TypeRef};
use std::sync::Arc;

/// A value of a program, as a tree. Nesting is at most [`Datum::DEPTH_MAX`] when it comes from a task: what is deeper, or a function, is [`Datum::Opaque`].
#[derive(Clone, PartialEq, Debug)]
pub enum Datum {
    Nat(u64),
    Int(i64),
    Float(f64),
    Char(char),
    Boolean(bool),
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
    List(Vec<Datum>),
    /// A constructor with its fields in declared order.
    Constructed(TypeRef, u32, Vec<Datum>),
    TermLink(TermRef),
    TypeLink(TypeRef),
    Row(Vec<TypeRef>),
    /// A function, a request, or anything too deep or too large for a tree.
    Opaque(Portable),
}

impl Datum {
    /// Levels of a tree: few enough that cloning, comparing and dropping may recurse.
    pub const DEPTH_MAX: usize = 100;

    pub fn unit() -> Datum {
        Datum::tuple(Vec::new())
    }

    /// A tuple of any number of elements but one.
    pub fn tuple(elements: Vec<Datum>) -> Datum {
        let n = u8::try_from(elements.len()).expect("hosts make short tuples");
        Datum::Constructed(TypeRef::Builtin(BuiltinType::Tuple(n)), 0, elements)
    }

    pub fn text(text: &str) -> Datum {
        Datum::Text(Arc::from(text))
    }

    pub fn builtin(ty: BuiltinType, constructor: u32, fields: Vec<Datum>) -> Datum {
        Datum::Constructed(TypeRef::Builtin(ty), constructor, fields)
    }

    /// `Failure (typeLink kind) message (Any ())`.
    pub fn failure(kind: BuiltinType, message: &str) -> Datum {
        Datum::failure_with(kind, message, Datum::unit())
    }

    /// `Failure (typeLink IOFailure) message (Any kind)`.
    pub fn io_failure(kind: IoErrorKind, message: &str) -> Datum {
        let error = Datum::builtin(BuiltinType::IoError, kind as u32, Vec::new());
        Datum::failure_with(BuiltinType::IoFailure, message, error)
    }

    fn failure_with(kind: BuiltinType, message: &str, payload: Datum) -> Datum {
        let any = Datum::builtin(BuiltinType::Any, 0, vec![payload]);
        let link = Datum::TypeLink(TypeRef::Builtin(kind));
        Datum::builtin(BuiltinType::Failure, 0, vec![link, Datum::text(message), any])
    }
}
