//! What a text may hold, and what two texts have in common however they are typed, through the public API.

use proto::intake::v1::{Application, Content, ListApplicationsRequest, NoticeLevel, PostNoticeRequest};
use tests::desk::{Desk, document, key, refused};

fn titled(content: &Content, title: &str) -> Content {
    Content { title: title.into(), ..content.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_a_name_that_hides_something_is_refused_by_field() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    for (title, code) in [
        ("\u{200b}", "BAD_TEXT"),
        ("示范村\u{200b}育苗大棚", "BAD_TEXT"),
        ("示范村\u{202e}育苗大棚", "BAD_TEXT"),
        ("示范村\u{2067}育苗大棚", "BAD_TEXT"),
        ("示范村\u{feff}育苗大棚", "BAD_TEXT"),
        ("示范村\n育苗大棚", "SEVERAL_LINES"),
        ("\u{3000} ", "BLANK_TEXT"),
        ("Cafe\u{301} 育苗大棚", "NOT_COMPOSED"),
    ] {
        let no = desk.create(titled(&content, title)).await.expect_err("hides something");
        assert_eq!(no.code(), tonic::Code::InvalidArgument, "{title:?}");
        let no = refused::<()>(Err(no));
        assert_eq!((no.code.as_str(), no.fields), (code, vec!["content.title".to_owned()]), "{title:?}");
    }
    // Nested and in a list, too.
    let mut nested = content.clone();
    nested.items[1].unit = "座\u{200d}".into();
    assert_eq!(refused(desk.create(nested).await).fields, ["content.items[1].unit"]);
    // A note may have several lines, a name with a blank or a rare letter is a name.
    let note = Content {
        schedule: "一、开工\n二、竣工\r\n".into(), ..titled(&content, "示范村 Café 育苗大棚(二期)")
    };
    desk.create(note).await.expect("shows what it holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_a_place_of_a_notice_is_one_line() {
    let mut desk = Desk::open().await;
    let proposed = desk.propose(desk.content()).await.expect("proposed");
    let Application { project_id, etag, .. } = desk.vote(&proposed, 26, (25, 1, 0)).await.expect("voted");
    let mut request = PostNoticeRequest {
        request_id: key(),
        project_id,
        etag,
        level: NoticeLevel::Village.into(),
        places: vec!["公示栏".into(), "村口\n桥头".into()],
        photo: Some(document("张贴照片")),
    };
    let mut secretary = desk.secretary().await;
    let no = refused(secretary.intake.post_notice(request.clone()).await);
    assert_eq!((no.code.as_str(), no.fields), ("SEVERAL_LINES", vec!["places[1]".to_owned()]));
    request.places[1] = "村口桥头".into();
    secretary.intake.post_notice(request).await.expect("posted");
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_what_was_kept_composed_is_found_composed() {
    let mut desk = Desk::open().await;
    desk.create(titled(&desk.content(), "示范村 Café 育苗大棚")).await.expect("drafted");
    let mut secretary = desk.secretary().await;
    let mut request = ListApplicationsRequest { title_contains: "Café".into(), ..ListApplicationsRequest::default() };
    let found = secretary.intake.list_applications(request.clone()).await.expect("a list").into_inner();
    assert_eq!(found.applications.len(), 1);
    // The other form would find nothing and say nothing: it is refused instead.
    request.title_contains = "Cafe\u{301}".into();
    let no = refused(secretary.intake.list_applications(request).await);
    assert_eq!((no.code.as_str(), no.fields), ("NOT_COMPOSED", vec!["title_contains".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_the_negative_list_sees_through_a_disguise() {
    let mut desk = Desk::open().await;
    for (title, entry) in [("修建村部办(公)楼", "N3"), ("修建村部办〔公〕 楼", "N3"), ("购置⼿机", "N2")]
    {
        let mut content = desk.content();
        content.items[1].title = title.into();
        let no = refused(desk.propose(content).await);
        assert_eq!((no.code.as_str(), no.fields), ("NEGLIST", vec!["content.items[1].title".to_owned()]), "{title}");
        assert!(no.zh.contains(entry), "{}", no.zh);
    }
}
