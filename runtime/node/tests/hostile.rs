//! What a host makes of peers that are not what they should be: other versions, strangers, false definitions, noise.

use ed25519_dalek::SigningKey;
use hash::store::{ObjectStore, StoreError, StoreId};
use hash::{Kind, Object};
use kernel::{DefId, Definition, Literal, Signature, Term, Type};
use node::codec::{self, MessageError};
use node::event::ConnId;
use node::frame::FrameKind;
use node::message::{
    CallId, ChannelId, End, FutureId, Handle, Hello, Inquiry, Message, Question, RawObject, Refusal, Reply, Root,
    RunId, Subject, Trace,
};
use node::span::{Span, SpanKind, Track};
use node::store::basket::Want;
use node::store::listing::{Nonce, Prefix};
use node::{
    Action, Certificate, Config, Ending, Event, Failure, Frame, FrameDecoder, Host, HostKey, NodeId, Outcome, Station,
    Step, Trail,
};
use sandbox::{Budget, Chain, Policy};
use std::collections::BTreeSet;
use std::sync::Mutex;

const CONN: ConnId = ConnId(1);

fn secret(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

fn key(n: u8) -> HostKey {
    HostKey(secret(n).verifying_key().to_bytes())
}

/// A host of the user 1 with the key 2.
fn host() -> Host {
    let config = Config {
        key: key(2),
        certificate: Certificate::issue(&secret(1), key(2)),
        incarnation: 5,
        store: StoreId([0; 16]),
        epoch: 0,
        allow: Default::default(),
        policy: Policy::Nothing,
        nodes: 1,
        workers: 1,
        addresses: Vec::new(),
        called_local: false,
        lease_ms: node::limits::TASK_LEASE_MS,
        seed: [0; 32],
        machine: Default::default(),
    };
    Host::new(config, 0)
}

fn hello(user: u8) -> Message {
    Message::Hello(Hello {
        hash_tag: node::message::HASH_TAG,
        ir_version: 1,
        incarnation: 6,
        store: StoreId([1; 16]),
        epoch: 0,
        certificate: Certificate::issue(&secret(user), key(3)),
        addresses: Vec::new(),
    })
}

/// What the host does when these bytes come as one control message.
fn control(host: &mut Host, bytes: Vec<u8>) -> Vec<Action> {
    host.on(1, Event::Received { conn: CONN, frame: Frame::control(bytes) })
}

fn data(host: &mut Host, stream: u64, message: &Message) -> Vec<Action> {
    let frame = Frame { stream, kind: FrameKind::Last, payload: codec::encode(message) };
    host.on(1, Event::Received { conn: CONN, frame })
}

fn connected() -> Host {
    let mut host = host();
    host.on(0, Event::Connected { conn: CONN, peer: key(3), dial: None });
    host
}

fn sent(actions: &[Action]) -> Vec<Message> {
    let message = |action: &Action| match action {
        Action::Send { frame, .. } => codec::decode(&frame.payload).ok(),
        _ => None,
    };
    actions.iter().filter_map(message).collect()
}

fn closes(actions: &[Action]) -> bool {
    actions.iter().any(|action| matches!(action, Action::Close { conn: CONN }))
}

#[test]
fn another_version_is_told_which_one_this_is() {
    let mut host = connected();
    let mut bytes = codec::encode(&hello(1));
    bytes[9] = 99;
    assert_eq!(codec::decode_hello(&bytes), Err(MessageError::Version(99)));
    let actions = control(&mut host, bytes);
    assert_eq!(sent(&actions), [Message::Refuse(Refusal::Protocol(node::message::PROTOCOL_VERSION))]);
    assert!(closes(&actions));
}

#[test]
fn a_stranger_is_refused_and_nothing_else_of_it_is_read() {
    let mut host = connected();
    let actions = control(&mut host, codec::encode(&hello(9)));
    assert_eq!(sent(&actions), [Message::Refuse(Refusal::NotAllowed)]);
    assert!(closes(&actions));
    let mut early = connected();
    assert!(closes(&control(&mut early, codec::encode(&Message::Status))), "before it has greeted");
    let mut early = connected();
    assert!(closes(&data(&mut early, 1, &eval(Root::Definition(answer().1)))), "before it has greeted");
    // A certificate about another host says nothing about this one.
    let mut host = connected();
    let Message::Hello(mut borrowed) = hello(1) else { unreachable!("made above") };
    borrowed.certificate = Certificate::issue(&secret(1), key(4));
    let actions = control(&mut host, codec::encode(&Message::Hello(borrowed)));
    assert_eq!(sent(&actions), [Message::Refuse(Refusal::NotAllowed)]);
}

#[test]
fn whoever_connects_and_says_nothing_is_let_go() {
    let mut host = connected();
    let due = host.next_deadline().expect("it waits for the greeting");
    let mut closed = false;
    let mut now = due;
    while !closed && now < 20_000 {
        closed = closes(&host.on(now, Event::Tick));
        now = host.next_deadline().unwrap_or(u64::MAX);
    }
    assert!(closed);
}

/// The greeting of the host with this key, certified by the host's own user.
fn hello_of(peer: &SigningKey) -> Vec<u8> {
    let Message::Hello(hello) = hello(1) else { unreachable!("made above") };
    let certificate = Certificate::issue(&secret(1), HostKey(peer.verifying_key().to_bytes()));
    codec::encode(&Message::Hello(Hello { certificate, ..hello }))
}

#[test]
fn whoever_takes_all_places_keeps_nobody_out() {
    for idle_peers_greet in [false, true] {
        let mut host = host();
        let peers: Vec<SigningKey> = (0..=node::limits::CONNECTIONS_MAX)
            .map(|n| SigningKey::from_bytes(&std::array::from_fn(|i| if i < 8 { n.to_le_bytes()[i] } else { 7 })))
            .collect();
        let mut last = Vec::new();
        for (n, peer) in peers.iter().enumerate() {
            let (conn, now) = (ConnId(n as u64), n as u64);
            let key = HostKey(peer.verifying_key().to_bytes());
            last = host.on(now, Event::Connected { conn, peer: key, dial: None });
            if idle_peers_greet {
                host.on(now, Event::Received { conn, frame: Frame::control(hello_of(peer)) });
            }
        }
        assert!(matches!(sent(&last).as_slice(), [Message::Hello(_)]), "the last one is welcome");
        let closed = |action: &Action| matches!(action, Action::Close { conn: ConnId(0) });
        assert!(last.iter().any(closed), "the first one goes: {last:?}");
    }
}

#[test]
fn a_peer_that_connects_again_and_again_keeps_the_latest_connections() {
    let mut host = host();
    let mut closed = Vec::new();
    for n in 1..=20 {
        let conn = ConnId(n);
        host.on(n, Event::Connected { conn, peer: key(3), dial: None });
        let actions = host.on(n, Event::Received { conn, frame: Frame::control(codec::encode(&hello(1))) });
        closed.extend(actions.iter().filter_map(|action| match action {
            Action::Close { conn } => Some(conn.0),
            _ => None,
        }));
    }
    let kept = node::limits::CONNECTIONS_PER_PEER_MAX as u64;
    assert_eq!(closed, (1..=20 - kept).collect::<Vec<_>>());
}

#[test]
fn the_end_of_a_run_may_overtake_what_belongs_to_it() {
    let (mut host, store) = (connected(), Recording::default());
    control(&mut host, codec::encode(&hello(1)));
    control(&mut host, codec::encode(&Message::CancelRun { run: RunId([8; 16]) }));
    let actions = data(&mut host, 1, &eval(Root::Definition(answer().1)));
    let messages = work(&mut host, &store, actions);
    let [Message::Done { end: End::Ended(Ending { outcome: Outcome::Failed(failure), .. }), .. }] = messages.as_slice()
    else {
        panic!("{messages:?}")
    };
    assert!(matches!(failure, Failure::Cancelled { .. }), "{failure}");
    assert_eq!(host.status().sessions, 0);
}

fn eval(root: Root) -> Message {
    eval_of(CallId([7; 16]), root)
}

fn eval_of(call: CallId, root: Root) -> Message {
    Message::Eval(Box::new(node::message::Eval {
        call,
        parent: CallId([7; 16]),
        run: RunId([8; 16]),
        principals: Chain::default(),
        tokens: Vec::new(),
        budget: Budget::DEFAULT,
        time_left_ms: u64::MAX,
        lease_ms: 1,
        trace: Trace::default(),
        node: [0; 16],
        origin: NodeId::numbered(key(3), 0),
        cluster: Vec::new(),
        hints: vec![(key(3), vec!["example.org:1".into()])],
        output_seen: 0,
        row: vec![kernel::TypeRef::Builtin(builtin::BuiltinType::Exception)],
        root,
    }))
}

/// `'42`
fn answer() -> (Object, DefId) {
    let ty = Type::delay(kernel::Row::empty(), Type::builtin(builtin::BuiltinType::Nat));
    let body = Term::Lambda(1, Box::new(Term::Literal(Literal::Nat(42))));
    let object = hash::hash_terms(&[Definition { signature: Signature { ty, by_name: false }, body }]).object;
    let id = DefId { component: object.hash(), index: 0 };
    (object, id)
}

/// Remembers what was put into it.
#[derive(Default)]
struct Recording(Mutex<Vec<Object>>);

impl ObjectStore for Recording {
    fn id(&self) -> StoreId {
        StoreId([0; 16])
    }

    fn epoch(&self) -> u64 {
        0
    }

    fn has_many(&self, hashes: &[base::Hash]) -> Result<Vec<bool>, StoreError> {
        Ok(self.get_many(hashes)?.iter().map(Option::is_some).collect())
    }

    fn beginning_with(&self, _beginnings: &[[u8; 3]]) -> Result<Vec<base::Hash>, StoreError> {
        Ok(Vec::new())
    }

    fn get_many(&self, hashes: &[base::Hash]) -> Result<Vec<Option<Object>>, StoreError> {
        let objects = self.0.lock().expect("no panic");
        Ok(hashes.iter().map(|hash| objects.iter().find(|object| object.hash() == *hash).cloned()).collect())
    }

    fn put_with_open(&self, objects: &[Object], _open: &BTreeSet<base::Hash>) -> Result<(), StoreError> {
        self.0.lock().expect("no panic").extend_from_slice(objects);
        Ok(())
    }

    fn size(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn open_below(&self, _hashes: &[base::Hash]) -> Result<Vec<base::Hash>, StoreError> {
        Ok(Vec::new())
    }
}

/// Performs what the host asks of its store and workers until it waits for its peer, and gives what it sends.
fn work(host: &mut Host, store: &Recording, actions: Vec<Action>) -> Vec<Message> {
    frames(host, store, actions).iter().filter_map(|frame| codec::decode(&frame.payload).ok()).collect()
}

/// As [`work`], with messages in their pieces.
fn frames(host: &mut Host, store: &Recording, actions: Vec<Action>) -> Vec<Frame> {
    let (mut actions, mut frames) = (actions, Vec::new());
    while !actions.is_empty() {
        let mut event = |action| match action {
            Action::Send { frame, .. } => {
                frames.push(frame);
                None
            }
            Action::Store { ticket, request } => {
                Some(Event::Stored { ticket, reply: node::store::perform(store, request) })
            }
            Action::Run { task, mut job, fuel, .. } => {
                let step = job.run(fuel);
                Some(Event::Ran { task, job, step })
            }
            _ => None,
        };
        let events: Vec<Event> = actions.into_iter().filter_map(&mut event).collect();
        actions = events.into_iter().flat_map(|event| host.on(2, event)).collect();
    }
    frames
}

fn wanted(hash: base::Hash) -> Want {
    Want { hashes: vec![hash], listed: Vec::new() }
}

/// The answer to the first question.
fn definitions(call: CallId, subject: Subject, objects: &[RawObject]) -> Message {
    let packed = node::pack::pack(objects);
    Message::Definitions { call, subject, round: 1, packed, listed: vec![], absent: vec![], withheld: vec![] }
}

fn need(call: CallId, subject: Subject, want: Want) -> Message {
    Message::Need { call, subject, round: 1, nonce: Nonce([5; 16]), want, patient: true }
}

fn serve(bytes_of: impl Fn(&Object) -> Vec<u8>) -> (Vec<Message>, usize) {
    let (mut host, store) = (connected(), Recording::default());
    control(&mut host, codec::encode(&hello(1)));
    let (object, id) = answer();
    let actions = data(&mut host, 1, &eval(Root::Definition(id)));
    let asked = work(&mut host, &store, actions);
    let (call, subject, hash) = (CallId([7; 16]), Subject::Root, object.hash());
    let [Message::Need { call: of, want, .. }] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((*of, want), (call, &wanted(hash)));
    let raw = RawObject { hash, kind: Kind::Term, bytes: bytes_of(&object).into() };
    let unasked = RawObject { hash: base::Hash([1; 32]), kind: Kind::Term, bytes: vec![1, 2, 3].into() };
    let definitions = definitions(call, subject, &[raw, unasked]);
    let actions = data(&mut host, 3, &definitions);
    let messages = work(&mut host, &store, actions);
    let stored = store.0.lock().expect("no panic").len();
    (messages, stored)
}

#[test]
fn a_definition_is_run_only_if_it_is_what_its_hash_says() {
    let (messages, stored) = serve(|object| object.bytes().to_vec());
    let [
        Message::Stored { .. },
        Message::Done { end: End::Ended(Ending { outcome: Outcome::Returned(value), .. }), .. },
    ] = messages.as_slice()
    else {
        panic!("{messages:?}")
    };
    assert_eq!(machine::portable::to_datum(value, 10), Ok(machine::Datum::Nat(42)));
    assert_eq!(stored, 1, "and not what nobody asked for");

    let (messages, stored) = serve(|object| {
        let mut bytes = object.bytes().to_vec();
        *bytes.last_mut().expect("not empty") ^= 1;
        bytes
    });
    let hash = answer().0.hash();
    let [
        Message::Complaint { hash: complaint, .. },
        Message::Done { end: End::Ended(Ending { outcome: Outcome::Failed(failure), .. }), .. },
    ] = messages.as_slice()
    else {
        panic!("{messages:?}")
    };
    assert_eq!(*complaint, hash);
    assert!(matches!(failure, Failure::BadDefinition { hash: named, .. } if *named == hash), "{failure}");
    assert_eq!(stored, 0);
}

/// A generator of numbers that look random.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Some bytes of it changed, or its end cut off.
    fn spoil(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..1 + self.below(3) {
            let at = self.below(bytes.len());
            match self.below(4) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes.insert(at, self.next() as u8),
                _ => bytes[at] = self.next() as u8,
            }
        }
    }
}

