//! A small bundle (two agents, one command, one workflow) in both ways in.

use anyhow::Result;
use serde_json::{Value, json};

use crate::fixture::{Hooks, Plugin, Project};
use crate::script::Script;
use crate::session::Session;

/// The bundle's name as a plugin.
pub(crate) const NAME: &str = "sample";

const WORKER: &str = "---
name: worker
description: Does what it is told.
tools: Read, Bash
---
You are the worker of the sample bundle. Do what you are told and report.
";

const LEAD: &str = "---
name: lead
description: Lets the worker do it.
tools: Agent, Read
---
You are the lead of the sample bundle. Let the worker do the work.
";

const GREET: &str = "---
description: Greets.
---
Say hello to $0 and to $1. All of it: $ARGUMENTS
";

// `args` is written down as it arrives, so that a test sees its type.
const BUILD: &str = r#"export const meta = {
  name: "build",
  description: "Builds one thing with a worker.",
  phases: [{ title: "Work" }, { title: "Plain" }],
};
const schema = {
  type: "object",
  properties: { status: { type: "string" } },
  required: ["status"],
  additionalProperties: false,
};
phase("Work");
const prefix = args && args.prefix ? args.prefix : "";
const report = await agent("do the work", { agentType: `${prefix}worker`, schema });
phase("Plain");
const plain = await agent("look around");
return { report, plain, args, kind: typeof args };
"#;

/// How the bundle comes into the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Plugin,
    Project,
}

/// A project with the bundle, in one of the two ways.
pub(crate) struct Sample {
    pub(crate) way: Way,
    pub(crate) project: Project,
    /// The plugin's folder, in that way.
    pub(crate) plugin: Option<Plugin>,
}

impl Sample {
    pub(crate) fn new(way: Way, hooks: &Hooks) -> Result<Self> {
        let project = Project::new()?;
        let wiring = json!({"hooks": hooks.map()}).to_string();
        let files = [
            ("agents/worker.md", WORKER),
            ("agents/lead.md", LEAD),
            ("commands/greet.md", GREET),
            ("workflows/build.js", BUILD),
        ];
        let plugin = match way {
            Way::Plugin => {
                let mut files = files.to_vec();
                files.push(("hooks/hooks.json", &wiring));
                Some(Plugin::new(NAME, &files)?)
            }
            Way::Project => {
                for (path, content) in files {
                    project.write(&format!(".claude/{path}"), content)?;
                }
                project.hooks(&hooks.map())?;
                None
            }
        };
        Ok(Self { way, project, plugin })
    }

    /// `sample:` for the plugin, nothing for the project.
    pub(crate) fn prefix(&self) -> &'static str {
        if self.way == Way::Plugin { "sample:" } else { "" }
    }

    /// The name with the prefix.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix())
    }

    /// The `args` with which the workflow finds its worker.
    pub(crate) fn args(&self) -> Value {
        json!({"prefix": self.prefix(), "words": ["a", "b"]})
    }

    pub(crate) fn session(&self, prompt: &str, script: Script) -> Session {
        let session = Session::new(&self.project.path(), prompt, script);
        match &self.plugin {
            Some(plugin) => session.plugin_dir(plugin.path()),
            None => session,
        }
    }
}
