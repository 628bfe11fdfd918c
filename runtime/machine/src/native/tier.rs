//! When code becomes machine code, and how calls and returns come to it.
//!
//! # Safety
//! Cells are written before anybody has their address, and live as long as the function's code, which is as long as the machine.

use super::arena::Arena;
use super::{Generator, Object, Site, Source, Symbol, When};
use crate::code::{Code, Entrance, PointKind};
use crate::control::Core;
use crate::machine::Machine;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Entries until a function is worth compiling.
const HEAT: i32 = 1_000;
/// Entries until the next look at whether it is done.
const HEAT_AGAIN: i32 = 2_000;
/// Of the native stack of the thread that compiles.
const STACK_BYTES: usize = 8 << 20;

/// Machine code of a function.
#[derive(Debug)]
pub(crate) struct Native {
    /// For its beginning, and twice for each of its points: the address of the code, the operands of `Enter`, the number of the entry.
    cells: Box<[u64]>,
    /// For each `Perform`.
    sites: Box<[Site]>,
    /// Where its code for operations is, if it is a clause that [is brief](Source::is_brief); else 0.
    brief: u64,
}

const CELL_WORDS: usize = 3;

impl Native {
    /// Without the address of its code.
    fn new(code: &Code) -> Native {
        let numbers = 0..=2 * code.points.len() as u64;
        let sites = (0..code.performs).map(|_| Site::default()).collect();
        let cells = numbers.flat_map(|number| [0, code.words[1], number]).collect();
        Native { cells, sites, brief: 0 }
    }

    /// The code is there.
    fn placed(mut self, address: u64, brief: Option<u32>) -> Native {
        self.brief = brief.map_or(0, |offset| address + u64::from(offset));
        self.cells.iter_mut().step_by(CELL_WORDS).for_each(|word| *word = address);
        self
    }

    /// The code itself.
    pub(crate) fn address(&self) -> *const u8 {
        self.cells[0] as *const u8
    }

    /// What does the clause without putting it on the stack; 0 if nothing does.
    pub(super) fn brief(&self) -> u64 {
        self.brief
    }

    /// Where the function begins.
    pub(crate) fn start(&self) -> *const u64 {
        self.cells.as_ptr()
    }

    /// The place of an entry.
    fn place(&self, number: usize) -> *const u64 {
        &raw const self.cells[CELL_WORDS * number]
    }
}

/// What a machine has that compiles.
pub(crate) struct Tier {
    when: When,
    generator: Arc<dyn Generator>,
    /// None before the first code, or if there can be none.
    arena: Mutex<Option<Arena>>,
    /// What the thread beside is told to compile; none before the first.
    requests: Mutex<Option<Sender<Request>>>,
}

struct Request {
    machine: Weak<Machine>,
    code: Arc<Code>,
}

impl Tier {
    pub(crate) fn new(generator: Arc<dyn Generator>, when: When) -> Tier {
        Tier { when, generator, arena: Mutex::new(None), requests: Mutex::new(None) }
    }

    /// Entries to count before a function is compiled; 0 if they are not counted.
    pub(crate) fn heat(&self) -> i32 {
        match self.when {
            When::Hot => HEAT,
            When::Eager => 1,
            When::Defined => 0,
        }
    }

    /// Puts machine code into its place.
    fn link(&self, code: &Code, object: Object) -> Option<Native> {
        let mut bytes = object.bytes;
        let native = Native::new(code);
        for relocation in &object.relocations {
            let address = match relocation.symbol {
                Symbol::Word(at) => *code.words.get(at as usize)?,
                Symbol::Code(at) => &raw const *code.words.get(at as usize)? as u64,
                Symbol::Point(number) => &raw const *code.points.get(number as usize)? as u64,
                Symbol::Site(number) => std::ptr::from_ref(native.sites.get(number as usize)?) as u64,
                Symbol::Helper(helper) => helper.address(),
            };
            let at = relocation.offset as usize;
            bytes.get_mut(at..at + 8)?.copy_from_slice(&address.to_ne_bytes());
        }
        let mut arena = self.arena.lock().unwrap_or_else(PoisonError::into_inner);
        if arena.is_none() {
            *arena = Arena::new();
        }
        Some(native.placed(arena.as_mut()?.place(&bytes)?, object.brief))
    }

    fn request(&self, request: Request) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.is_none() {
            let (sender, receiver) = channel();
            let generator = self.generator.clone();
            let thread = std::thread::Builder::new().name("compile".into()).stack_size(STACK_BYTES);
            if thread.spawn(move || serve(&*generator, &receiver)).is_err() {
                return;
            }
            *requests = Some(sender);
        }
        if let Some(sender) = &*requests {
            // It fails only if the thread has panicked; then everything stays as it is.
            let _ = sender.send(request);
        }
    }
}

/// Compiles what it is told to until nobody can tell it any more.
fn serve(generator: &dyn Generator, requests: &Receiver<Request>) {
    while let Ok(request) = requests.recv() {
        let object = generator.generate(&Source::of(&request.code));
        let Some(machine) = request.machine.upgrade() else { return };
        machine.take_native(&request.code, object);
    }
}

impl Machine {
    /// Makes machine code of new code if that is done at once, or was done before.
    pub(crate) fn taken(&self, code: &Arc<Code>) {
        let Some(tier) = self.tier() else { return };
        match tier.when {
            When::Defined => self.compile_now(code),
            When::Hot | When::Eager => self.take_native(code, tier.generator.recall(&Source::of(code))),
        }
    }

    /// Compiles code at once.
    fn compile_now(&self, code: &Arc<Code>) {
        if let Some(tier) = self.tier() {
            self.take_native(code, tier.generator.generate(&Source::of(code)));
        }
    }

    /// Leads calls and returns to the machine code of a function.
    fn take_native(&self, code: &Code, object: Option<Object>) {
        let Some(native) = object.and_then(|object| self.tier()?.link(code, object)) else { return };
        let native = code.native.get_or_init(|| native);
        for (number, point) in code.points.iter().enumerate() {
            if point.kind == PointKind::Resume {
                point.go_on_natively(native.place(1 + number), native.place(1 + code.points.len() + number));
            }
        }
        self.lead_to(code, native);
        // Loops that run see it at their next round.
        code.entrance.heat.store(0, Ordering::Relaxed);
    }
}

impl Core {
    /// A function has been entered often: where its machine code begins, if there is some.
    pub(crate) fn warm_up(&mut self, entrance: &Entrance) -> Option<*const u64> {
        if entrance.heat.load(Ordering::Relaxed) > 0 {
            return None;
        }
        let code = entrance.entry.shared_code()?;
        if let Some(native) = code.native.get() {
            return Some(native.start());
        }
        let machine = self.machine.clone();
        let tier = machine.tier()?;
        if !self.warms {
            entrance.heat.store(tier.heat(), Ordering::Relaxed);
            return None;
        }
        entrance.heat.store(HEAT_AGAIN, Ordering::Relaxed);
        if code.is_requested.swap(true, Ordering::Relaxed) {
            return None;
        }
        if tier.when == When::Hot {
            tier.request(Request { machine: Arc::downgrade(&machine), code });
            return None;
        }
        machine.compile_now(&code);
        code.native.get().map(Native::start)
    }
}
