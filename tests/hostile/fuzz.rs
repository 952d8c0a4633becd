//! The targets of `fuzz/`, without a fuzzer: each on its corpus and on changes of it, the same in every run. What a fuzzer
//! once found is in the corpus, so that it stays found. `FUZZ=n` sets how many changes are made of each file.

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use super::damage::{Numbers, changed};
use super::oracles::TARGETS;

#[test]
fn targets_hold_on_their_corpus_and_on_changes_of_it() {
    let changes: usize = std::env::var("FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut complaints = Vec::new();
    for (name, target) in TARGETS {
        let mut files: Vec<_> = fs::read_dir(folder.join(name))
            .expect("every target has a corpus")
            .flatten()
            .map(|file| file.path())
            .collect();
        files.sort();
        assert!(files.len() > 2, "{name} has next to no corpus");
        let mut tried = 0;
        for (position, path) in files.iter().enumerate() {
            let original = fs::read(path).expect("it is part of the repository");
            let mut numbers = Numbers(position as u64 + 1);
            for round in 0..=changes {
                let mut data = original.clone();
                if let Some((first, text)) = original.split_first()
                    && round > 0
                    && let Ok(text) = std::str::from_utf8(text)
                {
                    let chosen = u8::try_from(numbers.below(256)).expect("it is a byte");
                    data = vec![if round % 2 == 0 { chosen } else { *first }];
                    data.extend(changed(text, &mut numbers).bytes());
                }
                tried += 1;
                let shown = String::from_utf8_lossy(&data).into_owned();
                let found = panic::catch_unwind(AssertUnwindSafe(|| target(&data)));
                match found {
                    Ok(Ok(())) => {}
                    Ok(Err(why)) => complaints.push(format!("{name}, {}: {why}\n--- input\n{shown}", path.display())),
                    Err(_) => complaints.push(format!("{name}, {}: panic\n--- input\n{shown}", path.display())),
                }
            }
        }
        println!("{name}: {tried} inputs from {} files", files.len());
    }
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints[..complaints.len().min(8)].join("\n====\n"));
}
