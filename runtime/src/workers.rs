//! Threads that run slices of tasks.

use machine::{Limits, Machine, Outcome, Step, Task};
use node::event::{Event, TaskId};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// A slice to run.
struct Slice {
    task: TaskId,
    job: Box<Task>,
    fuel: u64,
}

/// The threads end when this is dropped.
pub struct Workers {
    slices: Sender<Slice>,
}

impl Workers {
    pub fn start(count: usize, ran: impl Fn(Event) + Clone + Send + 'static) -> std::io::Result<Workers> {
        let (slices, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for n in 0..count {
            let (queue, ran) = (queue.clone(), ran.clone());
            std::thread::Builder::new().name(format!("worker-{n}")).spawn(move || work(&queue, ran))?;
        }
        Ok(Workers { slices })
    }

    pub fn run(&self, task: TaskId, job: Box<Task>, fuel: u64) {
        // Fails only if every worker is gone, and they go only when this does.
        let _ = self.slices.send(Slice { task, job, fuel });
    }
}

fn work(queue: &Mutex<Receiver<Slice>>, ran: impl Fn(Event)) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Slice { task, mut job, fuel }) = next else { return };
        let event = match catch_unwind(AssertUnwindSafe(|| job.run(fuel))) {
            Ok(step) => Event::Ran { task, job, step },
            Err(_) => broken(task, job),
        };
        ran(event);
    }
}

/// A fault of ours ends the task and nothing else. Its heap may be in any state: it is left alone.
fn broken(task: TaskId, job: Box<Task>) -> Event {
    std::mem::forget(job);
    let job = Box::new(Task::new(Arc::new(Machine::new()), Limits::default()));
    Event::Ran { task, job, step: Step::Done(Outcome::Fault("the machine has a mistake; please report it".into())) }
}
