//! The core language: what a definition is once names, layout, inference and sugar are gone.
//!
//! This is what is hashed, stored, shipped and lowered. Variables are de Bruijn indices, every name is a reference by
//! content, and the only types are a definition's own and those of declarations.
//!
//! **Invariant:** no names of variables, no spans, no inferred types inside terms.
#![forbid(unsafe_code)]

mod reference;
mod types;
mod declaration;
mod term;
mod parts;
pub mod builtins;
mod signature_text;

pub use declaration::{Constructor, Declaration, DeclarationKind, Identity};
pub use reference::{DefId, Site, TermRef, TypeRef};
pub use term::{Case, Definition, Literal, Pattern, Term};
pub use types::{Row, Signature, Type};
