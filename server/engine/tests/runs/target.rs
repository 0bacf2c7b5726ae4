//! The target of a test: a script, the folder of its state, and the pages of its metrics.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use domain::service::{CanaryStep, CommandTarget, MetricSource, Settings, Strategy, Target};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Requests between two scrapes of a page.
const REQUESTS: u64 = 200;

pub struct Ground {
    folder: tempfile::TempDir,
    metrics: String,
}

struct Pages {
    folder: PathBuf,
    /// Requests and errors, of stable and of the canary.
    counted: [(AtomicU64, AtomicU64); 2],
}

impl Ground {
    pub async fn new() -> Ground {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("target.sh"), include_str!("target.sh")).unwrap();
        let pages = Arc::new(Pages {
            folder: folder.path().to_owned(),
            counted: Default::default(),
        });
        let router = Router::new().route("/{service}/{variant}", get(page)).with_state(pages);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let metrics = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ground { folder, metrics }
    }

    fn argv(&self, word: &str) -> Vec<String> {
        let script = self.folder.path().join("target.sh");
        vec!["sh".into(), script.to_string_lossy().into_owned(), word.into()]
    }

    fn command(&self) -> CommandTarget {
        CommandTarget {
            deploy: self.argv("deploy"),
            canary: self.argv("canary"),
            weight: self.argv("weight"),
            promote: self.argv("promote"),
            rollback: self.argv("rollback"),
            status: self.argv("status"),
            timeout_s: 30,
            ..CommandTarget::default()
        }
    }

    pub fn all_at_once(&self) -> Settings {
        Settings {
            target: Target::Command(self.command()),
            check_s: 0,
            ..Settings::default()
        }
    }

    /// 10 % and 100 %, watched for two seconds each with one metric.
    pub fn canary(&self, service: &str) -> Settings {
        let step = |weight| CanaryStep { weight, wait_s: 2 };
        let page = |variant: &str| format!("{}/{service}/{variant}", self.metrics);
        let mut analysis = domain::analysis::AnalysisRules {
            interval_s: 1,
            ..Default::default()
        };
        analysis.metrics.truncate(1);
        analysis.metrics[0].min_sample = 20;
        Settings {
            strategy: Strategy::Canary {
                steps: vec![step(10), step(100)],
            },
            source: MetricSource::scrape(page("stable"), page("canary"), 1),
            analysis,
            check_s: 1,
            ..self.all_at_once()
        }
    }

    fn file(&self, service: &str, name: &str) -> PathBuf {
        self.folder.path().join(service).join(name)
    }

    pub fn put(&self, service: &str, name: &str, text: &str) {
        let file = self.file(service, name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    pub fn read(&self, service: &str, name: &str) -> Option<String> {
        std::fs::read_to_string(self.file(service, name)).ok()
    }

    /// The orders that reached the target, as `begun WORD KEY` and `done WORD KEY`.
    pub fn journal(&self, service: &str) -> Vec<String> {
        self.read(service, "journal")
            .unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// No order came twice under one key.
    pub fn assert_no_key_twice(&self, service: &str) {
        let journal = self.journal(service);
        let begun: Vec<_> = journal.iter().filter_map(|line| line.strip_prefix("begun ")).collect();
        let distinct: BTreeSet<_> = begun.iter().collect();
        assert_eq!(begun.len(), distinct.len(), "{begun:#?}");
        assert!(!begun.is_empty());
    }
}

/// The page of a variant: each look finds that more requests were served, of which a bad canary answered every fifth with an error.
async fn page(
    State(pages): State<Arc<Pages>>,
    Path((service, variant)): Path<(String, String)>,
) -> Result<String, StatusCode> {
    let read = |name: &str| std::fs::read_to_string(pages.folder.join(&service).join(name)).ok();
    let canary = variant == "canary";
    if canary && read("canary").is_none() {
        return Err(StatusCode::NOT_FOUND);
    }
    let weight: u64 = read("weight").and_then(|text| text.parse().ok()).unwrap_or(0);
    let served = REQUESTS * if canary { weight } else { 100 - weight } / 100;
    let bad = canary && read("canary").is_some_and(|version| version.ends_with("-bad"));
    let (total, errors) = &pages.counted[usize::from(canary)];
    let failed =
        errors.fetch_add(if bad { served / 5 } else { 0 }, Ordering::SeqCst) + if bad { served / 5 } else { 0 };
    let total = total.fetch_add(served, Ordering::SeqCst) + served;
    Ok(format!(
        "http_requests_total{{status=\"200\"}} {}\nhttp_requests_total{{status=\"500\"}} {failed}\n",
        total - failed
    ))
}
