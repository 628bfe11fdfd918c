//! References and arrays that change: what they give, what is refused, and random programs of statements over them that give what the same statements give in a few lines of Rust.

mod support;

use support::run;

const PROGRAMS: u64 = 30;

fn main(body: &str) -> String {
    run(&format!(
        "(def apply (a) a (lam (f) (lam (x) (f x)))) (def modify (a a) a (lam (r f) (mutable.Ref.write r (f (mutable.Ref.read r)))))
        (def pass (a) a (lam (x) x)) (def main () a {body})"
    ))
}

#[test]
fn references_hold_what_was_written_last() {
    let counted =
        "(let ((r (IO.ref 40)) (a (modify r Nat.increment)) (b (modify r Nat.increment))) (mutable.Ref.read r))";
    assert_eq!(main(counted), "42");
    // Nothing remembers what a reference held before something was written, and nothing is written later than it stands.
    let swapped = "(let ((r (IO.ref 1)) (before (mutable.Ref.read r)) (w (mutable.Ref.write r 2)) (after (mutable.Ref.read r))) (tuple before after w))";
    assert_eq!(main(swapped), "(1, 2, ())");
    assert_eq!(main("(mutable.Scope.run (lam (_) (mutable.Ref.read (mutable.Scope.ref 7))))"), "7");
    assert_eq!(main("((apply mutable.Scope.run) (lam (_) (mutable.Ref.read ((apply mutable.Scope.ref) 7))))"), "7");
    let large = "(let ((r (IO.ref 18446744073709551615)) (w (mutable.Ref.write r (Nat.+ (mutable.Ref.read r) 8)))) (mutable.Ref.read r))";
    assert_eq!(main(large), "7");
    // Those of a loop, which holds a reference to what it made itself.
    let chain = "(letrec ((go (lam (n r) (if (Nat.eq n 0) r (go (Nat.- n 1) (IO.ref r))))))
        (letrec ((depth (lam (n r) (if (Nat.eq n 0) (mutable.Ref.read r) (depth (Nat.- n 1) (mutable.Ref.read r)))))) (depth 3000 (go 3000 (IO.ref 5)))))";
    assert_eq!(main(chain), "5");
}

#[test]
fn tickets_say_whether_a_reference_was_written() {
    let set = "(let ((r (IO.ref (list 1))) (t (IO.ref.readForCas r)) (a (IO.ref.cas r t (list 2))) (b (IO.ref.cas r t (list 3)))) (tuple (IO.ref.Ticket.read t) a b (mutable.Ref.read r)))";
    assert_eq!(main(set), "([1], true, false, [2])");
    assert_eq!(main("(IO.ref.cas (IO.ref 1) 1 2)"), "fault: expected a value of type IO.ref.Ticket");
}

#[test]
fn arrays_have_the_places_that_they_were_made_with() {
    let array = "(let ((a (IO.arrayOf 7 3)) (w (mutable.Array.unsafeWrite a 1 (list 8)))) (tuple (mutable.Array.size a) (mutable.Array.unsafeRead a 1) (mutable.Array.toList a)))";
    assert_eq!(main(array), "(3, [8], [7, [8], 7])");
    assert_eq!(main("(mutable.Array.toList (mutable.Scope.arrayOf 7 0))"), "[]");
    assert_eq!(main("(mutable.Array.unsafeRead (IO.arrayOf 7 3) 3)"), "fault: place 3 of an array of 3");
    assert_eq!(
        main("(mutable.Array.unsafeWrite (IO.arrayOf 7 3) 18446744073709551615 1)"),
        "fault: place 18446744073709551615 of an array of 3"
    );
    assert_eq!(main("(IO.arrayOf 7 18446744073709551615)"), "out of Memory");
}

#[test]
fn a_reference_is_itself_and_nothing_else() {
    assert_eq!(
        main(
            "(let ((r (IO.ref 1)) (s (IO.ref 1))) (list (Universal.== r r) (Universal.== r s) (Universal.< r s) (Universal.> r s)))"
        ),
        "[true, false, true, false]"
    );
    assert_eq!(
        main(
            "(let ((r (IO.ref 1)) (a (IO.arrayOf 1 1))) (list (Universal.== a a) (Universal.== a r) (Universal.== (tuple 1 r) (tuple 1 r))))"
        ),
        "[true, false, true]"
    );
    assert_eq!(main("(List.size (List.sort (list (IO.ref 3) (IO.ref 2))))"), "2");
    // One that holds itself is shown, compared and collected like any other.
    let cycle = "(let ((r (IO.ref 1)) (w (mutable.Ref.write r (list r))))";
    assert_eq!(
        main(&format!("{cycle} (Debug.toDebugText (tuple r (mutable.Ref.read r))))")),
        "\"(<mutable.Ref>, [<mutable.Ref>])\""
    );
    assert_eq!(main(&format!("{cycle} (Universal.== (mutable.Ref.read r) (list r)))")), "true");
    assert_eq!(main(&format!("{cycle} (List.size (mutable.Ref.read r)))")), "1");
    assert_eq!(
        main(&format!("{cycle} (Value.toJson.impl (mutable.Ref.read r)))")),
        "Left \"the value holds something mutable, which has no JSON form\""
    );
    assert_eq!(
        main(&format!("{cycle} (Value.hash r))")),
        "fault: a value of mutable.Ref has no hash: what is in it changes"
    );
}

