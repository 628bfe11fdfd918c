//! Brief clauses: an operation calls the clause of its handler without putting it on the stack, and the clause gives the result and leaves its handler's prompt as `Reinstate` would.
//!
//! What a clause does up to there is computed from what the handler holds and the operation's arguments, and shows nowhere. So where something else is to do (a safepoint, a fault, an instruction that needs the
//! frames), it says that it has done nothing, and the operation is performed in the other way.

use crate::emit::PASSED;
use crate::function::{Then, Translator, Unknown};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use machine::native::{Instruction, LAYOUT, Opcode, Symbol, only_computes};

/// Arguments of operations that brief clauses take, at most.
pub(crate) const ARGUMENTS_MAX: u32 = 2;

/// What a brief clause is written with.
#[derive(Clone, Copy)]
pub(crate) struct Brief {
    /// Where the prompt ends.
    top: Value,
    /// Nothing has happened.
    undone: Block,
}

impl Translator<'_, '_> {
    /// All of it, for the handler whose prompt ends at `top`.
    pub(crate) fn briefly(&mut self, top: Value, [first, second, count]: [Value; PASSED]) -> Result<(), Unknown> {
        let (win, fuel, undone) = (self.e.window(), self.e.fuel(), self.e.cold_block());
        let some = self.e.compare_word(IntCC::SignedGreaterThan, fuel, 0);
        self.e.go_unless(some, undone);
        let fits = self.e.fits(win, self.source.instructions[0].wide);
        self.e.go_unless(fits, undone);
        let brief = Brief { top, undone };
        self.brief_parameters(brief, count, [first, second]);
        self.brief = Some(brief);
        self.body()?;
        self.e.at(undone);
        let none = self.e.word(0);
        self.e.b.ins().return_(&[none, none, fuel]);
        Ok(())
    }

    /// What the handler holds, then so many arguments.
    fn brief_parameters(
        &mut self,
        Brief { top, undone }: Brief,
        count: Value,
        arguments: [Value; ARGUMENTS_MAX as usize],
    ) {
        let handler = self.e.load(top, -24);
        let params = self.source.params.len() as u32;
        let on = self.e.block();
        let words: Vec<Value> = (0..params).map(|_| self.e.b.append_block_param(on, I64)).collect();
        let most = params.min(ARGUMENTS_MAX);
        for taken in [1, 0, 2].into_iter().filter(|taken| *taken <= most) {
            let (these, other) = (self.e.block(), self.e.block());
            let so_many = self.e.compare_word(IntCC::Equal, count, u64::from(taken));
            self.e.branch(so_many, these, other);
            self.e.at(these);
            let held = (0..params - taken).map(|n| self.e.load(handler, 16 + 8 * n as i32)).collect::<Vec<_>>();
            self.e.jump_with_words(on, &[&held[..], &arguments[..taken as usize]].concat());
            self.e.at(other);
        }
        self.e.jump(undone);
        self.e.at(on);
        (0..params).zip(words).for_each(|(slot, word)| self.set(slot, word));
    }

    /// An instruction of a brief clause, if it is written as one.
    pub(crate) fn brief_instruction(&mut self, i: &Instruction, brief: Brief) -> Option<Then> {
        match i.opcode {
            Opcode::Reinstate => self.reinstate_briefly(i, brief),
            _ if only_computes(i) => return None,
            _ => self.e.jump(brief.undone),
        }
        Some(Then::Elsewhere)
    }

    /// Leaves the prompt as it would be if the clause had been on the stack.
    fn reinstate_briefly(&mut self, i: &Instruction, brief: Brief) {
        let value = self.get(i.a);
        let handler = (i.c != 0).then(|| self.get(i.b));
        let e = &mut self.e;
        let quiet = e.load_core(LAYOUT.window_limit);
        e.go_unless(quiet, brief.undone);
        if let Some(handler) = handler {
            e.store(handler, brief.top, -24);
        }
        let point = e.address(Symbol::Word(i.at + 2));
        e.store(point, brief.top, -8);
        let (done, fuel) = (e.window(), e.fuel());
        let left = e.b.ins().iadd_imm_s(fuel, -1);
        e.b.ins().return_(&[value, done, left]);
    }

    /// In a brief clause, where nothing has happened.
    pub(crate) fn undone(&self) -> Option<Block> {
        self.brief.map(|brief| brief.undone)
    }
}
