//! Shapes that a value takes on its way through a Rust program: predicates, parameters that every caller gives the same value,
//! fields that are set once, constants, traits, loops with values, names that are bound again.

use super::{Frame, Generator, Kind, Name};

impl Generator {
    /// Items beside the functions; what `run` calls of them.
    pub(super) fn shape(&mut self) -> Vec<String> {
        self.lines.push(String::new());
        match self.random.below(5) {
            0 | 1 => self.predicate(),
            2 => self.told(),
            3 => self.field(),
            _ => self.described(),
        }
    }

    fn within(&mut self, names: &[(&str, Kind)], returns: Kind, body: impl FnOnce(&mut Self)) {
        let (frame, outer) = (self.frame, std::mem::take(&mut self.names));
        let name = |(text, kind): &(&str, Kind)| Name { text: (*text).to_owned(), kind: *kind, mutable: false };
        self.names = names.iter().map(name).collect();
        self.frame = Frame { indent: frame.indent + 1, in_loop: false, returns: Some(returns) };
        self.budget = 4;
        body(self);
        (self.frame, self.names) = (frame, outer);
    }

    /// A function that only says whether a flag is on.
    fn predicate(&mut self) -> Vec<String> {
        let name = self.fresh("is");
        self.line(&format!("fn {name}(client: &Client) -> bool {{"));
        self.within(&[], Kind::Bool, |generator| {
            let condition = generator.truth(1, 0, 90);
            match generator.random.below(3) {
                0 => {
                    generator.line(&format!("if {condition} {{ return true; }}"));
                    generator.line("false");
                }
                _ => generator.line(&condition),
            }
        });
        self.line("}");
        self.predicates.push(name.clone());
        vec![format!("show(&{name}(client));")]
    }

    /// A function that is told by its callers.
    fn told(&mut self) -> Vec<String> {
        let (name, told) = (self.fresh("told"), self.fresh("on"));
        self.line(&format!("fn {name}(client: &Client, {told}: bool, b: i64) -> i64 {{"));
        self.within(&[(told.as_str(), Kind::Bool), ("b", Kind::Int)], Kind::Int, |generator| {
            let word = generator.random.one(&["", "!"]);
            generator.line(&format!("if {word}{told} {{"));
            generator.body(|_| {});
            generator.line("}");
            let text = generator.expression(Kind::Int, 1);
            generator.line(&text);
        });
        self.line("}");
        let (flag, _) = self.flag();
        (0..=self.random.below(2))
            .map(|_| {
                let check = match self.random.below(6) {
                    0 => self.truth(1, 0, 60),
                    1 => "true".to_owned(),
                    _ => format!("client.is_enabled(\"{flag}\", false)"),
                };
                format!("show(&{name}(client, {check}, {}));", self.random.below(3))
            })
            .collect()
    }

    /// A field that the constructor sets, and an implementation of `Drop` beside it now and then.
    fn field(&mut self) -> Vec<String> {
        let (name, field) = (self.fresh("S"), self.fresh("on"));
        self.line("#[derive(Debug)]");
        self.line(&format!("struct {name} {{ {field}: bool, k: i64 }}"));
        self.line(&format!("impl {name} {{"));
        self.frame.indent = 1;
        self.line("fn new(client: &Client) -> Self {");
        self.within(&[], Kind::Bool, |generator| {
            let value = generator.truth(1, 0, 90);
            if generator.random.percent(50) {
                generator.line(&format!("let {field} = {value};"));
                generator.line(&format!("Self {{ {field}, k: {} }}", generator.counter));
            } else {
                generator.line(&format!("Self {{ {field}: {value}, k: {} }}", generator.counter));
            }
        });
        self.line("}");
        self.line("fn used(&self, client: &Client) -> i64 {");
        self.within(&[], Kind::Int, |generator| {
            generator.line(&format!("if self.{field} {{"));
            generator.body(|_| {});
            generator.line("}");
            let text = generator.expression(Kind::Int, 1);
            generator.line(&text);
        });
        self.line("}");
        self.frame.indent = 0;
        self.line("}");
        let mut calls = vec![format!("show(&{name}::new(client).used(client));")];
        if self.random.percent(50) {
            calls.push(format!("show(&{name}::new(client));"));
            calls.push(format!("show(&{name}::new(client).k);"));
        }
        calls
    }

    /// A constant and a trait whose default asks a flag.
    fn described(&mut self) -> Vec<String> {
        let (name, constant, implementor) = (self.fresh("Asks"), self.fresh("KEPT"), self.fresh("T"));
        let word = self.random.one(&["const", "static"]);
        let number = self.random.below(3);
        self.line(&format!("{word} {constant}: i64 = {number};"));
        self.line(&format!("trait {name} {{"));
        self.frame.indent = 1;
        self.line("fn asks(&self, client: &Client) -> i64 {");
        self.within(&[], Kind::Int, |generator| {
            let condition = generator.condition();
            generator.line(&format!("if {condition} {{"));
            generator.body(|_| {});
            generator.line(&format!("return {constant};"));
            generator.line("}");
            let text = generator.expression(Kind::Int, 1);
            generator.line(&text);
        });
        self.line("}");
        self.frame.indent = 0;
        self.line("}");
        self.line(&format!("struct {implementor};"));
        self.line(&format!("impl {name} for {implementor} {{}}"));
        vec![format!("show(&{implementor}.asks(client));"), format!("show(&{constant});")]
    }

    /// A loop that is an expression, perhaps left from within another one.
    pub(super) fn loop_with_value(&mut self) {
        let (name, label) = (self.fresh("x"), self.fresh("'l"));
        self.line(&format!("let {name} = {label}: loop {{"));
        self.frame.indent += 1;
        self.line("tick();");
        let (condition, value) = (self.condition(), self.expression(Kind::Int, 0));
        if self.random.percent(40) {
            self.line("for _ in 0..2 {");
            self.line(&format!("    if {condition} {{ break {label} {value}; }}"));
            self.line("}");
        } else {
            self.line(&format!("if {condition} {{ break {value}; }}"));
        }
        let other = self.expression(Kind::Int, 0);
        self.simple();
        let again = self.log();
        self.line(&format!("if !{again} && false {{ continue; }}"));
        self.line(&format!("break {label} {other};"));
        self.frame.indent -= 1;
        self.line("};");
        self.bind(&name, Kind::Int, false);
    }

    /// A name that is bound again in a branch, and a value that is dropped there.
    pub(super) fn shadowed(&mut self) {
        let (name, kept, number) = (self.fresh("x"), self.fresh("g"), self.number());
        let (first, condition) = (self.expression(Kind::Bool, 1), self.condition());
        self.line(&format!("let {name} = {first};"));
        self.line(&format!("let _{kept} = guard({number}, {name});"));
        self.line(&format!("if {condition} {{"));
        self.frame.indent += 1;
        let number = self.number();
        self.line(&format!("let _{kept} = guard({number}, !{name});"));
        self.line(&format!("let {name} = !{name};"));
        self.frame.indent -= 1;
        self.bind(&name, Kind::Bool, false);
        self.body(|_| {});
        self.line("}");
        self.line(&format!("show(&{name});"));
        if self.random.percent(40) {
            let condition = self.condition();
            self.line(&format!("show(&matches!({condition}, true));"));
        }
    }
}
