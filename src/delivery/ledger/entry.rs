//! What is known of one record.

use crate::event::EventTime;

/// What is known of one record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Attio's id of the record; known means that the record exists.
    pub record_id: Option<String>,
    /// The record is known by another key: the other is where its entry is.
    pub same_as: Option<super::RecordKey>,
    /// When it was last written, in seconds since 1970.
    pub written: u32,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

/// What is known of one attribute of a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attribute {
    /// The fingerprint of its slug.
    pub slug: u64,
    /// The time of the newest event that set it.
    pub time: Option<EventTime>,
    /// The place, among all writes of this run, of the last that set it; 0 when that was in another run.
    pub order: u64,
    /// When it was last set, in seconds since 1970.
    pub written: u32,
    /// The fingerprint of the value it was set to, when it has that value still.
    pub value: Option<u64>,
    /// Values that it is known to hold, of a multi-select attribute: their fingerprints (of a reference the
    /// [member](super::RecordKey::member) of the record), and when each was written.
    pub members: Vec<(u64, u32)>,
}

/// The most members that are remembered of one attribute; the oldest are forgotten first.
const MOST_MEMBERS: usize = 4096;

impl Entry {
    /// What is known of an attribute.
    pub fn get(&self, slug: u64) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.slug == slug)
    }

    /// What is known of an attribute, to be changed.
    pub fn get_mut(&mut self, slug: u64) -> &mut Attribute {
        let at = self
            .attributes
            .iter()
            .position(|attribute| attribute.slug == slug);
        let at = at.unwrap_or_else(|| {
            self.attributes.push(Attribute {
                slug,
                ..Attribute::default()
            });
            self.attributes.len() - 1
        });
        &mut self.attributes[at]
    }

    /// Forgets everything but the event times: the record is another one, or its values may have changed.
    pub fn distrust(&mut self) {
        self.record_id = None;
        self.written = 0;
        for attribute in &mut self.attributes {
            attribute.distrust();
            attribute.members.clear();
        }
    }
}

impl Attribute {
    /// The attribute may have another value now.
    pub fn distrust(&mut self) {
        self.value = None;
        self.written = 0;
    }

    /// Whether an event of `time`, at the place `order` of this run, is older than what was written.
    pub fn is_newer_than(&self, time: Option<EventTime>, order: u64) -> bool {
        match (self.time, time) {
            (Some(written), Some(time)) if written != time => written > time,
            _ => self.order > order,
        }
    }

    /// Whether it was set to `value` and has it still, as far as is known, since `fresh_since`.
    pub fn is_unchanged(&self, value: u64, fresh_since: u32) -> bool {
        self.value == Some(value) && self.written > fresh_since
    }

    /// Whether it is known to hold a member since `fresh_since`.
    pub fn holds(&self, member: u64, fresh_since: u32) -> bool {
        self.members
            .iter()
            .any(|(known, written)| *known == member && *written > fresh_since)
    }

    /// Remembers a member.
    pub fn hold(&mut self, member: u64, now: u32) {
        self.members.retain(|(known, _)| *known != member);
        if self.members.len() >= MOST_MEMBERS {
            self.members.remove(0);
        }
        self.members.push((member, now));
    }
}

