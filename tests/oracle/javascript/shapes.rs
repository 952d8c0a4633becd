//! Shapes that a value takes on its way through a JavaScript program: predicates, parameters that every caller gives the same
//! value, fields that are set once, members of objects, names of the module.

use super::{Frame, Generator, Scope};

impl Generator {
    /// Definitions at the top of a program, with their calls.
    pub(super) fn shape(&mut self) {
        match self.random.below(6) {
            0 | 1 => self.predicate(),
            2 => self.told(),
            3 => self.field(),
            4 => self.object_member(),
            _ => self.module_name(),
        }
    }

    fn within(&mut self, names: &[&str], body: impl FnOnce(&mut Self)) {
        let frame = self.frame;
        self.frame = Frame { indent: frame.indent + 1, in_function: true, ..Frame::default() };
        let names = names.iter().map(|name| ((*name).to_owned(), true)).collect();
        self.scopes.push(Scope { names, is_function: true, ..Scope::default() });
        self.after_block = true;
        body(self);
        self.scopes.pop();
        self.frame = frame;
    }

    /// A function that only says whether a flag is on.
    fn predicate(&mut self) {
        let name = self.fresh("is");
        let value = self.value();
        match self.random.below(4) {
            0 => {
                let body = if value.starts_with('{') { format!("({value})") } else { value };
                self.line(&format!("const {name} = () => {body}"));
            }
            1 => {
                self.raw(&format!("function {name}() {{"));
                self.within(&[], |generator| {
                    generator.raw(&format!("if ({value}) {{"));
                    generator.raw("    return true;");
                    generator.close("}");
                    generator.line("return false");
                });
                self.close("}");
            }
            _ => {
                self.raw(&format!("function {name}() {{"));
                self.within(&[], |generator| generator.line(&format!("return {value}")));
                self.close("}");
            }
        }
        self.predicates.push(name);
    }

    /// A function that is told by its callers.
    fn told(&mut self) {
        let (name, told) = (self.fresh("told"), self.fresh("on"));
        let as_member = self.random.percent(30);
        let default = if self.random.percent(20) { format!(" = {}", self.literal()) } else { String::new() };
        let list = if as_member { format!("a, {{ {told}{default} }}") } else { format!("a, {told}{default}") };
        self.raw(&format!("function {name}({list}) {{"));
        self.within(&["a", &told.clone()], |generator| {
            generator.budget = 4;
            let word = generator.random.one(&["", "!"]);
            generator.raw(&format!("if ({word}{told}) {{"));
            generator.body(|_| {});
            generator.close("}");
            let text = generator.expression(1);
            generator.line(&format!("return {text}"));
        });
        self.close("}");
        let (flag, _) = self.flag();
        for _ in 0..=self.random.below(2) {
            let check = match self.random.below(6) {
                0 => self.value(),
                1 => "true".to_owned(),
                _ => format!("client.isEnabled(\"{flag}\")"),
            };
            let argument = if as_member { format!("{{ {told}: {check} }}") } else { check };
            let first = self.literal();
            self.line(&format!("show({name}({first}, {argument}))"));
        }
    }

    /// A field that the constructor sets.
    fn field(&mut self) {
        let (name, field) = (self.fresh("A"), self.fresh("on"));
        let value = self.value();
        self.raw(&format!("class {name} {{"));
        self.frame.indent += 1;
        let private = if self.random.percent(25) { "#" } else { "" };
        if !private.is_empty() || self.random.percent(40) {
            self.raw(&format!("{private}{field};"));
        }
        self.raw("constructor() {");
        self.within(&[], |generator| generator.line(&format!("this.{private}{field} = {value}")));
        self.raw("}");
        self.raw("used() {");
        self.within(&[], |generator| {
            generator.budget = 4;
            generator.raw(&format!("if (this.{private}{field}) {{"));
            generator.body(|_| {});
            generator.close("}");
            let text = generator.expression(1);
            generator.line(&format!("return {text}"));
        });
        self.raw("}");
        if self.random.percent(25) {
            let other = self.literal();
            self.raw(&format!("changed() {{ this.{private}{field} = {other}; }}"));
        }
        self.frame.indent -= 1;
        self.close("}");
        self.line(&format!("run(() => new {name}().used())"));
        if self.random.percent(30) {
            self.line(&format!("show(new {name}())"));
        }
    }

    fn object_member(&mut self) {
        let name = self.fresh("config");
        let (value, other) = (self.value(), self.literal());
        self.line(&format!("const {name} = {{ on: {value}, other: {other} }}"));
        if self.random.percent(20) {
            let changed = self.literal();
            self.line(&format!("{name}.on = {changed}"));
        }
        self.raw(&format!("if ({name}.on) {{"));
        self.budget = 3;
        self.body(|_| {});
        self.close("}");
        let shown = self.random.one(&["", ".other", ".on"]);
        self.line(&format!("show({name}{shown})"));
    }

    /// A name of the module that functions read, and perhaps assign.
    fn module_name(&mut self) {
        let (name, reader) = (self.fresh("ON"), self.fresh("reads"));
        let assigns = self.random.percent(25);
        let value = self.value();
        self.line(&format!("{} {name} = {value}", if assigns { "let" } else { "const" }));
        self.raw(&format!("function {reader}() {{"));
        self.within(&[], |generator| {
            if assigns {
                let value = generator.literal();
                generator.line(&format!("{name} = {value}"));
            }
            let (then, otherwise) = (generator.expression(1), generator.number());
            generator.line(&format!("return {name} ? {then} : {otherwise}"));
        });
        self.close("}");
        self.line(&format!("run({reader})"));
        self.line(&format!("run({reader})"));
    }
}
