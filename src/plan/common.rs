//! The most common of many texts, in little memory.
//!
//! This is the space-saving method of Metwally, Agrawal and El Abbadi: so many texts are counted; a new one takes the
//! place of the rarest and inherits its count. A text that makes up more than its share of all is never lost, however
//! late it comes, and by how much a count may be too high is known.

use std::collections::HashMap;

use serde::Serialize;

/// How many texts are counted.
const MOST: usize = 100;

/// A text, and how often it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Frequent {
    /// The text, in short.
    pub value: String,
    /// How often it came at least.
    pub count: u64,
    /// Whether it came no more often than that.
    pub is_exact: bool,
}

/// Counts of texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Common {
    counts: HashMap<String, Count>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    /// How often it came at most.
    most: u64,
    /// By how much that may be too high.
    error: u64,
}

impl Common {
    /// Counts a text.
    pub(super) fn add(&mut self, text: &str) {
        if let Some(count) = self.counts.get_mut(text) {
            count.most += 1;
            return;
        }
        let mut inherited = 0;
        if self.counts.len() >= MOST {
            // The least text among the rarest, so that the same texts give the same counts.
            let rarest = self.counts.iter().map(|(text, count)| (count.most, text));
            if let Some((most, text)) = rarest.min().map(|(most, text)| (most, text.clone())) {
                inherited = most;
                self.counts.remove(&text);
            }
        }
        let count = Count {
            most: inherited + 1,
            error: inherited,
        };
        self.counts.insert(text.to_owned(), count);
    }

    /// The so many most common texts, the most common first.
    pub(super) fn most(&self, many: usize) -> Vec<Frequent> {
        let mut all: Vec<Frequent> = self
            .counts
            .iter()
            .map(|(text, count)| Frequent {
                value: text.clone(),
                count: count.most - count.error,
                is_exact: count.error == 0,
            })
            .collect();
        all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        all.truncate(many);
        all
    }

    /// All texts, the most common first; `None` when there were more than are counted.
    pub(super) fn all(&self) -> Option<Vec<Frequent>> {
        let all = self.most(MOST);
        all.iter().all(|one| one.is_exact).then_some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_texts_are_counted_exactly() {
        let mut common = Common::default();
        for text in ["b", "a", "b", "c", "b", "a"] {
            common.add(text);
        }
        let told = |one: &Frequent| (one.value.clone(), one.count, one.is_exact);
        let two: Vec<_> = common.most(2).iter().map(told).collect();
        assert_eq!(two, [("b".to_owned(), 3, true), ("a".to_owned(), 2, true)]);
        assert_eq!(common.all().map(|all| all.len()), Some(3));
    }

    #[test]
    fn a_common_text_is_found_among_many_also_when_it_comes_late() {
        let mut common = Common::default();
        for n in 0..20_000 {
            common.add(&format!("once {n}"));
        }
        for n in 0..2_000 {
            common.add("late");
            common.add(&format!("again {n}"));
        }
        let first = &common.most(1)[0];
        assert_eq!(first.value, "late");
        assert!(first.count <= 2_000 && first.count > 1_500, "{first:?}");
        assert_eq!(common.counts.len(), MOST);
        assert_eq!(common.all(), None);
    }
}
