//! Whatever the source, the checker ends, and without a panic: programs are damaged at random places, from a seed.

mod support;

use support::library::Library;
use support::on_compiler_stack;

/// A xorshift generator.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// Replaces, removes or doubles some words.
fn damaged(text: &str, random: &mut Random) -> String {
    let mut words: Vec<&str> = text.split_inclusive(|c: char| !c.is_alphanumeric()).collect();
    for _ in 0..1 + random.below(4) {
        let (at, other) = (random.below(words.len()), random.below(words.len()));
        match random.below(3) {
            0 => words[at] = words[other],
            1 => words[at] = "",
            _ => words.insert(at, words[other]),
        }
    }
    words.concat()
}

/// How many times as many seeds as usual: `.ci/deep` sets it.
fn seed_factor() -> u64 {
    std::env::var("SEED_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

#[test]
fn damaged_programs_are_checked_to_the_end() {
    on_compiler_stack(|| {
        for seed in 1..=25 * seed_factor() {
            let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let (path, text) = stdlib::FILES[random.below(stdlib::FILES.len())];
            let text = damaged(text, &mut random);
            let mut sources = base::Sources::default();
            let mut trees = Vec::new();
            for (other, library) in stdlib::FILES {
                let text = if *other == path { &text } else { *library };
                trees.push(syntax::parse(sources.add(*other, text), text).0);
            }
            let checked = check::check(&trees, &sources, "test", &Library::default());
            for problem in &checked.problems {
                let diagnostic = problem.render();
                assert!(!diagnostic.title.is_empty() && !diagnostic.labels.is_empty(), "seed {seed}: {problem:?}");
            }
            // What is handed on is whole.
            let library = Library::default().with(&checked);
            for term in &checked.terms {
                let body = library.body(term.reference).expect("what was checked is an object");
                support::show::term(&body, &library);
            }
        }
    });
}
