mod support;
#[test]
fn scratch() {
    std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(|| {
            let path = std::env::var("U").unwrap();
            if path == "stdlib" {
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
                for p in std::env::var("F").into_iter().flat_map(|f| f.split(',').map(String::from).collect::<Vec<_>>())
                {
                    let t = std::fs::read_to_string(&p).unwrap();
                    let s = sources.add(p, t.as_str());
                    let (f, pr) = syntax::parse(s, &t);
                    for x in pr {
                        println!("{:?}", x);
                    }
                    files.push(f);
                }
                let now = std::time::Instant::now();
                let c = check::check(&files, &sources, "stdlib", &check::BuiltinEnvironment);
                println!("{:?} {} terms {} problems", now.elapsed(), c.terms.len(), c.problems.len());
                let mut ds: Vec<_> = c.problems.iter().map(|p| p.render()).collect();
                base::diagnostic::sort(&mut ds);
                for d in ds {
                    println!("{}", base::diagnostic::human(&d, &sources, false));
                }
                if std::env::var("V").is_ok() {
                    for t in &c.terms {
                        println!("{} : {}", t.name, check::print_signature(&t.signature, &check::BuiltinEnvironment));
                    }
                }
                return;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let (c, s) = support::checked(&text);
            println!("{}", support::report(&text));
            for p in &c.problems {
                println!("{}", base::diagnostic::human(&p.render(), &s, false));
            }
        })
        .unwrap()
        .join()
        .unwrap();
}
