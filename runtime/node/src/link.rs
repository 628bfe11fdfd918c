//! One connection's scheduler: messages cut into frames that take turns, and frames put together into messages.
//!
//! Control frames go first and have places of their own. Streams with something to send and credit to send it take turns, a frame each, so a
//! long message holds up nothing but itself. No more messages of several frames are begun than the other end takes at once; the rest wait.
//! Whether another message should be encoded at all, [`Outbox::has_room`] says.

use crate::frame::{Frame, FrameError, FrameKind};
use crate::limits::*;
use base::bytes::{Reader, Writer};
use std::collections::{BTreeMap, VecDeque};

/// What is to be written.
#[derive(Default, Debug)]
pub struct Outbox {
    control: VecDeque<Frame>,
    /// Those that may send, in the order in which it is their turn.
    turns: VecDeque<OutStream>,
    /// Those whose credit is used up.
    waiting: BTreeMap<u64, OutStream>,
    /// Messages of several frames that are not begun.
    later: VecDeque<OutStream>,
    /// Those that are begun, and their bytes: what the other end has to put together.
    begun: usize,
    begun_bytes: usize,
    last_stream: u64,
    /// Bytes of frames given to the writer that are not written yet.
    in_flight: usize,
    /// Bytes of messages that are not sent to their end: of one frame, and longer ones.
    short_bytes: usize,
    long_bytes: usize,
}

/// Which messages one waits behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    /// Those of about a frame.
    Short,
    Long,
}

impl Lane {
    /// Of a message that carries a value of so many bytes.
    pub fn of(bytes: usize) -> Lane {
        if bytes <= FRAME_BYTES_MAX { Lane::Short } else { Lane::Long }
    }
}

#[derive(Debug)]
struct OutStream {
    id: u64,
    bytes: Vec<u8>,
    sent: usize,
    credit: u64,
}

impl OutStream {
    fn fits_a_frame(&self) -> bool {
        self.bytes.len() <= FRAME_BYTES_MAX
    }
}

impl Outbox {
    pub fn send_control(&mut self, message: Vec<u8>) -> Result<(), FrameError> {
        if self.control.len() >= CONTROL_QUEUE_MAX {
            return Err(FrameError::ControlFlood);
        }
        self.control.push_back(Frame::control(message));
        Ok(())
    }

    pub fn send(&mut self, message: Vec<u8>) {
        assert!(!message.is_empty() && message.len() <= MESSAGE_BYTES_MAX, "checked where messages are made");
        self.last_stream += 1;
        let stream = OutStream { id: self.last_stream, bytes: message, sent: 0, credit: STREAM_CREDIT_BYTES };
        *self.held(&stream) += stream.bytes.len();
        if stream.fits_a_frame() {
            self.turns.push_back(stream);
        } else {
            self.later.push_back(stream);
            self.begin();
        }
    }

    fn held(&mut self, stream: &OutStream) -> &mut usize {
        if stream.fits_a_frame() { &mut self.short_bytes } else { &mut self.long_bytes }
    }

    /// Bytes of messages that are not sent to their end.
    pub fn bytes(&self) -> usize {
        self.short_bytes + self.long_bytes
    }

    /// Whether another message may be made for it.
    pub fn has_room(&self, lane: Lane) -> bool {
        match lane {
            Lane::Short => self.short_bytes < OUTBOX_SHORT_BYTES && self.bytes() < OUTBOX_BYTES_MAX,
            Lane::Long => self.long_bytes < OUTBOX_LONG_BYTES,
        }
    }

    /// Begins as many messages of several frames as the other end can hold.
    fn begin(&mut self) {
        while self.begun < STREAMS_OPEN_MAX {
            let Some(first) = self.later.front() else { return };
            if self.begun_bytes + first.bytes.len() > REASSEMBLY_BYTES_MAX {
                return;
            }
            self.begun += 1;
            self.begun_bytes += first.bytes.len();
            self.turns.extend(self.later.pop_front());
        }
    }

    /// The next frame for the writer, if it has room.
    pub fn next(&mut self) -> Option<Frame> {
        if self.in_flight >= IN_FLIGHT_BYTES {
            return None;
        }
        let frame = match self.control.pop_front() {
            Some(frame) => frame,
            None if self.in_flight < IN_FLIGHT_BYTES - IN_FLIGHT_RESERVE_BYTES => self.next_piece()?,
            None => return None,
        };
        self.in_flight += frame.encoded_len();
        Some(frame)
    }

