//! Identifiers that nobody can guess, drawn from a seed that the driver provides: the system's randomness there, a number in a simulation.

/// A stream of random bytes: BLAKE3 in extendable-output form over the seed.
pub struct Entropy(blake3::OutputReader);

impl Entropy {
    pub fn new(seed: [u8; 32]) -> Entropy {
        Entropy(blake3::Hasher::new_keyed(&seed).finalize_xof())
    }

    pub fn draw<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }
}
