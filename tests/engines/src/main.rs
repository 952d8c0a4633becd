//! Random flags and what the engines of vendors answer for them: `engines FOLDER SIZE [ENGINE]...` writes one file per
//! engine with one document per line. The size is a number of flags, in documents of 25, or DOCUMENTSxFLAGS. Owns the
//! output; each vendor's flags are made in a file of its own.

mod flagsmith;
mod launchdarkly;
mod random;
mod unleash;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde_json::{Value as Json, json};

const USAGE: &str =
    "engines FOLDER SIZE [ENGINE]...   (SIZE: 20000, flags in documents of 25, or 100000x5, documents x flags)";

/// How many flags stand in one document where nobody says, so that they can depend on each other.
const FLAGS: usize = 25;

/// How often the buckets are dealt anew: a context that is never in one by chance is in it with another salt.
const SALTS: usize = 5;

/// Contexts per flag and salt, until the flag has had two answers.
const CONTEXTS: usize = 50;

/// What was answered in any context, by flag: each answer once, in a list; an empty list is the call's own fallback.
#[derive(Default)]
struct Answers {
    by_flag: BTreeMap<String, Vec<Json>>,
    /// How many times a flag was evaluated.
    asked: usize,
}

impl Answers {
    fn add(&mut self, flag: &str, answer: Option<Json>) {
        self.asked += 1;
        let answer = answer.map_or_else(|| json!([]), |answer| json!([answer]));
        let known = self.by_flag.entry(flag.to_owned()).or_default();
        if !known.contains(&answer) {
            known.push(answer);
        }
    }

    /// Whether there has been one answer at most.
    fn is_open(&self, flag: &str) -> bool {
        self.by_flag.get(flag).is_none_or(|known| known.len() < 2)
    }
}

/// A document and, by projection, what was answered.
struct Recorded {
    document: Json,
    answers: Vec<(&'static str, Answers)>,
    /// It holds what the vendor's own tools refuse to save, or SDKs read differently.
    odd: bool,
}

/// The words of a vocabulary that a flag's text has.
fn words(text: &str, vocabulary: &[&'static str]) -> Vec<&'static str> {
    vocabulary.iter().copied().filter(|word| text.contains(&format!("\"{word}\""))).collect()
}

/// How many documents, and how many flags in each.
fn size(text: &str) -> Option<(usize, usize)> {
    let size = match text.split_once('x') {
        Some((documents, flags)) => (documents.parse().ok()?, flags.parse().ok()?),
        None => (text.parse::<usize>().ok()?.div_ceil(FLAGS), FLAGS),
    };
    (size.1 > 0).then_some(size)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, wanted, only @ ..] = arguments.as_slice() else { panic!("{USAGE}") };
    let Some((documents, flags)) = size(wanted) else { panic!("{USAGE}") };
    let engines: [(&str, fn(u64, usize) -> Recorded); 3] =
        [("unleash", unleash::record), ("launchdarkly", launchdarkly::record), ("flagsmith", flagsmith::record)];
    for (engine, record) in engines {
        if !only.is_empty() && !only.iter().any(|name| name == engine) {
            continue;
        }
        let path = Path::new(folder).join(format!("{engine}.jsonl"));
        let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("the folder can be written"));
        for seed in 0..documents {
            let recorded = record(seed as u64, flags);
            let asked = recorded.answers.iter().map(|(_, answers)| answers.asked).max();
            let answers: BTreeMap<&str, Json> = recorded
                .answers
                .into_iter()
                .map(|(projection, answers)| (projection, json!(answers.by_flag)))
                .collect();
            let line = json!({"document": recorded.document, "answers": answers, "asked": asked, "odd": recorded.odd});
            writeln!(file, "{line}").expect("the file can be written");
        }
    }
}
