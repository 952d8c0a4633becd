//! Comments that the grammar takes too long for. For each comment its scanner looks ahead to the end of all comments that
//! follow, since only the next statement tells which block they are in: the time grows with the square of a run of comments.
//! Owns which files are not parsed for that; says nothing about what the comments mean.

/// Bytes that the scanner may look at in all, a second and a half of it. A thousand full lines in a row take half of that.
const MOST: usize = 64 << 20;

/// The lines of the longest run of comments, where the runs of a file together cost too much.
pub(super) fn too_long(text: &str) -> Option<usize> {
    // No comment is followed by more than the file: next to no file needs a closer look.
    if memchr::memchr_iter(b'#', text.as_bytes()).count().saturating_mul(text.len()) <= MOST {
        return None;
    }
    let (mut cost, mut longest) = (0_usize, 0);
    let (mut bytes, mut lines) = (0_usize, 0_usize);
    // From the end: what is behind a comment is what the scanner looks at.
    for line in text.rsplit('\n') {
        let content = line.trim_start();
        if content.starts_with('#') {
            (bytes, lines) = (bytes + line.len() + 1, lines + 1);
            cost = cost.saturating_add(bytes);
            longest = longest.max(lines);
        } else if content.is_empty() {
            bytes += line.len() + 1;
        } else {
            (bytes, lines) = (0, 0);
        }
    }
    (cost > MOST).then_some(longest)
}

#[cfg(test)]
mod tests {
    use super::too_long;

    #[test]
    fn only_long_runs_are_too_long() {
        let line = format!("# {}\n", "y".repeat(70));
        let run = |lines: usize| format!("a()\n{}b()\n", line.repeat(lines));
        assert_eq!(too_long(&run(1_000)), None);
        assert_eq!(too_long(&run(3_000)), Some(3_000));
        // Code between them ends a run; blank lines do not.
        assert_eq!(too_long(&run(200).repeat(20)), None);
        assert_eq!(too_long(&format!("{line}\n  \n").repeat(3_000)), Some(3_000));
        assert_eq!(too_long(&format!("    {line}").repeat(3_000)), Some(3_000));
        assert_eq!(too_long(&"x = 1\n".repeat(100_000)), None);
    }
}
