//! The ways that handled operations usually take, without what is to be looked at only sometimes: each does the same as the function of [`Core`] that it stands for, or nothing, if the stack has to grow,
//! code is missing or a safepoint has something to do.
//!
//! # Safety
//! As in [`crate::control`]: whole frames stand below the base, `prompt` is the end of a prompt frame or 0, and a function value's words are as its header says.

use crate::code::{CLAUSE, RetPoint};
use crate::control::{CONTINUATION_WORDS, Core, STACK_WORDS};
use crate::frames::{CLAUSE_WORDS, PROMPT_WORDS, point_below};
use crate::interpret::{Place, return_slowly};
use crate::machine::DescRef;
use crate::word::{ObjectKind, Word};

impl Core {
    /// As [`Core::perform`], where the handler has a clause.
    #[inline]
    pub(crate) fn perform_directly(&mut self, request: DescRef, n: usize) -> Option<Place> {
        let stack = self.stack.as_mut_ptr();
        // SAFETY: see the module. There is room for what is written.
        unsafe {
            let mut end = self.prompt;
            loop {
                if end == 0 {
                    return None;
                }
                if point_below(stack.add(end)).abilities.contains(&request.ability) {
                    break;
                }
                let distance = *stack.add(end - 2) as usize;
                end = if distance == 0 { 0 } else { end - distance };
            }
            let handler = Word(*stack.add(end - PROMPT_WORDS));
            let (entry, held) = handler.as_function()?;
            let code = entry.code().filter(|code| code.entrance.params.len() == held + 1)?;
            let (_, clause) = code.clauses.iter().find(|(of, _)| *of == request.address())?;
            let start = clause.start();
            if start.is_null() || self.base + CLAUSE_WORDS + held + n + STACK_WORDS > self.stack.len() {
                return None;
            }
            let base = self.base + CLAUSE_WORDS;
            let win = stack.add(base);
            for i in (0..n).rev() {
                *win.add(held + i) = *win.sub(CLAUSE_WORDS).add(i);
            }
            for i in 0..held {
                *win.add(i) = handler.raw_field(1 + i);
            }
            *win.sub(3) = (base - end) as u64;
            *win.sub(2) = (base - self.prompt) as u64;
            *win.sub(1) = &raw const CLAUSE as u64;
            let distance = *stack.add(end - 2) as usize;
            self.prompt = if distance == 0 { 0 } else { end - distance };
            self.base = base;
            Some((start, win))
        }
    }

    /// As returning to the frame below the base.
    #[inline]
    pub(crate) fn return_directly(&mut self, value: u64) -> Option<Place> {
        let win = self.window();
        // SAFETY: see the module. A window that the stack has room for begins where the frame does.
        unsafe {
            let point: &RetPoint = point_below(win);
            let back = win.sub(1 + point.frame as usize);
            let room = self.stack_end as usize - back as usize >= 8 * point.need as usize;
            let on = point.pc();
            if on.is_null() || !room || self.heap.wants_collection {
                return None;
            }
            *back.add(point.into as usize) = value;
            Some((on, back))
        }
    }

    /// As [`Core::apply`], for a continuation and its one argument.
    #[inline]
    pub(crate) fn resume_directly(&mut self) -> Option<Place> {
        let win = self.window();
        // SAFETY: see the module; there is room for the frames.
        unsafe {
            let continuation = Word(*win.add(1));
            if !continuation.is_plain(ObjectKind::Continuation) || self.fuel <= 0 {
                return None;
            }
            let (_, words) = continuation.plain()?;
            let len = words - CONTINUATION_WORDS;
            if self.base + len + STACK_WORDS > self.stack.len() {
                return None;
            }
            let value = *win;
            self.put_back(continuation, len);
            Some(self.return_directly(value).unwrap_or_else(|| return_slowly(self, value)))
        }
    }
}