/// The bytes of an entry, little-endian: for a store on disk.
impl Entry {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + self.attributes.len() * 48);
        let id = self.record_id.as_deref().unwrap_or_default();
        bytes.push(u8::try_from(id.len()).unwrap_or(0));
        bytes.extend(&id.as_bytes()[..usize::from(bytes[0])]);
        bytes.extend(self.same_as.map_or(0, |key| key.0).to_le_bytes());
        bytes.extend(self.written.to_le_bytes());
        bytes.extend((self.attributes.len() as u32).to_le_bytes());
        for attribute in &self.attributes {
            bytes.extend(attribute.slug.to_le_bytes());
            let time = attribute.time.map_or(i64::MIN, EventTime::nanos);
            bytes.extend(time.to_le_bytes());
            bytes.extend(attribute.written.to_le_bytes());
            bytes.push(u8::from(attribute.value.is_some()));
            bytes.extend(attribute.value.unwrap_or(0).to_le_bytes());
            bytes.extend((attribute.members.len() as u32).to_le_bytes());
            for (member, written) in &attribute.members {
                bytes.extend(member.to_le_bytes());
                bytes.extend(written.to_le_bytes());
            }
        }
        bytes
    }

    /// `None` for bytes that [`Entry::encode`] did not write.
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Entry> {
        let bytes = &mut bytes;
        let [length] = take::<1>(bytes)?;
        let (id, rest) = bytes.split_at_checked(length.into())?;
        *bytes = rest;
        let mut entry = Entry {
            record_id: (length > 0)
                .then(|| String::from_utf8(id.to_vec()).ok())
                .flatten(),
            same_as: match u128::from_le_bytes(take(bytes)?) {
                0 => None,
                key => Some(super::RecordKey(key)),
            },
            written: u32::from_le_bytes(take(bytes)?),
            attributes: Vec::new(),
        };
        for _ in 0..u32::from_le_bytes(take(bytes)?) {
            let mut attribute = Attribute {
                slug: u64::from_le_bytes(take(bytes)?),
                time: match i64::from_le_bytes(take(bytes)?) {
                    i64::MIN => None,
                    nanos => Some(EventTime::from_nanos(nanos)),
                },
                order: 0,
                written: u32::from_le_bytes(take(bytes)?),
                value: None,
                members: Vec::new(),
            };
            let [known] = take::<1>(bytes)?;
            let value = u64::from_le_bytes(take(bytes)?);
            attribute.value = (known == 1).then_some(value);
            for _ in 0..u32::from_le_bytes(take(bytes)?) {
                let member = u64::from_le_bytes(take(bytes)?);
                attribute
                    .members
                    .push((member, u32::from_le_bytes(take(bytes)?)));
            }
            entry.attributes.push(attribute);
        }
        bytes.is_empty().then_some(entry)
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_from_its_bytes_and_nothing_else_does() {
        let mut entry = Entry {
            record_id: Some("891dcbfc-9141-415d-9b2a-2238a6cc012d".into()),
            same_as: Some(super::super::RecordKey(u128::MAX / 3)),
            written: 1_800_000_000,
            attributes: Vec::new(),
        };
        let name = entry.get_mut(7);
        name.time = Some(EventTime::from_nanos(-5));
        name.value = Some(99);
        name.written = 1_799_999_999;
        entry.get_mut(8).hold(3, 4);
        entry.get_mut(8).hold(5, 6);
        let bytes = entry.encode();
        assert_eq!(Entry::decode(&bytes).as_ref(), Some(&entry));
        assert_eq!(
            Entry::decode(&Entry::default().encode()),
            Some(Entry::default())
        );
        for end in 0..bytes.len() {
            assert_eq!(Entry::decode(&bytes[..end]), None, "cut at {end}");
        }
        assert_eq!(Entry::decode(&[bytes, vec![0]].concat()), None);
    }

    #[test]
    fn the_newest_event_wins_and_without_times_the_last_to_arrive() {
        let at = |nanos| Some(EventTime::from_nanos(nanos));
        let written = |time, order| Attribute {
            time,
            order,
            ..Attribute::default()
        };
        for (written, time, order, expect) in [
            (written(at(5), 1), at(4), 2, true),
            (written(at(5), 1), at(6), 2, false),
            (written(at(5), 1), at(5), 2, false),
            (written(at(5), 3), at(5), 2, true),
            (written(at(5), 3), at(6), 2, false),
            (written(None, 1), at(5), 2, false),
            (written(at(5), 1), None, 2, false),
            (written(at(5), 3), None, 2, true),
        ] {
            assert_eq!(written.is_newer_than(time, order), expect, "{written:?}");
        }
    }

    #[test]
    fn members_are_bounded_and_the_oldest_go_first() {
        let mut attribute = Attribute::default();
        for member in 0..=MOST_MEMBERS as u64 {
            attribute.hold(member, 10);
        }
        assert!(!attribute.holds(0, 0));
        assert!(attribute.holds(1, 0));
        assert!(!attribute.holds(1, 10));
        assert_eq!(attribute.members.len(), MOST_MEMBERS);
    }
}
