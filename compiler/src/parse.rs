//! Parsing on all processors: files are read independently of each other.

use base::limits::COMPILER_STACK;
use base::span::Source;
use base::{SourceId, Sources};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use syntax::Problem;
use syntax::tree::File;

/// Bytes of source below which another thread costs more than it gains.
const BYTES_WORTH_A_THREAD: usize = 100_000;

type Parsed = (File, Vec<Problem>);

/// All files in the order of their sources, each with its problems.
pub(crate) fn parse(sources: &Sources) -> Vec<Parsed> {
    let all: Vec<(SourceId, &Source)> = sources.iter().collect();
    let bytes: usize = all.iter().map(|(_, source)| source.text.len()).sum();
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = processors.min(all.len()).min(bytes / BYTES_WORTH_A_THREAD);
    if threads < 2 {
        return all.into_iter().map(|(id, source)| syntax::parse(id, &source.text)).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let take = || all.get(next.fetch_add(1, Ordering::Relaxed));
        let parsed = std::iter::from_fn(|| take().map(|(id, source)| syntax::parse(*id, &source.text)));
        parsed.collect::<Vec<Parsed>>()
    };
    let mut parsed: Vec<Parsed> = std::thread::scope(|scope| {
        let spawn = || std::thread::Builder::new().name("parser".into()).stack_size(COMPILER_STACK);
        let others: Vec<_> = (1..threads).filter_map(|_| spawn().spawn_scoped(scope, work).ok()).collect();
        let own = work();
        let others = others.into_iter().map(|thread| thread.join());
        others.flat_map(|parsed| parsed.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).chain(own).collect()
    });
    parsed.sort_by_key(|(file, _)| file.source);
    parsed
}
