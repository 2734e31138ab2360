//! What people bring and change in a random history.

use super::moves::World;
use domain::CourseId;
use domain::access::{Grantee, Level, Noun, Share};
use domain::audit::{AuditEntry, AuditOutcome};
use domain::course::{Course, CourseRole, Membership};
use domain::dataset::DatasetChange;
use domain::job::JobKind;
use domain::user::{ProviderSession, Role, Sealed, User, UserChange};
use ports::contract::store::samples;
use ports::store::{AuditFilter, NewPipeline, Page, Scope, Sight};
use std::time::Duration;

impl World {
    pub(super) async fn bring_dataset(&mut self) {
        let owner = self.owner();
        let id = self.chance.one_of(&self.datasets);
        let ask = "insert dataset";
        if self.chance.roll(4) == 0 {
            let (version, job) = (
                samples::version("b.csv"),
                samples::profile_job(owner, id, 1),
            );
            self.jobs.push([job.id; 2]);
            self.twins
                .ask("add version", async |s, _| {
                    s.add_dataset_version(id, &version, &job).await
                })
                .await;
            return;
        }
        let mut set = samples::dataset(owner);
        if self.chance.roll(9) == 0 {
            set.id = id;
        }
        let job = samples::profile_job(owner, set.id, 1);
        self.datasets.push(set.id);
        self.jobs.push([job.id; 2]);
        self.twins
            .ask(ask, async |s, _| s.insert_dataset(&set, &job).await)
            .await;
    }

    pub(super) async fn change_dataset(&mut self) {
        let id = self.chance.one_of(&self.datasets);
        let course = (self.chance.roll(2) == 0).then_some(self.course);
        if self.chance.roll(3) == 0 {
            let delete = "delete dataset";
            self.twins
                .ask(delete, async |s, _| s.delete_dataset(id).await)
                .await;
        } else {
            let change = DatasetChange {
                name: (self.chance.roll(2) == 0).then(|| "a".to_owned()),
                description: (self.chance.roll(2) == 0).then(|| "b".to_owned()),
                course: (self.chance.roll(2) == 0).then_some(course),
            };
            self.twins
                .ask("describe", async |s, _| {
                    s.describe_dataset(id, &change).await
                })
                .await;
        }
    }

    pub(super) async fn bring_pipeline(&mut self) {
        let dataset = self.chance.one_of(&self.datasets);
        let mut pipeline = samples::pipeline(self.owner(), dataset);
        pipeline.spec.dataset_version = self.chance.one_of(&[None, Some(1), Some(1), Some(2)]);
        pipeline.spec.course_id = (self.chance.roll(2) == 0).then_some(self.course);
        let seconds = self.chance.number();
        pipeline.spec.budget.seconds = Some(seconds);
        if self.chance.roll(9) == 0 {
            pipeline.id = self.chance.one_of(&self.pipelines);
        }
        let advance = self.new_job(pipeline.id, JobKind::Advance);
        self.pipelines.push(pipeline.id);
        let new = NewPipeline { pipeline, advance };
        self.twins
            .ask("insert pipeline", async |s, _| {
                s.insert_pipeline(&new).await
            })
            .await;
    }

    pub(super) async fn change_pipeline(&mut self) {
        let id = self.chance.one_of(&self.pipelines);
        let advance = self.new_job(id, JobKind::Advance);
        let twins = &mut self.twins;
        match self.chance.roll(6) {
            0 | 1 => drop(
                twins
                    .ask("cancel", async |s, _| {
                        s.cancel_pipeline(id, &domain::cancel::told("somebody"))
                            .await
                    })
                    .await,
            ),
            2 => drop(
                twins
                    .ask("delete", async |s, _| s.delete_pipeline(id).await)
                    .await,
            ),
            _ => {
                twins
                    .ask("retry", async |s, _| s.retry_pipeline(id, &advance).await)
                    .await;
            }
        }
    }

