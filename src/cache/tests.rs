//! The cache as a file: what is kept, what is believed, and what is not.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Cache, MAX_AGE, Name, Namer, clean};

/// A directory for caches, and a cache in it as a run opens it.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a scratch directory can be made"))
    }

    fn directory(&self) -> PathBuf {
        self.0.path().join("flag-sweep")
    }

    fn run(&self) -> Cache {
        Cache::new(&self.directory(), Path::new("/project"), "1").eager()
    }

    fn file(&self) -> PathBuf {
        let files = super::files(&self.directory());
        assert_eq!(files.len(), 1);
        files[0].1.clone()
    }
}

fn name(of: &str) -> Name {
    Namer::new("test").and(of).name()
}

/// What a run gets under a name, and whether it had to make it.
fn get(cache: &Cache, of: &str, value: &str) -> (String, bool) {
    let mut made = false;
    let got = cache.get_or(
        || name(of),
        of.len(),
        || {
            made = true;
            value.to_owned()
        },
    );
    (got, made)
}

fn keep(scratch: &Scratch, list: &[&str]) {
    let cache = scratch.run();
    for of in list {
        get(&cache, of, &format!("what is known of {of}"));
    }
    cache.save().expect("the directory can be written");
}

#[test]
fn what_one_run_finds_the_next_one_knows() {
    let scratch = Scratch::new();
    keep(&scratch, &["a", "b"]);
    let next = scratch.run();
    assert_eq!(get(&next, "a", ""), ("what is known of a".to_owned(), false));
    assert_eq!(get(&next, "b", ""), ("what is known of b".to_owned(), false));
    assert_eq!(get(&next, "c", "new"), ("new".to_owned(), true));
    assert_eq!(get(&next, "c", "else"), ("new".to_owned(), false));
}

#[test]
fn parts_of_a_name_do_not_run_into_each_other() {
    let names = [
        Namer::new("a").and("bc"),
        Namer::new("ab").and("c"),
        Namer::new("abc"),
        Namer::new("a").list(["b", "c"].iter()),
        Namer::new("a").list(["b"].iter()).and("c"),
        Namer::new("a").and("b").and("c"),
    ];
    let names: std::collections::BTreeSet<Name> = names.into_iter().map(Namer::name).collect();
    assert_eq!(names.len(), 6);
}

#[test]
fn a_file_that_is_damaged_says_nothing_false() {
    let scratch = Scratch::new();
    keep(&scratch, &["a", "b"]);
    let whole = fs::read(scratch.file()).expect("it was written");
    let says_nothing_false = |bytes: &[u8], what: &dyn Fn() -> String| {
        fs::write(scratch.file(), bytes).expect("it can be written");
        let run = scratch.run();
        for of in ["a", "b"] {
            let (got, made) = get(&run, of, "found anew");
            let expected = if made { "found anew".to_owned() } else { format!("what is known of {of}") };
            assert_eq!(got, expected, "{}", what());
        }
    };
    for end in 0..whole.len() {
        says_nothing_false(&whole[..end], &|| format!("cut off at {end}"));
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        says_nothing_false(&bytes, &|| format!("changed at {at}"));
    }
    // And it is written anew.
    fs::write(scratch.file(), b"flag-sweep facts  1\n and more").expect("it can be written");
    keep(&scratch, &["a"]);
    assert!(!get(&scratch.run(), "a", "").1);
}

#[test]
fn another_program_or_project_knows_nothing_of_it() {
    let scratch = Scratch::new();
    keep(&scratch, &["a"]);
    let other = |root: &str, tool: &str| Cache::new(&scratch.directory(), Path::new(root), tool);
    assert!(get(&other("/project", "2"), "a", "").1);
    assert!(get(&other("/elsewhere", "1"), "a", "").1);
    assert!(!get(&other("/project", "1"), "a", "").1);
    // Under the name of the other's file as well.
    let theirs = scratch.directory().join("0123456789abcdef.facts");
    fs::copy(scratch.file(), &theirs).expect("it can be copied");
    let tool = Namer::new("tool").and("2").name();
    assert!(super::read(&theirs, &tool).is_none());
}

