//! Machine code for the machine's second tier, by Cranelift.
//!
//! [`Cranelift::generate`](machine::native::Generator::generate) makes one function of Cranelift's IR of the flat instructions of a function of the machine. Its entries are the beginning and every point at which
//! something returns to it; registers of the window are values between two safepoints, and only what a frame keeps is stored at a call. What is rare leaves to the interpreter, at the same
//! instruction.
//!
//! **Invariant:** performs nothing: bytes come out, which `machine` puts into memory and runs. An instruction that is not known here keeps its function in the first tier.
#![deny(unsafe_code)]

mod arithmetic;
mod brief;
mod builtins;
mod cache;
mod calls;
mod data;
mod emit;
mod function;
mod handlers;
mod lists;
mod memory;
mod mutable;
mod walks;

pub use cache::{Records, Remembering};

use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable, Flags};
use cranelift_codegen::{Context, FinalizedMachReloc, FinalizedRelocTarget, ir};
use cranelift_frontend::FunctionBuilderContext;
use function::Part;
use machine::native::{Generator, Object, Relocation, Source};

/// Instructions of a function that is compiled, at most: what is longer takes long to compile, and runs once.
const INSTRUCTIONS_MAX: usize = 5_000;
/// Bytes of the native stack that a function may take: it runs wherever the interpreter does.
const FRAME_BYTES_MAX: u32 = 16 << 10;
/// Code begins at multiples of so many bytes.
const CODE_ALIGN: usize = 16;

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

    /// The code of a function as text; `None` if it stays in the first tier.
    pub fn listing(&self, source: &Source) -> Option<String> {
        let mut text = self.listed(source, Part::Whole)?;
        if source.is_brief {
            text += "  without being on the stack:\n";
            text += &self.listed(source, Part::Brief)?;
        }
        Some(text)
    }

    fn listed(&self, source: &Source, part: Part) -> Option<String> {
        let mut context = Context::new();
        context.set_disasm(true);
        self.translate((source, part), &mut context)?;
        let code = context.compile(&*self.isa, &mut ControlPlane::default()).ok()?;
        let text = code.vcode.clone()?;
        Some(text.lines().map(|line| format!("  {}", line.trim_end()).trim_end().to_string() + "\n").collect())
    }

    fn translate(&self, (source, part): (&Source, Part), context: &mut Context) -> Option<()> {
        if source.instructions.len() > INSTRUCTIONS_MAX {
            return None;
        }
        function::translate((source, part), &mut context.func, &mut FunctionBuilderContext::new(), &*self.isa)
    }

    fn compile(&self, source: &Source) -> Option<Object> {
        let mut object = self.compile_part(source, Part::Whole)?;
        if source.is_brief {
            let brief = self.compile_part(source, Part::Brief)?;
            object.bytes.resize(object.bytes.len().next_multiple_of(CODE_ALIGN), 0);
            let offset = object.bytes.len() as u32;
            object.bytes.extend_from_slice(&brief.bytes);
            let moved = |relocation: Relocation| Relocation { offset: relocation.offset + offset, ..relocation };
            object.relocations.extend(brief.relocations.into_iter().map(moved));
            object.brief = Some(offset);
        }
        Some(object)
    }

    fn compile_part(&self, source: &Source, part: Part) -> Option<Object> {
        let mut context = Context::new();
        self.translate((source, part), &mut context)?;
        let code = context.compile(&*self.isa, &mut ControlPlane::default()).ok()?;
        if code.buffer.frame_layout().is_some_and(|layout| layout.frame_to_fp_offset > FRAME_BYTES_MAX) {
            return None;
        }
        let mut bytes = code.code_buffer().to_vec();
        let names = context.func.params.user_named_funcs();
        let mut relocations = Vec::new();
        for reloc in context.compiled_code()?.buffer.relocs() {
            let FinalizedRelocTarget::ExternalName(ir::ExternalName::User(name)) = reloc.target else { return None };
            if names[name] == emit::SELF {
                call_beginning(&mut bytes, reloc)?;
                continue;
            }
            let symbol = emit::symbol_of(&names[name])?;
            if reloc.kind != Reloc::Abs8 || reloc.addend != 0 {
                return None;
            }
            relocations.push(Relocation { offset: reloc.offset, symbol });
        }
        Some(Object { bytes, relocations, brief: None })
    }
}

#[expect(unsafe_code, reason = "vouches that the code does what the machine's instructions do, and nothing else")]
// SAFETY: each instruction is translated by a function of this crate that reads and writes what the interpreter's does; tests compare the two over random programs.
unsafe impl Generator for Cranelift {
    fn generate(&self, source: &Source) -> Option<Object> {
        self.compile(source)
    }
}

/// Leads a call to the beginning of the code that it is in.
fn call_beginning(bytes: &mut [u8], call: &FinalizedMachReloc) -> Option<()> {
    let at = call.offset as usize;
    let place: &mut [u8; 4] = bytes.get_mut(at..at + 4)?.try_into().ok()?;
    let distance = i32::try_from(call.addend - at as i64).ok()?;
    *place = match call.kind {
        Reloc::X86CallPCRel4 => distance.to_le_bytes(),
        // In words, in the low 26 bits.
        Reloc::Arm64Call => (u32::from_le_bytes(*place) | (distance >> 2) as u32 & 0x03ff_ffff).to_le_bytes(),
        _ => return None,
    };
    Some(())
}

fn flags() -> Flags {
    let mut builder = settings::builder();
    let verify = if cfg!(debug_assertions) { "true" } else { "false" };
    let wanted = [
        ("opt_level", "speed"),
        // The convention for jumps between functions asks for it.
        ("preserve_frame_pointers", "true"),
        ("enable_verifier", verify),
        // The core is in it.
        ("enable_pinned_reg", "true"),
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
