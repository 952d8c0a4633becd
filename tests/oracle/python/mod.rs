//! Random Python programs around checks of two flags: the frame of a program and its names. Statements and expressions
//! are in the submodules; running is in `runner.py`.

mod expressions;
mod shapes;
mod statements;

use std::collections::BTreeMap;

use flag_sweep::value::{Value, ValueType};

use crate::project::Program;
use crate::random::Random;

/// A program in the making.
pub(crate) struct Generator {
    random: Random,
    lines: Vec<String>,
    flags: Vec<(&'static str, Value)>,
    /// Names that are certainly bound here, innermost function last.
    scopes: Vec<Vec<String>>,
    /// Numbers for `log`, names and functions.
    counter: usize,
    /// Statements that may still be made.
    budget: usize,
    frame: Frame,
    /// Functions of the module that say whether a flag is on.
    predicates: Vec<String>,
}

/// What the function around a statement allows.
#[derive(Clone, Copy, Default)]
struct Frame {
    indent: usize,
    in_function: bool,
    in_loop: bool,
    is_async: bool,
    is_generator: bool,
    in_class: bool,
    in_finally: bool,
}

/// Makes a program.
pub(crate) fn generate(seed: u64, number: u64) -> Program {
    let mut random = Random::new(seed, number);
    let flags = vec![("flag-a", value(&mut random)), ("flag-b", value(&mut random))];
    let mut generator = Generator {
        random,
        lines: Vec::new(),
        flags,
        scopes: vec![Vec::new()],
        counter: 0,
        budget: 0,
        frame: Frame::default(),
        predicates: Vec::new(),
    };
    let text = generator.program();
    let decided = match generator.random.below(10) {
        0 | 1 => vec!["flag-a".to_owned()],
        2 => vec!["flag-b".to_owned()],
        _ => vec!["flag-a".to_owned(), "flag-b".to_owned()],
    };
    let flags: BTreeMap<String, Value> =
        generator.flags.into_iter().map(|(flag, value)| (flag.to_owned(), value)).collect();
    Program { number, text, flags, decided }
}

fn value(random: &mut Random) -> Value {
    match random.weighted(&[40, 40, 6, 6, 4, 4]) {
        0 => Value::Bool(true),
        1 => Value::Bool(false),
        2 => Value::String(random.one(&["v1", "v2"]).to_owned()),
        3 => Value::Int([0, 1, 2, -1][random.below(4)]),
        4 => Value::Float([0.0, 1.0, 1.5, -0.5][random.below(4)]),
        _ => Value::String(random.one(&["", "it's", "a\"b"]).to_owned()),
    }
}

impl Generator {
    fn program(&mut self) -> String {
        if self.random.percent(20) {
            self.lines.push("\"\"\"Module.\"\"\"".to_owned());
        }
        let functions = 1 + self.random.below(3);
        for _ in 0..functions {
            self.blank_lines();
            if self.random.percent(45) {
                self.shape();
                self.blank_lines();
            }
            self.top_function();
            if self.random.percent(35) {
                self.budget = 4;
                self.statements(0, 1);
            }
        }
        let mut text = self.lines.join("\n");
        match self.random.below(12) {
            0 => text = reindented(&text, "\t"),
            1 => text = reindented(&text, "  "),
            2 => text = text.replace('\n', "\r\n"),
            3 => return text,
            _ => {}
        }
        text + "\n"
    }

    fn top_function(&mut self) {
        let frame = self.frame;
        let name = self.fresh("f");
        let budget = 4 + self.random.below(14);
        self.function(&name, budget);
        self.frame = frame;
        for _ in 0..=self.random.below(2) {
            let (left, right) = (self.literal(), self.literal());
            self.line(format!("run({name}, {left}, {right})"));
        }
    }

    /// `def` with two parameters and a body.
    fn function(&mut self, name: &str, budget: usize) {
        let outer = (self.frame, self.budget);
        if self.random.percent(8) {
            let argument = self.expression(1);
            self.line(format!("@deco({argument})"));
        }
        let is_async = self.random.percent(12);
        let is_generator = self.random.percent(15);
        let default = if self.random.percent(15) { format!(", c={}", self.expression(1)) } else { String::new() };
        let word = if is_async { "async def" } else { "def" };
        self.line(format!("{word} {name}(a, b{default}):"));
        self.frame =
            Frame { indent: self.frame.indent + 1, in_function: true, is_async, is_generator, ..Frame::default() };
        self.budget = budget;
        if self.random.percent(12) {
            self.line("\"\"\"Says something.\"\"\"".to_owned());
        }
        self.scopes.push(vec!["a".to_owned(), "b".to_owned()]);
        self.statements(1, 6);
        self.scopes.pop();
        (self.frame, self.budget) = (outer.0, outer.1);
    }

    fn blank_lines(&mut self) {
        for _ in 0..self.random.below(3) {
            self.lines.push(String::new());
        }
    }

    fn line(&mut self, text: String) {
        let comment = if self.random.percent(5) && !text.ends_with('\\') {
            format!("  # {}", self.number())
        } else {
            String::new()
        };
        self.lines.push(format!("{}{text}{comment}", "    ".repeat(self.frame.indent)));
    }

    fn comment(&mut self) {
        if self.random.percent(7) {
            let deeper = usize::from(self.random.percent(15));
            let text = format!("{}# note {}", "    ".repeat(self.frame.indent + deeper), self.number());
            self.lines.push(text);
        }
    }

    fn number(&mut self) -> usize {
        self.counter += 1;
        self.counter
    }

    fn fresh(&mut self, stem: &str) -> String {
        format!("{stem}{}", self.number())
    }

    /// A name that is bound here, in this function or around it.
    fn known_name(&mut self) -> Option<String> {
        let names: Vec<String> = self.scopes.iter().flatten().cloned().collect();
        (!names.is_empty()).then(|| {
            // Names that were bound late are the likelier ones.
            let back = self.random.below(names.len().min(4));
            names[names.len() - 1 - back].clone()
        })
    }

    /// A name bound in this very function.
    fn own_name(&mut self) -> Option<String> {
        let names = self.scopes.last().filter(|names| !names.is_empty())?.clone();
        Some(names[self.random.below(names.len())].clone())
    }

    fn bind(&mut self, name: &str) {
        let scope = self.scopes.last_mut().expect("the module's scope is never closed");
        scope.retain(|known| known != name);
        scope.push(name.to_owned());
    }

    /// A flag and its value.
    fn flag(&mut self) -> (&'static str, Value) {
        let index = self.random.weighted(&[65, 35]);
        self.flags[index].clone()
    }
}

fn reindented(text: &str, unit: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let inner = line.trim_start_matches(' ');
        let depth = (line.len() - inner.len()) / 4;
        format!("{}{inner}", unit.repeat(depth))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The types that a check of a flag with this value may return.
fn fits(value: &Value, wanted: ValueType) -> bool {
    value.coerce(wanted).is_some()
}
