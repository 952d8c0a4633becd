//! Random Python expressions: boolean algebra, checks, comparisons, displays, comprehensions, lambdas, f-strings.

use flag_sweep::value::{Value, ValueType};

use super::{Generator, fits};

/// How tightly an expression binds, as in the grammar: a walrus least, an atom most.
type Tightness = u8;

const TERNARY: Tightness = 2;
const OR: Tightness = 3;
const AND: Tightness = 4;
const NOT: Tightness = 5;
const COMPARE: Tightness = 6;
const SUM: Tightness = 7;
const ATOM: Tightness = 9;

impl Generator {
    /// An expression of at most that depth that can stand in an argument list.
    pub(super) fn expression(&mut self, depth: usize) -> String {
        self.operand(depth, TERNARY)
    }

    /// An expression that holds a check for sure.
    pub(super) fn condition(&mut self) -> String {
        let with_check = self.random.percent(85);
        let depth = self.random.weighted(&[30, 35, 25, 10]);
        let text = if with_check { self.with_check(depth, TERNARY) } else { self.operand(depth, TERNARY) };
        match self.random.below(20) {
            0 => self.over_lines(),
            1 => {
                let left = self.operand(1, NOT);
                format!("{left} and \\\n      {}", self.parenthesised(&text))
            }
            2 => format!("({text})"),
            _ => text,
        }
    }

    fn parenthesised(&mut self, text: &str) -> String {
        format!("({text})")
    }

    fn over_lines(&mut self) -> String {
        let word = self.random.one(&["and", "or"]);
        let count = 2 + self.random.below(2);
        let operands: Vec<String> = (0..count)
            .map(|_| if self.random.percent(60) { self.with_check(1, NOT) } else { self.operand(1, NOT) })
            .collect();
        let indent = "    ".repeat(self.frame.indent + 1);
        let comment = if self.random.percent(30) { format!("  # {}", self.number()) } else { String::new() };
        if self.random.percent(50) {
            let joined = operands.join(&format!("{comment}\n{indent}{word} "));
            format!("(\n{indent}{joined}\n{})", "    ".repeat(self.frame.indent))
        } else {
            format!("({})", operands.join(&format!(" {word}{comment}\n{indent}")))
        }
    }

    /// An expression with a check somewhere in it.
    fn with_check(&mut self, depth: usize, least: Tightness) -> String {
        if depth == 0 {
            return self.check(least);
        }
        let (text, tightness) = match self.random.weighted(&[30, 25, 15, 10, 8, 7, 5]) {
            0 => self.junction("and", AND, depth, true),
            1 => self.junction("or", OR, depth, true),
            2 => (format!("not {}", self.with_check(depth - 1, NOT)), NOT),
            3 => {
                let (then, otherwise) = (self.operand(depth - 1, OR), self.operand(depth - 1, TERNARY));
                (format!("{then} if {} else {otherwise}", self.with_check(depth - 1, OR)), TERNARY)
            }
            4 => (format!("bool({})", self.with_check(depth - 1, TERNARY)), ATOM),
            5 => (format!("show({})", self.with_check(depth - 1, TERNARY)), ATOM),
            _ => {
                let other = self.with_check(depth - 1, SUM);
                (format!("{other} {} {}", self.random.one(&["==", "!=", "is", "is not"]), self.literal()), COMPARE)
            }
        };
        self.fitted(text, tightness, least)
    }

    fn junction(&mut self, word: &str, tightness: Tightness, depth: usize, check: bool) -> (String, Tightness) {
        let count = 2 + usize::from(self.random.percent(25));
        let at = self.random.below(count);
        let operands: Vec<String> = (0..count)
            .map(|index| {
                let least = tightness + u8::from(index > 0);
                if check && index == at { self.with_check(depth - 1, least) } else { self.operand(depth - 1, least) }
            })
            .collect();
        (operands.join(&format!(" {word} ")), tightness)
    }

    fn fitted(&mut self, text: String, tightness: Tightness, least: Tightness) -> String {
        if tightness < least || self.random.percent(6) { format!("({text})") } else { text }
    }

