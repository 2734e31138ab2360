//! Every fixed text of plots and reports, in both languages side by side.

use super::Language;

macro_rules! texts {
    ($($name:ident = $french:literal, $english:literal;)+) => {
        /// A text that does not depend on the data.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Text { $($name),+ }

        impl Language {
            /// The text in this language.
            pub(crate) fn text(self, text: Text) -> &'static str {
                match text { $(Text::$name => self.of($french, $english)),+ }
            }
        }
    };
}

texts! {
    // Axes and legends of the plots.
    FalsePositiveRate = "Taux de faux positifs", "False positive rate";
    TruePositiveRate = "Taux de vrais positifs", "True positive rate";
    Recall = "Rappel : part des cas trouvés", "Recall: share of the cases found";
    Precision = "Précision : part d'annonces justes", "Precision: share of calls that are right";
    Probability = "Probabilité annoncée", "Predicted probability";
    ObservedShare = "Part observée", "Observed share";
    Predicted = "Valeur prédite", "Predicted value";
    Actual = "Valeur réelle", "Actual value";
    Residual = "Écart (réel − prédit)", "Residual (actual − predicted)";
    Luck = "Hasard", "Luck";
    Perfect = "Parfait", "Perfect";
    Others = "Autres classes", "Other classes";
    ActualClass = "Classe réelle", "Actual class";
    PredictedClass = "Classe prédite", "Predicted class";
    RowShare = "Part de la ligne", "Share of the row";
    ImportanceAxis = "Perte de score quand la colonne est mélangée", "Score lost when the column is shuffled";
    OtherColumns = "autres colonnes, moins importantes", "more columns that matter less";
    OtherModels = "autres modèles", "more models";
    HeldOut = "Lignes de test, intervalle à 95 %", "Held-out rows, 95% interval";
    CrossValidation = "Validation croisée, ± écart-type", "Cross-validation, ± standard deviation";
    HigherIsBetter = "plus haut = mieux", "higher is better";
    LowerIsBetter = "plus bas = mieux", "lower is better";

    // How to read each plot.
    ReadLeaderboard = "Chaque ligne est un modèle. Le disque est son score sur les lignes de test, le trait dit jusqu'où ce score peut varier avec d'autres lignes ; le losange est le score de validation croisée, qui décide. Des traits qui se recouvrent : des modèles difficiles à départager.",
        "Each line is a model. The disc is its score on the held-out rows, the bar says how far that score may vary with other rows; the diamond is the cross-validation score, which decides. Overlapping bars: models that are hard to tell apart.";
    ReadConfusion = "Chaque ligne est une classe réelle, chaque colonne une réponse du modèle. Sur la diagonale : les réponses justes.",
        "Each row is an actual class, each column an answer of the model. On the diagonal: the right answers.";
    ReadRoc = "Plus la courbe monte vers le coin supérieur gauche, mieux le modèle sépare les classes. Sur la diagonale, il répondrait au hasard.",
        "The closer the curve runs to the upper left corner, the better the model tells the classes apart. On the diagonal it would answer by luck.";
    ReadPrecisionRecall = "En cherchant plus de cas (vers la droite), le modèle se trompe plus souvent (vers le bas). Une courbe qui reste haute est bonne.",
        "Looking for more of the cases (to the right), the model is wrong more often (down). A curve that stays high is good.";
    ReadCalibration = "Quand le modèle annonce 70 %, cela doit arriver environ 7 fois sur 10 : la courbe suit alors la diagonale.",
        "When the model says 70%, it should happen about 7 times in 10: the curve then follows the diagonal.";
    ReadResiduals = "Chaque point est une ligne de test. Les points doivent se répartir de part et d'autre de zéro, sans forme visible.",
        "Each point is a held-out row. The points should lie on both sides of zero, without a visible shape.";
    ReadPredictedActual = "Chaque point est une ligne de test. Plus il est près de la diagonale, plus la prédiction est juste.",
        "Each point is a held-out row. The closer to the diagonal, the better the prediction.";
    ReadImportance = "Plus la barre est longue, plus le modèle s'appuie sur la colonne. Près de zéro, il s'en passe. Cela ne dit pas que la colonne est la cause de la cible.",
        "The longer the bar, the more the model relies on the column. Near zero it can do without. This does not say that the column causes the target.";

    // The report.
    ReportTitle = "Rapport d'évaluation", "Evaluation report";
    InShort = "En bref", "In short";
    Asked = "Ce qui était demandé", "What was asked";
    Data = "Les données", "The data";
    Leaderboard = "Les modèles", "The models";
    Measures = "Les mesures du modèle retenu", "Measures of the chosen model";
    Plots = "Les figures", "The plots";
    Careful = "À surveiller", "What to be careful about";
    Provenance = "Provenance", "Provenance";
    Target = "Cible", "Target";
    Task = "Tâche", "Task";
    DecidingMetric = "Mesure qui décide", "Deciding metric";
    Classes = "Classes", "Classes";
    PositiveClass = "Classe cherchée", "Positive class";
    RowsTrain = "Lignes pour apprendre", "Rows learned from";
    RowsTest = "Lignes de test, jamais vues", "Held-out rows, never seen";
    Split = "Comment elles ont été choisies", "How they were held out";
    Folds = "Validation croisée", "Cross-validation";
    FoldsUnit = "plis", "folds";
    Rows = "Lignes", "Rows";
    Columns = "Colonnes", "Columns";
    Column = "Colonne", "Column";
    Kind = "Type", "Kind";
    Missing = "Manquants", "Missing";
    Different = "Valeurs différentes", "Different values";
    Used = "Utilisée", "Used";
    IsTarget = "cible", "target";
    Yes = "oui", "yes";
    No = "non", "no";
    MoreColumns = "colonnes de plus", "more columns";
    Rank = "Rang", "Rank";
    Model = "Modèle", "Model";
    CvScore = "Validation croisée", "Cross-validation";
    TestScore = "Lignes de test", "Held-out rows";
    Interval = "Intervalle à 95 %", "95% interval";
    Speed = "Vitesse", "Speed";
    SpeedUnit = "µs/ligne", "µs/row";
    Chosen = "retenu", "chosen";
    Measure = "Mesure", "Measure";
    Value = "Valeur", "Value";
    Meaning = "Ce que cela dit", "What it says";
    OnlyOne = "Un seul modèle a été entraîné : il n'y a pas de comparaison.", "Only one model was trained, so there is nothing to compare.";
    ChosenBy = "Le modèle retenu est le meilleur en validation croisée, parmi ceux qui répondent assez vite si une limite a été demandée. Les lignes de test n'ont servi qu'à le mesurer.",
        "The chosen model is the best by cross-validation, among those that answer quickly enough where a limit was asked for. The held-out rows only served to measure it.";
    MixtureFirst = "Un ensemble est retenu sauf s'il fait nettement moins bien que le modèle qu'on aurait choisi sans lui. Sa mesure est plus sévère que celle des autres : chaque fois, ses poids ont été choisis sans voir les lignes qui le jugent. Elle peut donc paraître un peu moins bonne.",
        "An ensemble is chosen unless it does clearly worse than the model that would have been chosen without it. Its measure is stricter than theirs: each time, its weights were chosen without the rows that judge it. So it may look a little worse.";
    FittedAgain = "Ensuite, si le budget le permet, le modèle retenu est réappris sur toutes les lignes, celles de test comprises : c'est lui qui répond. Les mesures sont celles d'avant.",
        "Then, where the budget allows, the chosen model is fitted again on all rows, the held-out ones among them: that one answers. The measures are those before.";
    MoreWarnings = "autres avertissements", "more warnings";
    Nothing = "Rien de particulier.", "Nothing in particular.";
    IntervalNote = "Intervalle à 95 % : avec d'autres lignes du même genre, la mesure resterait le plus souvent entre ces bornes.",
        "95% interval: with other rows of the same kind, the measure would mostly stay within these bounds.";
    FileHash = "Empreinte du fichier (SHA-256)", "Hash of the file (SHA-256)";
    Seed = "Graine", "Seed";
    Version = "Version de MicroLearn", "MicroLearn version";
    ModelId = "Modèle", "Model";
    Reproducible = "Avec le même fichier, la même graine et la même version, les mesures sont les mêmes.",
        "The same file, seed and version give the same measures.";
    NotQuiteReproducible = "Un budget en secondes dépend de la vitesse de la machine : le même travail demandé encore peut donner des mesures un peu différentes. Un budget en unités de travail donne toujours les mêmes.",
        "A budget in seconds depends on the machine's speed: the same work asked for again may give slightly different measures. A budget in work units always gives the same.";
    CardUse = "Usage", "Use";
    CardPurpose = "Ce modèle prédit la colonne cible pour des lignes semblables à celles du fichier. Il aide une personne à décider ; il ne décide pas à sa place.",
        "This model predicts the target column for rows like those of the file. It helps a person to decide; it does not decide in their place.";
    CardTitle = "Fiche du modèle", "Model card";
}
