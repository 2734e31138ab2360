//! What is promised of people, their tokens, and their repeated requests.

use super::samples::{fresh_name, token, user};
use super::{CROWD, Store, refused, together};
use domain::user::{Token, User};
use domain::{FailureKind, TokenId, UserId};
use std::sync::Arc;
use std::time::Duration;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    a_user_is_found_by_id_and_name(store).await;
    a_name_is_given_once(store).await;
    a_token_signs_in_until_it_ends(store).await;
    disabled_users_have_no_tokens(store).await;
    a_new_password_ends_other_tokens(store).await;
    a_repeated_request_gets_the_first_answer(store).await;
    a_key_stands_for_one_request(store).await;
}

/// All of a user; the debug form leaves the password out.
fn whole(user: &User) -> (serde_json::Value, Option<String>) {
    (
        serde_json::to_value(user).unwrap(),
        user.password_hash.clone(),
    )
}

/// A token for this user that holds for a while.
async fn fresh_token(store: &Arc<dyn Store>, user: UserId) -> Token {
    let ends = store.now().await.unwrap().after(Duration::from_secs(600));
    let token = token(user, ends);
    store.insert_token(&token).await.unwrap();
    token
}

async fn signs_in(store: &Arc<dyn Store>, token: &Token) -> bool {
    store.token(&token.hash).await.unwrap().is_some()
}

/// A user is read back whole, the password's hash included; others are not there.
pub async fn a_user_is_found_by_id_and_name(store: &Arc<dyn Store>) {
    let before = store.count_users().await.unwrap();
    let mut new = user();
    store.insert_user(&new).await.unwrap();
    let by_id = store.user(new.id).await.unwrap().unwrap();
    let by_name = store.user_by_name(&new.username).await.unwrap().unwrap();
    assert_eq!((whole(&by_id), whole(&by_name)), (whole(&new), whole(&new)));
    assert!(store.count_users().await.unwrap() > before);
    assert!(store.user(UserId::new()).await.unwrap().is_none());
    assert!(store.user_by_name(&fresh_name()).await.unwrap().is_none());
    let like = new.username.replace('-', "_");
    assert!(
        store.user_by_name(&like).await.unwrap().is_none(),
        "names are compared exactly"
    );
    (new.id, new.username, new.password_hash) = (UserId::new(), fresh_name(), None);
    store.insert_user(&new).await.unwrap();
    let remote = store.user(new.id).await.unwrap().unwrap();
    assert_eq!(
        remote.password_hash, None,
        "an account without a local password"
    );
}

/// Of many who want a name at once, one gets it; the others are told, and leave nothing.
pub async fn a_name_is_given_once(store: &Arc<dyn Store>) {
    let name = fresh_name();
    let tries = together(CROWD, |_| {
        let (store, mut new) = (Arc::clone(store), user());
        new.username.clone_from(&name);
        async move { (new.id, store.insert_user(&new).await) }
    });
    let (won, lost): (Vec<_>, Vec<_>) = tries
        .await
        .into_iter()
        .partition(|(_, outcome)| outcome.is_ok());
    assert_eq!(won.len(), 1, "one of {CROWD} gets the name");
    let holder = store.user_by_name(&name).await.unwrap().unwrap();
    assert_eq!(holder.id, won[0].0);
    for (id, refusal) in lost {
        refused(refusal, FailureKind::Conflict, "a name that is taken");
        assert!(store.user(id).await.unwrap().is_none());
    }
}

/// A token signs its user in until its end, or until it is deleted, and is listed as long.
pub async fn a_token_signs_in_until_it_ends(store: &Arc<dyn Store>) {
    let (ann, bob) = (user(), user());
    store.insert_user(&ann).await.unwrap();
    store.insert_user(&bob).await.unwrap();
    let first = fresh_token(store, ann.id).await;
    let second = fresh_token(store, ann.id).await;
    let ended = token(ann.id, store.now().await.unwrap());
    store.insert_token(&ended).await.unwrap();
    assert!(!signs_in(store, &ended).await, "its end has come");
    let found = store.token(&first.hash).await.unwrap().unwrap();
    assert_eq!(
        (found.token, whole(&found.user)),
        (first.clone(), whole(&ann))
    );
    assert_eq!(found.courses, []);
    assert_eq!(
        store
            .token(&fresh_name())
            .await
            .unwrap()
            .map(|found| found.token),
        None
    );
    let listed = store.tokens(ann.id).await.unwrap();
    assert_eq!(
        listed,
        [second.clone(), first.clone()],
        "newest first, without the ended"
    );
    let twice = Token {
        id: TokenId::new(),
        ..first.clone()
    };
    refused(
        store.insert_token(&twice).await,
        FailureKind::Conflict,
        "the same token twice",
    );
    store.touch_token(first.id).await.unwrap();
    let used = store.token(&first.hash).await.unwrap().unwrap().token;
    assert!(used.used_at > first.used_at, "its use is noted");
    assert_eq!(used.expires_at, first.expires_at, "and nothing else");
    let others = store.delete_token(bob.id, first.id).await.unwrap();
    assert!(!others, "nobody ends somebody else's token");
    assert!(signs_in(store, &first).await);
    assert!(store.delete_token(ann.id, first.id).await.unwrap());
    assert!(
        !store.delete_token(ann.id, first.id).await.unwrap(),
        "it is gone"
    );
    assert!(!signs_in(store, &first).await);
    assert!(signs_in(store, &second).await, "the other stays");
}

