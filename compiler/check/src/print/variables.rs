//! Names for variables, which the core does not have: they tell what kind of value it is.

use builtin::BuiltinType;
use kernel::{Type, TypeRef};
use std::collections::BTreeSet;

/// A variable in scope.
pub struct Variable {
    pub name: String,
    /// Its written type is a computation, so that its name means what it yields.
    pub by_name: bool,
    /// As far as it is known, without the foralls outside.
    pub ty: Option<Type>,
}

/// The variables in scope, the innermost last.
#[derive(Default)]
pub struct Variables {
    bound: Vec<Variable>,
    /// Words that mean something else in what is printed.
    taken: BTreeSet<String>,
}

/// What a variable is, where that is all that is known.
#[derive(Clone, Copy)]
pub enum Role {
    Value,
    Function,
    Resume,
    Rest,
}

impl Variables {
    pub fn take(&mut self, word: &str) {
        self.taken.insert(word.to_string());
    }

    pub fn len(&self) -> usize {
        self.bound.len()
    }

    pub fn truncate(&mut self, len: usize) {
        self.bound.truncate(len);
    }

    pub fn get(&self, index: u32) -> Option<&Variable> {
        self.bound.iter().rev().nth(index as usize)
    }

    /// Brings a variable into scope; gives its name.
    pub fn bind(&mut self, role: Role, ty: Option<Type>, by_name: bool) -> String {
        let candidates = words(role, ty.as_ref());
        let numbered = (1u32..).flat_map(|n| {
            candidates.iter().map(move |word| if n == 1 { word.to_string() } else { format!("{word}{n}") })
        });
        let free = |name: &String| !self.taken.contains(name) && self.bound.iter().all(|other| other.name != *name);
        let name = numbered.into_iter().find(free).expect("there are more numbers than variables");
        self.bound.push(Variable { name: name.clone(), by_name, ty });
        name
    }
}

fn words(role: Role, ty: Option<&Type>) -> &'static [&'static str] {
    match (role, ty.map(Type::without_foralls)) {
        (Role::Resume, _) => &["k", "resume"],
        (Role::Rest, _) => &["rest", "others"],
        (_, Some(Type::Fun { .. })) | (Role::Function, _) => &["f", "g", "h", "p", "q"],
        (Role::Value, Some(ty)) => match ty.unapply().0 {
            Type::Ref(TypeRef::Builtin(builtin)) => builtin_words(*builtin),
            _ => &["x", "y", "z", "u", "v", "w"],
        },
        (Role::Value, None) => &["x", "y", "z", "u", "v", "w"],
    }
}

fn builtin_words(ty: BuiltinType) -> &'static [&'static str] {
    match ty {
        BuiltinType::Nat => &["n", "m", "i", "j"],
        BuiltinType::Int => &["i", "j", "m", "n"],
        BuiltinType::Text => &["text", "t", "s"],
        BuiltinType::Bytes => &["bytes", "bs"],
        BuiltinType::Char => &["c", "d"],
        BuiltinType::List => &["xs", "ys", "zs"],
        BuiltinType::Node => &["node", "other"],
        BuiltinType::Failure => &["failure", "f"],
        BuiltinType::Request => &["request", "r"],
        _ => &["x", "y", "z", "u", "v", "w"],
    }
}
