//! Frames: the pieces in which messages cross a connection.
//!
//! # Format
//! A frame is the length of its payload (two bytes, little-endian, at most 16 KiB), the stream (eight bytes, little-endian), what it
//! is (one byte), and the payload.
//!
//! - 0: a piece of the stream's message, and not the last. 1: the last piece. The message is the pieces in order.
//! - 2: the payload is a varint: the recipient of the stream's message grants so many bytes more.
//!
//! A stream carries one message. Stream 0 carries any number of control messages, each in one frame of kind 1. The sender of a message
//! numbers its streams from 1; the two directions of a connection number on their own.

use crate::limits::{FRAME_BYTES_MAX, FRAME_HEADER_BYTES};

/// A piece of a message, or credit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    pub stream: u64,
    pub kind: FrameKind,
    pub payload: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameKind {
    /// More pieces follow.
    Piece,
    Last,
    Credit,
}

/// Why bytes or frames are not what a peer of ours would send. The connection is given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameError {
    /// A payload longer than a frame's.
    TooLong,
    /// A kind that does not exist.
    BadKind(u8),
    /// A control message in several frames, or an empty piece.
    BadPiece,
    /// More than was granted for the stream.
    BeyondCredit,
    /// A message, or all incomplete messages together, over their limit.
    TooMuch,
    /// Credit that is not a number.
    BadCredit,
    /// More control frames wait than a living peer would let wait.
    ControlFlood,
}

impl Frame {
    pub fn control(payload: Vec<u8>) -> Frame {
        assert!(payload.len() <= FRAME_BYTES_MAX, "a control message fits a frame");
        Frame { stream: 0, kind: FrameKind::Last, payload }
    }

    /// Bytes of the whole frame.
    pub fn encoded_len(&self) -> usize {
        FRAME_HEADER_BYTES + self.payload.len()
    }

    /// Appends its bytes.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        assert!(self.payload.len() <= FRAME_BYTES_MAX, "frames are cut to size where they are made");
        bytes.reserve(self.encoded_len());
        bytes.extend_from_slice(&(self.payload.len() as u16).to_le_bytes());
        bytes.extend_from_slice(&self.stream.to_le_bytes());
        bytes.push(match self.kind {
            FrameKind::Piece => 0,
            FrameKind::Last => 1,
            FrameKind::Credit => 2,
        });
        bytes.extend_from_slice(&self.payload);
    }
}

/// Cuts the bytes of a connection into frames.
#[derive(Default, Debug)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
    /// Bytes at the front of the buffer that are decoded already.
    used: usize,
}

impl FrameDecoder {
    pub fn new() -> FrameDecoder {
        FrameDecoder::default()
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.used);
        self.used = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame; none if more bytes are needed.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let bytes = &self.buffer[self.used..];
        let Some((header, rest)) = bytes.split_first_chunk::<FRAME_HEADER_BYTES>() else { return Ok(None) };
        let [l0, l1, stream @ .., kind] = *header;
        let len = usize::from(u16::from_le_bytes([l0, l1]));
        if len > FRAME_BYTES_MAX {
            return Err(FrameError::TooLong);
        }
        let kind = match kind {
            0 => FrameKind::Piece,
            1 => FrameKind::Last,
            2 => FrameKind::Credit,
            other => return Err(FrameError::BadKind(other)),
        };
        let Some(payload) = rest.get(..len) else { return Ok(None) };
        let frame = Frame { stream: u64::from_le_bytes(stream), kind, payload: payload.to_vec() };
        self.used += FRAME_HEADER_BYTES + len;
        Ok(Some(frame))
    }
}

impl std::fmt::Display for FrameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FrameError::TooLong | FrameError::BadKind(_) => f.write_str("it does not speak this protocol"),
            FrameError::BadPiece => f.write_str("it sent a malformed frame"),
            FrameError::BeyondCredit => f.write_str("it sent more than it was granted"),
            FrameError::TooMuch => f.write_str("it sent a message over the limit"),
            FrameError::BadCredit => f.write_str("it sent malformed credit"),
            FrameError::ControlFlood => f.write_str("it does not read what it is sent"),
        }
    }
}

impl std::error::Error for FrameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_any_cut_of_the_bytes() {
        let frames = [
            Frame { stream: 7, kind: FrameKind::Piece, payload: vec![1; FRAME_BYTES_MAX] },
            Frame { stream: u64::MAX, kind: FrameKind::Credit, payload: vec![9] },
            Frame::control(Vec::new()),
        ];
        let mut bytes = Vec::new();
        frames.iter().for_each(|frame| frame.encode(&mut bytes));
        for size in [1, 7, 4096, bytes.len()] {
            let (mut decoder, mut read) = (FrameDecoder::new(), Vec::new());
            for part in bytes.chunks(size) {
                decoder.push(part);
                while let Some(frame) = decoder.next_frame().expect("well-formed") {
                    read.push(frame);
                }
            }
            assert_eq!(read, frames, "in parts of {size}");
        }
    }

    #[test]
    fn what_is_not_a_frame_is_refused_at_its_header() {
        let mut decoder = FrameDecoder::new();
        decoder.push(b"GET / HTTP/1.1\r\n");
        assert_eq!(decoder.next_frame(), Err(FrameError::TooLong));
        let mut decoder = FrameDecoder::new();
        decoder.push(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]);
        assert_eq!(decoder.next_frame(), Err(FrameError::BadKind(3)));
    }
}
