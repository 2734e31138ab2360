//! Who may do what: one function, asked on the way to every thing that belongs to somebody.
//!
//! Today a thing belongs to its owner and to the administrators; everybody else must not even
//! learn that it exists. Teachers see what is theirs, as students do, until courses are joined in.

use domain::user::{Role, User};
use domain::{Failure, FailureKind, UserId};
use ports::store::Scope;

/// What somebody wants to do with a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Look at it.
    See,
    /// Change, stop or delete it.
    Change,
    /// Ask it for predictions.
    Call,
}

/// A thing that belongs to somebody.
#[derive(Clone, Debug)]
pub struct Resource<'a> {
    /// What it is: `dataset`, `pipeline`, `model`, `deployment`.
    pub noun: &'static str,
    /// Its id or name, for the refusal.
    pub id: &'a str,
    /// Whose it is.
    pub owner: UserId,
}

/// Whether `who` may do `action` with `resource`. What may not be seen is answered as not there.
pub fn may(who: &User, action: Action, resource: &Resource<'_>) -> Result<(), Failure> {
    let allowed = match action {
        // An endpoint is made to be called; its model and data stay its owner's.
        Action::Call => true,
        Action::See | Action::Change => resource.owner == who.id || who.is(Role::Admin),
    };
    if allowed {
        Ok(())
    } else {
        Err(Failure::not_found(resource.noun, resource.id))
    }
}

/// Whose things `who` sees in lists.
#[must_use]
pub fn scope(who: &User) -> Scope {
    if who.is(Role::Admin) {
        Scope::All
    } else {
        Scope::Owner(who.id)
    }
}

/// The refusal of a request that only a person who has signed in may make, not a stored token.
pub(crate) fn needs_sign_in() -> Failure {
    let text = "A personal token cannot do this. Sign in with your password.";
    Failure::new(FailureKind::Forbidden, "auth.sign_in_needed", text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    fn user(roles: &[Role]) -> User {
        User {
            id: UserId::new(),
            username: "u".into(),
            display_name: "U".into(),
            roles: roles.to_vec(),
            password_hash: None,
            must_change_password: false,
            disabled: false,
            created_at: Timestamp(0),
        }
    }

    #[test]
    fn the_whole_table() {
        use Action::{Call, Change, See};
        let [student, teacher, admin] =
            [Role::Student, Role::Teacher, Role::Admin].map(|role| user(&[role]));
        // (who, own?, see, change, call)
        let table = [
            (&student, true, true, true, true),
            (&student, false, false, false, true),
            (&teacher, true, true, true, true),
            (&teacher, false, false, false, true),
            (&admin, true, true, true, true),
            (&admin, false, true, true, true),
        ];
        for (who, own, see, change, call) in table {
            let owner = if own { who.id } else { UserId::new() };
            let thing = Resource {
                noun: "dataset",
                id: "x",
                owner,
            };
            for (action, expected) in [(See, see), (Change, change), (Call, call)] {
                let answer = may(who, action, &thing);
                assert_eq!(answer.is_ok(), expected, "{who:?} {action:?} own={own}");
                if let Err(failure) = answer {
                    assert_eq!(failure.kind, FailureKind::NotFound);
                }
            }
        }
    }

    #[test]
    fn only_administrators_list_everything() {
        assert_eq!(scope(&user(&[Role::Admin])), Scope::All);
        let teacher = user(&[Role::Teacher]);
        assert_eq!(scope(&teacher), Scope::Owner(teacher.id));
    }
}
