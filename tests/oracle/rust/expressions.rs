//! Random Rust expressions by type: truth values with checks, numbers, texts, blocks as values.

use flag_sweep::value::Value;

use super::{Generator, Kind};

const OR: u8 = 1;
const AND: u8 = 2;
const COMPARE: u8 = 3;
const UNARY: u8 = 5;

impl Generator {
    /// An expression of a type that fits on a line.
    pub(super) fn expression(&mut self, kind: Kind, depth: usize) -> String {
        match kind {
            Kind::Bool => self.truth(depth, 0, 40),
            Kind::Int => self.integer(depth),
            Kind::Text => self.text(depth),
            Kind::Unit => "()".to_owned(),
            Kind::Fallible if self.random.percent(50) => {
                let number = self.number();
                format!("attempt({number}, {})", if self.random.percent(60) { "Some(1)" } else { "None" })
            }
            Kind::Fallible => format!("Ok({})", self.integer(depth)),
        }
    }

    /// A condition, most often with a check in it.
    pub(super) fn condition(&mut self) -> String {
        let depth = self.random.weighted(&[35, 35, 30]);
        // `f(flag && lock().ready())`: an operand of `&&` drops its temporaries before the call, `lock().ready()` alone
        // behind it. Known, rare, and left out here.
        let outer = std::mem::replace(&mut self.temporaries, true);
        let text = self.truth(depth, 0, 85);
        self.temporaries = outer;
        match self.random.below(24) {
            0 => {
                let other = self.truth(1, AND + 1, 60);
                let (indent, word) = ("    ".repeat(self.frame.indent + 1), self.random.one(&["&&", "||"]));
                format!("{other}\n{indent}{word} ({text})")
            }
            1 => format!("({text})"),
            _ => text,
        }
    }

    /// A truth value that holds a check so many times in a hundred.
    pub(super) fn truth(&mut self, depth: usize, least: u8, checks: usize) -> String {
        if depth == 0 {
            if self.random.percent(checks) {
                return self.check(least);
            }
            return match self.random.below(8) {
                0..=2 => self.log(),
                3 => self.random.one(&["true", "false"]).to_owned(),
                4 if self.temporaries => {
                    let number = self.number();
                    format!("guard({number}, {}).on()", self.random.percent(60))
                }
                5 if !self.helpers.is_empty() => {
                    let index = self.random.below(self.helpers.len());
                    format!("{}()", self.helpers[index])
                }
                _ => self.name(Kind::Bool).unwrap_or_else(|| "true".to_owned()),
            };
        }
        let down = depth - 1;
        let (text, tightness) = match self.random.below(10) {
            0..=2 => self.junction("&&", AND, down, checks),
            3..=5 => self.junction("||", OR, down, checks),
            6 | 7 => (format!("!{}", self.truth(down, UNARY, checks)), UNARY),
            8 => {
                let (left, right) = (self.truth(down, COMPARE + 1, checks), self.truth(0, COMPARE + 1, 20));
                if left.contains("guard(") { (left, OR) } else { (format!("{left} == {right}"), COMPARE) }
            }
            _ => (format!("{} > {}", self.atom(Kind::Int), self.random.below(3)), COMPARE),
        };
        if tightness < least || self.random.percent(5) { format!("({text})") } else { text }
    }

    fn junction(&mut self, word: &str, tightness: u8, depth: usize, checks: usize) -> (String, u8) {
        let (left, right) = (self.random.percent(50), self.random.percent(30));
        let chance = |on: bool| if on { checks } else { 20 };
        let left = self.truth(depth, tightness, chance(left || !right));
        let right = self.truth(depth, tightness + 1, chance(right));
        (format!("{left} {word} {right}"), tightness)
    }

    pub(super) fn log(&mut self) -> String {
        let number = self.number();
        format!("log({number}, {})", self.random.percent(50))
    }

    fn atom(&mut self, kind: Kind) -> String {
        match kind {
            Kind::Int => match self.random.below(3) {
                0 => format!("number({}, {})", self.number(), self.random.below(3)),
                1 => self.name(Kind::Int).unwrap_or_else(|| "1".to_owned()),
                _ => self.integer_check().unwrap_or_else(|| "2".to_owned()),
            },
            _ => self.name(Kind::Text).map_or_else(|| "String::new()".to_owned(), |name| format!("{name}.clone()")),
        }
    }

