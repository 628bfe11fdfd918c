//! The shortest way to write what most instructions need: words, addresses, jumps.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, ExtFuncData, ExternalName, GlobalValueData, Inst, InstBuilder, MemFlagsData, SigRef,
    Signature, UserExternalName, Value,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, Variable};
use machine::native::{Helper, LAYOUT, Symbol};

/// Helpers in the order of their numbers in names.
const HELPERS: [Helper; 26] = [
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
    Helper::Remember,
    Helper::Return,
    Helper::Apply,
    Helper::Perform,
    Helper::ApplyAny,
    Helper::Handle,
    Helper::TailHandle,
    Helper::Renew,
    Helper::Resume,
    Helper::Detach,
    Helper::Leave,
    Helper::Stop,
    Helper::Give,
];

/// What a function is called in itself.
pub(crate) const SELF: UserExternalName = UserExternalName { namespace: 4, index: 0 };

/// What a symbol is called.
pub(crate) fn name_of(symbol: Symbol) -> UserExternalName {
    let (namespace, index) = match symbol {
        Symbol::Word(at) => (0, at),
        Symbol::Code(at) => (1, at),
        Symbol::Point(number) => (2, number),
        Symbol::Helper(helper) => (3, helper as u32),
        Symbol::Site(number) => (6, number),
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
        6 => Symbol::Site(name.index),
        _ => return None,
    })
}

/// Where the code is written, with the words that every place has.
pub(crate) struct Emitter<'a> {
    pub(crate) b: FunctionBuilder<'a>,
    /// The window of the running function.
    pub(crate) win: Variable,
    pub(crate) fuel: Variable,
    /// Of code of either tier.
    pub(crate) code_signature: SigRef,
    /// Of machine code.
    pub(crate) native_signature: SigRef,
    pub(crate) c_convention: CallConv,
}

fn trusted() -> MemFlagsData {
    MemFlagsData::trusted()
}

/// Arguments of a call of machine code that do not stand in the window.
pub(crate) const PASSED: usize = 3;

