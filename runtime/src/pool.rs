//! Threads that do jobs: slices of tasks, and what is asked of the store.
//!
//! Each thread has a queue. A job goes to the thread that did its like before, whose caches know it, or else to the one with the least to do; a thread without jobs of its own takes the
//! oldest one of somebody else, so that none waits while a thread has nothing to do. One lock guards all queues: it is held for a push or a pop, and a job takes a thousand times as long.
//!
//! *Invariant:* a thread sleeps only while all queues are empty.

use machine::{Limits, Machine, Outcome, Step, Task};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Is told by which thread it is done.
type Job = Box<dyn FnOnce(usize) + Send>;

/// The threads end when this is dropped and the jobs are done.
pub struct Pool(Arc<Shared>);

struct Shared {
    queues: Mutex<Queues>,
    /// Wakes the thread of this number.
    bells: Vec<Condvar>,
}

struct Queues {
    of: Vec<VecDeque<Job>>,
    /// Threads that wait for a job, the one last that has waited for the shortest time.
    asleep: Vec<usize>,
    closed: bool,
}

impl Pool {
    pub fn start(name: &str, threads: usize) -> std::io::Result<Pool> {
        let queues = Queues { of: (0..threads).map(|_| VecDeque::new()).collect(), asleep: Vec::new(), closed: false };
        let bells = (0..threads).map(|_| Condvar::new()).collect();
        let pool = Pool(Arc::new(Shared { queues: Mutex::new(queues), bells }));
        for n in 0..threads {
            let shared = pool.0.clone();
            std::thread::Builder::new().name(format!("{name}-{n}")).spawn(move || shared.work(n))?;
        }
        Ok(pool)
    }

    /// Has a job done, rather by the thread of this number.
    pub fn run(&self, by: Option<usize>, job: impl FnOnce(usize) + Send + 'static) {
        let mut queues = self.0.queues();
        let at = queues.place_for(by);
        queues.of[at].push_back(Box::new(job));
        let woken = queues.sleeper(at);
        drop(queues);
        woken.into_iter().for_each(|thread| self.0.bells[thread].notify_one());
    }
}

impl Queues {
    fn place_for(&self, by: Option<usize>) -> usize {
        let least = || (0..self.of.len()).min_by_key(|at| (self.of[*at].len(), !self.asleep.contains(at)));
        by.filter(|at| *at < self.of.len()).or_else(least).expect("a pool has a thread")
    }

    /// Who is to be woken for a job of this thread: itself, or whoever fell asleep last.
    fn sleeper(&mut self, of: usize) -> Option<usize> {
        let found = self.asleep.iter().position(|thread| *thread == of);
        found.map(|at| self.asleep.remove(at)).or_else(|| self.asleep.pop())
    }

    /// The next job for a thread: its own, or the oldest of the longest queue.
    fn take(&mut self, thread: usize) -> Option<Job> {
        let own = self.of[thread].pop_front();
        own.or_else(|| self.of.iter_mut().max_by_key(|queue| queue.len())?.pop_front())
    }
}

impl Shared {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, thread: usize) {
        while let Some(job) = self.next(thread) {
            job(thread);
        }
    }

    /// Waits for a job; none, if there will be none.
    fn next(&self, thread: usize) -> Option<Job> {
        let mut queues = self.queues();
        loop {
            let job = queues.take(thread);
            if job.is_some() || queues.closed {
                return job;
            }
            queues.asleep.push(thread);
            queues = self.bells[thread].wait(queues).unwrap_or_else(PoisonError::into_inner);
            // It may have been woken by nobody.
            queues.asleep.retain(|other| *other != thread);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.0.queues().closed = true;
        self.0.bells.iter().for_each(Condvar::notify_one);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_thread_with_nothing_to_do_takes_what_waits_for_another() {
        let pool = Pool::start("test", 2).expect("threads can be made");
        let (begun, has_begun) = channel();
        let (free, is_free) = channel::<()>();
        pool.run(Some(0), move |thread| {
            begun.send(thread).expect("the test listens");
            let _ = is_free.recv();
        });
        let held = has_begun.recv().expect("it begins");
        let (done, is_done) = channel();
        for n in 0..100 {
            let done = done.clone();
            pool.run(Some(held), move |thread| done.send((n, thread)).expect("the test listens"));
        }
        let by: Vec<(usize, usize)> = is_done.iter().take(100).collect();
        assert!(by.iter().enumerate().all(|(n, by)| *by == (n, 1 - held)), "in their order, by the other one: {by:?}");
        drop(free);
    }

    #[test]
    fn what_was_asked_for_is_done_although_the_pool_is_dropped() {
        let (done, is_done) = channel();
        let pool = Pool::start("test", 3).expect("threads can be made");
        for n in 0..1_000_u64 {
            let done = done.clone();
            pool.run(None, move |_| done.send(n).expect("the test listens"));
        }
        drop((pool, done));
        assert_eq!(is_done.iter().sum::<u64>(), 499_500);
    }
}
