//! What happens to every request, whatever its route: addresses, limits, time, headers, counting,
//! and answers that are given once.

mod address;
mod body;
mod count;
mod headers;
mod linger;
mod once;
mod promise;
mod rate;
mod replay;
mod timeout;

pub use address::ClientAddress;
pub(crate) use address::address_of;
pub(crate) use body::{Unread, drain, whole};
pub use count::count;
pub use headers::{SANDBOX, security_headers};
pub use linger::linger;
pub use once::once;
pub(crate) use promise::{Promise, Promised};
pub use rate::{RateLimiter, course_predictions, limit_changes, limit_predictions};
pub(crate) use replay::RememberAs;
pub(crate) use timeout::late;
pub use timeout::timeout;
