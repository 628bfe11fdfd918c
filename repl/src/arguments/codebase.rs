//! The commands that look at a codebase and change it.

use super::Format;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Subcommand, Debug)]
pub enum CodebaseCommand {
    /// Make a project: a manifest, a first program, and a codebase of its own
    Init(Init),
    /// Check files and give names to what they define
    Add(Add),
    /// Take mended definitions back in
    Update(Update),
    /// Show definitions as they were written
    View(View),
    /// Put definitions into a scratch file and open the editor
    Edit(Edit),
    /// Search by name or by type
    Find(Find),
    /// List names like files in folders
    Ls(Ls),
    /// What uses a definition
    Dependents(Related),
    /// What a definition uses
    Dependencies(Related),
    /// Give a definition another name
    Rename(Rename),
    /// Take names away
    Delete(Delete),
    /// What was done to names, latest first
    History(History),
    /// Take the last change of names back
    Undo(Undo),
    /// What differs between the codebase and files, or between two points of the history
    Diff(Diff),
    /// Remove definitions that nothing leads to and that were not used for long
    Gc(Gc),
    /// Keep definitions to this codebase: others may have them evaluated here, and never get them
    Private(Private),
    /// Give names to a node's codebase, with their definitions and history
    Push(Exchange),
    /// Take names from a node's codebase, with their definitions and history
    Pull(Exchange),
    /// All names of a definition
    Names(OfOne),
    /// The hash of a definition
    Hash(OfOne),
}

