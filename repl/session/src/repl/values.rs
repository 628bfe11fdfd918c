//! Values that have a name at the prompt: `it`, and what `x <- expr` has kept.
//!
//! A value is made a definition, so it is used, travels and is kept like any other; what it was computed from is not computed again.

use super::lambda;
use crate::workspace::{Workspace, WorkspaceError};
use base::Name;
use codebase::Batch;
use hash::Object;
use kernel::{DefId, Definition, Signature, TermRef};
use machine::Portable;
use machine::portable::{self, NoTerm};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Parts of a value that can have a name: it is written out as a term.
const PARTS_MAX: u64 = 100_000;

/// A value as a definition.
#[derive(Debug)]
pub struct Value {
    pub name: Name,
    pub reference: TermRef,
    pub signature: Arc<Signature>,
    /// Of results: the how manieth it is.
    number: u32,
    object: Object,
    /// Whether the codebase has it.
    stored: AtomicBool,
}

/// The values of a session.
#[derive(Default)]
pub struct Values {
    /// Those with a name of their own.
    pub bound: Vec<Arc<Value>>,
    /// The last result.
    pub it: Option<Arc<Value>>,
    count: u32,
}

impl Values {
    /// The definition of a value that was computed with this type.
    pub fn make(
        &mut self,
        workspace: &Workspace,
        name: Name,
        signature: Signature,
        value: &Portable,
    ) -> Result<Arc<Value>, NoTerm> {
        let lambdas = |def, number| lambda::closed(workspace, def, number);
        // What this process has made is well-formed.
        let body = portable::to_term(value, PARTS_MAX, &lambdas).map_err(|_| NoTerm::TooLarge)??;
        let object = hash::hash_terms(&[Definition { signature: signature.clone(), body }]).object;
        let reference = TermRef::Def(DefId { component: object.hash(), index: 0 });
        self.count += 1;
        let (signature, number, stored) = (Arc::new(signature), self.count, AtomicBool::new(false));
        Ok(Arc::new(Value { name, reference, signature, number, object, stored }))
    }

    /// Puts those values into the codebase on which these objects depend.
    pub fn store(&self, workspace: &Workspace, objects: &[Object], now_ms: u64) -> Result<(), WorkspaceError> {
        for value in self.bound.iter().chain(&self.it) {
            let hash = value.object.hash();
            if !value.stored.load(Ordering::SeqCst)
                && objects.iter().any(|object| object.dependencies().contains(&hash))
            {
                value.store(workspace, now_ms)?;
            }
        }
        Ok(())
    }
}

impl Value {
    /// Puts it into the codebase, without a name.
    pub fn store(&self, workspace: &Workspace, now_ms: u64) -> Result<(), WorkspaceError> {
        let failed = |error| workspace.failed(error);
        let mut objects =
            workspace.environment.missing_library_objects(std::slice::from_ref(&self.object)).map_err(failed)?;
        objects.push(self.object.clone());
        workspace.codebase.add(&Batch { objects, ..Batch::default() }, now_ms).map_err(failed)?;
        self.stored.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// A namespace of its own, which nobody can write.
    pub fn space(&self) -> Name {
        Name::new(format!("result {}", self.number))
    }
}
