//! What is left when a computation ends or is given up: memory, and counts of blobs, perhaps a gigabyte of them. Giving it back takes a good part of the time that making it took, and nobody should wait for that: a
//! thread beside does it. It is no less urgent than the others: what it falls behind with would be done by those who make more.
//!
//! *Invariant:* what waits for that thread is bounded; what would be more is given back at once by whoever has it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

/// What is smaller is given back at once: that takes less than a millisecond or two.
const LARGE_BYTES: usize = 8 << 20;
/// Bytes that may wait, unless it is all one thing.
const WAITING_BYTES_MAX: usize = 1 << 30;
/// Something to drop, and its bytes.
type Left = (Box<dyn Send>, usize);

static WAITING_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Whether so many bytes are better given back by the thread beside.
pub(crate) fn is_large(bytes: usize) -> bool {
    bytes >= LARGE_BYTES
}

/// Drops something that holds so many bytes, now or soon.
pub(crate) fn give_back(what: impl Send + 'static, bytes: usize) {
    if !is_large(bytes) {
        return;
    }
    let before = WAITING_BYTES.fetch_add(bytes, Ordering::Relaxed);
    let has_room = before == 0 || before + bytes <= WAITING_BYTES_MAX;
    let left: Left = (Box::new(what), bytes);
    match thread().filter(|_| has_room) {
        // It never ends, so that it gets whatever is sent.
        Some(thread) => drop(thread.send(left)),
        None => end(left),
    }
}

fn end((what, bytes): Left) {
    drop(what);
    WAITING_BYTES.fetch_sub(bytes, Ordering::Relaxed);
}

/// Begun when it is needed first; none if there can be none.
fn thread() -> Option<&'static Sender<Left>> {
    static THREAD: OnceLock<Option<Sender<Left>>> = OnceLock::new();
    let begun = THREAD.get_or_init(|| {
        let (sender, receiver) = channel::<Left>();
        let work = move || receiver.into_iter().for_each(end);
        std::thread::Builder::new().name("remains".into()).spawn(work).ok().map(|_| sender)
    });
    begun.as_ref()
}

/// Waits until all that is to be given back so far was given back.
#[cfg(test)]
pub(crate) fn wait() {
    struct Signal(Sender<()>);
    impl Drop for Signal {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (sender, receiver) = channel();
    give_back(Signal(sender), LARGE_BYTES);
    receiver.recv().expect("it is dropped at last");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, RecvTimeoutError};
    use std::time::Duration;

    /// Tells by which thread it was dropped.
    struct Told(Sender<Option<String>>);

    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send(std::thread::current().name().map(str::to_string));
        }
    }

    fn told(receiver: &Receiver<Option<String>>) -> Result<Option<String>, RecvTimeoutError> {
        receiver.recv_timeout(Duration::from_secs(60))
    }

    #[test]
    fn what_is_large_is_given_back_beside() {
        let (sender, receiver) = channel();
        give_back(Told(sender.clone()), LARGE_BYTES);
        assert_eq!(told(&receiver), Ok(Some("remains".to_string())));
        give_back(Told(sender), LARGE_BYTES - 1);
        assert_ne!(told(&receiver), Ok(Some("remains".to_string())));
    }
}
