//! Text that every database can keep.

use crate::{PortError, Result};

/// Refuses text with a NUL character as `Invalid`: PostgreSQL has no such text, so no adapter keeps
/// it. What is kept as JSON may hold any character, which JSON writes as an escape.
pub fn plain<'t>(doing: &str, texts: impl IntoIterator<Item = &'t str>) -> Result<()> {
    if texts.into_iter().any(|text| text.contains('\0')) {
        return Err(PortError::Invalid {
            doing: doing.to_owned(),
            what: "a text holds the character NUL, which cannot be kept".to_owned(),
        });
    }
    Ok(())
}
