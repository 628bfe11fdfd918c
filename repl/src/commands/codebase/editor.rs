//! The user's editor.

use crate::exit::{self, Failure};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::Command;

/// The editor to open: what `VISUAL` or `EDITOR` says, if there is a terminal to open it on.
pub fn of_user() -> Option<String> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return None;
    }
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    set("VISUAL").or_else(|| set("EDITOR"))
}

/// Opens files and waits until the editor is left. The variable may hold arguments too.
pub fn open(editor: &str, files: &[PathBuf]) -> Result<(), Failure> {
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or(editor);
    let status = Command::new(program).args(words).args(files).status();
    let failed = |why: String| {
        Failure::new(exit::PROBLEMS, format!("the editor `{editor}` {why}; nothing was added"))
            .hint("what is to be edited stays in the scratch file; `unison update` takes it in")
    };
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(format!("ended with {status}"))),
        Err(error) => Err(failed(format!("cannot be started: {error}"))),
    }
}
