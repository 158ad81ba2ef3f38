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
}

impl Node {
    fn key(&self, key: &str) -> Option<usize> {
        self.children
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
        let mut slots = Slots(vec![Slot::Missing; self.slots]);
        let mut deserializer = serde_json::Deserializer::from_str(text);
        Visit {
            reader: self,
            node: 0,
            slots: &mut slots.0,
        }
        .deserialize(&mut deserializer)?;
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

struct Visit<'r, 's, 'a> {
    reader: &'r Reader,
    node: usize,
    slots: &'s mut [Slot<'a>],
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Visit<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let node = &self.reader.nodes[self.node];
        // A key that comes again replaces all that its earlier value gave.
        for &slot in &node.below {
            self.slots[slot] = Slot::Missing;
        }
        let Some(slot) = node.slot else {
            return deserializer.deserialize_any(self);
        };
        let raw: &'de RawValue = serde::Deserialize::deserialize(deserializer)?;
        let raw = raw.get();
        if node.must_be_object && !raw.starts_with(['{', 'n']) {
            return Err(de::Error::custom("expected an object"));
        }
        self.slots[slot] = match raw.as_bytes().first() {
            Some(b'[' | b'{') => {
                if !node.children.is_empty() {
                    let mut deserializer = serde_json::Deserializer::from_str(raw);
                    (&mut deserializer)
                        .deserialize_any(Visit {
                            slots: &mut *self.slots,
                            ..self
                        })
                        .map_err(de::Error::custom)?;
                }
                Slot::Subtree(raw)
            }
            _ => Slot::Scalar(Value::from_raw(raw, 0).map_err(de::Error::custom)?),
        };
        Ok(())
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Visit<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let node = &self.reader.nodes[self.node];
        while let Some(child) = map.next_key_seed(Find(node))? {
            match child {
                Some(node) => map.next_value_seed(Visit {
                    reader: self.reader,
                    node,
                    slots: &mut *self.slots,
                })?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let node = &self.reader.nodes[self.node];
        self.scalar()?;
        for index in 0.. {
            let found = match node.index(index) {
                Some(node) => seq.next_element_seed(Visit {
                    reader: self.reader,
                    node,
                    slots: &mut *self.slots,
                })?,
                None => seq.next_element::<IgnoredAny>()?.map(drop),
            };
            if found.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        self.scalar()
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        self.scalar()
    }
}

impl Visit<'_, '_, '_> {
    /// Something that has no keys stands where this node's paths go on.
    fn scalar<E: de::Error>(&self) -> Result<(), E> {
        if self.reader.nodes[self.node].must_be_object {
            Err(E::custom("expected an object"))
        } else {
            Ok(())
        }
    }
}

/// Reads a key and gives the child it leads to, without allocating.
struct Find<'r>(&'r Node);

impl<'de> DeserializeSeed<'de> for Find<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Find<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.key(key))
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
    fn what_is_not_json_is_an_error() {
        for text in ["", "{", "{\"a\":}", "{} x", "{\"a\":\"\\ud800\"}"] {
            let mut paths = Paths::new();
            paths.slot(&[Segment::new("a")]);
            assert!(paths.reader().read(text).is_err(), "{text}");
        }
    }
}
