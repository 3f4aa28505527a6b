//! The rpcs of the room: sign-in, keys, who there is, who acts for whom.

mod calendar;
mod reference;

pub use calendar::Calendars;
use kernel::{Post, refusal::Common};
use proto::directory::v1::{
    Delegation, EndDelegationRequest, GetCallerRequest, GetJwksRequest, GetJwksResponse, ListDelegationsRequest,
    ListDelegationsResponse, ListOrganisationsRequest, ListOrganisationsResponse, ListPersonsRequest,
    ListPersonsResponse, Person, SignInRequest, SignInResponse, StartDelegationRequest,
    directory_service_server::DirectoryService, session_service_server::SessionService,
};
pub use reference::Reference;
use runtime::{Call, Context, call, paging, status};
use secrecy::SecretString;
use tonic::{Code, Request, Response, Status};

use uuid::Uuid;

use crate::{
    convert,
    domain::{
        delegation,
        listing::{StoredDelegation, StoredPerson},
        lockout,
    },
    password,
    store::{self, delegations},
    token::Keys,
};

/// Sign-in.
pub struct Session {
    context: Context,
    keys: Keys,
}

impl Session {
    pub fn new(context: Context, keys: Keys) -> Self {
        Self { context, keys }
    }

    /// Whom the token stands for: the person, or the person in the posts of the one acted for.
    async fn bearer(&self, person: StoredPerson, on_behalf_of: &str) -> Result<Person, Status> {
        if on_behalf_of.is_empty() {
            return Ok(convert::person(person));
        }
        let Context { pool, clock, .. } = &self.context;
        let found = delegations::delegator(pool, &person.person_id, on_behalf_of, clock.now()).await;
        let Some(delegator) = found.map_err(status::store)? else {
            tracing::info!(person.id = person.person_id, on_behalf_of, "no delegation stands");
            return Err(not_delegated());
        };
        let own = convert::person(person);
        Ok(Person { posts: delegator.posts, on_behalf_of: delegator.person_id, ..own })
    }
}

#[tonic::async_trait]
impl SessionService for Session {
    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        let SignInRequest { account, password, on_behalf_of } = call::readable(request.into_inner())?;
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
        let bearer = self.bearer(person, &on_behalf_of).await?;
        let county = self.context.pack.county.division;
        let (access_token, expires) = self.keys.issue(county, &bearer, now).map_err(status::internal)?;
        let expire_time = prost_types::Timestamp { seconds: expires.unix_timestamp(), nanos: 0 };
        Ok(Response::new(SignInResponse { access_token, expire_time: Some(expire_time), person: Some(bearer) }))
    }

    async fn get_jwks(&self, _: Request<GetJwksRequest>) -> Result<Response<GetJwksResponse>, Status> {
        Ok(Response::new(GetJwksResponse { jwks_json: self.keys.jwks().to_owned() }))
    }
}

fn bad_credentials() -> Status {
    status::plain(Code::Unauthenticated, "BAD_CREDENTIALS", "账号或密码不正确", "account and password do not match")
}

fn not_delegated() -> Status {
    status::plain(
        Code::PermissionDenied,
        "NOT_DELEGATED",
        "没有生效的委托,不能代为办理",
        "no delegation stands that lets you act for this person",
    )
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

fn reused() -> Status {
    status::plain(
        Code::AlreadyExists,
        "REQUEST_ID_REUSED",
        "该请求编号已用于内容不同的请求",
        "this request_id was used before with another request",
    )
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

    async fn start_delegation(&self, request: Request<StartDelegationRequest>) -> Result<Response<Delegation>, Status> {
        let (call, asked) = Call::open(request, |asked: &StartDelegationRequest| (&asked.request_id, ""))?;
        let Context { pool, clock, .. } = &self.context;
        let now = clock.now();
        let wish = self.context.journal.accept(&call, None, convert::wish(asked, now)).await?;
        let posts = delegations::posts_of(pool, &wish.delegate.0).await.map_err(status::store)?;
        let posts: Vec<Post> = posts.iter().filter_map(|post| post.parse().ok()).collect();
        self.context.journal.accept(&call, None, delegation::check(&wish, &call.actor, &posts, now)).await?;
        let new = StoredDelegation {
            delegation_id: Uuid::now_v7(),
            delegator_id: call.actor.person.0.clone(),
            delegate_id: wish.delegate.0,
            start_at: wish.start,
            end_at: wish.end,
            reason: wish.reason,
            ended_at: None,
        };
        let request_id = call.request_id.unwrap_or_default();
        let stored = delegations::start(pool, request_id, &new).await.map_err(status::store)?;
        let same = (&stored.delegate_id, &stored.reason) == (&new.delegate_id, &new.reason);
        if !same {
            return Err(reused());
        }
        Ok(Response::new(convert::delegation(stored)))
    }

    async fn end_delegation(&self, request: Request<EndDelegationRequest>) -> Result<Response<Delegation>, Status> {
        let (call, asked) = Call::open(request, |asked: &EndDelegationRequest| (&asked.request_id, ""))?;
        let id = self
            .context
            .journal
            .accept(&call, None, translation::field::only_uuid(&asked.delegation_id, "delegation_id"))
            .await?;
        let Context { pool, clock, .. } = &self.context;
        // Who acts for another ends nothing in that person's name.
        let ended = delegations::end(pool, &call.actor.person.0, id, clock.now()).await.map_err(status::store)?;
        let ended =
            self.context.journal.accept(&call, None, ended.ok_or(Common::NotFound { what: "委托 delegation" })).await?;
        Ok(Response::new(convert::delegation(ended)))
    }

    async fn list_delegations(
        &self,
        request: Request<ListDelegationsRequest>,
    ) -> Result<Response<ListDelegationsResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let size = paging::size(asked.page_size)?;
        let before = paging::last_key(&asked.page_token, "")?;
        let before = before.map(|key| translation::field::only_uuid(&key, "page_token")).transpose();
        let before = self.context.journal.accept(&call, None, before).await?;
        let rows = delegations::list(&self.context.pool, &call.actor.person.0, before, size).await;
        let rows = rows.map_err(status::store)?;
        let next_page_token = paging::next(&rows, size, "", |row| row.delegation_id.to_string());
        let delegations = rows.into_iter().map(convert::delegation).collect();
        Ok(Response::new(ListDelegationsResponse { delegations, next_page_token }))
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
