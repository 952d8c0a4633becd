//! Runs programs of interpreted languages, many per process. Owns the exchange with `python/runner.py` and
//! `javascript/runner.js`, and says what to install where an interpreter is missing.

use std::path::Path;
use std::process::Command;

use flag_sweep::value::Value;

use crate::{Job, Observation};

/// Ends what is said of a program that read a name before it was bound, also where the program went on.
pub(crate) const READS_UNBOUND: &str = "\nread an unbound name";

/// What every text of every Python program does.
pub(crate) fn python(jobs: &[Job<'_>]) -> Vec<Vec<Observation>> {
    run("python3", "CPython 3.10 or newer", "python/runner.py", jobs)
}

/// What every text of every JavaScript program does.
pub(crate) fn javascript(jobs: &[Job<'_>]) -> Vec<Vec<Observation>> {
    run("node", "Node.js 20 or newer", "javascript/runner.js", jobs)
}

/// # Panics
/// When there is no interpreter, or the runner itself fails: without it nothing is tested.
fn run(interpreter: &str, needed: &str, runner: &str, jobs: &[Job<'_>]) -> Vec<Vec<Observation>> {
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle").join(runner);
    let programs: Vec<serde_json::Value> = jobs
        .iter()
        .map(|(program, texts)| {
            let flags: serde_json::Map<String, serde_json::Value> =
                program.flags.iter().map(|(flag, value)| (flag.clone(), json(value))).collect();
            serde_json::json!({ "flags": flags, "texts": texts })
        })
        .collect();
    let file = tempfile::NamedTempFile::new().expect("a scratch file can be made");
    serde_json::to_writer(&file, &programs).expect("programs are plain JSON");
    let output = match Command::new(interpreter).arg(&runner).arg(file.path()).output() {
        Ok(output) => output,
        Err(error) => panic!(
            "`{interpreter}` does not start ({error}): the oracle runs generated programs and needs {needed} on the path; \
             `cargo test -- --skip do_the_same` tests everything else"
        ),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let observed: Vec<Vec<Observation>> = text.lines().map(observations).collect();
    assert!(
        output.status.success() && observed.len() == jobs.len(),
        "{} of {} programs ran: {}",
        observed.len(),
        jobs.len(),
        String::from_utf8_lossy(&output.stderr)
    );
    observed
}

fn observations(line: &str) -> Vec<Observation> {
    let all: Vec<serde_json::Value> = serde_json::from_str(line).expect("the runner prints JSON");
    let read = |mut one: serde_json::Value| {
        let unbound = one.as_object_mut().and_then(|members| members.remove("unbound")).is_some();
        if let Some(error) = one.get("syntax") {
            return Err(error.to_string());
        }
        if one.get("timeout").is_some() {
            return Err("timeout".to_owned());
        }
        let did = serde_json::to_string_pretty(&one).expect("JSON can be written");
        Ok(if unbound { did + READS_UNBOUND } else { did })
    };
    all.into_iter().map(read).collect()
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(on) => (*on).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::String(text) => text.as_str().into(),
        Value::Null | Value::Json(_) => serde_json::Value::Null,
    }
}
