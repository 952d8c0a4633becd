//! How the values of a document are kept: eight bytes each, for there may be millions. Owns what these bytes mean; what cannot
//! be said in them stands in a list of its own.

use super::{Place, RawKind, Words};
use crate::source::Span;

/// A value: where it stands and what it is. Only the lists beside it know the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct RawNode {
    /// Where it begins, or its place in a list.
    start: u32,
    /// What it is, and how long it is where that is not in a list.
    rest: u32,
}

/// The bits of a length; what is longer goes into the list of what is odd.
const LENGTH: u32 = 28;

// What a node is.
const NULL: u32 = 0;
const FALSE: u32 = 1;
const TRUE: u32 = 2;
const HUGE: u32 = 3;
/// A number in plain decimal notation, which the text says.
const NUMBER: u32 = 4;
/// A text that is the words there.
const PLAIN: u32 = 5;
/// The same within quotes.
const QUOTED: u32 = 6;
const LIST: u32 = 7;
const MAP: u32 = 8;
/// Many lists and mappings of providers' documents are empty.
const EMPTY_LIST: u32 = 9;
const EMPTY_MAP: u32 = 10;
/// In the list of what is odd.
const ODD: u32 = 11;

impl RawNode {
    /// Nothing, at a place.
    pub(super) fn null(at: &Span) -> Self {
        Self { start: at.start as u32, rest: NULL << LENGTH }
    }
}

/// A collection: a range of the entries or of the elements of a tree.
#[derive(Clone, Copy, Debug)]
struct Collection {
    at: Place,
    start: u32,
    count: u32,
}

/// What the nodes of a tree do not say themselves.
#[derive(Debug)]
pub(super) struct Packed {
    collections: Vec<Collection>,
    odd: Vec<(Place, RawKind)>,
}

/// How much text a collection takes that is not empty, about.
const BYTES_PER_COLLECTION: usize = 64;

impl Packed {
    /// Nothing, with room for about as much as a text of that length holds.
    pub(super) fn new(length: usize) -> Self {
        Self { collections: Vec::with_capacity(length / BYTES_PER_COLLECTION), odd: Vec::new() }
    }

    /// Keeps a value. The text is the one of the document.
    pub(super) fn put(&mut self, text: &str, kind: RawKind, at: &Span) -> RawNode {
        let length = at.len() as u32;
        let tag = match kind {
            RawKind::List(_, 0) if length >> LENGTH == 0 => EMPTY_LIST,
            RawKind::Map(_, 0) if length >> LENGTH == 0 => EMPTY_MAP,
            RawKind::List(start, count) => {
                return self.collection(LIST, Collection { at: Place::new(at), start, count });
            }
            RawKind::Map(start, count) => return self.collection(MAP, Collection { at: Place::new(at), start, count }),
            _ if length >> LENGTH != 0 => ODD,
            RawKind::Null => NULL,
            RawKind::Bool(false) => FALSE,
            RawKind::Bool(true) => TRUE,
            RawKind::Huge => HUGE,
            RawKind::Int(_) | RawKind::Float(_) if number(text, at.clone()) == Some(kind) => NUMBER,
            RawKind::Text(words) if words == Words::new(at.start, at.len(), false) => PLAIN,
            RawKind::Text(words) if at.len() >= 2 && words == Words::new(at.start + 1, at.len() - 2, false) => QUOTED,
            RawKind::Int(_) | RawKind::Float(_) | RawKind::Text(_) | RawKind::Code(_) => ODD,
        };
        if tag != ODD {
            return RawNode { start: at.start as u32, rest: tag << LENGTH | length };
        }
        self.odd.push((Place::new(at), kind));
        RawNode { start: self.odd.len() as u32 - 1, rest: ODD << LENGTH }
    }

    fn collection(&mut self, tag: u32, collection: Collection) -> RawNode {
        self.collections.push(collection);
        RawNode { start: self.collections.len() as u32 - 1, rest: tag << LENGTH }
    }

