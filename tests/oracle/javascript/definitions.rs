//! Random JavaScript functions and classes, with their calls.

use super::{Form, Frame, Generator, Scope};

impl Generator {
    pub(super) fn top_function(&mut self) {
        let frame = self.frame;
        let name = self.fresh("f");
        self.budget = 4 + self.random.below(14);
        let exported = self.form == Form::Module && self.random.percent(25);
        let (at, early) = (self.lines.len(), self.random.percent(15) && !exported);
        if early {
            // Hoisted: its calls may come first.
            self.call(&name, false);
        }
        let is_async = self.function(&name, if exported { "export " } else { "" }, false);
        if early && is_async {
            // How many turns of the event loop it takes is nobody's business.
            self.lines.remove(at);
        }
        self.frame = frame;
        for _ in 0..=self.random.below(2) {
            self.call(&name, is_async);
        }
    }

    fn call(&mut self, name: &str, is_async: bool) {
        let (left, right) = (self.literal(), self.literal());
        let word = match (is_async, self.frame.is_async && !self.frame.no_suspension) {
            (true, true) => "await arun",
            (true, false) => "later",
            (false, _) => "run",
        };
        self.line(&format!("{word}({name}, {left}, {right})"));
    }

    /// A function with two parameters and a body; whether it is asynchronous.
    fn function(&mut self, name: &str, before: &str, may_be_value: bool) -> bool {
        let (outer, budget) = (self.frame, self.budget);
        let may_wait = self.frame.indent == 0 || self.frame.is_async && !self.frame.no_suspension;
        let is_async = may_wait && self.random.percent(18);
        let arrow = (may_be_value || before.is_empty() && self.random.percent(20)) && self.random.percent(60);
        let is_generator = !arrow && self.random.percent(15);
        let parameters = match self.random.below(10) {
            0 => {
                self.frame.no_suspension = true;
                let text = format!("a, b, c = {}", self.value());
                self.frame.no_suspension = outer.no_suspension;
                text
            }
            1 => "a, ...b".to_owned(),
            2 => {
                self.frame.no_suspension = true;
                let value = self.value();
                let default = if mentions(&value, "b") { String::new() } else { format!(" = {value}") };
                let text = format!("a, [b{default}] = []");
                self.frame.no_suspension = outer.no_suspension;
                text
            }
            _ => "a, b".to_owned(),
        };
        let (word, star) = (if is_async { "async " } else { "" }, if is_generator { "*" } else { "" });
        if arrow {
            let value = self.random.percent(30);
            if value {
                self.enter(is_async, is_generator);
                let body = self.expression(2);
                self.leave(outer, budget);
                let body = if body.starts_with('{') { format!("({body})") } else { body };
                self.line(&format!("const {name} = {word}({parameters}) => {body}"));
                return is_async;
            }
            self.raw(&format!("const {name} = {word}({parameters}) => {{"));
        } else if may_be_value {
            self.raw(&format!("const {name} = {word}function{star} ({parameters}) {{"));
        } else {
            self.raw(&format!("{before}{word}function{star} {name}({parameters}) {{"));
        }
        self.enter(is_async, is_generator);
        self.statements(1, 6);
        self.leave(outer, budget);
        if arrow || may_be_value {
            self.raw(if self.semicolons { "};" } else { "}" });
            self.after_block = false;
        } else {
            self.close("}");
        }
        is_async
    }

    fn enter(&mut self, is_async: bool, is_generator: bool) {
        self.frame =
            Frame { indent: self.frame.indent + 1, in_function: true, is_async, is_generator, ..Frame::default() };
        let names = vec![("a".to_owned(), true), ("b".to_owned(), true)];
        self.scopes.push(Scope { names, is_function: true, ..Scope::default() });
        self.after_block = true;
    }

    fn leave(&mut self, outer: Frame, budget: usize) {
        self.scopes.pop();
        (self.frame, self.budget) = (outer, budget);
    }

