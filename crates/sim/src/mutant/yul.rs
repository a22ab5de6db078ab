//! Faults in inline assembly. Yul has but one type, so that whatever is exchanged compiles.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    schema::Wrap,
    tree::{Finder, Span, children, field, kind, span, successor},
};

/// What a builtin is exchanged for, of `(a, b)`.
const CALLS: &[(&str, &str, &str)] = &[
    ("lt", "gt($)", "relation"),
    ("lt", "iszero(gt($))", "boundary"),
    ("gt", "lt($)", "relation"),
    ("gt", "iszero(lt($))", "boundary"),
    ("add", "sub($)", "arithmetic"),
    ("sub", "add($)", "arithmetic"),
    ("mul", "div($)", "arithmetic"),
    ("div", "mul($)", "arithmetic"),
    ("or", "and($)", "bits"),
    ("and", "or($)", "bits"),
    ("xor", "and($)", "bits"),
    ("shl", "shr($)", "bits"),
    ("shr", "shl($)", "bits"),
    ("eq", "xor($)", "relation"),
];

/// Finds the faults of one `assembly` block. `constants`: what is read from Solidity constants.
pub(super) fn mutants(finder: &mut Finder<'_>, assembly: &Value, constants: &[Span]) {
    let block = &assembly["AST"];
    Walk { finder, constants, scope: span(block).0 }.node(block);
}

struct Walk<'a, 'b> {
    finder: &'a mut Finder<'b>,
    constants: &'a [Span],
    /// Where the block opens that helper functions go into.
    scope: usize,
}

impl Walk<'_, '_> {
    fn node(&mut self, node: &Value) {
        let at = span(node);
        match kind(node) {
            // Where free memory begins may move by a byte.
            "YulFunctionCall" if self.finder.text_at(at) == "mload(0x40)" => return,
            "YulFunctionCall" => {
                self.call(node, at);
                let arguments = node["arguments"].as_array();
                arguments.into_iter().flatten().for_each(|argument| self.node(argument));
                return;
            }
            "YulLiteral" if field(node, "kind") == "number" => {
                if let Some(next) = successor(self.finder.text_at(at)) {
                    self.value("constant", at, next, "add(mutantA, 1)");
                }
            }
            "YulIdentifier" if self.constants.contains(&at) => {
                let plain = format!("add({}, 1)", self.finder.text_at(at));
                self.value("constant", at, plain, "add(mutantA, 1)");
            }
            "YulIf" | "YulForLoop" => {
                let condition = span(&node["condition"]);
                let plain = format!("iszero({})", self.finder.text_at(condition));
                self.value("condition", condition, plain, "iszero(mutantA)");
            }
            "YulExpressionStatement" | "YulAssignment" => {
                self.finder.put("statement", at, String::new(), Wrap::YulStatement);
            }
            "YulCase" => return self.node(&node["body"]),
            _ => {}
        }
        // Variables that are assigned to are no values.
        for child in children(node) {
            if kind(node) != "YulAssignment" || span(child) == span(&node["value"]) {
                self.node(child);
            }
        }
    }

    fn value(&mut self, operator: &'static str, at: Span, plain: String, formula: &'static str) {
        let wrap = Wrap::YulValue { scope: self.scope, formula };
        self.finder.put(operator, at, plain, wrap);
    }

    fn call(&mut self, node: &Value, at: Span) {
        let callee = &node["functionName"];
        let name = field(callee, "name");
        let arguments: Vec<_> = node["arguments"].as_array().into_iter().flatten().collect();
        let [first, .., last] = arguments[..] else { return };
        if arguments.len() != 2 {
            return;
        }
        let inside = self.finder.text_at((span(first).0, span(last).1));
        for (_, other, operator) in CALLS.iter().filter(|(from, ..)| *from == name) {
            let wrap = Wrap::YulCall { scope: self.scope, callee: span(callee).0, name: name.to_owned(), other };
            self.finder.put(operator, at, other.replace('$', inside), wrap);
        }
    }
}

/// Where assembly reads Solidity's constants.
pub(super) fn constants(assembly: &Value, types: &BTreeMap<u64, String>) -> Vec<Span> {
    let references = assembly["externalReferences"].as_array().into_iter().flatten();
    references
        .filter(|reference| reference["declaration"].as_u64().is_some_and(|id| types.contains_key(&id)))
        .map(span)
        .collect()
}
