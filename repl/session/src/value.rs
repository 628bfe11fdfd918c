//! Values as a user reads them: `Some 3`, `[(1, "a")]`, `?x`, `+5`, `0xs00ff`.

use builtin::{BuiltinType, TypeSort};
use kernel::{Declaration, TypeRef};
use machine::Datum;
use std::fmt::Write;
use std::sync::Arc;

/// Says what a type was declared as, so that constructors have names.
pub type Declarations<'a> = &'a dyn Fn(TypeRef) -> Option<Arc<Declaration>>;

/// The value as source text, where it has one; functions show as `<function>`.
pub fn show(value: &Datum, declarations: Declarations<'_>) -> String {
    let mut printer = Printer { out: String::new(), declarations };
    printer.value(value, false);
    printer.out
}

pub fn is_unit(value: &Datum) -> bool {
    *value == Datum::unit()
}

/// Recursion is bounded: a [`Datum`] nests at most `Datum::DEPTH_MAX` deep.
struct Printer<'a> {
    out: String,
    declarations: Declarations<'a>,
}

impl Printer<'_> {
    /// `argument`: stands where an application would need parentheses.
    fn value(&mut self, value: &Datum, argument: bool) {
        match value {
            Datum::Nat(n) => self.text(&n.to_string()),
            Datum::Int(n) => self.text(&format!("{n:+}")),
            Datum::Float(x) => self.text(&float(*x)),
            Datum::Char(c) => self.text(&format!("?{}", char_text(*c))),
            Datum::Boolean(b) => self.text(if *b { "true" } else { "false" }),
            Datum::Text(text) => self.text(&quoted(text)),
            Datum::Bytes(bytes) => self.bytes(bytes),
            Datum::List(elements) => self.sequence("[", elements, "]"),
            Datum::Constructed(ty, constructor, fields) => self.constructed(*ty, *constructor, fields, argument),
            Datum::TermLink(_) => self.text("<term link>"),
            Datum::TypeLink(_) => self.text("<type link>"),
            Datum::Row(_) => self.text("<row>"),
            Datum::Opaque(_) => self.text("<function>"),
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.text("0xs");
        for byte in bytes {
            write!(self.out, "{byte:02x}").expect("writing to a string cannot fail");
        }
    }

    fn sequence(&mut self, open: &str, elements: &[Datum], close: &str) {
        self.text(open);
        for (i, element) in elements.iter().enumerate() {
            self.text(if i == 0 { "" } else { ", " });
            self.value(element, false);
        }
        self.text(close);
    }

    fn constructed(&mut self, ty: TypeRef, constructor: u32, fields: &[Datum], argument: bool) {
        match ty {
            TypeRef::Builtin(BuiltinType::Tuple(_)) => return self.sequence("(", fields, ")"),
            TypeRef::Builtin(builtin) if matches!(builtin.spec().sort, TypeSort::Hidden(_)) => {
                return self.text(&format!("<{}>", builtin.spec().name));
            }
            _ => {}
        }
        let declaration = (self.declarations)(ty);
        let named = declaration.as_ref().and_then(|d| d.constructors.get(constructor as usize));
        let name = named.map_or_else(|| format!("<constructor {constructor}>"), |c| c.name.to_string());
        let parentheses = argument && !fields.is_empty();
        self.text(if parentheses { "(" } else { "" });
        self.text(&name);
        for field in fields {
            self.text(" ");
            self.value(field, true);
        }
        self.text(if parentheses { ")" } else { "" });
    }
}

/// Always with a point or an exponent, so that it reads back as a float.
fn float(x: f64) -> String {
    let text = format!("{x:?}");
    if text.contains("inf") || text.contains("NaN") { text.replace("inf", "Infinity") } else { text }
}

fn quoted(text: &str) -> String {
    let escaped: String = text.chars().map(|c| if c == '"' { "\\\"".to_string() } else { char_text(c) }).collect();
    format!("\"{escaped}\"")
}

fn char_text(c: char) -> String {
    match c {
        '\n' => "\\n".into(),
        '\t' => "\\t".into(),
        '\r' => "\\r".into(),
        '\\' => "\\\\".into(),
        '\0' => "\\0".into(),
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &Datum) -> String {
        show(value, &|ty| match ty {
            TypeRef::Builtin(ty) => kernel::builtins::declaration(ty),
            _ => None,
        })
    }

    #[test]
    fn values_read_as_source() {
        let some = |value| Datum::builtin(BuiltinType::Optional, 1, vec![value]);
        let nested = some(some(Datum::Int(-3)));
        let pair = Datum::tuple(vec![Datum::text("a\"\n"), Datum::List(vec![nested, Datum::Float(1.0)])]);
        assert_eq!(shown(&pair), r#"("a\"\n", [Some (Some -3), 1.0])"#);
        assert_eq!(shown(&Datum::Bytes(Arc::from([0u8, 255]))), "0xs00ff");
        assert_eq!(shown(&Datum::builtin(BuiltinType::Optional, 0, Vec::new())), "None");
        assert_eq!(shown(&Datum::builtin(BuiltinType::Cluster, 0, vec![Datum::Nat(0)])), "<Cluster>");
        assert!(is_unit(&Datum::unit()) && shown(&Datum::unit()) == "()");
    }
}
