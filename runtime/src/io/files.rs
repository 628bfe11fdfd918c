//! Files and directories by path.

use super::Done;
use super::error::IoError;
use builtin::{Builtin, IoErrorKind};
use machine::Datum;
use std::fs;
use std::io::{Error, Read, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Bytes of a file that is read as one value: it has to fit a task's memory anyway, and a device never ends.
pub(super) const FILE_BYTES_MAX: u64 = 1 << 30;

/// Tries at a name for a temporary directory that nobody else has.
const TEMPORARY_TRIES: usize = 64;

/// None: another kind of effect.
pub(super) fn perform(builtin: Builtin, args: &[Datum]) -> Option<Done> {
    Some(match (builtin, args) {
        (Builtin::IoReadFile, [Datum::Text(path)]) => read(path),
        (Builtin::IoWriteFile, [Datum::Text(path), Datum::Bytes(bytes)]) => {
            tried("write", path, fs::write(&**path, bytes))
        }
        (Builtin::IoAppendFile, [Datum::Text(path), Datum::Bytes(bytes)]) => append(path, bytes),
        (Builtin::IoFileExists, [Datum::Text(path)]) => exists(path),
        (Builtin::IoRemoveFile, [Datum::Text(path)]) => tried("remove", path, fs::remove_file(&**path)),
        (Builtin::IoRenameFile, [Datum::Text(from), Datum::Text(to)]) => rename(from, to, false),
        (Builtin::IoRenameDirectory, [Datum::Text(from), Datum::Text(to)]) => rename(from, to, true),
        (Builtin::IoFileSize, [Datum::Text(path)]) => metadata(path).map(|found| Datum::Nat(found.len())),
        (Builtin::IoFileTimestamp, [Datum::Text(path)]) => timestamp(path),
        (Builtin::IoIsDirectory, [Datum::Text(path)]) => Ok(Datum::Boolean(Path::new(&**path).is_dir())),
        (Builtin::IoCreateDirectory, [Datum::Text(path)]) => {
            tried("create the directory", path, fs::create_dir_all(&**path))
        }
        (Builtin::IoRemoveDirectory, [Datum::Text(path)]) => {
            tried("remove the directory", path, fs::remove_dir_all(&**path))
        }
        (Builtin::IoDirectoryContents, [Datum::Text(path)]) => contents(path),
        (Builtin::IoCurrentDirectory, _) => current(),
        (Builtin::IoTempDirectory, _) => text_of(&std::env::temp_dir()),
        (Builtin::IoCreateTempDirectory, [Datum::Text(prefix)]) => create_temporary(prefix),
        _ => return None,
    })
}

fn tried(what: &str, path: &str, result: Result<(), Error>) -> Done {
    result.map(|()| Datum::unit()).map_err(|error| IoError::of(what, path, &error))
}

fn text_of(path: &Path) -> Done {
    match path.to_str() {
        Some(text) => Ok(Datum::text(text)),
        None => Err(IoError::other(&format!("the path {} is not UTF-8 text", path.display()))),
    }
}

fn read(path: &str) -> Done {
    let failed = |error: Error| IoError::of("read", path, &error);
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let message = format!("cannot read {path}: it is larger than 1 GiB (open it, and read it in parts)");
        return Err(IoError { kind: IoErrorKind::ResourceExhausted, message });
    }
    Ok(Datum::Bytes(bytes.into()))
}

fn append(path: &str, bytes: &[u8]) -> Done {
    let file = fs::OpenOptions::new().append(true).create(true).open(path);
    tried("append to", path, file.and_then(|mut file| file.write_all(bytes)))
}

fn exists(path: &str) -> Done {
    // A link to nothing does not exist, as for whoever would read it.
    let found = Path::new(path).try_exists();
    found.map(Datum::Boolean).map_err(|error| IoError::of("look for", path, &error))
}

fn metadata(path: &str) -> Result<fs::Metadata, IoError> {
    fs::metadata(path).map_err(|error| IoError::of("look at", path, &error))
}

fn timestamp(path: &str) -> Done {
    let changed = metadata(path)?.modified().map_err(|error| IoError::of("look at", path, &error))?;
    Ok(Datum::Int(microseconds(changed)))
}

fn microseconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |before| -before),
    }
}

fn rename(from: &str, to: &str, directory: bool) -> Done {
    let failed = |error: Error| IoError::of("rename", &format!("{from} to {to}"), &error);
    if fs::symlink_metadata(from).map_err(failed)?.is_dir() != directory {
        let (is, hint) =
            if directory { ("it is a file", "renameFile") } else { ("it is a directory", "renameDirectory") };
        return Err(IoError::illegal(format!("cannot rename {from}: {is} ({hint} renames it)")));
    }
    fs::rename(from, to).map_err(failed)?;
    Ok(Datum::unit())
}

fn contents(path: &str) -> Done {
    let failed = |error: Error| IoError::of("list", path, &error);
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let Some(name) = name.to_str() else {
            return Err(IoError::other(&format!("cannot list {path}: the name {} is not UTF-8 text", name.display())));
        };
        names.push(name.to_string());
    }
    names.sort();
    Ok(Datum::List(names.iter().map(|name| Datum::text(name)).collect()))
}

fn current() -> Done {
    let current = std::env::current_dir().map_err(|error| IoError::of("find", "the current directory", &error))?;
    text_of(&current)
}

/// A directory that only its owner may enter.
fn create_temporary(prefix: &str) -> Done {
    if prefix.contains(['/', '\0']) {
        return Err(IoError::illegal(format!(
            "cannot create a temporary directory {prefix}: give the beginning of a name"
        )));
    }
    let all = std::env::temp_dir();
    for _ in 0..TEMPORARY_TRIES {
        let mut random = [0; 8];
        getrandom::getrandom(&mut random).map_err(|error| IoError::other(&error.to_string()))?;
        let path = all.join(format!("{prefix}{:016x}", u64::from_le_bytes(random)));
        match private_directory(&path) {
            Ok(()) => return text_of(&path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(IoError::of("create the directory", &path.to_string_lossy(), &error)),
        }
    }
    Err(IoError::other(&format!("cannot create a temporary directory in {}", all.display())))
}

fn private_directory(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}
