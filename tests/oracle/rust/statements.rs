//! Random Rust statements: branches, loops, matches, bindings, closures, guards that log their drop.

use flag_sweep::value::Value;

use super::{Frame, Generator, Kind};

impl Generator {
    pub(super) fn statements(&mut self, least: usize, most: usize) {
        let count = least + self.random.below(most.saturating_sub(least) + 1);
        for index in 0..count {
            if index > 0 && self.budget == 0 {
                break;
            }
            self.comment();
            if self.random.percent(5) {
                self.lines.push(String::new());
            }
            self.statement();
        }
    }

    /// Statements between braces; the opening one is on the line before, the closing one is left to the caller.
    pub(super) fn body(&mut self, change: impl FnOnce(&mut Frame)) {
        self.body_with(change, |_| {});
    }

    fn body_with(&mut self, change: impl FnOnce(&mut Frame), end: impl FnOnce(&mut Self)) {
        let (frame, names) = (self.frame, self.names.clone());
        self.frame.indent += 1;
        change(&mut self.frame);
        self.statements(0, 3);
        end(self);
        self.frame = frame;
        self.names = names;
    }

    /// The value of a block, or of a function.
    pub(super) fn tail(&mut self, kind: Kind) {
        if kind == Kind::Unit {
            return;
        }
        if self.random.percent(25) {
            let condition = self.condition();
            self.line(&format!("if {condition} {{"));
            self.body_with(|_| {}, |generator| generator.short_tail(kind));
            self.line("} else {");
            self.body_with(|_| {}, |generator| generator.short_tail(kind));
            self.line("}");
            return;
        }
        self.short_tail(kind);
    }

    fn short_tail(&mut self, kind: Kind) {
        let text = self.expression(kind, 1);
        self.line(&text);
    }

    fn statement(&mut self) {
        self.budget = self.budget.saturating_sub(1);
        if self.budget == 0 || self.frame.indent > 5 {
            return self.simple();
        }
        match self.random.weighted(&[16, 22, 22, 10, 6, 5, 10, 8, 10, 6, 5, 5, 5, 3, 3, 4]) {
            0 => self.simple(),
            1 => self.binding(),
            2 => self.branch(),
            3 => self.value_branch(),
            4 => self.while_loop(),
            5 => self.other_loop(),
            6 => self.choice(),
            7 => self.leaving(),
            8 => self.guarded(),
            9 => self.let_else(),
            10 => self.let_chain(),
            11 => self.closure(),
            12 => self.structure(),
            13 => self.loop_with_value(),
            14 => self.shadowed(),
            _ => {
                let label = self.fresh("'s");
                let labelled = self.random.percent(40);
                self.line(&if labelled { format!("{label}: {{") } else { "{".to_owned() });
                self.body_with(
                    |_| {},
                    |generator| {
                        if labelled {
                            let condition = generator.condition();
                            generator.line(&format!("if {condition} {{ break {label}; }}"));
                            generator.simple();
                        }
                    },
                );
                self.line("}");
            }
        }
    }

    pub(super) fn simple(&mut self) {
        let text = match self.random.below(9) {
            0..=2 => format!("{};", self.log()),
            3 => format!("show(&({}));", self.expression(Kind::Bool, 2)),
            4 => format!("show(&({}));", self.expression(Kind::Int, 1)),
            5 => match self.name(Kind::Bool) {
                Some(name) => format!("note(format!(\"{{}} {{{name}:?}}\", {name}));"),
                None => "tick();".to_owned(),
            },
            6 => {
                let condition = self.condition();
                if self.random.percent(50) {
                    format!("assert!({condition});")
                } else {
                    format!("debug_assert!({condition}, \"no\");")
                }
            }
            7 => format!("let _ = {};", self.expression(Kind::Bool, 1)),
            _ => format!("show(&({}));", self.expression(Kind::Text, 1)),
        };
        self.line(&text);
    }

    fn binding(&mut self) {
        let kind = [Kind::Bool, Kind::Bool, Kind::Bool, Kind::Int, Kind::Text][self.random.below(5)];
        let value = if kind == Kind::Bool { self.condition() } else { self.expression(kind, 1) };
        let known = if self.random.percent(20) { self.name(kind).filter(|name| name.len() > 1) } else { None };
        let name = known.unwrap_or_else(|| self.fresh("x"));
        if self.random.percent(10)
            && let Some(name) = self.names.iter().find(|name| name.mutable && name.kind == kind).cloned()
        {
            return self.line(&format!("{} = {value};", name.text));
        }
        let mutable = self.random.percent(12);
        let word = if mutable { "let mut" } else { "let" };
        let annotation = match kind {
            Kind::Bool if self.random.percent(15) => ": bool",
            _ => "",
        };
        self.line(&format!("{word} {name}{annotation} = {value};"));
        self.bind(&name, kind, mutable);
        if kind == Kind::Bool && self.random.percent(30) {
            let sign = self.random.one(&["", "!"]);
            self.line(&format!("if {sign}{name} {{"));
            self.body(|_| {});
            self.line("}");
        }
    }

