//! One integration crate; a module per subject.
