//! A node's numbers over HTTP, in the text form that Prometheus reads.
//!
//! `GET /metrics` is answered, and nothing can be changed here. Each visitor has a thread and little time; there are [`VISITORS_MAX`] at once, and whoever comes then takes the place of the one that has been there for
//! longest. So someone who connects and says nothing, or says it slowly, keeps nobody else from the numbers, and the host does not hear of it.

use crate::RuntimeError;
use crate::driver::Commander;
use node::{Command, CommandReply, Measure};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time for a request to come as a whole, and for its answer to be read.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes of a request: more is no request of a collector.
const REQUEST_BYTES_MAX: usize = 16 << 10;

/// Those that are answered at once: a collector or two, and a person.
const VISITORS_MAX: usize = 16;

/// Answers at this address until the process ends; gives the address that it has.
pub(crate) fn serve(address: SocketAddr, host: Commander) -> Result<SocketAddr, RuntimeError> {
    let failed = |error| RuntimeError::Listen { address, error };
    let listener = TcpListener::bind(address).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let answering = move || {
        let mut visitors = VecDeque::new();
        listener.incoming().flatten().for_each(|stream| welcome(Arc::new(stream), &mut visitors, &host));
    };
    std::thread::Builder::new().name("metrics".into()).spawn(answering).map_err(RuntimeError::System)?;
    Ok(bound)
}

/// Answers on a thread of its own. If that cannot be had, the visitor is hung up on.
fn welcome(stream: Arc<TcpStream>, visitors: &mut VecDeque<Arc<TcpStream>>, host: &Commander) {
    // Only this list has those that were answered.
    visitors.retain(|visitor| Arc::strong_count(visitor) > 1);
    if visitors.len() >= VISITORS_MAX
        && let Some(oldest) = visitors.pop_front()
    {
        let _ = oldest.shutdown(Shutdown::Both);
    }
    visitors.push_back(stream.clone());
    let host = host.clone();
    // Who hangs up early wants no answer.
    let answering = move || drop(answer(&stream, &host));
    let _ = std::thread::Builder::new().name("visitor".into()).spawn(answering);
}

fn answer(mut stream: &TcpStream, host: &Commander) -> std::io::Result<()> {
    let Some(request) = request(stream)? else { return Ok(()) };
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    let (status, body) = match (method, path) {
        ("GET" | "HEAD", "/metrics") => match measured(host) {
            Some(measure) => ("200 OK", text(&measure)),
            None => ("503 Service Unavailable", "the node stops\n".into()),
        },
        ("GET" | "HEAD", "/") => ("200 OK", "numbers for Prometheus are at /metrics\n".into()),
        ("GET" | "HEAD", _) => ("404 Not Found", "there is only /metrics\n".into()),
        _ => ("405 Method Not Allowed\r\nAllow: GET, HEAD", "nothing can be changed here\n".into()),
    };
    let length = body.len();
    let shown = if method == "HEAD" { "" } else { &body };
    let kind = "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\nConnection: close";
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "HTTP/1.1 {status}\r\n{kind}\r\nContent-Length: {length}\r\n\r\n{shown}")?;
    // What was not read of the request would reset the connection, and the answer with it.
    stream.shutdown(Shutdown::Write)?;
    while stream.read(&mut [0; 512])? > 0 {}
    Ok(())
}

/// The first line of a request, when all of it has come. None: it is too long or too slow, or nothing that is one.
fn request(mut stream: &TcpStream) -> std::io::Result<Option<String>> {
    let until = Instant::now() + PATIENCE;
    let (mut came, mut buffer) = (Vec::new(), [0; 4 << 10]);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || came.len() > REQUEST_BYTES_MAX {
            return Ok(None);
        }
        stream.set_read_timeout(Some(left))?;
        let count = stream.read(&mut buffer)?;
        came.extend_from_slice(&buffer[..count]);
        let is_whole = came.windows(2).any(|end| end == b"\n\n") || came.windows(4).any(|end| end == b"\r\n\r\n");
        if is_whole {
            let line = came.split(|byte| *byte == b'\n').next().unwrap_or_default();
            return Ok(std::str::from_utf8(line).ok().map(|line| line.trim_end().to_string()));
        }
        if count == 0 {
            return Ok(None);
        }
    }
}

fn measured(host: &Commander) -> Option<Measure> {
    let (_, replies) = host.give(Command::Measure);
    match replies.recv() {
        Ok(CommandReply::Measured(measure)) => Some(*measure),
        _ => None,
    }
}

fn text(measure: &Measure) -> String {
    let Measure { status, traffic } = measure;
    let rows: [(&str, &str, &str, u64); 14] = [
        ("peers", "gauge", "Hosts that are connected", status.peers),
        ("nodes", "gauge", "Nodes of this host", status.nodes),
        ("tasks", "gauge", "Evaluations that run or wait", status.tasks),
        ("sessions", "gauge", "Evaluations for other hosts", status.sessions),
        ("futures", "gauge", "Futures that are kept", status.futures),
        ("messages_dropped_total", "counter", "Messages that found no listener, or no room", status.dropped),
        ("store_bytes", "gauge", "Size of the store", status.stored_bytes),
        ("calls_total", "counter", "Evaluations that other hosts were asked for", traffic.calls),
        ("messages_sent_total", "counter", "Messages to other hosts", traffic.messages_sent),
        ("messages_received_total", "counter", "Messages from other hosts", traffic.messages_received),
        ("sent_bytes_total", "counter", "Bytes to other hosts", traffic.bytes_sent),
        ("received_bytes_total", "counter", "Bytes from other hosts", traffic.bytes_received),
        ("definitions_sent_total", "counter", "Definitions to other hosts", traffic.definitions_sent),
        ("definitions_received_total", "counter", "Definitions from other hosts", traffic.definitions_received),
    ];
    let uptime = Duration::from_millis(status.uptime_ms).as_secs_f64();
    let about = "# HELP unison_uptime_seconds Time since the host started\n# TYPE unison_uptime_seconds gauge\n";
    let mut text = format!("{about}unison_uptime_seconds {uptime}\n");
    for (name, kind, help, value) in rows {
        let _ = write!(text, "# HELP unison_{name} {help}\n# TYPE unison_{name} {kind}\nunison_{name} {value}\n");
    }
    text
}
