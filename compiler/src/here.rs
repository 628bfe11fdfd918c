//! `here!`: the node that owns a codebase, as a definition.
//!
//! A node that serves from a codebase registers itself: the name then means it, for whatever is checked there, and stays what it was in definitions that were made before. Without an owner the name is lent: it means the
//! node on which a program is about to run, and nothing that uses it can be added to the codebase.

use base::{Hash, Name};
use builtin::BuiltinType;
use codebase::{Batch, Codebase, CodebaseError};
use hash::Object;
use kernel::{DefId, Definition, Literal, Signature, Term, TermRef, Type, TypeRef};
use std::sync::Arc;

/// Its full name.
pub const NAME: &str = codebase::OWNER;

/// A node as a definition.
#[derive(Clone)]
pub struct Here {
    pub reference: TermRef,
    pub signature: Arc<Signature>,
    pub object: Object,
}

impl Here {
    /// Of a node: its host's key and its number there, 48 bytes.
    pub fn of(node: &[u8]) -> Here {
        let constructor = Term::Constructor(TypeRef::Builtin(BuiltinType::Node), 0);
        let body = Term::App(Box::new(constructor), vec![Term::Literal(Literal::Bytes(node.into()))]);
        let signature = Signature { ty: Type::builtin(BuiltinType::Node), by_name: false };
        let object = hash::hash_terms(&[Definition { signature: signature.clone(), body }]).object;
        let reference = TermRef::Def(DefId { component: object.hash(), index: 0 });
        Here { reference, signature: Arc::new(signature), object }
    }

    pub fn hash(&self) -> Hash {
        self.object.hash()
    }

    /// The node owns the codebase from now on.
    pub fn register(self, codebase: &Codebase, now_ms: u64) -> Result<(), CodebaseError> {
        let name = Name::new(NAME);
        if codebase.terms_by_suffix(&name).contains(&(name.clone(), self.reference)) {
            return Ok(());
        }
        let batch = Batch { objects: vec![self.object], terms: vec![(name, self.reference)], ..Batch::default() };
        codebase.add(&batch, now_ms).map(|_| ())
    }
}
