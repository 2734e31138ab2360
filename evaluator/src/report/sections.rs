//! The report's sections, in the order in which a reader needs them.

use super::html::Page;
use super::{Story, tables};
use crate::language::{Language, Text};
use domain::evaluation::ModelEvaluation;
use domain::task::{Metric, Task};
use ml::ensemble;

/// Warnings that are listed; nobody reads more.
const MOST_WARNINGS: usize = 25;

pub(super) fn heading(page: &mut Page, story: &Story<'_>) {
    let language = page.language;
    let columns = story.prepared.features.len() as u64;
    page.trusted("<header>\n");
    page.element("p", "over", language.text(Text::ReportTitle));
    page.element("h1", "", story.name);
    let lead = match language {
        Language::French => format!(
            "Prédire « {} » à partir de {} {}.",
            story.target,
            language.count(columns),
            if columns > 1 { "colonnes" } else { "colonne" }
        ),
        Language::English => format!(
            "Predict \"{}\" from {} {}.",
            story.target,
            language.count(columns),
            if columns == 1 { "column" } else { "columns" }
        ),
    };
    page.element("p", "lead", &lead);
    page.trusted("</header>\n");
}

/// What somebody reads who reads nothing else.
pub(super) fn in_short(page: &mut Page, story: &Story<'_>) {
    let language = page.language;
    let evaluation = &story.judged.evaluation;
    let Some(model) = story.judged.chosen() else {
        return;
    };
    page.section(Text::InShort, |page| {
        let name = language.algorithm(&model.algorithm);
        let chosen = match language {
            Language::French => format!("Modèle retenu : {name}."),
            Language::English => format!("Chosen model: {name}."),
        };
        page.element("p", "big", &chosen);
        if let Some(score) = model.metrics.get(&evaluation.metric) {
            page.trusted("<p class=\"score\">");
            page.element("b", "", &language.number(score.value));
            let mut text = language.metric(evaluation.metric).to_owned();
            if score.lo < score.hi {
                let (lo, hi) = (language.number(score.lo), language.number(score.hi));
                text += &match language {
                    Language::French => format!(", entre {lo} et {hi}"),
                    Language::English => format!(", between {lo} and {hi}"),
                };
            }
            page.element("span", "", &text);
            page.trusted("</p>\n");
            page.element("p", "lead", language.meaning(evaluation.metric));
        }
        page.trusted("<p></p>");
        if let Some(words) = in_plain_words(story, model, language) {
            page.element("p", "", &words);
        }
        let verdict = match &evaluation.verdict {
            Some(message) => language.say(message),
            None if evaluation.models.len() == 1 => language.text(Text::OnlyOne).to_owned(),
            None => return,
        };
        page.element("p", "", &verdict);
    });
}

/// The score as something that happens to people: so many of a hundred, or so far off.
fn in_plain_words(
    story: &Story<'_>,
    model: &ModelEvaluation,
    language: Language,
) -> Option<String> {
    let value = |metric: Metric| model.metrics.get(&metric).map(|score| score.value);
    let of_hundred = |share: f64| language.fixed((share * 100.0).round(), 0);
    if story.judged.evaluation.task == Task::Regression {
        let error = language.number(value(Metric::MedianAe)?);
        return Some(match language {
            Language::French => format!(
                "Pour la moitié des lignes de test, la prédiction est à moins de {error} de la vraie valeur."
            ),
            Language::English => format!(
                "For half of the held-out rows the prediction is within {error} of the true value."
            ),
        });
    }
    let right = of_hundred(value(Metric::Accuracy)?);
    let mut text = match language {
        Language::French => {
            format!("Sur 100 lignes nouvelles, environ {right} sont bien classées.")
        }
        Language::English => format!("Of 100 new rows, about {right} are classified rightly."),
    };
    let found = value(Metric::Recall).zip(value(Metric::Precision));
    if let (Some(class), Some((recall, precision))) =
        (&story.judged.evaluation.positive_class, found)
    {
        let (recall, precision) = (of_hundred(recall), of_hundred(precision));
        text += &match language {
            Language::French => format!(
                " Sur 100 cas « {class} », le modèle en trouve {recall} ; sur 100 fois où il annonce « {class} », il a raison {precision} fois."
            ),
            Language::English => format!(
                " Of 100 cases of \"{class}\" the model finds {recall}; of 100 times that it says \"{class}\", it is right {precision} times."
            ),
        };
    }
    Some(text)
}

