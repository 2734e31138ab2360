//! Names of metrics, tasks, kinds and algorithms, and what the metrics mean.

use super::Language;
use domain::profile::ColumnKind;
use domain::task::{Metric, Task};

impl Language {
    /// A metric's name, as the pages of the web app say it; a test compares them.
    pub(crate) fn metric(self, metric: Metric) -> &'static str {
        match metric {
            Metric::RocAuc => self.of("AUC ROC", "ROC AUC"),
            Metric::AveragePrecision => self.of("Précision moyenne", "Average precision"),
            Metric::LogLoss => self.of("Perte logarithmique", "Log loss"),
            Metric::Accuracy => self.of("Exactitude", "Accuracy"),
            Metric::BalancedAccuracy => self.of("Exactitude équilibrée", "Balanced accuracy"),
            Metric::F1 => "F1",
            Metric::Precision => self.of("Précision", "Precision"),
            Metric::Recall => self.of("Rappel", "Recall"),
            Metric::Mcc => self.of("Corrélation de Matthews", "Matthews correlation"),
            Metric::Brier => self.of("Score de Brier", "Brier score"),
            Metric::Rmse => self.of("Erreur typique (RMSE)", "Root mean squared error (RMSE)"),
            Metric::Mse => self.of("Erreur au carré (MSE)", "Mean squared error (MSE)"),
            Metric::Mae => self.of("Erreur absolue moyenne", "Mean absolute error"),
            Metric::MedianAe => self.of("Erreur absolue médiane", "Median absolute error"),
            Metric::R2 => "R²",
            Metric::Mape => self.of("Erreur relative moyenne", "Mean relative error"),
            Metric::Rmsle => self.of("Erreur logarithmique (RMSLE)", "Logarithmic error (RMSLE)"),
        }
    }

    /// A metric's name within a sentence, where only proper names keep their capital.
    pub(crate) fn metric_within(self, metric: Metric) -> String {
        let name = self.metric(metric);
        let proper = matches!(metric, Metric::F1 | Metric::RocAuc | Metric::R2)
            || name.starts_with("Matthews")
            || name.starts_with("Brier");
        if proper {
            return name.to_owned();
        }
        let mut chars = name.chars();
        let first = chars.next().map(|c| c.to_lowercase().to_string());
        first.unwrap_or_default() + chars.as_str()
    }

    /// What a metric says, in a sentence for somebody who never met it.
    pub(crate) fn meaning(self, metric: Metric) -> &'static str {
        match metric {
            Metric::RocAuc => self.of(
                "Chance qu'une ligne de la classe reçoive une probabilité plus haute qu'une ligne d'une autre classe. 0,5 : hasard ; 1 : parfait.",
                "Chance that a row of the class gets a higher probability than a row of another class. 0.5: luck; 1: perfect.",
            ),
            Metric::AveragePrecision => self.of(
                "Précision moyenne quand on descend la liste des lignes les plus probables. 1 : parfait.",
                "Mean precision while going down the list of the most probable rows. 1: perfect.",
            ),
            Metric::LogLoss => self.of(
                "Punit les probabilités fausses, surtout les plus sûres d'elles. 0 : parfait.",
                "Punishes wrong probabilities, the confident ones most. 0: perfect.",
            ),
            Metric::Accuracy => {
                self.of("Part des réponses justes.", "Share of right answers.")
            }
            Metric::BalancedAccuracy => self.of(
                "Part des réponses justes si toutes les classes étaient aussi fréquentes.",
                "Share of right answers as if all classes were equally frequent.",
            ),
            Metric::F1 => self.of(
                "Équilibre entre précision et rappel. 1 : parfait.",
                "Balance of precision and recall. 1: perfect.",
            ),
            Metric::Precision => self.of(
                "Quand le modèle annonce la classe, part des fois où c'est vrai.",
                "When the model names the class, how often that is true.",
            ),
            Metric::Recall => self.of(
                "Part des cas de la classe que le modèle trouve.",
                "Share of the class's cases that the model finds.",
            ),
            Metric::Mcc => self.of(
                "Accord entre réponses et réalité. 0 : hasard ; 1 : parfait.",
                "Agreement of answers and reality. 0: luck; 1: perfect.",
            ),
            Metric::Brier => self.of(
                "Écart quadratique entre probabilité annoncée et réalité. 0 : parfait.",
                "Squared gap between predicted probability and reality. 0: perfect.",
            ),
            Metric::Rmse => self.of(
                "Erreur typique, dans l'unité de la cible ; les grandes erreurs comptent davantage.",
                "Typical error in the target's unit; large errors weigh more.",
            ),
            Metric::Mse => self.of("Carré de l'erreur typique.", "Square of the typical error."),
            Metric::Mae => self.of(
                "Erreur moyenne, dans l'unité de la cible.",
                "Mean error in the target's unit.",
            ),
            Metric::MedianAe => self.of(
                "La moitié des prédictions se trompent de moins que cela.",
                "Half of the predictions are wrong by less than this.",
            ),
            Metric::R2 => self.of(
                "Part des variations de la cible que le modèle explique. 0 : rien ; 1 : tout.",
                "Share of the target's variation that the model explains. 0: nothing; 1: all.",
            ),
            Metric::Mape => self.of(
                "Erreur moyenne en proportion de la vraie valeur.",
                "Mean error as a share of the true value.",
            ),
            Metric::Rmsle => self.of(
                "Erreur typique sur le logarithme : mesure les écarts en proportion.",
                "Typical error of the logarithm: measures gaps as ratios.",
            ),
        }
    }

    /// A task's name.
    pub(crate) fn task(self, task: Task) -> &'static str {
        match task {
            Task::Binary => self.of("Choisir entre deux classes", "Choose between two classes"),
            Task::Multiclass => self.of(
                "Choisir entre plusieurs classes",
                "Choose between several classes",
            ),
            Task::Regression => self.of("Prédire un nombre", "Predict a number"),
        }
    }

    /// What a column's values are.
    pub(crate) fn kind(self, kind: ColumnKind) -> &'static str {
        match kind {
            ColumnKind::Numeric => self.of("nombre", "number"),
            ColumnKind::Categorical => self.of("catégorie", "category"),
            ColumnKind::Boolean => self.of("oui/non", "yes/no"),
            ColumnKind::Datetime => self.of("date", "date"),
            ColumnKind::Text => self.of("texte", "text"),
            ColumnKind::Id => self.of("identifiant", "identifier"),
        }
    }

    /// An algorithm's name; one that the registry lacks is shown as it is written.
    pub(crate) fn algorithm(self, name: &str) -> String {
        let title = ml::registry::title(name);
        let french = FRENCH.iter().find(|(code, _)| *code == name);
        match (self, french, title) {
            (Self::French, Some((_, french)), _) => (*french).to_owned(),
            // What stands in brackets explains; there is no room for it in a table.
            (_, _, Some(title)) => title.split(" (").next().unwrap_or(title).to_owned(),
            _ => {
                let spaced = name.replace('_', " ");
                let mut chars = spaced.chars();
                let first = chars.next().map(|c| c.to_uppercase().to_string());
                first.unwrap_or_default() + chars.as_str()
            }
        }
    }
}

/// French names of the registry's algorithms, as the pages of the web app say them.
const FRENCH: &[(&str, &str)] = &[
    ("baseline", "Référence naïve"),
    ("elastic_net", "Elastic net"),
    ("ensemble", "Ensemble de modèles"),
    ("extra_trees", "Arbres très aléatoires"),
    ("gradient_boosting", "Arbres boostés"),
    ("kernel_ridge", "Régression ridge à noyau"),
    ("knn", "k plus proches voisins"),
    ("logistic", "Régression logistique"),
    ("mlp", "Réseau de neurones"),
    ("random_forest", "Forêt aléatoire"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_algorithm_is_shown_as_it_is_written() {
        assert_eq!(Language::French.algorithm("brand_new"), "Brand new");
        assert_eq!(Language::French.algorithm(""), "");
    }

    #[test]
    fn only_common_words_lose_their_capital_within_a_sentence() {
        let within = |metric| Language::English.metric_within(metric);
        assert_eq!(within(Metric::LogLoss), "log loss");
        assert_eq!(within(Metric::F1), "F1");
        assert_eq!(within(Metric::Mcc), "Matthews correlation");
        assert_eq!(within(Metric::RocAuc), "ROC AUC");
    }
}
