//! What each route needs of its caller, in one table.
//!
//! The gate looks a request up here before its handler runs: a route that is not in the table
//! answers nobody. Where the answer depends on a thing (whose is it, in which course?) the handler
//! asks [`Caller::may`] on the way to it, through [`crate::find`]; an answer of a handler that did
//! not ask is withheld. So a handler without a policy can neither be forgotten nor work.

use crate::auth::Caller;
use axum::http::Method;
use domain::Failure;
use domain::access::{Action, Resource};
use ports::store::{Scope, Sight};
use std::collections::HashMap;
use std::sync::LazyLock;

/// On what a route acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The caller's own name.
    Me,
    /// What shows each caller their own part.
    Own,
    /// The caller's own account: its tokens, sessions and password.
    Account,
    /// A thing that the handler finds, or makes.
    Thing,
    /// What only administrators look after.
    Site,
}

/// What a route needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it does.
    pub action: Action,
    /// With what.
    pub on: On,
}

/// Who one is, everybody may know.
const ME: Rule = Rule {
    action: Action::See,
    on: On::Me,
};

type Row = (&'static str, &'static str, Action, On);

const fn row(method: &'static str, path: &'static str, action: Action, on: On) -> Row {
    (method, path, action, on)
}

/// Every route behind the gate.
const ROUTES: &[Row] = {
    use Action::{Call, Change, Create, See, Share};
    use On::{Account, Me, Own, Site, Thing};
    &[
        row("GET", "/api/v1/me", See, Me),
        row("POST", "/api/v1/me/password", Change, Account),
        row("GET", "/api/v1/tokens", See, Account),
        row("POST", "/api/v1/tokens", Create, Account),
        row("DELETE", "/api/v1/tokens/{id}", Change, Account),
        row("GET", "/api/v1/sessions", See, Account),
        row("DELETE", "/api/v1/sessions/{id}", Change, Account),
        row("GET", "/api/v1/quota", See, Account),
        row("GET", "/api/v1/users", See, Site),
        row("POST", "/api/v1/users", Create, Site),
        row("POST", "/api/v1/users/import", Create, Site),
        row("GET", "/api/v1/users/{id}", See, Site),
        row("PATCH", "/api/v1/users/{id}", Change, Site),
        row("POST", "/api/v1/users/{id}/password", Change, Site),
        row("POST", "/api/v1/users/{id}/sign-out", Change, Site),
        row("GET", "/api/v1/users/{id}/quota", See, Site),
        row("PUT", "/api/v1/users/{id}/quota", Change, Site),
        row("GET", "/api/v1/role-requests", See, Site),
        row("POST", "/api/v1/role-requests/{id}/approve", Change, Site),
        row("DELETE", "/api/v1/role-requests/{id}", Change, Site),
        row("GET", "/api/v1/audit", See, Site),
        row("GET", "/api/v1/audit/export", See, Site),
        row("GET", "/api/v1/courses", See, Own),
        row("POST", "/api/v1/courses", Create, Thing),
        row("GET", "/api/v1/courses/{id}", See, Thing),
        row("PUT", "/api/v1/courses/{id}", Change, Thing),
        row("GET", "/api/v1/courses/{id}/quota", See, Thing),
        row("PUT", "/api/v1/courses/{id}/quota", Change, Site),
        row("GET", "/api/v1/courses/{id}/members", See, Thing),
        row(
            "PUT",
            "/api/v1/courses/{id}/members/{username}",
            Change,
            Thing,
        ),
        row(
            "DELETE",
            "/api/v1/courses/{id}/members/{username}",
            Change,
            Thing,
        ),
        row("GET", "/api/v1/shares/{noun}/{id}", See, Thing),
        row("POST", "/api/v1/shares/{noun}/{id}", Share, Thing),
        row("DELETE", "/api/v1/shares/{noun}/{id}/{with}", Share, Thing),
        row("GET", "/api/v1/datasets", See, Own),
        row("POST", "/api/v1/datasets", Create, Thing),
        row("GET", "/api/v1/datasets/{id}", See, Thing),
        row("PATCH", "/api/v1/datasets/{id}", Change, Thing),
        row("DELETE", "/api/v1/datasets/{id}", Change, Thing),
        row("GET", "/api/v1/datasets/{id}/download", See, Thing),
        row("GET", "/api/v1/datasets/{id}/preview", See, Thing),
        row("GET", "/api/v1/datasets/{id}/profile", See, Thing),
        row("GET", "/api/v1/datasets/{id}/versions", See, Thing),
        row("POST", "/api/v1/datasets/{id}/versions", Change, Thing),
        row("GET", "/api/v1/demos", See, Own),
        row("POST", "/api/v1/demos/{name}", Create, Thing),
        row("POST", "/api/v1/uploads", Create, Thing),
        row("GET", "/api/v1/uploads/{id}", Change, Thing),
        row("PUT", "/api/v1/uploads/{id}", Change, Thing),
        row("DELETE", "/api/v1/uploads/{id}", Change, Thing),
        row("GET", "/api/v1/pipelines", See, Own),
        row("POST", "/api/v1/pipelines", Create, Thing),
        row("GET", "/api/v1/pipelines/{id}", See, Thing),
        row("DELETE", "/api/v1/pipelines/{id}", Change, Thing),
        row("POST", "/api/v1/pipelines/{id}/cancel", Change, Thing),
        row("POST", "/api/v1/pipelines/{id}/retry", Change, Thing),
        row("POST", "/api/v1/pipelines/{id}/clone", Create, Thing),
        row("GET", "/api/v1/pipelines/{id}/evaluation", See, Thing),
        row("GET", "/api/v1/pipelines/{id}/events", See, Thing),
        row("GET", "/api/v1/pipelines/{id}/leaderboard", See, Thing),
        row("GET", "/api/v1/pipelines/{id}/logs", See, Thing),
        row("GET", "/api/v1/pipelines/{id}/plots", See, Thing),
        row("GET", "/api/v1/pipelines/{id}/plots/{file}", See, Thing),
        row("GET", "/api/v1/pipelines/{id}/report", See, Thing),
        row("GET", "/api/v1/pipelines/{id}/timeline", See, Thing),
        row("GET", "/api/v1/pipelines/{id}/trials", See, Thing),
        row("GET", "/api/v1/events", See, Own),
        row("GET", "/api/v1/models", See, Own),
        row("GET", "/api/v1/models/{id}", See, Thing),
        row("GET", "/api/v1/models/{id}/card", See, Thing),
        row("GET", "/api/v1/models/{id}/export", See, Thing),
        row("GET", "/api/v1/deployments", See, Own),
        row("POST", "/api/v1/deployments", Create, Thing),
        row("GET", "/api/v1/deployments/{name}", See, Thing),
        row("PATCH", "/api/v1/deployments/{name}", Change, Thing),
        row("DELETE", "/api/v1/deployments/{name}", Change, Thing),
        row("GET", "/api/v1/deployments/{name}/metrics", See, Thing),
        row("GET", "/api/v1/deployments/{name}/schema", See, Thing),
        row("POST", "/api/v1/deployments/{name}/rollback", Change, Thing),
        row("POST", "/predictions/{name}", Call, Thing),
    ]
};

