//! Places of a gate's run at which a test kills this process, as `kill -9` or a power cut would.
//!
//! Nothing of it is in a release build.

/// Ends the process here when `PORTCULLIS_FAULT` names the place.
#[cfg(debug_assertions)]
pub(super) fn here(place: &str) {
    if crate::env::fault().is_some_and(|wanted| wanted == place) {
        let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL);
    }
}

/// Does nothing.
#[cfg(not(debug_assertions))]
pub(super) const fn here(_place: &str) {}
