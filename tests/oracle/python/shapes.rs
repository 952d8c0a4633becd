//! Shapes that a value takes on its way through a Python program: predicates, parameters that every caller gives the same
//! value, attributes that are set once, module names, imports in branches, star arguments.

use super::{Frame, Generator};

impl Generator {
    /// Definitions at the top of the module, with their calls.
    pub(super) fn shape(&mut self) {
        match self.random.below(8) {
            0 | 1 => self.predicate(),
            2 | 3 => self.parameter(),
            4 => self.attribute(),
            5 => self.module_name(),
            6 => self.star_arguments(),
            _ => self.import_in_branch(),
        }
    }

    fn within(&mut self, names: &[&str], body: impl FnOnce(&mut Self)) {
        let frame = self.frame;
        self.frame = Frame { indent: frame.indent + 1, in_function: true, ..Frame::default() };
        self.scopes.push(names.iter().map(|name| (*name).to_owned()).collect());
        body(self);
        self.scopes.pop();
        self.frame = frame;
    }

    /// A function that only says whether a flag is on.
    fn predicate(&mut self) {
        let name = self.fresh("_is");
        let private = self.random.percent(60);
        let name = if private { name } else { name.trim_start_matches('_').to_owned() };
        self.line(format!("def {name}():"));
        self.within(&[], |generator| {
            let condition = generator.condition_on_a_line();
            match generator.random.below(4) {
                0 => {
                    generator.line(format!("if {condition}:"));
                    generator.line("    return True".to_owned());
                    generator.line("return False".to_owned());
                }
                1 => {
                    let flag = generator.fresh("x");
                    generator.line(format!("{flag} = {condition}"));
                    generator.line(format!("return {flag}"));
                }
                _ => generator.line(format!("return {condition}")),
            }
        });
        self.predicates.push(name);
    }

    /// A function that is told by its callers.
    fn parameter(&mut self) {
        let (name, told) = (self.fresh("_told"), self.fresh("on"));
        let default = self.random.percent(25);
        let keyword = !default && self.random.percent(25);
        let list = match (default, keyword) {
            (true, _) => format!("a, {told}={}", self.literal()),
            (_, true) => format!("a, *, {told}"),
            _ => format!("a, {told}"),
        };
        self.line(format!("def {name}({list}):"));
        self.within(&["a", &told.clone()], |generator| {
            let word = generator.random.one(&["if", "if not"]);
            generator.line(format!("{word} {told}:"));
            generator.budget = 3;
            generator.block(|_| {});
            if generator.random.percent(50) {
                generator.line("else:".to_owned());
                generator.block(|_| {});
            }
            if generator.random.percent(20) {
                generator.line(format!("show({told})"));
            }
            let text = generator.expression(1);
            generator.line(format!("return {text}"));
        });
        let (flag, _) = self.flag();
        for _ in 0..=self.random.below(2) {
            let check = match self.random.below(6) {
                0 => self.condition_on_a_line(),
                1 => "True".to_owned(),
                _ => format!("client.is_enabled(\"{flag}\")"),
            };
            let argument = match self.random.below(4) {
                _ if keyword => format!("{told}={check}"),
                0 => format!("{told}={check}"),
                _ => check,
            };
            let first = self.literal();
            self.line(format!("show({name}({first}, {argument}))"));
        }
    }

    /// An attribute that holds a check.
    fn attribute(&mut self) {
        let (name, attribute) = (self.fresh("A"), self.fresh("on"));
        self.line(format!("class {name}:"));
        self.frame.indent += 1;
        if self.random.percent(30) {
            self.line(format!("{attribute} = None"));
        }
        self.line("def __init__(self, a=1):".to_owned());
        self.within(&["a"], |generator| {
            generator.line("self.a = a".to_owned());
            let condition = generator.condition_on_a_line();
            generator.line(format!("self.{attribute} = {condition}"));
        });
        self.line("def used(self):".to_owned());
        self.within(&["self"], |generator| {
            generator.line(format!("if self.{attribute}:"));
            generator.budget = 3;
            generator.block(|_| {});
            let text = generator.expression(1);
            generator.line(format!("return {text}"));
        });
        if self.random.percent(30) {
            self.line("def changed(self):".to_owned());
            self.within(&["self"], |generator| {
                let value = generator.literal();
                generator.line(format!("self.{attribute} = {value}"));
            });
        }
        self.frame.indent -= 1;
        self.line(format!("run(lambda: {name}().used())"));
        if self.random.percent(30) {
            self.line(format!("show({name}(2).__dict__)"));
        }
    }

