//! Facts inside the arguments of macros, which are tokens to the grammar. Owns how they are parsed and which are worth it.

use tree_sitter::Node;

use super::collect::Region;
use super::facts::FileFacts;
use super::hits::Hits;
use super::matching::Candidates;
use super::pattern::Pattern;
use super::queries::QUERIES;
use super::{Capture, Set, text_of};

/// How deep macros inside macros are looked into.
pub(super) const MAX_MACROS: usize = 8;

impl Region<'_> {
    /// The grammar leaves the arguments of a macro as tokens. They are parsed on their own, delimiters included, so that
    /// `("{}", x.f())` reads as a tuple and `{ … }` as a block; what the parser cannot make sense of yields no facts.
    pub(super) fn add_macro(&self, facts: &mut FileFacts, patterns: &[&Pattern], tokens: Node<'_>, depth: usize) {
        let inside = text_of(tokens, self.text);
        let called = |name: &str| self.interest.names.contains(name) || self.interest.restricted.contains_key(name);
        let held = |name: &String| inside.contains(name.as_str());
        let interesting = self.interest.fields.iter().any(held)
            || called_in_tokens(inside).any(called)
            || patterns.iter().any(|pattern| pattern.may_match(inside));
        if !interesting {
            return;
        }
        let Some(depth) = depth.checked_sub(1) else {
            facts.limits.push(format!("macros nested more than {MAX_MACROS} deep are not looked into"));
            return;
        };
        let tree = self.language.read_parts(self.text, &[tokens.range()]).tree;
        let mut nested = Vec::new();
        let mut candidates = Candidates::new(self, inside);
        let visit = |node| candidates.see(node);
        let (root, everywhere) = (tree.root_node(), &Hits::everywhere());
        QUERIES[self.language.name].run_and_visit(root, self.text, everywhere, &mut Vec::new(), visit, |found| {
            if let (Some(node), Some(function), Some(list)) =
                (found.get(Capture::Call), found.get(Capture::CallFunction), found.get(Capture::CallArguments))
            {
                self.add_call(facts, &Set::default(), found.above(), (node, function, list));
            } else if let (Some(node), Some(object), Some(key)) =
                (found.get(Capture::Subscript), found.get(Capture::SubscriptObject), found.get(Capture::SubscriptKey))
            {
                self.add_subscript(facts, node, object, key);
            } else if let (Some(node), Some(arguments)) =
                (found.get(Capture::Condition), found.get(Capture::ConditionArguments))
            {
                self.add_conditions(facts, node, arguments);
            } else if let Some(node) = found.get(Capture::MacroArguments) {
                nested.push(node);
            }
        });
        self.add_fields(facts, tree.root_node(), tokens.byte_range());
        candidates.fit(self, facts);
        for node in nested {
            self.add_macro(facts, patterns, node, depth);
        }
    }
}

/// Words that a parenthesis or type arguments follow: what tokens may call.
fn called_in_tokens(tokens: &str) -> impl Iterator<Item = &str> {
    let ends = tokens.match_indices(['(', ':']).map(|(at, _)| tokens[..at].trim_end());
    ends.filter_map(|before| {
        let start = before
            .rfind(|at: char| !at.is_alphanumeric() && at != '_')
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        (start < before.len()).then(|| &before[start..])
    })
}
