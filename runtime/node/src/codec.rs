//! Bytes of messages. The format is specified in [`crate::message`].

mod ends;

use crate::identity::{Certificate, HostKey, NodeId, UserKey, is_address};
use crate::limits::*;
use crate::message::*;
use crate::outcome::{Failure, Progress};
use crate::pack::Packed;
use crate::span::{Span, SpanKind, Track};
use crate::store::basket::Want;
use crate::store::listing::{Nonce, Prefix};
use base::Hash;
use base::bytes::{DecodeError, Reader, Writer};
use hash::store::StoreId;
use kernel::{DefId, TypeRef};
use machine::Portable;
use sandbox::{Budget, Chain, PRINCIPALS_MAX, Principal, Resource, Token};

const MAGIC: [u8; 8] = *b"unison\0\0";

type Decoded<T> = Result<T, DecodeError>;

/// Why a message could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MessageError {
    Malformed(DecodeError),
    /// A greeting in another version of the protocol.
    Version(u32),
}

impl From<DecodeError> for MessageError {
    fn from(error: DecodeError) -> MessageError {
        MessageError::Malformed(error)
    }
}

/// The one byte form of a message.
pub fn encode(message: &Message) -> Vec<u8> {
    let mut w = Writer::new();
    message.put(&mut w);
    w.finish()
}

/// Reads a greeting, and nothing else: all that is decoded of a peer that is not known yet.
pub fn decode_hello(bytes: &[u8]) -> Result<Message, MessageError> {
    match bytes.first() {
        Some(&HELLO | &REFUSE) => decode(bytes),
        Some(&tag) => Err(DecodeError::BadTag("greeting", tag.into()).into()),
        None => Err(DecodeError::Truncated.into()),
    }
}

pub fn decode(bytes: &[u8]) -> Result<Message, MessageError> {
    let mut r = Reader::new(bytes, DECODE_ITEMS_MAX.min(64 + 2 * bytes.len() as u64));
    if bytes.first() == Some(&HELLO) {
        check_version(r.clone())?;
    }
    let message = Message::get(&mut r)?;
    r.finish()?;
    Ok(message)
}

fn check_version(mut r: Reader) -> Result<(), MessageError> {
    r.u8()?;
    if r.raw(MAGIC.len())? != MAGIC {
        return Err(DecodeError::Forbidden("the greeting is of another protocol").into());
    }
    match r.u32()? {
        PROTOCOL_VERSION => Ok(()),
        other => Err(MessageError::Version(other)),
    }
}

/// An item with one byte form.
trait Item: Sized {
    fn put(&self, w: &mut Writer);
    fn get(r: &mut Reader) -> Decoded<Self>;
}

fn put_list<T: Item>(w: &mut Writer, items: &[T]) {
    w.len(items.len());
    items.iter().for_each(|item| item.put(w));
}

fn get_list<T: Item>(r: &mut Reader, max: usize) -> Decoded<Vec<T>> {
    let n = r.count()?;
    if n > max {
        return Err(DecodeError::OverBudget);
    }
    (0..n).map(|_| T::get(r)).collect()
}

fn get_text(r: &mut Reader, max: usize) -> Decoded<String> {
    let text = r.text()?;
    if text.len() > max { Err(DecodeError::OverBudget) } else { Ok(text.to_string()) }
}

/// A fixed number of raw bytes.
fn get_array<const N: usize>(r: &mut Reader) -> Decoded<[u8; N]> {
    r.charge(1)?;
    Ok(r.raw(N)?.try_into().expect("so many bytes were asked for"))
}

macro_rules! raw_items {
    ($($ty:ident)*) => { $(
        impl Item for $ty {
            fn put(&self, w: &mut Writer) {
                w.raw(&self.0);
            }
            fn get(r: &mut Reader) -> Decoded<$ty> {
                Ok($ty(get_array(r)?))
            }
        }
    )* };
}

raw_items!(HostKey UserKey Principal CallId RunId FutureId ChannelId StoreId Hash Nonce Prefix);

/// Writes a tag and then items.
macro_rules! put {
    ($w:ident, $tag:literal $(, $item:expr)*) => {{
        $w.u8($tag);
        $($item.put($w);)*
    }};
}

