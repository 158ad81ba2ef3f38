//! Reading an event in one pass, into just the places that a configuration needs.
//!
//! [`Paths`] collects every path that the envelope, a subscription, a mapping or a field reads, and gives each a
//! [`SlotId`]. [`Reader`] is their trie. Reading walks the event's bytes once through `serde_json`, keeps what a path
//! asks for and skips the rest; [`Slots`] then answers by number.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::{MAX_DEPTH, Value};

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
            nodes[at].index_lengths();
        }
        Reader {
            nodes,
            slots: self.slots.len(),
        }
    }
}

fn node_at(nodes: &mut Vec<Node>, path: &[Segment]) -> usize {
    path.iter().fold(0, |at, segment| {
        match nodes[at].children.iter().find(|(s, _)| s == segment) {
            Some(&(_, child)) => child,
            None => {
                nodes.push(Node::default());
                let child = nodes.len() - 1;
                nodes[at].children.push((segment.clone(), child));
                child
            }
        }
    })
}

fn slots_below(nodes: &[Node], at: usize) -> Box<[usize]> {
    let mut found = Vec::new();
    for &(_, child) in &nodes[at].children {
        found.extend(nodes[child].slot);
        found.extend(slots_below(nodes, child));
    }
    found.into()
}

#[derive(Clone, Debug, Default)]
struct Node {
    children: Vec<(Segment, usize)>,
    slot: Option<usize>,
    must_be_object: bool,
    /// The slots of all paths that go on below this node.
    below: Box<[usize]>,
    /// Children are sorted by the length of their keys; those of keys of length `n` begin at `lengths[n]`.
    lengths: Box<[usize]>,
}

impl Node {
    fn index_lengths(&mut self) {
        self.children.sort_by_key(|(segment, _)| segment.key.len());
        let longest = self
            .children
            .last()
            .map_or(0, |(segment, _)| segment.key.len());
        let begin = |length| {
            self.children
                .partition_point(|(segment, _)| segment.key.len() < length)
        };
        self.lengths = (0..=longest + 1).map(begin).collect();
    }

    #[inline]
    fn key(&self, key: &str) -> Option<usize> {
        let &end = self.lengths.get(key.len() + 1)?;
        self.children[self.lengths[key.len()]..end]
            .iter()
            .find(|(segment, _)| *segment.key == *key)
            .map(|&(_, child)| child)
    }

    fn index(&self, index: usize) -> Option<usize> {
        self.children
            .iter()
            .find(|(segment, _)| segment.index == Some(index))
            .map(|&(_, child)| child)
    }
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
    /// When the text is not JSON, or a value that a path asks for holds an escape that is no character or nests deeper
    /// than [`MAX_DEPTH`].
    pub fn read<'a>(&self, text: &'a str) -> Result<Slots<'a>, serde_json::Error> {
        // The quick way refuses numbers past the range of a float, which are valid JSON.
        self.pass(text, true).or_else(|_| self.pass(text, false))
    }

    fn pass<'a>(&self, text: &'a str, quick: bool) -> Result<Slots<'a>, serde_json::Error> {
        let mut slots = Slots((0..self.slots).map(|_| Slot::Missing).collect());
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let visit = Visit {
            reader: self,
            node: 0,
            slots: &mut slots.0,
            text,
            start: quick.then(|| text.len() - text.trim_ascii_start().len()),
            quick,
        };
        visit.deserialize(&mut deserializer)?;
        deserializer.end()?;
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
    pub fn slot(&self, id: SlotId) -> &Slot<'a> {
        self.0.get(id.0 as usize).unwrap_or(&Slot::Missing)
    }

    /// The value at the path of `id`, parsed when it is an array or object.
    ///
    /// # Errors
    /// When an array or object holds an escape that is no character, or nests deeper than [`MAX_DEPTH`].
    pub fn get(&self, id: SlotId) -> Result<Option<Value<'a>>, serde_json::Error> {
        match self.slot(id) {
            Slot::Missing => Ok(None),
            Slot::Scalar(value) => Ok(Some(value.clone())),
            Slot::Subtree(text) => Value::from_raw(text, MAX_DEPTH).map(Some),
        }
    }

    /// The text of a string at the path of `id`.
    pub fn text(&self, id: SlotId) -> Option<&str> {
        match self.slot(id) {
            Slot::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }
}

/// One value of the document on its way into the slots.
///
/// `serde_json` gives strings as they are, but numbers without their text, and arrays and objects without theirs. The
/// quick way takes those texts from the document itself: a value starts behind its key, whose place is known because
/// the key is borrowed. Where it is not (elements of arrays, keys with escapes), the value is read as a [`RawValue`].
struct Visit<'r, 's, 'a> {
    reader: &'r Reader,
    node: usize,
    slots: &'s mut [Slot<'a>],
    text: &'a str,
    /// Where the value starts in `text`.
    start: Option<usize>,
    quick: bool,
}

