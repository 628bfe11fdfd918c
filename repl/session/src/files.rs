//! Which source files a command is about.

use crate::project::Project;
use crate::workspace::WorkspaceError;
use std::collections::BTreeSet;
use std::fs::FileType;
use std::path::{Path, PathBuf};

/// The extension of source files.
pub const EXTENSION: &str = "u";

/// What a command is about that names nothing: the project's folder, as seen from the current one, or else that.
pub fn default_paths(project: &Project, current: &Path) -> Vec<PathBuf> {
    let depth = project.root.as_ref().and_then(|root| Some(current.strip_prefix(root).ok()?.components().count()));
    let up: PathBuf = std::iter::repeat_n("..", depth.unwrap_or(0)).collect();
    vec![if up.as_os_str().is_empty() { PathBuf::from(".") } else { up }]
}

/// Files as they are given, and for each folder the source files below it, in order of their paths; each once. What is hidden (`.git`, `.unison`)
/// is left out, and so are links to folders, which could lead round in circles, and pipes and sockets, which could keep us waiting for ever.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, WorkspaceError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() { below(path, &mut files)? } else { files.push(path.clone()) }
    }
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(file.clone()));
    Ok(files)
}

/// Whether there is something that is no file, behind a link or not. A link to nothing is told when it is read.
fn is_other(path: &Path, kind: FileType) -> bool {
    !kind.is_file() && std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
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
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                waiting.push(path);
            } else if !is_other(&path, kind) && path.extension().is_some_and(|extension| extension == EXTENSION) {
                // Whoever names no folder wants to read none.
                files.push(path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path));
            }
        }
    }
    files[start..].sort();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_are_found_and_each_once() {
        let folder = std::env::temp_dir().join(format!("unison-files-{}", std::process::id()));
        let of = |name: &str| folder.join(name);
        std::fs::create_dir_all(of("in/side.u")).expect("a temporary directory");
        for name in ["a.u", "in/b.u", ".hidden.u", "in/side.u/c.u", "d.txt"] {
            std::fs::write(of(name), "").expect("writable");
        }
        let link = std::os::unix::fs::symlink::<PathBuf, PathBuf>;
        link("..".into(), of("in/loop")).expect("a link");
        link("../a.u".into(), of("in/linked.u")).expect("a link");
        link("nothing".into(), of("in/broken.u")).expect("a link");
        let _socket = std::os::unix::net::UnixListener::bind(of("in/socket.u")).expect("a socket");
        let found = find(&[folder.clone(), of("a.u")]).expect("readable");
        std::fs::remove_dir_all(&folder).expect("it is ours");
        let expected = ["a.u", "in/b.u", "in/broken.u", "in/linked.u", "in/side.u/c.u"];
        assert_eq!(found, expected.map(of));
    }
}
