//! The memory of blocks. Large ones are mapped so that the system may use large pages: programs that follow references through much memory wait for page tables otherwise, half as long as for the
//! memory itself.
//!
//! # Safety
//! A mapping is its owner's alone, and as long as it says, until it is dropped.

use std::mem::MaybeUninit;

/// Words of a large page, and of the smallest block that is mapped.
const PAGE_WORDS: usize = 256 << 10;

/// Memory for so many words.
pub(super) enum Memory {
    Small(Box<[MaybeUninit<u64>]>),
    Mapped { start: *mut u64, words: usize },
}

impl Memory {
    pub(super) fn new(words: usize) -> Memory {
        let mapped = (words >= PAGE_WORDS).then(|| map(words)).flatten();
        mapped.unwrap_or_else(|| Memory::Small(Box::new_uninit_slice(words)))
    }

    pub(super) fn start(&mut self) -> *mut u64 {
        match self {
            Memory::Small(words) => words.as_mut_ptr().cast(),
            Memory::Mapped { start, .. } => *start,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Memory::Small(words) => words.len(),
            Memory::Mapped { words, .. } => *words,
        }
    }
}

/// `None` where the system does not give it.
#[cfg(target_os = "linux")]
fn map(words: usize) -> Option<Memory> {
    let (bytes, page) = ((8 * words).next_multiple_of(SMALL_PAGE_BYTES), 8 * PAGE_WORDS);
    // SAFETY: plain system calls. The mapping is a page longer than wanted; what lies before the first large page in it, and behind the words, is given back.
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let whole = libc::mmap(std::ptr::null_mut(), bytes + page, protection, flags, -1, 0);
        if whole == libc::MAP_FAILED {
            return None;
        }
        let start = (whole as usize).next_multiple_of(page);
        let before = start - whole as usize;
        if before > 0 {
            libc::munmap(whole, before);
        }
        if before < page {
            libc::munmap((start + bytes) as *mut libc::c_void, page - before);
        }
        // Refused, it is memory all the same.
        libc::madvise(start as *mut libc::c_void, bytes, libc::MADV_HUGEPAGE);
        Some(Memory::Mapped { start: start as *mut u64, words })
    }
}

/// At least a page of the system.
#[cfg(target_os = "linux")]
const SMALL_PAGE_BYTES: usize = 64 << 10;

#[cfg(not(target_os = "linux"))]
fn map(_: usize) -> Option<Memory> {
    None
}

impl Drop for Memory {
    fn drop(&mut self) {
        #[cfg(target_os = "linux")]
        if let Memory::Mapped { start, words } = *self {
            let bytes = (8 * words).next_multiple_of(SMALL_PAGE_BYTES);
            // SAFETY: mapped by `map`, whose pages these are, and nobody refers to it any more.
            unsafe {
                libc::munmap(start.cast(), bytes);
            }
        }
    }
}
