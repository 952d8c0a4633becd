//! Makes a failing program smaller: drops lines with what is indented below them, or dedents what is below, as long as it
//! fails in the same way. Owns no language: blocks are told by indentation.

use crate::project::Program;

/// Candidates that are tried at once: the smallest first, and of those that fail the smallest is taken.
const BATCH: usize = 40;

/// The smallest program found after so many rounds for which `fails` holds; it is asked about many candidates at once.
pub(crate) fn shrink(program: &Program, rounds: u64, fails: impl Fn(Vec<Program>) -> Vec<bool>) -> Program {
    let mut best = program.clone();
    for _ in 0..rounds {
        let mut texts = smaller(&best.text);
        texts.sort_by_key(String::len);
        let found = texts.chunks(BATCH).find_map(|texts| {
            let batch: Vec<Program> = texts.iter().map(|text| Program { text: text.clone(), ..best.clone() }).collect();
            let answers = fails(batch.clone());
            batch.into_iter().zip(answers).find(|(_, fails)| *fails).map(|(candidate, _)| candidate)
        });
        let Some(next) = found else { return best };
        best = next;
    }
    best
}

fn smaller(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.split('\n').collect();
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut candidates = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        // Loops end by `tick()`: without it a candidate would only run into the time limit.
        if line.contains("tick()") || line.trim().is_empty() && index + 1 == lines.len() {
            continue;
        }
        let below =
            lines[index + 1..].iter().take_while(|below| below.trim().is_empty() || depth(below) > depth(line)).count();
        let mut ends = vec![index + 1 + below];
        // Braces close on a line of the same depth.
        if below > 0 && lines.get(index + 1 + below).is_some_and(|next| next.trim_start().starts_with(['}', ')', ']']))
        {
            ends.push(index + 2 + below);
        }
        for end in ends {
            let without = [&lines[..index], &lines[end..]].concat();
            candidates.push(without.join("\n"));
            if below > 0 {
                let deeper = depth(lines[index + 1]).saturating_sub(depth(line));
                let inner: Vec<String> = lines[index + 1..index + 1 + below]
                    .iter()
                    .map(|inner| inner[deeper.min(depth(inner))..].to_owned())
                    .collect();
                let inner: Vec<&str> = inner.iter().map(String::as_str).collect();
                candidates.push([&lines[..index], &inner, &lines[end..]].concat().join("\n"));
            }
        }
        if below == 0 && line.trim() != "pass" && line.trim() != "}" {
            let pass = format!("{}pass", &line[..depth(line)]);
            candidates.push([&lines[..index], &[pass.as_str()], &lines[index + 1..]].concat().join("\n"));
        }
    }
    candidates.retain(|candidate| candidate.len() < text.len());
    candidates.sort();
    candidates.dedup();
    candidates
}
