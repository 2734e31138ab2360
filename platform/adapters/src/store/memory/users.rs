//! People and their tokens.

use super::MemoryStore;
use super::list::page;
use super::refusal::{Outcome, Refusal};
use super::rows::Remembered;
use super::state::State;
use super::table::Row;
use crate::store::users::{changed, sought, texts, token_texts};
use async_trait::async_trait;
use domain::user::{Token, User, UserChange};
use domain::{Timestamp, TokenId, UserId};
use ports::Result;
use ports::store::{Page, PageOf, SignedIn, Users, plain};

/// What users are found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum UserMark {
    Name(String),
    Subject(String),
}

impl Row for User {
    type Mark = UserMark;

    fn marks(&self) -> Vec<UserMark> {
        let name = UserMark::Name(self.username.clone());
        let subject = self.subject.clone().map(UserMark::Subject);
        subject.into_iter().chain([name]).collect()
    }
}

/// What tokens are found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TokenMark {
    Hash(String),
    User(UserId),
}

impl Row for Token {
    type Mark = TokenMark;

    fn marks(&self) -> Vec<TokenMark> {
        vec![
            TokenMark::Hash(self.hash.clone()),
            TokenMark::User(self.user),
        ]
    }
}

impl State {
    fn insert_user(&mut self, user: &User) -> Outcome<()> {
        if user
            .marks()
            .into_iter()
            .any(|mark| self.users.count(mark) > 0)
        {
            return Err(Refusal::Taken);
        }
        self.users.insert(user.id, user.clone())
    }

    fn tokens_of(&self, user: UserId) -> impl Iterator<Item = (&TokenId, &Token)> {
        self.tokens.find(TokenMark::User(user))
    }

    /// Ends the tokens of the user that are meant; how many there were.
    fn end_tokens(&mut self, user: UserId, is_meant: impl Fn(&Token) -> bool) -> u64 {
        let meant = self.tokens_of(user).filter(|(_, token)| is_meant(token));
        let meant: Vec<TokenId> = meant.map(|(id, _)| *id).collect();
        let ended = meant.len() as u64;
        self.tokens.remove_all(meant);
        ended
    }

    fn found(&self, mark: UserMark) -> Option<User> {
        let mut found = self.users.find(mark);
        found.next().map(|(_, user)| user.clone())
    }

    fn users(&self, search: Option<&str>, at: &Page) -> Outcome<PageOf<User>> {
        let search = search.map(str::to_lowercase);
        page(
            self.users.iter(),
            at,
            |_, user| {
                search
                    .as_ref()
                    .is_none_or(|part| sought(user).contains(part))
            },
            |_, user| Ok(user.clone()),
            |user| user.id.to_string(),
        )
    }

    fn change_user(&mut self, id: UserId, change: &UserChange) -> Option<User> {
        let before = self.users.get(&id)?.clone();
        let after = changed(&before, change);
        if after.disabled {
            self.end_tokens(id, |_| true);
        }
        self.users.put(id, after);
        Some(before)
    }

    fn set_password(
        &mut self,
        id: UserId,
        hash: &str,
        must_change: bool,
        keep: Option<TokenId>,
    ) -> Outcome<()> {
        let changed = self.users.change(&id, |user| {
            user.password_hash = Some(hash.to_owned());
            user.must_change_password = must_change;
        });
        changed.ok_or_else(|| Refusal::Missing(format!("user {id}")))?;
        self.end_tokens(id, |token| Some(token.id) != keep);
        Ok(())
    }

    fn insert_token(&mut self, token: &Token, now: Timestamp) -> Outcome<()> {
        // The user's ended tokens go: nobody else ever removes them.
        self.end_tokens(token.user, |old| {
            old.expires_at <= now && old.id != token.id
        });
        if self.tokens.count(TokenMark::Hash(token.hash.clone())) > 0 {
            return Err(Refusal::Taken);
        }
        self.tokens.insert(token.id, token.clone())?;
        if self.users.has(&token.user) {
            Ok(())
        } else {
            Err(Refusal::Dangling)
        }
    }

    fn token(&self, hash: &str, now: Timestamp) -> Option<SignedIn> {
        let mut found = self.tokens.find(TokenMark::Hash(hash.to_owned()));
        let (_, token) = found.next().filter(|(_, token)| token.ends_at() > now)?;
        let user = self.users.get(&token.user).filter(|user| !user.disabled)?;
        Some(SignedIn {
            token: token.clone(),
            user: user.clone(),
            courses: self.memberships(user.id),
        })
    }

