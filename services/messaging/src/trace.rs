//! The trace context that travels with a message, as a W3C `traceparent`.
//!
//! Invariant: a missing or broken context never stops a message; it only starts a new trace.
//! The sender calls [`current_traceparent`]; the consumer hangs its span under what arrived.

use std::collections::HashMap;

use opentelemetry::{Context, global, trace::TraceContextExt as _};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";

/// The current span's W3C trace context; `None` when nothing is traced.
pub fn current_traceparent() -> Option<String> {
    let context = Span::current().context();
    let mut carrier = HashMap::new();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut carrier));
    carrier.remove(TRACEPARENT)
}

/// Links the current span to an earlier step of the same thing, so that one trace follows it through many requests.
pub fn link_to(traceparent: &str) {
    let earlier = extract(traceparent).span().span_context().clone();
    if earlier.is_valid() {
        Span::current().add_link(earlier);
    }
}

fn extract(traceparent: &str) -> Context {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    global::get_text_map_propagator(|propagator| propagator.extract(&carrier))
}

/// Hangs `span` under the remote work that sent the message. The span must not have been entered yet.
pub(crate) fn adopt(span: &Span, traceparent: Option<&str>) {
    let Some(traceparent) = traceparent else { return };
    let parent = extract(traceparent);
    if let Err(reason) = span.set_parent(parent) {
        // This is the normal case where no trace is exported; a missing parent harms nobody else.
        tracing::trace!(%reason, "the trace goes on without its parent");
    }
}
