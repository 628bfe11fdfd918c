//! On whose behalf code runs.

use std::sync::Arc;

/// How long a chain may become: each `at` of one host to another adds a link, and a program that goes further is lost in itself.
pub const PRINCIPALS_MAX: usize = 64;

/// The public key of a user or of a host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Principal(pub [u8; 32]);

/// Everyone on whose behalf something runs, the first being who started the run. What it may do is the intersection of their policies.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Chain(Arc<[Principal]>);

/// The chain would have more than [`PRINCIPALS_MAX`] links.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChainTooLong;

impl Chain {
    pub fn new(principals: Vec<Principal>) -> Result<Chain, ChainTooLong> {
        if principals.len() > PRINCIPALS_MAX { Err(ChainTooLong) } else { Ok(Chain(principals.into())) }
    }

    /// The chain with one more link. A principal who is there already adds nothing.
    pub fn and(self, principal: Principal) -> Result<Chain, ChainTooLong> {
        if self.0.contains(&principal) {
            return Ok(self);
        }
        Chain::new(self.0.iter().copied().chain([principal]).collect())
    }

    pub fn principals(&self) -> &[Principal] {
        &self.0
    }
}

/// A capability token as it is carried along. Nothing reads it yet; it has its place in every request from the start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token(pub Vec<u8>);
