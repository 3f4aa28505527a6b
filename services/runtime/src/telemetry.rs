//! Logs, traces, metrics: set up once for the process. Logs go to stderr, for people on a terminal and as JSON elsewhere.
//!
//! One global filter, never one a layer: with per-layer filters the first span after each query is lost
//! (tokio-rs/tracing#2519).

use std::io::IsTerminal as _;

use anyhow::Context as _;
use opentelemetry::{KeyValue, global, trace::TracerProvider as _};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource, metrics::SdkMeterProvider, propagation::TraceContextPropagator, trace::SdkTracerProvider,
};
use tracing_subscriber::{Layer as _, filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};
use uuid::Uuid;

const DEFAULT_FILTER: &str = "info,lapin=error,h2=off,hyper=off,tonic=off,tower=off,sqlx=warn,opentelemetry=warn";

const NO_FILTER: &str = "RUST_LOG is no filter, e.g. `info,review=debug`";

/// What must be ended for the last spans and metrics to arrive.
#[derive(Default)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

/// Sets up logs, and traces and metrics of that service when there is an endpoint. Call inside the tokio runtime, once.
///
/// # Errors
/// When `RUST_LOG` or the endpoint is malformed.
pub fn init(otlp_endpoint: Option<&str>, service: &str) -> anyhow::Result<Telemetry> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let telemetry = match otlp_endpoint {
        Some(endpoint) => exporters(endpoint, service).context("OTEL_EXPORTER_OTLP_ENDPOINT")?,
        None => Telemetry::default(),
    };
    let filter = std::env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty());
    let filter: Targets = filter.as_deref().unwrap_or(DEFAULT_FILTER).parse().context(NO_FILTER)?;
    // A line that can't be written is lost: saying so, as the first one would, on the same stderr would panic.
    let logs = if std::io::stderr().is_terminal() {
        let layer = tracing_subscriber::fmt::layer().with_target(false).with_writer(std::io::stderr);
        layer.log_internal_errors(false).boxed()
    } else {
        json_subscriber::layer().with_writer(std::io::stderr).with_opentelemetry_ids(true).boxed()
    };
    let traces = telemetry
        .traces
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("xianjie")));
    tracing_subscriber::registry()
        .with(filter)
        .with(traces)
        .with(logs)
        .try_init()
        .context("telemetry was set up twice")?;
    Ok(telemetry)
}

fn exporters(endpoint: &str, service: &str) -> anyhow::Result<Telemetry> {
    // Replicas of a room must not be taken for one process.
    let instance = KeyValue::new("service.instance.id", Uuid::now_v7().to_string());
    let resource = Resource::builder().with_service_name(service.to_owned()).with_attribute(instance).build();
    let spans = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
    let traces = SdkTracerProvider::builder().with_resource(resource.clone()).with_batch_exporter(spans).build();
    let readings = MetricExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
    let metrics = SdkMeterProvider::builder().with_resource(resource).with_periodic_exporter(readings).build();
    global::set_tracer_provider(traces.clone());
    global::set_meter_provider(metrics.clone());
    Ok(Telemetry { traces: Some(traces), metrics: Some(metrics) })
}

impl Telemetry {
    /// Sends what is left, off the async threads: inside one the exporters would wait for themselves
    /// (open-telemetry/opentelemetry-rust#2802).
    pub async fn shutdown(self) {
        let ended = tokio::task::spawn_blocking(move || {
            let traces = self.traces.map(|provider| provider.shutdown());
            let metrics = self.metrics.map(|provider| provider.shutdown());
            [traces, metrics].into_iter().flatten().filter_map(Result::err).collect::<Vec<_>>()
        });
        match ended.await {
            Ok(errors) => errors.iter().for_each(|error| tracing::warn!(%error, "telemetry did not end well")),
            Err(error) => tracing::warn!(%error, "telemetry did not end"),
        }
    }
}
