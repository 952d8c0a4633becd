//! Random Python statements: branches, loops, handlers, definitions, bindings, in every layout that people use.

use super::{Frame, Generator};

impl Generator {
    /// At least `least` statements at the current indentation.
    pub(super) fn statements(&mut self, least: usize, most: usize) {
        let count = least + self.random.below(most.saturating_sub(least) + 1);
        for index in 0..count.max(1) {
            self.comment();
            if self.random.percent(6) && self.frame.indent > 0 {
                self.lines.push(String::new());
            }
            if index > 0 && self.budget == 0 {
                break;
            }
            self.statement();
        }
        if self.random.percent(4) {
            self.comment();
        }
    }

    /// An indented block in a frame of its own. Names bound in it are not certain behind it.
    pub(super) fn block(&mut self, change: impl FnOnce(&mut Frame)) {
        let (frame, names) = (self.frame, self.scopes.clone());
        self.frame.indent += 1;
        change(&mut self.frame);
        self.statements(1, 3);
        self.frame = frame;
        self.scopes = names;
    }

    fn statement(&mut self) {
        self.budget = self.budget.saturating_sub(1);
        if self.frame.indent >= 6 || self.budget == 0 {
            return self.simple_line();
        }
        let in_function = usize::from(self.frame.in_function);
        match self.random.weighted(&[26, 20, 28, 6, 6, 6, 5, 7, 6 * in_function, 3, 4, 3]) {
            0 => self.simple_line(),
            1 => self.binding(),
            2 => self.branch(),
            3 => self.while_loop(),
            4 => self.for_loop(),
            5 => self.handler(),
            6 => self.with_block(),
            7 => self.leaving(),
            8 => self.nested_function(),
            9 => self.class(),
            10 if self.random.percent(30) => self.match_shapes(),
            10 => self.match_block(),
            _ => self.long_text(),
        }
    }

    fn simple_line(&mut self) {
        let text = self.simple();
        let text = if self.random.percent(8) { format!("{text}; {}", self.simple()) } else { text };
        self.line(text);
    }

    /// A statement that fits on a line.
    fn simple(&mut self) -> String {
        match self.random.weighted(&[30, 20, 14, 4, 6, 6, 4]) {
            0 => self.log(),
            1 => format!("show({})", self.expression(2)),
            2 => self.expression(2),
            3 => "pass".to_owned(),
            4 => {
                let (condition, message) = (self.condition(), self.log());
                if self.random.percent(50) {
                    format!("assert {condition}")
                } else {
                    format!("assert {condition}, {message}")
                }
            }
            5 if self.frame.is_generator && !self.frame.in_class => match self.random.below(3) {
                0 if !self.frame.is_async => format!("yield from [{}]", self.expression(1)),
                1 => format!("show((yield {}))", self.expression(1)),
                _ => format!("yield {}", self.expression(1)),
            },
            _ => match self.own_name() {
                Some(name) => format!("show({name})"),
                None => self.log(),
            },
        }
    }

    fn binding(&mut self) {
        let value = match self.random.below(10) {
            0..=4 => self.condition(),
            _ => self.expression(2),
        };
        let name = match self.random.below(10) {
            0..=6 => self.fresh("x"),
            _ => self.own_name().unwrap_or_else(|| self.fresh("x")),
        };
        let other = self.fresh("y");
        let text = match self.random.weighted(&[60, 8, 6, 6, 6, 6, 4]) {
            0 => format!("{name} = {value}"),
            1 => format!("{name}: object = {value}"),
            2 => {
                self.bind(&other);
                format!("{other} = {name} = {value}")
            }
            3 => {
                self.bind(&other);
                format!("{name}, {other} = ({value}), 1")
            }
            4 => {
                self.line(format!("{name} = {value}"));
                self.bind(&name);
                format!("{name} {} {}", self.random.one(&["+=", "|=", "="]), self.expression(0))
            }
            5 => {
                self.line(format!("{name} = {value}"));
                self.line(format!("show({name})"));
                if let Some(scope) = self.scopes.last_mut() {
                    scope.retain(|known| *known != name);
                }
                return self.line(format!("del {name}"));
            }
            _ => {
                let default = self.expression(0);
                let ended = format!("{name} = {default}");
                self.line(ended);
                self.bind(&name);
                self.line(format!("if {value}:"));
                let again = self.expression(1);
                self.frame.indent += 1;
                self.line(format!("{name} = {again}"));
                self.frame.indent -= 1;
                return;
            }
        };
        self.line(text);
        self.bind(&name);
        if self.random.percent(30) {
            let word = self.random.one(&["if", "if not", "while"]);
            if word == "while" {
                self.line(format!("while tick() or {name}:"));
                self.block(|frame| frame.in_loop = true);
            } else {
                self.line(format!("{word} {name}:"));
                self.block(|_| {});
            }
        }
    }

