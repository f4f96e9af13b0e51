//! The forms of definitions as types, for the JSON Schemas that editors use. The rules judge; these describe.
//!
//! Keys and values as in facts B1, C1, E2, E3 and A4 (Claude Code 2.1.330, read 2026-11-22).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Names between commas, or a list of names.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Names {
    /// `Read, Edit`.
    Text(String),
    /// `[Read, Edit]`.
    List(Vec<String>),
}

/// The frontmatter of an agent: `agents/*.md`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Agent {
    /// Its name; lower case with hyphens.
    pub name: String,
    /// When Claude should choose it.
    pub description: String,
    /// A short name (`sonnet`, `opus`, `haiku`), a full model id, or `inherit`.
    pub model: Option<String>,
    /// The tools it has; all when absent.
    pub tools: Option<Names>,
    /// Tools it does not have; wins over `tools`.
    pub disallowed_tools: Option<Names>,
    /// Its colour in the terminal.
    pub color: Option<Color>,
    /// `low` to `max`, or a whole number.
    pub effort: Option<Value>,
    /// Not in plugins.
    pub permission_mode: Option<PermissionMode>,
    /// Servers by name, or with their configuration. Not in plugins.
    pub mcp_servers: Option<Value>,
    /// Hooks while it runs. Not in plugins.
    pub hooks: Option<BTreeMap<String, Vec<HookGroup>>>,
    /// Most turns.
    pub max_turns: Option<u32>,
    /// Size at which its context is compacted; at least 100000.
    pub auto_compact_window: Option<u32>,
    /// Skills that are loaded in full when it starts.
    pub skills: Option<Names>,
    /// First prompt, when it is the main agent. Not in plugins.
    pub initial_prompt: Option<String>,
    /// Where it keeps its memory.
    pub memory: Option<Memory>,
    /// Whether it runs in the background.
    pub background: Option<bool>,
    /// Whether it is started without CLAUDE.md.
    pub omit_claude_md: Option<bool>,
    /// A worktree of its own; `remote` not in plugins.
    pub isolation: Option<Isolation>,
    /// An agent that observes. Not in plugins.
    pub observer: Option<Value>,
    /// What the observer is told. Not in plugins.
    pub observer_message: Option<Value>,
    /// Whether it sees tool results.
    pub observe_tool_results: Option<Value>,
    /// Whether it sees subagents. Not in plugins.
    pub observe_subagents: Option<Value>,
    /// What may change with any version.
    pub experimental: Option<Value>,
}

/// Colours of an agent.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words of the client")]
pub enum Color {
    Red,
    Blue,
    Green,
    Yellow,
    Purple,
    Orange,
    Pink,
    Cyan,
}

/// Permission modes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words of the client")]
pub enum PermissionMode {
    Default,
    AcceptEdits,
    Auto,
    DontAsk,
    BypassPermissions,
    Plan,
    Manual,
}

/// Where an agent keeps its memory.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words of the client")]
pub enum Memory {
    User,
    Project,
    Local,
}

/// How an agent is kept apart.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words of the client")]
pub enum Isolation {
    Worktree,
    Remote,
}

/// The frontmatter of a skill or command: `skills/<name>/SKILL.md`, `commands/*.md`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Skill {
    /// The name of its folder. Ignored in commands.
    pub name: Option<String>,
    /// When to use it.
    pub description: Option<String>,
    /// Put behind the description in the listing.
    #[serde(rename = "when_to_use")]
    pub when_to_use: Option<String>,
    /// Shown behind the command.
    pub argument_hint: Option<String>,
    /// Names of its arguments, for `$name`.
    pub arguments: Option<Names>,
    /// Only the user may run it.
    pub disable_model_invocation: Option<bool>,
    /// False hides it from `/`.
    pub user_invocable: Option<bool>,
    /// Tools that need no permission while it runs.
    pub allowed_tools: Option<Names>,
    /// Tools that are taken away while it runs.
    pub disallowed_tools: Option<Names>,
    /// Model for the turn.
    pub model: Option<String>,
    /// Effort for the turn.
    pub effort: Option<Value>,
    /// `fork` runs it in a subagent.
    pub context: Option<SkillContext>,
    /// With `context: fork`: the type of agent.
    pub agent: Option<String>,
    /// With `context: fork`: in the background.
    pub background: Option<bool>,
    /// Hooks from its first use on.
    pub hooks: Option<BTreeMap<String, Vec<HookGroup>>>,
    /// Loaded when files that match are touched. Ignored in commands.
    pub paths: Option<Names>,
    /// The shell of inline commands.
    pub shell: Option<Shell>,
    /// Anything else.
    pub metadata: Option<BTreeMap<String, Value>>,
    /// Its licence.
    pub license: Option<String>,
    /// What it needs.
    pub compatibility: Option<String>,
}

