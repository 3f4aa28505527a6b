//! The county's reference data through the API, read whole by a township's clerk and held against the pack: everything is
//! there, nothing twice, pages cover all, and a bad filter is refused by field.

use std::{collections::BTreeSet, fmt::Debug};

use kernel::{Duty, Role, RuleCode, calendar::CHINA, division::Level, pack::DepartmentReview};
use proto::common::v1::NoMeans;
use proto::directory::v1::{
    ComputeDueDateRequest, DivisionLevel, GetCountyRequest, GetYearCalendarRequest, Judge, ListCategoriesRequest,
    ListDivisionsRequest, ListDutiesRequest, ListPersonsRequest, ListPostsRequest, ListQuestionsRequest,
    ListRolesRequest, ListRulesRequest, ListSourcesRequest, LoadYearRequest, ReviewStep, Standing, SubType,
    calendar_service_client::CalendarServiceClient, directory_service_client::DirectoryServiceClient,
    reference_service_client::ReferenceServiceClient, rule::Value,
};
use tests::{
    calendar::Calendar,
    desk::{Desk, TOWNSHIP, document, key, refused},
};
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};
use tonic::Code;
use xianjie::demo::stage::{Bearer, Signed};

type Reference = ReferenceServiceClient<Signed>;

/// A clerk's token, in a house.
async fn clerk(desk: &mut Desk) -> Bearer {
    let clerk = desk.player(Role::TownshipClerk, TOWNSHIP).await;
    desk.sign_in(&clerk, "").await.expect("signed in")
}

async fn open() -> (Desk, Reference) {
    let mut desk = Desk::open().await;
    let bearer = clerk(&mut desk).await;
    let reference = ReferenceServiceClient::with_interceptor(desk.channel(), bearer);
    (desk, reference)
}

/// Every entry of a list, read in pages of the size that is asked for: none is larger, and each says the pack's etag.
macro_rules! all {
    ($reference:expr, $list:ident, $request:expr, $entries:ident) => {{
        let etag = $reference.get_county(GetCountyRequest {}).await.expect("the county").into_inner().etag;
        let (mut asked, mut all) = ($request, Vec::new());
        let size = usize::try_from(asked.page_size).expect("a size");
        loop {
            let page = $reference.$list(asked.clone()).await.expect("a page").into_inner();
            assert!((1..=size).contains(&page.$entries.len()), "a page is neither empty nor too large");
            assert_eq!(page.etag, etag, "the same pack, the same etag");
            all.extend(page.$entries);
            if page.next_page_token.is_empty() {
                break;
            }
            asked.page_token = page.next_page_token;
        }
        all
    }};
}

fn none_twice<T: Ord + Debug>(keys: impl IntoIterator<Item = T>) {
    let mut seen = BTreeSet::new();
    for key in keys {
        assert!(!seen.contains(&key), "twice: {key:?}");
        seen.insert(key);
    }
}

fn standing(of: kernel::rules::Standing) -> Standing {
    let name = format!("STANDING_{}", of.tag().trim_matches(['[', ']']).to_uppercase());
    Standing::from_str_name(&name).expect("every standing has a name in the contract")
}

fn judges(found: &[Judge]) -> Vec<(String, Vec<String>)> {
    found.iter().map(|judge| (judge.post.clone(), judge.sections.clone())).collect()
}

