//! The rpcs of the room: sign-in, keys, who there is.

use proto::directory::v1::{
    GetCallerRequest, GetJwksRequest, GetJwksResponse, ListOrganisationsRequest, ListOrganisationsResponse,
    ListPersonsRequest, ListPersonsResponse, Person, SignInRequest, SignInResponse,
    directory_service_server::DirectoryService, session_service_server::SessionService,
};
use runtime::{Call, Context, call, paging, status};
use secrecy::SecretString;
use tonic::{Code, Request, Response, Status};

use crate::{convert, domain::lockout, password, store, token::Keys};

/// Sign-in.
pub struct Session {
    context: Context,
    keys: Keys,
}

impl Session {
    pub fn new(context: Context, keys: Keys) -> Self {
        Self { context, keys }
    }
}

#[tonic::async_trait]
impl SessionService for Session {
    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        let SignInRequest { account, password } = call::readable(request.into_inner())?;
        let now = self.context.clock.now();
        let credential = store::credential(&self.context.pool, &account).await.map_err(status::store)?;
        if credential.as_ref().is_some_and(|found| lockout::locked_out(found.failures, found.failed_at, now)) {
            return Err(locked_out());
        }
        let phc = credential.as_ref().map(|found| found.password_phc.clone());
        let good = password::matches(SecretString::from(password), phc).await.map_err(status::internal)?;
        let Some(person) = credential.map(|found| found.person) else { return Err(bad_credentials()) };
        store::signed_in(&self.context.pool, &person.person_id, good, now).await.map_err(status::store)?;
        if !good {
            tracing::info!(person.id = person.person_id, "sign-in failed");
            return Err(bad_credentials());
        }
        let county = self.context.pack.county.division;
        let (access_token, expires) = self.keys.issue(county, &person, now).map_err(status::internal)?;
        let expire_time = prost_types::Timestamp { seconds: expires.unix_timestamp(), nanos: 0 };
        Ok(Response::new(SignInResponse {
            access_token,
            expire_time: Some(expire_time),
            person: Some(convert::person(person)),
        }))
    }

    async fn get_jwks(&self, _: Request<GetJwksRequest>) -> Result<Response<GetJwksResponse>, Status> {
        Ok(Response::new(GetJwksResponse { jwks_json: self.keys.jwks().to_owned() }))
    }
}

fn bad_credentials() -> Status {
    status::plain(Code::Unauthenticated, "BAD_CREDENTIALS", "账号或密码不正确", "account and password do not match")
}

fn locked_out() -> Status {
    status::plain(
        Code::ResourceExhausted,
        "LOCKED_OUT",
        "登录失败次数过多,请十五分钟后再试",
        "too many failures: try again in fifteen minutes",
    )
}

/// Who there is.
pub struct Directory {
    context: Context,
}

impl Directory {
    pub fn new(context: Context) -> Self {
        Self { context }
    }
}

#[tonic::async_trait]
impl DirectoryService for Directory {
    async fn get_caller(&self, request: Request<GetCallerRequest>) -> Result<Response<Person>, Status> {
        let (call, _) = Call::read(request)?;
        Ok(Response::new(convert::caller(call.actor)))
    }

    async fn list_organisations(
        &self,
        request: Request<ListOrganisationsRequest>,
    ) -> Result<Response<ListOrganisationsResponse>, Status> {
        let (_, asked) = Call::read(request)?;
        let size = paging::size(asked.page_size)?;
        let after = paging::last_key(&asked.page_token, "")?.unwrap_or_default();
        let rows = store::organisations(&self.context.pool, &after, size).await.map_err(status::store)?;
        let next_page_token = paging::next(&rows, size, "", |row| row.0.clone());
        let organisations = rows.into_iter().map(convert::organisation).collect();
        Ok(Response::new(ListOrganisationsResponse { organisations, next_page_token }))
    }

    async fn list_persons(
        &self,
        request: Request<ListPersonsRequest>,
    ) -> Result<Response<ListPersonsResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let size = paging::size(asked.page_size)?;
        let after = paging::last_key(&asked.page_token, "")?.unwrap_or_default();
        let prefixes = call.actor.division_prefixes();
        let rows = store::persons(&self.context.pool, &prefixes, &after, size).await.map_err(status::store)?;
        let next_page_token = paging::next(&rows, size, "", |row| row.person_id.clone());
        let persons = rows.into_iter().map(convert::person).collect();
        Ok(Response::new(ListPersonsResponse { persons, next_page_token }))
    }
}
