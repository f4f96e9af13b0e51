//! Installing into a project and taking everything out again.
