//! What the tests share.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and stops at the first surprise"
)]

use domain::Failure;
use domain::profile::Profile;
use ml::table::Table;
use std::io::Write;
use std::path::{Path, PathBuf};
use tables::{Limits, RawTable, Sniffed};

/// A temporary file with these bytes.
pub fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    file
}

/// One of the repository's own tables.
pub fn dataset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../datasets")
        .join(name)
}

/// Sniffs and reads a file.
pub fn load(path: &Path, name: &str) -> Result<(Sniffed, RawTable), Failure> {
    let sniffed = tables::sniff(path, name)?;
    let raw = tables::read(path, &sniffed, &Limits::default())?;
    Ok((sniffed, raw))
}

/// Sniffs and reads bytes.
pub fn load_bytes(bytes: &[u8], name: &str) -> Result<(Sniffed, RawTable), Failure> {
    load(file(bytes).path(), name)
}

/// The profile of bytes that can be read.
pub fn profile_of(text: &str) -> Profile {
    let (_, raw) = load_bytes(text.as_bytes(), "file.csv").unwrap();
    tables::profile(&raw)
}

/// Every column of a table, typed as its own profile says.
pub fn all_typed(raw: &RawTable) -> Table {
    tables::typed(raw, &tables::profile(raw), raw.names())
}

/// Text in UTF-16, which `encoding_rs` only decodes.
pub fn utf16(text: &str, little_endian: bool, mark: bool) -> Vec<u8> {
    let units = mark
        .then_some(0xfeff)
        .into_iter()
        .chain(text.encode_utf16());
    let bytes = |unit: u16| {
        if little_endian {
            unit.to_le_bytes()
        } else {
            unit.to_be_bytes()
        }
    };
    units.flat_map(bytes).collect()
}

/// Gzip of `bytes`.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A NaN-tolerant comparison of typed tables.
pub fn assert_same_table(a: &Table, b: &Table) {
    use ml::table::Column;
    assert_eq!(a.names, b.names);
    for ((name, a), b) in a.names.iter().zip(&a.columns).zip(&b.columns) {
        match (a, b) {
            (Column::Numeric(a), Column::Numeric(b)) => {
                let bits = |v: &f64| if v.is_nan() { u64::MAX } else { v.to_bits() };
                let a: Vec<u64> = a.iter().map(bits).collect();
                let b: Vec<u64> = b.iter().map(bits).collect();
                assert_eq!(a, b, "{name}");
            }
            _ => assert_eq!(a, b, "{name}"),
        }
    }
}

/// The most memory this process ever held, in MiB (Linux only; elsewhere nothing is measured).
pub fn peak_mib() -> u64 {
    status_mib("VmHWM:")
}

/// What this process holds beyond what it held before, at most, while it does `work`; in MiB.
pub fn peak_of(work: impl FnOnce()) -> u64 {
    // Linux takes the peak back to what is held now; where it does not, the test is stricter.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = status_mib("VmRSS:");
    work();
    peak_mib().saturating_sub(before)
}

fn status_mib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
