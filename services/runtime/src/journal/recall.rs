//! Streams as this process last left or saw them, so that the next step need not read and fold them again.
//!
//! Invariant: another process may have written since. So what stands here is believed only for a step that writes, for the
//! write is guarded by the version, and for a list whose row names the version. A refusal, or that there is nothing to do,
//! is never said from memory.

use std::{
    any::{Any, TypeId},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hashlink::LruCache;
use uuid::Uuid;

use super::{Machine, Snapshot};

/// So many streams a room: those that are being worked on, not those that exist.
pub(super) const STREAMS: usize = 512;

/// A stream, and where it stood.
pub(super) struct Known<M> {
    pub snapshot: Snapshot<M>,
    /// Trace context of its last step: the next one links to it, so that one trace follows the stream.
    pub traceparent: Option<String>,
}

/// The memory of one room in one process.
pub(super) struct Recall {
    streams: Mutex<LruCache<(TypeId, Uuid), Arc<dyn Any + Send + Sync>>>,
}

impl Recall {
    pub(super) fn new() -> Self {
        Self { streams: Mutex::new(LruCache::new(STREAMS)) }
    }

    pub(super) fn get<M: Machine>(&self, stream: Uuid) -> Option<Arc<Known<M>>> {
        let known = self.lock().get(&key::<M>(stream))?.clone();
        known.downcast().ok()
    }

    /// Keeps where a stream stands, unless a later version is known already.
    pub(super) fn keep<M: Machine>(&self, known: Arc<Known<M>>) {
        let key = key::<M>(known.snapshot.stream);
        let mut streams = self.lock();
        let held = streams.peek(&key).and_then(|held| held.downcast_ref::<Known<M>>());
        if held.is_none_or(|held| held.snapshot.version < known.snapshot.version) {
            streams.insert(key, known);
        }
    }

    pub(super) fn forget<M: Machine>(&self, stream: Uuid) {
        self.lock().remove(&key::<M>(stream));
    }

    // Nothing panics while it is held.
    fn lock(&self) -> MutexGuard<'_, LruCache<(TypeId, Uuid), Arc<dyn Any + Send + Sync>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key<M: Machine>(stream: Uuid) -> (TypeId, Uuid) {
    (TypeId::of::<M>(), stream)
}
