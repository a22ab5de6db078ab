//! Faults in Solidity.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Mutant,
    schema::{Modifier, Wrap},
    tree::{Finder, Span, children, each, field, kind, span, successor, type_of},
    yul,
};
use crate::compile::SRC;

/// What an operator is exchanged for.
const OPERATORS: &[(&str, &str, &str)] = &[
    ("<", "<=", "boundary"),
    ("<", ">", "relation"),
    ("<=", "<", "boundary"),
    ("<=", ">=", "relation"),
    (">", ">=", "boundary"),
    (">", "<", "relation"),
    (">=", ">", "boundary"),
    (">=", "<=", "relation"),
    ("==", "!=", "relation"),
    ("!=", "==", "relation"),
    ("&&", "||", "logic"),
    ("||", "&&", "logic"),
    ("&", "|", "bits"),
    ("|", "&", "bits"),
    ("^", "&", "bits"),
    ("<<", ">>", "bits"),
    (">>", "<<", "bits"),
    ("+", "-", "arithmetic"),
    ("-", "+", "arithmetic"),
    ("*", "/", "arithmetic"),
    ("/", "*", "arithmetic"),
    ("%", "/", "arithmetic"),
    ("+=", "-=", "arithmetic"),
    ("-=", "+=", "arithmetic"),
    ("|=", "&=", "bits"),
    ("&=", "|=", "bits"),
    ("^=", "&=", "bits"),
    ("<<=", ">>=", "bits"),
    (">>=", "<<=", "bits"),
];

/// What mutants need to know of other files, by the numbers of declarations.
pub(super) struct World {
    /// Types of the integer constants.
    constants: BTreeMap<u64, String>,
    modifiers: BTreeMap<u64, (String, Value)>,
}

impl World {
    pub(super) fn of(trees: &BTreeMap<String, Value>) -> Self {
        let mut world = Self { constants: BTreeMap::new(), modifiers: BTreeMap::new() };
        for (path, tree) in trees {
            each(tree, "VariableDeclaration", &mut |variable| {
                if variable["constant"] == true && is_integer(type_of(variable)) {
                    world.constants.insert(id(variable), type_of(variable).to_owned());
                }
            });
            let Some(file) = path.strip_prefix(SRC).and_then(|path| path.strip_prefix('/')) else { continue };
            each(tree, "ModifierDefinition", &mut |modifier| {
                world.modifiers.insert(id(modifier), (file.to_owned(), modifier.clone()));
            });
        }
        world
    }
}

fn id(node: &Value) -> u64 {
    node["id"].as_u64().unwrap_or_default()
}

fn is_integer(name: &str) -> bool {
    let digits = name.strip_prefix("uint").or_else(|| name.strip_prefix("int"));
    digits.is_some_and(|digits| digits.parse::<u16>().is_ok())
}

/// The mutants of one file, in no particular order.
pub(super) fn mutants(world: &World, file: &str, text: &str, tree: &Value) -> Vec<Mutant> {
    let finder = Finder { file, text, function: String::new(), found: Vec::new() };
    let mut walk = Walk { world, finder, returns: String::new(), smooth: BTreeSet::new() };
    each(tree, "FunctionDefinition", &mut |function| walk.function(function));
    each(tree, "ModifierDefinition", &mut |modifier| walk.function(modifier));
    walk.finder.found
}

struct Walk<'a> {
    world: &'a World,
    finder: Finder<'a>,
    /// The type of the only value that the function returns.
    returns: String,
    /// Comparisons after which it is the same which way equal values go: another boundary is no fault.
    smooth: BTreeSet<Span>,
}

