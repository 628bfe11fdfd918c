//! Which source files a command is about.

use crate::project::Project;
use crate::workspace::WorkspaceError;
use std::path::{Path, PathBuf};

/// The extension of source files.
pub const EXTENSION: &str = "u";

/// What a command is about that names nothing: the project's folder, as seen from the current one, or else that.
pub fn default_paths(project: &Project, current: &Path) -> Vec<PathBuf> {
    let depth = project.root.as_ref().and_then(|root| Some(current.strip_prefix(root).ok()?.components().count()));
    let up: PathBuf = std::iter::repeat_n("..", depth.unwrap_or(0)).collect();
    vec![if up.as_os_str().is_empty() { PathBuf::from(".") } else { up }]
}

/// Files as they are given, and for each folder the source files below it, in order of their paths. What is hidden (`.git`, `.unison`) is left out,
/// and so are links to folders, which could lead round in circles.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, WorkspaceError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() { below(path, &mut files)? } else { files.push(path.clone()) }
    }
    Ok(files)
}

fn below(root: &Path, files: &mut Vec<PathBuf>) -> Result<(), WorkspaceError> {
    let start = files.len();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        let failed = |error| WorkspaceError::File(folder.clone(), error);
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if entry.file_type().map_err(failed)?.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == EXTENSION) {
                // Whoever names no folder wants to read none.
                files.push(path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path));
            }
        }
    }
    files[start..].sort();
    Ok(())
}
