//! What defines a store of files.

pub mod keys;

use super::{CROWD, refused};
use crate::artifacts::{Artifacts, ByteStream, get_bytes, put_bytes};
use bytes::Bytes;
use domain::{FailureKind, JobId};
use futures_util::StreamExt;
use futures_util::future::join_all;
use std::io::{Error, ErrorKind};

/// Every check.
pub async fn all(artifacts: &dyn Artifacts) {
    keeps_what_is_put(artifacts).await;
    large_files_pass_through(artifacts).await;
    a_write_that_breaks_leaves_nothing(artifacts).await;
    a_reader_sees_one_whole_file(artifacts).await;
    one_of_many_puts_once(artifacts).await;
    a_range_is_cut_at_the_end(artifacts).await;
    keys::what_is_missing_is_not_found(artifacts).await;
    keys::deleting_twice_is_no_error(artifacts).await;
    keys::lists_by_prefix_in_order(artifacts).await;
    keys::lists_in_pieces(artifacts).await;
    keys::bad_keys_are_refused_everywhere(artifacts).await;
    neighbours_never_disturb_each_other(artifacts).await;
    artifacts.ping().await.expect("a store that works answers");
}

/// A folder that nobody else uses.
fn fresh() -> String {
    format!("contract/{}", JobId::new())
}

fn pieces(pieces: Vec<std::io::Result<Bytes>>) -> ByteStream {
    Box::pin(futures_util::stream::iter(pieces))
}

async fn put(artifacts: &dyn Artifacts, key: &str, content: &'static str) {
    put_bytes(artifacts, key, content.into()).await.unwrap();
}

async fn keys(artifacts: &dyn Artifacts, prefix: &str) -> Vec<String> {
    let listed = artifacts.list(prefix).await.unwrap();
    listed.into_iter().map(|file| file.key).collect()
}

/// What was put is read back, with its size and hash; putting again replaces.
pub async fn keeps_what_is_put(artifacts: &dyn Artifacts) {
    let key = format!("{}/a.b_c=d-e.csv", fresh());
    let halves = pieces(vec![Ok("a".into()), Ok(Bytes::new()), Ok("bc".into())]);
    let written = artifacts.put(&key, halves).await.unwrap();
    // FIPS 180-2's example.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!((written.bytes, written.sha256.as_str()), (3, abc));
    assert_eq!(get_bytes(artifacts, &key).await.unwrap(), "abc");
    let head = artifacts.head(&key).await.unwrap();
    assert_eq!((head.key.as_str(), head.bytes), (key.as_str(), 3));
    let empty = artifacts.put(&key, pieces(vec![])).await.unwrap();
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!((empty.bytes, empty.sha256.as_str()), (0, nothing));
    assert_eq!(get_bytes(artifacts, &key).await.unwrap(), "", "replaced");
    assert_eq!(artifacts.head(&key).await.unwrap().bytes, 0);
}

/// A large file goes in and comes out in pieces, whole.
pub async fn large_files_pass_through(artifacts: &dyn Artifacts) {
    const BYTES: usize = 20 * 1024 * 1024;
    let key = format!("{}/large", fresh());
    let pattern = |at: usize| (at % 251) as u8;
    let content = futures_util::stream::iter((0..BYTES).step_by(65_536).map(move |start| {
        let end = (start + 65_536).min(BYTES);
        Ok((start..end).map(pattern).collect::<Bytes>())
    }));
    let written = artifacts.put(&key, Box::pin(content)).await.unwrap();
    assert_eq!(written.bytes, BYTES as u64);
    // From Python: hashlib.sha256(bytes(i % 251 for i in range(20 * 1024 * 1024))).
    let hash = "99254018a4506cae413a471f8b9d968a1ab1771565f3247b6e1c3f927e9a572f";
    assert_eq!(written.sha256, hash);
    let (mut at, mut stream) = (0, artifacts.get(&key).await.unwrap());
    while let Some(piece) = stream.next().await {
        let piece = piece.unwrap();
        let whole = piece
            .iter()
            .enumerate()
            .all(|(n, byte)| *byte == pattern(at + n));
        assert!(whole, "the piece at {at} differs");
        at += piece.len();
    }
    assert_eq!(at, BYTES, "nothing is missing at the end");
    artifacts.delete(&key).await.unwrap();
}

