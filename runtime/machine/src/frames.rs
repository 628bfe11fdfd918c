//! The shape of frames, for whoever walks over them without running them.
//!
//! # Safety
//! A run of words is a run of frames: each ends with the address of a [`RetPoint`] that lives as long as the machine (in code, or static), and below it
//! stand the words that the point's kind says. The interpreter pushes nothing else, and continuations hold copies of whole frames.

use crate::code::{PointKind, RetPoint};
use crate::word::Word;

/// Words of a prompt frame.
pub(crate) const PROMPT_WORDS: usize = 3;

/// The point on top of the frames that end before `top`.
///
/// # Safety
/// `top` is the end of a frame (see the module).
#[inline(always)]
pub(crate) unsafe fn point_below<'a>(top: *const u64) -> &'a RetPoint {
    // SAFETY: the invariant of the module.
    unsafe { &*(*top.sub(1) as *const RetPoint) }
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
                    let start = below - point.live.len();
                    for i in 0..point.live.len() {
                        if !point.raw.get(i).copied().unwrap_or(false) {
                            visit(words.add(start + i));
                        }
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
            };
        }
    }
}
