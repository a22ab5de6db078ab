//! Every threat has a test: the table in docs/security.md against the functions in contracts/test. And every test that a page names is one.

use std::{collections::BTreeSet, path::Path};

use eyre::{Context, Result, bail};

/// Rows of the table, beside 1 to [`LAST`].
const LETTERED: [&str; 4] = ["14b", "23b", "23c", "23d"];
const LAST: u32 = 60;
/// Rows without a test.
const OPEN: [&str; 0] = [];

/// Fails if a row is missing, or a page names a test that does not exist.
pub(crate) fn check(root: &Path) -> Result<()> {
    let page = root.join("docs/security.md");
    let text = std::fs::read_to_string(&page).with_context(|| format!("reading {}", page.display()))?;
    let mut tests = BTreeSet::new();
    collect(&root.join("contracts/test"), &mut tests)?;
    let complaints = complaints(&text, &tests);
    if !complaints.is_empty() {
        bail!("THREAT_UNTESTED: docs/security.md: {}", complaints.join("; "));
    }
    let docs = root.join("docs");
    for entry in std::fs::read_dir(&docs).with_context(|| format!("reading {}", docs.display()))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let gone: Vec<_> = named(&text).filter(|name| !tests.contains(*name)).collect();
        if !gone.is_empty() {
            bail!("TEST_GONE: {} names {}, which is no test", path.display(), gone.join(", "));
        }
    }
    Ok(())
}

/// The names of Solidity tests in a page.
fn named(page: &str) -> impl Iterator<Item = &str> {
    let words = page.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("test_") || word.starts_with("testFuzz_"))
}

/// What is wrong with the table, given the names of all test functions.
fn complaints(page: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let rows: Vec<(&str, &str)> = page
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| T")?.split('|').map(str::trim);
            Some((cells.next()?, cells.nth(1)?))
        })
        .collect();
    let expected = (1..=LAST).map(|row| row.to_string()).chain(LETTERED.map(str::to_owned));
    let mut wrong = Vec::new();
    for row in expected {
        let Some((_, cell)) = rows.iter().find(|(id, _)| *id == row) else {
            wrong.push(format!("no row T{row}"));
            continue;
        };
        let named: Vec<_> = cell.split(',').map(|name| name.trim().trim_matches('`')).collect();
        let is_open = named == ["open"];
        if is_open != OPEN.contains(&row.as_str()) {
            wrong.push(format!("T{row} has no test"));
        }
        let missing = named.iter().filter(|name| !is_open && !tests.contains(**name));
        wrong.extend(missing.map(|name| format!("T{row} names {name}, which is no test")));
        let alien = named.iter().filter(|name| !is_open && !name.contains(&format!("_T{row}_")));
        wrong.extend(alien.map(|name| format!("T{row} names {name}, which is another row's")));
    }
    wrong
}

fn collect(directory: &Path, tests: &mut BTreeSet<String>) -> Result<()> {
    for entry in std::fs::read_dir(directory).with_context(|| format!("reading {}", directory.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, tests)?;
        } else if path.extension().is_some_and(|extension| extension == "sol") {
            let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            let functions =
                text.lines().filter_map(|line| line.trim_start().strip_prefix("function ")?.split('(').next());
            tests.extend(functions.filter(|name| name.starts_with("test")).map(str::to_owned));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(row_7: &str) -> String {
        let ids = (1..=LAST).map(|row| row.to_string()).chain(LETTERED.map(str::to_owned));
        let row = |id: String| match id.as_str() {
            "7" => format!("| T7 | what | {row_7} |\n"),
            id if OPEN.contains(&id) => format!("| T{id} | what | open |\n"),
            id => format!("| T{id} | what | `test_T{id}_holds` |\n"),
        };
        ids.map(row).collect()
    }

    fn tests() -> BTreeSet<String> {
        let ids = (1..=LAST).map(|row| row.to_string()).chain(LETTERED.map(str::to_owned));
        ids.map(|id| format!("test_T{id}_holds")).collect()
    }

    #[test]
    fn a_whole_table_passes() {
        assert_eq!(complaints(&page("`test_T7_holds`"), &tests()), Vec::<String>::new());
    }

    #[test]
    fn tests_are_found_in_a_page() {
        let page = "See `test_T7_holds`, `testFuzz_any` (the test of it); latest_x, test.";
        assert_eq!(named(page).collect::<Vec<_>>(), ["test_T7_holds", "testFuzz_any"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(complaints(&page("open"), &tests()), ["T7 has no test"]);
        assert_eq!(complaints(&page("`test_T7_gone`"), &tests()), ["T7 names test_T7_gone, which is no test"]);
        assert_eq!(complaints(&page("`test_T8_holds`"), &tests()), ["T7 names test_T8_holds, which is another row's"]);
        let without = page("`test_T7_holds`").replace("| T23b |", "| - |");
        assert_eq!(complaints(&without, &tests()), ["no row T23b"]);
    }
}
