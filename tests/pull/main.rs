//! `pull` and `retire` against a server of our own that misbehaves on demand: every failure is a clear error with exit code 2,
//! leaves no snapshot, and shows the token to nobody. Owns the cases; the server is in `server`.

mod providers;
mod server;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Instant;

use server::{Answer, Server};

/// Looked for in everything that is printed or written.
const CANARY: &str = "canary-5d1f0c7e";

struct Project {
    _guard: tempfile::TempDir,
    root: PathBuf,
}

impl Project {
    fn new() -> Self {
        let guard = tempfile::tempdir().expect("a scratch directory can be made");
        let root = guard.path().canonicalize().expect("it exists");
        fs::create_dir_all(root.join("project/.git")).expect("it can be made");
        fs::create_dir_all(root.join("home")).expect("it can be made");
        Self { _guard: guard, root }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.join("project").join(name)
    }

    fn snapshot(&self, provider: &str) -> PathBuf {
        self.file(&format!(".flag-sweep/{provider}.snapshot.json"))
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flag-sweep"));
        command.args(arguments).current_dir(self.root.join("project")).env_clear();
        command.env("HOME", self.root.join("home")).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(variables.iter().copied());
        command.output().expect("the binary runs")
    }

    /// Everything below the scratch directory, as text.
    fn everything(&self) -> String {
        let mut all = String::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("it can be listed") {
                let path = entry.expect("it can be listed").path();
                all.push_str(&path.display().to_string());
                if path.is_dir() {
                    folders.push(path);
                } else {
                    all.push_str(&String::from_utf8_lossy(&fs::read(&path).expect("it can be read")));
                }
            }
        }
        all
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Pulls from PostHog, whose pages are linked, with the options that make failures quick.
fn posthog(project: &Project, server: &Server) -> Output {
    let address = server.address();
    let arguments =
        ["pull", "posthog", "--url", &address, "--project", "1", "--retries", "1", "--timeout", "2", "--verbose"];
    project.run(&arguments, &[("POSTHOG_PERSONAL_API_KEY", CANARY)])
}

/// A page of PostHog's list with flags of these keys.
fn page(keys: &[&str], count: usize, next: Option<&str>) -> String {
    let flag = |key: &&str| {
        format!(
            r#"{{"id":1,"key":"{key}","name":"","active":true,"deleted":false,"created_at":"2026-01-01T00:00:00Z","filters":{{"groups":[{{"properties":[],"rollout_percentage":100}}]}}}}"#
        )
    };
    let flags: Vec<String> = keys.iter().map(flag).collect();
    let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
    format!(r#"{{"count":{count},"next":{next},"previous":null,"results":[{}]}}"#, flags.join(","))
}

/// The run failed with that message, wrote nothing and kept the token.
#[track_caller]
fn fails(project: &Project, output: &Output, expected: &str) {
    let text = text(output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains(expected), "expected {expected:?} in {text}");
    assert!(output.stdout.is_empty(), "{text}");
    assert!(!project.file(".flag-sweep").join("posthog.snapshot.json").exists(), "{text}");
    kept(project, output);
}

#[track_caller]
fn kept(project: &Project, output: &Output) {
    let text = text(output);
    assert!(!text.contains(CANARY), "the token is in {text}");
    assert!(!project.everything().contains(CANARY), "the token is in a file");
}

#[test]
fn pages_become_one_snapshot_for_its_owner() {
    let project = Project::new();
    let server = Server::start(|request| match request.path.as_str() {
        "/api/projects/1/feature_flags/?limit=100" => {
            Answer::json(&page(&["a", "b"], 3, Some("{address}/api/projects/1/feature_flags/?limit=100&offset=2")))
        }
        "/api/projects/1/feature_flags/?limit=100&offset=2" => Answer::json(&page(&["c"], 3, None)),
        _ => Answer::status(404),
    });
    let output = posthog(&project, &server);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    kept(&project, &output);
    assert!(text(&output).contains("3 flags of PostHog"), "{}", text(&output));
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request.header("authorization") == Some(&format!("Bearer {CANARY}"))));
    let path = project.snapshot("posthog");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
    }
    let snapshot: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path).expect("it is there")).expect("it is JSON");
    assert_eq!(snapshot["provider"], "posthog");
    assert_eq!(snapshot["completeness"]["full"], true);
    assert_eq!(snapshot["documents"][0]["document"]["results"].as_array().map(Vec::len), Some(3));
    assert!(snapshot["fetched_at"].as_str().is_some_and(|at| at.ends_with('Z')));
    // What was pulled is found without being named, and judged.
    fs::write(project.file("a.py"), "import posthog\nif posthog.feature_enabled('a', 'u'):\n    print(1)\n")
        .expect("it can be written");
    let judged = text(&project.run(&["explain", "a"], &[]));
    assert!(judged.contains("production"), "{judged}");
}

