//! What a host asks of its store, and how a driver finds the answer with any [`ObjectStore`]. May take long: a driver does it on another thread.

use crate::limits::HASHES_MAX;
use crate::message::RawObject;
use base::Hash;
use hash::store::{ObjectStore, StoreError};
use hash::{Object, ObjectError};
use sandbox::{Component, Denied, Policy};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a host asks.
#[derive(Clone, PartialEq, Debug)]
pub enum StoreRequest {
    /// Which of these are not there, and what is open of that which the others depend on.
    Lacking(Vec<Hash>),
    /// These, and what they refer to directly: what it takes to lower them.
    Load(Vec<Hash>),
    /// Verify these, audit what can be reached from `roots`, and then store all of them or none.
    /// What they depend on is there, among them, or in `open`.
    Put { objects: Vec<RawObject>, roots: Vec<Hash>, open: BTreeSet<Hash>, policy: Policy },
    /// For a peer that was sent something which names `roots`: of their closure, what it `wanted`, and the hashes of all that this depends on. If the peer
    /// has been `told` of such hashes before, those that are wanted of them are answered without more.
    Serve { roots: Vec<Hash>, wanted: Vec<Hash>, told: Option<Arc<BTreeSet<Hash>>> },
    /// How large it is.
    Size,
}

/// What the store answers.
#[derive(Clone, PartialEq, Debug)]
pub enum StoreReply {
    Lacking {
        absent: Vec<Hash>,
        open: Vec<Hash>,
    },
    /// What was found; of the hashes asked for, those that are absent.
    Loaded {
        found: Vec<Object>,
        absent: Vec<Hash>,
    },
    Stored,
    /// The bytes under this hash are not what it says. Nothing was stored.
    Mismatch(Hash),
    /// They do what the policy does not allow. Nothing was stored.
    Denied(Denied),
    Served {
        objects: Vec<RawObject>,
        further: Vec<Hash>,
        absent: Vec<Hash>,
    },
    /// Bytes.
    Size(u64),
    Failed(StoreError),
}

/// Does what is asked.
pub fn perform(store: &dyn ObjectStore, request: StoreRequest) -> StoreReply {
    let done = match request {
        StoreRequest::Lacking(hashes) => lacking(store, hashes),
        StoreRequest::Load(hashes) => load(store, &hashes),
        StoreRequest::Put { objects, roots, open, policy } => put(store, objects, roots, &open, policy),
        StoreRequest::Serve { roots, wanted, told } => serve(store, &roots, &wanted, told.as_deref()),
        StoreRequest::Size => store.size().map(StoreReply::Size),
    };
    done.unwrap_or_else(StoreReply::Failed)
}

fn lacking(store: &dyn ObjectStore, hashes: Vec<Hash>) -> Result<StoreReply, StoreError> {
    let has = store.has_many(&hashes)?;
    let (there, absent): (Vec<_>, Vec<_>) = hashes.into_iter().zip(has).partition(|(_, has)| *has);
    let there: Vec<Hash> = there.into_iter().map(|(hash, _)| hash).collect();
    let absent = absent.into_iter().map(|(hash, _)| hash).collect();
    Ok(StoreReply::Lacking { absent, open: store.open_below(&there)? })
}

fn load(store: &dyn ObjectStore, hashes: &[Hash]) -> Result<StoreReply, StoreError> {
    let (mut found, mut absent) = (Vec::new(), Vec::new());
    let mut next = BTreeSet::new();
    for (hash, object) in hashes.iter().zip(store.get_many(hashes)?) {
        match object {
            Some(object) => {
                next.extend(object.dependencies());
                found.push(object);
            }
            None => absent.push(*hash),
        }
    }
    let next: Vec<Hash> = next.into_iter().filter(|hash| !hashes.contains(hash)).collect();
    found.extend(store.get_many(&next)?.into_iter().flatten());
    Ok(StoreReply::Loaded { found, absent })
}

fn put(
    store: &dyn ObjectStore,
    objects: Vec<RawObject>,
    mut roots: Vec<Hash>,
    open: &BTreeSet<Hash>,
    policy: Policy,
) -> Result<StoreReply, StoreError> {
    let mut verified = Vec::with_capacity(objects.len());
    for raw in objects {
        match Object::verified(raw.hash, raw.kind, raw.bytes.into()) {
            Ok(object) => verified.push(object),
            Err(ObjectError::Mismatch { claimed: hash, .. }) => return Ok(StoreReply::Mismatch(hash)),
            Err(ObjectError::Malformed(_)) => return Ok(StoreReply::Mismatch(raw.hash)),
        }
    }
    if policy != Policy::Everything {
        // What was open until now is called by what came earlier, so nothing among these may lead to it.
        let named: Vec<Hash> = verified.iter().flat_map(Object::dependencies).chain(roots.iter().copied()).collect();
        roots.extend(store.open_below(&named)?);
    }
    if let Err(denied) = audit_all(&verified, &roots, policy) {
        return Ok(StoreReply::Denied(denied));
    }
    store.put_with_open(&verified, open)?;
    Ok(StoreReply::Stored)
}

fn audit_all(objects: &[Object], roots: &[Hash], policy: Policy) -> Result<(), Denied> {
    if policy == Policy::Everything {
        return Ok(());
    }
    let component = |object: &Object| Some(Component { hash: object.hash(), definitions: object.terms()? });
    let components: Vec<Component> = objects.iter().filter_map(component).collect();
    let audited = sandbox::audit(policy, roots, &components);
    components.into_iter().flat_map(|component| component.definitions).for_each(hash::dismantle);
    audited
}

fn serve(
    store: &dyn ObjectStore,
    roots: &[Hash],
    wanted: &[Hash],
    told: Option<&BTreeSet<Hash>>,
) -> Result<StoreReply, StoreError> {
    let told = told.filter(|told| wanted.iter().all(|hash| told.contains(hash)));
    let within = if told.is_none() { closure(store, roots)? } else { BTreeSet::new() };
    let permits = |hash: &&Hash| told.is_some() || within.contains(hash);
    let (permitted, refused): (Vec<Hash>, Vec<Hash>) = wanted.iter().partition(permits);
    let (mut objects, mut absent) = (Vec::new(), refused);
    for (hash, object) in permitted.iter().zip(store.get_many(&permitted)?) {
        match object {
            Some(object) => objects.push(raw(&object)),
            None => absent.push(*hash),
        }
    }
    let mut further = match told {
        Some(_) => BTreeSet::new(),
        None if permitted.len() == roots.len() => within,
        None => closure(store, &permitted)?,
    };
    permitted.iter().for_each(|hash| {
        further.remove(hash);
    });
    Ok(StoreReply::Served { objects, further: further.into_iter().collect(), absent })
}

fn raw(object: &Object) -> RawObject {
    RawObject { hash: object.hash(), kind: object.kind(), bytes: object.bytes().to_vec() }
}

/// Everything that can be reached from the roots, themselves included; level by level, so that a deep chain costs no stack.
fn closure(store: &dyn ObjectStore, roots: &[Hash]) -> Result<BTreeSet<Hash>, StoreError> {
    let mut reached: BTreeSet<Hash> = roots.iter().copied().collect();
    let mut level: Vec<Hash> = reached.iter().copied().collect();
    while !level.is_empty() && reached.len() <= HASHES_MAX {
        let objects = store.get_many(&level)?;
        level = objects.into_iter().flatten().flat_map(|object| object.dependencies()).collect();
        level.retain(|hash| reached.insert(*hash));
    }
    Ok(reached)
}
