//! Operations, and what clauses do with the frames that they are attached to.

use crate::brief::ARGUMENTS_MAX;
use crate::emit::{Emitter, PASSED};
use crate::function::Translator;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use machine::native::{Helper, Instruction, LAYOUT, Opcode, Symbol};

/// Of the frame below a clause.
const CLAUSE_WORDS: u32 = 3;
/// Of a prompt.
const PROMPT_WORDS: u32 = 3;

/// A handler that was met before.
struct Met {
    handler: Value,
    /// What the site remembers of it.
    attached: Value,
    /// Where its prompt ends: as an address, and as the core counts.
    top: Value,
    prompt: Value,
    /// Where the innermost prompt ends, as an address.
    innermost: Value,
}

impl Translator<'_, '_> {
    /// An operation. The handler's clause, if it has one that is machine code, does it: at once, if the innermost handler, or the next one, is one of the last two that were met here.
    pub(crate) fn perform(&mut self, i: &Instruction) {
        let args: Vec<Value> = (0..i.a).map(|arg| self.get(i.wide + 1 + arg)).collect();
        let live = self.point(i).live.clone();
        for slot in &live {
            self.get(*slot);
        }
        let inside = self.e.window_above(i.wide + 1 + CLAUSE_WORDS);
        let site = self.e.address(Symbol::Site(self.number_among(&self.source.performs, i)));
        let search = self.e.cold_block();
        let met = self.meet(site, search);
        self.know(&met, search);
        self.perform_briefly(i, &met, (inside, &args), search);
        let (call, [clause, first @ ..]) = self.e.block_of_words::<{ 1 + PASSED }>();
        let stored = self.stored.clone();
        self.frame(i);
        self.attach(&met, inside, &args, call);
        self.stored = stored;
        self.e.at(search);
        self.frame(i);
        self.store(i.wide + 1..i.wide + 1 + i.a);
        let above = self.e.window_above(i.wide + 1);
        let request = self.e.address(Symbol::Word(i.at + 3));
        let count = self.e.word(u64::from(i.a));
        let site = self.e.address(Symbol::Site(self.number_among(&self.source.performs, i)));
        let fuel = self.e.fuel();
        let found = self.e.call(Helper::Perform, &[above, request, count, site, fuel]);
        self.leave_unless(found, &[], i.at);
        let inside = self.e.window_above(i.wide + 1 + CLAUSE_WORDS);
        self.call_with_window(found, inside, call);
        self.e.at(call);
        let inside = self.e.window_above(i.wide + 1 + CLAUSE_WORDS);
        let result = self.e.call_code(clause, inside, first);
        self.returned(i, result);
    }

    /// If the clause is brief, calls it without putting it above the frame, and goes on with the result; if it has done nothing, goes to the block. Else goes on here.
    fn perform_briefly(&mut self, i: &Instruction, met: &Met, (inside, args): (Value, &[Value]), undone: Block) {
        if i.a > ARGUMENTS_MAX {
            return;
        }
        let e = &mut self.e;
        let (briefly, other) = (e.block(), e.block());
        let brief = e.load(met.attached, LAYOUT.attached.brief);
        e.branch(brief, briefly, other);
        e.at(briefly);
        let count = e.word(u64::from(i.a));
        let first = std::array::from_fn(|n| *args.get(n).filter(|_| n + 1 < PASSED).unwrap_or(&count));
        let (result, done) = e.call_briefly(brief, (met.top, inside), first);
        e.go_unless(done, undone);
        let (stored, literals, walks) = (self.stored.clone(), self.literals.clone(), self.walks.here.clone());
        let (into, at) = (self.point(i).into, self.point(i).at);
        self.stop_walks();
        self.set(into, result);
        self.jump(at);
        (self.stored, self.literals, self.walks.here) = (stored, literals, walks);
        self.e.at(other);
    }

    /// Goes to the block with a clause's code and the first of what it takes, which stands in its window.
    fn call_with_window(&mut self, code: Value, inside: Value, call: Block) {
        let first: [Value; PASSED] = std::array::from_fn(|n| self.e.load(inside, 8 * n as i32));
        self.e.jump_with_words(call, &[&[code], &first[..]].concat());
    }

    /// Calls something under a prompt, which stands in the frames that are left when those who wait on the native stack are not.
    pub(crate) fn handle(&mut self, i: &Instruction, helper: Helper) {
        if let (Opcode::Handle | Opcode::TailHandle, [argument, function, handler]) = (i.opcode, &i.packed[..]) {
            self.resume_under(i, [*argument, *function, *handler]);
        }
        self.store(i.packed.iter().copied());
        let pc = self.e.address(Symbol::Code(i.at));
        let (win, fuel) = (self.e.window(), self.e.fuel());
        self.e.go_by(helper, &[pc, win, fuel]);
    }

