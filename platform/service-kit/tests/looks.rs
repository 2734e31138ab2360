//! Leases end only where the store was seen to answer for as long as one holds.

use adapters::Urls;
use adapters::wrap::{Fault, Faults, Wrapped};
use domain::job::JobKind;
use domain::{Clock, ManualClock, SystemClock};
use ports::Ports;
use ports::contract::store::Desk;
use ports::store::ClaimFilter;
use service_kit::{Settings, Turns};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const BETWEEN: Duration = Duration::from_secs(2);

#[tokio::test]
async fn nobody_loses_a_lease_to_an_outage_of_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(SystemClock::new().now()));
    let urls = Urls::embedded(folder.path());
    let ports = adapters::open(&urls, clock.clone()).await.unwrap();
    let desk = Desk::new(&ports.store);
    let away = Arc::new(AtomicBool::new(false));
    let faults = Faults::new("store", {
        let away = Arc::clone(&away);
        move |_, _| match away.load(Ordering::SeqCst) {
            true => Fault::Lost,
            false => Fault::None,
        }
    });
    let seen = Ports {
        store: Arc::new(Wrapped::new(Arc::clone(&ports.store), faults)),
        ..ports.clone()
    };
    let settings = Settings::new("test", 1);
    let short = ClaimFilter {
        lease: settings.lease,
        ..desk.filter(JobKind::Batch, false)
    };
    let looks = settings.lease.as_secs() / BETWEEN.as_secs() + 1;
    let turns = Turns::new(seen, clock.clone(), Vec::new(), settings);
    // How many leases end while the store is looked over for as long as one holds.
    let watch = async || {
        let mut expired = 0;
        for _ in 0..looks {
            clock.advance(BETWEEN);
            expired += turns.look().await.map_or(0, |repairs| repairs.expired);
        }
        expired
    };
    desk.store_many(JobKind::Batch, desk.owner, 2).await;
    desk.claim_as(&short).await.unwrap();
    assert_eq!(watch().await, 0, "it has not been watched for long enough");
    assert_eq!(watch().await, 1);
    desk.claim_as(&short).await.unwrap();
    away.store(true, Ordering::SeqCst);
    assert_eq!(watch().await, 0);
    away.store(false, Ordering::SeqCst);
    assert_eq!(watch().await, 0, "its holder could not say that it lives");
    assert_eq!(watch().await, 1);
}
