//! Putting HTML together so that nothing from the repository can become markup: markup is `&'static str`, everything else is
//! escaped. Owns the escaping; knows nothing of the report.

use std::fmt::Write;

/// A page that grows.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    /// Adds markup, which only this program can write.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.text.push_str(markup);
        self
    }

    /// Adds text, in content or between the quotes of an attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            match character {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\'' => self.text.push_str("&#39;"),
                '`' => self.text.push_str("&#96;"),
                // Shown, so that what is hidden in a name is seen, and does not reorder what stands around it.
                _ if crate::report::escape::is_control(character) => {
                    let _ = write!(self.text, "\\u{{{:x}}}", u32::from(character));
                }
                _ => self.text.push(character),
            }
        }
        self
    }

    /// Adds a number.
    pub(super) fn number(&mut self, number: impl Into<i128>) -> &mut Self {
        let _ = write!(self.text, "{}", number.into());
        self
    }

    /// Adds a count.
    pub(super) fn count(&mut self, count: usize) -> &mut Self {
        let _ = write!(self.text, "{count}");
        self
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        self.text
    }
}
