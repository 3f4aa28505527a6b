//! One stored JSON of each fact: what was written once is read for ever.

use kernel::{Due, Duties, Duty, Fen, PersonId, decision::Outcome};
use time::macros::datetime;

use super::{Event, story::*};
use crate::domain::{
    PaymentType, Signature, TaskKind,
    fixtures::{self, golden, reviewer},
};

const AT_JSON: &str = r#""2022-04-01T09:00:00+08:00""#;
const FIRST_JSON: &str = r#""00000000-0000-0000-0000-000000000031""#;

fn by(person: &str) -> String {
    format!(r#"{{"person":"{person}","name":"{person}"}}"#)
}

fn decision_json(outcome: &str) -> String {
    format!(r#"{{"outcome":"{outcome}","opinion":"凭证齐全、金额与合同相符,意见如上"}}"#)
}

#[test]
fn the_pooling() {
    let mut acts = Duties::default();
    acts.record_person(&PersonId("sec".to_owned()), Duty::Applicant);
    let event = Event::ProjectPooled { pooled: fixtures::pooled(100, 20), acts };
    golden(
        &event,
        r#"{"kind":"ProjectPooled","pooled":{"project":"00000000-0000-0000-0000-000000000001","pool_no":"2022-001",
            "title":"稻虾加工厂","village":"430921105201","category":"INDUSTRY","fiscal_year":2022,
            "budget":[{"source":"LINK","public":true,"amount":100},{"source":"VILLAGE","public":false,"amount":20}],
            "total":120},"acts":[{"person":"sec","duty":"APPLICANT"}]}"#,
    );
}

#[test]
fn funding_and_contract() {
    let facts = contracted();
    golden(
        &facts[1],
        &format!(
            r#"{{"kind":"FundingApproved","funding":{{"plan":"00000000-0000-0000-0000-000000000022",
                "document_no":"南财农〔2022〕30号","charges":[{{"indicator":"00000000-0000-0000-0000-000000000011",
                "source":"LINK","document_no":"南财农指〔2022〕18号","amount":120000000}}]}},"by":{},"at":{AT_JSON}}}"#,
            by("fin")
        ),
    );
    golden(
        &facts[2],
        &format!(
            r#"{{"kind":"ContractSigned","contract":{{"contract_no":"HT-1","contractor":"南县建设公司",
                "payee":{{"holder":"南县建设公司","bank":"南县农商行","number":"6222000000001234"}},"price":120000000,
                "retention_basis_points":300,"signed_on":"2022-04-01"}},"by":{},"duty":"APPLICANT","at":{AT_JSON}}}"#,
            by("col")
        ),
    );
}

#[test]
fn a_payments_way() {
    let facts = paid(FIRST, request(PaymentType::Advance, 100, "F1"));
    golden(
        &facts[0],
        &format!(
            r#"{{"kind":"PaymentRequested","payment":{FIRST_JSON},"request":{{"type":"ADVANCE","amount":100,
                "indicator":"00000000-0000-0000-0000-000000000011","payee":{{"holder":"南县建设公司","bank":"南县农商行",
                "number":"6222000000001234"}},"invoices":["F1"]}},"desk":{{"post":{{"role":"C-FIN-REV",
                "org":"430921000000-FIN"}},"due":"2022-04-07T00:00:00+08:00"}},"by":{},"at":{AT_JSON}}}"#,
            by("col")
        ),
    );
    golden(
        &facts[1],
        &format!(
            r#"{{"kind":"PaymentReviewed","payment":{FIRST_JSON},"decision":{},"desk":{{"post":{{"role":"C-FIN-REL",
                "org":"430921000000-FIN"}},"due":"2022-04-07T00:00:00+08:00"}},"by":{},"at":{AT_JSON}}}"#,
            decision_json("APPROVE"),
            by("rev")
        ),
    );
    let instructed = format!(
        r#"{{"kind":"PaymentInstructed","payment":{FIRST_JSON},"decision":{},"by":{},"at":{AT_JSON}}}"#,
        decision_json("APPROVE"),
        by("rel")
    );
    golden(&facts[2], &instructed);
    let settled = format!(r#"{{"kind":"PaymentSettled","payment":{FIRST_JSON},"treasury_ref":"ZF-1","at":{AT_JSON}}}"#);
    golden(&facts[3], &settled);
}

