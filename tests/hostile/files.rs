//! Files that are deep, long, large, broken or full of checks: no abort, no hang, bounded time and memory, and every file that
//! is not looked at is told of. `HOSTILE=all` runs the whole list in every language, which is what the release build is
//! measured with; without it each shape runs at a tenth of its size.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use super::run;

/// What a file may cost.
const TIME: Duration = Duration::from_secs(2);
const MEMORY: u64 = 300;
/// How much slower a debug build may be. Who asks for the whole list measures: an optimised build, whatever it asserts.
fn slower() -> u32 {
    if cfg!(debug_assertions) && !is_whole() { 20 } else { 1 }
}

fn is_whole() -> bool {
    std::env::var_os("HOSTILE").is_some()
}

/// How a language writes what the shapes are made of.
struct Words {
    name: &'static str,
    ending: &'static str,
    before: &'static str,
    after: &'static str,
    bind: &'static str,
    end: &'static str,
    and: &'static str,
    not: &'static str,
    comment: &'static str,
}

const PYTHON: Words = Words {
    name: "python",
    ending: "py",
    before: "",
    after: "",
    bind: "",
    end: "\n",
    and: " and ",
    not: "not ",
    comment: "# ",
};
const TYPESCRIPT: Words = Words {
    name: "typescript",
    ending: "ts",
    before: "function f() {\n",
    after: "}\n",
    bind: "const ",
    end: ";\n",
    and: " && ",
    not: "!",
    comment: "// ",
};
const RUST: Words = Words { name: "rust", ending: "rs", before: "fn f() {\n", bind: "let ", ..TYPESCRIPT };

const CHECK: &str = "enabled(\"x\")";

impl Words {
    fn branch(&self, condition: &str, number: usize) -> String {
        match self.name {
            "python" => format!("if {condition}:\n    a({number})\nelse:\n    b({number})\n"),
            "rust" => format!("if {condition} {{ a({number}); }} else {{ b({number}); }}\n"),
            _ => format!("if ({condition}) {{ a({number}); }} else {{ b({number}); }}\n"),
        }
    }

    fn nested_ifs(&self, depth: usize) -> String {
        let mut text = String::new();
        for level in 0..depth {
            let _ = match self.name {
                "python" => writeln!(text, "{}if {CHECK}:", " ".repeat(level)),
                "rust" => writeln!(text, "if {CHECK} {{"),
                _ => writeln!(text, "if ({CHECK}) {{"),
            };
        }
        match self.name {
            "python" => text + &" ".repeat(depth) + "a()\n",
            _ => text + "a();\n" + &"}\n".repeat(depth),
        }
    }

    fn elifs(&self, count: usize) -> String {
        let mut text = match self.name {
            "python" => format!("if c:\n    a()\nelif {CHECK}:\n    y()\n"),
            "rust" => format!("if c {{ a(); }} else if {CHECK} {{ y(); }}"),
            _ => format!("if (c) {{ a(); }} else if ({CHECK}) {{ y(); }}"),
        };
        for number in 0..count {
            let _ = match self.name {
                "python" => writeln!(text, "elif c{number}:\n    b({number})"),
                "rust" => write!(text, " else if c{number} {{ b({number}); }}"),
                _ => write!(text, " else if (c{number}) {{ b({number}); }}"),
            };
        }
        text + "\n"
    }

    fn bound(&self, value: &str) -> String {
        format!("{}v = {value}{}", self.bind, self.end)
    }

    fn lines(&self, count: usize, line: impl Fn(usize) -> String) -> String {
        (0..count).map(line).collect()
    }

