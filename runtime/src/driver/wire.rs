//! A connection as the driver has it: one task reads frames, one writes what a turn has gathered.

use super::Input;
use crate::transport::Stream;
use node::event::ConnId;
use node::{Event, Frame, FrameDecoder};
use std::io::{Error, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, JoinSet};

/// Bytes that are read at once: what one turn of a busy peer sends.
pub(crate) const READ_BYTES: usize = 64 << 10;

/// What has come from a peer.
pub(super) enum Arrived {
    Frames(ConnId, Vec<Frame>),
    /// The connection has ended: why.
    End(ConnId, String),
}

/// When this is dropped, what was handed over is written, and the connection closed.
pub(super) struct Wire {
    batches: UnboundedSender<Vec<u8>>,
    /// Of this turn.
    pending: Vec<u8>,
    reader: AbortHandle,
}

impl Wire {
    pub fn start(
        conn: ConnId,
        stream: Stream,
        to_host: Sender<Arrived>,
        inputs: UnboundedSender<Input>,
        writers: &mut JoinSet<()>,
    ) -> Wire {
        let (reading, writing) = tokio::io::split(stream);
        let (batches, queue) = unbounded_channel();
        let reader = tokio::spawn(read(conn, reading, to_host)).abort_handle();
        writers.spawn(write(conn, writing, queue, inputs));
        Wire { batches, pending: Vec::new(), reader }
    }

    /// Says whether it is the first frame of this turn.
    pub fn send(&mut self, frame: &Frame) -> bool {
        let first = self.pending.is_empty();
        frame.encode(&mut self.pending);
        first
    }

    /// Takes a buffer back. Large allocations are slow to come by and to give up.
    pub fn reuse(&mut self, mut buffer: Vec<u8>) {
        if self.pending.capacity() == 0 {
            buffer.clear();
            self.pending = buffer;
        }
    }

    pub fn flush(&mut self) {
        if !self.pending.is_empty() {
            // Fails when the writer has met an error, which it reports itself.
            let _ = self.batches.send(std::mem::take(&mut self.pending));
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.flush();
        self.reader.abort();
    }
}

async fn read(conn: ConnId, mut reading: ReadHalf<Stream>, to_host: Sender<Arrived>) {
    let why = read_frames(conn, &mut reading, &to_host).await;
    let _ = to_host.send(Arrived::End(conn, why)).await;
}

/// Until the connection ends; says why.
async fn read_frames(conn: ConnId, reading: &mut ReadHalf<Stream>, to_host: &Sender<Arrived>) -> String {
    let mut decoder = FrameDecoder::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match reading.read(&mut buffer).await {
            Ok(0) => return "it has closed the connection".into(),
            Ok(n) => decoder.push(&buffer[..n]),
            Err(error) => return why(&error),
        }
        let mut frames = Vec::new();
        let end = loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break None,
                Err(error) => break Some(error.to_string()),
            }
        };
        if !frames.is_empty() {
            let _ = to_host.send(Arrived::Frames(conn, frames)).await;
        }
        if let Some(why) = end {
            return why;
        }
    }
}

/// Why a connection does not work any more. How a process that is gone shows depends on what was under way.
fn why(error: &Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => "the connection broke".into(),
        _ => error.to_string(),
    }
}

async fn write(
    conn: ConnId,
    mut writing: WriteHalf<Stream>,
    mut batches: UnboundedReceiver<Vec<u8>>,
    inputs: UnboundedSender<Input>,
) {
    while let Some(batch) = batches.recv().await {
        let written = async {
            writing.write_all(&batch).await?;
            writing.flush().await
        };
        if let Err(error) = written.await {
            let _ = inputs.send(Input::Event(Event::Disconnected { conn, why: why(&error) }));
            return;
        }
        let _ = inputs.send(Input::Written { conn, batch });
    }
    let _ = writing.shutdown().await;
}
