//! Keys on disk.
//!
//! # Format
//! In the configuration directory: `user.key` and `hosts/STORE-N.key` are a line `unison ed25519 secret v1` and the 32 bytes of the
//! secret as base32hex, in files that only their owner may read. `known_hosts` has a line `HOST:PORT KEY` for each host that the user trusts.
//!
//! A process that serves a store takes the first of the store's host keys that no other process holds (a lock on the file says so): a host keeps its
//! key, and no two processes share one.

use crate::RuntimeError;
use base::hash::{base32hex, parse_base32hex};
use ed25519_dalek::SigningKey;
use hash::store::StoreId;
use node::{Certificate, HostKey, UserKey};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const HEADER: &str = "unison ed25519 secret v1";

/// Host keys of one store that are tried: as many processes may serve it at once.
const HOST_KEYS_MAX: u32 = 64;

/// The keys that a process needs: its user's, and its own as a host.
#[derive(Clone)]
pub struct Keys {
    user: SigningKey,
    host: SigningKey,
    /// Held as long as the host key is used.
    _lock: Option<std::sync::Arc<File>>,
    /// It is the first one of its store.
    owner: bool,
    known_hosts: Option<PathBuf>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys {{ user: {:?}, host: {:?} }}", self.user_key(), self.host_key())
    }
}

impl Keys {
    /// The user's key from the configuration directory, made at first use, and a new host key for this process.
    pub fn embedded(configuration: &Path) -> Result<Keys, RuntimeError> {
        let user = read_or_make(&configuration.join("user.key"))?;
        let known_hosts = Some(configuration.join("known_hosts"));
        Ok(Keys { user, host: new_key()?, _lock: None, known_hosts, owner: false })
    }

    /// The public part of the user's key, if there is one already.
    pub fn user_key_in(configuration: &Path) -> Result<Option<UserKey>, RuntimeError> {
        match read(&configuration.join("user.key")) {
            Ok(key) => Ok(Some(UserKey(key.verifying_key().to_bytes()))),
            Err(RuntimeError::KeyFile { error, .. }) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// As [`Keys::embedded`], with a host key that stays the same for processes that serve this store.
    pub fn of_store(configuration: &Path, store: StoreId) -> Result<Keys, RuntimeError> {
        let keys = Keys::embedded(configuration)?;
        for n in 0..HOST_KEYS_MAX {
            let path = configuration.join("hosts").join(format!("{}-{n}.key", base32hex(&store.0)));
            let host = read_or_make(&path)?;
            let file = File::open(&path).map_err(|error| RuntimeError::KeyFile { path, error })?;
            if file.try_lock().is_ok() {
                return Ok(Keys { host, _lock: Some(std::sync::Arc::new(file)), owner: n == 0, ..keys });
            }
        }
        Ok(keys)
    }

    /// Keys that live in memory only.
    pub fn from_secrets(user: [u8; 32], host: [u8; 32]) -> Keys {
        let (user, host) = (SigningKey::from_bytes(&user), SigningKey::from_bytes(&host));
        Keys { user, host, _lock: None, known_hosts: None, owner: false }
    }

    /// Whether this host owns the store whose key it has: it is the first of those that serve it.
    pub fn owns_store(&self) -> bool {
        self.owner
    }

    pub fn user_key(&self) -> UserKey {
        UserKey(self.user.verifying_key().to_bytes())
    }

    pub fn host_key(&self) -> HostKey {
        HostKey(self.host.verifying_key().to_bytes())
    }

    pub fn certificate(&self) -> Certificate {
        Certificate::issue(&self.user, self.host_key())
    }

    pub(crate) fn host_secret(&self) -> &SigningKey {
        &self.host
    }

    /// Remembers where this host can be reached, for what the same user runs.
    pub fn note_address(&self, address: &str) -> Result<(), RuntimeError> {
        let Some(directory) = self.hosts() else { return Ok(()) };
        let path = directory.join(format!("{}.address", self.host_key()));
        let written = std::fs::create_dir_all(&directory).and_then(|()| std::fs::write(&path, address));
        written.map_err(|error| RuntimeError::KeyFile { path, error })
    }

    fn hosts(&self) -> Option<PathBuf> {
        Some(self.known_hosts.as_ref()?.parent()?.join("hosts"))
    }

    /// Where hosts may be reached that this user has run, or knows. Hints only: whoever is there has to prove its key.
    pub(crate) fn addresses(&self) -> Vec<(HostKey, Vec<String>)> {
        let files = self.hosts().and_then(|hosts| std::fs::read_dir(hosts).ok());
        let own = files.into_iter().flatten().flatten().filter_map(|entry| {
            let path = entry.path();
            let key = HostKey::from_text(path.file_name()?.to_str()?.strip_suffix(".address")?)?;
            Some((key, vec![std::fs::read_to_string(path).ok()?.trim().to_string()]))
        });
        let known = self.known_hosts.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        let known = known.lines().filter_map(|line| {
            let (address, key) = line.split_once(' ')?;
            Some((HostKey::from_text(key.trim())?, vec![address.to_string()]))
        });
        own.chain(known).collect()
    }

    /// The key that `known_hosts` has for an address.
    pub(crate) fn known_host(&self, address: &str) -> Result<Option<HostKey>, RuntimeError> {
        let Some(path) = &self.known_hosts else { return Ok(None) };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(RuntimeError::KeyFile { path: path.clone(), error }),
        };
        let known = |line: &str| {
            let (host, key) = line.split_once(' ')?;
            (host == address).then(|| HostKey::from_text(key.trim())).flatten()
        };
        Ok(text.lines().find_map(known))
    }
}

/// Reads key text as it is given with `--allow`: a key of a user or host, in base32hex.
pub fn parse_key(text: &str) -> Option<[u8; 32]> {
    UserKey::from_text(text).map(|key| key.0)
}

/// An id for a store that lives as long as this process.
pub fn fresh_store_id() -> Result<StoreId, RuntimeError> {
    random().map(StoreId)
}

fn random<const N: usize>() -> Result<[u8; N], RuntimeError> {
    let mut bytes = [0; N];
    getrandom::getrandom(&mut bytes).map_err(|error| RuntimeError::System(std::io::Error::other(error)))?;
    Ok(bytes)
}

pub(crate) fn seed() -> Result<[u8; 32], RuntimeError> {
    random()
}

fn new_key() -> Result<SigningKey, RuntimeError> {
    Ok(SigningKey::from_bytes(&random()?))
}

fn read_or_make(path: &Path) -> Result<SigningKey, RuntimeError> {
    match read(path) {
        Err(RuntimeError::KeyFile { error, .. }) if error.kind() == ErrorKind::NotFound => make(path),
        other => other,
    }
}

fn read(path: &Path) -> Result<SigningKey, RuntimeError> {
    let failed = |error| RuntimeError::KeyFile { path: path.to_path_buf(), error };
    refuse_open_file(path)?;
    let bytes = std::fs::read(path).map_err(failed)?;
    let text = std::str::from_utf8(&bytes).ok();
    let secret = text.and_then(|text| text.strip_prefix(HEADER)).and_then(|rest| parse_base32hex(rest.trim()));
    let secret: [u8; 32] = secret
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| RuntimeError::BadKeyFile { path: path.to_path_buf() })?;
    Ok(SigningKey::from_bytes(&secret))
}

