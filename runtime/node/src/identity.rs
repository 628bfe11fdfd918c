//! Who a host is, and how a node is named.
//!
//! A host is its Ed25519 public key; a node is a host and a 128-bit id; where a host can be reached is a hint beside it and no part of its identity.
//! A user's key certifies the keys of that user's hosts.
//!
//! # Format
//! The text form of a node is `KEY@HOST:PORT[/ID]`: the host's key as 52 characters of lower-case base32hex, an address, and the id
//! as 26 such characters, left out for node 0. A certificate is the user's public key (32 bytes) and the Ed25519 signature (64 bytes) by it
//! over `"unison host certificate v1\0"` and the host's public key.

use base::hash::{base32hex, parse_base32hex};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use std::fmt;
use std::str::FromStr;

/// The public key of a host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostKey(pub [u8; 32]);

/// The public key of a user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserKey(pub [u8; 32]);

/// A node: a host, and which of its nodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId {
    pub host: HostKey,
    pub id: [u8; 16],
}

/// A node as a user names it: `[KEY@]HOST:PORT[/ID]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeAddress {
    /// None if the user trusts whoever is there and certified by the user's own key.
    pub key: Option<HostKey>,
    /// `HOST:PORT`.
    pub address: String,
    pub id: [u8; 16],
}

/// A user's word that a host is that user's own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Certificate {
    pub user: UserKey,
    pub signature: [u8; 64],
}

/// Why text is not a node, or not a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeTextError {
    /// Not 52 characters of base32hex that are an Ed25519 public key.
    BadKey,
    /// Not `HOST:PORT`.
    BadAddress,
    /// The part after `/` is neither a number nor 26 characters of base32hex.
    BadId,
}

const CONTEXT: &[u8] = b"unison host certificate v1\0";

/// The id of a node: all of it, or, as it is shorter, the number that it stands for.
fn id_from_text(text: &str) -> Option<[u8; 16]> {
    let is_number = text.len() < 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u64>() {
        Ok(number) if is_number => Some(u128::from(number).to_be_bytes()),
        _ => parse_base32hex(text)?.try_into().ok(),
    }
}

fn key_from_text(text: &str) -> Option<[u8; 32]> {
    let bytes: [u8; 32] = parse_base32hex(text)?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak())?;
    Some(bytes)
}

impl HostKey {
    pub fn from_text(text: &str) -> Option<HostKey> {
        key_from_text(text).map(HostKey)
    }
}

impl UserKey {
    pub fn from_text(text: &str) -> Option<UserKey> {
        key_from_text(text).map(UserKey)
    }
}

impl Certificate {
    /// `user` certifies `host`.
    pub fn issue(user: &SigningKey, host: HostKey) -> Certificate {
        let signature = user.sign(&[CONTEXT, &host.0[..]].concat());
        Certificate { user: UserKey(user.verifying_key().to_bytes()), signature: signature.to_bytes() }
    }

    /// Whether it is about `host`, and signed by the user that it names.
    pub fn certifies(&self, host: HostKey) -> bool {
        let Ok(user) = VerifyingKey::from_bytes(&self.user.0) else { return false };
        user.verify_strict(&[CONTEXT, &host.0[..]].concat(), &Signature::from_bytes(&self.signature)).is_ok()
    }
}

impl NodeId {
    /// Node 0 of a host, or another by number.
    pub fn numbered(host: HostKey, number: u64) -> NodeId {
        NodeId { host, id: u128::from(number).to_be_bytes() }
    }

    /// As in a value of type `Node`.
    pub fn to_bytes(self) -> [u8; 48] {
        let mut bytes = [0; 48];
        bytes[..32].copy_from_slice(&self.host.0);
        bytes[32..].copy_from_slice(&self.id);
        bytes
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<NodeId> {
        let (host, id) = bytes.split_at_checked(32)?;
        Some(NodeId { host: HostKey(host.try_into().ok()?), id: id.try_into().ok()? })
    }

    /// The text form. A host without a known address is named by its key alone.
    pub fn to_text(self, address: Option<&str>) -> String {
        let address = address.map(|a| format!("@{a}")).unwrap_or_default();
        format!("{}{address}{}", self.host, id_suffix(&self.id))
    }
}

fn id_suffix(id: &[u8; 16]) -> String {
    if *id == [0; 16] { String::new() } else { format!("/{}", base32hex(id)) }
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.map(|key| format!("{key}@")).unwrap_or_default();
        write!(f, "{key}{}{}", self.address, id_suffix(&self.id))
    }
}

