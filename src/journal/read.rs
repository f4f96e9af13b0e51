//! Reads the journal back: cold code.
