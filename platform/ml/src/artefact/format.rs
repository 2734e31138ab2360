//! The envelope: magic, version, length, checksum, compressed content.
//!
//! ```text
//! 8   b"MLMODEL\x1a"
//! 4   format version, little-endian
//! 8   length of the content, little-endian
//! 32  SHA-256 of the 20 bytes before and of all bytes behind
//! …   the content, zstd
//! ```

use super::ArtefactError;
use sha2::{Digest, Sha256};
use std::io::Read;

const MAGIC: &[u8; 8] = b"MLMODEL\x1a";
/// The newest format that is read.
const VERSION: u32 = 2;
const HEAD: usize = 20;
const BODY: usize = HEAD + 32;

/// zstd's level: a forest of 135 MB becomes 46 MB in half a second; level 6 makes it 40 MB, and
/// takes five times as long out of a training budget.
const LEVEL: i32 = 1;

/// The largest content that is read.
const LIMIT: u64 = 2 << 30;

/// How many times larger than its compressed form the content may be: models shrink three to ten
/// times, and whatever claims a hundred times that is a trap.
const RATIO: u64 = 1000;

pub(super) fn write(version: u32, content: &[u8]) -> Vec<u8> {
    #[expect(
        clippy::expect_used,
        reason = "zstd fails only without memory, as every allocation here"
    )]
    let body = zstd::bulk::compress(content, LEVEL).expect("zstd compresses into memory");
    let mut bytes = Vec::with_capacity(BODY + body.len());
    bytes.extend(MAGIC);
    bytes.extend(version.to_le_bytes());
    bytes.extend((content.len() as u64).to_le_bytes());
    bytes.extend(checksum(&bytes, &body));
    bytes.extend(body);
    bytes
}

/// The format and the content.
pub(super) fn read(bytes: &[u8]) -> Result<(u32, Vec<u8>), ArtefactError> {
    let start = &bytes[..bytes.len().min(MAGIC.len())];
    if start.is_empty() || !MAGIC.starts_with(start) {
        return Err(ArtefactError::Foreign);
    }
    let cut_off = || ArtefactError::Truncated(bytes.len());
    let (head, rest) = bytes.split_at_checked(HEAD).ok_or_else(cut_off)?;
    let (sum, body) = rest.split_at_checked(BODY - HEAD).ok_or_else(cut_off)?;
    let found = head[8..12]
        .iter()
        .rev()
        .fold(0, |n, b| n << 8 | u32::from(*b));
    let claimed = head[12..]
        .iter()
        .rev()
        .fold(0, |n, b| n << 8 | u64::from(*b));
    if found > VERSION {
        let known = VERSION;
        return Err(ArtefactError::Newer { found, known });
    }
    if sum != checksum(head, body) || found == 0 {
        return Err(ArtefactError::Damaged);
    }
    let limit = LIMIT.min((body.len() as u64).saturating_mul(RATIO));
    if claimed > limit {
        return Err(ArtefactError::TooLarge { claimed, limit });
    }
    let unreadable = |error: std::io::Error| ArtefactError::Content(error.to_string());
    let decoder = zstd::stream::Decoder::with_buffer(body).map_err(unreadable)?;
    // The vector grows with what really comes out, and one byte beyond the claim ends it.
    let mut content = Vec::new();
    decoder
        .take(claimed + 1)
        .read_to_end(&mut content)
        .map_err(unreadable)?;
    if content.len() as u64 != claimed {
        return Err(ArtefactError::Damaged);
    }
    Ok((found, content))
}

fn checksum(head: &[u8], body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(head);
    hash.update(body);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_damage_has_its_error() {
        let good = write(1, b"some content");
        assert_eq!(read(&good).unwrap(), (1, b"some content".to_vec()));
        assert!(matches!(read(b""), Err(ArtefactError::Foreign)));
        assert!(matches!(read(b"PK\x03\x04"), Err(ArtefactError::Foreign)));
        assert!(matches!(
            read(&good[..30]),
            Err(ArtefactError::Truncated(30))
        ));
        assert!(matches!(read(&good[..60]), Err(ArtefactError::Damaged)));
        for place in HEAD..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 1;
            assert!(matches!(read(&bad), Err(ArtefactError::Damaged)), "{place}");
        }
        let mut newer = good.clone();
        newer[8] = 9;
        assert!(matches!(
            read(&newer),
            Err(ArtefactError::Newer { found: 9, .. })
        ));
    }

    #[test]
    fn a_bomb_does_not_explode() {
        let mut bytes = write(1, &vec![0; 50_000_000]);
        assert!(bytes.len() < 10_000);
        assert!(matches!(read(&bytes), Err(ArtefactError::TooLarge { .. })));
        // The same body with an honest checksum over a modest claim.
        bytes[12..20].copy_from_slice(&1000u64.to_le_bytes());
        let sum = checksum(&bytes[..HEAD], &bytes[BODY..]);
        bytes[HEAD..BODY].copy_from_slice(&sum);
        assert!(matches!(read(&bytes), Err(ArtefactError::Damaged)));
    }
}
