//! The limits of the wire and of a host, each with its reason.

/// Payload of one frame, in bytes: small enough that a control message never waits long behind one (13 us at 10 Gbit/s, 1.3 ms at 100 Mbit/s).
pub const FRAME_BYTES_MAX: usize = 16 << 10;

/// Bytes before a frame's payload: length, stream, flags.
pub const FRAME_HEADER_BYTES: usize = 2 + 8 + 1;

/// Bytes of one message: a value of the largest default result and its envelope, or one batch of definitions.
pub const MESSAGE_BYTES_MAX: usize = 68 << 20;

/// Bytes that a stream may send before the recipient has granted more: one round trip at 100 Mbit/s and 20 ms.
pub const STREAM_CREDIT_BYTES: u64 = 256 << 10;

/// Messages that arrive in pieces at the same time on one connection: a peer gains nothing from more.
pub const STREAMS_OPEN_MAX: usize = 256;

/// Bytes of incomplete messages held for one connection.
pub const REASSEMBLY_BYTES_MAX: usize = 2 * MESSAGE_BYTES_MAX;

/// Bytes of frames handed to a connection's writer and not yet written: enough to keep it busy, few enough that a control frame is soon next.
pub const IN_FLIGHT_BYTES: usize = 8 * FRAME_BYTES_MAX;

/// Of those, what only control frames may take.
pub const IN_FLIGHT_RESERVE_BYTES: usize = 2 * FRAME_BYTES_MAX;

/// Control frames that wait for a writer: more than there are requests to acknowledge. A peer that does not read so many is not there.
pub const CONTROL_QUEUE_MAX: usize = 1 << 16;

/// Bytes of messages of one frame that are encoded for a connection and not sent. What follows waits unencoded, which is as cheap as what it refers to.
pub const OUTBOX_SHORT_BYTES: usize = 1 << 20;

/// As [`OUTBOX_SHORT_BYTES`], of longer messages: enough of them at once that a link with a long round trip is used.
pub const OUTBOX_LONG_BYTES: usize = 16 << 20;

/// Bytes of all messages that are encoded for a connection: over it not even short ones are. They may have turned out long.
pub const OUTBOX_BYTES_MAX: usize = 4 * MESSAGE_BYTES_MAX;

/// A peer's requests for definitions that are looked up or on their way at once, on one connection: each may take half of the largest message.
pub const SERVES_AT_ONCE: usize = 2;

/// Bytes of definitions in one answer, before they are compressed: what does not fit is asked for again.
pub const PACK_BYTES_MAX: usize = MESSAGE_BYTES_MAX / 2;

/// Bytes of definitions that one value may bring along, not compressed.
pub const TRANSFER_BYTES_MAX: usize = 256 << 20;

/// Bytes of definitions that are sent unasked, because the recipient is believed to lack them: if it does not, these were for nothing.
pub const SPECULATED_BYTES_MAX: usize = 4 << 20;

/// Definitions that are sent unasked however many more the recipient is believed to have: listing them instead would save little.
pub const SPECULATED_FEW: usize = 64;

/// Hashes that other stores are believed to have, for each store; over it all are forgotten. And stores of which this is remembered.
pub const KNOWN_MAX: usize = 1 << 20;
pub const KNOWN_STORES_MAX: usize = 64;

/// Milliseconds for which a host that lacks definitions waits for another one of its store that is being sent them, before it looks whether they are there. It is told earlier when that one has them, or is gone.
pub const ELSEWHERE_MS: u64 = 10_000;

/// Hashes that a peer has asked for, on one connection, and that are not looked up yet.
pub const WANTED_MAX: usize = 2 * HASHES_MAX;

/// Bytes of results and output that a peer has not acknowledged. Over it, nothing runs on its behalf until it has read some.
pub const OWED_BYTES_MAX: usize = 128 << 20;

