//! What a run of the checker gives.

use crate::{Calls, Problem};
use base::{Name, Span};
use hash::{Object, SourceKey};
use kernel::{Signature, TermRef, TypeRef};
use std::sync::Arc;

/// The outcome for all files. What had a mistake, and what depends on it, is missing here and told in `problems`.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Types and abilities in source order. Their constructors and operations are implied.
    pub types: Vec<CheckedType>,
    /// Definitions in source order, the accessors of records among them.
    pub terms: Vec<CheckedTerm>,
    pub watches: Vec<CheckedWatch>,
    /// Components that were made in this run, dependencies first. Those of definitions that were known already are not made again.
    pub objects: Vec<Object>,
    /// For each cycle of definitions that was checked: its key and outcome, one reference for each member in source order.
    pub keys: Vec<(SourceKey, Vec<TermRef>)>,
    /// How many definitions and watches were checked.
    pub checked_count: usize,
    /// How many were known by their source key.
    pub skipped_count: usize,
    pub problems: Vec<Problem>,
    /// Of the definitions of which they were asked for.
    pub calls: Vec<(TermRef, Calls)>,
}

#[derive(Clone, Debug)]
pub struct CheckedType {
    /// Fully qualified.
    pub name: Name,
    pub reference: TypeRef,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct CheckedTerm {
    /// Fully qualified.
    pub name: Name,
    pub reference: TermRef,
    pub signature: Arc<Signature>,
    /// The whole item.
    pub span: Span,
    /// The key of the definition's cycle.
    pub source_key: SourceKey,
}

/// `> e` or `kind> name = e`: an anonymous definition.
#[derive(Clone, Debug)]
pub struct CheckedWatch {
    pub span: Span,
    /// The word before `>`; none for a plain watch.
    pub kind: Option<Name>,
    pub name: Option<Name>,
    pub reference: TermRef,
    pub signature: Arc<Signature>,
}
