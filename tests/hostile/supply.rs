//! What flag-sweep is built from: crates of crates.io with a checksum, under a licence that `deny.toml` allows, and no unsafe code
//! of its own. Advisories are for `cargo deny check`, which asks the network.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

fn table(name: &str) -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(path).expect("it is part of the repository").parse().expect("it is TOML")
}

#[test]
fn every_crate_is_from_the_registry() {
    let lock = table("Cargo.lock");
    let packages = lock["package"].as_array().expect("a lock file lists packages");
    let text = |package: &toml::Value, key: &str| package.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    for package in packages {
        let name = text(package, "name").expect("a package has a name");
        if name == env!("CARGO_PKG_NAME") {
            continue;
        }
        let source = text(package, "source");
        assert_eq!(source.as_deref(), Some("registry+https://github.com/rust-lang/crates.io-index"), "{name}");
        assert!(text(package, "checksum").is_some_and(|sum| sum.len() == 64), "{name} has no checksum");
    }
    assert!(packages.len() > 50, "the lock file is not empty");
}

#[test]
fn every_licence_is_allowed() {
    let deny = table("deny.toml");
    let allowed = deny["licenses"]["allow"].as_array().expect("deny.toml lists licences");
    let allowed: BTreeSet<&str> = allowed.iter().filter_map(toml::Value::as_str).collect();
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let mut refused = Vec::new();
    for package in metadata["packages"].as_array().expect("there are packages") {
        let licence = package["license"].as_str().unwrap_or("none");
        if !is_allowed(licence, &allowed) {
            refused.push(format!("{}: {licence}", package["name"]));
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}

/// Whether an expression of licences can be fulfilled: any side of an OR, every side of an AND.
fn is_allowed(licence: &str, allowed: &BTreeSet<&str>) -> bool {
    let licence = licence.replace(" / ", " OR ").replace('/', " OR ").replace(['(', ')'], "");
    licence.split(" AND ").all(|part| part.split(" OR ").any(|name| allowed.contains(name.trim())))
}

#[test]
fn unsafe_code_is_forbidden() {
    let manifest = table("Cargo.toml");
    assert_eq!(manifest["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    assert_eq!(manifest["profile"]["release"]["lto"].as_str(), Some("fat"));
}