/// A stream that fails half-way, or a writer that is dropped, leaves what was there before.
pub async fn a_write_that_breaks_leaves_nothing(artifacts: &dyn Artifacts) {
    let (folder, old) = (fresh(), "what was there");
    let (new, known) = (format!("{folder}/new"), format!("{folder}/known"));
    put(artifacts, &known, old).await;
    for key in [&new, &known] {
        for kind in [ErrorKind::UnexpectedEof, ErrorKind::NotFound] {
            let broken = pieces(vec![Ok("half".into()), Err(Error::new(kind, "cut"))]);
            let failed = artifacts.put(key, broken).await;
            refused(failed, FailureKind::Unavailable, "a stream that breaks");
        }
        let half = futures_util::stream::iter([Ok(Bytes::from("half"))]);
        let stuck = half.chain(futures_util::stream::pending());
        let put = artifacts.put(key, Box::pin(stuck));
        let dropped = tokio::time::timeout(std::time::Duration::from_millis(30), put).await;
        assert!(dropped.is_err(), "a stream without end is never stored");
    }
    assert_eq!(keys(artifacts, &folder).await, [known.as_str()]);
    assert_eq!(get_bytes(artifacts, &known).await.unwrap(), old);
}

/// While a file is replaced again and again, every reader gets one version of it, whole.
pub async fn a_reader_sees_one_whole_file(artifacts: &dyn Artifacts) {
    let key = format!("{}/file", fresh());
    let version = |number: u8| Bytes::from(vec![number; 50_000]);
    put_bytes(artifacts, &key, version(0)).await.unwrap();
    let write = async {
        for number in 1..20 {
            put_bytes(artifacts, &key, version(number)).await.unwrap();
        }
    };
    let read = async {
        for _ in 0..20 {
            let content = get_bytes(artifacts, &key).await.unwrap();
            assert_eq!(content.len(), 50_000, "a reader saw a part");
            assert!(
                content.iter().all(|byte| *byte == content[0]),
                "a reader saw a mixture"
            );
        }
    };
    futures_util::future::join(write, read).await;
    assert_eq!(get_bytes(artifacts, &key).await.unwrap(), version(19));
}

/// Of many who put a file once, one does; the others are told, and its content stays.
pub async fn one_of_many_puts_once(artifacts: &dyn Artifacts) {
    let key = format!("{}/once", fresh());
    let tries = (0..CROWD).map(|n| artifacts.put_once(&key, n.to_string().into()));
    let outcomes = join_all(tries).await;
    let winners: Vec<usize> = (0..CROWD).filter(|n| outcomes[*n].is_ok()).collect();
    assert_eq!(winners.len(), 1, "one of {CROWD} wins, not {winners:?}");
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        refused(outcome, FailureKind::Conflict, "a second put_once");
    }
    let content = get_bytes(artifacts, &key).await.unwrap();
    assert_eq!(content, winners[0].to_string(), "the winner's");
    artifacts.delete(&key).await.unwrap();
    let again = artifacts.put_once(&key, "again".into()).await.unwrap();
    assert_eq!(again.bytes, 5, "a deleted key is free");
}

/// A range is what lies between its ends, as far as the file goes.
pub async fn a_range_is_cut_at_the_end(artifacts: &dyn Artifacts) {
    let key = format!("{}/digits", fresh());
    put(artifacts, &key, "0123456789").await;
    for (range, expected) in [
        (0..10, "0123456789"),
        (3..5, "34"),
        (4..4, ""),
        (8..100, "89"),
        (10..20, ""),
        (500..501, ""),
        (9..u64::MAX, "9"),
        (u64::MAX - 1..u64::MAX, ""),
    ] {
        let part = artifacts.get_range(&key, range.clone()).await;
        let part = part.unwrap_or_else(|error| panic!("{range:?}: {}", error.chain()));
        assert_eq!(part, expected, "{range:?}");
    }
}

/// Putting and deleting in one folder at the same time never fails, and the last word stays.
pub async fn neighbours_never_disturb_each_other(artifacts: &dyn Artifacts) {
    let folder = fresh();
    let busy = (0..CROWD).map(|n| {
        let key = format!("{folder}/deep/er/{n}");
        async move {
            for _ in 0..10 {
                put(artifacts, &key, "x").await;
                assert_eq!(artifacts.head(&key).await.unwrap().bytes, 1);
                let listed = artifacts.list(&key).await.unwrap();
                assert!(
                    listed.iter().any(|file| file.key == key),
                    "{key} was just put"
                );
                artifacts.delete(&key).await.unwrap();
            }
            put(artifacts, &key, "last").await;
        }
    });
    join_all(busy).await;
    assert_eq!(
        keys(artifacts, &folder).await.len(),
        CROWD,
        "every last put is there"
    );
}
