//! Random JavaScript programs around checks of two flags: the frame of a program and its names. Statements, definitions and
//! expressions are in the submodules; running is in `runner.js`.

mod definitions;
mod expressions;
mod shapes;
mod statements;

use std::collections::BTreeMap;

use flag_sweep::value::{Value, ValueType};

use crate::project::Program;
use crate::random::Random;

/// What programs call, and import where they are modules.
const HELPERS: [&str; 11] = ["client", "log", "alog", "show", "thing", "run", "arun", "later", "tick", "Boom", "Box"];

/// A program in the making.
pub(crate) struct Generator {
    random: Random,
    lines: Vec<String>,
    flags: Vec<(&'static str, Value)>,
    scopes: Vec<Scope>,
    counter: usize,
    budget: usize,
    frame: Frame,
    /// Whether statements end by semicolons.
    semicolons: bool,
    /// Whether the last line ended a block, so that nothing on the next one continues it.
    after_block: bool,
    form: Form,
    /// Functions that say whether a flag is on.
    predicates: Vec<String>,
}

/// How a program gets at what it calls.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Script,
    CommonJs,
    Module,
}

/// Names of a block that are bound for sure at this point, with whether they can be assigned.
#[derive(Clone, Default)]
struct Scope {
    names: Vec<(String, bool)>,
    /// Everything declared here, to declare nothing twice.
    declared: Vec<String>,
    is_function: bool,
}

/// What the function around a statement allows.
#[derive(Clone, Copy, Default)]
struct Frame {
    indent: usize,
    in_function: bool,
    in_loop: bool,
    in_switch: bool,
    is_async: bool,
    is_generator: bool,
    /// Inside parameters and class bodies, where `yield` and `await` may not stand.
    no_suspension: bool,
    has_this: bool,
    /// A label around, and whether it names a loop.
    label: Option<(usize, bool)>,
}