/// Where a skill runs.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words of the client")]
pub enum SkillContext {
    Inline,
    Fork,
}

/// A shell.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words of the client")]
pub enum Shell {
    Bash,
    Powershell,
}

/// `hooks/hooks.json` of a plugin.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Hooks {
    /// What they are for.
    pub description: Option<String>,
    /// Groups by event.
    pub hooks: BTreeMap<String, Vec<HookGroup>>,
}

/// Handlers that one matcher calls.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HookGroup {
    /// Exact names between `|`, or a regular expression; absent for all.
    pub matcher: Option<String>,
    /// The handlers; they run at the same time.
    pub hooks: Vec<HookHandler>,
}

/// One handler.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HookHandler {
    /// Starts a program.
    #[serde(rename_all = "camelCase")]
    Command {
        /// The program, or a line of shell without `args`.
        command: String,
        /// Arguments; with them no shell is used.
        args: Option<Vec<String>>,
        /// The shell of a line.
        shell: Option<Shell>,
        /// Seconds.
        timeout: Option<f64>,
        /// One permission rule, on tool events only.
        r#if: Option<String>,
        /// Does not wait for it; it can block nothing then.
        r#async: Option<bool>,
        /// As `async`, and exit 2 wakes Claude.
        async_rewake: Option<bool>,
        /// `block` refuses when it gives no usable answer.
        on_failure: Option<String>,
        /// Shown while it runs.
        status_message: Option<String>,
        /// In skills: only the first time.
        once: Option<bool>,
    },
    /// Posts to a URL.
    #[serde(rename_all = "camelCase")]
    Http {
        /// The URL.
        url: String,
        /// Headers.
        headers: Option<BTreeMap<String, String>>,
        /// Variables that headers may name.
        allowed_env_vars: Option<Vec<String>>,
        /// Seconds.
        timeout: Option<f64>,
    },
    /// Calls a tool of an MCP server.
    McpTool {
        /// The server.
        server: String,
        /// The tool.
        tool: String,
        /// Its input.
        input: Option<Value>,
        /// Seconds.
        timeout: Option<f64>,
    },
    /// Asks a model.
    Prompt {
        /// What it is asked.
        prompt: String,
        /// The model.
        model: Option<String>,
        /// Seconds.
        timeout: Option<f64>,
    },
    /// Asks an agent.
    Agent {
        /// What it is asked.
        prompt: String,
        /// The model.
        model: Option<String>,
        /// Seconds.
        timeout: Option<f64>,
    },
}

/// One path, several, or an object in place of a file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Paths {
    /// `./file`.
    One(String),
    /// `["./a", "./b"]`.
    Many(Vec<Value>),
    /// The content itself, or entries by name.
    Inline(BTreeMap<String, Value>),
}

/// Who made something.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Address.
    pub email: Option<String>,
    /// Page.
    pub url: Option<String>,
}

