//! Patterns, `match` and `cases`.

use crate::ability::Ambient;
use crate::application::joined;
use crate::elab::{Case, Elab, Match, Pattern};
use crate::hash_reference::is_hash;
use crate::infer::{Checker, Want, read_literal};
use crate::names::Constructor;
use crate::problem::{Advice, Members, NameProblem, PatternProblem, Problem, Remedy, TypeProblem};
use crate::scope::Instance;
use crate::signature::is_variable;
use crate::ty::{Row, Scheme, Ty};
use base::{Name, Span};
use builtin::BuiltinType;
use kernel::{DeclarationKind, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use syntax::tree::{self, Expr, GuardedBody, Ident, PatternKind};

const LIST: Option<TypeRef> = Some(TypeRef::Builtin(BuiltinType::List));

/// What is taken apart: so many values, each with its type.
struct Scrutinees {
    elabs: Vec<Elab>,
    types: Vec<Ty>,
}

impl Checker<'_> {
    pub fn check_match(&mut self, scrutinee: &Expr, cases: &[tree::Case], span: Span, want: &Want) -> Elab {
        let (elab, ty) = self.scoped(|checker| checker.infer(scrutinee));
        let scrutinees = Scrutinees { elabs: vec![elab], types: vec![ty] };
        self.check_alternatives(scrutinees, cases, span, want)
    }

    pub fn check_cases(&mut self, cases: &[tree::Case], span: Span, want: &Want) -> Elab {
        let arity = cases.iter().find(|case| !is_unreadable(case)).map_or(1, |case| case.patterns.len());
        let level = self.solver.level;
        let Some((schemes, row, result)) = self.wanted_arguments(arity, span, want) else {
            self.solver.level = level;
            let ty = self.solver.fresh();
            self.check_cases(cases, span, &Want::of(ty.clone()));
            self.blame(&ty);
            self.misfit = Some(ty);
            return Elab::Error;
        };
        let locals: Vec<_> = schemes.iter().map(|_| self.fresh_local()).collect();
        let place = want.because.map_or(span, |(place, _)| place);
        let body = self.in_ambient(Ambient::row(row, place), |checker| {
            let (mut elabs, mut types) = (Vec::new(), Vec::new());
            for (local, scheme) in locals.iter().zip(schemes) {
                let instance = Instance { elab: Elab::Local(*local), ty: scheme.ty, by_name: scheme.by_name };
                let (elab, ty) = checker.forced(instance, span);
                elabs.push(elab);
                types.push(ty);
            }
            checker.check_alternatives(Scrutinees { elabs, types }, cases, span, &want.with(result))
        });
        self.solver.level = level;
        Elab::Lambda(locals, Box::new(body))
    }

    /// As for a lambda with so many parameters.
    fn wanted_arguments(&mut self, arity: usize, span: Span, want: &Want) -> Option<(Vec<Scheme>, Row, Ty)> {
        let params = vec![tree::Pattern { span, kind: PatternKind::Wild }; arity];
        self.wanted_parameters(&params, want)
    }

    fn check_alternatives(&mut self, of: Scrutinees, cases: &[tree::Case], span: Span, want: &Want) -> Elab {
        let arity = of.types.len();
        self.report_arities(cases, arity);
        for (i, ty) in of.types.iter().enumerate() {
            let column: Vec<&tree::Pattern> = cases.iter().filter_map(|case| case.patterns.get(i)).collect();
            self.prepare_requests(&column, ty);
        }
        let abilities = of.types.iter().flat_map(|ty| self.request_abilities(ty)).collect();
        let told = self.problems.len();
        let mut elabs = Vec::new();
        let mut want = want.clone();
        for case in cases {
            if case.patterns.len() != arity {
                elabs.push(Case { span: case.span, pattern: Pattern::Error, guard: None, body: Elab::Error });
                continue;
            }
            self.check_case(case, &of.types, &want, &mut elabs);
            if let Some(first) = case.bodies.first() {
                want = self.after_first(&want, first.body.span);
            }
        }
        for i in 0..arity {
            self.tell_misfits_once(cases.iter().filter_map(|case| case.patterns.get(i)), told);
        }
        Elab::Match(Box::new(Match {
            span,
            scrutinee: join_scrutinees(of.elabs),
            ty: join_types(of.types),
            abilities,
            cases: elabs,
            binds: false,
        }))
    }

    /// Where all patterns are of one type, and another one is taken apart, that is one mistake: the first of them tells it.
    fn tell_misfits_once<'p>(&mut self, column: impl Iterator<Item = &'p tree::Pattern>, told: usize) {
        let is_open = |pattern: &tree::Pattern| matches!(pattern.kind, PatternKind::Wild | PatternKind::Var(_));
        let places: BTreeSet<Span> = column.filter(|pattern| !is_open(pattern)).map(|pattern| pattern.span).collect();
        let misfit = |problem: &Problem| match problem {
            Problem::Type(TypeProblem::Mismatch { span, found, .. }) if places.contains(span) => Some(found.clone()),
            _ => None,
        };
        let found: Vec<String> = self.problems.iter().skip(told).filter_map(misfit).collect();
        if found.len() < 2 || found.len() < places.len() || found.iter().any(|other| *other != found[0]) {
            return;
        }
        let mut later = self.problems.split_off(told);
        let mut is_first = true;
        later.retain(|problem| misfit(problem).is_none() || std::mem::take(&mut is_first));
        self.problems.append(&mut later);
    }

    fn report_arities(&mut self, cases: &[tree::Case], wanted: usize) {
        let Some(first) = cases.iter().find(|case| case.patterns.len() == wanted).map(|case| case.span) else { return };
        for case in cases.iter().filter(|case| case.patterns.len() != wanted && !is_unreadable(case)) {
            let (span, given) = (case.span, case.patterns.len());
            self.problem(Problem::Pattern(PatternProblem::CaseArity { span, first, wanted, given }));
        }
    }

    fn check_case(&mut self, case: &tree::Case, types: &[Ty], want: &Want, elabs: &mut Vec<Case>) {
        let level = self.solver.level;
        self.scoped(|checker| {
            let first = checker.locals.len();
            let (unbound, told) = (checker.may_be_unbound, checker.problems.len());
            let patterns = case.patterns.iter().zip(types).map(|(pattern, ty)| checker.check_pattern(pattern, ty));
            let pattern = joined(patterns.collect());
            checker.may_be_unbound |= checker.problems[told..].iter().any(lacks_fields);
            checker.report_duplicate_variables(first);
            for GuardedBody { guard, body } in &case.bodies {
                let boolean = Want::of(Ty::builtin(BuiltinType::Boolean));
                let guard = guard.as_ref().map(|guard| checker.scoped(|checker| checker.check(guard, &boolean)));
                let body = checker.scoped(|checker| checker.check(body, want));
                elabs.push(Case { span: case.span, pattern: pattern.clone(), guard, body });
            }
            checker.may_be_unbound = unbound;
        });
        self.solver.level = level;
    }

    pub fn report_duplicate_variables(&mut self, first: usize) {
        let bound: Vec<(Name, Span)> =
            self.locals.since(first).iter().map(|variable| (variable.name.clone(), variable.span)).collect();
        let mut seen: BTreeMap<&Name, Span> = BTreeMap::new();
        for (name, second) in &bound {
            match seen.get(name) {
                Some(first) => {
                    let (name, first, second) = (name.clone(), *first, *second);
                    self.problem(Problem::Name(NameProblem::DuplicateVariable { name, first, second }));
                }
                None => _ = seen.insert(name, *second),
            }
        }
    }

    /// Checks a pattern against the type of what it takes apart, and brings its variables into scope.
    pub fn check_pattern(&mut self, pattern: &tree::Pattern, ty: &Ty) -> Pattern {
        match &pattern.kind {
            PatternKind::Wild => Pattern::Any,
            PatternKind::Var(ident) => {
                let scheme = Scheme { ty: ty.clone(), by_name: false };
                Pattern::Var(self.bind(&ident.name, ident.span, scheme))
            }
            PatternKind::As(ident, inner) => {
                let known = if is_unread(inner) { Ty::Error } else { ty.clone() };
                let scheme = Scheme { ty: known, by_name: false };
                let local = self.bind(&ident.name, ident.span, scheme);
                Pattern::As(local, Box::new(self.check_pattern(inner, ty)))
            }
            PatternKind::Literal(literal) => self.literal_pattern(literal, ty, pattern.span),
            PatternKind::Constructor(ident, fields) => self.constructor_pattern(ident, fields, ty, pattern.span),
            PatternKind::Tuple(elements) => self.tuple_pattern(elements, ty, pattern.span),
            PatternKind::List(elements) => {
                let element = self.list_element(ty, pattern.span);
                Pattern::List(self.patterns(elements, &element))
            }
            PatternKind::Cons(first, rest) => {
                let element = self.list_element(ty, pattern.span);
                let first = self.check_pattern(first, &element);
                let ty = if element == Ty::Error { &element } else { ty };
                Pattern::Cons(Box::new(first), Box::new(self.check_pattern(rest, ty)))
            }
            PatternKind::Snoc(front, last) => {
                let element = self.list_element(ty, pattern.span);
                let front = self.check_pattern(front, if element == Ty::Error { &element } else { ty });
                Pattern::Snoc(Box::new(front), Box::new(self.check_pattern(last, &element)))
            }
            PatternKind::Concat(left, right) => self.concat_pattern(left, right, ty, pattern.span),
            PatternKind::Pure(inner) => {
                let (_, result) = self.request_parts(ty, pattern.span);
                Pattern::Pure(Box::new(self.check_pattern(inner, &result)))
            }
            PatternKind::Request { operation, args, resume } => {
                self.request_pattern(operation, args, resume, ty, pattern.span)
            }
            PatternKind::Error => Pattern::Error,
        }
    }

    fn patterns(&mut self, patterns: &[tree::Pattern], ty: &Ty) -> Vec<Pattern> {
        patterns.iter().map(|pattern| self.check_pattern(pattern, ty)).collect()
    }

    fn literal_pattern(&mut self, literal: &tree::Literal, ty: &Ty, span: Span) -> Pattern {
        let (literal, literal_type) = read_literal(literal);
        let fits = self.fit_pattern(&Ty::builtin(literal_type), ty, span);
        if fits { Pattern::Literal(literal) } else { Pattern::Error }
    }

    /// The pattern is for values of type `of`; what it takes apart has type `ty`. Whether it fits.
    pub fn fit_pattern(&mut self, of: &Ty, ty: &Ty, span: Span) -> bool {
        let told = self.problems.len();
        let fits = self.fit(of, &Want::of(ty.clone()), span);
        if !fits {
            let is_list_of_text =
                self.head_type(of) == LIST && self.solver.resolve(ty) == Ty::builtin(BuiltinType::Text);
            let yields = self.yields(ty, of);
            let members = self.members_of(&self.head_type(ty).into_iter().collect::<Vec<_>>());
            for problem in &mut self.problems[told..] {
                if let Problem::Type(TypeProblem::Mismatch { advice, .. }) = problem
                    && !matches!(advice, Some(Advice::Remedy(Remedy::Literal(_))))
                {
                    // A pattern converts nothing.
                    *advice = match is_list_of_text {
                        true => Some(Advice::TextAsList),
                        false => yields.clone().or(members.clone().map(Advice::Members)),
                    };
                }
            }
        }
        fits
    }

    /// What is taken apart may be a future or a delay of what the pattern is for.
    fn yields(&mut self, taken_apart: &Ty, of: &Ty) -> Option<Advice> {
        match self.remedy(taken_apart, of, None) {
            Some((_, remedy @ (Remedy::Await | Remedy::Run))) => {
                Some(Advice::TakenApart { future: remedy == Remedy::Await })
            }
            _ => None,
        }
    }

    fn head_type(&self, ty: &Ty) -> Option<TypeRef> {
        crate::ty::ability_of(&self.solver.resolve(ty))
    }

    /// The constructors of a type, or the operations of abilities; nothing if they are not known.
    pub fn members_of(&self, types: &[TypeRef]) -> Option<Members> {
        let mut patterns = Vec::new();
        for ty in types.iter().filter(|ty| !matches!(ty, TypeRef::Builtin(BuiltinType::Tuple(_)))) {
            let declaration = self.names.declaration(*ty)?;
            for member in declaration.constructors.iter().filter(|member| self.is_known_member(&member.name, *ty)) {
                let blanks = " _".repeat(member.arity as usize);
                let name = self.member_name(&member.name, *ty);
                patterns.push(match declaration.kind {
                    DeclarationKind::Ability => format!("{{ {name}{blanks} -> k }}"),
                    _ => format!("{name}{blanks}"),
                });
            }
        }
        let of: Vec<String> = types.iter().map(|ty| self.names.type_text(*ty)).collect();
        (!patterns.is_empty()).then(|| Members { of: of.join(" and "), patterns })
    }

    /// Whether a constructor or operation has a name here: what the runtime makes has none.
    fn is_known_member(&self, member: &str, ty: TypeRef) -> bool {
        let name = Name::new(format!("{}.{member}", self.names.type_text(ty)));
        self.names.constructors(&name, &self.place).iter().any(|found| found.ty == ty)
    }

    /// What to write for a constructor or operation of this type.
    pub fn member_name(&self, member: &str, ty: TypeRef) -> String {
        match self.names.is_only_constructor(member, ty) {
            true => member.to_string(),
            false => format!("{}.{member}", self.names.type_text(ty)),
        }
    }

    /// What may have been meant by the name of a constructor or operation that does not exist: of what is taken apart, if that is known. One that has
    /// another number of fields was not meant where there are some with as many as it is given.
    fn similar_members(&self, name: &Name, types: &[TypeRef], operation: bool, fields: usize) -> Vec<Name> {
        let limit = (name.last().chars().count() / 2).clamp(1, 3);
        let mut near: Vec<(usize, Name)> = Vec::new();
        let declared: Vec<_> = types.iter().filter_map(|ty| Some((*ty, self.names.declaration(*ty)?))).collect();
        let is_known = |name: &Name| !self.names.constructors(name, &self.place).is_empty();
        let has_as_many = |member: &kernel::Constructor| member.arity as usize == fields;
        let some = declared.iter().any(|(_, declaration)| declaration.constructors.iter().any(has_as_many));
        for (ty, declaration) in &declared {
            for member in declaration.constructors.iter().filter(|member| !some || has_as_many(member)) {
                let alike = member.name.to_lowercase() == name.last().to_lowercase();
                let distance = if alike { 0 } else { base::similar::distance(name.last(), &member.name) };
                if distance <= limit {
                    near.push((distance, Name::new(self.member_name(&member.name, *ty))));
                }
            }
        }
        near.sort();
        match types {
            [] => {
                let similar = self.names.similar_constructors(name, &self.place, operation);
                similar.into_iter().filter(is_known).collect()
            }
            _ => near.into_iter().map(|(_, name)| name).filter(is_known).take(1).collect(),
        }
    }

    fn tuple_pattern(&mut self, elements: &[tree::Pattern], ty: &Ty, span: Span) -> Pattern {
        let types: Vec<Ty> = match self.solver.resolve(ty).unapply() {
            (head, args) if args.len() == elements.len() && is_tuple(head) => args.into_iter().cloned().collect(),
            _ => {
                let types: Vec<Ty> = elements.iter().map(|_| self.solver.fresh()).collect();
                self.fit_pattern(&Ty::tuple(types.clone()), ty, span);
                types
            }
        };
        Pattern::tuple(elements.iter().zip(&types).map(|(element, ty)| self.check_pattern(element, ty)).collect())
    }

    /// The type of the elements; `Error` if it is not a list that is taken apart.
    fn list_element(&mut self, ty: &Ty, span: Span) -> Ty {
        if let (Ty::Ref(TypeRef::Builtin(BuiltinType::List)), args) = self.solver.resolve(ty).unapply()
            && let [element] = args[..]
        {
            return element.clone();
        }
        let element = self.solver.fresh();
        match self.fit_pattern(&Ty::list(element.clone()), ty, span) {
            true => element,
            false => Ty::Error,
        }
    }

    fn concat_pattern(&mut self, left: &tree::Pattern, right: &tree::Pattern, ty: &Ty, span: Span) -> Pattern {
        let element = self.list_element(ty, span);
        if element == Ty::Error {
            // What stands in it is for what was taken for a list.
            [left, right].into_iter().for_each(|side| drop(self.check_pattern(side, &Ty::Error)));
            return Pattern::Error;
        }
        match (&left.kind, &right.kind) {
            (PatternKind::List(elements), _) => {
                let elements = self.patterns(elements, &element);
                Pattern::Prefix(elements, Box::new(self.check_pattern(right, ty)))
            }
            (_, PatternKind::List(elements)) => {
                let front = self.check_pattern(left, ty);
                Pattern::Suffix(Box::new(front), self.patterns(elements, &element))
            }
            _ => {
                self.check_pattern(left, ty);
                self.check_pattern(right, ty);
                self.problem(Problem::Pattern(PatternProblem::UnknownLength { span }));
                Pattern::Error
            }
        }
    }

    fn constructor_pattern(&mut self, ident: &Ident, fields: &[tree::Pattern], ty: &Ty, span: Span) -> Pattern {
        let Some(constructor) = self.one_constructor(ident, ty, fields.len()) else {
            if is_variable(&ident.name) {
                self.bind(&ident.name, ident.span, Scheme { ty: Ty::Error, by_name: false });
            }
            fields.iter().for_each(|field| {
                self.check_pattern(field, &Ty::Error);
            });
            return Pattern::Error;
        };
        if self.names.is_broken(constructor.ty) {
            self.field_patterns(fields, &[]);
            return Pattern::Error;
        }
        let (mut types, result) = self.constructor_fields(&constructor);
        let fits = self.fit_pattern(&result, ty, span);
        if !fits {
            // Of what another constructor was taken for, nothing is known.
            types.fill(Ty::Error);
        }
        let pattern = Pattern::Constructor(constructor.ty, constructor.index, self.field_patterns(fields, &types));
        let pattern = self.report_field_count(ident, types.len(), fields.len(), span).unwrap_or(pattern);
        if fits { pattern } else { Pattern::Error }
    }

    /// Checks what there is, so that variables come into scope even if the count is wrong.
    pub fn field_patterns(&mut self, fields: &[tree::Pattern], types: &[Ty]) -> Vec<Pattern> {
        let types = types.iter().cloned().chain(std::iter::repeat(Ty::Error));
        fields.iter().zip(types).map(|(field, ty)| self.check_pattern(field, &ty)).collect()
    }

    pub fn report_field_count(&mut self, ident: &Ident, has: usize, given: usize, span: Span) -> Option<Pattern> {
        if has == given {
            return None;
        }
        let name = ident.name.clone();
        self.problem(Problem::Pattern(PatternProblem::FieldCount { span, name, has, given }));
        Some(Pattern::Error)
    }

    /// Of several with one name, the one of the type that is taken apart.
    fn one_constructor(&mut self, ident: &Ident, ty: &Ty, fields: usize) -> Option<Constructor> {
        let all = self.names.constructors(&ident.name, &self.place);
        let found = || all.iter().filter(|found| !found.operation);
        let of = self.head_type(ty);
        let ty = found().nth(1).and(of);
        let found = found().filter(|found| ty.is_none_or(|ty| found.ty == ty)).cloned().collect();
        let of: Vec<TypeRef> = of.into_iter().filter(|ty| self.names.declaration(*ty).is_some()).collect();
        self.only_constructor(ident, found, &of, false, fields)
    }

    /// The one that was found; a problem if there is none, or more than one. `of` is what is taken apart, if that is known.
    pub fn only_constructor(
        &mut self,
        ident: &Ident,
        mut found: Vec<Constructor>,
        of: &[TypeRef],
        operation: bool,
        fields: usize,
    ) -> Option<Constructor> {
        let (span, name) = (ident.span, ident.name.clone());
        let problem = match found.len() {
            1 => return found.pop(),
            _ if is_hash(&name) => {
                let candidates = found.into_iter().map(|constructor| constructor.name).collect();
                NameProblem::of_hash(span, &name, "constructor or operation", candidates)
            }
            0 if self.is_unread(&name) => return None,
            0 => {
                let (similar, members) = (self.similar_members(&name, of, operation, fields), self.members_of(of));
                NameProblem::UnknownConstructor { span, name, similar, operation, members }
            }
            _ => {
                let candidates = found.into_iter().map(|constructor| constructor.name).collect();
                NameProblem::AmbiguousConstructor { span, name, candidates }
            }
        };
        self.problem(Problem::Name(problem));
        None
    }

    /// The types of its fields and of the whole.
    fn constructor_fields(&mut self, constructor: &Constructor) -> (Vec<Ty>, Ty) {
        let scheme = self.scheme(&crate::names::Target::Constructor(constructor.clone()));
        let arity = self
            .names
            .declaration(constructor.ty)
            .and_then(|declaration| Some(declaration.constructors.get(constructor.index as usize)?.arity as usize));
        let mut ty = self.solver.instantiate(&scheme.ty);
        let mut fields = Vec::new();
        while fields.len() < arity.unwrap_or(0) {
            let Ty::Fun(fun) = &ty else { break };
            fields.push(fun.arg.clone());
            ty = fun.ret.clone();
        }
        (fields, ty)
    }
}

/// Whether a pattern was told to have too few fields: some of its variables are missing.
fn lacks_fields(problem: &Problem) -> bool {
    matches!(problem, Problem::Pattern(PatternProblem::FieldCount { has, given, .. }) if given < has)
}

/// Whether it stands for a pattern that could not be read, of which only variables are known.
fn is_unread(pattern: &tree::Pattern) -> bool {
    match &pattern.kind {
        PatternKind::As(_, inner) => is_unread(inner),
        PatternKind::Error => true,
        _ => false,
    }
}

fn is_tuple(head: &Ty) -> bool {
    matches!(head, Ty::Ref(TypeRef::Builtin(BuiltinType::Tuple(_))))
}

fn join_scrutinees(mut elabs: Vec<Elab>) -> Elab {
    if elabs.len() == 1 { elabs.remove(0) } else { Elab::tuple(elabs) }
}

fn join_types(mut types: Vec<Ty>) -> Ty {
    if types.len() == 1 { types.remove(0) } else { Ty::tuple(types) }
}

/// Whether nothing is known of a case, not even how many patterns it has.
fn is_unreadable(case: &tree::Case) -> bool {
    matches!(&case.patterns[..], [only] if matches!(only.kind, PatternKind::Error))
}
