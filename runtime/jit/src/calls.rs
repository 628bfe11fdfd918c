//! Calls, returns, and what leaves to the interpreter.

use crate::emit::PASSED;
use crate::function::Translator;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value};
use cranelift_frontend::Switch;
use machine::native::{Case, Helper, Instruction, LAYOUT, Opcode, Point, Symbol};
use std::collections::BTreeMap;

/// Low bits of a constructor without fields.
const CONSTANT: u64 = 9;
/// Low bits of a function that holds nothing.
const FUNCTION: u64 = 11;
/// Headers of closures that hold one word, and two.
const CLOSURE_OF_ONE: u64 = 2 << 8 | 6 << 4 | 1;
const CLOSURE_OF_TWO: u64 = 3 << 8 | 6 << 4 | 1;

impl Translator<'_, '_> {
    /// An instruction after which the next one does not follow; false if it is another one.
    pub(crate) fn control(&mut self, i: &Instruction) -> bool {
        match i.opcode {
            Opcode::Return => self.give_back(i),
            Opcode::Call => self.call(i),
            Opcode::TailCall => self.tail_call(i),
            Opcode::CallValue => self.call_value(i),
            Opcode::TailCallValue => self.tail_call_value(i),
            Opcode::CallHost => self.leave_waiting(i, i.a),
            Opcode::Perform => self.perform(i),
            Opcode::Handle => {
                self.frame(i);
                self.handle(i, Helper::Handle);
            }
            Opcode::TailHandle => self.handle(i, Helper::TailHandle),
            Opcode::Renew => {
                self.frame(i);
                self.store([i.a, i.b]);
                self.handle(i, Helper::Renew);
            }
            Opcode::Reinstate => self.reinstate(i),
            Opcode::Detach => self.detach(i),
            Opcode::TailCallHost => {
                self.store(0..i.a);
                self.e.leave(i.at);
            }
            Opcode::NoCase => self.e.leave(i.at),
            Opcode::Switch => self.switch(i),
            Opcode::SwitchWord => self.switch_word(i),
            _ => return false,
        }
        true
    }

    pub(crate) fn point(&self, i: &Instruction) -> &Point {
        let number = i.point.expect("it waits at a point");
        self.source.points[number as usize].as_ref().expect("code goes on there")
    }

    /// Stores what the frame keeps, and where the function goes on.
    pub(crate) fn frame(&mut self, i: &Instruction) {
        let live = self.point(i).live.clone();
        self.store(live);
        self.push_point(i);
    }

    /// The interpreter waits for something with so many arguments.
    fn leave_waiting(&mut self, i: &Instruction, args: u32) {
        let live = self.point(i).live.clone();
        self.store(live);
        let above = self.point(i).frame + 1;
        self.store(above..above + args);
        self.e.leave(i.at);
    }

    /// Returns `a` to the frame below.
    fn give_back(&mut self, i: &Instruction) {
        let value = self.get(i.a);
        if self.has_left() { self.e.give_below(value) } else { self.e.give(value) }
    }

    /// Whether an operand is the entry of this function itself.
    fn is_self(&self, i: &Instruction) -> bool {
        i.x0 == self.source.entry
    }

    fn call(&mut self, i: &Instruction) {
        self.frame(i);
        let first = self.pass(i.wide + 1, i.a);
        let above = self.e.window_above(i.wide + 1);
        if self.is_self(i) {
            let result = self.e.call_self(above, first);
            return self.returned(i, result);
        }
        let (quick, slow) = (self.e.block(), self.e.cold_block());
        let direct = self.direct(i);
        self.e.branch(direct, quick, slow);
        self.e.at(slow);
        self.store(i.wide + 1..i.wide + 1 + i.a);
        let start = self.start(i);
        self.e.go_on(start, above);
        self.e.at(quick);
        let result = self.e.call_code(direct, above, first);
        self.returned(i, result);
    }

    /// Of so many arguments that begin at a register, stores those that are passed in the window; the others.
    fn pass(&mut self, first: u32, count: u32) -> [Value; PASSED] {
        self.store(first + count.min(PASSED as u32)..first + count);
        let none = self.e.core();
        std::array::from_fn(|n| if (n as u32) < count { self.get(first + n as u32) } else { none })
    }

    /// The machine code of the entry `x0`.
    fn direct(&mut self, i: &Instruction) -> Value {
        let entry = self.e.address(Symbol::Word(i.at + 2));
        self.e.load(entry, LAYOUT.direct)
    }

