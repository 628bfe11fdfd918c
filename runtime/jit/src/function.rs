//! A function: its entries, its blocks, which registers are where.
//!
//! Instructions are translated in their order. Whatever can follow an instruction stands after it, but for the function's beginning, to which it jumps as a loop. So what the window
//! holds of the registers (`stored`) is known at each block when it is reached: what holds wherever it is jumped to from.

use crate::brief::Brief;
use crate::emit::{Emitter, PASSED, code_signature};
use crate::walks::Walks;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{Block, Function, InstBuilder, Value};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Switch, Variable};
use machine::native::{ENTRY_NUMBER, Helper, Instruction, LAYOUT, Opcode, Point, Source, Symbol};
use std::collections::{BTreeMap, BTreeSet};

/// So many ways into a function are tried one by one.
const WAYS_TRIED: usize = 9;

/// An instruction that is not known.
pub(crate) struct Unknown;

/// Whether the next instruction can be reached from this one.
#[derive(PartialEq, Eq)]
pub(crate) enum Then {
    Next,
    Elsewhere,
}

pub(crate) struct Translator<'a, 's> {
    pub(crate) e: Emitter<'a>,
    pub(crate) source: &'s Source,
    /// The instruction that is being written.
    pub(crate) at: u32,
    slots: Vec<Option<Variable>>,
    /// Where instructions begin that something jumps to.
    blocks: BTreeMap<u32, Block>,
    /// The safepoint at the beginning, with the parameters in their registers.
    head: Block,
    /// By the numbers of points: where the function goes on with its window and a result.
    resumed: Vec<Option<Block>>,
    /// Registers that the window holds as they are now.
    pub(crate) stored: BTreeSet<u32>,
    /// Registers that hold a float which may be any NaN: their variables get it with the one NaN where something other than arithmetic reads it.
    pub(crate) floats: BTreeMap<u32, Value>,
    /// Registers that hold a number which stands in the code.
    pub(crate) literals: BTreeMap<u32, u64>,
    /// Registers with a list that may be walked over, and those of the parameters that a round of the loop may give on like that.
    pub(crate) walks: Walks,
    /// What is known at blocks that were jumped to.
    known_at: BTreeMap<u32, Known>,
    /// While it is written as a brief clause.
    pub(crate) brief: Option<Brief>,
}

/// What holds wherever a block is jumped to from.
#[derive(Clone, Default)]
struct Known {
    stored: BTreeSet<u32>,
    literals: BTreeMap<u32, u64>,
    walks: BTreeMap<u32, bool>,
}

/// What is written of a function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it, with all of its entries.
    Whole,
    /// What a brief clause does for an operation without being on the stack.
    Brief,
}

