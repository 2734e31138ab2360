//! The choice itself.

use domain::study::Candidate;
use domain::task::Task;
use domain::{Failure, Message};
use ml::registry::{Algorithm, Facts, algorithms};

/// Dense columns above which fits that see all of them at once take too long.
const MANY_DENSE_COLUMNS: usize = 3_000;
/// Every algorithm of the registry for `task`, in the order in which they are tried, each with
/// why it is in or out. `named` are the algorithms that the user asks for; all that fit if empty.
pub fn choose(task: Task, facts: &Facts, named: &[String]) -> Result<Vec<Candidate>, Failure> {
    check_names(task, named)?;
    let mut candidates: Vec<Candidate> = algorithms()
        .iter()
        .filter(|algorithm| algorithm.tasks.contains(&task))
        .map(|algorithm| candidate(algorithm, facts, named))
        .collect();
    candidates.sort_by_key(|candidate| (!candidate.selected, place(&candidate.algorithm, facts)));
    Ok(candidates)
}

fn check_names(task: Task, named: &[String]) -> Result<(), Failure> {
    let fits = |name: &str| {
        algorithms()
            .iter()
            .any(|known| known.name == name && known.tasks.contains(&task))
    };
    let Some(wrong) = named.iter().find(|name| !fits(name)) else {
        return Ok(());
    };
    let known: Vec<&str> = algorithms()
        .iter()
        .filter(|known| known.tasks.contains(&task))
        .map(|known| known.name)
        .collect();
    let text = format!(
        "{wrong:?} is no algorithm for a {task} task; choose among {}.",
        known.join(", ")
    );
    Err(Failure::invalid("select.unknown_algorithm", text)
        .field("candidates")
        .with("algorithm", wrong.as_str())
        .with("known", known))
}

fn candidate(algorithm: &Algorithm, facts: &Facts, named: &[String]) -> Candidate {
    let is_named = named.iter().any(|name| name == algorithm.name);
    let (selected, reason) = match objection(algorithm, facts) {
        _ if is_named => (true, say("select.named", algorithm, "you asked for it")),
        _ if !named.is_empty() => (
            false,
            say(
                "select.not_named",
                algorithm,
                "it is not among those you asked for",
            ),
        ),
        Some(objection) => (false, objection),
        None => (true, praise(algorithm, facts)),
    };
    Candidate {
        algorithm: algorithm.name.to_owned(),
        selected,
        reason,
        portfolio: (algorithm.portfolio)(facts),
        space: (algorithm.space)(facts),
    }
}

/// Why an algorithm is not worth trying on this data, if so.
fn objection(algorithm: &Algorithm, facts: &Facts) -> Option<Message> {
    let dense = algorithm.view == ml::recipe::View::Dense;
    if dense && facts.dense_columns > MANY_DENSE_COLUMNS && algorithm.name != "baseline" {
        let text = format!(
            "{} dense columns are more than it can handle in reasonable time",
            facts.dense_columns
        );
        let message = say("select.too_many_columns", algorithm, &text);
        return Some(message.with("columns", facts.dense_columns));
    }
    let rows = facts.rows;
    if rows < *algorithm.useful_rows.start() {
        let text = format!("{rows} rows are too few for it");
        return Some(say("select.too_few_rows", algorithm, &text).with("rows", rows));
    }
    if rows > *algorithm.useful_rows.end() {
        let most = algorithm.max_rows.unwrap_or(rows);
        let text = format!("it would learn from {most} of {rows} rows, and others learn from all");
        let message = say("select.too_many_rows", algorithm, &text);
        return Some(message.with("rows", rows).with("most", most));
    }
    if facts.classes > algorithm.most_classes {
        let text = format!("{} classes would take it too long", facts.classes);
        let message = say("select.too_many_classes", algorithm, &text);
        return Some(message.with("classes", facts.classes));
    }
    None
}

/// What is said of those of `candidates` that learn from a part of the rows only, when so many cells of
/// the dense view may be in memory.
pub fn sampled(candidates: &[Candidate], facts: &Facts, dense_cells: usize) -> Vec<Message> {
    let selected = candidates.iter().filter(|candidate| candidate.selected);
    let known = selected.filter_map(|candidate| ml::registry::algorithm(&candidate.algorithm));
    let told = known.filter(|algorithm| algorithm.name != "baseline");
    let limited = told.map(|algorithm| (algorithm, algorithm.most_rows(facts, dense_cells)));
    let fewer = limited.filter(|(_, most)| *most < facts.rows);
    let message = |(algorithm, most): (&Algorithm, usize)| {
        let rows = facts.rows;
        let text = format!("a fit learns from {most} of {rows} rows at most, drawn by chance");
        let message = say("select.sampled", algorithm, &text);
        message.with("rows", rows).with("most", most)
    };
    fewer.map(message).collect()
}

