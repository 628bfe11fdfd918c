//! `unison completions`: scripts for shells, which ask this program what may come next.

use crate::arguments::{Completions, Shell};
use crate::complete::VARIABLE;
use crate::exit::{self, Failure};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

pub fn completions(arguments: Completions) -> Result<u8, Failure> {
    let shell: &dyn EnvCompleter = match arguments.shell {
        Shell::Bash => &Bash,
        Shell::Elvish => &Elvish,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
        Shell::Zsh => &Zsh,
    };
    // Nothing is written if nobody reads it any more.
    let _ = shell.write_registration(VARIABLE, "unison", "unison", "unison", &mut std::io::stdout());
    Ok(exit::OK)
}
