//! What a computation does to its stack beyond plain calls: applying function values, prompts, capture and resumption.
//!
//! Arguments that are passed on stand at `stack[base..]`, above the frames; a function value to apply stands above its arguments.
//!
//! # Safety
//! Keeps the invariant of `frames`: everything below `base` is whole frames. `prompt` is the end of the innermost prompt frame (0: none); the distance in a
//! prompt frame leads to the end of the next one. In a continuation the outermost prompt's distance is 0, and is set when it is put back.

use crate::Budget;
use crate::code::{APPLY, CLAUSE, PointKind, RetPoint};
use crate::collect::copy_words;
use crate::frames::{self, CLAUSE_WORDS, PROMPT_WORDS, point_below};
use crate::heap::Heap;
use crate::interpret::missing;
use crate::machine::{DescRef, EntryRef, Machine};
use crate::native::NativeStack;
use crate::remains;
use crate::trap::Trap;
use crate::word::{Header, ObjectKind, Word};
use crate::wrapper::CROSSING_PARAMS;
use builtin::Builtin;
use ir::{CodeId, Tag};
use kernel::{DefId, Site};
use std::ops::Range;
use std::sync::Arc;

/// Words of the smallest stack: 128 bytes.
pub(crate) const STACK_WORDS: usize = 16;
/// Smaller stacks keep their size.
const SHRINKING_STACK_WORDS: usize = 8 << 10;
/// Words of the frame at the bottom of a stack.
const BOTTOM_WORDS: usize = 1;
/// Words of a continuation before its frames.
pub(crate) const CONTINUATION_WORDS: usize = 2;
/// Words of frames that are copied for one unit of fuel.
pub(crate) const WORDS_PER_FUEL: usize = 8;
/// The key of no ability.
const NO_ABILITY: u64 = 0;

/// What happens at the next safepoint.
#[derive(Clone, Copy)]
pub(crate) enum Next {
    /// This code runs with the arguments at the base, in its reps.
    Enter(EntryRef),
    /// This goes to the frame below the base, in the rep that its point says.
    Return(u64),
    /// The function above the arguments, so many, is applied to them.
    Apply(usize),
}

/// Why the interpreter stopped.
pub(crate) enum Exit {
    /// At a safepoint.
    Paused(Next),
    /// At a safepoint, where this code is missing.
    Missing(Next, CodeId),
    /// For the host, with so many arguments at the base.
    Host(Builtin, usize),
    /// With a value.
    Value(Word),
    /// An operation, with so many arguments at the base, met no handler.
    Unhandled(DescRef, usize),
    Trap(Box<Trap>),
}

/// A computation's memory. See the module.
pub(crate) struct Core {
    pub(crate) machine: Arc<Machine>,
    pub(crate) heap: Heap,
    pub(crate) stack: Vec<u64>,
    /// Where the stack begins, and where it ends.
    pub(crate) stack_start: *mut u64,
    pub(crate) stack_end: *mut u64,
    pub(crate) base: usize,
    pub(crate) prompt: usize,
    /// What is left of the slice. Builtins may take it below zero.
    pub(crate) fuel: i64,
    pub(crate) stack_words_max: usize,
    /// Why the code stopped, until somebody asks.
    pub(crate) exit: Option<Exit>,
    /// At which instruction, where the function that runs has no frame that says so; null if that is not known. It is only compared.
    pub(crate) stopped: *const u64,
    /// Operations whose place remembered another handler than theirs.
    pub(crate) misses: u32,
    /// There is an exit.
    pub(crate) is_stopped: bool,
    /// A second word that a function called by machine code gives.
    pub(crate) exchange: u64,
    /// The word of `()`.
    pub(crate) unit: u64,
    /// What this computation runs often may become machine code.
    pub(crate) warms: bool,
    /// While code runs: where the native stack is that the interpreter runs on, and how far machine code may go down from there.
    pub(crate) native: NativeStack,
}