impl Walk<'_> {
    fn function(&mut self, function: &Value) {
        let names = [field(function, "name"), field(function, "kind")];
        self.finder.function = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned();
        let returned: Vec<_> = function["returnParameters"]["parameters"].as_array().into_iter().flatten().collect();
        self.returns = if let [only] = returned[..] { type_of(only).to_owned() } else { String::new() };
        for used in function["modifiers"].as_array().into_iter().flatten() {
            self.modifier(used);
        }
        self.node(&function["body"], "");
    }

    fn modifier(&mut self, used: &Value) {
        let number = used["modifierName"]["referencedDeclaration"].as_u64().unwrap_or_default();
        let Some((file, definition)) = self.world.modifiers.get(&number) else { return };
        let statements = definition["body"]["statements"].as_array().into_iter().flatten();
        let statements = statements.map(|one| (kind(one) != "PlaceholderStatement").then(|| span(one))).collect();
        let name = field(definition, "nameLocation").split(':').next().and_then(|at| at.parse().ok()).unwrap_or(0);
        let modifier = Modifier {
            file: file.clone(),
            span: span(definition),
            name,
            body: span(&definition["body"]).0,
            statements,
        };
        self.finder.put("modifier", span(used), String::new(), Wrap::Modifier(Box::new(modifier)));
    }

    /// `wanted`: the type that a literal would take here, if that is an integer.
    fn node(&mut self, node: &Value, wanted: &str) {
        let at = span(node);
        if type_of(node).starts_with("int_const") {
            return self.literal(at, wanted);
        }
        match kind(node) {
            "BinaryOperation" => return self.binary(node, at),
            "Assignment" => return self.assignment(node, at),
            "UnaryOperation" => self.unary(node, at),
            "FunctionCall" => return self.call(node, at),
            "Identifier" | "MemberAccess" => self.constant(node, at),
            "Literal" if type_of(node) == "bool" => {
                let other = if field(node, "value") == "true" { "false" } else { "true" };
                self.expression("constant", at, other.to_owned());
            }
            "IfStatement" => {
                self.smooth.extend(self.is_clamp(node).then(|| span(&node["condition"])));
                self.negation(&node["condition"]);
                if node["falseBody"].is_null() {
                    self.finder.put("statement", self.to_semicolon(at), String::new(), Wrap::Statement);
                }
            }
            "WhileStatement" | "DoWhileStatement" => self.negation(&node["condition"]),
            "ForStatement" => return self.repetition(node),
            "Conditional" => {
                self.smooth.extend(self.is_choice(node).then(|| span(&node["condition"])));
                self.negation(&node["condition"]);
                for branch in ["trueExpression", "falseExpression"] {
                    self.node(&node[branch], type_of(node));
                }
                return self.node(&node["condition"], "");
            }
            "Return" => {
                let returns = self.returns.clone();
                self.result(&node["expression"]);
                return self.node(&node["expression"], &returns);
            }
            "VariableDeclarationStatement" => {
                let declared = node["declarations"].as_array().map(Vec::as_slice).unwrap_or_default();
                let wanted = if let [only] = declared { type_of(only) } else { "" };
                return self.node(&node["initialValue"], wanted);
            }
            // What always holds: nobody can notice that it is not asserted.
            "ExpressionStatement" if self.finder.text_at(at).starts_with("assert(") => return,
            "ExpressionStatement" | "EmitStatement" => self.statement(node, at),
            "IndexAccess" => {
                let base = type_of(&node["baseExpression"]);
                let key = base.strip_prefix("mapping(").and_then(|rest| rest.split(" =>").next()).unwrap_or("uint256");
                self.node(&node["baseExpression"], "");
                return self.node(&node["indexExpression"], key);
            }
            "TupleExpression" => {
                let parts = node["components"].as_array().map(Vec::as_slice).unwrap_or_default();
                if let [only] = parts {
                    return self.node(only, wanted);
                }
            }
            "InlineAssembly" => {
                let constants = yul::constants(node, &self.world.constants);
                return yul::mutants(&mut self.finder, node, &constants);
            }
            // Types hold no code.
            "ElementaryTypeName" | "UserDefinedTypeName" | "ArrayTypeName" | "Mapping" => return,
            _ => {}
        }
        for child in children(node) {
            self.node(child, "");
        }
    }

    /// `a < b ? a : b`, or `a > b ? a - b : 0`.
    fn is_choice(&self, node: &Value) -> bool {
        let text = |node: &Value| self.finder.text_at(span(node));
        let condition = &node["condition"];
        let (a, b) = (text(&condition["leftExpression"]), text(&condition["rightExpression"]));
        let (this, that) = (text(&node["trueExpression"]), text(&node["falseExpression"]));
        let difference = [format!("{a} - {b}"), format!("{b} - {a}")];
        (this, that) == (a, b) || (this, that) == (b, a) || that == "0" && difference.contains(&this.to_owned())
    }

    /// `if (a > b) a = b;`, or `if (a > b) b = a;`.
    fn is_clamp(&self, node: &Value) -> bool {
        let text = |node: &Value| self.finder.text_at(span(node));
        let (condition, body) = (&node["condition"], &node["trueBody"]["expression"]);
        let (a, b) = (text(&condition["leftExpression"]), text(&condition["rightExpression"]));
        let (to, from) = (text(&body["leftHandSide"]), text(&body["rightHandSide"]));
        node["falseBody"].is_null() && field(body, "operator") == "=" && ((to, from) == (a, b) || (to, from) == (b, a))
    }

    fn expression(&mut self, operator: &'static str, at: Span, plain: String) {
        self.finder.put(operator, at, plain, Wrap::Expression { cast: String::new() });
    }

    fn literal(&mut self, at: Span, wanted: &str) {
        if !is_integer(wanted) {
            return;
        }
        let text = self.finder.text_at(at);
        let plain = successor(text).unwrap_or_else(|| format!("({text} + 1)"));
        self.finder.put("constant", at, plain, Wrap::Expression { cast: wanted.to_owned() });
    }

    /// A constant is mutated where it is used: its declaration must be known to the compiler.
    fn constant(&mut self, node: &Value, at: Span) {
        let declared = node["referencedDeclaration"].as_i64().and_then(|id| u64::try_from(id).ok());
        if declared.is_some_and(|id| self.world.constants.contains_key(&id)) {
            let plain = format!("({} + 1)", self.finder.text_at(at));
            self.expression("constant", at, plain);
        }
    }

    fn binary(&mut self, node: &Value, at: Span) {
        let (left, right) = (&node["leftExpression"], &node["rightExpression"]);
        self.exchange(node, left, right, at);
        let own = type_of(node);
        let common = type_of_common(node);
        let (of_left, of_right) = match field(node, "operator") {
            "<<" | ">>" | "**" => (own, "uint256"),
            _ => (common, common),
        };
        self.node(left, of_left);
        self.node(right, of_right);
    }

    fn exchange(&mut self, node: &Value, left: &Value, right: &Value, at: Span) {
        let operator = field(node, "operator");
        let (left, right) = (span(left).1, span(right).0);
        let between = self.finder.text_at((left, right));
        for (_, other, kind) in OPERATORS.iter().filter(|(from, ..)| *from == operator) {
            if *kind == "boundary" && self.smooth.contains(&at) {
                continue;
            }
            let middle = between.replacen(operator, other, 1);
            let plain = [self.finder.text_at((at.0, left)), &middle, self.finder.text_at((right, at.1))].concat();
            self.expression(kind, at, plain);
        }
    }

    fn assignment(&mut self, node: &Value, at: Span) {
        let (left, right) = (&node["leftHandSide"], &node["rightHandSide"]);
        self.exchange(node, left, right, at);
        let wanted = if matches!(field(node, "operator"), "<<=" | ">>=") { "uint256" } else { type_of(left) };
        self.place(left);
        self.node(right, wanted);
    }

    /// What is assigned to: only indices in it are values.
    fn place(&mut self, node: &Value) {
        match kind(node) {
            "IndexAccess" => {
                self.place(&node["baseExpression"]);
                let key = type_of(&node["baseExpression"]);
                let key = key.strip_prefix("mapping(").and_then(|rest| rest.split(" =>").next()).unwrap_or("uint256");
                self.node(&node["indexExpression"], key);
            }
            "MemberAccess" => self.place(&node["expression"]),
            "FunctionCall" => self.node(node, ""),
            _ => {}
        }
    }

    fn unary(&mut self, node: &Value, at: Span) {
        let operand = span(&node["subExpression"]);
        match field(node, "operator") {
            "!" => self.expression("condition", at, self.finder.text_at(operand).to_owned()),
            operator @ ("++" | "--") => {
                let other = if operator == "++" { "--" } else { "++" };
                let plain = self.finder.text_at(at).replacen(operator, other, 1);
                self.expression("arithmetic", at, plain);
            }
            "~" => self.expression("bits", at, self.finder.text_at(operand).to_owned()),
            _ => {}
        }
    }

    fn negation(&mut self, condition: &Value) {
        let at = span(condition);
        // Without its `!` is a mutant of its own.
        if field(condition, "operator") != "!" {
            let text = self.finder.text_at(at);
            self.expression("condition", at, format!("!({text})"));
        }
    }

    /// Truth that is returned, where no operator is exchanged already.
    fn result(&mut self, value: &Value) {
        if type_of(value) == "bool" && matches!(kind(value), "FunctionCall" | "Identifier" | "MemberAccess") {
            let at = span(value);
            let text = self.finder.text_at(at);
            self.expression("result", at, format!("!({text})"));
        }
    }

    fn repetition(&mut self, node: &Value) {
        self.node(&node["initializationExpression"], "");
        if !node["condition"].is_null() {
            self.node(&node["condition"], "");
        }
        // Not left out: nobody needs a test to notice that a loop does not end.
        self.node(&node["body"], "");
    }

    /// A statement that can go without another to miss it.
    fn statement(&mut self, node: &Value, (start, end): Span) {
        let assigned = &node["expression"]["leftHandSide"];
        // A reference must be set before it is used: the compiler notices.
        if type_of(assigned).contains(" storage pointer") || type_of(assigned).contains(" calldata") {
            return;
        }
        let operator = if kind(node) == "EmitStatement" { "event" } else { "statement" };
        self.finder.put(operator, self.to_semicolon((start, end)), String::new(), Wrap::Statement);
    }

    /// The compiler leaves the semicolon out of a statement, or of the last one in it.
    fn to_semicolon(&self, (start, end): Span) -> Span {
        (start, end + usize::from(self.finder.text_at((end, end + 1)) == ";"))
    }

    fn call(&mut self, node: &Value, at: Span) {
        let callee = &node["expression"];
        let arguments: Vec<_> = node["arguments"].as_array().into_iter().flatten().collect();
        match field(node, "kind") {
            "typeConversion" => {
                let [only] = arguments[..] else { return };
                let to = type_of(node);
                if !type_of(only).starts_with("int_const") {
                    return self.node(only, "");
                }
                if is_integer(to) || to == "address" {
                    let number = self.finder.text_at(span(only));
                    let next = successor(number).unwrap_or_else(|| format!("{number} + 1"));
                    let plain = format!("{}({next})", self.finder.text_at(span(callee)));
                    self.expression("constant", at, plain);
                }
            }
            "functionCall" => {
                self.node(callee, "");
                let parameters = parameters(type_of(callee));
                // A function that is called on its first argument.
                let bound = usize::from(parameters.len() == arguments.len() + 1);
                for (index, argument) in arguments.into_iter().enumerate() {
                    self.node(argument, parameters.get(index + bound).copied().unwrap_or_default());
                }
            }
            _ => arguments.into_iter().for_each(|argument| self.node(argument, "")),
        }
    }
}

fn type_of_common(node: &Value) -> &str {
    field(&node["commonType"], "typeString")
}

/// Types of the parameters of `function (uint256,bytes calldata) view returns (bool)`.
fn parameters(function: &str) -> Vec<&str> {
    let Some(list) = function.strip_prefix("function (") else { return Vec::new() };
    let mut found = Vec::new();
    let (mut depth, mut from) = (0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '(' => depth += 1,
            ',' | ')' if depth == 0 => {
                found.push(list[from..at].trim());
                from = at + 1;
                if c == ')' {
                    break;
                }
            }
            ')' => depth -= 1,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_told_apart() {
        let type_name = "function (uint256,function (uint8,uint8) pure,struct Leaf calldata) view returns (bool,uint8)";
        assert_eq!(parameters(type_name), ["uint256", "function (uint8,uint8) pure", "struct Leaf calldata"]);
    }
}
