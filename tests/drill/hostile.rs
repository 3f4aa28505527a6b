//! Somebody tries what is not allowed: with no token, a forged or an expired one, on another village's project, out of
//! turn, with a message of 64 MB. Each attempt is refused with the right code, and changes nothing.
//!
//! These calls stand in no history: should one have an effect, the checkers find a key that nobody sent.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use play::{cast::Player, papers::key, story::Chain};
use proto::{
    inbox::v1::ListTasksRequest,
    intake::v1::{
        Application, Content, CreateApplicationRequest, EnterPoolRequest, GetApplicationRequest,
        ProposeApplicationRequest, SubmitApplicationRequest, application_service_client::ApplicationServiceClient,
    },
};
use tonic::{
    Code, Request, Status,
    metadata::MetadataValue,
    transport::{Channel, Endpoint},
};

use crate::{load::Path, nemesis::Ground};

/// How long an answer is waited for while another fault stands in the way.
const PATIENCE: Duration = Duration::from_secs(120);

/// No token lives as long.
const TOKEN_LIFE: time::Duration = time::Duration::minutes(31);

const HUGE: usize = 64 << 20;

type Intake = ApplicationServiceClient<Channel>;

/// Tries all of it; what is not refused as it must be is a violation.
///
/// # Errors
/// When the victim can't even be set up.
pub async fn run(ground: &Ground) -> anyhow::Result<String> {
    let Ground { cast, load, history, house, .. } = ground;
    let mut chain = Chain::new(cast, load.next(), load.indicators())?;
    load.step(&mut chain, "create").await?;
    let victim = chain.application.clone();
    let (owner, stranger) = (&chain.village.secretary, stranger(&chain)?);
    let attacks = Attacks { ground, intake: intake(ground)?, victim: victim.clone() };
    let owners = fresh_token(ground, owner).await?;
    attacks.submit("no token", None, &[Code::Unauthenticated]).await;
    attacks.submit("no token at all", Some("Bearer nonsense"), &[Code::Unauthenticated]).await;
    attacks.submit("another's signature", Some(&forged(&owners, None)?), &[Code::Unauthenticated]).await;
    attacks.submit("no signature", Some(&forged(&owners, Some("none"))?), &[Code::Unauthenticated]).await;
    let strangers = fresh_token(ground, stranger).await?;
    attacks.read("another village's project", &strangers, &[Code::PermissionDenied, Code::NotFound]).await;
    attacks.propose("another village's project", &strangers, &[Code::PermissionDenied, Code::NotFound]).await;
    attacks.submit("a step is skipped", Some(&owners), &[Code::FailedPrecondition]).await;
    attacks.pool("all steps are skipped", &fresh_token(ground, &cast.bureau).await?, &[Code::FailedPrecondition]).await;
    let too_much = [Code::OutOfRange, Code::ResourceExhausted, Code::InvalidArgument];
    attacks.create_huge("a message of 64 MB", &owners, &too_much).await;
    house.clock.advance(TOKEN_LIFE)?;
    attacks.submit("an expired token", Some(&owners), &[Code::Unauthenticated]).await;
    let mut reader = owner.intake.clone();
    let after = reader.get_application(GetApplicationRequest { project_id: victim.project_id.clone() }).await?;
    if after.into_inner().etag != victim.etag {
        history.violation(format!("F16 {} was changed by somebody who may not", victim.project_id));
    }
    load.end(victim.project_id, Path::Forgotten);
    Ok("ten hostile calls".into())
}

/// The secretary of another village.
fn stranger<'a>(chain: &Chain<'a>) -> anyhow::Result<&'a Player> {
    let others = chain.cast.villages.iter().find(|village| village.code != chain.village.code);
    Ok(&others.context("the county has two villages")?.secretary)
}

/// The token of a person, who has just used it.
async fn fresh_token(ground: &Ground, player: &Player) -> anyhow::Result<String> {
    player.inbox.clone().list_tasks(ListTasksRequest::default()).await?;
    let header = ground.history.token_of(&player.id).context("everyone is signed in")?;
    Ok(header.to_str()?.to_owned())
}