    /// Every shape with its name, and whether the check in it is far from what is hostile, so that it has to be found.
    fn shapes(&self, share: usize) -> Vec<(&'static str, String)> {
        let many = |count: usize| count / share;
        let own = self.branch(CHECK, 0);
        let pairs = |text: &str, count: usize| format!("{}{CHECK}{}", text.repeat(count), ")".repeat(count));
        let terms = |joined: &str, count: usize| (0..count).map(|at| format!("c{at}")).collect::<Vec<_>>().join(joined);
        let filler = format!("{}{}\n", self.comment, "y".repeat(70));
        let fill = |bytes: usize| filler.repeat(bytes / filler.len());
        let inner: Vec<(&'static str, String)> = vec![
            ("parentheses", self.bound(&pairs("(", many(20_000))) + &own),
            ("calls", self.bound(&pairs("f(", many(20_000))) + &own),
            ("negations", self.bound(&(self.not.repeat(many(20_000)) + CHECK)) + &own),
            ("ifs", self.nested_ifs(many(3_000))),
            // Few enough to be looked at, and more than a parser has room for.
            ("levels", self.nested_ifs(600)),
            ("elifs", self.elifs(many(20_000)) + &own),
            ("chain", self.bound(&format!("({}{}{CHECK})", terms(self.and, many(100_000)), self.and)) + &own),
            ("sum", self.bound(&format!("({})", terms(" + ", many(100_000)))) + &own),
            ("members", self.bound(&format!("{CHECK}{}", ".a()".repeat(many(50_000)))) + &own),
            ("line", self.bound(&format!("\"{}\"", "y".repeat(1_000_000 / share))) + &own),
            ("list-on-a-line", self.bound(&format!("[{}1]", "1, ".repeat(many(333_000)))) + &own),
            ("list", self.bound(&format!("[{}1]", "1, 1, 1, 1, 1, 1, 1, 1, 1, 1,\n".repeat(many(33_000)))) + &own),
            ("checks", self.lines(many(10_000), |at| self.branch(CHECK, at))),
            ("flags", self.lines(many(10_000), |at| self.branch(&format!("enabled(\"x{at}\")"), at)) + &own),
            (
                "variables",
                self.lines(many(10_000), |at| {
                    format!("{}v{at} = {CHECK}{}w{at}{}use(v{at}){}", self.bind, self.and, self.end, self.end)
                }),
            ),
            (
                "uses-of-one-variable",
                self.bound(CHECK) + &self.lines(many(10_000), |at| format!("use(v, {at}){}", self.end)),
            ),
            ("3-mb", own.clone() + &fill(3_000_000 / share)),
            // Short enough to be parsed, and too long to be.
            ("comments", own.clone() + &filler.repeat(many(1_000)) + &own),
            ("12-mb", own.clone() + &fill(12 << 20)),
            ("nul", own.clone() + "\0"),
            ("late-nul", own.clone() + &fill(9_000) + self.comment + "\0\n"),
        ];
        let mut shapes: Vec<(&'static str, String)> =
            inner.into_iter().map(|(name, text)| (name, format!("{}{text}{}", self.before, self.after))).collect();
        shapes.push(("brackets", "[".repeat(many(200_000)) + &own));
        shapes.push(("closing-brackets", own.repeat(3) + &"}{)(".repeat(many(50_000))));
        shapes.extend(self.names(many(8_000)));
        shapes
    }

    /// Many names that a scan or a fix asks about one by one.
    fn names(&self, count: usize) -> Vec<(&'static str, String)> {
        let imported = |at| self.branch(CHECK, at).replace(&format!("b({at})"), &format!("b{at}()"));
        let imported = self.lines(count, imported);
        match self.name {
            "python" => {
                let client = "from posthog import Posthog\nclient = Posthog('key')\n";
                let object = |name: &str| {
                    format!("{name} = client.get_feature_flag_result('x', 1)\nif {name}.enabled:\n    a()\n")
                };
                vec![
                    ("objects", client.to_owned() + &self.lines(count, |at| object(&format!("v{at}")))),
                    ("objects-of-one-name", client.to_owned() + &self.lines(count, |_| object("v"))),
                    ("imports", self.lines(count, |at| format!("from m import b{at}\n")) + &imported),
                ]
            }
            "typescript" => {
                let client = "import { useFlags } from \"launchdarkly-react-client-sdk\";\nfunction C() {\n";
                let object = |name: &str| format!("var {name} = useFlags(); if ({name}.x) {{ a(); }}\n");
                vec![
                    ("objects", client.to_owned() + &self.lines(count, |at| object(&format!("v{at}"))) + "}\n"),
                    (
                        "objects-of-one-name",
                        client.to_owned() + &self.lines(count, |_| object("v")) + &self.branch(CHECK, 0) + "}\n",
                    ),
                    ("imports", self.lines(count, |at| format!("import {{ b{at} }} from \"m\";\n")) + &imported),
                ]
            }
            _ => {
                let one = |at: usize| format!("println!(\"{{}}\", if {CHECK} {{ {at} }} else {{ 0 }});\n");
                vec![("macros", format!("fn f() {{\n{}}}\n", self.lines(count, one)))]
            }
        }
    }
}

fn every_shape(words: &Words) {
    let share = if is_whole() { 1 } else { 10 };
    let mut complaints = String::new();
    for (name, text) in words.shapes(share) {
        for fix in [false, true] {
            let root = tempfile::tempdir().expect("a scratch directory can be made");
            let file = root.path().join(format!("a.{}", words.ending));
            fs::write(&file, &text).expect("the scratch directory is writable");
            let pattern = format!("{}: enabled($KEY)", words.name);
            let mut arguments =
                vec!["check", ".", "--isolated", "--no-registry", "--check", &pattern, "--flag", "x=true"];
            arguments.extend(["-j2", "--output-format", "concise"]);
            if fix {
                arguments.extend(["--fix", "--unsafe-fixes", "--allow-dirty"]);
            }
            let run = run(root.path(), &arguments, &[]).expect("the binary was built");
            let after = fs::read_to_string(&file).expect("it is still there");
            let told = ["stale-flag", "skipped", "syntax error", "removed "].iter().any(|word| run.told.contains(word));
            println!(
                "{}/{name}{}: exit {:?}, {:.2} s, {} MiB",
                words.name,
                if fix { ", fixed" } else { "" },
                run.code,
                run.busy.as_secs_f64(),
                run.memory
            );
            let mut complain = |what: &str| {
                let start: String = run.told.chars().take(600).collect();
                let _ = writeln!(complaints, "{}/{name}, fix {fix}: {what}\n{start}", words.name);
            };
            match run.code {
                Some(0 | 1) => {}
                Some(2) if run.told.contains("error: ") => {}
                other => complain(&format!("ended with {other:?}")),
            }
            if run.busy > TIME * slower() {
                complain(&format!("took {:?}", run.busy));
            }
            if run.memory > MEMORY {
                complain(&format!("took {} MiB", run.memory));
            }
            if !told {
                complain("nothing is said about it");
            }
            if !fix && after != text {
                complain("was changed without --fix");
            }
            if fix && after == text && run.told.contains("removed ") {
                complain("is not as it was told");
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn python_of_every_shape() {
    every_shape(&PYTHON);
}

#[test]
fn typescript_of_every_shape() {
    every_shape(&TYPESCRIPT);
}

#[test]
fn rust_of_every_shape() {
    every_shape(&RUST);
}

#[test]
fn registries_of_every_shape() {
    let flags = |count: usize| {
        (0..count).fold(String::from("{\"flags\": {"), |mut text, number| {
            let _ = write!(text, "{}\"flag-{number}\": \"on\"", if number == 0 { "" } else { "," });
            text
        }) + "}}"
    };
    let aliases = (1..40).fold(String::from("flags:\n  l0: &l0 [1, 1, 1]\n"), |text, level| {
        let before = level - 1;
        format!("{text}  l{level}: &l{level} [*l{before}, *l{before}, *l{before}, *l{before}]\n")
    });
    let shapes = [
        ("flags.json", flags(100_000 / slower() as usize)),
        ("flags.json", flags(1_000_000)),
        ("flags.yaml", aliases),
        ("flags.json", format!("{{\"flags\": {}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000))),
        ("flags.yaml", format!("flags: {}", "{a: ".repeat(100_000))),
        ("flags.toml", format!("[flags]\na = {}", "[".repeat(100_000))),
        ("flags.yaml", format!("flags:\n  a: \"{}\"\n", "x".repeat(8_000_000))),
    ];
    for (name, text) in shapes {
        let root = tempfile::tempdir().expect("a scratch directory can be made");
        fs::write(root.path().join(name), &text).expect("the scratch directory is writable");
        fs::write(root.path().join("a.py"), "x = 1\n").expect("the scratch directory is writable");
        let run = run(root.path(), &["check", ".", "--registry", name], &[]).expect("the binary was built");
        println!(
            "{name}, {} bytes: exit {:?}, {:.2} s, {} MiB",
            text.len(),
            run.code,
            run.busy.as_secs_f64(),
            run.memory
        );
        let start: String = run.told.chars().take(300).collect();
        assert!(matches!(run.code, Some(0..=2)), "{name}: {start}");
        assert!(run.busy < TIME * slower(), "{name} took {:?}: {start}", run.busy);
        assert!(run.memory < MEMORY, "{name} took {} MiB: {start}", run.memory);
    }
}
