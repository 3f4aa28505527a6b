//! The import's own caller: signs in, drafts, and says what the server found wrong by the cell where it stands.

use anyhow::{Context as _, anyhow};
use prost::Message as _;
use proto::{
    directory::v1::{SignInRequest, session_service_client::SessionServiceClient},
    intake::v1::{CreateApplicationRequest, application_service_client::ApplicationServiceClient},
};
use secrecy::{ExposeSecret as _, SecretString};
use tonic::{
    Code, Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::{Fault, Outcome, outcome, reading::Row};

/// Names of our rows: any UUID that nobody else uses.
const NAMESPACE: Uuid = Uuid::from_u128(0x5849_414e_4a49_4520_494d_504f_5254_3031);

/// A signed-in caller; signs in again when the token has ended.
pub struct Client {
    channel: Channel,
    account: String,
    password: SecretString,
    token: MetadataValue<Ascii>,
}

impl Client {
    /// Signs in.
    ///
    /// # Errors
    /// When the server can't be reached or does not know account and password.
    pub async fn sign_in(server: &str, account: &str, password: SecretString) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(server.to_owned()).context("setting --server or XIANJIE_SERVER")?;
        let channel = endpoint.connect().await.with_context(|| format!("{server} (setting --server)"))?;
        let token = token(&channel, account, &password).await?;
        Ok(Self { channel, account: account.to_owned(), password, token })
    }

    /// Drafts a row.
    ///
    /// # Errors
    /// When the server does not answer; its refusal is an outcome.
    pub async fn create(&mut self, row: &Row) -> anyhow::Result<Outcome> {
        let content = row.content.as_ref().map_err(|_| anyhow!("a bad row is not sent"))?.clone();
        let name = [self.account.as_bytes(), row.number.as_bytes(), &content.encode_to_vec()].join(&0);
        let request_id = Uuid::new_v5(&NAMESPACE, &name).to_string();
        let asked = CreateApplicationRequest { request_id, content: Some(content) };
        let answer = match self.send(asked.clone()).await {
            Err(status) if status.code() == Code::Unauthenticated => {
                self.token = token(&self.channel, &self.account, &self.password).await?;
                self.send(asked).await
            }
            answer => answer,
        };
        match answer {
            Ok(project_id) => Ok(outcome(row, Some(project_id), Vec::new())),
            Err(status) if refused(&status) => Ok(outcome(row, None, faults(row, &status))),
            Err(status) => Err(anyhow!("{}", status.message()).context(format!("row {}", row.number))),
        }
    }

    async fn send(&self, asked: CreateApplicationRequest) -> Result<String, Status> {
        let mut request = Request::new(asked);
        request.metadata_mut().insert("authorization", self.token.clone());
        let answer = ApplicationServiceClient::new(self.channel.clone()).create_application(request).await?;
        Ok(answer.into_inner().project_id)
    }
}

async fn token(channel: &Channel, account: &str, password: &SecretString) -> anyhow::Result<MetadataValue<Ascii>> {
    let request = SignInRequest {
        account: account.to_owned(),
        password: password.expose_secret().to_owned(),
        ..SignInRequest::default()
    };
    let answer = SessionServiceClient::new(channel.clone()).sign_in(request).await;
    let answer = answer.map_err(|status| anyhow!("{account}: {}", status.message()))?;
    Ok(format!("Bearer {}", answer.into_inner().access_token).parse()?)
}

fn refused(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::InvalidArgument | Code::FailedPrecondition | Code::PermissionDenied | Code::AlreadyExists
    )
}

/// Each field that the server names, by its cell; the whole row where it names none.
fn faults(row: &Row, status: &Status) -> Vec<Fault> {
    let whole = || row.cells.get("content.title").cloned().unwrap_or_default();
    let details = status.get_error_details();
    let named = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    if named.is_empty() {
        return vec![Fault { cell: whole(), reason: status.message().to_owned() }];
    }
    let fault = |field: tonic_types::FieldViolation| Fault {
        cell: row.cells.get(&field.field).cloned().unwrap_or_else(whole),
        reason: field.description,
    };
    named.into_iter().map(fault).collect()
}
