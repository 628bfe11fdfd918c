//! Open files. Each belongs to the task that opened it, and is closed when that ends.

use super::Done;
use super::error::IoError;
use super::files::FILE_BYTES_MAX;
use builtin::{Builtin, BuiltinType, IoErrorKind};
use kernel::TypeRef;
use machine::Datum;
use node::event::TaskId;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Error, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Files that are open in a process at once: a system gives a process 1,024 descriptors, and connections need some.
const OPEN_MAX: usize = 512;

/// Bytes of a line.
const LINE_BYTES_MAX: u64 = 1 << 24;

/// What Unix says when a file is written that was opened for reading, or the other way round.
const BAD_DESCRIPTOR: i32 = 9;

/// What Unix says of a directory that is used as a file.
const IS_A_DIRECTORY: i32 = 21;

/// All open files, by the task that opened them and a number that is never used twice.
#[derive(Default)]
pub(super) struct Handles {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    open: BTreeMap<(TaskId, u64), Open>,
    opened: u64,
}

#[derive(Clone)]
struct Open {
    path: Arc<str>,
    /// Reads are buffered, writes are not.
    file: Arc<Mutex<BufReader<File>>>,
}

impl Handles {
    /// None: another kind of effect.
    pub(super) fn perform(&self, task: TaskId, builtin: Builtin, args: &[Datum]) -> Option<Done> {
        if let (Builtin::IoOpen, [Datum::Text(path), Datum::Nat(mode)]) = (builtin, args) {
            return Some(self.open(task, path, *mode));
        }
        let number = number_of(args.first()?)?;
        match builtin {
            Builtin::IoClose => {
                self.table().open.remove(&(task, number));
                return Some(Ok(Datum::unit()));
            }
            Builtin::IoIsOpen => return Some(Ok(Datum::Boolean(self.table().open.contains_key(&(task, number))))),
            _ => {}
        }
        let found = self.table().open.get(&(task, number)).cloned();
        let Some(open) = found else {
            return Some(Err(IoError::illegal("the file is closed, or was opened by another task".into())));
        };
        open.perform(builtin, &args[1..])
    }

    pub(super) fn release(&self, task: TaskId) {
        let mut table = self.table();
        let kept = table.open.split_off(&(task, 0));
        let mut ours = kept;
        let mut after = ours.split_off(&(TaskId(task.0.saturating_add(1)), 0));
        table.open.append(&mut after);
        // Closing may take long: not while others wait for the table.
        drop(table);
        drop(ours);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, task: TaskId, path: &Arc<str>, mode: u64) -> Done {
        if self.table().open.len() >= OPEN_MAX {
            let message = format!("cannot open {path}: {OPEN_MAX} files are open already (close some)");
            return Err(IoError { kind: IoErrorKind::ResourceExhausted, message });
        }
        let mut options = OpenOptions::new();
        match mode {
            0 => options.read(true),
            1 => options.write(true).create(true).truncate(true),
            2 => options.append(true).create(true),
            _ => options.read(true).write(true).create(true).truncate(false),
        };
        let failed = |error: Error| IoError::of("open", path, &error);
        let file = options.open(&**path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(IoError::of("open", path, &Error::from_raw_os_error(IS_A_DIRECTORY)));
        }
        let mut table = self.table();
        table.opened += 1;
        let number = table.opened;
        let open = Open { path: path.clone(), file: Arc::new(Mutex::new(BufReader::new(file))) };
        table.open.insert((task, number), open);
        Ok(Datum::builtin(BuiltinType::FileHandle, 0, vec![Datum::Nat(number)]))
    }
}

fn number_of(datum: &Datum) -> Option<u64> {
    match datum {
        Datum::Constructed(TypeRef::Builtin(BuiltinType::FileHandle), 0, fields) => match fields[..] {
            [Datum::Nat(number)] => Some(number),
            _ => None,
        },
        _ => None,
    }
}

impl Open {
    fn perform(&self, builtin: Builtin, args: &[Datum]) -> Option<Done> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        Some(match (builtin, args) {
            (Builtin::IoIsEof, _) => {
                file.fill_buf().map(|rest| Datum::Boolean(rest.is_empty())).map_err(self.failed("read"))
            }
            (Builtin::IoGetBytes, [Datum::Nat(n)]) => self.bytes(&mut file, *n),
            (Builtin::IoGetLine, _) => self.line(&mut file),
            (Builtin::IoPutBytes, [Datum::Bytes(bytes)]) => self.put(&mut file, bytes),
            (Builtin::IoSeek, [Datum::Nat(from), Datum::Int(by)]) => self.seek(&mut file, *from, *by),
            (Builtin::IoPosition, _) => {
                file.stream_position().map(Datum::Nat).map_err(self.failed("find the place in"))
            }
            _ => return None,
        })
    }

    fn failed<'a>(&'a self, tried: &'a str) -> impl Fn(Error) -> IoError + 'a {
        move |error| match error.raw_os_error() {
            Some(BAD_DESCRIPTOR) => IoError::illegal(format!(
                "cannot {tried} {}: it was not opened for that (another FileMode is)",
                self.path
            )),
            _ => IoError::of(tried, &self.path, &error),
        }
    }

    fn bytes(&self, file: &mut BufReader<File>, n: u64) -> Done {
        let mut bytes = Vec::new();
        file.take(n.min(FILE_BYTES_MAX)).read_to_end(&mut bytes).map_err(self.failed("read"))?;
        Ok(Datum::Bytes(bytes.into()))
    }

    /// Without its line feed, and a carriage return before that.
    fn line(&self, file: &mut BufReader<File>) -> Done {
        let mut bytes = Vec::new();
        file.take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes).map_err(self.failed("read"))?;
        if bytes.is_empty() {
            let message = format!("cannot read a line of {}: it ends here", self.path);
            return Err(IoError { kind: IoErrorKind::Eof, message });
        }
        if bytes.len() as u64 == LINE_BYTES_MAX {
            return Err(IoError::illegal(format!("cannot read a line of {}: it is longer than 16 MiB", self.path)));
        }
        let line = bytes.strip_suffix(b"\n").map_or(&bytes[..], |line| line.strip_suffix(b"\r").unwrap_or(line));
        match std::str::from_utf8(line) {
            Ok(line) => Ok(Datum::text(line)),
            Err(_) => Err(IoError::illegal(format!("cannot read a line of {}: it is not UTF-8 text", self.path))),
        }
    }

    fn put(&self, file: &mut BufReader<File>, bytes: &[u8]) -> Done {
        // What was read ahead is given back, so that the bytes go where the program is.
        let written = match file.buffer().len() {
            0 => Ok(()),
            _ => file.stream_position().and_then(|at| file.seek(SeekFrom::Start(at)).map(drop)),
        };
        written.and_then(|()| file.get_mut().write_all(bytes)).map_err(self.failed("write"))?;
        Ok(Datum::unit())
    }

    fn seek(&self, file: &mut BufReader<File>, from: u64, by: i64) -> Done {
        let place = match from {
            0 if by < 0 => return Err(IoError::illegal(format!("cannot go before the beginning of {}", self.path))),
            0 => SeekFrom::Start(by.unsigned_abs()),
            1 => SeekFrom::Current(by),
            _ => SeekFrom::End(by),
        };
        file.seek(place).map_err(self.failed("move in"))?;
        Ok(Datum::unit())
    }
}
