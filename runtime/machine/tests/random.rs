//! Random programs over numbers, lists, texts and bytes, with loops, functions of many parameters, constants, choices that are resumed twice, and moves between nodes: however they
//! run, they give what the same program gives in a few lines of Rust that know nothing of machines.

mod support;

use ir::CodeId;
use machine::Task;
use std::fmt::Write;
use std::sync::Mutex;
use std::thread;
use support::{World, id_of};

const PROGRAMS: u64 = 15;
/// Programs that choose more often would take too long.
const CHOICES_MAX: usize = 5;
/// Nor may values grow without bounds.
const SIZE_MAX: usize = 5_000;

/// How many times as many seeds as usual: `.ci/deep` sets it.
fn seed_factor() -> u64 {
    std::env::var("SEED_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Ty {
    Nat,
    List,
    Text,
    Bytes,
}

const TYPES: [Ty; 4] = [Ty::Nat, Ty::List, Ty::Text, Ty::Bytes];

#[derive(Clone, PartialEq, Debug)]
enum Value {
    Nat(u64),
    List(Vec<u64>),
    Text(String),
    Bytes(Vec<u8>),
}

#[derive(Debug)]
enum Term {
    Literal(Value),
    Var(usize),
    /// A builtin.
    Op(&'static str, Vec<Term>),
    /// The variable, what it is, where it is used.
    Let(usize, Box<Term>, Box<Term>),
    /// Whether one number is below another.
    Less(Box<[Term; 4]>),
    /// So many times: the number of the round, what is carried on, its start, and the next.
    Loop(u64, usize, usize, Box<Term>, Box<Term>),
    Call(usize, Vec<Term>),
    Constant(usize),
    Choose,
    /// Goes on at another node.
    Move(Box<Term>),
    /// Cases of a type of many constructors, by a number; the last is the default.
    Switch(Box<Term>, Vec<Term>),
}

struct Function {
    params: Vec<(usize, Ty)>,
    ret: Ty,
    body: Term,
}

struct Program {
    functions: Vec<Function>,
    constants: Vec<(Ty, Term)>,
    main: Vec<Term>,
}

/// Constructors of the type that programs match on.
const SHAPES: u64 = 12;

struct Generator {
    seed: u64,
    names: usize,
    scope: Vec<(usize, Ty)>,
    /// Of the functions and constants that there are.
    signatures: Vec<(Vec<Ty>, Ty)>,
    constants: Vec<Ty>,
    /// Whether it may choose and move here.
    effects: bool,
}

impl Generator {
    fn below(&mut self, n: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        (self.seed >> 8) % n
    }

    fn ty(&mut self) -> Ty {
        TYPES[self.below(4) as usize]
    }

    fn name(&mut self) -> usize {
        self.names += 1;
        self.names
    }

    fn program(seed: u64) -> Program {
        let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let (scope, signatures, constants) = (Vec::new(), Vec::new(), Vec::new());
        let mut it = Generator { seed, names: 0, scope, signatures, constants, effects: false };
        let constants = (0..3).map(|_| {
            let ty = it.ty();
            let term = it.term(ty, 3);
            it.constants.push(ty);
            (ty, term)
        });
        let constants = constants.collect();
        it.effects = true;
        let functions = (0..3).map(|_| it.function());
        let functions = functions.collect();
        let main = TYPES.map(|ty| it.term(ty, 5)).into();
        Program { functions, constants, main }
    }

    fn function(&mut self) -> Function {
        let count = [1, 3, 6, 40, 120][self.below(5) as usize];
        let params: Vec<(usize, Ty)> = (0..count).map(|_| (self.name(), self.ty())).collect();
        let ret = self.ty();
        self.scope = params.clone();
        let body = self.term(ret, 4);
        self.scope.clear();
        self.signatures.push((params.iter().map(|param| param.1).collect(), ret));
        Function { params, ret, body }
    }

    fn term(&mut self, ty: Ty, depth: usize) -> Term {
        let known: Vec<usize> = self.scope.iter().filter(|var| var.1 == ty).map(|var| var.0).collect();
        if !known.is_empty() && (depth == 0 || self.below(100) < 35) {
            return Term::Var(known[known.len() - 1 - self.below(known.len().min(4) as u64) as usize]);
        }
        if depth == 0 {
            return self.literal(ty);
        }
        let depth = depth - 1;
        match self.below(20) {
            0..=3 => {
                let (name, bound) = (self.name(), self.ty());
                let value = self.term(bound, depth);
                self.scope.push((name, bound));
                let body = self.term(ty, depth);
                self.scope.pop();
                Term::Let(name, Box::new(value), Box::new(body))
            }
            4 => {
                let [a, b] = [Ty::Nat, Ty::Nat].map(|ty| self.term(ty, depth));
                let [yes, no] = [ty, ty].map(|ty| self.term(ty, depth));
                Term::Less(Box::new([a, b, yes, no]))
            }
            5..=7 => {
                let start = self.term(ty, depth);
                let (round, carried) = (self.name(), self.name());
                self.scope.extend([(round, Ty::Nat), (carried, ty)]);
                let next = self.term(ty, depth);
                self.scope.truncate(self.scope.len() - 2);
                let times = [1, 2, 5, 40][self.below(4) as usize];
                Term::Loop(times, round, carried, Box::new(start), Box::new(next))
            }
            8 | 9 => {
                let fitting: Vec<usize> = (0..self.signatures.len()).filter(|i| self.signatures[*i].1 == ty).collect();
                if fitting.is_empty() || !self.effects {
                    return self.op(ty, depth);
                }
                let function = fitting[self.below(fitting.len() as u64) as usize];
                let params = self.signatures[function].0.clone();
                let depth = if params.len() > 10 { 0 } else { depth.min(2) };
                Term::Call(function, params.iter().map(|param| self.term(*param, depth)).collect())
            }
            10 => match (0..self.constants.len()).find(|i| self.constants[*i] == ty) {
                Some(constant) => Term::Constant(constant),
                None => self.op(ty, depth),
            },
            11 if self.effects && ty == Ty::Nat => Term::Choose,
            12 if self.effects => Term::Move(Box::new(self.term(ty, depth))),
            13 => {
                let on = self.term(Ty::Nat, depth);
                let cases = 2 + self.below(SHAPES - 1);
                Term::Switch(Box::new(on), (0..cases).map(|_| self.term(ty, depth.min(2))).collect())
            }
            _ => self.op(ty, depth),
        }
    }

    fn literal(&mut self, ty: Ty) -> Term {
        let len = [0, 1, 3, 7, 20, 40, 70][self.below(7) as usize];
        Term::Literal(match ty {
            Ty::Nat => Value::Nat(self.seed >> (8 + self.below(56))),
            Ty::List => Value::List((0..len).map(|i| (i * self.names as u64) % 100).collect()),
            Ty::Text => Value::Text("aé☃x".chars().cycle().skip(self.below(4) as usize).take(len as usize).collect()),
            Ty::Bytes => Value::Bytes((0..len).map(|i| (i * 7) as u8).collect()),
        })
    }

    fn op(&mut self, ty: Ty, depth: usize) -> Term {
        let ops: &[(&str, &[Ty])] = match ty {
            Ty::Nat => &[
                ("Nat.+", &[Ty::Nat, Ty::Nat]),
                ("Nat.*", &[Ty::Nat, Ty::Nat]),
                ("Nat.-", &[Ty::Nat, Ty::Nat]),
                ("List.size", &[Ty::List]),
                ("Text.size", &[Ty::Text]),
                ("Bytes.size", &[Ty::Bytes]),
                ("at", &[Ty::Nat, Ty::List]),
            ],
            Ty::List => &[
                ("List.++", &[Ty::List, Ty::List]),
                ("List.:+", &[Ty::List, Ty::Nat]),
                ("List.:+", &[Ty::List, Ty::Nat]),
                ("List.+:", &[Ty::Nat, Ty::List]),
                ("List.+:", &[Ty::Nat, Ty::List]),
                ("List.take", &[Ty::Nat, Ty::List]),
                ("List.drop", &[Ty::Nat, Ty::List]),
                ("List.insertAt", &[Ty::Nat, Ty::Nat, Ty::List]),
                ("List.replace", &[Ty::Nat, Ty::Nat, Ty::List]),
                ("List.deleteAt", &[Ty::Nat, Ty::List]),
                ("List.reverse", &[Ty::List]),
                ("List.sort", &[Ty::List]),
            ],
            Ty::Text => &[
                ("Text.++", &[Ty::Text, Ty::Text]),
                ("Text.++", &[Ty::Text, Ty::Text]),
                ("Text.take", &[Ty::Nat, Ty::Text]),
                ("Text.drop", &[Ty::Nat, Ty::Text]),
                ("Text.reverse", &[Ty::Text]),
            ],
            Ty::Bytes => &[
                ("Bytes.++", &[Ty::Bytes, Ty::Bytes]),
                ("Bytes.++", &[Ty::Bytes, Ty::Bytes]),
                ("Bytes.take", &[Ty::Nat, Ty::Bytes]),
                ("Bytes.drop", &[Ty::Nat, Ty::Bytes]),
            ],
        };
        let (name, params) = ops[self.below(ops.len() as u64) as usize];
        let short = name.ends_with("take") || name.ends_with("drop") || name == "at";
        let args = params.iter().map(|param| match *param {
            Ty::Nat if short && self.below(2) == 0 => Term::Literal(Value::Nat(self.below(40))),
            param => self.term(param, depth),
        });
        Term::Op(name, args.collect())
    }
}

// As text for the machine.

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Nat(n) => write!(out, "{n}"),
        Value::List(list) => write!(out, "(list {})", list.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")),
        Value::Text(text) => write!(out, "\"{text}\""),
        Value::Bytes(bytes) => write!(out, "0xs{}", hex(bytes)),
    }
    .expect("text is written");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn source(term: &Term) -> String {
    let all = |terms: &[Term]| terms.iter().map(source).collect::<Vec<_>>().join(" ");
    match term {
        Term::Literal(value) => {
            let mut out = String::new();
            write_value(value, &mut out);
            out
        }
        Term::Var(name) => format!("v{name}"),
        Term::Op("at", args) => {
            format!("(match (List.at {}) ((Optional.Some found) found) ((Optional.None) 77))", all(args))
        }
        Term::Op(name, args) => format!("({name} {})", all(args)),
        Term::Let(name, value, body) => format!("(let ((v{name} {})) {})", source(value), source(body)),
        Term::Less(parts) => {
            let [a, b, yes, no] = &**parts;
            format!("(if (Nat.lt {} {}) {} {})", source(a), source(b), source(yes), source(no))
        }
        Term::Loop(times, round, carried, start, next) => format!(
            "(letrec ((go{round} (lam (v{round} v{carried}) (if (Nat.eq v{round} 0) v{carried} (go{round} (Nat.- v{round} 1) {}))))) (go{round} {times} {}))",
            source(next),
            source(start)
        ),
        Term::Call(function, args) => format!("(function{function} {})", all(args)),
        Term::Constant(constant) => format!("constant{constant}"),
        Term::Choose => "(if (do Choice.flip) 1 0)".into(),
        Term::Move(body) => format!("(let ((moved (Remote.transfer 1))) {})", source(body)),
        Term::Switch(on, cases) => {
            let (last, cases) = cases.split_last().expect("there are some");
            let cases = cases.iter().enumerate().map(|(i, case)| format!("((Shape.S{i}) {})", source(case)));
            let cases = cases.collect::<Vec<_>>().join(" ");
            format!("(match (shape (Nat.mod {} {SHAPES})) {cases} (_ {}))", source(on), source(last))
        }
    }
}

fn type_name(ty: Ty) -> &'static str {
    if ty == Ty::Nat { "Nat" } else { "a" }
}

impl Program {
    fn source(&self) -> String {
        let shapes: String = (0..SHAPES).map(|i| format!("(S{i}) ")).collect();
        let which =
            (0..SHAPES).fold("Shape.S0".to_string(), |rest, i| format!("(if (Nat.eq n {i}) Shape.S{i} {rest})"));
        let mut out = format!(
            "(ability Choice (flip 0)) (type Shape {shapes}) (def shape (Nat) a (lam (n) {which}))
            (def all (a) a (lam (request) (match request
                ((request Choice.flip k) (List.++ (handle (Choice) (lam (_) (k true)) all) (handle (Choice) (lam (_) (k false)) all)))
                ((pure x) (list x)))))\n"
        );
        for (i, (ty, term)) in self.constants.iter().enumerate() {
            out += &format!("(def constant{i} () {} {})\n", type_name(*ty), source(term));
        }
        for (i, Function { params, ret, body }) in self.functions.iter().enumerate() {
            let types: Vec<&str> = params.iter().map(|param| type_name(param.1)).collect();
            let names: Vec<String> = params.iter().map(|param| format!("v{}", param.0)).collect();
            let (types, names, ret) = (types.join(" "), names.join(" "), type_name(*ret));
            out += &format!("(def function{i} ({types}) {ret} (lam ({names}) {}))\n", source(body));
        }
        let main: Vec<String> = self.main.iter().map(source).collect();
        out + &format!("(def main () a (handle (Choice) (lam (_) (tuple {})) all))", main.join(" "))
    }
}

// In Rust.

/// Something is too long for a test.
struct TooMuch;

struct Evaluator<'a> {
    program: &'a Program,
    vars: Vec<(usize, Value)>,
    choices: &'a mut Vec<bool>,
    chosen: usize,
    steps: usize,
}