/// Fields in order.
macro_rules! struct_items {
    ($($ty:ident { $($field:ident),* })*) => { $(
        impl Item for $ty {
            fn put(&self, w: &mut Writer) {
                $(self.$field.put(w);)*
            }
            fn get(r: &mut Reader) -> Decoded<$ty> {
                $(let $field = Item::get(r)?;)*
                Ok($ty { $($field),* })
            }
        }
    )* };
}

struct_items! {
    NodeId { host, id }
    DefId { component, index }
    Certificate { user, signature }
    Trace { trace, span }
    Handle { incarnation, id, secret }
    Want { hashes, listed }
    Packed { objects, bytes, block }
    Track { received_us, sent_us, spans }
    Span { node, lane, kind, start_us, end_us, bytes, definitions, call }
    Budget { fuel, wall_ms, memory_bytes, stack_bytes, result_bytes, messages, tasks }
    Status { node, protocol, uptime_ms, peers, tasks, sessions, futures, dropped, nodes, sent_bytes, received_bytes, stored_bytes, draining }
    Eval { call, parent, run, principals, tokens, budget, time_left_ms, lease_ms, trace, node, origin, cluster, hints, output_seen, row, root }
}

/// Enums whose variants have no fields: one byte.
macro_rules! plain_enums {
    ($($ty:ident { $($index:literal $variant:ident),* })*) => { $(
        impl Item for $ty {
            fn put(&self, w: &mut Writer) {
                w.u8(match self { $($ty::$variant => $index),* });
            }
            fn get(r: &mut Reader) -> Decoded<$ty> {
                match r.u8()? {
                    $($index => Ok($ty::$variant),)*
                    tag => Err(DecodeError::BadTag(stringify!($ty), tag.into())),
                }
            }
        }
    )* };
}

plain_enums! {
    Subject { 0 Root, 1 Result }
    Stream { 0 Out, 1 Error }
    SpanKind { 0 Evaluation, 1 Run, 2 Load, 3 Effect, 4 Output, 5 Wait, 6 Leave, 7 Call, 8 Sync }
    Progress { 0 NotStarted, 1 MayHaveRun }
    Resource { 0 Fuel, 1 WallTime, 2 Memory, 3 Stack, 4 ResultSize, 5 Messages, 6 Tasks }
}

impl Item for bool {
    fn put(&self, w: &mut Writer) {
        w.u8(u8::from(*self));
    }
    fn get(r: &mut Reader) -> Decoded<bool> {
        match r.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            tag => Err(DecodeError::BadTag("truth value", tag.into())),
        }
    }
}

impl Item for u64 {
    fn put(&self, w: &mut Writer) {
        w.varint(*self);
    }
    fn get(r: &mut Reader) -> Decoded<u64> {
        r.varint()
    }
}

impl Item for u32 {
    fn put(&self, w: &mut Writer) {
        w.varint(u64::from(*self));
    }
    fn get(r: &mut Reader) -> Decoded<u32> {
        r.u32()
    }
}

impl<const N: usize> Item for [u8; N] {
    fn put(&self, w: &mut Writer) {
        w.raw(self);
    }
    fn get(r: &mut Reader) -> Decoded<[u8; N]> {
        get_array(r)
    }
}

/// Text that people may see: not longer than a fault's, and without control characters.
impl Item for String {
    fn put(&self, w: &mut Writer) {
        let end = (0..=self.len().min(FAULT_BYTES_MAX)).rev().find(|i| self.is_char_boundary(*i)).unwrap_or(0);
        w.text(&self[..end]);
    }
    fn get(r: &mut Reader) -> Decoded<String> {
        let text = get_text(r, FAULT_BYTES_MAX)?;
        Ok(text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect())
    }
}

impl Item for Vec<Hash> {
    fn put(&self, w: &mut Writer) {
        put_list(w, self);
    }
    fn get(r: &mut Reader) -> Decoded<Vec<Hash>> {
        get_list(r, HASHES_MAX)
    }
}

/// Futures of one home, each with the incarnation that has made it.
impl Item for Vec<(u64, FutureId)> {
    fn put(&self, w: &mut Writer) {
        put_list(w, self);
    }
    fn get(r: &mut Reader) -> Decoded<Vec<(u64, FutureId)>> {
        get_list(r, HELD_AT_ONCE)
    }
}

impl Item for (u64, FutureId) {
    fn put(&self, w: &mut Writer) {
        self.0.put(w);
        self.1.put(w);
    }
    fn get(r: &mut Reader) -> Decoded<(u64, FutureId)> {
        Ok((Item::get(r)?, Item::get(r)?))
    }
}