/// Makes a program.
pub(crate) fn generate(seed: u64, number: u64) -> Program {
    let mut random = Random::new(seed, number);
    let flags = vec![("flag-a", value(&mut random)), ("flag-b", value(&mut random))];
    let semicolons = random.percent(75);
    let form = [Form::Script, Form::CommonJs, Form::Module][random.weighted(&[45, 25, 30])];
    let mut generator = Generator {
        random,
        lines: Vec::new(),
        flags,
        scopes: vec![Scope { is_function: true, ..Scope::default() }],
        counter: 0,
        budget: 0,
        frame: Frame::default(),
        semicolons,
        after_block: true,
        form,
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
        for _ in 0..=self.random.weighted(&[50, 35, 15]) {
            if self.random.percent(40) {
                self.lines.push(String::new());
            }
            if self.random.percent(40) {
                self.shape();
            }
            self.top_function();
            if self.random.percent(40) {
                self.budget = 5;
                self.statements(0, 2);
            }
        }
        let body = self.lines.join("\n");
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let used: Vec<&str> = HELPERS
            .into_iter()
            .filter(|helper| {
                body.match_indices(helper).any(|(at, _)| {
                    !body[..at].ends_with(|c: char| is_word(c) || c == '.')
                        && !body[at + helper.len()..].starts_with(is_word)
                })
            })
            .collect();
        let end = if self.semicolons { ";" } else { "" };
        let lines = self.random.percent(30);
        let names =
            if lines { format!("{{\n    {},\n}}", used.join(",\n    ")) } else { format!("{{ {} }}", used.join(", ")) };
        let header = match self.form {
            Form::Script if self.random.percent(15) => format!("\"use strict\"{end}\n"),
            Form::Script => String::new(),
            Form::CommonJs => format!("const {names} = require(\"sdk\"){end}\n"),
            Form::Module => format!("import {names} from \"sdk\"{end}\n"),
        };
        let mut text = header + &body;
        match self.random.below(12) {
            0 => text = text.replace("    ", "\t"),
            1 => text = text.replace("    ", "  "),
            2 => text = text.replace('\n', "\r\n"),
            3 => return text,
            _ => {}
        }
        text + "\n"
    }

    /// Statements that end, or imply it where the next line does not continue them.
    fn line(&mut self, text: &str) {
        let (mut text, mut end) = (text.to_owned(), if self.semicolons { ";" } else { "" });
        if ["{", "function", "class", "async function", "let ["].iter().any(|start| text.starts_with(start)) {
            text = format!("({text})");
        }
        let guarded = !self.after_block || self.random.percent(50);
        if !self.semicolons && text.starts_with(['(', '[', '`', '+', '-', '/']) && guarded {
            text.insert(0, ';');
        }
        if !self.semicolons && self.random.percent(3) {
            end = ";";
        }
        self.raw(&format!("{text}{end}"));
        self.after_block = false;
    }

    /// A line that needs no end: the head of a block.
    fn raw(&mut self, text: &str) {
        let comment = match self.random.below(60) {
            0 | 1 => format!(" // {}", self.number()),
            2 => format!(" /* {} */", self.number()),
            _ => String::new(),
        };
        self.lines.push(format!("{}{text}{comment}", "    ".repeat(self.frame.indent)));
    }

    /// The last line of a block statement.
    fn close(&mut self, text: &str) {
        self.raw(text);
        self.after_block = true;
    }

    fn comment(&mut self) {
        let indent = "    ".repeat(self.frame.indent);
        match self.random.below(40) {
            0 | 1 => {
                let number = self.number();
                self.lines.push(format!("{indent}// note {number}"));
            }
            2 => {
                let number = self.number();
                self.lines.push(format!("{indent}/* note\n{indent} * {number} */"));
            }
            _ => {}
        }
    }

    /// A comment between two tokens, now and then.
    fn slot(&mut self) -> String {
        if self.random.percent(3) { format!("/* {} */ ", self.number()) } else { String::new() }
    }

    fn number(&mut self) -> usize {
        self.counter += 1;
        self.counter
    }

    fn fresh(&mut self, stem: &str) -> String {
        format!("{stem}{}", self.number())
    }

    /// A name for a declaration in this block: a new one, or one that a block around may have as well.
    fn declared(&mut self, stem: &str) -> String {
        let pooled = format!("{stem}{}", ["p", "q"][self.random.below(2)]);
        let scope = self.scopes.last().expect("the program's scope is never closed");
        let name = if self.random.percent(30) && !scope.declared.contains(&pooled) { pooled } else { self.fresh(stem) };
        let scope = self.scopes.last_mut().expect("the program's scope is never closed");
        scope.declared.push(name.clone());
        name
    }

    fn known_name(&mut self) -> Option<String> {
        let names: Vec<&String> = self.scopes.iter().flat_map(|scope| &scope.names).map(|(name, _)| name).collect();
        if names.is_empty() {
            return None;
        }
        let back = self.random.below(names.len().min(4));
        Some(names[names.len() - 1 - back].clone())
    }

    fn mutable_name(&mut self) -> Option<String> {
        let names: Vec<String> = self
            .scopes
            .iter()
            .flat_map(|scope| &scope.names)
            .filter(|each| each.1)
            .map(|each| each.0.clone())
            .collect();
        (!names.is_empty()).then(|| names[self.random.below(names.len())].clone())
    }

    fn bind(&mut self, name: &str, mutable: bool) {
        let scope = self.scopes.last_mut().expect("the program's scope is never closed");
        scope.names.retain(|(known, _)| known != name);
        scope.names.push((name.to_owned(), mutable));
    }

    /// `var` binds in the function.
    fn bind_in_function(&mut self, name: &str) {
        let scope = self.scopes.iter_mut().rev().find(|scope| scope.is_function);
        let scope = scope.expect("the program's scope is a function's");
        scope.names.retain(|(known, _)| known != name);
        scope.names.push((name.to_owned(), true));
    }

    fn flag(&mut self) -> (&'static str, Value) {
        let index = self.random.weighted(&[65, 35]);
        self.flags[index].clone()
    }
}

/// The types that a check of a flag with this value may return.
fn fits(value: &Value, wanted: ValueType) -> bool {
    value.coerce(wanted).is_some()
}
