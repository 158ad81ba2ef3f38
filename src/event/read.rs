//! Reading an event in one pass, into just the places that a configuration needs.
//!
//! [`Paths`] collects every path that the envelope, a subscription, a mapping or a field reads, and gives each a
//! [`SlotId`]. [`Reader`] is their trie. Reading walks the event's bytes once, keeps what a path asks for and skips the
//! rest; [`Slots`] then answers by number.

use std::borrow::Cow;

use serde::de;

use crate::json::Value;
use crate::json::scan::{Scanner, Text, content};

/// One step of a path: a key of an object or, when it is a whole number, an index of an array.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Segment {
    key: Box<str>,
    index: Option<usize>,
}

impl Segment {
    /// A step to `key`, or to the element at that index when it is written as one.
    pub fn new(key: &str) -> Self {
        let digits = !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit());
        let index = (digits && (key == "0" || !key.starts_with('0')))
            .then(|| key.parse().ok())
            .flatten();
        Segment {
            key: key.into(),
            index,
        }
    }

    /// The key as it was written.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What this step finds in `value`.
    pub fn step<'v, 'a>(&self, value: &'v Value<'a>) -> Option<&'v Value<'a>> {
        match value {
            Value::Object(object) => object.get(&self.key),
            Value::Array(items) => items.get(self.index?),
            _ => None,
        }
    }
}

/// Finds the value at `path` in `value`; the empty path is `value` itself.
pub fn walk<'v, 'a>(value: &'v Value<'a>, path: &[Segment]) -> Option<&'v Value<'a>> {
    path.iter()
        .try_fold(value, |value, segment| segment.step(value))
}

/// The place of a path's value in [`Slots`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotId(u32);

impl SlotId {
    /// The `n`th path that was asked for.
    pub(crate) const fn nth(n: u32) -> Self {
        SlotId(n)
    }
}

/// The paths that are read from every event, each once.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    slots: Vec<Vec<Segment>>,
    objects: Vec<Vec<Segment>>,
}

impl Paths {
    /// No paths yet.
    pub fn new() -> Self {
        Paths::default()
    }

    /// The place of the value at `path`; the empty path is the whole event.
    pub fn slot(&mut self, path: &[Segment]) -> SlotId {
        let at = self
            .slots
            .iter()
            .position(|known| known == path)
            .unwrap_or_else(|| {
                self.slots.push(path.to_vec());
                self.slots.len() - 1
            });
        SlotId(u32::try_from(at).expect(
            "OK because a configuration's paths are fewer than its bytes, which are capped",
        ))
    }

    /// Makes a document an error that holds something else than an object (or `null`) at `path`.
    pub fn object(&mut self, path: &[Segment]) {
        self.objects.push(path.to_vec());
    }

    /// Compiles the trie of all paths.
    pub fn reader(&self) -> Reader {
        let mut nodes = vec![Node::default()];
        for (slot, path) in self.slots.iter().enumerate() {
            let at = node_at(&mut nodes, path);
            nodes[at].slot = Some(slot);
        }
        for path in &self.objects {
            let at = node_at(&mut nodes, path);
            nodes[at].must_be_object = true;
        }
        for at in 0..nodes.len() {
            let below = slots_below(&nodes, at);
            nodes[at].below = below;
            nodes[at].index_children();
        }
        Reader {
            nodes,
            slots: self.slots.len(),
        }
    }
}

fn node_at(nodes: &mut Vec<Node>, path: &[Segment]) -> usize {
    path.iter().fold(0, |at, segment| {
        match nodes[at].children.iter().find(|c| c.segment == *segment) {
            Some(child) => child.node,
            None => {
                nodes.push(Node::default());
                let node = nodes.len() - 1;
                nodes[at].children.push(Child {
                    ends: ends(segment.key(), 0, segment.key().len()),
                    segment: segment.clone(),
                    node,
                });
                node
            }
        }
    })
}

fn slots_below(nodes: &[Node], at: usize) -> Box<[usize]> {
    let mut found = Vec::new();
    for child in &nodes[at].children {
        found.extend(nodes[child.node].slot);
        found.extend(slots_below(nodes, child.node));
    }
    found.into()
}

#[derive(Clone, Debug, Default)]
struct Node {
    children: Vec<Child>,
    /// Whether a child may be an element of an array.
    has_indexes: bool,
    slot: Option<usize>,
    must_be_object: bool,
    /// The slots of all paths that go on below this node.
    below: Box<[usize]>,
    /// Children are sorted by the length of their keys; those of keys of length `n` begin at `lengths[n]`.
    lengths: Box<[usize]>,
}

