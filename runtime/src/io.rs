//! The effects of `IO` that belong to the node where code runs: files, environment, time, random numbers.
//!
//! Whatever the system refuses is a `Failure` of kind `IOFailure`: its message names the file, what the system said and what can be done; its payload is an
//! `IOError`, so that programs can tell the cases apart.

mod codebase;
mod error;
mod files;
mod handles;

use builtin::{Builtin, IoErrorKind};
use error::IoError;
use handles::Handles;
use hash::store::ObjectStore;
use machine::{Answer, Datum, HostRequest};
use node::event::TaskId;
use std::sync::Arc;
use std::time::Instant;

/// Random bytes that are given at once.
const RANDOM_BYTES_MAX: u64 = 1 << 24;

type Done = Result<Datum, IoError>;

/// What programs do with this process's part of the world.
pub struct Io {
    /// Where the host keeps definitions.
    store: Arc<dyn ObjectStore>,
    handles: Handles,
    /// Where the monotonic clock starts.
    started: Instant,
}

impl Io {
    pub fn new(store: Arc<dyn ObjectStore>, started: Instant) -> Io {
        Io { store, handles: Handles::default(), started }
    }

    /// Performs an effect of a task. May block.
    pub fn perform(&self, task: TaskId, request: &HostRequest) -> Answer {
        let (builtin, args) = (request.builtin, request.args.as_slice());
        let done = self
            .ambient(builtin, args)
            .or_else(|| codebase::perform(&*self.store, builtin, args))
            .or_else(|| files::perform(builtin, args))
            .or_else(|| self.handles.perform(task, builtin, args))
            .unwrap_or_else(|| Err(IoError::other(&format!("{} is not an effect of this node", builtin.name()))));
        match done {
            Ok(value) => Answer::Value(value),
            Err(error) => Answer::Raise(Datum::io_failure(error.kind, &error.message)),
        }
    }

    /// Closes the files that a task has open. It has ended.
    pub fn release(&self, task: TaskId) {
        self.handles.release(task);
    }

    /// None: another kind of effect.
    fn ambient(&self, builtin: Builtin, args: &[Datum]) -> Option<Done> {
        Some(match (builtin, args) {
            (Builtin::IoGetEnv, [Datum::Text(name)]) => environment(name),
            (Builtin::IoRealtime, _) => Ok(Datum::Nat(realtime_us())),
            (Builtin::IoMonotonic | Builtin::RemoteBangClock, _) => {
                Ok(Datum::Nat(u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)))
            }
            (Builtin::IoRandomNat, _) => random_nat(),
            (Builtin::IoRandomBytes, [Datum::Nat(n)]) => random_bytes(*n),
            _ => return None,
        })
    }
}

fn environment(name: &str) -> Done {
    // Some names are no names of variables to the system, which would panic.
    let valid = !name.is_empty() && !name.contains(['=', '\0']);
    let value = valid.then(|| std::env::var_os(name)).flatten();
    let Some(value) = value else {
        let message = format!("there is no environment variable {name}");
        return Err(IoError { kind: IoErrorKind::NoSuchThing, message });
    };
    match value.to_str() {
        Some(value) => Ok(Datum::text(value)),
        None => Err(IoError::other(&format!("the environment variable {name} is not UTF-8 text"))),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where programs get the time from")]
fn realtime_us() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

fn random_nat() -> Done {
    let mut bytes = [0; 8];
    getrandom::getrandom(&mut bytes).map_err(|error| IoError::other(&error.to_string()))?;
    Ok(Datum::Nat(u64::from_le_bytes(bytes)))
}

fn random_bytes(n: u64) -> Done {
    if n > RANDOM_BYTES_MAX {
        return Err(IoError::other(&format!("cannot make {n} random bytes at once: {RANDOM_BYTES_MAX} is the most")));
    }
    let mut bytes = vec![0; usize::try_from(n).unwrap_or_default()];
    getrandom::getrandom(&mut bytes).map_err(|error| IoError::other(&error.to_string()))?;
    Ok(Datum::Bytes(bytes.into()))
}
