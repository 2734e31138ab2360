//! What is promised of tokens that the identity provider stands by.

use super::access::course;
use super::samples::{fresh_name, token, user};
use super::{CROWD, Store, refused, together};
use domain::course::{CourseRole, Membership};
use domain::user::{ProviderSession, Sealed, Token, User};
use domain::{CourseId, FailureKind, TokenId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// More than any check stores.
const ALL: u32 = 1000;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    each_token_is_checked_by_one(store).await;
    what_the_provider_gave_is_kept(store).await;
    a_session_of_the_provider_has_tokens(store).await;
    groups_are_followed(store).await;
}

async fn somebody(store: &Arc<dyn Store>) -> User {
    let new = user();
    store.insert_user(&new).await.unwrap();
    new
}

/// A stored token about which the provider was asked so long ago.
async fn of_provider(store: &Arc<dyn Store>, user: &User, ago: u64, sid: Option<&str>) -> Token {
    let now = store.now().await.unwrap();
    let mut held = token(user.id, now.after(Duration::from_secs(600)));
    held.used_at = now;
    held.provider = Some(ProviderSession {
        sid: sid.map(str::to_owned),
        sealed: sid.map(|_| Sealed("s'1".to_owned())),
        checked_at: now.before(Duration::from_secs(ago)),
    });
    store.insert_token(&held).await.unwrap();
    held
}

/// Many who ask at once share out the tokens, and nobody gets one again before its time.
pub async fn each_token_is_checked_by_one(store: &Arc<dyn Store>) {
    let ann = somebody(store).await;
    let mut due = BTreeSet::new();
    for ago in 50..70 {
        due.insert(of_provider(store, &ann, ago, None).await.id);
    }
    let fresh = of_provider(store, &ann, 0, None).await;
    let mut ended = token(ann.id, store.now().await.unwrap());
    ended.provider.clone_from(&fresh.provider);
    store.insert_token(&ended).await.unwrap();
    let age = Duration::from_secs(45);
    let taken = together(CROWD, |_| {
        let store = Arc::clone(store);
        async move { store.tokens_to_check(age, 5).await.unwrap() }
    });
    let mut taken: Vec<Vec<Token>> = taken.await;
    for some in &taken {
        assert!(some.len() <= 5 && some.is_sorted_by_key(|token| token.id));
    }
    // Whoever came while the others took theirs may have gone without.
    taken.push(store.tokens_to_check(age, ALL).await.unwrap());
    let taken: Vec<Token> = taken.into_iter().flatten().collect();
    let ours: Vec<TokenId> = taken.iter().map(|token| token.id).collect();
    let ours: Vec<TokenId> = ours.into_iter().filter(|id| due.contains(id)).collect();
    assert_eq!(ours.len(), due.len(), "each once");
    assert_eq!(ours.into_iter().collect::<BTreeSet<_>>(), due);
    let wrong = |token: &Token| token.id == fresh.id || token.id == ended.id;
    assert!(!taken.iter().any(wrong), "not before its time, not ended");
    let again = store.tokens_to_check(age, ALL).await.unwrap();
    assert!(!again.iter().any(|token| due.contains(&token.id)));
}

/// All of it is read back; nothing is given to a token that the provider has nothing to do with.
pub async fn what_the_provider_gave_is_kept(store: &Arc<dyn Store>) {
    let ann = somebody(store).await;
    let sid = fresh_name();
    let held = of_provider(store, &ann, 3, Some(&sid)).await;
    let found = async || store.token(&held.hash).await.unwrap().unwrap().token;
    assert_eq!(found().await, held);
    let newer = Sealed("s2".to_owned());
    assert!(store.reseal(held.id, &newer).await.unwrap());
    let provider = found().await.provider.unwrap();
    assert_eq!(provider.sealed, Some(newer.clone()));
    let before = held.provider.unwrap();
    assert_eq!(
        (provider.sid, provider.checked_at),
        (before.sid, before.checked_at)
    );
    let local = token(ann.id, held.expires_at);
    store.insert_token(&local).await.unwrap();
    for nobodys in [local.id, TokenId::new()] {
        assert!(!store.reseal(nobodys, &newer).await.unwrap());
    }
    assert_eq!(
        store.token(&local.hash).await.unwrap().unwrap().token,
        local
    );
}

/// They are found by its name there, as long as they hold.
pub async fn a_session_of_the_provider_has_tokens(store: &Arc<dyn Store>) {
    let ann = somebody(store).await;
    let sid = fresh_name();
    let held = of_provider(store, &ann, 3, Some(&sid)).await;
    of_provider(store, &ann, 3, Some(&fresh_name())).await;
    let found = store.tokens_of_session(&sid).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&held));
    store.delete_token(ann.id, held.id).await.unwrap();
    assert!(store.tokens_of_session(&sid).await.unwrap().is_empty());
}

/// Where the provider says nothing more, nobody belongs any longer; what was said here stays.
pub async fn groups_are_followed(store: &Arc<dyn Store>) {
    let ann = somebody(store).await;
    let (first, second, own) = (
        course(store).await,
        course(store).await,
        course(store).await,
    );
    let (learns, teaches) = (CourseRole::Student, CourseRole::Teacher);
    let of = |course: CourseId, role| Membership { course, role };
    store.enrol(own.id, ann.id, teaches).await.unwrap();
    let follow = async |courses: &[Membership]| {
        let changed = store.follow_groups(ann.id, courses).await.unwrap();
        (changed, store.memberships(ann.id).await.unwrap())
    };
    let both = [of(first.id, learns), of(second.id, learns)];
    let own_stays = of(own.id, teaches);
    assert_eq!(
        follow(&both).await,
        (true, vec![both[0], both[1], own_stays])
    );
    assert_eq!(
        follow(&both).await,
        (false, vec![both[0], both[1], own_stays])
    );
    let one = [of(second.id, teaches), of(own.id, learns)];
    assert_eq!(follow(&one).await, (true, vec![one[0], own_stays]));
    // Whoever is enrolled here belongs whatever the provider says.
    store.enrol(second.id, ann.id, learns).await.unwrap();
    let stays = vec![of(second.id, learns), own_stays];
    assert_eq!(follow(&one).await, (false, stays.clone()));
    assert_eq!(follow(&[]).await, (false, stays));
    let nowhere = store
        .follow_groups(ann.id, &[of(CourseId::new(), learns)])
        .await;
    refused(nowhere, FailureKind::Conflict, "a course that is not there");
}
