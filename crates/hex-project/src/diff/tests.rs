use proptest::prelude::*;

use super::*;

fn file(text: &str) -> Node {
    Node::File { bytes: text.as_bytes().to_vec(), executable: false }
}

fn contents(files: &[(&str, Node)]) -> Contents {
    files.iter().map(|(path, node)| ((*path).to_owned(), node.clone())).collect()
}

fn patch(before: &Contents, after: &Contents) -> String {
    let lines = changes(before, after).into_iter().flat_map(|change| change.patch("foo-1.0.0", "foo-1.1.0"));
    lines.map(|line| line.text + "\n").collect()
}

#[test]
fn every_kind_of_change() {
    let before = contents(&[
        ("same", file("same")),
        ("lib/a.ex", file("1\n2\n3\n4\n5\n6\n7\n8\n")),
        ("gone", file("gone")),
        ("run", file("#!/bin/sh\n")),
        ("logo.png", Node::File { bytes: vec![0, 1], executable: false }),
        ("link", Node::Link { target: "a".to_owned() }),
    ]);
    let after = contents(&[
        ("same", file("same")),
        ("lib/a.ex", file("1\n2\n3\n4\nfive\n6\n7\n8\n")),
        ("new", file("new\n")),
        ("run", Node::File { bytes: b"#!/bin/sh\n".to_vec(), executable: true }),
        ("logo.png", Node::File { bytes: vec![0, 2], executable: false }),
        ("link", file("no link\n")),
        ("empty", file("")),
    ]);
    insta::assert_snapshot!(patch(&before, &after));
    assert!(changes(&before, &before).is_empty());
    let summary: Vec<_> = changes(&before, &after)
        .iter()
        .map(|change| (change.path.clone(), change.status, change.added(), change.removed(), change.binary))
        .collect();
    assert_eq!(summary[2], ("lib/a.ex".to_owned(), Status::Changed, 1, 1, false));
    assert_eq!(summary[4], ("logo.png".to_owned(), Status::Changed, 0, 0, true));
}

proptest! {
    /// What `git apply` would do: the lines that are not gone are the new text.
    #[test]
    fn the_new_side_is_in_the_lines(old in "([ab]\n){0,3}", new in "([ab]\n){0,3}") {
        let lines = hunks(&old, &new);
        let side = |kind| lines.iter().filter(move |line| line.kind == LineKind::Same || line.kind == kind)
            .map(|line| line.text[1..].to_owned() + "\n").collect::<String>();
        // The texts are short, so that a hunk with its three lines of context covers all of it.
        if old != new {
            prop_assert_eq!(side(LineKind::Added), new);
            prop_assert_eq!(side(LineKind::Removed), old);
        } else {
            prop_assert!(lines.is_empty());
        }
    }
}
