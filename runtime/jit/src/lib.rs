//! Machine code for the machine's second tier, by Cranelift.
//!
//! [`Cranelift::generate`](machine::native::Generator::generate) makes one function of Cranelift's IR of the flat instructions of a function of the machine. Its entries are the beginning and every point at which
//! something returns to it; registers of the window are values between two safepoints, and only what a frame keeps is stored at a call. What is rare leaves to the interpreter, at the same
//! instruction.
//!
//! **Invariant:** performs nothing: bytes come out, which `machine` puts into memory and runs. An instruction that is not known here keeps its function in the first tier.
#![deny(unsafe_code)]

mod arithmetic;
mod builtins;
mod cache;
mod calls;
mod data;
mod emit;
mod function;
mod lists;
mod memory;

pub use cache::{Records, Remembering};

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable, Flags};
use cranelift_codegen::{Context, FinalizedRelocTarget, ir};
use cranelift_frontend::FunctionBuilderContext;
use machine::native::{Generator, Object, Relocation, Source};

/// Instructions of a function that is compiled, at most: what is longer takes long to compile, and runs once.
const INSTRUCTIONS_MAX: usize = 5_000;
/// Bytes of the native stack that a function may take: it runs wherever the interpreter does.
const FRAME_BYTES_MAX: u32 = 16 << 10;

/// Makes code for one kind of processor.
pub struct Cranelift {
    isa: OwnedTargetIsa,
}

impl Cranelift {
    /// For the processor that this runs on; `None` where machine code cannot be run.
    pub fn host() -> Option<Cranelift> {
        if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
            return None;
        }
        Some(Cranelift { isa: cranelift_native::builder().ok()?.finish(flags()).ok()? })
    }

    /// For another processor, to look at.
    #[cfg(feature = "arm64")]
    pub fn arm64() -> Cranelift {
        let builder = cranelift_codegen::isa::lookup_by_name("aarch64-linux-gnu").expect("it was built in");
        Cranelift { isa: builder.finish(flags()).expect("the flags are those of any processor") }
    }

    /// What code is made for: the processor, with what it can do, and how.
    fn description(&self) -> String {
        let features: Vec<String> = self.isa.isa_flags().iter().map(ToString::to_string).collect();
        format!("{} {} {}", self.isa.triple(), self.isa.flags(), features.join(" "))
    }

    fn compile(&self, source: &Source) -> Option<Object> {
        if source.instructions.len() > INSTRUCTIONS_MAX {
            return None;
        }
        let mut context = Context::new();
        function::translate(source, &mut context.func, &mut FunctionBuilderContext::new(), &*self.isa)?;
        let code = context.compile(&*self.isa, &mut ControlPlane::default()).ok()?;
        if code.buffer.frame_layout().is_some_and(|layout| layout.frame_to_fp_offset > FRAME_BYTES_MAX) {
            return None;
        }
        let bytes = code.code_buffer().to_vec();
        let names = context.func.params.user_named_funcs();
        let relocations = context.compiled_code()?.buffer.relocs().iter().map(|reloc| {
            let FinalizedRelocTarget::ExternalName(ir::ExternalName::User(name)) = reloc.target else { return None };
            let symbol = emit::symbol_of(&names[name])?;
            let whole = reloc.kind == cranelift_codegen::binemit::Reloc::Abs8 && reloc.addend == 0;
            whole.then_some(Relocation { offset: reloc.offset, symbol })
        });
        Some(Object { bytes, relocations: relocations.collect::<Option<_>>()? })
    }
}

#[expect(unsafe_code, reason = "vouches that the code does what the machine's instructions do, and nothing else")]
// SAFETY: each instruction is translated by a function of this crate that reads and writes what the interpreter's does; tests compare the two over random programs.
unsafe impl Generator for Cranelift {
    fn generate(&self, source: &Source) -> Option<Object> {
        self.compile(source)
    }
}

fn flags() -> Flags {
    let mut builder = settings::builder();
    let verify = if cfg!(debug_assertions) { "true" } else { "false" };
    let wanted = [
        ("opt_level", "speed"),
        // The convention for jumps between functions asks for it.
        ("preserve_frame_pointers", "true"),
        ("enable_verifier", verify),
        ("enable_probestack", "false"),
        ("unwind_info", "false"),
        ("enable_heap_access_spectre_mitigation", "false"),
        ("enable_table_access_spectre_mitigation", "false"),
    ];
    for (name, value) in wanted {
        builder.set(name, value).expect("every version has this setting");
    }
    Flags::new(builder)
}
