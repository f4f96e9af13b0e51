//! Rules about the model and the effort that a definition asks for.

use crate::lint::rule::Rule;

pub mod effort_unknown;
pub mod model_pinned;
pub mod model_retired;
pub mod model_unknown;

/// The rules of this family.
pub static RULES: &[&Rule] =
    &[&effort_unknown::RULE, &model_pinned::RULE, &model_retired::RULE, &model_unknown::RULE];
