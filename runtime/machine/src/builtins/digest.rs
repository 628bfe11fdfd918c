//! Cryptographic digests of bytes.

use super::{Call, Result};
use builtin::Builtin;
use sha2::{Digest, Sha256, Sha512};

/// The result if it is a builtin of this file.
pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Option<Result> {
    let digest: fn(&[u8]) -> Vec<u8> = match builtin {
        Builtin::CryptoSha256 => |bytes| Sha256::digest(bytes).to_vec(),
        Builtin::CryptoSha512 => |bytes| Sha512::digest(bytes).to_vec(),
        Builtin::CryptoBlake3 => |bytes| blake3::hash(bytes).as_bytes().to_vec(),
        _ => return None,
    };
    Some(of(call, digest))
}

fn of(call: &mut Call<'_>, digest: fn(&[u8]) -> Vec<u8>) -> Result {
    let bytes = call.bytes(0)?;
    let (digest, work) = (digest(bytes), bytes.len());
    call.heap.charge_bytes(work);
    Ok(call.heap.bytes_value(digest.into()).0)
}
