//! Flat code: what the interpreter reads.
//!
//! Registers are slots of the function's window, with the same numbers. Operands of variable number stand in `pool`: `at` points at a count, then the registers,
//! after fixed operands where the instruction has some.

use crate::blob::Blob;
use crate::machine::{DescRef, EntryRef, Target};
use builtin::Builtin;
use ir::Rep;
use kernel::TypeRef;
use std::fmt;
use std::sync::Arc;

macro_rules! instructions {
    ($($(#[doc = $doc:literal])* $name:ident $({ $($field:ident : $ty:ty),* })?,)*) => {
        /// An instruction. `to` is the slot that is written; others are slots that are read, unless said otherwise.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Ins {
            $($(#[doc = $doc])* $name $({ $($field: $ty),* })?,)*
        }
    };
}

instructions! {
    /// `to` = the bits `word`.
    Const { to: u32, word: u64 },
    /// `to` = `from`.
    Move { to: u32, from: u32 },
    /// `to` = a reference to `constants[index]`.
    Blob { to: u32, index: u32 },
    /// `to` = tagged `from`.
    BoxNat { to: u32, from: u32 },
    BoxInt { to: u32, from: u32 },
    BoxFloat { to: u32, from: u32 },
    BoxChar { to: u32, from: u32 },
    BoxBoolean { to: u32, from: u32 },
    /// `to` = raw `from`; faults if it is of another kind.
    UnboxNat { to: u32, from: u32 },
    UnboxInt { to: u32, from: u32 },
    UnboxFloat { to: u32, from: u32 },
    UnboxChar { to: u32, from: u32 },
    UnboxBoolean { to: u32, from: u32 },
    /// `to` = `a` op `b`, on raw words.
    NatAdd { to: u32, a: u32, b: u32 },
    NatSub { to: u32, a: u32, b: u32 },
    NatMul { to: u32, a: u32, b: u32 },
    NatEq { to: u32, a: u32, b: u32 },
    NatLt { to: u32, a: u32, b: u32 },
    NatLteq { to: u32, a: u32, b: u32 },
    IntSub { to: u32, a: u32, b: u32 },
    IntLt { to: u32, a: u32, b: u32 },
    IntLteq { to: u32, a: u32, b: u32 },
    FloatAdd { to: u32, a: u32, b: u32 },
    FloatSub { to: u32, a: u32, b: u32 },
    FloatMul { to: u32, a: u32, b: u32 },
    /// `to` = `builtin` of the registers at `at`, each in the rep of its signature.
    Builtin { to: u32, builtin: Builtin, at: u32 },
    /// `to` = a value of `descs[desc]` with the fields at `at`; not for nullary constructors.
    Construct { to: u32, desc: u32, at: u32 },
    /// `to` = a closure of `entries[entry]` over the registers at `at`.
    Closure { to: u32, entry: u32, at: u32 },
    /// `to` = a list of the registers at `at`.
    List { to: u32, at: u32 },
    /// `to` = field `index` of the constructed value `from`.
    Field { to: u32, from: u32, index: u32 },
    /// Waits at `points[point]` for `entries[entry]` of the registers at `at`.
    Call { point: u32, entry: u32, at: u32 },
    /// Becomes `entries[entry]` of the registers at `at`.
    TailCall { entry: u32, at: u32 },
    /// Waits at `points[point]` for the function value `function` of the registers at `at`.
    CallValue { point: u32, function: u32, at: u32 },
    /// Becomes `function` of the registers at `at`.
    TailCallValue { function: u32, at: u32 },
    /// Waits at `points[point]` for the host's answer to `builtin` of the registers at `at`.
    CallHost { point: u32, builtin: Builtin, at: u32 },
    /// As `CallHost`, in place of this frame.
    TailCallHost { builtin: Builtin, at: u32 },
    /// Waits at `points[point]` for the operation `descs[desc]` of the registers at `at`.
    Perform { point: u32, desc: u32, at: u32 },
    /// Waits at `points[point]` for `handler` of what `body` does under a prompt; the prompt is `points[point + 1]`.
    Handle { point: u32, body: u32, handler: u32 },
    /// As `Handle`, in place of this frame: what the handler gives is this function's result. The prompt is `points[prompt]`.
    TailHandle { prompt: u32, body: u32, handler: u32 },
    /// Goes on at `target`.
    Jump { target: u32 },
    /// Goes on at `target` if `on` is false, else at the next instruction.
    Unless { on: u32, target: u32 },
    /// Goes on where `switches[table]` says for the descriptor of `on`.
    Switch { on: u32, table: u32 },
    /// Goes on where `switches[table]` says for the bits of `on`.
    SwitchWord { on: u32, table: u32 },
    /// Returns `from`.
    Return { from: u32 },
    /// No case applied.
    NoCase,
}

const _: () = assert!(size_of::<Ins>() <= 16, "four instructions to a cache line");

/// Where a branch on many values goes.
#[derive(Clone, Debug)]
pub(crate) struct Switch {
    /// Key and target. Keys are ascending if there are more than [`Switch::LINEAR`].
    pub(crate) cases: Vec<(u64, u32)>,
    pub(crate) default: u32,
}

impl Switch {
    /// So many cases are looked through one by one.
    pub(crate) const LINEAR: usize = 8;

    #[inline(always)]
    pub(crate) fn target(&self, key: u64) -> u32 {
        if self.cases.len() <= Switch::LINEAR {
            return self.cases.iter().find(|case| case.0 == key).map_or(self.default, |case| case.1);
        }
        match self.cases.binary_search_by_key(&key, |case| case.0) {
            Ok(found) => self.cases[found].1,
            Err(_) => self.default,
        }
    }
}

/// What stands on top of a frame and says how to go on when something returns to it.
#[derive(Debug)]
pub(crate) struct RetPoint {
    pub(crate) kind: PointKind,
    /// Whose code goes on; none for frames that belong to no function.
    pub(crate) entry: Option<EntryRef>,
    /// Where in it.
    pub(crate) pc: u32,
    /// The IR's number of the point.
    pub(crate) index: u32,
    /// The slot for the result, and whether that is raw.
    pub(crate) into: u32,
    pub(crate) into_raw: bool,
    /// The live registers, ascending: word `i` of the frame goes back to slot `live[i]`.
    pub(crate) live: Vec<u32>,
    /// Which words of the frame are raw; empty if none is.
    pub(crate) raw: Vec<bool>,
    /// The reps of the words of the frame, and of the result.
    pub(crate) reps: Vec<Rep>,
    pub(crate) into_rep: Rep,
    /// What a prompt catches.
    pub(crate) abilities: Vec<TypeRef>,
}

/// Where the points of one number are.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Places {
    resume: Option<u32>,
    prompt: Option<u32>,
}

/// The shapes of frames, below their RetPoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PointKind {
    /// `[live slots]`: a function goes on.
    Resume,
    /// `[arguments, all tagged][their number]`: the result is a function that takes them.
    Apply,
    /// `[handler][distance to the previous prompt's end, 0 for none]`: the result goes to the handler.
    Prompt,
    /// Nothing: the task is done.
    Bottom,
}

impl RetPoint {
    const fn special(kind: PointKind) -> RetPoint {
        RetPoint {
            kind,
            entry: None,
            pc: 0,
            index: 0,
            into: 0,
            into_raw: false,
            live: Vec::new(),
            raw: Vec::new(),
            reps: Vec::new(),
            into_rep: Rep::V,
            abilities: Vec::new(),
        }
    }

    /// The prompt of the `Handle` at this resume point.
    pub(crate) fn prompt(entry: EntryRef, index: u32, abilities: Vec<TypeRef>) -> RetPoint {
        RetPoint { entry: Some(entry), index, abilities, ..RetPoint::special(PointKind::Prompt) }
    }
}

pub(crate) static APPLY: RetPoint = RetPoint::special(PointKind::Apply);
pub(crate) static BOTTOM: RetPoint = RetPoint::special(PointKind::Bottom);

/// The code of a function. Never changes, and lives as long as the machine: frames hold addresses of its points.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) target: Target,
    /// How many of the parameters are captured variables.
    pub(crate) captures: usize,
    pub(crate) params: Vec<Rep>,
    pub(crate) ret: Rep,
    /// Any parameter is raw.
    pub(crate) raw_params: bool,
    /// Words of the window.
    pub(crate) registers: usize,
    /// Words of stack that the window and whatever it calls with may use before the next check.
    pub(crate) need: usize,
    pub(crate) ins: Vec<Ins>,
    pub(crate) pool: Vec<u32>,
    pub(crate) points: Vec<RetPoint>,
    /// By the IR's number of a resume point: where in `points` it is, and where the prompt of its `Handle`.
    pub(crate) resumes: Vec<Places>,
    pub(crate) entries: Vec<EntryRef>,
    pub(crate) descs: Vec<DescRef>,
    pub(crate) constants: Vec<Arc<Blob>>,
    pub(crate) switches: Vec<Switch>,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?} params {:?} need {}", self.target, self.params, self.need)?;
        for (pc, ins) in self.ins.iter().enumerate() {
            writeln!(f, "{pc:4} {ins:?}{}", self.operands(ins))?;
        }
        Ok(())
    }
}

