//! Who may do what, from outside: strangers, members of courses, those with whom something is shared.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{Client, PASSWORD, Sandbox, datasets};

/// Somebody new, with the password that they have given themselves.
async fn person(site: &Sandbox, admin: &Client, name: &str, role: &str) -> Client {
    let wish = json!({"username": name, "roles": [role]});
    let (status, made) = admin.post("/api/v1/users", &wish).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let first = made["password"].as_str().unwrap();
    let new = Client::sign_in(&site.url, name, first).await.unwrap();
    // A password that somebody else has seen opens nothing.
    let (status, refused) = new
        .send(new.request(Method::GET, "/api/v1/datasets"))
        .await
        .unwrap();
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(refused["error"]["code"], "auth.must_change_password");
    let change = json!({"current_password": first, "new_password": PASSWORD});
    let (status, answer) = new.post("/api/v1/me/password", &change).await.unwrap();
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    new
}

async fn administrator(site: &Sandbox) -> Client {
    Client::sign_in(&site.url, "admin", PASSWORD).await.unwrap()
}

/// What somebody has: a dataset, a pipeline with models, a deployment, an upload, a token, a session.
struct Things {
    dataset: String,
    pipeline: String,
    model: String,
    upload: String,
    token: String,
    session: String,
    user: String,
    course: String,
}

const NAME: &str = "penguins-of-ann";

async fn things(ann: &Client) -> Things {
    let dataset = ann.dataset(&datasets().join("penguins.csv")).await.unwrap();
    let dataset = dataset["id"].as_str().unwrap().to_owned();
    let spec = json!({
        "dataset_id": dataset, "target": "species", "budget": {"work_units": 6},
        "deploy": {"mode": "auto", "name": NAME},
    });
    let pipeline = ann.start(&spec).await.unwrap();
    let done = ann.finished(&pipeline).await.unwrap();
    assert_eq!(done["state"], "succeeded", "{done}");
    let board = ann
        .get(&format!("/api/v1/pipelines/{pipeline}/leaderboard"))
        .await
        .unwrap();
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    let wish = json!({"file_name": "a.csv", "bytes": 10});
    let (_, upload) = ann.post("/api/v1/uploads", &wish).await.unwrap();
    let (_, token) = ann
        .post("/api/v1/tokens", &json!({"name": "ci"}))
        .await
        .unwrap();
    let sessions = ann.get("/api/v1/sessions").await.unwrap();
    let wish = json!({"code": "INF-201", "title": "Réseaux"});
    let (status, course) = ann.post("/api/v1/courses", &wish).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{course}");
    Things {
        dataset,
        model: id(&board[0]["model_id"]),
        pipeline,
        upload: id(&upload["id"]),
        token: id(&token["id"]),
        session: id(&sessions["items"][0]["id"]),
        user: id(&ann.get("/api/v1/me").await.unwrap()["id"]),
        course: id(&course["id"]),
    }
}

/// A body that the operation would take from whom it may come.
fn body(operation: &str, things: &Things) -> Option<Value> {
    let spec = json!({"dataset_id": things.dataset, "target": "species"});
    Some(match operation {
        "POST /api/v1/pipelines" => spec,
        "POST /api/v1/pipelines/{id}/clone" => json!({}),
        "POST /api/v1/deployments" => json!({"model_id": things.model, "name": "stolen"}),
        "PATCH /api/v1/deployments/{name}" => json!({"version": 1}),
        "PATCH /api/v1/datasets/{id}" => json!({"name": "stolen"}),
        "POST /predictions/{name}" => json!({"bill_length_mm": 40}),
        "POST /api/v1/tokens" => json!({"name": "x", "deployment": NAME}),
        "POST /api/v1/users" => json!({"username": "eve", "roles": ["admin"]}),
        "PATCH /api/v1/users/{id}" => json!({"roles": ["admin"]}),
        "POST /api/v1/users/import" => json!("username\neve\n"),
        "POST /api/v1/courses" => json!({"code": "x", "title": "x"}),
        "PUT /api/v1/courses/{id}" => json!({"code": "x", "title": "x"}),
        "PUT /api/v1/courses/{id}/quota" | "PUT /api/v1/users/{id}/quota" => {
            json!({"pipelines": 99})
        }
        "PUT /api/v1/courses/{id}/members/{username}" => json!({"role": "teacher"}),
        "POST /api/v1/shares/{noun}/{id}" => json!({"username": "bob", "level": "change"}),
        _ => return None,
    })
}

