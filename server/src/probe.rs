//! "Test it now": the engine's own way to a target and to a metric source, offered to the pages.

use app::service::Prober;
use std::sync::Arc;

/// What the pages call.
pub fn prober() -> Prober {
    Prober(Arc::new(|settings, facts| {
        Box::pin(async move { engine::probe::test(&settings, &facts).await })
    }))
}
