//! What may stand where a shell asks: names of definitions, nodes.
//!
//! The shell starts this program with [`VARIABLE`] set. Whatever goes wrong on the way, there is nothing to offer: no words on the screen.

use crate::commands;
use check::Environment;
use clap_complete::{CompleteEnv, CompletionCandidate};
use session::Workspace;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

/// The variable of the environment that says which shell asks.
pub const VARIABLE: &str = "UNISON_COMPLETE";

/// Answers, and leaves, if a shell asks.
pub fn answer() {
    CompleteEnv::with_factory(crate::arguments::command).var(VARIABLE).bin("unison").completer("unison").complete();
}

/// Names of definitions that begin so, or have an end that begins so.
pub fn names(current: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(word), Ok(home)) = (current.to_str(), commands::home()) else { return Vec::new() };
    let Ok(workspace) = Workspace::open(&home, None, Path::new(".")) else { return Vec::new() };
    let environment = &workspace.environment;
    let all = environment.all_term_names().into_iter().chain(environment.all_type_names());
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for name in all {
        if let Some(suffix) = name.suffixes().find(|suffix| suffix.as_str().starts_with(word)) {
            *found.entry(suffix.to_string()).or_default() += 1;
        }
    }
    found.into_keys().map(CompletionCandidate::new).collect()
}

/// Places where expressions are evaluated: this process, and hosts that are known.
pub fn places(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(text) = current.to_str() else { return Vec::new() };
    let (front, word) = text.rsplit_once(',').map_or(("", text), |(front, word)| (&text[..=front.len()], word));
    let local = ["local", "local:3"].into_iter().filter(|_| front.is_empty()).map(String::from);
    let fitting = local.chain(hosts()).filter(|place| place.starts_with(word));
    fitting.map(|place| CompletionCandidate::new(format!("{front}{place}"))).collect()
}

/// Hosts that are known.
pub fn nodes(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(word) = current.to_str() else { return Vec::new() };
    hosts().into_iter().filter(|host| host.starts_with(word)).map(CompletionCandidate::new).collect()
}

fn hosts() -> Vec<String> {
    let Ok(home) = commands::home() else { return Vec::new() };
    let known = std::fs::read_to_string(home.config.join("known_hosts")).unwrap_or_default();
    let address = |line: &str| line.split_whitespace().next().map(String::from);
    known.lines().filter(|line| !line.starts_with('#')).filter_map(address).collect()
}