/// `.claude-plugin/plugin.json`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plugin {
    /// For editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The only key that is needed; kebab-case.
    pub name: String,
    /// For people.
    pub display_name: Option<String>,
    /// Semantic version.
    pub version: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Who made it.
    pub author: Option<Person>,
    /// A URL.
    pub homepage: Option<String>,
    /// A URL.
    pub repository: Option<String>,
    /// SPDX.
    pub license: Option<String>,
    /// Words to find it by.
    pub keywords: Option<Vec<String>>,
    /// Anything else.
    pub metadata: Option<BTreeMap<String, Value>>,
    /// Whether it is on after installation.
    pub default_enabled: Option<bool>,
    /// `name[@market][@^range]`.
    pub dependencies: Option<Vec<Value>>,
    /// `{"claude-code": range}`.
    pub engines: Option<BTreeMap<String, String>>,
    /// In place of `commands/`.
    pub commands: Option<Paths>,
    /// In place of `agents/`: files only.
    pub agents: Option<Paths>,
    /// Beside `skills/`.
    pub skills: Option<Paths>,
    /// Beside `hooks/hooks.json`.
    pub hooks: Option<Paths>,
    /// In place of `output-styles/`.
    pub output_styles: Option<Paths>,
    /// Themes.
    pub themes: Option<Paths>,
    /// In place of `workflows/`.
    pub workflows: Option<Paths>,
    /// Monitors.
    pub monitors: Option<Paths>,
    /// Beside `.mcp.json`.
    pub mcp_servers: Option<Paths>,
    /// Language servers.
    pub lsp_servers: Option<Paths>,
    /// Channels.
    pub channels: Option<Vec<Value>>,
    /// Settings that a plugin may give.
    pub settings: Option<BTreeMap<String, Value>>,
    /// What the user is asked for.
    pub user_config: Option<BTreeMap<String, Value>>,
    /// Hosts it talks to.
    pub network: Option<Value>,
    /// Digests of its programs.
    pub binaries: Option<BTreeMap<String, Value>>,
    /// Typings.
    pub types: Option<String>,
    /// For listings.
    pub icon: Option<String>,
    /// For listings.
    pub privacy_policy_url: Option<String>,
    /// What may change with any version.
    pub experimental: Option<Value>,
}

/// `.claude-plugin/marketplace.json`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Marketplace {
    /// For editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// Letters, digits, dots, underscores and hyphens.
    pub name: String,
    /// Who keeps it.
    pub owner: Person,
    /// The plugins.
    pub plugins: Vec<MarketplaceEntry>,
    /// What it is for.
    pub description: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// `pluginRoot` and what else there is.
    pub metadata: Option<BTreeMap<String, Value>>,
}

/// One plugin of a marketplace; every key of a manifest may stand here too.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MarketplaceEntry {
    /// Its name.
    pub name: String,
    /// `./folder`, or an object that says where it is fetched.
    pub source: Value,
    /// What it is for.
    pub description: Option<String>,
    /// A word for listings.
    pub category: Option<String>,
    /// Words for listings.
    pub tags: Option<Vec<String>>,
    /// False: the entry defines the components.
    pub strict: Option<bool>,
}

/// `.mcp.json`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mcp {
    /// Servers by name.
    pub mcp_servers: BTreeMap<String, McpServer>,
}

/// One server.
#[derive(Debug, Serialize, JsonSchema)]
pub struct McpServer {
    /// `stdio`, `http`, `sse` or `ws`; stdio when there is a command.
    pub r#type: Option<String>,
    /// The program of a stdio server.
    pub command: Option<String>,
    /// Its arguments.
    pub args: Option<Vec<String>>,
    /// Its environment.
    pub env: Option<BTreeMap<String, String>>,
    /// The URL of a remote server.
    pub url: Option<String>,
    /// Headers of a remote server.
    pub headers: Option<BTreeMap<String, String>>,
}

/// `export const meta` of a workflow script.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowMeta {
    /// Its name; it is a slash command, too.
    pub name: String,
    /// What it does.
    pub description: String,
    /// When to start it.
    pub when_to_use: Option<String>,
    /// Its phases, in order.
    pub phases: Option<Vec<WorkflowPhase>>,
}

/// One phase of a workflow.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WorkflowPhase {
    /// The title that `phase()` is called with.
    pub title: String,
    /// What happens in it.
    pub detail: Option<String>,
    /// The model of its agents.
    pub model: Option<String>,
}

/// Every schema of a definition: its name and content.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("definition-agent", schemars::schema_for!(Agent).to_value()),
        ("definition-hooks", schemars::schema_for!(Hooks).to_value()),
        ("definition-marketplace", schemars::schema_for!(Marketplace).to_value()),
        ("definition-mcp", schemars::schema_for!(Mcp).to_value()),
        ("definition-plugin", schemars::schema_for!(Plugin).to_value()),
        ("definition-skill", schemars::schema_for!(Skill).to_value()),
        ("definition-workflow-meta", schemars::schema_for!(WorkflowMeta).to_value()),
    ]
}
