//! `docs/agents.md`, made from the definitions.

use std::fmt::Write as _;

use portcullis::check::claims::REVIEWERS;
use serde_json::Value;

use super::agents::{Agent, agents};
use super::{scripts, text};
use crate::generated::check_file;

const HEAD: &str = "# Agents

Generated from `agents/` (`PORTCULLIS_UPDATE=1 cargo test --test it bundle` rewrites it).

An agent is one file. In the plugin its type is `portcullis:NAME`, in an installed project `NAME`. Claude Code chooses one by its \
description; a workflow or an orchestrator names it. Work is handed over as a packet (`portcullis schema packet`), and comes back as a \
report (`portcullis schema report`) or a review (`portcullis schema review`), which the hook compares with the receipts before anybody \
reads it (`portcullis explain claims`). The prompts by which the descriptions are tested stand in `evals/triggers/agents.yaml`; \
`portcullis eval triggers` ranks them by BM25, which is a proxy for what a model does.

Models are aliases. `models` in `portcullis.yaml` names another for a project (`portcullis explain models`); in the client the `model` of \
a call and `CLAUDE_CODE_SUBAGENT_MODEL` go before the definition.
";

/// What sort of work the definition itself shows.
fn group(agent: &Agent) -> &'static str {
    let tools = agent.front.tools.names();
    if tools.contains("Agent") {
        "Lead others"
    } else if REVIEWERS.contains(&agent.front.name.as_str()) {
        "Review, change nothing, hand back findings"
    } else if !tools.contains("Write") {
        "Read, change nothing, hand back facts"
    } else if agent.body.contains("run `portcullis gate run test`") {
        "Build, and pass the test gate"
    } else {
        "Write documents, contracts and proofs, run no gate"
    }
}

const GROUPS: &[&str] = &[
    "Lead others",
    "Build, and pass the test gate",
    "Write documents, contracts and proofs, run no gate",
    "Review, change nothing, hand back findings",
    "Read, change nothing, hand back facts",
];

/// The second cell of the table row that begins with this field.
fn cell(body: &str, field: &str) -> Option<String> {
    let row = body.lines().find(|line| line.starts_with(&format!("| `{field}` |")))?;
    row.split(" | ").nth(1).map(|cell| cell.trim_end_matches(" |").to_owned())
}

/// The list items of a section.
fn items<'a>(body: &'a str, heading: &str) -> Vec<&'a str> {
    let (_, after) = body.split_once(&format!("## {heading}\n")).unwrap();
    let section = after.split("\n## ").next().unwrap();
    section.lines().filter_map(|line| line.strip_prefix("- ")).collect()
}

fn entry(agent: &Agent, page: &mut String) {
    let body = agent.body.trim_start();
    let purpose = body.lines().next().unwrap();
    let (kind, done) = match REVIEWERS.contains(&agent.front.name.as_str()) {
        true => ("a review", cell(body, "approve").map(|when| format!("approves when: {when}"))),
        false => {
            ("a report", cell(body, "completed").map(|when| format!("`completed` when: {when}")))
        }
    };
    let input =
        cell(body, "requirements").unwrap_or_else(|| "the facts of a run and a packet".to_owned());
    let tools: Vec<String> = agent.front.tools.names().into_iter().collect();
    let summary = match &agent.good["summary"] {
        Value::String(text) => text.clone(),
        _ => panic!("{}: the example has no summary", agent.path),
    };
    let write = writeln!(
        page,
        "\n### {}\n\n{purpose}\n\n- **When:** {}\n- **Input:** {input}\n- **Output:** {kind}; {}\n- **Model and tools:** {}; {}\n- **Example:** {summary}\n- **Not its work:** {}\n- **Limits:** {}",
        agent.front.name,
        agent.front.description,
        done.unwrap_or_else(|| panic!("{}: when is it done?", agent.path)),
        agent.front.model,
        tools.join(", "),
        items(body, "Not yours").join(" "),
        items(body, "Limits").join(" "),
    );
    write.unwrap();
}

/// The agents that one may call, by their bare names.
fn list(agent: &Agent) -> Vec<String> {
    let tools = agent.front.tools.all();
    let list = tools.iter().find_map(|tool| tool.strip_prefix("Agent("));
    let names = list.map(|list| list.trim_end_matches(')').split(", ")).into_iter().flatten();
    names.filter(|name| !name.contains(':')).map(str::to_owned).collect()
}

/// Who calls whom: the `Agent(…)` lists, and the workflow scripts. The client bounds a nested call by the list
/// of the session's agent too, so a list also holds what those it calls may call; that is no arrow.
fn picture(agents: &[Agent]) -> String {
    let mut picture = String::from("\n## Who calls whom\n\n```mermaid\nflowchart LR\n");
    let scripts: Vec<(String, String)> = scripts()
        .into_iter()
        .map(|name| {
            let script = text(&format!("workflows/{name}.js"));
            (name, script)
        })
        .collect();
    for (name, script) in &scripts {
        let (_, after) = script.split_once("Started by the ").unwrap();
        let command = after.split(' ').next().unwrap();
        writeln!(picture, "  person([person]) --> {command} --> {name}[[{name}]]").unwrap();
    }
    for agent in agents {
        let name = &agent.front.name;
        for (workflow, script) in &scripts {
            // What is shared names the reviewers for those that build.
            let (_, own) = script.split_once("// --- end of what is shared ---").unwrap();
            let (shared, _) = script.split_once("// --- end of what is shared ---").unwrap();
            let built =
                own.contains("await build(") && shared.contains(&format!("judged('{name}'"));
            if built || own.contains(&format!("'{name}'")) {
                writeln!(picture, "  {workflow} --> {name}").unwrap();
            }
        }
        let called = list(agent);
        let deeper: Vec<String> = agents
            .iter()
            .filter(|other| called.contains(&other.front.name))
            .flat_map(list)
            .collect();
        for called in called.iter().filter(|name| !deeper.contains(name)) {
            writeln!(picture, "  {name} --> {called}").unwrap();
        }
        if agent.front.tools.all().iter().any(|tool| tool == "Agent") {
            writeln!(picture, "  {name} --> any[any agent of its plan]").unwrap();
        }
    }
    picture.push_str(
        "  add-feature -. no Workflow tool .-> feature-orchestrator\n  new-project -. no Workflow tool .-> project-orchestrator\n  person --> project-orchestrator\n  person --> workflow-coordinator\n```\n\nEvery other agent is called by the session itself, for what its description says, or by a workflow.\n",
    );
    picture
}

#[test]
fn the_page_of_agents() {
    let agents = agents();
    let mut page = HEAD.to_owned();
    page.push_str(&picture(&agents));
    for name in GROUPS {
        writeln!(page, "\n## {name}").unwrap();
        for agent in agents.iter().filter(|agent| group(agent) == *name) {
            entry(agent, &mut page);
        }
    }
    check_file("docs/agents.md", &page);
}
