//! Flat code, taken apart for a generator.

use crate::code::{Code, PointKind, RetPoint, operand, wide_operand};
use crate::instructions::{Opcode, packed};
use crate::machine::DescRef;
use std::collections::BTreeSet;

/// The instructions of a function, in order.
#[derive(Debug)]
pub struct Source {
    /// The operand of calls of the function itself.
    pub entry: u64,
    /// Whether each is raw.
    pub params: Vec<bool>,
    /// Registers of the window are below this.
    pub slots: u32,
    pub instructions: Vec<Instruction>,
    /// By their number; `None` for prompts, at which no code goes on.
    pub points: Vec<Option<Point>>,
    /// It is a clause with some `Detach`.
    pub detaches: bool,
    /// The places of the instructions `Perform`, in order.
    pub performs: Vec<usize>,
    /// It comes to `Reinstate` by instructions that only compute: it is a *brief* clause, and has an entry more (see [`super::Generator`]).
    pub is_brief: bool,
}

/// An instruction. What the operands mean says [`Opcode`].
#[derive(Clone, Debug)]
pub struct Instruction {
    pub opcode: Opcode,
    /// The number of its first word; those of its operands `x0` and `x1` are this one and 2 or 3.
    pub at: u32,
    pub a: u32,
    pub b: u32,
    pub c: u32,
    pub d: u32,
    pub wide: u32,
    pub x0: u64,
    pub x1: u64,
    /// The instruction to which a branch goes, by the number of its first word.
    pub target: u32,
    /// Registers that are packed behind it.
    pub packed: Vec<u32>,
    /// Of a switch.
    pub cases: Vec<Case>,
    /// The point at which its function waits, if it does.
    pub point: Option<u32>,
}

/// A case of a switch.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The number of the word with the key.
    pub at: u32,
    pub key: u64,
    /// Of a constructor: which of its type it is.
    pub number: u32,
    /// Where it leads.
    pub target: u32,
}

/// Where a function goes on.
#[derive(Clone, Debug)]
pub struct Point {
    /// The instruction that goes on, by the number of its first word.
    pub at: u32,
    /// Words of the frame below the point.
    pub frame: u32,
    /// The register of the result.
    pub into: u32,
    /// Registers that the frame keeps.
    pub live: Vec<u32>,
}

impl Source {
    pub(crate) fn of(code: &Code) -> Source {
        let mut instructions = Vec::new();
        let mut at = 0;
        while at < code.words.len() {
            let instruction = read(code, at);
            at += instruction.opcode.words(code.words[at + 1]);
            instructions.push(instruction);
        }
        let performs = instructions.iter().enumerate().filter(|(_, i)| i.opcode == Opcode::Perform);
        Source {
            detaches: instructions.iter().any(|i| i.opcode == Opcode::Detach),
            performs: performs.map(|(place, _)| place).collect(),
            is_brief: is_brief(&instructions),
            entry: code.entrance.entry.address(),
            params: code.entrance.params.iter().map(|rep| rep.is_raw()).collect(),
            slots: code.entrance.need as u32,
            instructions,
            points: code.points.iter().map(point).collect(),
        }
    }
}

/// Whether a clause does an instruction like this one without being on the stack: it reads and writes registers and allocates, no more. Where it finds that there is more to do, nothing has happened yet.
pub fn only_computes(i: &Instruction) -> bool {
    use Opcode::*;
    branches(i)
        || matches!(
            i.opcode,
            Const
                | Move
                | BoxNat
                | BoxInt
                | BoxFloat
                | BoxChar
                | BoxBoolean
                | UnboxNat
                | UnboxInt
                | UnboxFloat
                | UnboxChar
                | UnboxBoolean
                | NatAdd
                | NatSub
                | NatMul
                | NatDiv
                | NatMod
                | IntSub
                | NatAddI
                | NatSubI
                | NatMulI
                | IntSubI
                | FloatAdd
                | FloatSub
                | FloatMul
                | FloatDiv
                | FloatLt
                | FloatLteq
                | Eq
                | Lt
                | Lteq
                | IntLt
                | IntLteq
                | EqI
                | LtI
                | LteqI
                | GtI
                | GteqI
                | IntLtI
                | IntLteqI
                | IntGtI
                | IntGteqI
                | Not
                | UniversalEq
                | UniversalCompare
                | UniversalLt
                | UniversalLteq
                | UniversalGt
                | UniversalGteq
                | Construct
                | Closure
                | Field
        )
}

