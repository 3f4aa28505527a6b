//! A real Prometheus for one test: it asks a collector and RabbitMQ every second, and evaluates the county's own alerts.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tests::{collector::Collector, processes::free_port};
use tokio::net::TcpListener;

/// How long something may take to be seen.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is watched: the file of alerts and the dashboard that operators get.
pub fn deployed(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/observability").join(file)
}

/// See the module.
pub struct Prometheus {
    programs: PathBuf,
    address: String,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    /// Watches this collector, and RabbitMQ at these addresses. Alerts fire as soon as their condition holds.
    pub async fn watching(collector: &Collector, brokers: &[String]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let told = serve(collector.clone()).await;
        let alerts = fs::read_to_string(deployed("alerts.yaml")).expect("the alerts");
        let at_once = alerts.lines().map(|line| match line.trim_start().starts_with("for: ") {
            true => line.split_at(line.len() - line.trim_start().len()).0.to_owned() + "for: 0s",
            false => line.to_owned(),
        });
        let alerts = folder.path().join("alerts.yaml");
        fs::write(&alerts, at_once.collect::<Vec<_>>().join("\n")).expect("written");
        let address = format!("127.0.0.1:{}", free_port());
        let settings = serde_json::json!({
            "global": { "scrape_interval": "1s", "evaluation_interval": "1s" },
            "rule_files": [alerts],
            "scrape_configs": [
                { "job_name": "collector", "honor_labels": true, "static_configs": [{ "targets": [told] }] },
                { "job_name": "itself", "static_configs": [{ "targets": [address] }] },
                {
                    "job_name": "rabbitmq", "metrics_path": "/metrics/per-object",
                    "static_configs": [{ "targets": brokers }],
                },
            ],
        });
        let config = folder.path().join("prometheus.yaml");
        // JSON is YAML.
        fs::write(&config, settings.to_string()).expect("written");
        let install = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/install");
        let found = Command::new(install).args(["--where", "prometheus"]).output().expect("deploy/install runs");
        assert!(found.status.success(), "Prometheus is missing: deploy/install prometheus");
        let programs = PathBuf::from(String::from_utf8(found.stdout).expect("a folder").trim());
        let child = Command::new(programs.join("prometheus"))
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("log")).expect("a log"))
            .spawn()
            .expect("Prometheus starts");
        let prometheus = Self { programs, address, child, _folder: folder };
        prometheus.until("it answers", |watch| watch.try_ask("vector(1)").is_ok()).await;
        prometheus
    }

    /// What a query gives now, a line each.
    pub fn ask(&self, query: &str) -> Vec<String> {
        self.try_ask(query).unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    fn try_ask(&self, query: &str) -> Result<Vec<String>, String> {
        let url = format!("http://{}", self.address);
        let asked = Command::new(self.programs.join("promtool")).args(["query", "instant", &url, query]).output();
        let asked = asked.expect("promtool runs");
        if !asked.status.success() {
            return Err(String::from_utf8_lossy(&asked.stderr).into_owned());
        }
        // Of nothing it prints an empty line.
        let lines = String::from_utf8_lossy(&asked.stdout);
        Ok(lines.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    /// Waits until all alerts were evaluated once more.
    pub async fn evaluated(&self) {
        let last = || self.ask("max(prometheus_rule_group_last_evaluation_timestamp_seconds)");
        let before = last();
        self.until("the alerts are evaluated", |_| last() != before).await;
    }

    /// Names of the alerts that fire.
    pub fn alerts(&self) -> Vec<String> {
        let name = |line: &String| Some(line.split_once("alertname=\"")?.1.split_once('"')?.0.to_owned());
        let mut firing: Vec<String> =
            self.ask(r#"sum by (alertname) (ALERTS{alertstate="firing"})"#).iter().filter_map(name).collect();
        firing.sort();
        firing
    }

    /// Waits until it sees that.
    pub async fn until(&self, what: &str, seen: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !seen(self) {
            let firing = || self.try_ask(r#"ALERTS{alertstate="firing"}"#);
            assert!(started.elapsed() < PATIENCE, "{what}: not seen; {:?}", firing());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves what the collector holds, as the collector of the county does to its Prometheus.
async fn serve(collector: Collector) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let routes =
        axum::Router::new().route("/metrics", axum::routing::get(move || async move { collector.exposition() }));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}
