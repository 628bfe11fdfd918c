//! Declarations of types and abilities as text.

use super::WIDTH;
use super::types::Printer;
use crate::environment::Environment;
use crate::names::Names;
use crate::solver::Solver;
use crate::ty::{Scheme, Ty};
use base::Name;
use kernel::{Constructor, Declaration, DeclarationKind, Identity};
use prettyless::RcDoc;

/// A declaration under a name. A record is shown as the constructor that it has.
pub fn print_declaration(name: &Name, declaration: &Declaration, env: &dyn Environment) -> String {
    let (names, solver) = (Names::new(env), Solver::new());
    let mut printer = Printer::new(&names, &solver);
    let params = printer.parameters(declaration);
    let sort = match declaration.identity {
        Identity::Structural => "structural ",
        Identity::Unique(_) => "",
    };
    let word = match declaration.kind {
        DeclarationKind::Type => "type",
        DeclarationKind::Ability => "ability",
    };
    let head = std::iter::once(format!("{sort}{word} {name}")).chain(params).collect::<Vec<_>>().join(" ");
    match declaration.kind {
        DeclarationKind::Ability => {
            let operations = declaration.constructors.iter().map(|operation| operation_line(operation, &mut printer));
            format!("{head} where\n{}", operations.collect::<String>())
        }
        DeclarationKind::Type => {
            let constructors: Vec<String> = declaration
                .constructors
                .iter()
                .map(|constructor| constructor_text(constructor, &mut printer))
                .collect();
            data(head, constructors)
        }
    }
}

fn data(head: String, constructors: Vec<String>) -> String {
    if constructors.is_empty() {
        return format!("{head}\n");
    }
    let alternatives = constructors.into_iter().map(RcDoc::text);
    let body = RcDoc::intersperse(alternatives, RcDoc::line().append("| "));
    let doc = RcDoc::text(head).append(RcDoc::line().append("= ").append(body).nest(2)).group();
    format!("{}\n", doc.print(WIDTH))
}

fn constructor_text(constructor: &Constructor, printer: &mut Printer<'_>) -> String {
    let fields = constructor.fields().into_iter().map(|field| printer.argument(&Ty::from_kernel(field)));
    std::iter::once(constructor.name.to_string()).chain(fields).collect::<Vec<_>>().join(" ")
}

fn operation_line(operation: &Constructor, printer: &mut Printer<'_>) -> String {
    let scheme = Scheme { ty: Ty::from_kernel(&operation.ty), by_name: operation.by_name };
    let name = Name::new(operation.name.clone());
    let shown = if name.is_operator() { format!("({name})") } else { name.to_string() };
    format!("  {shown} : {}\n", printer.within(|printer| printer.scheme(&scheme)))
}