impl FromStr for NodeAddress {
    type Err = NodeTextError;

    fn from_str(text: &str) -> Result<NodeAddress, NodeTextError> {
        let (key, rest) = match text.split_once('@') {
            Some((key, rest)) => (Some(HostKey::from_text(key).ok_or(NodeTextError::BadKey)?), rest),
            None => (None, text),
        };
        let (address, id) = match rest.split_once('/') {
            Some((address, id)) => (address, id_from_text(id).ok_or(NodeTextError::BadId)?),
            None => (rest, [0; 16]),
        };
        if !is_address(address) {
            return Err(NodeTextError::BadAddress);
        }
        Ok(NodeAddress { key, address: address.to_string(), id })
    }
}

/// Whether text has the form `HOST:PORT`, where an IPv6 host stands in brackets. Control characters and spaces never pass: addresses are shown to users.
pub fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let bracketed = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host_ok = match bracketed {
        Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(plain),
    };
    host_ok && port.parse::<u16>().is_ok() && text.len() <= crate::limits::ADDRESS_BYTES_MAX
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32hex(&self.0))
    }
}

impl fmt::Display for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32hex(&self.0))
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostKey({}..)", &base32hex(&self.0)[..8])
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserKey({}..)", &base32hex(&self.0)[..8])
    }
}

impl fmt::Display for NodeTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NodeTextError::BadKey => "the part before `@` is not a host key",
            NodeTextError::BadAddress => "a node is written [KEY@]HOST:PORT[/ID]",
            NodeTextError::BadId => "the part after `/` is not a node id",
        })
    }
}

impl std::error::Error for NodeTextError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> SigningKey {
        SigningKey::from_bytes(&[n; 32])
    }

    #[test]
    fn nodes_read_as_they_are_written() {
        let host = HostKey(key(1).verifying_key().to_bytes());
        for (node, address) in [(NodeId::numbered(host, 0), "localhost:80"), (NodeId::numbered(host, 7), "[::1]:9")] {
            let text = node.to_text(Some(address));
            let read: NodeAddress = text.parse().expect("written by us");
            assert_eq!((read.key, read.address.as_str(), read.id), (Some(host), address, node.id));
            assert_eq!(read.to_string(), text);
            assert_eq!(NodeId::from_bytes(&node.to_bytes()), Some(node));
        }
        let error = |text: &str| text.parse::<NodeAddress>().expect_err("malformed");
        assert_eq!(error("zz@localhost:1"), NodeTextError::BadKey);
        assert_eq!(error("localhost"), NodeTextError::BadAddress);
        assert_eq!(error("localhost:70000"), NodeTextError::BadAddress);
        assert_eq!(error("a\x1b[0m:1"), NodeTextError::BadAddress);
        assert_eq!(error("localhost:1/x"), NodeTextError::BadId);
        assert_eq!(error("localhost:1/"), NodeTextError::BadId);
        let numbered = "localhost:1/300".parse::<NodeAddress>().expect("a number is an id");
        assert_eq!(numbered.id, 300u128.to_be_bytes());
    }

    #[test]
    fn a_certificate_is_about_one_host_and_by_one_user() {
        let (user, other) = (key(1), key(2));
        let host = HostKey(key(3).verifying_key().to_bytes());
        let certificate = Certificate::issue(&user, host);
        assert!(certificate.certifies(host));
        assert!(!certificate.certifies(HostKey(key(4).verifying_key().to_bytes())));
        let claimed = Certificate { user: UserKey(other.verifying_key().to_bytes()), ..certificate };
        assert!(!claimed.certifies(host));
    }
}
