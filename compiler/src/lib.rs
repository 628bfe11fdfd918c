//! The compiler as one thing: text in, definitions in a codebase out.
//!
//! **Invariant:** decides nothing itself; [`pipeline`] calls the phases in order, [`library`] keeps the standard library's image,
//! [`environment`] says what names mean outside the files at hand, [`mod@print`] shows definitions whose source is not kept,
//! [`explain`] has a page for each code of a problem.
#![forbid(unsafe_code)]

mod parse;
pub mod pipeline;
pub mod written;
pub mod environment;
pub mod here;
pub mod library;
pub mod main_type;
pub mod print;
pub mod explain;

pub use environment::CodebaseEnvironment;
pub use pipeline::{Compiled, compile};

/// Part of every source key: a compiler that might give another result must have another version.
pub const COMPILER_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "/1");

/// Runs `work` on a thread whose stack is as large as source nesting may need (`base::limits`).
pub fn on_compiler_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("compiler".into()).stack_size(base::limits::COMPILER_STACK);
        let thread = builder.spawn_scoped(scope, work).expect("address space for a thread's stack");
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
