//! Documentation as a site: pages that link to each other, a style, and a search that needs neither server nor network.
//!
//! Everything that comes from a program (names, comments, types, source) goes through `markup`, which is the only place where text
//! becomes markup; what the search shows is data that the script inserts as text.
//!
//! **Invariant:** every link within the site leads to a page and a place that exist.

mod code;
mod index;
mod links;
mod markup;
mod page;
mod prose;
mod used;

use super::entry::{Entry, Kind, Namespace};
use super::lookup::{Found, Library, Meaning};
use super::shelf::Shelf;
use base::Name;
use codebase::CodebaseError;
use kernel::TermRef;
use links::Links;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use used::Used;

/// The style and the script of every page.
const STYLE: &str = include_str!("site.css");
const SCRIPT: &str = include_str!("site.js");

/// What names without a namespace stand under.
const TOP: &str = "";

/// A file of the site.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiteFile {
    /// Without directories.
    pub name: String,
    pub text: String,
}

/// An entry, with what its source refers to.
struct Documented {
    entry: Entry,
    used: Used,
}

/// A page: what stands directly in a namespace.
struct Shown {
    namespace: Namespace,
    entries: Vec<Documented>,
}

/// All that the pages are made of.
struct Site {
    title: String,
    /// By name; the names without a namespace come first.
    pages: BTreeMap<String, Shown>,
    links: Links,
}

/// Makes a site of everything that has a name. The title stands on every page.
pub fn site(library: &Library<'_>, title: &str) -> Result<Vec<SiteFile>, CodebaseError> {
    compiler::on_compiler_stack(|| {
        let site = gather(library, title)?;
        let mut files = vec![
            SiteFile { name: "style.css".into(), text: STYLE.into() },
            SiteFile { name: "site.js".into(), text: SCRIPT.into() },
            SiteFile { name: "search-index.js".into(), text: index::script(&site) },
            SiteFile { name: "index.html".into(), text: page::front(&site) },
        ];
        let pages = site.pages.iter().map(|(name, shown)| SiteFile {
            name: site.links.page(name).to_string(),
            text: page::namespace(&site, name, shown),
        });
        files.extend(pages);
        Ok(files)
    })
}

/// The definitions that have to be evaluated for a site: all that are documentation.
pub(super) fn documents(library: &Library<'_>) -> Vec<TermRef> {
    let all = everything(library).into_iter();
    let mut documents: Vec<TermRef> = all.filter_map(|found| library.is_document(found.meaning)).collect();
    documents.sort();
    documents.dedup();
    documents
}

/// How many pages a site has.
pub fn page_count(files: &[SiteFile]) -> usize {
    files.iter().filter(|file| file.name.ends_with(".html")).count()
}

/// Writes the files of a site into a directory, which is made if it is not there.
pub fn write(directory: &Path, files: &[SiteFile]) -> Result<(), (PathBuf, std::io::Error)> {
    std::fs::create_dir_all(directory).map_err(|error| (directory.to_path_buf(), error))?;
    for file in files {
        let path = directory.join(&file.name);
        std::fs::write(&path, &file.text).map_err(|error| (path, error))?;
    }
    Ok(())
}

fn gather(library: &Library<'_>, title: &str) -> Result<Site, CodebaseError> {
    let shelf = Shelf::new(library.stored, &library.at_hand, None);
    let mut pages: BTreeMap<String, Shown> = BTreeMap::new();
    let everything = everything(library);
    let spaces: BTreeSet<Name> = everything.iter().filter_map(|found| found.name.parent()).collect();
    let is_term = |found: &&Found| matches!(found.meaning, Meaning::Term(_));
    let terms: BTreeSet<Name> = everything.iter().filter(is_term).map(|found| found.name.clone()).collect();
    for found in &everything {
        let mut entry = library.entry(&shelf, found)?;
        // A builtin may have the name of a constructor that only it uses.
        entry.members.retain(|member| !terms.contains(&Name::new(member.name.as_str())));
        let used = Used::by(library, found)?;
        let home = home(&found.name, entry.kind, &spaces, &terms);
        let page = pages.entry(home.clone()).or_insert_with(|| empty(&shelf, home));
        page.entries.push(Documented { entry, used });
    }
    for page in pages.values_mut() {
        page.entries.sort_by(|a, b| {
            let key = |x: &Documented| (!x.entry.kind.is_type(), x.entry.name.clone());
            key(a).cmp(&key(b))
        });
    }
    let links = Links::new(&pages);
    Ok(Site { title: title.to_string(), pages, links })
}

/// All types and definitions that are not parts of something else and not meant for the library's own use.
fn everything(library: &Library<'_>) -> Vec<Found> {
    let environment = library.environment;
    let names = environment.all_type_names().into_iter().chain(environment.all_term_names());
    let names: BTreeSet<Name> = names.filter(|name| !is_internal(name) && !library.is_said(name)).collect();
    let meanings = names.iter().flat_map(|name| {
        let exact = library.meanings(name).into_iter().filter(move |found| found.name == *name);
        exact.filter(|found| !matches!(found.meaning, Meaning::Constructor(..)))
    });
    meanings.collect()
}

/// What only other definitions of a library use.
fn is_internal(name: &Name) -> bool {
    name.segments().any(|segment| segment == "impl" || segment == "internal") || name.as_str().ends_with('#')
}

/// Where a name is told about: a type in the namespace of its own name if that is one, everything else where it stands. What stands below
/// a definition (`Pair.first.set`) stands beside it.
fn home(name: &Name, kind: Kind, spaces: &BTreeSet<Name>, terms: &BTreeSet<Name>) -> String {
    if kind.is_type() && spaces.contains(name) {
        return name.to_string();
    }
    let mut space = name.parent();
    while let Some(definition) = space.as_ref().filter(|space| terms.contains(space)) {
        space = definition.parent();
    }
    space.map_or_else(|| TOP.to_string(), |space| space.to_string())
}

fn empty(shelf: &Shelf<'_>, name: String) -> Shown {
    let comment = shelf.namespace(&Name::new(name.as_str()));
    let namespace = Namespace { name, comment, entries: Vec::new(), namespaces: Vec::new() };
    Shown { namespace, entries: Vec::new() }
}
