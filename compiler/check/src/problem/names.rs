//! Names that mean nothing, or too much.

use super::{Remedy, listed};
use crate::hash_reference::HashReference;
use base::hash::SHORT_LEN;
use base::{Diagnostic, Name, Span};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NameProblem {
    /// No term, constructor or operation has this name; `similar` are spelled like it, `meant` fit where it stands. `variable` is what
    /// stands before its first dot, if that is one, and `method` how the function that follows is applied to it; `is_type` if a type is called so.
    UnknownTerm {
        span: Span,
        name: Name,
        similar: Vec<Name>,
        meant: Vec<Typed>,
        variable: Option<Name>,
        method: Option<String>,
        is_type: bool,
        /// The function that is wanted there, if the name seems to be a parameter of it.
        function: Option<String>,
    },
    /// A link to a constructor or operation, which belongs to the type that is called so.
    LinkToConstructor { span: Span, name: Name, ty: String },
    /// No type or ability has this name; these are like it.
    UnknownType { span: Span, name: Name, similar: Vec<Name> },
    /// A pattern names a constructor or operation that does not exist. `members` are those of what is taken apart, if that is known.
    UnknownConstructor { span: Span, name: Name, similar: Vec<Name>, operation: bool, members: Option<Members> },
    /// Several types end in this name.
    AmbiguousType { span: Span, name: Name, candidates: Vec<Name> },
    /// Several constructors end in this name, and the type does not tell them apart.
    AmbiguousConstructor { span: Span, name: Name, candidates: Vec<Name> },
    /// Two definitions, constructors or accessors of the files have the same name.
    Duplicate { name: Name, first: Span, second: Span },
    /// A variable is bound twice by one pattern or parameter list.
    DuplicateVariable { name: Name, first: Span, second: Span },
    /// A type variable of a declaration is not among its parameters.
    UnboundTypeVariable { span: Span, name: Name },
    /// None of the definitions with this name has a type that fits.
    NoneFits {
        span: Span,
        name: Name,
        wanted: String,
        candidates: Vec<Typed>,
        grouping: Option<Grouping>,
        /// What stands to the right of a `-` that has a function to its left.
        negated: Option<String>,
        /// What would fit, and nearly is what is written.
        instead: Option<Instead>,
        /// What would fit, with two arguments in exchange.
        order: Option<String>,
        misfit: Option<Misfit>,
    },
    /// More than one definition with this name fits.
    SeveralFit { span: Span, name: Name, wanted: String, candidates: Vec<Typed> },
    /// Nothing that is known has this hash (and name).
    UnknownHash { span: Span, text: Name, what: &'static str, short: bool },
    /// Several hashes begin with these digits.
    AmbiguousHash { span: Span, text: Name, candidates: Vec<Name> },
    /// Definitions with this name take their arguments differently (as values, or as computations), and nothing decides between them.
    MarksDiffer { span: Span, name: Name, candidates: Vec<Typed> },
}

/// An operator without a level, to the left of which stands another operator: `a == b ++ c`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grouping {
    pub left: Name,
    pub operator: Name,
}

impl Grouping {
    pub(super) fn hint(&self) -> String {
        let (left, operator) = (self.left.last(), self.operator.last());
        format!(
            "`a {left} b {operator} c` means `(a {left} b) {operator} c`, since `{operator}` takes everything to its left; write `a {left} (b {operator} c)` if that is meant."
        )
    }
}

/// The constructors of a type, or the operations of abilities, as patterns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Members {
    pub of: String,
    pub patterns: Vec<String>,
}

/// Characters of source that a hint repeats.
const LINE_MAX: usize = 60;

/// How many members of a type a message lists.
const MEMBERS_MAX: usize = 8;

impl Members {
    pub(super) fn hint(&self) -> String {
        let shown: Vec<String> = self.patterns.iter().take(MEMBERS_MAX).map(|pattern| format!("`{pattern}`")).collect();
        let more = if self.patterns.len() > MEMBERS_MAX { ", .." } else { "" };
        format!("Patterns of {} are {}{more}.", self.of, shown.join(", "))
    }
}

