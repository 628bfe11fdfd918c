//! Any text is parsed: no panic, no endless loop, no deep recursion, and every place lies inside the text.

use base::SourceId;
use std::time::{Duration, Instant};
use syntax::token::Token;

const SEEDS: [&str; 6] = [
    "f : Nat -> '{IO, e} [Text]\nf x = match x with\n  Some (a, _) | a > 1 -> foo a + 2 * b\n              | otherwise -> [1, 2]\n  None -> do\n    y <- g !x\n    (p, q) = y\n    if p then 'q else r ()\n",
    "namespace a.b\nuse List map +\ntype T a = A a | B { x : Nat }\nunique[g] type R = { x : Nat, y : a -> b }\nability S where\n  op : Nat ->{S} ()\n  (+) : a\n",
    "h s = handle !s with cases\n  { a } -> a\n  { Store.put v -> k } -> handle k () with h v\n> h 1\ntest> t = let\n  x = \"λ\\n\" ++ \"\"\"\n    raw\n    \"\"\"\n  x\n",
    "prog = at node1 (foldLeft (acc x -> acc + x) 0 [ +1, -1\n  , ?a, 0xs00ff, 1.5e3 ]) |> f\n{- c {- d -} -} -- e\n{{ doc }}\nz = #abc || `match` && true\n",
    "g : forall a. ({g} a) -> Remote a ->{Remote .. e} ()\ng = let x = 1; y = 2; x\nk a b@(c +: d) = cases 0, _ -> x@y; [] :+ z, e -> (typeLink Foo : Bar)\n",
    "a +++ b = c ->{} d ==> e @rewrite £ 😀 ''' !! ) ] } ( [ { ; , . .. = : | <- -> \" ---\n",
];

/// A small generator, so that a failure can be repeated from its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A piece of one of the seeds.
fn piece(random: &mut Random) -> &'static str {
    let seed = SEEDS[random.below(SEEDS.len())];
    let start = boundary(seed, random.below(seed.len()));
    let end = boundary(seed, (start + 1 + random.below(30)).min(seed.len()));
    &seed[start..end.max(start)]
}

/// Pieces of seeds put into one of them, or put for pieces of it.
fn mutate(random: &mut Random) -> String {
    let mut text = SEEDS[random.below(SEEDS.len())].to_string();
    for _ in 0..=random.below(4) {
        let start = boundary(&text, random.below(text.len() + 1));
        let end = boundary(&text, (start + random.below(12)).min(text.len()));
        text.replace_range(start..end.max(start), if random.below(3) == 0 { "" } else { piece(random) });
    }
    text
}

/// Tokens in order, and nothing but blanks and comments between them (and behind them, unless the file was ended by `---`).
fn check_tokens(text: &str, tokens: &[Token]) {
    let mut rebuilt = String::new();
    for token in tokens {
        let (start, end) = (token.span.start as usize, token.span.end as usize);
        assert!(start < end, "empty token in {text:?}");
        let trivia = &text[rebuilt.len()..start];
        assert!(is_trivia(trivia), "{trivia:?} is lost from {text:?}");
        rebuilt += trivia;
        rebuilt += &text[start..end];
    }
    let rest = &text[rebuilt.len()..];
    assert!(is_trivia(rest) || rest.contains("---"), "{rest:?} is lost from {text:?}");
    assert_eq!(rebuilt + rest, text);
}

fn is_trivia(text: &str) -> bool {
    text.lines().all(|line| {
        let line = line.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\x0c']);
        line.is_empty() || line.starts_with("--") || text.contains("{-")
    })
}

/// Every `Span` that is printed with the value lies in the text, on character boundaries.
fn check_spans(text: &str, printed: &str) {
    for part in printed.split("Span { source: SourceId(0), start: ").skip(1) {
        let (start, rest) = part.split_once(", end: ").expect("the form of a printed span");
        let end = rest.split_once(' ').expect("the form of a printed span").0;
        let (start, end): (usize, usize) = (start.parse().expect("a number"), end.parse().expect("a number"));
        assert!(text.get(start..end).is_some(), "{start}..{end} does not fit {text:?}");
    }
}

fn check(text: &str) {
    let (file, problems) = syntax::parse(SourceId(0), text);
    check_tokens(text, &file.tokens);
    check_spans(text, &format!("{file:?} {problems:?}"));
    let mut end = 0;
    for item in &file.items {
        assert!(item.tokens.start >= end && item.tokens.end > item.tokens.start, "tokens of items overlap in {text:?}");
        end = item.tokens.end;
        assert_eq!(file.tokens[item.tokens.start].span.start, item.span.start, "{item:?} {text:?}");
    }
    assert!(end <= file.tokens.len());
    for problem in &problems {
        let rendered = problem.render();
        assert!(!rendered.labels.is_empty() && rendered.hint.is_some(), "{rendered:?}");
    }
    syntax::parse_expr(SourceId(0), text);
}

