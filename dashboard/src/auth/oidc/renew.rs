//! Whether the provider still stands by those who are signed in.
//!
//! Every few seconds each gateway takes those about whom nobody has asked for a while, so that each is
//! asked about once. Of a sign-in the provider is asked with its refresh token; of a personal token,
//! behind which no session of the provider stands, its administration is asked. Whoever is disabled
//! there, or loses a role, or is signed out, is so here within a minute. A provider that does not
//! answer ends nothing.

use super::accounts::{account, belong, courses, follow};
use super::claims::{Claims, Purpose, RealmAccess};
use super::provider::{Account, Granted, RealmGroup, RealmRole, Refusal};
use super::seal::Secrets;
use super::sign_in::believed;
use super::{Oidc, accounts};
use crate::auth::login::end;
use crate::config::Part;
use crate::state::Gateway;
use domain::audit::{AuditEntry, AuditOutcome};
use domain::user::{Sealed, Token};
use domain::{Failure, FailureKind, UserId};
use futures_util::StreamExt;
use serde_json::json;
use service_kit::http::ApiResult;
use std::collections::BTreeMap;
use std::time::Duration;

/// The longest pause between two looks for who is due.
const PAUSE: Duration = Duration::from_secs(5);
/// So many are taken at a look …
const BATCH: u32 = 200;
/// … and so many asked about at once.
const AT_ONCE: usize = 8;

/// Asks until the gateway ends.
pub(crate) async fn keep_renewed(gateway: Gateway) {
    let Some(oidc) = gateway.config.oidc.clone() else {
        return;
    };
    if gateway.config.part == Part::Serving {
        return;
    }
    let every = PAUSE.min(oidc.provider().config.recheck / 2);
    loop {
        let pause = tokio::time::sleep(every);
        tokio::select! {
            () = gateway.shutdown.cancelled() => return,
            () = pause => {}
        }
        if let Err(error) = look(&gateway, &oidc).await {
            let failure = error.failure();
            tracing::warn!(%failure, "nobody was asked about at the provider");
        }
    }
}

async fn look(gateway: &Gateway, oidc: &Oidc) -> ApiResult<()> {
    loop {
        let age = oidc.provider().config.recheck;
        let due = gateway.ports.store.tokens_to_check(age, BATCH).await?;
        let full = due.len() == BATCH as usize;
        let (mut people, mut sessions) = (BTreeMap::<UserId, Vec<Token>>::new(), Vec::new());
        for token in due {
            match token.provider.as_ref().and_then(|p| p.sealed.clone()) {
                Some(sealed) => sessions.push((token, sealed)),
                None => people.entry(token.user).or_default().push(token),
            }
        }
        let sessions = sessions.into_iter().map(|(token, sealed)| async move {
            let asked = session(gateway, oidc, &token, &sealed).await;
            told(&asked);
        });
        let people = people.into_keys().map(|user| async move {
            let asked = person(gateway, oidc, user).await;
            told(&asked);
        });
        let sessions = futures_util::stream::iter(sessions);
        sessions.buffer_unordered(AT_ONCE).collect::<()>().await;
        let people = futures_util::stream::iter(people);
        people.buffer_unordered(AT_ONCE).collect::<()>().await;
        if !full || gateway.shutdown.is_cancelled() {
            return Ok(());
        }
    }
}

fn told(asked: &Result<(), Failure>) {
    if let Err(failure) = asked {
        tracing::warn!(%failure, "the provider could not be asked about somebody");
    }
}

/// Asks with what the provider gave at the sign-in.
async fn session(
    gateway: &Gateway,
    oidc: &Oidc,
    token: &Token,
    sealed: &Sealed,
) -> Result<(), Failure> {
    let Some(secrets) = oidc.seal().open(sealed) else {
        return ended(gateway, token, "the secret of this site was changed").await;
    };
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &secrets.refresh),
    ];
    let granted = match oidc.provider().grant(&fields).await {
        Ok(granted) => granted,
        Err(Refusal::No) => return ended(gateway, token, "the provider says no").await,
        Err(Refusal::Away(failure)) => return Err(failure),
    };
    let newer = newer(&granted, secrets);
    let sealed = oidc.seal().close(&newer)?;
    gateway.ports.store.reseal(token.id, &sealed).await?;
    let access = &granted.access_token;
    let claims = match believed(gateway, oidc.provider(), access, Purpose::Access).await {
        Ok(claims) => claims,
        Err(failure) if failure.kind == FailureKind::Unauthenticated => {
            return ended(gateway, token, "what the provider says cannot be believed").await;
        }
        Err(failure) => return Err(failure),
    };
    let user = gateway.ports.store.user(token.user).await?;
    let subject = user.and_then(|user| user.subject);
    if subject != Some(accounts::subject(&claims)) {
        return ended(gateway, token, "the provider tells of somebody else").await;
    }
    match account(gateway, oidc, &claims).await {
        Ok(_) => Ok(()),
        Err(error) if error.failure().kind == FailureKind::Forbidden => {
            ended(gateway, token, &error.failure().message.code).await
        }
        Err(error) => Err(error.failure().clone()),
    }
}

