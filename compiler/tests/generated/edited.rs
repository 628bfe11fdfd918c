//! Puts edited copies of definitions beside them, under names of their own, and compares hashes.
//!
//! A copy without an edit has the hash of what it was copied from (but for members of cycles, which are left out); a copy with an edit that still checks has another.

use super::edits::{self, Edit, Substitutes};
use super::program::Random;
use base::{Name, SourceId, Sources};
use check::{Environment, print_signature};
use kernel::TermRef;
use std::collections::BTreeMap;
use std::ops::Range;
use syntax::tree::{File, Item, ItemKind, TypeBody};

/// A copy, and what it is one of.
struct Copy {
    name: String,
    of: String,
    /// None for the copy that is as it was.
    edit: Option<Edit>,
    text: String,
    /// Besides, for parts that are exchanged: what it would be if both were the first.
    alike: Option<String>,
}

/// Checks that edits change hashes, so many of each definition; counts those that checked by kind.
pub fn check(
    texts: &[(String, String)],
    project: &str,
    environment: &(dyn Environment + Sync),
    edits_each: usize,
    random: &mut Random,
    tried: &mut BTreeMap<&'static str, usize>,
) {
    let known = Known::of(texts, project, environment);
    let mut copies = Vec::new();
    let mut with_copies = Vec::new();
    for (path, text) in texts {
        let (file, _) = syntax::parse(SourceId(0), text);
        with_copies.push((path.clone(), beside(text, &file, &known, edits_each, random, &mut copies)));
    }
    let found = terms(&with_copies, project, environment);
    let mut sound = "";
    for copy in &copies {
        let Some(reference) = found.get(&copy.name) else { continue };
        let is_same = *reference == known.terms[&copy.of];
        match &copy.edit {
            None if is_same => sound = &copy.of,
            None => {}
            Some(edit) if sound == copy.of => {
                *tried.entry(edit.kind).or_default() += 1;
                let is_right = !is_same || copy.alike.is_some() && found.get(&copy.alike_name()) == Some(reference);
                assert!(is_right, "{}: {edit:?} changes nothing:\n{}", copy.of, copy.text);
            }
            Some(_) => {}
        }
    }
}

impl Copy {
    fn alike_name(&self) -> String {
        format!("{}Alike", self.name)
    }
}

/// What the texts define without edits.
struct Known {
    terms: BTreeMap<String, TermRef>,
    /// For a definition, another one of its type.
    alike: BTreeMap<String, String>,
    /// For a constructor, the next one with as many fields.
    constructors: BTreeMap<String, String>,
}

impl Known {
    fn of(texts: &[(String, String)], project: &str, environment: &(dyn Environment + Sync)) -> Known {
        let mut by_type: BTreeMap<String, Vec<(String, TermRef)>> = BTreeMap::new();
        let mut terms = BTreeMap::new();
        compiler::on_compiler_stack(|| {
            let compiled = compiler::compile(&sources(texts), project, environment);
            assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
            for term in &compiled.checked.terms {
                let ty = print_signature(&term.signature, environment);
                by_type.entry(ty).or_default().push((term.name.to_string(), term.reference));
                terms.insert(term.name.to_string(), term.reference);
            }
        });
        let mut alike = BTreeMap::new();
        for same in by_type.values() {
            for (at, (name, reference)) in same.iter().enumerate() {
                let other = same[at..].iter().chain(same).find(|(_, other)| other != reference);
                other.into_iter().for_each(|(other, _)| _ = alike.insert(name.clone(), other.clone()));
            }
        }
        Known { terms, alike, constructors: constructors(texts) }
    }

    /// Another definition for what a name means, if it means one of the texts.
    fn another(&self, name: &str) -> Option<String> {
        let written = Name::from(name);
        let mut meant = self.alike.keys().filter(|full| Name::from(full.as_str()).has_suffix(&written));
        match (self.alike.get(name), meant.next(), meant.next()) {
            (Some(other), ..) => Some(other.clone()),
            (None, Some(full), None) => self.alike.get(full).cloned(),
            _ => None,
        }
    }
}

