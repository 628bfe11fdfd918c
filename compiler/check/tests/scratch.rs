mod support;
use support::library::Library;
#[test]
fn scratch() {
    support::on_compiler_stack(|| {
        let mut sources = base::Sources::default();
        let mut files = vec![];
        for (p, t) in stdlib::FILES {
            let s = sources.add(*p, *t);
            let (f, pr) = syntax::parse(s, t);
            for x in pr {
                println!("{:?}", x);
            }
            files.push(f);
        }
        let mut lib = Library::default();
        if std::env::var("S").is_ok() {
            let now = std::time::Instant::now();
            let c = check::check(&files, &sources, "stdlib", &lib);
            println!("{:?} {} terms {} problems", now.elapsed(), c.terms.len(), c.problems.len());
            for d in &c.problems {
                println!("{}", base::diagnostic::human(&d.render(), &sources, false));
            }
            lib = lib.with_level(&c, 1);
            if std::env::var("V").is_ok() {
                for t in &c.terms {
                    println!(
                        "{} : {}\n     {}",
                        t.name,
                        check::print_signature(&t.signature, &lib),
                        lib.body(t.reference).map_or("?".into(), |b| support::show::term(&b, &lib))
                    );
                }
            }
        }
        for u in std::env::var("U").unwrap_or_default().split(',').filter(|u| !u.is_empty()) {
            println!("=== {u}");
            let text = std::fs::read_to_string(u).unwrap();
            println!("{}", support::report_over(&text, &lib));
            let (c, s) = support::checked(&[("test.u", &text)], &lib);
            for p in &c.problems {
                println!("{}", base::diagnostic::human(&p.render(), &s, false));
            }
            let l2 = lib.with(&c);
            if std::env::var("E").is_ok() {
                for t in &c.terms {
                    println!(
                        "{} =   {}",
                        t.name,
                        l2.body(t.reference).map_or("?".into(), |b| support::show::term(&b, &l2))
                    );
                }
            }
        }
    });
}
