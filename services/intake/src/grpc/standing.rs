//! How a project stands, for workers of other rooms.

use proto::intake::v1::{GetStandingRequest, Standing, standing_service_server::StandingService};
use runtime::{Context, call::readable, status};
use tonic::{Request, Response, Status};

use crate::{
    convert::on_project,
    domain::{Application, Stage},
};

/// Answers what stands.
pub struct Standings {
    context: Context,
}

impl Standings {
    /// Answers from this room's journal.
    #[must_use]
    pub fn new(context: Context) -> Self {
        Self { context }
    }
}

#[tonic::async_trait]
impl StandingService for Standings {
    async fn get_standing(&self, request: Request<GetStandingRequest>) -> Result<Response<Standing>, Status> {
        let asked = readable(request.into_inner())?;
        let refused = |refusal: &kernel::refusal::Common| status::refused(refusal);
        let (project, ()) = on_project(&asked.project_id, |_| Some(())).map_err(|refusal| refused(&refusal))?;
        let found = self.context.journal.load::<Application>(project.0).await.map_err(status::store)?;
        let Some(Application::Opened(state)) = found.map(|found| found.state) else {
            return Err(refused(&kernel::refusal::Common::NotFound { what: "项目申报 application" }));
        };
        Ok(Response::new(Standing {
            in_pool: matches!(state.stage, Stage::InPool { .. }),
            suspended: state.suspension.is_some(),
            plan_year: state.year(),
        }))
    }
}
