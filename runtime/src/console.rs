//! The terminal of whoever started a program.

use node::Stream;

/// Standard streams of the user. Called from the runtime's threads, one call at a time for each run.
pub trait Console: Send + Sync {
    /// Shows output of the program. It may come from other nodes: control characters other than line feeds and tabs have been replaced.
    fn write(&self, stream: Stream, text: &str);

    /// Whether nothing that is written is seen by anybody any more (`| head` has ended): then the run ends, too.
    fn gone(&self) -> bool {
        false
    }

    /// A line of input without its line feed; none at the end of the input.
    fn read_line(&self) -> std::io::Result<Option<String>>;
}
