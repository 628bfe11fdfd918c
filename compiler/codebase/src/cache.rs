//! Signatures and declarations that were decoded, by component. What a hash stands for never changes, so nothing here is ever out of date.

use base::Hash;
use hash::Object;
use kernel::{Declaration, Signature};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Components kept. When there are more, all are dropped: a simple bound, far above what one project refers to.
const COMPONENTS_MAX: usize = 50_000;

/// The interface of a component: what others need in order to refer to it.
#[derive(Clone)]
pub(crate) enum Interface {
    Terms(Arc<[Arc<Signature>]>),
    Types(Arc<[Arc<Declaration>]>),
}

#[derive(Default)]
pub(crate) struct Cache {
    interfaces: Mutex<BTreeMap<Hash, Interface>>,
}

impl Interface {
    pub fn of(object: &Object) -> Interface {
        match object.signatures() {
            Some(signatures) => Interface::Terms(signatures.into_iter().map(Arc::new).collect()),
            None => Interface::Types(object.declarations().into_iter().flatten().map(Arc::new).collect()),
        }
    }
}

impl Cache {
    pub fn get(&self, component: &Hash) -> Option<Interface> {
        self.interfaces.lock().unwrap_or_else(PoisonError::into_inner).get(component).cloned()
    }

    pub fn put(&self, component: Hash, interface: Interface) {
        let mut interfaces = self.interfaces.lock().unwrap_or_else(PoisonError::into_inner);
        if interfaces.len() >= COMPONENTS_MAX {
            interfaces.clear();
        }
        interfaces.insert(component, interface);
    }
}
