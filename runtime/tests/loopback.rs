//! Real hosts over real TLS on the loopback interface, in one process.

#[path = "../node/tests/simulation/programs.rs"]
mod programs;

use codebase::MemoryStore;
use hash::store::{ObjectStore, StoreId};
use node::{Failure, FrameDecoder, Outcome, Progress};
use programs::{Library, Program};
use runtime::{
    At, Budget, Console, Keys, NodeAddress, NodeOptions, Policy, Run, RunOptions, RunningNode, RuntimeError, Stream,
};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ALICE: [u8; 32] = [1; 32];
const BOB: [u8; 32] = [2; 32];

fn keys(user: [u8; 32], host: u8) -> Keys {
    Keys::from_secrets(user, [host; 32])
}

fn store(n: u8) -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new(StoreId([n; 16]), 0))
}

fn start(user: [u8; 32], host: u8, allow: Vec<[u8; 32]>) -> RunningNode {
    RunningNode::start(node_options(user, host, allow)).expect("a port is free")
}

fn node_options(user: [u8; 32], host: u8, allow: Vec<[u8; 32]>) -> NodeOptions {
    NodeOptions {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        store: store(host),
        keys: keys(user, host),
        allow,
        policy: Policy::Everything,
        workers: 2,
        nodes: 1,
        metrics: None,
        tiers: runtime::Tiers::default(),
        lease_ms: runtime::LEASE_MS,
    }
}

fn address(node: &RunningNode) -> NodeAddress {
    NodeAddress { key: None, address: node.address().to_string(), id: [0; 16] }
}

#[derive(Default)]
struct Shown(Mutex<String>);

impl Console for Shown {
    fn write(&self, _stream: Stream, text: &str) {
        self.0.lock().expect("no panic").push_str(text);
    }

    fn read_line(&self) -> std::io::Result<Option<String>> {
        Ok(None)
    }
}

fn options(at: At, main: kernel::DefId, store: Arc<dyn ObjectStore>) -> (RunOptions, Arc<Shown>) {
    let console = Arc::new(Shown::default());
    let options = RunOptions {
        main,
        explain: std::sync::Arc::new(runtime::Trail::lines),
        arguments: vec!["one".into(), "two".into()],
        at,
        store,
        keys: keys(ALICE, 100),
        console: console.clone(),
        budget: Budget::DEFAULT,
        workers: 2,
        traced: false,
        profiled: false,
        tiers: runtime::Tiers::default(),
        lease_ms: runtime::LEASE_MS,
    };
    (options, console)
}

/// Programs that write no files: the last ones do.
fn harmless(store: &dyn ObjectStore) -> Vec<Program> {
    let programs = Library::new(store).programs();
    programs.into_iter().filter(|program| program.tokens.is_empty()).collect()
}

#[test]
fn programs_give_the_same_here_and_over_three_hosts() {
    let nodes = [start(ALICE, 11, Vec::new()), start(ALICE, 12, Vec::new()), start(ALICE, 13, Vec::new())];
    let store = store(14);
    for program in harmless(&*store) {
        for at in [At::Local(3), At::Nodes(nodes.iter().map(address).collect())] {
            let (options, console) = options(at.clone(), program.main, store.clone());
            let outcome = Run::start(options).expect("the nodes are there").wait();
            assert!(program.ends.is(&outcome), "{} at {at:?}: {outcome:?}", program.name);
            assert_eq!(*console.0.lock().expect("no panic"), program.output, "{} at {at:?}", program.name);
        }
    }
}

#[test]
fn a_node_tells_its_own_user_what_it_does_and_stops_when_told() {
    let node = start(ALICE, 21, vec![*b"not the key of anyone in the wor"]);
    let at = address(&node);
    let status = runtime::status(&keys(ALICE, 101), &at).expect("it answers");
    assert_eq!(status.node, node.text());
    assert!(matches!(runtime::stop(&keys(BOB, 102), &at), Err(RuntimeError::UnknownKey { .. })));
    let named: NodeAddress = node.text().parse().expect("written by us");
    assert!(matches!(runtime::stop(&keys(BOB, 102), &named), Err(RuntimeError::Refused { .. })));
    runtime::stop(&keys(ALICE, 101), &at).expect("it answers");
    node.wait();
    assert!(matches!(runtime::status(&keys(ALICE, 101), &at), Err(RuntimeError::Unreachable { .. })));
}