/// What would fit in place of an application, as source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Instead {
    /// `f (a + b)`, where `f a + b` is written.
    Inside(String),
    /// `!a + !b`, where the delays `a` and `b` are added.
    Run(String),
}

impl Instead {
    fn hint(&self) -> String {
        match self {
            Instead::Inside(text) => format!(
                "An application takes no operators, so that the function is applied to the left operand alone; write {} if that is meant.",
                quoted(text).unwrap_or("parentheses around the operator and its operands".to_string())
            ),
            Instead::Run(text) => match quoted(text) {
                Some(text) => format!("Delays are run by `!`: write {text}."),
                None => "Write `!` before the delays, which runs them.".to_string(),
            },
        }
    }
}

/// Source in a hint, as far as it goes on a line.
fn quoted(text: &str) -> Option<String> {
    (!text.contains('\n') && text.chars().count() <= LINE_MAX).then(|| format!("`{text}`"))
}

/// The one thing that keeps a candidate from fitting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misfit {
    /// Which argument, from 0 on; the result if none.
    pub index: Option<usize>,
    /// The type that it has.
    pub ty: String,
    pub remedy: Remedy,
}

impl Misfit {
    fn hint(&self) -> String {
        let what = match self.index.map(super::types::place) {
            None => "result".to_string(),
            Some(Some(place)) => format!("{place} argument"),
            Some(None) => "next argument".to_string(),
        };
        format!("The {what} is {}. {}", self.ty, self.remedy.hint())
    }
}

/// A candidate: its full name and its type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Typed {
    pub name: Name,
    pub ty: String,
}

impl NameProblem {
    /// A hash that is not the one of exactly one thing.
    pub(crate) fn of_hash(span: Span, text: &Name, what: &'static str, candidates: Vec<Name>) -> NameProblem {
        let text = text.clone();
        let short = HashReference::of(&text).is_some_and(|written| written.is_short());
        match candidates.is_empty() {
            true => NameProblem::UnknownHash { span, text, what, short },
            false => NameProblem::AmbiguousHash { span, text, candidates },
        }
    }