/// How many times as many seeds as usual: `.ci/deep` sets it.
fn seed_factor() -> u64 {
    std::env::var("SEED_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

#[test]
fn mutated_programs() {
    SEEDS.iter().for_each(|seed| check(seed));
    for seed in 0..4_000 * seed_factor() {
        let text = mutate(&mut Random(seed));
        let result = std::panic::catch_unwind(|| check(&text));
        assert!(result.is_ok(), "seed {seed}: {text:?}");
    }
}

#[test]
fn noise() {
    let alphabet: Vec<char> = "ab A.1'\"`?\\!@#$%^&*()[]{}<>|:;,=-+~/\n\n  λ😀\u{0}\u{feff}\t".chars().collect();
    for seed in 0..2_000 * seed_factor() {
        let mut random = Random(seed);
        let text: String = (0..random.below(80)).map(|_| alphabet[random.below(alphabet.len())]).collect();
        let result = std::panic::catch_unwind(|| check(&text));
        assert!(result.is_ok(), "seed {seed}: {text:?}");
    }
}

/// Much of anything ends soon, on the small stack of a test.
#[test]
fn repetition() {
    let units = [
        "(",
        ")",
        "[",
        "{",
        "}",
        "'",
        "!",
        "''(",
        "a + ",
        "a -> ",
        "x = ",
        "x = f (\n",
        "do ",
        "let ",
        "if ",
        "if a then b else ",
        "match a with b -> ",
        "cases a -> ",
        "handle ",
        "with ",
        "{-",
        "{{",
        "\"",
        "\"\"\" ",
        "`",
        "?",
        "; ",
        ", ",
        "a.",
        "x : ",
        "forall a. ",
        "type T = ",
        "ability A where ",
        "use ",
        "> ",
        "test> ",
        "a@",
        "|",
        "a | ",
        "f() ",
        "()",
        "f ()()",
        "\n",
        "a\n",
        " a\n",
        "£",
        "\u{0}",
        "---",
        "0x",
        "1",
        "+1",
        "{g} ",
        "'{g} ",
        "a = 1 +\n",
        "(]",
        "@rewrite ",
        "x <- ",
        "_ ",
        ":+ ",
        "\"\\q\"",
        "a\n  b\n",
        "f = (1 + 2 * [3, 4])\n",
        "= begin ",
        "class A {\n",
        "x := 1\n",
        "f\"{}\" ",
        "(fun x -> ",
        "[a | ",
        "[a for ",
        "x = 1 where ",
        "for x in ",
        "A<",
        "try {",
        "(|a| ",
        "a `b` ",
        "/* ",
        "end\n",
    ];
    for unit in units {
        for prefix in ["", "a : ", "a = ", "a = (", "a =\n  "] {
            repeat(prefix, unit, 1 << 14);
        }
    }
    for unit in ["(", "a.", "{-", "\"\"\" ", "a + ", "if a then b else ", "(]", "a\n", "£"] {
        repeat("", unit, 1 << 20);
    }
}

fn repeat(prefix: &str, unit: &str, size: usize) {
    let text = format!("{prefix}{}", unit.repeat(size / unit.len()));
    let start = Instant::now();
    let (file, problems) = syntax::parse(SourceId(0), &text);
    drop(file);
    assert!(start.elapsed() < Duration::from_secs(30), "{prefix}{unit} took {:?}", start.elapsed());
    assert!(problems.len() <= 200);
}

/// What is as deep as it may be is read, and one level more is refused.
#[test]
fn the_limits_of_depth() {
    let accepted = |text: String| syntax::parse(SourceId(0), &text).1.is_empty();
    let nested = |n: usize| format!("a = {}x{}", "(".repeat(n), ")".repeat(n));
    assert!(accepted(nested(900)));
    assert!(!accepted(nested(1_100)));
    let chained = |n: usize| format!("a = x{}", " + x".repeat(n));
    assert!(accepted(chained(syntax::measure::OPERATORS_MAX)));
    assert!(!accepted(chained(syntax::measure::OPERATORS_MAX + 1)));
    let prefixed = |n: usize| format!("a = {}x", "'".repeat(n));
    assert!(accepted(prefixed(900)));
    assert!(!accepted(prefixed(1_100)));
    let arrows = |n: usize| format!("a : {}x\na = 1", "x -> ".repeat(n));
    assert!(accepted(arrows(900)));
    assert!(!accepted(arrows(1_100)));
    let else_if = |n: usize| format!("a = {}x", "if x then x else ".repeat(n));
    assert!(accepted(else_if(900)));
    assert!(!accepted(else_if(1_100)));
    let called = |n: usize| format!("a f = f{}", " x".repeat(n - 1));
    assert!(accepted(called(syntax::measure::PARTS_MAX - 1)));
    assert!(!accepted(called(syntax::measure::PARTS_MAX + 1)));
    let named = |n: usize| format!("a = {}", "b".repeat(n));
    assert!(accepted(named(syntax::measure::NAME_MAX)));
    assert!(!accepted(named(syntax::measure::NAME_MAX + 1)));
    let tuple = |n: usize| format!("a = (1{})", ", 1".repeat(n - 1));
    assert!(accepted(tuple(62)));
    assert!(!accepted(tuple(63)));
    // Wide is not deep.
    assert!(accepted(format!("a = [{}]", "('x, y -> y + y), ".repeat(20_000))));
    assert!(accepted("a x = if 'x then (x + 1) else [x]\n".repeat(2_000)));
}

/// A deep error does not hide the definitions around it.
#[test]
fn too_deep_is_one_problem() {
    let text = format!("a = 1\nb = {}\nc = {} 1\nd = 2\n", "(".repeat(5_000), "1 + ".repeat(6_000));
    let (file, problems) = syntax::parse(SourceId(0), &text);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert_eq!(file.items.len(), 4, "`b` and `c` have a hole for their body");
}
