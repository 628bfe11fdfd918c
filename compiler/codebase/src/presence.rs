//! Who has a codebase open. Each process holds a shared lock on a file beside it; the system gives it up when the process dies. Whoever could lock it alone has the
//! codebase to itself, and so can tell a crash (`clean` is 0, and nobody is there) from company.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Held while the codebase is open. Nobody may enter while somebody enters or leaves: callers hold the codebase's write lock.
pub(crate) struct Presence {
    file: File,
    path: PathBuf,
}

impl Presence {
    /// Says whether nobody else is there.
    pub fn enter(codebase: &Path) -> std::io::Result<(Presence, bool)> {
        let path = lock_path(codebase);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        let presence = Presence { file, path };
        let alone = presence.alone()?;
        presence.file.lock_shared()?;
        Ok((presence, alone))
    }

    /// Says whether nobody is there any more. The last one takes the file away.
    pub fn leave(self) -> std::io::Result<bool> {
        self.file.unlock()?;
        let alone = self.alone()?;
        if alone {
            std::fs::remove_file(&self.path)?;
        }
        Ok(alone)
    }

    /// Says whether nobody else is there. Nobody enters meanwhile: the caller holds the codebase's write lock.
    pub fn has_no_company(&self) -> std::io::Result<bool> {
        self.file.unlock()?;
        let alone = self.alone();
        self.file.lock_shared()?;
        alone
    }

    fn alone(&self) -> std::io::Result<bool> {
        match self.file.try_lock() {
            Ok(()) => self.file.unlock().map(|()| true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

fn lock_path(codebase: &Path) -> PathBuf {
    let mut name = codebase.as_os_str().to_os_string();
    name.push("-open");
    name.into()
}
