//! What is left out, what must not be, and that nobody can tell.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::Outline;
use crate::language::{self, Language};
use crate::scan::facts::{Binding, Call, FileFacts, ScopeKind};
use crate::scan::hits::Words;
use crate::scan::{Interest, scan};

/// The text of a language without its bodies; those that hold `keep` stay.
fn without(name: &str, text: &str) -> Option<String> {
    let language = language::by_name(name).expect("a language of that name");
    let outline = Outline::new(language, text, |body| text[body.clone()].contains("keep"))?;
    assert_eq!(outline.text.len(), text.len());
    outline.read(language, None).map(|_| outline.text)
}

#[track_caller]
fn leaves_out(name: &str, text: &str, left: &str) {
    let found = without(name, text).expect("something is left out");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&found), words(left), "{found}");
}

#[test]
fn bodies_of_python_end_where_the_lines_do() {
    leaves_out(
        "python",
        "def f(a):\n    \"\"\"Text.\"\"\"\n    return other(a)\n\nclass C:\n    @decorated\n    async def g(self,\n                b) -> int:  # why\n        if b:\n            return None\n        # last\n    x = 1\n\ndef keep(\n    a,\n):\n    return keep\n",
        "def f(a): pass class C: @decorated async def g(self, b) -> int: # why pass x = 1 def keep( a, ): return keep",
    );
    // A comment that stands anywhere ends nothing.
    leaves_out("python", "def f():\n    a = other()\n# b = 1\n    return a + 1\nx = 1\n", "def f(): pass x = 1");
    leaves_out("python", "def f():\r\n\ta = other()\r\n\treturn a\r\nx = 1", "def f(): pass x = 1");
}

#[test]
fn bodies_in_braces_end_at_the_brace() {
    leaves_out(
        "rust",
        "impl X {\n    pub fn f<T>(&self, t: T) -> u8\n    where\n        T: Into<u8>,\n    {\n        let a = t.into();\n        a\n    }\n\n    fn g(\n        &self,\n    ) -> u8 {\n        keep()\n    }\n}\n",
        "impl X { pub fn f<T>(&self, t: T) -> u8 where T: Into<u8>, { } fn g( &self, ) -> u8 { keep() } }",
    );
    leaves_out(
        "tsx",
        "export const F: React.FC<P> = ({\n    a,\n}: P) => {\n    const b = use(a);\n    return <p>{b}</p>;\n};\nclass C {\n    async g(): Promise<void> {\n        await other();\n    }\n}\nit(\"x\", function () {\n    other();\n});\n",
        "export const F: React.FC<P> = ({ a, }: P) => { }; class C { async g(): Promise<void> { } } it(\"x\", function () { });",
    );
}

#[test]
fn what_is_no_body_of_a_function_stays() {
    for (name, text) in [
        ("python", "def f(): return other(1)\n"),
        ("python", "class C:\n    x = other(1)\n    y = other(2)\n"),
        ("python", "if x:\n    a = other(1)\n    b = other(2)\n"),
        // The text goes on where its lines end.
        ("python", "def f():\n    a = '''one\ntwo\n    '''\n    return a\n"),
        ("typescript", "const a = {\n    b: other(1),\n    c: other(2),\n};\n"),
        ("typescript", "if (f(1)) {\n    b = other(1);\n}\nfor (const x of f(1)) {\n    c(x);\n}\n"),
        ("typescript", "class A extends f(1) {\n    b = other(1);\n}\n"),
        ("typescript", "f({\n    b: other(1),\n});\ng(\n    a,\n    b,\n);\n"),
        ("typescript", "function f() {\n    other(); }\n"),
        ("rust", "mod a {\n    const B: u8 = 1;\n    const C: u8 = 1;\n}\n"),
        ("rust", "trait A {\n    fn b(&self);\n    const C: u8 = 1;\n}\n"),
        // It ends before its indentation does, and another one stands behind it.
        ("rust", "fn f() {\n    other();\n    }\n    fn g() {\n    other();\n}\n"),
        ("typescript", "function f() {\n    other();\n    }\n    function g() {\n    other();\n}\n"),
    ] {
        assert_eq!(without(name, text), None, "{text}");
    }
    // A template holds its code in parts.
    assert_eq!(without("vue", "<script>\nfunction f() {\n    other();\n}\n</script>\n"), None);
}