/// Why an algorithm is worth trying.
fn praise(algorithm: &Algorithm, facts: &Facts) -> Message {
    match algorithm.name {
        "baseline" => say(
            "select.baseline",
            algorithm,
            "what guessing without the columns would reach: every other model must beat it",
        ),
        "gradient_boosting" => {
            let text = format!(
                "boosted trees are the strongest single model on most tables; they take the {} \
                 categorical columns and missing values as they are",
                facts.categorical
            );
            say("select.boosting", algorithm, &text).with("categorical", facts.categorical)
        }
        "random_forest" | "extra_trees" => say(
            "select.forest",
            algorithm,
            "many independent trees: robust without tuning, and their errors differ from boosting",
        ),
        "logistic" | "elastic_net" => say(
            "select.linear",
            algorithm,
            "a linear model is quick, easy to explain, and hard to beat when effects add up",
        ),
        "knn" => say(
            "select.neighbours",
            algorithm,
            "similar rows often share the answer, whatever the shape of the relation",
        ),
        "kernel_ridge" => say(
            "select.kernel",
            algorithm,
            "smooth relations are learned well from few rows when each is compared with every other",
        ),
        "mlp" => {
            let text = format!(
                "with {} rows a small neural network can learn smooth relations",
                facts.rows
            );
            say("select.network", algorithm, &text).with("rows", facts.rows)
        }
        _ => say("select.fits", algorithm, "it fits the task"),
    }
}

fn say(code: &str, algorithm: &Algorithm, text: &str) -> Message {
    Message::new(code, format!("{}: {text}.", algorithm.title))
        .with("algorithm", algorithm.name)
        .with("title", algorithm.title)
}

/// The order of trying: quick and strong first, so that a short budget is spent well.
fn place(algorithm: &str, facts: &Facts) -> usize {
    const LARGE: [&str; 9] = [
        "baseline",
        "gradient_boosting",
        "logistic",
        "elastic_net",
        "random_forest",
        "extra_trees",
        "mlp",
        "kernel_ridge",
        "knn",
    ];
    const SMALL: [&str; 9] = [
        "baseline",
        "logistic",
        "elastic_net",
        "random_forest",
        "gradient_boosting",
        "extra_trees",
        "kernel_ridge",
        "knn",
        "mlp",
    ];
    let order = if facts.rows < 2_000 { SMALL } else { LARGE };
    order
        .iter()
        .position(|name| *name == algorithm)
        .unwrap_or(order.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(rows: usize) -> Facts {
        Facts {
            rows,
            columns: 5,
            numeric: 3,
            categorical: 2,
            classes: 3,
            missing_share: 0.01,
            max_levels: 3,
            dense_columns: 9,
        }
    }

    #[test]
    fn who_learns_from_a_part_of_the_rows_says_so() {
        let named = ["kernel_ridge".to_owned(), "gradient_boosting".to_owned()];
        let told = |rows| {
            let facts = facts(rows);
            let candidates = choose(Task::Regression, &facts, &named).unwrap();
            let messages = sampled(&candidates, &facts, usize::MAX);
            messages
                .into_iter()
                .map(|message| message.text)
                .collect::<Vec<_>>()
        };
        assert!(told(3_000).is_empty());
        let told = told(40_000);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("3000 of 40000 rows"), "{told:?}");
    }

    #[test]
    fn every_candidate_says_why_and_can_be_tried() {
        for task in Task::ALL {
            let candidates = choose(*task, &facts(5_000), &[]).unwrap();
            assert!(
                candidates
                    .iter()
                    .filter(|candidate| candidate.selected)
                    .count()
                    >= 2
            );
            for candidate in candidates {
                assert!(!candidate.reason.text.is_empty());
                assert!(!candidate.portfolio.is_empty(), "{}", candidate.algorithm);
            }
        }
    }

    #[test]
    fn what_the_user_names_is_what_is_tried() {
        let named = vec!["baseline".to_owned()];
        let candidates = choose(Task::Binary, &facts(5_000), &named).unwrap();
        let selected: Vec<_> = candidates
            .iter()
            .filter(|c| c.selected)
            .map(|c| c.algorithm.as_str())
            .collect();
        assert_eq!(selected, ["baseline"]);
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let failure = choose(Task::Binary, &facts(100), &["xgboost".to_owned()]).unwrap_err();
        assert!(failure.message.text.contains("baseline"), "{failure}");
    }
}