/// The signature of code of either tier, with four arguments, or of machine code, with six.
pub(crate) fn code_signature(arguments: usize) -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    signature.params = vec![AbiParam::new(I64); arguments];
    signature.returns = vec![AbiParam::new(I64); 3];
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

    pub(crate) fn store(&mut self, word: Value, to: Value, offset: i32) {
        self.b.ins().store(trusted(), word, to, offset);
    }

    pub(crate) fn core(&mut self) -> Value {
        self.b.ins().get_pinned_reg(I64)
    }

    pub(crate) fn load_core(&mut self, offset: i32) -> Value {
        let core = self.core();
        self.load(core, offset)
    }

    pub(crate) fn store_core(&mut self, word: Value, offset: i32) {
        let core = self.core();
        self.store(word, core, offset);
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

    /// Goes on here if it holds, else in the block.
    pub(crate) fn go_unless(&mut self, holds: Value, otherwise: Block) {
        let on = self.block();
        self.branch(holds, on, otherwise);
        self.at(on);
    }

    /// A block that gets several words.
    pub(crate) fn block_of_words<const N: usize>(&mut self) -> (Block, [Value; N]) {
        let block = self.b.create_block();
        (block, std::array::from_fn(|_| self.b.append_block_param(block, I64)))
    }

    pub(crate) fn jump_with_words(&mut self, to: Block, words: &[Value]) {
        let words: Vec<BlockArg> = words.iter().map(|word| BlockArg::Value(*word)).collect();
        self.b.ins().jump(to, &words);
    }

    /// Goes on with `then` if it holds, else leaves by what `otherwise` writes.
    pub(crate) fn unless(&mut self, holds: Value, otherwise: impl FnOnce(&mut Self)) {
        let (on, out) = (self.block(), self.cold_block());
        self.branch(holds, on, out);
        self.at(out);
        otherwise(self);
        self.at(on);
    }

    /// Calls a function of the machine with the core and more; its result, if it has one.
    pub(crate) fn call(&mut self, helper: Helper, more: &[Value]) -> Value {
        let mut args = vec![self.core()];
        args.extend(more);
        self.call_plainly(helper, &args)
    }

    /// Calls a function of the machine; its result, if it has one.
    pub(crate) fn call_plainly(&mut self, helper: Helper, args: &[Value]) -> Value {
        let mut signature = Signature::new(self.c_convention);
        signature.params = vec![AbiParam::new(I64); args.len()];
        signature.returns = vec![AbiParam::new(I64)];
        let signature = self.b.import_signature(signature);
        let address = self.address(Symbol::Helper(helper));
        let call = self.b.ins().call_indirect(signature, address, args);
        self.b.inst_results(call)[0]
    }

    /// Goes on at a place of either tier, without those that wait on the native stack.
    pub(crate) fn go_on(&mut self, pc: Value, win: Value) {
        let leave = self.address(Symbol::Helper(Helper::Leave));
        let args = [pc, win, self.core(), self.fuel()];
        self.b.ins().return_call_indirect(self.code_signature, leave, &args);
    }

    /// Stops, which the core knows.
    pub(crate) fn stop(&mut self) {
        let stop = self.address(Symbol::Helper(Helper::Stop));
        let core = self.core();
        self.b.ins().return_call_indirect(self.code_signature, stop, &[core, core, core, core]);
    }

    /// Gives a result to the function that has called this one.
    pub(crate) fn give(&mut self, result: Value) {
        let results = [result, self.window(), self.fuel()];
        self.b.ins().return_(&results);
    }

    /// Gives a result to the frame below the window, without those that wait on the native stack.
    pub(crate) fn give_below(&mut self, result: Value) {
        let give = self.address(Symbol::Helper(Helper::Give));
        let args = [result, self.window(), self.core(), self.fuel()];
        self.b.ins().return_call_indirect(self.code_signature, give, &args);
    }

    /// Calls machine code with a window above this one, and the first arguments; the result. The window is above its own still.
    pub(crate) fn call_code(&mut self, code: Value, above: Value, first: [Value; PASSED]) -> Value {
        let args = self.passed(above, first);
        let call = self.b.ins().call_indirect(self.native_signature, code, &args);
        self.take_results(call)
    }

    /// Calls a brief clause of the handler whose prompt ends at `top`: the result, and whether there is one. The window is still this one.
    pub(crate) fn call_briefly(
        &mut self,
        code: Value,
        (top, above): (Value, Value),
        first: [Value; PASSED],
    ) -> (Value, Value) {
        let [_, rest @ ..] = self.passed(above, first);
        let call = self.b.ins().call_indirect(self.native_signature, code, &[&[top], &rest[..]].concat());
        let [result, done, fuel] = *self.b.inst_results(call) else { unreachable!("the signature has so many") };
        self.b.def_var(self.fuel, fuel);
        (result, done)
    }

    /// As [`Emitter::call_code`], of the function itself.
    pub(crate) fn call_self(&mut self, above: Value, first: [Value; PASSED]) -> Value {
        let name = self.b.func.declare_imported_user_function(SELF);
        let (name, signature) = (ExternalName::user(name), self.native_signature);
        let function = ExtFuncData { name, signature, colocated: true, patchable: false };
        let function = self.b.import_function(function);
        let args = self.passed(above, first);
        let call = self.b.ins().call(function, &args);
        self.take_results(call)
    }

    fn passed(&mut self, win: Value, [first, second, third]: [Value; PASSED]) -> [Value; 6] {
        [self.word(0), win, third, self.fuel(), first, second]
    }

    fn take_results(&mut self, call: Inst) -> Value {
        let [result, win, fuel] = *self.b.inst_results(call) else { unreachable!("the signature has so many") };
        self.b.def_var(self.win, win);
        self.b.def_var(self.fuel, fuel);
        result
    }

    /// Becomes other machine code with the same window, and the first arguments.
    pub(crate) fn become_code(&mut self, code: Value, first: [Value; PASSED]) {
        let win = self.window();
        let args = self.passed(win, first);
        self.b.ins().return_call_indirect(self.native_signature, code, &args);
    }

    /// Goes on in the interpreter, at the instruction of this number.
    pub(crate) fn leave(&mut self, at: u32) {
        let pc = self.address(Symbol::Code(at));
        let win = self.window();
        self.go_on(pc, win);
    }

    /// The code stops at the instruction of this number: the core says why.
    pub(crate) fn halt(&mut self, at: u32) {
        let pc = self.address(Symbol::Code(at));
        let (win, fuel) = (self.window(), self.fuel());
        self.call(Helper::Halt, &[pc, win, fuel]);
        self.stop();
    }

    /// Leaves by returning a result, where something is to do at that.
    pub(crate) fn return_slowly(&mut self, result: Value) {
        let (win, fuel) = (self.window(), self.fuel());
        self.go_by(Helper::Return, &[result, win, fuel]);
    }

    /// Goes on where a function of the machine says.
    pub(crate) fn go_by(&mut self, helper: Helper, args: &[Value]) {
        let pc = self.call(helper, args);
        self.unless(pc, Emitter::stop);
        let win = self.load_core(LAYOUT.exchange);
        self.reload_fuel();
        self.go_on(pc, win);
    }

    /// Whether the stack has room for a window of so many words, and no safepoint has anything else to do.
    pub(crate) fn fits(&mut self, win: Value, words: u32) -> Value {
        let end = self.b.ins().iadd_imm_s(win, 8 * i64::from(words));
        let limit = self.load_core(LAYOUT.window_limit);
        self.compare(IntCC::UnsignedLessThanOrEqual, end, limit)
    }

    /// A window above this one.
    pub(crate) fn window_above(&mut self, words: u32) -> Value {
        let win = self.window();
        self.b.ins().iadd_imm_s(win, 8 * i64::from(words))
    }

    /// The core's fuel, after something has changed it.
    pub(crate) fn reload_fuel(&mut self) {
        let fuel = self.load_core(LAYOUT.fuel);
        self.b.def_var(self.fuel, fuel);
    }
}
