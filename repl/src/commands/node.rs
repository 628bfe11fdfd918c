//! `unison node`.

use super::report;
use crate::arguments::{Format, Node, NodeAddress, NodeStart};
use crate::exit::{self, Failure};
use codebase::{Codebase, MemoryStore};
use hash::store::ObjectStore;
use runtime::{Keys, NodeOptions, Policy, RunningNode, Status};
use serde_json::json;
use session::Home;
use std::io::Write;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub fn node(command: Node) -> Result<u8, Failure> {
    match command {
        Node::Start(arguments) => start(arguments),
        Node::Status(arguments) => status(arguments),
        Node::Stop(arguments) => stop(arguments),
    }
}

fn start(arguments: NodeStart) -> Result<u8, Failure> {
    let home = super::home()?;
    let listen = listen_address(&arguments.listen)?;
    let allow = arguments.allow.iter().map(|text| allowed(text)).collect::<Result<Vec<_>, _>>()?.concat();
    let (store, keys) = open_store(&home, arguments.store.as_deref())?;
    let metrics = arguments.metrics.as_deref().map(listen_address).transpose()?;
    let (policy, workers, tiers) = (Policy::Everything, super::workers(), super::tiers(arguments.tiers)?);
    let lease_ms = super::lease_ms(arguments.lease);
    let options =
        NodeOptions { listen, store, keys, allow, policy, workers, tiers, nodes: arguments.nodes, metrics, lease_ms };
    let node = RunningNode::start(options).map_err(|error| report::runtime(&error))?;
    ready(&node, arguments.format);
    let handle = node.drain_handle();
    runtime::signals::on_terminate(move || handle.drain()).map_err(|error| report::runtime(&error))?;
    node.wait();
    Ok(exit::OK)
}

/// The one line that says where the node is; whoever started it may be waiting for it.
fn ready(node: &RunningNode, format: Format) {
    let line = match format {
        Format::Human => {
            let nodes = if node.nodes() > 1 { format!(", with {} nodes", node.nodes()) } else { String::new() };
            let metrics = node.metrics().map_or(String::new(), |at| format!(", metrics at http://{at}/metrics"));
            format!("serving as {}{nodes}{metrics}", node.text())
        }
        Format::Json => {
            let nodes = if node.nodes() > 1 { format!(r#","nodes":{}"#, node.nodes()) } else { String::new() };
            let metrics = node.metrics().map_or(String::new(), |at| format!(r#","metrics":"http://{at}/metrics""#));
            format!(r#"{{"node":"{}","address":"{}"{nodes}{metrics}}}"#, node.text(), node.address())
        }
    };
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn listen_address(text: &str) -> Result<SocketAddr, Failure> {
    let found = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| {
        Failure::new(exit::USAGE, format!("cannot listen on `{text}`")).hint("give HOST:PORT, such as 127.0.0.1:4711")
    })
}

/// A key, or the keys in a file: one a line, `#` begins a comment.
fn allowed(text: &str) -> Result<Vec<[u8; 32]>, Failure> {
    if let Some(key) = runtime::parse_key(text) {
        return Ok(vec![key]);
    }
    let wrong =
        |what: String| Failure::new(exit::USAGE, what).hint("--allow takes a key, or a file with one key a line");
    let content =
        std::fs::read_to_string(text).map_err(|_| wrong(format!("`{text}` is neither a key nor a readable file")))?;
    let lines = content.lines().map(|line| line.split('#').next().unwrap_or("").trim()).filter(|line| !line.is_empty());
    let key = |line: &str| runtime::parse_key(line).ok_or_else(|| wrong(format!("{text}: `{line}` is not a key")));
    lines.map(key).collect()
}

fn open_store(home: &Home, wanted: Option<&str>) -> Result<(Arc<dyn ObjectStore>, Keys), Failure> {
    let key_error = |error| report::runtime(&error);
    if wanted == Some("memory") {
        let keys = Keys::embedded(&home.config).map_err(key_error)?;
        let id = runtime::fresh_store_id().map_err(key_error)?;
        return Ok((Arc::new(MemoryStore::new(id, 0)), keys));
    }
    let path = wanted.map_or_else(|| home.node_store(), PathBuf::from);
    let store = open_codebase(&path)?;
    let keys = Keys::of_store(&home.config, store.id()).map_err(key_error)?;
    if keys.owns_store() {
        let node = runtime::NodeId::numbered(keys.host_key(), 0);
        let registered = compiler::here::Here::of(&node.to_bytes()).register(&store, super::now_ms());
        registered.map_err(|error| report::codebase(&path, &error))?;
    }
    Ok((Arc::new(store), keys))
}

fn open_codebase(path: &Path) -> Result<Codebase, Failure> {
    Codebase::open(path).map_err(|error| report::codebase(path, &error))
}

fn operator(arguments: &NodeAddress) -> Result<(Keys, runtime::NodeAddress), Failure> {
    let node = report::node_address(&arguments.node)?;
    let keys = Keys::embedded(&super::home()?.config).map_err(|error| report::runtime(&error))?;
    Ok((keys, node))
}

fn status(arguments: NodeAddress) -> Result<u8, Failure> {
    let (keys, node) = operator(&arguments)?;
    let status = runtime::status(&keys, &node).map_err(|error| report::peer(&error, Some(&keys)))?;
    match arguments.format {
        Format::Human => print!("{}", human_status(&status)),
        Format::Json => println!("{}", json_status(&status)),
    }
    Ok(exit::OK)
}

fn human_status(status: &Status) -> String {
    let state = if status.draining { "finishing its work" } else { "serving" };
    format!(
        "{}\n  {state} for {} s, nodes {}\n  peers {}, tasks {}, evaluations for peers {}, futures kept {}, messages dropped {}\n  bytes sent {}, received {}, stored {}\n",
        status.node,
        status.uptime_ms / 1_000,
        status.nodes,
        status.peers,
        status.tasks,
        status.sessions,
        status.futures,
        status.dropped,
        status.sent_bytes,
        status.received_bytes,
        status.stored_bytes
    )
}

fn json_status(status: &Status) -> serde_json::Value {
    json!({
        "node": status.node, "protocol": status.protocol, "uptime_ms": status.uptime_ms, "peers": status.peers,
        "tasks": status.tasks, "sessions": status.sessions, "futures": status.futures, "dropped": status.dropped,
        "draining": status.draining, "nodes": status.nodes, "sent_bytes": status.sent_bytes,
        "received_bytes": status.received_bytes, "stored_bytes": status.stored_bytes,
    })
}

fn stop(arguments: NodeAddress) -> Result<u8, Failure> {
    let (keys, node) = operator(&arguments)?;
    runtime::stop(&keys, &node).map_err(|error| report::peer(&error, Some(&keys)))?;
    if arguments.format == Format::Json {
        println!("{}", json!({ "stopped": true }));
    }
    Ok(exit::OK)
}
