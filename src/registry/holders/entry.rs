//! How a flag's entry leaves a file that people write: comments and order stay, and what is read from the result is what was
//! read before, without the flag. Owns no decision to take anything out.

use super::super::data::whole;
use super::super::entry_toml;
use super::super::tree::{Entry, Kind, Node, Notation};
use super::{Entries, Written, named};
use crate::fix::data::cut;
use crate::fix::residue::entries;
use crate::fix::tree::Tree;
use crate::source::Span;
use crate::source::edit;

/// An entry, and how many its collection has.
pub(super) struct Found<'t> {
    /// The key; of an element of a list all of it.
    key: Span,
    value: Node<'t>,
    siblings: usize,
    in_list: bool,
}

/// The entry of a flag.
pub(super) fn find<'t>(root: Node<'t>, place: &Entries, names: &[String]) -> Option<Found<'t>> {
    let none = Vec::new();
    let keys = if let Entries::Data(keys, _) = place { keys } else { &none };
    let mut at = root;
    for key in keys {
        let Kind::Map(entries) = at.kind() else { return None };
        at = entries.find(key)?.value;
    }
    match at.kind() {
        Kind::Map(entries) => {
            let entry = entries.iter().find(|entry| is_named(entry, names))?;
            Some(Found { key: entry.key_span, value: entry.value, siblings: entries.len(), in_list: false })
        }
        Kind::List(items) => {
            let item = items.iter().find(|item| is_own(*item, place, names))?;
            Some(Found { key: item.span(), value: item, siblings: items.len(), in_list: true })
        }
        _ => None,
    }
}

fn is_named(entry: &Entry<'_>, names: &[String]) -> bool {
    names.iter().any(|name| name == entry.key)
}

fn is_own(item: Node<'_>, place: &Entries, names: &[String]) -> bool {
    let Entries::Data(_, semantics) = place else { return false };
    named(item, semantics).is_some_and(|name| names.iter().any(|own| own == name))
}

impl Written {
    /// Where the flag's entry is.
    pub fn entry(&self, names: &[String]) -> Option<Span> {
        let root = self.place.read(&self.path, &self.text).ok()?;
        let found = find(root.node(), &self.place, names)?;
        Some(found.key.start..found.value.span().end.max(found.key.end))
    }

    /// The text without the flag's entry.
    ///
    /// # Errors
    /// Why that has to be done by hand.
    pub fn without(&self, names: &[String]) -> Result<String, String> {
        let text: &str = &self.text;
        let broken = || "taking it out would change what else the file says: do it by hand".to_owned();
        let root = self.place.read(&self.path, text).map_err(|_| broken())?;
        let found = find(root.node(), &self.place, names).ok_or_else(broken)?;
        let after = match &self.place {
            Entries::Program(language, _) => {
                let code = language.read(text);
                let tree = Tree::of(text, &code, &|node| language.fold.part(text, node));
                let span = found.key.start..found.value.span().end.max(found.key.end);
                let word = names.first().map_or("", String::as_str);
                edit::apply(text, &entries::without(&tree, &span, &found.key, word).ok_or_else(broken)?)
            }
            Entries::Data(..) if found.siblings == 1 => {
                return Err("it is the only flag there: delete the file, or take it out by hand".to_owned());
            }
            Entries::Data(keys, _) => match Notation::of(&self.path, text) {
                Notation::Toml => entry_toml::without(text, keys, names, &found.key, &found.value.span()),
                notation => {
                    let span =
                        if found.in_list { found.key.clone() } else { whole(text, notation, &found.key, found.value) };
                    cut(&self.path, text, &span)?
                }
            },
        };
        // Whatever the notation allows: the result has to say the same about everything else.
        let result = self.place.read(&self.path, &after).map_err(|_| broken())?;
        let none = Vec::new();
        let keys = if let Entries::Data(keys, _) = &self.place { keys } else { &none };
        if same(root.node(), result.node(), Some(keys), &self.place, names) { Ok(after) } else { Err(broken()) }
    }
}

