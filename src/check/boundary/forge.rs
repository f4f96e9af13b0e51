//! Tools of MCP servers that push, publish, release or deploy on a server's side.

use super::{judge_trees, trees_of};
use crate::config::Policy;
use crate::gate;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::shell::{self, ActionKind};
use crate::state::Repository;

/// Judges a call of an MCP tool by the table's rows.
pub(super) fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let tool = event.tool().unwrap_or_default();
    let row = shell::tool_action(tool, context.rows(event));
    let Some(row) = row.filter(|row| row.kind.is_boundary()) else { return Ok(Vec::new()) };
    let rule = format!("boundary-{}", row.kind.word());
    let deny = |message: String| Finding::new(rule.clone(), Verdict::Deny, message);
    let dir = &context.cwd;
    let Some(repository) = Repository::discover(dir) else {
        return Ok(vec![
            deny(format!(
                "{tool}: {} is in no git repository, and receipts are bound to git trees",
                dir.display()
            ))
            .way_out("call it inside the repository whose gates passed"),
        ]);
    };
    let policy = Policy::load(&repository.root, context.env)?;
    let needs = policy.needs(row.kind.word());
    if needs.is_empty() {
        return Ok(Vec::new());
    }
    if row.unseen {
        return Ok(vec![
            deny(format!(
                "{tool} writes to the forge what stands in the call: no gate has seen it"
            ))
            .way_out("change the files here, run `portcullis gate run test`, commit and push"),
        ]);
    }
    let trees = match row.kind {
        ActionKind::Push | ActionKind::Release => trees_of(&["HEAD".to_owned()], dir),
        _ => gate::working_tree(dir).map(|tree| vec![("the working tree".to_owned(), tree)]),
    };
    let finding = match trees {
        Ok(trees) => judge_trees(&trees, tool, &rule, &needs, &policy, dir, context)?,
        Err(error) => Some(
            deny(format!("{tool}: {error:#}"))
                .way_out("commit first, then run `portcullis gate run test`"),
        ),
    };
    Ok(finding.into_iter().collect())
}
