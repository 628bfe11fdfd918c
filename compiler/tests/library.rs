//! The standard library's image is a cache: made when it is not there, made again when it is no image. What it holds can be printed.

mod generated;

use base::{Diagnostic, Hash, Name, Sources, diagnostic};
use check::{BuiltinEnvironment, Environment, NamedConstructor, NamedTerm, NamedType};
use codebase::Codebase;
use compiler::environment::EnvironmentError;
use compiler::{CodebaseEnvironment, library, pipeline, print};
use hash::SourceKey;
use kernel::{Declaration, DefId, Signature, TermRef, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

fn image(cache: &Path) -> PathBuf {
    let entries = std::fs::read_dir(cache).expect("the cache is there");
    let mut paths = entries.map(|entry| entry.expect("readable").path());
    paths.find(|path| path.extension().is_some_and(|e| e == "sqlite")).expect("an image")
}

#[test]
fn what_is_no_image_is_made_again() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    library::open(cache.path()).expect("made at first use");
    for damage in [&b""[..], b"not a database at all"] {
        std::fs::write(image(cache.path()), damage).expect("writable");
        let library = library::open(cache.path()).expect("made again");
        assert!(!library.terms_by_suffix(&"List.map".into()).is_empty());
    }
}

#[test]
fn what_a_process_with_our_number_has_begun_is_left_alone() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    library::open(cache.path()).expect("made at first use");
    let image = image(cache.path());
    let theirs = image.with_extension(format!("{}-0.new", std::process::id()));
    std::fs::create_dir(&theirs).expect("writable");
    std::fs::write(theirs.join("image.sqlite"), "half of it").expect("writable");
    std::fs::remove_file(&image).expect("it is there");
    library::open(cache.path()).expect("made again");
    assert_eq!(std::fs::read_to_string(theirs.join("image.sqlite")).expect("readable"), "half of it");
    assert_eq!(std::fs::read_dir(cache.path()).expect("readable").count(), 2, "the image, and what is theirs");
}

#[test]
fn an_image_that_cannot_be_read_to_the_end_is_told_not_taken_for_an_empty_one() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    library::open(cache.path()).expect("made at first use");
    let path = image(cache.path());
    let mut bytes = std::fs::read(&path).expect("readable");
    // The first pages hold the schema and the settings, which opening reads.
    bytes[64 * 4096..].fill(0xee);
    std::fs::write(&path, bytes).expect("writable");
    let damaged = Arc::new(library::open(cache.path()).expect("what opening reads is whole"));
    let environment = CodebaseEnvironment::new(Arc::new(Codebase::in_memory().expect("memory")), damaged);
    assert!(environment.failure().is_ok(), "nothing was looked up yet");
    assert!(environment.terms(&"List.map".into()).is_empty());
    assert!(matches!(environment.failure(), Err(EnvironmentError::Library(_))));
}

/// The library, an empty codebase, and both as an environment.
fn library_and_codebase() -> (Arc<Codebase>, Arc<Codebase>, CodebaseEnvironment) {
    static LIBRARY: LazyLock<(tempfile::TempDir, Arc<Codebase>)> = LazyLock::new(|| {
        let cache = tempfile::tempdir().expect("a temporary directory");
        let library = library::open(cache.path()).expect("made at first use");
        (cache, Arc::new(library))
    });
    let library = LIBRARY.1.clone();
    let codebase = Arc::new(Codebase::in_memory().expect("memory"));
    (library.clone(), codebase.clone(), CodebaseEnvironment::new(codebase, library))
}