#[test]
fn busy_servers_are_waited_for() {
    let project = Project::new();
    let server = Server::start(|request| {
        if request.number == 0 {
            Answer::status(429).with("Retry-After", "1")
        } else {
            Answer::json(&page(&["a"], 1, None))
        }
    });
    let start = Instant::now();
    let output = posthog(&project, &server);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(start.elapsed().as_millis() >= 1000);
    assert!(text(&output).contains("too many requests (429); waiting 1.0 seconds"), "{}", text(&output));
    assert_eq!(server.requests().len(), 2);
    kept(&project, &output);
}

#[test]
fn servers_that_stay_busy_are_given_up() {
    let project = Project::new();
    let server = Server::start(|_| Answer::status(429).with("Retry-After", "0"));
    fails(&project, &posthog(&project, &server), "too many requests (429), 2 times");
    assert_eq!(server.requests().len(), 2);
    let server = Server::start(|_| Answer::status(429).with("Retry-After", "4000"));
    fails(&project, &posthog(&project, &server), "it asks to wait 4000 seconds");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_failed_page_discards_the_pull() {
    for (answer, expected) in [
        (Answer::status(500), "the server failed (500), 2 times"),
        (Answer::status(404), "the server answered 404"),
        (Answer::json("{\"count\": 3, \"results\": [{\"key\": \"c\""), "the answer is cut off"),
        (Answer::json(&page(&["b"], 3, None)), "an element came twice"),
        (Answer::json(&page(&["c"], 4, None)), "the list changed while it was fetched"),
        (Answer::json(&page(&[], 3, None)), "it lists 2 of 3"),
        (Answer::json("[]"), "the answer has no `/results`"),
        (Answer::json(&page(&["c"], 3, Some("https://elsewhere.example/x"))), "its next page is on another server"),
        (Answer::json("").with("Content-Length", "400"), "cut off"),
    ] {
        let project = Project::new();
        let server = Server::start(move |request| {
            if request.number == 0 {
                Answer::json(&page(&["a", "b"], 3, Some("/api/projects/1/feature_flags/?offset=2")))
            } else {
                answer.clone()
            }
        });
        fails(&project, &posthog(&project, &server), expected);
    }
}

#[test]
fn wrong_answers_are_clear_errors() {
    for (answer, expected) in [
        (Answer::json("<html>sign in</html>"), "the answer is not JSON"),
        (Answer::json("{\"results\": {}}"), "no flags there"),
        (Answer::json("{\"results\": 3}"), "`/results` is not a list"),
        (Answer::json("{\"count\": 1, \"results\": [{\"id\": 1}]}"), "an element of `/results` has no `/key`"),
        (Answer::json("{\"count\": 1, \"results\": [{\"key\": \"a\"}]}"), "are not understood"),
        (Answer::json(&page(&[], 0, None)), "PostHog has no flags there"),
        (Answer::status(401), "look at the token in $POSTHOG_PERSONAL_API_KEY"),
        // A server that repeats what it was told.
        (Answer::text(403, &format!("bad key {CANARY}")), "the server answered 403"),
        (Answer::status(304), "it redirects to another server"),
    ] {
        let project = Project::new();
        let server = Server::start(move |_| answer.clone());
        fails(&project, &posthog(&project, &server), expected);
    }
}

#[test]
fn a_token_that_is_sent_back_is_not_kept() {
    let project = Project::new();
    let server = Server::start(|_| {
        Answer::json(&page(&["a"], 1, None).replace("\"name\":\"\"", &format!("\"name\":\"{CANARY}\"")))
    });
    let output = posthog(&project, &server);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    kept(&project, &output);
}

#[test]
fn redirects_to_other_hosts_are_not_followed() {
    let other = Server::start(|_| Answer::json(&page(&["a"], 1, None)));
    for target in [other.address().replace("127.0.0.1", "localhost"), other.address(), "//elsewhere.example/".into()] {
        for status in [301, 302, 307, 308] {
            let project = Project::new();
            let location = target.clone();
            let server = Server::start(move |_| Answer::status(status).with("Location", &location));
            fails(&project, &posthog(&project, &server), "it redirects to another server, which was not named");
        }
    }
    assert!(other.requests().is_empty());
}

#[test]
fn redirects_within_the_server_are_followed() {
    let project = Project::new();
    let server = Server::start(|request| match request.path.as_str() {
        "/there" => Answer::json(&page(&["a"], 1, None)),
        _ => Answer::status(302).with("Location", "/there"),
    });
    let output = posthog(&project, &server);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let server = Server::start(|_| Answer::status(302).with("Location", "/again"));
    fs::remove_dir_all(project.file(".flag-sweep")).expect("it is there");
    fails(&project, &posthog(&project, &server), "it redirects in a circle");
}

#[test]
fn slow_servers_are_given_up() {
    for answer in [Answer::json(&page(&["a"], 1, None)).after(8), Answer::json(&page(&["a"], 1, None)).dripping()] {
        let project = Project::new();
        let server = Server::start(move |_| answer.clone());
        let start = Instant::now();
        let output = posthog(&project, &server);
        fails(&project, &output, "no answer in time (--timeout)");
        assert!(start.elapsed().as_secs() < 8 * 2);
    }
}

#[test]
fn nobody_listens() {
    let project = Project::new();
    let address = Server::start(|_| Answer::status(500)).address();
    let output = project.run(
        &[
            "pull",
            "posthog",
            "--url",
            &address.replace("127.0.0.1:", "127.0.0.1:1"),
            "--project",
            "1",
            "--retries",
            "0",
        ],
        &[("POSTHOG_PERSONAL_API_KEY", CANARY)],
    );
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    kept(&project, &output);
}

#[test]
fn a_repository_does_not_choose_the_server() {
    let server = Server::start(|_| Answer::json(&page(&["a"], 1, None)));
    let address = server.address();
    for configuration in [format!("[pull.unleash]\nurl = \"{address}\"\n"), format!("url = \"{address}\"\n")] {
        let project = Project::new();
        fs::write(project.file("flag-sweep.toml"), configuration).expect("it can be written");
        fs::write(project.file("config.toml"), format!("[pull.unleash]\nurl = \"{address}\"\n"))
            .expect("it can be written");
        let output = project.run(&["pull", "unleash"], &[("UNLEASH_API_TOKEN", CANARY), ("UNLEASH_URL", &address)]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains("name the server of Unleash with --url"), "{}", text(&output));
        kept(&project, &output);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn the_users_configuration_chooses_the_server() {
    let server = Server::start(|_| Answer::json(&page(&["a"], 1, None)));
    let project = Project::new();
    let folder = project.root.join("home/.config/flag-sweep");
    fs::create_dir_all(&folder).expect("it can be made");
    fs::write(
        folder.join("config.toml"),
        format!("[pull.posthog]\nurl = \"{}\"\nproject = \"7\"\ntoken-env = \"MINE\"\n", server.address()),
    )
    .expect("it can be written");
    let output = project.run(&["pull", "posthog"], &[("MINE", CANARY), ("POSTHOG_PERSONAL_API_KEY", "another")]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let requests = server.requests();
    assert_eq!(requests[0].path, "/api/projects/7/feature_flags/?limit=100");
    assert_eq!(requests[0].header("authorization"), Some(&format!("Bearer {CANARY}")));
    kept(&project, &output);
    // A token that was chosen for that server is not sent to another one.
    let other = Server::start(|_| Answer::status(500));
    let output = project.run(&["pull", "posthog", "--url", &other.address()], &[("MINE", CANARY)]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(other.requests().is_empty());
}

#[test]
fn tokens_travel_encrypted_or_not_at_all() {
    let project = Project::new();
    for (address, expected) in [
        ("http://flags.example", "is not encrypted"),
        ("flags.example", "is no address"),
        ("https://me:canary-5d1f0c7e@flags.example", "holds a user or a password"),
        ("https://flags.example?token=x", "leave out what follows"),
    ] {
        let output = project
            .run(&["pull", "posthog", "--project", "1", "--url", address], &[("POSTHOG_PERSONAL_API_KEY", CANARY)]);
        fails(&project, &output, expected);
    }
    let output = project.run(&["pull", "posthog", "--project", "1"], &[]);
    fails(&project, &output, "no token: set $POSTHOG_PERSONAL_API_KEY");
    let odd = format!("{CANARY}\nX-Injected: 1");
    let output = project.run(&["pull", "posthog", "--project", "1"], &[("POSTHOG_PERSONAL_API_KEY", &odd)]);
    fails(&project, &output, "holds characters that no token has");
    let output = project.run(&["pull", "posthok"], &[]);
    fails(&project, &output, "did you mean `posthog`?");
}

#[test]
fn keys_in_paths_are_not_shown() {
    let project = Project::new();
    let server = Server::start(|request| {
        assert_eq!(request.path, format!("/configuration-files/{CANARY}/config_v6.json"));
        Answer::status(403)
    });
    let arguments = ["pull", "configcat", "--url", &server.address(), "--retries", "0"];
    let output = project.run(&arguments, &[("CONFIGCAT_SDK_KEY", CANARY)]);
    fails(&project, &output, "/configuration-files/{token}/config_v6.json: the server answered 403");
    assert_eq!(server.requests().len(), 1);
    let server =
        Server::start(|_| Answer::json(r#"{"p":{"u":"x","r":0},"f":{"newCheckout":{"t":0,"v":{"b":true},"i":"1"}}}"#));
    let arguments = ["pull", "configcat", "--url", &server.address(), "--environment", "live"];
    let output = project.run(&arguments, &[("CONFIGCAT_SDK_KEY", CANARY)]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    kept(&project, &output);
    let judged = text(&project.run(&["explain", "newCheckout"], &[]));
    assert!(judged.contains("live"), "{judged}");
}

#[test]
fn launchdarkly_is_asked_for_what_decides() {
    let project = Project::new();
    let flag = |key: &str, environment: &str, archived: bool| {
        format!(
            r#"{{"key":"{key}","kind":"boolean","creationDate":1704067200000,"temporary":true,"tags":[],"archived":{archived},"_version":1,"variations":[{{"value":true}},{{"value":false}}],"environments":{{"{environment}":{{"on":true,"archived":false,"lastModified":1714521600000,"targets":[],"contextTargets":[],"rules":[],"prerequisites":[],"fallthrough":{{"variation":0}},"offVariation":1}}}}}}"#
        )
    };
    let server = Server::start(move |request| {
        let environment = if request.path.contains("env=test") { "test" } else { "production" };
        if request.path.starts_with("/api/v2/projects/shop/environments") {
            Answer::json(r#"{"totalCount":2,"items":[{"key":"production"},{"key":"test"}],"_links":{}}"#)
        } else if request.path.contains("flag-statuses") {
            Answer::json(r#"{"items":[]}"#)
        } else if request.path.contains("state:archived") {
            Answer::json(&format!(r#"{{"items":[{}],"totalCount":1}}"#, flag("gone", environment, true)))
        } else if request.path.contains("offset=1") {
            Answer::json(&format!(r#"{{"items":[{}],"totalCount":2,"_links":{{}}}}"#, flag("b", environment, false)))
        } else {
            Answer::json(&format!(
                r#"{{"items":[{}],"totalCount":2,"_links":{{"next":{{"href":"{}&offset=1"}}}}}}"#,
                flag("a", environment, false),
                request.path
            ))
        }
    });
    let arguments = ["pull", "launchdarkly", "--project", "shop", "--url", &server.address()];
    let output = project.run(&arguments, &[("LD_ACCESS_TOKEN", CANARY)]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("3 flags of LaunchDarkly, 2 environments"), "{}", text(&output));
    kept(&project, &output);
    let lists: Vec<String> =
        server.requests().into_iter().map(|request| request.path).filter(|path| path.contains("flags/shop")).collect();
    assert_eq!(lists.len(), 6);
    assert!(lists.iter().all(|path| path.contains("summary=0")));
    // Nothing asks for it: it can be archived, with the request that does it.
    let server = Server::start(|_| Answer::json("{}"));
    let arguments = ["retire", "a", "--apply", "--url", &server.address()];
    let output = project.run(&arguments, &[("LD_ACCESS_TOKEN", CANARY)]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    kept(&project, &output);
    let requests = server.requests();
    assert_eq!((requests[0].method.as_str(), requests[0].path.as_str()), ("PATCH", "/api/v2/flags/shop/a"));
    assert!(requests[0].body.contains("archiveFlag"), "{}", requests[0].body);
    assert!(requests[0].header("content-type").is_some_and(|kind| kind.contains("semanticpatch")));
}

#[test]
fn flagsmith_pages_by_number_and_is_archived_by_id() {
    let project = Project::new();
    let feature = |id: usize| {
        format!(
            r#"{{"id":{id},"name":"f{id}","type":"STANDARD","created_date":"2026-01-01T00:00:00Z","is_archived":false,"owners":[],"multivariate_options":[],"environment_feature_state":{{"enabled":true,"feature_state_value":null}},"num_segment_overrides":0,"num_identity_overrides":0,"is_num_identity_overrides_complete":true}}"#
        )
    };
    let server = Server::start(move |request| {
        let features = |ids: std::ops::Range<usize>, next: &str| {
            let list: Vec<String> = ids.map(feature).collect();
            Answer::json(&format!(r#"{{"count":1000,"next":{next},"results":[{}]}}"#, list.join(",")))
        };
        match request.path.as_str() {
            "/api/v1/environments/?project=4" => Answer::json(
                r#"{"count":2,"next":null,"results":[{"id":11,"name":"Production"},{"id":12,"name":"Staging"}]}"#,
            ),
            "/api/v1/projects/4/features/?environment=12&page=1&page_size=999" => features(0..999, "\"x\""),
            "/api/v1/projects/4/features/?environment=12&page=2&page_size=999" => features(999..1000, "null"),
            "/api/v1/projects/4/features/7/" => Answer::json("{}"),
            _ => Answer::status(404),
        }
    });
    let token = [("FLAGSMITH_API_KEY", CANARY)];
    let address = server.address();
    let arguments = ["pull", "flagsmith", "--project", "4", "--url", &address, "--environment", "Staging"];
    let output = project.run(&arguments, &token);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("1000 flags of Flagsmith, 1 environment"), "{}", text(&output));
    // What is rolled out in staging alone is not done.
    assert!(text(&output).contains("the snapshot lacks the environment `Production`"), "{}", text(&output));
    assert!(
        server.requests().iter().all(|request| request.header("authorization") == Some(&format!("Api-Key {CANARY}")))
    );
    kept(&project, &output);
    let judged = text(&project.run(&["explain", "f7"], &[]));
    assert!(judged.contains("Staging"), "{judged}");
    let output = project.run(&["retire", "f7", "--apply", "--url", &address], &token);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    kept(&project, &output);
    let last = server.requests().pop().expect("it was asked");
    assert_eq!((last.method.as_str(), last.path.as_str()), ("PATCH", "/api/v1/projects/4/features/7/"));
    assert_eq!(last.body, r#"{"is_archived":true}"#);
}

#[test]
fn growthbook_is_asked_for_what_sdks_get() {
    let project = Project::new();
    let server = Server::start(|request| {
        assert_eq!(request.path, format!("/api/features/{CANARY}"));
        Answer::json(r#"{"status":200,"features":{"new":{"defaultValue":false,"rules":[{"force":true}]}}}"#)
    });
    let arguments = ["pull", "growthbook", "--url", &server.address()];
    let output = project.run(&arguments, &[("GROWTHBOOK_CLIENT_KEY", CANARY)]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    kept(&project, &output);
    // An encrypted payload has no features.
    let server = Server::start(|_| Answer::json(r#"{"status":200,"encryptedFeatures":"x"}"#));
    let arguments = ["pull", "growthbook", "--url", &server.address()];
    let output = project.run(&arguments, &[("GROWTHBOOK_CLIENT_KEY", CANARY)]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("has no `/features`"), "{}", text(&output));
}

#[test]
fn what_is_in_use_is_not_retired() {
    let project = Project::new();
    let flags =
        "flags:\n  # new cart\n  cart: on\n  other: on\n  cart-style:\n    state: on\n    requires: {other: on}\n";
    fs::write(project.file("flags.yaml"), flags).expect("it can be written");
    let run = |code: &str, flag: &str| {
        fs::write(project.file("a.py"), code).expect("it can be written");
        project.run(&["retire", flag, "--apply", "--allow-dirty", "--check", "python: on($KEY)"], &[])
    };
    for (code, flag, expected) in [
        ("if on('cart'):\n    pass\n", "cart", "a.py:1: a check of it"),
        ("if on('ca' + x):\n    pass\n", "cart", "put together at run time"),
        ("", "other", "the flag `cart-style` depends on it"),
        ("", "catr", "did you mean `cart`?"),
    ] {
        let output = run(code, flag);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains(expected), "{}", text(&output));
        assert_eq!(fs::read_to_string(project.file("flags.yaml")).expect("it is there"), flags);
    }
    let output = run("if on('other'):\n    pass\n", "cart");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(
        fs::read_to_string(project.file("flags.yaml")).expect("it is there"),
        "flags:\n  other: on\n  cart-style:\n    state: on\n    requires: {other: on}\n"
    );
}
