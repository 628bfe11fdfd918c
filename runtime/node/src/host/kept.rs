//! What is left of evaluations that wait here for an answer, and is too large to travel with each request: it stays, and whoever waits has a [`Handle`] of it.
//!
//! It is kept in its portable form, so that it can be resumed more than once, and as the outcome of a future, so that it is leased as these are: for as long as somebody at the caller holds
//! the handle, and is connected. Nobody can await it; only the host that was given the handle can resume or fetch it, and only by all of its 256 bits. If one host has too much here, the rest goes along
//! with the request, as small ones do.
//!
//! Tasks of one process that wait for each other do it in the same way, so that between them nothing is made of it but a copy.

use super::*;
use crate::host::futures::{Future, NO_LIMIT_MS};
use crate::host::holds::Holder;
use crate::host::journeys::Left;
use crate::message::{End, Handle};
use builtin::BuiltinType;
use machine::{Datum, Portable};

/// Of the futures of a host, those that are none.
#[derive(Default, Debug)]
pub(super) struct Kept {
    all: BTreeMap<FutureId, Bound>,
    /// Bytes for each host that may resume some.
    bytes: BTreeMap<HostKey, usize>,
}

/// Who may resume something.
#[derive(Debug)]
struct Bound {
    to: HostKey,
    secret: [u8; 16],
    bytes: usize,
}

impl Kept {
    pub fn has(&self, id: FutureId) -> bool {
        self.all.contains_key(&id)
    }

    fn has_room(&self, to: HostKey, bytes: usize) -> bool {
        self.bytes.get(&to).copied().unwrap_or_default() + bytes <= KEPT_BYTES_MAX
    }

    fn add(&mut self, id: FutureId, bound: Bound) {
        *self.bytes.entry(bound.to).or_default() += bound.bytes;
        self.all.insert(id, bound);
    }

    pub fn remove(&mut self, id: FutureId) {
        let Some(bound) = self.all.remove(&id) else { return };
        let Some(bytes) = self.bytes.get_mut(&bound.to) else { return };
        *bytes -= bound.bytes;
        if *bytes == 0 {
            self.bytes.remove(&bound.to);
        }
    }

    fn is_for(&self, handle: &Handle, host: HostKey) -> bool {
        self.all.get(&handle.id).is_some_and(|bound| bound.to == host && bound.secret == handle.secret)
    }
}

impl Host {
    /// A request for a host that waits, and what is left of the evaluation.
    pub(super) fn asks_of(&mut self, to: HostKey, context: Arc<Context>, request: Portable, rest: Option<Left>) -> End {
        let rest = match rest {
            None => return End::Requested(request),
            Some(Left::Kept(handle, bytes)) => return End::Kept(handle, bytes, request),
            Some(Left::Here(rest)) => rest,
        };
        if let Some(handle) = self.keep(to, context, &rest) {
            return End::Kept(handle, rest.size() as u64, request);
        }
        match machine::portable::rejoined(&request, &rest) {
            Ok(whole) => End::Requested(whole),
            Err(error) => End::Ended(self.fault([0; 16], format!("a request cannot travel: {error}")).into()),
        }
    }

    /// Keeps it for this host, if there is room. It goes at the end of the event if nobody holds it then.
    fn keep(&mut self, to: HostKey, context: Arc<Context>, rest: &Portable) -> Option<Handle> {
        if !self.futures.has_room(context.scope()) || !self.futures.kept.has_room(to, rest.size()) {
            return None;
        }
        let (id, secret) = (self.name_future(), self.entropy.draw());
        self.futures.all.insert(id, Future::of_value(context, rest.clone()));
        self.futures.kept.add(id, Bound { to, secret, bytes: rest.size() });
        self.hold_futures(Holder::Future(id), rest);
        self.may_be_loose(id);
        Some(Handle { incarnation: self.config.incarnation, id, secret })
    }

    /// What is kept here for whoever asks.
    pub(super) fn kept_resumption(&self, at: NodeId, handle: &Handle, waiter: Waiter) -> Result<Portable, Failure> {
        let asks = match waiter {
            Waiter::Session((peer, _)) => peer,
            _ => self.config.key,
        };
        if handle.incarnation != self.config.incarnation {
            return Err(Failure::Restarted { node: self.name(at) });
        }
        let kept = self.futures.all.get(&handle.id).filter(|_| self.futures.kept.is_for(handle, asks));
        let rest = kept.and_then(|future| future.value()).cloned();
        rest.ok_or_else(|| Failure::LostResumption { node: self.name(at) })
    }
}

/// As the caller's task has it, where else the rest would be.
pub(super) fn handle_datum(home: NodeId, handle: &Handle) -> Datum {
    let (incarnation, id) = (Datum::Nat(handle.incarnation), Datum::Bytes(handle.id.0.as_slice().into()));
    let fields = vec![requests::node_datum(home), incarnation, id, Datum::Nat(NO_LIMIT_MS)];
    let future = Datum::builtin(BuiltinType::Future, 0, fields);
    Datum::tuple(vec![future, Datum::Bytes(handle.secret.as_slice().into())])
}

/// The reverse, for a rest that waits at this host.
pub(super) fn handle_of(datum: &Datum, host: HostKey) -> Option<Handle> {
    let [future, Datum::Bytes(secret)] = requests::fields(datum, BuiltinType::Tuple(2))? else { return None };
    let (future, _) = requests::future_of(future)?;
    let secret = secret.as_ref().try_into().ok()?;
    (future.home.host == host).then_some(Handle { incarnation: future.incarnation, id: future.id, secret })
}