#[test]
fn blanks_that_are_no_body_are_refused() {
    let language = language::by_name("typescript").expect("it is one");
    let text = "function f() {\n    other();\n}\n";
    let outline = Outline::new(language, text, |_| false).expect("the body is left out");
    assert!(outline.read(language, None).is_some());
    // The same lines are an object in another text.
    let other = Outline { text: outline.text.replace("function f() {", "const abcd = {"), ..outline };
    assert_eq!(other.text.len(), text.len());
    assert!(other.read(language, None).is_none());
}

#[test]
fn a_comment_that_ends_in_a_body_is_read_with_it() {
    // What keeps the first body is in a comment, which the second one ends.
    let text = "const a = () => {\n/*\n    keep(1);\n};\nconst b = async ( => {\n    return 1; /* why */\n};\n";
    let language = language::by_name("typescript").expect("it is one");
    assert!(language.read(text).broken().is_none());
    assert!(Outline::new(language, text, |body| text[body.clone()].contains("keep")).is_some());
    assert_eq!(without("typescript", text), None);
}

#[test]
fn many_bodies_are_left_out_at_once() {
    let text = "fn f() {\n    other(1);\n}\n".repeat(300);
    let found = without("rust", &text).expect("all bodies are left out");
    assert!(!found.contains("other"));
    let nested = format!("{}{}", "def f():\n  x()\n".repeat(300), " def g():\n  x()\n".repeat(3));
    assert!(without("python", &nested).is_some());
}

fn code(folder: &Path) -> Vec<PathBuf> {
    let files =
        ignore::WalkBuilder::new(folder).standard_filters(false).sort_by_file_name(std::ffi::OsStr::cmp).build();
    files.filter_map(Result::ok).map(ignore::DirEntry::into_path).filter(|path| path.is_file()).collect()
}

/// Everything that facts say but for what only functions see that were left out.
fn told(facts: &FileFacts, unread: &FileFacts) -> Vec<String> {
    let calls = facts.calls.iter().map(|call| format!("{:?}", Call { scope: 0, ..call.clone() }));
    let imports = facts.imports.iter().map(|import| format!("{:?} {:?} {:?}", import.local, import.path, import.span));
    let seen = |binding: &&Binding| facts.scopes[binding.scope].kind != ScopeKind::Function;
    let named = |binding: &Binding| format!("{} {:?}", binding.name, binding.span);
    let mut seen: Vec<String> = facts.bindings.iter().filter(seen).map(named).collect();
    let left: BTreeSet<usize> =
        unread.functions.iter().filter(|function| function.unread).map(|function| function.name_span.start).collect();
    let read: BTreeSet<usize> = unread.functions.iter().map(|function| function.name_span.start).collect();
    let functions = facts.functions.iter().filter(|function| {
        !function.name.is_empty()
            && read.contains(&function.name_span.start)
            && !left.contains(&function.name_span.start)
    });
    seen.extend(functions.map(|function| format!("{} {:?}", function.name, function.returns)));
    seen.extend(calls.chain(imports));
    seen.sort();
    seen
}

/// Some of the names that a text calls.
fn some_names(text: &str, random: &mut impl FnMut(usize) -> usize) -> BTreeSet<String> {
    let is_word = |at: char| at.is_alphanumeric() || at == '_';
    let called = text.match_indices('(').map(|(at, _)| text[..at].rsplit(|at| !is_word(at)).next().unwrap_or(""));
    let called: Vec<&str> = called.filter(|name| name.len() > 2).collect();
    if called.is_empty() {
        return BTreeSet::new();
    }
    (0..3).map(|_| called[random(called.len())].to_owned()).collect()
}

