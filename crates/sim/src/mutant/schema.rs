//! Many faults in one copy of the sources, each behind its number: `a + b` becomes `(block.prevrandao == 17 ? a - b : (a + b))`.
//!
//! Faults may stand inside each other: everything is an insertion, and what is inserted holds the original text.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use super::{Mutant, source, tree::Span};
use crate::{
    canary::CanaryError,
    compile::{Changed, SRC},
};

/// How a fault is put behind its number.
#[derive(Clone, Debug)]
pub(super) enum Wrap {
    /// An expression. A literal needs a type that it would find by itself elsewhere.
    Expression { cast: String },
    /// A statement that is left out.
    Statement,
    /// A modifier that is left out: its definition is copied, and what it does switched off.
    Modifier(Box<Modifier>),
    /// A statement in assembly that is left out.
    YulStatement,
    /// Another builtin. Every call has one helper for all its faults.
    YulCall { scope: usize, callee: usize, name: String, other: &'static str },
    /// A value of which another is made.
    YulValue { scope: usize, formula: &'static str },
}

/// Where a modifier's definition stands.
#[derive(Clone, Debug)]
pub(super) struct Modifier {
    /// Under contracts/src.
    pub(super) file: String,
    pub(super) span: Span,
    /// Where its name begins.
    pub(super) name: usize,
    /// Where its body begins.
    pub(super) body: usize,
    /// The body's statements; `None`: what it modifies.
    pub(super) statements: Vec<Option<Span>>,
}

/// Texts and where they go into a file. At one place, what ends goes before what begins, and inner things end first and begin last.
#[derive(Default)]
struct Insertions(BTreeMap<(usize, bool, i64, i64), String>);

impl Insertions {
    fn around(&mut self, (start, end): Span, number: usize, before: String, after: String) {
        let (length, number) = ((end - start) as i64, number as i64);
        self.0.insert((start, true, -length, number), before);
        self.0.insert((end, false, length, -number), after);
    }

    /// At the very beginning of what begins at `at`.
    fn at(&mut self, at: usize, number: usize, text: String) {
        self.0.insert((at, true, i64::MIN, number as i64), text);
    }

    fn into(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() * 2);
        let mut done = 0;
        for ((at, ..), insertion) in self.0 {
            out.push_str(&text[done..at]);
            out.push_str(&insertion);
            done = at;
        }
        out.push_str(&text[done..]);
        out
    }
}

/// A builtin that is called in assembly: file, scope, place, name.
type Callee<'a> = (&'a str, usize, usize, &'a str);

/// The sources with these mutants in them: the first is switched on by 1. Every other source as far as it must follow.
///
/// # Errors
/// If a source cannot be read.
pub fn planted<'a>(root: &Path, mutants: impl IntoIterator<Item = &'a Mutant>) -> Result<Changed, CanaryError> {
    let mut files: BTreeMap<&str, Insertions> = BTreeMap::new();
    let mut calls: BTreeMap<Callee<'_>, Vec<(usize, &str)>> = BTreeMap::new();
    for (index, mutant) in mutants.into_iter().enumerate() {
        let number = index + 1;
        let Mutant { file, span, plain, wrap, .. } = mutant;
        let own = files.entry(file).or_default();
        match wrap {
            Wrap::Expression { cast } => {
                let before = format!("(block.prevrandao == {number} ? {cast}({plain}) : {cast}(");
                own.around(*span, number, before, "))".to_owned());
            }
            Wrap::Statement => {
                own.around(*span, number, format!("{{ if (block.prevrandao != {number}) {{ "), " } }".to_owned());
            }
            Wrap::Modifier(modifier) => {
                own.around((span.0, span.0), number, format!("without{number}_"), String::new());
                let copy = modifier.without(number, &source(root, &modifier.file)?);
                files.entry(&modifier.file).or_default().at(modifier.span.0, number, copy);
            }
            Wrap::YulStatement => {
                own.around(*span, number, format!("if iszero(eq(prevrandao(), {number})) {{ "), " }".to_owned());
            }
            Wrap::YulCall { scope, callee, name, other } => {
                calls.entry((file, *scope, *callee, name)).or_default().push((number, other));
            }
            Wrap::YulValue { scope, formula } => {
                own.around(*span, number, format!("mutant{number}("), ")".to_owned());
                let helper = format!(
                    " function mutant{number}(mutantA) -> mutantB {{ mutantB := mutantA if eq(prevrandao(), {number}) {{ mutantB := {formula} }} }}"
                );
                own.at(scope + 1, number, helper);
            }
        }
    }
    for ((file, scope, callee, name), faults) in calls {
        let own = files.entry(file).or_default();
        let number = faults.first().map_or(0, |(number, _)| *number);
        own.around((callee, callee + name.len()), number, format!("mutant{number}_"), String::new());
        let mut helper =
            format!(" function mutant{number}_{name}(mutantA, mutantB) -> mutantC {{ switch prevrandao() ");
        for (number, other) in faults {
            let other = other.replace('$', "mutantA, mutantB");
            // Writing to a String does not fail.
            let _ = write!(helper, "case {number} {{ mutantC := {other} }} ");
        }
        let _ = write!(helper, "default {{ mutantC := {name}(mutantA, mutantB) }} }}");
        own.at(scope + 1, number, helper);
    }
    let mut changed = Changed::new();
    let mut all = Vec::new();
    super::list(&root.join(SRC), "", &mut all)?;
    for file in all {
        let text = source(root, &file)?;
        let made = files.remove(&*file).map_or_else(|| text.clone(), |insertions| insertions.into(&text));
        let made = readable(&made);
        if made != text {
            changed.insert(file, made);
        }
    }
    Ok(changed)
}

/// Nothing is pure that reads the number.
fn readable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let code = line.find("//").unwrap_or(line.len());
        out.push_str(&replace_word(&line[..code], "pure", "view"));
        out.push_str(&line[code..]);
    }
    out
}

fn replace_word(text: &str, from: &str, to: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices(from) {
        let (before, after) = (text[..at].chars().next_back(), text[at + from.len()..].chars().next());
        if !before.is_some_and(is_part) && !after.is_some_and(is_part) {
            out.push_str(&text[done..at]);
            out.push_str(to);
            done = at + from.len();
        }
    }
    out.push_str(&text[done..]);
    out
}

impl Modifier {
    /// Its copy that does nothing when this fault is on.
    fn without(&self, number: usize, text: &str) -> String {
        let statements = self.statements.iter().map(|statement| {
            let Some((start, end)) = *statement else { return "_; ".to_owned() };
            let semicolon = if text[end..].starts_with(';') { ";" } else { "" };
            format!("if (block.prevrandao != {number}) {{ {}{semicolon} }} ", &text[start..end])
        });
        let statements: String = statements.collect();
        let (before, after) = (&text[self.span.0..self.name], &text[self.name..self.body]);
        format!("{before}without{number}_{after}{{ {statements}}}\n\n    ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insertions_nest() {
        let mut insertions = Insertions::default();
        insertions.around((0, 5), 1, "<".to_owned(), ">".to_owned());
        insertions.around((0, 1), 2, "[".to_owned(), "]".to_owned());
        insertions.around((4, 5), 3, "{".to_owned(), "}".to_owned());
        insertions.around((0, 5), 4, "(".to_owned(), ")".to_owned());
        assert_eq!(insertions.into("a + b;"), "<([a] + {b})>;");
    }

    #[test]
    fn only_the_word_is_exchanged() {
        assert_eq!(readable("function impure() pure // pure\n"), "function impure() view // pure\n");
    }
}
