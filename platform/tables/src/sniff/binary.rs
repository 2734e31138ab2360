//! Files that are no text at all, by their first bytes.

use crate::refuse;
use domain::Failure;

const EXPORT: &str = "Open it in its program and save the table as CSV.";
const UNPACK: &str = "Unpack it and upload the table in it (CSV, JSON or Parquet).";
const NO_TABLE: &str = "Upload a table as CSV, JSON or Parquet.";

/// What a file is: a code, and the words for it in English.
type Kind = (&'static str, &'static str);

/// First bytes, what they are the first bytes of, and what to do.
const MAGIC: &[(&[u8], Kind, &str)] = &[
    (b"PK\x03\x04", ("file.zip_archive", "a ZIP archive"), UNPACK),
    (
        b"PK\x05\x06",
        ("file.empty_zip", "an empty ZIP archive"),
        UNPACK,
    ),
    (
        b"\xd0\xcf\x11\xe0",
        ("file.old_office", "an old Excel or Office file"),
        EXPORT,
    ),
    (b"%PDF-", ("file.pdf_document", "a PDF document"), NO_TABLE),
    (b"\x89PNG", ("file.png_image", "a PNG image"), NO_TABLE),
    (
        b"\xff\xd8\xff",
        ("file.jpeg_image", "a JPEG image"),
        NO_TABLE,
    ),
    (b"GIF8", ("file.gif_image", "a GIF image"), NO_TABLE),
    (b"BZh", ("file.bzip2_archive", "a bzip2 archive"), UNPACK),
    (b"\xfd7zXZ", ("file.xz_archive", "an xz archive"), UNPACK),
    (b"7z\xbc\xaf", ("file.seven_zip", "a 7z archive"), UNPACK),
    (b"Rar!", ("file.rar_archive", "a RAR archive"), UNPACK),
    (
        b"SQLite format 3",
        ("file.sqlite", "an SQLite database"),
        EXPORT,
    ),
    (b"\x89HDF", ("file.hdf5", "an HDF5 file"), EXPORT),
    (
        b"\x93NUMPY",
        ("file.numpy", "a NumPy array"),
        "Save it with column names as CSV or Parquet.",
    ),
    (
        b"ARROW1",
        ("file.arrow", "an Arrow (Feather) file"),
        "Save it as Parquet or CSV.",
    ),
    (
        b"Obj\x01",
        ("file.avro", "an Avro file"),
        "Save it as Parquet or CSV.",
    ),
    (
        b"ORC",
        ("file.orc", "an ORC file"),
        "Save it as Parquet or CSV.",
    ),
    (
        b"RDX",
        ("file.r_data", "an R data file"),
        "Save the data frame with `write.csv`.",
    ),
    (
        b"\x80\x04\x95",
        ("file.pickle", "a Python pickle"),
        "Save the data frame with `to_csv` or `to_parquet`.",
    ),
    (b"\x7fELF", ("file.program", "a program"), NO_TABLE),
    (
        b"<!DOCTYPE",
        ("file.web_page", "a web page"),
        "Download the table itself: a sign-in page may have been saved.",
    ),
    (
        b"<!doctype",
        ("file.web_page", "a web page"),
        "Download the table itself: a sign-in page may have been saved.",
    ),
    (
        b"<html",
        ("file.web_page", "a web page"),
        "Download the table itself: a sign-in page may have been saved.",
    ),
    (b"<?xml", ("file.xml_document", "an XML document"), NO_TABLE),
    (b"{\\rtf", ("file.rtf", "an RTF document"), NO_TABLE),
];

/// The compression whose first bytes these are.
pub(super) fn compression(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"\x1f\x8b") {
        Some("gzip")
    } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
        Some("zstd")
    } else {
        None
    }
}

/// Refuses what is known to be no table.
pub(super) fn refuse(sample: &[u8], name: &str) -> Result<(), Failure> {
    if sample.get(257..262) == Some(b"ustar") {
        return Err(refuse::binary(
            ("file.tar_archive", "a tar archive"),
            UNPACK,
        ));
    }
    if compression(sample).is_some() {
        return Err(refuse::binary(
            ("file.compressed_twice", "compressed twice"),
            "Compress it once only.",
        ));
    }
    let text = sample
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(sample)
        .trim_ascii_start();
    let known = |magic: &[u8]| sample.starts_with(magic) || text.starts_with(magic);
    let Some((magic, kind, advice)) = MAGIC.iter().find(|(magic, ..)| known(magic)) else {
        return Ok(());
    };
    // `ORC` and the like may begin a header, too; a text file has no control bytes after it.
    if magic.iter().all(u8::is_ascii_graphic)
        && magic.len() <= 4
        && !sample.iter().take(64).any(|byte| *byte < 9)
    {
        return Ok(());
    }
    let is_sheet = [".xlsx", ".xlsm", ".ods"]
        .iter()
        .any(|end| name.ends_with(end))
        || magic.starts_with(b"PK") && sample.windows(3).any(|window| window == b"xl/");
    if is_sheet {
        return Err(refuse::binary(
            ("file.spreadsheet", "an Excel or LibreOffice workbook"),
            EXPORT,
        ));
    }
    Err(refuse::binary(*kind, advice))
}

/// Refuses text with so many control characters that it cannot be one. A few NUL bytes are left
/// for the reader, which names the row.
pub(super) fn refuse_controls(text: &str) -> Result<(), Failure> {
    let (mut all, mut nul, mut control) = (0_usize, 0_usize, 0_usize);
    for character in text.chars() {
        all += 1;
        nul += usize::from(character == '\0');
        let is_layout = character.is_whitespace() || character == '\0' || character == '\u{1b}';
        control += usize::from(character.is_control() && !is_layout);
    }
    if all >= 64 && (nul * 10 > all * 3 || control * 20 > all) {
        return Err(refuse::binary(
            ("file.unknown", "a binary file of an unknown kind"),
            NO_TABLE,
        ));
    }
    Ok(())
}
