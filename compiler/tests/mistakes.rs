//! Mistakes planted in correct programs: one gives exactly its problem, at its line, and so do several together.
//!
//! `mistakes/*.u` are programs without a mistake, with `--! CODE text` below lines: what the line is replaced by (`\n` in it breaks the line, a `\` before
//! it keeps its indentation), and the one problem that this gives. `CODE@+1` is a problem that is told one line further down. `--!! CODE text` changes
//! what other lines of its paragraph mean, so that no other mistake is planted there; with `--!!!` it changes a declaration, and none is planted where a word of it stands.

use base::{Diagnostic, Sources, diagnostic};
use codebase::Codebase;
use compiler::{CodebaseEnvironment, library};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many programs with several mistakes are tried for each number of them; `MISTAKES_ROUNDS` is another number.
const ROUNDS: u64 = 40;

/// Words that no paragraph declares.
const BUILTIN: &[&str] =
    &["type", "ability", "where", "cases", "Nat", "Float", "Text", "IO", "Exception", "Boolean", "do", "10"];

/// How many mistakes are planted together.
const TOGETHER: &[usize] = &[2, 3, 5, 8, 13];

struct Program {
    name: String,
    lines: Vec<Line>,
}

struct Line {
    text: String,
    /// Paragraphs are what stands between empty lines.
    paragraph: usize,
    mistakes: Vec<Mistake>,
}

#[derive(Debug)]
struct Mistake {
    code: String,
    /// How many lines below its own the problem is told.
    below: isize,
    reach: Reach,
    text: String,
}

/// Where no other mistake is planted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Reach {
    Line,
    Paragraph,
    /// Paragraphs with a word of this one.
    Words,
}

/// A mistake in a program: the numbers of its line and in that.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Planted(usize, usize);

impl Program {
    fn of(name: &str, text: &str) -> Program {
        let mut program = Program { name: name.to_string(), lines: Vec::new() };
        let mut paragraph = 0;
        for text in text.lines() {
            if let Some(written) = text.strip_prefix("--!") {
                program.lines.last_mut().expect("a line above").mistakes.push(Mistake::of(written));
                continue;
            }
            paragraph += usize::from(text.is_empty());
            program.lines.push(Line { text: text.to_string(), paragraph, mistakes: Vec::new() });
        }
        program
    }

    fn mistakes(&self) -> Vec<Planted> {
        let lines = self.lines.iter().enumerate();
        lines.flat_map(|(at, line)| (0..line.mistakes.len()).map(move |which| Planted(at, which))).collect()
    }

    fn mistake(&self, planted: Planted) -> &Mistake {
        &self.lines[planted.0].mistakes[planted.1]
    }

    /// Whether both can be planted, so that neither hides the other.
    fn independent(&self, a: Planted, b: Planted) -> bool {
        let (one, other) = (self.lines[a.0].paragraph, self.lines[b.0].paragraph);
        let same = match self.mistake(a).reach.max(self.mistake(b).reach) {
            Reach::Line => a.0 == b.0,
            Reach::Paragraph => one == other,
            Reach::Words => {
                let words = |planted: Planted, paragraph: usize| {
                    self.words(paragraph).into_iter().chain(words(&self.mistake(planted).text)).collect::<BTreeSet<_>>()
                };
                one == other || !words(a, one).is_disjoint(&words(b, other))
            }
        };
        !same
    }

    /// The words of a paragraph that it may declare.
    fn words(&self, paragraph: usize) -> BTreeSet<&str> {
        let lines = self.lines.iter().filter(|line| line.paragraph == paragraph);
        lines.flat_map(|line| words(&line.text)).collect()
    }

    /// The text with these mistakes, and the problems that it should have: code and line.
    fn with(&self, planted: &[Planted]) -> (String, Vec<(usize, String)>) {
        let mut text = String::new();
        let (mut places, mut told) = (Vec::new(), Vec::new());
        for (at, line) in self.lines.iter().enumerate() {
            places.push(text.matches('\n').count() + 1);
            match planted.iter().find(|planted| planted.0 == at) {
                Some(planted) => {
                    told.push(*planted);
                    text += &self.mistake(*planted).text;
                }
                None => text += &line.text,
            }
            text.push('\n');
        }
        let problem = |planted: Planted| {
            let Mistake { code, below, text, .. } = self.mistake(planted);
            // Lines below are counted in what is planted, or in the program, so that what is planted between does not matter.
            let line = match below {
                _ if *below < text.matches('\n').count() as isize + 1 && *below >= 0 => {
                    places[planted.0] as isize + below
                }
                _ => places.get((planted.0 as isize + below) as usize).map_or(0, |line| *line as isize),
            };
            (line as usize, code.clone())
        };
        let mut problems: Vec<(usize, String)> = told.into_iter().map(problem).collect();
        problems.sort();
        (text, problems)
    }
}

