//! Texts of files, shared between everything that points into them. Owns that sharing one does not copy it.

use std::ops::Deref;
use std::sync::Arc;

/// A text that many hold. The allocation is the one that it was read into: the text of a large registry is never there twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedText(Arc<String>);

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for SharedText {
    fn from(text: String) -> Self {
        Self(Arc::new(text))
    }
}

impl From<&str> for SharedText {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}
