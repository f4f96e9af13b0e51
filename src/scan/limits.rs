//! The bounds of a scan: what keeps a bomb from filling memory or time.

/// Bytes of a text that are judged at a time. Most files are smaller and are judged whole.
pub(super) const WINDOW: usize = 1 << 20;

/// Bytes at the end of a window in which no match begins: longer than the longest secret, a private
/// key of 16,384 bits with escaped newlines.
pub(super) const AHEAD: usize = 32 << 10;

/// Bytes in front of a window that are kept as context.
pub(super) const BACK: usize = 8 << 10;

/// Archives in archives.
pub(super) const DEPTH: usize = 5;

/// Members of one outermost archive.
pub(super) const MEMBERS: u64 = 200_000;

/// Bytes of an archive in an archive, or in git, that are held in memory to be read by its directory.
pub(super) const HELD: u64 = 64 << 20;

/// Bytes that come out of one outermost archive of `size` bytes. Text compresses up to thirtyfold;
/// Deflate ends at 1,032 to 1.
pub(super) fn inflated(size: Option<u64>) -> u64 {
    size.unwrap_or(0).saturating_mul(200).clamp(64 << 20, 8 << 30)
}

/// Bytes of a file from which several workers read it.
pub(super) const LARGE: u64 = 32 << 20;

/// Bytes of a large file that a worker takes at a time.
pub(super) const SEGMENT: u64 = 16 << 20;