/// Bytes of the values of requests that a peer has here, from their arrival to their end. Over it the host is busy, as far as this peer is concerned.
pub const REQUESTED_BYTES_MAX: usize = 256 << 20;

/// Bytes of the values of requests that wait to be sent to a peer. Over it, a task that makes one more (`at'`, `deliver`) waits until some are under way.
pub const UNSENT_BYTES_MAX: usize = 16 << 20;

/// Items that may be decoded from one message or value, for each byte and in all: enough for anything honest.
pub const DECODE_ITEMS_MAX: u64 = 64 << 20;

/// Named hashes of one value, or of one batch of definitions: more do not fit a message with their bytes anyway.
pub const HASHES_MAX: usize = 1 << 20;

/// Hashes that a host remembers its store to have: at the limit all are forgotten, and the store is asked again.
pub const HELD_MAX: usize = 1 << 18;

/// Milliseconds after which a host tells its store what it still relies on. A store loses nothing that was used in the last day, so one that is slow or late is none the worse.
pub const RENEWAL_MS: u64 = 30 * 60_000;

/// Nodes of a cluster, or named in hints: they travel in every request.
pub const CLUSTER_MAX: usize = 1024;

/// Nodes of this host that `nodes Cluster.local` lists: the first ones.
pub const LISTED_NODES_MAX: u64 = 1 << 20;

/// Addresses of one host: more are noise.
pub const ADDRESSES_MAX: usize = 4;

/// Bytes of an address `HOST:PORT`: a DNS name has at most 253.
pub const ADDRESS_BYTES_MAX: usize = 300;

/// Hosts whose addresses are remembered.
pub const BOOK_MAX: usize = 4096;

/// Abilities of a row: nobody handles more.
pub const ROW_MAX: usize = 1024;

/// Tokens of a request, and bytes of each.
pub const TOKENS_MAX: usize = 16;
pub const TOKEN_BYTES_MAX: usize = 4 << 10;

/// Bytes of the text of a fault that travels.
pub const FAULT_BYTES_MAX: usize = 4 << 10;

/// Bytes of one piece of output. Longer text is cut into several.
pub const OUTPUT_BYTES_MAX: usize = 8 << 10;

/// Bytes of output that a request may have under way before whoever prints has to wait.
pub const OUTPUT_WINDOW_BYTES: usize = 256 << 10;

/// Bytes of output kept that came before its turn. One connection keeps the order, so hardly any does.
pub const EARLY_OUTPUT_BYTES_MAX: usize = 4 << 20;

/// Bytes of a line of input: nobody types more, and it travels in one message.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Questions of a request (arguments, a line of input) under way at once.
pub const ASKS_MAX: usize = 64;

/// Tasks that have begun to wait and keep all that they need for going on: each takes a kilobyte for it. Those that have waited for longer take what they hold.
pub const AWAKE_MAX: usize = 1_024;

/// Tasks of a host, waiting ones included: its own user may fill memory with them, at some 2 kB each. Over it, the host is busy.
pub const TASKS_MAX: usize = 4_000_000;

/// Of those, tasks on behalf of one peer.
pub const TASKS_PER_PEER_MAX: usize = 100_000;

/// Bytes of heaps and stacks of the tasks on behalf of one peer: a task that would hold more is over.
pub const TASK_BYTES_PER_PEER_MAX: u64 = 4 << 30;

/// Requests that a host serves or remembers for one peer.
pub const SESSIONS_PER_PEER_MAX: usize = 20_000;

/// Ended requests and runs that a host remembers for one peer, so that what comes late does not begin them anew.
pub const GRAVES_PER_PEER_MAX: usize = 50_000;

/// Futures that a host keeps.
pub const FUTURES_MAX: usize = 4_000_000;

/// Futures that a host keeps for one run of its own user: whoever holds more is out of budget.
pub const FUTURES_PER_RUN_MAX: usize = FUTURES_MAX / 2;