#[derive(Clone, Debug)]
struct Child {
    /// The ends of the key, which tell keys of one length apart.
    ends: [u64; 2],
    segment: Segment,
    node: usize,
}

impl Node {
    fn index_children(&mut self) {
        let length = |child: &Child| child.segment.key.len();
        self.has_indexes = self.children.iter().any(|c| c.segment.index.is_some());
        self.children.sort_by_key(length);
        let longest = self.children.last().map_or(0, length);
        let begin = |at| self.children.partition_point(|child| length(child) < at);
        self.lengths = (0..=longest + 1).map(begin).collect();
    }

    /// The child of a key of the document.
    #[cfg_attr(target_family = "wasm", inline)]
    fn key(&self, document: &str, key: Text) -> Result<Option<usize>, serde_json::Error> {
        if key.has_escapes {
            let key = content(document, key)?;
            return Ok(self.child(&key, 0, key.len()));
        }
        Ok(self.child(document, key.start, key.end))
    }

    #[inline]
    fn child(&self, text: &str, start: usize, end: usize) -> Option<usize> {
        let length = end - start;
        let &last = self.lengths.get(length + 1)?;
        let children = &self.children[self.lengths[length]..last];
        if children.is_empty() {
            return None;
        }
        let ends = ends(text, start, end);
        let is_key = |child: &&Child| {
            child.ends == ends && (length <= 16 || *child.segment.key == text[start..end])
        };
        children.iter().find(is_key).map(|child| child.node)
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn index(&self, index: usize) -> Option<usize> {
        self.children
            .iter()
            .find(|child| child.segment.index == Some(index))
            .map(|child| child.node)
    }
}

/// The first and the last eight bytes of `text[start..end]`, which are all there is of most keys.
#[inline]
fn ends(text: &str, start: usize, end: usize) -> [u64; 2] {
    const WORD: usize = size_of::<u64>();
    let bytes = text.as_bytes();
    let word = |at: usize| {
        let bytes = bytes.get(at..).and_then(<[u8]>::first_chunk);
        bytes.map(|bytes| u64::from_le_bytes(*bytes))
    };
    let length = end - start;
    if length >= WORD {
        // OK because these bytes are there.
        return [start, end - WORD].map(|at| word(at).unwrap_or_default());
    }
    let short = match word(start) {
        Some(word) => word & ((1 << (8 * length)) - 1),
        None => bytes[start..end]
            .iter()
            .rev()
            .fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    [short, 0]
}

/// A compiled set of paths.
#[derive(Clone, Debug)]
pub struct Reader {
    nodes: Vec<Node>,
    slots: usize,
}

impl Reader {
    /// Reads one event, or any JSON document.
    ///
    /// # Errors
    /// When the text is not JSON or nests deeper than [`crate::json::MAX_DEPTH`], or a value that a path asks for holds
    /// an escape that is no character.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn read<'a>(&self, text: &'a str) -> Result<Slots<'a>, serde_json::Error> {
        let mut slots = Slots((0..self.slots).map(|_| Slot::Missing).collect());
        let mut scanner = Scanner::new(text);
        let mut read = Read {
            reader: self,
            slots: &mut slots.0,
        };
        let at = scanner.space(0);
        let end = read.value(&self.nodes[0], &mut scanner, at)?;
        scanner.end(end)?;
        Ok(slots)
    }
}

/// What the paths found in one event.
#[derive(Clone, Debug, Default)]
pub struct Slots<'a>(Vec<Slot<'a>>);

/// What one path found.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Slot<'a> {
    /// Nothing: the event does not hold this path.
    #[default]
    Missing,
    /// A value that is no array and no object.
    Scalar(Value<'a>),
    /// An array or object, as its JSON text.
    Subtree(&'a str),
}

impl Slot<'_> {
    /// Kind and content in the words of a message.
    pub fn describe(&self) -> String {
        match self {
            Slot::Missing => "nothing".to_owned(),
            Slot::Scalar(value) => value.describe(),
            Slot::Subtree(text) if text.starts_with('[') => "an array".to_owned(),
            Slot::Subtree(_) => "an object".to_owned(),
        }
    }
}

impl<'a> Slots<'a> {
    /// What the path of `id` found.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn slot(&self, id: SlotId) -> &Slot<'a> {
        self.0.get(id.0 as usize).unwrap_or(&Slot::Missing)
    }

    /// The value at the path of `id`, parsed when it is an array or object.
    ///
    /// # Errors
    /// When an array or object holds an escape that is no character, or nests deeper than [`crate::json::MAX_DEPTH`].
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn get(&self, id: SlotId) -> Result<Option<Value<'a>>, serde_json::Error> {
        match self.slot(id) {
            Slot::Missing => Ok(None),
            Slot::Scalar(value) => Ok(Some(value.clone())),
            Slot::Subtree(text) => Value::parse(text).map(Some),
        }
    }

    /// The text of a string at the path of `id`.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn text(&self, id: SlotId) -> Option<&str> {
        match self.slot(id) {
            Slot::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }
}

