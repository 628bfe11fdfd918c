//! Captured continuations between a heap and a graph.
//!
//! A frame travels as the code that goes on in it, the IR's number of the point where it waits, and its words: no address, offset or shape. What arrives is code from anywhere, so it is
//! laid out anew after our own code: the point says how many words there are and which are raw, prompts catch what our own `Handle` catches, and each frame must
//! return what the one below it takes; code of a clause that is attached stands above the frame that says to which prompt, and no other does. So a continuation from elsewhere is as sound as one that was captured here, whatever it does.
//!
//! Points are numbered alike wherever nothing that the code calls was absent when it was lowered. Frames of other code neither leave nor enter.

use super::graph::{EncodeError, Frame, FrameCode, FrameKind, Node};
use super::heap::{scalar_node, unboxed};
use crate::code::{APPLY, CLAUSE, Code, PointKind, RetPoint};
use crate::control::CONTINUATION_WORDS;
use crate::frames::{self, CLAUSE_WORDS, PROMPT_WORDS};
use crate::heap::Heap;
use crate::machine::{EntryRef, Machine, Target};
use crate::word::{ObjectKind, Word};
use base::bytes::DecodeError;
use ir::{FunctionRef, Rep};
use std::collections::BTreeMap;

/// Calls `visit` with each tagged word of a continuation, the outermost frame first.
pub(super) fn each_child(continuation: Word, mut visit: impl FnMut(Word)) {
    for frame in frames::of_continuation(continuation) {
        let words = frame.words.iter().enumerate().filter(|(i, _)| !frame.rep(*i).is_raw());
        words.for_each(|(_, word)| visit(Word(*word)));
    }
}

/// The node of a continuation. `place` gives the node of a tagged word, `push` makes one of a raw word.
pub(super) fn node<B>(
    builder: &mut B,
    continuation: Word,
    place: impl Fn(&B, Word) -> u32,
    push: impl Fn(&mut B, Node) -> Result<u32, EncodeError>,
) -> Result<Node, EncodeError> {
    let (mut shapes, mut children) = (Vec::new(), Vec::new());
    // Which frame ends where.
    let mut ends = BTreeMap::new();
    for (at, frame) in (0u32..).zip(frames::of_continuation(continuation)) {
        ends.insert(frame.end, at);
        if let Some(absent) = frame.point.entry.and_then(|entry| entry.code()?.open) {
            return Err(EncodeError::Open(absent));
        }
        let kind = match frame.point.kind {
            PointKind::Resume => FrameKind::Resume(code_of(frame.point), frame.point.index),
            PointKind::Prompt => FrameKind::Prompt(code_of(frame.point), frame.point.index),
            PointKind::Apply => FrameKind::Apply,
            PointKind::Clause => {
                let prompt = frame.clause_of.and_then(|end| ends.get(&end));
                FrameKind::Clause(at - prompt.expect("the prompt of a clause stands below it"))
            }
            PointKind::Bottom => unreachable!("a continuation holds what stands above the bottom"),
        };
        for (i, word) in frame.words.iter().enumerate() {
            children.push(match frame.rep(i) {
                Rep::V => place(builder, Word(*word)),
                Rep::W(scalar) => push(builder, scalar_node(scalar, *word))?,
            });
        }
        shapes.push(Frame { kind, words: frame.words.len() as u32 });
    }
    Ok(Node::Continuation(shapes, children))
}

fn code_of(point: &RetPoint) -> FrameCode {
    let entry = point.entry.expect("a point of code knows its entry");
    match entry.target {
        Target::Code(id) => FrameCode::Code(id),
        Target::Generic(id) => FrameCode::Generic(id),
        Target::Function(FunctionRef::Operation(ability, operation)) => FrameCode::Operation(ability, operation),
        Target::Crossing(ability, operation) => FrameCode::Crossing(ability, operation),
        Target::Function(_) => unreachable!("the code of builtins and constructors waits for nothing"),
    }
}

fn refused<T>(what: &'static str) -> Result<T, DecodeError> {
    Err(DecodeError::Forbidden(what))
}

/// Our own code of a frame, which is defined.
fn code_here(code: FrameCode, machine: &Machine) -> Result<EntryRef, DecodeError> {
    let entry = match code {
        FrameCode::Code(id) => machine.known(Target::Code(id)),
        FrameCode::Generic(id) => machine.known(Target::Generic(id)),
        FrameCode::Operation(ability, operation) => machine.function_entry(FunctionRef::Operation(ability, operation)),
        FrameCode::Crossing(ability, operation) => machine.crossing_entry(ability, operation),
    };
    match entry {
        Some(entry) if entry.code().is_some_and(|code| code.entrance.entry.target == entry.target) => Ok(entry),
        _ => refused("a frame of code that does not exist"),
    }
}

/// A frame as our own code has it.
struct Checked<'m> {
    point: &'m RetPoint,
    /// What it takes from the frame above, and what it gives to the one below.
    takes: Rep,
    gives: Rep,
}

fn checked(frame: &Frame, machine: &Machine) -> Result<Checked<'static>, DecodeError> {
    let find = |code: FrameCode, find: for<'c> fn(&'c Code, u32) -> Option<&'c RetPoint>, index| {
        let code = code_here(code, machine)?.code_forever().expect("just seen");
        if code.open.is_some() {
            return refused("a frame of code that calls something which was absent here when the code was loaded");
        }
        match find(code, index) {
            Some(point) => Ok((point, code.ret)),
            None => refused("a frame at a place where its code does not wait"),
        }
    };
    Ok(match frame.kind {
        FrameKind::Resume(code, index) => {
            let (point, ret) = find(code, Code::resume_point, index)?;
            Checked { point, takes: point.into_rep, gives: ret }
        }
        // The handler's result, or the value of the body: what a function value gives.
        FrameKind::Prompt(code, index) => {
            Checked { point: find(code, Code::prompt_point, index)?.0, takes: Rep::V, gives: Rep::V }
        }
        FrameKind::Apply => Checked { point: &APPLY, takes: Rep::V, gives: Rep::V },
        FrameKind::Clause(_) => Checked { point: &CLAUSE, takes: Rep::V, gives: Rep::V },
    })
}

