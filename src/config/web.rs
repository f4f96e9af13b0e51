//! What the policy says of the checks of web pages and bundles.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Pages, and what they may weigh and cost. The checks `bundle-size`, `accessibility` and
/// `lighthouse` are switched on in any gate by naming them there: `gates.<gate>.checks.<id>: {}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Web {
    /// Program and arguments of a server that is started for the run, at the root of the project,
    /// and killed with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serve: Option<Vec<String>>,
    /// Addresses of the pages that `accessibility` and `lighthouse` look at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<String>,
    /// What `bundle-size` allows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bundle: Vec<Bundle>,
    /// What `accessibility` allows.
    pub accessibility: Accessibility,
    /// What `lighthouse` asks of each page: for a category (`performance`, `accessibility`,
    /// `best-practices`, `seo`) the least score of 100, for an audit
    /// (`largest-contentful-paint`, `server-response-time`, `total-byte-weight`, …) the most of
    /// its number: milliseconds, bytes or as Lighthouse counts it.
    pub lighthouse: BTreeMap<String, f64>,
}

/// Files and the most bytes that they may have together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// In the form of `.gitignore` lines; files that git ignores count.
    pub files: Vec<String>,
    /// As they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Each compressed by gzip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gzip: Option<u64>,
}

/// How much of WCAG 2.1 AA a page may miss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Accessibility {
    /// Most elements that break a rule, on each page. Default 0.
    pub violations: u32,
}

impl Web {
    /// What the form alone does not say.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.serve.as_ref().is_some_and(Vec::is_empty) {
            return Err("serve: is empty; name a program".to_owned());
        }
        for (at, bundle) in self.bundle.iter().enumerate() {
            if bundle.files.is_empty() {
                return Err(format!("bundle[{at}].files: is empty; name files"));
            }
            if bundle.bytes.is_none() && bundle.gzip.is_none() {
                return Err(format!("bundle[{at}]: has no budget; write bytes or gzip"));
            }
        }
        Ok(())
    }
}
