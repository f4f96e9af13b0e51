//! The client's events and what an answer to each may look like: one table.
//!
//! Source: the event table embedded in Claude Code 2.1.330 (checked 2026-11-22).

/// How a refusal is said to one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `hookSpecificOutput.permissionDecision: "deny"`.
    PermissionDecision,
    /// `hookSpecificOutput.decision: {behavior: "deny"}`.
    PermissionRequest,
    /// Top-level `decision: "block"` with `reason`.
    Block,
    /// `hookSpecificOutput.action: "decline"`.
    Decline,
    /// Nothing can be refused here; what was to be refused is said to the user.
    None,
}

/// What one event can be answered.
#[derive(Debug, Clone, Copy)]
pub struct Traits {
    /// The event.
    pub kind: Kind,
    /// Its name on the wire.
    pub name: &'static str,
    /// How it is refused.
    pub refusal: Refusal,
    /// `permissionDecision: "ask"` is legal.
    pub ask: bool,
    /// `hookSpecificOutput.additionalContext` reaches the model.
    pub context: bool,
    /// Whether our `hooks.json` listens to it, or why not.
    pub wired: Wired,
}

/// Whether the wiring holds an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wired {
    /// The hook entry is called for it.
    Yes,
    /// It is answered when it arrives, but the wiring leaves it out, for this reason.
    No(&'static str),
}

macro_rules! events {
    ($($kind:ident $refusal:ident ask=$ask:literal context=$context:literal $wired:expr;)*) => {
        /// The events of client 2.1.330.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names are the client's own")]
        pub enum Kind { $($kind,)* }

        /// Every event, in the order of the client's own table.
        pub const EVENTS: &[Traits] = &[$(Traits {
            kind: Kind::$kind,
            name: stringify!($kind),
            refusal: Refusal::$refusal,
            ask: $ask,
            context: $context,
            wired: $wired,
        },)*];
    };
}

use Wired::{No, Yes};

events! {
    PreToolUse PermissionDecision ask=true context=true Yes;
    PermissionRequest PermissionRequest ask=false context=false Yes;
    PermissionDenied None ask=false context=false Yes;
    PostToolUse Block ask=false context=true Yes;
    PostToolUseFailure Block ask=false context=true Yes;
    PostToolBatch Block ask=false context=true No("each call of the batch has its own PostToolUse");
    UserPromptSubmit Block ask=false context=true Yes;
    UserPromptExpansion Block ask=false context=true Yes;
    SessionStart None ask=false context=true Yes;
    SessionEnd None ask=false context=false Yes;
    Setup None ask=false context=true Yes;
    Stop Block ask=false context=true Yes;
    StopFailure None ask=false context=false Yes;
    SubagentStart None ask=false context=true Yes;
    SubagentStop Block ask=false context=true Yes;
    PreCompact Block ask=false context=false Yes;
    PostCompact None ask=false context=false Yes;
    PreModelSwitch PermissionDecision ask=true context=false Yes;
    PostModelSwitch None ask=false context=true Yes;
    Notification None ask=false context=true Yes;
    TeammateIdle None ask=false context=false Yes;
    TaskCreated Block ask=false context=false Yes;
    TaskCompleted None ask=false context=false Yes;
    Elicitation Decline ask=false context=false Yes;
    ElicitationResult Decline ask=false context=false Yes;
    ConfigChange Block ask=false context=false Yes;
    WorktreeCreate None ask=false context=false
        No("a hook here replaces the client's own worktree logic");
    WorktreeRemove None ask=false context=false
        No("a hook here replaces the client's own worktree logic");
    InstructionsLoaded None ask=false context=false Yes;
    CwdChanged None ask=false context=false Yes;
    FileChanged None ask=false context=false
        No("it needs a watch list, and tool events already say what changed");
    DirectoryAdded None ask=false context=false Yes;
    MessageDisplay None ask=false context=false No("it fires for every piece of displayed text");
}

impl Kind {
    /// The event of that name, if this version knows it.
    pub fn from_name(name: &str) -> Option<Self> {
        EVENTS.iter().find(|event| event.name == name).map(|event| event.kind)
    }

    /// What it can be answered.
    pub fn traits(self) -> &'static Traits {
        &EVENTS[self as usize]
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        self.traits().name
    }
}
