//! The commands: one table, from which they are read, completed and explained.

/// A command of the prompt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    Type,
    Load,
    Reload,
    Add,
    View,
    Edit,
    Doc,
    Deps,
    Browse,
    Find,
    Hash,
    Time,
    Undo,
    Attach,
    Detach,
    Stop,
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
    /// More about it, for who asks; may be empty.
    pub more: &'static str,
}

/// All commands. Where a beginning fits several, the first is meant.
pub const COMMANDS: &[Command] = &[
    row(
        Verb::Type,
        "type",
        Argument::Needed("EXPR"),
        "the type of an expression, or of every definition of that name",
        "Nothing is evaluated.\n\n    :type map\n    :type x -> x + 1",
    ),
    row(
        Verb::Load,
        "load",
        Argument::Needed("FILE"),
        "take in the definitions of a file, anew if it was loaded before",
        "Its `>` lines are evaluated. What the file no longer has is gone; what was defined here and depends on it is checked anew.",
    ),
    row(Verb::Reload, "reload", Argument::None, "load every file again that was loaded", ""),
    row(
        Verb::Browse,
        "browse",
        Argument::Optional("PREFIX"),
        "what has been defined here; or everything whose name begins so",
        ":browse List. lists a namespace.",
    ),
    row(
        Verb::Find,
        "find",
        Argument::Needed("WORD"),
        "everything whose name contains a word, or has a type",
        "    :find reverse\n    :find : [a] -> Nat",
    ),
    row(Verb::Doc, "doc", Argument::Needed("NAME"), "what a name is for, and how it is used", ""),
    row(Verb::View, "view", Argument::Needed("NAME.."), "the text of definitions", ""),
    row(
        Verb::Edit,
        "edit",
        Argument::Needed("NAME"),
        "change a definition in your editor; what you leave is entered",
        "The editor is what VISUAL or EDITOR says. Nothing is entered if the text is left as it was.",
    ),
    row(
        Verb::Add,
        "add",
        Argument::Optional("NAME.."),
        "put what was defined here into the codebase",
        "All of it, or these names and what they use. Names that the codebase has are updated, and what depends on them is carried along.",
    ),
    row(Verb::Deps, "deps", Argument::Needed("NAME"), "what a definition uses, and what uses it", ""),
    row(Verb::Help, "help", Argument::Optional("COMMAND"), "this, or more about a command", ""),
    row(Verb::Hash, "hash", Argument::Needed("NAME"), "the hash of a definition", ""),
    row(Verb::Time, "time", Argument::Needed("EXPR"), "evaluate, and say how long it took", ""),
    row(
        Verb::Undo,
        "undo",
        Argument::None,
        "take back the last definition, `use`, `:load` or `:add`",
        "Again takes back the one before. What was evaluated stays evaluated.",
    ),
    row(
        Verb::Paste,
        "paste",
        Argument::None,
        "take everything up to a line `:end` together",
        "Empty lines end nothing until then. A terminal that marks what is pasted needs no :paste: a paste is taken as it is.",
    ),
    row(
        Verb::Attach,
        "attach",
        Argument::Needed("NODE"),
        "evaluate there from now on: [KEY@]HOST:PORT,.. or local[:N]",
        "Expressions begin at the first node; `Cluster.run` has all of them. A node that is lost is told at once, and looked for again by the next expression.\n\n    :attach 127.0.0.1:4711\n    :attach local:3",
    ),
    row(
        Verb::Detach,
        "detach",
        Argument::None,
        "evaluate in this process again",
        "What was started elsewhere goes on.",
    ),
    row(
        Verb::Stop,
        "stop",
        Argument::None,
        "end everything that expressions have started and that goes on",
        "Futures, here and elsewhere, and whatever they print. What is defined stays.",
    ),
    row(Verb::Nodes, "nodes", Argument::None, "the nodes attached to so far, and how they are", ""),
    row(Verb::Quit, "quit", Argument::None, "leave; so does Ctrl-D", "Whatever was started ends, here and elsewhere."),
];

const fn row(verb: Verb, name: &'static str, argument: Argument, help: &'static str, more: &'static str) -> Command {
    Command { verb, name, argument, help, more }
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

    /// What `:help COMMAND` says.
    pub fn explained(&self) -> String {
        let more = if self.more.is_empty() { String::new() } else { format!("\n\n{}", self.more) };
        format!("{}\n{}{more}", self.usage(), self.help)
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
    let mut text = "An expression is evaluated; its value is `it` from then on. `x <- expr` evaluates once and keeps the value.\nA definition, type, ability or `use` stays. Commands:\n".to_string();
    text.extend(rows);
    text + "A definition ends with an empty line. Commands may be cut short. Ctrl-C stops an evaluation, Ctrl-R searches the history."
}
