//! Edits of declarations, each of which makes another type or ability of it.
//!
//! No such edit: names of parameters; names of fields, which are those of the accessors; of a structural declaration its own name.

use base::Sources;
use check::Environment;
use kernel::TypeRef;

/// What stands for what in which declaration.
const EDITS: &[(&str, &str, &str)] = &[
    ("type T a b = A a Nat | B b [T a b] | C", "type T", "structural type T"),
    ("type T a b = A a Nat | B b [T a b] | C", "T a b =", "T b a ="),
    ("type T a b = A a Nat | B b [T a b] | C", "A a Nat", "A Nat a"),
    ("type T a b = A a Nat | B b [T a b] | C", "A a Nat", "A a Text"),
    ("type T a b = A a Nat | B b [T a b] | C", "A a Nat", "A a"),
    ("type T a b = A a Nat | B b [T a b] | C", "B b [T a b]", "B b [T b a]"),
    ("type T a b = A a Nat | B b [T a b] | C", "B b [T a b]", "B b (T a b)"),
    ("type T a b = A a Nat | B b [T a b] | C", " | C", ""),
    ("type T a b = A a Nat | B b [T a b] | C", "| C", "| D"),
    ("type T a b = A a Nat | B b [T a b] | C", "| C", "| C | D"),
    ("type T a b = A a Nat | B b [T a b] | C", "A a Nat | B b [T a b]", "B b [T a b] | A a Nat"),
    ("structural type T a = A a | B Nat", "structural ", ""),
    ("structural type T a = A a | B Nat", "A a", "A a a"),
    ("structural type T a = A a | B Nat", "B Nat", "B Int"),
    ("structural type T a = A a | B Nat", "B Nat", "C Nat"),
    ("structural type T a = A a | B Nat", "A a | B Nat", "A Nat | B a"),
    ("type T = A (Nat -> Text)", "Nat -> Text", "Text -> Nat"),
    ("type T = A (Nat ->{IO} Text)", "{IO}", "{IO, Exception}"),
    ("type T = A (forall a. a -> a)", "a -> a)", "a -> a -> a)"),
    ("type T = { x : Nat, y : Text }", "x : Nat, y : Text", "y : Text, x : Nat"),
    ("type T = { x : Nat, y : Text }", ", y : Text", ""),
    ("type T = { x : Nat, y : Text }", "Text", "Char"),
    ("ability T a where\n  get : a\n  put : a -> ()", "ability T", "structural ability T"),
    ("ability T a where\n  get : a\n  put : a -> ()", "get : a", "get : Nat"),
    ("ability T a where\n  get : a\n  put : a -> ()", "put :", "set :"),
    ("ability T a where\n  get : a\n  put : a -> ()", "a -> ()", "a -> a"),
    ("ability T a where\n  get : a\n  put : a -> ()", "\n  put : a -> ()", ""),
    ("ability T a where\n  get : a\n  put : a -> ()", "get : a\n  put : a -> ()", "put : a -> ()\n  get : a"),
    ("unique[abc] type T = A", "abc", "abd"),
    ("unique[abc] type T = A", "unique[abc] ", ""),
];

/// Edits that make no other one.
const SAME: &[(&str, &str, &str)] = &[
    ("type T = { x : Nat, y : Text }", "x : Nat", "z : Nat"),
    ("type T a b = A a Nat | B b [T a b] | C", "T a b = A a Nat | B b [T a b]", "T c d = A c Nat | B d [T c d]"),
    ("type T a = A a", "type", "unique type"),
    ("type T = A (Nat -> Text)", "Nat -> Text", "Nat ->{} Text"),
    ("structural type T a = A a | B Nat", "type T", "type U"),
    ("ability T a where\n  get : a", "get : a", "get : {T a} a"),
];

pub fn check(environment: &(dyn Environment + Sync)) {
    for (text, old, new) in EDITS {
        let (before, after) = both(text, old, new, environment);
        assert_ne!(before, after, "`{old}` to `{new}` in {text}");
    }
    for (text, old, new) in SAME {
        let (before, after) = both(text, old, new, environment);
        assert_eq!(before, after, "`{old}` to `{new}` in {text}");
    }
}

fn both(text: &str, old: &str, new: &str, environment: &(dyn Environment + Sync)) -> (TypeRef, TypeRef) {
    assert!(text.contains(old), "`{old}` in {text}");
    (declared(text, environment), declared(&text.replacen(old, new, 1), environment))
}

fn declared(text: &str, environment: &(dyn Environment + Sync)) -> TypeRef {
    let mut sources = Sources::default();
    sources.add("declaration.u", text);
    compiler::on_compiler_stack(|| {
        let compiled = compiler::compile(&sources, "p", environment);
        assert!(compiled.diagnostics.is_empty(), "{text}: {:?}", compiled.diagnostics);
        let found = compiled.checked.types.first();
        found.expect("it declares a type").reference
    })
}