    /// If what is called is a continuation: its frames are put back, and the argument is what they wait for.
    fn resume_under(&mut self, i: &Instruction, registers: [u32; 3]) {
        let [argument, function, handler] = registers.map(|slot| self.get(slot));
        let e = &mut self.e;
        let (win, prompt) = match i.opcode {
            Opcode::Handle => (e.window_above(i.wide + 1), e.address(Symbol::Word(i.at + 3))),
            _ => (e.window(), e.address(Symbol::Word(i.at + 2))),
        };
        let fuel = e.fuel();
        let window = e.call(Helper::Resume, &[function, handler, prompt, win, fuel]);
        let (resumed, other) = (e.block(), e.block());
        e.branch(window, resumed, other);
        e.at(resumed);
        e.reload_fuel();
        e.b.def_var(e.win, window);
        e.give_below(argument);
        e.at(other);
    }

    /// The number of an instruction among those at these places.
    fn number_among(&self, places: &[usize], i: &Instruction) -> u32 {
        let number = places.iter().position(|place| self.source.instructions[*place].at == i.at);
        number.expect("it is one of them") as u32
    }

    /// Puts the frame and the window of the clause there that the site remembers, and goes to the block with the clause's code and the first of what it takes.
    fn attach(&mut self, met: &Met, inside: Value, args: &[Value], call: Block) {
        let e = &mut self.e;
        let held = e.load(met.attached, LAYOUT.attached.held);
        for (top, offset) in [(met.top, -24), (met.innermost, -16)] {
            let bytes = e.b.ins().isub(inside, top);
            let distance = e.b.ins().ushr_imm_u(bytes, 3);
            e.store(distance, inside, offset);
        }
        let clause = e.load(met.attached, LAYOUT.attached.clause);
        e.store(clause, inside, -8);
        let outwards = e.load(met.top, -16);
        let outside = e.b.ins().isub(met.prompt, outwards);
        let outside = e.b.ins().select(outwards, outside, outwards);
        e.store_core(outside, LAYOUT.prompt);
        let code = e.load(met.attached, LAYOUT.attached.code);
        for count in [1, 2, 0, 3] {
            self.pass_few(met, (held, count), inside, args, (code, call));
        }
        self.pass_many(met, held, inside, args, (code, call));
    }

    /// If the handler holds just so many words, they and the arguments are passed as to any function.
    fn pass_few(
        &mut self,
        met: &Met,
        (held, count): (Value, usize),
        inside: Value,
        args: &[Value],
        (code, call): (Value, Block),
    ) {
        let e = &mut self.e;
        let (few, other) = (e.block(), e.block());
        let so_many = e.compare_word(IntCC::Equal, held, count as u64);
        e.branch(so_many, few, other);
        e.at(few);
        let mut words: Vec<Value> = (0..count).map(|n| e.load(met.handler, 16 + 8 * n as i32)).collect();
        words.extend(args);
        for (slot, word) in (0..).zip(&words).skip(PASSED) {
            e.store(*word, inside, 8 * slot);
        }
        let first: [Value; PASSED] = std::array::from_fn(|n| *words.get(n).unwrap_or(&code));
        e.jump_with_words(call, &[&[code], &first[..]].concat());
        e.at(other);
    }

    /// However many words the handler holds: they and the arguments are put into the window, and the first of them passed.
    fn pass_many(&mut self, met: &Met, held: Value, inside: Value, args: &[Value], (code, call): (Value, Block)) {
        let e = &mut self.e;
        let first = e.b.ins().iadd_imm_s(met.handler, 16);
        let (each, [from, to, left]) = e.block_of_words();
        e.jump_with_words(each, &[first, inside, held]);
        e.at(each);
        let word = e.load(from, 0);
        e.store(word, to, 0);
        let [from, to] = [from, to].map(|address| e.b.ins().iadd_imm_s(address, 8));
        let left = e.b.ins().iadd_imm_s(left, -1);
        let (again, done) = (e.block(), e.block());
        e.branch(left, again, done);
        e.at(again);
        e.jump_with_words(each, &[from, to, left]);
        e.at(done);
        for (offset, arg) in (0..).step_by(8).zip(args) {
            e.store(*arg, to, offset);
        }
        self.call_with_window(code, inside, call);
    }

