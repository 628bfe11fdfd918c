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

/// Bytes of objects kept. When there are more, all are dropped: it is for what is asked for several times in a row, as when a closure is sent.
const OBJECT_BYTES_MAX: usize = 32 << 20;

#[derive(Default)]
pub(crate) struct Cache {
    interfaces: Mutex<BTreeMap<Hash, Interface>>,
    objects: Mutex<Objects>,
}

#[derive(Default)]
struct Objects {
    by_hash: BTreeMap<Hash, Object>,
    bytes: usize,
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
    pub fn object(&self, hash: &Hash) -> Option<Object> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).by_hash.get(hash).cloned()
    }

    pub fn put_object(&self, object: &Object) {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        if objects.bytes > OBJECT_BYTES_MAX {
            *objects = Objects::default();
        }
        if objects.by_hash.insert(object.hash(), object.clone()).is_none() {
            objects.bytes += object.bytes().len();
        }
    }

    pub fn clear(&self) {
        *self.objects.lock().unwrap_or_else(PoisonError::into_inner) = Objects::default();
        self.interfaces.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

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
