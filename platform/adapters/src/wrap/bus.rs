//! The bus behind an interceptor. Queues and watches wait as long as nothing comes; only opening
//! them is a call.

use super::wrapped;
use domain::job::JobKind;
use ports::Bus;
use ports::bus::{Notice, Watch, WorkQueue};

wrapped! { Bus of Bus:
    again publish(id: &str, notice: &Notice) -> ();
    again work(kind: JobKind) -> Box<dyn WorkQueue>;
    again watch() -> Box<dyn Watch>;
    check ping() -> ();
}