fn intake(ground: &Ground) -> anyhow::Result<Intake> {
    let addresses = ground.house.addresses();
    let address = addresses.get("intake").and_then(|found| found.first()).context("an address")?;
    let endpoint = Endpoint::from_shared(address.clone())?.timeout(Duration::from_secs(30));
    Ok(ApplicationServiceClient::new(endpoint.connect_lazy()))
}

/// The token with another name in it, under the old signature; or with another algorithm and no signature.
fn forged(bearer: &str, algorithm: Option<&str>) -> anyhow::Result<String> {
    let base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let parts: Vec<&str> = bearer.trim_start_matches("Bearer ").split('.').collect();
    let [header, claims, signature] = parts[..] else { anyhow::bail!("a token has three parts") };
    let changed = |part: &str, name: &str, value: &str| -> anyhow::Result<String> {
        let mut object: serde_json::Value = serde_json::from_slice(&base64.decode(part)?)?;
        ensure!(object[name].is_string(), "a token has {name}");
        object[name] = value.into();
        Ok(base64.encode(object.to_string()))
    };
    Ok(match algorithm {
        None => format!("Bearer {header}.{}.{signature}", changed(claims, "sub", "430921-0010")?),
        Some(algorithm) => format!("Bearer {}.{claims}.", changed(header, "alg", algorithm)?),
    })
}

struct Attacks<'a> {
    ground: &'a Ground,
    intake: Intake,
    victim: Application,
}

impl Attacks<'_> {
    async fn submit(&self, what: &str, token: Option<&str>, right: &[Code]) {
        let Application { project_id, etag, .. } = self.victim.clone();
        let request = SubmitApplicationRequest { request_id: key(), project_id, etag };
        let call = |request| {
            let mut intake = self.intake.clone();
            async move { intake.submit_application(request).await.map(drop) }
        };
        self.expect(what, token, request, right, call).await;
    }

    async fn propose(&self, what: &str, token: &str, right: &[Code]) {
        let Application { project_id, etag, .. } = self.victim.clone();
        let request = ProposeApplicationRequest { request_id: key(), project_id, etag, validate_only: false };
        let call = |request| {
            let mut intake = self.intake.clone();
            async move { intake.propose_application(request).await.map(drop) }
        };
        self.expect(what, Some(token), request, right, call).await;
    }

    async fn pool(&self, what: &str, token: &str, right: &[Code]) {
        let Application { project_id, etag, .. } = self.victim.clone();
        let request = EnterPoolRequest { request_id: key(), project_id, etag, ..EnterPoolRequest::default() };
        let call = |request| {
            let mut intake = self.intake.clone();
            async move { intake.enter_pool(request).await.map(drop) }
        };
        self.expect(what, Some(token), request, right, call).await;
    }

    async fn read(&self, what: &str, token: &str, right: &[Code]) {
        let request = GetApplicationRequest { project_id: self.victim.project_id.clone() };
        let call = |request| {
            let mut intake = self.intake.clone();
            async move { intake.get_application(request).await.map(drop) }
        };
        self.expect(what, Some(token), request, right, call).await;
    }

    async fn create_huge(&self, what: &str, token: &str, right: &[Code]) {
        let content = Content { title: "衔".repeat(HUGE / 3), ..Content::default() };
        let request = CreateApplicationRequest { request_id: key(), content: Some(content) };
        let call = |request| {
            let mut intake = self.intake.clone();
            async move { intake.create_application(request).await.map(drop) }
        };
        self.expect(what, Some(token), request, right, call).await;
    }

    /// Calls until there is an answer, which must be one of these.
    async fn expect<T: Clone, F>(
        &self,
        what: &str,
        token: Option<&str>,
        request: T,
        right: &[Code],
        call: impl Fn(Request<T>) -> F,
    ) where
        F: Future<Output = Result<(), Status>>,
    {
        let began = Instant::now();
        loop {
            let mut asked = Request::new(request.clone());
            if let Some(token) = token.and_then(|token| MetadataValue::try_from(token).ok()) {
                asked.metadata_mut().insert("authorization", token);
            }
            match call(asked).await {
                Err(status) if right.contains(&status.code()) => return,
                // Nobody's word: the way there is broken just now.
                Err(status) if status.details().is_empty() && began.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Err(status) if status.code() == Code::Unavailable && began.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                answer => {
                    self.ground.history.violation(format!("F16 {what} got {answer:?}, not one of {right:?}"));
                    return;
                }
            }
        }
    }
}
