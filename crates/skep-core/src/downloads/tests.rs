use super::*;

fn slot(release_id: i64, day: i64) -> Slot {
    Slot { package_id: 1, release_id, day }
}

#[test]
fn counts_add_up_across_threads() {
    let counter = DownloadCounter::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1000).for_each(|id| counter.add(slot(id % 10, 5), 1)));
        }
    });
    let mut taken = counter.take();
    assert_eq!(taken.waiting.len(), 10);
    assert!(taken.waiting.values().all(|count| *count == 400));
    taken.arrived(10);
    drop(taken);
    assert!(counter.take().waiting.is_empty());
}

#[test]
fn what_did_not_arrive_waits_again() {
    let counter = DownloadCounter::new();
    for id in 0..3 {
        counter.add(slot(id, 5), 1);
    }
    let mut taken = counter.take();
    counter.add(slot(2, 5), 1);
    assert_eq!(taken.batch().iter().map(|new| new.release_id).collect::<Vec<_>>(), [0, 1, 2]);
    taken.arrived(1);
    drop(taken);
    let taken = counter.take();
    assert_eq!(taken.waiting, BTreeMap::from([(slot(1, 5), 1), (slot(2, 5), 2)]));
}

#[test]
fn memory_is_bounded() {
    let counter = DownloadCounter::new();
    for id in 0..MAX_WAITING as i64 + 1000 {
        counter.add(slot(id, 5), 1);
    }
    counter.add(slot(0, 5), 1);
    let mut taken = counter.take();
    assert_eq!(taken.waiting.len(), MAX_WAITING);
    assert_eq!(taken.waiting[&slot(0, 5)], 2);
    taken.arrived(MAX_WAITING);
}
