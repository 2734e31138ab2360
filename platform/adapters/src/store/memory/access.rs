//! Courses, what is shared, and the audit.

use super::MemoryStore;
use super::list::page;
use super::refusal::{Outcome, Refusal};
use super::state::State;
use super::table::Row;
use crate::store::audit::{filter_texts, texts};
use async_trait::async_trait;
use domain::access::{Grantee, Noun, Share};
use domain::audit::{AuditEntry, Audited};
use domain::course::{Course, CourseRole, Membership};
use domain::user::{RoleRequest, User};
use domain::{CourseId, RoleRequestId, Timestamp, UserId};
use ports::Result;
use ports::store::{Audit, AuditFilter, Courses, Page, PageOf, RoleRequests, Shares, plain};
use uuid::Uuid;

impl Row for Course {
    /// Its code.
    type Mark = String;

    fn marks(&self) -> Vec<String> {
        vec![self.code.clone()]
    }
}

/// That somebody belongs to a course.
#[derive(Clone, Debug)]
pub(super) struct MemberRow {
    pub(super) user: UserId,
    pub(super) role: CourseRole,
    /// Whether the identity provider says so.
    pub(super) by_provider: bool,
}

impl Row for MemberRow {
    /// Who it is.
    type Mark = UserId;

    fn marks(&self) -> Vec<UserId> {
        vec![self.user]
    }
}

impl Row for Share {
    /// With whom it is shared.
    type Mark = Grantee;

    fn marks(&self) -> Vec<Grantee> {
        vec![self.with]
    }
}

impl Row for Audited {
    type Mark = ();
}

impl State {
    fn insert_course(&mut self, course: &Course) -> Outcome<()> {
        if self.courses.count(course.code.clone()) > 0 {
            return Err(Refusal::Taken);
        }
        self.courses.insert(course.id, course.clone())
    }

    fn name_course(&mut self, id: CourseId, code: &str, title: &str) -> Outcome<bool> {
        let taken = self.courses.find(code.to_owned()).any(|(of, _)| *of != id);
        if self.courses.has(&id) && taken {
            return Err(Refusal::Taken);
        }
        let named = self.courses.change(&id, |course| {
            code.clone_into(&mut course.code);
            title.clone_into(&mut course.title);
        });
        Ok(named.is_some())
    }

    fn enrol(&mut self, course: CourseId, user: UserId, role: CourseRole) -> Outcome<()> {
        if !self.courses.has(&course) || !self.users.has(&user) {
            return Err(Refusal::Dangling);
        }
        let row = MemberRow {
            user,
            role,
            by_provider: false,
        };
        self.members.put((course, user), row);
        Ok(())
    }

    /// To which courses somebody belongs, by id.
    pub(super) fn memberships(&self, user: UserId) -> Vec<Membership> {
        let found = self.members.find(user);
        let membership = |((course, _), row): (&(CourseId, UserId), &MemberRow)| Membership {
            course: *course,
            role: row.role,
        };
        found.map(membership).collect()
    }

    fn members(&self, course: CourseId, at: &Page) -> Outcome<PageOf<(User, CourseRole)>> {
        let nobody = UserId(Uuid::nil());
        let everybody = UserId(Uuid::max());
        let members = self.members.range((course, nobody)..=(course, everybody));
        page(
            members.map(|((_, user), row)| (user, row)),
            at,
            |_, _| true,
            |user, row| {
                let user = self.users.get(user).ok_or(Refusal::NoRow)?;
                Ok((user.clone(), row.role))
            },
            |(user, _)| user.id.to_string(),
        )
    }

    /// Forgets with whom a thing was shared.
    pub(super) fn share_no_longer(&mut self, noun: Noun, thing: &str) {
        let shares: Vec<_> = self.shares_of(noun, thing).collect();
        self.shares.remove_all(
            shares
                .into_iter()
                .map(|share| (noun, share.thing, share.with)),
        );
    }

    fn shares_of(&self, noun: Noun, thing: &str) -> impl Iterator<Item = Share> {
        let from = (noun, thing.to_owned(), Grantee::User(UserId(Uuid::nil())));
        let rows = self.shares.range(from..);
        let of_it = rows.take_while(move |((of, id, _), _)| *of == noun && id == thing);
        of_it.map(|(_, share)| share.clone())
    }
}

impl Row for RoleRequest {
    /// For whom it is.
    type Mark = UserId;

    fn marks(&self) -> Vec<UserId> {
        vec![self.user]
    }
}

impl State {
    fn ask_for_roles(&mut self, request: &RoleRequest, now: Timestamp) -> Outcome<()> {
        // What was forgotten goes as well: nobody else ever removes it.
        let goes = |old: &RoleRequest| old.user == request.user || old.expires_at <= now;
        let old = self.role_requests.iter().filter(|(_, old)| goes(old));
        let old: Vec<RoleRequestId> = old.map(|(id, _)| *id).collect();
        self.role_requests.remove_all(old);
        self.role_requests.insert(request.id, request.clone())?;
        if self.users.has(&request.user) {
            Ok(())
        } else {
            Err(Refusal::Dangling)
        }
    }

    fn take_role_request(&mut self, id: RoleRequestId, now: Timestamp) -> Option<RoleRequest> {
        let found = self.role_requests.get(&id)?.clone();
        if found.expires_at <= now {
            return None;
        }
        self.role_requests.remove(&id);
        Some(found)
    }
}

#[async_trait]
impl RoleRequests for MemoryStore {
    async fn ask_for_roles(&self, request: &RoleRequest) -> Result<()> {
        self.change("ask for roles", |state, now| {
            state.ask_for_roles(request, now)
        })
    }

