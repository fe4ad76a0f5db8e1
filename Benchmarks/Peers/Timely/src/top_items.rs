//! The items ordered most, kept while counts grow: highest count first, then lowest item.

const PLACES: usize = 100;

#[derive(Default)]
pub struct TopItems {
    entries: Vec<(u32, u64)>,
    /// Place of the entry that ranks lowest, once the list is full.
    lowest: usize,
}

fn ranks_above(one: (u32, u64), other: (u32, u64)) -> bool {
    one.1 > other.1 || (one.1 == other.1 && one.0 < other.0)
}

impl TopItems {
    /// Takes the new count of an item, higher than any before it for that item.
    #[inline]
    pub fn take(&mut self, item: u32, count: u64) {
        let record = (item, count);
        // An item on the list had at least the lowest count before: it ranks above it now.
        if self.entries.len() == PLACES && !ranks_above(record, self.entries[self.lowest]) {
            return;
        }
        self.place(record);
    }

    fn place(&mut self, record: (u32, u64)) {
        let found = self.entries.iter().position(|entry| entry.0 == record.0);
        let stale = match found {
            Some(place) => {
                self.entries[place] = record;
                place == self.lowest
            }
            None if self.entries.len() < PLACES => {
                self.entries.push(record);
                true
            }
            None => {
                self.entries[self.lowest] = record;
                true
            }
        };
        if stale && self.entries.len() == PLACES {
            self.lowest = (1..PLACES).fold(0, |lowest, place| {
                if ranks_above(self.entries[lowest], self.entries[place]) { place } else { lowest }
            });
        }
    }

    /// The best of several lists of different items.
    pub fn merged<'a>(lists: impl Iterator<Item = &'a TopItems>) -> Vec<(u32, u64)> {
        let mut all: Vec<_> = lists.flat_map(|list| list.entries.iter().copied()).collect();
        all.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
        all.truncate(PLACES);
        all
    }
}
