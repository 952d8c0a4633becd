//! Random JavaScript statements: branches with and without braces, loops with labels, `switch` with and without fall
//! through, handlers, bindings of every kind.

use super::{Frame, Generator, Scope};

impl Generator {
    /// At least `least` statements at the current indentation.
    pub(super) fn statements(&mut self, least: usize, most: usize) {
        let count = least + self.random.below(most.saturating_sub(least) + 1);
        for index in 0..count {
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

    /// What is between braces; those are the caller's.
    pub(super) fn body(&mut self, change: impl FnOnce(&mut Frame)) {
        let frame = self.frame;
        self.frame.indent += 1;
        change(&mut self.frame);
        self.scopes.push(Scope::default());
        self.after_block = true;
        let empty = self.random.percent(4);
        self.statements(usize::from(!empty), if empty { 0 } else { 3 });
        self.scopes.pop();
        self.frame = frame;
    }

    /// A block, or a single statement that does without braces.
    fn part(&mut self, head: &str, change: impl FnOnce(&mut Frame)) {
        match self.random.below(10) {
            0 => {
                let text = self.simple();
                let text = self.alone(text);
                self.raw(&format!("{head} {text}"));
                self.after_block = false;
            }
            1 => {
                self.raw(head);
                let frame = self.frame;
                self.frame.indent += 1;
                change(&mut self.frame);
                if self.random.percent(30) {
                    let condition = self.condition();
                    let text = self.simple();
                    let text = self.alone(text);
                    self.raw(&format!("if ({condition}) {text}"));
                } else {
                    let text = self.simple();
                    let text = self.alone(text);
                    self.raw(&text);
                }
                self.frame = frame;
                self.after_block = false;
            }
            _ => {
                let comment = self.slot();
                self.raw(&format!("{head} {comment}{{"));
                self.body(change);
                self.close("}");
            }
        }
    }

    /// A statement with its semicolon.
    fn alone(&self, text: String) -> String {
        if ["{", "function", "class", "async function"].iter().any(|start| text.starts_with(start)) {
            return format!("({text});");
        }
        format!("{text};")
    }

    fn statement(&mut self) {
        self.budget = self.budget.saturating_sub(1);
        if self.frame.indent >= 6 || self.budget == 0 {
            return self.simple_line();
        }
        match self.random.weighted(&[24, 22, 28, 6, 6, 6, 7, 8, 6, 4, 7, 3, 3]) {
            0 => self.simple_line(),
            1 => self.binding(),
            2 => self.branch(),
            3 => self.while_loop(),
            4 => self.for_loop(),
            5 => self.handler(),
            6 => self.leaving(),
            7 => self.nested_function(),
            8 => self.switch(),
            9 => self.class(),
            10 => self.declared_branch(),
            11 => self.labelled(),
            _ => {
                self.raw("{");
                self.body(|_| {});
                self.close("}");
            }
        }
    }

    fn simple_line(&mut self) {
        let text = self.simple();
        if self.random.percent(6) {
            let text = self.alone(text);
            let other = self.simple();
            let other = self.alone(other);
            self.raw(&format!("{text} {other}"));
            self.after_block = true;
            return;
        }
        self.line(&text);
    }

    /// A statement that fits on a line, without its end.
    pub(super) fn simple(&mut self) -> String {
        match self.random.weighted(&[28, 20, 16, 8, 6, 4, 6]) {
            0 => self.log(0),
            1 => format!("show({})", self.expression(2)),
            2 => self.condition(),
            3 => match self.mutable_name() {
                Some(name) => {
                    let word = self.random.one(&["=", "=", "+=", "||=", "??="]);
                    format!("{name} {word} {}", self.value())
                }
                None => self.log(0),
            },
            4 => match self.known_name() {
                Some(name) => format!("[{}, {name}].forEach(show)", self.expression(1)),
                None => format!("`${{show({})}}`", self.value()),
            },
            5 => self.known_name().map_or_else(|| "tick()".to_owned(), |name| format!("show({name})")),
            _ => match self.known_name() {
                Some(name) => format!("show({name})"),
                None => self.log(0),
            },
        }
    }

    fn binding(&mut self) {
        let value = if self.random.percent(50) { self.value() } else { self.expression(2) };
        match self.random.weighted(&[40, 16, 14, 8, 6, 6, 6, 6]) {
            0 => {
                let name = self.declared("x");
                self.line(&format!("const {name} = {value}"));
                self.bind(&name, false);
                self.read(&name);
            }
            1 => {
                let name = self.declared("y");
                self.line(&format!("let {name} = {value}"));
                self.bind(&name, true);
                self.read(&name);
            }
            2 => {
                let name = if self.random.percent(30) { "vp".to_owned() } else { self.fresh("v") };
                self.line(&format!("var {name} = {value}"));
                self.bind_in_function(&name);
                self.read(&name);
            }
            3 => {
                let (first, second) = (self.declared("x"), self.declared("x"));
                let default = self.value();
                let other = self.expression(1);
                let text = match self.random.below(3) {
                    0 => format!("const {{ k: {first} = {default}, l: {second} }} = {{ l: {other} }}"),
                    1 => format!("const [{first}, {second} = {default}] = [{value}]"),
                    _ => format!("const {first} = {value}, {second} = {other}"),
                };
                self.line(&text);
                self.bind(&first, false);
                self.bind(&second, false);
            }
            4 => {
                let name = self.declared("y");
                self.line(&format!("let {name}"));
                self.bind(&name, true);
                let condition = self.condition();
                let (then, otherwise) = (self.value(), self.value());
                self.raw(&format!("if ({condition}) {{"));
                self.raw(&format!("    {name} = {then};"));
                if self.random.percent(60) {
                    self.raw("} else {");
                    self.raw(&format!("    {name} = {otherwise};"));
                }
                self.close("}");
            }
            5 => self.taken_from_hook(),
            6 => {
                let (name, read) = (self.declared("x"), self.random.percent(50));
                let closure = self.fresh("k");
                self.line(&format!("const {closure} = () => {name}"));
                if self.random.percent(20) {
                    self.line(&format!("run({closure})"));
                }
                self.line(&format!("const {name} = {value}"));
                self.bind(&name, false);
                if read {
                    self.line(&format!("run({closure})"));
                }
            }
            _ => {
                let (name, other) = (self.fresh("v"), self.expression(1));
                let condition = self.condition();
                self.line(&format!("show({name})"));
                self.raw(&format!("if ({condition}) {{"));
                self.raw(&format!("    var {name} = {other};"));
                self.close("}");
                self.bind_in_function(&name);
            }
        }
    }

    /// Flags as members of an object.
    fn taken_from_hook(&mut self) {
        let (first, second) = (self.declared("x"), self.declared("x"));
        let names = match self.random.below(3) {
            0 => format!("\"flag-a\": {first}"),
            1 => format!("\"flag-a\": {first}, \"flag-b\": {second}"),
            _ => format!("\"flag-b\": {first}, \"flag-c\": {second}"),
        };
        self.line(&format!("const {{ {names} }} = client.useFlags()"));
        self.bind(&first, false);
        if names.contains(&second) {
            self.bind(&second, false);
        }
        self.read(&first);
    }

    fn read(&mut self, name: &str) {
        if self.random.percent(30) {
            let sign = self.random.one(&["", "", "!"]);
            self.raw(&format!("if ({sign}{name}) {{"));
            self.body(|_| {});
            self.close("}");
        }
    }

    fn branch(&mut self) {
        let (condition, comment) = (self.condition(), self.slot());
        self.part(&format!("if {comment}({condition})"), |_| {});
        for _ in 0..self.random.weighted(&[65, 22, 13]) {
            let condition = self.condition();
            let head = self.joined("else if");
            self.part(&format!("{head} ({condition})"), |_| {});
        }
        if self.random.percent(45) {
            let head = self.joined("else");
            self.part(&head, |_| {});
        }
    }

    /// `else` behind the brace before it, or on a line of its own.
    fn joined(&mut self, word: &str) -> String {
        let own_line = self.random.percent(15);
        match self.lines.last() {
            Some(last) if last.trim() == "}" && !own_line => {
                self.lines.pop();
                format!("}} {}{word}", self.slot())
            }
            _ => {
                if self.random.percent(20) {
                    let comment = format!("{}// else {}", "    ".repeat(self.frame.indent), self.number());
                    self.lines.push(comment);
                }
                word.to_owned()
            }
        }
    }

    /// A branch that declares what is declared around it as well.
    fn declared_branch(&mut self) {
        let condition = self.condition();
        self.raw(&format!("if ({condition}) {{"));
        self.frame.indent += 1;
        self.scopes.push(Scope::default());
        let (name, value) = (self.declared("x"), self.expression(1));
        let word = self.random.one(&["const", "let"]);
        self.line(&format!("{word} {name} = {value}"));
        self.bind(&name, word == "let");
        self.frame.indent -= 1;
        let names = self.scopes.last().cloned().unwrap_or_default();
        self.body(|_| {});
        self.scopes.pop();
        if self.random.percent(30) {
            self.raw("} else {");
            self.body(|_| {});
        }
        self.close("}");
        if self.random.percent(40) && names.names.len() == 1 {
            // Unbound here, or a name of the block around.
            self.line(&format!("show(typeof {name})"));
        }
    }

    fn while_loop(&mut self) {
        let condition = self.condition();
        if self.random.percent(25) {
            self.raw("do {");
            self.raw("    tick();");
            self.body(|frame| (frame.in_loop, frame.in_switch) = (true, false));
            self.close(&format!("}} while ({condition});"));
            return;
        }
        self.raw(&format!("while ({condition}) {{"));
        self.raw("    tick();");
        self.body(|frame| (frame.in_loop, frame.in_switch) = (true, false));
        self.close("}");
    }

    fn for_loop(&mut self) {
        let name = self.fresh("i");
        let asynchronous = self.frame.is_async && !self.frame.no_suspension && self.random.percent(30);
        let head = match self.random.below(6) {
            0 | 1 => format!("for (const {name} of [{}, 1])", self.expression(1)),
            2 if asynchronous => format!("for await (const {name} of [alog({}, 1)])", self.number()),
            2 => format!("for (const {name} in {{ k: 1, l: 2 }})"),
            3 => format!("for (let {name} = 0, n = {}; {name} < 2; {name}++)", self.expression(1)),
            4 => {
                let condition = self.condition();
                format!("for (let {name} = 0; {name} < 2 && ({condition}); {name} += 1)")
            }
            _ => {
                let condition = self.condition();
                let step = self.simple();
                format!("for (let {name} = 0; {condition}; {step})")
            }
        };
        self.raw(&format!("{head} {{"));
        self.raw("    tick();");
        let outer = self.scopes.clone();
        self.scopes.push(Scope::default());
        self.bind(&name, false);
        self.body(|frame| (frame.in_loop, frame.in_switch) = (true, false));
        self.scopes.truncate(outer.len());
        self.close("}");
    }

    fn labelled(&mut self) {
        let number = self.number();
        let outer = self.frame.label;
        if self.random.percent(50) {
            self.frame.label = Some((number, true));
            self.raw(&format!("m{number}:"));
            if self.random.percent(50) { self.for_loop() } else { self.while_loop() }
        } else {
            self.frame.label = Some((number, false));
            self.raw(&format!("m{number}: {{"));
            self.body(|_| {});
            self.close("}");
        }
        self.frame.label = outer;
    }

    fn handler(&mut self) {
        self.raw("try {");
        self.body(|_| {});
        let shape = self.random.below(4);
        if shape != 0 {
            let name = self.fresh("e");
            let bare = self.random.percent(40);
            self.raw(&if bare { "} catch {".to_owned() } else { format!("}} catch ({name}) {{") });
            self.scopes.push(Scope::default());
            if !bare {
                self.bind(&name, true);
            }
            self.body(|_| {});
            self.scopes.pop();
        }
        if shape == 0 || self.random.percent(30) {
            self.raw("} finally {");
            self.body(|_| {});
        }
        self.close("}");
    }

    fn jump(&mut self) -> String {
        let mut choices = vec!["throw"];
        if self.frame.in_loop {
            choices.extend(["break", "continue"]);
        }
        if self.frame.in_switch {
            choices.push("break");
        }
        if self.frame.in_function {
            choices.extend(["return", "return", "return"]);
        }
        if self.frame.label.is_some() {
            choices.push("label");
        }
        match (self.random.one(&choices), self.frame.label) {
            ("throw", _) => format!("throw new Boom({})", self.number()),
            ("return", _) if self.random.percent(20) => "return".to_owned(),
            ("return", _) => format!("return {}", self.expression(2)),
            ("label", Some((number, true))) if self.random.percent(40) => format!("continue m{number}"),
            ("label", Some((number, _))) => format!("break m{number}"),
            (word, _) => word.to_owned(),
        }
    }

    /// Statements that control does not go past, often with more behind them.
    fn leaving(&mut self) {
        let text = self.jump();
        if self.random.percent(25) {
            return self.line(&text);
        }
        let condition = self.condition();
        if self.random.percent(25) {
            self.raw(&format!("if ({condition}) {text};"));
            self.after_block = false;
        } else {
            self.raw(&format!("if ({condition}) {{"));
            if self.random.percent(40) {
                let before = self.simple();
                let before = self.alone(before);
                self.raw(&format!("    {before}"));
            }
            self.raw(&format!("    {text};"));
            self.close("}");
        }
        if self.random.percent(25) {
            let head = self.joined("else");
            self.part(&head, |_| {});
        }
    }

    fn switch(&mut self) {
        let (flag, value) = self.flag();
        let whole = self.random.percent(15);
        let subject = match self.random.below(8) {
            0 => self.expression(1),
            _ if whole => "true".to_owned(),
            _ => format!("client.variation(\"{flag}\", null)"),
        };
        self.raw(&format!("switch ({subject}) {{"));
        let count = 1 + self.random.below(4);
        let default_at = self.random.below(count * 2 + 1);
        self.scopes.push(Scope::default());
        for index in 0..count {
            if index == default_at {
                self.case("default");
            }
            let test = if whole { self.value() } else { self.variation(&value) };
            self.case(&format!("case {test}"));
        }
        if default_at >= count && default_at < count * 2 {
            self.case("default");
        }
        self.scopes.pop();
        self.close("}");
    }

    fn case(&mut self, head: &str) {
        let outer = self.frame;
        self.frame.indent += 1;
        self.frame.in_switch = true;
        match self.random.below(10) {
            0 | 1 => self.raw(&format!("{head}:")),
            2 | 3 => {
                self.raw(&format!("{head}: {{"));
                self.body(|_| {});
                if self.random.percent(80) {
                    self.raw("    break;");
                }
                self.close("}");
            }
            4 => {
                let text = self.simple();
                let text = self.alone(text);
                self.raw(&format!("{head}: {text} break;"));
            }
            _ => {
                self.raw(&format!("{head}:"));
                // Declarations would be shared by the cases.
                self.scopes.push(Scope::default());
                self.frame.indent += 1;
                self.after_block = true;
                for _ in 0..=self.random.below(2) {
                    match self.random.below(4) {
                        0 => self.branch(),
                        1 => self.leaving(),
                        _ => self.simple_line(),
                    }
                }
                self.scopes.pop();
                if self.random.percent(75) {
                    self.line("break");
                }
            }
        }
        self.frame = outer;
    }
}
