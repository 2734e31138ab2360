//! Accounts that the provider keeps, changed there by whoever administers this site (Keycloak's Admin
//! REST API).

use super::Oidc;
use super::accounts::{named, sub_of, subject_of};
use super::provider::{Administered, RealmRole, Refusal};
use domain::user::{Role, User};
use domain::{Failure, FailureKind};
use reqwest::Method;
use serde_json::{Value, json};

impl Oidc {
    /// Makes an account with a first password, which its holder must change; the subject by which it is
    /// known here. Nothing if the name is taken there.
    pub(crate) async fn make(
        &self,
        username: &str,
        display_name: &str,
        password: &str,
    ) -> Result<Option<String>, Failure> {
        let account = json!({
            "username": username,
            "firstName": display_name,
            "enabled": true,
            "credentials": [credential(password)],
        });
        let provider = self.provider();
        let made = provider.administer(Method::POST, &["users"], Some(&account));
        let Administered { status, location } = made.await.map_err(refused)?;
        if status == 409 {
            return Ok(None);
        }
        let sub = location.as_deref().and_then(|url| url.rsplit('/').next());
        match sub.filter(|sub| status == 201 && !sub.is_empty()) {
            Some(sub) => Ok(Some(subject_of(&provider.config.issuer, sub))),
            None => Err(odd(status)),
        }
    }

    /// Gives an account these roles of ours and no other of ours.
    pub(crate) async fn give_roles(&self, user: &User, roles: &[Role]) -> Result<(), Failure> {
        let new = roles.iter().filter(|role| !user.is(**role));
        for role in new {
            if !self.provider().config.grantable.contains(role) {
                let text = format!(
                    "The role {role} is given at the school's sign-in, and not from here \
                     (oidc.grantable)."
                );
                let failure = Failure::new(FailureKind::Forbidden, "user.role_not_grantable", text);
                return Err(failure.field("roles").with("role", role.as_str()));
            }
        }
        let sub = self.sub(user)?;
        let mapped = ["users", sub, "role-mappings", "realm"];
        let provider = self.provider();
        let held: Option<Vec<RealmRole>> =
            provider.administration(&mapped).await.map_err(refused)?;
        let held = held.ok_or_else(|| gone(user))?;
        let (mut add, mut remove) = (Vec::new(), Vec::new());
        for role in Role::ALL {
            let name = named(*role);
            let has = held.iter().find(|held| held.name == name);
            match (has, roles.contains(role)) {
                (None, true) => add.push(self.realm_role(name).await?),
                (Some(held), false) => remove.push(held.clone()),
                _ => {}
            }
        }
        for (method, roles) in [(Method::POST, add), (Method::DELETE, remove)] {
            if !roles.is_empty() {
                self.send(user, method, &mapped, &json!(roles)).await?;
            }
        }
        Ok(())
    }

    async fn realm_role(&self, name: &str) -> Result<RealmRole, Failure> {
        let found = self.provider().administration(&["roles", name]).await;
        found.map_err(refused)?.ok_or_else(|| {
            let text = format!("The realm has no role {name}.");
            Failure::new(FailureKind::Unavailable, "oidc.strange", text)
        })
    }

    /// Lets an account sign in, or no longer.
    pub(crate) async fn enable(&self, user: &User, enabled: bool) -> Result<(), Failure> {
        let path = ["users", self.sub(user)?];
        let whole: Option<Value> = self
            .provider()
            .administration(&path)
            .await
            .map_err(refused)?;
        // All of it is sent back: what is left out would be forgotten there.
        let mut whole = whole.ok_or_else(|| gone(user))?;
        whole["enabled"] = json!(enabled);
        self.send(user, Method::PUT, &path, &whole).await
    }

    /// Gives an account a password that its holder must change.
    pub(crate) async fn reset_password(&self, user: &User, password: &str) -> Result<(), Failure> {
        let path = ["users", self.sub(user)?, "reset-password"];
        self.send(user, Method::PUT, &path, &credential(password))
            .await
    }

    async fn send(
        &self,
        user: &User,
        method: Method,
        path: &[&str],
        body: &Value,
    ) -> Result<(), Failure> {
        let done = self.provider().administer(method, path, Some(body)).await;
        match done.map_err(refused)?.status {
            200..300 => Ok(()),
            404 => Err(gone(user)),
            status => Err(odd(status)),
        }
    }

    /// What the provider calls somebody.
    fn sub<'u>(&self, user: &'u User) -> Result<&'u str, Failure> {
        let issuer = &self.provider().config.issuer;
        sub_of(issuer, user).ok_or_else(|| gone(user))
    }
}

fn credential(password: &str) -> Value {
    json!({"type": "password", "value": password, "temporary": true})
}

fn gone(user: &User) -> Failure {
    let text = format!(
        "The school's sign-in does not know {} any more.",
        user.username
    );
    Failure::new(FailureKind::Conflict, "user.gone_at_provider", text)
}

fn odd(status: u16) -> Failure {
    let text = format!("The school's sign-in answers {status} and does not do what was asked.");
    Failure::new(FailureKind::Unavailable, "oidc.strange", text)
}

fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Away(failure) => failure,
        Refusal::No => {
            let text = "The school's sign-in does not let this site change accounts: its service \
                        account needs the role manage-users of realm-management.";
            Failure::new(FailureKind::Conflict, "oidc.no_administration", text)
        }
    }
}
