//! Random JavaScript expressions: boolean algebra, checks, comparisons, literals with spreads, templates, functions, optional
//! chains, `this` that parentheses decide.

use flag_sweep::value::{Value, ValueType};

use super::{Frame, Generator, Scope, fits};

/// How tightly an expression binds, as in the grammar.
type Tightness = u8;

const ASSIGNMENT: Tightness = 2;
const TERNARY: Tightness = 3;
/// `??` and `||` do not mix: both operands of `??` are asked for more.
const OR: Tightness = 4;
const AND: Tightness = 5;
const BIT: Tightness = 6;
const EQUAL: Tightness = 9;
const LESS: Tightness = 10;
const SUM: Tightness = 12;
const POWER: Tightness = 14;
const UNARY: Tightness = 15;
const POSTFIX: Tightness = 16;
const CALL: Tightness = 18;
const ATOM: Tightness = 20;

impl Generator {
    /// An expression that can stand in an argument list.
    pub(super) fn expression(&mut self, depth: usize) -> String {
        self.operand(depth, ASSIGNMENT)
    }

    /// An expression that most often holds a check.
    pub(super) fn condition(&mut self) -> String {
        let depth = self.random.weighted(&[30, 35, 25, 10]);
        let text =
            if self.random.percent(85) { self.with_check(depth, ASSIGNMENT) } else { self.operand(depth, ASSIGNMENT) };
        match self.random.below(24) {
            0 => self.over_lines(),
            1 => format!("({text})"),
            2 => format!("{}, {text}", self.expression(0)),
            _ => format!("{}{text}", self.slot()),
        }
    }

    /// A condition for a place where no comma may stand outside parentheses.
    pub(super) fn value(&mut self) -> String {
        let depth = self.random.weighted(&[40, 40, 20]);
        if self.random.percent(60) { self.with_check(depth, ASSIGNMENT) } else { self.operand(depth, ASSIGNMENT) }
    }

    fn over_lines(&mut self) -> String {
        let (word, tightness) = if self.random.percent(50) { ("&&", AND) } else { ("||", OR) };
        let count = 2 + self.random.below(2);
        let operands: Vec<String> = (0..count)
            .map(|_| {
                if self.random.percent(60) { self.with_check(1, tightness + 1) } else { self.operand(1, tightness + 1) }
            })
            .collect();
        let (indent, outer) = ("    ".repeat(self.frame.indent + 1), "    ".repeat(self.frame.indent));
        let comment = if self.random.percent(30) { format!(" // {}", self.number()) } else { String::new() };
        match self.random.below(3) {
            0 => format!("(\n{indent}{}{comment}\n{outer})", operands.join(&format!("{comment}\n{indent}{word} "))),
            1 => format!("({})", operands.join(&format!(" {word}{comment}\n{indent}"))),
            _ => operands.join(&format!(" {word}{comment}\n{indent}")),
        }
    }

    /// An expression with a check somewhere in it.
    fn with_check(&mut self, depth: usize, least: Tightness) -> String {
        if depth == 0 {
            return self.check(least);
        }
        let down = depth - 1;
        let (text, tightness) = match self.random.weighted(&[28, 24, 14, 12, 6, 5, 6, 6, 5]) {
            0 => self.junction("&&", AND, depth, true),
            1 => self.junction("||", OR, depth, true),
            2 => (format!("!{}", self.with_check(down, UNARY)), UNARY),
            3 => {
                let (then, otherwise) = (self.operand(down, ASSIGNMENT), self.operand(down, ASSIGNMENT));
                let (first, second) = (self.slot(), self.slot());
                (format!("{} ? {first}{then} : {second}{otherwise}", self.with_check(down, OR)), TERNARY)
            }
            4 => (format!("Boolean({})", self.with_check(down, ASSIGNMENT)), CALL),
            5 => (format!("show({})", self.with_check(down, ASSIGNMENT)), CALL),
            6 => {
                let word = self.random.one(&["===", "!==", "==", "!="]);
                (format!("{} {word} {}", self.with_check(down, EQUAL), self.literal()), EQUAL)
            }
            7 => {
                let (left, right) = (self.with_check(down, BIT), self.operand(down, BIT));
                if self.random.percent(70) {
                    (format!("{left} ?? {right}"), OR)
                } else {
                    (format!("{right} ?? {left}"), OR)
                }
            }
            _ => (format!("!!{}", self.with_check(down, UNARY)), UNARY),
        };
        // `a ?? b || c` is no expression.
        let mixes = text.contains("??") && (least == OR || least == AND) && tightness == OR;
        self.fitted(text, if mixes { 0 } else { tightness }, least)
    }