    /// Where a value stands.
    pub(super) fn span(&self, node: RawNode) -> Span {
        match node.rest >> LENGTH {
            LIST | MAP => self.collections[node.start as usize].at.span(),
            ODD => self.odd[node.start as usize].0.span(),
            _ => node.start as usize..(node.start + (node.rest & !(u32::MAX << LENGTH))) as usize,
        }
    }

    /// What a value is. The text is the one of the document.
    pub(super) fn kind(&self, text: &str, node: RawNode) -> RawKind {
        let collection = || self.collections[node.start as usize];
        let words = |quotes: usize| {
            let span = self.span(node);
            RawKind::Text(Words::new(span.start + quotes, span.len() - 2 * quotes, false))
        };
        match node.rest >> LENGTH {
            NULL => RawKind::Null,
            FALSE => RawKind::Bool(false),
            TRUE => RawKind::Bool(true),
            NUMBER => number(text, self.span(node)).unwrap_or(RawKind::Huge),
            PLAIN => words(0),
            QUOTED => words(1),
            LIST => RawKind::List(collection().start, collection().count),
            MAP => RawKind::Map(collection().start, collection().count),
            EMPTY_LIST => RawKind::List(0, 0),
            EMPTY_MAP => RawKind::Map(0, 0),
            ODD => self.odd[node.start as usize].1,
            _ => RawKind::Huge,
        }
    }

    /// The words of a key, which is a text.
    pub(super) fn key(&self, node: RawNode) -> Words {
        let length = (node.rest & !(u32::MAX << LENGTH)) as usize;
        match node.rest >> LENGTH {
            QUOTED => Words::new(node.start as usize + 1, length - 2, false),
            ODD => match self.odd[node.start as usize].1 {
                RawKind::Text(words) => words,
                _ => Words::new(0, 0, true),
            },
            _ => Words::new(node.start as usize, length, false),
        }
    }
}

fn number(text: &str, at: Span) -> Option<RawKind> {
    RawKind::number(text.get(at)?)
}

#[cfg(test)]
mod tests {
    use super::super::{RawKind, Words};
    use super::Packed;

    #[test]
    fn what_is_kept_comes_back() {
        let text = "{\"key\": 1.50, plain: 0x10, \"a\\n\": -7, null}";
        let at = |part: &str| text.find(part).map(|start| start..start + part.len()).expect("it is in the text");
        let mut packed = Packed::new(text.len());
        let cases = [
            (RawKind::Null, at("null"), true),
            (RawKind::Bool(true), at("plain"), true),
            (RawKind::Bool(false), at("plain"), true),
            (RawKind::Huge, at("1.50"), true),
            (RawKind::float(1.5), at("1.50"), true),
            (RawKind::int(-7), at("-7"), true),
            (RawKind::int(16), at("0x10"), false),
            (RawKind::Text(Words::new(14, 5, false)), 14..19, true),
            (RawKind::Text(Words::new(2, 3, false)), at("\"key\""), true),
            (RawKind::Text(Words::new(0, 2, true)), at("\"a\\n\""), false),
            (RawKind::Text(Words::new(0, 0, true)), 0..0, false),
            (RawKind::Code(Words::new(14, 5, false)), 14..19, false),
            (RawKind::Text(Words::new(14, 5, false)), 14..(1 << 29), false),
            (RawKind::Map(3, 4), 0..text.len(), true),
            (RawKind::List(1 << 31, 9), 5..6, true),
            (RawKind::List(0, 0), 5..7, true),
            (RawKind::Map(0, 0), 5..7, true),
        ];
        for (kind, span, small) in cases {
            let before = packed.odd.len();
            let node = packed.put(text, kind, &span);
            assert_eq!((packed.kind(text, node), packed.span(node)), (kind, span.clone()));
            assert_eq!(packed.odd.len() == before, small, "{kind:?} at {span:?}");
            if let RawKind::Text(words) = kind {
                assert_eq!(packed.key(node), words);
            }
        }
    }
}
