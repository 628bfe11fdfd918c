//! Where in the site a name leads.

use super::markup::safe;
use super::used::Used;
use super::{Shown, TOP};
use crate::doc::entry::Kind;
use base::Name;
use std::collections::{BTreeMap, BTreeSet};

/// Pages and the places in them, by name.
pub struct Links {
    /// Namespace to file.
    pages: BTreeMap<String, String>,
    /// All that has a place, by each end of its name.
    targets: BTreeMap<String, Vec<Target>>,
}

/// Something that has a place.
#[derive(Clone, Debug)]
struct Target {
    name: String,
    kind: Kind,
    /// The text of its hash; of a constructor, that of its type.
    hash: String,
    address: String,
}

impl Links {
    pub fn new(pages: &BTreeMap<String, Shown>) -> Links {
        let pages_by_name = file_names(pages.keys());
        let mut links = Links { pages: pages_by_name, targets: BTreeMap::new() };
        for (space, shown) in pages {
            for entry in shown.entries.iter().map(|documented| &documented.entry) {
                links.add(space, &entry.name, entry.kind, &entry.hash);
                let kind = if entry.kind == Kind::Ability { Kind::Operation } else { Kind::Constructor };
                for member in &entry.members {
                    links.add(space, &member.name, kind, &entry.hash);
                }
            }
        }
        links
    }

    fn add(&mut self, space: &str, name: &str, kind: Kind, hash: &str) {
        let address = format!("{}#{}", self.page(space), anchor(kind, name));
        let target = Target { name: name.to_string(), kind, hash: hash.to_string(), address };
        for suffix in Name::new(name).suffixes() {
            self.targets.entry(suffix.to_string()).or_default().push(target.clone());
        }
    }

    /// The file of a namespace.
    pub fn page(&self, namespace: &str) -> &str {
        self.pages.get(namespace).map_or("index.html", String::as_str)
    }

    /// The page of a namespace that has one.
    pub fn page_of(&self, namespace: &str) -> Option<&str> {
        self.pages.get(namespace).map(String::as_str)
    }

    /// Where a type's name in a signature leads.
    pub fn of_type(&self, written: &str) -> Option<&str> {
        self.only(written, |target| target.kind.is_type())
    }

    /// Where a name leads that somebody wrote about a definition of a namespace: near ones are meant before far ones.
    pub fn of_mention(&self, written: &str, namespace: &str) -> Option<&str> {
        let near = format!("{namespace}.{written}");
        let own = self.targets.get(&near).and_then(|targets| targets.iter().find(|target| target.name == near));
        let found = own.map(|target| target.address.as_str()).or_else(|| self.only(written, |_| true));
        found.or_else(|| self.page_of(written).filter(|_| !written.is_empty()))
    }

    /// Where a name in a source leads: to what that definition refers to, whatever else has such a name.
    pub fn of_use(&self, written: &str, used: &Used) -> Option<&str> {
        self.only(written, |target| used.contains(&target.hash))
    }

    /// What has exactly this name, else the only one whose name ends so; of a type and what else has its name, the type.
    fn only(&self, written: &str, wanted: impl Fn(&Target) -> bool) -> Option<&str> {
        let all: Vec<&Target> = self.targets.get(written)?.iter().filter(|target| wanted(target)).collect();
        let exact: Vec<&Target> = all.iter().filter(|target| target.name == written).copied().collect();
        let fitting = if exact.is_empty() { all } else { exact };
        match fitting.as_slice() {
            [one] => Some(&one.address),
            [first, rest @ ..] => {
                let same_place = rest.iter().all(|other| other.hash == first.hash);
                let is_type = fitting.iter().find(|target| target.kind.is_type() && target.name == written);
                is_type.or_else(|| fitting.first().filter(|_| same_place)).map(|target| target.address.as_str())
            }
            [] => None,
        }
    }
}

/// The place of a name in its page.
pub fn anchor(kind: Kind, name: &str) -> String {
    if kind.is_type() { format!("type-{}", safe(name)) } else { safe(name) }
}

/// A file for each namespace; names that differ in case only have files that differ in more.
fn file_names<'a>(names: impl Iterator<Item = &'a String>) -> BTreeMap<String, String> {
    let mut taken = BTreeSet::from(["index".to_string()]);
    let file = |name: &'a String| {
        let stem = if name == TOP { "_top".to_string() } else { safe(name) };
        let mut chosen = stem.clone();
        while !taken.insert(chosen.to_lowercase()) {
            chosen = format!("{chosen}~");
        }
        (name.clone(), format!("{chosen}.html"))
    };
    names.map(file).collect()
}
