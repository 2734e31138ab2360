use super::*;

const ALL: &[TokenScope] = TokenScope::ALL;

/// Somebody, before the roles and courses of a case are put in.
fn somebody<'a>(roles: &'a [Role], courses: &'a [Membership]) -> Who<'a> {
    Who {
        id: UserId::new(),
        service: false,
        roles,
        courses,
        scopes: ALL,
        only: None,
        signed_in: true,
    }
}

fn thing(owner: UserId, course: Option<CourseId>, shared: Option<Level>) -> Thing<'static> {
    Thing {
        noun: Noun::Deployment,
        id: "marks",
        owner,
        course,
        shared,
    }
}

/// What is expected of see, create, change, share, call: `y` yes, `l` look only, `-` not there.
fn expected(letters: &str, action: Action) -> Result<(), Denied> {
    let place = Action::ALL.iter().position(|known| *known == action);
    match letters.as_bytes()[place.unwrap()] {
        b'y' => Ok(()),
        b'l' => Err(Denied::LookOnly),
        b'-' => Err(Denied::Unseen),
        letter => panic!("{letter} says nothing"),
    }
}

/// Role × action × ownership × course × sharing × kind of thing, all of it.
#[test]
fn the_whole_table_of_things() {
    let course = CourseId::new();
    let member = |role| Membership { course, role };
    let (learns, teaches) = (member(CourseRole::Student), member(CourseRole::Teacher));
    let elsewhere = Membership {
        course: CourseId::new(),
        role: CourseRole::Teacher,
    };
    let memberships: [&[Membership]; 4] = [&[], &[elsewhere], &[learns], &[elsewhere, teaches]];
    let mut cases = 0;
    for role in Role::ALL {
        for courses in memberships {
            for own in [true, false] {
                for in_course in [None, Some(course)] {
                    for shared in [None, Some(Level::See), Some(Level::Change)] {
                        let roles = [*role];
                        let who = somebody(&roles, courses);
                        let owner = if own { who.id } else { UserId::new() };
                        let thing = thing(owner, in_course, shared);
                        let rank = courses.last().filter(|last| in_course == Some(last.course));
                        for noun in Noun::ALL {
                            let deployed = *noun == Noun::Deployment;
                            let letters = match (role, own, shared, rank.map(|rank| rank.role)) {
                                (Role::Admin, ..) | (_, true, ..) => "yyyyy",
                                (_, _, Some(Level::Change), _) => "ylyly",
                                (_, _, Some(Level::See), _) => "yllly",
                                (_, _, None, Some(CourseRole::Teacher)) => "yllly",
                                (_, _, None, Some(CourseRole::Student)) if deployed => "yllly",
                                (_, _, None, _) => "-----",
                            };
                            let thing = Resource::Thing(Thing {
                                noun: *noun,
                                ..thing
                            });
                            for action in Action::ALL {
                                assert_eq!(
                                    may(&who, *action, &thing),
                                    expected(letters, *action),
                                    "{role} {action} {own} {courses:?} {thing:?}"
                                );
                                cases += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    assert_eq!(cases, 3 * 4 * 2 * 2 * 3 * 5 * 5);
}

#[test]
fn courses_are_changed_by_their_teachers() {
    let course = CourseId::new();
    let member = |role| [Membership { course, role }];
    let (learns, teaches) = (member(CourseRole::Student), member(CourseRole::Teacher));
    let (id, course) = (course, Resource::Course(course));
    for (roles, courses, see, change) in [
        (
            Role::Student,
            &[][..],
            Err(Denied::Unseen),
            Err(Denied::Unseen),
        ),
        (Role::Teacher, &[], Err(Denied::Unseen), Err(Denied::Unseen)),
        (Role::Student, &learns, Ok(()), Err(Denied::LookOnly)),
        (Role::Teacher, &teaches, Ok(()), Ok(())),
        (Role::Admin, &[], Ok(()), Ok(())),
    ] {
        let roles = [roles];
        let who = somebody(&roles, courses);
        let members = match change {
            Err(Denied::LookOnly) => Err(Denied::Teacher),
            other => other,
        };
        assert_eq!(may(&who, Action::See, &Resource::Members(id)), members);
        let new = may(&who, Action::Create, &Resource::NewCourse);
        let teaches = roles != [Role::Student];
        assert_eq!(
            new,
            if teaches {
                Ok(())
            } else {
                Err(Denied::Teacher)
            }
        );
        assert_eq!(may(&who, Action::See, &course), see, "{who:?}");
        assert_eq!(may(&who, Action::Change, &course), change, "{who:?}");
    }
}

#[test]
fn the_site_is_for_administrators_and_an_account_for_its_owner() {
    for role in Role::ALL {
        let roles = [*role];
        let who = somebody(&roles, &[]);
        let admin = *role == Role::Admin;
        let refused = |denied| if admin { Ok(()) } else { Err(denied) };
        for action in Action::ALL {
            assert_eq!(
                may(&who, *action, &Resource::Site),
                refused(Denied::Role),
                "{role} {action}"
            );
            let other = Resource::Account(UserId::new());
            assert_eq!(may(&who, *action, &other), refused(Denied::Role));
            assert_eq!(may(&who, *action, &Resource::Account(who.id)), Ok(()));
            assert_eq!(may(&who, *action, &Resource::Own), Ok(()));
            let kept = Who {
                signed_in: false,
                ..who
            };
            let own = Resource::Account(who.id);
            assert_eq!(may(&kept, *action, &own), Err(Denied::SignIn));
        }
    }
}

#[test]
fn new_things_come_into_courses_of_members() {
    let course = CourseId::new();
    let member = [Membership {
        course,
        role: CourseRole::Student,
    }];
    let [student, admin] = [[Role::Student], [Role::Admin]];
    let create = |who: Who<'_>, course| may(&who, Action::Create, &Resource::New(course));
    assert_eq!(create(somebody(&student, &[]), None), Ok(()));
    assert_eq!(create(somebody(&student, &member), Some(course)), Ok(()));
    assert_eq!(
        create(somebody(&student, &member), Some(CourseId::new())),
        Err(Denied::Course)
    );
    assert_eq!(create(somebody(&admin, &[]), Some(course)), Ok(()));
}

#[test]
fn a_token_does_what_its_scopes_allow() {
    let roles = [Role::Admin];
    let all = somebody(&roles, &[]);
    let own = Resource::Thing(thing(all.id, None, None));
    for scope in TokenScope::ALL {
        let scopes = [*scope];
        let who = Who {
            scopes: &scopes,
            ..all
        };
        for action in Action::ALL {
            let right = action.scope() == *scope;
            let refused = Err(Denied::Scope(action.scope()));
            let answer = may(&who, *action, &own);
            assert_eq!(answer, if right { Ok(()) } else { refused });
        }
    }
    // Without its scope, an administrator is like everybody.
    let plain = Who {
        scopes: &[TokenScope::Read, TokenScope::Write],
        ..all
    };
    let others = Resource::Thing(thing(UserId::new(), None, None));
    assert_eq!(may(&plain, Action::See, &others), Err(Denied::Unseen));
    assert_eq!(may(&plain, Action::See, &Resource::Site), Err(Denied::Role));
    assert_eq!(may(&all, Action::See, &others), Ok(()));
}

#[test]
fn a_token_for_a_deployment_calls_it_and_does_nothing_else() {
    let roles = [Role::Admin];
    let who = Who {
        only: Some("marks"),
        ..somebody(&roles, &[])
    };
    let mut meant = thing(who.id, None, None);
    for action in Action::ALL {
        let answer = may(&who, *action, &Resource::Thing(meant));
        assert_eq!(answer.is_ok(), *action == Action::Call, "{action}");
        for other in [Resource::Own, Resource::Site, Resource::New(None)] {
            assert!(may(&who, *action, &other).is_err(), "{action} {other:?}");
        }
    }
    meant.id = "others";
    assert!(may(&who, Action::Call, &Resource::Thing(meant)).is_err());
    let dataset = Thing {
        noun: Noun::Dataset,
        id: "marks",
        ..meant
    };
    assert!(may(&who, Action::Call, &Resource::Thing(dataset)).is_err());
    // Whoever lost the deployment lost its token.
    let lost = thing(UserId::new(), None, None);
    let roles = [Role::Teacher];
    let who = Who {
        roles: &roles,
        ..who
    };
    assert_eq!(
        may(&who, Action::Call, &Resource::Thing(lost)),
        Err(Denied::Unseen)
    );
}

#[test]
fn a_program_keeps_its_own_things_and_manages_nothing() {
    let roles = [Role::Admin, Role::Teacher];
    let program = Who {
        service: true,
        signed_in: false,
        ..somebody(&roles, &[])
    };
    let own = Resource::Thing(thing(program.id, None, None));
    let others = Resource::Thing(thing(UserId::new(), None, None));
    for action in [Action::See, Action::Change, Action::Call] {
        assert_eq!(may(&program, action, &own), Ok(()), "{action}");
        assert_eq!(may(&program, action, &others), Err(Denied::Unseen));
    }
    assert_eq!(may(&program, Action::Create, &Resource::New(None)), Ok(()));
    assert_eq!(may(&program, Action::Share, &own), Err(Denied::SignIn));
    let account = Resource::Account(program.id);
    assert_eq!(may(&program, Action::Create, &account), Err(Denied::SignIn));
    assert_eq!(
        may(&program, Action::See, &Resource::Site),
        Err(Denied::Role)
    );
}

#[test]
fn every_refusal_has_words_and_a_status() {
    let others = Resource::Thing(thing(UserId::new(), None, None));
    let unseen = Denied::Unseen.failure(&others);
    assert_eq!(unseen.kind, FailureKind::NotFound);
    assert_eq!(unseen.message.code, "deployment.not_found");
    for denied in [
        Denied::LookOnly,
        Denied::Scope(TokenScope::Write),
        Denied::SignIn,
        Denied::Role,
        Denied::Teacher,
        Denied::Course,
    ] {
        let failure = denied.failure(&Resource::Site);
        assert_eq!(failure.kind, FailureKind::Forbidden, "{denied:?}");
        assert!(failure.message.code.starts_with("auth."), "{failure:?}");
    }
}
