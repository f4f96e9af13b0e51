//! Which variables of the environment a check sees.
//!
//! A list of what is let through, because a variable that nobody thought of decides which tools
//! run, or is a credential of the session. The policy's `env` adds names.

use std::ffi::{OsStr, OsString};

/// Names, or beginnings when they end with `*`.
const ALLOWED: &[&str] = &[
    // The system's.
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "FORCE_COLOR",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XDG_*",
    "CI",
    "HOSTNAME",
    "SOURCE_DATE_EPOCH",
    // Ways out of the machine.
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    // Tool chains and where they keep things.
    "CARGO",
    "CARGO_*",
    "RUST*",
    "CC",
    "CXX",
    "CFLAGS",
    "CXXFLAGS",
    "LDFLAGS",
    "AR",
    "MAKEFLAGS",
    "PKG_CONFIG*",
    "NVM_*",
    "NODE_ENV",
    "NODE_PATH",
    "NODE_OPTIONS",
    "NPM_CONFIG_*",
    "npm_config_*",
    "PNPM_HOME",
    "YARN_*",
    "COREPACK_*",
    "BUN_*",
    "VOLTA_HOME",
    "PYTHON*",
    "VIRTUAL_ENV",
    "CONDA_*",
    "PYENV_*",
    "UV_*",
    "POETRY_*",
    "PIP_*",
    "PIPX_*",
    "GO*",
    "CGO_*",
    "JAVA_HOME",
    "JDK_HOME",
    "JAVA_TOOL_OPTIONS",
    "M2_HOME",
    "MAVEN_*",
    "GRADLE_*",
    "SDKMAN_*",
    "DOTNET_*",
    "NUGET_*",
    "GEM_*",
    "BUNDLE_*",
    "RBENV_*",
    "RUBYOPT",
    "RUBYLIB",
    "RVM_*",
    "COMPOSER_*",
    "PHP_*",
    "ANDROID_*",
    "PLAYWRIGHT_*",
    "CHROME_*",
    "PUPPETEER_*",
    "ASDF_*",
    "MISE_*",
    "DEVBOX_*",
    "NIX_*",
    "DIRENV_*",
    "DOCKER_HOST",
    "TESTCONTAINERS_*",
    // Who commits, and where git's own settings are; none of these names another repository.
    "GIT_AUTHOR_*",
    "GIT_COMMITTER_*",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_SSL_CAINFO",
    "GIT_TERMINAL_PROMPT",
];

/// Parts of names that are credentials even where the beginning is allowed.
const SECRET: &[&str] = &["TOKEN", "SECRET", "PASSWORD", "PASSWD", "APIKEY", "API_KEY"];

/// The variables of `all` that a check sees. `more` are the policy's names.
pub(crate) fn filter(
    all: impl IntoIterator<Item = (OsString, OsString)>,
    more: &[String],
) -> Vec<(OsString, OsString)> {
    all.into_iter().filter(|(key, _)| is_allowed(key, more)).collect()
}

fn is_allowed(key: &OsStr, more: &[String]) -> bool {
    let Some(name) = key.to_str() else { return false };
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    };
    if more.iter().any(|pattern| fits(pattern)) {
        // The client's own stay out whatever the policy says: they would change what a check does.
        return !name.starts_with("CLAUDE") && !name.starts_with("ANTHROPIC");
    }
    let upper = name.to_ascii_uppercase();
    ALLOWED.iter().any(|pattern| fits(pattern)) && !is_secret(&upper)
}

fn is_secret(name: &str) -> bool {
    // `GIT_AUTHOR_NAME` is none.
    name.ends_with("_AUTH") || SECRET.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_pass_and_credentials_and_the_client_do_not() {
        let more = ["DATABASE_URL".to_owned(), "APP_*".to_owned(), "CLAUDE_*".to_owned()];
        for (name, wanted) in [
            ("PATH", true),
            ("LC_ALL", true),
            ("CARGO_HOME", true),
            ("CARGO_REGISTRY_TOKEN", false),
            ("npm_config_registry", true),
            ("npm_config__auth", false),
            ("AWS_PROFILE", false),
            ("GIT_DIR", false),
            ("GIT_INDEX_FILE", false),
            ("GIT_AUTHOR_NAME", true),
            ("GIT_CONFIG_COUNT", false),
            ("LD_PRELOAD", false),
            ("BASH_ENV", false),
            ("DATABASE_URL", true),
            ("APP_TOKEN", true),
            ("CLAUDE_PROJECT_DIR", false),
            ("KEPT", false),
        ] {
            assert_eq!(is_allowed(OsStr::new(name), &more), wanted, "{name}");
        }
    }
}
