//! A host's disk: files in memory, which outlive its processes. That of the first host shows this computer's files behind its own, if the world was given any.

use builtin::{Builtin, BuiltinType, IoErrorKind};
use kernel::TypeRef;
use machine::{Answer, Datum};
use node::event::TaskId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Reads a file of the world outside.
pub type Outside = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// Bytes of a file at most: a program that writes without end meets an end.
const FILE_BYTES_MAX: usize = 1 << 28;

#[derive(Default)]
pub struct Disk {
    files: BTreeMap<String, Vec<u8>>,
    /// Those of the world outside that were removed here.
    removed: BTreeSet<String>,
    directories: BTreeSet<String>,
    outside: Option<Outside>,
    open: BTreeMap<(TaskId, u64), Open>,
    opened: u64,
    temporary: u64,
}

struct Open {
    path: String,
    position: usize,
    mode: u64,
}

type Done = Result<Datum, (IoErrorKind, String)>;

impl Disk {
    pub fn new(outside: Option<Outside>) -> Disk {
        Disk { outside, ..Disk::default() }
    }

    /// The process has ended: what it had open is closed.
    pub fn close_all(&mut self) {
        self.open.clear();
    }

    pub fn release(&mut self, task: TaskId) {
        self.open.retain(|(of, _), _| *of != task);
    }

    /// None: another kind of effect.
    pub fn perform(&mut self, task: TaskId, builtin: Builtin, args: &[Datum]) -> Option<Answer> {
        let done = self.by_path(task, builtin, args).or_else(|| self.by_handle(task, builtin, args))?;
        Some(match done {
            Ok(value) => Answer::Value(value),
            Err((kind, message)) => Answer::Raise(Datum::io_failure(kind, &message)),
        })
    }

    fn by_path(&mut self, task: TaskId, builtin: Builtin, args: &[Datum]) -> Option<Done> {
        Some(match (builtin, args) {
            (Builtin::IoReadFile, [Datum::Text(path)]) => {
                self.content(path).map(|bytes| Datum::Bytes(bytes.into())).ok_or_else(|| absent("read", path))
            }
            (Builtin::IoWriteFile, [Datum::Text(path), Datum::Bytes(bytes)]) => self.write(path, bytes.to_vec()),
            (Builtin::IoAppendFile, [Datum::Text(path), Datum::Bytes(bytes)]) => {
                let mut content = self.content(path).unwrap_or_default();
                content.extend_from_slice(bytes);
                self.write(path, content)
            }
            (Builtin::IoFileExists, [Datum::Text(path)]) => {
                Ok(Datum::Boolean(self.is_directory(path) || self.content(path).is_some()))
            }
            (Builtin::IoRemoveFile, [Datum::Text(path)]) => self.remove(path),
            (Builtin::IoRenameFile, [Datum::Text(from), Datum::Text(to)]) => match self.content(from) {
                Some(content) => self.write(to, content).and_then(|_| self.remove(from)),
                None => Err(absent("rename", from)),
            },
            (Builtin::IoFileSize, [Datum::Text(path)]) => {
                let size = self.content(path).map(|content| Datum::Nat(content.len() as u64));
                size.ok_or_else(|| absent("look at", path))
            }
            (Builtin::IoFileTimestamp, [Datum::Text(path)]) => {
                self.content(path).map(|_| Datum::Int(0)).ok_or_else(|| absent("look at", path))
            }
            (Builtin::IoIsDirectory, [Datum::Text(path)]) => Ok(Datum::Boolean(self.is_directory(path))),
            (Builtin::IoCreateDirectory, [Datum::Text(path)]) => {
                self.directories.insert(path.trim_end_matches('/').to_string());
                Ok(Datum::unit())
            }
            (Builtin::IoRemoveDirectory, [Datum::Text(path)]) => {
                let below = format!("{}/", path.trim_end_matches('/'));
                self.files.retain(|name, _| !name.starts_with(&below));
                self.directories.retain(|name| name != path.trim_end_matches('/') && !name.starts_with(&below));
                Ok(Datum::unit())
            }
            (Builtin::IoRenameDirectory, [Datum::Text(from), Datum::Text(to)]) => self.rename_directory(from, to),
            (Builtin::IoDirectoryContents, [Datum::Text(path)]) => Ok(self.contents(path)),
            (Builtin::IoCurrentDirectory, _) => Ok(Datum::text("/")),
            (Builtin::IoTempDirectory, _) => Ok(Datum::text("/tmp")),
            (Builtin::IoCreateTempDirectory, [Datum::Text(prefix)]) => {
                self.temporary += 1;
                let path = format!("/tmp/{prefix}{:016x}", self.temporary);
                self.directories.insert(path.clone());
                Ok(Datum::text(&path))
            }
            (Builtin::IoOpen, [Datum::Text(path), Datum::Nat(mode)]) => self.open(task, path, *mode),
            _ => return None,
        })
    }

    fn content(&self, path: &str) -> Option<Vec<u8>> {
        let outside = || self.outside.as_ref().filter(|_| !self.removed.contains(path)).and_then(|read| read(path));
        self.files.get(path).cloned().or_else(outside)
    }

    fn write(&mut self, path: &str, content: Vec<u8>) -> Done {
        if content.len() > FILE_BYTES_MAX {
            return Err((IoErrorKind::ResourceExhausted, format!("cannot write {path}: the disk is full")));
        }
        self.files.insert(path.to_string(), content);
        Ok(Datum::unit())
    }

    fn remove(&mut self, path: &str) -> Done {
        if self.content(path).is_none() {
            return Err(absent("remove", path));
        }
        self.files.remove(path);
        self.removed.insert(path.to_string());
        Ok(Datum::unit())
    }

