//! Figures of several runs, put together: the median of each number, under its name.

use serde_json::{Map, Value, json};

/// A result: figures by name.
pub type Figures = Map<String, Value>;

/// The medians of several runs; what is no number comes from the first run that has it.
pub fn medians(runs: &[Figures]) -> Figures {
    let mut names: Vec<&String> = Vec::new();
    for name in runs.iter().flat_map(Map::keys) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
        .into_iter()
        .map(|name| (name.clone(), median(runs.iter().filter_map(|run| run.get(name)).collect())))
        .collect()
}

fn median(values: Vec<&Value>) -> Value {
    if values.iter().all(|value| value.is_object()) {
        let objects: Vec<Figures> = values.iter().filter_map(|value| value.as_object().cloned()).collect();
        return medians(&objects).into();
    }
    let mut numbers: Vec<f64> = values.iter().filter_map(|value| value.as_f64()).collect();
    if numbers.len() < values.len() || numbers.is_empty() {
        return values.into_iter().find(|value| !value.is_null()).cloned().unwrap_or(Value::Null);
    }
    numbers.sort_by(f64::total_cmp);
    let (low, high) = (numbers[(numbers.len() - 1) / 2], numbers[numbers.len() / 2]);
    json!(play::timings::round((low + high) / 2.0))
}

/// One result on standard output.
pub fn print(figures: Figures) {
    xianjie::output::line(Value::Object(figures));
}