#[test]
fn a_payments_other_ends() {
    let (decision, by_reviewer) = (decision(Outcome::Return), Signature::of(&reviewer()));
    let task_kind = TaskKind::PaymentReview;
    let refused = Event::PaymentRefused { payment: FIRST, task_kind, decision, by: by_reviewer, at: AT };
    golden(
        &refused,
        &format!(
            r#"{{"kind":"PaymentRefused","payment":{FIRST_JSON},"task_kind":"PAYMENT_REVIEW","decision":{},"by":{},
                "at":{AT_JSON}}}"#,
            decision_json("RETURN"),
            by("rev")
        ),
    );
    let failed = Event::PaymentFailed { payment: FIRST, reason: "账户已销户".to_owned(), at: AT };
    golden(
        &failed,
        &format!(r#"{{"kind":"PaymentFailed","payment":{FIRST_JSON},"reason":"账户已销户","at":{AT_JSON}}}"#),
    );
    let uncertain = Event::PaymentUnknown { payment: FIRST, reason: "超时".to_owned(), at: AT };
    golden(
        &uncertain,
        &format!(r#"{{"kind":"PaymentUncertain","payment":{FIRST_JSON},"reason":"超时","at":{AT_JSON}}}"#),
    );
}

#[test]
fn what_intake_decides_about_a_pooled_project() {
    let suspended = Event::ProjectSuspended { reason: "立案核查".to_owned() };
    golden(&suspended, r#"{"kind":"ProjectSuspended","reason":"立案核查"}"#);
    golden(&Event::ProjectResumed { days: 7 }, r#"{"kind":"ProjectResumed","days":7}"#);
    let due = Due::certain(datetime!(2027-01-05 00:00 +8));
    golden(
        &Event::DueRecounted { payment: FIRST, due },
        &format!(r#"{{"kind":"DueRecounted","payment":{FIRST_JSON},"due":"2027-01-05T00:00:00+08:00"}}"#),
    );
    let unpooled = Event::ProjectUnpooled { reason: "POLICY".to_owned(), acts: Duties::default() };
    golden(&unpooled, r#"{"kind":"ProjectUnpooled","reason":"POLICY","acts":[]}"#);
}

#[test]
fn acceptance_audit_and_register() {
    let acceptance = Event::AcceptanceRecorded { accepted: Fen::new(100), acts: Duties::default() };
    golden(&acceptance, r#"{"kind":"AcceptanceRecorded","accepted":100,"acts":[]}"#);
    let facts = audited(118_000_000);
    let fixed = facts.last().expect("the last fact is the audit's");
    golden(
        fixed,
        &format!(
            r#"{{"kind":"FinalAccountFixed","account":{{"audited":118000000,"report_no":"审1号"}},"by":{},"at":{AT_JSON}}}"#,
            by("aud")
        ),
    );
    golden(
        &registered(),
        r#"{"kind":"AssetRegistrationRecorded","registration":{"value":120000000,"owner":"430921105201-COL"},"acts":[]}"#,
    );
}

#[test]
fn leaving_waiting_and_completion() {
    let (by_json, post) = (by("rrb"), fixtures::bureau().posts[0].clone());
    let signed = Signature::of(&fixtures::bureau());
    golden(
        &Event::ProjectReleased {
            reason: "POLICY".to_owned(),
            text: "政策调整".to_owned(),
            post: post.clone(),
            by: signed.clone(),
            at: AT,
        },
        &format!(
            r#"{{"kind":"ProjectReleased","reason":"POLICY","text":"政策调整","post":{{"role":"C-RRB","org":"430921000000-RRB"}},"by":{by_json},
                "at":{AT_JSON}}}"#
        ),
    );
    golden(
        &Event::ProjectPostponed { year: 2023, post, by: signed, at: AT },
        &format!(
            r#"{{"kind":"ProjectPostponed","year":2023,"post":{{"role":"C-RRB","org":"430921000000-RRB"}},"by":{by_json},"at":{AT_JSON}}}"#
        ),
    );
    let mut acts = Duties::default();
    acts.record_person(&PersonId("sec".to_owned()), Duty::Applicant);
    let acts_json = r#"[{"person":"sec","duty":"APPLICANT"}]"#;
    golden(
        &Event::ProjectRolled { year: 2023, acts: acts.clone() },
        &format!(r#"{{"kind":"ProjectRolled","year":2023,"acts":{acts_json}}}"#),
    );
    let heard = Event::ActsHeard { acts: acts.clone() };
    golden(&heard, &format!(r#"{{"kind":"ActsHeard","acts":{acts_json}}}"#));
    golden(&Event::CompletionReported { acts }, &format!(r#"{{"kind":"CompletionReported","acts":{acts_json}}}"#));
}