    fn branch(&mut self) {
        let condition = self.condition();
        if self.random.percent(10) {
            let log = self.log();
            return self.line(&format!("if {condition} {{ {log}; }}"));
        }
        self.line(&format!("if {condition} {{"));
        self.body(|_| {});
        for _ in 0..self.random.weighted(&[65, 22, 13]) {
            let condition = self.condition();
            self.line(&format!("}} else if {condition} {{"));
            self.body(|_| {});
        }
        if self.random.percent(45) {
            self.line("} else {");
            self.body(|_| {});
        }
        self.line("}");
    }

    fn value_branch(&mut self) {
        let kind = [Kind::Bool, Kind::Int, Kind::Text][self.random.below(3)];
        let (name, condition) = (self.fresh("x"), self.condition());
        self.line(&format!("let {name} = if {condition} {{"));
        self.body_with(|_| {}, |generator| generator.short_tail(kind));
        if self.random.percent(25) {
            let condition = self.condition();
            self.line(&format!("}} else if {condition} {{"));
            self.body_with(|_| {}, |generator| generator.short_tail(kind));
        }
        self.line("} else {");
        self.body_with(|_| {}, |generator| generator.short_tail(kind));
        self.line("};");
        self.bind(&name, kind, false);
    }

    fn while_loop(&mut self) {
        let condition = self.condition();
        self.line(&format!("while {condition} {{"));
        self.frame.indent += 1;
        self.line("tick();");
        self.frame.indent -= 1;
        self.body(|frame| frame.in_loop = true);
        self.line("}");
    }

    fn other_loop(&mut self) {
        if self.random.percent(50) {
            let name = self.fresh("i");
            self.line(&format!("for {name} in 0..2i64 {{"));
            let names = self.names.clone();
            self.bind(&name, Kind::Int, false);
            self.body(|frame| frame.in_loop = true);
            self.names = names;
        } else {
            self.line("loop {");
            self.frame.indent += 1;
            self.line("tick();");
            let condition = self.condition();
            self.line(&format!("if {condition} {{ break; }}"));
            self.frame.indent -= 1;
            self.body(|frame| frame.in_loop = true);
        }
        self.line("}");
    }

    fn choice(&mut self) {
        let (flag, value) = self.flag();
        let (subject, mut patterns) = match value {
            Value::Int(_) => (format!("client.get_int(\"{flag}\", 0)"), vec!["0", "1", "2", "1 | 2", "-1"]),
            Value::Bool(_) if self.random.percent(50) => {
                (format!("client.is_enabled(\"{flag}\", false)"), vec!["true", "false"])
            }
            _ => (
                format!("client.get_string(\"{flag}\", \"v1\".to_string()).as_str()"),
                vec!["\"v1\"", "\"v2\"", "\"true\"", "\"v1\" | \"v2\"", "\"\" | \"false\""],
            ),
        };
        let value_kind = self.random.percent(30).then_some(Kind::Int);
        let name = self.fresh("x");
        let start = if value_kind.is_some() { format!("let {name} = ") } else { String::new() };
        self.line(&format!("{start}match {subject} {{"));
        self.frame.indent += 1;
        for _ in 0..1 + self.random.below(3) {
            let pattern = patterns.remove(self.random.below(patterns.len()));
            let guard = if self.random.percent(25) { format!(" if {}", self.condition()) } else { String::new() };
            self.arm(&format!("{pattern}{guard}"), value_kind);
            if patterns.is_empty() {
                break;
            }
        }
        let rest = if self.random.percent(85) { "_".to_owned() } else { self.fresh("n") };
        self.arm(&rest, value_kind);
        self.frame.indent -= 1;
        self.line(if value_kind.is_some() { "};" } else { "}" });
        if let Some(kind) = value_kind {
            self.bind(&name, kind, false);
        }
    }

    fn arm(&mut self, pattern: &str, value: Option<Kind>) {
        if self.random.percent(35) {
            let text = match value {
                Some(kind) => self.expression(kind, 1),
                None => format!("drop({})", self.log()),
            };
            return self.line(&format!("{pattern} => {text},"));
        }
        self.line(&format!("{pattern} => {{"));
        self.body_with(
            |_| {},
            |generator| {
                if let Some(kind) = value {
                    generator.short_tail(kind)
                }
            },
        );
        self.line("}");
    }