impl Evaluator<'_> {
    fn eval(&mut self, term: &Term) -> Result<Value, TooMuch> {
        self.steps += 1;
        if self.steps > 20_000 {
            return Err(TooMuch);
        }
        match term {
            Term::Literal(value) => Ok(value.clone()),
            Term::Var(name) => Ok(self.vars.iter().rev().find(|var| var.0 == *name).expect("it is bound").1.clone()),
            Term::Op(name, args) => {
                let args = args.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>, _>>()?;
                op(name, args)
            }
            Term::Let(name, value, body) => {
                let value = self.eval(value)?;
                self.with([(*name, value)], body)
            }
            Term::Less(parts) => {
                let [a, b, yes, no] = &**parts;
                let (a, b) = (self.nat(a)?, self.nat(b)?);
                self.eval(if a < b { yes } else { no })
            }
            Term::Loop(times, round, carried, start, next) => {
                let mut value = self.eval(start)?;
                for left in (1..=*times).rev() {
                    value = self.with([(*round, Value::Nat(left)), (*carried, value)], next)?;
                }
                Ok(value)
            }
            Term::Call(function, args) => {
                let args = args.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>, _>>()?;
                let function = &self.program.functions[*function];
                let outside = std::mem::take(&mut self.vars);
                let params = function.params.iter().map(|param| param.0);
                let result = self.with(params.zip(args), &function.body);
                self.vars = outside;
                result
            }
            Term::Constant(constant) => {
                let outside = std::mem::take(&mut self.vars);
                let result = self.eval(&self.program.constants[*constant].1);
                self.vars = outside;
                result
            }
            Term::Choose => {
                if self.chosen == self.choices.len() {
                    self.choices.push(true);
                }
                self.chosen += 1;
                if self.chosen > CHOICES_MAX {
                    return Err(TooMuch);
                }
                Ok(Value::Nat(u64::from(self.choices[self.chosen - 1])))
            }
            Term::Move(body) => self.eval(body),
            Term::Switch(on, cases) => {
                let on = (self.nat(on)? % SHAPES) as usize;
                self.eval(&cases[on.min(cases.len() - 1)])
            }
        }
    }

    fn with(&mut self, vars: impl IntoIterator<Item = (usize, Value)>, body: &Term) -> Result<Value, TooMuch> {
        let outside = self.vars.len();
        self.vars.extend(vars);
        let result = self.eval(body);
        self.vars.truncate(outside);
        result
    }

    fn nat(&mut self, term: &Term) -> Result<u64, TooMuch> {
        match self.eval(term)? {
            Value::Nat(n) => Ok(n),
            other => panic!("{other:?}"),
        }
    }
}