/// A token of a disabled user signs nobody in.
pub async fn disabled_users_have_no_tokens(store: &Arc<dyn Store>) {
    let mut gone = user();
    gone.disabled = true;
    store.insert_user(&gone).await.unwrap();
    let token = fresh_token(store, gone.id).await;
    assert!(!signs_in(store, &token).await);
    let kept = store.user(gone.id).await.unwrap().unwrap();
    assert!(kept.disabled, "the account is still known");
}

/// A new password ends every token of the user but the one that is kept.
pub async fn a_new_password_ends_other_tokens(store: &Arc<dyn Store>) {
    let (ann, bob) = (user(), user());
    store.insert_user(&ann).await.unwrap();
    store.insert_user(&bob).await.unwrap();
    let (kept, other) = (
        fresh_token(store, ann.id).await,
        fresh_token(store, ann.id).await,
    );
    let bobs = fresh_token(store, bob.id).await;
    store
        .set_password(ann.id, "$argon2id$new", false, Some(kept.id))
        .await
        .unwrap();
    assert!(signs_in(store, &kept).await);
    assert!(!signs_in(store, &other).await);
    assert!(signs_in(store, &bobs).await, "others' tokens stay");
    let changed = store.user(ann.id).await.unwrap().unwrap();
    assert_eq!(changed.password_hash.as_deref(), Some("$argon2id$new"));
    assert!(!changed.must_change_password, "it was changed");
    assert_eq!((changed.roles, changed.username), (ann.roles, ann.username));
    store
        .set_password(ann.id, "$argon2id$newer", true, None)
        .await
        .unwrap();
    assert!(!signs_in(store, &kept).await, "none is kept");
    let reset = store.user(ann.id).await.unwrap().unwrap();
    assert!(reset.must_change_password, "somebody else has set it");
    let none = store.set_password(UserId::new(), "x", false, None).await;
    refused(none, FailureKind::NotFound, "a password of nobody");
}

/// The first answer to a request is given to everybody who repeats it, also at the same moment.
pub async fn a_repeated_request_gets_the_first_answer(store: &Arc<dyn Store>) {
    let (ann, bob) = (UserId::new(), UserId::new());
    let ask = async |answer| store.remember(ann, "key", "body", answer).await.unwrap();
    assert_eq!(ask(None).await, None, "nothing is known yet");
    assert_eq!(ask(None).await, None, "the request has no answer yet");
    let answers = together(CROWD, |n| {
        let (store, answer) = (Arc::clone(store), format!("answer {n}"));
        async move {
            store
                .remember(ann, "key", "body", Some(&answer))
                .await
                .unwrap()
        }
    });
    let answers = answers.await;
    let first = answers[0].clone().expect("an answer is remembered");
    assert!(first.starts_with("answer "), "{first:?}");
    let same = answers.iter().all(|answer| answer.as_ref() == Some(&first));
    assert!(same, "all get one answer: {answers:?}");
    assert_eq!(ask(None).await, Some(first), "it stays");
    let of_bob = store
        .remember(bob, "key", "other body", None)
        .await
        .unwrap();
    assert_eq!(of_bob, None, "keys belong to their user");
    let other = store
        .remember(ann, "key 2", "other body", Some("é"))
        .await
        .unwrap();
    assert_eq!(other.as_deref(), Some("é"), "another key, another answer");
}

/// A key that comes with another request is refused, and spoils nothing.
pub async fn a_key_stands_for_one_request(store: &Arc<dyn Store>) {
    let ann = UserId::new();
    let remember = async |body, answer| store.remember(ann, "key", body, answer).await;
    assert_eq!(remember("first", None).await.unwrap(), None);
    for answer in [None, Some("wrong")] {
        let refusal = remember("second", answer).await;
        refused(refusal, FailureKind::Conflict, "a key of another request");
    }
    assert_eq!(
        remember("first", None).await.unwrap(),
        None,
        "still without answer"
    );
    assert_eq!(
        remember("first", Some("right")).await.unwrap().as_deref(),
        Some("right")
    );
    let refusal = remember("second", Some("wrong")).await;
    refused(refusal, FailureKind::Conflict, "a key of another request");
    assert_eq!(
        remember("first", None).await.unwrap().as_deref(),
        Some("right")
    );
}