    pub(crate) fn render(&self) -> Diagnostic {
        match self {
            NameProblem::UnknownTerm { span, name, is_type: true, meant, .. } if meant.is_empty() => {
                Diagnostic::new("U0201", format!("nothing here is called `{name}`"))
                    .label(*span, "a type, and no value")
                    .reason("Types stand in signatures and declarations; values are made by constructors.")
                    .hint(format!("Write one of the constructors of `{name}`, or the name of a value."))
            }
            NameProblem::UnknownTerm { span, name, function: Some(function), .. } => {
                Diagnostic::new("U0201", format!("nothing here is called `{name}`"))
                    .label(*span, "not found")
                    .reason("A function is wanted here, and its parameters stand before an arrow.")
                    .hint(match quoted(function) {
                        Some(function) => format!("Write {function}."),
                        None => format!("Write `{name} ->` before it, if it is its parameter."),
                    })
            }
            NameProblem::UnknownTerm { span, name, similar, meant, variable, method, .. } => {
                let told = unknown("U0201", *span, "nothing here is called", name, similar, term_habit);
                let is_habit = term_habit(name.as_str()).is_some();
                let told = if meant.is_empty() || is_habit { told } else { told.hint(meant_hint(meant)) };
                match variable {
                    Some(variable) => told.hint(method_hint(variable, name, method.as_deref())),
                    None => told,
                }
            }
            NameProblem::LinkToConstructor { span, name, ty } => {
                Diagnostic::new("U0143", format!("`{name}` has no link of its own"))
                    .label(*span, format!("belongs to {ty}"))
                    .reason("Links are to definitions and types; constructors and operations belong to a type.")
                    .hint(format!("Link to that: `typeLink {ty}`, in documentation `{{type {ty}}}`."))
            }
            NameProblem::UnknownType { span, name, similar } => {
                unknown("U0202", *span, "there is no type or ability", name, similar, type_habit)
            }
            NameProblem::UnknownConstructor { span, name, similar, operation, members } => {
                let what = "there is no constructor or operation";
                let told = unknown("U0203", *span, what, name, similar, constructor_habit);
                let is_habit = constructor_habit(name.as_str()).is_some();
                if let Some(members) = members.as_ref().filter(|_| similar.is_empty() && !is_habit) {
                    return told.hint(members.hint());
                }
                let is_variable = !operation && similar.is_empty() && name.last().starts_with(char::is_lowercase);
                if !is_variable {
                    return told;
                }
                told.reason("A constructor starts with a capital letter, and a variable takes no fields.")
                    .hint("The elements of a tuple are separated by commas: `(a, b)`.")
            }
            NameProblem::AmbiguousType { span, name, candidates } => {
                ambiguous("U0204", *span, name, candidates, "types")
            }
            NameProblem::AmbiguousConstructor { span, name, candidates } => {
                ambiguous("U0205", *span, name, candidates, "constructors")
            }
            NameProblem::Duplicate { name, first, second } => Diagnostic::new("U0206", format!("`{name}` is defined twice"))
                .label(*second, "defined again here")
                .label(*first, "first defined here")
                .reason("A name stands for one definition.")
                .hint("Rename or remove one of them; the cases of one function go into `cases`."),
            NameProblem::DuplicateVariable { name, first, second } => {
                Diagnostic::new("U0207", format!("`{name}` is bound twice"))
                    .label(*second, "bound again here")
                    .label(*first, "first bound here")
                    .reason("A pattern, or a list of parameters, binds each variable once.")
                    .hint("Use another name for one of them; to compare two values, use a guard.")
            }
            NameProblem::UnboundTypeVariable { span, name } => {
                Diagnostic::new("U0208", format!("`{name}` is not a parameter of this declaration"))
                    .label(*span, "this type variable")
                    .reason("Every variable in the fields of a type is one of its parameters, or bound by a `forall`.")
                    .hint(match type_habit(name.as_str()) {
                        Some(habit) => habit.to_string(),
                        None => format!("Add `{name}` after the name of the type."),
                    })
            }
            NameProblem::NoneFits { span, name, wanted, candidates, grouping, negated, instead, order, misfit } => {
                Diagnostic::new("U0209", format!("no `{name}` fits here"))
                    .label(*span, format!("used as {wanted}"))
                    .reason(format!("These have the name, but not the type:\n{}", table(candidates)))
                    .hint(match (grouping, negated, misfit) {
                        _ if matches!(name.last(), "+" | "^") && wanted.starts_with("Text -> Text -> ") => {
                            "Texts are joined by `++`.".to_string()
                        }
                        (Some(grouping), ..) => grouping.hint(),
                        _ if let Some(order) = order => in_order(order),
                        _ if let Some(instead) = instead => instead.hint(),
                        _ if matches!(name.last(), "+" | "^") && joins_texts(wanted) => {
                            "Texts are joined by `++`; a number becomes one by `Nat.toText`.".to_string()
                        }
                        (None, Some(text), _) => format!(
                            "`f -{text}` is read as a difference; an argument that is negated is written `f (Int.negate {text})`, a number below zero `-1`."
                        ),
                        // What its result does not fit is the rest of a condition.
                        (None, None, Some(misfit)) if name.last() == "not" && misfit.index.is_none() => {
                            "`not a == b` means `(not a) == b`, since an application takes no operators; write `not (a == b)`.".to_string()
                        }
                        (None, None, Some(misfit)) => misfit.hint(),
                        (None, None, None) => "Check the types of what it is applied to.".to_string(),
                    })
            }
            NameProblem::SeveralFit { span, name, wanted, candidates } => {
                Diagnostic::new("U0210", format!("`{name}` could mean several things"))
                    .label(*span, format!("used as {wanted}"))
                    .reason(format!("All of these fit:\n{}", table(candidates)))
                    .hint(full_name(candidates))
            }
            NameProblem::UnknownHash { span, text, what, short } => unknown_hash(*span, text, what, *short),
            NameProblem::AmbiguousHash { span, text, candidates } => {
                Diagnostic::new("U0213", format!("several hashes begin with `{text}`"))
                    .label(*span, "which one?")
                    .reason(format!("They are those of {}.", listed(candidates, "and")))
                    .hint("Write more digits of the hash.")
            }
            NameProblem::MarksDiffer { span, name, candidates } => {
                Diagnostic::new("U0211", format!("`{name}` could mean several things"))
                    .label(*span, "which one?")
                    .reason(format!(
                        "They treat their arguments differently (as values, or as computations), and the other arguments do not decide:\n{}",
                        table(candidates)
                    ))
                    .hint(full_name(candidates))
            }
        }
    }
}

