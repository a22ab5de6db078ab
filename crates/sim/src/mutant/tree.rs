//! Reading the compiler's syntax tree, and making mutants of a file's text.

use serde_json::Value;

use super::{Mutant, schema::Wrap};

/// Bytes of a source: from, to.
pub(super) type Span = (usize, usize);

/// A node's own place: `start:length:file`.
pub(super) fn span(node: &Value) -> Span {
    let mut numbers = node["src"].as_str().unwrap_or_default().split(':').map(|part| part.parse().unwrap_or(0));
    let (start, length) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    (start, start + length)
}

/// What kind of node.
pub(super) fn kind(node: &Value) -> &str {
    node["nodeType"].as_str().unwrap_or_default()
}

/// A field that is text, else nothing.
pub(super) fn field<'a>(node: &'a Value, key: &str) -> &'a str {
    node[key].as_str().unwrap_or_default()
}

/// An expression's type as Solidity writes it.
pub(super) fn type_of(node: &Value) -> &str {
    field(&node["typeDescriptions"], "typeString")
}

/// All nodes directly below.
pub(super) fn children(node: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    for value in node.as_object().into_iter().flat_map(serde_json::Map::values) {
        match value {
            Value::Array(many) => found.extend(many.iter().filter(|one| one["nodeType"].is_string())),
            one if one["nodeType"].is_string() => found.push(one),
            _ => {}
        }
    }
    found
}

/// Calls `visit` with every node of this kind, wherever it stands.
pub(super) fn each<'a>(node: &'a Value, wanted: &str, visit: &mut impl FnMut(&'a Value)) {
    if kind(node) == wanted {
        visit(node);
    }
    for child in children(node) {
        each(child, wanted, visit);
    }
}

/// The mutants of one file while they are found.
pub(super) struct Finder<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    /// Where one is: function or modifier.
    pub(super) function: String,
    pub(super) found: Vec<Mutant>,
}

impl<'a> Finder<'a> {
    /// A place's text.
    pub(super) fn text_at(&self, (start, end): Span) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// One more mutant: `plain` in place of what is at `span`.
    pub(super) fn put(&mut self, operator: &'static str, span: Span, plain: String, wrap: Wrap) {
        let (start, end) = span;
        let from = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let to = self.text[end..].find('\n').map_or(self.text.len(), |at| end + at);
        self.found.push(Mutant {
            id: String::new(),
            file: self.file.to_owned(),
            function: self.function.clone(),
            line: self.text[..start].matches('\n').count() + 1,
            operator,
            from: in_one_line(&self.text[from..to]),
            to: in_one_line(&[&self.text[from..start], &plain, &self.text[end..to]].concat()),
            span,
            plain,
            wrap,
        });
    }
}

/// Without indentation and line breaks.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A number's successor, written the same way.
pub(super) fn successor(number: &str) -> Option<String> {
    if let Some(digits) = number.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16)
            .ok()
            .filter(|_| digits.len() < 16)
            .map(|value| format!("{:#x}", value + 1));
    }
    number.parse::<u64>().ok().and_then(|value| value.checked_add(1)).map(|value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successors_are_written_as_the_number() {
        assert_eq!(successor("0x3f").as_deref(), Some("0x40"));
        assert_eq!(successor("9").as_deref(), Some("10"));
        assert_eq!(successor("1e18"), None);
        assert_eq!(successor("18446744073709551615"), None);
    }
}
