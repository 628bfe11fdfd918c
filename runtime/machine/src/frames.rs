//! The shape of frames, for whoever walks over them without running them.
//!
//! # Safety
//! A run of words is a run of frames: each ends with the address of a [`RetPoint`] that lives as long as the machine (in code, or static), and below it
//! stand the words that the point's kind says. The interpreter pushes nothing else, and continuations hold copies of whole frames.

use crate::code::{PointKind, RetPoint};
use crate::control::CONTINUATION_WORDS;
use crate::machine::Machine;
use crate::word::Word;
use ir::Rep;
use kernel::{DefId, Site};

/// Words of a prompt frame.
pub(crate) const PROMPT_WORDS: usize = 3;
/// Words of the frame below a clause.
pub(crate) const CLAUSE_WORDS: usize = 3;

/// The point on top of the frames that end before `top`.
///
/// # Safety
/// `top` is the end of a frame (see the module).
#[inline(always)]
pub(crate) unsafe fn point_below<'a>(top: *const u64) -> &'a RetPoint {
    // SAFETY: the invariant of the module.
    unsafe { &*(*top.sub(1) as *const RetPoint) }
}

/// A frame of a continuation.
pub(crate) struct Frame<'a> {
    pub(crate) point: &'a RetPoint,
    /// What it keeps: live registers in the IR's order, the arguments of a call, or a handler.
    pub(crate) words: Vec<u64>,
    /// Where it ends.
    pub(crate) end: usize,
    /// Where the prompt ends whose clause runs above.
    pub(crate) clause_of: Option<usize>,
}

impl Frame<'_> {
    pub(crate) fn rep(&self, i: usize) -> Rep {
        self.point.live.get(i).map_or(Rep::V, |live| live.rep)
    }
}

/// The frames of a continuation, the outermost first.
pub(crate) fn of_continuation<'a>(continuation: Word) -> Vec<Frame<'a>> {
    let (_, words) = continuation.plain().expect("a continuation is an object");
    // SAFETY: the object holds so many words, of which those after the first two are whole frames.
    let words: &[u64] = unsafe {
        let start = continuation.address().add(1 + CONTINUATION_WORDS);
        std::slice::from_raw_parts(start, words - CONTINUATION_WORDS)
    };
    let (mut frames, mut top) = (Vec::new(), words.len());
    while top > 0 {
        // SAFETY: `top` is the end of a frame.
        let point = unsafe { point_below(words.as_ptr().add(top)) };
        let below = top - 1;
        let (start, kept) = match point.kind {
            PointKind::Resume => {
                let start = below - point.frame as usize;
                (start, point.live.iter().map(|live| words[start + live.slot as usize]).collect())
            }
            PointKind::Apply => {
                let start = below - 1 - Word(words[below - 1]).payload() as usize;
                (start, words[start..below - 1].to_vec())
            }
            PointKind::Prompt => (top - PROMPT_WORDS, vec![words[top - PROMPT_WORDS]]),
            PointKind::Clause => (top - CLAUSE_WORDS, Vec::new()),
            PointKind::Bottom => break,
        };
        let clause_of = (point.kind == PointKind::Clause).then(|| top - words[start] as usize);
        frames.push(Frame { point, words: kept, end: top, clause_of });
        top = start;
    }
    frames.reverse();
    frames
}

/// Calls `visit` with the points of the frames in `words .. words + len`, the innermost first, as long as it says so.
///
/// # Safety
/// The words are frames (see the module).
pub(crate) unsafe fn each_point(words: *const u64, len: usize, mut visit: impl FnMut(&RetPoint) -> bool) {
    let mut top = len;
    while top > 0 {
        // SAFETY: `top` is the end of a frame, so the words below it are as its point says.
        unsafe {
            let point = point_below(words.add(top));
            if !visit(point) {
                return;
            }
            top = match point.kind {
                PointKind::Bottom => return,
                PointKind::Resume => top - 1 - point.frame as usize,
                PointKind::Apply => top - 2 - Word(*words.add(top - 2)).payload() as usize,
                PointKind::Prompt => top - PROMPT_WORDS,
                PointKind::Clause => top - CLAUSE_WORDS,
            };
        }
    }
}

/// See [`crate::Task::definitions`]. `stopped` is the instruction at which the code stands, if that is known.
///
/// # Safety
/// The words are frames (see the module).
pub(crate) unsafe fn definitions(
    machine: &Machine,
    stopped: *const u64,
    words: &[u64],
    max: usize,
) -> Vec<(DefId, Site)> {
    let mut found: Vec<(DefId, Site)> = Vec::new();
    if !stopped.is_null() {
        found.extend(machine.definition_at(stopped).map(|definition| (definition, Site::NONE)));
    }
    let note = |point: &RetPoint| {
        let own = point.entry.and_then(|entry| entry.target.definition()).map(|definition| (definition, point.site));
        point.inlined.iter().copied().chain(own).all(|waits| wait(&mut found, waits, max))
    };
    // SAFETY: the caller's.
    unsafe { each_point(words.as_ptr(), words.len(), note) };
    found
}

/// One more that waits for those before it. False: there are as many as are wanted.
fn wait(found: &mut Vec<(DefId, Site)>, (definition, site): (DefId, Site), max: usize) -> bool {
    let known = found.len();
    match found.last_mut().filter(|(last, _)| *last == definition) {
        // Code that was made for a known function stands in for a call of its definition.
        Some((_, inner)) => *inner = if inner.is_some() { *inner } else { site },
        None if known == max => return false,
        None => found.push((definition, site)),
    }
    true
}

/// Calls `visit` with each tagged word of the frames in `words .. words + len`.
///
/// # Safety
/// The words are frames (see the module).
pub(crate) unsafe fn each_tagged(words: *mut u64, len: usize, mut visit: impl FnMut(*mut u64)) {
    let mut top = len;
    while top > 0 {
        // SAFETY: `top` is the end of a frame, so the words below it are as its point says.
        unsafe {
            let point = point_below(words.add(top));
            let below = top - 1;
            top = match point.kind {
                PointKind::Bottom => return,
                PointKind::Resume => {
                    let start = below - point.frame as usize;
                    for live in point.live.iter().filter(|live| !live.rep.is_raw()) {
                        visit(words.add(start + live.slot as usize));
                    }
                    start
                }
                PointKind::Apply => {
                    let start = below - 1 - Word(*words.add(below - 1)).payload() as usize;
                    (start..below - 1).for_each(|i| visit(words.add(i)));
                    start
                }
                PointKind::Prompt => {
                    visit(words.add(top - PROMPT_WORDS));
                    top - PROMPT_WORDS
                }
                PointKind::Clause => top - CLAUSE_WORDS,
            };
        }
    }
}
