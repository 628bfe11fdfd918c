//! Identity: the one canonical byte form of definitions, and its hash. The bytes that are hashed are the bytes that are stored and shipped.
//!
//! A component (a definition with those it is mutually recursive with) becomes an [`Object`]: [`hash_terms`] and [`hash_types`]
//! make it from the core language, [`Object::verified`] from bytes that someone claims to be one. The format stands in [`mod@format`].
//!
//! **Invariant:** only this crate decides identity. A component has exactly one byte form: what [`Object::verified`] accepts is
//! what the hashing functions make of it.
#![forbid(unsafe_code)]

mod component;
mod decode;
mod dismantle;
mod encode;
pub mod format;
mod object;
mod order;
mod source_key;
pub mod store;
mod text;

pub use component::{Hashed, fits, hash_of_type, hash_terms, hash_types};
pub use dismantle::dismantle;
pub use object::{Kind, Object, ObjectError};
pub use source_key::{Meaning, SourceKey, SourceKeyBuilder, group_digest, unique_guid};
pub use text::{parse_term_ref, parse_type_ref, term_ref_text, type_ref_text};
