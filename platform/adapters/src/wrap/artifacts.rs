//! The artifacts behind an interceptor. A stream that was opened is its reader's affair.

use super::wrapped;
use bytes::Bytes;
use ports::Artifacts;
use ports::artifacts::{ByteStream, Piece, Stored, Written};
use std::ops::Range;
use std::time::Duration;

wrapped! { Artifacts of Artifacts:
    stream put(key: &str, content: ByteStream) -> Written;
    once put_once(key: &str, content: Bytes) -> Written;
    again get(key: &str) -> ByteStream;
    again get_range(key: &str, range: Range<u64>) -> Bytes;
    again head(key: &str) -> Stored;
    again list(prefix: &str) -> Vec<Stored>;
    again list_piece(prefix: &str, from: Option<&str>) -> Piece;
    again delete(key: &str) -> ();
    again link(key: &str, disposition: &str, holds: Duration) -> Option<String>;
    check ping() -> ();
}
