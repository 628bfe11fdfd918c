//! From syntax trees to the core language: what each name means, kinds of declarations, inference with ability rows,
//! exhaustiveness of cases, elaboration to [`kernel`] terms, and their hashes.
//!
//! The way of a run: `program` collects what the files declare; `declare` makes and hashes types and abilities; definitions are put
//! in order of dependency (`source_key`, `plan`, `order`), and threads take the cycles that can be checked (`run`, `worker`); each cycle is inferred
//! (`infer` and its neighbours, on the types of `ty` and the solver of `solver`), generalised, covered, elaborated and hashed before those that use it.
//!
//! Relies on an [`Environment`] for everything outside the files. **Invariant:** a pure function of files, project name and environment;
//! it never stops at the first mistake, and what it returns as checked contains no mistake.
#![forbid(unsafe_code)]

mod builtins;
mod calls;
mod checked;
mod environment;
mod print;
mod problem;

mod component;
mod consequence;
mod free;
mod hash_reference;
mod names;
mod spelling;
mod meant;
mod order;
mod plan;
mod program;
mod run;
mod source_key;
mod tops;
mod worker;

mod declare;
mod kind;
mod record;
mod signature;

mod normal;
mod rows;
mod solver;
mod ty;
mod unify;

mod ability;
mod alike;
mod amended_signature;
mod application;
mod block;
mod by_name;
mod continuation;
mod convert;
mod coverage;
mod definition;
mod elab;
mod elaborate;
mod generalize;
mod handler;
mod index;
mod infer;
mod overload;
mod pattern;
mod references;
mod scope;
mod suggest;
mod traced;

pub use alike::similar;
pub use builtins::BuiltinEnvironment;
pub use calls::{Call, Calls};
pub use checked::{Checked, CheckedTerm, CheckedType, CheckedWatch};
pub use environment::{Environment, NamedConstructor, NamedTerm, NamedType};
pub use print::{print_declaration, print_definition, print_signature, print_type};
pub use problem::{NAMES_ELSEWHERE, Problem};
pub use program::{check, check_calls, check_on, check_traced};
pub use traced::{Tracing, without_notes};
