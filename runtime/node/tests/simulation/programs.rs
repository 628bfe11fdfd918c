//! Programs in the core language, written by hand: what they do over three nodes, and what must come of it.
#![allow(dead_code, reason = "each test that includes this file uses some of it")]

#[path = "local.rs"]
pub mod local;
#[path = "terms.rs"]
pub mod terms;

use builtin::{Builtin, BuiltinType};
use hash::Object;
use hash::store::ObjectStore;
use kernel::{DefId, Definition, Literal, Row, Signature, Term, TermRef, Type, TypeRef};
use machine::{Datum, Portable, portable};
use terms::*;

/// A program, and what it does when nothing goes wrong.
pub struct Program {
    pub name: &'static str,
    pub main: DefId,
    pub ends: Ends,
    pub output: &'static str,
    /// Files that it writes, each once: the token is the path.
    pub tokens: &'static [&'static str],
}

pub enum Ends {
    Returns(Datum),
    Raises(&'static str),
    /// This `Either`; or what went wrong, told by the program itself as a `Left`, with whether nothing has run.
    Tells(Datum),
}

/// Whether a program's result is that a node was lost, and if so, whether nothing is said to have run.
pub fn tells_loss(value: &Portable) -> Option<bool> {
    let Datum::Constructed(_, 0, left) = datum(value) else { return None };
    match &left[..] {
        [Datum::Constructed(TypeRef::Builtin(BuiltinType::RemoteErr), kind, fields)] => match (kind, &fields[..]) {
            (2, [_, Datum::Constructed(_, progress, _)]) => Some(*progress == 0),
            (5, []) => Some(false),
            _ => None,
        },
        _ => None,
    }
}

impl Ends {
    pub fn is(&self, outcome: &node::Outcome) -> bool {
        match (self, outcome) {
            (Ends::Returns(expected) | Ends::Tells(expected), node::Outcome::Returned(value)) => {
                datum(value) == *expected
            }
            (Ends::Raises(message), node::Outcome::Raised(failure)) => match datum(failure) {
                Datum::Constructed(_, 0, fields) => fields.get(1) == Some(&Datum::text(message)),
                _ => false,
            },
            _ => false,
        }
    }
}

fn datum(value: &Portable) -> Datum {
    portable::to_datum(value, 10_000).expect("a machine made it")
}

/// Characters of a text that is held where a request is made, so that what waits there stays.
const HELD: u64 = 20_000;

/// Definitions of programs; they go to the store in which they are made.
pub struct Library<'s> {
    store: &'s dyn ObjectStore,
    /// Characters that evaluations hold which request something.
    held: u64,
}

impl<'s> Library<'s> {
    pub fn new(store: &'s dyn ObjectStore) -> Library<'s> {
        Library { store, held: 0 }
    }

    fn holding_much(&self) -> Library<'s> {
        Library { store: self.store, held: HELD }
    }

    /// A text that is held, and these.
    fn holding(&self, mut bindings: Vec<Term>) -> Vec<Term> {
        bindings.insert(0, self.text_held());
        bindings
    }

    fn text_held(&self) -> Term {
        builtin(Builtin::TextRepeat, vec![nat(self.held), Term::Literal(Literal::Text("x".into()))])
    }

    /// `sum`, where so many bindings stand behind the text: it is looked at afterwards.
    fn after_holding(&self, behind: usize, sum: Term) -> Term {
        let size = builtin(Builtin::TextSize, vec![var(behind as u32)]);
        builtin(Builtin::NatSub, vec![builtin(Builtin::NatAdd, vec![sum, size]), nat(self.held)])
    }

    /// `handle at n1 (held = ..; n = ask; n + Text.size held) with cases { ask -> k } -> at n2 (k 42) + k 43`: what waits at the second node is resumed by the first one and by the third.
    fn sent_on(&self) -> DefId {
        let ability = self.ability("ask", 0);
        let resumed = |n| Term::App(Box::new(var(n)), vec![nat(42 + u64::from(n == 0))]);
        let both = builtin(Builtin::NatAdd, vec![at(node(2), resumed(1)), resumed(0)]);
        let pattern = kernel::Pattern::Request {
            ability,
            operation: 0,
            args: Vec::new(),
            resume: Box::new(kernel::Pattern::Var),
        };
        let ask = kernel::Case { pattern, guard: None, body: both };
        let pure = kernel::Pattern::Pure(Box::new(kernel::Pattern::Var));
        let pure = kernel::Case { pattern: pure, guard: None, body: var(0) };
        let cases = Term::Match(Box::new(var(0)), vec![ask, pure]);
        let once = self.define(Type::fun(Type::unit(), Row::empty(), Type::unit()), Term::Lambda(1, Box::new(cases)));
        let held = self.holding_much();
        let asked = Term::App(Box::new(Term::Operation(ability, 0)), Vec::new());
        let size = builtin(Builtin::TextSize, vec![var(1)]);
        let sum = builtin(Builtin::NatAdd, vec![var(0), size]);
        let there = Term::Let(held.holding(vec![asked]), Box::new(sum));
        let main = handle(ability, at_row(ability, node(1), there), Term::Ref(TermRef::Def(once)));
        self.main(ty(BuiltinType::Nat), main)
    }