    fn operand(&mut self, depth: usize, least: Tightness) -> String {
        if depth == 0 {
            return match self.random.weighted(&[25, 30, 20, 25]) {
                0 => self.check(least),
                1 => self.log(),
                2 => self.literal(),
                _ => self.known_name().unwrap_or_else(|| "None".to_owned()),
            };
        }
        let down = depth - 1;
        let (text, tightness) = match self.random.weighted(&[14, 12, 8, 8, 8, 10, 6, 6, 6, 5, 5, 4, 8]) {
            0 => self.junction("and", AND, depth, false),
            1 => self.junction("or", OR, depth, false),
            2 => (format!("not {}", self.operand(down, NOT)), NOT),
            3 => {
                let (then, otherwise) = (self.operand(down, OR), self.operand(down, TERNARY));
                (format!("{then} if {} else {otherwise}", self.operand(down, OR)), TERNARY)
            }
            4 => self.comparison(down),
            5 => self.display(down),
            6 => self.comprehension(down),
            7 => self.f_string(down),
            8 => self.lambda(down),
            9 => (format!("kw(p={}, q={})", self.expression(down), self.expression(down)), ATOM),
            10 => self.arithmetic(down),
            11 => self.walrus(down),
            _ => return self.with_check(depth, least),
        };
        self.fitted(text, tightness, least)
    }

    /// A call with an effect and a chosen result.
    pub(super) fn log(&mut self) -> String {
        let number = self.number();
        let value = self.literal();
        if self.frame.is_async && self.random.percent(15) {
            return format!("(await alog({number}, {value}))");
        }
        format!("log({number}, {value})")
    }

    pub(super) fn literal(&mut self) -> String {
        self.random
            .one(&[
                "True", "False", "None", "0", "1", "2", "-1", "\"v1\"", "\"v2\"", "\"\"", "'true'", "1.5", "()", "[0]",
            ])
            .to_owned()
    }

    /// A check of one of the flags, as a call that its value fits.
    fn check(&mut self, least: Tightness) -> String {
        if !self.predicates.is_empty() && self.random.percent(12) {
            return format!("{}()", self.predicates[self.random.below(self.predicates.len())]);
        }
        let (flag, value) = self.flag();
        let quote = if self.random.percent(85) { '"' } else { '\'' };
        let key = format!("{quote}{flag}{quote}");
        let truth = fits(&value, ValueType::Bool);
        if truth && self.random.percent(75) {
            if self.frame.is_async && self.random.percent(30) {
                return format!("(await client.is_enabled_async({key}))");
            }
            let context = match self.random.below(12) {
                0 => format!(", Context({})", self.number()),
                1 => format!(", Context({})", self.log()),
                2 => format!(", {}", self.log()),
                3 => self.known_name().map_or(String::new(), |name| format!(", {name}")),
                _ => String::new(),
            };
            let method = if self.random.percent(80) { "is_enabled" } else { "is_disabled" };
            return format!("client.{method}({key}{context})");
        }
        let mut methods = vec![("variation", "None")];
        for (method, fallback, wanted) in [
            ("get_string", "\"v1\"", ValueType::String),
            ("get_int", "0", ValueType::Int),
            ("get_float", "0.5", ValueType::Float),
        ] {
            if fits(&value, wanted) {
                methods.push((method, fallback));
            }
        }
        let (method, fallback) = methods[self.random.below(methods.len())];
        let default = if self.random.percent(20) { "default=" } else { "" };
        let call = format!("client.{method}({key}, {default}{fallback})");
        match self.random.below(4) {
            0 => call,
            1 => {
                let members = format!("{}, {}", self.variation(&value), self.variation(&value));
                let brackets = self.random.one(&["()", "[]", "{}"]);
                let word = self.random.one(&["in", "not in"]);
                let text = format!("{call} {word} {}{members}{}", &brackets[..1], &brackets[1..]);
                self.fitted(text, COMPARE, least)
            }
            _ => {
                let word = self.random.one(&["==", "==", "!="]);
                let other = self.variation(&value);
                let text = if self.random.percent(85) {
                    format!("{call} {word} {other}")
                } else {
                    format!("{other} {word} {call}")
                };
                self.fitted(text, COMPARE, least)
            }
        }
    }

    /// A literal that may be the value of a flag.
    pub(super) fn variation(&mut self, value: &Value) -> String {
        if self.random.percent(50) {
            let text = match value {
                Value::Bool(true) => "True".to_owned(),
                Value::Bool(false) => "False".to_owned(),
                Value::String(text) => format!("{text:?}"),
                other => other.to_string(),
            };
            return text;
        }
        self.random.one(&["\"v1\"", "\"v2\"", "1", "0", "\"true\"", "\"1\"", "True", "1.0", "0.0", "None"]).to_owned()
    }

