//! What the process was started with, read once and passed on, so that tests inject it.

use std::path::PathBuf;

/// Where an administrator puts the policy of all projects of a machine.
const MANAGED: &str = if cfg!(target_os = "macos") {
    "/Library/Application Support/Portcullis/portcullis.yaml"
} else {
    "/etc/portcullis/portcullis.yaml"
};

/// The part of the process environment that decides anything.
#[derive(Debug, Clone, Default)]
pub struct Env {
    /// Folder the process was started in.
    pub cwd: PathBuf,
    /// `CLAUDE_PROJECT_DIR`: root where the session started; it stays put in worktrees and after `cd`.
    pub project_dir: Option<PathBuf>,
    /// `CLAUDE_PLUGIN_ROOT`: where the plugin is installed, when we run as a plugin's hook.
    pub plugin_root: Option<PathBuf>,
    /// `CLAUDE_PLUGIN_DATA`: the plugin's persistent folder.
    pub plugin_data: Option<PathBuf>,
    /// `CLAUDE_ENV_FILE`: on SessionStart, lines `export K=V` appended here reach later Bash calls.
    pub env_file: Option<PathBuf>,
    /// `CLAUDE_CONFIG_DIR`, else `~/.claude`.
    pub config_dir: Option<PathBuf>,
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `XDG_STATE_HOME`, else `~/.local/state`.
    pub state_home: Option<PathBuf>,
    /// The administrator's policy; a fixed place, because a variable could point elsewhere.
    pub managed_policy: Option<PathBuf>,
    /// The user's own policy: `portcullis/portcullis.yaml` in `XDG_CONFIG_HOME`, else in `~/.config`.
    pub user_policy: Option<PathBuf>,
    /// `CLAUDE_CODE_CHILD_SESSION`: the session was started from another one.
    pub child_session: bool,
    /// `CLAUDE_CODE_SESSION_ATTENDED=0`: nobody sits in front of the session.
    pub unattended: bool,
    /// `CLAUDE_PID`: the client's process.
    pub client_pid: Option<i32>,
    /// The file that names the program which started this one, where the system has such a file.
    pub caller: Option<PathBuf>,
    /// `GIT_INDEX_FILE`: the index that git gives to its hooks; of `git commit FILE` it is another one.
    pub index_file: Option<PathBuf>,
    /// `PATH`: where a rehearsed hook finds its programs.
    pub path: Option<std::ffi::OsString>,
    /// `PORTCULLIS_LOG`: overrides the policy's log level.
    pub log_level: Option<String>,
}

impl Env {
    /// Reads the environment of this process.
    pub fn from_process() -> Self {
        let path = |key: &str| std::env::var_os(key).filter(|v| !v.is_empty()).map(PathBuf::from);
        let home = path("HOME");
        Self {
            cwd: std::env::current_dir().unwrap_or_default(),
            project_dir: path("CLAUDE_PROJECT_DIR"),
            plugin_root: path("CLAUDE_PLUGIN_ROOT"),
            plugin_data: path("CLAUDE_PLUGIN_DATA"),
            env_file: path("CLAUDE_ENV_FILE"),
            config_dir: path("CLAUDE_CONFIG_DIR")
                .or_else(|| home.as_ref().map(|h| h.join(".claude"))),
            state_home: path("XDG_STATE_HOME")
                .or_else(|| home.as_ref().map(|h| h.join(".local/state"))),
            managed_policy: Some(PathBuf::from(MANAGED)),
            user_policy: path("XDG_CONFIG_HOME")
                .or_else(|| home.as_ref().map(|h| h.join(".config")))
                .map(|folder| folder.join("portcullis/portcullis.yaml")),
            child_session: std::env::var_os("CLAUDE_CODE_CHILD_SESSION")
                .is_some_and(|value| !value.is_empty() && value != "0"),
            unattended: std::env::var_os("CLAUDE_CODE_SESSION_ATTENDED")
                .is_some_and(|value| value == "0"),
            client_pid: std::env::var("CLAUDE_PID").ok().and_then(|text| text.parse().ok()),
            caller: cfg!(target_os = "linux")
                .then(|| format!("/proc/{}/comm", std::os::unix::process::parent_id()).into()),
            home,
            index_file: path("GIT_INDEX_FILE"),
            path: std::env::var_os("PATH"),
            log_level: std::env::var("PORTCULLIS_LOG").ok(),
        }
    }
}

impl Env {
    /// Whether a shell or a script started this process. The client starts its hooks itself, so
    /// such a call of the hook is somebody's who plays the client.
    pub fn called_by_script(&self) -> bool {
        const SCRIPTS: &[&str] =
            &["sh", "bash", "dash", "zsh", "ksh", "fish", "busybox", "xargs", "env", "timeout"];
        let Some(name) = self.caller.as_ref().and_then(|file| std::fs::read_to_string(file).ok())
        else {
            return false;
        };
        let name = name.trim();
        SCRIPTS.contains(&name)
            || ["python", "perl", "ruby"].iter().any(|start| name.starts_with(start))
    }
}

/// `PORTCULLIS_FAULT`: the place at which a test wants the process killed.
#[cfg(debug_assertions)]
pub(crate) fn fault() -> Option<String> {
    std::env::var("PORTCULLIS_FAULT").ok()
}
