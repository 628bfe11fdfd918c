//! A node's numbers over HTTP, in the text form that Prometheus reads.
//!
//! One thread answers one request after the other, whatever it asks for; nothing can be changed here. Whoever does not ask in time is hung up on.

use crate::RuntimeError;
use crate::driver::Commander;
use node::{Command, CommandReply, Measure};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// Time for a request to come, and for its answer to be read.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes of a request: more is no request of a collector.
const REQUEST_BYTES_MAX: u64 = 16 << 10;

/// Answers at this address until the process ends; gives the address that it has.
pub(crate) fn serve(address: SocketAddr, host: Commander) -> Result<SocketAddr, RuntimeError> {
    let failed = |error| RuntimeError::Listen { address, error };
    let listener = TcpListener::bind(address).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let answering = move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { continue };
            // Who hangs up early wants no answer.
            if answer(stream, &host).is_none() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("metrics".into()).spawn(answering).map_err(RuntimeError::System)?;
    Ok(bound)
}

/// None: the host is gone.
fn answer(mut stream: TcpStream, host: &Commander) -> Option<()> {
    let measure = measured(host)?;
    let _ = stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
    let mut request = BufReader::new(Read::take(&stream, REQUEST_BYTES_MAX));
    let mut line = String::new();
    while request.read_line(&mut line).is_ok_and(|n| n > 0) && !line.trim_end().is_empty() {
        line.clear();
    }
    let body = text(&measure);
    let length = body.len();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nConnection: close\r\n";
    let _ = write!(stream, "{head}Content-Length: {length}\r\n\r\n{body}");
    Some(())
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
    let rows: [(&str, &str, &str, u64); 15] = [
        ("uptime_milliseconds", "counter", "Time since the host started", status.uptime_ms),
        ("peers", "gauge", "Hosts that are connected", status.peers),
        ("nodes", "gauge", "Nodes of this host", status.nodes),
        ("tasks", "gauge", "Evaluations that run or wait", status.tasks),
        ("sessions", "gauge", "Evaluations for other hosts", status.sessions),
        ("futures", "gauge", "Futures that are kept", status.futures),
        ("messages_dropped_total", "counter", "Messages that found no listener", status.dropped),
        ("store_bytes", "gauge", "Size of the store", status.stored_bytes),
        ("calls_total", "counter", "Evaluations that other hosts were asked for", traffic.calls),
        ("messages_sent_total", "counter", "Messages to other hosts", traffic.messages_sent),
        ("messages_received_total", "counter", "Messages from other hosts", traffic.messages_received),
        ("sent_bytes_total", "counter", "Bytes to other hosts", traffic.bytes_sent),
        ("received_bytes_total", "counter", "Bytes from other hosts", traffic.bytes_received),
        ("definitions_sent_total", "counter", "Definitions to other hosts", traffic.definitions_sent),
        ("definitions_received_total", "counter", "Definitions from other hosts", traffic.definitions_received),
    ];
    let mut text = String::new();
    for (name, kind, help, value) in rows {
        let _ = write!(text, "# HELP unison_{name} {help}\n# TYPE unison_{name} {kind}\nunison_{name} {value}\n");
    }
    text
}