/// What is told of `x.f`, where `x` is a variable.
fn method_hint(variable: &Name, name: &Name, method: Option<&str>) -> String {
    let is_dotted = format!("`{variable}` is a variable, and a dot is a part of a name.");
    match method {
        Some(text) => format!("{is_dotted} A function comes first: `{text}`."),
        None if name.last().starts_with(char::is_numeric) => is_dotted,
        None => format!(
            "{is_dotted} A function comes first, as in `f {variable}`; none for it is called `{}`.",
            name.last()
        ),
    }
}

/// Whether texts are given, as far as is known, and a text is wanted.
fn joins_texts(used: &str) -> bool {
    let (given, result) = used.rsplit_once("-> ").unwrap_or((used, ""));
    given.contains("Text") && matches!(result, "Text" | "_")
}

/// What is written with its arguments in another order, as far as it goes on a line.
fn in_order(text: &str) -> String {
    match text.contains('\n') || text.chars().count() > LINE_MAX {
        true => "Two arguments stand in another order than they are taken: let them change places.".to_string(),
        false => format!("The arguments stand in another order than they are taken: `{text}`."),
    }
}

fn unknown_hash(span: Span, text: &Name, what: &str, short: bool) -> Diagnostic {
    let told = Diagnostic::new("U0212", format!("no {what} has the hash `{text}`")).label(span, "not found");
    if short {
        return told
            .reason(format!("A hash is written with {SHORT_LEN} of its digits or more."))
            .hint("Write more digits of the hash.");
    }
    told.reason("A hash means a definition that is in the codebase or the standard library; a name before it has to be one of its names.")
        .hint("Check the digits, or use a name; `unison find` and `unison history` show hashes.")
}

fn unknown(
    code: &'static str,
    span: Span,
    what: &str,
    name: &Name,
    similar: &[Name],
    habit: impl Fn(&str) -> Option<&'static str>,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(code, format!("{what} `{name}`")).label(span, "not found");
    let elsewhere = names_elsewhere(name.as_str());
    match (habit(name.as_str()), similar) {
        (Some(habit), _) => diagnostic.hint(habit),
        (None, _) if code == "U0201" && !elsewhere.is_empty() => {
            let names: Vec<Name> = elsewhere.iter().map(|name| Name::from(*name)).collect();
            diagnostic.hint(format!("It is called {} here.", listed(&names, "or")))
        }
        (None, []) if code == "U0201" && name.as_str().ends_with('\'') && !name.is_operator() => diagnostic
            .hint("A text stands between double quotes, and a character behind a question mark: `\"ab\"`, `?a`."),
        (None, []) => diagnostic.hint("Define it, or check the spelling and the `use` clauses."),
        (None, _) => diagnostic.hint(format!("Did you mean {}?", listed(similar, "or"))),
    }
}

