//! The binary `unison`: arguments in, text and an exit status out. Everything between is in `session`.
#![forbid(unsafe_code)]

mod arguments;
mod commands;
mod exit;
mod interactive;
mod output;
mod streams;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match arguments::Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version are answers, not mistakes; clap knows where each is printed.
        Err(answer) => {
            let status = if answer.use_stderr() { exit::USAGE } else { exit::OK };
            return answer.print().map_or(ExitCode::from(exit::FAULT), |()| ExitCode::from(status));
        }
    };
    match commands::run(arguments) {
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            eprint!("{failure}");
            ExitCode::from(failure.status)
        }
    }
}
