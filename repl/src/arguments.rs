//! The command line.

use crate::complete;
pub mod codebase;

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::engine::ArgValueCompleter;
use std::path::PathBuf;

/// A language whose programs say where they run.
#[derive(Parser, Debug)]
#[command(name = "unison", max_term_width = 100, after_help = AFTER_HELP, disable_version_flag = true)]
#[command(disable_help_subcommand = true)]
pub struct Arguments {
    /// Without a command: a prompt
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub prompt: Prompt,
    #[command(flatten)]
    pub common: Common,
    /// Print the version
    #[arg(short = 'V', long)]
    pub version: bool,
    /// How to print the version
    #[arg(long, value_enum, requires = "version")]
    pub format: Option<Format>,
}

/// Of the prompt.
#[derive(Args, Debug, PartialEq, Eq, Default)]
pub struct Prompt {
    /// Where the prompt's expressions are evaluated: `local`, `local:N` (N embedded nodes) or `[KEY@]HOST:PORT,..`
    #[arg(long, value_name = "NODE,..", add = ArgValueCompleter::new(complete::places))]
    pub at: Vec<String>,
    /// The codebase to keep definitions in [default: the project's, else the user's]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub codebase: Option<PathBuf>,
    /// Repeat what is read from a script before its answer
    #[arg(long)]
    pub echo: bool,
    #[command(flatten)]
    pub tiers: Tiers,
}

/// Of every command that evaluates.
#[derive(Args, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tiers {
    /// When code becomes machine code: never, once it has run often, or before it runs [default: on]
    #[arg(long, value_name = "WHEN", value_enum)]
    pub jit: Option<When>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum When {
    Off,
    On,
    Eager,
}

/// Of every command.
#[derive(Args, Debug)]
pub struct Common {
    /// Say nothing but answers and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say what is done, on standard error
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Log on standard error what FILTER names: a level, or `connection=info,transfer=debug`
    #[arg(long, value_name = "FILTER", global = true)]
    pub log: Option<String>,
}

const AFTER_HELP: &str = "\
Try it:
  unison                                     a prompt; :help lists its commands
  unison run hello.u                         evaluate `main` of a file
  unison node start --listen 127.0.0.1:4711  serve evaluation on a port
  unison run hello.u --at 127.0.0.1:4711     evaluate `main` over there
  unison doc List.map                        what a name means

`unison help tour` goes on from here; `unison help COMMAND` shows examples of a command.";

/// The whole command line, its help in groups.
pub fn command() -> clap::Command {
    let command = plain_command();
    let template = crate::help::template(&command);
    command.help_template(template)
}