    /// `handle at n1 (held = ..; n = ask; n + Text.size held) with cases { ask -> k } -> sleep; k 42`
    pub fn answered_after(&self, ms: u64) -> DefId {
        let ability = self.ability("ask", 0);
        let sleep = builtin(Builtin::RemoteBangSleep, vec![nat(1_000 * ms)]);
        let resumed = Term::App(Box::new(var(1)), vec![nat(42)]);
        let pattern = kernel::Pattern::Request {
            ability,
            operation: 0,
            args: Vec::new(),
            resume: Box::new(kernel::Pattern::Var),
        };
        let ask = kernel::Case { pattern, guard: None, body: Term::Let(vec![sleep], Box::new(resumed)) };
        let pure = kernel::Pattern::Pure(Box::new(kernel::Pattern::Var));
        let pure = kernel::Case { pattern: pure, guard: None, body: var(0) };
        let cases = Term::Match(Box::new(var(0)), vec![ask, pure]);
        let late = self.define(Type::fun(Type::unit(), Row::empty(), Type::unit()), Term::Lambda(1, Box::new(cases)));
        let held = self.holding_much();
        let asked = Term::App(Box::new(Term::Operation(ability, 0)), Vec::new());
        let there = Term::Let(held.holding(vec![asked]), Box::new(held.after_holding(1, var(0))));
        let main = handle(ability, at_row(ability, node(1), there), Term::Ref(TermRef::Def(late)));
        self.main(ty(BuiltinType::Nat), main)
    }

    /// `at n1 (f = chain; sleep; f 0)`: of the chain, nothing is called before it has slept.
    pub fn called_after(&self, hours: u64) -> DefId {
        let chain = self.chain(20);
        let sleep = builtin(Builtin::RemoteBangSleep, vec![nat(hours * 3_600_000_000)]);
        let there = Term::Let(vec![sleep], Box::new(call(chain, vec![nat(0)])));
        self.main(ty(BuiltinType::Nat), at(node(1), there))
    }

    fn define(&self, ty: Type, body: Term) -> DefId {
        let signature = Signature { ty, by_name: false };
        let hashed = hash::hash_terms(&[Definition { signature, body }]);
        let object: Object = hashed.object;
        self.store.put_if_absent(std::slice::from_ref(&object)).expect("dependencies come first");
        DefId { component: object.hash(), index: 0 }
    }

    /// `gone n = n + 100`, which is nowhere yet; `f n = if n < 2 then n else gone n`, which this store has without it.
    pub fn open(&self) -> (Object, DefId) {
        let signature = || Signature { ty: nat_to_nat(), by_name: false };
        let more = builtin(Builtin::NatAdd, vec![var(0), nat(100)]);
        let body = Term::Lambda(1, Box::new(more));
        let gone = hash::hash_terms(&[Definition { signature: signature(), body }]).object;
        let there = call(DefId { component: gone.hash(), index: 0 }, vec![var(0)]);
        let small = builtin(Builtin::NatLt, vec![var(0), nat(2)]);
        let body = Term::Lambda(1, Box::new(Term::If(Box::new(small), Box::new(var(0)), Box::new(there))));
        let f = hash::hash_terms(&[Definition { signature: signature(), body }]).object;
        let open = std::collections::BTreeSet::from([gone.hash()]);
        self.store.put_with_open(std::slice::from_ref(&f), &open).expect("it may be absent");
        (gone, DefId { component: f.hash(), index: 0 })
    }

    /// Calls `f` with `n` at the nodes, each time by way of the one before.
    pub fn by_way_of(&self, nodes: &[u64], f: DefId, n: u64) -> DefId {
        let there = nodes.iter().rev().fold(call(f, vec![nat(n)]), |inner, place| at(node(*place), inner));
        self.main(ty(BuiltinType::Nat), there)
    }

    fn main(&self, ty: Type, body: Term) -> DefId {
        self.define(Type::delay(row(), ty), delay(body))
    }

    /// `fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)`
    fn fib(&self) -> DefId {
        let less = |by| builtin(Builtin::NatSub, vec![var(0), nat(by)]);
        let call = |n| Term::App(Box::new(Term::Ref(TermRef::Cycle(0))), vec![n]);
        let sum = builtin(Builtin::NatAdd, vec![call(less(1)), call(less(2))]);
        let small = builtin(Builtin::NatLt, vec![var(0), nat(2)]);
        let body = Term::If(Box::new(small), Box::new(var(0)), Box::new(sum));
        self.define(nat_to_nat(), Term::Lambda(1, Box::new(body)))
    }

    /// `f n = g (n + 1)`, `g n = h (n + 1)` and so on, so deep.
    fn chain(&self, depth: u32) -> DefId {
        let step = |then: &dyn Fn(Term) -> Term| {
            let more = builtin(Builtin::NatAdd, vec![var(0), nat(1)]);
            self.define(nat_to_nat(), Term::Lambda(1, Box::new(then(more))))
        };
        let first = step(&|n| n);
        (1..depth).fold(first, |next, _| step(&|n| call(next, vec![n])))
    }

    /// `f0`, which depends on so many definitions: `f n x = f (2 n + 1) (f (2 n + 2) (x + n))`, and `x + n` in leaves, the last of which adds `salt`, too.
    pub fn tree(&self, count: u64, salt: u64) -> DefId {
        let mut made: Vec<Option<DefId>> = vec![None; count as usize];
        for n in (0..count).rev() {
            let extra = if n + 1 == count { salt } else { 0 };
            let sum = builtin(Builtin::NatAdd, vec![var(0), nat(n + extra)]);
            let below = [2 * n + 1, 2 * n + 2].map(|n| made.get(n as usize).copied().flatten());
            let body = below.into_iter().flatten().fold(sum, |x, f| call(f, vec![x]));
            made[n as usize] = Some(self.define(nat_to_nat(), Term::Lambda(1, Box::new(body))));
        }
        made[0].expect("there is one")
    }

