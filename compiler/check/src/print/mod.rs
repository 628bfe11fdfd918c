//! The core language as text, as it could have been written: types, terms, declarations.
//!
//! The core has no names of variables, so they are made up. What is printed means what was printed: read again where the same names are in view, it
//! gives the same core, save that the GUID of a `unique` type is not shown.

mod types;
mod declarations;
mod terms;
mod chains;
mod patterns;
pub(crate) mod literals;
mod evidence;
mod uses;
mod reference_names;
mod variables;

pub use declarations::print_declaration;
pub use terms::print_definition;
pub(crate) use types::Printer;
pub use types::{print_signature, print_type};

/// Columns of a line that is not broken further.
const WIDTH: usize = 100;
