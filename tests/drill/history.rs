//! What every driver did and was told: one line of JSON before an operation is sent, one for each unknown fate, one for
//! its answer. The checkers compare it with what stands in the tables.
//!
//! An operation is a call that changes something and so has a `request_id`; reads are counted, not kept.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::Write as _,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, header::AUTHORIZATION, request::Parts};
use prost::Message as _;
use proto::directory::v1::SignInResponse;
use serde_json::{Value, json};
use tonic::Code;
use uuid::Uuid;

use crate::wire::SigningIn;

/// How an operation ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Not yet.
    Pending,
    /// Done, with this answer (as gRPC frames it).
    Ok(Bytes),
    /// Refused.
    Refused {
        /// Why, for programs.
        code: Code,
        /// Why, for people.
        message: String,
    },
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// gRPC path.
    pub path: String,
    /// Its key.
    pub request_id: Uuid,
    /// Who.
    pub person: String,
    /// The request, as gRPC frames it.
    pub body: Bytes,
    /// Attempts that ended without an answer.
    pub unknown: u32,
    /// How it ended.
    pub outcome: Outcome,
}

/// An answer of a room, for the time to recovery.
struct Heard {
    room: String,
    sent: Instant,
    at: Instant,
}

#[derive(Default)]
struct Book {
    operations: Vec<Operation>,
    heard: Vec<Heard>,
    reads: u64,
    unknown_reads: u64,
    violations: Vec<String>,
    /// Person by token, and the newest token and sign-in of each person.
    persons: HashMap<String, String>,
    sessions: HashMap<String, (HeaderValue, SigningIn)>,
}

/// The history of this run.
pub struct History {
    began: Instant,
    file: Mutex<File>,
    book: Mutex<Book>,
}

static THIS_RUN: OnceLock<Arc<History>> = OnceLock::new();

/// The one history of this process; [`begin`] comes first.
///
/// # Panics
/// Before [`begin`].
pub fn of_this_run() -> Arc<History> {
    THIS_RUN.get().expect("the history has begun").clone()
}

/// Begins the history, in this file.
///
/// # Errors
/// When the file can't be written.
pub fn begin(file: &std::path::Path) -> anyhow::Result<Arc<History>> {
    let file = Mutex::new(File::create(file)?);
    let history = Arc::new(History { began: Instant::now(), file, book: Mutex::default() });
    anyhow::ensure!(THIS_RUN.set(history.clone()).is_ok(), "a process has one history");
    Ok(history)
}