    /// Calls it with 0 at that node.
    pub fn call_at(&self, place: u64, f: DefId) -> DefId {
        self.main(ty(BuiltinType::Nat), at(node(place), call(f, vec![nat(0)])))
    }

    /// Calls it at every other node at once.
    pub fn call_everywhere(&self, nodes: u64, f: DefId) -> DefId {
        let futures: Vec<Term> = (1..nodes).map(|n| spawn(node(n), call(f, vec![nat(0)]))).collect();
        let sum = (1..nodes - 1).fold(wait(var(0)), |sum, n| builtin(Builtin::NatAdd, vec![sum, wait(var(n as u32))]));
        self.main(ty(BuiltinType::Nat), Term::Let(futures, Box::new(sum)))
    }

    /// Every program.
    pub fn programs(&self) -> Vec<Program> {
        let returns = |n| Ends::Returns(Datum::Nat(n));
        let quiet = |name, main, ends| Program { name, main, ends, output: "", tokens: &[] };
        vec![
            quiet("nested", self.nested(), returns(49)),
            quiet("spawn", self.spawn(), returns(144 + 89)),
            quiet("shared code", self.shared_code(), returns(4 * 11 + 1 + 2 + 3 + 4)),
            quiet("await elsewhere", self.await_elsewhere(), returns(144)),
            quiet("raise", self.raise(), Ends::Raises("no luck")),
            quiet("raise in a future", self.raise_in_future(), Ends::Raises("no luck")),
            quiet("closure back", self.closure_back(), returns(47)),
            quiet(
                "arguments",
                self.arguments(),
                Ends::Returns(Datum::List(vec![Datum::text("one"), Datum::text("two")])),
            ),
            Program { output: "a\nb\nc\n", ..quiet("output", self.output(), returns(7)) },
            Program { output: "a\nb\n", ..quiet("output of what goes on", self.output_left_behind(), returns(12)) },
            Program { tokens: &["t0", "t1", "t2"], ..quiet("effects", self.effects(), returns(3)) },
            Program { tokens: &["t0"], ..quiet("one effect", self.one_effect(), returns(5)) },
            quiet("large", self.large(), returns(400_000)),
            Program {
                output: "a\nb\nc\n",
                tokens: &["t0", "t1"],
                ..quiet("transfer", self.transfer(), returns(1_111))
            },
            quiet("transfer within", self.transfer_within(), returns(55 + 100)),
            quiet("transfer in a future", self.transfer_in_future(), returns(89 + 100)),
            quiet("transfer of a deep stack", self.transfer_deep(), returns(2_000)),
            Program { output: "a\nb\n", tokens: &["t0", "t1"], ..quiet("requests", self.requests(), returns(123)) },
            Program { tokens: &["t0"], ..quiet("requests on the way", self.requests_on_the_way(), returns(124)) },
            quiet("messages", self.messages(), returns(42)),
            quiet("talk", self.talk(1, 20), returns(Library::talked(20))),
            quiet("a herd", self.herd(2, 20), returns(Library::herded(20))),
            quiet("each message once", self.message_once(), Ends::Returns(status(0))),
            quiet("nobody listens", self.nobody_listens(), Ends::Tells(left(4))),
            quiet("a value or why not", self.attempt(), Ends::Tells(right(Datum::Nat(144)))),
            Program {
                tokens: &["t0"],
                ..quiet("effect or why not", self.effect_attempt(), Ends::Tells(right(Datum::Nat(5))))
            },
            quiet("cancel", self.cancel(), Ends::Tells(left(8))),
            quiet("timeout", self.timeout(), Ends::Tells(left(0))),
            Program {
                output: "a\nb\n",
                tokens: &["t0", "t1"],
                ..quiet("requests of what holds much", self.holding_much().requests(), returns(123))
            },
            Program {
                tokens: &["t0"],
                ..quiet(
                    "requests on the way of what holds much",
                    self.holding_much().requests_on_the_way(),
                    returns(124),
                )
            },
            quiet(
                "choices of what holds much",
                self.holding_much().choices(),
                Ends::Returns(Datum::List([3, 2, 1, 0].map(Datum::Nat).to_vec())),
            ),
            quiet("what waits, sent on", self.sent_on(), returns(42 + 43 + 2 * HELD)),
            quiet("choices", self.choices(), Ends::Returns(Datum::List([3, 2, 1, 0].map(Datum::Nat).to_vec()))),
        ]
    }

    /// `at n1 (1 + at n2 (f 40))`, where `f` has a chain of definitions behind it.
    fn nested(&self) -> DefId {
        let inner = at(node(2), call(self.chain(8), vec![nat(40)]));
        self.main(ty(BuiltinType::Nat), at(node(1), builtin(Builtin::NatAdd, vec![nat(1), inner])))
    }

    /// `a = at' n1 (fib 12)`, `b = at' n2 (fib 11)`, `await a + await b`
    fn spawn(&self) -> DefId {
        let fib = self.fib();
        let futures = vec![spawn(node(1), call(fib, vec![nat(12)])), spawn(node(2), call(fib, vec![nat(11)]))];
        let sum = builtin(Builtin::NatAdd, vec![wait(var(1)), wait(var(0))]);
        self.main(ty(BuiltinType::Nat), Term::Let(futures, Box::new(sum)))
    }

