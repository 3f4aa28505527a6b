//! The township's decisions, brought by the inbox with the person's own token.

use proto::inbox::v1::{CompleteRequest, CompleteResponse, task_source_server::TaskSource};
use runtime::{Call, Context};
use tonic::{Request, Response, Status};

use super::{occasion, on_project, read};
use crate::domain::{Application, Command};

/// The township's decisions that the inbox brings.
pub struct Tasks {
    context: Context,
}

impl Tasks {
    /// Decisions for this room's tasks.
    #[must_use]
    pub fn new(context: Context) -> Self {
        Self { context }
    }
}

#[tonic::async_trait]
impl TaskSource for Tasks {
    async fn complete(&self, request: Request<CompleteRequest>) -> Result<Response<CompleteResponse>, Status> {
        let (call, request) = Call::open(request, |r: &CompleteRequest| (&r.request_id, ""))?;
        let project_id = request.project_id.clone();
        let converted = on_project(&project_id, |wrong| read::completion(request, wrong));
        let (project, (task, decision)) = self.context.journal.accept(&call, None, converted).await?;
        let command = Command::CompleteTask { task, decision, by: occasion(&self.context, &call) };
        let answer = self.context.journal.answer::<Application, _>(&call, project.0, command, |_| CompleteResponse {});
        Ok(Response::new(answer.await?))
    }
}
