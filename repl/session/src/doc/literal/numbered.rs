//! The pieces of code in a document, in the order in which `Doc.values` gives them.

use builtin::BuiltinType;
use kernel::TypeRef;
use machine::Datum;

/// Puts its number in the place of each function that waits in a document. Gives how many there are.
///
/// Recurses as deep as a datum nests.
pub fn number(datum: &mut Datum) -> usize {
    let mut count = 0;
    walk(datum, &mut count);
    count
}

fn walk(datum: &mut Datum, count: &mut usize) {
    match datum {
        // The values of other code may be anything.
        Datum::Constructed(TypeRef::Builtin(BuiltinType::Any), ..) => {}
        // The text of code that is evaluated, and its value.
        Datum::Constructed(_, _, fields) if matches!(fields.as_slice(), [Datum::Text(_), Datum::Opaque(_)]) => {
            fields[1] = Datum::Nat(*count as u64);
            *count += 1;
        }
        Datum::Constructed(_, _, fields) => fields.iter_mut().for_each(|field| walk(field, count)),
        Datum::List(elements) => elements.iter_mut().for_each(|element| walk(element, count)),
        _ => {}
    }
}
