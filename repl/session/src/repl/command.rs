//! The commands: one table, from which they are read, completed and explained.

/// A command of the prompt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    Type,
    Load,
    Browse,
    Find,
    Hash,
    Time,
    Undo,
    Attach,
    Detach,
    Nodes,
    Paste,
    Help,
    Quit,
}

/// What follows a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Argument {
    None,
    Optional(&'static str),
    Needed(&'static str),
}

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    pub verb: Verb,
    /// Without the colon.
    pub name: &'static str,
    pub argument: Argument,
    pub help: &'static str,
}

/// All commands. Where a beginning fits several, the first is meant.
pub const COMMANDS: &[Command] = &[
    row(Verb::Type, "type", Argument::Needed("EXPR"), "the type of an expression, or of every definition of that name"),
    row(
        Verb::Load,
        "load",
        Argument::Needed("FILE"),
        "take in the definitions of a file, anew if it was loaded before",
    ),
    row(
        Verb::Browse,
        "browse",
        Argument::Optional("PREFIX"),
        "what has been defined here; or everything whose name begins so",
    ),
    row(Verb::Find, "find", Argument::Needed("WORD"), "everything whose name contains a word"),
    row(Verb::Help, "help", Argument::None, "this"),
    row(Verb::Hash, "hash", Argument::Needed("NAME"), "the hash of a definition"),
    row(Verb::Time, "time", Argument::Needed("EXPR"), "evaluate, and say how long it took"),
    row(Verb::Undo, "undo", Argument::None, "take back the last definition, `use` or `:load`"),
    row(Verb::Paste, "paste", Argument::None, "take everything up to a line `:end` together"),
    row(
        Verb::Attach,
        "attach",
        Argument::Needed("NODE"),
        "evaluate there from now on: [KEY@]HOST:PORT,.. or local[:N]",
    ),
    row(Verb::Detach, "detach", Argument::None, "evaluate in this process again"),
    row(Verb::Nodes, "nodes", Argument::None, "the nodes attached to so far, and how they are"),
    row(Verb::Quit, "quit", Argument::None, "leave; so does Ctrl-D"),
];

const fn row(verb: Verb, name: &'static str, argument: Argument, help: &'static str) -> Command {
    Command { verb, name, argument, help }
}

impl Command {
    /// Whether its argument goes on over several lines like an expression.
    pub fn takes_expression(&self) -> bool {
        matches!(self.verb, Verb::Type | Verb::Time)
    }

    /// As it is written: `:load FILE`.
    pub fn usage(&self) -> String {
        match self.argument {
            Argument::None => format!(":{}", self.name),
            Argument::Optional(what) => format!(":{} [{what}]", self.name),
            Argument::Needed(what) => format!(":{} {what}", self.name),
        }
    }
}

/// The command with this name, or the first whose name begins so.
pub fn find(word: &str) -> Option<&'static Command> {
    let exact = COMMANDS.iter().find(|command| command.name == word);
    exact.or_else(|| COMMANDS.iter().find(|command| !word.is_empty() && command.name.starts_with(word)))
}

/// What `:help` says.
pub fn help() -> String {
    let width = COMMANDS.iter().map(|command| command.usage().len()).max().unwrap_or(0);
    let rows = COMMANDS.iter().map(|command| format!("  {:width$}  {}\n", command.usage(), command.help));
    let mut text = "An expression is evaluated; a definition, type, ability or `use` stays. Commands:\n".to_string();
    text.extend(rows);
    text + "A definition ends with an empty line. Commands may be cut short. Ctrl-C stops an evaluation."
}