fn expected<'a>(reviews: impl IntoIterator<Item = &'a DepartmentReview>) -> Vec<(String, Vec<String>)> {
    reviews.into_iter().map(|review| (review.post.to_string(), review.sections.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_is_read_with_its_value_basis_and_years() {
    let (desk, mut reference) = open().await;
    let pack = &desk.house.pack;
    let county = reference.get_county(GetCountyRequest {}).await.expect("the county").into_inner();
    assert_eq!((county.division, county.display_name_en), (pack.county.division.to_string(), "Nan County".to_owned()));
    let rules = all!(reference, list_rules, ListRulesRequest { page_size: 7, ..ListRulesRequest::default() }, rules);
    none_twice(rules.iter().map(|rule| (rule.code.clone(), rule.from_fiscal_year)));
    for (year, of_year) in &pack.rules {
        let asked = ListRulesRequest { page_size: 1000, fiscal_year: *year, ..ListRulesRequest::default() };
        let found = all!(reference, list_rules, asked, rules);
        assert!(found.iter().all(|rule| rules.contains(rule)), "a year's rules are of the book");
        assert_eq!(found.len(), RuleCode::ALL.len(), "{year}");
        for (rule, found) in of_year.iter().zip(&found) {
            assert_eq!(
                (rule.code.as_str(), &rule.name, &rule.basis),
                (&*found.code, &found.display_name, &found.basis)
            );
            assert_eq!(standing(rule.standing), found.standing(), "{}", rule.code);
            let value = found.value.as_ref().expect("a value");
            let same = match (rule.value, value) {
                (kernel::rules::Value::Share(share), Value::Share(found)) => found.text == share.to_string(),
                (kernel::rules::Value::Amount(amount), Value::AmountFen(fen)) => amount.fen() == *fen,
                (kernel::rules::Value::Days(days), Value::Days(found))
                | (kernel::rules::Value::WorkingDays(days), Value::WorkingDays(found))
                | (kernel::rules::Value::Count(days), Value::Count(found)) => i64::from(days) == i64::from(*found),
                _ => false,
            };
            assert!(same, "{}: {} is not {value:?}", rule.code, rule.value);
            let last = if found.to_fiscal_year == 0 { i32::MAX } else { found.to_fiscal_year };
            assert!((found.from_fiscal_year..=last).contains(year), "{} in {year}", rule.code);
        }
    }
    let asked = ListRulesRequest { page_size: 1, code: "R-RET3".into(), ..ListRulesRequest::default() };
    let spans = all!(reference, list_rules, asked, rules);
    let spans: Vec<_> = spans.iter().map(|rule| (rule.from_fiscal_year, rule.to_fiscal_year)).collect();
    assert_eq!(spans, [(2021, 2021), (2022, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_category_source_and_question_is_read_with_who_judges() {
    let (desk, mut reference) = open().await;
    let pack = &desk.house.pack;
    let called = |sub_type: &SubType| {
        let called = pack.content_reviews.iter().filter(|review| review.sub_types.contains(&sub_type.code));
        expected(called.map(|review| &review.review))
    };
    let categories = all!(
        reference,
        list_categories,
        ListCategoriesRequest { page_size: 3, ..ListCategoriesRequest::default() },
        categories
    );
    assert_eq!(categories.len(), pack.categories.len());
    for (category, found) in pack.categories.iter().zip(&categories) {
        assert_eq!((&category.code, &category.name), (&found.code, &found.display_name));
        assert_eq!(category.acceptance.to_string(), found.acceptance_post);
        assert_eq!(judges(&found.judges), expected(&category.reviews), "{}", category.code);
        assert!(found.judges.iter().all(|judge| !judge.display_name.is_empty()), "a department has a name");
        assert_eq!(found.sub_types.len(), category.sub_types.len());
        for (sub_type, found) in category.sub_types.iter().zip(&found.sub_types) {
            let flags = (sub_type.village_share, sub_type.due_diligence);
            assert_eq!((&sub_type.code, &sub_type.name), (&found.code, &found.display_name));
            assert_eq!((flags, called(found)), ((found.village_share, found.due_diligence), judges(&found.judges)));
        }
    }
    let sources =
        all!(reference, list_sources, ListSourcesRequest { page_size: 4, ..ListSourcesRequest::default() }, sources);
    assert_eq!(sources.len(), pack.source_kinds.len());
    for (kind, found) in pack.source_kinds.iter().zip(&sources) {
        assert_eq!((&kind.code, &kind.name), (&found.code, &found.display_name));
        assert_eq!((kind.public, kind.integrated), (found.public, found.integrated), "{}", kind.code);
        assert_eq!((&kind.sub_levels, kind.pays_ancillary()), (&found.sub_levels, found.pays_ancillary));
        let called = pack.content_reviews.iter().filter(|review| review.sources.contains(&kind.code));
        assert_eq!(judges(&found.judges), expected(called.map(|review| &review.review)), "{}", kind.code);
    }
    let questions = all!(
        reference,
        list_questions,
        ListQuestionsRequest { page_size: 10, ..ListQuestionsRequest::default() },
        questions
    );
    let found = questions.iter().map(|one| {
        let question = one.question.clone().expect("a question");
        assert!(!question.zh.is_empty() && !question.en.is_empty(), "{}", question.question_id);
        let calls = matches!(question.no(), NoMeans::ExpertLegal | NoMeans::ExpertTechnical | NoMeans::ExpertPolicy);
        assert_eq!(one.expert, calls, "{}", question.question_id);
        (one.step() as i32, one.post.clone(), question.question_id)
    });
    let found: Vec<_> = found.collect();
    none_twice(&found);
    let in_categories = pack.categories.iter().flat_map(|category| &category.reviews);
    let reviews = in_categories.chain(pack.content_reviews.iter().map(|review| &review.review));
    let of = |step: ReviewStep, post: String| {
        move |question: &kernel::pack::Question| (step as i32, post.clone(), question.id.clone())
    };
    let mut expected: BTreeSet<_> = reviews
        .flat_map(|review| review.questions.iter().map(of(ReviewStep::Department, review.post.to_string())))
        .collect();
    expected.extend(pack.township.questions.iter().map(of(ReviewStep::Township, String::new())));
    expected.extend(pack.expert_questions.iter().map(of(ReviewStep::Expert, String::new())));
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_duty_and_division_is_read_and_posts_are_those_of_the_own_divisions() {
    let (mut desk, mut reference) = open().await;
    let bearer = clerk(&mut desk).await;
    let mut directory = DirectoryServiceClient::with_interceptor(desk.channel(), bearer);
    let pack = &desk.house.pack;
    let roles = all!(reference, list_roles, ListRolesRequest { page_size: 5, ..ListRolesRequest::default() }, roles);
    let codes: Vec<&str> = roles.iter().map(|role| role.code.as_str()).collect();
    assert_eq!(codes, Role::ALL.iter().map(|role| role.code()).collect::<Vec<_>>());
    assert!(roles.iter().all(|role| role.level() != DivisionLevel::Unspecified && !role.display_name.is_empty()));
    let duties =
        all!(reference, list_duties, ListDutiesRequest { page_size: 6, ..ListDutiesRequest::default() }, duties);
    assert_eq!(duties.len(), Duty::ALL.len());
    for (duty, found) in Duty::ALL.into_iter().zip(&duties) {
        assert_eq!(found.duty().as_str_name(), format!("DUTY_{}", duty.as_str()));
        let excluded = Duty::ALL.into_iter().filter(|other| pack.exclusions.excludes(duty, *other));
        let names: Vec<&str> = found.excludes().map(|other| other.as_str_name()).collect();
        assert_eq!(names, excluded.map(|other| format!("DUTY_{}", other.as_str())).collect::<Vec<_>>());
    }
    let divisions = all!(
        reference,
        list_divisions,
        ListDivisionsRequest { page_size: 9, ..ListDivisionsRequest::default() },
        divisions
    );
    none_twice(divisions.iter().map(|division| &division.code));
    assert_eq!(divisions.len(), pack.divisions.len());
    for entry in &pack.divisions {
        let found = divisions.iter().find(|division| division.code == entry.code.to_string()).expect("it is there");
        let level = match entry.code.level() {
            Level::County => DivisionLevel::County,
            Level::Township => DivisionLevel::Township,
            Level::Village => DivisionLevel::Village,
        };
        assert_eq!((&entry.name, entry.placeholder, level), (&found.display_name, found.placeholder, found.level()));
    }
    let posts = all!(reference, list_posts, ListPostsRequest { page_size: 2, ..ListPostsRequest::default() }, posts);
    none_twice(posts.iter().map(|post| &post.post));
    let shown: BTreeSet<(String, String)> = posts
        .iter()
        .flat_map(|post| post.holders.iter().map(|holder| (post.post.clone(), holder.person_id.clone())))
        .collect();
    let persons = ListPersonsRequest { page_size: 1000, ..ListPersonsRequest::default() };
    let persons = directory.list_persons(persons).await.expect("a list").into_inner().persons;
    let listed: BTreeSet<(String, String)> = persons
        .iter()
        .flat_map(|person| person.posts.iter().map(|post| (post.clone(), person.person_id.clone())))
        .collect();
    assert_eq!(shown, listed, "whom ListPersons shows, and nobody else");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_filter_a_strange_page_and_no_token_are_refused() {
    let (desk, mut reference) = open().await;
    let rules = ListRulesRequest { fiscal_year: 2020, code: "R-0".into(), ..ListRulesRequest::default() };
    let answer = refused(reference.list_rules(rules).await);
    assert_eq!((answer.code.as_str(), answer.fields), ("YEAR", vec!["fiscal_year".to_owned(), "code".to_owned()]));
    let questions =
        ListQuestionsRequest { post: "KING@1".into(), category: "SPACE".into(), ..ListQuestionsRequest::default() };
    let answer = refused(reference.list_questions(questions).await);
    assert_eq!((answer.code.as_str(), answer.fields), ("POST", vec!["post".to_owned(), "category".to_owned()]));
    let step = ListQuestionsRequest { step: 9, ..ListQuestionsRequest::default() };
    assert_eq!(refused(reference.list_questions(step).await).fields, ["step"]);
    let posts = ListPostsRequest { role: "KING".into(), ..ListPostsRequest::default() };
    assert_eq!(refused(reference.list_posts(posts).await).fields, ["role"]);
    let elsewhere = ListDivisionsRequest { division: "110101000000".into(), ..ListDivisionsRequest::default() };
    assert_eq!(refused(reference.list_divisions(elsewhere).await).fields, ["division"]);
    let negative = ListSourcesRequest { page_size: -1, ..ListSourcesRequest::default() };
    assert_eq!(refused(reference.list_sources(negative).await).fields, ["page_size"]);

    // A token is of its list and its filter.
    let first = ListRulesRequest { page_size: 1, ..ListRulesRequest::default() };
    let page_token = reference.list_rules(first).await.expect("a page").into_inner().next_page_token;
    let other = ListRulesRequest { fiscal_year: 2022, page_token: page_token.clone(), ..ListRulesRequest::default() };
    assert_eq!(refused(reference.list_rules(other).await).fields, ["page_token"]);
    let sources = ListSourcesRequest { page_token, ..ListSourcesRequest::default() };
    assert_eq!(refused(reference.list_sources(sources).await).fields, ["page_token"]);

    let mut nobody = ReferenceServiceClient::new(desk.channel());
    let answer = nobody.get_county(GetCountyRequest {}).await.expect_err("no token");
    assert_eq!(answer.code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_s_days_and_a_due_date_are_those_that_tasks_are_counted_by() {
    let mut desk = Desk::open().await;
    let bearer = clerk(&mut desk).await;
    let mut calendar = CalendarServiceClient::with_interceptor(desk.channel(), bearer);
    let days = &desk.house.pack.calendar;
    let year = async |calendar: &mut CalendarServiceClient<Signed>, year| {
        calendar.get_year_calendar(GetYearCalendarRequest { year }).await.map(tonic::Response::into_inner)
    };
    for of in days.years() {
        let found = year(&mut calendar, of).await.expect("the pack has it");
        assert_eq!((found.year, &found.document_no, found.provisional), (of, &desk.house.pack.notices[&of], false));
        let first = date!(2000 - 01 - 01).replace_year(of).expect("a year");
        let mut days_of = std::iter::successors(Some(first), |day| day.next_day()).take_while(|day| day.year() == of);
        assert!(
            days_of.all(|day| {
                let (text, weekend) = (day.to_string(), day.weekday().number_days_from_monday() > 4);
                let worked = found.workdays.contains(&text) || !(weekend || found.days_off.contains(&text));
                days.is_working_day(day) == Ok(worked)
            }),
            "{of}: whoever counts by it counts as the rooms do"
        );
    }
    let before = year(&mut calendar, 2027).await.expect("what due dates go by");
    assert!(before.provisional && before.document_no.is_empty());
    assert_eq!(refused(year(&mut calendar, 2020).await).code, "NOT_FOUND");
    assert_eq!(refused(year(&mut calendar, 0).await).fields, ["year"]);

    let due = async |calendar: &mut CalendarServiceClient<Signed>, start_date: &str, working_days| {
        let asked = ComputeDueDateRequest { start_date: start_date.into(), working_days };
        calendar.compute_due_date(asked).await.map(tonic::Response::into_inner)
    };
    let sure = due(&mut calendar, "2022-01-28", 3).await.expect("known");
    let end = OffsetDateTime::from_unix_timestamp(sure.due_time.expect("a time").seconds).expect("a time");
    assert_eq!((sure.last_date.as_str(), sure.provisional), ("2022-02-07", false));
    assert_eq!(end.to_offset(CHINA).date(), date!(2022 - 02 - 08));
    assert!(due(&mut calendar, "2026-12-28", 5).await.expect("counted").provisional);
    assert_eq!(refused(due(&mut calendar, "2020-06-01", 5).await).code, "NO_CALENDAR");
    assert_eq!(refused(due(&mut calendar, "28.1.2022", 0).await).fields, ["start_date", "working_days"]);

    // Once the year is loaded it says so, and the same due date is sure.
    let now = desk.house.clock.now();
    desk.wait(datetime!(2026-12-06 09:00 +8) - now);
    let notice = LoadYearRequest {
        request_id: key(),
        year: 2027,
        document_no: "国办发明电〔2026〕9号".into(),
        document: Some(document("节假日安排通知")),
        days_off: vec!["2027-01-01".into()],
        workdays: vec!["2027-01-09".into()],
    };
    Calendar::of(&desk, "admin").await.load(notice).await.expect("loaded");
    let bearer = clerk(&mut desk).await;
    let mut calendar = CalendarServiceClient::with_interceptor(desk.channel(), bearer);
    let after = year(&mut calendar, 2027).await.expect("loaded");
    assert_eq!((after.revision, after.provisional), (1, false));
    assert_ne!(after.etag, before.etag);
    assert!(!due(&mut calendar, "2026-12-28", 5).await.expect("counted").provisional);
}
