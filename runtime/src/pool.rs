//! Threads that do jobs in the order in which they come: slices of tasks, and what is asked of the store.

use machine::{Limits, Machine, Outcome, Step, Task};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

type Job = Box<dyn FnOnce() + Send>;

/// The threads end when this is dropped and the jobs are done.
pub struct Pool {
    jobs: Sender<Job>,
}

impl Pool {
    pub fn start(name: &str, threads: usize) -> std::io::Result<Pool> {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for n in 0..threads {
            let queue = queue.clone();
            std::thread::Builder::new().name(format!("{name}-{n}")).spawn(move || work(&queue))?;
        }
        Ok(Pool { jobs })
    }

    pub fn run(&self, job: impl FnOnce() + Send + 'static) {
        // Fails only if every thread is gone, and they go only when this does.
        let _ = self.jobs.send(Box::new(job));
    }
}

fn work(queue: &Mutex<Receiver<Job>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        job();
    }
}

/// Runs a slice of a task.
pub fn slice(mut job: Box<Task>, run: impl FnOnce(&mut Task) -> Step) -> (Box<Task>, Step) {
    match catch_unwind(AssertUnwindSafe(|| run(&mut job))) {
        Ok(step) => (job, step),
        Err(_) => broken(job),
    }
}

/// A fault of ours ends the task and nothing else. Its heap may be in any state: it is left alone.
fn broken(job: Box<Task>) -> (Box<Task>, Step) {
    std::mem::forget(job);
    let job = Box::new(Task::new(Arc::new(Machine::new()), Limits::default()));
    (job, Step::Done(Outcome::Fault("the machine has a mistake; please report it".into())))
}
