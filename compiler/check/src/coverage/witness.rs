//! Values that no case takes, as a person would write them.

use super::shape::{Head, Shape};
use crate::names::Names;
use crate::print::literals;
use crate::problem::Missing;
use builtin::BuiltinType;
use kernel::TypeRef;

/// How many are shown.
pub(super) const SHOWN_MAX: usize = 3;

/// An example of a value, and a pattern for all that are missing with it.
pub(super) fn missing(value: &Shape, names: &Names) -> Missing {
    Missing {
        value: Writer { names, exactly: true }.text(value, false),
        pattern: Writer { names, exactly: false }.text(value, false),
    }
}

struct Writer<'n> {
    names: &'n Names<'n>,
    /// One value, not a pattern for others like it.
    exactly: bool,
}

impl Writer<'_> {
    fn text(&self, value: &Shape, nested: bool) -> String {
        let Shape::Of(head, fields) = value else { return "_".to_string() };
        let texts = |nested: bool| fields.iter().map(|field| self.text(field, nested)).collect::<Vec<_>>();
        match head {
            Head::Constructor(TypeRef::Builtin(BuiltinType::Tuple(_)), _) => format!("({})", texts(false).join(", ")),
            Head::Constructor(ty, index) => {
                let text = [vec![self.member_name(*ty, *index)], texts(true)].concat().join(" ");
                if nested && !fields.is_empty() { format!("({text})") } else { text }
            }
            Head::Literal(literal) => literals::text(literal),
            Head::OtherLiteral(literal) if self.exactly => literals::text(literal),
            Head::OtherLiteral(_) => "_".to_string(),
            Head::Longer(_) if !self.exactly => {
                let text = match &fields[..] {
                    [one] => format!("{} +: _", self.text(one, true)),
                    _ => format!("[{}] ++ _", texts(false).join(", ")),
                };
                if nested { format!("({text})") } else { text }
            }
            Head::Length(_) | Head::Longer(_) => format!("[{}]", texts(false).join(", ")),
            Head::Pure => format!("{{ {} }}", texts(false).join(" ")),
            Head::Request(ability, operation) => {
                let mut texts = texts(true);
                let resume = texts.pop().unwrap_or_default();
                let name = self.member_name(*ability, *operation);
                format!("{{ {} -> {resume} }}", [vec![name], texts].concat().join(" "))
            }
        }
    }

    /// With its type's name in front where others are called so.
    fn member_name(&self, ty: TypeRef, index: u32) -> String {
        let declaration = self.names.declaration(ty);
        let member = declaration.as_ref().and_then(|declaration| declaration.constructors.get(index as usize));
        let Some(member) = member else { return "_".to_string() };
        match self.names.is_only_constructor(&member.name, ty) {
            true => member.name.to_string(),
            false => format!("{}.{}", self.names.type_text(ty), member.name),
        }
    }
}