/// What is asked with the next time: providers that turn their tokens over give another.
fn newer(granted: &Granted, before: Secrets) -> Secrets {
    Secrets {
        refresh: granted.refresh_token.clone().unwrap_or(before.refresh),
        id: granted.id_token.clone().unwrap_or(before.id),
    }
}

async fn ended(gateway: &Gateway, token: &Token, why: &str) -> Result<(), Failure> {
    let ended = end(gateway, token).await;
    ended.map_err(|error| error.failure().clone())?;
    note(gateway, token.user, why).await;
    Ok(())
}

/// Asks the provider's administration.
async fn person(gateway: &Gateway, oidc: &Oidc, id: UserId) -> Result<(), Failure> {
    let store = &gateway.ports.store;
    let Some(user) = store.user(id).await? else {
        return Ok(());
    };
    let sub = accounts::sub_of(&oidc.provider().config.issuer, &user);
    let said = match sub {
        Some(sub) => about(oidc, sub).await,
        // Of another provider, which this site has nothing to do with any more.
        None => Ok(None),
    };
    let claims = match said {
        Ok(claims) => claims,
        Err(Refusal::Away(failure)) => return Err(failure),
        Err(Refusal::No) => {
            let text = "The provider's administration does not answer this site: its service \
                        account needs the role view-users of realm-management.";
            return Err(Failure::new(
                FailureKind::Forbidden,
                "oidc.no_administration",
                text,
            ));
        }
    };
    let why = match claims {
        None => "the provider knows them no longer",
        Some(claims) => match follow(gateway, user, &claims).await {
            Ok(user) => {
                let said = courses(gateway, oidc, &user, &claims).await;
                let said = said.map_err(|error| error.failure().clone())?;
                let belongs = belong(gateway, &user, said).await;
                return belongs.map_err(|error| error.failure().clone());
            }
            Err(error) if error.failure().kind == FailureKind::Forbidden => "they have no role",
            Err(error) => return Err(error.failure().clone()),
        },
    };
    store.delete_tokens(id, None).await?;
    gateway.known.forget_user(id);
    note(gateway, id, why).await;
    Ok(())
}

/// What a token would say of them now; nothing where they may not sign in.
async fn about(oidc: &Oidc, sub: &str) -> Result<Option<Claims>, Refusal> {
    let provider = oidc.provider();
    let account: Option<Account> = provider.administration(&["users", sub]).await?;
    if !account.is_some_and(|account| account.enabled) {
        return Ok(None);
    }
    let path = ["users", sub, "role-mappings", "realm", "composite"];
    let roles: Option<Vec<RealmRole>> = provider.administration(&path).await?;
    let roles = roles.unwrap_or_default().into_iter();
    let groups: Vec<RealmGroup> = match provider.config.course_groups.is_empty() {
        true => Vec::new(),
        false => {
            let groups = provider.administration(&["users", sub, "groups"]).await?;
            groups.unwrap_or_default()
        }
    };
    Ok(Some(Claims {
        iss: provider.config.issuer.clone(),
        sub: Some(sub.to_owned()),
        realm_access: RealmAccess {
            roles: roles.map(|role| role.name).collect(),
        },
        groups: groups.into_iter().map(|group| group.path).collect(),
        ..Claims::default()
    }))
}

async fn note(gateway: &Gateway, user: UserId, why: &str) {
    let entry = AuditEntry {
        actor: None,
        actor_name: None,
        action: "end_session".to_owned(),
        resource: format!("user/{user}"),
        outcome: AuditOutcome::Done,
        address: None,
        details: Some(json!({"why": why})),
    };
    gateway.note(&entry).await;
}