/// Makes a continuation of frames whose code is defined; `children` are their words, tagged. The caller has reserved the memory.
pub(super) fn value(
    frames: &[Frame],
    children: &[Word],
    heap: &mut Heap,
    machine: &Machine,
) -> Result<Word, DecodeError> {
    let words = Vec::with_capacity(children.len() + 3 * frames.len());
    let mut layout = Layout { words, prompt: 0, outermost: 0, ends: Vec::with_capacity(frames.len()), clause: false };
    let (mut rest, mut takes) = (children, Rep::V);
    let points = frames.iter().map(|frame| checked(frame, machine)).collect::<Result<Vec<_>, _>>()?;
    // Words between those that are kept come with the code, not with the bytes.
    let words: usize = points.iter().map(|checked| checked.point.frame as usize).sum();
    if heap.reserve(8 * words).is_err() {
        return refused("frames that take more memory than there is");
    }
    for (frame, checked) in frames.iter().zip(points) {
        if checked.gives != takes {
            return refused("a frame that does not return what the one below it takes");
        }
        takes = checked.takes;
        let (words, after) = rest.split_at(frame.words as usize);
        rest = after;
        if checked.point.attached != layout.clause {
            return refused("a clause apart from the frames that it is attached to");
        }
        layout.clause = false;
        match frame.kind {
            FrameKind::Clause(below) => layout.clause(below)?,
            _ => layout.frame(checked.point, words)?,
        }
        layout.ends.push(layout.words.len());
    }
    if takes != Rep::V {
        return refused("a continuation that takes a raw word");
    }
    if layout.clause {
        return refused("frames that a clause is attached to without the clause");
    }
    Ok(layout.object(heap))
}

/// The words of a continuation that is being made.
struct Layout {
    words: Vec<u64>,
    /// The end of the innermost prompt so far, and of the outermost (0: none).
    prompt: usize,
    outermost: usize,
    /// Where each frame ends.
    ends: Vec<usize>,
    /// The last frame is the one below a clause.
    clause: bool,
}

impl Layout {
    /// The frame below a clause of the prompt so many frames below, which is one that something may still be caught by.
    fn clause(&mut self, below: u32) -> Result<(), DecodeError> {
        let frame = self.ends.len().checked_sub(below as usize);
        let Some(end) = frame.and_then(|frame| self.ends.get(frame).copied()) else {
            return refused("a clause of a prompt that is not there");
        };
        let (mut at, innermost) = (self.prompt, self.prompt);
        while at > end {
            at = self.prompt_before(at);
        }
        if at != end || end == 0 {
            return refused("a clause of what is no prompt around it");
        }
        self.prompt = self.prompt_before(end);
        if self.prompt == 0 {
            self.outermost = 0;
        }
        let above = self.words.len() + CLAUSE_WORDS;
        self.words.extend([(above - end) as u64, (above - innermost) as u64, &raw const CLAUSE as u64]);
        self.clause = true;
        Ok(())
    }

    fn prompt_before(&self, end: usize) -> usize {
        match self.words[end - 2] as usize {
            0 => 0,
            distance => end - distance,
        }
    }

    fn frame(&mut self, point: &RetPoint, words: &[Word]) -> Result<(), DecodeError> {
        match point.kind {
            PointKind::Resume => {
                if words.len() != point.live.len() {
                    return refused("a frame with another number of words than its code keeps");
                }
                let start = self.words.len();
                self.words.resize(start + point.frame as usize, Word::EMPTY_LIST.0);
                for (live, word) in point.live.iter().zip(words) {
                    let word = unboxed(live.rep, *word).ok_or(DecodeError::Forbidden("a word of another type"))?;
                    self.words[start + live.slot as usize] = word;
                }
            }
            PointKind::Apply => {
                if words.is_empty() || words.len() > ir::limits::PARAMS_MAX {
                    return refused("a call with no arguments, or too many");
                }
                self.words.extend(words.iter().map(|word| word.0));
                self.words.push(Word::small_nat(words.len() as u64).expect("few").0);
            }
            PointKind::Prompt => {
                let [handler] = words else { return refused("a prompt without its handler") };
                self.words.push(handler.0);
                let end = self.words.len() - 1 + PROMPT_WORDS;
                self.words.push(if self.prompt == 0 { 0 } else { end - self.prompt } as u64);
                self.outermost = if self.outermost == 0 { end } else { self.outermost };
                self.prompt = end;
            }
            PointKind::Clause => unreachable!("the caller tells it apart"),
            PointKind::Bottom => return refused("a frame below which there is none"),
        }
        self.words.push(std::ptr::from_ref(point) as u64);
        Ok(())
    }

    fn object(self, heap: &mut Heap) -> Word {
        let innermost = if self.prompt == 0 { 0 } else { self.words.len() - self.prompt };
        let mut fields = Vec::with_capacity(CONTINUATION_WORDS + self.words.len());
        fields.extend([innermost as u64, self.outermost as u64]);
        fields.extend(self.words);
        heap.plain(ObjectKind::Continuation, &fields)
    }
}

/// Words that a continuation takes beside those of its frames.
pub(super) fn overhead_bytes(frames: &[Frame]) -> usize {
    8 * (3 + PROMPT_WORDS * frames.len())
}
