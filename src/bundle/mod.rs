//! The definitions that Claude Code runs: agents, skills, commands, workflows, hooks.
