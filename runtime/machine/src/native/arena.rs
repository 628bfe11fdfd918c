//! Memory for machine code.
//!
//! # Safety
//! The same memory is mapped twice: once to be written, once to be executed; no page is both at any address. Code is written completely before anybody has its address, and
//! never changed or freed while the arena lives, which is as long as the machine.

/// Of code, at most: what comes later stays in the first tier.
const ARENA_BYTES: usize = 64 << 20;
/// Where a function may begin.
const ALIGNMENT: usize = 32;

pub(super) struct Arena {
    writable: *mut u8,
    executable: *const u8,
    filled: usize,
}

// SAFETY: the mappings belong to the arena alone, and are written only through `&mut`.
unsafe impl Send for Arena {}

impl Arena {
    /// `None` if the system does not allow it.
    pub(super) fn new() -> Option<Arena> {
        // SAFETY: plain system calls; the descriptor is closed once both mappings hold the memory.
        unsafe {
            let file = libc::memfd_create(c"unison-code".as_ptr(), libc::MFD_CLOEXEC);
            if file < 0 {
                return None;
            }
            let map = |protection| {
                let flags = libc::MAP_SHARED | libc::MAP_NORESERVE;
                let address = libc::mmap(std::ptr::null_mut(), ARENA_BYTES, protection, flags, file, 0);
                (address != libc::MAP_FAILED).then_some(address)
            };
            let sized = libc::ftruncate(file, ARENA_BYTES as libc::off_t) == 0;
            let writable = sized.then(|| map(libc::PROT_READ | libc::PROT_WRITE)).flatten();
            let executable = writable.and_then(|_| map(libc::PROT_READ | libc::PROT_EXEC));
            libc::close(file);
            match (writable, executable) {
                (Some(writable), Some(executable)) => {
                    Some(Arena { writable: writable.cast(), executable: executable.cast_const().cast(), filled: 0 })
                }
                (Some(writable), None) => {
                    libc::munmap(writable, ARENA_BYTES);
                    None
                }
                _ => None,
            }
        }
    }

    /// Puts code there; says where it runs. `None` if there is no room.
    pub(super) fn place(&mut self, code: &[u8]) -> Option<u64> {
        let start = self.filled.next_multiple_of(ALIGNMENT);
        if code.len() > ARENA_BYTES - start.min(ARENA_BYTES) {
            return None;
        }
        self.filled = start + code.len();
        // SAFETY: the bytes lie in the mapping, and nobody has been told of them yet.
        unsafe {
            std::ptr::copy_nonoverlapping(code.as_ptr(), self.writable.add(start), code.len());
            Some(self.executable.add(start) as u64)
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: mapped by `new`; no code runs any more, see the module.
        unsafe {
            libc::munmap(self.writable.cast(), ARENA_BYTES);
            libc::munmap(self.executable.cast_mut().cast(), ARENA_BYTES);
        }
    }
}
