//! The shell reader on any text: it never panics, and an action that it finds is one that
//! `hints_boundary` announced, because the hook reads no line without such a hint.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use portcullis::shell::{self, ActionKind};

fuzz_target!(|data: &[u8]| {
    let line = String::from_utf8_lossy(data);
    let reading = shell::read(&line, Path::new("/nonexistent"));
    for action in shell::actions(&reading) {
        let command = &reading.commands[action.command];
        assert!(action.args <= command.words.len(), "{line:?}: {action:?}");
        let boundary = matches!(
            action.kind,
            ActionKind::Push | ActionKind::Publish | ActionKind::Release | ActionKind::Deploy
        );
        assert!(!boundary || shell::hints_boundary(line.as_bytes()), "{line:?}: {action:?}");
    }
});
