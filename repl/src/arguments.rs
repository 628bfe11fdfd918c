//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// A language whose programs say where they run.
#[derive(Parser, Debug)]
#[command(name = "unison", version, max_term_width = 100, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Without a command: a prompt
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub prompt: Prompt,
}

/// Of the prompt.
#[derive(Args, Debug)]
pub struct Prompt {
    /// Where the prompt's expressions are evaluated: `local`, `local:N` (N embedded nodes) or `[KEY@]HOST:PORT,..`
    #[arg(long, value_name = "NODE,..")]
    pub at: Option<String>,
    /// The codebase to keep definitions in [default: the project's, else the user's]
    #[arg(long, value_name = "PATH")]
    pub codebase: Option<PathBuf>,
    /// Repeat what is read from a script before its answer
    #[arg(long)]
    pub echo: bool,
}

const AFTER_HELP: &str = "\
Without a command, `unison` takes expressions and definitions at a prompt, or from a script on standard input.

Try it:
  unison                                           a prompt; :help lists its commands
  unison run examples/word-count.u README.md       on an embedded node
  unison node start --listen 127.0.0.1:4711        serve evaluation on a port
  unison run hello.u --at 127.0.0.1:4711           evaluate `main` over there
  unison check hello.u                             only type-check

Exit status:
  0    all is well
  1    the program raised, or problems were found
  2    wrong usage
  3    the codebase cannot be used
  4    a peer is unreachable or timed out
  70   a fault of ours
  130  Ctrl-C
  141  nobody reads the output any more";

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Evaluate `main` of a file, here or at a node
    Run(Run),
    /// Type-check files
    Check(Check),
    /// Serve evaluation, and look after nodes
    #[command(subcommand)]
    Node(Node),
    /// What a name means and how to use it; or a site of everything
    Doc(Doc),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Flags come before the first ARG; `--` ends them. ARGS and the standard streams are this process's; every other IO is the node's.
`at origin e` evaluates `e` in this process, and `Cluster.run` holds the nodes that --at names.")]
pub struct Run {
    /// The program
    pub file: PathBuf,
    /// Where `main` is evaluated: `local`, `local:N` (N embedded nodes) or `[KEY@]HOST:PORT,..`
    #[arg(long, value_name = "NODE,..", default_value = "local")]
    pub at: String,
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
    /// Say what is done, on standard error
    #[arg(short, long)]
    pub verbose: bool,
    /// Arguments for the program
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<String>,
}

#[derive(Args, Debug)]
pub struct Check {
    /// Files that are checked together: they see each other's definitions
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// The codebase to keep definitions in [default: the project's, else the user's]
    #[arg(long, value_name = "PATH")]
    pub codebase: Option<PathBuf>,
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
    #[arg(value_name = "NAME", required_unless_present = "html", value_hint = ValueHint::AnyPath)]
    pub names: Vec<String>,
    /// Write a site into this directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub html: Option<PathBuf>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Human, conflicts_with = "html")]
    pub format: Format,
    /// The codebase to look in [default: the project's, else the user's]
    #[arg(long, value_name = "PATH")]
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
    /// How to print the line that says that the node is ready
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

#[derive(Args, Debug)]
pub struct NodeAddress {
    /// `[KEY@]HOST:PORT`
    #[arg(value_name = "NODE")]
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