    fn next_piece(&mut self) -> Option<Frame> {
        let mut stream = self.turns.pop_front()?;
        let rest = stream.bytes.len() - stream.sent;
        let len = rest.min(FRAME_BYTES_MAX).min(usize::try_from(stream.credit).unwrap_or(usize::MAX));
        let payload = stream.bytes[stream.sent..stream.sent + len].to_vec();
        stream.sent += len;
        stream.credit -= len as u64;
        let kind = if len == rest { FrameKind::Last } else { FrameKind::Piece };
        let frame = Frame { stream: stream.id, kind, payload };
        if kind == FrameKind::Piece {
            self.requeue(stream);
            return Some(frame);
        }
        *self.held(&stream) -= stream.bytes.len();
        if !stream.fits_a_frame() {
            self.begun -= 1;
            self.begun_bytes -= stream.bytes.len();
            self.begin();
        }
        Some(frame)
    }

    fn requeue(&mut self, stream: OutStream) {
        if stream.credit > 0 {
            self.turns.push_back(stream);
        } else {
            self.waiting.insert(stream.id, stream);
        }
    }

    /// The writer has written so many bytes.
    pub fn written(&mut self, bytes: usize) {
        self.in_flight = self.in_flight.saturating_sub(bytes);
    }

    /// The recipient grants more. Credit for a stream that has ended is late, and nothing.
    pub fn credit(&mut self, frame: &Frame) -> Result<(), FrameError> {
        let mut reader = Reader::new(&frame.payload, 4);
        let granted = reader.varint().map_err(|_| FrameError::BadCredit)?;
        reader.finish().map_err(|_| FrameError::BadCredit)?;
        if let Some(mut stream) = self.waiting.remove(&frame.stream) {
            stream.credit = stream.credit.saturating_add(granted);
            self.requeue(stream);
        } else if let Some(stream) = self.turns.iter_mut().find(|stream| stream.id == frame.stream) {
            stream.credit = stream.credit.saturating_add(granted);
        }
        Ok(())
    }
}

/// What has been read and is not complete.
#[derive(Default, Debug)]
pub struct Inbox {
    open: BTreeMap<u64, InStream>,
    held: usize,
}

#[derive(Debug)]
struct InStream {
    bytes: Vec<u8>,
    /// Bytes that may still come without a further grant.
    credit: u64,
}

/// What a frame has completed or caused.
#[derive(Default, PartialEq, Eq, Debug)]
pub struct Accepted {
    /// A whole message, and whether it came as a control message.
    pub message: Option<(Vec<u8>, bool)>,
    /// A frame to send back.
    pub grant: Option<Frame>,
}

impl Inbox {
    /// Takes a frame that is not credit.
    pub fn accept(&mut self, frame: Frame) -> Result<Accepted, FrameError> {
        if frame.stream == 0 {
            return match frame.kind {
                FrameKind::Last => Ok(Accepted { message: Some((frame.payload, true)), grant: None }),
                _ => Err(FrameError::BadPiece),
            };
        }
        if frame.payload.is_empty() {
            return Err(FrameError::BadPiece);
        }
        let stream = match self.open.remove(&frame.stream) {
            Some(stream) => stream,
            // It is over as soon as it begins.
            None if frame.kind == FrameKind::Last => {
                return Ok(Accepted { message: Some((frame.payload, false)), grant: None });
            }
            None if self.open.len() < STREAMS_OPEN_MAX => InStream { bytes: Vec::new(), credit: STREAM_CREDIT_BYTES },
            None => return Err(FrameError::TooMuch),
        };
        self.extend(stream, frame)
    }

    fn extend(&mut self, mut stream: InStream, frame: Frame) -> Result<Accepted, FrameError> {
        let len = frame.payload.len();
        stream.credit = stream.credit.checked_sub(len as u64).ok_or(FrameError::BeyondCredit)?;
        if stream.bytes.len() + len > MESSAGE_BYTES_MAX || self.held + len > REASSEMBLY_BYTES_MAX {
            return Err(FrameError::TooMuch);
        }
        stream.bytes.extend_from_slice(&frame.payload);
        if frame.kind == FrameKind::Last {
            self.held -= stream.bytes.len() - len;
            return Ok(Accepted { message: Some((stream.bytes, false)), grant: None });
        }
        self.held += len;
        let grant = (stream.credit < STREAM_CREDIT_BYTES / 2).then(|| {
            let more = STREAM_CREDIT_BYTES - stream.credit;
            stream.credit += more;
            let mut writer = Writer::new();
            writer.varint(more);
            Frame { stream: frame.stream, kind: FrameKind::Credit, payload: writer.finish() }
        });
        self.open.insert(frame.stream, stream);
        Ok(Accepted { message: None, grant })
    }
}