/// `(1, ())`
fn value() -> machine::Portable {
    let datum = machine::Datum::tuple(vec![machine::Datum::Nat(1), machine::Datum::unit()]);
    machine::portable::from_datum(&datum).expect("encodes")
}

fn done(end: End) -> Message {
    Message::Done {
        call: CallId([7; 16]),
        outputs: 0,
        left: Budget::DEFAULT,
        hints: vec![],
        end,
        rest: false,
        track: None,
    }
}

#[test]
fn questions_for_definitions_are_frozen() {
    let call = CallId([7; 16]);
    let head = |tag| [&[tag][..], &[7; 16], &[1]].concat();
    let want = Want { hashes: vec![base::Hash([2; 32])], listed: vec![Prefix([3; 8])] };
    let bytes = codec::encode(&need(call, Subject::Result, want));
    assert_eq!(bytes, [&head(5)[..], &[1], &[5; 16], &[1], &[2; 32], &[1], &[3; 8], &[1]].concat());
    let packed = node::pack::Packed { objects: 1, bytes: 300, block: vec![8, 9] };
    let (listed, absent, withheld) = (vec![Prefix([3; 8])], vec![base::Hash([2; 32])], vec![base::Hash([4; 32])]);
    let answer = Message::Definitions { call, subject: Subject::Result, round: 2, packed, listed, absent, withheld };
    let tail = [&[2, 1, 0xac, 0x02, 2, 8, 9, 1][..], &[3; 8], &[1], &[2; 32], &[1], &[4; 32]].concat();
    assert_eq!(codec::encode(&answer), [head(6), tail].concat());
    assert_eq!(codec::encode(&Message::Elsewhere { call, subject: Subject::Result }), head(21));
    assert_eq!(codec::encode(&Message::Stored { call, subject: Subject::Result }), head(22));
}