    /// Where the code of the entry `x0` begins; leaves if there is none. All that the instruction reads stands in the window.
    fn start(&mut self, i: &Instruction) -> Value {
        let entry = self.e.address(Symbol::Word(i.at + 2));
        let start = self.e.load(entry, LAYOUT.start);
        let known = self.e.compare_word(IntCC::NotEqual, start, 0);
        self.leave_unless(known, &[], i.at);
        start
    }

    fn push_point(&mut self, i: &Instruction) {
        let frame = self.point(i).frame;
        let point = self.e.address(Symbol::Point(i.point.expect("it waits at a point")));
        let win = self.e.window();
        self.e.store(point, win, 8 * frame as i32);
    }

    fn tail_call(&mut self, i: &Instruction) {
        if self.has_left() {
            self.store(0..i.a);
            let (start, win) = (self.start(i), self.e.window());
            return self.e.go_on(start, win);
        }
        let first = self.pass(0, i.a);
        let (quick, slow) = (self.e.block(), self.e.cold_block());
        let direct = self.direct(i);
        self.e.branch(direct, quick, slow);
        self.e.at(slow);
        self.store(0..i.a);
        let start = self.start(i);
        let win = self.e.window();
        self.e.go_on(start, win);
        self.e.at(quick);
        self.e.become_code(direct, first);
    }

    fn call_value(&mut self, i: &Instruction) {
        self.frame(i);
        self.apply(i, i.wide + 1);
    }

    fn tail_call_value(&mut self, i: &Instruction) {
        self.apply(i, 0);
    }

    /// Goes on in the function above the arguments, which begin at a register.
    fn apply(&mut self, i: &Instruction, first: u32) {
        let args: Vec<Value> = (0..i.a).map(|arg| self.get(first + arg)).collect();
        let function = self.get(first + i.a);
        let window = if first == 0 { self.e.window() } else { self.e.window_above(first) };
        if first == 0 && self.has_left() {
            return self.apply_slowly((first, i.a), window);
        }
        let (plain, other, slow) = (self.e.block(), self.e.block(), self.e.cold_block());
        let (enter, [entry_found, start_found, passed @ ..]) = self.e.block_of_words::<{ 2 + PASSED }>();
        let kind = self.e.b.ins().band_imm_u(function, 15);
        let immediate = self.e.compare_word(IntCC::Equal, kind, FUNCTION);
        self.e.branch(immediate, plain, other);
        self.e.at(plain);
        let entry = self.e.b.ins().iadd_imm_s(function, -(FUNCTION as i64));
        self.enter_applied(entry, window, &[], &args, (enter, slow));
        self.e.at(other);
        let (object, closure) = (self.e.block(), self.e.block());
        let bit = self.e.b.ins().band_imm_u(function, 1);
        self.e.branch(bit, slow, object);
        self.e.at(object);
        let header = self.e.load(function, 0);
        let one = self.e.compare_word(IntCC::Equal, header, CLOSURE_OF_ONE);
        let two = self.e.block();
        self.e.branch(one, closure, two);
        self.e.at(closure);
        let [entry, held] = [8, 16].map(|offset| self.e.load(function, offset));
        self.enter_applied(entry, window, &[held], &args, (enter, slow));
        self.e.at(two);
        let closure = self.e.block();
        let holds_two = self.e.compare_word(IntCC::Equal, header, CLOSURE_OF_TWO);
        self.e.branch(holds_two, closure, slow);
        self.e.at(closure);
        let [entry, held, more] = [8, 16, 24].map(|offset| self.e.load(function, offset));
        self.enter_applied(entry, window, &[held, more], &args, (enter, slow));
        self.e.at(slow);
        self.apply_slowly((first, i.a), window);
        self.e.at(enter);
        let (quick, slow) = (self.e.block(), self.e.cold_block());
        let direct = self.e.load(entry_found, LAYOUT.direct);
        self.e.branch(direct, quick, slow);
        self.e.at(slow);
        (0..).zip(passed).for_each(|(slot, word)| self.e.store(word, window, 8 * slot));
        self.e.go_on(start_found, window);
        self.e.at(quick);
        if first == 0 {
            self.e.become_code(direct, passed);
        } else {
            let result = self.e.call_code(direct, window, passed);
            self.returned(i, result);
        }
    }

    /// The same without the native stack, whatever the function is.
    fn apply_slowly(&mut self, (first, count): (u32, u32), window: Value) {
        self.store(first..=first + count);
        let (n, core) = (self.e.word(u64::from(count)), self.e.core());
        let start = self.e.call_plainly(Helper::Apply, &[window, n, core]);
        let known = self.e.compare_word(IntCC::NotEqual, start, 0);
        self.e.unless(known, |e| {
            let fuel = e.fuel();
            e.go_by(Helper::ApplyAny, &[window, n, fuel]);
        });
        self.e.go_on(start, window);
    }