// SAFETY: the addresses in heap and stack lead to the computation's own blocks, to blobs with atomic counts, and to code and descriptors of the machine, which
// are immutable and shared; nothing else has addresses of its blocks. So it may be moved to another thread, though it must not be used by two.
unsafe impl Send for Core {}

impl Core {
    /// One that has nothing and may have nothing: see [`Core::revive`].
    pub(crate) fn new(machine: Arc<Machine>) -> Core {
        Core {
            unit: Word::constant(machine.known.unit).0,
            machine,
            heap: Heap::new(0, None),
            stack: Vec::new(),
            stack_start: std::ptr::null_mut(),
            stack_end: std::ptr::null_mut(),
            base: 0,
            prompt: 0,
            fuel: 0,
            stack_words_max: 0,
            exit: None,
            stopped: std::ptr::null(),
            misses: 0,
            is_stopped: false,
            exchange: 0,
            warms: true,
            native: NativeStack::default(),
        }
    }

    /// Goes on with these frames. It has no stack, or one of `spare_words`.
    pub(crate) fn revive(&mut self, frames: &[u64], stack_words_max: usize, spare_words: usize) {
        let len = (frames.len() + STACK_WORDS).max(spare_words.min(stack_words_max));
        self.stack.resize(len, 0);
        self.stack[..frames.len()].copy_from_slice(frames);
        (self.base, self.stack_words_max) = (frames.len(), stack_words_max);
        self.note_ends();
    }

    /// Nothing is left of its computation.
    pub(crate) fn clear(&mut self, spare_words: usize) {
        std::mem::replace(&mut self.heap, Heap::new(0, None)).end();
        if self.stack.capacity() > spare_words {
            let stack = std::mem::replace(&mut self.stack, Vec::with_capacity(spare_words));
            let bytes = 8 * stack.capacity();
            remains::give_back(stack, bytes);
        }
        self.stack.clear();
        (self.exit, self.is_stopped, self.exchange) = (None, false, 0);
    }

    /// See [`crate::Task::definitions`]. The code does not run.
    pub(crate) fn definitions(&self, max: usize) -> Vec<(DefId, Site)> {
        // SAFETY: below the base stand whole frames whenever the code does not run.
        unsafe { frames::definitions(&self.machine, self.stopped, &self.stack[..self.base], max) }
    }

    /// Makes room for `words` above the base.
    #[inline]
    pub(crate) fn ensure(&mut self, words: usize) -> Result<(), Box<Trap>> {
        if self.base + words > self.stack.len() { self.grow(words) } else { Ok(()) }
    }

    #[cold]
    fn grow(&mut self, words: usize) -> Result<(), Box<Trap>> {
        let wanted = self.base + words;
        if wanted > self.stack_words_max {
            return Trap::out_of(Budget::Stack);
        }
        let len = (2 * self.stack.len()).max(wanted).max(STACK_WORDS).min(self.stack_words_max);
        self.stack.reserve_exact(len - self.stack.len());
        self.stack.resize(len, 0);
        self.note_ends();
        Ok(())
    }

    fn note_ends(&mut self) {
        (self.stack_start, self.stack_end) = (self.stack.as_mut_ptr(), self.stack.as_mut_ptr_range().end);
        self.heap.stack_ends_at(self.stack_end);
    }

    /// Gives back most of a stack of which little is used, with so many words above the base.
    pub(crate) fn shrink(&mut self, above: usize) {
        let used = self.base + above;
        if self.stack.len() > SHRINKING_STACK_WORDS && used < self.stack.len() / 8 {
            self.stack.truncate(self.stack.len() / 4);
            self.stack.shrink_to_fit();
            self.note_ends();
        }
    }

    /// Puts an argument at the base, and above it the function that is applied to it.
    pub(crate) fn put(&mut self, argument: Word, function: Word) {
        self.stack[self.base] = argument.0;
        self.stack[self.base + 1] = function.0;
    }

    pub(crate) fn push(&mut self, word: u64) {
        self.stack[self.base] = word;
        self.base += 1;
    }

    fn push_point(&mut self, point: &'static RetPoint) {
        self.push(std::ptr::from_ref(point) as u64);
    }