    fn branch(&mut self) {
        let condition = self.condition();
        if self.random.percent(12) {
            let (first, second) = (self.simple(), self.simple());
            self.line(format!("if {condition}: {first}; {second}"));
        } else {
            self.line(format!("if {condition}:"));
            self.block(|_| {});
        }
        let count = self.random.weighted(&[65, 22, 13]);
        for _ in 0..count {
            self.comment();
            let condition = self.condition();
            if self.random.percent(10) {
                let statement = self.simple();
                self.line(format!("elif {condition}: {statement}"));
            } else {
                self.line(format!("elif {condition}:"));
                self.block(|_| {});
            }
        }
        if self.random.percent(45) {
            self.comment();
            if self.random.percent(10) {
                let statement = self.simple();
                self.line(format!("else: {statement}"));
            } else {
                self.line("else:".to_owned());
                self.block(|_| {});
            }
        }
    }

    fn while_loop(&mut self) {
        let condition = self.condition();
        self.line(format!("while {condition}:"));
        self.frame.indent += 1;
        self.line("tick()".to_owned());
        self.frame.indent -= 1;
        self.block(|frame| (frame.in_loop, frame.in_finally) = (true, false));
        self.loop_else();
    }

    fn loop_else(&mut self) {
        if self.random.percent(25) {
            self.line("else:".to_owned());
            self.block(|_| {});
        }
    }

    fn for_loop(&mut self) {
        let name = self.fresh("i");
        let over = if self.random.percent(60) { "range(2)".to_owned() } else { format!("[{}, 1]", self.expression(1)) };
        self.line(format!("for {name} in {over}:"));
        let scopes = self.scopes.clone();
        self.bind(&name);
        self.block(|frame| (frame.in_loop, frame.in_finally) = (true, false));
        self.scopes = scopes;
        self.loop_else();
    }

    fn handler(&mut self) {
        self.line("try:".to_owned());
        self.block(|_| {});
        let shape = self.random.below(4);
        if shape != 0 {
            let names = self.scopes.clone();
            if self.random.percent(40) {
                let name = self.fresh("e");
                self.line(format!("except Boom as {name}:"));
                self.bind(&name);
            } else {
                self.line("except Exception:".to_owned());
            }
            self.block(|_| {});
            self.scopes = names;
            if self.random.percent(25) {
                self.line("else:".to_owned());
                self.block(|_| {});
            }
        }
        if shape == 0 || self.random.percent(30) {
            self.line("finally:".to_owned());
            self.block(|frame| frame.in_finally = true);
        }
    }

    fn with_block(&mut self) {
        let (number, suppress) = (self.number(), self.random.percent(30));
        let name = self.fresh("m");
        let mut items = format!("ctx({number}{})", if suppress { ", True" } else { "" });
        if self.random.percent(30) {
            items = format!("ctx({number}, {})", self.expression(1));
        }
        if self.random.percent(40) {
            items.push_str(&format!(" as {name}"));
        }
        if self.random.percent(20) {
            items.push_str(&format!(", ctx({})", self.number()));
        }
        let word = if self.frame.is_async && self.random.percent(40) { "async with" } else { "with" };
        self.line(format!("{word} {items}:"));
        self.block(|_| {});
    }

    /// Statements that control does not go past, often with more behind them.
    fn leaving(&mut self) {
        let mut choices = vec!["raise"];
        if self.frame.in_loop && !self.frame.in_class {
            choices.push("break");
            if !self.frame.in_finally {
                choices.push("continue");
            }
        }
        if self.frame.in_function && !self.frame.in_class {
            choices.extend(["return", "return"]);
        }
        let text = match self.random.one(&choices) {
            "raise" => format!("raise Boom({})", self.number()),
            "return" if self.frame.is_async && self.frame.is_generator || self.random.percent(15) => {
                "return".to_owned()
            }
            "return" => format!("return {}", self.expression(2)),
            other => other.to_owned(),
        };
        if self.random.percent(75) {
            let condition = self.condition();
            if self.random.percent(20) {
                return self.line(format!("if {condition}: {text}"));
            }
            self.line(format!("if {condition}:"));
            self.frame.indent += 1;
            if self.random.percent(40) {
                let before = self.simple();
                self.line(before);
            }
            self.line(text);
            self.frame.indent -= 1;
            if self.random.percent(30) {
                self.line("else:".to_owned());
                self.block(|_| {});
            }
        } else {
            self.line(text);
        }
    }

