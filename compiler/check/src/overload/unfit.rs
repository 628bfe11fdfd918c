//! Why nothing that a name means fits a use of it, and what to write instead.

use super::*;

impl Checker<'_> {
    pub(super) fn none_fits(
        &mut self,
        name: &Name,
        span: Span,
        candidates: &[Candidate],
        args: &[&Expr],
        known: Vec<Known>,
        want: Option<&Want>,
    ) -> (Elab, Ty) {
        // What its result does not fit is told by the one who wants it.
        if want.is_some()
            && !args.is_empty()
            && self.grouping(span).is_none()
            && self.are_sound(args, &known)
            && let Some(agreed) = self.agreed(candidates, &known)
        {
            return self.take(&candidates[agreed], span, args, known, want);
        }
        let wanted = self.use_text(&known, want);
        for known in &known {
            if let Known::Inferred(_, ty) = known {
                self.blame(ty);
            }
        }
        let given: Vec<Given> = args.iter().zip(&known).map(|(arg, known)| known.given(arg.span)).collect();
        let known = self.infer_rest(args, known);
        let unknown = known.iter().any(|known| matches!(known, Known::Inferred(_, Ty::Error)));
        if unknown || args.iter().any(|arg| self.has_hole(arg.span)) {
            return (Elab::Error, Ty::Error);
        }
        let misfit = self.misfit(candidates, &given, want.map(|want| &want.ty));
        let order = self.other_order(name, candidates, args, &known, want);
        let shown = self.shown(candidates);
        let (name, grouping) = (name.clone(), self.grouping(span));
        if let (Some(_), [left, _]) = (&grouping, args) {
            self.forget_mismatch_at_end(left.span);
        }
        let negated = self.negated(&name, args, &known);
        let instead = match misfit {
            Some(_) => None,
            None => self
                .operator_inside(&name, candidates, args, &known)
                .map(Instead::Inside)
                .or_else(|| self.delays_run(&name, candidates, args, &known).map(Instead::Run)),
        };
        self.problem(Problem::Name(NameProblem::NoneFits {
            span,
            name,
            wanted,
            candidates: shown,
            grouping,
            negated,
            instead,
            order,
            misfit,
        }));
        (Elab::Error, Ty::Error)
    }

    /// The application with two arguments in exchange, if a candidate fits then.
    fn other_order(
        &mut self,
        name: &Name,
        candidates: &[Candidate],
        args: &[&Expr],
        known: &[Known],
        want: Option<&Want>,
    ) -> Option<String> {
        if name.is_operator() || args.len() > ARGUMENTS_MAX {
            return None;
        }
        let pairs = (1..args.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
        for (first, second) in pairs {
            let mut known = known.to_vec();
            known.swap(first, second);
            if candidates.iter().take(CANDIDATES_MAX).any(|candidate| self.fits(candidate, &known, want)) {
                let mut texts: Vec<String> = args.iter().map(|arg| self.in_parentheses(arg)).collect();
                texts.swap(first, second);
                return Some(format!("{name} {}", texts.join(" ")));
            }
        }
        None
    }

    /// An argument as it is written, in parentheses unless it is a name, a literal or in brackets.
    pub fn in_parentheses(&self, arg: &Expr) -> String {
        let text = self.sources.text(arg.span);
        match arg.kind {
            ExprKind::Name(_) | ExprKind::Literal(_) | ExprKind::List(_) | ExprKind::Tuple(_) => text.to_string(),
            _ => format!("({text})"),
        }
    }

    /// The operand of a `-` that has a function to its left.
    fn negated(&self, name: &Name, args: &[&Expr], known: &[Known]) -> Option<String> {
        let [_, operand] = args else { return None };
        let Some(Known::Inferred(_, left)) = known.first() else { return None };
        let is_function = matches!(self.solver.resolve(left), Ty::Fun(_));
        (name.last() == "-" && is_function).then(|| self.sources.text(operand.span).to_string())
    }

    /// `f a + b`, where `f (a + b)` would fit: an application was taken for the left operand of an operator. What is not known of `a` is so because of that.
    fn operator_inside(
        &mut self,
        name: &Name,
        candidates: &[Candidate],
        args: &[&Expr],
        known: &[Known],
    ) -> Option<String> {
        let ([left, right], true) = (args, name.is_operator()) else { return None };
        let (ExprKind::App(_, inner), [_, second]) = (&left.kind, known) else { return None };
        let last = inner.last()?;
        let ty = self.type_again(last)?;
        let pair = [Known::Inferred(Elab::Error, ty.clone()), second.clone()];
        if !candidates.iter().take(CANDIDATES_MAX).any(|candidate| self.fits(candidate, &pair, None)) {
            return None;
        }
        self.blame(&ty);
        let [left, last, right] = [left, last, right].map(|expr| self.sources.text(expr.span));
        let head = left.strip_suffix(last)?.trim_end();
        Some(format!("{head} ({last} {name} {right})"))
    }

    /// The application with the delays among its arguments run, if a candidate fits then.
    fn delays_run(&mut self, name: &Name, candidates: &[Candidate], args: &[&Expr], known: &[Known]) -> Option<String> {
        let yielded = |known: &Known| match known {
            Known::Inferred(elab, ty) => match self.solver.resolve(ty) {
                Ty::Fun(fun) if self.solver.resolve(&fun.arg) == Ty::unit() => {
                    Some(Known::Inferred(elab.clone(), fun.ret.clone()))
                }
                _ => None,
            },
            Known::Later => None,
        };
        let yields: Vec<Option<Known>> = known.iter().map(yielded).collect();
        let run: Vec<Known> =
            yields.iter().zip(known).map(|(run, known)| run.clone().unwrap_or_else(|| known.clone())).collect();
        let is_delayed = yields.iter().any(Option::is_some);
        if !is_delayed || !candidates.iter().take(CANDIDATES_MAX).any(|candidate| self.fits(candidate, &run, None)) {
            return None;
        }
        let text = |(arg, run): (&&Expr, &Option<Known>)| match run {
            Some(_) => format!("!{}", self.in_parentheses(arg)),
            None => self.sources.text(arg.span).to_string(),
        };
        let texts: Vec<String> = args.iter().zip(&yields).map(text).collect();
        Some(match &texts[..] {
            [left, right] if name.is_operator() => format!("{left} {name} {right}"),
            _ => format!("{name} {}", texts.join(" ")),
        })
    }

    /// The type of an argument that was inferred before, as far as that told no mistake.
    fn type_again(&mut self, arg: &Expr) -> Option<Ty> {
        if let ExprKind::Name(variable) = &arg.kind
            && let Some(variable) = self.locals.find(variable)
        {
            return Some(variable.scheme.ty.clone());
        }
        let is_inside = |problem: &Problem| match problem {
            Problem::Name(NameProblem::NoneFits { span, .. }) => contains(arg.span, *span),
            _ => false,
        };
        if self.problems.iter().any(is_inside) {
            return None;
        }
        let (problems, choices, holes) = (self.problems.len(), self.choices.len(), self.holes.len());
        let (_, ty) = self.scoped(|checker| checker.infer(arg));
        self.problems.truncate(problems);
        self.holes.truncate(holes);
        self.choices[choices..].iter_mut().for_each(|choice| choice.outcome = Some(Elab::Error));
        (!self.solver.has_error(&ty)).then_some(ty)
    }

    /// What ends there was grouped in another way than it was meant: that its last part does not fit where it stands says nothing more.
    fn forget_mismatch_at_end(&mut self, grouped: Span) {
        self.problems.retain(|problem| match problem {
            Problem::Type(TypeProblem::Mismatch { span, .. }) => {
                span.source != grouped.source || span.end != grouped.end || span.start < grouped.start
            }
            _ => true,
        });
    }
}