    /// Several evaluations that need the same definitions arrive at one node at once, from two others.
    fn shared_code(&self) -> DefId {
        let code = self.chain(11);
        let there = |n, by| at(node(by), at(node(1), call(code, vec![nat(n)])));
        let futures = vec![
            spawn(node(1), call(code, vec![nat(1)])),
            spawn(node(2), there(2, 2)),
            spawn(node(2), there(3, 0)),
            spawn(node(1), call(code, vec![nat(4)])),
        ];
        let sum = (1..4).fold(wait(var(0)), |sum, n| builtin(Builtin::NatAdd, vec![sum, wait(var(n))]));
        self.main(ty(BuiltinType::Nat), Term::Let(futures, Box::new(sum)))
    }

    /// A future of the first node is awaited from the third.
    fn await_elsewhere(&self) -> DefId {
        let future = spawn(node(1), call(self.fib(), vec![nat(12)]));
        self.main(ty(BuiltinType::Nat), Term::Let(vec![future], Box::new(at(node(2), wait(var(1))))))
    }

    fn failure(&self) -> Term {
        let failure = TypeRef::Builtin(BuiltinType::Failure);
        let link = Term::TypeLink(TypeRef::Builtin(BuiltinType::MiscFailure));
        let message = Term::Literal(Literal::Text("no luck".into()));
        let any = builtin(Builtin::AnyAny, vec![nat(3)]);
        let failure = Term::App(Box::new(Term::Constructor(failure, 0)), vec![link, message, any]);
        let raise = Term::Operation(TypeRef::Builtin(BuiltinType::Exception), 0);
        Term::App(Box::new(raise), vec![failure])
    }

    fn raise(&self) -> DefId {
        self.main(ty(BuiltinType::Nat), at(node(1), at(node(2), self.failure())))
    }

    fn raise_in_future(&self) -> DefId {
        let future = spawn(node(2), self.failure());
        self.main(ty(BuiltinType::Nat), Term::Let(vec![future], Box::new(wait(var(0)))))
    }

    /// `(at n1 (m -> m + x)) 5`, where `x = at n2 (f 40)`: the closure comes back with what it captured.
    fn closure_back(&self) -> DefId {
        let captured = at(node(2), call(self.chain(2), vec![nat(40)]));
        let add = Term::Lambda(1, Box::new(builtin(Builtin::NatAdd, vec![var(0), var(2)])));
        let function = at(node(1), add);
        let applied = Term::App(Box::new(var(0)), vec![nat(5)]);
        self.main(ty(BuiltinType::Nat), Term::Let(vec![captured, function], Box::new(applied)))
    }

    fn arguments(&self) -> DefId {
        let texts = Type::list(ty(BuiltinType::Text));
        let ask = builtin(Builtin::IoGetArgs, vec![unit()]);
        self.main(texts, at(node(1), at(node(2), ask)))
    }

    /// Prints at the second, the third, and the second node again.
    fn output(&self) -> DefId {
        let print = |text: &str| builtin(Builtin::IoPrintLine, vec![Term::Literal(Literal::Text(text.into()))]);
        let there = at(node(2), print("b"));
        let all = Term::Let(vec![print("a"), there, print("c")], Box::new(nat(7)));
        self.main(ty(BuiltinType::Nat), at(node(1), all))
    }

    /// What prints was started at the second node, by way of the third, by a request that has ended long before. What is printed first is awaited first: two nodes are in no order.
    fn output_left_behind(&self) -> DefId {
        let print = |text: &str| builtin(Builtin::IoPrintLine, vec![Term::Literal(Literal::Text(text.into()))]);
        let sleep = |ms: u64| builtin(Builtin::RemoteBangSleep, vec![nat(1_000 * ms)]);
        let prints = |text, ms, value| Term::Let(vec![sleep(ms), print(text)], Box::new(nat(value)));
        let there = at(node(1), spawn(node(1), prints("a", 0, 7)));
        let behind = at(node(2), at(node(1), spawn(node(2), prints("b", 400, 5))));
        let both = builtin(Builtin::NatAdd, vec![var(1), wait(var(0))]);
        self.main(ty(BuiltinType::Nat), Term::Let(vec![there, wait(var(0)), behind], Box::new(both)))
    }

    fn write(token: &str) -> Term {
        let text = Term::Literal(Literal::Text(token.into()));
        let bytes = Term::Literal(Literal::Bytes(std::sync::Arc::from(&b"!"[..])));
        builtin(Builtin::IoWriteFile, vec![text, bytes])
    }

    /// Writes at each node, twice by way of another.
    fn effects(&self) -> DefId {
        let third = at(node(2), Term::Let(vec![Self::write("t2")], Box::new(nat(3))));
        let second = at(node(1), Term::Let(vec![Self::write("t1")], Box::new(third)));
        self.main(ty(BuiltinType::Nat), Term::Let(vec![Self::write("t0")], Box::new(second)))
    }

    fn one_effect(&self) -> DefId {
        self.main(ty(BuiltinType::Nat), at(node(1), Term::Let(vec![Self::write("t0")], Box::new(nat(5)))))
    }

    /// A text of 400,000 characters goes there, and comes back.
    fn large(&self) -> DefId {
        let text = builtin(Builtin::TextRepeat, vec![nat(400_000), Term::Literal(Literal::Text("x".into()))]);
        let there = at(node(1), var(1));
        let size = builtin(Builtin::TextSize, vec![var(0)]);
        self.main(ty(BuiltinType::Nat), Term::Let(vec![text, there], Box::new(size)))
    }

