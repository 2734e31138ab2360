//! One page of Markdown about the chosen model (Mitchell et al. 2019, the parts that are known).

use crate::language::{Language, Text};
use crate::report::Story;

/// The model card.
#[must_use]
pub fn markdown(story: &Story<'_>, language: Language) -> String {
    let evaluation = &story.judged.evaluation;
    let text = |text: Text| language.text(text);
    let colon = language.of("\u{a0}:", ":");
    let mut out = format!("# {}{colon} {}\n", text(Text::CardTitle), plain(story.name));
    let mut section = |heading: Text, lines: &[String]| {
        if !lines.is_empty() {
            out.push_str(&format!(
                "\n## {}\n\n{}\n",
                language.text(heading),
                lines.join("\n")
            ));
        }
    };
    section(Text::CardUse, &[text(Text::CardPurpose).to_owned()]);
    let fact =
        |name: Text, value: &str| format!("- {}{colon} {}", language.text(name), plain(value));
    let mut asked = vec![
        fact(Text::Target, story.target),
        fact(Text::Task, language.task(evaluation.task)),
    ];
    if let Some(model) = story.judged.chosen() {
        asked.push(fact(Text::Model, &language.algorithm(&model.algorithm)));
    }
    if !evaluation.classes.is_empty() {
        asked.push(fact(Text::Classes, &evaluation.classes.join(", ")));
    }
    asked.push(fact(
        Text::RowsTrain,
        &language.count(evaluation.rows_train),
    ));
    asked.push(fact(Text::RowsTest, &language.count(evaluation.rows_test)));
    if let Some(split) = &story.prepared.split {
        asked.push(fact(Text::Split, &language.say(split)));
    }
    section(Text::Asked, &asked);
    let mut measures = Vec::new();
    if let Some(model) = story.judged.chosen().filter(|m| !m.metrics.is_empty()) {
        let (measure, value) = (text(Text::Measure), text(Text::Value));
        measures.push(format!(
            "| {measure} | {value} | {} |",
            text(Text::Interval)
        ));
        measures.push("|---|---:|---:|".to_owned());
        for (metric, score) in &model.metrics {
            let interval = if score.lo < score.hi {
                format!(
                    "{} – {}",
                    language.number(score.lo),
                    language.number(score.hi)
                )
            } else {
                "–".to_owned()
            };
            let value = language.number(score.value);
            measures.push(format!(
                "| {} | {value} | {interval} |",
                language.metric(*metric)
            ));
        }
    }
    if !measures.is_empty() {
        measures.extend([String::new(), text(Text::FittedAgain).to_owned()]);
    }
    section(Text::Measures, &measures);
    let told = story.judged.warnings.iter().chain(&story.prepared.warnings);
    let warnings = evaluation.cautions.iter().chain(told);
    let warnings: Vec<String> = warnings
        .map(|message| format!("- {}", plain(&language.say(message))))
        .collect();
    section(Text::Careful, &warnings);
    let provenance = [
        fact(Text::FileHash, &story.prepared.dataset_sha256),
        fact(Text::Seed, &story.seed.to_string()),
        fact(Text::Version, story.version),
    ];
    section(Text::Provenance, &provenance);
    out
}

/// `text` on one line, with nothing that Markdown or HTML takes for markup.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_not_markup() {
        assert_eq!(plain("a*b\n<i>|"), "a\\*b &lt;i&gt;\\|");
    }
}
