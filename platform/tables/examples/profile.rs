//! Prints what was found in a file, and how long finding it took:
//! `cargo run --release -p tables --example profile -- FILE [--json]`.

use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args()
        .nth(1)
        .ok_or("usage: profile FILE [--json]")?;
    let path = Path::new(&file);
    let start = Instant::now();
    let sniffed = tables::sniff(path, &file)?;
    let after_sniff = start.elapsed();
    let raw = tables::read(path, &sniffed, &tables::Limits::default())?;
    let after_read = start.elapsed();
    let profile = tables::profile(&raw);
    let after_profile = start.elapsed();
    if std::env::args().any(|argument| argument == "--json") {
        println!("{}", serde_json::to_string_pretty(&profile)?);
        return Ok(());
    }
    println!("{:?} {:?}", sniffed.format, sniffed.options);
    for column in &profile.columns {
        println!(
            "{:30} {:11} missing {:6} unique {:6} min {:?} max {:?} {:?}",
            column.name,
            column.kind,
            column.missing,
            column.unique,
            column.min,
            column.max,
            column.parsing
        );
        for warning in &column.warnings {
            println!("    {}: {}", warning.code, warning.text);
        }
    }
    for warning in &profile.warnings {
        println!("{}: {}", warning.code, warning.text);
    }
    println!(
        "target {:?} task {:?}",
        profile.suggested_target, profile.suggested_task
    );
    println!(
        "{} rows × {} columns; sniff {after_sniff:?}, read {:?}, profile {:?}, together {after_profile:?}",
        raw.rows(),
        raw.width(),
        after_read - after_sniff,
        after_profile - after_read
    );
    Ok(())
}