impl History {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, line: Value) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(file, "{line}").expect("the history can be written");
    }

    fn ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes an operation before it is sent; none for a read.
    pub fn begin(&self, parts: &Parts, body: &Bytes) -> Option<usize> {
        let path = parts.uri.path();
        let mut book = self.book();
        let Some(request_id) = request_id(path, body) else {
            book.reads += 1;
            return None;
        };
        let person = person(&book, parts).unwrap_or_default();
        let number = book.operations.len();
        self.note(json!({"ms": self.ms(), "n": number, "call": path, "request_id": request_id, "person": person}));
        let (path, body) = (path.to_owned(), body.clone());
        book.operations.push(Operation { path, request_id, person, body, unknown: 0, outcome: Outcome::Pending });
        Some(number)
    }

    /// Notes that an attempt ended without an answer.
    pub fn unknown(&self, operation: Option<usize>, why: &str) {
        let mut book = self.book();
        match operation {
            Some(number) => {
                book.operations[number].unknown += 1;
                self.note(json!({"ms": self.ms(), "n": number, "unknown": why}));
            }
            None => book.unknown_reads += 1,
        }
    }

    /// Notes an answer to an attempt that was sent then.
    pub fn answered(&self, operation: Option<usize>, parts: &Parts, outcome: Outcome, sent: Instant) {
        let mut book = self.book();
        if let Outcome::Ok(_) = outcome {
            book.heard.push(Heard { room: room(parts.uri.path()).to_owned(), sent, at: Instant::now() });
        }
        if let Some(number) = operation {
            self.note(match &outcome {
                Outcome::Pending => json!({"ms": self.ms(), "n": number, "pending": true}),
                Outcome::Ok(_) => json!({"ms": self.ms(), "n": number, "ok": true}),
                Outcome::Refused { code, message } => {
                    json!({"ms": self.ms(), "n": number, "refused": format!("{code:?}"), "why": message})
                }
            });
            book.operations[number].outcome = outcome;
        }
    }

    /// An answer that no caller may ever get.
    pub fn internal(&self, path: &str, message: &str) {
        self.violation(format!("C0 {path} answered INTERNAL: {message}"));
    }

    /// A call that never got an answer.
    pub fn stuck(&self, path: &str, why: &str) {
        self.violation(format!("C0 {path} got no answer for minutes: {why}"));
    }

    /// Notes what was broken and is healed.
    pub fn fault(&self, what: &str) {
        self.note(json!({"ms": self.ms(), "fault": what}));
    }

    /// Notes something that must not be.
    pub fn violation(&self, what: String) {
        play::say(format_args!("VIOLATION {what}"));
        self.note(json!({"ms": self.ms(), "violation": what}));
        self.book().violations.push(what);
    }

    /// What must not be, so far.
    pub fn violations(&self) -> Vec<String> {
        self.book().violations.clone()
    }

    /// All operations so far.
    pub fn operations(&self) -> Vec<Operation> {
        self.book().operations.clone()
    }

    /// Reads, and attempts at them that ended without an answer.
    pub fn reads(&self) -> (u64, u64) {
        let book = self.book();
        (book.reads, book.unknown_reads)
    }

    /// How long it took from `since` until one of these rooms answered something that was asked after it.
    pub fn recovery(&self, rooms: &[&str], since: Instant) -> Option<Duration> {
        let book = self.book();
        let of_rooms = book.heard.iter().filter(|heard| rooms.contains(&heard.room.as_str()) && heard.sent >= since);
        of_rooms.map(|heard| heard.at - since).min()
    }

    /// A sign-in succeeded: its token is the person's newest.
    pub fn signed_in(&self, reply: &Bytes, signing_in: SigningIn) {
        let Ok(answer) = SignInResponse::decode(reply.slice(5.min(reply.len())..)) else { return };
        let Ok(header) = HeaderValue::from_str(&format!("Bearer {}", answer.access_token)) else { return };
        let person = answer.person.unwrap_or_default().person_id;
        let mut book = self.book();
        book.persons.insert(answer.access_token, person.clone());
        book.sessions.insert(person, (header, signing_in));
    }

    /// Puts the newest token of the request's person into the request.
    pub fn freshen(&self, parts: &mut Parts) {
        let book = self.book();
        if let Some((token, _)) = person(&book, parts).and_then(|person| book.sessions.get(&person)) {
            parts.headers.insert(AUTHORIZATION, token.clone());
        }
    }

    /// The newest token of a person.
    pub fn token_of(&self, person: &str) -> Option<HeaderValue> {
        self.book().sessions.get(person).map(|(token, _)| token.clone())
    }

    /// How the person of this request signed in.
    pub fn sign_in_of(&self, parts: &Parts) -> Option<SigningIn> {
        let book = self.book();
        let person = person(&book, parts)?;
        book.sessions.get(&person).map(|(_, signing_in)| signing_in.clone())
    }

    /// Refusals by their stable code.
    pub fn refusals(&self) -> BTreeMap<String, u64> {
        let mut refusals = BTreeMap::new();
        for operation in &self.book().operations {
            if let Outcome::Refused { message, .. } = &operation.outcome {
                let code = message.split(':').next().unwrap_or_default().to_owned();
                *refusals.entry(code).or_default() += 1;
            }
        }
        refusals
    }
}

/// The room of a path such as `/xianjie.intake.v1.ApplicationService/SubmitApplication`.
pub fn room(path: &str) -> &str {
    path.split('.').nth(1).unwrap_or_default()
}

fn person(book: &Book, parts: &Parts) -> Option<String> {
    let token = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    book.persons.get(token).cloned()
}

/// The `request_id`, which is field 1 of every request that changes something: tag, length 36, text.
fn request_id(path: &str, body: &Bytes) -> Option<Uuid> {
    let method = path.rsplit('/').next().unwrap_or_default();
    if ["Get", "List", "Watch", "SignIn"].iter().any(|read| method.starts_with(read)) {
        return None;
    }
    match body.get(5..43)? {
        [0x0a, 36, text @ ..] => Uuid::try_parse_ascii(text).ok(),
        _ => None,
    }
}
