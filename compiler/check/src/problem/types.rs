//! Types that do not fit.

use super::names::table;
use super::{Grouping, Members, Typed, listed};
use base::{Diagnostic, Name, Span};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TypeProblem {
    /// What stands at `span` has another type than is wanted there; `origin` is where the wanted type comes from.
    Mismatch {
        span: Span,
        found: String,
        wanted: String,
        difference: Difference,
        origin: Option<(Span, Reason)>,
        advice: Option<Advice>,
    },
    /// Something is applied to more arguments than it takes.
    /// `below` if the first of those too many stands on a later line; `sign` if it is a number with one.
    NotAFunction { span: Span, head: Span, ty: String, takes: usize, arguments: usize, below: bool, sign: Option<char> },
    /// Each of two arguments fits where the other one stands. `wanted` are the types that the function takes there.
    Order { head: Span, first: Span, second: Span, wanted: [String; 2] },
    /// `f(a, b)`, where `f` does not take a tuple.
    Tupled { span: Span, head: Span },
    /// A type would have to contain itself.
    Infinite { span: Span, a: String, b: String },
    /// A variable that stands for any type would have to be one type. If it is a scope, something that was made in it would leave it.
    Escape { span: Span, variable: String, scope: bool },
    /// A statement in the middle of a block has a value that nobody uses.
    /// `missing` are the types of the arguments with which it would have none; `applied` how many it has.
    /// `delay` if it only has to be run.
    Statement { span: Span, ty: String, applied: usize, missing: Vec<String>, delay: bool },
    /// `_name`: what is wanted there, and what would fit.
    Hole { span: Span, name: Name, ty: String, fits: Vec<Typed> },
    /// Definitions that need each other's value.
    CyclicValues { names: Vec<Name>, spans: Vec<Span> },
    /// A definition has more parameters than its signature has arrows.
    /// `tuple` if its one parameter is a tuple of as many elements.
    TooManyParameters { span: Span, signature: Span, takes: usize, given: usize, tuple: bool },
    /// A block ends with a binding.
    NoResult { span: Span },
    /// `!c`, where the computation `c` is run by its name alone.
    RunTwice { span: Span, name: Name },
    /// A type is used as what it is not: kinds.
    Kind { span: Span, found: Sort, wanted: Sort },
    /// A type or ability has too few or too many arguments.
    /// `result` is what stands behind it, if that is simple.
    ParameterCount { span: Span, name: Name, takes: usize, given: usize, ability: bool, result: Option<String> },
}

/// What a type is, as far as messages tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    Type,
    Ability,
    /// Takes so many parameters more.
    Lacking(usize),
}

/// In what two types differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Difference {
    Whole,
    /// These parts of them differ, what is there and what is wanted.
    Part(String, String),
    /// They are, or have in them, tuples with so many elements.
    Length {
        found: usize,
        wanted: usize,
    },
}

/// What would make a type fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Advice {
    /// The delay of it is wanted.
    Delay,
    /// It is a delay, and what it yields is wanted.
    Run,
    /// It is a function, applied to so many arguments, and its result is wanted: the types of the arguments that are missing.
    Apply {
        applied: usize,
        arguments: Vec<String>,
    },
    /// It is an application to fewer arguments than the function takes, of which it has `applied`; one of them seems to stand in another's place.
    Lacks {
        applied: usize,
        takes: usize,
    },
    /// The delay of the block that ends with it is wanted.
    DelayBlock,
    /// It is a number, where a condition is wanted.
    Condition,
    Remedy(Remedy),
    /// It is the left operand of an operator that takes everything to its left.
    Group(Grouping),
    /// It is a pattern, and these are patterns of what is taken apart.
    Members(Members),
    /// A variable of a signature is called almost like a type.
    Capital {
        variable: String,
        ty: String,
    },
    /// It is a pattern of what a future holds that is taken apart, or else of what a delay yields.
    TakenApart {
        future: bool,
    },
    /// It is a pattern of a list, and a text is taken apart.
    TextAsList,
    /// It is a continuation, which goes on once it is applied to what it takes.
    Resume {
        name: String,
        takes: String,
    },
    /// It stands behind `!`, and is no delay. `boolean` if it may have been meant to be negated.
    NoDelay {
        boolean: bool,
    },
}

/// How what has one type becomes another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Remedy {
    /// It is a literal, which is written so.
    Literal(String),
    /// This function converts it.
    Convert(Typed),
    /// It is an `Optional` of what is wanted.
    Unwrap,
    /// It is a text, where a failure is wanted.
    Failure,
    /// It is a delay, and what it yields is wanted.
    Run,
    /// It is a number below zero, where a `Nat` is wanted.
    BelowZero,
    /// It is written so, in a constructor of what is wanted.
    Wrap(String),
    /// It is a future of what is wanted.
    Await,
}