    /// Starts an empty computation: whatever returns to its bottom is its result.
    pub(crate) fn start(&mut self) -> Result<(), Box<Trap>> {
        (self.base, self.prompt) = (0, 0);
        self.ensure(STACK_WORDS)?;
        self.push_point(&crate::code::BOTTOM);
        Ok(())
    }

    /// Pushes a frame that applies what returns to it to these arguments.
    pub(crate) fn push_apply(&mut self, args: &[Word]) -> Result<(), Box<Trap>> {
        self.ensure(args.len() + STACK_WORDS)?;
        args.iter().for_each(|arg| self.push(arg.0));
        self.push(Word::small_nat(args.len() as u64).expect("arguments are few").0);
        self.push_point(&APPLY);
        Ok(())
    }

    /// Applies the function at `stack[base + n]` to the `n` arguments below it.
    pub(crate) fn apply(&mut self, n: usize) -> Result<Next, Exit> {
        let function = Word(self.stack[self.base + n]);
        if let Some((entry, held)) = function.as_function() {
            return self.apply_entry(function, entry, held, n);
        }
        if function.is_plain(ObjectKind::Continuation) {
            if self.fuel <= 0 {
                return Err(Exit::Paused(Next::Apply(n)));
            }
            return Ok(self.resume(function, n)?);
        }
        Ok(Trap::fault("what is called is not a function")?)
    }

    fn apply_entry(&mut self, function: Word, entry: EntryRef, held: usize, n: usize) -> Result<Next, Exit> {
        let Some(code) = entry.code() else { return Err(missing(entry, Next::Apply(n))) };
        let params = code.entrance.params.len();
        // A definition that takes nothing is here only as the callee of an open call.
        if code.entrance.takes_raw() || params < held || params == held && held > 0 {
            return Ok(Trap::fault("a closure does not fit its code")?);
        }
        let left = params - held;
        if n == 0 && left > 0 {
            return Ok(Next::Return(function.0));
        }
        if n < left {
            return Ok(self.partial(function, entry, held, n)?);
        }
        self.ensure(params + n + STACK_WORDS)?;
        if n > left {
            self.set_aside(left, n);
        }
        let base = self.base;
        self.stack.copy_within(base..base + left, base + held);
        (0..held).for_each(|i| self.stack[base + i] = function.raw_field(1 + i));
        Ok(Next::Enter(entry))
    }

    /// A function of what it still lacks.
    fn partial(&mut self, function: Word, entry: EntryRef, held: usize, n: usize) -> Result<Next, Box<Trap>> {
        self.heap.reserve(8 * (held + n + 2))?;
        let object = self.heap.closure_object(entry, held + n);
        // SAFETY: the object has so many words behind the first two, and the function holds `held`; nothing was collected since.
        unsafe {
            (0..held).for_each(|i| *object.add(2 + i) = function.raw_field(1 + i));
            (0..n).for_each(|i| *object.add(2 + held + i) = self.stack[self.base + i]);
        }
        Ok(Next::Return(object as u64))
    }

    /// Puts the arguments after the first `left` into a frame below the first ones.
    fn set_aside(&mut self, left: usize, n: usize) {
        let base = self.base;
        let extra = n - left;
        // [first][extra] becomes [extra][first], then room is made for the frame's own words.
        self.stack[base..base + n].rotate_left(left);
        self.stack.copy_within(base + extra..base + n, base + extra + 2);
        self.base += extra;
        self.push(Word::small_nat(extra as u64).expect("arguments are few").0);
        self.push_point(&APPLY);
    }