/// Definitions of one component, printed together.
fn printed(codebase: &Codebase, environment: &(dyn Environment + Sync), names: &[(Name, DefId)]) -> String {
    let texts = names.iter().map(|(name, id)| {
        let object = codebase.object(&id.component).expect("readable").expect("named objects are there");
        print::text_of(name, &object, id.index, environment).expect("it is a member")
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// The names of a codebase's definitions by component.
fn components(codebase: &Codebase) -> BTreeMap<Hash, Vec<(Name, DefId)>> {
    let mut components: BTreeMap<Hash, Vec<(Name, DefId)>> = BTreeMap::new();
    for name in codebase.term_names() {
        for (found, reference) in codebase.terms_by_suffix(&name) {
            if let (TermRef::Def(id), true) = (reference, found == name) {
                components.entry(id.component).or_default().push((name.clone(), id));
            }
        }
    }
    components
}

fn store(sources: &Sources, environment: &CodebaseEnvironment) {
    compiler::on_compiler_stack(|| {
        let compiled = compiler::compile(sources, "p", environment);
        assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
        pipeline::store(&compiled, environment, pipeline::Naming::Names, 0).expect("memory");
    });
}

/// Prints every component of a codebase and reads it again: each that differs, with what is wrong.
fn differences(codebase: &Codebase, environment: &(dyn Environment + Sync), project: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for names in components(codebase).values() {
        let text = printed(codebase, environment, names);
        let expected = names.iter().map(|(name, id)| (name.clone(), TermRef::Def(*id))).collect();
        match reread(&text, environment, project) {
            Ok(found) if found == expected => {}
            Ok(_) => wrong.push(format!("another hash:\n{text}")),
            Err(problems) => wrong.push(format!("{text}\n{problems}")),
        }
    }
    wrong
}

#[test]
fn the_library_printed_from_the_core_reads_back_as_the_same_core() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    let library = Arc::new(library::open(cache.path()).expect("made at first use"));
    let environment = CodebaseEnvironment::new(Arc::new(Codebase::in_memory().expect("memory")), library.clone());
    assert!(components(&library).len() > 200);
    let wrong = differences(&library, &environment, "unison/stdlib");
    assert!(wrong.is_empty(), "{} differ\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The texts of the examples.
fn examples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let entries = std::fs::read_dir(folder).expect("the examples are there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    let programs = paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "u"));
    programs.map(|path| std::fs::read_to_string(path).expect("readable")).collect()
}

#[test]
fn programs_printed_from_the_core_read_back_as_the_same_core() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    let library = Arc::new(library::open(cache.path()).expect("made at first use"));
    let mut programs = examples();
    programs.push(include_str!("printed.u").to_string());
    assert!(programs.len() > 5);
    for program in programs {
        let codebase = Arc::new(Codebase::in_memory().expect("memory"));
        let environment = CodebaseEnvironment::new(codebase.clone(), library.clone());
        let mut sources = Sources::default();
        sources.add("program.u", &*program);
        store(&sources, &environment);
        let wrong = differences(&codebase, &environment, "p");
        assert!(wrong.is_empty(), "{} differ\n\n{}", wrong.len(), wrong.join("\n\n"));
    }
}

/// An environment in which only builtins have names, and the members of cycles, which are printed together.
struct Nameless<'e> {
    inner: &'e CodebaseEnvironment,
    cycles: BTreeSet<Hash>,
}

impl Nameless<'_> {
    fn is_named(&self, term: &TermRef) -> bool {
        matches!(term, TermRef::Def(id) if self.cycles.contains(&id.component))
    }
}

impl Environment for Nameless<'_> {
    fn terms(&self, suffix: &Name) -> Vec<NamedTerm> {
        let mut found = self.inner.terms(suffix);
        found.retain(|found| matches!(found.reference, TermRef::Builtin(_)) || self.is_named(&found.reference));
        found
    }

    fn types(&self, suffix: &Name) -> Vec<NamedType> {
        BuiltinEnvironment.types(suffix)
    }

    fn constructors(&self, suffix: &Name) -> Vec<NamedConstructor> {
        BuiltinEnvironment.constructors(suffix)
    }

    fn signature(&self, term: TermRef) -> Option<Arc<Signature>> {
        self.inner.signature(term)
    }

    fn declaration(&self, ty: TypeRef) -> Option<Arc<Declaration>> {
        self.inner.declaration(ty)
    }

    fn type_name(&self, ty: TypeRef) -> Option<Name> {
        BuiltinEnvironment.type_name(ty)
    }

    fn term_name(&self, term: TermRef) -> Option<Name> {
        let named = self.is_named(&term).then(|| self.inner.term_name(term)).flatten();
        named.or_else(|| BuiltinEnvironment.term_name(term))
    }

    fn all_term_names(&self) -> Vec<Name> {
        BuiltinEnvironment.all_term_names()
    }

    fn all_type_names(&self) -> Vec<Name> {
        BuiltinEnvironment.all_type_names()
    }

    fn hashes(&self, digits: &str) -> Vec<Hash> {
        self.inner.hashes(digits)
    }

    fn known(&self, _key: SourceKey) -> Option<Vec<TermRef>> {
        None
    }
}