#[test]
fn another_user_is_refused_unless_allowed() {
    let store = store(31);
    let main = harmless(&*store)[0].main;
    let run = |node: &RunningNode| {
        let at = At::Nodes(vec![node.text().parse().expect("written by us")]);
        Run::start(options(at, main, store.clone()).0).expect("a key was given").wait()
    };
    let strict = start(BOB, 32, Vec::new());
    let Outcome::Failed(Failure::Denied { node, .. }) = run(&strict) else { panic!("not refused") };
    assert_eq!(node, strict.text());
    let keyless = Run::start(options(At::Nodes(vec![address(&strict)]), main, store.clone()).0);
    assert!(matches!(keyless.err(), Some(RuntimeError::UnknownKey { .. } | RuntimeError::Refused { .. })));

    let open = start(BOB, 33, vec![keys(ALICE, 100).user_key().0]);
    let (again, _) =
        options(At::Nodes(vec![open.text().parse().expect("written by us")]), one_node(&store), store.clone());
    let outcome = Run::start(again).expect("a key was given").wait();
    assert!(matches!(outcome, Outcome::Returned(_)), "{outcome:?}");
}

/// A program that needs one node only.
fn one_node(store: &Arc<MemoryStore>) -> kernel::DefId {
    Library::new(&**store).alone()
}

#[test]
fn a_wrong_key_is_told_from_nobody() {
    let node = start(ALICE, 41, Vec::new());
    let mut wrong = address(&node);
    wrong.key = Some(keys(ALICE, 42).host_key());
    let error = runtime::status(&keys(ALICE, 101), &wrong).expect_err("another key is there");
    let RuntimeError::ChangedKey { found, .. } = error else { panic!("{error}") };
    assert_eq!(found, keys(ALICE, 41).host_key());
}

#[test]
fn garbage_ends_a_connection_and_not_the_node() {
    let node = start(ALICE, 51, Vec::new());
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x16, 3, 1, 0xff, 0xff, 1, 2, 3], &[0; 70_000]] {
        let mut peer = TcpStream::connect(node.address()).expect("it listens");
        // The node may close before everything is written.
        let _ = peer.write_all(garbage);
        let _ = peer.shutdown(std::net::Shutdown::Write);
        let _ = peer.read_to_end(&mut Vec::new());
    }
    runtime::status(&keys(ALICE, 101), &address(&node)).expect("it still answers");
}

/// A peer that answers every connection with these bytes, or with silence.
fn peer(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.expect("accepted");
            let _ = stream.write_all(answer);
            open.push(stream);
        }
    });
    address
}

#[test]
fn a_peer_that_is_none_gives_an_error_in_time() {
    let store = store(61);
    let main = harmless(&*store)[0].main;
    let free = TcpListener::bind("127.0.0.1:0").expect("a port is free").local_addr().expect("bound");
    for (address, limit_ms) in [(free, 1_000), (peer(b"SSH-2.0-OpenSSH_9.9\r\n"), 1_000), (peer(b""), 7_000)] {
        let begun = Instant::now();
        let at = NodeAddress { key: Some(keys(ALICE, 62).host_key()), address: address.to_string(), id: [0; 16] };
        let (options, _) = options(At::Nodes(vec![at]), main, store.clone());
        let outcome = Run::start(options).expect("a key was given").wait();
        let Outcome::Failed(Failure::Unreachable { node, progress, .. }) = outcome else { panic!("{outcome:?}") };
        assert!(node.contains(&address.to_string()) && progress == Progress::NotStarted, "{node}");
        assert!(begun.elapsed() < Duration::from_millis(limit_ms), "{:?}", begun.elapsed());
    }
}

#[test]
fn a_node_that_goes_away_in_the_middle_is_named() {
    let node = start(ALICE, 71, Vec::new());
    let store = store(72);
    let main = Library::new(&*store).forever_alone();
    let (options, _) = options(At::Nodes(vec![address(&node)]), main, store);
    let run = Run::start(options).expect("it is there");
    std::thread::spawn(move || {
        // Once the program runs there, the node's process ends without a word.
        while runtime::status(&keys(ALICE, 101), &address(&node)).expect("it answers").tasks == 0 {}
        drop(node);
    });
    let Outcome::Failed(Failure::Unreachable { progress, .. }) = run.wait() else { panic!("it should be unreachable") };
    assert_eq!(progress, Progress::MayHaveRun);
}