    /// From node to node and home again, with output and an effect on the way; adds a digit for each `here` that is right.
    fn transfer(&self) -> DefId {
        let print = |text: &str| builtin(Builtin::IoPrintLine, vec![Term::Literal(Literal::Text(text.into()))]);
        let steps = vec![
            is_here(0, 1),
            transfer(1),
            is_here(1, 10),
            print("a"),
            Self::write("t0"),
            transfer(2),
            is_here(2, 100),
            print("b"),
            transfer(2),
            Self::write("t1"),
            transfer(1),
            transfer(0),
            is_here(0, 1_000),
            print("c"),
        ];
        let last = steps.len() as u32 - 1;
        let sum = [2, 6, 12].iter().fold(var(last), |sum, at| builtin(Builtin::NatAdd, vec![sum, var(last - at)]));
        self.main(ty(BuiltinType::Nat), Term::Let(steps, Box::new(sum)))
    }

    /// `at n1 (transfer n2; fib 10 + here's digit)`, and here afterwards.
    fn transfer_within(&self) -> DefId {
        let sum = builtin(Builtin::NatAdd, vec![call(self.fib(), vec![nat(10)]), is_here(2, 60)]);
        let there = at(node(1), Term::Let(vec![transfer(2)], Box::new(sum)));
        let both = builtin(Builtin::NatAdd, vec![there, is_here(0, 40)]);
        self.main(ty(BuiltinType::Nat), both)
    }

    fn transfer_in_future(&self) -> DefId {
        let sum = builtin(Builtin::NatAdd, vec![call(self.fib(), vec![nat(11)]), is_here(2, 100)]);
        let future = spawn(node(1), Term::Let(vec![transfer(2)], Box::new(sum)));
        self.main(ty(BuiltinType::Nat), Term::Let(vec![future], Box::new(wait(var(0)))))
    }

    /// `deep n = if n < 1 then (transfer n1; 0) else 1 + deep (n - 1)`
    fn transfer_deep(&self) -> DefId {
        let less = builtin(Builtin::NatSub, vec![var(0), nat(1)]);
        let again = Term::App(Box::new(Term::Ref(TermRef::Cycle(0))), vec![less]);
        let more = builtin(Builtin::NatAdd, vec![nat(1), again]);
        let done = builtin(Builtin::NatLt, vec![var(0), nat(1)]);
        let leave = Term::Let(vec![transfer(1)], Box::new(nat(0)));
        let ty_of = Type::fun(ty(BuiltinType::Nat), row(), ty(BuiltinType::Nat));
        let body = Term::If(Box::new(done), Box::new(leave), Box::new(more));
        let deep = self.define(ty_of, Term::Lambda(1, Box::new(body)));
        self.main(ty(BuiltinType::Nat), at(node(2), call(deep, vec![nat(2_000)])))
    }

    /// An ability with one operation of so many arguments.
    fn ability(&self, name: &str, arity: u32) -> TypeRef {
        let whole = (0..arity).fold(Type::unit(), |ret, _| Type::fun(ty(BuiltinType::Nat), Row::empty(), ret));
        let operation = kernel::Constructor { name: name.into(), ty: whole, by_name: false, arity };
        let declaration = kernel::Declaration {
            kind: kernel::DeclarationKind::Ability,
            identity: kernel::Identity::Structural,
            params: 0,
            constructors: vec![operation],
        };
        let object = hash::hash_types(&[declaration]).object;
        self.store.put_if_absent(std::slice::from_ref(&object)).expect("it depends on nothing");
        TypeRef::Def(DefId { component: object.hash(), index: 0 })
    }

    /// `counter s = cases { next n -> k } -> handle k (s + n) with counter (s + n); { x } -> x`, and the ability.
    fn counter(&self) -> (TypeRef, DefId) {
        let ability = self.ability("next", 1);
        // In scope of the case: s, the request, n, k.
        let again = |scope: u32| {
            let more = builtin(Builtin::NatAdd, vec![var(3 + scope), var(1 + scope)]);
            Term::App(Box::new(Term::Ref(TermRef::Cycle(0))), vec![more])
        };
        let resumed = Term::App(Box::new(var(1)), vec![builtin(Builtin::NatAdd, vec![var(4), var(2)])]);
        let pattern = kernel::Pattern::Request {
            ability,
            operation: 0,
            args: vec![kernel::Pattern::Var],
            resume: Box::new(kernel::Pattern::Var),
        };
        let next = kernel::Case { pattern, guard: None, body: handle(ability, resumed, again(0)) };
        let pure = kernel::Pattern::Pure(Box::new(kernel::Pattern::Var));
        let pure = kernel::Case { pattern: pure, guard: None, body: var(0) };
        let cases = Term::Match(Box::new(var(0)), vec![next, pure]);
        let body = Term::Lambda(1, Box::new(Term::Lambda(1, Box::new(cases))));
        let any = Type::unit();
        let ty_of = Type::fun(any.clone(), Row::empty(), Type::fun(any.clone(), Row::empty(), any));
        (ability, self.define(ty_of, body))
    }

    /// Requests of a handler at the first node, from the second and, through it, from the third.
    fn requests(&self) -> DefId {
        let (ability, counter) = self.counter();
        let print = |text: &str| builtin(Builtin::IoPrintLine, vec![Term::Literal(Literal::Text(text.into()))]);
        let next = |n| Term::App(Box::new(Term::Operation(ability, 0)), vec![nat(n)]);
        let inner = Term::Let(vec![print("b"), Self::write("t1")], Box::new(next(10)));
        let there = vec![next(1), print("a"), Self::write("t0"), at_row(ability, node(2), inner), next(100)];
        let sum = builtin(Builtin::NatAdd, vec![var(0), builtin(Builtin::NatAdd, vec![var(1), var(4)])]);
        let sum = self.after_holding(there.len(), sum);
        let all = at_row(ability, node(1), Term::Let(self.holding(there), Box::new(sum)));
        self.main(ty(BuiltinType::Nat), handle(ability, all, call(counter, vec![nat(0)])))
    }