fn op(name: &str, args: Vec<Value>) -> Result<Value, TooMuch> {
    use Value::{Bytes, List, Nat, Text};
    let clamp = |n: u64, len: usize| usize::try_from(n).unwrap_or(usize::MAX).min(len);
    let both = |mut a: Vec<u64>, b: Vec<u64>| {
        a.extend(b);
        List(a)
    };
    let inserted = |i: u64, element: u64, mut list: Vec<u64>| {
        list.insert(clamp(i, list.len()), element);
        List(list)
    };
    let spliced = |i: u64, list: &[u64], elements: &[u64]| {
        let at = clamp(i, list.len());
        if at == list.len() { List(list.to_vec()) } else { List([&list[..at], elements, &list[at + 1..]].concat()) }
    };
    let value = match (name, <[Value; 2]>::try_from(args)) {
        ("Nat.+", Ok([Nat(a), Nat(b)])) => Nat(a.wrapping_add(b)),
        ("Nat.*", Ok([Nat(a), Nat(b)])) => Nat(a.wrapping_mul(b)),
        ("Nat.-", Ok([Nat(a), Nat(b)])) => Nat(a.saturating_sub(b)),
        ("at", Ok([Nat(i), List(list)])) => {
            Nat(usize::try_from(i).ok().and_then(|i| list.get(i)).copied().unwrap_or(77))
        }
        ("List.++", Ok([List(a), List(b)])) => both(a, b),
        ("List.:+", Ok([List(a), Nat(b)])) => both(a, vec![b]),
        ("List.+:", Ok([Nat(a), List(b)])) => both(vec![a], b),
        ("List.take", Ok([Nat(n), List(list)])) => List(list[..clamp(n, list.len())].to_vec()),
        ("List.drop", Ok([Nat(n), List(list)])) => List(list[clamp(n, list.len())..].to_vec()),
        ("List.deleteAt", Ok([Nat(n), List(list)])) => spliced(n, &list, &[]),
        ("Text.++", Ok([Text(a), Text(b)])) => Text(a + &b),
        ("Text.take", Ok([Nat(n), Text(text)])) => Text(text.chars().take(clamp(n, usize::MAX)).collect()),
        ("Text.drop", Ok([Nat(n), Text(text)])) => Text(text.chars().skip(clamp(n, usize::MAX)).collect()),
        ("Bytes.++", Ok([Bytes(a), Bytes(b)])) => Bytes([a, b].concat()),
        ("Bytes.take", Ok([Nat(n), Bytes(bytes)])) => Bytes(bytes[..clamp(n, bytes.len())].to_vec()),
        ("Bytes.drop", Ok([Nat(n), Bytes(bytes)])) => Bytes(bytes[clamp(n, bytes.len())..].to_vec()),
        (name, Err(args)) if args.len() == 3 => match (name, &args[..]) {
            ("List.insertAt", [Nat(i), Nat(element), List(list)]) => inserted(*i, *element, list.clone()),
            ("List.replace", [Nat(i), Nat(element), List(list)]) => spliced(*i, list, &[*element]),
            other => panic!("{other:?}"),
        },
        (name, Err(args)) => match (name, &args[0]) {
            ("List.size", List(list)) => Nat(list.len() as u64),
            ("Text.size", Text(text)) => Nat(text.chars().count() as u64),
            ("Bytes.size", Bytes(bytes)) => Nat(bytes.len() as u64),
            ("List.reverse", List(list)) => List(list.iter().rev().copied().collect()),
            ("List.sort", List(list)) => {
                let mut list = list.clone();
                list.sort();
                List(list)
            }
            ("Text.reverse", Text(text)) => Text(text.chars().rev().collect()),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    let size = match &value {
        Nat(_) => 0,
        List(list) => list.len(),
        Text(text) => text.len(),
        Bytes(bytes) => bytes.len(),
    };
    if size > SIZE_MAX { Err(TooMuch) } else { Ok(value) }
}

/// The result for each way to choose.
fn expected(program: &Program) -> Result<String, TooMuch> {
    let (mut choices, mut results) = (Vec::new(), Vec::new());
    loop {
        let mut it = Evaluator { program, vars: Vec::new(), choices: &mut choices, chosen: 0, steps: 0 };
        let values = program.main.iter().map(|term| it.eval(term)).collect::<Result<Vec<_>, _>>()?;
        results.push(format!("({})", values.iter().map(show).collect::<Vec<_>>().join(", ")));
        // The next way: what was chosen last and was true is false now.
        while choices.last() == Some(&false) {
            choices.pop();
        }
        match choices.last_mut() {
            Some(last) => *last = false,
            None => return Ok(format!("[{}]", results.join(", "))),
        }
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Nat(n) => n.to_string(),
        Value::List(list) => format!("[{}]", list.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
        Value::Text(text) => format!("\"{text}\""),
        Value::Bytes(bytes) => format!("0xs{}", hex(bytes)),
    }
}

/// Whether the program of this seed ends soon enough, and prints little enough, to be compared; fails if it gives something else than it means.
fn compared(seed: u64) -> bool {
    let program = Generator::program(seed);
    let Ok(expected) = expected(&program) else { return false };
    // What is longer is cut when it is shown.
    if expected.len() > 9_000 {
        return false;
    }
    let source = program.source();
    let near = source.replace("(Remote.transfer ", "(stay ") + "(def stay (a) a (lam (_) unit))";
    let found = support::run(&near);
    assert!(found == expected, "seed {seed}\n{source}\nfound    {found}\nexpected {expected}");
    let world = World::new(&source);
    let main = CodeId { def: id_of("main"), lambda: 0 };
    let start = |task: &mut Task| task.start_code(main);
    // Under stress nothing hibernates, since everything was collected before.
    for stress in [true, false] {
        let found = world.show(&world.drive_cluster(7, stress, &[], &start));
        assert!(found == expected, "seed {seed}, on many nodes\n{source}\nfound    {found}\nexpected {expected}");
    }
    true
}

#[test]
fn programs_give_what_they_mean_however_they_run() {
    let first = std::env::var("SEED_START").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let seeds = Mutex::new(first..first + PROGRAMS * seed_factor());
    let next = || seeds.lock().expect("a thread that holds the lock does nothing that fails").next();
    let worker = || std::iter::from_fn(next).filter(|seed| compared(*seed)).count() as u64;
    let all: u64 = thread::scope(|scope| {
        let workers = [scope.spawn(worker), scope.spawn(worker)];
        workers
            .into_iter()
            .map(|worker| worker.join().expect("the program of a seed, named above, gave something else"))
            .sum()
    });
    assert!(all > PROGRAMS / 4, "{all} programs were compared");
}