    pub(super) async fn deploy(&mut self) {
        let write = self.deployment();
        let version = self.chance.one_of(&[1, 1, 2, 9]);
        let (twins, name) = (&mut self.twins, &write.name);
        match self.chance.roll(4) {
            0 => drop(
                twins
                    .ask("undeploy", async |s, _| s.undeploy(name).await)
                    .await,
            ),
            1 => drop(
                twins
                    .ask("activate", async |s, _| s.activate(name, version).await)
                    .await,
            ),
            _ => drop(
                twins
                    .ask("deploy", async |s, _| s.deploy(&write).await)
                    .await,
            ),
        }
        twins
            .ask("deployment", async |s, _| s.deployment(name).await)
            .await;
    }

    pub(super) async fn meet_people(&mut self) {
        let now = self.twins.now();
        let mut user = samples::user();
        user.disabled = self.chance.roll(4) == 0;
        if self.chance.roll(4) == 0 {
            user.username = self.chance.one_of(&self.users).username;
        }
        let ends = now.after(Duration::from_secs(self.chance.roll(9) as u64));
        let mut token = samples::token(self.chance.one_of(&self.users).id, ends);
        token.idle = (self.chance.roll(3) == 0).then_some(Duration::from_secs(2));
        token.used_at = now;
        if self.chance.roll(4) == 0
            && let Some(other) = self.tokens.last()
        {
            token.hash.clone_from(&other.hash);
        }
        let asked_about = self.chance.roll(2) == 0;
        token.provider = asked_about.then(|| ProviderSession {
            sid: Some(self.chance.one_of(&["a", "b"]).to_owned()),
            sealed: Some(Sealed("s".to_owned())),
            checked_at: self.twins.now(),
        });
        let (sid, most) = (self.chance.one_of(&["a", "b"]), self.chance.roll(4) as u32);
        self.users.push(user.clone());
        self.tokens.push(token.clone());
        let known = self.chance.one_of(&self.tokens);
        let keep = (self.chance.roll(2) == 0).then_some(known.id);
        let key = self.chance.one_of(&["k", "l"]);
        let body = self.chance.one_of(&["x", "x", "y"]);
        let answer = self.chance.one_of(&[None, Some("1"), Some("2")]);
        let reset = self.chance.roll(9) == 0;
        let whole = |user: &User| (serde_json::to_string(user), user.password_hash.clone());
        let twins = &mut self.twins;
        twins
            .ask("user", async |s, _| s.insert_user(&user).await)
            .await;
        twins
            .ask("token", async |s, _| s.insert_token(&token).await)
            .await;
        twins
            .ask("touch", async |s, _| s.touch_token(known.id).await)
            .await;
        if reset {
            twins
                .ask("password", async |s, _| {
                    s.set_password(known.user, "p", keep.is_none(), keep).await
                })
                .await;
        }
        twins
            .ask("sign in", async |s, _| {
                let found = s.token(&known.hash).await?;
                let found = found.map(|found| {
                    let user = format!("{:?}", whole(&found.user));
                    (found.token, user, found.courses)
                });
                let name = s.user_by_name(&user.username).await?;
                Ok((found, name.map(|user| format!("{:?}", whole(&user)))))
            })
            .await;
        twins
            .ask("tokens to check", async |s, _| {
                s.tokens_to_check(Duration::from_secs(1), most).await
            })
            .await;
        twins
            .ask("reseal", async |s, _| {
                s.reseal(known.id, &Sealed(key.to_owned())).await
            })
            .await;
        twins
            .ask("of session", async |s, _| s.tokens_of_session(sid).await)
            .await;
        twins
            .ask("tokens", async |s, _| s.tokens(known.user).await)
            .await;
        twins
            .ask("end token", async |s, _| {
                s.delete_token(user.id, known.id).await
            })
            .await;
        twins
            .ask("remember", async |s, _| {
                s.remember(known.user, key, body, answer).await
            })
            .await;
    }

