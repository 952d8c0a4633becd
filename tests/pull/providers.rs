//! Every provider that can be pulled against the same misbehaving server: what it answers when all is well, with pages where it
//! has any, and that nothing is written when the first or the last of its requests goes wrong.

use std::fs;

use serde_json::{Value, json};

use super::server::{Answer, Request, Server};
use super::{CANARY, Project, kept, text};

/// A provider as it should be.
struct Case {
    name: &'static str,
    token: &'static str,
    arguments: &'static [&'static str],
    good: fn(&str) -> Option<Value>,
    requests: usize,
    says: &'static str,
}

const CASES: [Case; 7] = [
    Case {
        name: "configcat",
        token: "CONFIGCAT_SDK_KEY",
        arguments: &[],
        good: |path| {
            (path == format!("/configuration-files/{CANARY}/config_v6.json"))
                .then(|| json!({"p": {"s": "salt"}, "f": {"newCheckout": {"t": 0, "v": {"b": true}}}}))
        },
        requests: 1,
        says: "1 flag of ConfigCat, 1 environment",
    },
    Case {
        name: "flagsmith",
        token: "FLAGSMITH_API_KEY",
        arguments: &["--project", "4"],
        good: flagsmith,
        requests: 3,
        says: "2 flags of Flagsmith, 1 environment",
    },
    Case {
        name: "growthbook",
        token: "GROWTHBOOK_CLIENT_KEY",
        arguments: &[],
        good: |path| {
            let features = json!({"new": {"defaultValue": false, "rules": [{"force": true}]}});
            (path == format!("/api/features/{CANARY}")).then(|| json!({"status": 200, "features": features}))
        },
        requests: 1,
        says: "1 flag of GrowthBook, 1 environment",
    },
    Case {
        name: "launchdarkly",
        token: "LAUNCHDARKLY_ACCESS_TOKEN",
        arguments: &["--project", "shop"],
        good: launchdarkly,
        requests: 5,
        says: "3 flags of LaunchDarkly, 1 environment",
    },
    Case {
        name: "posthog",
        token: "POSTHOG_PERSONAL_API_KEY",
        arguments: &["--project", "1"],
        good: posthog,
        requests: 2,
        says: "2 flags of PostHog, 1 environment",
    },
    Case {
        name: "statsig",
        token: "STATSIG_CONSOLE_API_KEY",
        arguments: &[],
        good: statsig,
        requests: 103,
        says: "101 flags of Statsig, 1 environment",
    },
    Case {
        name: "unleash",
        token: "UNLEASH_API_TOKEN",
        arguments: &[],
        good: unleash,
        requests: 5,
        says: "of Unleash, 1 environment",
    },
];

fn flagsmith(path: &str) -> Option<Value> {
    let feature = |id: usize| {
        json!({"id": id, "name": format!("f{id}"), "type": "STANDARD", "created_date": "2026-01-01T00:00:00Z",
            "is_archived": false, "owners": [], "multivariate_options": [],
            "environment_feature_state": {"enabled": true, "feature_state_value": null}, "num_segment_overrides": 0,
            "num_identity_overrides": 0, "is_num_identity_overrides_complete": true})
    };
    let page = |id, next| json!({"count": 2, "next": next, "results": [feature(id)]});
    let list = "/api/v1/projects/4/features/?environment=11&page";
    match path {
        "/api/v1/environments/?project=4" => {
            Some(json!({"count": 1, "next": null, "results": [{"id": 11, "name": "Production"}]}))
        }
        _ if path == format!("{list}=1&page_size=999") => Some(page(1, Some("x"))),
        _ if path == format!("{list}=2&page_size=999") => Some(page(2, None)),
        _ => None,
    }
}

