//! What teaches: commands in groups, and topics that are not commands.

use clap::Command;
use std::fmt::Write;

/// Commands by what they are for. One that stands in no group is listed last.
const GROUPS: &[(&str, &[&str])] = &[
    ("Write and run", &["run", "watch", "check", "test", "simulate", "fmt"]),
    (
        "Keep definitions",
        &[
            "init",
            "add",
            "update",
            "edit",
            "view",
            "ls",
            "find",
            "names",
            "dependencies",
            "dependents",
            "rename",
            "delete",
            "history",
            "undo",
            "diff",
        ],
    ),
    ("Elsewhere", &["node", "push", "pull", "private"]),
    ("Learn", &["doc", "explain", "help"]),
    ("Set up", &["completions", "man", "env"]),
];

/// A text that is not about one command.
pub struct Topic {
    pub name: &'static str,
    pub about: &'static str,
    pub text: &'static str,
}

pub const TOPICS: &[Topic] = &[
    Topic { name: "tour", about: "from a first expression to other computers", text: include_str!("help/tour.txt") },
    Topic { name: "nodes", about: "where programs run, and who may", text: include_str!("help/nodes.txt") },
    Topic { name: "projects", about: "where definitions are kept", text: include_str!("help/projects.txt") },
    Topic { name: "ci", about: "checks and tests on a server", text: include_str!("help/ci.txt") },
    Topic { name: "environment", about: "variables that are read", text: include_str!("help/environment.txt") },
    Topic { name: "exit", about: "what exit statuses mean", text: include_str!("help/exit.txt") },
];

/// The page of all commands, as clap's template: in groups instead of in one list.
pub fn template(command: &Command) -> String {
    let visible: Vec<&Command> = command.get_subcommands().filter(|command| !command.is_hide_set()).collect();
    let width = visible.iter().map(|command| command.get_name().len()).max().unwrap_or(0);
    let row = |command: &Command| {
        let about = command.get_about().map_or_else(String::new, ToString::to_string);
        format!("  {:width$}  {about}\n", command.get_name())
    };
    let mut groups = String::new();
    for (heading, names) in GROUPS {
        let of_group = names.iter().filter_map(|name| visible.iter().find(|command| command.get_name() == *name));
        let rows: String = of_group.map(|command| row(command)).collect();
        if !rows.is_empty() {
            _ = write!(groups, "{heading}:\n{rows}\n");
        }
    }
    let grouped = |command: &&&Command| GROUPS.iter().any(|(_, names)| names.contains(&command.get_name()));
    let rest: String = visible.iter().filter(|command| !grouped(command)).map(|command| row(command)).collect();
    if !rest.is_empty() {
        _ = write!(groups, "More:\n{rest}\n");
    }
    format!("{{about}}\n\n{{usage-heading}} {{usage}}\n\n{groups}Options:\n{{options}}{{after-help}}\n")
}

/// The topics, a line each.
pub fn topics() -> String {
    let row = |topic: &Topic| format!("  unison help {:12} {}\n", topic.name, topic.about);
    TOPICS.iter().map(row).collect()
}
