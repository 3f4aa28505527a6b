//! Which tokens are let in: only the directory's own, of this county, signed by EdDSA, not expired.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside test functions")]

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet},
};
use ring::hmac;
use runtime::{
    Clock,
    auth::{AUDIENCE, Claims, ISSUER, Verifier},
    eddsa,
    testing::pack,
};
use time::{Duration, macros::datetime};
use tonic::Code;

/// Of the revitalization bureau, by the tests' pack.
const OFFICIAL: &str = "430921-0010";

fn key(seed: u8) -> EncodingKey {
    EncodingKey::from_ed_der(&eddsa::private_key(&[seed; 32]))
}

fn verifier(clock: &Clock) -> Verifier {
    let fetch = Arc::new(|| -> runtime::BoxFuture<'static, anyhow::Result<JwkSet>> {
        Box::pin(async {
            let mut jwk = Jwk::from_encoding_key(&key(1), Algorithm::EdDSA)?;
            jwk.common.key_id = Some("k1".into());
            Ok(JwkSet { keys: vec![jwk] })
        })
    });
    Verifier::new(fetch, clock.clone(), pack())
}

fn claims(clock: &Clock) -> Claims {
    Claims {
        iss: ISSUER.into(),
        aud: AUDIENCE.into(),
        county: "430921000000".into(),
        sub: OFFICIAL.into(),
        name: "甲".into(),
        posts: vec!["C-RRB@430921000000-RRB".into()],
        on_behalf_of: None,
        iat: clock.now().unix_timestamp(),
        exp: (clock.now() + Duration::minutes(30)).unix_timestamp(),
    }
}

fn headers(claims: &Claims, kid: &str, key: &EncodingKey) -> HeaderMap {
    eddsa::install();
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(kid.into());
    bearer(&jsonwebtoken::encode(&header, claims, key).unwrap())
}

fn bearer(token: &str) -> HeaderMap {
    HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).unwrap())])
}

#[tokio::test]
async fn the_directory_s_own_token_makes_an_actor() {
    let clock = Clock::starting_at(datetime!(2022-01-04 09:00 +8));
    let actor = verifier(&clock).actor(&headers(&claims(&clock), "k1", &key(1))).await.unwrap();
    assert_eq!((actor.person.0.as_str(), actor.posts[0].to_string().as_str()), (OFFICIAL, "C-RRB@430921000000-RRB"));
}

#[tokio::test]
async fn c14_a_post_counts_only_while_it_is_held() {
    let clock = Clock::starting_at(datetime!(2022-01-04 09:00 +8));
    let verifier = verifier(&clock);
    let (own, lost) = ("C-RRB@430921000000-RRB".to_owned(), "C-FIN@430921000000-FIN".to_owned());
    let held = async |claims: Claims| {
        let actor = verifier.actor(&headers(&claims, "k1", &key(1))).await.unwrap();
        actor.posts.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let both = Claims { posts: vec![lost, own.clone()], ..claims(&clock) };
    assert_eq!(held(both.clone()).await, std::slice::from_ref(&own), "a post that was taken away");
    assert!(held(Claims { sub: "430921-gone".into(), ..both.clone() }).await.is_empty(), "a person who has left");
    // Who stands in for somebody has that one's posts.
    let delegate = Claims { sub: "430921-0011".into(), on_behalf_of: Some(OFFICIAL.into()), ..both };
    assert_eq!(held(delegate).await, [own]);
}

#[tokio::test]
async fn every_other_token_is_refused() {
    let clock = Clock::starting_at(datetime!(2022-01-04 09:00 +8));
    let verifier = verifier(&clock);
    let good = claims(&clock);
    let claimed = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&good).unwrap());
    let confused = format!("{}.{claimed}", URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256","kid":"k1"}"#));
    let by_secret = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"k1"), confused.as_bytes());
    let confused = format!("{confused}.{}", URL_SAFE_NO_PAD.encode(by_secret));
    let refused = [
        ("no token", HeaderMap::new()),
        ("no JWT", bearer("nonsense")),
        ("another key under the same kid", headers(&good, "k1", &key(2))),
        ("an unknown kid", headers(&good, "k2", &key(1))),
        ("another algorithm", bearer(&confused)),
        ("another issuer", headers(&Claims { iss: "x".into(), ..good.clone() }, "k1", &key(1))),
        ("another audience", headers(&Claims { aud: "x".into(), ..good.clone() }, "k1", &key(1))),
        ("another county", headers(&Claims { county: "430922000000".into(), ..good.clone() }, "k1", &key(1))),
        ("a post that is none", headers(&Claims { posts: vec!["KING@0".into()], ..good.clone() }, "k1", &key(1))),
    ];
    for (what, headers) in refused {
        let status = verifier.actor(&headers).await.expect_err(what);
        assert_eq!(status.code(), Code::Unauthenticated, "{what}");
    }
}

#[tokio::test]
async fn a_token_that_is_known_ends_when_it_says() {
    let clock = Clock::starting_at(datetime!(2022-01-04 09:00 +8));
    let verifier = verifier(&clock);
    let good = claims(&clock);
    let token = headers(&good, "k1", &key(1));
    for _ in 0..2 {
        assert_eq!(verifier.actor(&token).await.unwrap().person.0, OFFICIAL);
    }
    let forged = headers(&good, "k1", &key(2));
    assert_eq!(verifier.actor(&forged).await.unwrap_err().code(), Code::Unauthenticated, "the same words, another key");
    clock.advance(Duration::minutes(31));
    assert_eq!(verifier.actor(&token).await.unwrap_err().code(), Code::Unauthenticated, "expired");
}