impl Item for Vec<NodeId> {
    fn put(&self, w: &mut Writer) {
        put_list(w, self);
    }
    fn get(r: &mut Reader) -> Decoded<Vec<NodeId>> {
        get_list(r, CLUSTER_MAX)
    }
}

impl Item for Vec<Prefix> {
    fn put(&self, w: &mut Writer) {
        put_list(w, self);
    }
    fn get(r: &mut Reader) -> Decoded<Vec<Prefix>> {
        get_list(r, HASHES_MAX)
    }
}

impl Item for Vec<u8> {
    fn put(&self, w: &mut Writer) {
        w.bytes(self);
    }
    fn get(r: &mut Reader) -> Decoded<Vec<u8>> {
        Ok(r.bytes()?.to_vec())
    }
}

impl Item for Vec<Token> {
    fn put(&self, w: &mut Writer) {
        put_list(w, self);
    }
    fn get(r: &mut Reader) -> Decoded<Vec<Token>> {
        get_list(r, TOKENS_MAX)
    }
}

impl Item for Token {
    fn put(&self, w: &mut Writer) {
        w.bytes(&self.0);
    }
    fn get(r: &mut Reader) -> Decoded<Token> {
        let bytes = r.bytes()?;
        if bytes.len() > TOKEN_BYTES_MAX { Err(DecodeError::OverBudget) } else { Ok(Token(bytes.to_vec())) }
    }
}

impl Item for Chain {
    fn put(&self, w: &mut Writer) {
        put_list(w, self.principals());
    }
    fn get(r: &mut Reader) -> Decoded<Chain> {
        Chain::new(get_list(r, PRINCIPALS_MAX)?).map_err(|_| DecodeError::OverBudget)
    }
}

/// The addresses of one host.
fn get_addresses(r: &mut Reader) -> Decoded<Vec<String>> {
    let n = r.count()?;
    if n > ADDRESSES_MAX {
        return Err(DecodeError::OverBudget);
    }
    let address = |r: &mut Reader| match get_text(r, ADDRESS_BYTES_MAX)? {
        text if is_address(&text) => Ok(text),
        _ => Err(DecodeError::Forbidden("a hint is not an address")),
    };
    (0..n).map(|_| address(r)).collect()
}

fn put_addresses(w: &mut Writer, addresses: &[String]) {
    w.len(addresses.len());
    addresses.iter().for_each(|a| w.text(a));
}

impl Item for Hints {
    fn put(&self, w: &mut Writer) {
        w.len(self.len());
        for (host, addresses) in self {
            host.put(w);
            put_addresses(w, addresses);
        }
    }
    fn get(r: &mut Reader) -> Decoded<Hints> {
        let n = r.count()?;
        if n > 2 * CLUSTER_MAX {
            return Err(DecodeError::OverBudget);
        }
        (0..n).map(|_| Ok((Item::get(r)?, get_addresses(r)?))).collect()
    }
}

impl Item for Hello {
    fn put(&self, w: &mut Writer) {
        w.raw(&MAGIC);
        PROTOCOL_VERSION.put(w);
        self.hash_tag.put(w);
        self.ir_version.put(w);
        self.incarnation.put(w);
        self.store.put(w);
        self.epoch.put(w);
        self.certificate.put(w);
        put_addresses(w, &self.addresses);
    }
    fn get(r: &mut Reader) -> Decoded<Hello> {
        r.raw(MAGIC.len())?;
        r.u32()?;
        Ok(Hello {
            hash_tag: Item::get(r)?,
            ir_version: Item::get(r)?,
            incarnation: Item::get(r)?,
            store: Item::get(r)?,
            epoch: Item::get(r)?,
            certificate: Item::get(r)?,
            addresses: get_addresses(r)?,
        })
    }
}

impl Item for Refusal {
    fn put(&self, w: &mut Writer) {
        let (tag, version) = match self {
            Refusal::Protocol(version) => (0, *version),
            Refusal::HashTag(version) => (1, *version),
            Refusal::NotAllowed => (2, 0),
            Refusal::Full => (3, 0),
        };
        w.u8(tag);
        version.put(w);
    }
    fn get(r: &mut Reader) -> Decoded<Refusal> {
        match (r.u8()?, r.u32()?) {
            (0, version) => Ok(Refusal::Protocol(version)),
            (1, version) => Ok(Refusal::HashTag(version)),
            (2, 0) => Ok(Refusal::NotAllowed),
            (3, 0) => Ok(Refusal::Full),
            (tag, _) => Err(DecodeError::BadTag("refusal", tag.into())),
        }
    }
}