    /// A name of the module that functions read, and perhaps assign.
    fn module_name(&mut self) {
        let name = self.fresh("_ON");
        let condition = self.condition_on_a_line();
        self.line(format!("{name} = {condition}"));
        let reader = self.fresh("_reads");
        self.line(format!("def {reader}():"));
        let assigns = self.random.percent(25);
        self.within(&[], |generator| {
            if assigns {
                let value = generator.literal();
                generator.line(format!("global {name}"));
                generator.line(format!("show({name})"));
                generator.line(format!("{name} = {value}"));
            }
            generator.line(format!("return 1 if {name} else {}", generator.counter));
        });
        self.line(format!("run({reader})"));
        self.line(format!("run({reader})"));
    }

    fn star_arguments(&mut self) {
        let name = self.fresh("_stars");
        self.line(format!("def {name}(a, *rest, k=1, **more):"));
        self.within(&["a", "rest", "k", "more"], |generator| {
            generator.budget = 4;
            generator.statements(1, 2);
            generator.line("return a, rest, k, more".to_owned());
        });
        let (first, second, third) = (self.expression(1), self.expression(1), self.expression(1));
        self.line(format!("show({name}({first}, *[{second}], **{{\"k\": {third}}}))"));
        if self.random.percent(50) {
            let inner = self.expression(0);
            let condition = self.condition_on_a_line();
            self.line(format!("show({name}(1, *([{inner}] if {condition} else [])))"));
        }
    }

    fn import_in_branch(&mut self) {
        let name = self.fresh("_takes");
        self.line(format!("def {name}():"));
        self.within(&[], |generator| {
            let module = generator.fresh("j");
            let condition = generator.condition_on_a_line();
            generator.line(format!("if {condition}:"));
            generator.line(format!("    import json as {module}"));
            if generator.random.percent(50) {
                generator.line("else:".to_owned());
                generator.line(format!("    {module} = None"));
            }
            generator.line(format!("return {module} is None"));
        });
        self.line(format!("run({name})"));
    }

    /// A `match` over values and shapes, with names that the patterns bind.
    pub(super) fn match_shapes(&mut self) {
        let (first, second) = (self.condition_on_a_line(), self.expression(0));
        let subject = match self.random.below(3) {
            0 => format!("[{first}, {second}]"),
            1 => format!("{{\"k\": {first}}}"),
            _ => format!("({first}, 1)"),
        };
        self.line(format!("match {subject}:"));
        self.frame.indent += 1;
        for _ in 0..=self.random.below(3) {
            let name = self.fresh("n");
            let pattern = match self.random.below(6) {
                0 => format!("[{name}, *_]"),
                1 => format!("{{\"k\": {name}}}"),
                2 => format!("(True, {name})"),
                3 => format!("[1 | None as {name}, _]"),
                4 => format!("{{\"k\": True | False as {name}, **_rest}}"),
                _ => format!("list({name})"),
            };
            let pattern = pattern.replace("**_rest", "**rest");
            let guard =
                if self.random.percent(40) { format!(" if {}", self.condition_on_a_line()) } else { String::new() };
            self.line(format!("case {pattern}{guard}:"));
            let scopes = self.scopes.clone();
            self.bind(&name);
            self.block(|_| {});
            self.scopes = scopes;
        }
        self.frame.indent -= 1;
    }
}