/// What a peer of this version of the protocol sends must not change without a new version.
#[test]
fn the_ends_of_evaluations_are_frozen() {
    assert_eq!(node::message::PROTOCOL_VERSION, 9);
    let tail = |message: &Message, from: &[u8]| {
        let bytes = codec::encode(message);
        assert!(bytes.ends_with(from), "{bytes:02x?}");
    };
    let bytes = value_bytes();
    tail(&done(End::Requested(self::value())), &[&[3][..], &bytes, &[0, 0]].concat());
    tail(
        &done(End::Moved(NodeId { host: key(3), id: [5; 16] }, self::value())),
        &[&[4][..], &key(3).0, &[5; 16], &bytes, &[0, 0]].concat(),
    );
    tail(
        &done(End::Kept(handle(), 300, self::value())),
        &[&[5, 5][..], &[6; 16], &[9; 16], &[0xac, 0x02], &bytes, &[0, 0]].concat(),
    );
    let definition = DefId { component: base::Hash([7; 32]), index: 2 };
    let station = Station { node: "n".into(), steps: vec![Step { definition, site: kernel::Site(5) }] };
    let ending = Ending { outcome: Outcome::Raised(self::value()), trail: Trail::default().and(station) };
    let (call, question) = (CallId([7; 16]), Question::Explain(ending.trail.clone()));
    let trail = [&[1, 1, b'n', 1][..], &[7; 32], &[2, 5]].concat();
    tail(&Message::Ask { call, seq: 1, question }, &[&[7, 1, 2][..], &trail].concat());
    let reply = Reply::Lines(vec!["in x".into()]);
    tail(&Message::Answer { call, seq: 1, reply }, &[7, 1, 4, 1, 4, b'i', b'n', b' ', b'x']);
    tail(&done(End::Ended(ending)), &[&[1][..], &bytes, &[1, 1, b'n', 1], &[7; 32], &[2, 5, 0, 0]].concat());
    tail(&done(End::Ended(Outcome::Returned(self::value()).into())), &[&[0][..], &bytes, &[0, 0]].concat());
    tail(&eval(Root::Apply(self::value())), &[&[0, 1, 0, 9][..], b"Exception", &[3], &bytes].concat());
}