    fn junction(&mut self, word: &str, tightness: Tightness, depth: usize, check: bool) -> (String, Tightness) {
        let count = 2 + usize::from(self.random.percent(25));
        let at = self.random.below(count);
        let operands: Vec<String> = (0..count)
            .map(|index| {
                let least = tightness + u8::from(index > 0);
                let comment = self.slot();
                let text = if check && index == at {
                    self.with_check(depth - 1, least)
                } else {
                    self.operand(depth - 1, least)
                };
                format!("{comment}{text}")
            })
            .collect();
        (operands.join(&format!(" {word} ")), tightness)
    }

    fn fitted(&mut self, text: String, tightness: Tightness, least: Tightness) -> String {
        if tightness < least || self.random.percent(6) { format!("({text})") } else { text }
    }

    pub(super) fn operand(&mut self, depth: usize, least: Tightness) -> String {
        if depth == 0 {
            return match self.random.weighted(&[22, 28, 22, 25, 3]) {
                0 => self.check(least),
                1 => self.log(least),
                2 => {
                    let text = self.literal();
                    let tightness = if text.starts_with(['-', 'v']) { UNARY } else { ATOM };
                    if tightness < least { format!("({text})") } else { text }
                }
                3 => self.known_name().unwrap_or_else(|| "null".to_owned()),
                _ if self.frame.has_this => "this".to_owned(),
                _ => "undefined".to_owned(),
            };
        }
        let down = depth - 1;
        let (text, tightness) = match self.random.weighted(&[14, 12, 8, 10, 8, 8, 6, 6, 6, 5, 6, 6, 10, 6]) {
            0 => self.junction("&&", AND, depth, false),
            1 => self.junction("||", OR, depth, false),
            2 => (format!("!{}", self.operand(down, UNARY)), UNARY),
            3 => {
                let (then, otherwise) = (self.operand(down, ASSIGNMENT), self.operand(down, ASSIGNMENT));
                (format!("{} ? {then} : {otherwise}", self.operand(down, OR)), TERNARY)
            }
            4 => self.comparison(down),
            5 => self.literal_with_parts(down),
            6 => self.template(down),
            7 => self.function_expression(down),
            8 => self.member(down),
            9 => (format!("({}, {})", self.expression(down), self.expression(down)), ATOM),
            10 => self.arithmetic(down),
            11 => self.assignment(down),
            12 => return self.with_check(depth, least),
            _ => self.suspension(down),
        };
        let mixes = text.contains("??") && (least == OR || least == AND) && tightness == OR;
        self.fitted(text, if mixes { 0 } else { tightness }, least)
    }

    /// A call with an effect and a chosen result.
    pub(super) fn log(&mut self, least: Tightness) -> String {
        let (number, value) = (self.number(), self.literal());
        if self.frame.is_async && !self.frame.no_suspension && self.random.percent(15) {
            let text = format!("await alog({number}, {value})");
            return if UNARY < least { format!("({text})") } else { text };
        }
        format!("log({number}, {value})")
    }

