//! What the client knows, as tables: keys, enumerations, tools, events. Version 2.1.330 (facts B, C, D, H; read 2026-11-22).
//!
//! A table that grows with every release is never the ground for an error: rules that use it warn.

use std::sync::LazyLock;

use crate::hook::kind::EVENTS as EVENT_TABLE;

/// The version these tables and the rules were confirmed for.
pub const VERSION: &str = "2.1.330";

/// Keys of an agent's frontmatter.
pub const AGENT_KEYS: &[&str] = &[
    "name",
    "description",
    "model",
    "tools",
    "disallowedTools",
    "color",
    "effort",
    "permissionMode",
    "mcpServers",
    "hooks",
    "maxTurns",
    "autoCompactWindow",
    "skills",
    "initialPrompt",
    "memory",
    "background",
    "omitClaudeMd",
    "isolation",
    "observer",
    "observerMessage",
    "observeToolResults",
    "observeSubagents",
    "experimental",
];

/// Keys of an agent that a plugin's agent loses.
pub const AGENT_KEYS_LOST_IN_PLUGINS: &[&str] = &[
    "permissionMode",
    "hooks",
    "mcpServers",
    "initialPrompt",
    "observer",
    "observerMessage",
    "observeSubagents",
];

/// Keys of the frontmatter of skills and commands.
pub const SKILL_KEYS: &[&str] = &[
    "name",
    "description",
    "when_to_use",
    "argument-hint",
    "arguments",
    "disable-model-invocation",
    "user-invocable",
    "allowed-tools",
    "disallowed-tools",
    "model",
    "effort",
    "context",
    "agent",
    "background",
    "hooks",
    "paths",
    "shell",
    "metadata",
    "license",
    "compatibility",
];

/// Keys of skills that the client writes itself.
pub const SKILL_KEYS_INTERNAL: &[&str] = &["version", "fallback", "created_by", "improved_by"];

/// Keys of the open specification (agentskills.io).
pub const OPEN_SKILL_KEYS: &[&str] =
    &["name", "description", "license", "compatibility", "metadata", "allowed-tools"];

/// Colours of an agent.
pub const COLORS: &[&str] = &["red", "blue", "green", "yellow", "purple", "orange", "pink", "cyan"];

/// Efforts; a whole number is taken too.
pub const EFFORTS: &[&str] = &["low", "medium", "high", "xhigh", "max"];

/// Permission modes; `manual` is `default`.
pub const PERMISSION_MODES: &[&str] =
    &["default", "acceptEdits", "auto", "dontAsk", "bypassPermissions", "plan", "manual"];

/// Where an agent keeps its memory.
pub const MEMORIES: &[&str] = &["user", "project", "local"];

/// How an agent can be set apart; a plugin's agent only by `worktree`.
pub const ISOLATIONS: &[&str] = &["worktree", "remote"];

/// Short names of models.
pub const MODELS: &[&str] = &[
    "sonnet",
    "opus",
    "haiku",
    "fable",
    "best",
    "sonnet[1m]",
    "opus[1m]",
    "fable[1m]",
    "opusplan",
    "default",
    "inherit",
];

/// Built-in tools.
pub const TOOLS: &[&str] = &[
    "Agent",
    "Artifact",
    "AskUserQuestion",
    "Bash",
    "ClaudeDesign",
    "CronCreate",
    "CronDelete",
    "CronList",
    "Edit",
    "EndConversation",
    "EnterPlanMode",
    "EnterWorktree",
    "ExitPlanMode",
    "ExitWorktree",
    "Glob",
    "Grep",
    "ListAgents",
    "ListMcpResourcesTool",
    "LSP",
    "Monitor",
    "NotebookEdit",
    "OfferChromeSetup",
    "PowerShell",
    "Projects",
    "propose_skills",
    "PushNotification",
    "Read",
    "ReadMcpResourceDirTool",
    "ReadMcpResourceTool",
    "ReadNotifications",
    "RemoteTrigger",
    "ReportFindings",
    "ScheduleWakeup",
    "SendFeedback",
    "SendMessage",
    "SendUserFile",
    "SendUserMessage",
    "SetGoal",
    "ShareOnboardingGuide",
    "ShowOnboardingRolePicker",
    "Skill",
    "SubagentHandback",
    "TaskCreate",
    "TaskGet",
    "TaskList",
    "TaskStop",
    "TaskUpdate",
    "TodoWrite",
    "ToolSearch",
    "WaitForMcpServers",
    "WebFetch",
    "WebSearch",
    "Workflow",
    "Write",
];

