//! What a test says: the values that count as results of tests.

use super::names;
use super::tried::Input;
use crate::workspace::Workspace;
use base::{Diagnostic, Name};
use builtin::BuiltinType;
use check::{CheckedType, CheckedWatch, Environment, print_signature};
use kernel::{Signature, Type, TypeRef};
use machine::{Datum, Portable, portable};

/// One result of a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    pub is_ok: bool,
    pub text: String,
    /// What it was tried on, as far as that is known: only of failures.
    pub inputs: Vec<Input>,
}

impl Said {
    /// Whether a test that said this has passed. One that says nothing has tried nothing.
    pub fn passed(said: &[Said]) -> bool {
        !said.is_empty() && said.iter().all(|said| said.is_ok)
    }
}

/// Of which type a test is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// `[test.Result]`
    Results,
    /// `test.Result`
    Result,
    /// `Boolean`
    Boolean,
}

/// The library's name for what a test says.
const RESULT: &str = "test.Result";

/// Parts of a value that are read: far more than anyone reads.
const ITEMS_MAX: u64 = 1_000_000;

pub(crate) fn form(workspace: &Workspace, signature: &Signature) -> Option<Form> {
    let is_result = |ty: &Type| matches!(ty, Type::Ref(ty) if Some(*ty) == result_type(workspace));
    match signature.ty.unapply() {
        (Type::Ref(TypeRef::Builtin(BuiltinType::Boolean)), args) if args.is_empty() => Some(Form::Boolean),
        (Type::Ref(TypeRef::Builtin(BuiltinType::List)), args) => {
            matches!(args[..], [element] if is_result(element)).then_some(Form::Results)
        }
        (head, args) => (args.is_empty() && is_result(head)).then_some(Form::Result),
    }
}

fn result_type(workspace: &Workspace) -> Option<TypeRef> {
    let named = workspace.environment.library().types_by_suffix(&Name::new(RESULT));
    named.into_iter().find(|(name, _)| name.as_str() == RESULT).map(|(_, reference)| reference)
}

/// What is wrong with a test of another type.
pub(crate) fn no_test(watch: &CheckedWatch, workspace: &Workspace, types: &[CheckedType]) -> Option<Diagnostic> {
    if form(workspace, &watch.signature).is_some() {
        return None;
    }
    let ty = print_signature(&watch.signature, &names(workspace, types, &[]));
    let diagnostic = Diagnostic::new("U0703", "a test has to say whether it has passed")
        .label(watch.span, format!("this is of type {ty}"))
        .reason("A test is of type [test.Result], test.Result or Boolean.")
        .hint("Write `test.expectEqual expected actual`, `test.check condition`, or `test.verify do ..`.");
    Some(diagnostic)
}

/// Reads the value of a test.
pub(crate) fn said(workspace: &Workspace, form: Form, value: &Portable) -> Vec<Said> {
    let unread =
        || vec![Said { is_ok: false, text: "it has more results than can be read".to_string(), inputs: Vec::new() }];
    let Ok(value) = portable::to_datum(value, ITEMS_MAX) else { return unread() };
    match (form, value) {
        (Form::Boolean, Datum::Boolean(is_ok)) => vec![Said { is_ok, text: is_ok.to_string(), inputs: Vec::new() }],
        (Form::Result, value) => result(workspace, value).map_or_else(unread, |said| vec![said]),
        (Form::Results, Datum::List(values)) => {
            let said: Option<Vec<Said>> = values.into_iter().map(|value| result(workspace, value)).collect();
            said.unwrap_or_else(unread)
        }
        _ => unread(),
    }
}

fn result(workspace: &Workspace, value: Datum) -> Option<Said> {
    let Datum::Constructed(ty, index, fields) = value else { return None };
    let declaration = workspace.environment.declaration(ty)?;
    let is_ok = &*declaration.constructors.get(index as usize)?.name == "Ok";
    match fields.into_iter().next() {
        Some(Datum::Text(text)) => Some(Said { is_ok, text: text.to_string(), inputs: Vec::new() }),
        _ => None,
    }
}
