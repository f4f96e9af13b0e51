//! The schemas of definitions: they name the keys that the client knows, and our own bundle fits them.

use std::path::Path;

use portcullis::bundle::client::{AGENT_KEYS, PLUGIN_KEYS, SKILL_KEYS};
use portcullis::bundle::kind::Kind;
use portcullis::bundle::load::{Request, load};
use portcullis::bundle::schema::all;
use serde_json::Value;

fn schema(name: &str) -> Value {
    all().into_iter().find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn they_name_the_keys_of_the_client() {
    for (name, keys) in [
        ("definition-agent", AGENT_KEYS),
        ("definition-skill", SKILL_KEYS),
        ("definition-plugin", PLUGIN_KEYS),
    ] {
        let schema = schema(name);
        let mut named: Vec<&str> =
            schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut keys = keys.to_vec();
        named.sort_unstable();
        keys.sort_unstable();
        assert_eq!(named, keys, "{name}");
    }
}

#[test]
fn our_own_bundle_fits_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let request =
        Request { base: root.to_path_buf(), paths: vec![root.to_path_buf()], overlay: None };
    let (bundle, _) = load(&request, &|path, _| path.starts_with(root.join("tests")));
    let mut checked = 0;
    for file in bundle.files.iter().filter(|file| file.in_plugin()) {
        let (name, node) = match file.kind {
            Kind::Agent => ("definition-agent", file.fields()),
            Kind::Skill | Kind::Command => ("definition-skill", file.fields()),
            Kind::Hooks => ("definition-hooks", file.data()),
            Kind::Plugin => ("definition-plugin", file.data()),
            Kind::Marketplace => ("definition-marketplace", file.data()),
            Kind::Workflow => {
                let meta = file.script().and_then(|script| script.meta.as_ref());
                ("definition-workflow-meta", meta.map(|meta| &meta.value))
            }
            _ => continue,
        };
        let value = node.unwrap_or_else(|| panic!("{}: nothing to check", file.shown)).to_json();
        let validator = jsonschema::validator_for(&schema(name)).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", file.shown);
        checked += 1;
    }
    assert!(checked > 7, "{checked} files");
}