    async fn role_requests(&self) -> Result<Vec<RoleRequest>> {
        self.look("list wishes for roles", |state, now| {
            let all = state.role_requests.iter().rev();
            let held = all.filter(|(_, request)| request.expires_at > now);
            Ok(held.map(|(_, request)| request.clone()).collect())
        })
    }

    async fn take_role_request(&self, id: RoleRequestId) -> Result<Option<RoleRequest>> {
        self.change("take a wish for roles", |state, now| {
            Ok(state.take_role_request(id, now))
        })
    }
}

#[async_trait]
impl Courses for MemoryStore {
    async fn insert_course(&self, course: &Course) -> Result<()> {
        plain("store a course", [&*course.code, &*course.title])?;
        self.change("store a course", |state, _| state.insert_course(course))
    }

    async fn course(&self, id: CourseId) -> Result<Option<Course>> {
        self.look("read a course", |state, _| {
            Ok(state.courses.get(&id).cloned())
        })
    }

    async fn course_by_code(&self, code: &str) -> Result<Option<Course>> {
        plain("read a course", [code])?;
        self.look("read a course", |state, _| {
            let mut found = state.courses.find(code.to_owned());
            Ok(found.next().map(|(_, course)| course.clone()))
        })
    }

    async fn courses(&self, of: Option<UserId>, at: &Page) -> Result<PageOf<Course>> {
        plain("list courses", at.before.as_deref())?;
        self.look("list courses", |state, _| {
            page(
                state.courses.iter(),
                at,
                |id, _| of.is_none_or(|user| state.members.has(&(*id, user))),
                |_, course| Ok(course.clone()),
                |course| course.id.to_string(),
            )
        })
    }

    async fn name_course(&self, id: CourseId, code: &str, title: &str) -> Result<bool> {
        plain("name a course", [code, title])?;
        self.change("name a course", |state, _| {
            state.name_course(id, code, title)
        })
    }

    async fn enrol(&self, course: CourseId, user: UserId, role: CourseRole) -> Result<()> {
        self.change("enrol somebody in a course", |state, _| {
            state.enrol(course, user, role)
        })
    }

    async fn unenrol(&self, course: CourseId, user: UserId) -> Result<bool> {
        self.change("let somebody leave a course", |state, _| {
            Ok(state.members.has(&(course, user)) && state.members.remove(&(course, user)))
        })
    }

    async fn members(&self, course: CourseId, page: &Page) -> Result<PageOf<(User, CourseRole)>> {
        plain("list the members of a course", page.before.as_deref())?;
        self.look("list the members of a course", |state, _| {
            state.members(course, page)
        })
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>> {
        self.look("read where somebody belongs", |state, _| {
            Ok(state.memberships(user))
        })
    }
}

#[async_trait]
impl Shares for MemoryStore {
    async fn share(&self, share: &Share) -> Result<()> {
        plain("share a thing", [&*share.thing])?;
        self.change("share a thing", |state, _| {
            let key = (share.noun, share.thing.clone(), share.with);
            state.shares.put(key, share.clone());
            Ok(())
        })
    }

    async fn unshare(&self, noun: Noun, thing: &str, with: Grantee) -> Result<bool> {
        plain("share a thing no longer", [thing])?;
        self.change("share a thing no longer", |state, _| {
            let key = (noun, thing.to_owned(), with);
            Ok(state.shares.has(&key) && state.shares.remove(&key))
        })
    }

    async fn shares(&self, noun: Noun, things: &[String]) -> Result<Vec<Share>> {
        let doing = "read with whom things are shared";
        plain(doing, things.iter().map(String::as_str))?;
        self.look(doing, |state, _| {
            let mut things: Vec<&String> = things.iter().collect();
            things.sort();
            things.dedup();
            let shares = things.into_iter().flat_map(|thing| {
                let mut shares: Vec<Share> = state.shares_of(noun, thing).collect();
                shares.sort_by_key(|share| share.with.to_string());
                shares
            });
            Ok(shares.collect())
        })
    }
}

impl State {
    fn note(&mut self, entry: &AuditEntry, at: Timestamp) -> Outcome<()> {
        let id = Uuid::now_v7().to_string();
        let audited = Audited {
            id: id.clone(),
            at,
            entry: entry.clone(),
        };
        self.audit.insert(id, audited)
    }
}

fn is_meant(filter: &AuditFilter, audited: &Audited) -> bool {
    let entry = &audited.entry;
    let is =
        |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
    (filter.actor_name.is_none() || filter.actor_name == entry.actor_name)
        && is(&filter.action, &entry.action)
        && is(&filter.resource, &entry.resource)
        && filter
            .outcome
            .is_none_or(|outcome| entry.outcome == outcome)
        && filter.since.is_none_or(|since| audited.at >= since)
        && filter.until.is_none_or(|until| audited.at < until)
}

#[async_trait]
impl Audit for MemoryStore {
    async fn note(&self, entry: &AuditEntry) -> Result<()> {
        plain("note something for the audit", texts(entry))?;
        self.change("note something for the audit", |state, now| {
            state.note(entry, now)
        })
    }

    async fn noted(&self, filter: &AuditFilter, at: &Page) -> Result<PageOf<Audited>> {
        plain("list the audit", filter_texts(filter, at))?;
        self.look("list the audit", |state, _| {
            page(
                state.audit.iter(),
                at,
                |_, audited| is_meant(filter, audited),
                |_, audited| Ok(audited.clone()),
                |audited| audited.id.clone(),
            )
        })
    }
}
