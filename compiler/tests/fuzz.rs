//! Damaged programs through all phases before lowering: whatever the text, lexer, parser, formatter and checker end, without a panic, soon, and within
//! the stack that they have.
//!
//! What still parses is formatted: twice is once. What still checks means the same after formatting, and after printing it from its core. The seeds are
//! the definitions of the library, of the examples and of `tests/check`, and what once went wrong (`seeds`). `SEED_FACTOR` makes the hunt longer, `SEED_FIRST`
//! lets it begin elsewhere; the input at hand is in `unison-fuzz.u` of the temporary directory, for what ends the process.

use base::{Diagnostic, Name, Sources, diagnostic};
use check::Checked;
use codebase::Codebase;
use compiler::{CodebaseEnvironment, library, print};
use kernel::{DefId, TermRef};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longer than anything small may take, in a debug build on a busy computer.
const TOO_LONG: Duration = Duration::from_secs(120);

/// A xorshift generator.
struct Random(u64);

impl Random {
    fn of(seed: u64) -> Random {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        random.below(1);
        random
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }

    fn of_any<'s, T: ?Sized>(&mut self, all: &'s [Box<T>]) -> &'s T {
        &all[self.below(all.len())]
    }
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// What is put into programs: what means something to the lexer or to the layout.
const SNIPPETS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{{ a }}",
    "{{",
    "}}",
    "{-",
    "-}",
    "--",
    "---\n",
    "\"",
    "\"\"\"",
    "?",
    "`",
    "'",
    "!",
    "do ",
    "do\n",
    "let\n  ",
    "cases ",
    "match x with ",
    "if ",
    " then ",
    " else ",
    "handle ",
    " with ",
    "use ",
    "type T = ",
    "ability A where ",
    "structural ",
    "unique ",
    "namespace n\n",
    "= ",
    " = ",
    " : ",
    " -> ",
    " ->{} ",
    "{e}",
    " | ",
    "| otherwise -> ",
    "@",
    "_",
    "_hole",
    "..",
    "++ ",
    " +: ",
    " :+ ",
    " <- ",
    "; ",
    ", ",
    "\n",
    "\n  ",
    "\n    ",
    "\t",
    "\r\n",
    "\u{feff}",
    "\u{0}",
    "λ",
    "😀",
    "0xff",
    "+1",
    "-1",
    "1.5e300",
    "18446744073709551616",
    "1e999",
    "?\\s",
    "\\",
    "\"\\u{110000}\"",
    "#abc",
    "##Nat.+",
    "> ",
    "test> t = ",
    "termLink ",
    "typeLink ",
    "forall a. ",
    "true",
    "()",
    "(,)",
    "[..]",
    " && ",
    " || ",
    " |> ",
    " <| ",
    "a.b.c",
    ".",
    "x -> ",
    "todo \"\"",
    "bug 1",
];

/// The items of files: what begins at the left margin, with the lines that belong to it.
fn items(text: &str) -> Vec<Box<str>> {
    let mut items = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let starts = line.starts_with(|c: char| !c.is_whitespace() && c != ')' && c != ']' && c != '}');
        let same = items.last().is_none_or(|item| item.is_empty() || !item.ends_with("\n\n"));
        if starts && !same {
            items.push(String::new());
        }
        if let Some(item) = items.last_mut() {
            item.push_str(line);
        }
    }
    items.into_iter().filter(|item| !item.trim().is_empty()).map(String::into_boxed_str).collect()
}

fn source_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("readable").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "u")).collect();
    files.sort();
    files
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("readable")
}

/// Items by file, so that those of one file may meet.
fn seeds() -> Vec<Vec<Box<str>>> {
    let folders = ["../examples", "../examples/ports", "../tests/check", "tests/mistakes", "tests"];
    let files = folders.into_iter().flat_map(source_files).map(|path| read(&path));
    let library = stdlib::FILES.iter().map(|(_, text)| text.to_string());
    files.chain(library).map(|text| items(&text)).filter(|items| !items.is_empty()).collect()
}

/// A program of a few items, some of its words and lines changed.
fn program(seeds: &[Vec<Box<str>>], random: &mut Random) -> String {
    let file = &seeds[random.below(seeds.len())];
    let first = random.below(file.len());
    let count = 1 + random.below(3);
    let mut text: String = file.iter().skip(first).take(count).map(|item| &**item).collect();
    for _ in 0..random.below(5) {
        text = changed(&text, seeds, random);
    }
    text
}

