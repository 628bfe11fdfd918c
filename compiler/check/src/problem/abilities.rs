//! Abilities that are missing or misused.

use crate::ability::Origin;
use base::{Diagnostic, Name, Span};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AbilityProblem {
    /// Something at `span` needs abilities that are not available there.
    Missing { span: Span, abilities: String, available: String, origin: Origin, hint: MissingHint },
    /// `handle .. with h`, where the type of `h` does not say what it handles.
    UnknownHandled { span: Span, ty: String },
    /// A handler for an ability of the runtime.
    RuntimeHandled { span: Span, ability: String },
    /// An unquoted argument of a parameter that takes a computation is itself a delay.
    DelayArgument { span: Span, ty: String, text: String },
    /// Continuations that are called where nothing handles what they may request; `hint` says what to write.
    Unhandled { spans: Vec<Span>, name: Option<Name>, abilities: String, hint: String },
    /// What is started by `at'` needs an ability that no handler can answer there.
    Spawned { span: Span, ability: String },
}

/// What is to be done about abilities that are not available in a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MissingHint {
    /// This is its signature with them in it, if it has one.
    Signature(Option<String>),
    /// It is `main`, and nothing answers to them outside.
    Handle,
}

impl AbilityProblem {
    pub(crate) fn render(&self) -> Diagnostic {
        match self {
            AbilityProblem::Missing { span, abilities, available, origin, hint } => {
                missing(*span, abilities, available, *origin, hint)
            }
            AbilityProblem::UnknownHandled { span, ty } => {
                Diagnostic::new("U0402", "it is not known which abilities this handles")
                    .label(*span, format!("has type {ty}"))
                    .reason("A handler is a function of a `Request` whose abilities are known.")
                    .hint("Give the handler a signature such as `Request {Ask Nat} r -> r`.")
            }
            AbilityProblem::RuntimeHandled { span, ability } => {
                Diagnostic::new("U0403", format!("{ability} cannot be handled"))
                    .label(*span, "here")
                    .reason("`IO`, `Remote` and `Remote!` belong to the runtime, which performs them at the node where the code runs.")
                    .hint("Define an ability of your own, and handle that.")
            }
            AbilityProblem::DelayArgument { span, ty, text } => {
                Diagnostic::new("U0404", "it is not clear whether this delay is to be run or passed")
                    .label(*span, format!("has type {ty}"))
                    .reason("The parameter takes a computation, and the argument is itself a delayed one.")
                    .hint(format!("Write `!{text}` to run it as the computation, or `'{text}` to compute the delay itself."))
            }
            AbilityProblem::Unhandled { spans, name, abilities, hint } => {
                let (title, label) = match name {
                    Some(name) => (format!("`{name}` goes on here without a handler"), "goes on, and may request"),
                    None => ("this handler does not handle what follows a request".to_string(), "needs"),
                };
                let told = Diagnostic::new("U0406", title);
                let told = spans.iter().fold(told, |told, span| told.label(*span, format!("{label} {abilities}")));
                told.reason("A handler answers one request. What follows is handled only by a `handle` around the continuation.")
                    .hint(hint.clone())
            }
            AbilityProblem::Spawned { span, ability } => {
                Diagnostic::new("U0405", format!("{ability} is not available to what `at'` starts"))
                    .label(*span, "started here")
                    .reason("It goes on by itself, so no handler of this place can answer it: only `IO`, `Remote`, `Remote!` and `Exception` are left.")
                    .hint("Handle the ability inside, or use `at`.")
            }
        }
    }
}

fn missing(span: Span, abilities: &str, available: &str, origin: Origin, hint: &MissingHint) -> Diagnostic {
    let diagnostic = Diagnostic::new("U0401", format!("{{{abilities}}} is not available here"))
        .label(span, format!("needs {abilities}"));
    match origin {
        Origin::Function(place) => diagnostic
            .label(place, format!("here {available} is available"))
            .reason("An expression may use the abilities of the function that it stands in, and those that are handled around it.")
            .hint(match hint {
                MissingHint::Handle => {
                    format!("Nothing outside of `main` answers to {abilities}: handle that here, as in `handle !c with ..`.")
                }
                MissingHint::Signature(Some(signature)) => format!("Write `{signature}`, or handle them."),
                MissingHint::Signature(None) => format!("Add them to the arrow of the signature, as in `->{{{abilities}}}`, or handle them."),
            }),
        Origin::Steps(place) => diagnostic
            .label(place, "has no signature, so this `do` is run when it is defined")
            .reason("A `do` with a `<-` in it is a plain block, unless its type says that it is a delay.")
            .hint(format!("Write its signature above it, with a type such as `'{{{abilities}}} a`.")),
        Origin::Value(place) => diagnostic
            .label(place, "a value, computed when it is defined")
            .reason("A definition without parameters is computed once, and no ability is available then.")
            .hint(format!("Delay it: `do ..`, of a type such as `'{{{abilities}}} a`.")),
    }
}
