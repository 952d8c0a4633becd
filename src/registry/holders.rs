//! Which registry files hold a flag, and how its entry leaves a file that people write: comments and order stay, and what
//! is read from the result is what was read before, without the flag. Owns no decision to take anything out.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::data::whole;
use super::error::RegistryError;
use super::snapshot::{self, Snapshot};
use super::tree::{self, Kind, Node, Notation};
use super::{MAX_FILE_SIZE, readers, unreadable};
use crate::fix::data::cut;
use crate::source::{Span, display_path, read};

/// A registry file that holds a flag.
#[derive(Debug)]
pub struct Holder {
    /// Where it is.
    pub path: PathBuf,
    /// How it is shown.
    pub shown: String,
    /// Its text.
    pub text: Arc<str>,
    /// What kind of file it is.
    pub kind: HolderKind,
}

/// Kinds of registry files.
#[derive(Debug)]
pub enum HolderKind {
    /// People write it: the flag is an entry.
    Written,
    /// It was fetched from a provider: by its name, with what a snapshot says about itself.
    Fetched(&'static str, Option<Box<Snapshot>>),
}

/// Providers whose documents are written by people, and the key below which flags are.
const WRITTEN: [(&str, Option<&str>); 2] = [("flagd", Some("flags")), ("gofeatureflag", None)];

/// The files that hold one of the names of a flag.
///
/// # Errors
/// When a file cannot be read.
pub fn holders(paths: &[PathBuf], root: &Path, names: &[String]) -> Result<Vec<Holder>, RegistryError> {
    let mut found = Vec::new();
    for path in paths {
        let full = root.join(path);
        let name = display_path(full.strip_prefix(root).unwrap_or(path));
        let text = read::read(&full, MAX_FILE_SIZE).map_err(|reason| unreadable(&name, &reason))?;
        let text: Arc<str> = text.into();
        let damaged = |problem| RegistryError::at(&name, &text, vec![problem]);
        let document = tree::parse(&text, Notation::of(&full, &text)).map_err(damaged)?;
        let holder = |kind| Holder { path: full.clone(), shown: name.clone(), text: Arc::clone(&text), kind };
        if let Some((snapshot, parts)) = snapshot::read(&document).map_err(damaged)? {
            let provider = parts.iter().find_map(|part| readers::holds(&part.document, names));
            found.extend(provider.map(|provider| holder(HolderKind::Fetched(provider, Some(Box::new(snapshot))))));
            continue;
        }
        match readers::recognise(&document).map_err(damaged)? {
            None if entry(&document, Some("flags"), names).is_some() => found.push(holder(HolderKind::Written)),
            None => {}
            Some(format)
                if WRITTEN
                    .iter()
                    .any(|(name, below)| *name == format.name && entry(&document, *below, names).is_some()) =>
            {
                found.push(holder(HolderKind::Written))
            }
            Some(_) => {
                let provider = readers::holds(&document, names);
                found.extend(provider.map(|provider| holder(HolderKind::Fetched(provider, None))));
            }
        }
    }
    Ok(found)
}

/// Key and value of the flag's entry.
fn entry(root: &Node, below: Option<&str>, names: &[String]) -> Option<(Span, Rc<Node>, usize)> {
    let Kind::Map(entries) = &root.kind else { return None };
    let entries = match below {
        None => entries,
        Some(key) => match &entries.iter().find(|entry| entry.key == key)?.value.kind {
            Kind::Map(entries) => entries,
            _ => return None,
        },
    };
    let entry = entries.iter().find(|entry| names.contains(&entry.key))?;
    Some((entry.key_span.clone(), Rc::clone(&entry.value), entries.len()))
}

/// The text of a written file without the flag's entry.
///
/// # Errors
/// Why that has to be done by hand.
pub fn without(holder: &Holder, names: &[String]) -> Result<String, String> {
    let text: &str = &holder.text;
    let notation = Notation::of(&holder.path, text);
    let broken = || "taking it out would change what else the file says: do it by hand".to_owned();
    let root = tree::parse(text, notation).map_err(|_| broken())?;
    let format = readers::recognise(&root).ok().flatten();
    let below = format.map_or(Some("flags"), |format| {
        WRITTEN.iter().find(|(name, _)| *name == format.name).and_then(|(_, below)| *below)
    });
    let (key, value, siblings) = entry(&root, below, names).ok_or_else(broken)?;
    if siblings == 1 {
        return Err("it is the only flag there: delete the file, or take it out by hand".to_owned());
    }
    let after = match notation {
        Notation::Toml => super::entry_toml::without(text, below, names, &key, &value),
        _ => cut(&holder.path, text, &whole(text, notation, &key, &value))?,
    };
    // Whatever the notation allows: the result has to say the same about everything else.
    let result = tree::parse(&after, notation).map_err(|_| broken())?;
    if same(&root, &result, below, names, 0) { Ok(after) } else { Err(broken()) }
}

/// Whether two documents are the same but for the flag. Depth is bounded by the parser.
fn same(before: &Node, after: &Node, below: Option<&str>, names: &[String], depth: usize) -> bool {
    match (&before.kind, &after.kind) {
        (Kind::Map(left), Kind::Map(right)) => {
            // Below the root, or below `flags` in it, the entry is missing on the right.
            let here = depth == usize::from(below.is_some());
            let left: Vec<_> = left.iter().filter(|entry| !(here && names.contains(&entry.key))).collect();
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| {
                    let inside = depth == 0 && below == Some(left.key.as_str());
                    let depth = if inside { 1 } else { usize::MAX };
                    left.key == right.key && same(&left.value, &right.value, below, names, depth)
                })
        }
        (Kind::List(left), Kind::List(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| same(left, right, below, names, usize::MAX))
        }
        (Kind::Null, Kind::Null) | (Kind::Huge, Kind::Huge) => true,
        (Kind::Bool(left), Kind::Bool(right)) => left == right,
        (Kind::Int(left), Kind::Int(right)) => left == right,
        (Kind::Float(left), Kind::Float(right)) => left.to_bits() == right.to_bits(),
        (Kind::Text(left), Kind::Text(right)) => left == right,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Holder, HolderKind, without};

