//! Changes as a diff that `git apply` takes. Owns headers, path quoting and line ends; decides no edits.

use std::path::Path;

use similar::{ChangeTag, TextDiff};

use crate::source::write::Target;

/// The diff of all targets, in the order given.
pub fn diff(targets: &[Target<'_>]) -> String {
    targets.iter().map(one).collect()
}

fn one(target: &Target<'_>) -> String {
    let path = bytes(target.path);
    let (old, new) = (quoted("a/", &path), quoted("b/", &path));
    // A tab ends a name with a space in it, or the rest would count as a date.
    let end = if old.contains(' ') && !old.starts_with('"') { "\t" } else { "" };
    let after = target.after.unwrap_or_default();
    let mut text = format!("diff --git {old} {new}\n");
    if target.after.is_none() {
        // Only regular files are edited; whether one was executable makes no difference to `git apply`.
        text.push_str("deleted file mode 100644\n");
    }
    if target.before == after {
        return text;
    }
    match target.after {
        Some(_) => text.push_str(&format!("--- {old}{end}\n+++ {new}{end}\n")),
        None => text.push_str(&format!("--- {old}{end}\n+++ /dev/null\n")),
    }
    // git ends lines at `\n` alone; a `\r` before it belongs to the line.
    let before: Vec<&str> = target.before.split_inclusive('\n').collect();
    let after: Vec<&str> = after.split_inclusive('\n').collect();
    let lines = TextDiff::from_slices(&before, &after);
    for hunk in lines.unified_diff().context_radius(3).iter_hunks() {
        text.push_str(&hunk.header().to_string());
        text.push('\n');
        for change in hunk.iter_changes() {
            text.push(match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            });
            text.push_str(change.value());
            if !change.value().ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    text
}

/// The bytes of a relative path, with `/` between components.
fn bytes(path: &Path) -> Vec<u8> {
    let parts: Vec<&[u8]> = path.components().map(|part| part.as_os_str().as_encoded_bytes()).collect();
    parts.join(&b'/')
}

/// A path as git writes it in headers: in double quotes with C escapes when it holds a quote, a backslash, a control
/// character or bytes beyond ASCII.
fn quoted(prefix: &str, path: &[u8]) -> String {
    let plain = |byte: &u8| (b' '..0x7f).contains(byte) && *byte != b'"' && *byte != b'\\';
    let quote = if path.iter().all(plain) { "" } else { "\"" };
    let mut text = format!("{quote}{prefix}");
    for byte in path {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\r' => text.push_str("\\r"),
            b' '..0x7f => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\{byte:03o}")),
        }
    }
    text.push_str(quote);
    text
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::diff;
    use crate::source::write::Target;

    /// Applies the diff with git itself and compares the tree.
    fn check(name: &str, before: &str, after: Option<&str>) {
        let directory = tempfile::tempdir().expect("a scratch directory can be made");
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().expect("the name is below the directory")).expect("it is writable");
        fs::write(&path, before).expect("it is writable");
        let text = diff(&[Target { path: Path::new(name), before, after }]);
        fs::write(directory.path().join("x.diff"), &text).expect("it is writable");
        let git = Command::new("git")
            .args(["apply", "--whitespace=nowarn", "x.diff"])
            .current_dir(directory.path())
            .output()
            .expect("git runs");
        assert!(git.status.success(), "{name}: {}\n{text}", String::from_utf8_lossy(&git.stderr));
        match after {
            Some(after) => assert_eq!(fs::read_to_string(&path).expect("it exists"), after, "{text}"),
            None => assert!(!path.exists(), "{text}"),
        }
    }

    #[test]
    fn git_takes_the_diff() {
        let long: String = (0..40).map(|line| format!("line {line}\n")).collect();
        let changed = long.replace("line 3\n", "").replace("line 30\n", "thirty\n");
        check("a.py", &long, Some(&changed));
        check("src/crlf.py", "a\r\nb\r\nc\r\n", Some("a\r\nc\r\n"));
        check("lone-cr.py", "a\rb\nc\n", Some("a\rb\n"));
        check("no-end.py", "a\nb", Some("a"));
        check("gains-end.py", "a\nb", Some("a\nb\n"));
        check("emptied.py", "a\n", Some(""));
        check("with space.py", "a\nb\n", Some("b\n"));
        check("a b/c d.py", "a\nb\n", Some("b\n"));
        check("quote\"back\\slash.py", "a\nb\n", Some("b\n"));
        check("new\nline\ttab\u{1b}ü.py", "a\nb\n", Some("b\n"));
        check("gone.py", "a\nb", None);
        check("gone empty.py", "", None);
    }
}