impl Item for Portable {
    fn put(&self, w: &mut Writer) {
        w.bytes(&self.bytes());
    }
    fn get(r: &mut Reader) -> Decoded<Portable> {
        Ok(Portable::new(r.bytes()?))
    }
}

impl Item for Root {
    fn put(&self, w: &mut Writer) {
        match self {
            Root::Definition(id) => {
                w.u8(0);
                id.put(w);
            }
            Root::Value(value) => {
                w.u8(1);
                value.put(w);
            }
            Root::Future(incarnation, id, inquiry) => {
                w.u8(2);
                incarnation.put(w);
                id.put(w);
                inquiry.put(w);
            }
            Root::Apply(pair) => {
                w.u8(3);
                pair.put(w);
            }
            Root::Message(channel, element, value) => {
                w.u8(4);
                channel.put(w);
                element.put(w);
                value.put(w);
            }
            Root::Detach(call) => {
                w.u8(5);
                call.put(w);
            }
            Root::Rest(call) => {
                w.u8(6);
                call.put(w);
            }
            Root::Resume(handle, answer) => put!(w, 7, handle, answer),
            Root::Fetch(handle) => put!(w, 8, handle),
        }
    }
    fn get(r: &mut Reader) -> Decoded<Root> {
        match r.u8()? {
            0 => Ok(Root::Definition(Item::get(r)?)),
            1 => Ok(Root::Value(Item::get(r)?)),
            2 => Ok(Root::Future(Item::get(r)?, Item::get(r)?, Item::get(r)?)),
            3 => Ok(Root::Apply(Item::get(r)?)),
            4 => Ok(Root::Message(Item::get(r)?, Item::get(r)?, Item::get(r)?)),
            5 => Ok(Root::Detach(Item::get(r)?)),
            6 => Ok(Root::Rest(Item::get(r)?)),
            7 => Ok(Root::Resume(Item::get(r)?, Item::get(r)?)),
            8 => Ok(Root::Fetch(Item::get(r)?)),
            tag => Err(DecodeError::BadTag("root", tag.into())),
        }
    }
}

impl Item for Inquiry {
    fn put(&self, w: &mut Writer) {
        match self {
            Inquiry::Await(limit_ms) => {
                w.u8(0);
                limit_ms.put(w);
            }
            Inquiry::Cancel => w.u8(1),
            Inquiry::Status => w.u8(2),
            Inquiry::Detach => w.u8(3),
        }
    }
    fn get(r: &mut Reader) -> Decoded<Inquiry> {
        match r.u8()? {
            0 => Ok(Inquiry::Await(Item::get(r)?)),
            1 => Ok(Inquiry::Cancel),
            2 => Ok(Inquiry::Status),
            3 => Ok(Inquiry::Detach),
            tag => Err(DecodeError::BadTag("inquiry", tag.into())),
        }
    }
}

impl Item for Option<Track> {
    fn put(&self, w: &mut Writer) {
        self.is_some().put(w);
        self.iter().for_each(|track| track.put(w));
    }
    fn get(r: &mut Reader) -> Decoded<Option<Track>> {
        bool::get(r)?.then(|| Item::get(r)).transpose()
    }
}

impl Item for Vec<Span> {
    fn put(&self, w: &mut Writer) {
        put_list(w, self);
    }
    fn get(r: &mut Reader) -> Decoded<Vec<Span>> {
        get_list(r, SPANS_MAX)
    }
}

impl Item for Option<Hash> {
    fn put(&self, w: &mut Writer) {
        self.is_some().put(w);
        self.iter().for_each(|hash| hash.put(w));
    }
    fn get(r: &mut Reader) -> Decoded<Option<Hash>> {
        if Item::get(r)? { Item::get(r).map(Some) } else { Ok(None) }
    }
}