    /// Returns a value to a frame that belongs to no function.
    pub(crate) fn return_to_special(&mut self, kind: PointKind, value: u64) -> Result<Next, Exit> {
        match kind {
            PointKind::Bottom => Err(Exit::Value(Word(value))),
            PointKind::Apply => {
                let n = Word(self.stack[self.base - 2]).payload() as usize;
                self.base -= n + 2;
                self.stack[self.base + n] = value;
                Ok(Next::Apply(n))
            }
            PointKind::Prompt => {
                let handler = self.pop_prompt();
                if Core::gives_back(Word(handler)) {
                    return Ok(Next::Return(value));
                }
                let pure = self.heap.constructed(self.machine.known.pure, &[value]);
                self.stack[self.base] = pure.0;
                self.stack[self.base + 1] = handler;
                Ok(Next::Apply(1))
            }
            PointKind::Resume => unreachable!("a function's own frame is not special"),
            PointKind::Clause => unreachable!("a clause returns only where its frames are detached"),
        }
    }

    /// Removes the prompt frame below the base; its handler is left.
    #[inline]
    pub(crate) fn pop_prompt(&mut self) -> u64 {
        let distance = self.stack[self.base - 2] as usize;
        self.prompt = if distance == 0 { 0 } else { self.base - distance };
        self.base -= PROMPT_WORDS;
        self.stack[self.base]
    }

    /// Pushes a prompt frame. There is room: the function that does it has checked.
    pub(crate) fn push_prompt(&mut self, handler: u64, point: *const RetPoint) {
        let end = self.base + PROMPT_WORDS;
        self.push(handler);
        self.push(if self.prompt == 0 { 0 } else { end - self.prompt } as u64);
        self.push(point as u64);
        self.prompt = end;
    }

    /// Whether the result of what a handler handles is the result of all.
    #[inline]
    pub(crate) fn gives_back(handler: Word) -> bool {
        let Some((entry, held)) = handler.as_function() else { return false };
        entry.clauses().is_some_and(|clauses| clauses.gives_back && clauses.held == held)
    }

    /// The code that a handler, the last argument of which is missing, has for an operation; and how many arguments it holds.
    #[inline]
    pub(crate) fn clause(handler: Word, request: DescRef) -> Option<(EntryRef, usize)> {
        let (entry, held) = handler.as_function()?;
        let clauses = entry.clauses().filter(|clauses| clauses.held == held)?;
        let (_, clause) = clauses.of.iter().find(|(of, _)| *of == request.address())?;
        Some((*clause, held))
    }

    /// Makes the clause of the prompt that ends there ready to be entered with the `n` arguments at the base: it runs above the frames of whoever performs the operation,
    /// with the prompts that are outside of the handler's.
    fn enter_clause(&mut self, clause: EntryRef, held: usize, end: usize, n: usize) -> Result<Next, Box<Trap>> {
        self.ensure(CLAUSE_WORDS + held + n + STACK_WORDS)?;
        let handler = Word(self.stack[end - PROMPT_WORDS]);
        let base = self.base + CLAUSE_WORDS;
        self.stack.copy_within(self.base..self.base + n, base + held);
        self.stack[self.base] = (base - end) as u64;
        self.stack[self.base + 1] = (base - self.prompt) as u64;
        self.stack[self.base + 2] = &raw const CLAUSE as u64;
        (0..held).for_each(|i| self.stack[base + i] = handler.raw_field(1 + i));
        self.base = base;
        self.prompt = self.prompt_before(end);
        Ok(Next::Enter(clause))
    }

    /// The end of the prompt outside of the one that ends here; 0 if there is none.
    fn prompt_before(&self, end: usize) -> usize {
        match self.stack[end - 2] as usize {
            0 => 0,
            distance => end - distance,
        }
    }

    /// Where the frame below a clause, whose window is at the base, begins; the ends of its handler's prompt, and of the prompt that was the innermost.
    pub(crate) fn below_clause(&self) -> (usize, usize, usize) {
        let below = self.base - CLAUSE_WORDS;
        (below, self.base - self.stack[below] as usize, self.base - self.stack[below + 1] as usize)
    }

