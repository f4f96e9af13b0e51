//! Four-byte grams: how the prefilter and the build script that makes its tables agree.

/// Bits of a slot number.
pub(super) const SLOT_BITS: u32 = 17;

/// Words of the slot bitmap.
pub(super) const SLOT_WORDS: usize = 1 << (SLOT_BITS - 6);

/// Bits of a bucket number: the first of a slot number.
pub(super) const BUCKET_BITS: u32 = 12;

/// Buckets, and one more for the end of the last.
pub(super) const BUCKETS: usize = (1 << BUCKET_BITS) + 1;

/// The gram of four bytes. Case is folded by setting the bit that tells upper from lower: a few
/// other characters fall together too, which costs a comparison and never a match.
pub(super) const fn gram(window: [u8; 4]) -> u32 {
    u32::from_le_bytes(window) | 0x2020_2020
}

/// The slot of a gram.
pub(super) const fn slot(gram: u32) -> usize {
    (gram.wrapping_mul(0x9E37_79B1) >> (32 - SLOT_BITS)) as usize
}

/// The bucket of a slot.
pub(super) const fn bucket(slot: usize) -> usize {
    slot >> (SLOT_BITS - BUCKET_BITS)
}
