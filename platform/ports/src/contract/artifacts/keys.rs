//! What is promised of keys: what is not there, lists, and keys that are none.

use super::{fresh, keys, put};
use crate::artifacts::{Artifacts, Piece, put_bytes};
use crate::contract::refused;
use domain::FailureKind;
use futures_util::future::join_all;
use std::collections::BTreeSet;

/// A key without a file is not found: also one that is a folder, or lies below a file.
pub async fn what_is_missing_is_not_found(artifacts: &dyn Artifacts) {
    let folder = fresh();
    put(artifacts, &format!("{folder}/sub/file"), "x").await;
    for missing in ["none", "none/at/all", "sub", "sub/file/below"] {
        let key = format!("{folder}/{missing}");
        let kind = FailureKind::NotFound;
        refused(
            artifacts.get(&key).await.map(drop),
            kind,
            &format!("get {missing}"),
        );
        refused(
            artifacts.get_range(&key, 0..1).await,
            kind,
            &format!("range of {missing}"),
        );
        refused(artifacts.head(&key).await, kind, &format!("head {missing}"));
        artifacts.delete(&key).await.unwrap_or_else(|error| {
            panic!("deleting {missing} is no error: {}", error.chain());
        });
        assert_eq!(keys(artifacts, &format!("{key}/none")).await, [""; 0]);
    }
    assert_eq!(
        keys(artifacts, &folder).await,
        [format!("{folder}/sub/file")]
    );
}

/// A deleted file is gone, deleting it again changes nothing, and its neighbours stay.
pub async fn deleting_twice_is_no_error(artifacts: &dyn Artifacts) {
    let folder = fresh();
    let (gone, stays) = (format!("{folder}/gone"), format!("{folder}/stays"));
    put(artifacts, &gone, "x").await;
    put(artifacts, &stays, "x").await;
    artifacts.delete(&gone).await.unwrap();
    artifacts.delete(&gone).await.unwrap();
    refused(
        artifacts.head(&gone).await,
        FailureKind::NotFound,
        "a deleted file",
    );
    assert_eq!(keys(artifacts, &folder).await, [stays]);
}

/// A list holds every key that begins with the prefix, wherever it ends, in the order of keys.
pub async fn lists_by_prefix_in_order(artifacts: &dyn Artifacts) {
    let root = fresh();
    let names = [
        "b/2",
        "a/1/z",
        "a-1",
        "a/10",
        "a.1",
        "a1",
        "a/2",
        "b/1/deep/er",
    ];
    for name in names {
        put(artifacts, &format!("{root}/{name}"), "12345").await;
    }
    for prefix in [
        "", "a", "a/", "a/1", "a/1/", "a-", "b/1/de", "c", "a/1/z", "a/1/z/",
    ] {
        let asked = format!("{root}/{prefix}");
        let mut expected: Vec<String> = names.iter().map(|name| format!("{root}/{name}")).collect();
        expected.retain(|key| key.starts_with(&asked));
        expected.sort();
        assert_eq!(keys(artifacts, &asked).await, expected, "prefix {prefix:?}");
    }
    let sizes = artifacts.list(&root).await.unwrap();
    assert!(sizes.iter().all(|file| file.bytes == 5), "sizes are told");
    let everything = keys(artifacts, "").await;
    assert!(
        everything.contains(&format!("{root}/b/2")),
        "no prefix means all"
    );
    assert!(everything.is_sorted(), "also all is in order");
}

/// Piece after piece, every file is told once, also when others go between two pieces.
pub async fn lists_in_pieces(artifacts: &dyn Artifacts) {
    const FILES: usize = 2_100;
    let root = fresh();
    let name = |number: usize| format!("{root}/{}/{number}", number % 7);
    let names: BTreeSet<String> = (0..FILES).map(name).collect();
    // Some at a time, as a server may not take thousands at once.
    for names in names.iter().collect::<Vec<_>>().chunks(50) {
        join_all(names.iter().map(|name| put(artifacts, name, "1"))).await;
    }
    let (mut told, mut from, mut pieces) = (BTreeSet::new(), None, 0);
    loop {
        let prefix = format!("{root}/");
        let piece = artifacts
            .list_piece(&prefix, from.as_deref())
            .await
            .unwrap();
        pieces += 1;
        for file in piece.files {
            assert_eq!(file.bytes, 1);
            // What was told goes: the next piece must not depend on it.
            artifacts.delete(&file.key).await.unwrap();
            assert!(told.insert(file.key), "once");
        }
        from = match piece.next {
            Some(next) => Some(next),
            None => break,
        };
        assert!(pieces <= FILES, "the pieces come to an end");
    }
    assert_eq!(told, names);
    let none = artifacts
        .list_piece(&format!("{root}/"), None)
        .await
        .unwrap();
    assert_eq!(none, Piece::default());
}

/// A key that could leave its place, or that some adapter cannot hold, is refused by every method.
pub async fn bad_keys_are_refused_everywhere(artifacts: &dyn Artifacts) {
    let long = "a/".repeat(450) + "a";
    for bad in [
        "/etc/passwd",
        "../up",
        "a/../../up",
        "a//b",
        "a/./b",
        "..",
        "a b",
        "a\\b",
        "é",
        "a\0b",
        "~spool/x",
        "a/%2e%2e/b",
        "a\n",
        &long,
    ] {
        let kind = FailureKind::Conflict;
        let what = |method: &str| format!("{method} {bad:?}");
        refused(
            put_bytes(artifacts, bad, "x".into()).await,
            kind,
            &what("put"),
        );
        refused(
            artifacts.put_once(bad, "x".into()).await,
            kind,
            &what("put_once"),
        );
        refused(artifacts.get(bad).await.map(drop), kind, &what("get"));
        refused(
            artifacts.get_range(bad, 0..1).await,
            kind,
            &what("get_range"),
        );
        refused(artifacts.head(bad).await, kind, &what("head"));
        refused(artifacts.list(bad).await, kind, &what("list"));
        refused(artifacts.delete(bad).await, kind, &what("delete"));
    }
    for bad in ["", "a/", "."] {
        let kind = FailureKind::Conflict;
        refused(
            put_bytes(artifacts, bad, "x".into()).await,
            kind,
            &format!("put {bad:?}"),
        );
    }
}
