//! Children by the name of their field. tree-sitter compares a name with every name of the grammar each time; here its number
//! is remembered. Owns that memory.

use std::cell::RefCell;

use tree_sitter::{Language, Node};

/// Children by field.
pub trait Field<'tree> {
    /// The child in the field of that name.
    fn field(&self, name: &'static str) -> Option<Node<'tree>>;
}

impl<'tree> Field<'tree> for Node<'tree> {
    fn field(&self, name: &'static str) -> Option<Node<'tree>> {
        self.child_by_field_id(number(&self.language(), name)?)
    }
}

/// A power of two: a dozen grammars times a few names have room in it, and what has none is asked of the grammar again.
const SLOTS: usize = 512;

/// A name by its place in memory, a grammar, and what the grammar says.
type Slot = Option<(*const u8, usize, Language, Option<u16>)>;

fn number(grammar: &Language, name: &'static str) -> Option<u16> {
    thread_local! {
        static KNOWN: RefCell<Vec<Slot>> = const { RefCell::new(Vec::new()) };
    }
    KNOWN.with_borrow_mut(|known| {
        if known.is_empty() {
            known.resize(SLOTS, None);
        }
        let at = (name.as_ptr() as usize).wrapping_add(name.len()).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 55;
        let slot = &mut known[at % SLOTS];
        match slot {
            Some((place, length, of, number))
                if *place == name.as_ptr() && *length == name.len() && *of == *grammar =>
            {
                *number
            }
            _ => {
                let number = grammar.field_id_for_name(name).map(u16::from);
                *slot = Some((name.as_ptr(), name.len(), grammar.clone(), number));
                number
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::Field as _;
    use crate::language;

    #[test]
    fn fields_are_those_of_the_grammar() {
        for (name, text, field, expected) in [
            ("python", "f(x)", "function", Some("f")),
            ("rust", "fn g() {}", "name", Some("g")),
            ("python", "f(x)", "function", Some("f")),
            ("python", "f(x)", "body", None),
        ] {
            let tree = language::by_name(name).expect("it is a language").parse(text);
            let mut node = tree.root_node().child(0).expect("there is a statement");
            if node.kind() == "expression_statement" {
                node = node.child(0).expect("it has an expression");
            }
            assert_eq!(node.field(field).map(|at| &text[at.byte_range()]), expected, "{name} {field}");
        }
    }
}