/// Tools that are gone, and what does their work now.
pub const TOOLS_GONE: &[(&str, &str)] = &[
    ("MultiEdit", "Edit"),
    ("LS", "Bash"),
    ("NotebookRead", "Read"),
    ("BashOutput", "Bash"),
    ("TaskOutput", "TaskStop"),
    ("SlashCommand", "Skill"),
];

/// Old names that the client still understands, and the new ones.
pub const TOOLS_RENAMED: &[(&str, &str)] = &[
    ("Task", "Agent"),
    ("KillShell", "TaskStop"),
    ("KillBash", "TaskStop"),
    ("ListPeers", "ListAgents"),
    ("Brief", "SendUserMessage"),
    ("ListMcpResources", "ListMcpResourcesTool"),
    ("ReadMcpResource", "ReadMcpResourceTool"),
    ("ReadMcpResourceDir", "ReadMcpResourceDirTool"),
    ("ProposeGoal", "SetGoal"),
];

/// Keys of a plugin manifest.
pub const PLUGIN_KEYS: &[&str] = &[
    "$schema",
    "name",
    "displayName",
    "version",
    "description",
    "author",
    "homepage",
    "repository",
    "license",
    "keywords",
    "metadata",
    "defaultEnabled",
    "dependencies",
    "engines",
    "commands",
    "agents",
    "skills",
    "hooks",
    "outputStyles",
    "themes",
    "workflows",
    "monitors",
    "mcpServers",
    "lspServers",
    "channels",
    "settings",
    "userConfig",
    "network",
    "binaries",
    "types",
    "icon",
    "privacyPolicyUrl",
    "experimental",
];

/// Names of the events, from the table of the hook.
pub static EVENTS: LazyLock<Vec<&str>> =
    LazyLock::new(|| EVENT_TABLE.iter().map(|event| event.name).collect());

/// Events whose broken hooks make the whole holder unloadable.
pub const GUARD_EVENTS: &[&str] = &["PreToolUse", "PermissionRequest"];

/// Types of hook handlers.
pub const HANDLER_TYPES: &[&str] = &["command", "http", "mcp_tool", "prompt", "agent"];

/// Most characters of one entry in the listing of skills: `description` and `when_to_use`.
pub const LISTING_ENTRY: usize = 1536;

/// Most bytes of a definition file.
pub const LARGEST_FILE: u64 = 1024 * 1024;

/// The name of a tool without what stands in brackets behind it: `Bash(git *)` is `Bash`.
pub fn tool_name(tool: &str) -> &str {
    tool.split('(').next().unwrap_or(tool).trim()
}

/// The known word that a misspelled one is nearest to, at most two edits away.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let fold = |text: &str| -> Vec<char> {
        text.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
    };
    let wanted = fold(word);
    // Two edits change the length by two at most; most names are told by that alone.
    let length = |text: &str| text.bytes().filter(|byte| !matches!(byte, b'-' | b'_')).count();
    known
        .iter()
        .filter(|candidate| length(candidate).abs_diff(length(word)) <= 2)
        .map(|candidate| (distance(&wanted, &fold(candidate)), *candidate))
        .filter(|(distance, _)| *distance <= 2.min(wanted.len() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replace = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{AGENT_KEYS, TOOLS, nearest};

    #[test]
    fn a_slip_finds_its_word() {
        assert_eq!(nearest("disallowed-tools", AGENT_KEYS), Some("disallowedTools"));
        assert_eq!(nearest("WebFecth", TOOLS), Some("WebFetch"));
        assert_eq!(nearest("Frobnicate", TOOLS), None);
    }
}
