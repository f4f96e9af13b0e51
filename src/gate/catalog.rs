//! The built-in gates and the commands of each ecosystem: data files, compiled in.

pub(crate) mod model;

use std::sync::LazyLock;

use model::{CheckFile, CommandFile, ExtraFile, GateFile, GuardsFile, LanguageFile, StackFile};

// Also `ROLES`: for each agent of the bundle with a role, what it may write.
include!(concat!(env!("OUT_DIR"), "/gates.rs"));

/// The gates in the order of the pipeline.
pub(crate) static GATES: LazyLock<Vec<GateFile>> = LazyLock::new(|| {
    let mut gates: Vec<GateFile> = read(GATE_TEXTS);
    gates.sort_by_key(|gate| gate.order);
    gates
});

/// The ecosystems; those that are fallbacks last.
pub(crate) static STACKS: LazyLock<Vec<StackFile>> = LazyLock::new(|| {
    let mut stacks: Vec<StackFile> = read(STACK_TEXTS);
    stacks.sort_by_key(|stack| stack.fallback);
    stacks
});

/// The checks that a project switches on in any gate.
pub(crate) static EXTRAS: LazyLock<Vec<ExtraFile>> = LazyLock::new(|| read(EXTRA_TEXTS));

/// The languages whose tests are known.
pub(crate) static LANGUAGES: LazyLock<Vec<LanguageFile>> = LazyLock::new(|| read(LANGUAGE_TEXTS));

/// What decides how a change is checked.
pub(crate) static GUARDS: LazyLock<GuardsFile> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("../../gates/tamper/guards.yaml")).unwrap_or_default()
});

/// The build read every file with the same types, so none is left out here.
fn read<T: serde::de::DeserializeOwned>(texts: &[&str]) -> Vec<T> {
    texts.iter().filter_map(|text| serde_saphyr::from_str(text).ok()).collect()
}

/// A gate by its name.
pub(crate) fn gate(name: &str) -> Option<&'static GateFile> {
    GATES.iter().find(|gate| gate.gate == name)
}

/// A check that can be switched on in any gate, with its commands.
pub(crate) fn extra(id: &str) -> Option<(&'static CheckFile, &'static [CommandFile])> {
    EXTRAS.iter().find_map(|file| {
        let check = file.checks.iter().find(|check| check.check == id)?;
        Some((check, file.commands.as_slice()))
    })
}

/// Whether two checks of an ecosystem must not run at the same time in one folder.
pub(crate) fn is_alone(stack: &str) -> bool {
    STACKS.iter().any(|file| file.stack == stack && file.alone)
}

impl GateFile {
    /// A check by its id.
    pub(crate) fn check(&self, id: &str) -> Option<&CheckFile> {
        self.checks.iter().find(|check| check.check == id)
    }
}
