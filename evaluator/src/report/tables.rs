//! The report's tables.

use super::Story;
use super::html::Page;
use crate::evaluate::Judged;
use crate::language::{Language, Text};
use domain::evaluation::ModelEvaluation;
use domain::task::Metric;

/// Columns of the data that are listed.
const MOST_COLUMNS: usize = 60;
const NOTHING: &str = "–";

/// Every model with its two scores.
pub(super) fn models(page: &mut Page, judged: &Judged) {
    let language = page.language;
    let number = |value: Option<f64>| value.map_or(NOTHING.to_owned(), |v| language.number(v));
    let row = |scored: &crate::evaluate::Scored| {
        let mut name = language.algorithm(&scored.algorithm);
        if scored.chosen {
            name += &format!(" ({})", language.text(Text::Chosen));
        }
        let speed = scored.predict_us_per_row.map_or(NOTHING.to_owned(), |us| {
            language.fixed(us, if us < 10.0 { 1 } else { 0 })
        });
        let mut cv = language.spread(scored.cv_score, scored.cv_std);
        if let Some(folds) = scored.folds.filter(|folds| folds.is_short()) {
            let unit = language.text(Text::FoldsUnit);
            cv += &format!(" ({} / {} {unit})", folds.done, folds.of);
        }
        let cells = vec![
            scored.rank.to_string(),
            name,
            cv,
            number(scored.test_score),
            between(scored.test_ci, language),
            speed,
        ];
        (scored.chosen, cells)
    };
    let rows: Vec<_> = judged.scores.iter().map(row).collect();
    let speed = language.text(Text::Speed);
    let speed = format!("{speed} ({})", language.text(Text::SpeedUnit));
    let headings = [
        ("num", language.text(Text::Rank)),
        ("name", language.text(Text::Model)),
        ("num", language.text(Text::CvScore)),
        ("num", language.text(Text::TestScore)),
        ("num", language.text(Text::Interval)),
        ("num", speed.as_str()),
    ];
    page.table(&headings, &rows);
}

fn between(interval: Option<(f64, f64)>, language: Language) -> String {
    match interval {
        Some((lo, hi)) if lo < hi => {
            format!("{} – {}", language.number(lo), language.number(hi))
        }
        _ => NOTHING.to_owned(),
    }
}

/// Every metric of a model, the deciding one first.
pub(super) fn measures(page: &mut Page, model: &ModelEvaluation, deciding: Metric) {
    let language = page.language;
    let mut metrics: Vec<_> = model.metrics.iter().collect();
    metrics.sort_by_key(|(metric, _)| **metric != deciding);
    let rows: Vec<_> = metrics
        .into_iter()
        .map(|(metric, score)| {
            let cells = vec![
                language.metric(*metric).to_owned(),
                language.number(score.value),
                between(Some((score.lo, score.hi)), language),
                language.meaning(*metric).to_owned(),
            ];
            (*metric == deciding, cells)
        })
        .collect();
    let headings = [
        ("name", language.text(Text::Measure)),
        ("num", language.text(Text::Value)),
        ("num", language.text(Text::Interval)),
        ("say", language.text(Text::Meaning)),
    ];
    page.table(&headings, &rows);
}

/// The columns of the uploaded file.
pub(super) fn columns(page: &mut Page, story: &Story<'_>) {
    let language = page.language;
    let profile = &story.prepared.profile;
    let shown = profile.columns.iter().take(MOST_COLUMNS);
    let rows: Vec<_> = shown
        .map(|column| {
            let missing = column.missing as f64 / profile.rows.max(1) as f64;
            let missing = match column.missing {
                0 => NOTHING.to_owned(),
                _ if missing < 0.001 => format!("< {}", language.percent(0.001, 1)),
                _ => language.percent(missing, 1),
            };
            let used = if column.name == story.target {
                Text::IsTarget
            } else if story.prepared.features.contains(&column.name) {
                Text::Yes
            } else {
                Text::No
            };
            let cells = vec![
                column.name.clone(),
                language.kind(column.kind).to_owned(),
                missing,
                language.count(column.unique),
                language.text(used).to_owned(),
            ];
            (false, cells)
        })
        .collect();
    let headings = [
        ("name", language.text(Text::Column)),
        ("", language.text(Text::Kind)),
        ("num", language.text(Text::Missing)),
        ("num", language.text(Text::Different)),
        ("", language.text(Text::Used)),
    ];
    page.table(&headings, &rows);
    let hidden = profile.columns.len().saturating_sub(MOST_COLUMNS);
    if hidden > 0 {
        let text = format!("+ {hidden} {}", language.text(Text::MoreColumns));
        page.element("p", "note", &text);
    }
}
