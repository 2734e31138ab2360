//! A column that is being filled.

use crate::raw::{MISSING, RawColumn};
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// The place of a text in [`Growing`]: its number, and its hash, so that a growing table need not
/// look at the texts again.
#[derive(Clone, Copy)]
struct Slot {
    code: u32,
    hash: u32,
}

/// Spreads 32 bits over the 64 that the table takes its index and its tag from.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A column that is being filled.
#[derive(Default)]
pub(super) struct Growing {
    pub(super) raw: RawColumn,
    /// Finds the number of a text.
    slots: HashTable<Slot>,
}

impl Growing {
    /// Bytes that it takes in memory as a column of `rows` cells.
    pub(super) fn bytes(&self, rows: usize) -> usize {
        let cells = self.raw.codes.capacity().max(rows);
        self.raw.texts.bytes() + 4 * cells + 9 * self.slots.capacity()
    }

    /// The number of `text`, unless there is no room for it.
    pub(super) fn code(&mut self, text: &str, hasher: &DefaultHashBuilder) -> Option<u32> {
        let texts = &mut self.raw.texts;
        // Neighbouring rows often agree, and comparing is cheaper than hashing.
        if let Some(&last) = self.raw.codes.last()
            && last != MISSING
            && texts.get(last) == text
        {
            return Some(last);
        }
        let hash = (hasher.hash_one(text) >> 32) as u32;
        let same = |slot: &Slot| slot.hash == hash && texts.get(slot.code) == text;
        let rehash = |slot: &Slot| spread(slot.hash);
        match self.slots.entry(spread(hash), same, rehash) {
            Entry::Occupied(entry) => Some(entry.get().code),
            Entry::Vacant(entry) => {
                let code = texts.add(text)?;
                entry.insert(Slot { code, hash });
                Some(code)
            }
        }
    }
}
