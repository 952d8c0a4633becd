//! Every expression over two flags, a call, a name and literals against its truth table: which values come out, and what is
//! called in which order, for all values that the call and the name can have. Owns the enumeration; expressions are run many
//! to a program, one to a line, by the interpreters of the languages.

use std::collections::BTreeMap;

use flag_sweep::diagnostic::Applicability;
use flag_sweep::language;
use flag_sweep::value::Value;
use rayon::prelude::*;

use crate::project::Program;
use crate::{Subject, difference, kinds, setting, watch};

/// Expressions of a program: one to a line.
const LINES: u128 = 120;

/// Programs that are fixed and run in one go.
const PROGRAMS: usize = 24;

/// How a language writes the operators, each with how tightly it binds.
pub(crate) struct Spelling {
    leaves: &'static [&'static str],
    not: (&'static str, u8),
    /// `and`, `or`, `==` and what else there is.
    binary: &'static [(&'static str, u8)],
    ternary: fn(&str, &str, &str) -> String,
    ternary_binds: u8,
    /// What a condition of a ternary, and what its branches have to bind like.
    ternary_asks: (u8, u8),
    /// A line that makes the table of an expression.
    line: fn(&str, bool) -> String,
    /// What stands around the lines.
    frame: (&'static str, &'static str),
    /// What the second flag serves.
    values: &'static [fn() -> Value],
}

const ATOM: u8 = 20;

pub(crate) const PYTHON: Spelling = Spelling {
    leaves: &["client.is_enabled(\"flag-a\")", "client.variation(\"flag-b\", None)", "a()", "b", "True", "0"],
    not: ("not ", 5),
    binary: &[("and", 4), ("or", 3), ("==", 6)],
    ternary: |condition, then, otherwise| format!("{then} if {condition} else {otherwise}"),
    ternary_binds: 2,
    ternary_asks: (3, 3),
    line: |text, truth| {
        if truth {
            format!("table(lambda a, b: [1] if ({text}) else [2])")
        } else {
            format!("table(lambda a, b: {text})")
        }
    },
    frame: ("", ""),
    values: &[|| Value::Bool(true), || Value::Bool(false), || Value::String("v".to_owned()), || Value::Int(0)],
};

pub(crate) const JAVASCRIPT: Spelling = Spelling {
    leaves: &["client.isEnabled(\"flag-a\")", "client.variation(\"flag-b\", null)", "a()", "b", "true", "0"],
    not: ("!", 15),
    binary: &[("&&", 5), ("||", 4), ("===", 9), ("??", 3)],
    ternary: |condition, then, otherwise| format!("{condition} ? {then} : {otherwise}"),
    ternary_binds: 2,
    ternary_asks: (3, 2),
    line: |text, truth| {
        if truth {
            format!("table((a, b) => {{ if ({text}) return [1]; return [2]; }});")
        } else {
            format!("table((a, b) => {text});")
        }
    },
    frame: ("", ""),
    values: &[|| Value::Bool(true), || Value::Bool(false), || Value::String("v".to_owned()), || Value::Int(0)],
};

pub(crate) const RUST: Spelling = Spelling {
    leaves: &[
        "client.is_enabled(\"flag-a\", false)",
        "client.is_enabled(\"flag-b\", true)",
        "a()",
        "b",
        "true",
        "client.try_enabled(\"flag-b\").unwrap()",
    ],
    not: ("!", 15),
    binary: &[("&&", 5), ("||", 4), ("==", 9)],
    ternary: |condition, then, otherwise| format!("if {condition} {{ {then} }} else {{ {otherwise} }}"),
    ternary_binds: 0,
    ternary_asks: (1, 0),
    line: |text, truth| {
        if truth {
            format!("    table(&|a: &dyn Fn() -> bool, b: bool| {{ if {text} {{ true }} else {{ false }} }});")
        } else {
            format!("    table(&|a: &dyn Fn() -> bool, b: bool| {text});")
        }
    },
    frame: ("use super::support::*;\n\npub fn run(client: &Client) {\n", "}\n"),
    values: &[|| Value::Bool(true), || Value::Bool(false)],
};

