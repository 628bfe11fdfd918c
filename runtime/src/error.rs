//! What can go wrong before or beside an evaluation.

use node::{HostKey, NodeAddress};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a node could not be started, or a peer not be talked to. The outcome of an evaluation is [`crate::Outcome`].
#[derive(Debug)]
pub enum RuntimeError {
    /// A key file or `known_hosts` cannot be read or written.
    KeyFile { path: PathBuf, error: std::io::Error },
    /// A key file exists and is not one of ours.
    BadKeyFile { path: PathBuf },
    /// A key file may be read by others than its owner.
    OpenKeyFile { path: PathBuf },
    /// The port cannot be listened on.
    Listen { address: SocketAddr, error: std::io::Error },
    /// Threads, sockets or random numbers cannot be had from the system.
    System(std::io::Error),
    /// Nobody answers there, or what answers does not speak our protocol: why.
    Unreachable { address: String, why: String },
    /// The peer does not answer in time.
    TimedOut { address: String },
    /// The peer refuses: why.
    Refused { address: String, why: String },
    /// Nothing vouches for this key: it is neither certified by the user's own, nor named, nor known.
    UnknownKey { address: String, key: HostKey },
    /// There is another key at this address than the one that was named or known.
    ChangedKey { address: String, expected: HostKey, found: HostKey },
    /// Two addresses that were named have one key: it is one host, or the key of one was copied.
    SameKey { first: String, second: String },
}

impl RuntimeError {
    /// What to type for a peer with an unknown key.
    pub fn trusted_form(&self) -> Option<NodeAddress> {
        match self {
            RuntimeError::UnknownKey { address, key } => {
                Some(NodeAddress { key: Some(*key), address: address.clone(), id: [0; 16] })
            }
            _ => None,
        }
    }

    /// Whether a peer is unreachable or timed out.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, RuntimeError::Unreachable { .. } | RuntimeError::TimedOut { .. })
    }
}

impl fmt::Display for RuntimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RuntimeError::KeyFile { path, error } => write!(f, "{}: {error}", path.display()),
            RuntimeError::BadKeyFile { path } => write!(f, "{} is not a key file", path.display()),
            RuntimeError::OpenKeyFile { path } => {
                write!(f, "{} may be read by others; only its owner should be able to", path.display())
            }
            RuntimeError::Listen { address, error } => write!(f, "cannot listen on {address}: {error}"),
            RuntimeError::System(error) => write!(f, "the system refuses: {error}"),
            RuntimeError::Unreachable { address, why } => write!(f, "{address} is unreachable: {why}"),
            RuntimeError::TimedOut { address } => write!(f, "{address} does not answer"),
            RuntimeError::Refused { address, why } => write!(f, "{address} refuses: {why}"),
            RuntimeError::UnknownKey { address, key } => {
                write!(f, "the key of {address} is not known: {key}")
            }
            RuntimeError::ChangedKey { address, expected, found } => {
                write!(f, "the key of {address} has changed: expected {expected}, found {found}")
            }
            RuntimeError::SameKey { first, second } => {
                write!(f, "{first} and {second} have the same key, so they cannot be told apart")
            }
        }
    }
}

impl std::error::Error for RuntimeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RuntimeError::KeyFile { error, .. } | RuntimeError::Listen { error, .. } | RuntimeError::System(error) => {
                Some(error)
            }
            _ => None,
        }
    }
}
