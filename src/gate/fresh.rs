//! Settings that keep what a tool remembered of an earlier run out of this one.
//!
//! Many caches know a file again by its size and time, so an edit within a clock tick, or one that
//! keeps the time (`cp -p`, `tar -x`), would be judged by the answer for the file before. The data
//! files of the ecosystems name the variables that switch such a cache off or move it into a
//! folder that lives as long as the run.

use std::ffi::OsString;
use std::path::Path;

use super::catalog::STACKS;

/// The folder of this run.
const FOLDER: &str = "{fresh}";

/// What the variable held before.
const BEFORE: &str = "{before}";

/// The environment of a check with the settings of all ecosystems: a Makefile of one may call the
/// tools of another.
pub(super) fn environment(
    mut env: Vec<(OsString, OsString)>,
    folder: &Path,
) -> Vec<(OsString, OsString)> {
    let folder = folder.to_string_lossy();
    // Where a value is split into words again, the folder stands between single quotes.
    let quoted = folder.replace('\'', "'\\''");
    for (name, template) in STACKS.iter().flat_map(|stack| &stack.fresh) {
        let folder = if template.contains('\'') { quoted.as_str() } else { &*folder };
        let before = env.iter().position(|(key, _)| key.to_str() == Some(name.as_str()));
        let before = before.map(|at| env.swap_remove(at).1).unwrap_or_default();
        let value =
            template.replace(FOLDER, folder).replace(BEFORE, before.to_str().unwrap_or_default());
        env.push((name.into(), value.trim().into()));
    }
    env
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_goes_to_the_folder_and_what_the_person_set_stays_where_it_can() {
        let before = [("PYTEST_ADDOPTS", "-q"), ("MYPY_CACHE_DIR", "/mine"), ("HOME", "/home/a")]
            .map(|(key, value)| (OsString::from(key), OsString::from(value)));
        let found = environment(before.to_vec(), Path::new("/it's/new"));
        let value = |name: &str| {
            let mut fitting = found.iter().filter(|(key, _)| key.to_str() == Some(name));
            let value = fitting.next().and_then(|(_, value)| value.to_str()).unwrap_or_default();
            assert!(fitting.next().is_none(), "{name} is there once");
            value.to_owned()
        };
        assert_eq!(value("HOME"), "/home/a");
        assert_eq!(value("MYPY_CACHE_DIR"), "/it's/new/mypy");
        assert_eq!(value("PYTEST_ADDOPTS"), r"-o 'cache_dir=/it'\''s/new/pytest' -q");
    }
}
