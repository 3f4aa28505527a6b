//! Decisions of reviewers and releasers, brought by the inbox with the person's own token.

use proto::inbox::v1::{CompleteRequest, CompleteResponse, task_source_server::TaskSource};
use runtime::{Call, Snapshot};
use tonic::{Request, Response, Status};

use super::Disbursement;
use crate::{
    convert::request,
    domain::{
        Project, TaskKind,
        project::{Command, command::CompleteTask},
    },
};

#[tonic::async_trait]
impl TaskSource for Disbursement {
    async fn complete(&self, request: Request<CompleteRequest>) -> Result<Response<CompleteResponse>, Status> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, ""))?;
        let asked = self.context.journal.accept(&call, None, request::completion(asked)).await?;
        let project = asked.project;
        let command = Command::CompleteTask(self.complete_with_facts(&call, asked).await?);
        let reply = |_: &Snapshot<Project>| CompleteResponse {};
        let done = self.context.journal.answer::<Project, _>(&call, project, command, reply).await?;
        // If it was a release, an order waits; if not, the cashier finds nothing.
        self.instructed.notify_one();
        Ok(Response::new(done))
    }
}

impl Disbursement {
    async fn complete_with_facts(&self, call: &Call, asked: request::Completion) -> Result<CompleteTask, Status> {
        let request::Completion { project, task, task_kind, decision, subject_revision } = asked;
        let (rules, notice_closed) = self.payment_facts(call, project).await?;
        let at = self.context.clock.now();
        let release = self.assignment(call, TaskKind::PaymentRelease, &rules, at).await?;
        let (actor, exclusions) = (call.actor.clone(), self.exclusions());
        Ok(CompleteTask {
            task,
            task_kind,
            decision,
            subject_revision,
            notice_closed,
            release,
            actor,
            exclusions,
            rules,
            at,
        })
    }
}
