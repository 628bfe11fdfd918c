//! Which tiers the machine of a host has, and where machine code is kept between runs.

use machine::Machine;
use std::path::PathBuf;

/// When what a host runs becomes machine code. Code of users other than its own never does.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Jit {
    /// Never.
    #[cfg_attr(not(feature = "jit"), default)]
    Off,
    /// Beside, once it has run often.
    #[cfg_attr(feature = "jit", default)]
    On,
    /// Before it runs for the first time.
    Eager,
}

/// How a host makes machine code.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tiers {
    pub jit: Jit,
    /// A directory of the user's alone in which it is kept between runs, if it is.
    pub cache: Option<PathBuf>,
}

impl Tiers {
    /// The first tier alone.
    pub const INTERPRETER: Tiers = Tiers { jit: Jit::Off, cache: None };

    /// A machine. It has the first tier alone where there is no second one.
    pub(crate) fn machine(&self) -> Machine {
        #[cfg(feature = "jit")]
        if self.jit != Jit::Off
            && let Some(cranelift) = ::jit::Cranelift::host()
        {
            use machine::native::{Generator, When};
            use std::sync::Arc;
            let when = if self.jit == Jit::Eager { When::Eager } else { When::Hot };
            let generator: Arc<dyn Generator> = match self.cache.as_deref().and_then(kept::Kept::open) {
                Some(kept) => Arc::new(::jit::Remembering::new(cranelift, Box::new(kept))),
                None => Arc::new(cranelift),
            };
            return Machine::with_generator(generator, when);
        }
        Machine::new()
    }
}

impl Jit {
    /// Whether this build can make machine code for the processor that it runs on.
    pub fn is_available() -> bool {
        #[cfg(feature = "jit")]
        return ::jit::Cranelift::host().is_some();
        #[cfg(not(feature = "jit"))]
        return false;
    }
}

#[cfg(feature = "jit")]
mod kept {
    //! Two files for each build of the program: machine code, and an index of it.
    //!
    //! **Invariant:** nothing is read that anybody but the user can have written: directory and files are the user's own and nobody else's to read or write, else there are no files.

    use jit::Records;
    use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
    use std::io::{Read, Seek, Write};
    use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::{Path, PathBuf};
    use std::sync::OnceLock;
    use std::time::UNIX_EPOCH;

    /// Of machine code: if there is more, it is begun anew.
    const BYTES_MAX: u64 = 8 << 20;
    /// Of the index.
    const INDEX_BYTES_MAX: u64 = 1 << 20;
    const EXTENSION: &str = "code";
    const INDEX_EXTENSION: &str = "index";

    pub(super) struct Kept {
        path: PathBuf,
        index: PathBuf,
        /// From which code is read; none if there was none.
        contents: OnceLock<Option<File>>,
    }

    impl Kept {
        /// The files of this build below a directory. `None` if there can be none that are the user's alone.
        pub(super) fn open(directory: &Path) -> Option<Kept> {
            let _ = DirBuilder::new().recursive(true).mode(0o700).create(directory);
            let is_dir = |metadata: &Metadata| metadata.is_dir();
            fs::symlink_metadata(directory).ok().filter(is_dir).filter(is_private)?;
            let build = build()?;
            let [path, index] = [EXTENSION, INDEX_EXTENSION].map(|of| directory.join(format!("{build}.{of}")));
            if !path.exists() {
                remove_others(directory);
            }
            Some(Kept { path, index, contents: OnceLock::new() })
        }
    }

    /// A file of the user's alone.
    fn private(path: &Path, options: &mut OpenOptions) -> Option<File> {
        let file = options.mode(0o600).open(path).ok()?;
        let real = fs::symlink_metadata(path).ok()?;
        let opened = file.metadata().ok()?;
        let same = (real.dev(), real.ino()) == (opened.dev(), opened.ino());
        (same && opened.is_file() && is_private(&opened)).then_some(file)
    }

    impl Records for Kept {
        fn index(&self) -> Vec<u8> {
            let mut bytes = Vec::new();
            if let Some(file) = private(&self.index, OpenOptions::new().read(true)) {
                // What was read before a failure is a beginning, and what it says is checked.
                let _ = file.take(INDEX_BYTES_MAX).read_to_end(&mut bytes);
            }
            bytes
        }

        fn note(&self, line: &[u8]) {
            if let Some(mut file) = private(&self.index, OpenOptions::new().append(true).create(true)) {
                // One call: other processes append, too.
                let _ = file.write(line);
            }
        }

        fn content(&self, offset: u64, length: usize) -> Option<Vec<u8>> {
            let file = self.contents.get_or_init(|| private(&self.path, OpenOptions::new().read(true))).as_ref()?;
            let mut content = vec![0; (length as u64 <= BYTES_MAX).then_some(length)?];
            file.read_exact_at(&mut content, offset).ok()?;
            Some(content)
        }

        fn keep(&self, content: &[u8]) -> Option<u64> {
            let mut file = private(&self.path, OpenOptions::new().append(true).create(true))?;
            if file.metadata().ok()?.len() + content.len() as u64 > BYTES_MAX {
                let _ = fs::remove_file(&self.index);
                let _ = fs::remove_file(&self.path);
                return None;
            }
            // Behind what was written, wherever other processes have ended.
            let written = file.write(content).ok()?;
            let end = file.stream_position().ok()?;
            (written == content.len()).then_some(end - written as u64)
        }
    }

    /// Belongs to whoever runs this process, and nobody else may read or write it.
    fn is_private(metadata: &Metadata) -> bool {
        let own = fs::metadata("/proc/self").map(|process| process.uid());
        own.is_ok_and(|own| own == metadata.uid()) && metadata.permissions().mode() & 0o077 == 0
    }

    /// What no other build of the program has: what its file is.
    fn build() -> Option<String> {
        let metadata = fs::metadata(std::env::current_exe().ok()?).ok()?;
        let written = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!("{:x}-{:x}-{:x}", written.as_nanos(), metadata.len(), metadata.ino()))
    }

    fn remove_others(directory: &Path) {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == EXTENSION || extension == INDEX_EXTENSION) {
                let _ = fs::remove_file(path);
            }
        }
    }
}
