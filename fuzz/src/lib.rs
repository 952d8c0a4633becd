//! The targets of cargo-fuzz.

mod oracles;

/// Runs a target, and says what does not hold by a panic, which is what a fuzzer looks for.
pub fn run(name: &str, data: &[u8]) {
    let (_, target) = oracles::TARGETS.iter().find(|(known, _)| *known == name).expect("the target is in the table");
    if let Err(why) = target(data) {
        panic!("{why}");
    }
}