    fn remember(
        &mut self,
        user: UserId,
        key: &str,
        fingerprint: &str,
        answer: Option<&str>,
        now: Timestamp,
    ) -> Outcome<Option<String>> {
        let key = (user, key.to_owned());
        let answer = answer.map(str::to_owned);
        // An answer that is known stays; a request that is still without one gets it.
        let answer = match self.remembered.get(&key) {
            Some(known) if known.fingerprint != fingerprint => {
                let what = "the same Idempotency-Key came with another request";
                return Err(Refusal::Conflict(what.to_owned()));
            }
            Some(known) => known.answer.clone().or(answer),
            None => answer,
        };
        let known = self.remembered.get(&key);
        let row = Remembered {
            fingerprint: fingerprint.to_owned(),
            answer: answer.clone(),
            created_at: known.map_or(now, |known| known.created_at),
        };
        self.remembered.put(key, row);
        Ok(answer)
    }

    /// Forgets answers of before this moment; how many there were.
    pub(super) fn forget_answers(&mut self, before: Timestamp) -> u64 {
        let old = self.remembered.iter();
        let old = old.filter(|(_, row)| row.created_at < before);
        let old: Vec<_> = old.map(|(key, _)| key.clone()).collect();
        let forgotten = old.len() as u64;
        self.remembered.remove_all(old);
        forgotten
    }
}

#[async_trait]
impl Users for MemoryStore {
    async fn insert_user(&self, user: &User) -> Result<()> {
        plain("store a user", texts(user))?;
        self.change("store a user", |state, _| state.insert_user(user))
    }

    async fn user_by_name(&self, username: &str) -> Result<Option<User>> {
        plain("read a user", [username])?;
        let name = UserMark::Name(username.to_owned());
        self.look("read a user", |state, _| Ok(state.found(name)))
    }

    async fn user_by_subject(&self, subject: &str) -> Result<Option<User>> {
        plain("read a user", [subject])?;
        let subject = UserMark::Subject(subject.to_owned());
        self.look("read a user", |state, _| Ok(state.found(subject)))
    }

    async fn users(&self, search: Option<&str>, page: &Page) -> Result<PageOf<User>> {
        plain(
            "list users",
            page.before.as_deref().into_iter().chain(search),
        )?;
        self.look("list users", |state, _| state.users(search, page))
    }

    async fn change_user(&self, id: UserId, change: &UserChange) -> Result<Option<User>> {
        plain("change a user", change.display_name.as_deref())?;
        self.change(
            "change a user",
            |state, _| Ok(state.change_user(id, change)),
        )
    }

    async fn user(&self, id: UserId) -> Result<Option<User>> {
        self.look("read a user", |state, _| Ok(state.users.get(&id).cloned()))
    }

    async fn count_users(&self) -> Result<u64> {
        self.look("count users", |state, _| Ok(state.users.len() as u64))
    }

    async fn set_password(
        &self,
        id: UserId,
        hash: &str,
        must_change: bool,
        keep: Option<TokenId>,
    ) -> Result<()> {
        self.change("set a password", |state, _| {
            state.set_password(id, hash, must_change, keep)
        })
    }

    async fn insert_token(&self, token: &Token) -> Result<()> {
        plain("store a token", token_texts(token))?;
        self.change("store a token", |state, now| state.insert_token(token, now))
    }

    async fn token(&self, hash: &str) -> Result<Option<SignedIn>> {
        self.look("look a token up", |state, now| Ok(state.token(hash, now)))
    }

    async fn touch_token(&self, id: TokenId) -> Result<()> {
        self.change("note the use of a token", |state, now| {
            state.tokens.change(&id, |token| token.used_at = now);
            Ok(())
        })
    }

    async fn delete_token(&self, user: UserId, id: TokenId) -> Result<bool> {
        self.change("end a token", |state, _| {
            let token = state.tokens.get(&id);
            let is_theirs = token.is_some_and(|token| token.user == user);
            Ok(is_theirs && state.tokens.remove(&id))
        })
    }

    async fn delete_tokens(&self, user: UserId, keep: Option<TokenId>) -> Result<u64> {
        self.change("end the tokens of a user", |state, _| {
            Ok(state.end_tokens(user, |token| Some(token.id) != keep))
        })
    }

    async fn tokens(&self, user: UserId) -> Result<Vec<Token>> {
        self.look("list tokens", |state, now| {
            let tokens = state.tokens_of(user).map(|(_, token)| token);
            let held = tokens.filter(|token| token.ends_at() > now);
            let mut held: Vec<Token> = held.cloned().collect();
            held.reverse();
            Ok(held)
        })
    }

    async fn remember(
        &self,
        user: UserId,
        key: &str,
        fingerprint: &str,
        answer: Option<&str>,
    ) -> Result<Option<String>> {
        plain("remember an answer", [key, fingerprint])?;
        self.change("remember an answer", |state, now| {
            state.remember(user, key, fingerprint, answer, now)
        })
    }
}