/// Everything that a path may name, of somebody else.
fn paths(path: &str, things: &Things) -> Vec<String> {
    let id = match path {
        _ if path.starts_with("/api/v1/datasets/") => &things.dataset,
        _ if path.starts_with("/api/v1/pipelines/") => &things.pipeline,
        _ if path.starts_with("/api/v1/models/") => &things.model,
        _ if path.starts_with("/api/v1/uploads/") => &things.upload,
        _ if path.starts_with("/api/v1/tokens/") => &things.token,
        _ if path.starts_with("/api/v1/sessions/") => &things.session,
        _ if path.starts_with("/api/v1/users/") => &things.user,
        _ if path.starts_with("/api/v1/courses/") => &things.course,
        _ => "",
    };
    if path.contains("{noun}") {
        let of = [
            ("datasets", &*things.dataset),
            ("pipelines", &*things.pipeline),
            ("deployments", NAME),
        ];
        let with = format!("user:{}", things.user);
        let fill = |(noun, id): (&str, &str)| {
            let path = path.replace("{noun}", noun).replace("{id}", id);
            path.replace("{with}", &with)
        };
        return of.into_iter().map(fill).collect();
    }
    let path = path
        .replace("{id}", id)
        .replace("{name}", NAME)
        .replace("{file}", "confusion_matrix.svg")
        .replace("{username}", "bob");
    vec![path]
}

