//! SHA-256 and its written form. One place, since ids, receipts and manifests are all compared as text.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Bytes in lower-case hexadecimal digits, two a byte.
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// The SHA-256 of `bytes`, in 64 hexadecimal digits.
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    /// FIPS 180-2, appendix B.1.
    #[test]
    fn a_digest_is_written_as_every_tool_prints_it() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(super::sha256("abc"), abc);
    }
}
