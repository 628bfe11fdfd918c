//! Scratch files: where definitions are put that are to be mended or edited, beside the codebase.
//!
//! There is one for each set of `namespace` and `use` lines that such definitions were written under: `codebase.scratch.u`, `codebase.scratch.2.u` ..
//! A definition that is in one already is left as it is there: the user may have begun to mend it.
//! **Invariant:** a file is replaced whole and on the disk when a command has ended, so a killed process leaves the old or the new one.

use super::Error;
use crate::workspace::Workspace;
use base::{Name, Sources};
use codebase::{Reference, SourceText};
use compiler::written;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Files that are looked for; more sets of lines at once share the last one's fate: they are refused as unwritable.
const FILES_MAX: usize = 1_000;

const HEAD: &str = "-- To be mended or edited. `unison update` takes it in and removes this file.\n";

/// A definition to be put into a scratch file.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub name: Name,
    pub is_type: bool,
    pub context: String,
    pub text: String,
}

impl Piece {
    pub fn of(source: &SourceText) -> Piece {
        Piece {
            name: source.name.clone(),
            is_type: matches!(source.of, Reference::Type(_)),
            context: source.context.to_string(),
            text: source.text.to_string(),
        }
    }
}

/// What a scratch file holds.
struct Sheet {
    path: PathBuf,
    text: String,
    context: String,
    /// Where in the text each definition stands.
    defined: BTreeMap<Key, Range<usize>>,
}

/// Whether it is a type, and its name.
pub(super) type Key = (bool, Name);

/// The scratch files that there are.
pub(super) fn files(workspace: &Workspace) -> Vec<PathBuf> {
    paths(workspace).filter(|path| path.is_file()).collect()
}

fn paths(workspace: &Workspace) -> impl Iterator<Item = PathBuf> {
    let first = workspace.scratch();
    (1..FILES_MAX).map(move |n| if n == 1 { first.clone() } else { first.with_extension(format!("{n}.u")) })
}

/// Puts definitions into scratch files. Gives the files that hold them.
pub(super) fn keep(workspace: &Workspace, pieces: &[Piece]) -> Result<Vec<PathBuf>, Error> {
    if pieces.is_empty() {
        return Ok(Vec::new());
    }
    let mut sheets = files(workspace).into_iter().map(|path| read(&path)).collect::<Result<Vec<_>, _>>()?;
    let mut touched: BTreeSet<PathBuf> = BTreeSet::new();
    let mut changed: BTreeSet<PathBuf> = BTreeSet::new();
    for piece in pieces {
        let key = (piece.is_type, piece.name.clone());
        if let Some(sheet) = sheets.iter().find(|sheet| sheet.defined.contains_key(&key)) {
            touched.insert(sheet.path.clone());
            continue;
        }
        let at = match sheets.iter().position(|sheet| sheet.context == piece.context) {
            Some(at) => at,
            None => {
                sheets.push(blank(workspace, &sheets, piece)?);
                sheets.len() - 1
            }
        };
        let sheet = &mut sheets[at];
        let start = sheet.text.trim_end().len() + 2;
        sheet.text = format!("{}\n\n{}\n", sheet.text.trim_end(), piece.text);
        sheet.defined.insert(key, start..start + piece.text.len());
        touched.insert(sheet.path.clone());
        changed.insert(sheet.path.clone());
    }
    for sheet in sheets.iter().filter(|sheet| changed.contains(&sheet.path)) {
        write(&sheet.path, &sheet.text)?;
    }
    Ok(touched.into_iter().collect())
}

/// After these files were taken in as they were read: what they held is gone from them, but for the pieces, which are still to be mended.
pub(super) fn finish(
    workspace: &Workspace,
    taken: &[PathBuf],
    read: &Sources,
    pieces: &[Piece],
) -> Result<Vec<PathBuf>, Error> {
    let scratch = files(workspace);
    for (path, (_, source)) in taken.iter().zip(read.iter()) {
        let Some(path) = scratch.iter().find(|scratch| same(scratch, path)) else { continue };
        let now = std::fs::read_to_string(path).unwrap_or_default();
        // What was kept there meanwhile stands below what was taken in; an editor may have changed anything.
        if let Some(kept) = now.strip_prefix(source.text.trim_end()) {
            rest(path, kept.trim(), pieces)?;
        }
    }
    keep(workspace, pieces)
}