    pub(super) fn nested_function(&mut self) {
        let before = self.budget;
        self.budget = before.min(5);
        let name = if self.random.percent(10) { self.declared("g") } else { self.fresh("g") };
        let value = self.random.percent(40);
        let early = !value && self.random.percent(15);
        let at = self.lines.len();
        if early {
            self.call(&name, false);
        }
        let is_async = self.function(&name, "", value);
        if early && is_async {
            self.lines.remove(at);
        }
        self.budget = before.saturating_sub(3);
        self.call(&name, is_async);
        if self.random.percent(20) {
            self.line(&format!("show(typeof {name})"));
        }
    }

    pub(super) fn class(&mut self) {
        let (name, outer) = (self.fresh("C"), self.frame);
        let heritage = match self.random.below(6) {
            0 => format!(" extends ({} ? Box : Boom)", self.value()),
            1 => " extends Box".to_owned(),
            _ => String::new(),
        };
        self.raw(&format!("class {name}{heritage} {{"));
        self.frame = Frame {
            indent: outer.indent + 1,
            no_suspension: true,
            has_this: true,
            is_async: false,
            is_generator: false,
            ..Frame::default()
        };
        let mut reads = Vec::new();
        let own = self.random.percent(30);
        if own {
            let value = self.value();
            self.raw(&format!("#p = {value};"));
        }
        for _ in 0..=self.random.below(4) {
            let member = self.fresh("t");
            let value = self.value();
            match self.random.below(8) {
                0 => self.raw(&format!("{member} = {value};")),
                1 => {
                    self.raw(&format!("static {member} = {value};"));
                    reads.push(format!("show({name}.{member})"));
                    continue;
                }
                2 => {
                    self.raw("static {");
                    self.scopes.push(Scope { is_function: true, ..Scope::default() });
                    self.budget = self.budget.max(2);
                    self.body(|_| {});
                    self.scopes.pop();
                    self.raw("}");
                    continue;
                }
                3 => {
                    self.raw(&format!("get {member}() {{"));
                    self.method_body(own);
                }
                4 => {
                    let default = if mentions(&value, "a") { String::new() } else { format!(" = {value}") };
                    self.raw(&format!("{member}(a{default}) {{"));
                    self.method_body(own);
                    reads.push(format!("show(new {name}(1).{member}())"));
                    continue;
                }
                5 => {
                    self.raw(&format!("[{value} ? \"{member}\" : \"u\"]() {{"));
                    self.method_body(own);
                    continue;
                }
                6 => {
                    self.raw(&format!("{member} = () => {};", self.bracketed(&value)));
                    reads.push(format!("show(new {name}(2).{member}())"));
                    continue;
                }
                _ => {
                    self.raw(&format!("set {member}(a) {{"));
                    self.method_body(own);
                    reads.push(format!("new {name}(3).{member} = {}", self.number()));
                    continue;
                }
            }
            reads.push(format!("show(new {name}(4).{member})"));
        }
        self.frame = outer;
        self.close("}");
        for read in reads {
            self.line(&read);
        }
        self.bind(&name, false);
    }

    fn bracketed(&self, body: &str) -> String {
        if body.starts_with('{') { format!("({body})") } else { body.to_owned() }
    }

    fn method_body(&mut self, own: bool) {
        let outer = self.frame;
        self.frame = Frame { indent: outer.indent + 1, in_function: true, has_this: true, ..Frame::default() };
        self.scopes.push(Scope { is_function: true, ..Scope::default() });
        self.after_block = true;
        self.budget = self.budget.max(3);
        self.statements(1, 2);
        if own {
            let condition = self.value();
            self.line(&format!("if ({condition}) return this.#p"));
        }
        self.scopes.pop();
        self.frame = outer;
        self.raw("}");
    }
}

/// Whether a value reads a name. As the default of the parameter of that name, it would only ever throw.
fn mentions(value: &str, name: &str) -> bool {
    let value = value.replace("flag-a", "").replace("flag-b", "");
    value.split(|c: char| !(c.is_alphanumeric() || "_$".contains(c))).any(|word| word == name)
}
