//! The shortest way to write what most instructions need: words, addresses, jumps.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I64};
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, ExternalName, GlobalValueData, InstBuilder, MemFlagsData, SigRef, Signature,
    UserExternalName, Value,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, Variable};
use machine::native::{Helper, LAYOUT, Symbol};

/// Helpers in the order of their numbers in names.
const HELPERS: [Helper; 15] = [
    Helper::Enter,
    Helper::Halt,
    Helper::Alloc,
    Helper::Char,
    Helper::Blob,
    Helper::LoadConstant,
    Helper::StoreConstant,
    Helper::Builtin,
    Helper::Element,
    Helper::Snoc,
    Helper::Cons,
    Helper::Drop,
    Helper::List,
    Helper::Return,
    Helper::Apply,
];

/// What a symbol is called.
pub(crate) fn name_of(symbol: Symbol) -> UserExternalName {
    let (namespace, index) = match symbol {
        Symbol::Word(at) => (0, at),
        Symbol::Code(at) => (1, at),
        Symbol::Point(number) => (2, number),
        Symbol::Helper(helper) => (3, helper as u32),
    };
    UserExternalName { namespace, index }
}

/// What a name stands for.
pub(crate) fn symbol_of(name: &UserExternalName) -> Option<Symbol> {
    Some(match name.namespace {
        0 => Symbol::Word(name.index),
        1 => Symbol::Code(name.index),
        2 => Symbol::Point(name.index),
        3 => Symbol::Helper(*HELPERS.get(name.index as usize)?),
        _ => return None,
    })
}

/// Where the code is written, with the words that every place has.
pub(crate) struct Emitter<'a> {
    pub(crate) b: FunctionBuilder<'a>,
    pub(crate) core: Value,
    /// The window of the running function.
    pub(crate) win: Variable,
    pub(crate) fuel: Variable,
    /// Of code of either tier.
    pub(crate) code_signature: SigRef,
    /// Of machine code that gets a result.
    pub(crate) result_signature: SigRef,
    pub(crate) c_convention: CallConv,
}

fn trusted() -> MemFlagsData {
    MemFlagsData::trusted()
}

/// The signature of code of either tier, with so many arguments: four, or five where it gets a result.
pub(crate) fn code_signature(arguments: usize) -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    signature.params = vec![AbiParam::new(I64); arguments];
    signature
}