#[test]
fn what_is_no_reference_is_a_fault() {
    for wrong in ["3", "(list 3)", "(IO.arrayOf 3 1)", "(lam (x) x)", "\"text\"", "(tuple 1 2)", "18446744073709551615"]
    {
        let fault = "fault: expected a value of type mutable.Ref";
        assert_eq!(main(&format!("(mutable.Ref.read (pass {wrong}))")), fault, "{wrong}");
        assert_eq!(main(&format!("(mutable.Ref.write (pass {wrong}) 1)")), fault, "{wrong}");
        let fault = "fault: expected a value of type mutable.Array";
        let wrong = wrong.replace("(IO.arrayOf 3 1)", "(IO.ref 3)");
        assert_eq!(main(&format!("(mutable.Array.unsafeRead (pass {wrong}) 0)")), fault, "{wrong}");
        assert_eq!(main(&format!("(mutable.Array.unsafeWrite (pass {wrong}) 0 1)")), fault, "{wrong}");
        assert_eq!(main(&format!("(mutable.Array.size (pass {wrong}))")), fault, "{wrong}");
    }
}

#[test]
fn none_leaves_its_task() {
    let fault = "fault: a mutable reference (mutable.Ref) does not leave its task: send what is in it (Ref.read), and make a new one there";
    assert_eq!(main("(IO.ref 1)"), fault);
    assert_eq!(main("(let ((r (IO.ref 1))) (list (lam (x) (mutable.Ref.read r))))"), fault);
    assert_eq!(main("(let ((r (IO.ref 1))) (IO.console.printLine r))"), fault);
    assert_eq!(main("(let ((r (IO.ref 1))) (Remote.at' (row) 1 (lam (x) (mutable.Ref.read r))))"), fault);
    let fault = "fault: a mutable array (mutable.Array) does not leave its task: send what is in it (Array.toList), and make a new one there";
    assert_eq!(main("(IO.arrayOf 1 1)"), fault);
}

// Random programs.

/// What is put somewhere: a list of numbers.
#[derive(Clone, Copy)]
enum Content {
    Numbers(u64),
    Ref(usize),
    /// Behind the reference to a reference.
    Linked,
    Place(u64),
    Local(usize),
}

#[derive(Clone, Copy)]
enum Statement {
    Write(usize, Content),
    /// So many times: a number is added behind, of which the last are kept.
    Loop(usize, u64),
    Link(usize),
    WriteLinked(Content),
    Place(u64, Content),
    Fill(u64),
    Keep(Content),
    /// What follows goes on twice.
    Choose,
}

const REFS: usize = 4;
const PLACES: u64 = 6;
const KEPT: usize = 8;

struct Generator(u64);

impl Generator {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % n
    }

    fn reference(&mut self) -> usize {
        self.below(REFS as u64) as usize
    }

    fn content(&mut self, locals: usize) -> Content {
        match self.below(6) {
            0 | 1 => Content::Numbers(self.0 >> self.below(60)),
            2 => Content::Ref(self.reference()),
            3 => Content::Linked,
            4 if locals > 0 => Content::Local(self.below(locals as u64) as usize),
            _ => Content::Place(self.below(PLACES)),
        }
    }

    fn program(seed: u64) -> Vec<Statement> {
        let mut it = Generator(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (mut locals, mut choices) = (0, 0);
        (0..8 + it.below(30))
            .map(|_| match it.below(11) {
                0 | 1 => Statement::Write(it.reference(), it.content(locals)),
                2 => Statement::Loop(it.reference(), [1, 20, 300][it.below(3) as usize]),
                3 => Statement::Link(it.reference()),
                4 => Statement::WriteLinked(it.content(locals)),
                5 | 6 => Statement::Place(it.below(PLACES), it.content(locals)),
                7 => Statement::Fill(it.below(1000)),
                8 if choices < 3 => {
                    choices += 1;
                    Statement::Choose
                }
                _ => {
                    locals += 1;
                    Statement::Keep(it.content(locals - 1))
                }
            })
            .collect()
    }
}

fn content(of: Content) -> String {
    match of {
        Content::Numbers(n) => format!("(list {n} {} (Nat.+ {n} 1))", u64::MAX - n % 7),
        Content::Ref(r) => format!("(mutable.Ref.read r{r})"),
        Content::Linked => "(mutable.Ref.read (mutable.Ref.read link))".into(),
        Content::Place(place) => format!("(mutable.Array.unsafeRead array {place})"),
        Content::Local(local) => format!("v{local}"),
    }
}