fn handle() -> Handle {
    Handle { incarnation: 5, id: FutureId([6; 16]), secret: [9; 16] }
}

#[test]
fn what_is_wanted_of_futures_and_messages_is_frozen() {
    let tail = |root: Root, from: &[u8]| {
        let bytes = codec::encode(&eval(root));
        assert!(bytes.ends_with(from), "{bytes:02x?}");
    };
    let (future, channel) = (FutureId([6; 16]), ChannelId([8; 32]));
    let of_future = [&[2, 5][..], &[6; 16]].concat();
    tail(Root::Future(5, future, Inquiry::Await(300)), &[&of_future[..], &[0, 0xac, 0x02]].concat());
    tail(Root::Future(5, future, Inquiry::Cancel), &[&of_future[..], &[1]].concat());
    tail(Root::Future(5, future, Inquiry::Status), &[&of_future[..], &[2]].concat());
    tail(Root::Future(5, future, Inquiry::Detach), &[&of_future[..], &[3]].concat());
    tail(Root::Detach(CallId([4; 16])), &[&[5][..], &[4; 16]].concat());
    tail(Root::Rest(CallId([4; 16])), &[&[6][..], &[4; 16]].concat());
    let of_handle = [&[5][..], &[6; 16], &[9; 16]].concat();
    tail(Root::Resume(handle(), value()), &[&[7][..], &of_handle, &value_bytes()].concat());
    tail(Root::Fetch(handle()), &[&[8][..], &of_handle].concat());
    let hold = Message::Hold { futures: vec![(5, future)], hold: true };
    assert_eq!(codec::encode(&hold), [&[20, 1, 5][..], &[6; 16], &[1]].concat());
    let bytes = value_bytes();
    tail(Root::Message(channel, None, value()), &[&[4][..], &[8; 32], &[0], &bytes].concat());
    let element = Some(base::Hash([9; 32]));
    tail(Root::Message(channel, element, value()), &[&[4][..], &[8; 32], &[1], &[9; 32], &bytes].concat());
    let node = || "n".to_string();
    for (failure, number) in [
        (Failure::Overdue { node: node() }, 13),
        (Failure::NoListener { node: node() }, 14),
        (Failure::LostResumption { node: node() }, 15),
    ] {
        let bytes = codec::encode(&done(End::Ended(failure.into())));
        assert!(bytes.ends_with(&[2, number, 1, b'n', 0, 0, 0]), "{bytes:02x?}");
    }
}

