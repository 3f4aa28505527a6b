//! What holds at every gate: the audited amount, a frozen project, photographs that show one thing.

use super::*;

/// Scenario 19, first half.
#[test]
fn c25_asset_values_a_fen_short_of_the_audited_amount_are_refused() {
    let refusal = after(5).when(registration(head(), vec![draft(Fen::new(112_999_999))])).then_refused("ASSET_SUM");
    let explanation = refusal.explain();
    assert_eq!(explanation.actual.as_deref(), Some("1129999.99"));
    assert_eq!(explanation.limit.as_deref(), Some("1130000.00"));
    assert!(explanation.zh.contains("尚差 0.01 元"), "{}", explanation.zh);
    assert_eq!(explanation.fields[0].field, "assets");
    after(5).when(registration(head(), vec![draft(AUDITED)])).then_accepted();
    let over = after(5).when(registration(head(), vec![draft(AUDITED), draft(Fen::new(1))])).then_refused("ASSET_SUM");
    assert!(over.explain().zh.contains("超出 0.01 元"));
    after(5).when(registration(head(), vec![draft(ACCEPTED)])).then_refused("ASSET_SUM");
}

#[test]
fn c25_what_became_no_asset_is_declared_and_counts() {
    let spent = |fen| Some(NonCapital { amount: Fen::new(fen), note: "勘察设计费".into() });
    let declared = |fen| {
        let Command::RegisterAssets(made) = registration(head(), vec![draft(Fen::new(110_000_000))]) else {
            unreachable!("a registration")
        };
        Command::RegisterAssets(RegisterAssets { non_capital: spent(fen), ..made })
    };
    after(5).when(declared(2_999_999)).then_refused("ASSET_SUM");
    let (facts, project) = after(5).when(declared(3_000_000)).then_accepted();
    let [Event::AssetsRegistered(made)] = facts.as_slice() else { panic!("one registration") };
    assert_eq!(
        (made.value(), made.non_capital(), made.audited),
        (Fen::new(110_000_000), Fen::new(3_000_000), Some(AUDITED))
    );
    assert_eq!(project.decide(declared(3_000_000)), Ok(Vec::new()), "the same again");
    assert_eq!(project.decide(registration(head(), vec![draft(Fen::new(110_000_000))])), Err(Common::AlreadyDecided));
}

#[test]
fn c25_before_the_audit_a_registration_is_provisional_and_the_audit_asks_for_another() {
    let early = after(4).when(registration(head(), vec![draft(ACCEPTED)])).then_refused("NOT_AUDITED").explain();
    assert_eq!(early.fields[0].field, "provisional");
    after(4).when(provisional(head(), vec![draft(AUDITED)])).then_refused("ASSET_SUM");
    let (facts, project) = after(4).when(provisional(head(), vec![draft(ACCEPTED)])).then_accepted();
    assert!(matches!(facts.as_slice(), [Event::AssetsProvisionallyRegistered(made)] if made.audited.is_none()));
    let Project::Known(works) = &project else { panic!("it is known") };
    assert_eq!(
        (works.code(), works.registration().map(Registration::value)),
        ("PROVISIONALLY_REGISTERED", Some(ACCEPTED))
    );
    assert_eq!(project.decide(provisional(head(), vec![draft(ACCEPTED)])), Ok(Vec::new()), "the same again");
    let facts: Vec<Event> =
        story().into_iter().take(4).chain(facts).chain(story().into_iter().skip(4).take(1)).collect();
    given::<Project>(facts.clone()).when(registration(head(), vec![draft(ACCEPTED)])).then_refused("ASSET_SUM");
    let (_, project) = given::<Project>(facts).when(registration(head(), vec![draft(AUDITED)])).then_accepted();
    let Project::Known(works) = project else { panic!("it is known") };
    assert_eq!((works.code(), works.registration().map(Registration::value)), ("ASSET_REGISTERED", Some(AUDITED)));
    after(5).when(provisional(head(), vec![draft(ACCEPTED)])).then_refused("AUDITED");
}