/// What to write instead of a term that other languages have.
fn term_habit(name: &str) -> Option<&'static str> {
    Some(match name {
        "unless" => "Write `when (not c) do ..`, or `if c then () else ..`.",
        "return" => "The last expression of a block is its value: leave `return` out.",
        "in" => "A block needs no `in`: its last line is its value.",
        ":=" => "A binding is written `x = ..`; it is not changed afterwards.",
        "%" => "The remainder is `Nat.mod a b`.",
        "**" => "A power is `Nat.pow a b`.",
        "//" => "`/` divides numbers of type `Nat` without a rest.",
        "::" => {
            "An element is put in front of a list by `+:`; names are joined by a dot, and a type stands behind one colon: `(x : Nat)`."
        }
        "for" | "while" | "loop" => {
            "There are no loops: `List.map`, `List.foldLeft` and `List.foreach` go through a list, and else a function calls itself."
        }
        "begin" => "A block needs no `begin` and `end`: its lines stand in one column.",
        "/=" | "<>=" => "It is written `!=`.",
        "===" => "It is written `==`.",
        "<>" => "Texts and lists are joined by `++`; \"different\" is `!=`.",
        ".." => "Texts and lists are joined by `++`.",
        "!!" => "The element at a place is `List.at n xs`, an `Optional`.",
        "<$>" => "It is a function here: `List.map f xs`, `Optional.map f x`.",
        ">>=" => {
            "Steps stand below each other in a block, `x <- e` binds what one gives; for others there is `flatMap`."
        }
        "pure" => "A value needs no word before it: leave `pure` out.",
        "$" => "It is written `<|`: `f <| g x`.",
        "." => "It is written `<<` or `>>`, with blanks around it.",
        _ => return constructor_habit(name),
    })
}

/// What may have been meant by a name that means nothing, and has the type that is needed.
fn meant_hint(meant: &[Typed]) -> String {
    match meant {
        [one] => format!("Did you mean `{}`? Its type fits: {}", one.name, one.ty),
        _ => format!("Did you mean one of these? Their types fit:\n{}", table(meant)),
    }
}

/// What terms of other languages are called here, likeliest first.
pub const NAMES_ELSEWHERE: &[(&[&str], &[&str])] = &[
    (&["print", "println", "putStrLn", "puts", "echo"], &["printLine"]),
    (&["length", "len", "count"], &["List.size", "Text.size", "Map.size", "Set.size", "Bytes.size"]),
    (&["show", "toString", "str", "repr"], &["Nat.toText", "Int.toText", "Float.toText", "Debug.toDebugText"]),
    (&["foldl", "foldl'", "reduce", "inject"], &["List.foldLeft"]),
    (&["foldr"], &["List.foldRight"]),
    (&["flatMap", "concatMap", "bind"], &["List.flatMap", "Optional.flatMap"]),
    (&["fmap", "collect"], &["List.map", "Optional.map"]),
    (&["concat", "append"], &["List.++", "Text.++", "List.join"]),
    (&["fst"], &["Tuple.at1"]),
    (&["snd"], &["Tuple.at2"]),
    (&["const"], &["Function.const"]),
    (&["fromMaybe", "unwrapOr", "getOrDefault"], &["Optional.getOrElse"]),
    (&["parseInt", "atoi"], &["Nat.fromText", "Int.fromText"]),
    (&["nub", "distinct", "uniq"], &["List.distinct"]),
    (&["elem", "includes"], &["List.contains", "Text.contains"]),
    (&["insert", "put"], &["Map.insert", "Set.insert"]),
    (&["lookup"], &["Map.get"]),
    (&["minView", "deleteMin", "popMin"], &["Map.breakOffMin"]),
    (&["error", "panic", "undefined"], &["bug"]),
];

/// The names here of what other languages call so.
pub(crate) fn names_elsewhere(name: &str) -> Vec<&'static str> {
    let called = |name: &str| NAMES_ELSEWHERE.iter().find(|(theirs, _)| theirs.contains(&name)).map(|(_, ours)| *ours);
    let Some((namespace, last)) = name.rsplit_once('.') else { return called(name).unwrap_or_default().to_vec() };
    let namespace = namespace_elsewhere(namespace);
    let is_there = |ours: &&&str| ours.rsplit_once('.').is_some_and(|(parent, _)| parent == namespace);
    called(last).unwrap_or_default().iter().filter(is_there).copied().collect()
}

/// What the namespace is called here that belongs to a type of other languages.
fn namespace_elsewhere(name: &str) -> &str {
    match name {
        "String" | "Str" => "Text",
        "Array" | "Vec" | "Vector" | "Seq" => "List",
        "Dict" | "HashMap" | "TreeMap" => "Map",
        "HashSet" | "TreeSet" => "Set",
        "Maybe" | "Option" => "Optional",
        "Integer" => "Int",
        "Double" => "Float",
        _ => name,
    }
}