/// A space of expressions up to a depth; a leaf has depth 1.
#[derive(Clone, Copy)]
struct Space {
    depth: u32,
    ternaries: bool,
}

impl Space {
    fn inner(self) -> Self {
        Self { depth: self.depth - 1, ..self }
    }

    /// How many expressions there are.
    fn size(self, spelling: &Spelling) -> u128 {
        let leaves = spelling.leaves.len() as u128;
        if self.depth == 1 {
            return leaves;
        }
        let below = self.inner().size(spelling);
        let ternaries = if self.ternaries { below * below * below } else { 0 };
        leaves + below + spelling.binary.len() as u128 * below * below + ternaries
    }

    /// The expression of that number, with how tightly it binds.
    fn expression(self, spelling: &Spelling, number: u128) -> (String, u8) {
        let leaves = spelling.leaves.len() as u128;
        if number < leaves {
            return (spelling.leaves[number as usize].to_owned(), ATOM);
        }
        let (inner, mut rest) = (self.inner(), number - leaves);
        let below = inner.size(spelling);
        let operand = |number: u128, least: u8| {
            let (text, binds) = inner.expression(spelling, number);
            if binds < least { format!("({text})") } else { text }
        };
        if rest < below {
            return (format!("{}{}", spelling.not.0, operand(rest, spelling.not.1)), spelling.not.1);
        }
        rest -= below;
        for (word, binds) in spelling.binary {
            if rest < below * below {
                // `??` takes no junction as an operand, and `==` no comparison.
                let (left, right) = match *word {
                    "??" => (6, 6),
                    "==" | "===" => (binds + 1, binds + 1),
                    _ => (*binds, binds + 1),
                };
                return (format!("{} {word} {}", operand(rest / below, left), operand(rest % below, right)), *binds);
            }
            rest -= below * below;
        }
        let (condition, rest) = (rest / (below * below), rest % (below * below));
        let (asks, asked) = spelling.ternary_asks;
        let text = (spelling.ternary)(
            &operand(condition, asks),
            &operand(rest / below, asked),
            &operand(rest % below, asked.min(spelling.ternary_binds)),
        );
        (text, spelling.ternary_binds)
    }
}

/// Checks the spaces: those that are small enough entirely, of the others as many expressions as asked for, evenly spread.
pub(crate) fn check(subject: &Subject, spelling: &Spelling) {
    if std::env::var("ORACLE_LANGUAGE").is_ok_and(|wanted| wanted != subject.name) {
        return;
    }
    let seed = u128::from(setting("ORACLE_SEED", 1));
    let share = match (subject.name, crate::long()) {
        ("rust", false) => 40,
        ("rust", true) => 3_000,
        (_, false) => 150,
        (_, true) => 50_000,
    };
    let most = u128::from(setting("ORACLE_EXPRESSIONS", share));
    let mut report = String::new();
    for (depth, ternaries) in [(2, true), (3, false), (3, true), (4, false), (4, true)] {
        let space = Space { depth, ternaries };
        let size = space.size(spelling);
        // Steps of the golden ratio spread over the space, and over every operand in it.
        let step = if size <= most { 1 } else { (size / 1_000_000 * 618_034).max(size * 618_034 / 1_000_000) | 1 };
        let first = if step == 1 { 0 } else { seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) % size };
        let numbers: Vec<u128> = (0..size.min(most)).map(|index| (first + index * step) % size).collect();
        let mut compared = 0;
        for which in 0..spelling.values.len() * 2 {
            let flags: BTreeMap<String, Value> = BTreeMap::from([
                ("flag-a".to_owned(), Value::Bool(which % 2 == 0)),
                ("flag-b".to_owned(), (spelling.values[which / 2])()),
            ]);
            for chunk in numbers.chunks(LINES as usize * PROGRAMS) {
                compared += run(subject, spelling, space, chunk, &flags);
            }
        }
        report.push_str(&format!(
            "{} depth {depth}{}: {} of {size} expressions, seed {seed}, step {step}, {compared} tables compared\n",
            subject.name,
            if ternaries { ", with ternaries" } else { "" },
            numbers.len(),
        ));
    }
    if crate::long() {
        crate::say(&report);
    }
}

