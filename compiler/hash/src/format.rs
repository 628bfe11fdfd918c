//! The canonical bytes of a component, version 1.
//!
//! # Format
//!
//! Numbers, bytes and text are those of [`base::bytes`]; `x*` is a count and so many `x`; a tag is one byte and stands in the modules below.
//!
//! ```text
//! component    version (1), number of members (at least 1), the head of every member, the body of every member
//! term         head: signature        body: term
//! declaration  head: sort (0 type, 1 ability), identity (0, or 1 and the GUID's bytes), parameters
//!              body: constructor*     constructor: name, by-name (0 or 1), arity, type
//! signature    by-name (0 or 1), type
//! reference    0 builtin's name | 1 component's hash, index | 2 index in this component | 3 length of a tuple type (one byte)
//! type         tag, then: index | reference | head, argument | row, parameter, result | count of variables, type | row
//! row          type*, ascending by their bytes; index*, ascending; both without repetition
//! term         tag, then its parts in the order of `kernel::Term`; a list's length stands before the first part that is a term;
//!              the references of Handle and Row ascend by their bytes, without repetition
//! case         1 if it has a guard, else 0; pattern; guard; body
//! pattern      tag, then its parts in the order of `kernel::Pattern`, lengths likewise
//! literal      tag, then: number | zigzag number | 8 bytes, little-endian | scalar value | nothing (false, true) | text | bytes
//! ```
//!
//! The hash is BLAKE3 in its derive-key mode over these bytes, with the context [`TERM_CONTEXT`] or [`TYPE_CONTEXT`].
//!
//! The order of members is canonical (see `order`), and no two of them are interchangeable. Members depend on each other, directly or not.
//! Forbidden besides: variables not in scope; an application whose head is an application, or without arguments unless its head is an operation;
//! binders of no variable; a binding of a LetRec that is no lambda; a float as a pattern; a NaN other than [`NAN`]; a row whose member
//! is not an applied ability; a constructor with fewer arrows than its arity.
//!
//! Any change needs a new version, new contexts, and new golden vectors.

/// The first byte.
pub const VERSION: u8 = 1;

/// BLAKE3 context of components of terms.
pub const TERM_CONTEXT: &str = "unison-rust 2026 term v1";

/// BLAKE3 context of components of declarations.
pub const TYPE_CONTEXT: &str = "unison-rust 2026 type v1";

/// BLAKE3 context of types by themselves, which channels have.
pub const SIGNATURE_CONTEXT: &str = "unison-rust 2026 signature v1";

/// The bits of the one NaN.
pub const NAN: u64 = 0x7ff8_0000_0000_0000;

/// Levels of a type: more than [`base::limits::NESTING_MAX`] levels of source make, few enough that a type may be compared or dropped natively on any thread.
pub const TYPE_DEPTH_MAX: usize = 2_000;

/// Rows inside the members of rows. Rows alone are coded by native recursion, since their members have to be sorted.
pub const ROW_DEPTH_MAX: usize = 64;

/// Variables of one lambda, forall or declaration. They cost no bytes of their own, so a few bytes could ask for any number.
pub const BINDERS_MAX: u32 = 1_000;

const _: () = assert!(TYPE_DEPTH_MAX >= 2 * base::limits::NESTING_MAX);
const _: () = assert!(TYPE_DEPTH_MAX <= base::limits::TERM_DEPTH_MAX);

pub(crate) mod reference {
    pub const BUILTIN: u8 = 0;
    pub const DEFINITION: u8 = 1;
    pub const CYCLE: u8 = 2;
    pub const TUPLE: u8 = 3;
}

/// Tags of types.
pub(crate) mod ty {
    pub const VAR: u8 = 0;
    pub const REF: u8 = 1;
    pub const APP: u8 = 2;
    pub const FUN: u8 = 3;
    pub const FUN_BY_NAME: u8 = 4;
    pub const FORALL: u8 = 5;
    pub const ROW: u8 = 6;
}

/// Tags of terms.
pub(crate) mod term {
    pub const LOCAL: u8 = 0;
    pub const REF: u8 = 1;
    pub const CONSTRUCTOR: u8 = 2;
    pub const OPERATION: u8 = 3;
    pub const LITERAL: u8 = 4;
    pub const LIST: u8 = 5;
    pub const APP: u8 = 6;
    pub const LAMBDA: u8 = 7;
    pub const LET: u8 = 8;
    pub const LET_REC: u8 = 9;
    pub const IF: u8 = 10;
    pub const MATCH: u8 = 11;
    pub const HANDLE: u8 = 12;
    pub const ROW: u8 = 13;
    pub const TERM_LINK: u8 = 14;
    pub const TYPE_LINK: u8 = 15;
}

/// Tags of patterns.
pub(crate) mod pattern {
    pub const ANY: u8 = 0;
    pub const VAR: u8 = 1;
    pub const LITERAL: u8 = 2;
    pub const CONSTRUCTOR: u8 = 3;
    pub const AS: u8 = 4;
    pub const LIST: u8 = 5;
    pub const CONS: u8 = 6;
    pub const SNOC: u8 = 7;
    pub const PREFIX: u8 = 8;
    pub const SUFFIX: u8 = 9;
    pub const PURE: u8 = 10;
    pub const REQUEST: u8 = 11;
}

/// Tags of literals.
pub(crate) mod literal {
    pub const NAT: u8 = 0;
    pub const INT: u8 = 1;
    pub const FLOAT: u8 = 2;
    pub const CHAR: u8 = 3;
    pub const FALSE: u8 = 4;
    pub const TRUE: u8 = 5;
    pub const TEXT: u8 = 6;
    pub const BYTES: u8 = 7;
}
