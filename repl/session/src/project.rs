//! Which project a file belongs to: the nearest folder above it with a `unison.toml`.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A project, or the lack of one.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// Enters the identity of the project's unique types; empty outside of projects.
    pub name: String,
    pub root: Option<PathBuf>,
}

/// What `unison.toml` may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    #[serde(default)]
    name: String,
}

/// A `unison.toml` that cannot be used.
#[derive(Debug)]
pub enum ProjectError {
    /// It cannot be read.
    Unreadable(PathBuf, std::io::Error),
    /// It does not say what it should: what the TOML reader reports.
    Malformed(PathBuf, String),
}

pub const MANIFEST: &str = "unison.toml";

impl Project {
    /// The project of a file or folder.
    pub fn of(path: &Path) -> Result<Project, ProjectError> {
        let absolute =
            std::path::absolute(path).map_err(|error| ProjectError::Unreadable(path.to_path_buf(), error))?;
        for folder in absolute.ancestors() {
            let manifest = folder.join(MANIFEST);
            if manifest.is_file() {
                return read(&manifest, folder);
            }
        }
        Ok(Project::default())
    }

    /// Where the project keeps its codebase.
    pub fn codebase(&self) -> Option<PathBuf> {
        self.root.as_ref().map(|root| root.join(".unison/codebase.sqlite"))
    }
}

fn read(manifest: &Path, root: &Path) -> Result<Project, ProjectError> {
    let text =
        std::fs::read_to_string(manifest).map_err(|error| ProjectError::Unreadable(manifest.to_path_buf(), error))?;
    let parsed: Manifest = toml::from_str(&text)
        .map_err(|error| ProjectError::Malformed(manifest.to_path_buf(), error.message().to_string()))?;
    Ok(Project { name: parsed.name, root: Some(root.to_path_buf()) })
}