/// The same for a run that another host has brought.
pub const FUTURES_PER_FOREIGN_RUN_MAX: usize = 500_000;

/// Futures of messages that only the task knows which listens, of a task and of a host: more are like all others.
pub const LOCALS_PER_TASK_MAX: usize = 4_096;
pub const LOCALS_MAX: usize = 500_000;

const _: () = assert!(LOCALS_MAX < FUTURES_MAX, "not all of them are for those");

/// Futures that are held on a host, counted for each holder. Of more its homes are not told, and one's own stay until their runs are over.
pub const HOLDS_MAX: usize = 2 * FUTURES_MAX;

/// Futures that have left a host, have ended, and are held by nobody who is known, and bytes of what they have come to: the oldest go first.
pub const LOOSE_FUTURES_MAX: usize = 20_000;
pub const LOOSE_BYTES_MAX: usize = 64 << 20;

/// Bytes of what is left of evaluations and waits here for an answer of one host; over it, that goes along with the request.
pub const KEPT_BYTES_MAX: usize = 256 << 20;

/// How often what a value names of what waits elsewhere is put in its place before it leaves, each time with what that names.
pub const FETCHES_MAX: u32 = 64;

/// Futures that a task may have got since it was known which it has, before it is told to look; bytes that are kept in them or have come of them; and bytes of its heap for which it may
/// have one more: looking takes time in proportion to these.
pub const NEW_FUTURES: usize = 1_000;
pub const NEW_FUTURES_BYTES: u64 = 16 << 20;
pub const LOOKED_AT_FOR_ONE_BYTES: u64 = 64 << 10;

/// As [`NEW_FUTURES`], when a host has many; and how many that is.
pub const CROWDED_FUTURES: usize = 50;
pub const CROWDED_FUTURES_MIN: usize = 500_000;

/// Futures that one message says to be held: it fits a frame.
pub const HELD_AT_ONCE: usize = 500;

/// Messages that a host has sent to a peer by `send` and that are under way; more are dropped, and so are those that would take more bytes.
pub const SENDS_PER_PEER_MAX: usize = 4_096;
pub const SENDS_BYTES_MAX: u64 = 16 << 20;

/// Milliseconds that the home of a future has for saying that its time is over.
pub const PATIENCE_MS: u64 = 1_000;

/// Spans that a host keeps of a traced run until it sends them on, or that travel with one outcome; more are not recorded.
pub const SPANS_MAX: usize = 100_000;

/// Nodes that a failure is said to have passed, and definitions that are named at each: the first ones are where it began, and more nobody reads.
pub const STATIONS_MAX: usize = 32;
pub const STATION_STEPS_MAX: usize = 8;

/// Lines in which a trail is told: one for each definition or node.
pub const STEPS_MAX: usize = STATIONS_MAX * STATION_STEPS_MAX;

/// Effects of a host's own that are under way: each may block a thread for as long as it likes.
pub const EFFECTS_MAX: usize = 512;

/// Of those, what only runs may take that have none under way.
pub const EFFECTS_RESERVE: usize = 128;

/// Effects of one run that are under way. More wait.
pub const EFFECTS_PER_RUN_MAX: usize = 64;

/// Connections of a host.
pub const CONNECTIONS_MAX: usize = 1024;

/// Connections with one peer: both ends may have made one at the same time, and perhaps again before the first was known to be dead.
pub const CONNECTIONS_PER_PEER_MAX: usize = 4;

/// Connections whose handshake is under way.
pub const HANDSHAKES_MAX: usize = 256;

/// Fuel of one slice of a task: some tens of microseconds of calls.
pub const SLICE_FUEL: u64 = 20_000;

/// Fuel of one slice of a task while no other waits for a worker: the fewer slices, the less often a task changes its processor and leaves behind what that has cached. A cancelled
/// one ends with its slice, so this is well below a millisecond of most code.
pub const LONE_SLICE_FUEL: u64 = 100_000;

