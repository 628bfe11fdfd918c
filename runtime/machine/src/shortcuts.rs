//! The ways that handled operations usually take, without what is to be looked at only sometimes: each does the same as the function of [`Core`] that it stands for, or nothing, if the stack has to grow,
//! code is missing or a safepoint has something to do.
//!
//! # Safety
//! As in [`crate::control`]: whole frames stand below the base, `prompt` is the end of a prompt frame or 0, and a function value's words are as its header says.

use crate::code::{CLAUSE, PointKind, RetPoint};
use crate::collect::copy_words;
use crate::control::{CONTINUATION_WORDS, Core, Exit, STACK_WORDS, WORDS_PER_FUEL};
use crate::frames::{CLAUSE_WORDS, PROMPT_WORDS, point_below};
use crate::instructions::apply_directly;
use crate::interpret::{NOWHERE, Place, apply, return_slowly};
use crate::machine::{DescRef, EntryRef};
use crate::word::{ObjectKind, Word};

/// Words of a clause's frame that changes places with what it is attached to without a way round.
const RENEWING_WORDS: usize = 24;

/// A clause that is to run for an operation.
pub(crate) struct FoundClause {
    pub(crate) clause: EntryRef,
    pub(crate) handler: Word,
    /// How many words the handler holds.
    held: usize,
    /// Where its prompt ends.
    pub(crate) end: usize,
}

impl Core {
    /// As [`Core::perform`], where the handler has a clause.
    #[inline]
    pub(crate) fn perform_directly(&mut self, request: DescRef, n: usize) -> Option<Place> {
        let found = self.find_clause(request)?;
        let start = found.clause.start();
        let win = self.window();
        // SAFETY: the arguments stand at the window.
        if start.is_null() || !unsafe { self.attach(&found, win, n) } {
            return None;
        }
        self.base += CLAUSE_WORDS;
        Some((start, self.window()))
    }

    /// What the innermost handler that catches an operation does with it, if it has a clause for that.
    #[inline]
    pub(crate) fn find_clause(&self, request: DescRef) -> Option<FoundClause> {
        let stack = self.stack_start;
        // SAFETY: see the module.
        unsafe {
            let mut end = self.prompt;
            loop {
                if end == 0 {
                    return None;
                }
                if point_below(stack.add(end)).catches(request.ability) {
                    break;
                }
                let distance = *stack.add(end - 2) as usize;
                end = if distance == 0 { 0 } else { end - distance };
            }
            let handler = Word(*stack.add(end - PROMPT_WORDS));
            let (clause, held) = Core::clause(handler, request)?;
            Some(FoundClause { clause, handler, held, end })
        }
    }

    /// Whether a prompt is the innermost, or the next one: which one is skipped on the way to it.
    ///
    /// # Safety
    /// Both are ends of prompts.
    pub(crate) unsafe fn skipped<'a>(&self, innermost: usize, end: usize) -> Option<Option<&'a RetPoint>> {
        if innermost == end {
            return Some(None);
        }
        // SAFETY: see the module.
        unsafe {
            let distance = *self.stack_start.add(innermost - 2) as usize;
            (distance != 0 && innermost - distance == end).then(|| Some(point_below(self.stack_start.add(innermost))))
        }
    }

    /// Puts the frame of a clause below its window, and what it takes into that; false if there is no room.
    ///
    /// # Safety
    /// The operation's arguments stand at `win`, above whole frames.
    #[inline]
    pub(crate) unsafe fn attach(&mut self, found: &FoundClause, win: *mut u64, n: usize) -> bool {
        let FoundClause { handler, held, end, .. } = *found;
        // SAFETY: see the module. There is room for what is written.
        unsafe {
            let stack = self.stack_start;
            let inside = win.add(CLAUSE_WORDS);
            if inside.wrapping_add(held + n + STACK_WORDS) > self.stack_end {
                return false;
            }
            for i in (0..n).rev() {
                *inside.add(held + i) = *win.add(i);
            }
            for i in 0..held {
                *inside.add(i) = handler.raw_field(1 + i);
            }
            let base = (inside as usize - stack as usize) / 8;
            *win = (base - end) as u64;
            *win.add(1) = (base - self.prompt) as u64;
            *win.add(2) = &raw const CLAUSE as u64;
            let distance = *stack.add(end - 2) as usize;
            self.prompt = if distance == 0 { 0 } else { end - distance };
            true
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
            let room = back.wrapping_add(point.need as usize) <= self.heap.window_limit;
            let on = point.pc();
            if on.is_null() || !room {
                return None;
            }
            *back.add(point.into as usize) = value;
            Some((on, back))
        }
    }

