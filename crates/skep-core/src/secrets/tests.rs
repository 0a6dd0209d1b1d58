use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::*;

fn environment() -> Environment {
    let next = AtomicU8::new(0);
    let random = move |buffer: &mut [u8]| buffer.fill(next.fetch_add(1, Ordering::Relaxed));
    Environment { clock: Arc::new(|| 0), random: Arc::new(random) }
}

#[test]
fn what_is_sealed_opens_only_in_its_place() {
    let (key, other) = (InstanceKey::new(&[1; 32]), InstanceKey::new(&[2; 32]));
    let sealed = key.seal("cellar", 7, b"secret", &environment());
    assert!(!sealed.windows(6).any(|part| part == b"secret"));
    assert_eq!(key.open("cellar", 7, &sealed).unwrap(), b"secret");
    let refused = [
        key.open("cellar", 8, &sealed),
        key.open("attic", 7, &sealed),
        other.open("cellar", 7, &sealed),
        key.open("cellar", 7, &sealed[1..]),
        key.open("cellar", 7, b"short"),
    ];
    assert!(refused.into_iter().all(|opened| opened.unwrap_err().status == 500));
}

#[test]
fn the_same_secret_is_never_sealed_alike() {
    let (key, environment) = (InstanceKey::new(&[1; 32]), environment());
    let seal = || key.seal("cellar", 7, b"secret", &environment);
    assert_ne!(seal(), seal());
}
