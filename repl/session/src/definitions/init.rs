//! `init`: a new project.

use super::{Error, scratch};
use crate::project::MANIFEST;
use std::path::{Path, PathBuf};

/// What was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Initialized {
    pub name: String,
    /// The files that were written, relative to the folder.
    pub written: Vec<PathBuf>,
    /// Those that were there already and stay as they are.
    pub kept: Vec<PathBuf>,
}

const PROGRAM: &str = "main.u";

const HELLO: &str = "\
-- What `main` says.
greeting : Text -> Text
greeting name = \"Hello, \" ++ name ++ \"!\"

-- > unison run main.u
main : '{IO, Exception} ()
main = do printLine (greeting \"world\")
";

/// What git is not to see: the codebase, and scratch files beside it.
const IGNORED: &str = ".unison/";

/// Makes a project of a folder, which is made if it is not there. The manifest comes last, so that what was interrupted can be done again.
pub fn init(folder: &Path, name: Option<&str>) -> Result<Initialized, Error> {
    let manifest = folder.join(MANIFEST);
    if manifest.exists() {
        return Err(Error::Exists(manifest));
    }
    std::fs::create_dir_all(folder).map_err(|error| Error::Write(folder.to_path_buf(), error))?;
    let name = name.map_or_else(|| name_of(folder), str::to_string);
    let (mut written, mut kept) = (Vec::new(), Vec::new());
    let program = folder.join(PROGRAM);
    if program.exists() {
        kept.push(PROGRAM.into());
    } else {
        scratch::write(&program, HELLO)?;
        written.push(PROGRAM.into());
    }
    if ignore(&folder.join(".gitignore"))? {
        written.push(".gitignore".into());
    }
    scratch::write(&manifest, &format!("name = {}\n", quoted(&name)))?;
    written.push(MANIFEST.into());
    Ok(Initialized { name, written, kept })
}

/// The folder's own name.
fn name_of(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    absolute.file_name().map_or_else(|| "project".to_string(), |name| name.to_string_lossy().into_owned())
}

/// As a string of TOML.
fn quoted(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

/// Adds a line unless it is there. Whether it was added.
fn ignore(path: &Path) -> Result<bool, Error> {
    let before = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Error::Write(path.to_path_buf(), error)),
    };
    if before.lines().any(|line| [IGNORED, IGNORED.trim_end_matches('/')].contains(&line.trim())) {
        return Ok(false);
    }
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    scratch::write(path, &format!("{before}{gap}{IGNORED}\n"))?;
    Ok(true)
}