#[test]
fn what_is_told_of_where_time_went_is_frozen() {
    let of = |track| match done(End::Requested(value())) {
        Message::Done { call, outputs, left, hints, end, rest, .. } => {
            codec::encode(&Message::Done { call, outputs, left, hints, end, rest, track })
        }
        other => panic!("{other:?}"),
    };
    let bytes = of(Some(track()));
    let tail = [&[1, 1, 2, 1, 5][..], b"local", &[1, 8, 1, 0xac, 0x02, 5, 1], &[7; 16]].concat();
    assert!(bytes.ends_with(&tail), "{bytes:02x?}");
}

fn track() -> Track {
    let span = Span {
        node: "local".into(),
        lane: 1,
        kind: SpanKind::Sync,
        start_us: 1,
        end_us: 300,
        bytes: 5,
        definitions: 1,
        call: CallId([7; 16]),
    };
    Track { received_us: 1, sent_us: 2, spans: vec![span] }
}

/// The value as it stands in a message: its length, and its bytes.
fn value_bytes() -> Vec<u8> {
    let bytes = value().bytes().clone();
    [&[bytes.len() as u8][..], &bytes].concat()
}

fn samples() -> Vec<Message> {
    let (object, id) = answer();
    let raw = RawObject { hash: object.hash(), kind: Kind::Term, bytes: object.bytes().clone() };
    let call = CallId([7; 16]);
    let failure = Failure::OutOfBudget { node: "n".into(), resource: sandbox::Resource::Fuel };
    vec![
        hello(1),
        eval(Root::Definition(id)),
        eval(Root::Future(1, FutureId([1; 16]), Inquiry::Await(7))),
        eval(Root::Detach(CallId([1; 16]))),
        eval(Root::Rest(CallId([1; 16]))),
        eval(Root::Message(ChannelId([1; 32]), None, value())),
        need(call, Subject::Result, Want { hashes: vec![object.hash()], listed: vec![Prefix([1; 8])] }),
        definitions(call, Subject::Root, &[raw]),
        Message::Elsewhere { call, subject: Subject::Root },
        Message::Stored { call, subject: Subject::Result },
        Message::Output { call, seq: 300, stream: node::Stream::Error, text: "text\n".into() },
        Message::Answer { call, seq: 1, reply: node::Reply::Arguments(vec!["a".into()]) },
        Message::Done {
            call,
            outputs: 1,
            left: Budget::DEFAULT,
            hints: vec![],
            end: End::Ended(failure.into()),
            rest: true,
            track: Some(track()),
        },
        eval(Root::Apply(value())),
        eval(Root::Resume(handle(), value())),
        eval(Root::Fetch(handle())),
        done(End::Requested(value())),
        done(End::Kept(handle(), 300, value())),
        done(End::Moved(NodeId::numbered(key(3), 1), value())),
        Message::CancelRun { run: RunId([1; 16]) },
    ]
}

