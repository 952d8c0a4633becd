//! Random Rust programs around checks of two flags: the frame of a program, its names and their types. Statements and
//! expressions are in the submodules; what programs call is in `support.rs`.

mod expressions;
mod shapes;
mod statements;

use std::collections::BTreeMap;

use flag_sweep::value::Value;

use crate::project::Program;
use crate::random::Random;

/// The types of names and functions.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Bool,
    Int,
    Text,
    Unit,
    Fallible,
}

#[derive(Clone)]
struct Name {
    text: String,
    kind: Kind,
    mutable: bool,
}

/// A program in the making.
pub(crate) struct Generator {
    random: Random,
    lines: Vec<String>,
    flags: Vec<(&'static str, Value)>,
    names: Vec<Name>,
    counter: usize,
    budget: usize,
    frame: Frame,
    /// Functions of the nested module that are in scope.
    helpers: Vec<String>,
    /// Functions that say whether a flag is on.
    predicates: Vec<String>,
    /// Whether values may be dropped at the end of an operand: in a condition that is where they are dropped anyway.
    temporaries: bool,
}

/// What the function around a statement allows.
#[derive(Clone, Copy)]
struct Frame {
    indent: usize,
    in_loop: bool,
    returns: Option<Kind>,
}

/// Makes a program.
pub(crate) fn generate(seed: u64, number: u64) -> Program {
    let mut random = Random::new(seed, number);
    let flags = vec![("flag-a", value(&mut random)), ("flag-b", value(&mut random))];
    let mut generator = Generator {
        random,
        lines: Vec::new(),
        flags,
        names: Vec::new(),
        counter: 0,
        budget: 0,
        frame: Frame { indent: 0, in_loop: false, returns: None },
        helpers: Vec::new(),
        predicates: Vec::new(),
        temporaries: false,
    };
    generator.program();
    let decided = match generator.random.below(10) {
        0 | 1 => vec!["flag-a".to_owned()],
        2 => vec!["flag-b".to_owned()],
        _ => vec!["flag-a".to_owned(), "flag-b".to_owned()],
    };
    let mut text = generator.lines.join("\n") + "\n";
    match generator.random.below(10) {
        0 => text = text.replace('\n', "\r\n"),
        1 => text = text.replace("    ", "\t"),
        _ => {}
    }
    let flags: BTreeMap<String, Value> =
        generator.flags.into_iter().map(|(flag, value)| (flag.to_owned(), value)).collect();
    Program { number, text, flags, decided }
}

fn value(random: &mut Random) -> Value {
    match random.weighted(&[40, 40, 12, 8]) {
        0 => Value::Bool(true),
        1 => Value::Bool(false),
        2 => Value::String(random.one(&["v1", "v2", ""]).to_owned()),
        _ => Value::Int([0, 1, 2, -1][random.below(4)]),
    }
}

impl Generator {
    fn program(&mut self) {
        self.line("use super::support::*;");
        if self.random.percent(50) {
            let (first, second) = (self.fresh("h"), self.fresh("h"));
            match self.random.below(3) {
                0 => self.line(&format!("use inner::{{{first}, {second}}};")),
                1 => {
                    self.line(&format!("use inner::{first};"));
                    self.line(&format!("use self::inner::{second};"));
                }
                _ => self.line(&format!("use inner::{{\n    {first},\n    {second},\n}};")),
            }
            self.lines.push(String::new());
            self.line("mod inner {");
            self.line("    use super::*;");
            for name in [&first, &second] {
                let number = self.number();
                self.line(&format!("    pub fn {name}() -> bool {{ log({number}, true) }}"));
            }
            self.line("}");
            self.helpers = vec![first, second];
        }
        let mut calls = Vec::new();
        for _ in 0..=self.random.below(2) {
            if self.random.percent(40) {
                calls.extend(self.shape());
            }
            self.lines.push(String::new());
            let name = self.fresh("f");
            self.function(&name);
            for _ in 0..=self.random.below(2) {
                let (on, number) = (self.random.percent(50), self.random.below(3));
                calls.push(format!("show(&{name}(client, {on}, {number}));"));
            }
        }
        self.lines.push(String::new());
        self.line("pub fn run(client: &Client) {");
        self.frame.indent = 1;
        for call in calls {
            self.line(&call);
        }
        self.frame.indent = 0;
        self.line("}");
    }

    fn function(&mut self, name: &str) {
        let returns = [Kind::Bool, Kind::Int, Kind::Text, Kind::Unit, Kind::Fallible][self.random.below(5)];
        let arrow = match returns {
            Kind::Bool => " -> bool",
            Kind::Int => " -> i64",
            Kind::Text => " -> String",
            Kind::Unit => "",
            Kind::Fallible => " -> Result<i64, Oops>",
        };
        self.line(&format!("fn {name}(client: &Client, a: bool, b: i64){arrow} {{"));
        self.names = vec![
            Name { text: "a".to_owned(), kind: Kind::Bool, mutable: false },
            Name { text: "b".to_owned(), kind: Kind::Int, mutable: false },
        ];
        self.frame = Frame { indent: 1, in_loop: false, returns: Some(returns) };
        self.budget = 5 + self.random.below(12);
        self.statements(1, 6);
        self.tail(returns);
        self.frame.indent = 0;
        self.line("}");
    }

    fn line(&mut self, text: &str) {
        let text = format!("{}{text}", "    ".repeat(self.frame.indent));
        let comment = if self.random.percent(4) && !text.contains('\n') {
            format!(" // {}", self.number())
        } else {
            String::new()
        };
        self.lines.push(text + &comment);
    }

    fn comment(&mut self) {
        if self.random.percent(6) {
            let text = if self.random.percent(80) {
                format!("// note {}", self.number())
            } else {
                format!("/* note\n   {} */", self.number())
            };
            self.lines.push(format!("{}{text}", "    ".repeat(self.frame.indent)));
        }
    }

    fn number(&mut self) -> usize {
        self.counter += 1;
        self.counter
    }

    fn fresh(&mut self, stem: &str) -> String {
        format!("{stem}{}", self.number())
    }

    fn name(&mut self, kind: Kind) -> Option<String> {
        let names: Vec<&Name> = self.names.iter().filter(|name| name.kind == kind).collect();
        if names.is_empty() {
            return None;
        }
        let back = self.random.below(names.len().min(3));
        Some(names[names.len() - 1 - back].text.clone())
    }

    fn bind(&mut self, text: &str, kind: Kind, mutable: bool) {
        self.names.retain(|name| name.text != text);
        self.names.push(Name { text: text.to_owned(), kind, mutable });
    }

    fn flag(&mut self) -> (&'static str, Value) {
        let index = self.random.weighted(&[65, 35]);
        self.flags[index].clone()
    }
}
