//! Whose turn a step is: the regular holder's, or that of the one person who holds every post of the chain.

use std::fmt::Debug;

use kernel::{Duty, Role};
use proto::{
    common::v1::Decision,
    inbox::v1::{ClaimTaskRequest, CompleteTaskRequest, ReleaseTaskRequest, Task},
};
use tempfile::TempDir;
use tests::{
    desk::{Desk, key, refused},
    money::pack_with,
};
use tonic::Status;
use xianjie::demo::stage::{Player, until};

/// The person with every post.
const ALLROUND: &str = "430921-9999";
/// The last of the county's own before the other townships': nobody's place among the holders of a post changes.
const LAST: &str = r#"posts = ["V-COL@430921201203-COL"] },"#;
const POSTS: &str = r#""T-OPR@430921129000", "T-FIN@430921129000", "V-SEC@430921129201", "V-COL@430921129201-COL",
    "C-RRB@430921000000-RRB", "C-FIN@430921000000-FIN", "C-FIN-REV@430921000000-FIN", "C-FIN-REL@430921000000-FIN",
    "C-LG@430921000000", "C-SEC@430921000000-TRA", "C-EXP@430921000000-EXP", "C-AUD@430921000000-AUD", "C-DISC@430921000000-DISC""#;

/// The last of the register of experts.
const LAST_EXPERT: &str =
    r#"{ id = "430921-0266", name = "曹新桂", account = "expert.9", posts = ["C-EXP@430921000000-EXP"] },"#;
/// With that one out of it, and the person with every post in it, so many experts stand in the register.
pub const REGISTER: u32 = 9;

/// What the person with every post has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing yet.
    Waits,
    /// Acted under the first duty, and tries what that excludes.
    Acted,
    /// Acted under both duties: the play is over.
    Over,
}

/// What the person with every post does in a play.
#[derive(Debug, Clone, Copy)]
pub struct Cast {
    /// Acts under this duty first.
    pub first: Duty,
    /// And under this one later, which goes together with it; tries what the first excludes where there is none.
    pub and: Option<Duty>,
    /// Holds the post of the township's head, too.
    pub head: bool,
    /// So many steps of the first duty are left to others.
    pub lets_pass: usize,
}

/// A chain in which one person tries everything.
pub struct Play {
    pub desk: Desk,
    cast: Cast,
    pub turn: Turn,
    /// The pairs that were tried and refused: what was held, what was tried.
    pub refused: Vec<(Duty, Duty)>,
    _pack: TempDir,
}

/// How a step is taken by somebody.
pub type Taken<T> = Result<T, Status>;

impl Play {
    pub async fn open(cast: Cast) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let head_of = if cast.head { r#", "T-GOV@430921129000""# } else { "" };
        let person = format!(
            "{LAST}\n  {{ id = \"{ALLROUND}\", name = \"全能\", account = \"all.round\", posts = [{POSTS}{head_of}] }},"
        );
        pack_with(folder.path(), "persons.toml", &[(LAST, &person), (LAST_EXPERT, "")]);
        let desk = Desk::open_in(folder.path()).await;
        Self { desk, cast, turn: Turn::Waits, refused: Vec::new(), _pack: folder }
    }

    /// The person with every post, in this one.
    pub async fn allround(&mut self, role: Role, org: &str) -> Option<Player> {
        let post = kernel::Post::new(role, org.parse().expect("an organisation"));
        let pack = self.desk.house.pack.clone();
        let holders = pack.persons.iter().filter(|person| person.posts.contains(&post));
        let nth = holders.into_iter().position(|person| person.id.0 == ALLROUND)?;
        Some(self.desk.stage.nth(role, org, nth).await.expect("signed in"))
    }

    /// Whether that is the person with every post.
    pub fn is_allround(id: &str) -> bool {
        id == ALLROUND
    }

    pub fn is_over(&self) -> bool {
        self.turn == Turn::Over
    }

    /// Whether the person with every post takes this step.
    pub fn takes(&self, duty: Duty) -> bool {
        match self.turn {
            Turn::Waits => duty == self.cast.first,
            Turn::Acted => self.cast.and == Some(duty),
            Turn::Over => false,
        }
    }