fn launchdarkly(path: &str) -> Option<Value> {
    let flag = |key: &str, archived: bool| {
        json!({"key": key, "kind": "boolean", "creationDate": 1_704_067_200_000_i64, "temporary": true, "tags": [],
            "archived": archived, "_version": 1, "variations": [{"value": true}, {"value": false}],
            "environments": {"production": {"on": true, "archived": false, "lastModified": 1_714_521_600_000_i64,
                "targets": [], "contextTargets": [], "rules": [], "prerequisites": [], "fallthrough": {"variation": 0},
                "offVariation": 1}}})
    };
    let status = |key: &str, name: &str| {
        let href = format!("/api/v2/flag-statuses/shop/production/{key}");
        json!({"name": name, "lastRequested": "2026-11-20T10:00:00Z", "_links": {"self": {"href": href}}})
    };
    let list = "/api/v2/flags/shop?env=production&summary=0&limit=100";
    match path {
        "/api/v2/projects/shop/environments?limit=50" => {
            Some(json!({"totalCount": 1, "items": [{"key": "production"}], "_links": {}}))
        }
        "/api/v2/flag-statuses/shop/production" => {
            Some(json!({"items": [status("a", "launched"), status("b", "active")]}))
        }
        _ if path == list => {
            let next = json!({"next": {"href": format!("{list}&offset=1")}});
            Some(json!({"items": [flag("a", false)], "totalCount": 2, "_links": next}))
        }
        _ if path == format!("{list}&offset=1") => {
            Some(json!({"items": [flag("b", false)], "totalCount": 2, "_links": {}}))
        }
        _ if path == format!("{list}&filter=state:archived") => {
            Some(json!({"items": [flag("gone", true)], "totalCount": 1}))
        }
        _ => None,
    }
}

fn posthog(path: &str) -> Option<Value> {
    let page = |key: &str, next: Option<&str>| {
        let groups = json!([{"properties": [], "rollout_percentage": 100}]);
        let flag = json!({"id": 1, "key": key, "name": "", "active": true, "deleted": false,
            "created_at": "2026-01-01T00:00:00Z", "filters": {"groups": groups}});
        json!({"count": 2, "next": next, "previous": null, "results": [flag]})
    };
    match path {
        "/api/projects/1/feature_flags/?limit=100" => Some(page("a", Some("/api/projects/1/feature_flags/?offset=1"))),
        "/api/projects/1/feature_flags/?offset=1" => Some(page("b", None)),
        _ => None,
    }
}

fn statsig(path: &str) -> Option<Value> {
    let gate = |number: usize| {
        let rules = json!([{"id": "r", "name": "all", "passPercentage": 100, "conditions": [{"type": "public"}]}]);
        json!({"id": format!("gate_{number}"), "isEnabled": true, "type": "TEMPORARY", "rules": rules,
            "createdTime": 1_705_450_774_719_i64, "lastModifiedTime": 1_705_626_260_086_i64})
    };
    let page = |gates: std::ops::Range<usize>, next: Option<&str>| {
        let pagination = json!({"itemsPerPage": 100, "totalItems": 101, "nextPage": next});
        json!({"message": "ok", "data": gates.map(gate).collect::<Vec<_>>(), "pagination": pagination})
    };
    match path {
        "/console/v1/gates?limit=100&page=1" => Some(page(0..100, Some("/console/v1/gates?limit=100&page=2"))),
        "/console/v1/gates?limit=100&page=2" => Some(page(100..101, None)),
        // One of them lets somebody in by name.
        "/console/v1/gates/gate_7/overrides" => {
            Some(json!({"data": {"passingUserIDs": ["ana"], "failingUserIDs": []}}))
        }
        _ if path.starts_with("/console/v1/gates/gate_") && path.ends_with("/overrides") => {
            Some(json!({"data": {"passingUserIDs": [], "failingUserIDs": []}}))
        }
        _ => None,
    }
}

fn unleash(path: &str) -> Option<Value> {
    let read = |text| serde_json::from_str::<Value>(text).expect("samples are JSON");
    let mut list = read(include_str!("../../fixtures/registry/vendors/unleash-admin-search-features.json"));
    let search = "/api/admin/search/features?project=IS:default";
    let order = "&sortBy=createdAt&sortOrder=asc&limit=100";
    match path {
        "/api/admin/environments/project/default" => {
            Some(json!({"version": 1, "environments": [{"name": "production"}]}))
        }
        "/api/admin/features-batch/export" => {
            Some(read(include_str!("../../fixtures/registry/vendors/unleash-export-production.json")))
        }
        _ if path == format!("{search}&archived=IS:true{order}&offset=0") => Some(json!({"features": [], "total": 0})),
        _ if path == format!("{search}{order}&offset=0") || path == format!("{search}{order}&offset=9") => {
            let features = list["features"].as_array_mut().expect("it is a list");
            let rest = features.split_off(9);
            if path.ends_with("=9") {
                *features = rest;
            }
            Some(list)
        }
        _ => None,
    }
}

