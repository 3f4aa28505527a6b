//! A well-formed request for any rpc, made from its descriptor: each field is filled by its name and kind with something that
//! is known, so that what is refused is refused for who asks.

use bytes::Bytes;
use kernel::id::sha256_hex;
use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MethodDescriptor, Value};
use sqlx::{Connection as _, PgConnection};
use tests::{
    house::TestHouse,
    pack_folder,
    wire::{call, open_stream},
};
use time::Duration;
use tonic::{Status, transport::Channel};
use uuid::Uuid;
use xianjie::demo::application_file;

/// Whether something was shown, or why it was refused.
pub type Answer = Result<bool, Status>;

/// Fields that stay empty: what they narrow or say is not asked about here. A suspension without a reason is refused behind the
/// post; with one it would stand in everybody's way.
const LEFT_OUT: [&str; 10] = [
    "etag",
    "cursor",
    "validate_only",
    "page_token",
    "page_size",
    "update_mask",
    "step",
    "on_behalf_of",
    "SuspendApplicationRequest.reason",
    "ConveneMeetingRequest.project_ids",
];

/// Lists are asked for whole, but for these: a project's duplicates, a room's refusals, and the tasks that are done.
const NARROWED: [&str; 3] = ["ListDuplicatesRequest.project_id", "ListRefusalsRequest.room", "ListTasksRequest.states"];

/// What stands in the house.
pub struct Known {
    ids: Vec<(&'static str, String)>,
    today: String,
    now: i64,
    content: Bytes,
}

impl Known {
    /// What the story of this project has left, as it is now.
    pub async fn of(house: &TestHouse, project: &str) -> Self {
        let mut database = PgConnection::connect(&house.database.url).await.expect("the database answers");
        let mut ids = vec![("project_id", project.to_owned())];
        for (field, sql) in [
            ("plan_id", "select stream_id::text from disbursement.events where machine = 'plan' order by 1 limit 1"),
            ("indicator_id", "select indicator_id::text from disbursement.indicators order by 1 limit 1"),
            (
                "task_id",
                "select task_id::text from inbox.tasks where kind = 'TOWNSHIP_REVIEW' and project_id::text = $1",
            ),
            ("meeting_id", "select stream_id::text from review.events where machine = 'meeting' order by 1 limit 1"),
            ("delegation_id", "select delegation_id::text from directory.delegations order by 1 limit 1"),
        ] {
            let query = sqlx::query_scalar(sql);
            let query = if sql.contains("$1") { query.bind(project) } else { query };
            let found: Option<String> = query.fetch_optional(&mut database).await.expect("the tables are read");
            // What there is none of is asked for by an id that nothing has.
            ids.push((field, found.unwrap_or_else(|| Uuid::from_u128(1).to_string())));
        }
        ids.push(("delegate_id", house.pack.persons[1].id.to_string()));
        let now = house.clock.now();
        let content = application_file::read(&pack_folder().join("applications/a-collective-new-industry.toml"));
        let content = content.expect("the pack's example is sound").encode_to_vec().into();
        Self { ids, today: kernel::calendar::civil_date(now).to_string(), now: now.unix_timestamp(), content }
    }

    fn id(&self, field: &str) -> Option<String> {
        let known = |name: &str| field == name || field.strip_suffix('s') == Some(name);
        self.ids.iter().find(|(name, _)| known(name)).map(|(_, id)| id.clone())
    }
}

/// Calls the method with a request made for it.
pub async fn ask(channel: &Channel, method: &MethodDescriptor, authorization: &str, known: &Known) -> Answer {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let request = message(&method.input(), known);
    let body = request.encode_to_vec().into();
    if method.is_server_streaming() {
        return open_stream(channel, &path, authorization, body).await.map(|()| true);
    }
    let answer = call(channel, &path, authorization, body).await?;
    let answer = DynamicMessage::decode(method.output(), answer).expect("the house answers in its own words");
    let reads = !request.has_field_by_name("request_id");
    // The version of a list is no entry of it.
    Ok(!reads || answer.fields().any(|(field, _)| field.name() != "etag"))
}

fn message(descriptor: &prost_reflect::MessageDescriptor, known: &Known) -> DynamicMessage {
    if descriptor.full_name() == "xianjie.intake.v1.Content" {
        return DynamicMessage::decode(descriptor.clone(), known.content.clone()).expect("it was encoded here");
    }
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields() {
        let owned = format!("{}.{}", descriptor.name(), field.name());
        // What narrows a list is left out, too, but whose it is.
        let narrows = descriptor.name().starts_with("List") && !NARROWED.contains(&owned.as_str());
        if narrows || LEFT_OUT.iter().any(|name| *name == field.name() || *name == owned) {
            continue;
        }
        if let Some(value) = value(&field, known) {
            let value = if field.is_list() { Value::List(vec![value]) } else { value };
            message.set_field(&field, value);
        }
    }
    message
}

fn value(field: &FieldDescriptor, known: &Known) -> Option<Value> {
    let name = field.name();
    Some(match field.kind() {
        Kind::String => Value::String(text(name, known)),
        Kind::Bool => Value::Bool(true),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 if name.ends_with("year") => Value::I32(2022),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(1),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(100),
        Kind::Enum(states) if name == "states" => {
            let done = states.values().find(|state| state.name().ends_with("_COMPLETED"));
            Value::EnumNumber(done.map_or(1, |state| state.number()))
        }
        Kind::Enum(_) => Value::EnumNumber(1),
        Kind::Message(inner) if inner.full_name() == "google.protobuf.Timestamp" => {
            let days = if name.starts_with("end") { 2 } else { 1 };
            let mut moment = DynamicMessage::new(inner);
            moment.set_field_by_name("seconds", Value::I64(known.now + Duration::days(days).whole_seconds()));
            Value::Message(moment)
        }
        Kind::Message(inner) if inner.full_name().starts_with("xianjie.") => Value::Message(message(&inner, known)),
        Kind::Message(_)
        | Kind::Bytes
        | Kind::Double
        | Kind::Float
        | Kind::Uint32
        | Kind::Uint64
        | Kind::Fixed32
        | Kind::Fixed64 => return None,
    })
}

fn text(name: &str, known: &Known) -> String {
    if let Some(id) = known.id(name) {
        return id;
    }
    match name {
        "request_id" => Uuid::now_v7().to_string(),
        "sha256" => sha256_hex(b"a file"),
        "division" | "village" => "430921129201".into(),
        "room" => "intake".into(),
        "category" => "INDUSTRY".into(),
        "sub_type" => "COLLECTIVE_NEW".into(),
        "source" => "LINK".into(),
        "field" => "title".into(),
        _ if name == "date" || name.ends_with("_date") || name.ends_with("_on") => known.today.clone(),
        _ => "某".into(),
    }
}
