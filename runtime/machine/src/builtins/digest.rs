//! Cryptographic digests of bytes.

use super::asking::PIECE_BYTES;
use super::{Call, Result};
use builtin::Builtin;
use sha2::{Digest, Sha256, Sha512};

/// The result if it is a builtin of this file.
pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Option<Result> {
    Some(match builtin {
        Builtin::CryptoSha256 => {
            of(call, Sha256::new(), |state, bytes| state.update(bytes), |state| state.finalize().to_vec())
        }
        Builtin::CryptoSha512 => {
            of(call, Sha512::new(), |state, bytes| state.update(bytes), |state| state.finalize().to_vec())
        }
        Builtin::CryptoBlake3 => {
            let update = |state: &mut blake3::Hasher, bytes: &[u8]| {
                state.update(bytes);
            };
            of(call, blake3::Hasher::new(), update, |state| state.finalize().as_bytes().to_vec())
        }
        _ => return None,
    })
}

fn of<S>(call: &mut Call<'_>, mut state: S, update: fn(&mut S, &[u8]), finish: fn(S) -> Vec<u8>) -> Result {
    let bytes = call.bytes(0)?;
    for piece in bytes.chunks(PIECE_BYTES) {
        call.heap.check_interrupt()?;
        update(&mut state, piece);
    }
    let work = bytes.len();
    call.heap.charge_bytes(work);
    Ok(call.heap.bytes_value(finish(state).into()).0)
}
