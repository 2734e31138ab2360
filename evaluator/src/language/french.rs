//! French templates: one for each code that a report may have to say.

/// Code and template; `{name}` stands for the parameter of that name.
pub(super) const FRENCH: &[(&str, &str)] = &[
    (
        "evaluate.wins",
        "{first} fait mieux que {second} : sa mesure ({metric}) est meilleure de {difference} sur les lignes de test (entre {lo} et {hi}). C'est plus que le hasard.",
    ),
    (
        "evaluate.equal",
        "{first} et {second} ont la même mesure ({metric}) sur les lignes de test.",
    ),
    (
        "evaluate.within_noise",
        "{first} et {second} se valent : l'écart de {difference} ({metric}) sur les lignes de test peut être dû au hasard (entre {lo} et {hi}).",
    ),
    (
        "evaluate.loses",
        "{first}, choisi par validation croisée, fait moins bien que {second} sur les lignes de test (écart {difference}, {metric}). Le choix reste : le faire avec les lignes de test rendrait leurs mesures trompeuses.",
    ),
    (
        "evaluate.parts_skipped",
        "Le temps manquait : certaines parties de l'évaluation ont été laissées de côté ({parts}).",
    ),
    (
        "evaluate.model_failed",
        "{algorithm} n'a pas pu prédire les lignes de test : {reason}.",
    ),
    (
        "evaluate.none_quick_enough",
        "Aucun modèle ne répond en {limit_ms} ms ; le plus rapide, {algorithm}, prend environ {needed_ms} ms par ligne.",
    ),
    (
        "prepare.rare_classes",
        "Moins de {rows} lignes pour apprendre : {classes}. On ne peut guère apprendre de ces classes, et tout nombre à leur sujet est incertain ; plus de lignes aideraient.",
    ),
    (
        "evaluate.slow_behind",
        "Les modèles qui prennent plus de {limit_ms} ms par ligne sont placés derrière les autres. Le meilleur d'entre eux, {algorithm}, prend environ {needed_ms} ms.",
    ),
    (
        "evaluate.wrong_shape",
        "Il a donné {numbers} nombres, alors qu'il en faut {outputs} pour chacune des {rows} lignes.",
    ),
    (
        "evaluate.no_numbers",
        "Certaines de ses réponses ne sont pas des nombres.",
    ),
    (
        "evaluate.no_rows",
        "Aucune ligne de test : rien n'a pu être mesuré.",
    ),
    (
        "evaluate.metric_undefined",
        "La mesure « {metric} » n'est pas définie pour ces lignes de test : aucun score n'est montré.",
    ),
    (
        "caution.small_test",
        "Il n'y a que {rows} lignes de test : avec d'autres lignes, les mesures pourraient être bien différentes. Regardez les intervalles plus que les valeurs.",
    ),
    (
        "caution.few_groups",
        "Les lignes de test ne forment que {groups} groupes : avec d'autres groupes, les mesures pourraient être bien différentes.",
    ),
    (
        "caution.one_group",
        "Toutes les lignes de test sont d'un seul groupe : on ne peut rien dire de ce que seraient les mesures avec d'autres groupes, et il n'y a pas d'intervalle. Gardez plus de groupes pour le test.",
    ),
    (
        "caution.heavy_tail",
        "L'erreur change beaucoup d'une partie des lignes à l'autre ({cv} ± {std} en validation croisée), comme là où quelques très grandes valeurs en font la plus grande part. Le score de test dépend alors de leur nombre parmi les lignes de test, et son intervalle est peut-être bien trop étroit. Regardez l'erreur médiane ou, si aucune valeur n'est négative, prédisez le logarithme de la cible.",
    ),
    (
        "caution.never_predicted",
        "Le modèle ne prédit jamais : {classes}. Il manque toutes les lignes de test de ces classes ; regardez plutôt leurs probabilités, ou choisissez l'exactitude équilibrée ou F1 comme mesure.",
    ),
    (
        "caution.rare_class",
        "Peu de lignes de test pour : {classes}. Ce que le modèle vaut pour ces classes est incertain.",
    ),
    (
        "caution.imbalance",
        "{share} des lignes de test sont de la classe « {class} » : répondre toujours cela donnerait déjà cette exactitude. Regardez plutôt l'exactitude équilibrée et le rappel.",
    ),
    (
        "caution.too_good",
        "Le résultat est presque parfait. Vérifiez qu'aucune colonne ne contient déjà la réponse, ou n'est connue qu'après l'événement à prédire.",
    ),
    (
        "caution.no_better_than_chance",
        "Le modèle ne fait pas nettement mieux que le hasard : les colonnes disent peu de la cible, ou les lignes manquent.",
    ),
    (
        "caution.test_below_cv",
        "Le score de test est moins bon que celui de la validation croisée ({cv}) : les lignes de test sont peut-être différentes des autres.",
    ),
    (
        "caution.missing_folds",
        "Il manque des plis de validation croisée à certains modèles, faute de temps ou parce qu'ils ont échoué : {algorithms}. Leur mesure est la moyenne des plis qu'ils ont ; dans le classement, un pli manquant compte comme la pire mesure obtenue par un modèle sur ce pli.",
    ),
    ("plot.leaderboard", "Comparaison des modèles"),
    ("plot.confusion", "Matrice de confusion"),
    ("plot.roc", "Courbe ROC"),
    ("plot.precision_recall", "Précision et rappel"),
    ("plot.calibration", "Fiabilité des probabilités"),
    ("plot.residuals", "Écarts selon la valeur prédite"),
    ("plot.predicted_actual", "Valeurs prédites et réelles"),
    ("plot.importance", "Importance des colonnes"),
    (
        "prepare.split_random",
        "{share} des lignes, tirées au hasard",
    ),
    (
        "prepare.split_stratified",
        "{share} des lignes, tirées au hasard, chaque classe dans sa part",
    ),
    (
        "prepare.split_group",
        "des groupes entiers de « {column} » : {held} sur {groups}",
    ),
    (
        "prepare.split_time",
        "les plus récentes selon « {column} », à partir de {from}",
    ),
    (
        "prepare.rows_without_target",
        "{rows} lignes n'ont pas de valeur dans « {column} » et sont laissées de côté.",
    ),
    (
        "prepare.numbers_as_classes",
        "Les {classes} nombres entiers de « {column} » sont pris pour des classes. Si ce sont des quantités, choisissez la tâche de régression.",
    ),
    (
        "prepare.numbers_not_binary",
        "La cible « {column} » contient des nombres, {values} différents, et non deux classes. Choisissez la tâche régression pour prédire le nombre, ou une colonne à deux valeurs.",
    ),
    (
        "prepare.numbers_not_classes",
        "La cible « {column} » contient un nombre différent dans chacune des {values} lignes : ce ne sont pas des classes. Choisissez la tâche régression pour prédire le nombre.",
    ),
    (
        "prepare.target_names_rows",
        "La cible « {column} » a une valeur différente dans chacune des {values} lignes : elle nomme les lignes et ne peut pas être prédite. Choisissez une colonne dont les valeurs se répètent.",
    ),
    (
        "prepare.target_names_rows_try",
        "La cible « {column} » a une valeur différente dans chacune des {values} lignes : elle nomme les lignes et ne peut pas être prédite. Choisissez une colonne dont les valeurs se répètent, par exemple « {other} ».",
    ),
    (
        "prepare.empty_column",
        "La colonne « {column} » est laissée de côté : elle n'a aucune valeur.",
    ),
    (
        "prepare.constant_column",
        "La colonne « {column} » est laissée de côté : elle a partout la même valeur.",
    ),
    (
        "profile.all_different",
        "« {column} » a un texte différent dans chaque ligne, et les textes sont appris en entier : elle n'apprend rien. Laissez-la de côté.",
    ),
    (
        "prepare.all_different",
        "La colonne « {column} » est laissée de côté : elle a un texte différent dans chaque ligne, et les textes sont appris en entier.",
    ),
    (
        "prepare.group_column",
        "La colonne « {column} » est laissée de côté : les lignes sont partagées selon elle, et le modèle est jugé sur des groupes qu'il n'a jamais vus.",
    ),
    (
        "prepare.id_column",
        "La colonne « {column} » est laissée de côté : elle ressemble à un identifiant ou à un numéro de ligne, qui ne dit rien des lignes nouvelles.",
    ),
    ("profile.empty", "« {column} » n'a aucune valeur."),
    (
        "profile.constant",
        "« {column} » a la même valeur dans toutes les lignes et n'apprend rien.",
    ),
    (
        "profile.high_missing",
        "« {column} » n'a pas de valeur dans {percent} % des lignes.",
    ),
    (
        "profile.ambiguous_dates",
        "Les dates de « {column} » peuvent commencer par le jour ou par le mois ; elles sont lues jour d'abord.",
    ),
    (
        "profile.ambiguous_numbers",
        "Les virgules de « {column} », comme dans « {example} », peuvent séparer les milliers ou les décimales ; elles sont lues comme séparant les milliers. Si c'est faux, écrivez les décimales avec un point : 3.142.",
    ),
    (
        "table.unparsed",
        "Dans « {column} », {rows} lignes ont une valeur illisible, comme « {value} » ; elle compte comme manquante.",
    ),
    (
        "profile.group",
        "Plusieurs lignes partagent un même « {column} ». Séparez les lignes selon cette colonne, pour qu'un même cas ne serve pas à la fois à apprendre et à tester.",
    ),
    (
        "profile.id",
        "« {column} » nomme chaque ligne et ne dit rien des autres.",
    ),
    (
        "profile.missing_words",
        "Dans « {column} », {words} est pris pour une valeur manquante ({rows} lignes).",
    ),
    (
        "profile.unparsed",
        "Dans « {column} », {rows} lignes ont une valeur illisible, comme « {example} » ; elle compte comme manquante.",
    ),
    (
        "profile.high_cardinality",
        "« {column} » a {unique} valeurs différentes ; la plupart sont trop rares pour apprendre quelque chose.",
    ),
    (
        "profile.similar_levels",
        "« {column} » contient « {one} » et « {other} », comptés comme deux valeurs.",
    ),
    (
        "profile.near_duplicate",
        "« {column} » dit presque la même chose que « {other} ».",
    ),
    (
        "profile.few_rows",
        "La table n'a que {rows} lignes : les scores sont incertains.",
    ),
    (
        "profile.wide",
        "La table a plus de colonnes ({columns}) que de lignes ({rows}).",
    ),
    (
        "profile.duplicate_rows",
        "{rows} lignes répètent une ligne précédente.",
    ),
    (
        "profile.sampled",
        "Le fichier a {rows} lignes, plus que la mémoire n'en peut tenir ; un échantillon de {sample} lignes sert à apprendre.",
    ),
    (
        "profile.renamed_column",
        "Une autre colonne s'appelle « {name} » : la colonne {place} est devenue « {new_name} ».",
    ),
    (
        "profile.mixed_encoding",
        "{bytes} octets du fichier ne sont pas de l'UTF-8 ; ils ont été lus comme du Windows-1252. Vérifiez les lettres accentuées.",
    ),
];

/// What [`evaluate.parts_skipped`](crate::evaluate::evaluate) names.
pub(super) const PARTS: &[(&str, &str)] = &[
    ("other_models", "les scores des autres modèles"),
    ("intervals", "les intervalles des scores"),
    ("verdict", "la comparaison des deux premiers modèles"),
    ("other_metrics", "les autres mesures"),
    ("curves", "les courbes et les matrices de confusion"),
    ("other_intervals", "les intervalles des autres mesures"),
    ("importance", "l'importance des colonnes"),
];