fn changed(text: &str, seeds: &[Vec<Box<str>>], random: &mut Random) -> String {
    let mut words: Vec<&str> = text.split_inclusive(|c: char| !c.is_alphanumeric()).collect();
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_string).collect();
    if words.is_empty() || lines.is_empty() {
        return SNIPPETS[random.below(SNIPPETS.len())].to_string();
    }
    let (at, other) = (random.below(words.len()), random.below(words.len()));
    let (line, other_line) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(10) {
        0 => words[at] = words[other],
        1 => words[at] = "",
        2 => words.insert(at, words[other]),
        3 | 4 => words.insert(at, SNIPPETS[random.below(SNIPPETS.len())]),
        5 => words.swap(at, other),
        6 => {
            let item = random_item(seeds, random);
            let piece: Vec<&str> = item.split_inclusive(|c: char| !c.is_alphanumeric()).collect();
            let from = random.below(piece.len());
            let piece = piece[from..].iter().take(1 + random.below(6)).copied();
            words.splice(at..at, piece.collect::<Vec<_>>());
        }
        7 => {
            lines.swap(line, other_line);
            return lines.concat();
        }
        8 => {
            lines[line].insert_str(0, ["  ", " ", "    ", "-- "][random.below(4)]);
            return lines.concat();
        }
        _ => {
            lines.truncate(line + 1);
            return lines.concat();
        }
    }
    words.concat()
}

fn random_item<'s>(seeds: &'s [Vec<Box<str>>], random: &mut Random) -> &'s str {
    let file = &seeds[random.below(seeds.len())];
    random.of_any(file)
}

fn compiled(text: &str, environment: &CodebaseEnvironment) -> (Checked, Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    sources.add("fuzz.u", text);
    let compiled = compiler::compile(&sources, "p", environment);
    (compiled.checked, compiled.diagnostics, sources)
}

/// What a text defines.
fn meanings(checked: &Checked) -> BTreeSet<(Name, String)> {
    let terms = checked.terms.iter().map(|term| (term.name.clone(), format!("{:?}", term.reference)));
    let types = checked.types.iter().map(|ty| (ty.name.clone(), format!("{:?}", ty.reference)));
    terms.chain(types).collect()
}

/// Takes a text through the phases.
fn try_text(text: &str, library: &Arc<Codebase>) {
    let codebase = Arc::new(Codebase::in_memory().expect("memory"));
    let environment = CodebaseEnvironment::new(codebase.clone(), library.clone());
    let (checked, problems, sources) = compiled(text, &environment);
    for problem in &problems {
        assert!(!problem.title.is_empty() && !problem.labels.is_empty(), "{problem:?}");
        diagnostic::human(problem, &sources, false);
    }
    let Ok(once) = syntax::format(Default::default(), text) else {
        assert!(!problems.is_empty(), "what cannot be formatted has a problem");
        return;
    };
    let twice = syntax::format(Default::default(), &once).expect("what was formatted parses");
    assert_eq!(twice, once, "formatting twice is formatting once");
    if !problems.is_empty() {
        return;
    }
    let (again, problems, _) = compiled(&once, &environment);
    assert_eq!(problems, [], "what was formatted checks:\n{once}");
    assert_eq!(meanings(&again), meanings(&checked), "formatting changes no hash:\n{once}");
    print_and_read(&checked, &environment);
}

/// What is printed from the core, each cycle by itself, means the same.
fn print_and_read(checked: &Checked, environment: &CodebaseEnvironment) {
    let compiled = compiler::pipeline::batch(checked, compiler::pipeline::Naming::Names);
    let mut batch = compiled;
    batch.objects.splice(0..0, environment.missing_library_objects(&checked.objects).expect("memory"));
    // Names that are given twice, or to what is too large, are other tests' business.
    if environment.codebase().add(&batch, 0).is_err() {
        return;
    }
    let mut cycles: BTreeMap<base::Hash, Vec<(Name, DefId)>> = BTreeMap::new();
    for term in &checked.terms {
        if let TermRef::Def(id) = term.reference {
            cycles.entry(id.component).or_default().push((term.name.clone(), id));
        }
    }
    for (component, names) in cycles {
        let object = environment.codebase().object(&component).expect("memory").expect("it was added");
        let ids: BTreeSet<u32> = names.iter().map(|(_, id)| id.index).collect();
        // Interchangeable members have one number and several names, of which a cycle can be printed under one only.
        if ids.len() < names.len() || ids.len() < object.terms().map_or(0, |terms| terms.len()) {
            continue;
        }
        let print =
            |(name, id): &(Name, DefId)| print::text_of(name, &object, id.index, environment).expect("a member");
        let text = names.iter().map(print).collect::<Vec<_>>().join("\n");
        let mut sources = Sources::default();
        let source = sources.add("printed.u", &*text);
        let (tree, problems) = syntax::parse(source, &text);
        assert!(problems.is_empty(), "what is printed parses: {problems:?}\n{text}");
        let again = check::check(&[tree], &sources, "p", environment);
        assert!(again.problems.is_empty(), "what is printed checks: {:?}\n{text}", again.problems);
        let found: BTreeSet<TermRef> = again.terms.iter().map(|term| term.reference).collect();
        let expected: BTreeSet<TermRef> = names.iter().map(|(_, id)| TermRef::Def(*id)).collect();
        assert_eq!(found, expected, "what is printed is the same:\n{text}");
    }
}

