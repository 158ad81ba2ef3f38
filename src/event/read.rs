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
            let node = &mut nodes[at];
            node.is_leaf = below.is_empty() && !node.must_be_object;
            node.bit = 1 << (at % u64::BITS as usize);
            node.below = below;
            node.index_children();
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
                    ends: ends(segment.key().as_bytes(), 0, segment.key().len())
                        .expect("OK because these bytes are there"),
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
    /// Whether no path goes on below this node, and its value may be of any kind.
    is_leaf: bool,
    /// Tells whether the node has been entered before; several may share one.
    bit: u64,
    /// The slots of all paths that go on below this node.
    below: Box<[usize]>,
    /// Children are sorted by the length of their keys; those of keys of length `n` begin at `begins[n]`.
    begins: Box<[usize]>,
    /// Bit `n` says whether there are any of length `n`, and the last whether there are longer ones.
    lengths: u64,
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
        self.begins = (0..=longest + 1).map(begin).collect();
        let lengths = self.children.iter().map(length);
        self.lengths = lengths.fold(0, |lengths, length| lengths | bit_of(length));
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
        // Of most keys that nothing reads their length says so.
        match self.lengths & bit_of(end - start) {
            0 => None,
            _ => self.find(text, start, end),
        }
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn find(&self, text: &str, start: usize, end: usize) -> Option<usize> {
        let length = end - start;
        let (&first, &behind) = (self.begins.get(length)?, self.begins.get(length + 1)?);
        let ends = ends(text.as_bytes(), start, end)?;
        let is_key = |child: &&Child| {
            child.ends == ends && (length <= 2 * WORD || child.is_key(text, start, end))
        };
        let children = self.children.get(first..behind)?;
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

impl Child {
    /// Few keys are longer than their ends.
    #[inline(never)]
    fn is_key(&self, text: &str, start: usize, end: usize) -> bool {
        text.get(start..end) == Some(&self.segment.key)
    }
}

/// The bit of a length in [`Node::lengths`].
#[inline]
fn bit_of(length: usize) -> u64 {
    1 << length.min(u64::BITS as usize - 1)
}

const WORD: usize = size_of::<u64>();

/// The first and the last eight bytes of `text[start..end]`, which are all there is of most keys.
#[inline]
fn ends(text: &[u8], start: usize, end: usize) -> Option<[u64; 2]> {
    let word = |at: usize| {
        let bytes = text.get(at..).and_then(<[u8]>::first_chunk);
        bytes.map(|bytes| u64::from_le_bytes(*bytes))
    };
    let length = end - start;
    if length >= WORD {
        return Some([word(start)?, word(end - WORD)?]);
    }
    let short = match word(start) {
        Some(word) => word & ((1 << (8 * length)) - 1),
        None => short(text.get(start..end)?),
    };
    Some([short, 0])
}

/// A key of less than eight bytes that stands at the end of its text.
#[cold]
fn short(key: &[u8]) -> u64 {
    let bytes = key.iter().rev();
    bytes.fold(0, |word, byte| word << 8 | u64::from(*byte))
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
            entered: 0,
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
    /// The bits of the nodes that have been entered.
    entered: u64,
}

impl<'a> Read<'_, '_, 'a> {
    /// Reads the value at `at`, and gives the place behind it.
    #[inline(always)]
    fn value(
        &mut self,
        node: &Node,
        scanner: &mut Scanner<'a>,
        at: usize,
    ) -> Result<usize, serde_json::Error> {
        // Most values are strings, and most paths end at them.
        if node.is_leaf && scanner.byte(at) == b'"' {
            return self.string(node, scanner, at);
        }
        self.any_value(node, scanner, at)
    }

    #[inline]
    fn string(
        &mut self,
        node: &Node,
        scanner: &mut Scanner<'a>,
        at: usize,
    ) -> Result<usize, serde_json::Error> {
        let text = scanner.string(at)?;
        if let Some(slot) = node.slot {
            self.slots[slot] = Slot::Scalar(Value::String(content(scanner.text(), text)?));
        }
        Ok(text.end + 1)
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn any_value(
        &mut self,
        node: &Node,
        scanner: &mut Scanner<'a>,
        at: usize,
    ) -> Result<usize, serde_json::Error> {
        if !node.is_leaf {
            // A key that comes again replaces all that its earlier value gave.
            if self.entered & node.bit != 0 {
                for &slot in &node.below {
                    self.slots[slot] = Slot::Missing;
                }
            }
            self.entered |= node.bit;
        }
        let first = scanner.byte(at);
        if node.must_be_object && !matches!(first, b'{' | b'n') {
            // What is not JSON is said to be that, and nothing else.
            scanner.skip(at)?;
            return Err(de::Error::custom("expected an object"));
        }
        let end =
            match first {
                b'"' => return self.string(node, scanner, at),
                b'{' if !node.children.is_empty() => scanner.object(at, |scanner, key, at| {
                    match node.key(scanner.text(), key)? {
                        Some(child) => self.value(&self.reader.nodes[child], scanner, at),
                        None => scanner.skip(at),
                    }
                })?,
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
mod tests;