impl<'r, 'a> Visit<'r, '_, 'a> {
    fn node(&self) -> &'r Node {
        &self.reader.nodes[self.node]
    }

    fn child(&mut self, node: usize, start: Option<usize>) -> Visit<'r, '_, 'a> {
        Visit {
            reader: self.reader,
            node,
            slots: &mut *self.slots,
            text: self.text,
            start,
            quick: self.quick,
        }
    }

    /// Keeps a value that is no array and no object.
    fn keep<E: de::Error>(self, value: impl FnOnce() -> Value<'a>) -> Result<(), E> {
        let node = self.node();
        if node.must_be_object {
            return Err(E::custom("expected an object"));
        }
        if let Some(slot) = node.slot {
            self.slots[slot] = Slot::Scalar(value());
        }
        Ok(())
    }

    fn keep_number<E: de::Error>(self) -> Result<(), E> {
        let rest = &self.text[self.start.unwrap_or(self.text.len())..];
        let number =
            |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        let end = rest
            .bytes()
            .position(|byte| !number(byte))
            .unwrap_or(rest.len());
        self.keep(|| Value::Number(Cow::Borrowed(&rest[..end])))
    }

    /// Keeps the text of an array or object that was just read.
    fn keep_subtree(&mut self) {
        if let (Some(slot), Some(start)) = (self.node().slot, self.start) {
            let rest = &self.text[start..];
            self.slots[slot] = Slot::Subtree(&rest[..subtree_end(rest)]);
        }
    }
}

/// The length of the array or object, known to be valid, that `text` begins with.
fn subtree_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            b'"' => {
                while let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[at..]) {
                    let quote = bytes[at + found] == b'"';
                    at += found + if quote { 1 } else { 2 };
                    if quote {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    bytes.len()
}

/// Where the value behind a key starts, when the key is the text that ends at `key_end` in the document.
fn value_start(text: &str, key_end: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = key_end + 1;
    let space = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_whitespace);
    while space(at) {
        at += 1;
    }
    at += usize::from(bytes.get(at) == Some(&b':'));
    while space(at) {
        at += 1;
    }
    (at < bytes.len()).then_some(at)
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Visit<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        let node = self.node();
        // A key that comes again replaces all that its earlier value gave.
        for &slot in &node.below {
            self.slots[slot] = Slot::Missing;
        }
        if self.quick && (node.slot.is_none() || self.start.is_some()) {
            return deserializer.deserialize_any(self);
        }
        let raw: &'de RawValue = serde::Deserialize::deserialize(deserializer)?;
        let raw = raw.get();
        if node.must_be_object && !raw.starts_with(['{', 'n']) {
            return Err(de::Error::custom("expected an object"));
        }
        let container = raw.starts_with(['{', '[']);
        if container && !node.children.is_empty() {
            self.text = raw;
            self.start = self.quick.then_some(0);
            let mut deserializer = serde_json::Deserializer::from_str(raw);
            let below = Visit {
                slots: &mut *self.slots,
                ..self
            };
            (&mut deserializer)
                .deserialize_any(below)
                .map_err(de::Error::custom)?;
        }
        if let Some(slot) = node.slot {
            self.slots[slot] = if container {
                Slot::Subtree(raw)
            } else {
                Slot::Scalar(Value::from_raw(raw, 0).map_err(de::Error::custom)?)
            };
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Visit<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let node = self.node();
        let base = self.text.as_ptr() as usize;
        while let Some(found) = map.next_key_seed(Find { node, base })? {
            match found {
                Some((child, key_end)) => {
                    let start = key_end
                        .filter(|_| self.quick)
                        .and_then(|end| value_start(self.text, end));
                    map.next_value_seed(self.child(child, start))?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.keep_subtree();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let node = self.node();
        if node.must_be_object {
            return Err(de::Error::custom("expected an object"));
        }
        for index in 0.. {
            let found = match node.index(index) {
                Some(child) => seq.next_element_seed(self.child(child, None))?,
                None => seq.next_element::<IgnoredAny>()?.map(drop),
            };
            if found.is_none() {
                break;
            }
        }
        self.keep_subtree();
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        if let Some(slot) = self.node().slot {
            self.slots[slot] = Slot::Scalar(Value::Null);
        }
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.keep(|| Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        self.keep_number()
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        self.keep_number()
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        self.keep_number()
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<(), E> {
        self.keep(|| Value::String(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.keep(|| Value::String(Cow::Owned(text.to_owned())))
    }
}

/// Reads a key and gives the child it leads to, without allocating, and where the key ends in the document when it
/// stands there as it is.
struct Find<'r> {
    node: &'r Node,
    /// The address of the document's first byte.
    base: usize,
}

impl<'de> DeserializeSeed<'de> for Find<'_> {
    type Value = Option<(usize, Option<usize>)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Find<'_> {
    type Value = Option<(usize, Option<usize>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        let end = || (key.as_ptr() as usize + key.len()).checked_sub(self.base);
        Ok(self.node.key(key).map(|child| (child, end())))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.node.key(key).map(|child| (child, None)))
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

    #[test]
    fn both_ways_of_reading_find_the_same() {
        let mut paths = Paths::new();
        for path in ["a", "a.b", "a.b.c", "a.0", "d", "e.f"] {
            paths.slot(&path.split('.').map(Segment::new).collect::<Vec<_>>());
        }
        let reader = paths.reader();
        for text in [
            r#"{"a":{"b":{"c":1.50}},"d":[1,2],"e":{"f":"g\n"}}"#,
            r#"{"a":[{"b":1},2],"d":null,"e":{"f":true}}"#,
            r#"{"a":"x","a":{"b":2},"\u0064":[],"e":[{"f":1}]}"#,
            "[]",
            "3",
        ] {
            let quick = reader.pass(text, true).unwrap();
            assert_eq!(quick.0, reader.pass(text, false).unwrap().0, "{text}");
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
