//! "Test it now": the engine's own way to a target and to a metric source, offered to the pages.

use app::service::Prober;
use std::sync::Arc;
use store::{Db, Vault};

/// What the pages call.
pub fn prober(db: Db, vault: Vault) -> Prober {
    Prober(Arc::new(move |settings, facts| {
        let (db, vault) = (db.clone(), vault.clone());
        Box::pin(async move {
            let secrets = store::secret::open_newest(&db, &vault, &facts.service, &settings).await;
            engine::probe::test(&settings, &facts, secrets).await
        })
    }))
}