type Table = HashMap<&'static str, Vec<(Method, Rule)>>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::new();
    for (method, path, action, on) in ROUTES {
        let (action, on) = (*action, *on);
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        let rule = Rule { action, on };
        table.entry(path).or_default().push((method, rule));
    }
    table
});

/// What is known of a route: nothing of its path, nothing of its method, or its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// No such path.
    No,
    /// Other methods only.
    Path,
    /// This route.
    Route(Rule),
}

/// The rule of a route, by its path as the router writes it.
#[must_use]
pub fn rule(method: &Method, path: &str) -> Known {
    let Some(methods) = TABLE.get(path) else {
        return Known::No;
    };
    // Whoever answers GET answers HEAD.
    let method = if method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    let mut rules = methods.iter().filter(|(known, _)| known == method);
    rules
        .next()
        .map_or(Known::Path, |(_, rule)| Known::Route(*rule))
}

impl Rule {
    /// Whether it is about the caller's own account, which is all that they may see to before they
    /// have changed a password that was made for them.
    #[must_use]
    pub fn is_of_account(self) -> bool {
        self.on == On::Account || self == ME
    }

    /// What can be said before the handler runs.
    pub(crate) fn check(self, caller: &Caller) -> Result<(), Failure> {
        match self.on {
            On::Me | On::Own => caller.may(self.action, &Resource::Own),
            On::Account => caller.may(self.action, &Resource::Account(caller.user.id)),
            On::Site => caller.may(self.action, &Resource::Site),
            On::Thing => caller.has_scope(self.action),
        }
    }
}

/// Whose things the caller sees in lists.
#[must_use]
pub fn scope(caller: &Caller) -> Scope {
    if caller.who().is_admin() {
        return Scope::All;
    }
    Scope::Sight(Sight {
        user: caller.user.id,
        courses: caller.courses.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    /// The description is made from the handlers; so each has a rule, and each rule a handler.
    #[test]
    fn every_route_has_a_rule_and_every_rule_a_route() {
        let api: Value = serde_json::from_str(&crate::openapi_text()).unwrap();
        let mut described = BTreeSet::new();
        for (path, item) in api["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                let is_method = ["get", "post", "put", "patch", "delete"].contains(&&**method);
                if is_method && !path.starts_with("/api/v1/auth/") {
                    described.insert((method.to_uppercase(), path.clone()));
                }
            }
        }
        let ruled = ROUTES
            .iter()
            .map(|row| (row.0.to_owned(), row.1.to_owned()));
        let ruled: BTreeSet<_> = ruled.collect();
        assert_eq!(ruled, described);
        assert_eq!(ROUTES.len(), ruled.len(), "a route has two rules");
    }

    #[test]
    fn what_is_looked_at_needs_no_scope_to_write() {
        for (method, path, action, _) in ROUTES {
            let reads = *method == "GET";
            let upload = path.starts_with("/api/v1/uploads/");
            assert!(!reads || upload || *action == Action::See, "{path}");
            assert!(reads || *action != Action::See, "{path}");
        }
    }

    #[test]
    fn rules_are_found_by_path_and_method() {
        let known = rule(&Method::HEAD, "/api/v1/me");
        assert_eq!(known, Known::Route(ME));
        assert_eq!(rule(&Method::DELETE, "/api/v1/me"), Known::Path);
        assert_eq!(rule(&Method::GET, "/api/v1/nonsense"), Known::No);
    }
}
