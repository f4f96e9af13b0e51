//! The versions that a run meets: binary, bundle and client.

use std::path::Path;

use crate::bundle;
use crate::env::Env;
use crate::install::{manifest, probe};

use super::journal::{self, Kind, Line};

/// Records the versions in a run's journal when one differs from what was recorded last. A client
/// that is not known now stays what it was.
///
/// # Errors
/// When the journal cannot be read or written.
pub fn record(
    state: &Path,
    run: &str,
    project: &Path,
    client: Option<&str>,
    env: &Env,
) -> std::io::Result<()> {
    let (lines, _) = journal::read(state, run)?;
    let last = lines.iter().rev().find(|line| line.kind == Kind::Versions);
    let bundle = env
        .plugin_root
        .as_deref()
        .and_then(probe::plugin_version)
        .or_else(|| probe::version_in(&project.join(manifest::FILE)));
    let now = Line {
        binary: Some(bundle::VERSION.to_owned()),
        bundle: bundle.or_else(|| last.and_then(|last| last.bundle.clone())),
        client: client.map(str::to_owned).or_else(|| last.and_then(|last| last.client.clone())),
        ..Line::new(run, Kind::Versions)
    };
    let same = last.is_some_and(|last| {
        (&last.binary, &last.bundle, &last.client) == (&now.binary, &now.bundle, &now.client)
    });
    if same { Ok(()) } else { journal::append(state, &now) }
}
