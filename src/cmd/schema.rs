//! `portcullis schema [NAME]`: the JSON Schemas of our files and messages, from the types.

use serde_json::Value;

use crate::cli::SchemaArgs;
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;
use crate::{bundle, config, gate, journal, report, run as messages, scan};

/// Every schema: name (file `schemas/<name>.schema.json`) and content.
pub fn all() -> Vec<(&'static str, Value)> {
    let mut all = vec![
        ("baseline", schemars::schema_for!(scan::baseline::Baseline).to_value()),
        ("journal-line", schemars::schema_for!(journal::Entry<'static>).to_value()),
        ("packet", schemars::schema_for!(messages::packet::Packet).to_value()),
        ("policy", schemars::schema_for!(config::Policy).to_value()),
        ("receipt", schemars::schema_for!(gate::receipt::Receipt).to_value()),
        ("report", schemars::schema_for!(messages::report::Report).to_value()),
        ("review", schemars::schema_for!(messages::report::Review).to_value()),
        ("run-journal-line", schemars::schema_for!(messages::journal::Line).to_value()),
        ("scan-report", schemars::schema_for!(report::Report).to_value()),
    ];
    all.extend(bundle::schema::all());
    all
}

/// Prints one schema, or the names of all.
///
/// # Errors
/// When the output cannot be written.
pub fn run(args: &SchemaArgs, _env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let schemas = all();
    let Some(name) = &args.name else {
        for (name, _) in schemas {
            writeln!(console.out, "{name}")?;
        }
        return Ok(Exit::Ok);
    };
    let Some((_, schema)) = schemas.iter().find(|(known, _)| known == name) else {
        writeln!(
            console.err,
            "error: no schema is called {name:?}; `portcullis schema` lists them"
        )?;
        return Ok(Exit::Usage);
    };
    writeln!(console.out, "{schema:#}")?;
    Ok(Exit::Ok)
}
