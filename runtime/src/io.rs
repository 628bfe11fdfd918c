//! The effects of `IO` that belong to the node where code runs: files, environment, time, random numbers.

use builtin::{Builtin, BuiltinType};
use machine::{Answer, Datum, HostRequest};
use std::io::Read;

/// Bytes of a file that is read as one value: it has to fit a task's memory anyway, and a device never ends.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// Performs an effect. May block.
pub fn perform(request: &HostRequest) -> Answer {
    let done = match (request.builtin, request.args.as_slice()) {
        (Builtin::IoGetEnv, [Datum::Text(name)]) => environment(name),
        (Builtin::IoReadFile, [Datum::Text(path)]) => read(path),
        (Builtin::IoWriteFile, [Datum::Text(path), Datum::Bytes(bytes)]) => write(path, bytes),
        (Builtin::IoFileExists, [Datum::Text(path)]) => Ok(Datum::Boolean(std::path::Path::new(&**path).exists())),
        (Builtin::IoRealtime, _) => Ok(Datum::Nat(realtime_us())),
        (Builtin::IoRandomNat, _) => random(),
        (builtin, _) => Err(format!("{} is not an effect of this node", builtin.name())),
    };
    match done {
        Ok(value) => Answer::Value(value),
        Err(why) => Answer::Raise(Datum::failure(BuiltinType::IoFailure, &why)),
    }
}

fn environment(name: &str) -> Result<Datum, String> {
    // Some names are no names of variables to the system, which would panic.
    let valid = !name.is_empty() && !name.contains(['=', '\0']);
    let value = valid.then(|| std::env::var(name).ok()).flatten();
    value.map(|value| Datum::text(&value)).ok_or_else(|| format!("there is no environment variable {name}"))
}

fn read(path: &str) -> Result<Datum, String> {
    let failed = |error: std::io::Error| format!("cannot read {path}: {error}");
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("cannot read {path}: it is larger than 1 GiB"));
    }
    Ok(Datum::Bytes(bytes.into()))
}

fn write(path: &str, bytes: &[u8]) -> Result<Datum, String> {
    std::fs::write(path, bytes).map_err(|error| format!("cannot write {path}: {error}"))?;
    Ok(Datum::unit())
}

#[expect(clippy::disallowed_methods, reason = "this is where programs get the time from")]
fn realtime_us() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

fn random() -> Result<Datum, String> {
    let mut bytes = [0; 8];
    getrandom::getrandom(&mut bytes).map_err(|error| error.to_string())?;
    Ok(Datum::Nat(u64::from_le_bytes(bytes)))
}