    fn is_directory(&self, path: &str) -> bool {
        let below = format!("{}/", path.trim_end_matches('/'));
        let holds = |name: &String| name.starts_with(&below);
        self.directories.contains(path.trim_end_matches('/')) || self.files.keys().any(holds)
    }

    fn rename_directory(&mut self, from: &str, to: &str) -> Done {
        if !self.is_directory(from) {
            return Err(absent("rename", from));
        }
        let (from, to) = (from.trim_end_matches('/'), to.trim_end_matches('/'));
        let moved = |name: &str| match name.strip_prefix(from) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{to}{rest}"),
            _ => name.to_string(),
        };
        self.files = std::mem::take(&mut self.files).into_iter().map(|(name, file)| (moved(&name), file)).collect();
        self.directories = self.directories.iter().map(|name| moved(name)).collect();
        Ok(Datum::unit())
    }

    /// Names in a directory, sorted.
    fn contents(&self, path: &str) -> Datum {
        let below = match path.trim_end_matches('/') {
            "." => String::new(),
            path => format!("{path}/"),
        };
        let names = self.files.keys().chain(&self.directories).filter_map(|name| name.strip_prefix(&below));
        let names: BTreeSet<&str> = names.filter_map(|rest| rest.split('/').next()).collect();
        Datum::List(names.into_iter().filter(|name| !name.is_empty()).map(Datum::text).collect())
    }

    fn open(&mut self, task: TaskId, path: &str, mode: u64) -> Done {
        let content = self.content(path);
        match (mode, content) {
            (0, None) => return Err(absent("open", path)),
            (1, _) => drop(self.write(path, Vec::new())?),
            (_, content) => drop(self.write(path, content.unwrap_or_default())?),
        }
        self.opened += 1;
        self.open.insert((task, self.opened), Open { path: path.to_string(), position: 0, mode });
        Ok(Datum::builtin(BuiltinType::FileHandle, 0, vec![Datum::Nat(self.opened)]))
    }

    fn by_handle(&mut self, task: TaskId, builtin: Builtin, args: &[Datum]) -> Option<Done> {
        let number = match args.first()? {
            Datum::Constructed(TypeRef::Builtin(BuiltinType::FileHandle), 0, fields) => match fields[..] {
                [Datum::Nat(number)] => number,
                _ => return None,
            },
            _ => return None,
        };
        let Disk { open, files, .. } = self;
        match builtin {
            Builtin::IoClose => {
                open.remove(&(task, number));
                return Some(Ok(Datum::unit()));
            }
            Builtin::IoIsOpen => return Some(Ok(Datum::Boolean(open.contains_key(&(task, number))))),
            _ => {}
        }
        let Some(open) = open.get_mut(&(task, number)) else {
            let message = "the file is closed, or was opened by another task";
            return Some(Err((IoErrorKind::IllegalOperation, message.into())));
        };
        let content = files.entry(open.path.clone()).or_default();
        open.perform(content, builtin, &args[1..])
    }
}

impl Open {
    fn perform(&mut self, content: &mut Vec<u8>, builtin: Builtin, args: &[Datum]) -> Option<Done> {
        let at = self.position.min(content.len());
        Some(match (builtin, args) {
            (Builtin::IoIsEof, _) => Ok(Datum::Boolean(at == content.len())),
            (Builtin::IoGetBytes, [Datum::Nat(n)]) => {
                let end = content.len().min(at.saturating_add(usize::try_from(*n).unwrap_or(usize::MAX)));
                self.position = end;
                Ok(Datum::Bytes(content[at..end].into()))
            }
            (Builtin::IoGetLine, _) => self.line(content, at),
            (Builtin::IoPutBytes, [Datum::Bytes(bytes)]) => self.put(content, at, bytes),
            (Builtin::IoSeek, [Datum::Nat(from), Datum::Int(by)]) => {
                let base = [0, self.position, content.len()][(*from).min(2) as usize] as i64;
                self.position = usize::try_from(base.saturating_add(*by)).unwrap_or(0);
                Ok(Datum::unit())
            }
            (Builtin::IoPosition, _) => Ok(Datum::Nat(self.position as u64)),
            _ => return None,
        })
    }

    fn line(&mut self, content: &[u8], at: usize) -> Done {
        let rest = &content[at..];
        if rest.is_empty() {
            return Err((IoErrorKind::Eof, format!("cannot read a line of {}: it ends here", self.path)));
        }
        let end = rest.iter().position(|byte| *byte == b'\n');
        self.position = at + end.map_or(rest.len(), |end| end + 1);
        let line = &rest[..end.unwrap_or(rest.len())];
        match std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)) {
            Ok(line) => Ok(Datum::text(line)),
            Err(_) => {
                Err((IoErrorKind::IllegalOperation, format!("cannot read a line of {}: it is not text", self.path)))
            }
        }
    }

    fn put(&mut self, content: &mut Vec<u8>, at: usize, bytes: &[u8]) -> Done {
        let at = if self.mode == 2 { content.len() } else { at };
        if self.mode == 0 || at + bytes.len() > FILE_BYTES_MAX {
            return Err((IoErrorKind::IllegalOperation, format!("cannot write {}", self.path)));
        }
        content.resize(content.len().max(at + bytes.len()), 0);
        content[at..at + bytes.len()].copy_from_slice(bytes);
        self.position = at + bytes.len();
        Ok(Datum::unit())
    }
}

fn absent(tried: &str, path: &str) -> (IoErrorKind, String) {
    (IoErrorKind::NoSuchThing, format!("cannot {tried} {path}: it is not on this node's simulated disk"))
}