fn constructor_habit(name: &str) -> Option<&'static str> {
    Some(match name {
        "True" => "It is written `true`.",
        "False" => "It is written `false`.",
        "Just" => "It is called `Some` here.",
        "Ok" => "It is called `Right` here, of an `Either`.",
        "Err" => "It is called `Left` here, of an `Either`.",
        "Cons" => "A list is written `x +: xs`.",
        "Nil" => "The empty list is written `[]`.",
        "Nothing" => "It is called `None` here.",
        "null" | "nil" => "There is no null: an `Optional` is `Some x` or `None`.",
        _ => return None,
    })
}

/// What to write instead of a type that other languages have.
fn type_habit(name: &str) -> Option<&'static str> {
    Some(match name {
        "String" | "string" => "It is called `Text` here.",
        "Bool" | "bool" | "boolean" => "It is called `Boolean` here.",
        "Maybe" | "Option" => "It is called `Optional` here.",
        "Integer" | "int" => "It is called `Int` here, or `Nat` for what is never negative.",
        "Double" | "double" | "float" => "It is called `Float` here.",
        "Unit" | "void" | "unit" => "It is written `()`.",
        "Str" | "str" | "&str" => "It is called `Text` here.",
        "Array" | "Vec" | "Vector" | "Seq" | "Sequence" | "list" => "It is called `List` here, or written `[Nat]`.",
        "Dict" | "HashMap" | "TreeMap" | "dict" => "It is called `Map` here.",
        "HashSet" | "TreeSet" => "It is called `Set` here.",
        "Result" => "It is called `Either` here: `Either Failure a`.",
        "Number" | "Num" | "number" => "Numbers are `Nat`, `Int` or `Float`.",
        "i32" | "i64" | "Int64" | "Long" | "long" => "It is called `Int` here.",
        "u32" | "u64" | "usize" | "UInt" | "Word" => "It is called `Nat` here.",
        "f32" | "f64" => "It is called `Float` here.",
        "Any" | "any" | "Object" | "Dynamic" => "A type that may be any is a variable: `a`.",
        "Byte" | "ByteString" => "A sequence of bytes is `Bytes`; one byte is a `Nat`.",
        _ => return None,
    })
}

/// What a type is called here that other languages write in small letters.
pub(crate) fn type_elsewhere(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" | "str" => "Text",
        "bool" => "Boolean",
        "integer" | "long" | "i32" | "i64" => "Int",
        "number" | "usize" | "u32" | "u64" => "Nat",
        "double" | "f32" | "f64" => "Float",
        "dict" => "Map",
        _ => return None,
    })
}

fn ambiguous(code: &'static str, span: Span, name: &Name, candidates: &[Name], what: &str) -> Diagnostic {
    Diagnostic::new(code, format!("`{name}` could mean several {what}"))
        .label(span, "which one?")
        .reason(format!("There are {}.", listed(candidates, "and")))
        .hint(match candidates.first() {
            Some(example) => longer_name(example),
            None => "Write more of its name.".to_string(),
        })
}

/// How one of several with one name is meant.
fn longer_name(example: &Name) -> String {
    match example.parent() {
        Some(parent) => {
            format!("Write more of its name, such as `{example}`, or `use {parent} {}` above.", example.last())
        }
        None => format!("Write its full name, such as `{example}`."),
    }
}

pub(super) fn table(candidates: &[Typed]) -> String {
    let lines: Vec<String> = candidates.iter().map(|one| format!("  {} : {}", one.name, one.ty)).collect();
    lines.join("\n")
}

fn full_name(candidates: &[Typed]) -> String {
    let Some(Typed { name, .. }) = candidates.first() else { return "Add a type annotation.".to_string() };
    let clause = name.parent().map_or(String::new(), |parent| format!(" `use {parent} {}` above,", name.last()));
    format!("Write the full name, such as `{name}`,{clause} or a type annotation.")
}