    /// Requests before and after a transfer, whose answers go where the task is.
    fn requests_on_the_way(&self) -> DefId {
        let (ability, counter) = self.counter();
        let next = |n| Term::App(Box::new(Term::Operation(ability, 0)), vec![nat(n)]);
        let there = vec![next(1), transfer(2), next(10), Self::write("t0"), is_here(2, 101)];
        let sum = builtin(Builtin::NatAdd, vec![var(0), builtin(Builtin::NatAdd, vec![var(2), var(4)])]);
        let sum = self.after_holding(there.len(), builtin(Builtin::NatAdd, vec![sum, next(0)]));
        let all = at_row(ability, node(1), Term::Let(self.holding(there), Box::new(sum)));
        self.main(ty(BuiltinType::Nat), handle(ability, all, call(counter, vec![nat(0)])))
    }

    /// `at n1 (a = flip; b = at n2 flip; ..)` under a handler that takes both ways each time.
    fn choices(&self) -> DefId {
        let ability = self.ability("flip", 0);
        let resumed = |way| {
            let resumed = Term::App(Box::new(var(1)), vec![Term::Literal(Literal::Boolean(way))]);
            handle(ability, resumed, Term::Ref(TermRef::Cycle(0)))
        };
        let resume = Box::new(kernel::Pattern::Var);
        let pattern = kernel::Pattern::Request { ability, operation: 0, args: Vec::new(), resume };
        let both = builtin(Builtin::ListConcat, vec![resumed(true), resumed(false)]);
        let flip = kernel::Case { pattern, guard: None, body: both };
        let pure = kernel::Pattern::Pure(Box::new(kernel::Pattern::Var));
        let pure = kernel::Case { pattern: pure, guard: None, body: Term::List(vec![var(0)]) };
        let cases = Term::Match(Box::new(var(0)), vec![flip, pure]);
        let all = self.define(Type::fun(Type::unit(), Row::empty(), Type::unit()), Term::Lambda(1, Box::new(cases)));
        let flip = || Term::App(Box::new(Term::Operation(ability, 0)), Vec::new());
        let digit = |of, n| Term::If(Box::new(of), Box::new(nat(n)), Box::new(nat(0)));
        let sum = builtin(Builtin::NatAdd, vec![digit(var(1), 2), digit(var(0), 1)]);
        let there = vec![flip(), at_row(ability, node(2), flip())];
        let sum = self.after_holding(there.len(), sum);
        let there = Term::Let(self.holding(there), Box::new(sum));
        let main = handle(ability, at_row(ability, node(1), there), Term::Ref(TermRef::Def(all)));
        self.main(Type::list(ty(BuiltinType::Nat)), main)
    }

    /// A channel; two futures of its messages; the second and the third node each deliver one of two numbers, and know it; then `last`, which has in scope:
    /// the third of three listeners as 4, and the first as 6.
    fn delivered(&self, ends: Type, last: Term) -> DefId {
        let listen = |channel| builtin(Builtin::RemoteBangListen, vec![var(channel)]);
        let channel = builtin(Builtin::RemoteBangChannel, vec![no_bytes(), unit()]);
        let deliver = |to, channel, n| {
            let value = call(self.chain(4), vec![nat(n)]);
            wait(builtin(Builtin::RemoteBangDeliver, vec![node(to), var(channel), value]))
        };
        let there = |from, channel, n| at(node(from), deliver(0, channel, n));
        let steps = vec![channel, listen(0), listen(1), listen(2), there(1, 4, 30), there(2, 5, 4)];
        self.main(ends, Term::Let(steps, Box::new(last)))
    }

    fn messages(&self) -> DefId {
        self.delivered(ty(BuiltinType::Nat), builtin(Builtin::NatAdd, vec![wait(var(4)), wait(var(3))]))
    }

    /// However often the messages arrived, the third listener has none.
    fn message_once(&self) -> DefId {
        self.delivered(Type::unit(), builtin(Builtin::RemoteBangStatus, vec![var(2)]))
    }

    fn nobody_listens(&self) -> DefId {
        let channel = builtin(Builtin::RemoteBangChannel, vec![no_bytes(), unit()]);
        let deliver = builtin(Builtin::RemoteBangDeliver, vec![node(1), var(0), nat(1)]);
        self.main(Type::unit(), Term::Let(vec![channel], Box::new(attempt(deliver))))
    }

    fn attempt(&self) -> DefId {
        let there = at(node(2), call(self.fib(), vec![nat(12)]));
        self.main(Type::unit(), attempt(spawn(node(1), there)))
    }

    fn effect_attempt(&self) -> DefId {
        let there = spawn(node(1), Term::Let(vec![Self::write("t0")], Box::new(nat(5))));
        self.main(Type::unit(), attempt(there))
    }

    /// A future that spins at the second node and, through it, at the third is cancelled.
    fn cancel(&self) -> DefId {
        let future = spawn(node(1), at(node(2), self.spin()));
        let steps = vec![
            future,
            builtin(Builtin::RemoteBangSleep, vec![nat(150_000)]),
            builtin(Builtin::RemoteBangCancel, vec![var(1)]),
        ];
        self.main(Type::unit(), Term::Let(steps, Box::new(attempt(var(2)))))
    }

