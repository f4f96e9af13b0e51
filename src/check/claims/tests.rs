//! `claims-tests`, `claims-gate`: what is said to have passed, against the receipts.

use super::facts::Facts;
use crate::config::Policy;
use crate::gate::receipt::{Receipt, Status};
use crate::gate::{self, Standing, plan};
use crate::hook::reply::{Finding, Verdict};

/// Compares a claim that `gate` passed with the receipts for the tree as it is.
pub(super) fn judge(
    rule: &str,
    claim: &str,
    gate: &str,
    facts: &Facts,
) -> anyhow::Result<Option<Finding>> {
    let context = facts.context();
    let policy = Policy::load(&context.cwd, context.env)?;
    let standing = gate::working_tree(&context.cwd).and_then(|tree| {
        let standing = gate::standing(gate, &tree, &policy, &context.cwd, context.env)?;
        Ok((tree, standing))
    });
    let said = match standing {
        Ok((_, Standing::Passed(_))) => return Ok(None),
        Ok((tree, Standing::Stale(receipt)))
            if rule == "claims-tests" && moved_by_others(&receipt, &tree, &policy, facts) =>
        {
            return Ok(None);
        }
        Ok((tree, standing)) => standing.sentence(gate, &tree),
        // No repository, or no command to run: then nothing can have passed.
        Err(error) => format!("{error:#}"),
    };
    Ok(Some(Finding::new(rule, Verdict::Deny, format!("{claim}, but {said}")).way_out(format!(
        "run `{}` after the last edit, or report that it does not pass",
        gate::next(gate)
    ))))
}

/// Whether the tests passed on the tree as this agent left it, and only siblings changed it since. Its own claim is true then; the
/// gate of the phase runs again on the tree of all of them.
fn moved_by_others(receipt: &Receipt, tree: &str, policy: &Policy, facts: &Facts) -> bool {
    if receipt.status != Status::Passed || receipt.tree == tree || !facts.is_watched() {
        return false;
    }
    let same = facts.root().is_some_and(|root| {
        plan::plan(&receipt.gate, policy, root).is_ok_and(|p| p.config(policy) == receipt.config)
    });
    let (Some(change), true) = (facts.change(), same) else { return false };
    let mut moved = 0;
    let siblings = change.since_any.iter().all(|path| {
        // Of a file that is gone nobody can say since when.
        let Some(ms) = facts.written_ms(path).filter(|ms| *ms >= receipt.started_ms) else {
            return true;
        };
        moved += 1;
        facts.is_others(path, ms)
    });
    siblings && moved > 0
}
