use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<String, PathError> {
    ArchivePath::parse(text).map(|path| path.as_str().to_owned())
}

#[test]
fn good_paths_are_normalised() {
    for (text, path) in [
        ("mix.exs", "mix.exs"),
        ("lib/a/b.ex", "lib/a/b.ex"),
        ("./lib//a.ex", "lib/a.ex"),
        ("priv/empty/", "priv/empty"),
        ("a/./b", "a/b"),
        ("...", "..."),
        ("..a/b..", "..a/b.."),
        (".hidden", ".hidden"),
        ("with space", "with space"),
        ("ab:c", "ab:c"),
        ("src/C:x", "src/C:x"),
        ("中文/é.ex", "中文/é.ex"),
    ] {
        assert_eq!(parse(text).as_deref(), Ok(path), "{text}");
    }
}

#[test]
fn bad_paths_are_refused() {
    let long = "a/".repeat(MAX_PATH / 2) + "b";
    let component = "c".repeat(MAX_COMPONENT + 1);
    let deep = "d/".repeat(MAX_DEPTH) + "e";
    for (text, error) in [
        ("", PathError::Empty),
        (".", PathError::Root),
        ("./", PathError::Root),
        ("././.", PathError::Root),
        ("/", PathError::Absolute),
        ("/etc/passwd", PathError::Absolute),
        ("//etc", PathError::Absolute),
        ("..", PathError::Above),
        ("../evil", PathError::Above),
        ("a/../../b", PathError::Above),
        ("./../b", PathError::Above),
        ("a/../b", PathError::Parent),
        ("a/..", PathError::Parent),
        ("C:/x", PathError::Drive),
        ("c:x", PathError::Drive),
        ("./C:x", PathError::Drive),
        ("a\\b", PathError::Backslash),
        ("..\\evil", PathError::Backslash),
        ("\\\\server\\share", PathError::Backslash),
        ("a\0b", PathError::Control('\0')),
        ("a\nb", PathError::Control('\n')),
        ("a\u{85}b", PathError::Control('\u{85}')),
        (&long, PathError::TooLong(long.len())),
        (&component, PathError::LongComponent(component.len())),
        (&deep, PathError::TooDeep),
    ] {
        assert_eq!(parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn links_stay_inside() {
    for (link, target, verdict) in [
        ("link", "file", Ok(())),
        ("link", "./dir/file", Ok(())),
        ("link", ".", Ok(())),
        ("dir/link", "..", Ok(())),
        ("dir/link", "../file", Ok(())),
        ("a/b/link", "../../c/d", Ok(())),
        ("link", "..", Err(PathError::Above)),
        ("link", "../x", Err(PathError::Above)),
        ("dir/link", "../../x", Err(PathError::Above)),
        ("dir/link", "./../../x", Err(PathError::Above)),
        ("link", "../../etc/passwd", Err(PathError::Above)),
        ("link", "/etc/passwd", Err(PathError::Absolute)),
        ("link", "a/../b", Err(PathError::Parent)),
        ("link", "a/../../b", Err(PathError::Parent)),
        ("link", "", Err(PathError::Empty)),
        ("link", "a\\b", Err(PathError::Backslash)),
        ("link", "C:\\x", Err(PathError::Backslash)),
        ("link", "C:x", Err(PathError::Drive)),
        ("link", "a\0", Err(PathError::Control('\0'))),
    ] {
        let path = ArchivePath::parse(link).unwrap();
        assert_eq!(path.check_link(target), verdict, "{link} -> {target}");
    }
}

proptest! {
    #[test]
    fn any_text_is_judged_and_what_passes_is_plain(text in ".{0,80}|([.a/]{0,20})") {
        if let Ok(path) = ArchivePath::parse(&text) {
            prop_assert!(!path.as_str().starts_with('/'));
            prop_assert!(path.components().all(|name| !matches!(name, "" | "." | "..")));
            prop_assert_eq!(ArchivePath::parse(path.as_str()), Ok(path.clone()));
        }
    }

    /// A link that passes, resolved component by component from its directory, is never above the root.
    #[test]
    fn a_link_that_passes_stays_inside(link in "[ab/]{1,12}", target in "[.a/]{0,20}") {
        if let Ok(path) = ArchivePath::parse(&link) && path.check_link(&target).is_ok() {
            let mut depth = path.components().count() as i32 - 1;
            for component in target.split('/') {
                depth += match component { "" | "." => 0, ".." => -1, _ => 1 };
                prop_assert!(depth >= 0);
            }
        }
    }
}
