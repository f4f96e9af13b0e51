//! Waivers of the policy: which findings each row concerns, and whether it still holds.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::config::Waiver;

/// A row of the policy, ready to be asked.
pub(crate) struct Row<'t> {
    pub(crate) waiver: &'t Waiver,
    paths: Option<Gitignore>,
}

impl<'t> Row<'t> {
    /// Prepares a row.
    ///
    /// # Errors
    /// When its path is no pattern.
    pub(crate) fn new(waiver: &'t Waiver) -> Result<Self, ignore::Error> {
        let paths = match &waiver.path {
            None => None,
            Some(glob) => {
                let mut builder = GitignoreBuilder::new("");
                builder.add_line(None, glob)?;
                Some(builder.build()?)
            }
        };
        Ok(Self { waiver, paths })
    }

    /// Whether it concerns findings of a rule in a file; the path is relative to the root.
    pub(crate) fn fits(&self, rule: &str, path: &Path) -> bool {
        self.waiver.rule.as_deref().is_none_or(|wanted| wanted == rule)
            && self
                .paths
                .as_ref()
                .is_none_or(|paths| paths.matched_path_or_any_parents(path, false).is_ignore())
    }

    /// Whether it holds on a day, `YYYY-MM-DD`.
    pub(crate) fn holds(&self, today: &str) -> bool {
        self.waiver.expires.as_str() >= today
    }
}
