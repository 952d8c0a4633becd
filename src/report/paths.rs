//! Paths as the user can click and `git apply` can find them: relative to where flag-sweep was started. Owns that
//! relation; documents for machines keep paths relative to the project root.

use std::path::{Path, PathBuf};

use crate::report::escape;
use crate::source::display_path;

/// How the project root lies to the directory that flag-sweep was started in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// The root is that directory, or this much below it.
    Below(PathBuf),
    /// That directory is this much below the root.
    Inside(PathBuf),
    /// Neither: this is the root.
    Elsewhere(PathBuf),
}

impl Base {
    /// Relates two canonical directories.
    pub fn new(root: &Path, here: &Path) -> Self {
        match (root.strip_prefix(here), here.strip_prefix(root)) {
            (Ok(below), _) => Self::Below(below.to_owned()),
            (_, Ok(inside)) => Self::Inside(inside.to_owned()),
            _ => Self::Elsewhere(root.to_owned()),
        }
    }

    /// A path of the project as one line of a terminal shows it.
    pub fn show(&self, path: &Path) -> String {
        escape::line(&display_path(&self.resolve(path))).into_owned()
    }

    /// A path of the project as git finds it here; `None` for files that lie elsewhere.
    pub fn below(&self, path: &Path) -> Option<PathBuf> {
        match self {
            Self::Below(below) => Some(below.join(path)),
            Self::Inside(inside) => path.strip_prefix(inside).ok().map(Path::to_owned),
            Self::Elsewhere(_) => None,
        }
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        match self {
            // Registries may lie outside the project; `join` keeps such a path as it is.
            Self::Below(root) | Self::Elsewhere(root) => root.join(path),
            Self::Inside(inside) => match path.strip_prefix(inside) {
                Ok(below) => below.to_owned(),
                Err(_) if path.is_absolute() => path.to_owned(),
                Err(_) => inside.components().map(|_| "..").collect::<PathBuf>().join(path),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Base;

    #[test]
    fn paths_are_shown_from_where_one_stands() {
        for (root, here, path, shown) in [
            ("/p", "/p", "src/a.py", "src/a.py"),
            ("/p/demo", "/p", "src/a.py", "demo/src/a.py"),
            ("/p", "/p/src", "src/a.py", "a.py"),
            ("/p", "/p/src/deep", "flags.yaml", "../../flags.yaml"),
            ("/p", "/q", "src/a.py", "/p/src/a.py"),
            ("/p", "/p/src", "/etc/flags.yaml", "/etc/flags.yaml"),
            ("/p", "/p", "a\nb.py", "a\\nb.py"),
        ] {
            assert_eq!(Base::new(Path::new(root), Path::new(here)).show(Path::new(path)), shown, "{root} {here}");
        }
        let below = |root: &str, here: &str| Base::new(Path::new(root), Path::new(here)).below(Path::new("src/a.py"));
        assert_eq!(below("/p", "/p/src").as_deref(), Some(Path::new("a.py")));
        assert_eq!(below("/p/demo", "/p").as_deref(), Some(Path::new("demo/src/a.py")));
        assert_eq!(below("/p", "/p/test"), None);
    }
}
