//! One file for each command, and what they share.

mod check;
pub mod codebase;
mod completions;
pub mod doc;
mod ending;
mod fmt;
mod env;
mod explain;
mod help;
mod man;
mod node;
mod profile;
pub mod report;
mod run;
mod saves;
mod simulate;
mod test;
mod stats;
mod trace;
mod version;
mod watch;

use crate::arguments::{Arguments, Command, Format, Tiers, When};
use crate::exit::{self, Failure};
use crate::interactive;
use clap::ValueEnum;
use runtime::Jit;
use session::{Home, Workspace};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Runs a command to its exit status.
pub fn run(arguments: Arguments) -> Result<u8, Failure> {
    if arguments.version {
        return version::version(arguments.format.unwrap_or(Format::Human));
    }
    match arguments.command {
        Some(Command::Run(arguments)) => run::run(arguments),
        Some(Command::Simulate(arguments)) => simulate::simulate(arguments),
        Some(Command::Check(arguments)) => check::check(arguments),
        Some(Command::Test(arguments)) => test::test(&arguments),
        Some(Command::Watch(arguments)) => watch::watch(&arguments),
        Some(Command::Fmt(arguments)) => fmt::fmt(&arguments),
        Some(Command::Node(command)) => node::node(command),
        Some(Command::Doc(arguments)) => doc::doc(arguments),
        Some(Command::Codebase(command)) => codebase::codebase(command),
        Some(Command::Explain(arguments)) => explain::explain(&arguments),
        Some(Command::Help(arguments)) => help::help(arguments),
        Some(Command::Completions(arguments)) => completions::completions(arguments),
        Some(Command::Man(arguments)) => man::man(arguments),
        Some(Command::Env(arguments)) => env::env(arguments),
        None => interactive::prompt(arguments.prompt),
    }
}

pub fn home() -> Result<Home, Failure> {
    Home::from_environment(|name| std::env::var_os(name)).map_err(|_| {
        Failure::new(exit::USAGE, "there is no directory for keys and codebases")
            .hint("set HOME, or UNISON_HOME to a directory of your own")
    })
}

/// A workspace and paths in it: those that were named, or else the project's folder.
fn open_tree(codebase: Option<&Path>, paths: &[PathBuf]) -> Result<(Workspace, Vec<PathBuf>), Failure> {
    let first = paths.first().map_or(Path::new("."), |path| path);
    let mut workspace = Workspace::open(&home()?, codebase, first).map_err(|error| report::workspace(&error))?;
    workspace.lend_no_node();
    let paths = if paths.is_empty() {
        let current = std::env::current_dir().map_err(|error| report::file(Path::new("."), &error))?;
        session::files::default_paths(&workspace.project, &current)
    } else {
        paths.to_vec()
    };
    Ok((workspace, paths))
}

/// Time since it was first asked for.
pub fn monotonic() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the binary is where the clock comes in")]
pub fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |elapsed| elapsed.as_millis() as u64)
}

/// The lease that was asked for in seconds, or the usual one.
pub fn lease_ms(seconds: Option<u64>) -> u64 {
    seconds.map_or(runtime::LEASE_MS, |seconds| seconds.clamp(1, LEASE_SECONDS_MAX) * 1_000)
}

/// A day: whoever is away for longer does not come back.
const LEASE_SECONDS_MAX: u64 = 86_400;

/// Threads that evaluate: one for each processor.
pub fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How machine code is made; it is kept in the user's cache.
pub fn tiers(arguments: Tiers) -> Result<runtime::Tiers, Failure> {
    Ok(runtime::Tiers { jit: jit(arguments)?, cache: Some(home()?.cache.join("code")) })
}

/// When code becomes machine code: what the arguments say, else `UNISON_JIT`, else what this build can do.
fn jit(tiers: Tiers) -> Result<Jit, Failure> {
    let named = std::env::var("UNISON_JIT").ok().filter(|text| !text.is_empty());
    let when = match (tiers.jit, named) {
        (Some(when), _) => when,
        (None, None) => return Ok(Jit::default()),
        (None, Some(text)) => When::from_str(&text, false).map_err(|_| {
            Failure::new(exit::USAGE, format!("UNISON_JIT is `{text}`")).hint("it may be `off`, `on` or `eager`")
        })?,
    };
    let jit = match when {
        When::Off => return Ok(Jit::Off),
        When::On => Jit::On,
        When::Eager => Jit::Eager,
    };
    if Jit::is_available() {
        return Ok(jit);
    }
    let why = "this build of unison makes no machine code for this processor";
    Err(Failure::new(exit::USAGE, why).hint("leave `--jit` out: everything runs without it, only slower"))
}

/// Whether what is written to standard error may be coloured.
pub fn color() -> bool {
    color_on(std::io::stderr().is_terminal())
}

/// Whether a stream may be coloured: a terminal is, unless `NO_COLOR` is set; anything else only if `CLICOLOR_FORCE` says so.
pub fn color_on(is_terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != *"0");
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|value| value == *"dumb");
    !forbidden && ((is_terminal && !is_dumb) || set("CLICOLOR_FORCE"))
}
