//! Limits of the front end, each with its reason. Those of the wire stand in `node::limits`.

/// Nested blocks and brackets in source text. Phases after the parser may recurse over the tree, on a stack of
/// [`COMPILER_STACK`]; no program written by hand comes near it.
pub const NESTING_MAX: usize = 1_000;

/// Stack of the thread that compiles, in bytes: enough for [`NESTING_MAX`] levels of the deepest phase in a debug build.
pub const COMPILER_STACK: usize = 512 << 20;

/// Levels of a decoded term or type: more than elaboration makes of [`NESTING_MAX`] levels of source, and still shallow enough to be lowered.
pub const TERM_DEPTH_MAX: usize = 20_000;

/// Bytes of one source file. Spans are 32-bit.
pub const SOURCE_BYTES_MAX: usize = 64 << 20;

const _: () = assert!(TERM_DEPTH_MAX >= 8 * NESTING_MAX, "elaboration adds levels");
const _: () = assert!(SOURCE_BYTES_MAX < u32::MAX as usize, "spans are 32-bit");
const _: () = assert!(COMPILER_STACK / TERM_DEPTH_MAX >= 16 << 10, "a level may take some frames");
