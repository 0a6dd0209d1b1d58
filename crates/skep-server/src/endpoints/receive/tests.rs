use futures::FutureExt;
use skep_core::permission::Permission;
use skep_core::principal::{Credential, UserSubject};

use super::*;

const ONE: Option<RateSubject> = Some(RateSubject::User(1));

fn user(email_verified: bool, credential: Credential) -> Principal {
    let subject = Subject::User(UserSubject {
        id: 1,
        username: "alice".to_owned(),
        email_verified,
        administrator: false,
        two_factor: false,
        memberships: Vec::new(),
    });
    Principal { subject, credential }
}

fn key(domain: Domain, resource: Option<&str>) -> Credential {
    let permissions = vec![Permission { domain, resource: resource.map(ToOwned::to_owned) }];
    Credential::Key { id: 1, name: "key".to_owned(), permissions, revoke_at: None }
}

/// A key for nothing but fetching could hold the places of all members.
#[test]
fn members_are_those_who_can_write() {
    for (domain, resource, expected) in [
        (Domain::Api, None, true),
        (Domain::Api, Some("write"), true),
        (Domain::Api, Some("read"), false),
        (Domain::Package, None, true),
        (Domain::Package, Some("acme/cellar"), true),
        (Domain::Repositories, None, false),
        (Domain::Repository, Some("acme"), false),
        (Domain::Docs, Some("acme"), false),
    ] {
        assert_eq!(can_write(&user(true, key(domain, resource))), expected, "{domain:?} {resource:?}");
    }
    assert!(can_write(&user(true, Credential::Password)));
    // Anybody can make as many of these as he likes.
    assert!(!can_write(&user(false, Credential::Password)));
    assert!(!can_write(&user(false, key(Domain::Api, None))));
}

#[tokio::test]
async fn one_member_leaves_places_to_others() {
    let places = Places { patience: Duration::ZERO, ..Places::default() };
    let mut taken = Vec::new();
    for _ in 0..OF_ONE_MEMBER {
        taken.push(places.take(ONE).await.unwrap());
    }
    let refused = places.take(ONE).await.err().unwrap();
    assert_eq!(refused.to_string(), "503 too many uploads are under way, try again later");
    for other in 0..(MEMBERS - OF_ONE_MEMBER) as i64 {
        taken.push(places.take(Some(RateSubject::Organization(other))).await.unwrap());
    }
    assert!(places.take(Some(RateSubject::User(2))).await.is_err());
    taken.remove(0);
    taken.push(places.take(ONE).await.unwrap());
}

#[tokio::test]
async fn who_waits_for_an_own_place_holds_none_of_the_others() {
    let places = Places::default();
    let _taken = futures::future::join_all((0..OF_ONE_MEMBER).map(|_| places.take(ONE))).await;
    let mut waiting: Vec<_> = (0..MEMBERS).map(|_| Box::pin(places.take(ONE))).collect();
    assert!(waiting.iter_mut().all(|waiting| waiting.now_or_never().is_none()));
    assert_eq!(places.members.available_permits(), MEMBERS - OF_ONE_MEMBER);
}

#[tokio::test]
async fn strangers_have_places_of_their_own() {
    let places = Places { patience: Duration::ZERO, ..Places::default() };
    let _taken = futures::future::join_all((0..STRANGERS).map(|_| places.take(None))).await;
    assert!(places.take(None).await.is_err());
    assert!(places.take(ONE).await.is_ok());
}

#[tokio::test]
async fn those_who_are_done_are_forgotten() {
    let places = Places::default();
    for id in 0..100 {
        places.take(Some(RateSubject::User(id))).await.unwrap();
    }
    assert_eq!(places.of_each.lock().unwrap().len(), 1);
}