/// Lines of another text with one of them moved, repeated, or gone.
fn shaken(text: &str, random: &mut impl FnMut(usize) -> usize) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for _ in 0..if lines.is_empty() { 0 } else { random(4) } {
        let at = random(lines.len());
        match random(6) {
            0 => lines[at] = format!("    {}", lines[at]),
            1 => lines[at] = lines[at].trim_start_matches(' ').to_owned(),
            2 => {
                lines.remove(at);
            }
            3 => lines[at] = lines[at].replacen(['\'', '"', '`', '}', ')'], "", 1),
            4 => lines.insert(at, ["\"\"\"\n", "`\n", "/*\n", "*/\n", "}\n", "r#\"\n"][random(6)].to_owned()),
            _ => lines
                .insert(at, ["def f():\n", "function f() {\n", "fn f() {\n", "# x\n", "// x\n"][random(5)].to_owned()),
        }
        if lines.is_empty() {
            break;
        }
    }
    lines.concat()
}

/// Whether CPython takes a text for a program: the grammar has no error for lines that are indented as no program's are.
fn is_program(text: &str) -> bool {
    let mut python = Command::new("python3");
    let command = ["-c", "import ast, sys; ast.parse(sys.stdin.buffer.read())"];
    let mut child = python.args(command).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().expect("CPython is there");
    // What is no program may be refused before it was read.
    let _ = child.stdin.take().expect("it was asked for").write_all(text.as_bytes());
    child.wait().expect("CPython ends").success()
}

/// Compares the facts with those of the whole text. Whether something was left out, and the whole has no syntax errors.
fn agrees(language: &'static Language, text: &str, names: BTreeSet<String>, shown: &dyn std::fmt::Debug) -> bool {
    let interest = Interest { names, ..Interest::default() };
    let words = Words::new(language, &interest, &[]);
    let [part, whole] = [false, true].map(|whole| scan(language, text, &interest, &[], &words, whole));
    // Where the parser has to guess, it may guess otherwise.
    if whole.broken || whole.unparsed.is_some() || whole.too_deep || !part.unread {
        return false;
    }
    let (told, all) = (told(&part, &part), told(&whole, &part));
    let other =
        |one: &[String], other: &[String]| one.iter().filter(|at| !other.contains(at)).cloned().collect::<Vec<_>>();
    let differ = (other(&told, &all), other(&all, &told));
    assert!(
        told == all && !part.broken || language.name == "python" && !is_program(text),
        "{text}\n{shown:?}, {:?}: said of the outline and of the whole only: {differ:#?}",
        interest.names
    );
    part.functions.iter().any(|function| function.unread)
}

/// Over the fixtures, the project's own code and, with `OUTLINE_TREE`, any other: for names that are picked from the text, and
/// for texts that are not laid out as they should be. Whatever is left out, what is said of the rest is what the whole says.
#[test]
fn facts_are_those_of_the_whole_text() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let given = std::env::var_os("OUTLINE_TREE").map(PathBuf::from);
    let folders = [own.join("fixtures"), own.join("src")].into_iter().chain(given);
    let mut rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut random = |below: usize| (rng.next_u64() % below as u64) as usize;
    let (mut left, mut shaken_left) = (0, 0);
    for path in folders.flat_map(|folder| code(&folder)) {
        let Some(language) = language::by_path(&path).filter(|language| language.scan.bodies().is_some()) else {
            continue;
        };
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let names = some_names(&text, &mut random);
        left += usize::from(agrees(language, &text, names, &path));
        for _ in 0..3 {
            let text = shaken(&text, &mut random);
            let names = some_names(&text, &mut random);
            shaken_left += usize::from(agrees(language, &text, names, &path));
        }
    }
    assert!(left > 500 && shaken_left > 500, "only {left} and {shaken_left} texts had something to leave out");
}
