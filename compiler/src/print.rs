//! Definitions of a codebase as text, for those whose source is not kept.

use base::Name;
use check::Environment;
use hash::Object;
use kernel::DefId;

/// A member of a component as it could have been written; none if the object has no such member.
pub fn text_of(name: &Name, object: &Object, index: u32, env: &(dyn Environment + Sync)) -> Option<String> {
    crate::on_compiler_stack(|| {
        if let Some(terms) = object.terms() {
            let id = DefId { component: object.hash(), index };
            return Some(check::print_definition(name, id, terms.get(index as usize)?, env));
        }
        let declarations = object.declarations()?;
        Some(check::print_declaration(name, declarations.get(index as usize)?, env))
    })
}