impl Item for Reply {
    fn put(&self, w: &mut Writer) {
        match self {
            Reply::Arguments(arguments) => {
                w.u8(0);
                w.len(arguments.len());
                arguments.iter().for_each(|a| w.text(a));
            }
            Reply::Line(line) => {
                w.u8(1);
                w.text(line);
            }
            Reply::EndOfInput => w.u8(2),
            Reply::NoInput(why) => {
                w.u8(3);
                why.put(w);
            }
            Reply::Lines(lines) => {
                w.u8(4);
                put_list(w, lines);
            }
        }
    }
    fn get(r: &mut Reader) -> Decoded<Reply> {
        match r.u8()? {
            0 => {
                let n = r.count()?;
                Ok(Reply::Arguments((0..n).map(|_| Ok(r.text()?.to_string())).collect::<Decoded<_>>()?))
            }
            1 => Ok(Reply::Line(r.text()?.to_string())),
            2 => Ok(Reply::EndOfInput),
            3 => Ok(Reply::NoInput(Item::get(r)?)),
            4 => Ok(Reply::Lines(get_list(r, STEPS_MAX)?)),
            tag => Err(DecodeError::BadTag("reply", tag.into())),
        }
    }
}

impl Item for Question {
    fn put(&self, w: &mut Writer) {
        match self {
            Question::Arguments => w.u8(0),
            Question::ReadLine => w.u8(1),
            Question::Explain(trail) => put!(w, 2, trail),
        }
    }
    fn get(r: &mut Reader) -> Decoded<Question> {
        match r.u8()? {
            0 => Ok(Question::Arguments),
            1 => Ok(Question::ReadLine),
            2 => Ok(Question::Explain(Item::get(r)?)),
            tag => Err(DecodeError::BadTag("question", tag.into())),
        }
    }
}

impl Item for Vec<TypeRef> {
    fn put(&self, w: &mut Writer) {
        put_list(w, self);
    }
    fn get(r: &mut Reader) -> Decoded<Vec<TypeRef>> {
        get_list(r, ROW_MAX)
    }
}

impl Item for TypeRef {
    fn put(&self, w: &mut Writer) {
        match self {
            TypeRef::Builtin(builtin::BuiltinType::Tuple(n)) => {
                w.u8(2);
                w.u8(*n);
            }
            TypeRef::Builtin(ty) => {
                w.u8(0);
                w.text(ty.spec().name);
            }
            TypeRef::Def(id) => {
                w.u8(1);
                id.put(w);
            }
            TypeRef::Cycle(_) => panic!("values and outcomes hold no references within a component"),
        }
    }
    fn get(r: &mut Reader) -> Decoded<TypeRef> {
        match r.u8()? {
            0 => builtin::BuiltinType::from_name(r.text()?)
                .map(TypeRef::Builtin)
                .ok_or(DecodeError::Forbidden("there is no builtin type of this name")),
            1 => Ok(TypeRef::Def(Item::get(r)?)),
            2 => match r.u8()? {
                n if n != 1 && n <= builtin::TUPLE_MAX => Ok(TypeRef::Builtin(builtin::BuiltinType::Tuple(n))),
                n => Err(DecodeError::BadTag("tuple", n.into())),
            },
            tag => Err(DecodeError::BadTag("type", tag.into())),
        }
    }
}

/// A table of variants with named fields: tag, variant, fields in order.
macro_rules! field_enum {
    ($ty:ident $what:literal: $($tag:literal $variant:ident { $($field:ident),* };)*) => {
        impl Item for $ty {
            fn put(&self, w: &mut Writer) {
                match self {
                    $($ty::$variant { $($field),* } => {
                        w.u8($tag);
                        $($field.put(w);)*
                    })*
                }
            }
            fn get(r: &mut Reader) -> Decoded<$ty> {
                match r.u8()? {
                    $($tag => {
                        $(let $field = Item::get(r)?;)*
                        Ok($ty::$variant { $($field),* })
                    })*
                    tag => Err(DecodeError::BadTag($what, tag.into())),
                }
            }
        }
    };
}

field_enum! {
    Failure "failure":
    0 Denied { node, what };
    1 OutOfBudget { node, resource };
    2 Busy { node };
    3 Unreachable { node, progress, why };
    4 TimedOut { node, progress };
    5 Restarted { node };
    6 LostFuture { node };
    7 Cancelled { node };
    8 Fault { node, what };
    9 Unhandled { node, ability, operation };
    10 MissingDefinition { node, hash };
    11 BadDefinition { node, hash };
    12 Store { node, why };
    13 Overdue { node };
    14 NoListener { node };
    15 LostResumption { node };
}