    /// A future that spins at the second node and, through it, at the third is cancelled, or is out of time; and much later the program ends.
    pub fn stopped(&self, timeout: bool) -> DefId {
        let stop = match timeout {
            true => attempt(builtin(Builtin::FutureTimeout, vec![nat(150), var(1)])),
            false => builtin(Builtin::RemoteBangCancel, vec![var(1)]),
        };
        let sleep = |ms: u64| builtin(Builtin::RemoteBangSleep, vec![nat(1_000 * ms)]);
        let steps = vec![spawn(node(1), at(node(2), self.spin())), sleep(1_500), stop, sleep(20_000)];
        self.main(Type::unit(), Term::Let(steps, Box::new(attempt(var(3)))))
    }

    /// The same, for want of time; awaited from the third node.
    fn timeout(&self) -> DefId {
        let future = spawn(node(1), at(node(2), self.spin()));
        let limited = builtin(Builtin::FutureTimeout, vec![nat(300), var(0)]);
        let there = at(node(2), attempt(var(1)));
        self.main(Type::unit(), Term::Let(vec![future, limited], Box::new(there)))
    }

    fn spin(&self) -> Term {
        let again = Term::App(Box::new(Term::Ref(TermRef::Cycle(0))), vec![var(0)]);
        call(self.define(nat_to_nat(), Term::Lambda(1, Box::new(again))), vec![nat(0)])
    }

    /// Starts what waits for the third node at the second one and then writes there; lets it go on alone if asked to, and ends.
    pub fn detached(&self, detach: bool) -> DefId {
        let sleep = |ms: u64| builtin(Builtin::RemoteBangSleep, vec![nat(1_000 * ms)]);
        let work = Term::Let(vec![at(node(2), sleep(2_000)), Self::write("late")], Box::new(nat(5)));
        let mut steps = vec![spawn(node(1), work), sleep(500)];
        if detach {
            steps.push(builtin(Builtin::RemoteBangDetach, vec![var(1)]));
        }
        self.main(Type::builtin(BuiltinType::Nat), Term::Let(steps, Box::new(nat(7))))
    }

    /// Starts at the second node what ends at once there, and has the third one hold the future: it sleeps, and awaits it long after it has ended.
    pub fn held(&self, ms: u64) -> DefId {
        let sleep = |ms: u64| builtin(Builtin::RemoteBangSleep, vec![nat(1_000 * ms)]);
        // The home is the second node; who started it there has ended.
        let made = at(node(1), spawn(node(1), nat(5)));
        let late = Term::Let(vec![sleep(ms)], Box::new(attempt(var(2))));
        let steps = vec![made, at(node(2), late)];
        self.main(Type::unit(), Term::Let(steps, Box::new(var(0))))
    }

    /// Never ends, at the second node.
    pub fn forever(&self) -> DefId {
        self.main(ty(BuiltinType::Nat), at(node(1), self.spin()))
    }

    /// Starts so many evaluations at the second node that never end, from the third, and then returns.
    pub fn crowd(&self, count: u64) -> DefId {
        let futures = builtin(Builtin::NatSub, vec![var(1), nat(1)]);
        let again = Term::App(Box::new(Term::Ref(TermRef::Cycle(0))), vec![futures]);
        let more = Term::Let(vec![spawn(node(1), self.spin())], Box::new(again));
        let done = builtin(Builtin::NatLt, vec![var(0), nat(1)]);
        let body = Term::If(Box::new(done), Box::new(nat(7)), Box::new(more));
        let ty = Type::fun(ty(BuiltinType::Nat), row(), ty(BuiltinType::Nat));
        let crowd = self.define(ty, Term::Lambda(1, Box::new(body)));
        self.main(Type::builtin(BuiltinType::Nat), at(node(2), call(crowd, vec![nat(count)])))
    }

    /// Counts down by way of the second and the third node in turn, with a text of so many characters that goes along both ways: so many such at once.
    pub fn bounces(&self, count: u64, depth: u64, size: u64) -> DefId {
        let text = Type::builtin(BuiltinType::Text);
        let fewer = |place: u32| builtin(Builtin::NatSub, vec![var(place), nat(1)]);
        // bounce text n = if n < 1 then text else at n1 (at n2 (bounce text (n - 1)))
        let again = Term::App(Box::new(Term::Ref(TermRef::Cycle(0))), vec![var(3), fewer(2)]);
        let there = at(node(1), at(node(2), again));
        let done = builtin(Builtin::NatLt, vec![var(0), nat(1)]);
        let body = Term::If(Box::new(done), Box::new(var(1)), Box::new(there));
        let takes = Type::fun(ty(BuiltinType::Nat), row(), text.clone());
        let bounce = self.define(Type::fun(text, Row::empty(), takes), Term::Lambda(2, Box::new(body)));
        let long = builtin(Builtin::TextRepeat, vec![nat(size), Term::Literal(Literal::Text("x".into()))]);
        // all n = if n < 1 then 0 else (let f = at' n1 (bounce long depth); all (n - 1) + size (await f))
        let one = spawn(node(1), call(bounce, vec![long, nat(depth)]));
        let rest = Term::App(Box::new(Term::Ref(TermRef::Cycle(0))), vec![fewer(1)]);
        let sum = builtin(Builtin::NatAdd, vec![builtin(Builtin::TextSize, vec![wait(var(1))]), var(0)]);
        let more = Term::Let(vec![one, rest], Box::new(sum));
        let done = builtin(Builtin::NatLt, vec![var(0), nat(1)]);
        let body = Term::If(Box::new(done), Box::new(nat(0)), Box::new(more));
        let all =
            self.define(Type::fun(ty(BuiltinType::Nat), row(), ty(BuiltinType::Nat)), Term::Lambda(1, Box::new(body)));
        self.main(Type::builtin(BuiltinType::Nat), call(all, vec![nat(count)]))
    }

