//! On any number of threads the checker gives the same, in the same order: of the library, whole and with mistakes in it.

mod support;

use support::library::Library;
use support::on_compiler_stack;

/// Everything that a check gives, as text.
fn outcome(threads: usize, files: &[(String, String)]) -> String {
    let mut sources = base::Sources::default();
    let mut trees = Vec::new();
    for (path, text) in files {
        trees.push(syntax::parse(sources.add(path.as_str(), text.as_str()), text).0);
    }
    let checked = check::check_on(Some(threads), &trees, &sources, "test", &Library::default());
    let hashes: Vec<String> = checked.objects.iter().map(|object| object.hash().to_text()).collect();
    let counts = (checked.checked_count, checked.skipped_count);
    format!(
        "{:#?}\n{:#?}\n{:#?}\n{:#?}\n{hashes:#?}\n{counts:?}\n{:#?}",
        checked.types, checked.terms, checked.watches, checked.keys, checked.problems
    )
}

/// What may be meant by an unknown name comes before it on one thread, and is looked for at the end on several.
const SUGGESTED: &str = "
before : Nat -> Text
before n = describeNat n
describeNatural : Nat -> Text
describeNatural n = Nat.toText n
after : Nat -> Text
after n = describeNats (describeNatural n)
";

/// The library's files, each `mistake` written for a word of its own.
fn library(mistakes: &[(&str, &str)]) -> Vec<(String, String)> {
    let broken = |text: &str| mistakes.iter().fold(text.to_string(), |text, (word, wrong)| text.replace(word, wrong));
    let files = stdlib::FILES.iter().map(|(path, text)| (path.to_string(), broken(text)));
    files.chain((!mistakes.is_empty()).then(|| ("suggested.u".to_string(), SUGGESTED.to_string()))).collect()
}

#[test]
fn the_outcome_does_not_depend_on_the_number_of_threads() {
    on_compiler_stack(|| {
        // Unknown names, whose suggestions are definitions that come before; types that do not fit; a declaration with a mistake.
        let mistakes: [&[(&str, &str)]; 3] = [
            &[],
            &[("List.foldLeft", "List.foldLft"), ("Optional.map", "Optional.mop")],
            &[("List.reverse ", "List.size "), ("Text.size", "Text.siz"), ("type Map", "type Map x x")],
        ];
        for mistakes in mistakes {
            let files = library(mistakes);
            let (one, several) = (outcome(1, &files), outcome(3, &files));
            let differs = one.lines().zip(several.lines()).find(|(one, other)| one != other);
            assert_eq!(differs, None, "{mistakes:?}");
            assert_eq!(one.len(), several.len(), "{mistakes:?}");
        }
    });
}
