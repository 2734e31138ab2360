//! Dependency arrows run one way.

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::BTreeMap;

const SERVICES: [&str; 7] = [
    "data-preparer",
    "model-selector",
    "hyperopt",
    "trainer",
    "evaluator",
    "deployer",
    "orchestrator",
];

/// Which crates of the house a crate may name.
fn allowed(name: &str) -> Vec<&'static str> {
    match name {
        "domain" | "trees" => vec![],
        "ml" => vec!["domain", "trees"],
        "tables" => vec!["domain", "ml"],
        "ports" => vec!["domain"],
        "adapters" => vec!["domain", "ports"],
        "service-kit" => vec!["domain", "ports"],
        "folds" => vec!["domain", "ml", "tables", "service-kit"],
        "dashboard" => vec!["domain", "ml", "tables", "ports", "service-kit"],
        "hyperopt" | "trainer" | "evaluator" | "data-preparer" | "model-selector" | "deployer"
        | "orchestrator" => vec!["domain", "ml", "tables", "folds", "ports", "service-kit"],
        "microlearn" => {
            let mut all = vec![
                "domain",
                "ml",
                "tables",
                "ports",
                "adapters",
                "service-kit",
                "dashboard",
            ];
            all.extend(SERVICES);
            all
        }
        // From outside: it starts the program and calls it.
        "system-tests" => vec![],
        other => panic!("{other} is a new crate: say here what it may name"),
    }
}

#[test]
fn nobody_reaches_up_or_sideways() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let names: Vec<String> = metadata
        .packages
        .iter()
        .map(|p| p.name.to_string())
        .collect();
    let mut wrong = BTreeMap::new();
    for package in &metadata.packages {
        let may = allowed(package.name.as_str());
        for dependency in &package.dependencies {
            let inside = names.contains(&dependency.name);
            let test_only = dependency.kind == DependencyKind::Development;
            // Tests may use an adapter, or real servers, to have something to stand on.
            // The simulation plays the worker and the orchestrator themselves.
            let for_tests = test_only
                && (["adapters", "system-tests"].contains(&dependency.name.as_str())
                    || package.name.as_str() == "system-tests");
            if inside && !for_tests && !may.contains(&dependency.name.as_str()) {
                wrong.insert(package.name.to_string(), dependency.name.clone());
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "these arrows point the wrong way: {wrong:?}"
    );
}

#[test]
fn the_nouns_know_no_io() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let domain = metadata
        .packages
        .iter()
        .find(|p| p.name.as_str() == "domain")
        .unwrap();
    let normal = domain
        .dependencies
        .iter()
        .filter(|d| d.kind == DependencyKind::Normal);
    let names: Vec<&str> = normal.map(|dependency| dependency.name.as_str()).collect();
    assert_eq!(
        names,
        ["deunicode", "serde", "serde_json", "thiserror", "uuid"]
    );
}
