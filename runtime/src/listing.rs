//! What becomes of a definition, as text: for those who want to know why it is fast, or slow.

use base::Hash;
use hash::Object;
use ir::{CodeId, Verified};
use kernel::DefId;
use machine::{Machine, Missing};
use node::loader::{Loader, Obstacle};
use std::collections::BTreeSet;

/// What code looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// What the machine is given: the same on every node.
    Ir,
    /// What the machine's second tier makes of it here.
    Assembly,
}

/// Why there is no listing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListingError {
    /// This is needed in order to lower the definition, and is not there.
    Absent(Hash),
    /// The definition cannot be lowered: why.
    Refused(String),
    /// This build makes no machine code for this processor.
    NoMachineCode,
}

/// The code of a definition, then that of its lambdas and of their clauses. `read` gives the components that are there.
pub fn listing(id: DefId, form: Form, read: &mut dyn FnMut(&Hash) -> Option<Object>) -> Result<String, ListingError> {
    let (mut loader, mut absent, machine) = (Loader::default(), BTreeSet::new(), Machine::new());
    loop {
        let listed = match form {
            Form::Ir => loader.functions(id, &absent).map(|functions| Ok(ir_text(&functions))),
            Form::Assembly => defined(&loader, &machine, id, &absent).map(|functions| assembly(&machine, &functions)),
        };
        match listed {
            Ok(text) => return text,
            Err(Obstacle::Lacks(hashes)) => {
                for hash in hashes {
                    match read(&hash) {
                        Some(object) => loader.add(&object),
                        None => drop(absent.insert(hash)),
                    }
                }
            }
            Err(Obstacle::Absent(hash)) => return Err(ListingError::Absent(hash)),
            Err(Obstacle::Refused(why)) => return Err(ListingError::Refused(why)),
        }
    }
}

fn ir_text(functions: &[Verified]) -> String {
    let texts: Vec<String> = functions.iter().map(|function| function.function().to_string()).collect();
    texts.join("\n")
}

/// The functions of a definition, which the machine knows.
fn defined(loader: &Loader, machine: &Machine, id: DefId, absent: &BTreeSet<Hash>) -> Result<Vec<Verified>, Obstacle> {
    let functions = loader.functions(id, absent)?;
    loader.define(machine, Missing::Code(CodeId { def: id, lambda: 0 }), absent)?;
    Ok(functions)
}

#[cfg(feature = "jit")]
fn assembly(machine: &Machine, functions: &[Verified]) -> Result<String, ListingError> {
    let cranelift = ::jit::Cranelift::host().ok_or(ListingError::NoMachineCode)?;
    let texts = functions.iter().map(|function| {
        let ir = function.function().to_string();
        let head = ir.lines().next().unwrap_or_default();
        let source = machine.source(function.function().id).expect("it was defined");
        match cranelift.listing(&source) {
            Some(code) => format!("{head}\n{code}"),
            None => format!("{head}\n  stays in the interpreter\n"),
        }
    });
    Ok(texts.collect::<Vec<_>>().join("\n"))
}

#[cfg(not(feature = "jit"))]
fn assembly(_: &Machine, _: &[Verified]) -> Result<String, ListingError> {
    Err(ListingError::NoMachineCode)
}