/// It goes on at one of several instructions, or at another one than the next, behind it.
fn branches(i: &Instruction) -> bool {
    use Opcode::*;
    match i.opcode {
        Jump => i.target > i.at,
        Unless | UnlessEq | UnlessLt | UnlessLteq | UnlessIntLt | UnlessIntLteq | UnlessEqI | UnlessLtI
        | UnlessLteqI | UnlessGtI | UnlessGteqI | UnlessIntLtI | UnlessIntLteqI | UnlessIntGtI | UnlessIntGteqI
        | Switch | SwitchWord => true,
        _ => false,
    }
}

/// Whether some way from the beginning leads to `Reinstate` by instructions that only compute.
fn is_brief(instructions: &[Instruction]) -> bool {
    let mut reached: BTreeSet<u32> = instructions.get(1).map(|second| second.at).into_iter().collect();
    let next = instructions.iter().skip(1).map(|i| i.at).chain([u32::MAX]);
    for (i, next) in instructions.iter().zip(next).filter(|(i, _)| i.at > 0) {
        if !reached.contains(&i.at) {
            continue;
        }
        if i.opcode == Opcode::Reinstate {
            return true;
        }
        if branches(i) {
            reached.extend(i.cases.iter().map(|case| case.target).chain([i.target]));
        }
        if only_computes(i) && !matches!(i.opcode, Opcode::Jump | Opcode::Switch | Opcode::SwitchWord) {
            reached.insert(next);
        }
    }
    false
}

/// Operands that are addresses.
fn addresses(i: &Instruction) -> (bool, bool) {
    match i.opcode {
        Opcode::Const => (i.b != 0, false),
        // What stands there is the key of the first case.
        Opcode::Switch => (false, true),
        Opcode::Call | Opcode::Perform | Opcode::Handle | Opcode::Renew => (true, true),
        Opcode::Enter
        | Opcode::EnterCounting
        | Opcode::TailCall
        | Opcode::CallValue
        | Opcode::CallHost
        | Opcode::TailHandle
        | Opcode::Reinstate
        | Opcode::LoadConstant
        | Opcode::StoreConstant
        | Opcode::Blob
        | Opcode::Construct
        | Opcode::Closure => (true, false),
        _ => (false, false),
    }
}

impl Source {
    /// All that machine code depends on: two functions of one shape have the same code but for addresses, in every process of the same build.
    pub fn shape(&self) -> Vec<u8> {
        let mut shape = Shape(Vec::new());
        shape.number(self.slots);
        shape.numbers(self.params.iter().map(|raw| u32::from(*raw)));
        shape.number(self.instructions.len() as u32);
        for i in &self.instructions {
            shape.instruction(i, self.entry);
        }
        shape.number(self.points.len() as u32);
        for point in &self.points {
            shape.number(u32::from(point.is_some()));
            if let Some(Point { at, frame, into, live }) = point {
                shape.numbers([*at, *frame, *into].into_iter());
                shape.numbers(live.iter().copied());
            }
        }
        shape.0
    }
}

struct Shape(Vec<u8>);

impl Shape {
    fn number(&mut self, number: u32) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// How many they are, then each.
    fn numbers(&mut self, numbers: impl ExactSizeIterator<Item = u32>) {
        self.number(numbers.len() as u32);
        numbers.for_each(|number| self.number(number));
    }