impl Remedy {
    pub(super) fn hint(&self) -> String {
        match self {
            Remedy::Literal(literal) => {
                format!("Write `{literal}`: digits alone are a Nat, with a sign before them an Int, with a point in them a Float.")
            }
            Remedy::Run => "Write `!` before it, which runs the delay.".to_string(),
            Remedy::BelowZero => "A Nat is never below zero: what may be is an Int.".to_string(),
            Remedy::Convert(Typed { name, ty }) => format!("`{name}` converts it: {ty}"),
            Remedy::Wrap(text) => format!("Write `{text}`."),
            Remedy::Await => "It is a value that is still being computed: `await` gives it when it is there.".to_string(),
            Remedy::Unwrap => {
                "There may be nothing in it: `match` it with `Some x` and `None`, or give a default by `Optional.getOrElse`."
                    .to_string()
            }
            Remedy::Failure => {
                "A failure that says so is raised by `Exception.raiseGeneric \"..\" ()`; the last argument is a value to be shown.".to_string()
            }
        }
    }
}

/// Where a wanted type comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// The signature or annotation written there.
    Signature,
    /// The function called there.
    Function,
    /// The first branch, case or element.
    First,
}

impl TypeProblem {
    pub(crate) fn render(&self) -> Diagnostic {
        match self {
            TypeProblem::Mismatch { span, found, wanted, difference, origin, advice } => {
                let told = mismatch(*span, found, wanted, difference, *origin);
                match advice {
                    Some(Advice::Delay) => {
                        told.hint("Write `do` before it: then it is run where the delay is, by `!`.")
                    }
                    Some(Advice::DelayBlock) => told.hint(
                        "Write `do` before the block, as in `main = do`: then it is run where the delay is, by `!`.",
                    ),
                    Some(Advice::Run) => told.hint(Remedy::Run.hint()),
                    Some(Advice::Lacks { applied, takes }) => told.hint(format!(
                        "An argument is missing: the function takes {takes}, and is applied to {applied}."
                    )),
                    Some(Advice::Condition) => told.hint(
                        "A number is no condition: compare it, as in `n != 0`.",
                    ),
                    Some(Advice::Apply { applied, arguments }) => told.hint(missing_arguments(*applied, arguments)),
                    Some(Advice::Remedy(remedy)) => told.hint(remedy.hint()),
                    Some(Advice::Group(grouping)) => told.hint(grouping.hint()),
                    Some(Advice::Members(members)) => told.hint(members.hint()),
                    Some(Advice::Capital { variable, ty }) => told.hint(format!(
                        "`{variable}` is a variable, which stands for every type: a type starts with a capital letter. Was `{ty}` meant?"
                    )),
                    Some(Advice::TakenApart { future: true }) => {
                        told.hint("What is taken apart is a Future: `await` gives its value, when it is there.")
                    }
                    Some(Advice::TakenApart { future: false }) => {
                        told.hint("What is taken apart is a delay: write `!` before it, which runs it.")
                    }
                    Some(Advice::TextAsList) => told.hint(
                        "A Text is no list of characters. `Text.uncons` gives the first one and the rest, `Text.startsWith` says how it begins, and `Text.toCharList` gives a list of its characters.",
                    ),
                    Some(Advice::Resume { name, takes }) => told.hint(match &takes[..] {
                        "()" => format!("`{name}` is a function of (): it goes on with `{name} ()`."),
                        _ => format!("`{name}` is a function: it goes on once it is applied to the answer, of type {takes}."),
                    }),
                    Some(Advice::NoDelay { boolean: true }) => {
                        told.hint("`!` runs a delay. The opposite of a Boolean is `not ..`, and \"different\" is `!=`.")
                    }
                    Some(Advice::NoDelay { boolean: false }) => {
                        told.hint("`!` runs a delay, and this is none: leave `!` out.")
                    }
                    None => told,
                }
            }
            TypeProblem::NotAFunction { span, head, ty, takes, arguments, below, sign } => {
                let sum = sign.map(|sign| format!("`{sign}1` without a blank is a number, and an argument here. Between two numbers write blanks around the operator: `a {sign} 1`."));
                let hint = if let Some(sum) = &sum {
                    sum
                } else if *below {
                    "A line that is indented more than the one above it continues it; align the two if it is a step of its own."
                } else {
                    "Remove the argument, or put parentheses around what belongs together."
                };
                Diagnostic::new("U0302", "this is applied to too many arguments")
                    .label(*span, "one argument too many")
                    .label(*head, format!("has type {ty}"))
                    .reason(match takes {
                        0 => "It is no function, so it takes no arguments.".to_string(),
                        1 => format!("It takes 1 argument, and is applied to {arguments}."),
                        _ => format!("It takes {takes} arguments, and is applied to {arguments}."),
                    })
                    .hint(hint)
            }
            TypeProblem::Order { head, first, second, wanted: [one, other] } => {
                Diagnostic::new("U0312", "these arguments stand in another order than they are taken")
                    .label(*first, format!("{one} is taken here"))
                    .label(*second, format!("{other} is taken here"))
                    .label(*head, format!("takes {one}, then {other}"))
                    .reason("Each of them has the type that is wanted where the other one stands.")
                    .hint("Let them change places.")
            }
            TypeProblem::Tupled { span, head } => Diagnostic::new("U0313", "arguments stand in no common parentheses")
                .label(*span, "one argument, which is a tuple")
                .label(*head, "does not take a tuple")
                .reason(
                    "A function stands before its arguments, with blanks between them: `f a b`. `(a, b)` is one value.",
                )
                .hint("Write `f a b`, with parentheses around each argument that is an application itself."),
            TypeProblem::Infinite { span, a, b } => Diagnostic::new("U0303", "a type would have to contain itself")
                .label(*span, format!("{a} would have to be {b}"))
                .reason("No type is a part of itself.")
                .hint("Often an argument is missing, or a function is passed to itself."),
            TypeProblem::Escape { span, scope: true, .. } => Diagnostic::new(
                "U0304",
                "something that is made in a `Scope` would leave it",
            )
            .label(*span, "what comes out of here is tied to its `Scope.run`")
            .reason(
                "References and arrays of a scope are there for one `Scope.run`, which nothing outside of it can name.",
            )
            .hint("Give what is in it: `Ref.read` of a reference, `Array.toList` of an array; or use it inside."),
            TypeProblem::Escape { span, variable, .. } => {
                Diagnostic::new("U0304", format!("`{variable}` stands for any type, and is used as one"))
                    .label(*span, format!("`{variable}` would leave the scope of its signature"))
                    .reason("A type variable of a signature stands for whatever the caller chooses.")
                    .hint("Make the signature less general.")
            }
            TypeProblem::Statement { span, ty, applied, missing, delay } => {
                Diagnostic::new("U0305", "the value of this statement is not used")
                    .label(*span, format!("has type {ty}"))
                    .reason("A statement that is neither the last one of its block nor a binding has type ().")
                    .hint(match missing[..] {
                        [] if *delay => Remedy::Run.hint(),
                        [] => "Bind it (`_ = ..`), or remove it; a delayed computation is run by `!`.".to_string(),
                        _ => missing_arguments(*applied, missing),
                    })
            }
            TypeProblem::Hole { span, name, ty, fits } => {
                let hole =
                    Diagnostic::new("U0306", format!("here is a hole `{name}`")).label(*span, format!("wanted: {ty}"));
                if fits.is_empty() {
                    hole
                } else {
                    hole.hint(format!("These fit, some once they are applied:\n{}", table(fits)))
                }
            }
            TypeProblem::CyclicValues { names, spans } => {
                let mut diagnostic = Diagnostic::new("U0307", format!("{} cannot be computed", listed(names, "and")))
                    .reason("Its value is needed before it is there. Only functions and delays may refer to themselves, or to each other.")
                    .hint("Make it a function, or delay it with `do`.");
                for span in spans {
                    diagnostic = diagnostic.label(*span, "needs itself");
                }
                diagnostic
            }
            TypeProblem::TooManyParameters { span, signature, takes, given, tuple } => {
                Diagnostic::new("U0308", "more parameters than the signature has")
                    .label(*span, parameters(*given))
                    .label(*signature, format!("takes {}", parameters(*takes)))
                    .reason("Each parameter needs an arrow in the signature.")
                    .hint(match tuple {
                        true => "It takes one tuple: write the parameters as `(a, b)`; or separate the types in the signature by `->`, not by commas.",
                        false => "Correct the signature, or remove a parameter.",
                    })
            }
            TypeProblem::NoResult { span } => Diagnostic::new("U0309", "this block has no result")
                .label(*span, "the last statement is a binding")
                .reason("The value of a block is its last statement, which has to be an expression.")
                .hint("Add an expression after it; `()` if there is nothing to return."),
            TypeProblem::RunTwice { span, name } => {
                Diagnostic::new("U0311", format!("`{name}` is run by its name alone"))
                    .label(*span, "its result is no computation")
                    .reason("A parameter that is written `({g} a)` or `Remote a` is run wherever its name stands.")
                    .hint(format!("Write `{name}`, without `!`; the computation itself is `'{name}`."))
            }
            TypeProblem::Kind { span, found, wanted } => kind(*span, *found, *wanted),
            TypeProblem::ParameterCount { span, name, takes, given, ability, result } => {
                parameter_count(*span, name, *takes, *given, *ability, result.as_deref())
            }
        }
    }
}