/// The whole command line, with help as clap arranges it.
pub fn plain_command() -> clap::Command {
    Arguments::command()
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Evaluate `main` of a file, here or at a node
    Run(Run),
    /// Evaluate `main` on a simulated cluster where things go wrong
    Simulate(Simulate),
    /// Type-check files, or whole folders
    Check(Check),
    /// Run the tests of files, or of whole folders
    Test(Test),
    /// Show what the watches of a file come to, at each save
    Watch(Watch),
    /// Lay source files out by convention
    Fmt(Fmt),
    /// Serve evaluation, and look after nodes
    #[command(subcommand)]
    Node(Node),
    /// What a name means and how to use it; or a site of everything
    Doc(Doc),
    /// What a problem's code means, with a wrong and a right example
    Explain(Explain),
    #[command(flatten)]
    Codebase(codebase::CodebaseCommand),
    /// Explain a command, or a topic such as `tour`
    Help(HelpOn),
    /// Print what makes a shell complete commands, names and nodes
    Completions(Completions),
    /// Write the manual's pages into a directory
    Man(Man),
    /// Show paths, keys and variables in use
    Env(Env),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  unison run hello.u                              on an embedded node
  unison run words.u README.md                    with an argument for the program
  unison run sums.u --at local:3                  on three embedded nodes
  unison run sums.u --at 10.0.0.7:4711,10.0.0.8:4711
  unison run sums.u --timeout 60 --memory 500     with limits
  unison run sums.u --at 10.0.0.7:4711 --stats    and what it cost
  unison run sums.u --profile sums.json           which definitions took how long
  unison run --json report.u | jq                 its result as JSON

Flags come before the first ARG; `--` ends them. ARGS and the standard streams are this process's; every other IO is the node's.
`at origin e` evaluates `e` in this process, and `Cluster.run` holds the nodes that --at names.")]
pub struct Run {
    /// The program
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Where `main` is evaluated: `local`, `local:N` (N embedded nodes) or `[KEY@]HOST:PORT,..`
    #[arg(long, value_name = "NODE,..", default_value = "local", add = ArgValueCompleter::new(complete::places))]
    pub at: Vec<String>,
    /// The codebase to keep definitions in [default: the project's, else the user's]
    #[arg(long, value_name = "PATH")]
    pub codebase: Option<PathBuf>,
    /// Give up when the program has not ended after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// End the program after so many units of work (function calls)
    #[arg(long, value_name = "UNITS")]
    pub fuel: Option<u64>,
    /// End a task of the program that holds more memory than this
    #[arg(long, value_name = "MB")]
    pub memory: Option<u64>,
    /// Say on standard error what the run has cost: time, round trips, what was sent and received
    #[arg(long, value_name = "FORMAT", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "human")]
    pub stats: Option<Format>,
    /// Take a host for lost that has been silent for so many seconds [default: 10]
    #[arg(long, value_name = "SECONDS")]
    pub lease: Option<u64>,
    /// Print the program's result as JSON, on one line
    #[arg(long)]
    pub json: bool,
    /// Write where the time went, on all nodes, to a file that ui.perfetto.dev opens
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub trace: Option<PathBuf>,
    /// Write which definitions the time of this process went to, to a file that speedscope.app opens
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub profile: Option<PathBuf>,
    #[command(flatten)]
    pub tiers: Tiers,
    /// Arguments for the program
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  unison simulate sums.u                                    on three nodes, once
  unison simulate sums.u --nodes 5 --seed 42 --faults partition,crash
  unison simulate sums.u --seeds 1000                       look for a seed with which it fails
  unison simulate sums.u --seed 7 --schedule 120ms:crash:1:400ms

The nodes are as real ones are; network, disks, clocks and chance come from the seed, and time is virtual: the same command gives the same run. The program
begins at node 0, which never crashes, and `Cluster.run` holds all nodes. Each node has a disk of its own, empty but for node 0, which sees this
computer's files and changes none of them. A run fails if the program raises, fails, does not end, or
leaves behind what goes on without end (--detached permits it). What fails is made smaller: fewer faults, fewer nodes, shorter.

Faults: loss, duplication, reordering, delay, partition, crash (and restart), skew (of clocks), disk (slow ones).")]
pub struct Simulate {
    /// The program
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// How many nodes there are
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub nodes: usize,
    /// What everything that is random comes from
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub seed: u64,
    /// Try so many seeds from there on, until one fails
    #[arg(long, value_name = "N", conflicts_with = "schedule")]
    pub seeds: Option<u64>,
    /// What may go wrong: `all`, `none`, or kinds separated by commas
    #[arg(long, value_name = "KIND,..", default_value = "all")]
    pub faults: String,
    /// What goes wrong and when, as printed by an earlier simulation
    #[arg(long, value_name = "FAULTS", conflicts_with = "faults")]
    pub schedule: Option<String>,
    /// A run has also failed if it does not return and print what it does without faults
    #[arg(long)]
    pub same: bool,
    /// What the program detaches may go on for ever
    #[arg(long)]
    pub detached: bool,
    /// Virtual seconds in which the program has to end
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub timeout: u64,
    /// How to print the timeline
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// The codebase to keep definitions in [default: the project's, else the user's]
    #[arg(long, value_name = "PATH")]
    pub codebase: Option<PathBuf>,
    /// Arguments for the program
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  unison check                             the whole project, or everything below this folder
  unison check prices.u rates.u            together: they see each other's definitions
  unison check --watch src                 again at each save, until Ctrl-C
  unison check --format json prices.u      for editors and scripts
  unison check --format github             marks the lines of a change; `unison help ci`

What was checked before is not checked again, and nothing at all if no file has changed.")]
pub struct Check {
    /// Files, and folders with all source files below them [default: the project's folder]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub files: Vec<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub format: CheckFormat,
    /// Check again at each save, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// The codebase to keep definitions in [default: the project's, else the user's]
    #[arg(long, value_name = "PATH")]
    pub codebase: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum CheckFormat {
    Human,
    Json,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
    /// Workflow commands of GitHub
    Github,
}

/// What an evaluation may use.
#[derive(Args, Debug)]
pub struct Limits {
    /// Give one up that has not ended after so many seconds [default: 60 for a test, 10 for a watch]
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Give one up after so many units of work (function calls) [default: no limit]
    #[arg(long, value_name = "UNITS")]
    pub fuel: Option<u64>,
    /// Give one up that holds more memory than this [default: 1024]
    #[arg(long, value_name = "MB")]
    pub memory: Option<u64>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
A test is a watch with a name that says whether it has passed; its type is [test.Result], test.Result or Boolean:

  test> prices.add = test.expectEqual 3 (1 + 2)
  test> prices.doubled = test.forAll 1 100 (do Random.natIn 0 1000) test.shrink.nat (n -> n + n == 2 * n)

Tests are pure. What one said is known from then on by its hash: it runs again when something that it uses has changed.

Examples:
  unison test                      the whole project, or everything below this folder
  unison test prices.u -v          the tests of a file, with those that pass
  unison test --filter prices      those whose name contains a word
  unison test --format junit       for servers that read JUnit's XML; `unison help ci`")]
pub struct Test {
    /// Files, and folders with all source files below them [default: the project's folder]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Only tests with this in their names
    #[arg(long, value_name = "WORD")]
    pub filter: Option<String>,
    /// How to report
    #[arg(long, value_enum, default_value_t = TestFormat::Human)]
    pub format: TestFormat,
    #[command(flatten)]
    pub limits: Limits,
    #[command(flatten)]
    pub tiers: Tiers,
    /// The codebase to keep definitions and results in [default: the project's, else the user's]
    #[arg(long, value_name = "PATH")]
    pub codebase: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum TestFormat {
    Human,
    Json,
    /// XML as JUnit writes it
    Junit,
}

#[derive(Args, Debug)]
#[command(after_help = "\
A watch is a line such as `> List.map double [1, 2]` or `test> it.works = test.check (double 1 == 2)` between definitions.

Examples:
  unison watch scratch.u                        until Ctrl-C
  unison watch --once scratch.u                 as it is now; status 1 if something is wrong
  unison watch --once --format json scratch.u   a line for each watch: its line, kind, name, value and type

Values are known by hash: what has not changed is not evaluated again.")]
pub struct Watch {
    /// The file
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Show it as it is now, and end
    #[arg(long)]
    pub once: bool,
    /// How to show watches
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    #[command(flatten)]
    pub limits: Limits,
    #[command(flatten)]
    pub tiers: Tiers,
    /// The codebase to keep definitions and values in [default: the project's, else the user's]
    #[arg(long, value_name = "PATH")]
    pub codebase: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Lines stay where they are broken; indentation, blanks and blank lines are put right. The definitions keep their hashes, and comments stay.

Examples:
  unison fmt                       every source file below this folder
  unison fmt prices.u              one file
  unison fmt --check src           write nothing; status 1 if something is not as it should be
  unison fmt - < prices.u          from standard input to standard output")]
pub struct Fmt {
    /// Files, and folders with all source files below them; `-` is standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Only say which files are not formatted
    #[arg(long)]
    pub check: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  unison doc List.map              its type, what it does, an example, where it is defined
  unison doc map                   whatever has a name that ends so
  unison doc Stream                an ability, and the namespace of the same name
  unison doc --html site           a site of the codebase and the standard library: open site/index.html
  unison doc --html site prices.u  with the definitions of a file")]
pub struct Doc {
    /// A definition, type, constructor or namespace; with --html, files whose definitions belong to the site
    #[arg(value_name = "NAME", required_unless_present = "html", add = ArgValueCompleter::new(complete::names))]
    pub names: Vec<String>,
    /// Write a site into this directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub html: Option<PathBuf>,
    /// Print the answer as Markdown
    #[arg(long, conflicts_with = "html")]
    pub markdown: bool,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Human, conflicts_with_all = ["html", "markdown"])]
    pub format: Format,
    /// The codebase to look in [default: the project's, else the user's]
    #[arg(long, value_name = "PATH")]
    pub codebase: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  unison explain U0301             what is said to be wrong, and how it is put right
  unison explain                   all codes")]
pub struct Explain {
    /// The code that stands before a problem, such as U0301
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

#[derive(Args, Debug)]
pub struct HelpOn {
    /// A command, or a topic: tour, nodes, projects, ci, environment, exit
    pub topic: Vec<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples, each for good:
  bash        unison completions bash > ~/.local/share/bash-completion/completions/unison
  zsh         unison completions zsh > ~/.zfunc/_unison      with fpath+=~/.zfunc before compinit
  fish        unison completions fish > ~/.config/fish/completions/unison.fish
  elvish      unison completions elvish >> ~/.config/elvish/rc.elv
  powershell  unison completions powershell >> $PROFILE")]
pub struct Completions {
    /// For which shell
    #[arg(value_enum)]
    pub shell: Shell,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  unison man ~/.local/share/man/man1 && man unison")]
pub struct Man {
    /// Where to write them; it is made if it is not there
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub directory: PathBuf,
}

#[derive(Args, Debug)]
pub struct Env {
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// As if this codebase had been named
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub codebase: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub enum Node {
    /// Serve evaluation on one port until stopped
    Start(NodeStart),
    /// Ask a node what it is doing
    Status(NodeAddress),
    /// Ask a node to finish its work and stop
    Stop(NodeAddress),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  unison node start                                for this computer, at a free port
  unison node start --listen 0.0.0.0:4711          for others too; they have to be you
  unison node start --allow KEY                    serve somebody else as well: `unison env` shows them their key
  unison node start --store memory                 keep nothing
  unison node start --nodes 1000                   a thousand nodes, on one port: KEY@HOST:PORT/0 to /999
  unison node start --metrics 127.0.0.1:9464       numbers for Prometheus")]
pub struct NodeStart {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    pub listen: String,
    /// Where definitions are kept: a file, or `memory` [default: a file in the user's data directory]
    #[arg(long, value_name = "PATH|memory")]
    pub store: Option<String>,
    /// Also serve the user with this key, or those in this file (one key a line)
    #[arg(long, value_name = "KEY|FILE")]
    pub allow: Vec<String>,
    /// How many nodes it has
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub nodes: u64,
    /// Where to answer HTTP requests with numbers for Prometheus; port 0 picks a free one
    #[arg(long, value_name = "HOST:PORT")]
    pub metrics: Option<String>,
    /// Stop what a caller has asked for that has been away for so many seconds, and take a host for lost that is silent for so long [default: 10]
    #[arg(long, value_name = "SECONDS")]
    pub lease: Option<u64>,
    /// How to print the line that says that the node is ready
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    #[command(flatten)]
    pub tiers: Tiers,
}

#[derive(Args, Debug)]
pub struct NodeAddress {
    /// `[KEY@]HOST:PORT`
    #[arg(value_name = "NODE", add = ArgValueCompleter::new(complete::nodes))]
    pub node: String,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    Human,
    Json,
}