fn answer(case: &Case, request: &Request) -> Answer {
    match (case.good)(&request.path) {
        Some(document) => Answer::json(&document.to_string()),
        None => Answer::status(404),
    }
}

fn pull(case: &Case, project: &Project, server: &Server, patience: [&str; 4]) -> std::process::Output {
    let address = server.address();
    let mut arguments = vec!["pull", case.name, "--url", &address, "--verbose"];
    arguments.extend(case.arguments);
    arguments.extend(patience);
    project.run(&arguments, &[(case.token, CANARY)])
}

#[test]
fn every_provider_is_pulled_with_all_its_pages() {
    for case in &CASES {
        let project = Project::new();
        // Busy at first: it is waited for.
        let server = Server::start(|request| match request.number {
            0 => Answer::status(429).with("Retry-After", "0"),
            _ => answer(case, request),
        });
        let output = pull(case, &project, &server, ["--retries", "1", "--timeout", "20"]);
        assert_eq!(output.status.code(), Some(0), "{}: {}", case.name, text(&output));
        assert!(text(&output).contains(case.says), "{}: {}", case.name, text(&output));
        assert_eq!(server.requests().len(), case.requests + 1, "{}", case.name);
        assert!(project.snapshot(case.name).exists());
        kept(&project, &output);
        let listed = text(&project.run(&["flags"], &[]));
        assert!(!listed.contains("error"), "{}: {listed}", case.name);
    }
}

#[test]
fn statuses_and_overrides_refute_constants() {
    for (name, sure, refuted) in [("launchdarkly", "a", "b"), ("statsig", "gate_1", "gate_7")] {
        let case = CASES.iter().find(|case| case.name == name).expect("it is in the table");
        let project = Project::new();
        let server = Server::start(|request| answer(case, request));
        let output = pull(case, &project, &server, ["--retries", "0", "--timeout", "20"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        let output = project.run(&["flags", "--output-format", "json", "--trust-undated"], &[]);
        let listed: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        let verdict = |key: &str| {
            let flags = listed["flags"].as_array().expect("it is a list");
            flags.iter().find(|flag| flag["key"] == key).expect("it was pulled")["verdict"].clone()
        };
        assert_eq!(verdict(sure), "remove", "{listed:#}");
        assert_ne!(verdict(refuted), "remove", "{listed:#}");
    }
}

#[test]
fn no_provider_leaves_a_snapshot_when_a_request_goes_wrong() {
    let elsewhere: &'static Server = Box::leak(Box::new(Server::start(|_| Answer::json("{}"))));
    let target = elsewhere.address().replace("127.0.0.1", "localhost");
    for case in &CASES {
        let wrong: [(&str, Answer); 7] = [
            ("too many requests (429)", Answer::status(429).with("Retry-After", "0")),
            ("the server failed (500)", Answer::text(500, CANARY)),
            ("the answer is cut off", Answer::json("{\"data\": [{\"id\"")),
            ("cut off", Answer::json("{}").with("Content-Length", "4000")),
            ("it redirects to another server, which was not named", Answer::status(302).with("Location", &target)),
            ("the answer has no `", Answer::json("{\"unexpected\": true}")),
            ("no answer in time (--timeout)", Answer::json("{}").after(3)),
        ];
        for at in [0, case.requests - 1] {
            for (expected, bad) in &wrong {
                let project = Project::new();
                fs::create_dir_all(project.file(".flag-sweep")).expect("it can be made");
                fs::write(project.snapshot(case.name), "the old one").expect("it can be written");
                let bad = bad.clone();
                let server = Server::start(
                    move |request| {
                        if request.number == at { bad.clone() } else { answer(case, request) }
                    },
                );
                let output = pull(case, &project, &server, ["--retries", "0", "--timeout", "1"]);
                let said = text(&output);
                assert_eq!(output.status.code(), Some(2), "{} {at} {expected}: {said}", case.name);
                assert!(said.contains(expected), "{} {at} {expected}: {said}", case.name);
                assert_eq!(fs::read_to_string(project.snapshot(case.name)).expect("it is there"), "the old one");
                kept(&project, &output);
            }
        }
    }
    assert!(elsewhere.requests().is_empty());
}
