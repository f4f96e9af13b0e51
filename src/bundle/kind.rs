//! The kinds of files that make up a bundle, and what a file's path says of them.

/// What a file is to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `agents/**/*.md`: a subagent.
    Agent,
    /// `skills/<dir>/SKILL.md`.
    Skill,
    /// `commands/**/*.md`: a slash command.
    Command,
    /// `workflows/*.js`: a workflow script.
    Workflow,
    /// `hooks/hooks.json` or what the manifest names.
    Hooks,
    /// `.claude-plugin/plugin.json`.
    Plugin,
    /// `.claude-plugin/marketplace.json`.
    Marketplace,
    /// `settings.json`, `settings.local.json`.
    Settings,
    /// `CLAUDE.md`, `CLAUDE.local.md` and what they import; `.claude/rules/**/*.md`.
    Memory,
    /// `.mcp.json`.
    Mcp,
    /// `portcullis.yaml`.
    Policy,
    /// `gates/*.yaml`, `gates/stacks/*.yaml`: a gate file of ours.
    Gate,
    /// `schemas/*.schema.json`: the form of a message.
    Schema,
    /// A Markdown file of a skill besides its `SKILL.md`.
    Reference,
    /// A program of a plugin, skill or hook.
    Script,
}

impl Kind {
    /// The word of messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Skill => "skill",
            Self::Command => "command",
            Self::Workflow => "workflow",
            Self::Hooks => "hooks file",
            Self::Plugin => "plugin manifest",
            Self::Marketplace => "marketplace",
            Self::Settings => "settings file",
            Self::Memory => "memory file",
            Self::Mcp => "MCP server list",
            Self::Policy => "policy",
            Self::Gate => "gate file",
            Self::Schema => "schema",
            Self::Reference => "reference",
            Self::Script => "script",
        }
    }

    /// Whether finding one means that there was something to check.
    pub const fn is_definition(self) -> bool {
        !matches!(self, Self::Reference | Self::Script)
    }

    /// Whether it is JSON.
    pub const fn is_json(self) -> bool {
        matches!(
            self,
            Self::Hooks
                | Self::Plugin
                | Self::Marketplace
                | Self::Settings
                | Self::Mcp
                | Self::Schema
        )
    }

    /// Whether it is Markdown with frontmatter.
    pub const fn has_frontmatter(self) -> bool {
        matches!(self, Self::Agent | Self::Skill | Self::Command)
    }
}

/// Agents, skills and commands.
pub const PROMPTS: &[Kind] = &[Kind::Agent, Kind::Skill, Kind::Command];

/// Everything that is JSON and read by the client.
pub const JSON: &[Kind] =
    &[Kind::Hooks, Kind::Plugin, Kind::Marketplace, Kind::Settings, Kind::Mcp];

/// Every kind.
pub const ALL: &[Kind] = &[
    Kind::Agent,
    Kind::Skill,
    Kind::Command,
    Kind::Workflow,
    Kind::Hooks,
    Kind::Plugin,
    Kind::Marketplace,
    Kind::Settings,
    Kind::Memory,
    Kind::Mcp,
    Kind::Policy,
    Kind::Gate,
    Kind::Schema,
    Kind::Reference,
    Kind::Script,
];