    pub(super) fn literal(&mut self) -> String {
        self.random
            .one(&[
                "true",
                "false",
                "null",
                "0",
                "1",
                "2",
                "-1",
                "\"v1\"",
                "\"v2\"",
                "''",
                "'true'",
                "1.5",
                "[]",
                "[0]",
                "undefined",
                "`v1`",
                "void 0",
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
        if fits(&value, ValueType::Bool) && self.random.percent(75) {
            if self.frame.is_async && !self.frame.no_suspension && self.random.percent(30) {
                let text = format!("await client.isEnabledAsync({key})");
                return self.fitted(text, UNARY, least);
            }
            let context = match self.random.below(14) {
                0 => format!(", {{ id: {} }}", self.number()),
                1 => format!(", {{ id: {} }}", self.log(ASSIGNMENT)),
                2 => format!(", {}", self.log(ASSIGNMENT)),
                3 => self.known_name().map_or(String::new(), |name| format!(", {name}")),
                4 => format!(", /* {} */ false", self.number()),
                _ => String::new(),
            };
            let method = if self.random.percent(80) { "isEnabled" } else { "isDisabled" };
            return format!("client.{method}({key}{context})");
        }
        let mut methods = vec![("variation", "null")];
        if fits(&value, ValueType::String) {
            methods.push(("getString", "\"v1\""));
        }
        if fits(&value, ValueType::Float) {
            methods.push(("getNumber", "0.5"));
        }
        let (method, fallback) = methods[self.random.below(methods.len())];
        let call = format!("client.{method}({key}, {fallback})");
        match self.random.below(6) {
            0 => call,
            1 => {
                let text = format!("{call} ?? {}", self.variation(&value));
                // No mixing with the other junctions.
                self.fitted(text, if least > TERNARY { 0 } else { OR }, least)
            }
            2 => {
                let (first, second) = (self.variation(&value), self.variation(&value));
                format!("[{first}, {second}].includes({call})")
            }
            _ => {
                let word = self.random.one(&["===", "===", "!==", "==", "!="]);
                let other = self.variation(&value);
                let text = if self.random.percent(85) {
                    format!("{call} {word} {other}")
                } else {
                    format!("{other} {word} {call}")
                };
                self.fitted(text, EQUAL, least)
            }
        }
    }

    /// A literal that may be the value of a flag.
    pub(super) fn variation(&mut self, value: &Value) -> String {
        if self.random.percent(50) {
            return match value {
                Value::Bool(on) => on.to_string(),
                Value::String(text) => format!("{text:?}"),
                other => other.to_string(),
            };
        }
        self.random.one(&["\"v1\"", "\"v2\"", "1", "0", "\"true\"", "'1'", "true", "1.0", "null", "''"]).to_owned()
    }

    fn comparison(&mut self, depth: usize) -> (String, Tightness) {
        let word = self.random.one(&["===", "!==", "==", "<", ">=", "in", "instanceof"]);
        match word {
            "in" => (format!("\"k\" in {}", self.spread_object(depth)), LESS),
            "instanceof" => (format!("{} instanceof Box", self.operand(depth, LESS)), LESS),
            "<" | ">=" => (format!("{} {word} {}", self.operand(depth, LESS), self.literal_operand()), LESS),
            _ => (format!("{} {word} {}", self.operand(depth, EQUAL), self.operand(depth, LESS)), EQUAL),
        }
    }

    fn literal_operand(&mut self) -> String {
        self.random.one(&["0", "1", "\"v1\"", "1.5"]).to_owned()
    }

    fn spread_object(&mut self, depth: usize) -> String {
        let member = self.expression(depth);
        let spread = match self.random.below(3) {
            0 => format!("...({} && {{ l: {} }})", self.with_check(0, AND), self.literal()),
            1 => format!("...({} ? {{ k: 1, m: 2 }} : {{}})", self.with_check(depth, OR)),
            _ => format!("...{} && {{ l: 2 }}", self.with_check(0, AND)),
        };
        match self.random.below(3) {
            0 => format!("{{ k: {member}, {spread} }}"),
            1 => format!("{{ {spread}, k: {member} }}"),
            _ => format!("{{ {spread} }}"),
        }
    }

    fn literal_with_parts(&mut self, depth: usize) -> (String, Tightness) {
        let (left, right) = (self.expression(depth), self.expression(depth));
        let text = match self.random.below(8) {
            0 => format!("[{left}, {right}]"),
            1 => format!("{{ k: {left}, \"l\": {right} }}"),
            2 => format!("[...({} ? [{left}] : []), {right}]", self.with_check(depth, OR)),
            3 => self.spread_object(depth),
            4 => format!("[{left}, , {right}][{}]", self.random.below(3)),
            5 => format!("{{ [{} ? \"k\" : \"l\"]: {left} }}", self.with_check(depth, OR)),
            6 => match self.known_name() {
                Some(name) => format!("{{ {name}, k: {right} }}"),
                None => format!("[{right}]"),
            },
            _ => format!("[\n{left},\n  {right},\n]"),
        };
        (text, ATOM)
    }

    fn template(&mut self, depth: usize) -> (String, Tightness) {
        // Arrays and objects have texts of their own; what is shown is a truth value or a text.
        let inner = self.with_check(depth, ASSIGNMENT);
        let text = match self.random.below(4) {
            0 => format!("`x ${{!({inner})}} y`"),
            1 => format!("`x${{show({inner}) ? \"b\" : ''}}\n  y`"),
            2 => format!("`${{String(Boolean({inner}))}}${{1}}`"),
            _ => format!("`x ${{{} ? \"on\" : \"off\"}}`", self.with_check(depth, OR)),
        };
        (text, ATOM)
    }

    fn function_expression(&mut self, depth: usize) -> (String, Tightness) {
        let (outer, name) = (self.frame, self.fresh("l"));
        let argument = self.expression(depth.min(1));
        let this = self.frame.has_this;
        self.frame = Frame { indent: outer.indent, in_function: true, has_this: this, ..Frame::default() };
        self.scopes.push(Scope { names: vec![(name.clone(), true)], is_function: true, ..Scope::default() });
        let (default, body) = (self.value(), self.expression(depth));
        self.scopes.pop();
        self.frame = outer;
        let arrow_body = if body.starts_with('{') { format!("({body})") } else { body.clone() };
        let text = match self.random.below(6) {
            0 => format!("({name} => {arrow_body})({argument})"),
            1 => format!("(({name}) => {{ return {body} }})({argument})"),
            2 => format!("(function ({name}) {{ return {body}; }})({argument})"),
            3 => format!("(({name}, d = {default}) => [d, {name}])({argument})"),
            4 => format!("(({{ k: {name} = {default} }}) => {name})({{ k: {argument} }})"),
            _ => format!("(() => {arrow_body})()").replace(&name, "null"),
        };
        (text, CALL)
    }

    fn member(&mut self, depth: usize) -> (String, Tightness) {
        let number = self.number();
        let check = self.with_check(depth.min(1), AND);
        let text = match self.random.below(11) {
            0 => format!("({check} && thing({number}).get)?.()"),
            1 => format!("({check} ? thing({number}).get : log)()"),
            2 => format!("({check} && thing({number}).none?.k)?.j"),
            3 => format!("({check} ? thing({number}).none?.k : 1).j"),
            4 => format!("thing({number})?.[{} ? \"k\" : \"l\"]", self.with_check(depth.min(1), OR)),
            5 => format!("({check} || thing({number})).k"),
            6 => format!("({check} ? thing({number}) : thing(1)).get()"),
            7 => format!("new ({check} ? Box : Boom)({number})"),
            8 => format!("thing({number}).get?.({})", self.expression(depth)),
            9 => format!("thing({number}).seen"),
            _ => format!("show(...({} ? [{number}] : []))", self.with_check(depth.min(1), OR)),
        };
        (text, CALL)
    }

    fn arithmetic(&mut self, depth: usize) -> (String, Tightness) {
        match self.random.below(9) {
            0 => (format!("String({}) + \"x\"", self.expression(depth)), SUM),
            1 => (format!("{} + {}", self.operand(depth, SUM), self.operand(depth, SUM + 1)), SUM),
            2 => (format!("-{}", self.operand(depth, POSTFIX)), UNARY),
            3 => (format!("+{}", self.operand(depth, POSTFIX)), UNARY),
            4 => (format!("{} ** 2", self.operand(depth, POSTFIX)), POWER),
            5 => (format!("typeof {}", self.operand(depth, UNARY)), UNARY),
            6 => (format!("void {}", self.operand(depth, UNARY)), UNARY),
            7 => (format!("{} & 1", self.operand(depth, EQUAL)), BIT),
            _ => (format!("{} - {}", self.operand(depth, SUM), self.operand(depth, SUM + 1)), SUM),
        }
    }

    fn assignment(&mut self, depth: usize) -> (String, Tightness) {
        let Some(name) = self.mutable_name() else { return (self.log(ATOM), ATOM) };
        let word = self.random.one(&["=", "=", "||=", "??=", "&&=", "+="]);
        (format!("{name} {word} {}", self.expression(depth)), ASSIGNMENT)
    }

    fn suspension(&mut self, depth: usize) -> (String, Tightness) {
        if self.frame.no_suspension {
            return (self.log(ATOM), ATOM);
        }
        if self.frame.is_generator && self.random.percent(60) {
            return (format!("yield {}", self.expression(depth)), ASSIGNMENT);
        }
        if self.frame.is_async {
            return (format!("await {}", self.operand(depth, UNARY)), UNARY);
        }
        (self.log(ATOM), ATOM)
    }
}
