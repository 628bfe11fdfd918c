//! S-expressions. `;` begins a comment.

#[derive(Clone, Debug)]
pub enum Sexpr {
    Atom(String),
    Text(String),
    List(Vec<Sexpr>),
}

impl Sexpr {
    pub fn list(&self) -> &[Sexpr] {
        match self {
            Sexpr::List(items) => items,
            other => panic!("{other:?} is not a list"),
        }
    }

    pub fn maybe_atom(&self) -> Option<&str> {
        match self {
            Sexpr::Atom(atom) => Some(atom),
            _ => None,
        }
    }

    pub fn atom(&self) -> &str {
        self.maybe_atom().unwrap_or_else(|| panic!("{self:?} is not a name"))
    }
}

pub fn read(source: &str) -> Vec<Sexpr> {
    let mut stack = vec![Vec::new()];
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '(' | ')' => 1,
            '"' => 2 + rest[1..].find('"').expect("a text ends"),
            ';' => rest.find('\n').unwrap_or(rest.len()),
            c if c.is_whitespace() => c.len_utf8(),
            _ => rest.find(|c: char| c.is_whitespace() || "()".contains(c)).unwrap_or(rest.len()),
        };
        let token = &rest[..end];
        match c {
            '(' => stack.push(Vec::new()),
            ')' => {
                let items = stack.pop().expect("a list was opened");
                stack.last_mut().expect("parentheses match").push(Sexpr::List(items));
            }
            '"' => {
                stack.last_mut().expect("parentheses match").push(Sexpr::Text(token[1..end - 1].replace("\\n", "\n")))
            }
            ';' => {}
            c if c.is_whitespace() => {}
            _ => stack.last_mut().expect("parentheses match").push(Sexpr::Atom(token.into())),
        }
        rest = &rest[end..];
    }
    assert_eq!(stack.len(), 1, "parentheses match");
    stack.remove(0)
}
