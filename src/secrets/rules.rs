//! The table of rules and the prefilter's tables, as the build script wrote them.

use super::gram::SLOT_WORDS;
use super::rule::{Alphabet, Check, Confidence, Keyword, Rule, Severity};

include!(concat!(env!("OUT_DIR"), "/secrets.rs"));
