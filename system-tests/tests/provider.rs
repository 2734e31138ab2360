//! People sign in at an identity provider, and are out when it says so.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use system_tests::{Browser, Client, Realm, Sandbox, http, location};

/// A site whose people sign in at a realm.
struct School {
    realm: Realm,
    site: Sandbox,
}

impl School {
    async fn open() -> Self {
        // The realm must know the site before it is there.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let url = format!("http://{address}");
        let realm = Realm::start(&url).await.unwrap();
        let settings = realm.settings(&url);
        let settings: Vec<(&str, &str)> = settings
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let site = Sandbox::embedded_at(&address, &settings).await.unwrap();
        assert_eq!(site.url, url);
        Self { realm, site }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.site.url)
    }

    async fn signed_in(&self, name: &str) -> Browser {
        let mut browser = Browser::default();
        let end = browser.sign_in(&self.site.url, "/", name).await.unwrap();
        assert_eq!(end, self.at("/"), "{name}");
        browser
    }

    async fn me(&self, browser: &mut Browser) -> (StatusCode, Value) {
        browser.get(&self.at("/api/v1/me")).await.unwrap()
    }

    /// Waits until the browser is signed out, which the provider's word must bring about.
    async fn is_out(&self, browser: &mut Browser) {
        let begun = Instant::now();
        while self.me(browser).await.0 != StatusCode::UNAUTHORIZED {
            assert!(begun.elapsed() < Duration::from_secs(30), "still signed in");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// A personal token of whoever is signed in.
    async fn personal(&self, browser: &mut Browser) -> Client {
        let (_, me) = self.me(browser).await;
        let scopes = match me["roles"].as_array().unwrap().contains(&json!("admin")) {
            true => json!(["read", "write", "admin"]),
            false => json!(["read", "write"]),
        };
        let http = system_tests::http();
        let cookies: Vec<String> = browser
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let made = http
            .post(self.at("/api/v1/tokens"))
            .header("cookie", cookies.join("; "))
            .header("x-csrf-token", me["csrf_token"].as_str().unwrap())
            .json(&json!({"name": "laptop", "scopes": scopes}))
            .send()
            .await
            .unwrap();
        assert_eq!(made.status(), StatusCode::CREATED);
        let made: Value = made.json().await.unwrap();
        Client::bearer(&self.site.url, made["token"].as_str().unwrap())
    }

    async fn audit(&self, action: &str, outcome: &str) -> Vec<Value> {
        let mut root = self.signed_in("root").await;
        let query = format!("/api/v1/audit?action={action}&outcome={outcome}");
        let (status, page) = root.get(&self.at(&query)).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{page}");
        page["items"].as_array().unwrap().clone()
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs() as i64
}

#[tokio::test]
async fn people_sign_in_with_the_roles_that_the_realm_gives() {
    let school = School::open().await;
    let (_, config) = Browser::default()
        .get(&school.at("/api/v1/auth/config"))
        .await
        .unwrap();
    assert_eq!(config["mode"], "oidc");
    let printed = school.site.printed.join("\n");
    assert!(
        !printed.contains("password"),
        "no local administrator: {printed}"
    );

    let mut alice = Browser::default();
    let end = alice
        .sign_in(&school.site.url, "/pipelines?state=failed", "alice")
        .await
        .unwrap();
    assert_eq!(
        end,
        school.at("/pipelines?state=failed"),
        "where she wanted to go"
    );
    assert!(
        !alice.cookies.contains_key("microlearn_handshake"),
        "it is used up"
    );
    let (status, me) = school.me(&mut alice).await;
    assert_eq!(status, StatusCode::OK, "{me}");
    assert_eq!(
        (&me["username"], &me["display_name"]),
        (&json!("alice"), &json!("Alice Alaoui"))
    );
    assert_eq!(me["roles"], json!(["teacher"]));

    // Another sign-in in the same browser is another session, and the one of before is over.
    let before = alice.clone();
    alice.sign_in(&school.site.url, "/", "alice").await.unwrap();
    assert_ne!(
        alice.cookies["microlearn_session"],
        before.cookies["microlearn_session"]
    );
    let (status, _) = school.me(&mut before.clone()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);

    // Nobody comes in who has no role, or with a password of this site.
    let mut nobody = Browser::default();
    let end = nobody
        .sign_in(&school.site.url, "/", "nobody")
        .await
        .unwrap();
    assert_eq!(end, school.at("/login?error=oidc.no_role"));
    assert!(!nobody.cookies.contains_key("microlearn_session"));
    let local = http()
        .post(school.at("/api/v1/auth/login"))
        .json(&json!({"username": "admin", "password": "a-long-enough-password"}));
    let local = local.send().await.unwrap();
    assert_eq!(local.status(), StatusCode::CONFLICT);
    assert!(!school.audit("sign_in", "done").await.is_empty());
    let refused = school.audit("sign_in", "refused").await;
    assert_eq!(refused[0]["details"]["code"], "oidc.no_role");
}

#[tokio::test]
async fn a_sign_in_is_bound_to_the_browser_that_began_it() {
    let school = School::open().await;
    let lost = school.at("/login?error=oidc.other_sign_in");
    // Somebody sends their own answer of the provider to another.
    let mut attacker = Browser::default();
    let callback = attacker
        .to_callback(&school.site.url, "/", "bob")
        .await
        .unwrap();
    let mut victim = Browser::default();
    let answer = victim.ask(Method::GET, &callback, None).await.unwrap();
    assert_eq!(location(&callback, &answer).unwrap(), lost);
    assert!(!victim.cookies.contains_key("microlearn_session"));
    // Also to one who has begun a sign-in of their own.
    victim
        .ask(Method::GET, &school.at("/auth/login"), None)
        .await
        .unwrap();
    let answer = victim.ask(Method::GET, &callback, None).await.unwrap();
    assert_eq!(location(&callback, &answer).unwrap(), lost);
    // A code counts once.
    let kept = attacker.clone();
    let answer = attacker.ask(Method::GET, &callback, None).await.unwrap();
    assert_eq!(location(&callback, &answer).unwrap(), school.at("/"));
    let answer = kept
        .clone()
        .ask(Method::GET, &callback, None)
        .await
        .unwrap();
    let again = location(&callback, &answer).unwrap();
    assert_eq!(again, school.at("/login?error=oidc.refused"));
    // A code of nobody's.
    let mut other = Browser::default();
    let begin = school.at("/auth/login");
    let answer = other.ask(Method::GET, &begin, None).await.unwrap();
    let to = reqwest::Url::parse(&location(&begin, &answer).unwrap()).unwrap();
    let state = to
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    let forged = school.at(&format!("/auth/callback?code=guessed&state={state}"));
    let answer = other.ask(Method::GET, &forged, None).await.unwrap();
    assert_eq!(
        location(&forged, &answer).unwrap(),
        school.at("/login?error=oidc.refused")
    );
    // Nobody is led elsewhere in the end.
    for next in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/auth/login",
    ] {
        let mut browser = Browser::default();
        let end = browser
            .sign_in(&school.site.url, next, "bob")
            .await
            .unwrap();
        assert_eq!(end, school.at("/"), "{next}");
    }
    let refused = school.audit("sign_in", "refused").await;
    assert_eq!(refused.len(), 4, "{refused:?}");
}

#[tokio::test]
async fn whoever_the_provider_lets_go_is_out_here() {
    let school = School::open().await;
    let mut alice = school.signed_in("alice").await;
    let mut bob = school.signed_in("bob").await;
    let (hers, his) = (
        school.personal(&mut alice).await,
        school.personal(&mut bob).await,
    );
    // Several renewals later both are still here: refresh tokens are turned over.
    tokio::time::sleep(Duration::from_secs(5)).await;
    for browser in [&mut alice, &mut bob] {
        assert_eq!(school.me(browser).await.0, StatusCode::OK);
    }
    hers.get("/api/v1/me").await.unwrap();
    // Bob is disabled.
    let door = json!({"username": "bob", "enabled": false});
    school.realm.ask("person", &door).await.unwrap();
    school.is_out(&mut bob).await;
    let begun = Instant::now();
    while his.get("/api/v1/me").await.is_ok() {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "a personal token still counts"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Alice teaches no longer: what she began as a teacher is over, and she is a student.
    let door = json!({"username": "alice", "roles": ["etudiant"]});
    school.realm.ask("person", &door).await.unwrap();
    school.is_out(&mut alice).await;
    assert!(hers.get("/api/v1/me").await.is_err());
    let mut alice = school.signed_in("alice").await;
    assert_eq!(school.me(&mut alice).await.1["roles"], json!(["student"]));
    assert!(!school.audit("end_session", "done").await.is_empty());
}

#[tokio::test]
async fn groups_of_the_realm_lead_into_courses() {
    let school = School::open().await;
    let mut root = school.signed_in("root").await;
    let root_token = school.personal(&mut root).await;
    let wish = json!({"code": "INF-201", "title": "Réseaux"});
    let (status, course) = root_token.post("/api/v1/courses", &wish).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{course}");
    let id = course["id"].as_str().unwrap();
    let mut alice = school.signed_in("alice").await;
    let (status, seen) = alice
        .get(&school.at(&format!("/api/v1/courses/{id}")))
        .await
        .unwrap();
    assert_eq!(status, StatusCode::OK, "{seen}");
    let door = json!({"username": "alice", "groups": []});
    school.realm.ask("person", &door).await.unwrap();
    let begun = Instant::now();
    while alice
        .get(&school.at(&format!("/api/v1/courses/{id}")))
        .await
        .unwrap()
        .0
        == StatusCode::OK
    {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "she still belongs"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn whoever_signs_out_here_is_out_there_and_the_other_way_round() {
    let school = School::open().await;
    let mut alice = school.signed_in("alice").await;
    let logout = school.at("/auth/logout");
    let answer = alice
        .ask(Method::POST, &logout, Some(&[("csrf_token", "guessed")]))
        .await
        .unwrap();
    assert_eq!(
        answer.status(),
        StatusCode::FORBIDDEN,
        "another site's form"
    );
    let (_, me) = school.me(&mut alice).await;
    let csrf = me["csrf_token"].as_str().unwrap().to_owned();
    let answer = alice
        .ask(Method::POST, &logout, Some(&[("csrf_token", &csrf)]))
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let to = location(&logout, &answer).unwrap();
    assert!(to.starts_with(&format!(
        "{}/protocol/openid-connect/logout",
        school.realm.issuer()
    )));
    assert!(to.contains("id_token_hint="), "{to}");
    assert!(!alice.cookies.contains_key("microlearn_session"));
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(
        policy.contains(&format!("form-action 'self' {}", school.realm.url)),
        "{policy}"
    );
    confirm(&mut alice, &to).await;
    // The provider asks again who she is.
    let (url, page) = alice.follow(&school.at("/auth/login"), "").await.unwrap();
    assert!(url.contains("/login/") && page.is_some(), "{url}");

    // Out at the provider: it tells the site.
    let mut bob = school.signed_in("bob").await;
    let end = format!("{}/protocol/openid-connect/logout", school.realm.issuer());
    confirm(&mut bob, &end).await;
    school.is_out(&mut bob).await;
    let told = school.audit("sign_out", "done").await;
    assert!(
        told.iter().any(|entry| entry["details"]["sessions"] == 1),
        "{told:?}"
    );
}

/// Says yes to the provider's question whether to sign out.
async fn confirm(browser: &mut Browser, url: &str) {
    let (url, page) = browser.follow(url, "").await.unwrap();
    let page = page.unwrap().text().await.unwrap();
    let field = |name: &str| {
        let after = page.split(&format!("{name}=\"")).nth(1)?;
        after.split('"').next().map(str::to_owned)
    };
    let action = field("action").unwrap();
    let secret = page.split("name=\"xsrf\" value=\"").nth(1).unwrap();
    let secret = secret.split('"').next().unwrap();
    let action = reqwest::Url::parse(&url).unwrap().join(&action).unwrap();
    let form = [("xsrf", secret), ("logout", "yes")];
    let answer = browser
        .ask(Method::POST, action.as_str(), Some(&form))
        .await
        .unwrap();
    assert!(answer.status().is_redirection(), "{}", answer.status());
}

#[tokio::test]
async fn tokens_that_end_sessions_are_believed_once_and_only_if_right() {
    let school = School::open().await;
    let issuer = school.realm.issuer();
    let event = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    let right = json!({"iss": issuer, "aud": "microlearn", "iat": now(), "exp": now() + 60,
                       "jti": "j1", "sub": "u-alice", "events": event});
    let with = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims["jti"] = json!(format!("j-{name}"));
        claims[name] = value;
        claims
    };
    let mut alice = school.signed_in("alice").await;
    let tell = async |claims: &Value, header: Value| {
        let token = school.realm.signed(header, claims.clone()).await.unwrap();
        let url = school.at("/auth/backchannel-logout");
        let mut provider = Browser::default();
        let form = [("logout_token", &*token)];
        provider
            .ask(Method::POST, &url, Some(&form))
            .await
            .unwrap()
            .status()
    };
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("another")),
        ("nonce", json!("n")),
        ("events", json!({})),
        (
            "events",
            json!({"http://schemas.openid.net/event/backchannel-logout": true}),
        ),
        ("jti", Value::Null),
        ("sub", Value::Null),
        ("exp", json!(now() - 60)),
        ("iat", json!(now() + 600)),
    ] {
        let status = tell(&with(name, value), json!({})).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{name}");
    }
    let unknown = tell(&right, json!({"kid": "k9"})).await;
    assert_eq!(unknown, StatusCode::BAD_REQUEST);
    let mut provider = Browser::default();
    for body in [None, Some(&[("logout_token", "x.y.z")][..])] {
        let url = school.at("/auth/backchannel-logout");
        let answer = provider.ask(Method::POST, &url, body).await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
    assert_eq!(
        school.me(&mut alice).await.0,
        StatusCode::OK,
        "nothing of that counted"
    );
    assert_eq!(tell(&right, json!({})).await, StatusCode::OK);
    assert_eq!(school.me(&mut alice).await.0, StatusCode::UNAUTHORIZED);
    let mut alice = school.signed_in("alice").await;
    assert_eq!(
        tell(&right, json!({})).await,
        StatusCode::BAD_REQUEST,
        "a second time"
    );
    assert_eq!(school.me(&mut alice).await.0, StatusCode::OK);
    let refused = school.audit("sign_out", "refused").await;
    assert_eq!(refused.len(), 13, "{refused:?}");
    assert!(
        refused
            .iter()
            .any(|entry| entry["details"]["code"] == "oidc.replayed")
    );
}

#[tokio::test]
async fn administrators_make_and_change_accounts_of_the_realm() {
    let school = School::open().await;
    let mut root = school.signed_in("root").await;
    let admin = school.personal(&mut root).await;
    let wish = json!({"username": "zineb", "display_name": "Zineb Z.", "roles": ["teacher"]});
    let (status, made) = admin.post("/api/v1/users", &wish).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let people = school.realm.ask("people", &json!({})).await.unwrap();
    assert_eq!(people["zineb"]["roles"], json!(["enseignant"]));
    assert_eq!(people["zineb"]["temporary"], true, "a first password");
    assert_eq!(people["zineb"]["password"], made["password"]);
    let (status, taken) = admin.post("/api/v1/users", &wish).await.unwrap();
    assert_eq!(
        (status, &taken["error"]["code"]),
        (StatusCode::CONFLICT, &json!("user.name_taken"))
    );
    let wish = json!({"username": "alice"});
    let (status, _) = admin.post("/api/v1/users", &wish).await.unwrap();
    assert_eq!(
        status,
        StatusCode::CONFLICT,
        "taken there, though not yet here"
    );
    // She signs in to the account that was made.
    let door = json!({"username": "zineb", "password": "pw"});
    school.realm.ask("person", &door).await.unwrap();
    let mut zineb = school.signed_in("zineb").await;
    let (_, me) = school.me(&mut zineb).await;
    assert_eq!(
        (&me["id"], &me["roles"]),
        (&made["user"]["id"], &json!(["teacher"]))
    );
    let path = format!("/api/v1/users/{}", me["id"].as_str().unwrap());
    let patch = async |change: Value| {
        let request = admin.request(Method::PATCH, &path).json(&change);
        admin.send(request).await.unwrap()
    };
    let (status, answer) = patch(json!({"roles": ["student"]})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, answer) = patch(json!({"display_name": "Z"})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let (status, answer) = patch(json!({"disabled": true})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let people = school.realm.ask("people", &json!({})).await.unwrap();
    assert_eq!(people["zineb"]["roles"], json!(["etudiant"]));
    assert_eq!(people["zineb"]["enabled"], false);
    school.is_out(&mut zineb).await;
}

/// Claims as the realm puts them into an access token.
fn access(school: &School) -> Value {
    json!({"iss": school.realm.issuer(), "sub": "u-alice", "aud": "microlearn-api",
           "azp": "microlearn", "typ": "Bearer", "iat": now(), "exp": now() + 60,
           "preferred_username": "alice", "name": "Alice Alaoui",
           "realm_access": {"roles": ["enseignant"]}})
}

#[tokio::test]
async fn access_tokens_of_the_realm_call_the_api_and_forged_ones_do_not() {
    let school = School::open().await;
    let right = access(&school);
    let with = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims[name] = value;
        claims
    };
    let call = async |token: &str| {
        let client = Client::bearer(&school.site.url, token);
        client
            .send(client.request(Method::GET, "/api/v1/me"))
            .await
            .unwrap()
    };
    let sign =
        async |header: Value, claims: Value| school.realm.signed(header, claims).await.unwrap();
    let token = sign(json!({}), right.clone()).await;
    let (status, me) = call(&token).await;
    assert_eq!(status, StatusCode::OK, "{me}");
    assert_eq!(
        (&me["username"], &me["roles"]),
        (&json!("alice"), &json!(["teacher"]))
    );
    // Clocks may differ by half a minute.
    for (name, value) in [("exp", now() - 20), ("nbf", now() + 20)] {
        let token = sign(json!({}), with(name, json!(value))).await;
        assert_eq!(call(&token).await.0, StatusCode::OK, "{name}");
    }
    let attacks = [
        (
            "another issuer",
            with("iss", json!("https://evil.example/realms/ent")),
        ),
        ("another audience", with("aud", json!(["account"]))),
        ("another party", with("azp", json!("evil"))),
        ("no party", with("azp", Value::Null)),
        ("an ID token", with("typ", json!("ID"))),
        ("a refresh token", with("typ", json!("Refresh"))),
        ("an ID token without a word", with("nonce", json!("n"))),
        ("ended", with("exp", json!(now() - 40))),
        ("without an end", with("exp", Value::Null)),
        ("not yet valid", with("nbf", json!(now() + 40))),
        ("of the future", with("iat", json!(now() + 400))),
        ("about nobody", with("sub", Value::Null)),
        ("a logout token", with("events", json!({}))),
    ];
    for (what, claims) in attacks {
        let token = sign(json!({}), claims).await;
        let (status, answer) = call(&token).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}: {answer}");
    }
    for (what, header) in [
        ("an unknown key", json!({"kid": "k9"})),
        ("keys at a URL", json!({"jku": "https://evil.example/keys"})),
        (
            "a certificate at a URL",
            json!({"x5u": "https://evil.example/cert"}),
        ),
        (
            "a key of its own",
            json!({"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}),
        ),
        ("a file for a key", json!({"kid": "../../dev/null"})),
    ] {
        let token = sign(header, right.clone()).await;
        assert_eq!(call(&token).await.0, StatusCode::UNAUTHORIZED, "{what}");
    }
    let stranger = json!({"claims": right, "stranger": true});
    let stranger = school.realm.ask("sign", &stranger).await.unwrap();
    let stranger = stranger["token"].as_str().unwrap();
    assert_eq!(
        call(stranger).await.0,
        StatusCode::UNAUTHORIZED,
        "a key of nobody's"
    );
    let [_, body, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("{token}");
    };
    // {"alg":"none"}, {"alg":"None"} and an algorithm that nobody knows, kid k1.
    for (what, header) in [
        ("no signature", "eyJhbGciOiJub25lIiwia2lkIjoiazEifQ"),
        (
            "no signature, otherwise",
            "eyJhbGciOiJOb25lIiwia2lkIjoiazEifQ",
        ),
        ("nothing", ""),
    ] {
        for signature in ["", signature] {
            let token = format!("{header}.{body}.{signature}");
            assert_eq!(call(&token).await.0, StatusCode::UNAUTHORIZED, "{what}");
        }
    }
    let other = sign(json!({}), with("sub", json!("u-root"))).await;
    let mixed = format!("{}.{signature}", other.rsplit_once('.').unwrap().0);
    assert_eq!(
        call(&mixed).await.0,
        StatusCode::UNAUTHORIZED,
        "a signature of another"
    );
    let huge = sign(json!({}), with("name", json!("x".repeat(12 << 10)))).await;
    assert_ne!(call(&huge).await.0, StatusCode::OK);
    let refused = school.audit("authenticate", "refused").await;
    assert!(refused.len() >= 20, "{}", refused.len());
}

#[tokio::test]
async fn programs_with_accounts_of_their_own_may_what_was_shared_with_them() {
    let school = School::open().await;
    let token = school
        .realm
        .of_client("lab", "a-secret-of-the-lab")
        .await
        .unwrap();
    let lab = Client::bearer(&school.site.url, &token);
    let me = lab.get("/api/v1/me").await.unwrap();
    assert_eq!(
        (&me["username"], &me["roles"]),
        (&json!("service-account-lab"), &json!([]))
    );
    for path in ["/api/v1/users", "/api/v1/audit", "/api/v1/datasets"] {
        let (status, answer) = lab.send(lab.request(Method::GET, path)).await.unwrap();
        let list = answer["items"].as_array().is_some_and(Vec::is_empty);
        assert!(
            status == StatusCode::FORBIDDEN || list,
            "{path} {status} {answer}"
        );
    }
}

#[tokio::test]
async fn a_provider_that_is_away_keeps_nobody_out_who_is_in() {
    let school = School::open().await;
    school
        .realm
        .ask("away", &json!({"away": true}))
        .await
        .unwrap();
    // Away from the start: the site is up, and says why nobody comes in.
    let begin = school.at("/auth/login");
    let mut alice = Browser::default();
    let answer = alice.ask(Method::GET, &begin, None).await.unwrap();
    assert_eq!(
        location(&begin, &answer).unwrap(),
        school.at("/login?error=oidc.away")
    );
    school
        .realm
        .ask("away", &json!({"away": false}))
        .await
        .unwrap();
    // It is not asked again for a second after it did not answer.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let token = school
        .realm
        .signed(json!({}), access(&school))
        .await
        .unwrap();
    let program = Client::bearer(&school.site.url, &token);
    let mut alice = school.signed_in("alice").await;
    program.get("/api/v1/me").await.unwrap();
    // Away while people work: several renewals come to nothing.
    school
        .realm
        .ask("away", &json!({"away": true}))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(school.me(&mut alice).await.0, StatusCode::OK);
    program.get("/api/v1/me").await.unwrap();
    school
        .realm
        .ask("away", &json!({"away": false}))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(school.me(&mut alice).await.0, StatusCode::OK);
}

#[tokio::test]
async fn new_keys_are_fetched_and_strangers_do_not_wear_the_provider_out() {
    let school = School::open().await;
    let call = async |token: &str| {
        let client = Client::bearer(&school.site.url, token);
        client
            .send(client.request(Method::GET, "/api/v1/me"))
            .await
            .unwrap()
            .0
    };
    let before = school
        .realm
        .signed(json!({}), access(&school))
        .await
        .unwrap();
    assert_eq!(call(&before).await, StatusCode::OK);
    school
        .realm
        .ask("turn", &json!({"kid": "k2"}))
        .await
        .unwrap();
    for number in 0..50 {
        let header = json!({"kid": format!("x{number}")});
        let forged = school.realm.signed(header, access(&school)).await.unwrap();
        assert_eq!(call(&forged).await, StatusCode::UNAUTHORIZED);
    }
    let reached = school.realm.ask("reached", &json!({})).await.unwrap();
    assert!(reached["certs"].as_u64().unwrap() <= 2, "{reached}");
    let begun = Instant::now();
    loop {
        let token = school
            .realm
            .signed(json!({}), access(&school))
            .await
            .unwrap();
        if call(&token).await == StatusCode::OK {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(45),
            "the new key is not fetched"
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(
        call(&before).await,
        StatusCode::OK,
        "the old one is still published"
    );
}