    fn leaving(&mut self) {
        let text = if self.frame.in_loop && self.random.percent(50) {
            self.random.one(&["break;", "continue;"]).to_owned()
        } else {
            match self.frame.returns {
                None => return self.simple(),
                Some(Kind::Unit) => "return;".to_owned(),
                Some(Kind::Fallible) if self.random.percent(50) => {
                    let number = self.number();
                    format!("attempt({number}, {})?;", if self.random.percent(70) { "Some(1)" } else { "None" })
                }
                Some(kind) => format!("return {};", self.expression(kind, 1)),
            }
        };
        if self.random.percent(80) {
            let condition = self.condition();
            self.line(&format!("if {condition} {{"));
            self.frame.indent += 1;
            if self.random.percent(40) {
                self.simple();
            }
            self.line(&text);
            self.frame.indent -= 1;
            if self.random.percent(30) {
                self.line("} else {");
                self.body(|_| {});
            }
            self.line("}");
        } else {
            self.line(&text);
        }
    }

    fn guarded(&mut self) {
        let (name, number, on) = (self.fresh("g"), self.number(), self.random.percent(60));
        match self.random.below(5) {
            0 => self.line(&format!("let _ = guard({number}, {on});")),
            1 => {
                let condition = self.condition();
                self.line(&format!("if guard({number}, {on}).on() && ({condition}) {{"));
                self.body(|_| {});
                self.line("}");
            }
            2 => {
                let condition = self.condition();
                self.line(&format!("if {condition} {{"));
                self.frame.indent += 1;
                self.line(&format!("let _{name} = guard({number}, {on});"));
                self.frame.indent -= 1;
                self.body(|_| {});
                self.line("}");
            }
            3 => {
                let (condition, other) = (self.condition(), self.number());
                self.line(&format!(
                    "let _{name} = if {condition} {{ guard({number}, {on}) }} else {{ guard({other}, {on}) }};"
                ));
            }
            _ => {
                self.line(&format!("let {name} = guard({number}, {on});"));
                let condition = self.condition();
                self.line(&format!("let _moved{number} = if {condition} {{ Some({name}) }} else {{ None }};"));
            }
        }
    }

    fn let_else(&mut self) {
        let (name, number) = (self.fresh("x"), self.number());
        let leaves = match self.frame.returns {
            _ if self.frame.in_loop => "break".to_owned(),
            None => return self.simple(),
            Some(Kind::Unit) => "return".to_owned(),
            Some(kind) => format!("return {}", self.expression(kind, 0)),
        };
        let condition = self.truth(1, 0, 70);
        self.line(&format!("let Some({name}) = some({number}, ({condition}).then_some(1)) else {{ {leaves} }};"));
        self.bind(&name, Kind::Int, false);
    }

    fn let_chain(&mut self) {
        let (name, number) = (self.fresh("x"), self.number());
        let inner = if self.random.percent(60) { "Some(1)" } else { "None" };
        let binds = format!("let Some({name}) = some({number}, {inner})");
        let (first, second) = (self.truth(1, 3, 80), self.truth(0, 3, 70));
        let condition = match self.random.below(4) {
            0 => format!("{binds} && {first}"),
            1 => format!("{first} && {binds}"),
            2 => format!("{first} && {binds} && {second}"),
            _ => format!("{binds}\n        && {first}\n        && {name} > 0"),
        };
        self.line(&format!("if {condition} {{"));
        let names = self.names.clone();
        self.bind(&name, Kind::Int, false);
        self.body(|_| {});
        self.names = names;
        if self.random.percent(40) {
            self.line("} else {");
            self.body(|_| {});
        }
        self.line("}");
    }

    fn closure(&mut self) {
        let (name, parameter) = (self.fresh("c"), self.fresh("q"));
        let outer = (self.frame, self.names.clone());
        self.bind(&parameter, Kind::Bool, false);
        self.frame.returns = None;
        self.frame.in_loop = false;
        if self.random.percent(50) {
            let body = self.expression(Kind::Bool, 2);
            self.line(&format!("let {name} = |{parameter}: bool| {body};"));
        } else {
            self.line(&format!("let {name} = |{parameter}: bool| {{"));
            self.body_with(|frame| frame.returns = Some(Kind::Bool), |generator| generator.short_tail(Kind::Bool));
            self.line("};");
        }
        (self.frame, self.names) = outer;
        let argument = self.expression(Kind::Bool, 1);
        self.line(&format!("show(&{name}({argument}));"));
    }

    fn structure(&mut self) {
        let Some(name) = self.name(Kind::Bool) else { return self.simple() };
        let structure = self.fresh("S");
        let value = self.expression(Kind::Int, 1);
        self.line(&format!("#[derive(Debug)] struct {structure} {{ {name}: bool, k: i64 }}"));
        self.line(&format!("show(&{structure} {{ {name}, k: {value} }});"));
    }
}