#[test]
fn messages_are_read_as_they_were_written_and_spoilt_ones_never_do_harm() {
    let mut random = Random(0x1234_5678_9abc_def1);
    for message in samples() {
        let bytes = codec::encode(&message);
        assert_eq!(codec::decode(&bytes), Ok(message.clone()));
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(codec::decode(&longer).is_err(), "trailing bytes: {message:?}");
        for _ in 0..500 {
            let mut spoilt = bytes.clone();
            random.spoil(&mut spoilt);
            let mut host = connected();
            control(&mut host, codec::encode(&hello(1)));
            let kind = if random.below(4) == 0 { FrameKind::Piece } else { FrameKind::Last };
            let stream = random.below(3) as u64;
            let frame = Frame { stream, kind, payload: spoilt };
            host.on(2, Event::Received { conn: CONN, frame });
        }
    }
}

#[test]
fn noise_on_a_connection_is_an_error_or_frames() {
    let mut random = Random(99);
    for _ in 0..3_000 {
        let mut decoder = FrameDecoder::new();
        let mut host = connected();
        let noise: Vec<u8> = (0..random.below(400)).map(|_| random.next() as u8 & 0x1f).collect();
        decoder.push(&noise);
        while let Ok(Some(frame)) = decoder.next_frame() {
            host.on(2, Event::Received { conn: CONN, frame });
        }
    }
}

/// However many requests of a peer, or however much they bring: beyond the limit they are turned away at once, and do not begin.
#[test]
fn a_peer_that_asks_for_too_much_is_told_that_the_host_is_busy() {
    use node::limits::{REQUESTED_BYTES_MAX, SESSIONS_PER_PEER_MAX};
    let busy = |root: Root, count: usize| {
        let mut host = connected();
        control(&mut host, codec::encode(&hello(1)));
        let call = |n: usize| CallId(std::array::from_fn(|i| (n >> (8 * (i % 8))) as u8));
        let is_busy = |message: &Message| {
            matches!(
                message,
                Message::Done { end: End::Ended(Ending { outcome: Outcome::Failed(Failure::Busy { .. }), .. }), .. }
            )
        };
        // Neither the store nor a worker answers, so all of them wait.
        let mut asked = |n| data(&mut host, n as u64 + 1, &eval_of(call(n), root.clone()));
        (0..count).filter(|n| sent(&asked(*n)).iter().any(is_busy)).count()
    };
    let (_, id) = answer();
    assert_eq!(busy(Root::Definition(id), SESSIONS_PER_PEER_MAX + 5), 5);
    let bytes = machine::Datum::Bytes(vec![7; 2 << 20].into());
    let large = machine::portable::from_datum(&bytes).expect("encodes");
    let fit = REQUESTED_BYTES_MAX / large.bytes().len();
    assert_eq!(busy(Root::Value(large.clone()), fit + 3), 3);
    assert_eq!(busy(Root::Message(ChannelId([1; 32]), None, large), fit + 3), 0, "nobody listens: nothing is kept");
}