#[test]
fn what_was_of_no_use_for_long_is_dropped() {
    let scratch = Scratch::new();
    keep(&scratch, &["old", "used"]);
    for round in 0..=MAX_AGE {
        assert!(!get(&scratch.run(), "old", "").1, "after {round} writes");
        keep(&scratch, &["used", &format!("new {round}")]);
    }
    assert!(get(&scratch.run(), "old", "").1);
    assert!(!get(&scratch.run(), "used", "").1);
}

#[test]
fn little_that_is_new_is_not_worth_a_file() {
    let scratch = Scratch::new();
    let cache = Cache::new(&scratch.directory(), Path::new("/project"), "1");
    get(&cache, "a", "b");
    cache.save().expect("there is nothing to write");
    assert!(!scratch.directory().exists());
    cache.get_or(|| name("large"), super::WORTH, || "what a long text says".to_owned());
    cache.save().expect("the directory can be written");
    assert!(!get(&scratch.run(), "large", "").1);
}

#[test]
fn the_directory_tells_others_to_leave_it_alone_and_goes_as_a_whole() {
    let scratch = Scratch::new();
    keep(&scratch, &["a"]);
    let tag = fs::read_to_string(scratch.directory().join("CACHEDIR.TAG")).expect("it was written");
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55"));
    assert_eq!(fs::read_to_string(scratch.directory().join(".gitignore")).expect("it was written"), "*\n");
    fs::write(scratch.directory().join("mine.facts"), "text").expect("it can be written");
    assert_eq!(clean(&scratch.directory()).expect("they can be removed"), 1);
    assert_eq!(fs::read_dir(scratch.directory()).expect("it stays").count(), 3);
    fs::remove_file(scratch.directory().join("mine.facts")).expect("it can be removed");
    assert_eq!(clean(&scratch.directory()).expect("there is nothing left"), 0);
    assert!(!scratch.directory().exists());
}

#[test]
fn a_directory_that_holds_something_is_not_marked() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.directory()).expect("it is new");
    fs::write(scratch.directory().join(".gitignore"), "mine\n").expect("it can be written");
    keep(&scratch, &["a"]);
    assert!(!get(&scratch.run(), "a", "").1);
    assert!(!scratch.directory().join("CACHEDIR.TAG").exists());
    assert_eq!(clean(&scratch.directory()).expect("they can be removed"), 1);
    assert_eq!(fs::read_to_string(scratch.directory().join(".gitignore")).expect("it stays"), "mine\n");
}

#[test]
fn runs_at_the_same_time_leave_a_whole_file() {
    let scratch = Scratch::new();
    std::thread::scope(|threads| {
        for writer in 0..3 {
            let scratch = &scratch;
            threads.spawn(move || {
                for round in 0..20 {
                    let of = format!("{writer} {round}");
                    keep(scratch, &[&of]);
                    let (got, made) = get(&scratch.run(), &of, "found anew");
                    assert!(made || got == format!("what is known of {of}"), "{got}");
                }
            });
        }
    });
    assert!(super::read(&scratch.file(), &Namer::new("tool").and("1").name()).is_some());
}

#[cfg(unix)]
#[test]
fn links_are_replaced_and_not_followed() {
    let scratch = Scratch::new();
    keep(&scratch, &["a"]);
    let file = scratch.file();
    let elsewhere = scratch.0.path().join("elsewhere");
    fs::rename(&file, &elsewhere).expect("it can be moved");
    std::os::unix::fs::symlink(&elsewhere, &file).expect("a link can be made");
    assert!(get(&scratch.run(), "a", "").1, "what a link leads to was read");
    let before = fs::read(&elsewhere).expect("it is there");
    keep(&scratch, &["b"]);
    assert_eq!(fs::read(&elsewhere).expect("it is there"), before);
    assert!(fs::symlink_metadata(&file).expect("it was written").is_file());
}

#[test]
fn files_of_projects_that_are_gone_do_not_pile_up() {
    let scratch = Scratch::new();
    for project in 0..super::MAX_FILES + 3 {
        let cache = Cache::new(&scratch.directory(), &PathBuf::from(format!("/{project}")), "1").eager();
        get(&cache, "a", "b");
        cache.save().expect("the directory can be written");
    }
    assert_eq!(super::files(&scratch.directory()).len(), super::MAX_FILES);
}
