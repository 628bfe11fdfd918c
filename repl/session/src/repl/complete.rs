//! How a line may go on: commands, their arguments, and names by any of their suffixes.

use super::command::{self, Argument, Command, Verb};
use super::evaluate::Evaluator;
use super::search::{terms_and_constructors, type_line};
use base::Name;
use check::{Environment, print_signature};
use std::collections::{BTreeMap, BTreeSet};

/// Candidates that are shown with their types.
const TYPED_CANDIDATES_MAX: usize = 30;

/// A way to go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// What stands instead of the word so far.
    pub replacement: String,
    /// What to show in a list of candidates.
    pub display: String,
}

/// All ways to go on.
#[derive(PartialEq, Eq, Debug)]
pub enum Completion {
    /// The word that starts at this byte is one of these.
    Words(usize, Vec<Candidate>),
    /// It is the path of a file.
    File,
}

/// How the word before `position` may go on.
pub fn complete(line: &str, position: usize, environment: &dyn Environment, evaluator: &Evaluator) -> Completion {
    let before = line.get(..position).unwrap_or(line);
    let Some(entered) = before.strip_prefix(':') else { return names(before, environment) };
    match entered.split_once(char::is_whitespace) {
        None => Completion::Words(0, commands(entered, ":")),
        Some((word, argument)) => match command::find(word).map(|command| command.verb) {
            Some(Verb::Load) => Completion::File,
            Some(Verb::Help) => {
                Completion::Words(before.len() - argument.trim_start().len(), commands(argument.trim(), ""))
            }
            Some(Verb::Attach) => places(before, evaluator),
            _ => names(before, environment),
        },
    }
}

fn commands(word: &str, prefix: &str) -> Vec<Candidate> {
    let fitting = command::COMMANDS.iter().filter(|command| command.name.starts_with(word));
    // What it is about is typed next.
    let takes = |command: &Command| command.argument != Argument::None;
    let is_behind_colon = !prefix.is_empty();
    let candidate = |command: &Command| Candidate {
        replacement: format!("{prefix}{}{}", command.name, if is_behind_colon && takes(command) { " " } else { "" }),
        display: format!("{}  {}", command.usage(), command.help),
    };
    fitting.map(candidate).collect()
}

fn places(before: &str, evaluator: &Evaluator) -> Completion {
    let word = before.rsplit([' ', ',']).next().unwrap_or("");
    let known = evaluator.known().chain(["local"]).filter(|place| place.starts_with(word));
    let candidate = |place: &str| Candidate { replacement: place.to_string(), display: place.to_string() };
    Completion::Words(before.len() - word.len(), known.map(candidate).collect())
}

/// The part of a line that may be the beginning of a name.
pub fn word(before: &str) -> &str {
    let word = before.rsplit(|c: char| !(c.is_alphanumeric() || "_!'.".contains(c))).next().unwrap_or("");
    // Not a part of the name: `'x`, `!x`.
    word.trim_start_matches(['\'', '!'])
}

fn names(before: &str, environment: &dyn Environment) -> Completion {
    let word = word(before);
    if word.is_empty() {
        return Completion::Words(before.len(), Vec::new());
    }
    Completion::Words(before.len() - word.len(), names_from(word, environment))
}

fn names_from(word: &str, environment: &dyn Environment) -> Vec<Candidate> {
    let names = environment.all_term_names().into_iter().chain(environment.all_type_names());
    let mut found: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for name in names {
        let fitting = name.suffixes().filter(|suffix| suffix.as_str().starts_with(word)).last();
        if let Some(suffix) = fitting {
            found.entry(suffix).or_default().insert(name);
        }
    }
    let typed = found.len() <= TYPED_CANDIDATES_MAX;
    let candidate = |(suffix, names): (Name, BTreeSet<Name>)| {
        let display = match names.first() {
            Some(name) if typed && names.len() == 1 => described(name, environment),
            Some(name) if names.len() == 1 => name.to_string(),
            _ => format!("{suffix} ({})", names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")),
        };
        Candidate { replacement: suffix.to_string(), display }
    };
    found.into_iter().map(candidate).collect()
}

fn described(name: &Name, environment: &dyn Environment) -> String {
    let exact = terms_and_constructors(name, environment).into_iter().find(|(found, _)| found == name);
    match exact {
        Some((name, signature)) => format!("{name} : {}", print_signature(&signature, environment)),
        None => type_line(name, environment).unwrap_or_else(|| name.to_string()),
    }
}
