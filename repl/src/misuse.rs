//! A command line that says nothing we understand: what may have been meant.

use crate::arguments::{self, Arguments, Prompt};
use crate::exit::{self, Failure};
use base::similar::distance;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::path::Path;

/// Help is an answer; a mistake is told, with what to do instead.
pub fn answer(error: clap::Error) -> Result<u8, Failure> {
    let word = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) if error.kind() == ErrorKind::InvalidSubcommand => Some(word.clone()),
        _ => None,
    };
    match word {
        Some(word) => Err(unknown(&word, &std::env::args().nth(1).unwrap_or_default())),
        None => {
            let status = if error.use_stderr() { exit::USAGE } else { exit::OK };
            // Clap knows where each is printed. Whoever has stopped reading wants no more of it.
            Ok(error.print().map_or(status, |()| status))
        }
    }
}

/// A word where a command should be. `first`: the first argument, behind which a command of a command may stand.
fn unknown(word: &str, first: &str) -> Failure {
    let command = arguments::command();
    let group = command.find_subcommand(first).filter(|_| first != word);
    let (prefix, known) = match group {
        Some(group) => (format!("unison {first}"), group),
        None => ("unison".to_string(), &command),
    };
    let failure = Failure::new(
        exit::USAGE,
        format!("there is no command `{}`", format!("{prefix} {word}").trim_start_matches("unison ")),
    );
    if group.is_none() && Path::new(word).extension().is_some_and(|extension| extension == "u") {
        let failure = Failure::new(exit::USAGE, format!("`{word}` is a file, not a command"));
        return failure.hint(format!("unison run {word}"));
    }
    let names = known.get_subcommands().map(clap::Command::get_name);
    match names.map(|name| (distance(name, word), name)).min() {
        Some((distance, near)) if distance <= 1 + near.len() / 4 => {
            failure.hint(format!("did you mean `{prefix} {near}`?"))
        }
        _ if word.contains([' ', '(']) || !word.starts_with(char::is_alphabetic) => {
            failure.hint("expressions are evaluated at the prompt: `unison` alone")
        }
        _ if word.contains('.') => {
            failure.hint(format!("`unison doc {word}` looks a name up; `unison help` lists the commands"))
        }
        _ => failure.hint(format!("`{prefix} --help` lists the commands")),
    }
}

/// Flags of the prompt mean nothing before a command.
pub fn refuse_prompt_flags(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.command.is_none() || arguments.prompt == Prompt::default() {
        return Ok(());
    }
    Err(Failure::new(exit::USAGE, "--at, --codebase and --echo before a command are for the prompt")
        .hint("write them behind the command: unison run FILE --at NODE"))
}
