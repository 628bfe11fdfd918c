//! Programs whose tasks talk to each other at one node.

use super::*;

/// Bytes of a text that no notice takes along: it is sent by a request of its own.
const LARGE: u64 = 40_000;

fn add(a: Term, b: Term) -> Term {
    builtin(Builtin::NatAdd, vec![a, b])
}

fn fewer(n: Term) -> Term {
    builtin(Builtin::NatSub, vec![n, nat(1)])
}

fn times(a: Term, b: Term) -> Term {
    builtin(Builtin::NatMul, vec![a, b])
}

fn again(args: Vec<Term>) -> Term {
    Term::App(Box::new(Term::Ref(TermRef::Cycle(0))), args)
}

/// `if n < 1 then done else more`
fn until_none(n: Term, done: Term, more: Term) -> Term {
    Term::If(Box::new(builtin(Builtin::NatLt, vec![n, nat(1)])), Box::new(done), Box::new(more))
}

fn steps(steps: Vec<Term>, last: Term) -> Term {
    Term::Let(steps, Box::new(last))
}

fn channel() -> Term {
    builtin(Builtin::RemoteBangChannel, vec![no_bytes(), unit()])
}

fn listen(channel: Term) -> Term {
    builtin(Builtin::RemoteBangListen, vec![channel])
}

fn send(place: u64, channel: Term, value: Term) -> Term {
    builtin(Builtin::RemoteBangSend, vec![node(place), channel, value])
}

fn text(size: Term) -> Term {
    builtin(Builtin::TextRepeat, vec![size, Term::Literal(Literal::Text("x".into()))])
}

fn size(text: Term) -> Term {
    builtin(Builtin::TextSize, vec![text])
}

fn sleep(ms: u64) -> Term {
    builtin(Builtin::RemoteBangSleep, vec![nat(1_000 * ms)])
}

fn of(ty_of: BuiltinType, element: BuiltinType) -> Type {
    Type::App(ty(ty_of).into(), ty(element).into())
}

/// A function of these, with every effect, to a number.
fn takes(params: Vec<Type>) -> Type {
    let mut params = params.into_iter().rev();
    let last = params.next().expect("it takes something");
    let to_last = Type::fun(last, row(), ty(BuiltinType::Nat));
    params.fold(to_last, |to, param| Type::fun(param, Row::empty(), to))
}