/// Slices that a worker has at once: one that it runs, and one that it finds when it is done, so that it does not wait for the host. What comes later waits for as many.
pub const QUEUED_SLICES: usize = 2;

/// Milliseconds for a connection to be made, and the peer's greeting to arrive.
pub const HANDSHAKE_MS: u64 = 5_000;

/// Milliseconds after which a connection that is in use and silent is asked whether it lives.
pub const PING_MS: u64 = 2_000;

/// Milliseconds after which a silent connection is asked that is not in use: nobody waits for it, but it takes a place.
pub const IDLE_PING_MS: u64 = 60_000;

/// Milliseconds of silence after which a connection that was asked is given up.
pub const SILENCE_MS: u64 = 10_000;

/// Milliseconds for which a cancellation is said again over each new connection, or over another one when one was lost: it may have gone into a connection that was dead, which is noticed only when that is asked.
pub const CANCELLATION_MS: u64 = 2 * (IDLE_PING_MS + SILENCE_MS);

/// Milliseconds between attempts to reach a peer again, multiplied by the attempt's number.
pub const REDIAL_MS: u64 = 150;

/// Attempts to reach a peer again whose connection broke while requests were under way.
pub const REDIALS_MAX: u32 = 4;

/// Milliseconds for which the outcome of a request is kept for a caller that does not acknowledge it.
pub const LEASE_MS: u64 = 60_000;

/// Milliseconds for which a request goes on whose caller is away, counted from when it was heard last, if nobody says otherwise.
pub const TASK_LEASE_MS: u64 = SILENCE_MS;

/// The least of that, and milliseconds that a caller has to come back after the connection was lost, however long it had been silent before.
pub const RETURN_MS: u64 = 1_000;

/// Milliseconds that a host which was told to stop gives its tasks.
pub const DRAIN_MS: u64 = 30_000;

/// One `at'` takes one part in so many of its parent's fuel, messages and tasks, if they are limited; `at` takes everything, since its parent waits.
pub const SPAWN_SHARE: u64 = 8;

const _: () = assert!(FRAME_BYTES_MAX <= u16::MAX as usize, "a frame's length is two bytes");
const _: () = assert!(IN_FLIGHT_RESERVE_BYTES < IN_FLIGHT_BYTES, "data frames get through");
const _: () = assert!(STREAM_CREDIT_BYTES >= 4 * FRAME_BYTES_MAX as u64, "a stream does not stop after each frame");
const _: () = assert!(REASSEMBLY_BYTES_MAX >= MESSAGE_BYTES_MAX, "the largest message can arrive");
const _: () = assert!(OUTPUT_BYTES_MAX < FRAME_BYTES_MAX, "a piece of output fits a frame");
const _: () = assert!(HELD_AT_ONCE * 26 + 16 < FRAME_BYTES_MAX, "what is said of futures fits a frame");
const _: () = assert!(FAULT_BYTES_MAX < FRAME_BYTES_MAX, "a fault fits a frame");
const _: () = assert!(
    OUTBOX_LONG_BYTES + MESSAGE_BYTES_MAX * (1 + SERVES_AT_ONCE / 2) < OUTBOX_BYTES_MAX,
    "long messages do not hold up short ones"
);
const _: () = assert!(
    PACK_BYTES_MAX + PACK_BYTES_MAX / 4 + (1 << 20) < MESSAGE_BYTES_MAX,
    "definitions that do not compress fit a message"
);
const _: () = assert!(
    REQUESTED_BYTES_MAX > 2 * MESSAGE_BYTES_MAX,
    "a peer may ask for something large while something large runs"
);
const _: () = assert!(SILENCE_MS > 2 * PING_MS, "one lost answer is not death");
const _: () = assert!(LEASE_MS > SILENCE_MS + HANDSHAKE_MS, "a caller that comes back finds its outcome");