    /// Ends the clause whose window is at the base: what waits for its operation is on top again, under this prompt.
    #[inline]
    pub(crate) fn reinstate(&mut self, handler: Option<u64>, point: u64) {
        let (below, end, innermost) = self.below_clause();
        debug_assert!(PROMPT_WORDS <= end && end <= below);
        // SAFETY: the prompt's frame ends there, below the clause's.
        unsafe {
            let prompt = self.stack.as_mut_ptr().add(end - PROMPT_WORDS);
            if let Some(handler) = handler {
                *prompt = handler;
            }
            *prompt.add(1) = if self.prompt == 0 { 0 } else { end - self.prompt } as u64;
            *prompt.add(2) = point;
        }
        self.base = below;
        self.prompt = innermost;
    }

    /// Takes the frames that a clause, whose window of so many words is at the base, is attached to off the stack; their continuation, if it is wanted.
    pub(crate) fn detach(&mut self, wanted: bool, words: usize) -> Result<Option<Word>, Box<Trap>> {
        let (below, end, innermost) = self.below_clause();
        let continuation = match wanted {
            true => {
                let (mut at, mut outermost) = (innermost, 0);
                while at != end {
                    (at, outermost) = (self.prompt_before(at), at);
                }
                let innermost = if outermost == 0 { 0 } else { innermost };
                Some(self.copy_frames(end..below, innermost, outermost)?)
            }
            false => None,
        };
        let base = end - PROMPT_WORDS;
        self.stack.copy_within(self.base..self.base + words, base);
        self.base = base;
        Ok(continuation)
    }

    /// Performs the operation of a request descriptor with the `n` arguments at the base.
    pub(crate) fn perform(&mut self, request: DescRef, n: usize) -> Result<Next, Exit> {
        let (end, outermost) = self.find_prompt(request.ability);
        if end == 0 {
            return Err(Exit::Unhandled(request, n));
        }
        if let Some((clause, held)) = Core::clause(Word(self.stack[end - PROMPT_WORDS]), request) {
            return Ok(self.enter_clause(clause, held, end, n)?);
        }
        let value = self.request_value(request, n, end, outermost)?;
        self.base = end;
        let handler = self.pop_prompt();
        self.stack[self.base] = value.0;
        self.stack[self.base + 1] = handler;
        Ok(Next::Apply(1))
    }

    /// The `Request` of an operation with the `n` arguments at the base, and the frames above `end` as its continuation.
    fn request_value(&mut self, request: DescRef, n: usize, end: usize, outermost: usize) -> Result<Word, Box<Trap>> {
        let continuation = self.capture(end, outermost)?;
        let object = self.heap.constructed_object(request);
        debug_assert_eq!(request.fields.len(), n + 1);
        // SAFETY: a request has a field for each argument and one for the continuation.
        unsafe {
            (0..n).for_each(|i| *object.add(1 + i) = self.stack[self.base + i]);
            *object.add(1 + n) = continuation.0;
        }
        Ok(Word(object as u64))
    }

    /// As if a handler around the whole computation had caught the operation. The computation is over then.
    pub(crate) fn request_of_all(&mut self, request: DescRef, n: usize) -> Result<Word, Box<Trap>> {
        let (_, outermost) = self.find_prompt(NO_ABILITY);
        self.request_value(request, n, BOTTOM_WORDS, outermost)
    }

    /// All that is left to do, as a function of what the computation waits for.
    pub(crate) fn rest(&mut self) -> Result<Word, Box<Trap>> {
        let (_, outermost) = self.find_prompt(NO_ABILITY);
        self.capture(BOTTOM_WORDS, outermost)
    }

    /// The end of the innermost prompt that catches what is wanted, and that of the last prompt before it (0: none).
    fn find_prompt(&self, ability: u64) -> (usize, usize) {
        let (mut end, mut inner) = (self.prompt, 0);
        while end != 0 {
            // SAFETY: `end` is the end of a prompt frame.
            let point = unsafe { point_below(self.stack.as_ptr().add(end)) };
            if point.catches(ability) {
                break;
            }
            inner = end;
            end = self.prompt_before(end);
        }
        (end, inner)
    }

