//! Templates in the style of Jinja and Django: HTML and text with `{% tags %}` and `{{ expressions }}`. Owns the table entry
//! and what of a template's expressions differs; these are read as Python, which they are but for details, so scanning and
//! folding of expressions are Python's. `outline` finds the tags, `fold` says what they are to the evaluator.

mod fold;
mod loads;
mod outline;

use std::path::Path;

use super::{Language, python};

pub use outline::{KINDS, Masked, Part, comments, mask};

/// The table entry.
pub static LANGUAGE: Language = Language {
    name: "jinja",
    family: "jinja",
    extensions: &["htm", "html", "j2", "jinja", "jinja2", "xhtml"],
    interpreters: &[],
    grammar: || tree_sitter_python::LANGUAGE.into(),
    mask: Some(mask),
    reread: None,
    caveat,
    scan: &python::scan::Python,
    fold: &fold::Template,
};

/// White space is nothing in HTML. Elsewhere it is part of the output, and whether a tag takes its line end along is
/// configured in the program (`trim_blocks`).
fn caveat(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    let is_html = name.split('.').skip(1).any(|part| matches!(part, "html" | "htm" | "xhtml" | "xml"));
    (!is_html).then_some("line ends around the tags may be part of what the template yields")
}
