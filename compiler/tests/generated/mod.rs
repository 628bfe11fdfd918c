//! Identity, over generated programs: what is no part of it, and that everything else is.

mod declarations;
mod edited;
mod edits;
mod mutate;
mod program;

use super::{differences, library_and_codebase, reread};
use base::{Name, SourceId};
use compiler::CodebaseEnvironment;
use kernel::{Definition, Term, TermRef};
use program::{Program, Random, program};
use std::collections::BTreeMap;

/// How many times as many seeds as usual: `.ci/deep` sets it.
fn seed_factor() -> u64 {
    std::env::var("SEED_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn text(program: &Program) -> String {
    program
        .definitions
        .iter()
        .fold(program.declarations.clone(), |text, (_, definition)| format!("{text}{definition}\n"))
}

/// What each definition is, in the order of the program.
fn identities(program: &Program, text: &str, environment: &CodebaseEnvironment) -> Vec<TermRef> {
    let found = reread(text, environment, "p").unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    let found: BTreeMap<Name, TermRef> = found.into_iter().collect();
    program.definitions.iter().map(|(name, _)| found[&Name::from(&**name)]).collect()
}

/// Comments where there may be some: between definitions, between lines, behind lines, between words.
fn commented(text: &str, random: &mut Random) -> String {
    let mut commented = String::new();
    for line in text.lines() {
        let indentation = &line[..line.len() - line.trim_start().len()];
        match random.below(5) {
            0 => commented += &format!("{indentation}-- a comment: {{ x = 1\n{line}\n"),
            1 => commented += &format!("{line} -- behind\n\n"),
            2 => commented += &format!("{{- over {{- nested -}}\n  lines -}}\n{line}\n"),
            3 if !line.contains('"') => {
                let words = line.trim_start().replacen(" = ", " {- between -} = ", 1);
                commented += &format!("{indentation}{words}\n");
            }
            _ => commented += &format!("{line}\n"),
        }
    }
    commented
}

fn shuffled(mut program: Program, random: &mut Random) -> Program {
    for at in (1..program.definitions.len()).rev() {
        program.definitions.swap(at, random.below(at + 1));
    }
    program
}

#[test]
fn names_order_layout_and_comments_are_no_part_of_identity() {
    let (_, _, environment) = library_and_codebase();
    for seed in 0..12 * seed_factor() {
        let (plain, random) = (program(seed, "vary"), &mut Random(seed));
        let expected = identities(&plain, &text(&plain), &environment);
        let same = |what: &str, program: &Program, text: &str| {
            let mut found = BTreeMap::new();
            for ((name, _), id) in program.definitions.iter().zip(identities(program, text, &environment)) {
                found.insert(name.replace("other", "vary"), id);
            }
            for ((name, _), id) in plain.definitions.iter().zip(&expected) {
                assert_eq!(found.get(name), Some(id), "seed {seed}, {what}: {name}\n{text}");
            }
        };
        let renamed = program(seed, "other");
        same("renamed", &renamed, &text(&renamed));
        let reordered = shuffled(program(seed, "vary"), random);
        same("reordered", &reordered, &text(&reordered));
        let with_comments = commented(&text(&plain), random);
        same("comments", &plain, &with_comments);
        let format = |text: &str| {
            compiler::on_compiler_stack(|| syntax::format(SourceId(0), text))
                .unwrap_or_else(|problems| panic!("seed {seed}: {problems:?}\n{text}"))
        };
        for text in [text(&plain), with_comments] {
            let formatted = format(&text);
            same("formatted", &plain, &formatted);
            assert_eq!(format(&formatted), formatted, "seed {seed}: formatting twice is formatting once");
        }
    }
}

#[test]
fn generated_programs_printed_from_the_core_read_back_as_the_same_core() {
    let first = std::env::var("SEED_FIRST").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    for seed in first..first + 12 * seed_factor() {
        let (_, codebase, environment) = library_and_codebase();
        let mut sources = base::Sources::default();
        sources.add("program.u", text(&program(seed, "vary")));
        super::store(&sources, &environment);
        let wrong = differences(&codebase, &environment, "p");
        assert!(wrong.is_empty(), "seed {seed}: {} differ\n\n{}", wrong.len(), wrong.join("\n\n"));
    }
}

#[test]
fn whatever_is_changed_in_the_core_changes_the_hash() {
    let (_, _, environment) = library_and_codebase();
    let mut tried = 0;
    for seed in 0..6 * seed_factor() {
        let mut sources = base::Sources::default();
        sources.add("program.u", text(&program(seed, "vary")));
        compiler::on_compiler_stack(|| {
            let compiled = compiler::compile(&sources, "p", &environment);
            assert!(compiled.diagnostics.is_empty(), "seed {seed}: {:?}", compiled.diagnostics);
            for object in &compiled.checked.objects {
                let Some(terms) = object.terms() else { continue };
                // Members that no longer need each other are no component.
                let is_whole =
                    |changed: &Vec<Definition>| terms.len() == 1 || own_references(changed) >= own_references(&terms);
                for changed in mutate::all(&terms).into_iter().filter(is_whole) {
                    tried += 1;
                    assert_ne!(hash::hash_terms(&changed).object.hash(), object.hash(), "seed {seed}: {changed:?}");
                }
            }
        });
    }
    assert!(tried > 1_000, "{tried} changes were tried");
}

/// How often members refer to members.
fn own_references(members: &[Definition]) -> usize {
    let mut waiting: Vec<&Term> = members.iter().map(|member| &member.body).collect();
    let mut count = 0;
    while let Some(term) = waiting.pop() {
        count += usize::from(matches!(term, Term::Ref(TermRef::Cycle(_))));
        waiting.extend(term.parts().into_iter().map(|(_, part)| part));
    }
    count
}

#[test]
fn whatever_is_edited_in_a_program_changes_the_hash_of_its_definition() {
    let (_, _, environment) = library_and_codebase();
    let mut tried = BTreeMap::new();
    for seed in 0..2 * seed_factor() {
        let text = text(&program(seed, "vary"));
        edited::check(&[("program.u".into(), text)], "p", &environment, 60, &mut Random(seed), &mut tried);
    }
    for example in super::examples() {
        edited::check(&[("example.u".into(), example)], "p", &environment, 20, &mut Random(1), &mut tried);
    }
    let library: Vec<(String, String)> = compiler::library::sources()
        .iter()
        .map(|(_, source)| (source.path.to_string(), source.text.to_string()))
        .collect();
    edited::check(&library, "unison/stdlib", &check::BuiltinEnvironment, 2, &mut Random(2), &mut tried);
    let total: usize = tried.values().sum();
    assert!(total > 1_000 && tried.len() > 15, "{total}: {tried:?}");
}

#[test]
fn whatever_is_edited_in_a_declaration_changes_its_hash() {
    let (_, _, environment) = library_and_codebase();
    declarations::check(&environment);
}
