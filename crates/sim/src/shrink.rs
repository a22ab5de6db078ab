//! Makes a failing case small: cut the tail, remove runs of steps (delta debugging), then pull numbers towards zero. A smaller case
//! counts if it fails in the same way. Every action is possible in every state, so removing steps is always legal.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{action::Step, case::Finding};

/// Most time that one failure may take to shrink.
const BUDGET: Duration = Duration::from_secs(20);

/// Shrinks `steps`, which fail with `finding`. `run` says how given steps fail.
///
/// # Errors
/// What `run` could not run.
pub fn shrink<E>(
    steps: Vec<Step>,
    finding: Finding,
    run: impl FnMut(&[Step]) -> Result<Option<Finding>, E>,
) -> Result<(Vec<Step>, Finding), E> {
    let mut shrinker = Shrinker { best: steps, finding, run, until: Instant::now() + BUDGET };
    shrinker.cut_tail()?;
    shrinker.remove_chunks()?;
    shrinker.shrink_values()?;
    shrinker.remove_chunks()?;
    Ok((shrinker.best, shrinker.finding))
}

struct Shrinker<F> {
    best: Vec<Step>,
    finding: Finding,
    run: F,
    until: Instant,
}

impl<E, F: FnMut(&[Step]) -> Result<Option<Finding>, E>> Shrinker<F> {
    /// Takes `candidate` if it fails in the same way.
    fn accept(&mut self, candidate: Vec<Step>) -> Result<bool, E> {
        if Instant::now() >= self.until {
            return Ok(false);
        }
        match (self.run)(&candidate)? {
            Some(finding) if finding.key == self.finding.key => {
                self.best = candidate;
                self.finding = finding;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn cut_tail(&mut self) -> Result<(), E> {
        let end = (self.finding.step + 1).min(self.best.len());
        let candidate = self.best[..end].to_vec();
        self.accept(candidate).map(|_| ())
    }

    fn remove_chunks(&mut self) -> Result<(), E> {
        let mut size = self.best.len().div_ceil(2);
        while size > 0 {
            let mut start = 0;
            while start < self.best.len() {
                let end = (start + size).min(self.best.len());
                let candidate = [&self.best[..start], &self.best[end..]].concat();
                if !self.accept(candidate)? {
                    start += size;
                }
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
        Ok(())
    }

    /// Numbers anywhere in the actions, by bisection; and steps that need no block of their own.
    fn shrink_values(&mut self) -> Result<(), E> {
        for position in 0..self.best.len() {
            if self.best[position].warp.is_some() {
                let mut candidate = self.best.clone();
                candidate[position].warp = None;
                self.accept(candidate)?;
            }
            let Ok(step) = serde_json::to_value(&self.best[position]) else { continue };
            for path in numbers(&step) {
                self.shrink_number(position, &path)?;
            }
        }
        Ok(())
    }

    fn shrink_number(&mut self, position: usize, path: &str) -> Result<(), E> {
        let read = |step: &Step| serde_json::to_value(step).ok()?.pointer(path)?.as_i64();
        let Some(mut high) = read(&self.best[position]) else { return Ok(()) };
        let mut low = 0;
        while high != low {
            let middle = low + (high - low) / 2;
            let mut candidate = self.best.clone();
            let Some(step) = with_number(&candidate[position], path, middle) else { return Ok(()) };
            candidate[position] = step;
            if self.accept(candidate)? {
                high = middle;
            } else if low == middle {
                break;
            } else {
                low = middle;
            }
        }
        Ok(())
    }
}

/// JSON pointers of all numbers.
fn numbers(value: &Value) -> Vec<String> {
    let below = |key: String, value: &Value| numbers(value).into_iter().map(move |path| format!("/{key}{path}"));
    match value {
        Value::Number(_) => vec![String::new()],
        Value::Array(items) => items.iter().enumerate().flat_map(|(i, item)| below(i.to_string(), item)).collect(),
        Value::Object(fields) => fields.iter().flat_map(|(key, field)| below(key.clone(), field)).collect(),
        _ => Vec::new(),
    }
}

fn with_number(step: &Step, path: &str, number: i64) -> Option<Step> {
    let mut value = serde_json::to_value(step).ok()?;
    *value.pointer_mut(path)? = number.into();
    serde_json::from_value(value).ok()
}