/// The word for the place of an argument, from 0 on.
pub(super) fn place(index: usize) -> Option<&'static str> {
    const PLACES: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "sixth"];
    PLACES.get(index).copied()
}

/// What is told of arguments that are missing behind the first `applied` ones.
fn missing_arguments(applied: usize, arguments: &[String]) -> String {
    match arguments {
        [one] if applied == 0 => format!("An argument is missing: it is a function, and takes {one}."),
        [one] => match place(applied) {
            Some(place) => format!("The {place} argument is missing, of type {one}."),
            None => format!("The last argument is missing, of type {one}."),
        },
        several => format!("Arguments are missing: it is a function, and takes {}.", several.join(", then ")),
    }
}

/// `no parameters`, `1 parameter`, `2 parameters`
fn parameters(count: usize) -> String {
    match count {
        0 => "no parameters".to_string(),
        1 => "1 parameter".to_string(),
        _ => format!("{count} parameters"),
    }
}

fn parameter_count(
    span: Span,
    name: &Name,
    takes: usize,
    given: usize,
    ability: bool,
    result: Option<&str>,
) -> Diagnostic {
    let has = if given == 0 { "none".to_string() } else { given.to_string() };
    let variables: String = ('a'..='z')
        .filter(|variable| name.as_str() != variable.to_string())
        .take(takes)
        .map(|variable| format!(" {variable}"))
        .collect();
    let hint = match takes {
        0 if ability => {
            let result = result.unwrap_or("Nat");
            // Almost everything that the runtime does may fail.
            let abilities = if name.last() == "IO" { format!("{name}, Exception") } else { name.to_string() };
            format!(
                "A computation that uses it and gives {result} is written `'{{{abilities}}} {result}`, or `->{{{abilities}}} {result}` behind its parameters."
            )
        }
        0 => "Remove what it does not take; a function from one type to another is written `a -> b`.".to_string(),
        _ if takes < given => format!("Write `{name}{variables}`, in parentheses where it is an argument itself."),
        _ => format!("Write what it takes behind it: `{name}{variables}`."),
    };
    Diagnostic::new("U0310", format!("`{name}` takes {}, and has {has} here", parameters(takes)))
        .label(span, format!("takes {}", parameters(takes)))
        .reason("Types, abilities, and what still takes parameters are different kinds of things.")
        .hint(hint)
}