#[test]
fn what_refers_to_definitions_without_names_reads_back_as_the_same_core() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    let library = Arc::new(library::open(cache.path()).expect("made at first use"));
    let codebase = Arc::new(Codebase::in_memory().expect("memory"));
    let environment = CodebaseEnvironment::new(codebase.clone(), library.clone());
    let mut sources = Sources::default();
    sources.add("program.u", include_str!("printed.u"));
    store(&sources, &environment);
    let of_cycle = |(hash, names): (Hash, Vec<_>)| (names.len() > 1).then_some(hash);
    let cycles = [&*library, &*codebase].into_iter().flat_map(components).filter_map(of_cycle).collect();
    let nameless = Nameless { inner: &environment, cycles };
    let mut wrong = differences(&library, &nameless, "unison/stdlib");
    wrong.extend(differences(&codebase, &nameless, "p"));
    assert!(wrong.is_empty(), "{} differ\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// What a text defines, or what is wrong with it.
fn reread(
    text: &str,
    environment: &(dyn Environment + Sync),
    project: &str,
) -> Result<BTreeSet<(Name, TermRef)>, String> {
    let mut sources = Sources::default();
    let source = sources.add("printed.u", text);
    let show = |problems: Vec<Diagnostic>| {
        problems.iter().map(|problem| diagnostic::human(problem, &sources, false)).collect::<Vec<_>>().join("\n")
    };
    compiler::on_compiler_stack(|| {
        let (tree, problems) = syntax::parse(source, text);
        if !problems.is_empty() {
            return Err(show(problems.iter().map(syntax::Problem::render).collect()));
        }
        let checked = check::check(&[tree], &sources, project, environment);
        if !checked.problems.is_empty() {
            return Err(show(checked.problems.iter().map(check::Problem::render).collect()));
        }
        Ok(checked.terms.iter().map(|term| (term.name.clone(), term.reference)).collect())
    })
}

#[test]
fn what_is_printed_is_what_one_would_write() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    let library = Arc::new(library::open(cache.path()).expect("made at first use"));
    let codebase = Arc::new(Codebase::in_memory().expect("memory"));
    let environment = CodebaseEnvironment::new(codebase.clone(), library);
    let mut sources = Sources::default();
    sources.add("printed.u", include_str!("printed.u"));
    store(&sources, &environment);
    let of_type = |(name, reference): (Name, TypeRef)| match reference {
        TypeRef::Def(id) => (name, id),
        other => panic!("a declaration of the program, not {other:?}"),
    };
    let types = ["Abort2", "Emit2", "Shape"].map(|name| codebase.types_by_suffix(&name.into()).remove(0)).map(of_type);
    let terms = [
        "usesMarked",
        "columns",
        "statements",
        "longCondition",
        "choose",
        "delaysTwice",
        "delaysFunction",
        "delaysOf",
        "row",
        "levels",
    ];
    let terms = terms.map(|name| match codebase.terms_by_suffix(&name.into()).remove(0) {
        (name, TermRef::Def(id)) => (name, id),
        other => panic!("a definition of the program, not {other:?}"),
    });
    let shown = [printed(&codebase, &environment, &types), printed(&codebase, &environment, &terms)].join("\n");
    expect_test::expect![[r#"
        structural ability Abort2 where
          abort2 : {Abort2} a

        structural ability Emit2 a where
          emit2 : a ->{Emit2 a} ()

        type Shape = Point | Circle Float | Polygon [(Nat, Nat)]

        usesMarked : Remote Nat -> Nat ->{Remote} Nat
        usesMarked f n = f + n * marked

        columns : Shape -> Shape -> Nat
        columns x y = match (x, y) with
          (Point, Point) -> 0
          (Circle z, _) | z < 1.0 -> 1
          (Circle z, _) -> 2
          (Polygon ((z, u) +: rest), Polygon []) -> z Nat.+ u + List.size rest
          (z@(Polygon (rest :+ (u, _))), v) -> u + List.size rest + columns v Point
          (_, _) -> 3

        statements : Nat ->{Emit2 Nat} Nat
        statements n =
          emit2 n
          emit2 (n + 1)
          (z, u) = (n, n)
          v = List.map (v -> v * 2) [n]
          f w = if w == 0 then g w else f (Nat.drop w 1)
          g w = w == 1 || f w
          _ = f z
          z Nat.+ u

        longCondition : Nat -> Text
        longCondition n =
          if n == 0 then "a text that is long enough to need a line of its own"
          else "another text that is long enough to need a line of its own"

        choose : Node ->{Remote} Nat
        choose node =
          Remote.at node do
            n = 1
            n + 2

        delaysTwice : a -> ''a
        delaysTwice x = do do x

        delaysFunction : a -> '(b -> a)
        delaysFunction x = do z -> x

        delaysOf : Nat -> (Nat -> ''Nat, '''Nat, a -> '(Nat -> Nat))
        delaysOf n =
          f x = do z -> x + n
          g = do do z -> n
          h x = do z -> z + n
          (f, g, h)

        row : Nat -> Nat -> Boolean
        row n m = n + m * 2 - 1 < 4 && n == m || n - (m - 1) == 0 && (n + m) * 2 == 3

        levels : Nat -> Text
        levels n =
          if n == 0 then "none"
          else if n == 1 then "one, with a text that is long enough to break the line behind it"
          else if n == 2 then "two"
          else "many"
    "#]]
    .assert_eq(&shown);
}
