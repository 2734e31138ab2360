//! Whether the store and the artifacts belong together.
//!
//! The store keeps the id of its site, and the artifacts hold it in a file. Whoever gives the address
//! of another site's bucket, or of an empty database beside a full bucket, is told so at the start,
//! before anything takes the files for orphans.

use domain::SiteId;
use ports::artifacts::{COPY_MARK, SITE_MARK, get_bytes};
use ports::store::Site;
use ports::{Artifacts, PortError, Ports, Result};

/// Why a site cannot be worked on.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The store and the artifacts do not belong together.
    #[error("{0}")]
    Torn(String),
    /// One of them did not answer.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Makes sure that the store and the artifacts are one site's, before its first role works. A new
/// site, and one from before there were marks, gets its id here.
pub async fn settle(ports: &Ports) -> Result<SiteId, SiteError> {
    is_no_half_copy(ports).await?;
    let (store, artifacts) = (&ports.store, ports.artifacts.as_ref());
    let mut site = store.site().await?;
    let mut mark = mark(artifacts).await?;
    if site.is_none() {
        if mark.is_none() {
            let (id, marked) = (SiteId::new(), false);
            store.keep_site(&Site { id, marked }).await?;
        }
        // Once more in this order: another process may have settled it meanwhile, who writes the
        // store, then the mark, then that there is one.
        site = store.site().await?;
        mark = self::mark(artifacts).await?;
    }
    if let Some(Site { id, marked: false }) = site {
        let text = id.to_string();
        mark = match artifacts.put_once(SITE_MARK, text.clone().into()).await {
            Ok(_) => Some(text),
            Err(PortError::Conflict { .. }) => Some(self::mark(artifacts).await?.ok_or_else(
                || PortError::Unavailable {
                    port: "artifacts",
                    doing: format!("read {SITE_MARK}, which is being written"),
                    source: "try again in a moment".into(),
                },
            )?),
            Err(error) => return Err(error.into()),
        };
    }
    let site = judge(site, mark.as_deref()).map_err(SiteError::Torn)?;
    if !site.marked {
        let (id, marked) = (site.id, true);
        store.keep_site(&Site { id, marked }).await?;
    }
    Ok(site.id)
}

/// Whether it is still the site that was settled, without changing anything: for those who remove
/// files.
pub(crate) async fn is_whole(ports: &Ports) -> Result<(), SiteError> {
    is_no_half_copy(ports).await?;
    let mark = mark(ports.artifacts.as_ref()).await?;
    let site = ports.store.site().await?;
    let judged = judge(site, mark.as_deref());
    judged.map(drop).map_err(SiteError::Torn)
}

async fn is_no_half_copy(ports: &Ports) -> Result<(), SiteError> {
    match ports.artifacts.head(COPY_MARK).await {
        Err(PortError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err(SiteError::Torn(
            "a copy into this site (restore or migrate) broke off half-way, or is not done yet; \
             run the same command again, it goes on"
                .to_owned(),
        )),
    }
}

async fn mark(artifacts: &dyn Artifacts) -> Result<Option<String>> {
    match get_bytes(artifacts, SITE_MARK).await {
        Ok(text) => Ok(Some(String::from_utf8_lossy(&text).trim().to_owned())),
        Err(PortError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the store and the artifacts say of each other; if they contradict, what to do.
fn judge(site: Option<Site>, mark: Option<&str>) -> std::result::Result<Site, String> {
    const ADDRESSES: &str = "See that store.url and artifacts.url are those of one site, and that \
                             their disks are mounted.";
    match (site, mark) {
        (Some(site), Some(mark)) if site.id.to_string() == mark => Ok(site),
        (Some(Site { id, .. }), Some(mark)) => Err(format!(
            "the artifacts belong to the site {mark}, the store to the site {id}. {ADDRESSES} If \
             these two do belong together, write {id} into the file {SITE_MARK} of the artifacts."
        )),
        (Some(Site { id, .. }), None) => Err(format!(
            "the artifacts are not those of this store: they hold no file {SITE_MARK}. {ADDRESSES} \
             If its files are lost for good, bring a backup back into a new site; or put a file \
             {SITE_MARK} that holds {id} there, and go on without them."
        )),
        (None, Some(mark)) => Err(format!(
            "the artifacts belong to the site {mark}, and the store to none: it is new, or not the \
             right one. {ADDRESSES} If the store is lost, bring a backup back into an empty store \
             and empty artifacts. If these two do belong together, remove the file {SITE_MARK} of \
             the artifacts."
        )),
        (None, None) => Err("neither the store nor the artifacts say whose they are".to_owned()),
    }
}