/// `'(let t = Text.repeat 10000 "x"; n = ask; n + Text.size t)`, what it depends on, and the ability of `ask : Nat`.
fn asks() -> (Vec<Object>, DefId, kernel::TypeRef) {
    let nat = || Type::builtin(builtin::BuiltinType::Nat);
    let operation = kernel::Constructor { name: "ask".into(), ty: nat(), by_name: false, arity: 0 };
    let declaration = kernel::Declaration {
        kind: kernel::DeclarationKind::Ability,
        identity: kernel::Identity::Structural,
        params: 0,
        constructors: vec![operation],
    };
    let types = hash::hash_types(&[declaration]).object;
    let ability = kernel::TypeRef::Def(DefId { component: types.hash(), index: 0 });
    let of = |builtin, args| Term::App(Box::new(Term::Ref(kernel::TermRef::Builtin(builtin))), args);
    let repeat = vec![Term::Literal(Literal::Nat(10_000)), Term::Literal(Literal::Text("x".into()))];
    let bindings =
        vec![of(builtin::Builtin::TextRepeat, repeat), Term::App(Box::new(Term::Operation(ability, 0)), vec![])];
    let size = of(builtin::Builtin::TextSize, vec![Term::Local(1)]);
    let sum = of(builtin::Builtin::NatAdd, vec![Term::Local(0), size]);
    let body = Term::Lambda(1, Box::new(Term::Let(bindings, Box::new(sum))));
    let signature = Signature { ty: Type::delay(kernel::Row::empty(), nat()), by_name: false };
    let object = hash::hash_terms(&[Definition { signature, body }]).object;
    let id = DefId { component: object.hash(), index: 0 };
    (vec![types, object], id, ability)
}

#[test]
fn what_waits_here_for_an_answer_is_resumed_by_whom_it_was_told_and_by_nobody_else() {
    const OTHER: ConnId = ConnId(2);
    let (mut host, store) = (connected(), Recording::default());
    control(&mut host, codec::encode(&hello(1)));
    host.on(0, Event::Connected { conn: OTHER, peer: key(4), dial: None });
    host.on(1, Event::Received { conn: OTHER, frame: Frame::control(hello_of(&secret(4))) });
    let (objects, id, ability) = asks();
    store.0.lock().expect("no panic").extend(objects);
    let mut calls = 10;
    let mut ask = |host: &mut Host, conn: ConnId, root: Root| {
        calls += 1;
        let Message::Eval(mut eval) = eval_of(CallId([calls; 16]), root) else { unreachable!("made above") };
        eval.row = vec![ability];
        let payload = codec::encode(&Message::Eval(eval));
        let frame = Frame { stream: u64::from(calls) * 2 + 1, kind: FrameKind::Last, payload };
        let actions = host.on(1, Event::Received { conn, frame });
        let ends = work(host, &store, actions).into_iter().filter_map(|message| match message {
            Message::Done { end, .. } => Some(end),
            _ => None,
        });
        ends.last().expect("it ends")
    };
    let End::Kept(handle, bytes, _) = ask(&mut host, CONN, Root::Definition(id)) else { panic!("it is large") };
    assert!(bytes > 10_000, "{bytes}");
    let nat = |n| machine::portable::from_datum(&machine::Datum::Nat(n)).expect("encodes");
    let lost = |end: End| match end {
        End::Ended(Ending { outcome: Outcome::Failed(failure), .. }) => {
            matches!(failure, Failure::LostResumption { .. })
        }
        other => panic!("{other:?}"),
    };
    assert!(lost(ask(&mut host, OTHER, Root::Resume(handle, nat(1)))), "another host");
    assert!(lost(ask(&mut host, OTHER, Root::Fetch(handle))));
    let guess = Handle { secret: [0; 16], ..handle };
    assert!(lost(ask(&mut host, CONN, Root::Resume(guess, nat(1)))), "not all of its bits");
    let End::Ended(Ending { outcome, .. }) = ask(&mut host, CONN, Root::Future(5, handle.id, Inquiry::Await(7))) else {
        panic!("it is no future")
    };
    assert!(matches!(outcome, Outcome::Failed(Failure::LostFuture { .. })));
    let earlier = Handle { incarnation: 4, ..handle };
    let End::Ended(Ending { outcome, .. }) = ask(&mut host, CONN, Root::Resume(earlier, nat(1))) else {
        panic!("of an earlier process")
    };
    assert!(matches!(outcome, Outcome::Failed(Failure::Restarted { .. })));
    for answer in [1, 2] {
        let End::Ended(Ending { outcome, .. }) = ask(&mut host, CONN, Root::Resume(handle, nat(answer))) else {
            panic!("it ends")
        };
        assert_eq!(outcome, Outcome::Returned(nat(10_000 + answer)), "as often as is wanted");
    }
    let End::Ended(Ending { outcome: Outcome::Returned(whole), .. }) = ask(&mut host, CONN, Root::Fetch(handle)) else {
        panic!("it is told")
    };
    assert!(whole.bytes().len() > 10_000);
}

