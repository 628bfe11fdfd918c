use machine::native::When;
use machine::{Dispatch, Machine};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One of the kinds that the test crate names, in turns; the first tier alone where code is looked up in a loop.
pub fn machine(dispatch: Dispatch) -> Machine {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    match crate::TIERS[made % crate::TIERS.len()] {
        Some(when) if dispatch == Dispatch::Threaded => native(when),
        _ => Machine::dispatching(dispatch),
    }
}

/// One with two tiers, where there can be one.
pub fn native(when: When) -> Machine {
    match jit::Cranelift::host() {
        Some(cranelift) => Machine::with_generator(Arc::new(cranelift), when),
        None => Machine::new(),
    }
}
