//! Where a test runs: directories of its own for each user, and a folder for its files.

use crate::process::Running;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Once};
use tempfile::TempDir;

/// What all tests of one run share: a cache that is filled once.
pub struct Bench {
    cache: TempDir,
    warm: Once,
}

impl Bench {
    pub fn new() -> Bench {
        Bench { cache: temporary(), warm: Once::new() }
    }

    /// The cache, with the standard library in it.
    fn cache(&self) -> &Path {
        self.warm.call_once(|| {
            let world = temporary();
            let file = world.path().join("empty.u");
            std::fs::write(&file, "").expect("a temporary directory can be written to");
            // What comes of it is seen by the tests that follow.
            let _ = command(world.path(), self.cache.path(), "me").arg("check").arg(&file).output();
        });
        self.cache.path()
    }
}

/// A fresh set of users and an empty folder.
pub struct World {
    bench: Arc<Bench>,
    directory: TempDir,
}

impl World {
    pub fn new(bench: &Arc<Bench>) -> World {
        let directory = temporary();
        std::fs::create_dir(directory.path().join("files")).expect("a temporary directory can be written to");
        World { bench: bench.clone(), directory }
    }

    /// The folder for the test's files.
    pub fn files(&self) -> PathBuf {
        self.directory.path().join("files")
    }

    /// `unison`, as run by a user of this world in the folder for files.
    pub fn unison(&self, user: &str) -> Command {
        let mut command = command(self.directory.path(), self.bench.cache(), user);
        command.current_dir(self.files());
        command
    }

    /// The public key of a user, made now if the user has none yet.
    pub fn user_key(&self, user: &str) -> Result<String, String> {
        let configuration = home(self.directory.path(), user).join("config/unison");
        let keys = runtime::Keys::embedded(&configuration).map_err(|error| error.to_string())?;
        Ok(keys.user_key().to_string())
    }

    /// Starts a node of a user, with more arguments for `node start`, and waits until it is ready.
    pub fn node(&self, user: &str, arguments: &[String]) -> Result<Node, String> {
        let mut command = self.unison(user);
        command.args(["node", "start", "--format", "json"]);
        if !arguments.iter().any(|argument| argument == "--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        if !arguments.iter().any(|argument| argument == "--store") {
            command.args(["--store", "memory"]);
        }
        command.args(arguments);
        let mut process = Running::start(&mut command)?;
        let line = process.line()?;
        let ready: serde_json::Value = serde_json::from_str(&line)
            .map_err(|error| format!("the node's ready line is not JSON ({error}): {line}"))?;
        let text = |field: &str| ready[field].as_str().map(String::from).ok_or(format!("no {field} in {line}"));
        Ok(Node { name: text("node")?, address: text("address")?, process })
    }
}

/// A node that runs; it is killed when it is dropped.
pub struct Node {
    /// `KEY@HOST:PORT`
    pub name: String,
    /// `HOST:PORT`
    pub address: String,
    pub process: Running,
}

impl Node {
    pub fn key(&self) -> &str {
        self.name.split('@').next().unwrap_or("")
    }
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let repl = Path::new(env!("CARGO_MANIFEST_DIR"));
    repl.parent().expect("the package lies below the workspace").to_path_buf()
}

/// The files of a folder that have an extension, by name.
pub fn files_in(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).map(|entries| entries.flatten().collect()).unwrap_or_else(|_| Vec::new());
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

/// A file's name without folder and extension.
pub fn stem(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Whether expectations are to be rewritten.
pub fn updating() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

fn temporary() -> TempDir {
    tempfile::Builder::new().prefix("unison-suite-").tempdir().expect("a temporary directory can be made")
}

fn home(world: &Path, user: &str) -> PathBuf {
    world.join("users").join(user)
}

fn command(world: &Path, cache: &Path, user: &str) -> Command {
    let home = home(world, user);
    let mut command = Command::new(env!("CARGO_BIN_EXE_unison"));
    command
        .env_remove("UNISON_HOME")
        .env("HOME", &home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CACHE_HOME", cache)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .stdin(Stdio::null());
    command
}