    pub(super) async fn meet_in_courses(&mut self) {
        let course = Course {
            id: self.course,
            code: self.chance.one_of(&["a", "b"]).to_owned(),
            title: "A course".to_owned(),
            created_at: self.twins.now(),
        };
        let other = Course {
            id: CourseId::new(),
            ..course.clone()
        };
        let user = self.chance.one_of(&self.users).id;
        let role = self
            .chance
            .one_of(&[CourseRole::Student, CourseRole::Teacher]);
        let leaves = self.chance.roll(4) == 0;
        let change = UserChange {
            disabled: (self.chance.roll(3) == 0).then(|| self.chance.roll(2) == 0),
            display_name: (self.chance.roll(3) == 0).then(|| "Ünal %".to_owned()),
            roles: (self.chance.roll(3) == 0).then(|| vec![Role::Admin]),
        };
        let twins = &mut self.twins;
        for course in [course, other] {
            twins
                .ask("course", async |s, _| s.insert_course(&course).await)
                .await;
            twins
                .ask("name course", async |s, _| {
                    s.name_course(course.id, &course.code, "x").await
                })
                .await;
            twins
                .ask("enrol", async |s, _| s.enrol(course.id, user, role).await)
                .await;
            twins
                .ask("groups", async |s, _| {
                    let course = course.id;
                    s.follow_groups(user, &[Membership { course, role }]).await
                })
                .await;
            twins
                .ask("members", async |s, _| {
                    let found = s.members(course.id, &Page::first(3)).await?;
                    let whole = |user: &User| serde_json::to_string(user).unwrap();
                    let items = found.items.iter().map(|(user, role)| (whole(user), *role));
                    Ok((items.collect::<Vec<_>>(), found.next))
                })
                .await;
            if leaves {
                twins
                    .ask("leave", async |s, _| s.unenrol(course.id, user).await)
                    .await;
            }
        }
        twins
            .ask("courses", async |s, _| {
                let all = s.courses(None, &Page::first(2)).await?;
                Ok((all, s.courses(Some(user), &Page::first(2)).await?))
            })
            .await;
        twins
            .ask("change user", async |s, _| {
                let before = s.change_user(user, &change).await?;
                Ok(before.map(|user| serde_json::to_string(&user).unwrap()))
            })
            .await;
        for search in [None, Some("ÜNAL %"), Some("_")] {
            twins
                .ask("users", async |s, _| {
                    let found = s.users(search, &Page::first(5)).await?;
                    let ids = found.items.iter().map(|user| user.id);
                    Ok((ids.collect::<Vec<_>>(), found.next))
                })
                .await;
        }
    }

    pub(super) async fn share(&mut self) {
        let pipeline = self.chance.one_of(&self.pipelines);
        let dataset = self.chance.one_of(&self.datasets);
        let user = self.owner();
        let with = self
            .chance
            .one_of(&[Grantee::User(user), Grantee::Course(self.course)]);
        let level = self.chance.one_of(&[Level::See, Level::Change]);
        let things = [
            (Noun::Pipeline, pipeline.to_string()),
            (Noun::Dataset, dataset.to_string()),
        ];
        let (noun, thing) = self.chance.one_of(&things);
        let ends = self.chance.roll(3) == 0;
        let share = Share {
            noun,
            thing: thing.clone(),
            with,
            level,
            by: user,
            created_at: self.twins.now(),
        };
        let role = self
            .chance
            .one_of(&[CourseRole::Student, CourseRole::Teacher]);
        let sight = Scope::Sight(Sight {
            user: self.owner(),
            courses: vec![Membership {
                course: self.course,
                role,
            }],
        });
        let entry = AuditEntry {
            actor: Some(user),
            actor_name: Some("a".to_owned()),
            action: "share".to_owned(),
            resource: format!("{noun}/{thing}"),
            outcome: AuditOutcome::Done,
            address: None,
            details: None,
        };
        let filter = AuditFilter {
            resource: Some(entry.resource.clone()),
            ..AuditFilter::default()
        };
        let twins = &mut self.twins;
        twins.ask("share", async |s, _| s.share(&share).await).await;
        if ends {
            twins
                .ask("unshare", async |s, _| s.unshare(noun, &thing, with).await)
                .await;
        }
        twins
            .ask("shares", async |s, _| {
                s.shares(noun, std::slice::from_ref(&thing)).await
            })
            .await;
        twins
            .ask("note", async |s, _| {
                s.note(&entry).await?;
                let found = s.noted(&filter, &Page::first(9)).await?;
                let items = found.items.into_iter().map(|noted| (noted.at, noted.entry));
                Ok(items.collect::<Vec<_>>())
            })
            .await;
        twins.look_at_lists(&sight, &Page::first(5)).await;
    }
}
