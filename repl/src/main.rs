//! The binary `unison`: arguments in, text and an exit status out. Everything between is in `session`.
#![forbid(unsafe_code)]

mod arguments;
mod commands;
mod complete;
mod exit;
mod help;
mod interactive;
mod log;
mod misuse;
mod output;
mod streams;

use arguments::Arguments;
use clap::FromArgMatches;
use exit::Failure;
use std::process::ExitCode;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    complete::answer();
    let parsed = arguments::command().try_get_matches().and_then(|matches| Arguments::from_arg_matches(&matches));
    let done = match parsed {
        Ok(arguments) => started(arguments),
        Err(answer) => misuse::answer(answer),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            eprint!("{failure}");
            ExitCode::from(failure.status)
        }
    }
}

fn started(arguments: Arguments) -> Result<u8, Failure> {
    misuse::refuse_prompt_flags(&arguments)?;
    output::set_talk(arguments.common.quiet, arguments.common.verbose);
    log::start(arguments.common.log.as_deref())?;
    commands::run(arguments)
}