/// One document on its way into the slots.
struct Read<'r, 's, 'a> {
    reader: &'r Reader,
    slots: &'s mut [Slot<'a>],
}

impl<'a> Read<'_, '_, 'a> {
    /// Reads the value at `at`, and gives the place behind it.
    #[cfg_attr(target_family = "wasm", inline)]
    fn value(
        &mut self,
        node: &Node,
        scanner: &mut Scanner<'a>,
        at: usize,
    ) -> Result<usize, serde_json::Error> {
        // A key that comes again replaces all that its earlier value gave.
        for &slot in &node.below {
            self.slots[slot] = Slot::Missing;
        }
        let first = scanner.byte(at);
        if node.must_be_object && !matches!(first, b'{' | b'n') {
            // What is not JSON is said to be that, and nothing else.
            scanner.skip(at)?;
            return Err(de::Error::custom("expected an object"));
        }
        let end = match first {
            b'"' => {
                let text = scanner.string(at)?;
                if let Some(slot) = node.slot {
                    self.slots[slot] = Slot::Scalar(Value::String(content(scanner.text(), text)?));
                }
                return Ok(text.end + 1);
            }
            b'{' if !node.children.is_empty() => {
                scanner.object(at, |scanner, key, at| {
                    match node.key(scanner.text(), key)? {
                        Some(child) => self.value(&self.reader.nodes[child], scanner, at),
                        None => scanner.skip(at),
                    }
                })?
            }
            b'[' if node.has_indexes => {
                scanner.array(at, |scanner, index, at| match node.index(index) {
                    Some(child) => self.value(&self.reader.nodes[child], scanner, at),
                    None => scanner.skip(at),
                })?
            }
            _ => scanner.skip(at)?,
        };
        if let Some(slot) = node.slot {
            let text = &scanner.text()[at..end];
            self.slots[slot] = match first {
                b'{' | b'[' => Slot::Subtree(text),
                _ => Slot::Scalar(Value::scalar(first, text)),
            };
        }
        Ok(end)
    }
}

