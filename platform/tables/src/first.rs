//! The first rows of a file, for eyes.

use crate::limits::Limits;
use crate::raw::RawTable;
use crate::read::read_in_parts;
use crate::sniff::Sniffed;
use domain::Failure;
use domain::dataset::FirstRows;
use std::path::Path;

/// A longer cell is cut.
const LONGEST_CELL: usize = 1_000;
/// What a cell takes beside its text.
const CELL: usize = 24;

impl RawTable {
    /// The first `rows` rows, fewer where they take more than `bytes`; one at least.
    #[must_use]
    pub fn first_rows(&self, rows: usize, bytes: usize) -> FirstRows {
        let mut left = bytes;
        let mut first = FirstRows {
            columns: self.names().to_vec(),
            rows: Vec::new(),
        };
        for row in 0..rows.min(self.rows()) {
            let cells = self.columns().iter().map(|column| column.get(row).map(cut));
            let cells: Vec<Option<String>> = cells.collect();
            let sizes = cells
                .iter()
                .map(|cell| cell.as_ref().map_or(0, String::len));
            let size = sizes.sum::<usize>() + CELL * cells.len();
            if size > left && row > 0 {
                break;
            }
            left = left.saturating_sub(size);
            first.rows.push(cells);
        }
        first
    }
}

/// The first rows of the file at `path`, which is read no further where its format allows that. A
/// file that is cut off has those that lie whole before the cut.
///
/// # Errors
/// As [`read`](crate::read).
pub fn first_rows(
    path: &Path,
    sniffed: &Sniffed,
    limits: &Limits,
    rows: usize,
    bytes: usize,
) -> Result<FirstRows, Failure> {
    let mut first = None;
    let ended = read_in_parts(path, sniffed, limits, rows, &mut |table| {
        first = Some(table.first_rows(rows, bytes));
        // The first part is enough; refusing it is how reading is ended.
        Err(Failure::internal("enough rows"))
    });
    match (first, ended) {
        (Some(first), _) => Ok(first),
        (None, Err(failure)) => Err(failure),
        (None, Ok(_)) => Ok(FirstRows::default()),
    }
}

fn cut(cell: &str) -> String {
    match cell.char_indices().nth(LONGEST_CELL) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn table(text: &str) -> (tempfile::NamedTempFile, Sniffed) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let sniffed = crate::sniff(file.path(), "a.csv").unwrap();
        (file, sniffed)
    }

    #[test]
    fn a_file_that_is_cut_off_still_shows_its_first_rows() {
        let (_, sniffed) = table("a,b\n1,x\n2,y\n");
        let (file, _) = table("a,b\n1,x\n2,\n3,\"cut");
        let first = first_rows(file.path(), &sniffed, &Limits::default(), 2, 1_000).unwrap();
        assert_eq!(first.columns, ["a", "b"]);
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(first.rows, [[text("1"), text("x")], [text("2"), None]]);
    }

    #[test]
    fn rows_that_take_too_much_are_left_out_and_long_cells_cut() {
        let long = "é".repeat(2_000);
        let (file, sniffed) = table(&format!("a,b\n{long},1\n{long},2\n{long},3\n"));
        let limits = Limits::default();
        let first = |bytes| {
            first_rows(file.path(), &sniffed, &limits, 9, bytes)
                .unwrap()
                .rows
        };
        let cell = first(1_000_000)[0][0].clone().unwrap();
        assert_eq!(cell.chars().count(), LONGEST_CELL + 1);
        assert_eq!(first(1_000_000).len(), 3);
        assert_eq!(first(5_000).len(), 2);
        assert_eq!(first(1).len(), 1);
    }
}