fn source(program: &[Statement]) -> String {
    let refs: String = (0..REFS).map(|r| format!("(r{r} (IO.ref (list {r}))) ")).collect();
    let mut out = format!(
        "(ability Choice (flip 0))
        (def all (a) a (lam (request) (match request
            ((request Choice.flip k) (let ((first (handle (Choice) (lam (_) (k 1)) all))) (List.++ first (handle (Choice) (lam (_) (k 2)) all))))
            ((pure x) (list x)))))
        (def add (a Nat) a (lam (r n) (if (Nat.eq n 0) unit (let ((w (mutable.Ref.write r (List.take {KEPT} (List.+: n (mutable.Ref.read r)))))) (add r (Nat.- n 1))))))
        (def fill (a Nat Nat) a (lam (a n place) (if (Nat.eq place {PLACES}) unit (let ((w (mutable.Array.unsafeWrite a place (list n place)))) (fill a n (Nat.+ place 1))))))
        (def main () a (handle (Choice) (lam (_) (let ({refs} (link (IO.ref r0)) (array (IO.arrayOf (list) {PLACES})) (self (IO.ref 0)) (w (mutable.Ref.write self self)) "
    );
    let mut locals = 0;
    for statement in program {
        out += &match *statement {
            Statement::Write(r, of) => format!("(w (mutable.Ref.write r{r} {})) ", content(of)),
            Statement::Loop(r, times) => format!("(w (add r{r} {times})) "),
            Statement::Link(r) => format!("(w (mutable.Ref.write link r{r})) "),
            Statement::WriteLinked(of) => format!("(w (mutable.Ref.write (mutable.Ref.read link) {})) ", content(of)),
            Statement::Place(place, of) => format!("(w (mutable.Array.unsafeWrite array {place} {})) ", content(of)),
            Statement::Fill(n) => format!("(w (fill array {n} 0)) "),
            Statement::Keep(of) => {
                locals += 1;
                format!("(v{} {}) ", locals - 1, content(of))
            }
            Statement::Choose => "(w (mutable.Ref.write r0 (list (do Choice.flip)))) ".into(),
        };
    }
    let shown: Vec<String> = (0..REFS).map(Content::Ref).chain((0..locals).map(Content::Local)).map(content).collect();
    out + &format!(") (tuple (mutable.Array.toList array) (list {})))) all))", shown.join(" "))
}

/// What statements change; what they keep goes both ways of a choice alike.
struct Store {
    refs: Vec<Vec<u64>>,
    link: usize,
    array: Vec<Vec<u64>>,
}

impl Store {
    fn content(&self, of: Content, locals: &[Vec<u64>]) -> Vec<u64> {
        match of {
            Content::Numbers(n) => vec![n, u64::MAX - n % 7, n.wrapping_add(1)],
            Content::Ref(r) => self.refs[r].clone(),
            Content::Linked => self.refs[self.link].clone(),
            Content::Place(place) => self.array[place as usize].clone(),
            Content::Local(local) => locals[local].clone(),
        }
    }

    fn run(&mut self, program: &[Statement], mut locals: Vec<Vec<u64>>, results: &mut Vec<String>) {
        for (at, statement) in program.iter().enumerate() {
            match *statement {
                Statement::Write(r, of) => self.refs[r] = self.content(of, &locals),
                Statement::Loop(r, times) => {
                    for n in (1..=times).rev() {
                        self.refs[r].insert(0, n);
                        self.refs[r].truncate(KEPT);
                    }
                }
                Statement::Link(r) => self.link = r,
                Statement::WriteLinked(of) => self.refs[self.link] = self.content(of, &locals),
                Statement::Place(place, of) => self.array[place as usize] = self.content(of, &locals),
                Statement::Fill(n) => self.array = (0..PLACES).map(|place| vec![n, place]).collect(),
                Statement::Keep(of) => locals.push(self.content(of, &locals)),
                Statement::Choose => {
                    for way in [1, 2] {
                        self.refs[0] = vec![way];
                        self.run(&program[at + 1..], locals.clone(), results);
                    }
                    return;
                }
            }
        }
        let shown: Vec<&Vec<u64>> = self.refs.iter().chain(&locals).collect();
        results.push(format!("({:?}, {shown:?})", self.array));
    }
}

#[test]
fn statements_give_what_they_mean_however_they_run() {
    let factor = std::env::var("SEED_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut compared = 0;
    for seed in 0..PROGRAMS * factor {
        let program = Generator::program(seed);
        let mut store = Store {
            refs: (0..REFS as u64).map(|r| vec![r]).collect(),
            link: 0,
            array: vec![Vec::new(); PLACES as usize],
        };
        let mut results = Vec::new();
        store.run(&program, Vec::new(), &mut results);
        let expected = format!("[{}]", results.join(", "));
        if expected.len() > 9_000 {
            continue;
        }
        let source = source(&program);
        let found = run(&source);
        assert!(found == expected, "seed {seed}\n{source}\nfound    {found}\nexpected {expected}");
        compared += 1;
    }
    assert!(compared > PROGRAMS / 2, "{compared} programs were compared");
}