/// `'(Text.repeat n "x")`
fn long(n: u64) -> (Object, DefId) {
    let ty = Type::delay(kernel::Row::empty(), Type::builtin(builtin::BuiltinType::Text));
    let args = vec![Term::Literal(Literal::Nat(n)), Term::Literal(Literal::Text("x".into()))];
    let repeat = Term::Ref(kernel::TermRef::Builtin(builtin::Builtin::TextRepeat));
    let body = Term::Lambda(1, Box::new(Term::App(Box::new(repeat), args)));
    let object = hash::hash_terms(&[Definition { signature: Signature { ty, by_name: false }, body }]).object;
    let id = DefId { component: object.hash(), index: 0 };
    (object, id)
}

/// A peer that begins to read: it puts messages together, grants credit, and acknowledges results.
#[derive(Default)]
struct LateReader {
    pieces: std::collections::BTreeMap<u64, Vec<u8>>,
    done: usize,
    definitions: usize,
}

impl LateReader {
    fn read(&mut self, host: &mut Host, frame: Frame) -> Vec<Action> {
        let mut actions = host.on(3, Event::Written { conn: CONN, bytes: frame.encoded_len() });
        let bytes = self.pieces.entry(frame.stream).or_default();
        bytes.extend_from_slice(&frame.payload);
        if frame.kind == FrameKind::Piece {
            let mut granted = base::bytes::Writer::new();
            granted.varint(frame.payload.len() as u64);
            let credit = Frame { stream: frame.stream, kind: FrameKind::Credit, payload: granted.finish() };
            actions.extend(host.on(3, Event::Received { conn: CONN, frame: credit }));
            return actions;
        }
        let bytes = self.pieces.remove(&frame.stream).expect("just put there");
        match codec::decode(&bytes).expect("well-formed") {
            Message::Done { call, end: End::Ended(Ending { outcome: Outcome::Returned(_), .. }), .. } => {
                self.done += 1;
                actions.extend(control(host, codec::encode(&Message::Ack { call })));
            }
            Message::Definitions { .. } => self.definitions += 1,
            Message::Hello(_) | Message::Pong => {}
            other => panic!("{other:?}"),
        }
        actions
    }
}

#[test]
fn a_peer_that_does_not_read_costs_a_bounded_amount_and_gets_everything_when_it_does() {
    use node::limits::{OUTBOX_LONG_BYTES, OUTBOX_SHORT_BYTES, OWED_BYTES_MAX};
    const ONE: usize = 1 << 20;
    const CALLS: usize = OWED_BYTES_MAX / ONE + 40;
    let (mut host, store) = (connected(), Recording::default());
    control(&mut host, codec::encode(&hello(1)));
    let (object, id) = long(ONE as u64);
    store.put_if_absent(&[object]).expect("it takes everything");
    let calls = (0..CALLS).map(|n| CallId([n as u8; 16]));
    let (mut unread, mut stream, mut most) = (Vec::new(), 0, 0);
    for call in calls.clone() {
        let hashes = vec![base::Hash([3; 32]); 1_000];
        let again = need(call, Subject::Result, Want { hashes, listed: Vec::new() });
        for message in [&eval_of(call, Root::Definition(id)), &again, &again, &again, &Message::Ping] {
            stream += 1;
            let actions = data(&mut host, stream, message);
            unread.extend(frames(&mut host, &store, actions));
            most = most.max(host.kept_for(key(3)));
        }
    }
    assert_eq!(host.status().sessions, CALLS as u64);
    assert!(host.status().tasks > 0, "what would make more of it waits");
    let bound = OWED_BYTES_MAX + OUTBOX_LONG_BYTES + OUTBOX_SHORT_BYTES + 12 * ONE;
    assert!(most < bound, "{most} bytes are kept, {bound} would be much");

    let mut reader = LateReader::default();
    while !unread.is_empty() {
        for frame in std::mem::take(&mut unread) {
            let actions = reader.read(&mut host, frame);
            unread.extend(frames(&mut host, &store, actions));
        }
    }
    assert_eq!(reader.done, CALLS, "every result has come");
    assert!(reader.definitions > 0);
    assert_eq!((host.status().sessions, host.kept_for(key(3))), (0, 0), "nothing is left");
}