/// Of all routes that the site describes, those that name a thing or make one of another.
#[tokio::test]
async fn nobody_gets_at_what_is_anothers_by_any_route() {
    let site = Sandbox::start().await.unwrap();
    let admin = administrator(&site).await;
    let ann = person(&site, &admin, "ann", "teacher").await;
    let bob = person(&site, &admin, "bob", "student").await;
    let things = things(&ann).await;
    let api = bob.get("/api/openapi.json").await.unwrap();
    let mut tried = 0;
    for (path, methods) in api["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let operation = format!("{} {path}", method.to_uppercase());
            let names = path.contains('{') || body(&operation, &things).is_some();
            if !names || path.starts_with("/api/v1/auth/") || path.contains("demos") {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            for path in paths(path, &things) {
                let mut request = bob.request(method.clone(), &path);
                let types = &described["requestBody"]["content"];
                if let Some(body) = body(&operation, &things) {
                    request = request.json(&body);
                } else if types.get("multipart/form-data").is_some() {
                    let part = Part::bytes(b"a,b\n1,2\n".to_vec()).file_name("a.csv");
                    request = request.multipart(Form::new().part("file", part));
                } else if types.is_object() && operation.contains("/uploads/") {
                    request = request
                        .header("content-range", "bytes 0-3/10")
                        .body("a,b\n");
                } else {
                    assert!(types.is_null(), "{operation} needs a body in this test");
                }
                let (status, answer) = bob.send(request).await.unwrap();
                let refused = [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&status);
                assert!(refused, "{operation} ({path}) answered {status}: {answer}");
                assert!(answer["error"]["code"].is_string(), "{operation}: {answer}");
                tried += 1;
            }
        }
    }
    assert!(tried > 50, "only {tried} operations were tried");
    // Lists hold nothing of hers, and nothing of hers has changed.
    for list in [
        "datasets",
        "pipelines",
        "models",
        "deployments",
        "courses",
        "tokens",
    ] {
        let listed = bob.get(&format!("/api/v1/{list}")).await.unwrap();
        assert_eq!(listed["items"], json!([]), "{list}");
    }
    let dataset = ann
        .get(&format!("/api/v1/datasets/{}", things.dataset))
        .await
        .unwrap();
    assert_eq!(dataset["name"], "penguins");
    ann.get(&format!("/api/v1/models/{}", things.model))
        .await
        .unwrap();
    let me = bob.get("/api/v1/me").await.unwrap();
    assert_eq!(me["roles"], json!(["student"]));
    // Each refusal can be read by who looks after the site.
    let audit = "/api/v1/audit?actor=bob&outcome=refused&limit=200";
    let mut refusals = 0;
    for _ in 0..50 {
        let noted = admin.get(audit).await.unwrap();
        refusals = noted["items"].as_array().unwrap().len();
        if refusals >= tried.min(200) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(
        refusals + 5 >= tried.min(200),
        "{refusals} of {tried} were noted"
    );
}

#[tokio::test]
async fn what_is_shared_is_seen_and_no_more() {
    let site = Sandbox::start().await.unwrap();
    let admin = administrator(&site).await;
    let ann = person(&site, &admin, "ann", "teacher").await;
    let bob = person(&site, &admin, "bob", "student").await;
    let things = things(&ann).await;
    let pipeline = format!("/api/v1/pipelines/{}", things.pipeline);
    let share = format!("/api/v1/shares/pipelines/{}", things.pipeline);
    let status = async |client: &Client, method: Method, path: &str| {
        let request = client.request(method, path);
        client.send(request).await.unwrap().0
    };
    let (_, shared) = ann.post(&share, &json!({"username": "bob"})).await.unwrap();
    assert_eq!(
        (&shared["name"], &shared["level"]),
        (&json!("bob"), &json!("see"))
    );
    assert_eq!(status(&bob, Method::GET, &pipeline).await, StatusCode::OK);
    let model = format!("/api/v1/models/{}", things.model);
    assert_eq!(status(&bob, Method::GET, &model).await, StatusCode::OK);
    assert_eq!(
        status(&bob, Method::DELETE, &pipeline).await,
        StatusCode::FORBIDDEN
    );
    let listed = bob.get("/api/v1/pipelines").await.unwrap();
    assert_eq!(listed["items"][0]["id"], things.pipeline);
    let dataset = format!("/api/v1/datasets/{}", things.dataset);
    assert_eq!(
        status(&bob, Method::GET, &dataset).await,
        StatusCode::NOT_FOUND
    );
    let (refused, _) = bob
        .post(&share, &json!({"username": "admin"}))
        .await
        .unwrap();
    assert_eq!(refused, StatusCode::FORBIDDEN, "he cannot share it further");
    let with = shared["with"].as_str().unwrap();
    let ended = status(&ann, Method::DELETE, &format!("{share}/{with}")).await;
    assert_eq!(ended, StatusCode::NO_CONTENT);
    assert_eq!(
        status(&bob, Method::GET, &pipeline).await,
        StatusCode::NOT_FOUND
    );
    // What is deployed in a course answers its students, and shows them nothing else.
    let record = json!({
        "rownames": 1, "island": "Biscoe", "bill_length_mm": 40.0, "bill_depth_mm": null,
        "flipper_length_mm": null, "body_mass_g": null, "sex": null, "year": 2008,
    });
    let call = format!("/predictions/{NAME}");
    let (refused, _) = bob.post(&call, &record).await.unwrap();
    assert_eq!(refused, StatusCode::NOT_FOUND);
    let with_course = json!({"course_id": things.course});
    let share = format!("/api/v1/shares/deployments/{NAME}");
    let (shared, answer) = ann.post(&share, &with_course).await.unwrap();
    assert_eq!(shared, StatusCode::OK, "{answer}");
    let member = format!("/api/v1/courses/{}/members/bob", things.course);
    let enrol = ann.request(Method::PUT, &member).json(&json!({}));
    let (enrolled, answer) = ann.send(enrol).await.unwrap();
    assert_eq!(enrolled, StatusCode::OK, "{answer}");
    let mut called = StatusCode::NOT_FOUND;
    for _ in 0..50 {
        called = bob.post(&call, &record).await.unwrap().0;
        if called == StatusCode::OK {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert_eq!(called, StatusCode::OK);
    let members = format!("/api/v1/courses/{}/members", things.course);
    assert_eq!(
        status(&bob, Method::GET, &members).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        status(&bob, Method::GET, &pipeline).await,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_token_for_a_deployment_calls_it_and_nothing_else() {
    let site = Sandbox::start().await.unwrap();
    let admin = administrator(&site).await;
    let ann = person(&site, &admin, "ann", "student").await;
    let dataset = ann.dataset(&datasets().join("iris.csv")).await.unwrap();
    let spec = json!({
        "dataset_id": dataset["id"], "target": "species", "budget": {"work_units": 4},
        "deploy": {"mode": "auto", "name": "iris"},
    });
    let pipeline = ann.start(&spec).await.unwrap();
    ann.finished(&pipeline).await.unwrap();
    let wish = json!({"name": "app", "deployment": "iris"});
    let (status, token) = ann.post("/api/v1/tokens", &wish).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{token}");
    assert_eq!(token["scopes"], json!(["predict"]));
    let secret = token["token"].as_str().unwrap();
    let app = ann.with_token(secret);
    let flower = json!({
        "sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2,
    });
    let (status, answer) = app.post("/predictions/iris", &flower).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{answer}");
    for path in ["/api/v1/me", "/api/v1/datasets", "/api/v1/deployments/iris"] {
        let (status, refused) = app.send(app.request(Method::GET, path)).await.unwrap();
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}: {refused}");
        assert_eq!(refused["error"]["code"], "auth.scope", "{path}");
    }
    // Whoever is disabled takes their tokens along.
    let me = ann.get("/api/v1/me").await.unwrap();
    let user = format!("/api/v1/users/{}", me["id"].as_str().unwrap());
    let disable = admin.request(Method::PATCH, &user);
    let disable = disable.json(&json!({"disabled": true}));
    assert_eq!(admin.send(disable).await.unwrap().0, StatusCode::OK);
    let (status, _) = app.post("/predictions/iris", &flower).await.unwrap();
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_role_of_administrators_is_given_by_two() {
    let site = Sandbox::start().await.unwrap();
    let admin = administrator(&site).await;
    // Where there is one administrator, nobody else could approve.
    let zoe = person(&site, &admin, "zoe", "admin").await;
    let me = zoe.get("/api/v1/me").await.unwrap();
    assert_eq!(me["roles"], json!(["admin"]));
    let ann = person(&site, &admin, "ann", "teacher").await;
    let me = ann.get("/api/v1/me").await.unwrap();
    let user = format!("/api/v1/users/{}", me["id"].as_str().unwrap());
    let grant = admin.request(Method::PATCH, &user);
    let grant = grant.json(&json!({"roles": ["teacher", "admin"]}));
    let (status, asked) = admin.send(grant).await.unwrap();
    assert_eq!(status, StatusCode::ACCEPTED, "{asked}");
    let approve = format!(
        "/api/v1/role-requests/{}/approve",
        asked["id"].as_str().unwrap()
    );
    let (status, refused) = admin.post(&approve, &json!({})).await.unwrap();
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    let me = ann.get("/api/v1/me").await.unwrap();
    assert_eq!(me["roles"], json!(["teacher"]));
    let (status, answer) = zoe.post(&approve, &json!({})).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{answer}");
    let me = ann.get("/api/v1/me").await.unwrap();
    assert_eq!(me["roles"], json!(["teacher", "admin"]));
    let (status, _) = zoe.post(&approve, &json!({})).await.unwrap();
    assert_eq!(status, StatusCode::NOT_FOUND, "it was decided");
}

#[tokio::test]
async fn a_class_is_brought_by_a_table() {
    let site = Sandbox::start().await.unwrap();
    let admin = administrator(&site).await;
    let wish = json!({"code": "INF-201", "title": "Réseaux"});
    admin.post("/api/v1/courses", &wish).await.unwrap();
    let import = async |path: &str, table: &'static str| {
        let request = admin.request(Method::POST, path);
        let request = request.header("content-type", "text/csv").body(table);
        admin.send(request).await.unwrap()
    };
    let table =
        "username;display_name;role;courses\nann;Ann É.;enseignant;INF-201\nbob;;;INF-201\n";
    let dry = "/api/v1/users/import?dry_run=true";
    let (status, report) = import(dry, table).await;
    assert_eq!(
        (status, &report["applied"]),
        (StatusCode::OK, &json!(false))
    );
    assert_eq!(report["rows"][0]["outcome"], "created", "{report}");
    let (_, report) = import("/api/v1/users/import", "username;courses\nann;X\n").await;
    assert_eq!(report["rows"][0]["error"]["code"], "course.not_found");
    let people = admin.get("/api/v1/users").await.unwrap();
    assert_eq!(
        people["items"].as_array().unwrap().len(),
        1,
        "nothing was done"
    );
    let (_, report) = import("/api/v1/users/import", table).await;
    assert_eq!(report["applied"], true, "{report}");
    let password = report["rows"][1]["password"].as_str().unwrap();
    let bob = Client::sign_in(&site.url, "bob", password).await.unwrap();
    assert_eq!(
        bob.get("/api/v1/me").await.unwrap()["roles"],
        json!(["student"])
    );
    let (_, report) = import("/api/v1/users/import", table).await;
    assert_eq!(report["rows"][0]["outcome"], "kept", "{report}");
    let courses = admin.get("/api/v1/courses").await.unwrap();
    let id = courses["items"][0]["id"].as_str().unwrap();
    let members = admin.get(&format!("/api/v1/courses/{id}/members")).await;
    let members = members.unwrap();
    let roles: Vec<_> = members["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| (member["username"].clone(), member["role"].clone()))
        .collect();
    let expected = [("bob", "student"), ("ann", "teacher")];
    assert_eq!(
        roles,
        expected.map(|(name, role)| (json!(name), json!(role)))
    );
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one() {
    let site = Sandbox::start().await.unwrap();
    let here = administrator(&site).await;
    let there = administrator(&site).await;
    let sessions = here.get("/api/v1/sessions").await.unwrap();
    let sessions = sessions["items"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let other = sessions.iter().find(|session| session["current"] == false);
    let other = other.unwrap();
    assert_eq!(other["address"], "127.0.0.1");
    let path = format!("/api/v1/sessions/{}", other["id"].as_str().unwrap());
    let ended = here
        .send(here.request(Method::DELETE, &path))
        .await
        .unwrap();
    assert_eq!(ended.0, StatusCode::NO_CONTENT);
    let (status, _) = there
        .send(there.request(Method::GET, "/api/v1/me"))
        .await
        .unwrap();
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    here.get("/api/v1/me").await.unwrap();
}

/// A quota is granted by administrators, seen by whom it is about, and refuses what is beyond it.
#[tokio::test]
async fn nobody_takes_more_than_their_quota() {
    let site = Sandbox::start().await.unwrap();
    let admin = administrator(&site).await;
    let bob = person(&site, &admin, "bob", "student").await;
    let dataset = bob.dataset(&datasets().join("penguins.csv")).await.unwrap();
    let bytes = dataset["bytes"].as_u64().unwrap();
    let own = bob.get("/api/v1/quota").await.unwrap();
    assert_eq!(own["own"]["used"]["storage_bytes"], bytes, "{own}");
    assert_eq!(own["own"]["granted"], json!({}));
    assert!(own["own"]["quota"]["pipelines"].as_u64().unwrap() > 1);
    let id = bob.get("/api/v1/me").await.unwrap()["id"].clone();
    let path = format!("/api/v1/users/{}/quota", id.as_str().unwrap());
    let grant = async |quota: Value| {
        let request = admin.request(Method::PUT, &path).json(&quota);
        let (status, answer) = admin.send(request).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{answer}");
    };
    let code = |(status, answer): (StatusCode, Value)| {
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{answer}");
        answer["error"]["code"].as_str().unwrap().to_owned()
    };
    grant(json!({"pipelines": 1, "storage_bytes": bytes + 10, "predictions": 2})).await;
    let file = b"a,b\n1,2\n3,4\n5,6\n7,8\n".to_vec();
    let refused = bob.upload("more.csv", file.clone()).await.unwrap();
    assert_eq!(code(refused), "quota.storage");
    assert_eq!(
        admin.upload("more.csv", file).await.unwrap().0,
        StatusCode::CREATED
    );
    let spec = json!({
        "dataset_id": dataset["id"], "target": "species", "budget": {"seconds": 60},
    });
    let first = bob.start(&spec).await.unwrap();
    let second = bob.post("/api/v1/pipelines", &spec).await.unwrap();
    assert_eq!(code(second), "quota.pipelines");
    bob.post(&format!("/api/v1/pipelines/{first}/cancel"), &json!({}))
        .await
        .unwrap();
    bob.finished(&first).await.unwrap();
    let quick = json!({
        "dataset_id": dataset["id"], "target": "species", "budget": {"work_units": 6},
        "candidates": ["logistic"], "deploy": {"mode": "auto", "name": "of-bob"},
    });
    grant(json!({"predictions": 2})).await;
    let done = bob.start(&quick).await.unwrap();
    bob.finished(&done).await.unwrap();
    let used = bob.get("/api/v1/quota").await.unwrap();
    assert!(
        used["own"]["used"]["storage_bytes"].as_u64().unwrap() > bytes,
        "{used}"
    );
    // The deployment is answered for as often as the quota says.
    let record = json!({
        "island": "Dream", "bill_length_mm": 40, "bill_depth_mm": 18, "flipper_length_mm": 190,
        "body_mass_g": 3500, "sex": "male", "year": 2008, "rownames": 1,
    });
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(bob.post("/predictions/of-bob", &record).await.unwrap().0);
    }
    let refused = answers
        .iter()
        .filter(|status| **status == StatusCode::TOO_MANY_REQUESTS);
    // A new minute may begin between two of them.
    assert!((1..=3).contains(&refused.count()), "{answers:?}");
    let audit = admin.get("/api/v1/audit?action=change").await.unwrap();
    assert!(audit.to_string().contains("quota/user:"), "{audit}");
}

/// What waits for a worker says at which place.
#[tokio::test]
async fn a_pipeline_that_waits_shows_its_place() {
    let settings = [
        ("MICROLEARN__WORK__COMPUTE_SLOTS", "1"),
        ("MICROLEARN_ADMIN_PASSWORD", PASSWORD),
    ];
    let site = Sandbox::embedded_with(&settings).await.unwrap();
    let admin = administrator(&site).await;
    let dataset = admin
        .dataset(&datasets().join("penguins.csv"))
        .await
        .unwrap();
    let spec = json!({
        "dataset_id": dataset["id"], "target": "species", "budget": {"seconds": 30},
    });
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(admin.start(&spec).await.unwrap());
    }
    let list = admin.get("/api/v1/pipelines").await.unwrap();
    let mut places: Vec<u64> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["queue_position"].as_u64())
        .collect();
    places.sort_unstable();
    let expected: Vec<u64> = (1..).take(places.len()).collect();
    assert_eq!(places, expected);
    for one in list["items"].as_array().unwrap() {
        let waits = one["state"] == "queued";
        assert_eq!(one["queue_position"].is_u64(), waits, "{one}");
    }
    for id in ids {
        let cancel = format!("/api/v1/pipelines/{id}/cancel");
        admin.post(&cancel, &json!({})).await.unwrap();
    }
}