impl Code {
    /// The next point of the code, which is being compiled.
    pub(crate) fn add_point(&mut self, point: RetPoint) -> u32 {
        let place = self.points.len() as u32;
        if let Some(places) = self.resumes.get_mut(point.index as usize) {
            match point.kind {
                PointKind::Prompt => places.prompt = Some(place),
                _ => places.resume = Some(place),
            }
        }
        self.points.push(point);
        place
    }

    /// The point at which a frame of this code with this number waits.
    pub(crate) fn resume_point(&self, index: u32) -> Option<&RetPoint> {
        self.points.get(self.resumes.get(index as usize)?.resume? as usize)
    }

    /// The prompt of the `Handle` with this number.
    pub(crate) fn prompt_point(&self, index: u32) -> Option<&RetPoint> {
        self.points.get(self.resumes.get(index as usize)?.prompt? as usize)
    }

    /// The registers, and what else is behind the indices of an instruction, for [`fmt::Display`].
    fn operands(&self, ins: &Ins) -> String {
        let registers = |at: u32| {
            let at = at as usize;
            let count = self.pool[at] as usize;
            format!(" {:?}", &self.pool[at + 1..at + 1 + count])
        };
        match *ins {
            Ins::Call { point, entry, at } => {
                let point = &self.points[point as usize];
                let target = self.entries[entry as usize].target;
                format!("{} of {target:?}, point {} keeps {:?}", registers(at), point.index, point.live)
            }
            Ins::TailCall { entry, at } | Ins::Closure { entry, at, .. } => {
                format!("{} of {:?}", registers(at), self.entries[entry as usize].target)
            }
            Ins::Construct { desc, at, .. } | Ins::Perform { desc, at, .. } => {
                format!("{} of {:?}", registers(at), self.descs[desc as usize].tag)
            }
            Ins::Builtin { at, .. }
            | Ins::List { at, .. }
            | Ins::CallValue { at, .. }
            | Ins::TailCallValue { at, .. }
            | Ins::CallHost { at, .. }
            | Ins::TailCallHost { at, .. } => registers(at),
            Ins::Switch { table, .. } | Ins::SwitchWord { table, .. } => {
                format!(" {:?}", self.switches[table as usize])
            }
            _ => String::new(),
        }
    }
}
