//! An OTLP collector for one test: keeps the spans and metrics that it is sent, and tells metrics as Prometheus names them.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{HistogramDataPoint, Metric, NumberDataPoint, metric::Data, number_data_point},
    trace::v1::Span,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// What was collected.
#[derive(Clone, Default)]
pub struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
    metrics: Arc<Mutex<Vec<String>>>,
    series: Arc<Mutex<BTreeMap<String, (String, Instant)>>>,
}

/// A series that nobody has told of for so long is told no more.
const STALE: Duration = Duration::from_secs(5);

impl Collector {
    /// Starts one; gives it and its address.
    ///
    /// # Panics
    /// When it can't listen.
    pub async fn start() -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let collector = Self::default();
        let server = Server::builder()
            .add_service(TraceServiceServer::new(collector.clone()))
            .add_service(MetricsServiceServer::new(collector.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        (collector, address)
    }

    /// The spans so far.
    ///
    /// # Panics
    /// When a test panicked while it held them.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.spans.lock().expect("no panic").clone()
    }

    /// Names of the metrics so far.
    ///
    /// # Panics
    /// When a test panicked while it held them.
    #[must_use]
    pub fn metrics(&self) -> Vec<String> {
        self.metrics.lock().expect("no panic").clone()
    }
}

impl Collector {
    /// All series that are told of, in Prometheus's text form, under the names that its OTLP receiver gives them.
    ///
    /// # Panics
    /// When a test panicked while it held them.
    #[must_use]
    pub fn exposition(&self) -> String {
        let series = self.series.lock().expect("no panic");
        let fresh = series.iter().filter(|(_, (_, told))| told.elapsed() < STALE);
        fresh.fold(String::new(), |mut text, (series, (value, _))| {
            let _ = writeln!(text, "{series} {value}");
            text
        })
    }

    fn keep(&self, metric: &Metric, resource: &[(String, String)]) {
        let told = Instant::now();
        let mut series = self.series.lock().expect("no panic");
        let mut keep = |name: &str, labels: &[(String, String)], value: String| {
            let labels = resource.iter().chain(labels).map(|(key, value)| format!("{key}={value:?}"));
            let labels = labels.collect::<Vec<_>>().join(",");
            series.insert(format!("{name}{{{labels}}}"), (value, told));
        };
        let name = metric.name.replace(['.', '-'], "_");
        let unit = match metric.unit.as_str() {
            "ms" => "milliseconds",
            "s" => "seconds",
            "d" => "days",
            unit => unit,
        };
        // A unit that the name has already is not said again.
        let said = unit.is_empty() || name.split('_').any(|word| word == unit);
        let name = if said { name } else { format!("{name}_{unit}") };
        match metric.data.as_ref() {
            Some(Data::Gauge(gauge)) => {
                gauge.data_points.iter().for_each(|point| keep(&name, &labels(&point.attributes), number(point)));
            }
            Some(Data::Sum(sum)) => {
                let name = if sum.is_monotonic { name + "_total" } else { name };
                sum.data_points.iter().for_each(|point| keep(&name, &labels(&point.attributes), number(point)));
            }
            Some(Data::Histogram(histogram)) => {
                histogram.data_points.iter().for_each(|point| keep_buckets(&name, point, &mut keep));
            }
            _ => {}
        }
    }
}

fn keep_buckets(name: &str, point: &HistogramDataPoint, keep: &mut impl FnMut(&str, &[(String, String)], String)) {
    let labels = labels(&point.attributes);
    let mut below = 0;
    let bounds = point.explicit_bounds.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
    for (bound, count) in bounds.zip(&point.bucket_counts) {
        below += count;
        let bucket = [labels.clone(), vec![("le".to_owned(), bound)]].concat();
        keep(&format!("{name}_bucket"), &bucket, below.to_string());
    }
    keep(&format!("{name}_count"), &labels, point.count.to_string());
    keep(&format!("{name}_sum"), &labels, point.sum.unwrap_or_default().to_string());
}

fn number(point: &NumberDataPoint) -> String {
    match point.value {
        Some(number_data_point::Value::AsDouble(value)) => value.to_string(),
        Some(number_data_point::Value::AsInt(value)) => value.to_string(),
        None => "NaN".to_owned(),
    }
}

fn labels(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let text = |attribute: &KeyValue| match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    };
    attributes.iter().filter_map(|one| Some((one.key.replace('.', "_"), text(one)?))).collect()
}

/// What Prometheus calls the process that tells.
fn target(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let named = |key: &str, label: &str| {
        let found = labels(attributes).into_iter().find(|(name, _)| name == key)?;
        Some((label.to_owned(), found.1))
    };
    [named("service_name", "job"), named("service_instance_id", "instance")].into_iter().flatten().collect()
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let spans = request.into_inner().resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        self.spans.lock().expect("no panic").extend(spans.flat_map(|scope| scope.spans));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        for told in request.into_inner().resource_metrics {
            let resource = target(&told.resource.map(|resource| resource.attributes).unwrap_or_default());
            for metric in told.scope_metrics.into_iter().flat_map(|scope| scope.metrics) {
                self.keep(&metric, &resource);
                self.metrics.lock().expect("no panic").push(metric.name);
            }
        }
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}
