//! The right edge of an RFC 6962 Merkle tree: enough to append a leaf and to know the root.
//!
//! Leaves and inner nodes are hashed with different first bytes (RFC 6962, section 2.1), so that no
//! leaf can be passed off as an inner node.

use sha2::{Digest, Sha256};

/// A SHA-256 hash, 32 bytes.
pub type Hash = [u8; 32];

/// The hash of a leaf: one line of the journal without its newline.
pub fn leaf(line: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(line).finalize().into()
}

/// The hash of an inner node.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The roots of the perfect subtrees of a tree, widest first: one for each set bit of the size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    peaks: Vec<Hash>,
}

impl Edge {
    /// An edge from its parts; `None` when the number of peaks is not that of the size.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The perfect subtrees' roots, widest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf. Costs one hash for each trailing one bit of the size.
    pub fn push(&mut self, leaf: Hash) {
        let mut right = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                right = node(&left, &right);
            }
        }
        self.peaks.push(right);
        self.size += 1;
    }

    /// The root of the tree (RFC 6962, section 2.1: the empty tree's is the hash of nothing).
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return Sha256::digest([]).into();
        };
        peaks.fold(*last, |right, left| node(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of RFC 6962, section 2.1, word for word and slow.
    fn root_by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            many => {
                let mut split = 1;
                while split * 2 < many.len() {
                    split *= 2;
                }
                let (left, right) = many.split_at(split);
                node(&root_by_definition(left), &root_by_definition(right))
            }
        }
    }

    #[test]
    fn the_edge_has_the_root_of_the_definition_at_every_size() {
        let leaves: Vec<Hash> = (0..200_u32).map(|n| leaf(&n.to_le_bytes())).collect();
        let mut edge = Edge::default();
        for size in 0..=leaves.len() {
            assert_eq!(edge.root(), root_by_definition(&leaves[..size]), "size {size}");
            assert_eq!(edge.peaks().len(), size.count_ones() as usize);
            if let Some(next) = leaves.get(size) {
                edge.push(*next);
            }
        }
    }

    /// The roots of the first trees of RFC 6962's own leaf rule over empty input.
    #[test]
    fn the_empty_leaf_has_the_hash_every_implementation_prints() {
        let hex: String = leaf(b"").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }

    #[test]
    fn an_edge_with_a_wrong_number_of_peaks_is_refused() {
        assert_eq!(Edge::from_parts(3, vec![[0; 32]]), None);
        assert!(Edge::from_parts(3, vec![[0; 32]; 2]).is_some());
    }
}
