//! Uploaded files.
//!
//! | file | |
//! |---|---|
//! | `intake.rs` | a stream on its way into the artifacts, and what happens when it breaks off |
//! | `upload.rs`, `parts/` | a file in one multipart request, or in many resumable parts |
//! | `create.rs` | from stored bytes to a dataset, and the short wait until it was read |
//! | `demos.rs` | data that comes with the program |
//! | `manage.rs`, `look.rs`, `download.rs` | list, change, delete; preview and profile; the file |

mod create;
mod demos;
mod download;
mod intake;
mod look;
mod manage;
mod parts;
#[cfg(test)]
mod tests;
mod upload;

pub(crate) use download::file;
pub use look::Looks;
pub(crate) use parts::Joins;
pub use parts::sweep_uploads;

use crate::state::Gateway;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes whose bodies are files: they may be large and take their time.
pub fn file_routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::default()
        .routes(routes!(upload::upload_dataset, manage::list_datasets))
        .routes(routes!(upload::upload_version, manage::list_versions))
        .routes(routes!(
            parts::send::send_part,
            parts::show_upload,
            parts::abandon_upload
        ))
}

/// All other routes.
pub fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::default()
        .routes(routes!(parts::begin_upload))
        .routes(routes!(
            manage::show_dataset,
            manage::change_dataset,
            manage::delete_dataset
        ))
        .routes(routes!(look::preview))
        .routes(routes!(look::profile))
        .routes(routes!(download::download))
        .routes(routes!(demos::list_demos))
        .routes(routes!(demos::create_demo))
}