#[cfg(unix)]
fn refuse_open_file(path: &Path) -> Result<(), RuntimeError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata =
        std::fs::metadata(path).map_err(|error| RuntimeError::KeyFile { path: path.to_path_buf(), error })?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(RuntimeError::OpenKeyFile { path: path.to_path_buf() });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_open_file(_path: &Path) -> Result<(), RuntimeError> {
    Ok(())
}

/// Makes a key file: written whole under another name and then linked into place, so that of several processes one wins and all read its key.
fn make(path: &Path) -> Result<SigningKey, RuntimeError> {
    let failed = |error| RuntimeError::KeyFile { path: path.to_path_buf(), error };
    let key = new_key()?;
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(failed)?;
    let temporary = directory.join(format!(".{}.new", base32hex(&random::<10>()?)));
    write_private(&temporary, &format!("{HEADER}\n{}\n", base32hex(&key.to_bytes()))).map_err(failed)?;
    let linked = std::fs::hard_link(&temporary, path);
    std::fs::remove_file(&temporary).map_err(failed)?;
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(failed(error)),
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_only_for_their_owner() {
        let dir = tempfile::tempdir().expect("a directory");
        let made: Vec<UserKey> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| Keys::embedded(dir.path()).expect("made").user_key())).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert!(made.iter().all(|key| *key == made[0]), "everyone reads the one that won");
        let path = dir.path().join("user.key");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("allowed");
            assert!(matches!(Keys::embedded(dir.path()), Err(RuntimeError::OpenKeyFile { .. })));
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("allowed");
        }
        for garbage in [&b"something else"[..], &[0xff; 78], b""] {
            std::fs::write(&path, garbage).expect("written");
            assert!(matches!(Keys::embedded(dir.path()), Err(RuntimeError::BadKeyFile { .. })));
        }
    }

    #[test]
    fn a_store_keeps_its_host_key_and_two_processes_never_share_one() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = StoreId([1; 16]);
        let first = Keys::of_store(dir.path(), store).expect("made");
        let second = Keys::of_store(dir.path(), store).expect("made");
        assert_ne!(first.host_key(), second.host_key());
        assert_eq!(first.user_key(), second.user_key());
        let key = first.host_key();
        drop(first);
        assert_eq!(Keys::of_store(dir.path(), store).expect("read").host_key(), key);
        assert!(second.certificate().certifies(second.host_key()));
    }
}