impl Mistake {
    fn of(written: &str) -> Mistake {
        let reach = match written.len() - written.trim_start_matches('!').len() {
            0 => Reach::Line,
            1 => Reach::Paragraph,
            _ => Reach::Words,
        };
        let written = written.trim_start_matches('!').trim_start();
        let (code, text) = written.split_once(' ').unwrap_or((written, ""));
        let (code, below) = code.split_once('@').unwrap_or((code, "0"));
        let text = text.strip_prefix('\\').unwrap_or(text).replace("\\n", "\n").replace("\\t", "\t");
        Mistake { code: code.to_string(), below: below.parse().expect("a number of lines"), reach, text }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '\''));
    words.filter(|word| word.len() > 1 && !BUILTIN.contains(word))
}

struct Checker {
    environment: CodebaseEnvironment,
}

impl Checker {
    fn new() -> Checker {
        let cache = tempfile::tempdir().expect("a temporary directory");
        let library = library::open(cache.path()).expect("made at first use");
        let codebase = Codebase::in_memory().expect("memory");
        Checker { environment: CodebaseEnvironment::new(Arc::new(codebase), Arc::new(library)) }
    }

    /// Nothing if the program has exactly the problems that these mistakes are; else what it has, and what it should have.
    fn failure(&self, program: &Program, planted: &[Planted]) -> Option<String> {
        let (text, expected) = program.with(planted);
        let mut sources = Sources::default();
        sources.add(program.name.as_str(), text.as_str());
        let found = compiler::compile(&sources, "", &self.environment).diagnostics;
        let line = |found: &Diagnostic| {
            found.labels.first().map_or(0, |label| sources.line_column(label.span.source, label.span.start).0)
        };
        let told: Vec<(usize, String)> = found.iter().map(|found| (line(found), found.code.to_string())).collect();
        assert!(told.iter().map(|(line, _)| line).is_sorted(), "problems stand in source order");
        let mut sorted = told.clone();
        sorted.sort();
        if sorted == expected {
            return None;
        }
        let planted: Vec<String> = planted
            .iter()
            .map(|planted| format!("{} {}", program.mistake(*planted).code, program.mistake(*planted).text))
            .collect();
        let shown = match std::env::var("MISTAKES_BRIEF") {
            Ok(_) => found
                .iter()
                .map(|f| {
                    format!("   {} {}: {}\n      {}\n", line(f), f.code, f.title, f.hint.clone().unwrap_or_default())
                })
                .collect::<String>(),
            Err(_) => found.iter().map(|found| diagnostic::human(found, &sources, false)).collect(),
        };
        Some(format!("{}: planted\n{}\nexpected {expected:?}\n{shown}\n", program.name, planted.join("\n")))
    }
}

/// A generator of numbers (splitmix), so that a seed says which mistakes are planted.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// So many independent mistakes, or as many as there is room for.
    fn plant(&mut self, program: &Program, count: usize) -> Vec<Planted> {
        let mut left = program.mistakes();
        let mut planted: Vec<Planted> = Vec::new();
        while planted.len() < count && !left.is_empty() {
            let next = left.swap_remove(self.below(left.len()));
            if planted.iter().all(|other| program.independent(*other, next)) {
                planted.push(next);
            }
        }
        planted.sort();
        planted
    }
}

fn programs() -> Vec<Program> {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let files = std::fs::read_dir(directory).expect("readable").map(|entry| entry.expect("readable").path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    let program = |path: &std::path::PathBuf| {
        let name = path.file_name().expect("a file").to_string_lossy();
        Program::of(&name, &std::fs::read_to_string(path).expect("text"))
    };
    files.iter().map(program).collect()
}

#[test]
fn each_mistake_is_one_problem() {
    let failures = compiler::on_compiler_stack(|| {
        let checker = Checker::new();
        let mut failures = Vec::new();
        for program in programs() {
            failures.extend(checker.failure(&program, &[]));
            failures.extend(program.mistakes().into_iter().filter_map(|planted| checker.failure(&program, &[planted])));
        }
        failures
    });
    assert!(failures.is_empty(), "{} of them are not:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn several_mistakes_are_as_many_problems() {
    let rounds = std::env::var("MISTAKES_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    let failures = compiler::on_compiler_stack(|| {
        let checker = Checker::new();
        let mut failures = Vec::new();
        for program in programs() {
            for (count, seed) in TOGETHER.iter().flat_map(|count| (0..rounds).map(move |seed| (*count, seed))) {
                let planted = Random(seed * 31 + count as u64).plant(&program, count);
                let failure = checker.failure(&program, &planted);
                failures.extend(failure.map(|failure| format!("{count} mistakes, seed {seed}, {failure}")));
            }
        }
        failures
    });
    let first = failures.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} programs have others:\n{first}", failures.len());
}
