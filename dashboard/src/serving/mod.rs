//! Predictions, from models that lie loaded in this process.
//!
//! A prediction is a look into a table and a function call. The table is kept in step with the
//! store's deployments in the background: woken by the bus, polled as a fallback. A new version is
//! loaded before it takes over, and what is loaded goes on answering while store, bus and
//! artifacts are away.
//!
//! | file | |
//! |---|---|
//! | `announce.rs` | serving processes make themselves known to gateways |
//! | `replicas.rs` | the serving processes that a gateway knows |
//! | `share.rs`, `verdict.rs` | handing predictions to them, and what their answers say of them |
//! | `table.rs` | names and the models that answer under them |
//! | `load.rs` | keeping the table in step with the store |
//! | `model.rs` | a loaded model: schema and answers |
//! | `pace.rs` | whether a model is quick enough to answer on the spot |
//! | `places.rs` | how many predictions are computed at once |
//! | `lone.rs` | one model without a site |
//! | `predict.rs` | the plain convention, `POST /predictions/{name}` |
//! | `stats.rs` | what this process saw of each deployment |

mod announce;
mod load;
mod lone;
mod model;
mod pace;
mod places;
mod predict;
mod replicas;
mod share;
mod stats;
mod table;
mod verdict;

pub use announce::{announce, keep_replicas, reachable};
pub use load::keep_loaded;
pub use lone::lone_model;
pub(crate) use predict::ready;
pub use replicas::Replicas;
pub use share::{Sharer, share};
pub use table::Serving;

use crate::state::Gateway;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes that call models.
pub fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::default().routes(routes!(predict::predict))
}
