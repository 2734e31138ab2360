//! Odd files over HTTP: what is no table is refused in words that help, what was cut off leaves
//! nothing behind, and tables in odd clothes are read. The site outlives them all.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};
use system_tests::{Client, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What is sent.
enum Sent {
    /// All of it.
    Whole(Vec<u8>),
    /// One line of so many bytes, made while it is sent.
    OneLine(u64),
    /// These bytes of a file that was said to have so many; then the line is cut.
    Cut(&'static [u8], u64),
}
use Sent::{Cut, OneLine, Whole};

/// A file that must not become a model.
struct Bad {
    case: &'static str,
    file: &'static str,
    sent: Sent,
    /// The column to predict, where the file itself can be read.
    target: Option<&'static str>,
    code: &'static str,
    /// What the message has to say: the place, and what to do.
    words: &'static [&'static str],
}

/// A table that must be read.
struct Good {
    case: &'static str,
    file: &'static str,
    bytes: Vec<u8>,
    rows: u64,
    /// Names and kinds.
    columns: &'static [(&'static str, &'static str)],
    /// The largest value of the first numeric column: it shows that numbers were read as such.
    largest: f64,
    /// What the profile has to warn of.
    warning: Option<&'static str>,
}

#[rustfmt::skip] // a table reads best as one
fn bad() -> Vec<Bad> {
    let text = |text: &str| Whole(text.as_bytes().to_vec());
    let bad = |case, file, sent, target, code, words| Bad { case, file, sent, target, code, words };
    vec![
        bad("nothing", "empty.csv", text(""), None, "dataset.empty", &["file is empty", "Upload"]),
        bad("only a header", "header.csv", text("size,target\n"), None, "dataset.header_only", &["header of 2 columns", "Add the rows"]),
        bad("too many values in a row", "ragged.csv", text("a,target\n1,yes\n2,no,3\n4,yes\n"), None,
            "dataset.ragged_row", &["Row 2 (line 3)", "3 values", "Correct"]),
        bad("a quote that stays open", "quotes.csv", text("a,target\n1,x\n2,\"y\n3,z\n"), None,
            "dataset.broken_quotes", &["row 2 (line 3)", "Close it"]),
        bad("a NUL byte", "nul.csv", text("a,target\n1,yes\n2,\0\n"), None,
            "dataset.nul_byte", &["Row 2 (line 3)", "`target`", "Export it again"]),
        bad("JSON that is no table", "numbers.json", text("[1, 2, 3]"), None,
            "dataset.json_shape", &["JSON", "row 1", "Use a list of records"]),
        bad("gzip that ends too early", "half.csv.gz", Whole(half(gzip(&numbers(20_000)))), None,
            "dataset.truncated", &["gzip", "ends too early", "upload it again"]),
        bad("a picture called csv", "picture.csv", Whole(picture()), None,
            "dataset.binary", &["PNG", "Upload a table"]),
        bad("a line of 200 MB", "line.csv", OneLine(200_000_000), None,
            "dataset.line_too_long", &["Row 1 (line 1)", "check the file"]),
        bad("an upload that is cut off", "cut.csv", Cut(b"size,target\n1,yes\n2,no\n", 100_000), None,
            "upload.truncated", &["file did not arrive whole", "Send it again"]),
        bad("2 GB declared, ten bytes sent", "declared.csv", Cut(b"0123456789", 2_000_000_000), None,
            "upload.truncated", &["file did not arrive whole", "Send it again"]),
        bad("one row", "one.csv", text("size,target\n1,yes\n"), Some("target"),
            "prepare.too_few_rows", &["\"target\"", "Upload a file"]),
        bad("the target alone", "alone.csv", text(&format!("target\n{}", "yes\nno\n".repeat(20))), Some("target"),
            "pipeline.no_columns", &["No column", "learn from"]),
        bad("a target without values", "missing.csv", text(&format!("size,target\n{}", "1.5,\n2.5,\n".repeat(20))), Some("target"),
            "prepare.target_empty", &["\"target\"", "no value in any row", "Choose another column"]),
        bad("a target that is not there", "other.csv", Whole(numbers(40)), Some("price"),
            "pipeline.unknown_column", &["no column `price`", "It has size, name, target"]),
    ]
}

#[rustfmt::skip]
fn good() -> Vec<Good> {
    let good = |case, file, bytes, rows, columns, largest| {
        Good { case, file, bytes, rows, columns, largest, warning: None }
    };
    let plain: &[(&str, &str)] = &[("size", "numeric"), ("name", "categorical"), ("target", "boolean")];
    let people: &[(&str, &str)] = &[("prénom", "categorical"), ("âge", "numeric"), ("ville", "categorical")];
    let french = french();
    let text = String::from_utf8(numbers(40)).unwrap();
    let quoted: String = (0..30).map(|n| format!("\"first {n}\nsecond, {n}\",{n}.5\n")).collect();
    let twice: String = (0..30).map(|n| format!("{n}.5,{}.25,{}\n", n * n % 17, ["a", "b"][n % 2])).collect();
    vec![
        good("UTF-8 with semicolons and decimal commas", "utf8.csv", french.clone().into_bytes(), 40, people, 42.14),
        good("UTF-8 with a mark", "mark.csv", format!("\u{feff}{french}").into_bytes(), 40, people, 42.14),
        good("Latin-1", "latin.csv", latin(&french), 40, people, 42.14),
        good("UTF-16 LE with a mark", "little.csv", utf16(&french, u16::to_le_bytes), 40, people, 42.14),
        good("UTF-16 BE with a mark", "big.csv", utf16(&french, u16::to_be_bytes), 40, people, 42.14),
        good("Windows lines", "lines.csv", text.replace('\n', "\r\n").into_bytes(), 40, plain, 58.75),
        good("tabs", "tabs.tsv", text.replace(',', "\t").into_bytes(), 40, plain, 58.75),
        good("gzip", "packed.csv.gz", gzip(text.as_bytes()), 40, plain, 58.75),
        good("newlines in quotes", "quoted.csv", format!("note,size\n{quoted}").into_bytes(), 30,
            &[("note", "text"), ("size", "numeric")], 29.5),
        Good { warning: Some("profile.renamed_column"),
            ..good("equal names", "twice.csv", format!("size,size,name\n{twice}").into_bytes(), 30,
                &[("size", "numeric"), ("size_2", "numeric"), ("name", "categorical")], 29.5) },
    ]
}

#[tokio::test]
async fn odd_files_are_refused_with_words_or_read_and_the_site_lives_on() {
    let sandbox = Sandbox::embedded().await.unwrap();
    let admin = sandbox.admin().await.unwrap();
    for row in bad() {
        let case = row.case;
        let error = refusal(&sandbox, &admin, &row)
            .await
            .unwrap_or_else(|e| panic!("{case}: {e:#}"));
        assert_eq!(error["code"], row.code, "{case}: {error}");
        let message = error["message"].as_str().unwrap_or_default();
        for word in row.words {
            assert!(
                message.contains(word),
                "{case}: `{word}` is not said: {message}"
            );
        }
    }
    for row in good() {
        let case = row.case;
        read(&admin, row)
            .await
            .unwrap_or_else(|e| panic!("{case}: {e:#}"));
    }
    hang_up(&sandbox, &admin).await.unwrap();
    nothing_half(&sandbox, &admin).await.unwrap();
    let (status, alive) = admin
        .send(admin.request(Method::GET, "/healthz"))
        .await
        .unwrap();
    assert_eq!(status, 200, "{alive}");
}

/// Why a bad file did not become a model: told at the upload, at the wish for a pipeline, or by the
/// pipeline that failed.
async fn refusal(sandbox: &Sandbox, admin: &Client, row: &Bad) -> Result<Value> {
    let (status, answer) = match &row.sent {
        Whole(bytes) => admin
            .upload(row.file, bytes.clone())
            .await
            .map(|(s, v)| (s.as_u16(), v))?,
        OneLine(bytes) => {
            let piece = vec![b'x'; 1_000_000];
            let count = usize::try_from(bytes / 1_000_000)?;
            let pieces = std::iter::repeat_n(piece.as_slice(), count);
            Wire::open(sandbox, admin, row.file, *bytes)
                .await?
                .send(pieces)
                .await?
                .answer()
                .await?
        }
        Cut(bytes, declared) => {
            let mut wire = Wire::open(sandbox, admin, row.file, *declared).await?;
            wire = wire.send(std::iter::once(*bytes)).await?;
            wire.stream.shutdown().await?;
            wire.answer().await?
        }
    };
    if status != 201 {
        ensure!((400..500).contains(&status), "{status}: {answer}");
        ensure!(row.target.is_none(), "the upload was refused: {answer}");
        return Ok(answer["error"].clone());
    }
    let dataset = admin
        .read_dataset(answer["id"].as_str().context("no id")?)
        .await?;
    let Some(target) = row.target else {
        ensure!(dataset["state"] == "failed", "it was read: {dataset}");
        return Ok(dataset["error"].clone());
    };
    ensure!(dataset["state"] == "ready", "it was not read: {dataset}");
    let (status, pipeline) = admin
        .post("/api/v1/pipelines", &smallest(&dataset, target))
        .await?;
    if status.is_client_error() {
        return Ok(pipeline["error"].clone());
    }
    let ended = admin
        .finished(pipeline["id"].as_str().context("no id")?)
        .await?;
    ensure!(ended["state"] == "failed", "it ended as {}", ended["state"]);
    Ok(ended["error"].clone())
}

/// The least that a pipeline can be asked to do.
fn smallest(dataset: &Value, target: &str) -> Value {
    json!({"dataset_id": dataset["id"], "target": target,
           "budget": {"work_units": 1}, "candidates": ["baseline"]})
}

/// Uploads a table in odd clothes and looks at what was read.
async fn read(admin: &Client, row: Good) -> Result<()> {
    let (status, answer) = admin.upload(row.file, row.bytes).await?;
    ensure!(status == 201, "{status}: {answer}");
    let id = answer["id"].as_str().context("no id")?;
    let dataset = admin.read_dataset(id).await?;
    let told = (&dataset["state"], &dataset["rows"], &dataset["columns"]);
    let expected = (&json!("ready"), &json!(row.rows), &json!(row.columns.len()));
    ensure!(told == expected, "{dataset}");
    let profile = admin.get(&format!("/api/v1/datasets/{id}/profile")).await?;
    let columns = profile["columns"].as_array().context("no columns")?;
    for (column, (name, kind)) in columns.iter().zip(row.columns) {
        ensure!(
            (&column["name"], &column["kind"]) == (&json!(name), &json!(kind)),
            "{column}"
        );
    }
    let numeric = columns
        .iter()
        .find(|column| column["kind"] == "numeric")
        .context("no number")?;
    ensure!(numeric["max"] == json!(row.largest), "{numeric}");
    if let Some(code) = row.warning {
        let warnings = profile["warnings"].as_array().context("no warnings")?;
        ensure!(
            warnings.iter().any(|warning| warning["code"] == code),
            "{warnings:?}"
        );
    }
    Ok(())
}

/// A client that goes away in the middle and never reads an answer.
async fn hang_up(sandbox: &Sandbox, admin: &Client) -> Result<()> {
    let wire = Wire::open(sandbox, admin, "gone.csv", 100_000).await?;
    drop(
        wire.send(std::iter::once(&b"size,target\n1,yes\n"[..]))
            .await?,
    );
    Ok(())
}

/// Of the uploads that broke off there is no dataset, and no bytes lie about. Those bytes are
/// deleted after the answer, so a moment is allowed.
async fn nothing_half(sandbox: &Sandbox, admin: &Client) -> Result<()> {
    let folder = sandbox.folder()?.join("site/artifacts/datasets");
    let begun = Instant::now();
    loop {
        let page = admin.get("/api/v1/datasets?limit=100").await?;
        let datasets = page["items"].as_array().context("no items")?;
        let names: Vec<&str> = datasets
            .iter()
            .filter_map(|dataset| dataset["name"].as_str())
            .collect();
        for half in ["cut", "declared", "gone"] {
            ensure!(
                !names.contains(&half),
                "`{half}` became a dataset: {names:?}"
            );
        }
        let stored = raw_files(&folder)?;
        if stored == names.len() {
            return Ok(());
        }
        let patient = begun.elapsed() < Duration::from_secs(10);
        ensure!(
            patient,
            "{stored} files are stored for {} datasets",
            names.len()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// How many uploads lie in a folder, whatever state they are in.
fn raw_files(folder: &Path) -> Result<usize> {
    let mut count = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        count += if path.is_dir() { raw_files(&path)? } else { 1 };
    }
    Ok(count)
}

/// An upload written by hand, because no HTTP client would send less than it declares.
struct Wire {
    stream: TcpStream,
    /// Bytes of the file that are still owed.
    left: u64,
}

impl Wire {
    const END: &str = "\r\n--border--\r\n";

    /// Sends everything before the file's first byte.
    async fn open(sandbox: &Sandbox, admin: &Client, file: &str, bytes: u64) -> Result<Self> {
        let address = sandbox
            .url
            .strip_prefix("http://")
            .context("no plain address")?;
        // The client keeps its token to itself; a request that is never sent shows it.
        let request = admin.request(Method::POST, "/api/v1/datasets").build()?;
        let token = request
            .headers()
            .get("authorization")
            .context("no token")?
            .to_str()?;
        let form = format!(
            "--border\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file}\"\r\n\r\n"
        );
        let length = (form.len() + Self::END.len()) as u64 + bytes;
        let head = format!(
            "POST /api/v1/datasets HTTP/1.1\r\nHost: {address}\r\nAuthorization: {token}\r\n\
             Content-Type: multipart/form-data; boundary=border\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{form}"
        );
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(head.as_bytes()).await?;
        Ok(Self {
            stream,
            left: bytes,
        })
    }

    /// Sends pieces of the file, and the form's end if that was all of it.
    async fn send<'p>(mut self, pieces: impl Iterator<Item = &'p [u8]>) -> Result<Self> {
        for piece in pieces {
            self.stream.write_all(piece).await?;
            self.left -= piece.len() as u64;
        }
        if self.left == 0 {
            self.stream.write_all(Self::END.as_bytes()).await?;
        }
        Ok(self)
    }

    /// Status and JSON of the answer.
    async fn answer(mut self) -> Result<(u16, Value)> {
        let mut answer = Vec::new();
        let patience = Duration::from_secs(120);
        tokio::time::timeout(patience, self.stream.read_to_end(&mut answer))
            .await
            .context("no answer")??;
        let answer = String::from_utf8(answer)?;
        let status = answer.split(' ').nth(1).context("no status")?.parse()?;
        let body = answer.split_once("\r\n\r\n").context("no body")?.1;
        Ok((
            status,
            serde_json::from_str(body).with_context(|| answer.clone())?,
        ))
    }
}

/// A plain table that anything can read: `size` reaches 1.5 × (rows − 1) + 0.25.
fn numbers(rows: usize) -> Vec<u8> {
    let line = |n: usize| {
        format!(
            "{},name{},{}\n",
            n as f64 * 1.5 + 0.25,
            n % 4,
            ["no", "yes"][n % 2]
        )
    };
    format!(
        "size,name,target\n{}",
        (0..rows).map(line).collect::<String>()
    )
    .into_bytes()
}

/// Accents, semicolons and decimal commas, from 3,14 to 42,14.
fn french() -> String {
    let line = |n: usize| {
        let (name, town) = [
            ("Éloïse", "Fès"),
            ("François", "Orléans"),
            ("Zoé", "Besançon"),
        ][n % 3];
        format!("{name};{},14;{town}\n", n + 3)
    };
    format!(
        "prénom;âge;ville\n{}",
        (0..40).map(line).collect::<String>()
    )
}

/// Latin-1 is the first 256 characters of Unicode, one byte each.
fn latin(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect()
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(bytes)
        .collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn half(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() / 2);
    bytes
}

/// The first bytes of every PNG: its signature and the header of one pixel.
fn picture() -> Vec<u8> {
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde".to_vec()
}
