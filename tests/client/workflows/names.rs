//! A typed command of the bundle reaches the model, also where the client has a command of the same name.

use anyhow::Result;
use portcullis::install::layout::RENAMED;

use crate::runner::tests;
use crate::script::{Script, Turn};
use crate::slice::armed::{Armed, Way};

tests![renamed_commands_reach_the_model];

fn renamed_commands_reach_the_model() -> Result<()> {
    for way in [Way::Plugin, Way::Project] {
        let armed = Armed::new(way)?;
        for (from, to) in RENAMED {
            let bare = from.trim_start_matches("commands/");
            let name = match way {
                Way::Plugin => armed.name(bare.trim_end_matches(".md")),
                Way::Project => to.trim_end_matches(".md").to_owned(),
            };
            let text = std::fs::read_to_string(format!("{}/{from}", env!("CARGO_MANIFEST_DIR")))?;
            let (_, body) = text.split_once("\n---\n").unwrap_or_default();
            let goal = body.trim().lines().next().unwrap_or_default().replace("$ARGUMENTS", "this");
            let script = Script::new().main([Turn::text("read")]);
            let run = armed.session(&format!("/{name} this"), script).run()?;
            assert!(run.told(&goal), "/{name}: {goal:?} did not reach the model");
        }
    }
    Ok(())
}
