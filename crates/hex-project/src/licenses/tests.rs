use proptest::prelude::*;

use super::*;

fn name(stated: &str) -> String {
    let license = License::parse(stated);
    match license.spdx {
        Some(_) => license.name().to_owned(),
        None => format!("? {stated}"),
    }
}

#[test]
fn the_names_that_packages_write() {
    for (stated, expected) in [
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("MIT License", "MIT"),
        ("The MIT License", "MIT"),
        ("Apache-2.0", "Apache-2.0"),
        ("Apache 2.0", "Apache-2.0"),
        ("Apache 2", "Apache-2.0"),
        ("Apache License 2.0", "Apache-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("Apache v2.0", "Apache-2.0"),
        ("apache-2.0", "Apache-2.0"),
        ("BSD 3-Clause", "BSD-3-Clause"),
        ("BSD-2-Clause", "BSD-2-Clause"),
        ("New BSD", "BSD-3-Clause"),
        ("ISC", "ISC"),
        ("Mozilla Public License 2.0", "MPL-2.0"),
        ("The Unlicense", "Unlicense"),
        ("GPLv3", "GPL-3.0-only"),
        ("GPL-3.0", "GPL-3.0"),
        ("Apache-2.0 OR MIT", "Apache-2.0 OR MIT"),
        ("(mit or Apache-2.0)", "(MIT OR Apache-2.0)"),
        ("LGPL-2.1-or-later WITH Classpath-exception-2.0", "LGPL-2.1-or-later WITH Classpath-exception-2.0"),
        ("GNU General Public License v3.0 only", "GPL-3.0-only"),
        // Of the BSD licences nobody knows which is meant.
        ("BSD", "? BSD"),
        ("Proprietary", "? Proprietary"),
        ("Copyright Acme", "? Copyright Acme"),
        ("", "? "),
    ] {
        assert_eq!(name(stated), expected, "{stated}");
    }
}

fn rules(allow: &[&str], deny: &[&str]) -> Rules {
    let list = |names: &[&str]| names.iter().map(|name| Rules::license(name).unwrap()).collect();
    Rules { allow: list(allow), deny: list(deny), except: vec!["ours".parse().unwrap()] }
}

fn check(rules: &Rules, licenses: &[&str]) -> Option<Refusal> {
    let licenses: Vec<License> = licenses.iter().map(|license| License::parse(license)).collect();
    rules.check("foo", &licenses)
}

#[test]
fn all_stated_licenses_have_to_be_fine() {
    let both = rules(&["MIT", "apache 2.0"], &["AGPL-3.0-only"]);
    assert_eq!(check(&both, &["MIT License"]), None);
    assert_eq!(check(&both, &["MIT", "Apache 2"]), None);
    assert_eq!(check(&both, &["MIT", "ISC"]), Some(Refusal::NotAllowed("ISC".into())));
    assert_eq!(check(&both, &["ISC OR MIT"]), None);
    assert_eq!(check(&both, &["ISC AND MIT"]), Some(Refusal::NotAllowed("ISC AND MIT".into())));
    assert_eq!(check(&both, &["AGPL-3.0-only OR MIT"]), None);
    assert_eq!(check(&both, &["AGPL-3.0-only"]), Some(Refusal::Denied("AGPL-3.0-only".into())));
    assert_eq!(check(&both, &["Proprietary"]), Some(Refusal::NotAllowed("Proprietary".into())));
    assert_eq!(check(&both, &[]), Some(Refusal::Unstated));
    assert_eq!(both.check("ours", &[]), None);
}

#[test]
fn what_is_only_denied() {
    let deny = rules(&[], &["GPL-3.0-only", "GPL-2.0-only"]);
    assert_eq!(check(&deny, &["GPLv3"]), Some(Refusal::Denied("GPL-3.0-only".into())));
    assert_eq!(check(&deny, &["MIT"]), None);
    assert_eq!(check(&deny, &[]), None);
    assert_eq!(check(&Rules::default(), &["GPLv3"]), None);
}

#[test]
fn lists_hold_single_licenses() {
    assert_eq!(Rules::license(" mit ").unwrap(), "MIT");
    assert_eq!(Rules::license("LicenseRef-Acme").unwrap(), "LicenseRef-Acme");
    for bad in ["MIT OR ISC", "Nonsense", ""] {
        assert!(Rules::license(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "\\PC{0,60}", words in prop::collection::vec("(MIT|mit|OR|AND|WITH|\\(|\\)|\\+|GPL-2.0|,|/)", 0..9)) {
        License::parse(&text);
        License::parse(&words.join(" "));
    }
}
