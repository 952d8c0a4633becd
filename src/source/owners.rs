//! `CODEOWNERS`: who owns which paths, as GitHub, GitLab and Bitbucket read it. Owns the places of the file and the order of
//! its lines; a malformed line owns nothing.

use std::fs;
use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Where the file is looked for, the first that exists.
const PLACES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// Who owns which paths.
#[derive(Debug, Default)]
pub struct CodeOwners {
    /// Pattern and owners by line; the last that matches counts.
    lines: Vec<(Gitignore, Vec<String>)>,
}

impl CodeOwners {
    /// Reads the file of a project; without one, nobody owns anything.
    pub fn read(root: &Path) -> Self {
        let text = PLACES.iter().find_map(|place| fs::read_to_string(root.join(place)).ok());
        text.map(|text| Self::parse(&text)).unwrap_or_default()
    }

    /// Reads the text of the file.
    pub fn parse(text: &str) -> Self {
        let mut lines = Vec::new();
        // Owners of a GitLab section hold for its lines without any.
        let mut section: Vec<String> = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let is_section = line.starts_with('[') || line.starts_with("^[");
            if is_section && let Some((_, after)) = line.rsplit_once(']') {
                section = owners(after);
                continue;
            }
            // A space in a pattern is written `\ `.
            let joined = line.replace("\\ ", "\u{0}");
            let (pattern, after) = joined.split_once(char::is_whitespace).unwrap_or((&joined, ""));
            let mut builder = GitignoreBuilder::new("");
            let pattern = pattern.replace('\u{0}', "\\ ");
            if pattern.starts_with('!') || builder.add_line(None, &pattern).is_err() {
                continue;
            }
            let Ok(matcher) = builder.build() else { continue };
            let own = owners(after);
            lines.push((matcher, if own.is_empty() { section.clone() } else { own }));
        }
        Self { lines }
    }

    /// The owners of a path, relative to the root; none when nobody is named.
    pub fn of(&self, path: &Path) -> &[String] {
        let matches = |(matcher, _): &&(Gitignore, Vec<String>)| {
            path.is_relative() && matcher.matched_path_or_any_parents(path, false).is_ignore()
        };
        self.lines.iter().rev().find(matches).map_or(&[], |(_, owners)| owners)
    }
}

fn owners(text: &str) -> Vec<String> {
    let words = text.split_whitespace().take_while(|word| !word.starts_with('#'));
    words.filter(|word| word.contains('@')).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::CodeOwners;

    const TEXT: &str = "# all\n*  @org/all\n/web/ @org/web # the pages\n*.py @python me@example.com\n/web/vendor/\n\
                        docs/my\\ file.md @writer\n[Section] @section\nlib/\n";

    fn check(path: &str, expected: &[&str]) {
        assert_eq!(CodeOwners::parse(TEXT).of(Path::new(path)), expected, "{path}");
    }

    #[test]
    fn the_last_line_that_matches_counts() {
        check("a.txt", &["@org/all"]);
        check("web/a.ts", &["@org/web"]);
        check("other/web/a.ts", &["@org/all"]);
        check("web/a.py", &["@python", "me@example.com"]);
        check("web/vendor/a.ts", &[]);
        check("docs/my file.md", &["@writer"]);
        check("lib/a.c", &["@section"]);
    }
}
