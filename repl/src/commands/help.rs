//! `unison help`.

use crate::arguments::{self, HelpOn};
use crate::exit::{self, Failure};
use crate::help::{TOPICS, Topic, topics};
use crate::output;
use base::similar::distance;

pub fn help(arguments: HelpOn) -> Result<u8, Failure> {
    let mut command = arguments::command();
    command.build();
    let Some(first) = arguments.topic.first() else {
        output::line(&format!("{}\nTopics:\n{}", command.render_help(), topics().trim_end()));
        return Ok(exit::OK);
    };
    if let Some(topic) = TOPICS.iter().find(|topic| topic.name == *first) {
        output::line(topic.text.trim_end());
        return Ok(exit::OK);
    }
    let mut found = &mut command;
    for word in &arguments.topic {
        found = found.find_subcommand_mut(word).ok_or_else(|| unknown(word))?;
    }
    output::line(found.render_long_help().to_string().trim_end());
    Ok(exit::OK)
}

fn unknown(word: &str) -> Failure {
    let failure = Failure::new(exit::USAGE, format!("there is no command or topic `{word}`"));
    let command = arguments::command();
    let names =
        command.get_subcommands().map(clap::Command::get_name).chain(TOPICS.iter().map(|Topic { name, .. }| *name));
    match names.map(|name| (distance(name, word), name)).min() {
        Some((distance, near)) if distance <= 2 => failure.hint(format!("is it `unison help {near}`?")),
        _ => failure.hint("`unison help` lists them"),
    }
}
