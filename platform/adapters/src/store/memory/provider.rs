//! Tokens that hold as long as the identity provider stands by them, and where its groups lead.

use super::MemoryStore;
use super::access::MemberRow;
use super::refusal::{Outcome, Refusal};
use super::state::State;
use async_trait::async_trait;
use domain::course::Membership;
use domain::user::{Sealed, Token};
use domain::{CourseId, Timestamp, TokenId, UserId};
use ports::Result;
use ports::store::{ProviderTokens, plain};
use std::time::Duration;

impl State {
    fn tokens_to_check(&mut self, age: Duration, limit: u32, now: Timestamp) -> Vec<Token> {
        let before = now.before(age);
        let waits = |token: &Token| {
            let checked = token.provider.as_ref().map(|provider| provider.checked_at);
            checked.filter(|checked| *checked <= before && token.ends_at() > now)
        };
        let all = self.tokens.iter();
        let mut due: Vec<(Timestamp, TokenId)> = all
            .filter_map(|(id, token)| Some((waits(token)?, *id)))
            .collect();
        due.sort_unstable();
        due.truncate(limit as usize);
        let mut taken: Vec<Token> = Vec::new();
        for (_, id) in due {
            self.tokens.change(&id, |token| {
                if let Some(provider) = &mut token.provider {
                    provider.checked_at = now;
                }
            });
            taken.extend(self.tokens.get(&id).cloned());
        }
        taken.sort_by_key(|token| token.id);
        taken
    }

    fn reseal(&mut self, id: TokenId, sealed: &Sealed) -> bool {
        let changed = self.tokens.change(&id, |token| {
            let provider = token.provider.as_mut();
            provider
                .map(|provider| provider.sealed = Some(sealed.clone()))
                .is_some()
        });
        changed == Some(true)
    }

    fn follow_groups(&mut self, user: UserId, courses: &[Membership]) -> Outcome<bool> {
        let before = self.members.find(user);
        let before = before.filter(|(_, row)| row.by_provider);
        let goes = |course: CourseId| courses.iter().all(|new| new.course != course);
        let gone: Vec<_> = before
            .map(|(key, _)| *key)
            .filter(|key| goes(key.0))
            .collect();
        let mut changed = !gone.is_empty();
        self.members.remove_all(gone);
        for new in courses {
            let known = self.members.get(&(new.course, user));
            if known.is_some_and(|known| !known.by_provider || known.role == new.role) {
                continue;
            }
            if !self.courses.has(&new.course) || !self.users.has(&user) {
                return Err(Refusal::Dangling);
            }
            let row = MemberRow {
                user,
                role: new.role,
                by_provider: true,
            };
            self.members.put((new.course, user), row);
            changed = true;
        }
        Ok(changed)
    }
}

#[async_trait]
impl ProviderTokens for MemoryStore {
    async fn tokens_to_check(&self, age: Duration, limit: u32) -> Result<Vec<Token>> {
        self.change("take tokens to ask the provider about", |state, now| {
            Ok(state.tokens_to_check(age, limit, now))
        })
    }

    async fn reseal(&self, id: TokenId, sealed: &Sealed) -> Result<bool> {
        self.change("keep what the provider gave", |state, _| {
            Ok(state.reseal(id, sealed))
        })
    }

    async fn tokens_of_session(&self, sid: &str) -> Result<Vec<Token>> {
        plain("find the tokens of a session", [sid])?;
        self.look("find the tokens of a session", |state, now| {
            let all = state.tokens.iter().map(|(_, token)| token);
            let theirs = all.filter(|token| {
                let provider = token.provider.as_ref();
                let of_it = provider.and_then(|provider| provider.sid.as_deref()) == Some(sid);
                of_it && token.ends_at() > now
            });
            Ok(theirs.cloned().collect())
        })
    }

    async fn follow_groups(&self, user: UserId, courses: &[Membership]) -> Result<bool> {
        self.change("follow the groups of the provider", |state, _| {
            state.follow_groups(user, courses)
        })
    }
}
