//! The real client against a scripted Messages API on loopback.