    /// Whether the person with every post tries this step, and must hear that a duty forbids it.
    pub fn tries(&self, duty: Duty) -> bool {
        let excluded = self.desk.house.pack.exclusions.excludes(self.cast.first, duty);
        self.turn == Turn::Acted && self.cast.and.is_none() && excluded
    }

    pub fn took(&mut self, duty: Duty) {
        self.turn =
            if self.turn == Turn::Waits && self.cast.and.is_some_and(|and| and != duty) || self.cast.and.is_none() {
                Turn::Acted
            } else {
                Turn::Over
            };
    }

    /// Whether experts are called in: where their duty comes first, or may follow on what came first.
    pub fn calls_experts(&self) -> bool {
        self.takes(Duty::Expert) || self.tries(Duty::Expert)
    }

    /// The draw passed the person by, because of what came first.
    pub fn was_barred(&mut self) {
        self.refused.push((self.cast.first, Duty::Expert));
    }

    pub fn heard<T: Debug>(&mut self, duty: Duty, answer: Taken<T>) {
        let code = refused(answer).code;
        assert_eq!(code, "SOD", "{} first, then {duty}", self.cast.first);
        self.refused.push((self.cast.first, duty));
    }

    /// A step of this duty, taken by whoever's turn it is; the nth regular holder of the post otherwise.
    pub async fn step<T: Debug>(
        &mut self,
        duty: Duty,
        (role, org, nth): (Role, &str, usize),
        act: impl AsyncFn(&mut Desk, &Player) -> Taken<T>,
    ) -> T {
        // The head of a township does not go to its sites, and is refused for that.
        let allround = if duty == Duty::SiteChecker && self.cast.head { None } else { self.allround(role, org).await };
        if let Some(allround) = allround {
            if self.takes(duty) && self.cast.lets_pass > 0 {
                self.cast.lets_pass -= 1;
            } else if self.takes(duty) {
                let taken = act(&mut self.desk, &allround).await;
                let taken = taken.unwrap_or_else(|no| panic!("{duty} first of all: {no}"));
                self.took(duty);
                return taken;
            } else if self.tries(duty) {
                let answer = act(&mut self.desk, &allround).await;
                self.heard(duty, answer);
            }
        }
        let regular = self.desk.stage.nth(role, org, nth).await.expect("signed in");
        act(&mut self.desk, &regular).await.unwrap_or_else(|no| panic!("{duty} by the regular holder: {no}"))
    }

    /// The same for a task of the inbox: it is claimed and decided.
    pub async fn decide(
        &mut self,
        duty: Duty,
        (role, org, nth): (Role, &str, usize),
        project: &str,
        kind: &str,
        decision: impl Fn(&Desk, &Task) -> Decision,
    ) {
        let regular = self.desk.stage.nth(role, org, nth).await.expect("signed in");
        let task = open_task(&self.desk, &regular, project, kind).await;
        self.step(duty, (role, org, nth), async |desk, player| {
            let task_id = task.task_id.clone();
            let claim = ClaimTaskRequest { request_id: key(), task_id: task_id.clone() };
            let claimed = player.inbox.clone().claim_task(claim).await?.into_inner();
            let fencing_token = claimed.fencing_token;
            let decision = Some(decision(desk, &claimed));
            let complete = CompleteTaskRequest {
                request_id: key(),
                task_id: task_id.clone(),
                fencing_token,
                decision,
                validate_only: false,
            };
            let answer = player.inbox.clone().complete_task(complete).await;
            if answer.is_err() {
                let release = ReleaseTaskRequest { request_id: key(), task_id, fencing_token };
                player.inbox.clone().release_task(release).await.expect("given back");
            }
            answer.map(drop)
        })
        .await;
        self.desk.house.settle().await;
    }
}

/// The open task of this kind, once the inbox knows of it.
async fn open_task(desk: &Desk, who: &Player, project: &str, kind: &str) -> Task {
    let candidate = who.post.to_string();
    let theirs = |task: &Task| task.kind == kind && task.candidate == candidate;
    let tasks = || async { Ok(desk.tasks(who, project, &[]).await) };
    let found = until(kind, tasks, |tasks: &Vec<Task>| tasks.iter().any(theirs)).await.expect("it is asked");
    found.into_iter().find(theirs).expect("it was just there")
}