fn run(
    subject: &Subject,
    spelling: &Spelling,
    space: Space,
    numbers: &[u128],
    flags: &BTreeMap<String, Value>,
) -> usize {
    let language = language::by_name(subject.name).expect("the subject is a language in the table");
    let programs: Vec<Program> = numbers
        .chunks(LINES as usize)
        .map(|numbers| {
            let lines: Vec<String> = numbers
                .iter()
                .map(|number| (space.expression(spelling, *number).0, number % 3 == 0))
                .filter(|(text, _)| text.contains("flag-"))
                .map(|(text, truth)| (spelling.line)(&text, truth) + "\n")
                .collect();
            let text = format!("{}{}{}", spelling.frame.0, lines.concat(), spelling.frame.1);
            let decided = flags.keys().cloned().collect();
            Program { number: 0, text, flags: flags.clone(), decided }
        })
        .collect();
    let levels = [Applicability::Safe, Applicability::Unsafe];
    let fixed: Vec<Vec<crate::project::Fixed>> = programs
        .par_iter()
        .map(|program| {
            let fix = |level| match watch::ends(|| program.text.clone(), || program.fix(language, level)) {
                Ok(fixed) => fixed,
                Err(why) => panic!("{} flags {flags:?} at {level:?}: {why}", subject.name),
            };
            levels.map(fix).into_iter().collect()
        })
        .collect();
    let jobs: Vec<crate::Job<'_>> = programs
        .iter()
        .zip(&fixed)
        .map(|(program, fixed)| {
            let texts = std::iter::once(program.text.as_str()).chain(fixed.iter().map(|fixed| fixed.text.as_str()));
            (program, texts.collect())
        })
        .collect();
    let observed = (subject.run)(&jobs);
    let mut compared = 0;
    for ((program, fixed), observed) in programs.iter().zip(&fixed).zip(&observed) {
        let tables: Vec<Vec<&str>> = observed
            .iter()
            .map(|did| match did {
                Ok(did) => did.lines().filter(|line| line.contains("table ")).collect(),
                Err(why) => panic!("{} flags {flags:?}: {why}\n{}", subject.name, fixed[0].text),
            })
            .collect();
        let lines = |text: &str| text.lines().filter(|line| line.contains("table(")).map(str::to_owned).collect();
        let (before, safe, bold): (Vec<String>, Vec<String>, Vec<String>) =
            (lines(&program.text), lines(&fixed[0].text), lines(&fixed[1].text));
        assert!(before.len() == safe.len() && safe.len() == bold.len(), "a line is lost:\n{}", fixed[1].text);
        compared += before.len();
        for (index, line) in before.iter().enumerate() {
            assert!(
                tables[0][index] == tables[1][index],
                "{} flags {flags:?}, safe\n{line}\n{}\n{}",
                subject.name,
                safe[index],
                difference(&tables[0][index].replace("; ", "\n"), &tables[1][index].replace("; ", "\n"), "")
            );
            let start = program.text.find(line.as_str()).expect("the line is a line of the text");
            let reasons: Vec<&String> = fixed[1]
                .sites
                .iter()
                .filter(|(span, _)| (start..start + line.len()).contains(&span.start))
                .flat_map(|(_, reasons)| reasons)
                .collect();
            let differs = tables[0][index] != tables[2][index];
            let allowed = kinds::of_reasons(&reasons);
            let fits =
                !differs || allowed.values || allowed.evaluations && same_values(tables[0][index], tables[2][index]);
            assert!(
                fits,
                "{} flags {flags:?}, unsafe for {reasons:?}\n{line}\n{}\n{}",
                subject.name,
                bold[index],
                difference(&tables[0][index].replace("; ", "\n"), &tables[2][index].replace("; ", "\n"), "")
            );
        }
    }
    compared
}

/// Whether two tables differ in what was called only: nothing is called that was not, and the values are the same.
fn same_values(before: &str, after: &str) -> bool {
    let row = |row: &str| row.rsplit_once(' ').map(|(calls, value)| (calls.matches("a()").count(), value.to_owned()));
    before.split("; ").zip(after.split("; ")).all(|(before, after)| match (row(before), row(after)) {
        (Some(before), Some(after)) => after.0 <= before.0 && after.1 == before.1,
        _ => false,
    })
}
