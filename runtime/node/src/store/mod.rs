//! What a host asks of its store, and how a driver finds the answer with any [`ObjectStore`]. May take long: a driver does it on another thread.

pub mod basket;
pub mod listing;
pub mod serve;

use base::Hash;
use basket::{Answer, Basket, Next};
use hash::Object;
use hash::store::{ObjectStore, StoreError};
use sandbox::{Component, Denied, Policy};
use serve::Serve;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a host asks.
#[derive(Clone, PartialEq, Debug)]
pub enum StoreRequest {
    /// Which of these are not there, and what is open of that which the others depend on.
    Lacking(Vec<Hash>),
    /// These, and what they refer to directly: what it takes to lower them.
    Load(Vec<Hash>),
    /// Take this answer into the basket. If nothing is lacking then: audit what can be reached from its roots, and store all of it or none.
    Take { basket: Box<Basket>, answer: Answer, policy: Policy },
    /// For a peer that was sent something.
    Serve(Serve),
    /// How large it is.
    Size,
    /// What it was found to have in the last so many milliseconds is relied on.
    Renew(u64),
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
    /// What has become of an answer.
    Taken {
        basket: Box<Basket>,
        next: Next,
    },
    /// They do what the policy does not allow. Nothing was stored.
    Denied(Denied),
    /// With all that can be reached from what the peer was sent.
    Served {
        answer: Answer,
        reached: Arc<BTreeSet<Hash>>,
    },
    /// Bytes.
    Size(u64),
    Renewed,
    Failed(StoreError),
}

/// Does what is asked.
pub fn perform(store: &dyn ObjectStore, request: StoreRequest) -> StoreReply {
    let done = match request {
        StoreRequest::Lacking(hashes) => {
            lacking_of(store, hashes).map(|(absent, open)| StoreReply::Lacking { absent, open })
        }
        StoreRequest::Load(hashes) => load(store, &hashes),
        StoreRequest::Take { mut basket, answer, policy } => {
            basket.take(store, answer, policy).map(|taken| taken.reply(basket))
        }
        StoreRequest::Serve(request) => serve::serve(store, request),
        StoreRequest::Size => store.size().map(StoreReply::Size),
        StoreRequest::Renew(lasting_ms) => store.renew(lasting_ms).map(|()| StoreReply::Renewed),
    };
    done.unwrap_or_else(StoreReply::Failed)
}

/// Which of these are not there, and what is open of that which the others depend on.
fn lacking_of(store: &dyn ObjectStore, hashes: Vec<Hash>) -> Result<(Vec<Hash>, Vec<Hash>), StoreError> {
    let has = store.has_many(&hashes)?;
    let (there, absent): (Vec<_>, Vec<_>) = hashes.into_iter().zip(has).partition(|(_, has)| *has);
    let there: Vec<Hash> = there.into_iter().map(|(hash, _)| hash).collect();
    let absent = absent.into_iter().map(|(hash, _)| hash).collect();
    Ok((absent, store.open_below(&there)?))
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