    /// As returning to the prompts below the base, and then to what is below those. `None`: the value is to be returned to what is on top now, by a way that looks at everything.
    #[inline]
    pub(crate) fn return_through_prompts(&mut self, value: u64) -> Option<Place> {
        loop {
            // SAFETY: see the module.
            let is_prompt = unsafe { point_below(self.window()) }.kind == PointKind::Prompt;
            if !is_prompt || self.heap.window_limit.is_null() {
                return None;
            }
            let handler = self.pop_prompt();
            if !Core::gives_back(Word(handler)) {
                return Some(self.handle_result(handler, value));
            }
            if let Some(place) = self.return_directly(value) {
                return Some(place);
            }
        }
    }

    /// Gives the result of what a handler has handled to it. Its prompt was above the base.
    fn handle_result(&mut self, handler: u64, value: u64) -> Place {
        let pure = self.heap.constructed(self.machine.known.pure, &[value]);
        let win = self.window();
        // SAFETY: there is room for two words where the prompt's three were.
        unsafe {
            *win = pure.0;
            *win.add(1) = handler;
            match apply_directly(win, 1, self) {
                Some(start) => (start, win),
                None => apply(self, 1),
            }
        }
    }

    /// A continuation goes on here: counted like an entry, where the function is not machine code.
    fn warm_up_at(&mut self, point: &RetPoint) {
        if point.is_native() || !self.machine.has_native() {
            return;
        }
        if let Some(code) = point.entry.and_then(EntryRef::code_forever)
            && !code.entrance.is_cold()
        {
            self.warm_up(&code.entrance);
        }
    }

    /// As if what a clause is attached to was detached, and resumed with a value under a prompt above the clause's frame, which is at the base and has so many words.
    pub(crate) fn renew(&mut self, frame: usize, value: u64, handler: u64, prompt: *const RetPoint) -> Place {
        if self.change_places(frame, handler, prompt) {
            return self.return_directly(value).unwrap_or_else(|| return_slowly(self, value));
        }
        match self.detach(true, frame) {
            Ok(continuation) => {
                self.base += frame;
                self.push_prompt(handler, prompt);
                let continuation = continuation.expect("it is wanted").0;
                self.stack[self.base..self.base + 2].copy_from_slice(&[value, continuation]);
                apply(self, 1)
            }
            Err(trap) => {
                self.stop(Exit::Trap(trap));
                NOWHERE
            }
        }
    }

    /// What [`Core::renew`] does with the stack, for the same fuel as if a continuation was made.
    fn change_places(&mut self, frame: usize, handler: u64, prompt: *const RetPoint) -> bool {
        let (below, end, innermost) = self.below_clause();
        let words = below - end;
        let moving = (words / WORDS_PER_FUEL) as i64;
        let room = below + frame + STACK_WORDS <= self.stack.len();
        if frame > RENEWING_WORDS || !room || self.fuel <= moving {
            return false;
        }
        self.fuel -= 2 * moving + 1;
        self.heap.charge_bytes(8 * (words + CONTINUATION_WORDS + 1));
        let mut kept = [0; RENEWING_WORDS];
        // SAFETY: what the clause is attached to stands between the end of its handler's prompt and the frame below the clause; it moves up by as much as the clause's frame has. Prompts
        // know each other by distances, of which only that of the new one is another.
        unsafe {
            let stack = self.stack.as_mut_ptr();
            copy_words(stack.add(self.base), kept.as_mut_ptr(), frame);
            std::ptr::copy(stack.add(end), stack.add(end + frame), words);
            copy_words(kept.as_ptr(), stack.add(end - PROMPT_WORDS), frame);
        }
        self.base = end - PROMPT_WORDS + frame;
        self.push_prompt(handler, prompt);
        self.base = below + frame;
        if innermost != end {
            self.prompt = innermost + frame;
        }
        true
    }

    /// Puts a continuation's frames above a prompt at the base, if nothing else is to do at that; else nothing has happened.
    pub(crate) fn resume_under(&mut self, continuation: Word, handler: u64, prompt: *const RetPoint) -> bool {
        if !continuation.is_plain(ObjectKind::Continuation) || self.fuel <= 0 {
            return false;
        }
        let Some((_, words)) = continuation.plain() else { return false };
        let len = words - CONTINUATION_WORDS;
        if self.base + PROMPT_WORDS + len + STACK_WORDS > self.stack.len() {
            return false;
        }
        self.push_prompt(handler, prompt);
        self.put_back(continuation, len);
        // SAFETY: see the module.
        let point: &RetPoint = unsafe { point_below(self.window()) };
        self.warm_up_at(point);
        true
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
            let point: &RetPoint = point_below(self.window());
            self.warm_up_at(point);
            Some(self.return_directly(value).unwrap_or_else(|| return_slowly(self, value)))
        }
    }
}