/// Cautions about the numbers, then what earlier steps warned about.
pub(super) fn careful(page: &mut Page, story: &Story<'_>) {
    let language = page.language;
    let own = &story.judged.evaluation.cautions;
    let profile = &story.prepared.profile;
    let learned = |name: &str| story.prepared.features.iter().any(|f| f == name);
    let of_columns = profile.columns.iter().filter(|column| {
        // A warning about a column that is not learned from concerns nobody.
        column.name == story.target || learned(&column.name)
    });
    let of_columns = of_columns.flat_map(|column| {
        let name = column.name.as_str();
        column
            .warnings
            .iter()
            .map(move |message| (Some(name), message))
    });
    let plain = own.iter().chain(&story.judged.warnings);
    let plain = plain
        .chain(&story.prepared.warnings)
        .chain(&profile.warnings);
    let mut items: Vec<String> = Vec::new();
    for (column, message) in plain.map(|message| (None, message)).chain(of_columns) {
        let text = language.say(message);
        // Some messages name their column themselves.
        let item = match column {
            Some(name) if !text.contains(name) => {
                format!("{name}{} {text}", language.of("\u{a0}:", ":"))
            }
            _ => text,
        };
        if !items.contains(&item) {
            items.push(item);
        }
    }
    let hidden = items.len().saturating_sub(MOST_WARNINGS);
    if hidden > 0 {
        items.truncate(MOST_WARNINGS);
        items.push(format!("+ {hidden} {}", language.text(Text::MoreWarnings)));
    }
    page.section(Text::Careful, |page| {
        if items.is_empty() {
            page.element("p", "", language.text(Text::Nothing));
        } else {
            page.list("warn", &items);
        }
    });
}

pub(super) fn asked(page: &mut Page, story: &Story<'_>) {
    let language = page.language;
    let (prepared, evaluation) = (story.prepared, &story.judged.evaluation);
    let folds = u64::from(prepared.folds);
    let mut facts = vec![
        (Text::Target, story.target.to_owned()),
        (Text::Task, language.task(evaluation.task).to_owned()),
        (
            Text::DecidingMetric,
            language.metric(evaluation.metric).to_owned(),
        ),
        (Text::RowsTrain, language.count(evaluation.rows_train)),
        (Text::RowsTest, language.count(evaluation.rows_test)),
        (
            Text::Split,
            prepared
                .split
                .as_ref()
                .map_or(String::new(), |split| language.say(split)),
        ),
        (
            Text::Folds,
            format!(
                "{} {}",
                language.count(folds),
                language.text(Text::FoldsUnit)
            ),
        ),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    if !evaluation.classes.is_empty() {
        facts.push((Text::Classes, class_list(&evaluation.classes)));
    }
    if let Some(class) = &evaluation.positive_class {
        facts.push((Text::PositiveClass, class.clone()));
    }
    page.section(Text::Asked, |page| page.facts(&facts));
}

/// The first classes by name, the others by number.
pub(super) fn class_list(classes: &[String]) -> String {
    const MOST: usize = 12;
    let mut text = classes
        .iter()
        .take(MOST)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if classes.len() > MOST {
        text += &format!(", … (+ {})", classes.len() - MOST);
    }
    text
}

pub(super) fn models(page: &mut Page, story: &Story<'_>) {
    let language = page.language;
    page.section(Text::Leaderboard, |page| {
        tables::models(page, story.judged);
        page.element("p", "note", language.text(Text::ChosenBy));
        let mut chosen = story.judged.scores.iter().filter(|score| score.chosen);
        if chosen.any(|score| score.algorithm == ensemble::NAME) {
            page.element("p", "note", language.text(Text::MixtureFirst));
        }
        let drawn = story.plots.iter().filter(|plot| plot.name == "leaderboard");
        drawn.for_each(|plot| figure(page, plot, false));
    });
}

pub(super) fn measures(page: &mut Page, story: &Story<'_>) {
    let language = page.language;
    let Some(model) = story.judged.chosen().filter(|m| !m.metrics.is_empty()) else {
        return;
    };
    page.section(Text::Measures, |page| {
        tables::measures(page, model, story.judged.evaluation.metric);
        page.element("p", "note", language.text(Text::IntervalNote));
    });
}

pub(super) fn plots(page: &mut Page, story: &Story<'_>) {
    let mut drawn = story
        .plots
        .iter()
        .filter(|plot| plot.name != "leaderboard")
        .peekable();
    if drawn.peek().is_some() {
        page.section(Text::Plots, |page| {
            drawn.for_each(|plot| figure(page, plot, true))
        });
    }
}

fn figure(page: &mut Page, plot: &crate::plots::Drawn, titled: bool) {
    let language = page.language;
    page.trusted("<figure>\n");
    if titled {
        page.element("h3", "", &language.say(&plot.title));
    }
    page.trusted(&plot.svg);
    page.element("figcaption", "", plot.how_to_read(language));
    page.trusted("</figure>\n");
}

pub(super) fn data(page: &mut Page, story: &Story<'_>) {
    let language = page.language;
    let profile = &story.prepared.profile;
    page.section(Text::Data, |page| {
        let columns = profile.columns.len() as u64;
        page.facts(&[
            (Text::Rows, language.count(profile.rows)),
            (Text::Columns, language.count(columns)),
        ]);
        page.trusted("<p></p>");
        tables::columns(page, story);
    });
}

pub(super) fn provenance(page: &mut Page, story: &Story<'_>) {
    let language = page.language;
    page.section(Text::Provenance, |page| {
        page.facts(&[
            (Text::FileHash, story.prepared.dataset_sha256.clone()),
            (Text::Seed, story.seed.to_string()),
            (Text::Version, story.version.to_owned()),
            (
                Text::ModelId,
                story.judged.evaluation.chosen_model_id.to_string(),
            ),
        ]);
        let repeats = match story.repeats {
            true => Text::Reproducible,
            false => Text::NotQuiteReproducible,
        };
        page.element("p", "note", language.text(repeats));
    });
}
