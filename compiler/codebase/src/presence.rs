//! Who has a codebase open. Each process holds a shared lock on a file beside it; the system gives it up when the process dies, and whoever is the last to leave takes
//! the file away. So a file that nobody holds is what a crash has left.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Held while the codebase is open. Nobody may enter while somebody enters or leaves: callers hold the codebase's write lock.
pub(crate) struct Presence {
    file: File,
    path: PathBuf,
}

/// Whom somebody finds who enters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Company {
    Nobody,
    Others,
    /// Nobody, and the last one did not leave but died, or the machine stopped.
    Dead,
}

impl Presence {
    pub fn enter(codebase: &Path) -> std::io::Result<(Presence, Company)> {
        let path = lock_path(codebase);
        let found = path.exists();
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        let presence = Presence { file, path };
        let company = match (presence.alone()?, found) {
            (false, _) => Company::Others,
            (true, true) => Company::Dead,
            (true, false) => Company::Nobody,
        };
        presence.file.lock_shared()?;
        Ok((presence, company))
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