const HELLO: u8 = 0;
const REFUSE: u8 = 1;

impl Item for Message {
    fn put(&self, w: &mut Writer) {
        use Message::*;
        match self {
            Hello(hello) => put!(w, 0, hello),
            Refuse(refusal) => put!(w, 1, refusal),
            Ping => w.u8(2),
            Pong => w.u8(3),
            Eval(eval) => put!(w, 4, eval),
            Need { call, subject, round, nonce, want, patient } => {
                put!(w, 5, call, subject, round, nonce, want, patient)
            }
            Definitions { call, subject, round, packed, listed, absent, withheld } => {
                put!(w, 6, call, subject, round, packed, listed, absent, withheld)
            }
            Elsewhere { call, subject } => put!(w, 21, call, subject),
            Stored { call, subject } => put!(w, 22, call, subject),
            Complaint { call, hash } => put!(w, 7, call, hash),
            Output { call, seq, stream, text } => {
                put!(w, 8, call, seq, stream);
                w.text(text);
            }
            OutputAck { call, upto } => put!(w, 9, call, upto),
            Ask { call, seq, question } => put!(w, 10, call, seq, question),
            Answer { call, seq, reply } => put!(w, 11, call, seq, reply),
            Done { call, outputs, left, hints, end, rest, track } => {
                put!(w, 12, call, outputs, left, hints, end, rest, track)
            }
            Ack { call } => put!(w, 13, call),
            Hold { futures, hold } => put!(w, 20, futures, hold),
            Cancel { call } => put!(w, 14, call),
            CancelRun { run } => put!(w, 15, run),
            Status => w.u8(16),
            StatusReport(status) => put!(w, 17, status),
            Stop => w.u8(18),
            Stopping => w.u8(19),
        }
    }

    fn get(r: &mut Reader) -> Decoded<Message> {
        let message = match r.u8()? {
            HELLO => Message::Hello(Item::get(r)?),
            REFUSE => Message::Refuse(Item::get(r)?),
            2 => Message::Ping,
            3 => Message::Pong,
            4 => Message::Eval(Box::new(Item::get(r)?)),
            5 => Message::Need {
                call: Item::get(r)?,
                subject: Item::get(r)?,
                round: Item::get(r)?,
                nonce: Item::get(r)?,
                want: Item::get(r)?,
                patient: Item::get(r)?,
            },
            6 => Message::Definitions {
                call: Item::get(r)?,
                subject: Item::get(r)?,
                round: Item::get(r)?,
                packed: Item::get(r)?,
                listed: Item::get(r)?,
                absent: Item::get(r)?,
                withheld: Item::get(r)?,
            },
            7 => Message::Complaint { call: Item::get(r)?, hash: Item::get(r)? },
            8 => {
                let (call, seq, stream) = (Item::get(r)?, Item::get(r)?, Item::get(r)?);
                Message::Output { call, seq, stream, text: get_text(r, OUTPUT_BYTES_MAX)? }
            }
            9 => Message::OutputAck { call: Item::get(r)?, upto: Item::get(r)? },
            10 => Message::Ask { call: Item::get(r)?, seq: Item::get(r)?, question: Item::get(r)? },
            11 => Message::Answer { call: Item::get(r)?, seq: Item::get(r)?, reply: Item::get(r)? },
            12 => Message::Done {
                call: Item::get(r)?,
                outputs: Item::get(r)?,
                left: Item::get(r)?,
                hints: Item::get(r)?,
                end: Item::get(r)?,
                rest: Item::get(r)?,
                track: Item::get(r)?,
            },
            13 => Message::Ack { call: Item::get(r)? },
            14 => Message::Cancel { call: Item::get(r)? },
            15 => Message::CancelRun { run: Item::get(r)? },
            16 => Message::Status,
            17 => Message::StatusReport(Item::get(r)?),
            18 => Message::Stop,
            19 => Message::Stopping,
            21 => Message::Elsewhere { call: Item::get(r)?, subject: Item::get(r)? },
            22 => Message::Stored { call: Item::get(r)?, subject: Item::get(r)? },
            20 => Message::Hold { futures: Item::get(r)?, hold: Item::get(r)? },
            tag => return Err(DecodeError::BadTag("message", tag.into())),
        };
        Ok(message)
    }
}