/// Definitions in scratch files that nobody has begun to change: their text is that of what the codebase has.
pub(super) fn untouched(workspace: &Workspace) -> Result<BTreeSet<Key>, Error> {
    let mut found = BTreeSet::new();
    for sheet in files(workspace).iter().map(|path| read(path)) {
        let sheet = sheet?;
        for ((is_type, name), place) in sheet.defined {
            let failed = |error| Error::from(workspace.failed(error));
            for of in workspace.codebase.meanings(&name).map_err(failed)? {
                let source = workspace.codebase.source_of(&name, of).map_err(failed)?;
                let is_same = source.is_some_and(|source| Some(&*source.text) == sheet.text.get(place.clone()));
                if matches!(of, Reference::Type(_)) == is_type && is_same {
                    found.insert((is_type, name.clone()));
                }
            }
        }
    }
    Ok(found)
}

/// Takes definitions out of scratch files, but for those that are taken in themselves.
pub(super) fn take_out(workspace: &Workspace, gone: &BTreeSet<Key>, taken: &[PathBuf]) -> Result<(), Error> {
    let others = files(workspace).into_iter().filter(|path| !taken.iter().any(|taken| same(path, taken)));
    for path in others {
        let sheet = read(&path)?;
        let places: Vec<&Range<usize>> =
            sheet.defined.iter().filter(|(key, _)| gone.contains(key)).map(|(_, place)| place).collect();
        if places.is_empty() {
            continue;
        }
        let rest = without(&sheet.text, places);
        let is_head =
            |line: &str| line.is_empty() || line == HEAD.trim_end() || sheet.context.lines().any(|l| l == line);
        if rest.lines().all(is_head) { remove(&path)? } else { write(&path, &rest)? }
    }
    Ok(())
}

/// A text without some places, and the empty lines behind them.
fn without(text: &str, mut places: Vec<&Range<usize>>) -> String {
    places.sort_by_key(|place| place.start);
    let (mut rest, mut from) = (String::new(), 0);
    for place in places {
        rest.push_str(&text[from..place.start]);
        from = text.len() - text[place.end..].trim_start_matches('\n').len();
    }
    rest.push_str(&text[from..]);
    format!("{}\n", rest.trim_end())
}

fn same(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// What is left of a scratch file: nothing, or the pieces in it.
fn rest(path: &Path, kept: &str, pieces: &[Piece]) -> Result<(), Error> {
    if kept.is_empty() {
        return remove(path);
    }
    let context = pieces.iter().find(|piece| kept.contains(&piece.text)).map_or("", |piece| &piece.context);
    write(path, &format!("{HEAD}{context}\n{kept}\n"))
}

fn blank(workspace: &Workspace, sheets: &[Sheet], piece: &Piece) -> Result<Sheet, Error> {
    let free = paths(workspace).find(|path| sheets.iter().all(|sheet| sheet.path != *path));
    let full = || Error::Write(workspace.scratch(), std::io::Error::other("there are too many scratch files"));
    let path = free.ok_or_else(full)?;
    let text = format!("{HEAD}{}", piece.context);
    Ok(Sheet { path, text, context: piece.context.clone(), defined: BTreeMap::new() })
}

fn read(path: &Path) -> Result<Sheet, Error> {
    let sources = crate::workspace::read_sources(&[path.to_path_buf()])?;
    let text = sources.iter().next().map_or(String::new(), |(_, source)| source.text.to_string());
    let (context, defined) = compiler::on_compiler_stack(|| {
        let mut defined = BTreeMap::new();
        let mut context = String::new();
        for (id, source) in sources.iter() {
            let (file, _) = syntax::parse(id, &source.text);
            let place = |item: &written::Written| item.text.start as usize..item.text.end as usize;
            let items = written::items(&file, &sources).into_iter();
            defined = items.map(|item| ((item.is_type, item.name.clone()), place(&item))).collect();
            context = written::head(&file, &sources);
        }
        (context, defined)
    });
    Ok(Sheet { path: path.to_path_buf(), text, context, defined })
}

/// Replaces a file whole, on the disk.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |error| Error::Write(path.to_path_buf(), error);
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let replaced = replace(path, &beside, text);
    if replaced.is_err() {
        // The reason is told; what is left of the attempt would only be in the way.
        let _ = std::fs::remove_file(&beside);
    }
    replaced.map_err(failed)
}

fn replace(path: &Path, beside: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::create(beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(beside, path)?;
    sync_directory(path)
}

fn remove(path: &Path) -> Result<(), Error> {
    let removed = std::fs::remove_file(path).and_then(|()| sync_directory(path));
    removed.map_err(|error| Error::Write(path.to_path_buf(), error))
}

fn sync_directory(path: &Path) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(parent)?.sync_all()
}