fn kind(span: Span, found: Sort, wanted: Sort) -> Diagnostic {
    let (title, label, hint) = match (found, wanted) {
        (Sort::Ability, Sort::Type | Sort::Lacking(_)) => (
            "an ability is not a type",
            "this is an ability".to_string(),
            "Abilities stand in braces: `'{IO} ()`, `Nat ->{IO} ()`.",
        ),
        (_, Sort::Ability) => {
            ("an ability is wanted here", "this is not one".to_string(), "Only abilities stand in braces.")
        }
        (Sort::Lacking(count), _) => (
            "a parameter is missing here",
            format!("takes {} more", parameters(count)),
            "Write what it takes behind it, as in `Optional Nat`.",
        ),
        (Sort::Type, Sort::Lacking(_)) => (
            "a type with a parameter is wanted here",
            "takes no more".to_string(),
            "Remove what it does not take; a function from one type to another is written `a -> b`.",
        ),
        (Sort::Type, Sort::Type) => ("this type does not fit here", "here".to_string(), "Check what it is applied to."),
    };
    Diagnostic::new("U0310", title)
        .label(span, label)
        .reason("Types, abilities, and what still takes parameters are different kinds of things.")
        .hint(hint)
}

fn mismatch(
    span: Span,
    found: &str,
    wanted: &str,
    difference: &Difference,
    origin: Option<(Span, Reason)>,
) -> Diagnostic {
    let mut diagnostic = Diagnostic::new("U0301", format!("{wanted} is wanted here, but this is {found}"))
        .label(span, if found.starts_with("a function") { format!("is {found}") } else { format!("has type {found}") });
    if let Some((place, reason)) = origin {
        let text = match reason {
            Reason::Signature => format!("wanted because of this type: {wanted}"),
            Reason::Function => format!("this takes {wanted}"),
            Reason::First => format!("the first one is {wanted}"),
        };
        diagnostic = diagnostic.label(place, text);
    }
    diagnostic.reason(match difference {
        Difference::Part(found, wanted) => format!("They differ in {found} and {wanted}."),
        Difference::Length { found, wanted } => format!("A tuple with {found} elements is none with {wanted}."),
        Difference::Whole => "The two types are different.".to_string(),
    })
}
