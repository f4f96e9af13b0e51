//! The proof that a gate ran.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One line of `receipts.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// Version of the format.
    pub v: u32,
}