    fn result(path: &str, text: &str) -> Result<String, String> {
        let holder = Holder { path: path.into(), shown: path.into(), text: text.into(), kind: HolderKind::Written };
        without(&holder, &["x".to_owned()])
    }

    #[test]
    fn entries_leave_every_notation_with_comments_and_order_kept() {
        let yaml = "# ours\nflags:\n  b: on # last\n  # about x\n  x:\n    state: on\n  a: off\n";
        assert_eq!(result("flags.yaml", yaml).as_deref(), Ok("# ours\nflags:\n  b: on # last\n  a: off\n"));
        let json = "{\n  \"flags\": {\n    \"b\": \"on\",\n    \"x\": {\"state\": \"on\"}\n  }\n}\n";
        assert_eq!(result("flags.json", json).as_deref(), Ok("{\n  \"flags\": {\n    \"b\": \"on\"\n  }\n}\n"));
        let toml = "# ours\n[flags]\nb = \"on\" # last\nx = { state = \"on\" } # why\na = \"off\"\n";
        assert_eq!(result("flags.toml", toml).as_deref(), Ok("# ours\n[flags]\nb = \"on\" # last\na = \"off\"\n"));
        let toml = "[flags.b]\nstate = \"on\"\n\n# about x\n[flags.x]\nkind = \"release\"\n[flags.x.state]\n\
                    production = \"on\"\n\n# about a\n[flags.a]\nstate = \"off\"\n";
        assert_eq!(
            result("flags.toml", toml).as_deref(),
            Ok("[flags.b]\nstate = \"on\"\n\n# about a\n[flags.a]\nstate = \"off\"\n")
        );
        let toml = "[flags]\na = \"on\"\n[flags.x]\nstate = \"on\"\n";
        assert_eq!(result("flags.toml", toml).as_deref(), Ok("[flags]\na = \"on\"\n"));
    }

    #[test]
    fn what_is_shared_or_alone_is_left_to_people() {
        assert!(result("flags.yaml", "flags:\n  x: on\n").is_err());
        let shared = "flags:\n  x: &all\n    state: on\n  a: *all\n";
        assert!(result("flags.yaml", shared).is_err());
        let dotted = "flags.x.state = \"on\"\nflags.a = \"on\"\nflags.x.kind = \"ops\"\n";
        assert!(result("flags.toml", dotted).is_err());
    }
}