/// Takes a text through the phases; tells of it if that goes wrong, or takes too long.
fn watched(label: &str, text: &str, library: &Arc<Codebase>) {
    let place = std::env::temp_dir().join("unison-fuzz.u");
    std::fs::write(&place, text).expect("writable");
    let (done, is_done) = std::sync::mpsc::channel();
    let started = Instant::now();
    let (text_there, library) = (text.to_string(), library.clone());
    let thread = std::thread::Builder::new().stack_size(base::limits::COMPILER_STACK).spawn(move || {
        try_text(&text_there, &library);
        // Whoever waits for it may have given up.
        let _ = done.send(());
    });
    let waited = is_done.recv_timeout(TOO_LONG);
    if waited == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
        panic!("{label} takes longer than {:?}:\n{text}", started.elapsed());
    }
    let result = thread.expect("a thread can be started").join();
    assert!(result.is_ok(), "{label}:\n{text}");
}

#[test]
fn whatever_the_text_the_phases_end() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    let library = Arc::new(library::open(cache.path()).expect("made at first use"));
    for path in source_files("tests/seeds") {
        watched(&path.display().to_string(), &read(&path), &library);
    }
    let seeds = seeds();
    let first = number("SEED_FIRST", 1);
    for seed in first..first + 60 * number("SEED_FACTOR", 1) {
        let text = program(&seeds, &mut Random::of(seed));
        watched(&format!("seed {seed}"), &text, &library);
    }
}

/// What nests deeply, within the limits of the parser: each goes through all phases, and is printed so that it is read again.
#[test]
fn what_is_deep_is_formatted_checked_and_printed() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    let library = Arc::new(library::open(cache.path()).expect("made at first use"));
    let around = |n: usize, before: &str, after: &str| format!("f y = {}y{}\n", before.repeat(n), after.repeat(n));
    let deep = [
        around(300, "(", ")"),
        around(300, "[", "]"),
        around(300, "(1, ", ")"),
        around(300, "(Some ", ")"),
        format!("f = {}1\n", "'".repeat(300)),
        around(100, "!(do ", ")"),
        around(300, "if true then y else ", ""),
        around(200, "match y with x -> ", ""),
        around(300, "(x -> ", ")"),
        around(100, "(handle ", " with cases { r } -> r)"),
        format!("f y = y{}\n", " Nat.+ y".repeat(1_000)),
        format!("f y = y{}\n", " Text.++ \"a\"".repeat(1_000)),
        format!("f y = y{}\n", " |> Nat.increment".repeat(900)),
        format!("f y = true{}\n", " && y == 1".repeat(1_000)),
        format!("f y = true{}\n", " && y == 1 || y == 2".repeat(500)),
        format!("f y = y{}\n", " Nat.+ y Nat.* 2 Nat.- 1".repeat(300)),
        format!("f y = []{}\n", " :+ y ++ [y]".repeat(500)),
        format!("f : {}Nat\nf = todo \"\"\n", "Nat -> ".repeat(300)),
        format!("f : {}Nat{}\nf = todo \"\"\n", "[".repeat(300), "]".repeat(300)),
        format!("f = cases\n  {}x{} -> x\n  _ -> 0\n", "(Some ".repeat(200), ")".repeat(200)),
        format!("f = cases\n  {} -> 1\n  _ -> 0\n", (0..200).map(|i| format!("x{i} +: ")).collect::<String>() + "rest"),
        format!("f y =\n{}  y\n", (0..2_000).map(|i| format!("  use N{i}\n")).collect::<String>()),
        format!("f y =\n{}  x4999\n", (0..5_000).map(|i| format!("  x{i} = y Nat.+ {i}\n")).collect::<String>()),
        format!("{}{}\nf = 1\n", "{- ".repeat(3_000), " -}".repeat(3_000)),
        format!("f = {{{{ {}a{} }}}}\n", "**_".repeat(50), "_**".repeat(50)),
    ];
    for text in deep {
        watched(&text[..text.len().min(60)], &text, &library);
    }
}