    /// Performs the operation that an evaluation elsewhere has requested, where this computation waits for that evaluation; then that one goes on at `node`, where `rest` waits, or else what the
    /// request has in its last field. None: it is not a request.
    pub(crate) fn perform_for(
        &mut self,
        request: Word,
        row: Word,
        node: Word,
        rest: Option<Word>,
    ) -> Result<Option<Next>, Exit> {
        let Some(descriptor) = request.descriptor() else { return Ok(None) };
        let Tag::Request(ability, operation) = descriptor.tag else { return Ok(None) };
        let Some(entry) = self.machine.crossing_entry(ability, operation) else { return Ok(None) };
        let args = descriptor.fields.len() - 1;
        self.ensure(CROSSING_PARAMS + args + STACK_WORDS)?;
        let base = self.base;
        let rest = rest.map_or(request.raw_field(args), |rest| rest.0);
        self.stack[base..base + CROSSING_PARAMS].copy_from_slice(&[row.0, node.0, rest]);
        (0..args).for_each(|i| self.stack[base + CROSSING_PARAMS + i] = request.raw_field(i));
        Ok(Some(Next::Enter(entry)))
    }

    /// Copies the frames above `end` into a continuation.
    fn capture(&mut self, end: usize, outermost: usize) -> Result<Word, Box<Trap>> {
        let innermost = if outermost == 0 { 0 } else { self.prompt };
        self.copy_frames(end..self.base, innermost, outermost)
    }

    /// Copies frames into a continuation, with the ends of the innermost and outermost of the prompts in them that something may still be caught by (0: none).
    fn copy_frames(&mut self, frames: Range<usize>, innermost: usize, outermost: usize) -> Result<Word, Box<Trap>> {
        let len = frames.len();
        self.heap.reserve(8 * (len + CONTINUATION_WORDS + 1))?;
        self.fuel -= (len / WORDS_PER_FUEL) as i64;
        let object = self.heap.alloc(1 + CONTINUATION_WORDS + len);
        let innermost = if innermost == 0 { 0 } else { frames.end - innermost };
        let outermost = if outermost == 0 { 0 } else { outermost - frames.start };
        // SAFETY: `alloc` gave the words; all of them are written here.
        unsafe {
            *object = Header::plain(ObjectKind::Continuation, CONTINUATION_WORDS + len);
            *object.add(1) = innermost as u64;
            *object.add(2) = outermost as u64;
            let copy = object.add(1 + CONTINUATION_WORDS);
            copy_words(self.stack.as_ptr().add(frames.start), copy, len);
            if outermost != 0 {
                *copy.add(outermost - 2) = 0;
            }
        }
        Ok(Word(object as u64))
    }

    /// Puts a continuation's frames back and returns the first of `n` arguments to them.
    fn resume(&mut self, continuation: Word, n: usize) -> Result<Next, Box<Trap>> {
        let (_, words) = continuation.plain().expect("the caller has looked");
        let len = words - CONTINUATION_WORDS;
        self.ensure(n + len + STACK_WORDS)?;
        let value = self.stack[self.base];
        if n > 1 {
            self.set_aside(1, n);
        }
        self.put_back(continuation, len);
        Ok(Next::Return(value))
    }

    /// Puts a continuation's so many words of frames on the stack, where there is room for them.
    #[inline]
    pub(crate) fn put_back(&mut self, continuation: Word, len: usize) {
        // One more, as at an entry: continuations that call each other may never come to one.
        self.fuel -= 1 + (len / WORDS_PER_FUEL) as i64;
        let (innermost, outermost) = (continuation.raw_field(0) as usize, continuation.raw_field(1) as usize);
        debug_assert!(self.base + len <= self.stack.len());
        // SAFETY: the object has `len` words of frames, and the caller made room for them.
        unsafe {
            let frames = continuation.address().add(1 + CONTINUATION_WORDS);
            copy_words(frames, self.stack.as_mut_ptr().add(self.base), len);
        }
        if outermost != 0 {
            let end = self.base + outermost;
            self.stack[end - 2] = if self.prompt == 0 { 0 } else { end - self.prompt } as u64;
        }
        self.base += len;
        if innermost != 0 {
            self.prompt = self.base - innermost;
        }
    }
}
