//! Three-byte grams: how the prefilter and the build script that makes its tables agree.

/// Bits of a slot number.
pub(super) const SLOT_BITS: u32 = 16;

/// Words of the slot bitmap.
pub(super) const SLOT_WORDS: usize = 1 << (SLOT_BITS - 6);

/// Adds one byte to a gram; after three bytes it is complete. Case is folded by setting the bit
/// that tells upper from lower: a few other characters fall together too, which costs a comparison
/// and never a match.
pub(super) const fn push(gram: u32, byte: u8) -> u32 {
    (gram >> 8) | ((byte | 0x20) as u32) << 16
}

/// The slot of a gram.
pub(super) const fn slot(gram: u32) -> usize {
    (gram.wrapping_mul(0x9E37_79B1) >> (32 - SLOT_BITS)) as usize
}