impl Library<'_> {
    /// At that node, a task and another one that it starts tell each other numbers, so many times, and each adds up what it is told.
    pub fn talk(&self, place: u64, rounds: u64) -> DefId {
        self.main(ty(BuiltinType::Nat), at(node(place), self.talking(place, rounds)))
    }

    /// What [`Library::talk`] comes to.
    pub fn talked(rounds: u64) -> u64 {
        rounds * (rounds + 1) + rounds
    }

    pub fn talking(&self, place: u64, rounds: u64) -> Term {
        let numbers = || of(BuiltinType::Channel, BuiltinType::Nat);
        // partner there back left: next = listen there; send back left; value = await next; value + partner there back (left - 1)
        let partner = steps(
            vec![listen(var(2)), send(place, var(2), var(1)), wait(var(1)), again(vec![var(5), var(4), fewer(var(3))])],
            add(var(1), var(0)),
        );
        let body = until_none(var(0), nat(0), partner);
        let partner =
            self.define(takes(vec![numbers(), numbers(), ty(BuiltinType::Nat)]), Term::Lambda(3, Box::new(body)));
        // go there back next left: n = await next; next' = listen back; send there (n + 1); n + go there back next' (left - 1)
        let go = steps(
            vec![
                wait(var(1)),
                listen(var(3)),
                send(place, var(5), add(var(1), nat(1))),
                again(vec![var(6), var(5), var(1), fewer(var(3))]),
            ],
            add(var(3), var(0)),
        );
        let future = of(BuiltinType::Future, BuiltinType::Nat);
        let body = until_none(var(0), nat(0), go);
        let types = takes(vec![numbers(), numbers(), future, ty(BuiltinType::Nat)]);
        let go = self.define(types, Term::Lambda(4, Box::new(body)));
        steps(
            vec![
                channel(),
                channel(),
                listen(var(0)),
                spawn(node(place), call(partner, vec![var(3), var(2), nat(rounds)])),
                call(go, vec![var(3), var(2), var(1), nat(rounds)]),
            ],
            add(var(0), wait(var(1))),
        )
    }

    /// One task tells another texts, two for each number: a small one and a large one, whose sizes the other adds up, each times another factor.
    pub fn stream(&self, place: u64, rounds: u64) -> DefId {
        let texts = || of(BuiltinType::Channel, BuiltinType::Text);
        let receive = until_none(
            var(0),
            steps(vec![send(place, var(1), nat(0))], nat(0)),
            steps(
                vec![listen(var(2)), listen(var(3)), again(vec![var(4), var(3), fewer(var(2))])],
                add(var(0), add(times(size(wait(var(2))), var(3)), times(size(wait(var(1))), times(nat(2), var(3))))),
            ),
        );
        let more = of(BuiltinType::Channel, BuiltinType::Nat);
        let types = takes(vec![texts(), more, ty(BuiltinType::Nat)]);
        let receive = self.define(types, Term::Lambda(3, Box::new(receive)));
        let produce = until_none(
            var(0),
            nat(0),
            steps(
                vec![
                    send(place, var(1), text(var(0))),
                    send(place, var(2), text(add(var(1), nat(LARGE)))),
                    again(vec![var(3), fewer(var(2))]),
                ],
                var(0),
            ),
        );
        let types = takes(vec![texts(), ty(BuiltinType::Nat)]);
        let produce = self.define(types, Term::Lambda(2, Box::new(produce)));
        let work = steps(vec![wait(var(1))], call(produce, vec![var(4), nat(rounds)]));
        let there = steps(
            vec![
                channel(),
                channel(),
                listen(var(0)),
                spawn(node(place), work),
                call(receive, vec![var(3), var(2), nat(rounds)]),
            ],
            add(var(0), wait(var(1))),
        );
        self.main(ty(BuiltinType::Nat), at(node(place), there))
    }

    /// What [`Library::stream`] comes to.
    pub fn streamed(rounds: u64) -> u64 {
        (1..=rounds).map(|k| k * k + 2 * k * (k + LARGE)).sum()
    }

    /// So many tasks at that node, each with its number, awaited in the other order and multiplied by that number.
    pub fn herd(&self, place: u64, count: u64) -> DefId {
        let more = steps(
            vec![spawn(node(place), var(1)), again(vec![fewer(var(1))])],
            add(times(wait(var(1)), var(2)), var(0)),
        );
        let body = until_none(var(0), nat(0), more);
        let herd = self.define(takes(vec![ty(BuiltinType::Nat)]), Term::Lambda(1, Box::new(body)));
        self.main(ty(BuiltinType::Nat), at(node(place), call(herd, vec![nat(count)])))
    }

    /// What [`Library::herd`] comes to.
    pub fn herded(count: u64) -> u64 {
        (1..=count).map(|n| n * n).sum()
    }

    /// Asks so often where it is.
    pub fn asks(&self, count: u64) -> DefId {
        let more = steps(vec![builtin(Builtin::RemoteHere, vec![unit()]), again(vec![fewer(var(1))])], var(0));
        let body = until_none(var(0), nat(7), more);
        let asks = self.define(takes(vec![ty(BuiltinType::Nat)]), Term::Lambda(1, Box::new(body)));
        self.main(ty(BuiltinType::Nat), call(asks, vec![nat(count)]))
    }

    /// A future that two tasks await, one of them twice; and a future that is what a future comes to.
    pub fn shared_futures(&self) -> DefId {
        let shared = vec![
            spawn(node(0), nat(5)),
            spawn(node(0), add(wait(var(1)), nat(1))),
            spawn(node(0), spawn(node(0), nat(700))),
        ];
        let sum = add(add(wait(var(2)), wait(var(2))), add(times(nat(10), wait(var(1))), wait(wait(var(0)))));
        self.main(ty(BuiltinType::Nat), steps(shared, sum))
    }

    /// What [`Library::shared_futures`] comes to.
    pub const SHARED: u64 = 770;

    /// Futures of messages that are spoken of: before the message has come, after it has, by who awaits it, and by who has ended before it came.
    pub fn spoken_of(&self) -> DefId {
        let told = |channel, n| send(0, channel, nat(n));
        let all = vec![
            channel(),
            listen(var(0)),
            sleep(1),
            spawn(node(0), add(wait(var(2)), nat(1))),
            told(var(3), 5),
            channel(),
            listen(var(0)),
            told(var(1), 7),
            sleep(1),
            spawn(node(0), add(wait(var(3)), nat(1))),
            channel(),
            spawn(node(0), listen(var(1))),
            wait(var(0)),
            told(var(2), 9),
            listen(var(13)),
            sleep(1),
            told(var(15), 11),
        ];
        let came = [15, 15, 13, 10, 7, 4, 2, 2].map(|step| wait(var(step)));
        let sum = came.into_iter().reduce(add).expect("there are some");
        self.main(ty(BuiltinType::Nat), steps(all, sum))
    }

    /// What [`Library::spoken_of`] comes to.
    pub const SPOKEN_OF: u64 = 5 + 5 + 6 + 7 + 8 + 9 + 11 + 11;

    /// Starts something here that writes after a while, lets it go on alone at once if asked to, and ends.
    pub fn detached_here(&self, detach: bool) -> DefId {
        let work = steps(vec![sleep(2_000), Self::write("late")], nat(5));
        let mut started = vec![spawn(node(0), work)];
        if detach {
            started.push(builtin(Builtin::RemoteBangDetach, vec![var(0)]));
        }
        self.main(ty(BuiltinType::Nat), steps(started, nat(7)))
    }

    /// A task sends for ever and is cancelled: whether somebody who begins to listen then has a message after a while.
    pub fn cancelled_sender(&self) -> DefId {
        let body = steps(vec![send(0, var(0), nat(1))], again(vec![var(1)]));
        let types = takes(vec![of(BuiltinType::Channel, BuiltinType::Nat)]);
        let for_ever = self.define(types, Term::Lambda(1, Box::new(body)));
        let all = vec![
            channel(),
            spawn(node(0), call(for_ever, vec![var(1)])),
            sleep(200),
            builtin(Builtin::RemoteBangCancel, vec![var(1)]),
            listen(var(3)),
            sleep(500),
        ];
        self.main(Type::unit(), steps(all, builtin(Builtin::RemoteBangStatus, vec![var(1)])))
    }

    /// Listens with what only permits to send.
    pub fn without_the_key(&self) -> DefId {
        let all =
            vec![channel(), builtin(Builtin::ChannelSendOnly, vec![var(0)]), listen(var(0)), send(0, var(2), nat(1))];
        self.main(ty(BuiltinType::Nat), steps(all, wait(var(1))))
    }

    /// Delivers to itself: what was listened for has the value, what nobody listens for is said to have found nobody.
    pub fn delivers(&self) -> DefId {
        let deliver = |channel, n| builtin(Builtin::RemoteBangDeliver, vec![node(0), channel, nat(n)]);
        let all = vec![channel(), listen(var(0)), deliver(var(1), 3), deliver(var(2), 4), wait(var(2)), wait(var(2))];
        self.main(Type::unit(), steps(all, attempt(var(2))))
    }
}