impl<'a> Slots<'a> {
    /// Slots that hold the values at `paths` in `document`, for callers that hold a [`Value`] and no text.
    pub fn of(paths: &Paths, document: &'a Value<'_>) -> Slots<'a> {
        Slots(
            paths
                .slots
                .iter()
                .map(|path| match walk(document, path) {
                    None => Slot::Missing,
                    Some(Value::String(text)) => Slot::Scalar(Value::String(Cow::Borrowed(text))),
                    Some(value) => Slot::Scalar(value.borrowed()),
                })
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn read(paths: &[&str], text: &str) -> Vec<Option<String>> {
        let mut all = Paths::new();
        let ids: Vec<SlotId> = paths
            .iter()
            .map(|path| {
                all.slot(
                    &path
                        .split('.')
                        .filter(|s| !s.is_empty())
                        .map(Segment::new)
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        let slots = all.reader().read(text).unwrap();
        ids.into_iter()
            .map(|id| slots.get(id).unwrap().map(|value| value.to_json()))
            .collect()
    }

    #[test]
    fn one_pass_finds_scalars_subtrees_elements_and_the_whole() {
        let text = r#"{"a":{"b":[1,{"c":"x"}],"d":null},"e":1.50,"a.b":true}"#;
        assert_eq!(
            read(
                &["a.b.1.c", "a", "a.d", "e", "", "a.b.2", "e.f", "a.b.0"],
                text
            ),
            [
                Some(r#""x""#.to_owned()),
                Some(r#"{"b":[1,{"c":"x"}],"d":null}"#.to_owned()),
                Some("null".to_owned()),
                Some("1.50".to_owned()),
                Some(text.to_owned()),
                None,
                None,
                Some("1".to_owned()),
            ]
        );
    }

    #[test]
    fn a_key_that_comes_again_replaces_all_of_its_earlier_value() {
        assert_eq!(
            read(&["a.b", "a.c"], r#"{"a":{"b":1},"a":{"c":2}}"#),
            [None, Some("2".to_owned())]
        );
        assert_eq!(read(&["a.b"], r#"{"a":{"b":1},"a":0}"#), [None]);
        assert_eq!(
            read(&["a", "a.b"], r#"{"a":{"b":1},"a":"x"}"#),
            [Some("\"x\"".to_owned()), None]
        );
    }

    #[test]
    fn numbers_as_keys_and_as_indexes() {
        assert_eq!(
            read(&["a.0", "a.01"], r#"{"a":{"0":"x","01":"y"}}"#),
            [Some("\"x\"".into()), Some("\"y\"".into())]
        );
        assert_eq!(
            read(&["a.0", "a.01"], r#"{"a":["x","y"]}"#),
            [Some("\"x\"".into()), None]
        );
    }

    #[test]
    fn the_text_of_numbers_and_subtrees_is_kept_wherever_they_stand() {
        let text = "  { \"a\" : 1.10 , \"b\"\n:\t[ \"]\\\"\" , {\"c\":-0} ] ,\"\\u0064\":{\"x\":[]},\"e\":1e999, \"f\":2}";
        assert_eq!(
            read(&["a", "b", "b.1.c", "d", "d.x", "e", "f"], text),
            [
                Some("1.10".to_owned()),
                Some(r#"["]\"",{"c":-0}]"#.to_owned()),
                Some("-0".to_owned()),
                Some(r#"{"x":[]}"#.to_owned()),
                Some("[]".to_owned()),
                Some("1e999".to_owned()),
                Some("2".to_owned()),
            ]
        );
        assert_eq!(
            read(&["a.b", "c"], r#"{"a":1e999,"c":3}"#),
            [None, Some("3".to_owned())]
        );
    }

    /// What reading finds, and what walking the whole document finds.
    fn both(paths: &Paths, text: &str) -> [Vec<Option<String>>; 2] {
        let document = Value::parse(text).unwrap();
        [
            paths.reader().read(text).unwrap(),
            Slots::of(paths, &document),
        ]
        .map(|slots| {
            (0..paths.slots.len() as u32)
                .map(|id| slots.get(SlotId(id)).unwrap().map(|value| value.to_json()))
                .collect()
        })
    }

    fn some_paths() -> Paths {
        let mut paths = Paths::new();
        for path in [
            "a",
            "a.b",
            "a.b.c",
            "a.0",
            "d",
            "e.f",
            "long_key_1.b",
            "long_key_2",
            "0",
            "longkeys",
        ] {
            paths.slot(&path.split('.').map(Segment::new).collect::<Vec<_>>());
        }
        paths.slot(&[]);
        paths.slot(&[Segment::new("")]);
        paths
    }

    #[test]
    fn reading_finds_what_walking_finds() {
        for text in [
            r#"{"a":{"b":{"c":1.50}},"d":[1,2],"e":{"f":"g\n"}}"#,
            r#"{"a":[{"b":1},2],"d":null,"e":{"f":true}}"#,
            r#"{"a":"x","a":{"b":2},"\u0064":[],"e":[{"f":1}]}"#,
            r#"{"long_key_1":{"b":1},"long_key_2":2,"long_key_3":3,"longkeys":4,"longkey":5}"#,
            r#"{"long_\u006bey_2":1,"":2,"\u0000":3,"a\u0000":4}"#,
            "[]",
            "[7]",
            "3",
        ] {
            let [read, walked] = both(&some_paths(), text);
            assert_eq!(read, walked, "{text}");
        }
    }

    fn json() -> impl Strategy<Value = String> {
        let key = select(
            &[
                "a",
                "b",
                "c",
                "d",
                "e",
                "f",
                "0",
                "",
                "long_key_1",
                "long_key_2",
                "long_key_3",
            ][..],
        );
        let leaf = select(
            &[
                "null",
                "true",
                "-1.50",
                "1e999",
                r#""x""#,
                r#""\u00e9\n""#,
                "0",
            ][..],
        );
        leaf.prop_map(str::to_owned)
            .prop_recursive(4, 24, 5, move |inner| {
                prop_oneof![
                    vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
                    vec((key.clone(), inner), 0..5).prop_map(|members| {
                        let members = members.iter().map(|(k, v)| format!("\"{k}\" :{v}"));
                        format!("{{{}}}", members.collect::<Vec<_>>().join("\n,"))
                    }),
                ]
            })
    }

    proptest! {
        #[test]
        fn reading_any_document_finds_what_walking_it_finds(text in json()) {
            let [read, walked] = both(&some_paths(), &text);
            prop_assert_eq!(read, walked);
        }
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        for text in ["", "{", "{\"a\":}", "{} x", "{\"a\":\"\\ud800\"}"] {
            let mut paths = Paths::new();
            paths.slot(&[Segment::new("a")]);
            assert!(paths.reader().read(text).is_err(), "{text}");
        }
    }
}