#[test]
fn a_run_can_be_cancelled_from_another_thread() {
    let store = store(81);
    let main = Library::new(&*store).forever_alone();
    let (options, _) = options(At::Local(1), main, store);
    let run = Run::start(options).expect("it starts");
    let handle = run.cancel_handle();
    std::thread::spawn(move || handle.cancel());
    assert!(matches!(run.wait(), Outcome::Failed(Failure::Cancelled { .. })));
}

/// Whoever speaks another version is told so. The frames stand in for a host of the future.
#[test]
fn frames_of_a_greeting_are_small_and_readable_by_any_version() {
    let mut bytes = Vec::new();
    node::Frame::control(b"\0unison\0\0\x63whatever".to_vec()).encode(&mut bytes);
    let mut decoder = FrameDecoder::new();
    decoder.push(&bytes);
    let frame = decoder.next_frame().expect("well-formed").expect("whole");
    assert_eq!(node::codec::decode_hello(&frame.payload), Err(node::codec::MessageError::Version(0x63)));
}

/// What an HTTP server answers.
fn asked(at: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(at).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers and ends");
    answer
}

/// Names with their help and type, as a collector reads them.
#[test]
fn a_collector_gets_the_numbers_whoever_else_comes() {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let options = NodeOptions { metrics: Some(any), ..node_options(ALICE, 27, Vec::new()) };
    let node = RunningNode::start(options).expect("a port is free");
    let at = node.metrics().expect("it was asked for");
    // Some say nothing, and some begin and do not go on.
    let silent = |n: usize| {
        let mut stream = TcpStream::connect(at).expect("it listens");
        stream.write_all(if n.is_multiple_of(2) { b"" } else { b"GET /met" }).expect("it reads");
        stream
    };
    let _others: Vec<TcpStream> = (0..100).map(silent).collect();
    let begun = Instant::now();
    let answer = asked(at, "GET /metrics?name=x HTTP/1.1\r\nHost: here\r\n\r\n");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("text/plain; version=0.0.4"), "{head}");
    assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head}");
    let lines: Vec<&str> = body.lines().collect();
    for metric in lines.chunks(3) {
        let [help, kind, sample] = metric else { panic!("{metric:?}") };
        let (name, value) = sample.split_once(' ').expect("a name and a value");
        assert!(name.starts_with("unison_") && value.parse::<f64>().is_ok(), "{sample}");
        assert!(help.starts_with(&format!("# HELP {name} ")), "{help}");
        let expected = if name.ends_with("_total") { "counter" } else { "gauge" };
        assert_eq!(*kind, format!("# TYPE {name} {expected}"));
    }
    assert!(lines.len() >= 45 && body.ends_with('\n'), "{body}");
    let first = |request: &str| asked(at, request).lines().next().map(str::to_string);
    assert_eq!(first("GET /nothing HTTP/1.1\r\n\r\n").as_deref(), Some("HTTP/1.1 404 Not Found"));
    assert_eq!(first("POST /metrics HTTP/1.1\r\n\r\n").as_deref(), Some("HTTP/1.1 405 Method Not Allowed"));
    assert!(asked(at, "HEAD /metrics HTTP/1.0\n\n").ends_with("\r\n\r\n"), "a head alone");
}

/// Hangs up on whoever connects first, and passes on what the next ones say.
fn moody(node: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let address = listener.local_addr().expect("it has one");
    let carry = |mut from: TcpStream, mut to: TcpStream| {
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(std::net::Shutdown::Both);
        });
    };
    std::thread::spawn(move || {
        drop(listener.accept());
        for near in listener.incoming().flatten() {
            let far = TcpStream::connect(node).expect("it listens");
            carry(near.try_clone().expect("a handle"), far.try_clone().expect("a handle"));
            carry(far, near);
        }
    });
    address
}

#[test]
fn who_hangs_up_once_is_called_again() {
    let node = start(ALICE, 28, Vec::new());
    let at = NodeAddress { key: None, address: moody(node.address()).to_string(), id: [0; 16] };
    let status = runtime::status(&keys(ALICE, 101), &at).expect("it answers");
    assert_eq!(status.node, node.text());
}
