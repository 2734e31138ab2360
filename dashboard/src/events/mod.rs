//! What happens, told while it happens.
//!
//! Events are rows of the store with a number of their own in each pipeline. The bus only wakes:
//! a stream reads the rows behind the last one that it told, so a lost wake-up costs a second and
//! a lost connection nothing, for the client names the last number it saw.
//!
//! | file | |
//! |---|---|
//! | `hub.rs` | one watch on the bus for the whole process, and the waiting for it |
//! | `open.rs` | how many streams and sockets are open, and how many may be |
//! | `stream.rs` | server-sent events of one pipeline, with resume |
//! | `tail.rs` | reads each new event once, for all sockets of the process |
//! | `socket.rs` | WebSocket: everything that the caller may see |

mod hub;
mod open;
mod socket;
mod stream;
mod tail;

pub(crate) use hub::woken;
pub use hub::{Hub, watch};
pub use tail::tail;

use crate::state::Gateway;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of live news.
pub fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::default()
        .routes(routes!(stream::pipeline_events))
        .routes(routes!(socket::all_events))
}