    /// Enters code with what a closure holds and the arguments, if it takes just those: those that are passed in the window stand there then.
    fn enter_applied(
        &mut self,
        entry: Value,
        window: Value,
        held: &[Value],
        args: &[Value],
        (enter, slow): (Block, Block),
    ) {
        let e = &mut self.e;
        let start = e.load(entry, LAYOUT.start);
        let (known, fits) = (e.block(), e.block());
        e.branch(start, known, slow);
        e.at(known);
        let operands = e.load_half(start, 8);
        let takes = e.compare_word(IntCC::Equal, operands, (held.len() + args.len()) as u64);
        e.branch(takes, fits, slow);
        e.at(fits);
        // The margin above each window has room for what is held.
        for (slot, word) in (0..).zip(held.iter().chain(args)).skip(PASSED) {
            e.store(*word, window, 8 * slot);
        }
        let words: Vec<Value> = held.iter().chain(args).copied().take(PASSED).collect();
        let passed: [Value; PASSED] = std::array::from_fn(|n| *words.get(n).unwrap_or(&entry));
        e.jump_with_words(enter, &[&[entry, start], &passed[..]].concat());
    }

    fn switch(&mut self, i: &Instruction) {
        let word = self.get(i.a);
        if i.cases.len() > 8 {
            return self.switch_by_number(i, word);
        }
        let (constant, object) = (self.e.block(), self.e.block());
        let bit = self.e.b.ins().band_imm_u(word, 1);
        self.e.branch(bit, constant, object);
        let (constants, objects): (Vec<_>, Vec<_>) = i.cases.iter().partition(|case| case.key & 1 == 1);
        self.e.at(constant);
        self.compare_cases(word, &constants, i);
        self.e.at(object);
        let header = self.e.load(word, 0);
        self.compare_cases(header, &objects, i);
    }

    fn compare_cases(&mut self, key: Value, cases: &[&Case], i: &Instruction) {
        for case in cases {
            let wanted = self.e.address(Symbol::Word(case.at));
            let (next, block) = (self.e.block(), self.block_at(case.target));
            let found = self.e.compare(IntCC::Equal, key, wanted);
            self.e.branch(found, block, next);
            self.e.at(next);
        }
        let otherwise = self.block_at(i.target);
        self.e.jump(otherwise);
    }

    /// Many constructors of a type: by the number in the descriptor, and then the descriptor has to be the one that is meant.
    fn switch_by_number(&mut self, i: &Instruction, word: Value) {
        let (immediate, object, constructed, other) = (self.e.block(), self.e.block(), self.e.block(), self.e.block());
        let (known, key) = self.e.block_of_word();
        let bit = self.e.b.ins().band_imm_u(word, 1);
        self.e.branch(bit, immediate, object);
        self.e.at(immediate);
        let kind = self.e.b.ins().band_imm_u(word, 15);
        let constant = self.e.compare_word(IntCC::Equal, kind, CONSTANT);
        self.e.b.ins().brif(constant, known, &[BlockArg::Value(word)], other, &[]);
        self.e.at(object);
        let header = self.e.load(word, 0);
        let plain = self.e.b.ins().band_imm_u(header, 1);
        self.e.branch(plain, other, constructed);
        self.e.at(constructed);
        self.e.jump_with(known, header);
        self.e.at(known);
        let descriptor = self.e.b.ins().band_imm_s(key, -16);
        let number = self.e.load_half(descriptor, LAYOUT.number);
        let mut by_number: BTreeMap<u32, Vec<&Case>> = BTreeMap::new();
        i.cases.iter().for_each(|case| by_number.entry(case.number).or_default().push(case));
        let mut switch = Switch::new();
        let blocks: Vec<_> = by_number.into_iter().map(|(number, cases)| (number, cases, self.e.block())).collect();
        blocks.iter().for_each(|(number, _, block)| switch.set_entry(u128::from(*number), *block));
        switch.emit(&mut self.e.b, number, other);
        for (_, cases, block) in blocks {
            self.e.at(block);
            self.compare_cases(key, &cases, i);
        }
        self.e.at(other);
        let otherwise = self.block_at(i.target);
        self.e.jump(otherwise);
    }

    fn switch_word(&mut self, i: &Instruction) {
        let word = self.get(i.a);
        let mut switch = Switch::new();
        for case in &i.cases {
            let (key, block) = (u128::from(case.key), self.block_at(case.target));
            if !switch.entries().contains_key(&key) {
                switch.set_entry(key, block);
            }
        }
        let otherwise = self.block_at(i.target);
        switch.emit(&mut self.e.b, word, otherwise);
    }
}