    fn word(&mut self, word: u64) {
        self.0.extend_from_slice(&word.to_le_bytes());
    }

    fn instruction(&mut self, i: &Instruction, entry: u64) {
        let Instruction { at, a, b, c, d, wide, target, .. } = *i;
        self.numbers([i.opcode as u32, at, a, b, c, d, wide, target, i.point.unwrap_or(u32::MAX)].into_iter());
        self.numbers(i.packed.iter().copied());
        let (first, second) = addresses(i);
        // Of addresses only this matters: whether a function calls itself.
        self.word(if first { u64::from(i.x0 == entry) } else { i.x0 });
        self.word(if second { 0 } else { i.x1 });
        self.number(i.cases.len() as u32);
        for Case { at, key, number, target } in &i.cases {
            self.numbers([*at, *number, *target].into_iter());
            // Keys of constructors are addresses, of which the low bit says whether they have fields.
            self.word(if i.opcode == Opcode::Switch { key & 1 } else { *key });
        }
    }
}

fn point(point: &RetPoint) -> Option<Point> {
    (point.kind == PointKind::Resume).then(|| Point {
        at: point.at,
        frame: point.frame,
        into: point.into,
        live: point.live.iter().map(|live| live.slot).collect(),
    })
}

fn read(code: &Code, at: usize) -> Instruction {
    let words = &code.words;
    let operands = words[at + 1];
    let opcode = Opcode::read(words[at], code.dispatch).expect("the compiler made it");
    let [a, b, c, d] = [0, 1, 2, 3].map(|index| operand(operands, index));
    let wide = wide_operand(operands);
    let end = at + opcode.words(operands);
    let x = |index: usize| if at + index < end { words[at + index] } else { 0 };
    let waits = match opcode {
        Opcode::Call => Some(x(3)),
        Opcode::CallValue | Opcode::CallHost | Opcode::Perform | Opcode::Handle | Opcode::Renew => Some(x(2)),
        _ => None,
    };
    let (packed_at, packed_count) = match opcode {
        Opcode::Construct | Opcode::Closure => (3, wide),
        Opcode::List | Opcode::Builtin | Opcode::RefRead | Opcode::RefWrite => (2, wide),
        // Arguments, function, handler.
        Opcode::Handle => (4, a + 2),
        Opcode::TailHandle => (3, a + 2),
        Opcode::UniversalEq
        | Opcode::UniversalCompare
        | Opcode::UniversalLt
        | Opcode::UniversalLteq
        | Opcode::UniversalGt
        | Opcode::UniversalGteq => (2, 2),
        _ => (0, 0),
    };
    // SAFETY: the compiler packed so many behind the instruction.
    let registers = unsafe { packed(words.as_ptr().add(at + packed_at), packed_count as usize) };
    let distance = |word: u64| (at as i64 + word as i64) as u32;
    let switches = matches!(opcode, Opcode::Switch | Opcode::SwitchWord);
    let cases = (0..if switches { wide as usize } else { 0 }).map(|i| at + 3 + 2 * i);
    Instruction {
        opcode,
        at: at as u32,
        a,
        b,
        c,
        d,
        wide,
        x0: x(2),
        x1: x(3),
        target: if switches { distance(x(2)) } else { (at as i64 + i64::from(wide as i32)) as u32 },
        packed: registers.iter().map(|slot| u32::from(*slot)).collect(),
        cases: cases.map(|place| case(opcode, place as u32, words[place], distance(words[place + 1]))).collect(),
        point: waits.map(|address| number(code, address)),
    }
}

fn case(opcode: Opcode, at: u32, key: u64, target: u32) -> Case {
    let number = if opcode == Opcode::Switch { DescRef::from_address(key & !15).number } else { 0 };
    Case { at, key, number, target }
}

/// The number of the point at an address.
fn number(code: &Code, address: u64) -> u32 {
    ((address as usize - code.points.as_ptr() as usize) / size_of::<RetPoint>()) as u32
}
