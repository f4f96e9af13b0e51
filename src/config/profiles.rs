//! The profiles that are built in; an organisation adds its own under `profiles`.

use serde_json::{Value, json};

/// Their names.
pub const NAMES: &[&str] = &["standard", "strict"];

/// What a built-in profile says; an absent key keeps its built-in value.
pub fn built_in(name: &str) -> Option<Value> {
    match name {
        "standard" => Some(json!({})),
        "strict" => Some(json!({
            "boundaries": {
                "push": ["implementation", "review", "test", "security"],
                "publish": ["implementation", "review", "test", "security"],
                "release": ["implementation", "review", "test", "security"],
                "deploy": ["design", "implementation", "review", "test", "security", "deploy"],
                "done": ["test"],
            },
            "secrets": {"prompts": "block", "reads": "ask", "results": "redact", "warn": "ask"},
        })),
        _ => None,
    }
}
