//! Server-rendered pages with 1,000 releases and 100,000 events in the database.

use crate::instance::Instance;
use crate::{Line, quantile};
use domain::release::{Artifact, Change, ChangeKind, ItemAct, ReleaseForm};
use futures::{StreamExt, stream};
use std::time::Instant;

const RELEASES: usize = 1_000;
const EVENTS: usize = 100_000;
/// Writers at once while the database is filled.
const WRITERS: usize = 12;
/// Requests a page, one after the other.
const REQUESTS: usize = 400;

pub async fn lines(instance: &Instance) -> Vec<Line> {
    fill(instance).await;
    let mut lines = Vec::new();
    for (what, path) in [("home", "/"), ("release page", "/releases/storefront/1.3.0")] {
        let mut times = Vec::with_capacity(REQUESTS);
        for _ in 0..REQUESTS {
            let begun = Instant::now();
            let answer = instance.get(path).await;
            assert_eq!(answer.status(), 200, "{path}");
            answer.bytes().await.unwrap();
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        times.sort_by(f64::total_cmp);
        let measured = format!(
            "p50 {:.1} ms, p99 {:.1} ms",
            quantile(&times, 0.5),
            quantile(&times, 0.99)
        );
        lines.push(Line::new(
            format!("{what}, {RELEASES} releases, {EVENTS} events"),
            measured,
            "p99 at most 50 ms",
        ));
    }
    lines
}

/// Real releases by the use cases, and as many ticks of their items as events are wanted.
async fn fill(instance: &Instance) {
    let begun = Instant::now();
    stream::iter(0..RELEASES)
        .for_each_concurrent(WRITERS, |i| async move {
            let version = format!("9.{}.{}", i / 100, i % 100);
            store::release::create(&instance.db, &instance.actor, "storefront", &form(&version))
                .await
                .unwrap();
            let page = store::release::page(&instance.db, &instance.actor, "storefront", &version)
                .await
                .unwrap();
            let each = EVENTS / RELEASES;
            for (n, item) in page.items.iter().cycle().take(each).enumerate() {
                let round = i32::try_from(n / page.items.len()).unwrap();
                let act = ItemAct::Tick {
                    evidence: format!("https://ci.example.com/{version}/{n}"),
                };
                store::release::act_on_item(&instance.db, &instance.actor, item.id, item.row_version + round, &act)
                    .await
                    .unwrap();
            }
        })
        .await;
    println!("filled in {:.0} s", begun.elapsed().as_secs_f64());
}

fn form(version: &str) -> ReleaseForm {
    ReleaseForm {
        version: version.into(),
        title: format!("Release {version}"),
        artifact: Artifact {
            reference: format!("storefront:{version}"),
            digest: "0123456789abcdef".into(),
        },
        changes: vec![Change {
            kind: ChangeKind::Fix,
            text: "One thing is better".into(),
        }],
        rollback_plan: "Back to the version before".into(),
        ..ReleaseForm::default()
    }
}
