//! Identifiers that nobody can guess, drawn from a seed that the driver provides: the system's randomness there, a number in a simulation.

/// Bytes that are made at once: as many as one step of the function gives.
const BLOCK_BYTES: usize = 64;

/// A stream of random bytes: BLAKE3 in extendable-output form over the seed.
pub struct Entropy {
    stream: blake3::OutputReader,
    /// The next bytes, of which so many were drawn.
    block: [u8; BLOCK_BYTES],
    drawn: usize,
}

impl Entropy {
    pub fn new(seed: [u8; 32]) -> Entropy {
        let stream = blake3::Hasher::new_keyed(&seed).finalize_xof();
        Entropy { stream, block: [0; BLOCK_BYTES], drawn: BLOCK_BYTES }
    }

    pub fn draw<const N: usize>(&mut self) -> [u8; N] {
        const { assert!(N <= BLOCK_BYTES) }
        let (mut bytes, left) = ([0; N], BLOCK_BYTES - self.drawn);
        let first = N.min(left);
        bytes[..first].copy_from_slice(&self.block[self.drawn..][..first]);
        self.drawn += first;
        if first < N {
            self.stream.fill(&mut self.block);
            bytes[first..].copy_from_slice(&self.block[..N - first]);
            self.drawn = N - first;
        }
        bytes
    }
}