    /// Goes on if the innermost prompt is one that the site remembers, or one that it skips and the next one that.
    fn meet(&mut self, site: Value, search: Block) -> Met {
        let e = &mut self.e;
        let last = e.load(site, 0);
        e.go_unless(last, search);
        let innermost_prompt = e.load_core(LAYOUT.prompt);
        e.go_unless(innermost_prompt, search);
        let start = e.load_core(LAYOUT.stack_start);
        let offset = e.b.ins().ishl_imm_u(innermost_prompt, 3);
        let innermost = e.b.ins().iadd(start, offset);
        let point = e.load(innermost, -8);
        let (remembered, attached) = e.block_of_word();
        e.jump_with(remembered, last);
        e.at(remembered);
        let known = e.load(attached, LAYOUT.attached.point);
        let same = e.compare(IntCC::Equal, point, known);
        let (on, [top, prompt]) = e.block_of_words();
        let (found, skip, other) = (e.block(), e.block(), e.block());
        e.branch(same, found, skip);
        e.at(found);
        e.jump_with_words(on, &[innermost, innermost_prompt]);
        e.at(skip);
        let skipped = e.load(attached, LAYOUT.attached.skipped);
        let skips = e.compare(IntCC::Equal, point, skipped);
        e.go_unless(skips, other);
        let distance = e.load(innermost, -16);
        e.go_unless(distance, other);
        let bytes = e.b.ins().ishl_imm_u(distance, 3);
        let next = e.b.ins().isub(innermost, bytes);
        let next_point = e.load(next, -8);
        let same = e.compare(IntCC::Equal, next_point, known);
        e.go_unless(same, other);
        let next_prompt = e.b.ins().isub(innermost_prompt, distance);
        e.jump_with_words(on, &[next, next_prompt]);
        e.at(other);
        let before = e.load(attached, LAYOUT.attached.other);
        e.go_unless(before, search);
        e.jump_with(remembered, before);
        e.at(on);
        let handler = e.load(top, -24);
        Met { handler, attached, top, prompt, innermost }
    }

    /// Goes on if the handler's code is what the site remembers.
    fn know(&mut self, met: &Met, search: Block) {
        let e = &mut self.e;
        let (object, plain, known_to_hold) = (e.block(), e.block(), e.block());
        let known = e.load(met.attached, LAYOUT.attached.header);
        let bit = e.b.ins().band_imm_u(met.handler, 1);
        e.branch(bit, plain, object);
        e.at(plain);
        let same = e.compare(IntCC::Equal, met.handler, known);
        e.branch(same, known_to_hold, search);
        e.at(object);
        let (header, entry) = (e.load(met.handler, 0), e.load(met.handler, 8));
        let same = e.compare(IntCC::Equal, header, known);
        e.go_unless(same, search);
        let known = e.load(met.attached, LAYOUT.attached.entry);
        let same = e.compare(IntCC::Equal, entry, known);
        e.branch(same, known_to_hold, search);
        e.at(known_to_hold);
    }

    /// Gives `a` to whoever has performed the operation of this clause, under its prompt again.
    pub(crate) fn reinstate(&mut self, i: &Instruction) {
        let value = self.get(i.a);
        let handler = (i.c != 0).then(|| self.get(i.b));
        let e = &mut self.e;
        let (win, start, outside) = (e.window(), e.load_core(LAYOUT.stack_start), e.load_core(LAYOUT.prompt));
        let bytes = e.b.ins().isub(win, start);
        let base = e.b.ins().ushr_imm_u(bytes, 3);
        // The ends of the handler's prompt, and of the innermost, are so far below the window.
        let [end, innermost] = [3, 2].map(|word| {
            let distance = e.load(win, -8 * word);
            e.b.ins().isub(base, distance)
        });
        let offset = e.b.ins().ishl_imm_u(end, 3);
        let top = e.b.ins().iadd(start, offset);
        if let Some(handler) = handler {
            e.store(handler, top, -24);
        }
        let distance = e.b.ins().isub(end, outside);
        let distance = e.b.ins().select(outside, distance, outside);
        e.store(distance, top, -16);
        let point = e.address(Symbol::Word(i.at + 2));
        e.store(point, top, -8);
        e.store_core(innermost, LAYOUT.prompt);
        let below = e.b.ins().iadd_imm_s(win, -8 * i64::from(CLAUSE_WORDS));
        e.b.def_var(e.win, below);
        e.give(value);
    }

    /// Takes the frames below a clause off the stack. Whoever waits on the native stack waits for these: it is left when this function ends ([`Translator::has_left`]).
    pub(crate) fn detach(&mut self, i: &Instruction) {
        for slot in self.in_use(i.wide) {
            self.get(slot);
        }
        if i.b == 0 {
            let e = &mut self.e;
            let win = e.window();
            let distance = e.load(win, -8 * CLAUSE_WORDS as i32);
            let bytes = e.b.ins().ishl_imm_u(distance, 3);
            let end = e.b.ins().isub(win, bytes);
            let below = e.b.ins().iadd_imm_s(end, -8 * i64::from(PROMPT_WORDS));
            e.b.def_var(e.win, below);
        } else {
            let pc = self.e.address(Symbol::Code(i.at));
            let (win, fuel) = (self.e.window(), self.e.fuel());
            let window = self.e.call(Helper::Detach, &[pc, win, fuel]);
            self.e.unless(window, Emitter::stop);
            self.e.reload_fuel();
            self.e.b.def_var(self.e.win, window);
            let continuation = self.e.load_core(LAYOUT.exchange);
            self.set(i.a, continuation);
        }
        self.stored.clear();
        self.jump(i.at + 2);
    }

    /// Whether those who wait on the native stack may wait for frames that are gone, where the function ends. Before it has detached them, a clause ends by reinstating.
    pub(crate) fn has_left(&self) -> bool {
        self.source.detaches
    }
}
