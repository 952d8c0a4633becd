//! The execution oracle: random programs do the same before and after a fix, for the values that their flags have.
//! `cargo test --test oracle` runs a small fixed share, `ORACLE_LONG=1` all that has to hold before a release;
//! `ORACLE_SEED`, `ORACLE_START`, `ORACLE_COUNT` and `ORACLE_LANGUAGE` choose. Owns the comparison and the report; programs
//! come from the languages' submodules.

mod exhaustive;
mod javascript;
mod kinds;
mod project;
mod python;
mod random;
mod run_rust;
mod run_scripts;
mod rust;
mod shrink;
mod watch;

use std::collections::BTreeMap;

use flag_sweep::diagnostic::Applicability;
use flag_sweep::language::{self, Language};
use rayon::prelude::*;

use project::{Fixed, Program};

/// What a program did, or why nothing can be concluded.
pub(crate) type Observation = Result<String, String>;

/// A program and the texts of it to run.
pub(crate) type Job<'p> = (&'p Program, Vec<&'p str>);

/// What is different, with everything needed to see it.
#[derive(Debug)]
struct Failure {
    number: u64,
    kind: String,
    what: String,
}

/// Figures of a run.
#[derive(Debug, Default)]
struct Figures {
    programs: u64,
    compared: u64,
    /// Programs of which nothing can be said, by reason.
    inconclusive: BTreeMap<&'static str, u64>,
    applied: usize,
    unsafe_programs: u64,
    unsafe_differences: u64,
    left: BTreeMap<String, u64>,
    /// Failures that are not shown.
    more: BTreeMap<String, u64>,
}

