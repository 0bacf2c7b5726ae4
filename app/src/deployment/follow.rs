//! Keeps the console's figures current: each kick fetches the page, and points and lines since their cursors. What is
//! on the page stays there; only its figures move. Memory is bounded.

use domain::deployment::{DeploymentPage, LogLine};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api::{deployment_log, deployment_points, read_deployment};
use super::series::PointBatch;
use crate::error::AppError;
use crate::live;

/// Lines that one call asks for.
pub const BATCH: u32 = 2_000;

/// Lines that a page keeps: the newest.
pub const MOST_LINES: usize = 4_000;

/// All that the console shows, as fetched at first.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct First {
    pub page: DeploymentPage,
    pub points: PointBatch,
    pub lines: Vec<LogLine>,
}

/// Fetches everything once.
///
/// # Errors
/// As the calls.
pub async fn first(number: i64) -> Result<First, AppError> {
    let page = read_deployment(number).await?;
    let id = page.deployment.id;
    let points = deployment_points(id, 0).await?;
    let lines = deployment_log(id, 0).await?;
    Ok(First { page, points, lines })
}

/// What the console shows, and how it is kept current.
#[derive(Clone, Copy)]
pub struct Following {
    pub page: RwSignal<DeploymentPage>,
    pub points: RwSignal<PointBatch>,
    pub lines: RwSignal<Vec<LogLine>>,
    busy: StoredValue<bool>,
    again: StoredValue<bool>,
}

impl Following {
    /// Follows from here on: on the deployment's kicks, and whenever `asked` changes.
    pub fn start(first: First, asked: impl Fn() -> usize + Send + Sync + 'static) -> Following {
        let topic = format!("deployment:{}", first.page.deployment.id);
        let mut lines = first.lines;
        keep_newest(&mut lines);
        let following = Following {
            page: RwSignal::new(first.page),
            points: RwSignal::new(first.points),
            lines: RwSignal::new(lines),
            busy: StoredValue::new(false),
            again: StoredValue::new(false),
        };
        let kicks = live::kicks(move || vec![topic.clone()]);
        Effect::new(move |before: Option<(u64, usize)>| {
            let now = (kicks.get(), asked());
            // A full first batch of lines has more behind it.
            let more = before.is_none() && following.lines.with_untracked(Vec::len) >= BATCH as usize;
            if more || before.is_some_and(|before| before != now) {
                following.refresh();
            }
            now
        });
        following
    }

    /// Fetches what is new. One fetch at a time; kicks that come meanwhile make one more.
    fn refresh(self) {
        if self.busy.try_get_value() != Some(false) {
            self.again.try_set_value(true);
            return;
        }
        self.busy.set_value(true);
        spawn_local(async move {
            loop {
                self.again.try_set_value(false);
                let full = self.fetch().await;
                if !full && self.again.try_get_value() != Some(true) {
                    break;
                }
            }
            self.busy.try_set_value(false);
        });
    }

    /// True when there is more to fetch at once. A call that fails is made again at the next kick.
    async fn fetch(self) -> bool {
        let Some((number, id)) = self
            .page
            .try_with_untracked(|page| (page.deployment.number, page.deployment.id))
        else {
            return false;
        };
        if let Ok(page) = read_deployment(number).await {
            self.page.try_set(page);
        }
        let Some(cursor) = self.points.try_with_untracked(|batch| batch.cursor) else {
            return false;
        };
        if let Ok(more) = deployment_points(id, cursor).await {
            let fits = self.points.try_maybe_update(|batch| {
                let changed = !more.points.is_empty() || more.weights != batch.weights;
                (changed, batch.append(more))
            });
            if fits == Some(false)
                && let Ok(whole) = deployment_points(id, 0).await
            {
                self.points.try_set(whole);
            }
        }
        let last = self
            .lines
            .try_with_untracked(|lines| lines.last().map_or(0, |line| line.id))
            .unwrap_or_default();
        match deployment_log(id, last).await {
            Ok(more) if !more.is_empty() => {
                let full = more.len() >= BATCH as usize;
                self.lines.try_update(|lines| {
                    lines.extend(more);
                    keep_newest(lines);
                });
                full
            }
            _ => false,
        }
    }
}

/// Leaves the newest lines.
pub fn keep_newest(lines: &mut Vec<LogLine>) {
    let spare = lines.len().saturating_sub(MOST_LINES);
    lines.drain(..spare);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_by_the_newest_lines() {
        let at = chrono::DateTime::UNIX_EPOCH;
        let line = |id| LogLine {
            id,
            at,
            stream: "stdout".into(),
            text: String::new(),
        };
        let mut lines: Vec<LogLine> = (0..5_000).map(line).collect();
        keep_newest(&mut lines);
        assert_eq!((lines.len(), lines[0].id, lines[3_999].id), (4_000, 1_000, 4_999));
    }
}