    fn nested_function(&mut self) {
        let name = self.fresh("g");
        let budget = self.budget.min(5);
        if self.frame.in_class {
            return self.simple_line();
        }
        self.function(&name, budget);
        self.budget = self.budget.saturating_sub(3);
        let outer = self.own_name();
        if let (true, Some(outer)) = (self.random.percent(15), outer.filter(|name| name.starts_with('x'))) {
            let changer = self.fresh("h");
            let value = self.expression(1);
            self.line(format!("def {changer}():"));
            self.frame.indent += 1;
            self.line(format!("nonlocal {outer}"));
            self.line(format!("{outer} = {}", value.replace("await ", "")));
            self.frame.indent -= 1;
            self.line(format!("run({changer})"));
        }
        let (left, right) = (self.expression(1), self.expression(0));
        self.line(format!("run({name}, {left}, {right})"));
    }

    fn class(&mut self) {
        let name = self.fresh("C");
        self.line(format!("class {name}:"));
        let (frame, names) = (self.frame, self.scopes.clone());
        self.frame.indent += 1;
        self.frame.in_class = true;
        self.frame.in_loop = false;
        if self.random.percent(20) {
            self.line("\"\"\"A class.\"\"\"".to_owned());
        }
        self.frame.is_async = false;
        self.scopes.push(Vec::new());
        // Comprehensions in a class do not see its names: the statements are kept simple.
        for _ in 0..=self.random.below(3) {
            let attribute = self.fresh("t");
            let condition = self.condition();
            match self.random.below(3) {
                0 => self.line(format!("{attribute} = {condition}")),
                1 => {
                    self.line(format!("if {condition}:"));
                    self.frame.indent += 1;
                    self.line(format!("{attribute} = {}", self.counter));
                    self.frame.indent -= 1;
                    if self.random.percent(50) {
                        self.line("else:".to_owned());
                        self.frame.indent += 1;
                        let text = self.log();
                        self.line(text);
                        self.frame.indent -= 1;
                    }
                }
                _ => {
                    self.line(format!("def {attribute}(self, b=None):"));
                    self.frame.indent += 1;
                    let inner = self.frame;
                    self.frame = Frame { indent: inner.indent, in_function: true, ..Frame::default() };
                    self.scopes.push(vec!["b".to_owned()]);
                    self.budget = self.budget.max(2);
                    self.statements(1, 2);
                    self.scopes.pop();
                    self.frame = inner;
                    self.frame.indent -= 1;
                }
            }
        }
        self.frame = frame;
        self.scopes = names;
        self.bind(&name);
    }

    fn match_block(&mut self) {
        let (flag, value) = self.flag();
        let subject = match self.random.below(8) {
            0 => self.expression(1),
            1 => format!("client.variation(\"{flag}\", None), 1"),
            _ => format!("client.variation(\"{flag}\", None)"),
        };
        self.line(format!("match {subject}:"));
        self.frame.indent += 1;
        let count = 1 + self.random.below(3);
        for _ in 0..count {
            let mut pattern = self.variation(&value);
            if self.random.percent(20) {
                pattern = format!("{pattern} | {}", self.variation(&value));
            }
            if self.random.percent(20) {
                pattern = format!("{pattern} if {}", self.condition_on_a_line());
            }
            self.line(format!("case {pattern}:"));
            self.block(|_| {});
        }
        match self.random.below(4) {
            0 => {}
            1 => {
                let name = self.fresh("n");
                self.line(format!("case {name}:"));
                self.block(|_| {});
            }
            _ => {
                self.line("case _:".to_owned());
                self.block(|_| {});
            }
        }
        self.frame.indent -= 1;
    }

    pub(super) fn condition_on_a_line(&mut self) -> String {
        let text = self.condition();
        if text.contains('\n') { "True".to_owned() } else { text }
    }

    fn long_text(&mut self) {
        let name = self.fresh("s");
        self.line(format!("{name} = \"\"\"one\n  two {name}\n\n        three\n    \"\"\""));
        self.bind(&name);
        self.line(format!("show({name})"));
    }
}
