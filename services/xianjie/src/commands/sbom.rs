//! `xianjie sbom`: the packages that a binary is made of, as CycloneDX, from what `cargo metadata` says.
//!
//! Only what is linked: the graph is walked from the binary over normal and build dependencies; what tests need is not in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    process::ExitCode,
};

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::output;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    repository: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// Reads metadata from standard input and prints the bill.
pub(super) fn run() -> anyhow::Result<ExitCode> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("no metadata on standard input")?;
    output::line(format_args!("{:#}", of(&text, "xianjie")?));
    Ok(ExitCode::SUCCESS)
}

fn of(metadata: &str, binary: &str) -> anyhow::Result<Value> {
    let metadata: Metadata = serde_json::from_str(metadata).context("that is not what `cargo metadata` prints")?;
    let packages: BTreeMap<&str, &Package> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package)).collect();
    let nodes: BTreeMap<&str, &Node> = metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let root = metadata.packages.iter().find(|package| package.name == binary && package.source.is_none());
    let root = root.with_context(|| format!("the workspace has no package {binary}"))?;
    let mut reached = BTreeSet::new();
    let mut open = vec![root.id.as_str()];
    let mut dependencies = Vec::new();
    while let Some(id) = open.pop() {
        if !reached.insert(id) {
            continue;
        }
        let node = nodes.get(id).with_context(|| format!("nothing is resolved for {id}"))?;
        let linked =
            node.deps.iter().filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev")));
        let linked: BTreeSet<&str> = linked.map(|dependency| dependency.pkg.as_str()).collect();
        open.extend(&linked);
        let on: Vec<String> =
            linked.iter().filter_map(|id| packages.get(id)).map(|package| reference(package)).collect();
        dependencies.push(json!({ "ref": packages.get(id).map(|package| reference(package)), "dependsOn": on }));
    }
    let components: Vec<Value> = reached
        .iter()
        .filter(|id| **id != root.id)
        .filter_map(|id| packages.get(id))
        .map(|package| component(package, "library"))
        .collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": component(root, "application") },
        "components": components,
        "dependencies": dependencies,
    }))
}

/// A package's name for programs (purl).
fn reference(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

fn component(package: &Package, kind: &str) -> Value {
    let mut component = json!({
        "type": kind,
        "bom-ref": reference(package),
        "purl": reference(package),
        "name": package.name,
        "version": package.version,
    });
    if let Some(license) = &package.license {
        component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
    }
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_is_listed_and_what_tests_need_is_not() {
        let package = |name: &str, source: Value| json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0", "source": source, "repository": null });
        let dep = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let outside = || json!("registry");
        let metadata = json!({
            "packages": [
                package("xianjie", Value::Null), package("tonic", outside()), package("http", outside()),
                package("cc", outside()), package("tempfile", outside()), package("unused", outside()),
            ],
            "resolve": { "nodes": [
                { "id": "xianjie", "deps": [dep("tonic", Value::Null), dep("tempfile", json!("dev"))] },
                { "id": "tonic", "deps": [dep("http", Value::Null), dep("cc", json!("build"))] },
                { "id": "http", "deps": [] }, { "id": "cc", "deps": [] },
                { "id": "tempfile", "deps": [] }, { "id": "unused", "deps": [] },
            ] },
        });
        let bill = of(&metadata.to_string(), "xianjie").expect("a bill");
        let names: Vec<&str> =
            bill["components"].as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(names, ["cc", "http", "tonic"]);
        assert_eq!(bill["components"][0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(bill["metadata"]["component"]["purl"], "pkg:cargo/xianjie@1.0.0");
        assert_eq!(bill["dependencies"][0]["dependsOn"], json!(["pkg:cargo/tonic@1.0.0"]));
        assert!(of("{}", "xianjie").is_err());
    }
}
