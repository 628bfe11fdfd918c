//! A map of machine code for `perf`, which reads `/tmp/perf-PID.map`: written while `UNISON_PERF_MAP` is set.

use crate::code::Code;
use crate::machine::Target;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::LazyLock;

static MAP: LazyLock<Option<File>> = LazyLock::new(|| {
    std::env::var_os("UNISON_PERF_MAP")?;
    let path = format!("/tmp/perf-{}.map", std::process::id());
    OpenOptions::new().create(true).append(true).open(path).ok()
});

/// Says whose code lies where. Failing to is no failure of the program.
pub(super) fn note(code: &Code, address: u64, bytes: &[u8]) {
    let Some(mut map) = MAP.as_ref() else { return };
    let name = match code.entrance.entry.target {
        Target::Code(code) | Target::Generic(code) => format!("{}.{}", code.def.component.short(), code.lambda),
        Target::Function(_) | Target::Crossing(..) => String::from("wrapper"),
    };
    let _ = map.write_all(format!("{address:x} {:x} {name}\n", bytes.len()).as_bytes());
}
