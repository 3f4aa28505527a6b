//! The rpcs that read out the county pack, a page at a time.
//!
//! All is in memory: a page is cut out of the whole list, whose order the pack gives.

use kernel::refusal::Common;
use proto::directory::v1::{
    County, GetCountyRequest, ListCategoriesRequest, ListCategoriesResponse, ListDivisionsRequest,
    ListDivisionsResponse, ListDutiesRequest, ListDutiesResponse, ListPostsRequest, ListPostsResponse,
    ListQuestionsRequest, ListQuestionsResponse, ListRolesRequest, ListRolesResponse, ListRulesRequest,
    ListRulesResponse, ListSourcesRequest, ListSourcesResponse, reference_service_server::ReferenceService,
};
use runtime::{Call, Context, paging};
use tonic::{Request, Response, Status};

use crate::convert::reference::{self, Listing};

/// The county pack.
pub struct Reference {
    context: Context,
}

/// A page, the token of the next, and the pack's version.
type Page<T> = (Vec<T>, String, String);

impl Reference {
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    /// The page of a list that `size` and `token` ask for.
    async fn page<T>(
        &self,
        call: &Call,
        size: i32,
        token: &str,
        found: Result<Listing<T>, Common>,
    ) -> Result<Page<T>, Status> {
        let found = self.context.journal.accept(call, None, found).await?;
        let version = &self.context.pack.version;
        let filter = format!("{};{version};{}", call.method, found.filter);
        let size = usize::try_from(paging::size(size)?).unwrap_or(usize::MAX);
        let place = reference::place(paging::last_key(token, &filter)?.as_deref());
        let (page, next) = found.page(self.context.journal.accept(call, None, place).await?, size);
        let next = next.map_or_else(String::new, |next| paging::token(&next.to_string(), &filter));
        Ok((page, next, version.clone()))
    }
}

#[tonic::async_trait]
impl ReferenceService for Reference {
    async fn get_county(&self, request: Request<GetCountyRequest>) -> Result<Response<County>, Status> {
        let _ = Call::read(request)?;
        Ok(Response::new(reference::county(&self.context.pack)))
    }

    async fn list_rules(&self, request: Request<ListRulesRequest>) -> Result<Response<ListRulesResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let found = reference::rules(&self.context.pack, &asked);
        let (rules, next_page_token, etag) = self.page(&call, asked.page_size, &asked.page_token, found).await?;
        Ok(Response::new(ListRulesResponse { rules, next_page_token, etag }))
    }

    async fn list_categories(
        &self,
        request: Request<ListCategoriesRequest>,
    ) -> Result<Response<ListCategoriesResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let found = Ok(reference::categories(&self.context.pack));
        let (categories, next_page_token, etag) = self.page(&call, asked.page_size, &asked.page_token, found).await?;
        Ok(Response::new(ListCategoriesResponse { categories, next_page_token, etag }))
    }

    async fn list_sources(
        &self,
        request: Request<ListSourcesRequest>,
    ) -> Result<Response<ListSourcesResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let found = Ok(reference::sources(&self.context.pack));
        let (sources, next_page_token, etag) = self.page(&call, asked.page_size, &asked.page_token, found).await?;
        Ok(Response::new(ListSourcesResponse { sources, next_page_token, etag }))
    }

    async fn list_questions(
        &self,
        request: Request<ListQuestionsRequest>,
    ) -> Result<Response<ListQuestionsResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let found = reference::questions(&self.context.pack, &asked);
        let (questions, next_page_token, etag) = self.page(&call, asked.page_size, &asked.page_token, found).await?;
        Ok(Response::new(ListQuestionsResponse { questions, next_page_token, etag }))
    }

    async fn list_roles(&self, request: Request<ListRolesRequest>) -> Result<Response<ListRolesResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let found = Ok(reference::roles(&self.context.pack));
        let (roles, next_page_token, etag) = self.page(&call, asked.page_size, &asked.page_token, found).await?;
        Ok(Response::new(ListRolesResponse { roles, next_page_token, etag }))
    }

    async fn list_posts(&self, request: Request<ListPostsRequest>) -> Result<Response<ListPostsResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let found = reference::posts(&self.context.pack, &call.actor, &asked);
        let (posts, next_page_token, etag) = self.page(&call, asked.page_size, &asked.page_token, found).await?;
        Ok(Response::new(ListPostsResponse { posts, next_page_token, etag }))
    }

    async fn list_duties(&self, request: Request<ListDutiesRequest>) -> Result<Response<ListDutiesResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let found = Ok(reference::duties(&self.context.pack));
        let (duties, next_page_token, etag) = self.page(&call, asked.page_size, &asked.page_token, found).await?;
        Ok(Response::new(ListDutiesResponse { duties, next_page_token, etag }))
    }

    async fn list_divisions(
        &self,
        request: Request<ListDivisionsRequest>,
    ) -> Result<Response<ListDivisionsResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let found = reference::divisions(&self.context.pack, &asked);
        let (divisions, next_page_token, etag) = self.page(&call, asked.page_size, &asked.page_token, found).await?;
        Ok(Response::new(ListDivisionsResponse { divisions, next_page_token, etag }))
    }
}