    fn comparison(&mut self, depth: usize) -> (String, Tightness) {
        let left = self.operand(depth, SUM);
        let word = self.random.one(&["==", "!=", "is", "is not"]);
        let right = self.operand(depth, SUM);
        if self.random.percent(20) {
            return (format!("{left} {word} {right} == {}", self.operand(0, SUM)), COMPARE);
        }
        (format!("{left} {word} {right}"), COMPARE)
    }

    fn display(&mut self, depth: usize) -> (String, Tightness) {
        let (left, right) = (self.expression(depth), self.expression(depth));
        let text = match self.random.below(5) {
            0 => format!("[{left}, {right}]"),
            1 => format!("({left}, {right})"),
            2 => format!("{{\"k\": {left}, 'l': {right}}}"),
            3 => format!("[*({left},), {right}][{}]", self.random.below(2)),
            _ => format!("(\n{left},\n  {right},\n)"),
        };
        (text, ATOM)
    }

    fn comprehension(&mut self, depth: usize) -> (String, Tightness) {
        let name = self.fresh("v");
        let over =
            if self.random.percent(70) { "range(3)".to_owned() } else { format!("[{}, 1]", self.expression(depth)) };
        self.scopes.push(vec![name.clone()]);
        let item = self.expression(depth.min(1));
        let mut guards = String::new();
        for _ in 0..self.random.below(3) {
            let guard =
                if self.random.percent(60) { self.with_check(depth.min(1), OR) } else { self.operand(depth, OR) };
            guards.push_str(&format!(" if {guard}"));
        }
        self.scopes.pop();
        let text = match self.random.below(5) {
            0 | 1 => format!("[{item} for {name} in {over}{guards}]"),
            2 if !self.frame.is_async => format!("list({item} for {name} in {over}{guards})"),
            3 => format!("{{{name} if {name} else 0: {item} for {name} in {over}{guards}}}"),
            4 if !self.frame.is_async => format!("any({item} for {name} in {over}{guards})"),
            _ => format!("[[{item}] for {name} in {over}{guards}]"),
        };
        (text, ATOM)
    }

    fn f_string(&mut self, depth: usize) -> (String, Tightness) {
        let inner = self.expression(depth);
        let (quote, other) = if self.random.percent(70) { ('\'', '"') } else { ('"', '\'') };
        let inner = inner.replace(quote, &other.to_string());
        if inner.contains(['{', '}', '\n', '#', '\\', ':']) || inner.contains("f'") || inner.contains("f\"") {
            return (format!("str({})", inner), ATOM);
        }
        let inner = if inner.starts_with("lambda") { format!("({inner})") } else { inner };
        let form = self.random.one(&["", "", "", "!r", "=", ":>8"]);
        let form = if form == ":>8" { "!s:>8" } else { form };
        (format!("f{quote}x {{{inner}{form}}} y{quote}"), ATOM)
    }

    fn lambda(&mut self, depth: usize) -> (String, Tightness) {
        let frame = self.frame;
        self.frame.is_async = false;
        self.frame.in_function = true;
        let name = self.fresh("l");
        let argument = self.expression(depth.min(1));
        self.scopes.push(vec![name.clone()]);
        let body = self.expression(depth);
        self.scopes.pop();
        self.frame = frame;
        (format!("(lambda {name}: {body})({argument})"), ATOM)
    }

    fn arithmetic(&mut self, depth: usize) -> (String, Tightness) {
        let (left, right) = (self.operand(depth, ATOM), self.operand(depth, ATOM));
        match self.random.below(8) {
            0 => (format!("str({left}) + \"x\""), SUM),
            1 => (format!("{left} + {right}"), SUM),
            2 => (format!("len([{left}]) * {right}"), SUM),
            3 => (format!("-{left}"), SUM + 1),
            4 => (format!("{left} ** 2"), SUM + 1),
            // Attributes of names are taken to be there.
            5 if left.starts_with("client.") || left.starts_with("log(") => (format!("{left}.real"), ATOM),
            5 => (format!("({}).imag", self.check(ATOM)), ATOM),
            6 => (format!("{left}.upper()"), ATOM),
            _ => (format!("{left}[0]"), ATOM),
        }
    }

    fn walrus(&mut self, depth: usize) -> (String, Tightness) {
        if !self.frame.in_function || self.scopes.len() > 8 {
            return (self.log(), ATOM);
        }
        let name = self.fresh("w");
        let value = self.expression(depth);
        (format!("[({name} := {value}), {name}][1]"), ATOM)
    }
}