#[test]
fn c25_the_audit_is_heard_after_the_acceptance_and_once() {
    for steps in 0..4 {
        after(steps).when(audit(AUDITED)).then_refused("TOO_EARLY");
    }
    after(5).when(audit(AUDITED)).then([]);
    after(5).when(audit(ACCEPTED)).then_refused("ALREADY_DECIDED");
    // What was registered before audits were asked for stands.
    let mut stood = story();
    let registered = stood.pop().expect("the registration");
    stood[4] = registered;
    let (facts, _) = given::<Project>(stood).when(audit(AUDITED)).then_accepted();
    assert!(matches!(facts.as_slice(), [Event::FinalAccountHeard { audited: AUDITED, .. }]));
}

#[test]
fn c25_who_acted_up_to_the_audit_has_that_duty_here_too() {
    let mut acts = Duties::default();
    acts.record_person(&head().person, Duty::Auditor);
    let heard = Event::FinalAccountHeard { audited: AUDITED, acts };
    let facts = story().into_iter().take(4).chain([heard]);
    given::<Project>(facts).when(sound_registration()).then_refused("SOD");
}

#[test]
fn c26_nothing_is_checked_accepted_or_registered_while_the_project_is_suspended() {
    for (done, command) in [
        (2, check(head(), "初验合格")),
        (3, sound_acceptance()),
        (4, provisional(head(), vec![draft(ACCEPTED)])),
        (5, sound_registration()),
    ] {
        let frozen: Vec<Command> = steps().into_iter().take(done).chain([suspend(1)]).collect();
        let going: Vec<Command> = frozen.iter().cloned().chain([resume(1)]).collect();
        given::<Project>(facts(frozen)).when(command.clone()).then_refused("SUSPENDED");
        given::<Project>(facts(going)).when(command).then_accepted();
    }
    let frozen = facts([expect(), suspend(1)]);
    given::<Project>(frozen.clone()).when(report(secretary(), 1, 1)).then_accepted();
    // The audit is another room's fact, and scope comes before the reason.
    given::<Project>(facts(steps().into_iter().take(4).chain([suspend(1)]))).when(audit(AUDITED)).then_accepted();
    let frozen = facts(steps().into_iter().take(2).chain([suspend(1)]));
    given::<Project>(frozen).when(check(clerk("stranger"), "初验合格")).then_refused("SCOPE");
}

#[test]
fn c26_suspensions_are_heard_in_order_also_before_the_contract() {
    given::<Project>([]).when(suspend(2)).then_refused("TOO_EARLY");
    given::<Project>([]).when(resume(1)).then_refused("TOO_EARLY");
    given::<Project>(facts([suspend(1)])).when(suspend(1)).then([]);
    given::<Project>(facts([suspend(1)])).when(suspend(2)).then_refused("TOO_EARLY");
    given::<Project>(facts([suspend(1), resume(1)])).when(resume(1)).then([]);
    given::<Project>(facts([suspend(1)])).when(report(secretary(), 1, 1)).then_refused("NOT_FOUND");
    // The contract was signed before, and is heard after.
    let late = facts([suspend(1), expect(), report(secretary(), 1, 1)]);
    given::<Project>(late.clone()).when(check(head(), "初验合格")).then_refused("SUSPENDED");
    let (resumed, _) = given::<Project>(late.clone()).when(resume(1)).then_accepted();
    given::<Project>([late, resumed].concat()).when(check(head(), "初验合格")).then_accepted();
}

#[test]
fn c33_a_photograph_shows_one_thing_of_one_project() {
    let (one, two, three) = (document("一"), document("二"), document("三"));
    let field = |command| {
        let fields = after(1).when(command).then_refused("PHOTO_REUSED").explain().fields;
        fields.into_iter().map(|field| field.field).collect::<Vec<_>>()
    };
    let told = |before: &[&Attachment], after: &[&Attachment], elsewhere: &[&Attachment]| {
        let list = |photographs: &[&Attachment]| photographs.iter().copied().cloned().collect();
        reported(secretary(), list(before), list(after), elsewhere)
    };
    assert_eq!(field(told(&[&one], &[&one], &[])), ["photos_after[0].sha256"]);
    assert_eq!(field(told(&[&one, &one], &[&two, &three], &[])), ["photos_before[1].sha256"]);
    assert_eq!(field(told(&[&one, &two], &[&three, &two], &[])), ["photos_after[1].sha256"]);
    assert_eq!(field(told(&[&one], &[&two], &[&two])), ["photos_after[0].sha256"]);
    after(1).when(told(&[&one], &[&two], &[&three])).then_accepted();
}