/// What all of them take.
#[derive(Args, Debug)]
pub struct Common {
    /// The codebase to use [default: the project's, else the user's]
    #[arg(long, value_name = "PATH")]
    pub codebase: Option<PathBuf>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Nothing that is there is overwritten: a folder with a manifest is refused, a program or .gitignore in it is kept.

Example:
  unison init hello && cd hello && unison run main.u")]
pub struct Init {
    /// The folder
    #[arg(default_value = ".", value_name = "FOLDER")]
    pub folder: PathBuf,
    /// The project's name: part of the identity of its types [default: the folder's]
    #[arg(long)]
    pub name: Option<String>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

#[derive(Args, Debug)]
#[command(after_help = "\
A name that is there already means the new definition from now on, and whatever depends on it follows if it still checks.
What does not keeps its old meaning and is put into a scratch file; mend it there, then `unison update`.

Example:
  unison add shapes.u
  unison view Shape.area")]
pub struct Add {
    /// Files that are checked together
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Without FILE the scratch files are taken in that `add` and `edit` write beside the codebase; they are removed when they are in.

Example:
  unison edit Shape.area
  unison update")]
pub struct Update {
    /// Files to take in [default: the scratch files]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
A name may be cut to any end that only one definition has. The standard library can be viewed too.

Example:
  unison view List.map
  unison view '#0a1b2c3d'
  unison view --ir List.map")]
pub struct View {
    /// Names, or hashes with their `#`
    #[arg(required = true, value_name = "NAME|#HASH")]
    pub names: Vec<String>,
    /// Show what runs instead of the text: the intermediate representation
    #[arg(long, conflicts_with = "asm")]
    pub ir: bool,
    /// Show the machine code that what runs often becomes
    #[arg(long)]
    pub asm: bool,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
On a terminal $VISUAL or $EDITOR is opened, and what was edited is added when it is left.

Example:
  unison edit greeting
  unison update")]
pub struct Edit {
    /// Names, or hashes with their `#`
    #[arg(required = true, value_name = "NAME|#HASH")]
    pub names: Vec<String>,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Words: the exact name comes first, then names that end, begin or go on with them, then near misses, then comments that have
them. A type, after a colon: exactly that type up to the names of variables, then with the arguments in another order, then more
general ones. Abilities count only if the type names some.

Example:
  unison find map
  unison find ': [a] -> Nat'")]
pub struct Find {
    /// Words, or a colon and a type
    #[arg(required = true, value_name = "WORD | : TYPE")]
    pub query: Vec<String>,
    /// Show at most so many
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub limit: usize,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  unison ls
  unison ls List")]
pub struct Ls {
    /// The namespace [default: the root]
    pub namespace: Option<String>,
    /// At the root, the standard library as well
    #[arg(short, long)]
    pub all: bool,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  unison dependents Shape
  unison dependencies --all main")]
pub struct Related {
    /// A name, or a hash with its `#`
    #[arg(value_name = "NAME|#HASH")]
    pub name: String,
    /// Indirect ones as well
    #[arg(short, long)]
    pub all: bool,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Hashes do not change, so whatever uses the definition goes on as before; texts that have the name are rewritten.
A namespace is renamed with everything below it. With a dot at the end OLD is one even where a definition has that name.

Examples:
  unison rename greeting Greeting.text
  unison rename Greeting Text.greeting
  unison rename Shape. Geometry.Shape.")]
pub struct Rename {
    /// A name, or that of a namespace
    pub old: String,
    /// The whole new name
    pub new: String,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
The definitions stay in the codebase by their hashes, and `unison undo` brings the names back.

Example:
  unison delete Shape.area")]
pub struct Delete {
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Even if something uses them: it goes on with the definitions by their hashes
    #[arg(short, long)]
    pub force: bool,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  unison history
  unison history greeting")]
pub struct History {
    /// Only changes of this name, which may be gone
    pub name: Option<String>,
    /// Show at most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Undoing again goes back further; --redo brings back what was taken back last, until something else is changed.

Example:
  unison undo
  unison undo --redo")]
pub struct Undo {
    /// Bring back what the last undo took back
    #[arg(long)]
    pub redo: bool,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
What names mean and have meant stays, with all that it depends on; what `unison undo` can bring back is there. Everything else goes if nobody has asked for it for so many days: expressions that were run, and in a node's store
what others have sent. Peers notice by themselves that something is gone, and send it again.

A node may serve from the codebase meanwhile, and others may work in it: then only that goes which others have sent and nobody has used for a day, and nothing of what still runs. So a node's store stays small if this is done now and then.

Example:
  unison gc --dry-run
  unison gc --codebase ~/.local/share/unison/node.sqlite --unused-for 7")]
pub struct Gc {
    /// Days in which something that nothing leads to was not used
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub unused_for: u64,
    /// Only say what would go
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
What uses a private definition can be shared, pushed and evaluated anywhere; the definition itself stays, whoever asks for it, under all its names and with what it has meant before. Elsewhere it is absent: something that uses it works
where it is evaluated at the node that owns the codebase, with `here!`.

Example:
  unison private rateQuote
  rateQuote' age = at here! (rateQuote age)
  unison private
  unison private --undo rateQuote")]
pub struct Private {
    /// Definitions, or namespaces with everything below them; those that are private are listed if there is none
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Take it back
    #[arg(long, requires = "names")]
    pub undo: bool,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
A point of the history is written as `unison history` shows it: @12 is the state after that change, @0 that before the first one.

Example:
  unison diff shapes.u
  unison diff @3 @7
  unison diff @3")]
pub struct Diff {
    /// Files, or one or two points of the history
    #[arg(required = true, value_name = "FILE.. | @N [@M]")]
    pub what: Vec<String>,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  unison names List.map
  unison hash List.map")]
pub struct OfOne {
    /// A name, or a hash with its `#`
    #[arg(value_name = "NAME|#HASH")]
    pub name: String,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "\
What is there already does not travel. A name that means something else on the receiving side is replaced only if what it means there is known
on the giving side as an earlier meaning; else it is a conflict, which is listed and changes nothing (status 1). `unison undo` takes it all back.
The node needs a codebase in a file (`unison node start --store FILE`) and has to serve you.

Example:
  unison push 127.0.0.1:4711                    everything
  unison push 127.0.0.1:4711 Shape greeting     one namespace and one definition
  unison pull 127.0.0.1:4711 Shape")]
pub struct Exchange {
    /// `[KEY@]HOST:PORT`
    pub node: String,
    /// Names, and namespaces with all below them [default: all]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Replace what a name means there, whatever it is
    #[arg(short, long)]
    pub force: bool,
    #[command(flatten)]
    pub common: Common,
}