impl Outbox {
    /// Sends a grant: before everything else, so that the peer's streams do not stop.
    pub fn grant(&mut self, frame: Frame) -> Result<(), FrameError> {
        if self.control.len() >= CONTROL_QUEUE_MAX {
            return Err(FrameError::ControlFlood);
        }
        self.control.push_back(frame);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_holds_up_no_short_one() {
        let (mut outbox, mut inbox) = (Outbox::default(), Inbox::default());
        outbox.send(vec![7; 10 << 20]);
        outbox.next();
        outbox.send(vec![8; 100]);
        outbox.send_control(vec![9]).expect("room");
        let mut order = Vec::new();
        let mut frames = 0;
        while order.len() < 3 {
            outbox.written(IN_FLIGHT_BYTES);
            let Some(frame) = outbox.next() else { break };
            frames += 1;
            let accepted = match frames {
                1 => Accepted { message: Some((frame.payload, true)), grant: None },
                _ => inbox.accept(frame).unwrap_or_default(),
            };
            order.extend(accepted.message.map(|(bytes, _)| (bytes[0], frames)));
            if let Some(grant) = accepted.grant {
                outbox.credit(&grant).expect("well-formed");
            }
        }
        assert_eq!(order[..2], [(9, 1), (8, 3)], "control first, then turns");
    }

    /// The messages that arrive, and the frames that it takes until there are so many.
    fn deliver(outbox: &mut Outbox, inbox: &mut Inbox, count: usize) -> Vec<Vec<u8>> {
        let mut arrived = Vec::new();
        while arrived.len() < count {
            outbox.written(IN_FLIGHT_BYTES);
            let frame = outbox.next().expect("there is more to send");
            let accepted = inbox.accept(frame).expect("no more than may be under way");
            arrived.extend(accepted.message.map(|(bytes, _)| bytes));
            if let Some(grant) = accepted.grant {
                outbox.credit(&grant).expect("well-formed");
            }
        }
        arrived
    }

    #[test]
    fn however_much_is_sent_the_other_end_takes_it() {
        let (mut outbox, mut inbox) = (Outbox::default(), Inbox::default());
        let many = 4 * STREAMS_OPEN_MAX;
        (0..many).for_each(|n| outbox.send(vec![n as u8; 20_000]));
        (0..3).for_each(|_| outbox.send(vec![0; MESSAGE_BYTES_MAX]));
        outbox.send(vec![9; 100]);
        assert_eq!(deliver(&mut outbox, &mut inbox, 1), [vec![9; 100]], "a short one waits for none of them");
        let bytes: usize = deliver(&mut outbox, &mut inbox, many + 3).iter().map(Vec::len).sum();
        assert_eq!(bytes, many * 20_000 + 3 * MESSAGE_BYTES_MAX);
    }

    #[test]
    fn a_long_message_arrives_by_credit_and_not_beyond_it() {
        let (mut outbox, mut inbox) = (Outbox::default(), Inbox::default());
        let message: Vec<u8> = (0..3_000_000u32).map(|n| n as u8).collect();
        outbox.send(message.clone());
        let mut arrived = None;
        while arrived.is_none() {
            outbox.written(IN_FLIGHT_BYTES);
            let frame = outbox.next().expect("credit was granted");
            let accepted = inbox.accept(frame).expect("within credit");
            if let Some(grant) = accepted.grant {
                outbox.credit(&grant).expect("well-formed");
            }
            arrived = accepted.message;
        }
        assert_eq!(arrived, Some((message, false)));
        let greedy = |n| Frame { stream: n, kind: FrameKind::Piece, payload: vec![0; FRAME_BYTES_MAX] };
        let mut inbox = Inbox::default();
        let granted: u64 = (0..16).filter_map(|_| inbox.accept(greedy(1)).expect("within credit").grant).count() as u64;
        assert!(granted > 0);
        let mut unread = Outbox::default();
        unread.send(vec![0; 10 << 20]);
        let sent = std::iter::from_fn(|| {
            unread.written(IN_FLIGHT_BYTES);
            unread.next()
        });
        assert_eq!(sent.map(|f| f.payload.len() as u64).sum::<u64>(), STREAM_CREDIT_BYTES, "without grants it stops");
    }
}