    /// So many messages of so many characters to the second node, where nobody listens: by `send`, or by `deliver`. Prints when all are made.
    pub fn flood(&self, by: Builtin, count: u64, size: u64) -> DefId {
        let channel = builtin(Builtin::RemoteBangChannel, vec![no_bytes(), unit()]);
        let text = builtin(Builtin::TextRepeat, vec![nat(size), Term::Literal(Literal::Text("x".into()))]);
        let tell = builtin(by, vec![node(1), channel, text]);
        let fewer = builtin(Builtin::NatSub, vec![var(1), nat(1)]);
        let again = Term::App(Box::new(Term::Ref(TermRef::Cycle(0))), vec![fewer]);
        let done = builtin(Builtin::NatLt, vec![var(0), nat(1)]);
        let end = Term::Let(vec![Self::write("made")], Box::new(nat(7)));
        let body = Term::If(Box::new(done), Box::new(end), Box::new(Term::Let(vec![tell], Box::new(again))));
        let ty = Type::fun(ty(BuiltinType::Nat), row(), ty(BuiltinType::Nat));
        let flood = self.define(ty, Term::Lambda(1, Box::new(body)));
        let sleep = builtin(Builtin::RemoteBangSleep, vec![nat(20_000_000)]);
        let all = Term::Let(vec![call(flood, vec![nat(count)]), sleep], Box::new(var(1)));
        self.main(Type::builtin(BuiltinType::Nat), all)
    }

    /// So many rounds, each of which starts two evaluations at the second node, has that await one of them, listens for what never comes, and keeps nothing of it.
    pub fn churn(&self, rounds: u64) -> DefId {
        let body = {
            let steps = vec![
                spawn(node(1), nat(5)),
                spawn(node(1), nat(6)),
                at(node(1), wait(var(1))),
                wait(var(1)),
                builtin(Builtin::RemoteBangListen, vec![var(4)]),
            ];
            let again = vec![builtin(Builtin::NatSub, vec![var(6), nat(1)]), var(5)];
            Term::Let(steps, Box::new(Term::App(Box::new(Term::Ref(TermRef::Cycle(0))), again)))
        };
        let done = builtin(Builtin::NatLt, vec![var(1), nat(1)]);
        let body = Term::If(Box::new(done), Box::new(nat(7)), Box::new(body));
        let channel = Type::App(ty(BuiltinType::Channel).into(), ty(BuiltinType::Nat).into());
        let takes_channel = Type::fun(channel, row(), ty(BuiltinType::Nat));
        let churn =
            self.define(Type::fun(ty(BuiltinType::Nat), Row::empty(), takes_channel), Term::Lambda(2, Box::new(body)));
        let channel = builtin(Builtin::RemoteBangChannel, vec![no_bytes(), unit()]);
        let main = Term::Let(vec![channel], Box::new(call(churn, vec![nat(rounds), var(0)])));
        self.main(Type::builtin(BuiltinType::Nat), main)
    }

    /// So many futures at the second node, each a text of so many characters: how many these are together.
    pub fn bulk(&self, count: u64, size: u64) -> DefId {
        let text = builtin(Builtin::TextRepeat, vec![nat(size), Term::Literal(Literal::Text("x".into()))]);
        let fewer = builtin(Builtin::NatSub, vec![var(1), nat(1)]);
        let rest = Term::App(Box::new(Term::Ref(TermRef::Cycle(0))), vec![fewer]);
        let all = builtin(Builtin::NatAdd, vec![builtin(Builtin::TextSize, vec![wait(var(1))]), var(0)]);
        let more = Term::Let(vec![spawn(node(1), text), rest], Box::new(all));
        let done = builtin(Builtin::NatLt, vec![var(0), nat(1)]);
        let body = Term::If(Box::new(done), Box::new(nat(0)), Box::new(more));
        let ty = Type::fun(ty(BuiltinType::Nat), row(), ty(BuiltinType::Nat));
        let bulk = self.define(ty, Term::Lambda(1, Box::new(body)));
        self.main(Type::builtin(BuiltinType::Nat), call(bulk, vec![nat(count)]))
    }

    /// So many futures at the second node, each of which writes to what nobody reads; waits for the last.
    pub fn stuck(&self, count: u64) -> DefId {
        let fewer = builtin(Builtin::NatSub, vec![var(1), nat(1)]);
        let again = Term::App(Box::new(Term::Ref(TermRef::Cycle(0))), vec![fewer]);
        let write = || Term::Let(vec![Self::write("stuck")], Box::new(nat(1)));
        let more = Term::Let(vec![spawn(node(1), write())], Box::new(again));
        let last = Term::Let(vec![spawn(node(1), write())], Box::new(wait(var(0))));
        let done = builtin(Builtin::NatLt, vec![var(0), nat(2)]);
        let body = Term::If(Box::new(done), Box::new(last), Box::new(more));
        let ty = Type::fun(ty(BuiltinType::Nat), row(), ty(BuiltinType::Nat));
        let stuck = self.define(ty, Term::Lambda(1, Box::new(body)));
        self.main(Type::builtin(BuiltinType::Nat), call(stuck, vec![nat(count)]))
    }

    /// Never ends, at the first.
    pub fn forever_alone(&self) -> DefId {
        self.main(ty(BuiltinType::Nat), self.spin())
    }

    /// Needs the first node only.
    pub fn alone(&self) -> DefId {
        self.main(ty(BuiltinType::Nat), call(self.chain(3), vec![nat(1)]))
    }
}