/// Whether two documents are the same but for the flag, whose entry is missing on the right where the path of keys leads.
/// Depth is bounded by the parser.
fn same(before: Node<'_>, after: Node<'_>, path: Option<&[String]>, place: &Entries, names: &[String]) -> bool {
    let here = path.is_some_and(<[String]>::is_empty);
    match (before.kind(), after.kind()) {
        (Kind::Map(left), Kind::Map(right)) => {
            let left: Vec<_> = left.iter().filter(|entry| !(here && is_named(entry, names))).collect();
            left.len() == right.len()
                && left.into_iter().zip(right.iter()).all(|(left, right)| {
                    let rest = path.and_then(|path| path.split_first()).filter(|(first, _)| **first == left.key);
                    left.key == right.key && same(left.value, right.value, rest.map(|(_, rest)| rest), place, names)
                })
        }
        (Kind::List(left), Kind::List(right)) => {
            let left: Vec<_> = left.iter().filter(|item| !(here && is_own(*item, place, names))).collect();
            left.len() == right.len()
                && left.into_iter().zip(right.iter()).all(|(left, right)| same(left, right, None, place, names))
        }
        (Kind::Null, Kind::Null) | (Kind::Huge, Kind::Huge) => true,
        (Kind::Bool(left), Kind::Bool(right)) => left == right,
        (Kind::Int(left), Kind::Int(right)) => left == right,
        (Kind::Float(left), Kind::Float(right)) => left.to_bits() == right.to_bits(),
        (Kind::Text(left), Kind::Text(right)) | (Kind::Code(left), Kind::Code(right)) => left == right,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Entries, Written};
    use crate::language;

    fn at(place: Entries, path: &str, text: &str) -> Result<String, String> {
        let written = Written { path: path.into(), shown: path.into(), text: text.into(), place };
        written.without(&["x".to_owned()])
    }

    fn result(path: &str, text: &str) -> Result<String, String> {
        at(Entries::Data(vec!["flags".to_owned()], Box::default()), path, text)
    }

    fn program(path: &str, text: &str) -> Result<String, String> {
        let language = language::by_path(path.as_ref()).expect("it is a language");
        at(Entries::Program(language, "FLAGS".to_owned()), path, text)
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
    fn entries_of_dictionaries_leave_at_any_depth() {
        let below = |keys: &[&str]| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect();
            Entries::Data(keys, Box::default())
        };
        let yaml = "shop:\n  features:\n    a: true\n    x: true # new\n    b: false\nx: 1\n";
        assert_eq!(
            at(below(&["shop", "features"]), "config.yaml", yaml).as_deref(),
            Ok("shop:\n  features:\n    a: true\n    b: false\nx: 1\n")
        );
        let toml = "[shop.features.a]\nenabled = true\n\n[shop.features.x]\nenabled = true\n";
        assert_eq!(
            at(below(&["shop", "features"]), "config.toml", toml).as_deref(),
            Ok("[shop.features.a]\nenabled = true\n\n")
        );
        let json = "{\n  \"a\": true,\n  \"x\": {\"enabled\": true, \"percentage\": 100}\n}\n";
        assert_eq!(at(below(&[]), "flags.json", json).as_deref(), Ok("{\n  \"a\": true\n}\n"));
        let list = "- name: a\n  enabled: true\n# about x\n- name: x\n  enabled: true\n- name: b\n  enabled: false\n";
        assert_eq!(
            at(below(&[]), "flags.yaml", list).as_deref(),
            Ok("- name: a\n  enabled: true\n- name: b\n  enabled: false\n")
        );
        let list = "[\n  {\"name\": \"a\"},\n  {\"name\": \"x\"}\n]\n";
        assert_eq!(at(below(&[]), "flags.json", list).as_deref(), Ok("[\n  {\"name\": \"a\"}\n]\n"));
    }

    #[test]
    fn entries_leave_literals_of_programs() {
        let python = "FLAGS = {\n    \"a\": True,  # first\n    # about x\n    \"x\": {\"enabled\": True},  # why\n    \"b\": load(),\n}\n";
        assert_eq!(
            program("flags.py", python).as_deref(),
            Ok("FLAGS = {\n    \"a\": True,  # first\n    \"b\": load(),\n}\n")
        );
        assert_eq!(program("flags.py", "FLAGS = dict(a=True, x=True)\n").as_deref(), Ok("FLAGS = dict(a=True)\n"));
        assert_eq!(program("flags.py", "FLAGS = {\"x\": True}\n").as_deref(), Ok("FLAGS = {}\n"));
        let typescript = "export const FLAGS = {\n  a: true,\n  x: true,\n} as const;\n";
        assert_eq!(program("flags.ts", typescript).as_deref(), Ok("export const FLAGS = {\n  a: true,\n} as const;\n"));
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