    fn integer_check(&mut self) -> Option<String> {
        let (flag, value) = self.flag();
        (!matches!(value, Value::String(_))).then(|| format!("client.get_int(\"{flag}\", 0)"))
    }

    fn integer(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.atom(Kind::Int);
        }
        match self.random.below(8) {
            0 => {
                let (condition, then, otherwise) = (self.condition(), self.integer(depth - 1), self.integer(depth - 1));
                format!("if {condition} {{ {then} }} else {{ {otherwise} }}")
            }
            1 => {
                let (left, right) = (self.atom(Kind::Int), self.atom(Kind::Int));
                format!("{left} + {right}")
            }
            2 => format!("({}) as i64", self.truth(depth - 1, 0, 70)),
            3 => match self.integer_check() {
                Some(check) => format!("{check}.abs()"),
                None => "-1".to_owned(),
            },
            4 => {
                let (flag, _) = self.flag();
                let (then, otherwise) = (self.atom(Kind::Int), self.atom(Kind::Int));
                let condition = self.condition();
                format!(
                    "match client.get_string(\"{flag}\", String::new()).as_str() {{ \"v1\" if {condition} => 1, \
                     \"v1\" | \"true\" => {then}, _ => {otherwise} }}"
                )
            }
            _ => self.atom(Kind::Int),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        let number = self.number();
        match self.random.below(6) {
            0 => format!("text({number}, \"v1\")"),
            1 => {
                let (flag, _) = self.flag();
                format!("client.get_string(\"{flag}\", \"v1\".to_string())")
            }
            2 => {
                let shown = self.expression(Kind::Bool, depth.min(1));
                format!("format!(\"{{}}\", {shown})")
            }
            3 => match self.name(Kind::Bool) {
                Some(name) => format!("format!(\"x {{{name}}} y\")"),
                None => "String::from(\"x\")".to_owned(),
            },
            4 => {
                let condition = self.condition();
                format!("if {condition} {{ text({number}, \"v2\") }} else {{ String::from(\"x\") }}")
            }
            _ => self.atom(Kind::Text),
        }
    }

    /// A check of one of the flags as a truth value.
    fn check(&mut self, least: u8) -> String {
        if !self.predicates.is_empty() && self.random.percent(12) {
            return format!("{}(client)", self.predicates[self.random.below(self.predicates.len())]);
        }
        let (flag, value) = self.flag();
        let text = match value {
            Value::Bool(_) => match self.random.below(14) {
                0 => format!("client.is_disabled(\"{flag}\", true)"),
                1 => format!("client.is_enabled(\"{flag}\", {})", self.log()),
                2 => format!("client.try_enabled(\"{flag}\").unwrap()"),
                3 => format!("client.try_enabled(\"{flag}\").unwrap_or(false)"),
                4 if self.frame.returns == Some(Kind::Fallible) => format!("client.try_enabled(\"{flag}\")?"),
                5 => {
                    let number = self.number();
                    format!("client.try_enabled(\"{flag}\").unwrap_or_else(|_| log({number}, true))")
                }
                6 => format!("client.get_string(\"{flag}\", \"x\".to_string()) == \"true\""),
                _ => format!("client.is_enabled(\"{flag}\", false)"),
            },
            Value::Int(_) => {
                let word = self.random.one(&["==", "!=", ">"]);
                format!("client.get_int(\"{flag}\", 0) {word} {}", self.random.below(3))
            }
            _ => {
                let word = self.random.one(&["==", "!="]);
                let other = self.random.one(&["v1", "v2", "true"]);
                match self.random.below(4) {
                    0 => format!("client.get_string(\"{flag}\", String::from(\"v1\")).as_str() {word} \"{other}\""),
                    1 => format!("client.try_string(\"{flag}\").unwrap() {word} \"{other}\""),
                    2 => format!("\"{other}\" {word} client.get_string(\"{flag}\", \"v1\".to_owned())"),
                    _ => format!("client.get_string(\"{flag}\", \"v1\".to_string()) {word} \"{other}\""),
                }
            }
        };
        let compares = text.contains(" == ") || text.contains(" != ") || text.contains(" > ");
        if compares && least > COMPARE - 1 { format!("({text})") } else { text }
    }
}