/// A language, as far as the oracle is concerned.
pub(crate) struct Subject {
    name: &'static str,
    generate: fn(u64, u64) -> Program,
    /// Runs every text of every program.
    run: fn(&[Job<'_>]) -> Vec<Vec<Observation>>,
    /// Programs of every test run, and of a long one.
    share: u64,
    long: u64,
    /// Programs that are run in one go.
    chunk: u64,
}

const PYTHON: Subject = Subject {
    name: "python",
    generate: python::generate,
    run: run_scripts::python,
    share: 300,
    long: 20_000,
    chunk: 400,
};
const JAVASCRIPT: Subject = Subject {
    name: "javascript",
    generate: javascript::generate,
    run: run_scripts::javascript,
    share: 220,
    long: 20_000,
    chunk: 400,
};
const RUST: Subject =
    Subject { name: "rust", generate: rust::generate, run: run_rust::run, share: 40, long: 2_000, chunk: 100 };

#[test]
fn python_programs_do_the_same() {
    check(&PYTHON);
}

#[test]
fn javascript_programs_do_the_same() {
    check(&JAVASCRIPT);
}

#[test]
fn rust_programs_do_the_same() {
    check(&RUST);
}

#[test]
fn python_expressions_do_the_same() {
    exhaustive::check(&PYTHON, &exhaustive::PYTHON);
}

#[test]
fn javascript_expressions_do_the_same() {
    exhaustive::check(&JAVASCRIPT, &exhaustive::JAVASCRIPT);
}

#[test]
fn rust_expressions_do_the_same() {
    exhaustive::check(&RUST, &exhaustive::RUST);
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn check(subject: &Subject) {
    if std::env::var("ORACLE_LANGUAGE").is_ok_and(|wanted| wanted != subject.name) {
        return;
    }
    let (seed, start) = (setting("ORACLE_SEED", 1), setting("ORACLE_START", 0));
    let end = start + setting("ORACLE_COUNT", if long() { subject.long } else { subject.share });
    let most = setting("ORACLE_FAILURES", 3) as usize;
    let language = language::by_name(subject.name).expect("the subject is a language in the table");
    let (mut figures, mut failures) = (Figures::default(), Vec::new());
    let mut at = start;
    while at < end && failures.len() < most {
        let numbers: Vec<u64> = (at..end.min(at + subject.chunk)).collect();
        let room = most - failures.len();
        failures.extend(chunk(subject, language, seed, &numbers, room, &mut figures));
        at += subject.chunk;
    }
    let mut report = format!("{} seed {seed}, programs {start}..{}: {figures:#?}", subject.name, at.min(end));
    for failure in failures.iter().take(most) {
        report.push_str(&shown(subject, seed, failure.number, &failure.what));
    }
    assert!(failures.is_empty(), "{} failures\n{report}", failures.len());
    if long() {
        say(&report);
    }
}

fn shown(subject: &Subject, seed: u64, number: u64, what: &str) -> String {
    format!("\n======== {}\n{what}\n", repeats(subject.name, seed, number))
}

/// The settings that run one program again.
fn repeats(language: &str, seed: u64, number: u64) -> String {
    format!("ORACLE_LANGUAGE={language} ORACLE_SEED={seed} ORACLE_START={number} ORACLE_COUNT=1")
}

/// Whether more is run than the share of every test run.
pub(crate) fn long() -> bool {
    std::env::var_os("ORACLE_LONG").is_some() || std::env::var_os("ORACLE_COUNT").is_some()
}

/// Only seen with --nocapture.
pub(crate) fn say(text: &str) {
    std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()).expect("standard error takes text");
}

/// A program with its fixes at both levels, or what is wrong with one of them.
type Prepared = (Program, Result<(Fixed, Fixed), String>);

fn prepare(language: &'static Language, seed: u64, program: Program) -> Prepared {
    let what = || format!("{}\n{}", repeats(language.name, seed, program.number), program.text);
    let fixes = watch::ends(what, || fixes(language, &program));
    (program, fixes)
}

fn fixes(language: &'static Language, program: &Program) -> Result<(Fixed, Fixed), String> {
    let safe = program.fix(language, Applicability::Safe).map_err(|why| format!("at safe: {why}"))?;
    program.same_as_typescript(language, &safe)?;
    Ok((safe, program.fix(language, Applicability::Unsafe).map_err(|why| format!("at unsafe: {why}"))?))
}

fn chunk(
    subject: &Subject,
    language: &'static Language,
    seed: u64,
    numbers: &[u64],
    room: usize,
    figures: &mut Figures,
) -> Vec<Failure> {
    let prepared: Vec<Prepared> =
        numbers.par_iter().map(|number| prepare(language, seed, (subject.generate)(seed, *number))).collect();
    let judged = judge(subject, &prepared);
    let mut failures = Vec::new();
    for ((program, fixes), verdict) in prepared.iter().zip(judged) {
        figures.programs += 1;
        if let Ok((safe, bold)) = fixes {
            figures.applied += safe.applied;
            for reason in &bold.left {
                let words: Vec<&str> = reason.split('`').step_by(2).map(str::trim).collect();
                *figures.left.entry(words.join(" _ ")).or_default() += 1;
            }
        }
        match verdict {
            Verdict::Same => figures.compared += 1,
            Verdict::Reviewed(differs) => {
                figures.compared += 1;
                figures.unsafe_programs += 1;
                figures.unsafe_differences += u64::from(differs);
            }
            Verdict::Inconclusive(why) => *figures.inconclusive.entry(why).or_default() += 1,
            Verdict::Wrong(kind, _)
                if failures.len() >= room || failures.iter().any(|failure: &Failure| failure.kind == kind) =>
            {
                *figures.more.entry(kind).or_default() += 1
            }
            Verdict::Wrong(kind, why) => {
                let rounds = setting("ORACLE_SHRINK", 80);
                let small = shrink::shrink(program, rounds, |candidates| {
                    let prepared: Vec<Prepared> =
                        candidates.into_par_iter().map(|candidate| prepare(language, seed, candidate)).collect();
                    let verdicts = judge(subject, &prepared);
                    verdicts
                        .iter()
                        .map(|verdict| matches!(verdict, Verdict::Wrong(other, _) if *other == kind))
                        .collect()
                });
                let again = judge(subject, &[prepare(language, seed, small.clone())]);
                let why = match again.into_iter().next() {
                    Some(Verdict::Wrong(_, why)) => why,
                    _ => why,
                };
                let what =
                    format!("{kind}\nflags {:?}, decided {:?}\n{}\n{why}", small.flags, small.decided, small.text);
                if long() {
                    // A long run says what it has found before it is at its end.
                    say(&shown(subject, seed, program.number, &what));
                }
                failures.push(Failure { number: program.number, kind, what });
            }
        }
    }
    failures
}

/// What reading a name that is not bound raises.
const UNBOUND: [&str; 3] = ["NameError", "UnboundLocalError", "ReferenceError"];

/// What a program did, and whether it read a name that was not bound, be it that it went on.
fn reads(did: &str) -> (&str, bool) {
    let shown = did.trim_end_matches(run_scripts::READS_UNBOUND);
    (shown, shown.len() < did.len() || UNBOUND.iter().any(|name| shown.contains(name)))
}

/// What is concluded about a program.
enum Verdict {
    Same,
    /// Sites that were not safe were applied: whether the program differs.
    Reviewed(bool),
    /// Nothing can be said, and why.
    Inconclusive(&'static str),
    /// The kind of failure, and the particulars.
    Wrong(String, String),
}

fn judge(subject: &Subject, prepared: &[Prepared]) -> Vec<Verdict> {
    let jobs: Vec<Job<'_>> = prepared
        .iter()
        .map(|(program, fixes)| {
            let mut texts = vec![program.text.as_str()];
            texts.extend(fixes.iter().flat_map(|(safe, bold)| [safe.text.as_str(), bold.text.as_str()]));
            (program, texts)
        })
        .collect();
    let observed = (subject.run)(&jobs);
    let judged = prepared.iter().zip(observed).map(|((_, fixes), observed)| match fixes {
        _ if matches!(observed.first(), Some(Err(why)) if why == "timeout") => {
            Verdict::Inconclusive("the program takes too long")
        }
        _ if observed.first().is_none_or(Result::is_err) => Verdict::Inconclusive("the program does not run"),
        Err(why) if why.contains(project::UNREADABLE) => Verdict::Inconclusive("the grammar cannot read the program"),
        Err(why) => {
            // The particulars differ, the sentence before them is the kind.
            let kind = why.split([':', '`', '[', '(']).take(2).collect::<Vec<_>>().join(":");
            let kind = kind.replace(|c: char| c.is_ascii_digit(), "");
            Verdict::Wrong(kind, why.clone())
        }
        Ok((safe, bold)) => verdict(safe, bold, &observed),
    });
    judged.collect()
}

/// A loop may do less in each turn, and then get further before it is stopped.
const LATE: &str = "the fixed program takes too long";

fn verdict(safe: &Fixed, bold: &Fixed, observed: &[Observation]) -> Verdict {
    let [Ok(before), after_safe, after_bold] = observed else {
        return Verdict::Inconclusive("the program does not run");
    };
    let (before, slips) = reads(before);
    let after_safe = match after_safe {
        Ok(after) => after,
        Err(why) if why == "timeout" => return Verdict::Inconclusive(LATE),
        Err(why) => {
            return Verdict::Wrong("safe: does not compile".to_owned(), format!("{why}\n---- after\n{}", safe.text));
        }
    };
    // Reading a name counts as free of effects: a program that fails by reading an unbound one may fail later or not at
    // all once a fold has dropped the read.
    let (after_safe, slips_then) = reads(after_safe);
    if before != after_safe && slips {
        return Verdict::Inconclusive("the program reads an unbound name");
    }
    if before != after_safe || slips_then && !slips {
        return Verdict::Wrong("safe: differs".to_owned(), difference(before, after_safe, &safe.text));
    }
    let after_bold = match after_bold {
        Ok(after) => after,
        Err(why) if why == "timeout" => return Verdict::Inconclusive(LATE),
        Err(why) => {
            return Verdict::Wrong("unsafe: does not compile".to_owned(), format!("{why}\n---- after\n{}", bold.text));
        }
    };
    let (after_bold, slips_then) = reads(after_bold);
    if before != after_bold && slips {
        return Verdict::Inconclusive("the program reads an unbound name");
    }
    if bold.reasons.is_empty() && safe.leftovers.is_empty() {
        // At `unsafe`, blocks with values in them are unwrapped without a reason being given: what is dropped when is not
        // compared there.
        let drops = |did: &str| did.lines().filter(|line| !line.starts_with("drop ")).collect::<Vec<_>>().join("\n");
        if drops(before) != drops(after_bold) {
            return Verdict::Wrong(
                "unsafe, with safe sites: differs".to_owned(),
                difference(before, after_bold, &bold.text),
            );
        }
        return if bold.all_safe { Verdict::Same } else { Verdict::Reviewed(false) };
    }
    if slips_then && !slips {
        return Verdict::Wrong("unsafe: a name is gone".to_owned(), difference(before, after_bold, &bold.text));
    }
    let reasons: Vec<&String> = bold.reasons.iter().chain(&safe.leftovers).collect();
    let kinds = kinds::Kinds { drops: true, ..kinds::of_reasons(&reasons) };
    if !kinds::admit(&kinds, before, after_bold) {
        let what = difference(before, after_bold, &bold.text);
        return Verdict::Wrong("unsafe: differs in what no reason names".to_owned(), format!("{reasons:#?}\n{what}"));
    }
    Verdict::Reviewed(before != after_bold)
}

fn difference(before: &str, after: &str, text: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after);
    format!(
        "---- after\n{text}\n---- what they do\n{}",
        diff.unified_diff().context_radius(3).header("before", "after")
    )
}