/// Writes a function. `None` if it has an instruction that is not known.
pub(crate) fn translate(
    (source, part): (&Source, Part),
    function: &mut Function,
    context: &mut FunctionBuilderContext,
    isa: &dyn TargetIsa,
) -> Option<()> {
    function.signature = code_signature(6);
    let mut b = FunctionBuilder::new(function, context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let [pc, window, third, left, first, second] = *b.block_params(entry) else { return None };
    let [win, fuel] = [window, left].map(|word| {
        let variable = b.declare_var(I64);
        b.def_var(variable, word);
        variable
    });
    let [code_signature, native_signature] = [4, 6].map(|count| b.import_signature(code_signature(count)));
    let head = b.create_block();
    let c_convention = isa.default_call_conv();
    let e = Emitter { b, win, fuel, code_signature, native_signature, c_convention };
    let mut translator = Translator {
        e,
        source,
        at: 0,
        slots: vec![None; source.slots as usize],
        blocks: BTreeMap::new(),
        head,
        resumed: vec![None; source.points.len()],
        stored: BTreeSet::new(),
        floats: BTreeMap::new(),
        literals: BTreeMap::new(),
        walks: Walks::of(source),
        known_at: BTreeMap::new(),
        brief: None,
    };
    match part {
        Part::Whole => {
            translator.prepare_walks();
            translator.entries(pc, [first, second, third]);
            translator.body().ok()?;
        }
        Part::Brief => translator.briefly(pc, [first, second, third]).ok()?,
    }
    translator.e.b.seal_all_blocks();
    translator.e.b.finalize(isa.frontend_config());
    Some(())
}

impl Translator<'_, '_> {
    /// Goes where whoever has entered says.
    fn entries(&mut self, pc: Value, first: [Value; PASSED]) {
        let (called, by_cell) = (self.e.block(), self.e.cold_block());
        self.e.branch(pc, by_cell, called);
        self.e.at(called);
        self.called(first);
        self.e.at(by_cell);
        self.by_cell(pc, first[0]);
    }

    /// The beginning, with the first arguments passed.
    fn called(&mut self, first: [Value; PASSED]) {
        let params = self.source.params.len() as u32;
        for (slot, word) in (0..params).zip(first) {
            self.set(slot, word);
        }
        if self.calls() {
            let sp = self.e.b.ins().get_stack_pointer(I64);
            let limit = self.e.load_core(LAYOUT.native_limit);
            let fits = self.e.compare(IntCC::UnsignedGreaterThan, sp, limit);
            let (on, out) = (self.e.block(), self.e.cold_block());
            self.e.branch(fits, on, out);
            self.e.at(out);
            self.store(0..params.min(PASSED as u32));
            self.begin_plainly();
            self.e.at(on);
        }
        (PASSED as u32..params).for_each(|slot| self.fetch(slot));
        self.e.jump(self.head);
    }

    /// It calls code.
    fn calls(&self) -> bool {
        self.source.instructions.iter().any(|i| matches!(i.opcode, Opcode::Call | Opcode::CallValue | Opcode::Perform))
    }

    /// Begins anew by way of the function's cell, without those that wait on the native stack. All parameters stand in the window.
    fn begin_plainly(&mut self) {
        let e = &mut self.e;
        let entrance = e.address(Symbol::Word(2));
        let entry = e.load(entrance, LAYOUT.entry);
        let (start, win) = (e.load(entry, LAYOUT.start), e.window());
        e.go_on(start, win);
    }

    /// Goes where the cell says.
    fn by_cell(&mut self, pc: Value, result: Value) {
        let number = self.e.load(pc, ENTRY_NUMBER);
        let count = self.source.points.len();
        // Results that machine code gives go first: whatever returns by frames comes that way.
        let (mut given, mut ways, mut resumes) = (Vec::new(), Vec::new(), Vec::new());
        for (number, point) in self.source.points.iter().enumerate() {
            if let Some(point) = point {
                let (plain, quick) = (self.e.cold_block(), self.e.cold_block());
                given.push((number + 1 + count, quick));
                ways.push((number + 1, plain));
                resumes.push((number, plain, quick, point));
            }
        }
        let (others, beginning) = (self.e.cold_block(), self.e.cold_block());
        self.choose(number, &given, others);
        self.e.at(others);
        self.choose(number, &ways, beginning);
        self.e.at(beginning);
        (0..self.source.params.len() as u32).for_each(|slot| self.fetch(slot));
        self.e.jump(self.head);
        for (number, plain, quick, point) in resumes {
            let (on, given) = self.e.block_of_word();
            self.resumed[number] = Some(on);
            self.e.at(plain);
            let win = self.e.window();
            let word = self.e.load(win, 8 * point.into as i32);
            self.e.jump_with(on, word);
            self.e.at(quick);
            self.take_frame(point, result);
            self.e.jump_with(on, result);
            self.e.at(on);
            self.resume(point, given);
        }
    }

    /// Goes one of these ways, by a number; a few are tried one by one, which is foretold better than a jump to an address.
    fn choose(&mut self, number: Value, ways: &[(usize, Block)], otherwise: Block) {
        if ways.len() > WAYS_TRIED {
            let mut switch = Switch::new();
            ways.iter().for_each(|(wanted, block)| switch.set_entry(*wanted as u128, *block));
            return switch.emit(&mut self.e.b, number, otherwise);
        }
        for (wanted, block) in ways {
            let next = self.e.cold_block();
            let found = self.e.compare_word(IntCC::Equal, number, *wanted as u64);
            self.e.branch(found, *block, next);
            self.e.at(next);
        }
        self.e.jump(otherwise);
    }

    /// Which of the registers below this one have a value, as far as is known.
    pub(crate) fn in_use(&self, below: u32) -> Vec<u32> {
        (0..below).filter(|slot| self.slots[*slot as usize].is_some() || self.floats.contains_key(slot)).collect()
    }

    /// The window becomes the frame below it, to which the result is returned: a safepoint.
    fn take_frame(&mut self, point: &Point, result: Value) {
        let e = &mut self.e;
        let above = e.window();
        let win = e.b.ins().iadd_imm_s(above, -8 * (1 + i64::from(point.frame)));
        // The stack may have become shorter, or a continuation has put the frame higher up than it was.
        let fits = e.fits(win, self.source.slots);
        e.unless(fits, |e| e.return_slowly(result));
        e.b.def_var(e.win, win);
    }

    /// A function that was called has given this result.
    pub(crate) fn returned(&mut self, i: &Instruction, result: Value) {
        let number = i.point.expect("it waits at a point") as usize;
        let source = self.source;
        self.take_frame(source.points[number].as_ref().expect("code goes on there"), result);
        self.stop_walks();
        let on = self.resumed[number].expect("code goes on there");
        self.e.jump_with(on, result);
    }

    fn resume(&mut self, point: &Point, result: Value) {
        point.live.iter().for_each(|slot| self.fetch(*slot));
        self.set(point.into, result);
        self.stored = point.live.iter().copied().filter(|slot| *slot != point.into).collect();
        self.jump(point.at);
    }

    /// A register is what the window holds.
    fn fetch(&mut self, slot: u32) {
        let win = self.e.window();
        let word = self.e.load(win, 8 * slot as i32);
        let variable = self.variable(slot);
        self.e.b.def_var(variable, word);
        self.stop_walk(slot);
    }

    pub(crate) fn variable(&mut self, slot: u32) -> Variable {
        let Translator { e, slots, .. } = self;
        *slots[slot as usize].get_or_insert_with(|| e.b.declare_var(I64))
    }

    pub(crate) fn get(&mut self, slot: u32) -> Value {
        if self.walks.may_be_behind(slot) {
            self.catch_up(slot);
        }
        let variable = self.variable(slot);
        if let Some(float) = self.floats.get(&slot).copied() {
            let bits = self.one_nan(float);
            self.e.b.def_var(variable, bits);
            return bits;
        }
        self.e.b.use_var(variable)
    }

    /// The variables of all registers hold what these do.
    fn settle(&mut self) {
        for slot in self.floats.keys().copied().collect::<Vec<_>>() {
            self.get(slot);
        }
        self.floats.clear();
    }

    pub(crate) fn set(&mut self, slot: u32, word: Value) {
        let variable = self.variable(slot);
        self.e.b.def_var(variable, word);
        self.stored.remove(&slot);
        self.literals.remove(&slot);
        self.floats.remove(&slot);
        self.stop_walk(slot);
    }

    /// As `set`, for a float that may be any NaN.
    pub(crate) fn set_float(&mut self, slot: u32, float: Value) {
        self.stored.remove(&slot);
        self.literals.remove(&slot);
        self.stop_walk(slot);
        self.floats.insert(slot, float);
    }

    /// The number in a register, if it stands in the code.
    pub(crate) fn literal(&self, slot: u32) -> Option<u64> {
        self.literals.get(&slot).copied()
    }

    /// Puts registers into the window.
    pub(crate) fn store(&mut self, slots: impl IntoIterator<Item = u32>) {
        for slot in slots {
            if !self.stored.contains(&slot) {
                let (word, win) = (self.get(slot), self.e.window());
                self.e.store(word, win, 8 * slot as i32);
            }
        }
    }

    /// The block of an instruction that is jumped to from here.
    pub(crate) fn block_at(&mut self, at: u32) -> Block {
        let (stored, literals, walks) = (&self.stored, &self.literals, &self.walks.here);
        self.known_at
            .entry(at)
            .and_modify(|there| {
                there.stored.retain(|slot| stored.contains(slot));
                there.literals.retain(|slot, number| literals.get(slot) == Some(number));
                walks.iter().for_each(|(slot, behind)| *there.walks.entry(*slot).or_default() |= behind);
            })
            .or_insert_with(|| Known { stored: stored.clone(), literals: literals.clone(), walks: walks.clone() });
        let e = &mut self.e;
        *self.blocks.entry(at).or_insert_with(|| e.b.create_block())
    }

    pub(crate) fn jump(&mut self, at: u32) {
        let block = self.block_at(at);
        self.e.jump(block);
    }

    /// As if the function were called anew with the parameters in their registers.
    pub(crate) fn begin_again(&mut self) {
        self.give_walks_on();
        self.e.jump(self.head);
    }

    pub(crate) fn body(&mut self) -> Result<(), Unknown> {
        let source = self.source;
        let mut reached = true;
        for instruction in &source.instructions {
            if let Some(block) = self.blocks.get(&instruction.at).copied() {
                if reached {
                    self.settle();
                    self.jump(instruction.at);
                }
                self.e.at(block);
                self.floats.clear();
                let known = self.known_at.remove(&instruction.at).unwrap_or_default();
                (self.stored, self.literals, self.walks.here) = (known.stored, known.literals, known.walks);
                reached = true;
            }
            if instruction.at == 0 {
                if self.brief.is_none() {
                    self.enter(instruction);
                }
            } else if reached {
                reached = self.instruction(instruction)? == Then::Next;
            }
        }
        Ok(())
    }

    /// The safepoint at the beginning.
    fn enter(&mut self, enter: &Instruction) {
        self.e.at(self.head);
        (self.stored, self.literals) = Default::default();
        self.walks.begin();
        let e = &mut self.e;
        let (fuel, win) = (e.fuel(), e.window());
        let (slowly, room, on) = (e.cold_block(), e.block(), e.block());
        let some = e.compare_word(IntCC::SignedGreaterThan, fuel, 0);
        e.branch(some, room, slowly);
        e.at(room);
        let (fits, enters) = (e.fits(win, enter.wide), e.block());
        e.branch(fits, enters, slowly);
        e.at(enters);
        let left = e.b.ins().iadd_imm_s(fuel, -1);
        e.b.def_var(e.fuel, left);
        e.jump(on);
        e.at(slowly);
        self.enter_slowly(on);
        self.walks.begin();
        self.e.at(on);
    }

    fn enter_slowly(&mut self, on: Block) {
        let params = self.source.params.len() as u32;
        self.store(0..params);
        let e = &mut self.e;
        let entrance = e.address(Symbol::Word(2));
        let (win, fuel) = (e.window(), e.fuel());
        let window = e.call(Helper::Enter, &[entrance, win, fuel]);
        let entered = e.compare_word(IntCC::NotEqual, window, 0);
        e.unless(entered, Emitter::stop);
        e.b.def_var(e.win, window);
        e.reload_fuel();
        (0..params).for_each(|slot| self.fetch(slot));
        self.e.jump(on);
    }

    fn instruction(&mut self, i: &Instruction) -> Result<Then, Unknown> {
        self.at = i.at;
        if !Self::goes_straight_on(i.opcode) {
            self.settle();
        }
        if let Some(then) = self.brief.and_then(|brief| self.brief_instruction(i, brief)) {
            return Ok(then);
        }
        match i.opcode {
            Opcode::Jump if i.target == 0 => {
                self.begin_again();
                Ok(Then::Elsewhere)
            }
            Opcode::Jump => {
                self.jump(i.target);
                Ok(Then::Elsewhere)
            }
            Opcode::Unless => {
                let on = self.get(i.a);
                self.branch(on, i);
                Ok(Then::Elsewhere)
            }
            Opcode::Const => {
                let word = if i.b == 0 { self.e.word(i.x0) } else { self.e.address(Symbol::Word(i.at + 2)) };
                self.set(i.a, word);
                self.literals.extend((i.b == 0).then_some((i.a, i.x0)));
                Ok(Then::Next)
            }
            Opcode::Move => {
                if let Some(float) = self.floats.get(&i.b).copied() {
                    self.set_float(i.a, float);
                } else if self.walks.is_known(i.b) {
                    self.move_walk(i.a, i.b);
                } else {
                    let word = self.get(i.b);
                    self.set(i.a, word);
                }
                Ok(Then::Next)
            }
            _ if self.arithmetic(i) || self.memory(i) || self.data(i) => Ok(Then::Next),
            _ if self.comparing_branch(i) || self.control(i) => Ok(Then::Elsewhere),
            _ => Err(Unknown),
        }
    }

    /// Whether the next instruction surely follows, in whatever blocks: what is known of registers stays known.
    fn goes_straight_on(opcode: Opcode) -> bool {
        use Opcode::*;
        matches!(
            opcode,
            Const
                | Move
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
                | NatAdd
                | NatAddI
                | NatSub
                | NatSubI
                | NatMul
                | NatMulI
                | IntSub
                | IntSubI
                | Not
                | FloatAdd
                | FloatSub
                | FloatMul
                | FloatDiv
                | FloatLt
                | FloatLteq
                | Field
                | Builtin
                | BoxFloat
                | UnboxFloat
                | Construct
        )
    }

    /// Goes on behind a branch if it holds, else where it says.
    pub(crate) fn branch(&mut self, holds: Value, i: &Instruction) {
        let (next, target) = (self.block_at(i.at + 2), self.block_at(i.target));
        self.e.branch(holds, next, target);
    }
}