impl Emitter<'_> {
    pub(crate) fn word(&mut self, word: u64) -> Value {
        self.b.ins().iconst(I64, word as i64)
    }

    pub(crate) fn address(&mut self, symbol: Symbol) -> Value {
        let name = self.b.func.declare_imported_user_function(name_of(symbol));
        let data =
            GlobalValueData::Symbol { name: ExternalName::user(name), offset: 0.into(), colocated: false, tls: false };
        let global = self.b.func.create_global_value(data);
        self.b.ins().symbol_value(I64, global)
    }

    pub(crate) fn load(&mut self, from: Value, offset: i32) -> Value {
        self.b.ins().load(I64, trusted(), from, offset)
    }

    /// Four bytes.
    pub(crate) fn load_half(&mut self, from: Value, offset: i32) -> Value {
        self.b.ins().uload32(trusted(), from, offset)
    }

    pub(crate) fn load_byte(&mut self, from: Value, offset: i32) -> Value {
        self.b.ins().load(I8, trusted(), from, offset)
    }

    pub(crate) fn store(&mut self, word: Value, to: Value, offset: i32) {
        self.b.ins().store(trusted(), word, to, offset);
    }

    pub(crate) fn window(&mut self) -> Value {
        self.b.use_var(self.win)
    }

    pub(crate) fn fuel(&mut self) -> Value {
        self.b.use_var(self.fuel)
    }

    pub(crate) fn compare(&mut self, how: IntCC, a: Value, b: Value) -> Value {
        self.b.ins().icmp(how, a, b)
    }

    pub(crate) fn compare_word(&mut self, how: IntCC, a: Value, word: u64) -> Value {
        self.b.ins().icmp_imm_s(how, a, word as i64)
    }

    /// A truth value as a raw word.
    pub(crate) fn widened(&mut self, truth: Value) -> Value {
        self.b.ins().uextend(I64, truth)
    }

    /// Goes on in one of two blocks.
    pub(crate) fn branch(&mut self, on: Value, yes: Block, no: Block) {
        self.b.ins().brif(on, yes, &[], no, &[]);
    }

    pub(crate) fn jump(&mut self, to: Block) {
        self.b.ins().jump(to, &[]);
    }

    pub(crate) fn jump_with(&mut self, to: Block, word: Value) {
        self.b.ins().jump(to, &[BlockArg::Value(word)]);
    }

    pub(crate) fn block(&mut self) -> Block {
        self.b.create_block()
    }

    pub(crate) fn cold_block(&mut self) -> Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }

    pub(crate) fn at(&mut self, block: Block) {
        self.b.switch_to_block(block);
    }

    /// A block that gets a word.
    pub(crate) fn block_of_word(&mut self) -> (Block, Value) {
        let block = self.b.create_block();
        let word = self.b.append_block_param(block, I64);
        (block, word)
    }

    /// Goes on with `then` if it holds, else leaves by what `otherwise` writes.
    pub(crate) fn unless(&mut self, holds: Value, otherwise: impl FnOnce(&mut Self)) {
        let (on, out) = (self.block(), self.cold_block());
        self.branch(holds, on, out);
        self.at(out);
        otherwise(self);
        self.at(on);
    }

    /// Calls a function of the machine; its result, if it has one.
    pub(crate) fn call(&mut self, helper: Helper, args: &[Value]) -> Value {
        let mut signature = Signature::new(self.c_convention);
        signature.params = vec![AbiParam::new(I64); args.len()];
        signature.returns = vec![AbiParam::new(I64)];
        let signature = self.b.import_signature(signature);
        let address = self.address(Symbol::Helper(helper));
        let call = self.b.ins().call_indirect(signature, address, args);
        self.b.inst_results(call)[0]
    }

    /// Goes on at a place of either tier.
    pub(crate) fn go_on(&mut self, pc: Value, win: Value) {
        let code = self.load(pc, 0);
        let fuel = self.fuel();
        let args = [pc, win, self.core, fuel];
        self.b.ins().return_call_indirect(self.code_signature, code, &args);
    }

    /// Returns a result to machine code.
    pub(crate) fn give_back(&mut self, pc: Value, result: Value) {
        let code = self.load(pc, 0);
        let (win, fuel) = (self.window(), self.fuel());
        let args = [pc, win, self.core, fuel, result];
        self.b.ins().return_call_indirect(self.result_signature, code, &args);
    }

    /// Goes on in the interpreter, at the instruction of this number.
    pub(crate) fn leave(&mut self, at: u32) {
        let pc = self.address(Symbol::Code(at));
        let win = self.window();
        self.go_on(pc, win);
    }

    /// The code stops: the core says why.
    pub(crate) fn halt(&mut self) {
        let (win, fuel) = (self.window(), self.fuel());
        self.call(Helper::Halt, &[self.core, win, fuel]);
        self.b.ins().return_(&[]);
    }

    /// Leaves by returning a result, where something is to do at that.
    pub(crate) fn return_slowly(&mut self, result: Value) {
        let (win, fuel) = (self.window(), self.fuel());
        let pc = self.call(Helper::Return, &[self.core, result, win, fuel]);
        let goes_on = self.compare_word(IntCC::NotEqual, pc, 0);
        self.unless(goes_on, |e| {
            e.b.ins().return_(&[]);
        });
        let win = self.load(self.core, LAYOUT.exchange);
        self.reload_fuel();
        self.go_on(pc, win);
    }

    /// A window above this one.
    pub(crate) fn window_above(&mut self, words: u32) -> Value {
        let win = self.window();
        self.b.ins().iadd_imm_s(win, 8 * i64::from(words))
    }

    /// The core's fuel, after something has changed it.
    pub(crate) fn reload_fuel(&mut self) {
        let fuel = self.load(self.core, LAYOUT.fuel);
        self.b.def_var(self.fuel, fuel);
    }
}