fn constructors(texts: &[(String, String)]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (_, text) in texts {
        let (file, _) = syntax::parse(SourceId(0), text);
        for item in &file.items {
            let ItemKind::Type(declaration) = &item.kind else { continue };
            let TypeBody::Constructors(constructors) = &declaration.body else { continue };
            for (at, constructor) in constructors.iter().enumerate() {
                let others = constructors[at + 1..].iter().chain(&constructors[..at]);
                let other = others.into_iter().find(|other| other.fields.len() == constructor.fields.len());
                let name = |name: &Name| name.last().to_string();
                other
                    .into_iter()
                    .for_each(|other| _ = all.insert(name(&constructor.name.name), name(&other.name.name)));
            }
        }
    }
    all
}

/// The text with copies behind each definition.
fn beside(
    text: &str,
    file: &File,
    known: &Known,
    edits_each: usize,
    random: &mut Random,
    copies: &mut Vec<Copy>,
) -> String {
    let substitutes = Substitutes { names: &|name| known.another(name), constructors: &known.constructors };
    let (mut out, mut end) = (String::new(), 0);
    for item in &file.items {
        let ItemKind::Binding(binding) = &item.kind else { continue };
        let qualify = |name: &Name| file.namespace.as_ref().map_or_else(|| name.clone(), |n| n.join(name));
        let of = qualify(&binding.name.name).to_string();
        let is_doc = file.literal_name(item).is_some();
        if is_doc || binding.name.name.is_operator() || !known.terms.contains_key(&of) {
            continue;
        }
        let mut edits = edits::of(text, binding, &substitutes);
        while edits.len() > edits_each {
            edits.swap_remove(random.below(edits.len()));
        }
        out += &text[end..item.span.end as usize];
        end = item.span.end as usize;
        for (number, edit) in std::iter::once(None).chain(edits.into_iter().map(Some)).enumerate() {
            let name = format!("{}Edit{number}", binding.name.name);
            let old = binding.name.name.as_str();
            let made = |name: &str, instead: Option<(&Edit, &str)>| {
                let instead = instead.map(|(edit, instead)| (edit.place.clone(), instead));
                copied(text, item, (old, name), instead)
            };
            let copied = made(&name, edit.as_ref().map(|edit| (edit, &*edit.text)));
            let alike = edit.as_ref().and_then(|edit| Some((edit, edit.alike.as_deref()?)));
            let alike = alike.map(|alike| made(&format!("{name}Alike"), Some(alike)));
            [Some(&copied), alike.as_ref()].into_iter().flatten().for_each(|text| out += &format!("\n\n{text}"));
            let name = qualify(&Name::from(&*name)).to_string();
            copies.push(Copy { name, of: of.clone(), edit, text: copied, alike });
        }
    }
    out + &text[end..]
}

/// An item with something else in one place, under another name.
fn copied(text: &str, item: &Item, (old, new): (&str, &str), instead: Option<(Range<usize>, &str)>) -> String {
    let (start, end) = (item.span.start as usize, item.span.end as usize);
    let edited = match instead {
        None => text[start..end].to_string(),
        Some((place, instead)) => format!("{}{instead}{}", &text[start..place.start], &text[place.end..end]),
    };
    let (tokens, _) = syntax::tokens(SourceId(0), &edited);
    let (mut out, mut at) = (String::new(), 0);
    for token in tokens {
        let place = token.span.start as usize..token.span.end as usize;
        if edited[place.clone()] == *old {
            out += &edited[at..place.start];
            out += new;
            at = place.end;
        }
    }
    out + &edited[at..]
}

fn sources(texts: &[(String, String)]) -> Sources {
    let mut sources = Sources::default();
    texts.iter().for_each(|(path, text)| _ = sources.add(path.as_str(), text.as_str()));
    sources
}

/// What of the texts checks.
fn terms(
    texts: &[(String, String)],
    project: &str,
    environment: &(dyn Environment + Sync),
) -> BTreeMap<String, TermRef> {
    let sources = sources(texts);
    compiler::on_compiler_stack(|| {
        let compiled = compiler::compile(&sources, project, environment);
        compiled.checked.terms.iter().map(|term| (term.name.to_string(), term.reference)).collect()
    })
}
