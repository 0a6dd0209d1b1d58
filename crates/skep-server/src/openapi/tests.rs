use std::collections::BTreeSet;

use serde_json::json;

use super::schema::{always, list, map, nullable, sometimes};
use super::{Answer, Schema, document, families, find, schemas};
use crate::endpoints;

#[test]
fn every_route_is_described_and_nothing_else() {
    let routes = endpoints::routes();
    let served: BTreeSet<(String, String)> =
        routes.list().iter().map(|route| (route.pattern.to_string(), route.method.to_string())).collect();
    let operations = families().iter().flat_map(|family| &family.operations);
    let described: Vec<(String, String)> =
        operations.map(|operation| (operation.pattern.clone(), operation.method.to_owned())).collect();
    let once: BTreeSet<(String, String)> = described.iter().cloned().collect();
    assert_eq!(once.len(), described.len(), "an operation is described twice");
    let (missing, unknown): (Vec<_>, Vec<_>) =
        (served.difference(&once).collect(), once.difference(&served).collect());
    assert!(missing.is_empty(), "routes that openapi/families does not describe: {missing:?}");
    assert!(unknown.is_empty(), "operations that are not served: {unknown:?}");
}

#[test]
fn every_operation_says_how_it_ends_well() {
    for operation in families().iter().flat_map(|family| &family.operations) {
        let good = operation.answers.iter().any(|(status, _)| (200..400).contains(status) && *status != 304);
        assert!(good, "{} {}", operation.method, operation.pattern);
    }
}

#[test]
fn named_schemas_exist() {
    fn walk(schema: &Schema, found: &mut BTreeSet<&'static str>) {
        match schema {
            Schema::Named(name) => {
                found.insert(name);
            }
            Schema::Nullable(inner) | Schema::List(inner) | Schema::Map(inner) => walk(inner, found),
            Schema::Object(fields) => fields.iter().for_each(|field| walk(&field.schema, found)),
            Schema::Either(inner) => inner.iter().for_each(|schema| walk(schema, found)),
            _ => {}
        }
    }
    let mut named = BTreeSet::new();
    schemas::all().iter().for_each(|(_, schema)| walk(schema, &mut named));
    for (_, answer) in families().iter().flat_map(|family| &family.operations).flat_map(|it| &it.answers) {
        if let Answer::Value(_, schema) = answer {
            walk(schema, &mut named);
        }
    }
    let there: BTreeSet<&str> = schemas::all().iter().map(|(name, _)| *name).collect();
    assert_eq!(named, there, "named, and there");
}

/// The document is part of what users build upon: a change of it is a change that they should hear of.
#[test]
fn the_document() {
    let document = document("https://hex.example/api").to_json();
    let document: serde_json::Value = serde_json::from_slice(&document).expect("it is JSON");
    insta::assert_json_snapshot!("openapi", document);
}

#[test]
fn checking() {
    let schema = Schema::Object(vec![
        always("name", Schema::Text, ""),
        sometimes("at", nullable(Schema::Time), ""),
        sometimes("sizes", list(Schema::Int), ""),
        sometimes("links", map(Schema::OneOf(&["a", "b"])), ""),
    ]);
    let good = [
        json!({ "name": "x" }),
        json!({ "name": "", "at": null, "sizes": [], "links": {} }),
        json!({ "name": "x", "at": "2030-01-01T00:00:00.000000Z", "sizes": [1, -2], "links": { "k": "b" } }),
    ];
    for value in good {
        assert_eq!(schema.check(&value), Ok(()), "{value}");
    }
    let bad = [
        (json!(1), ""),
        (json!({}), "/name"),
        (json!({ "name": "x", "other": 1 }), "/other"),
        (json!({ "name": null }), "/name"),
        (json!({ "name": "x", "at": "yesterday" }), "/at"),
        (json!({ "name": "x", "sizes": [1, 1.5] }), "/sizes/1"),
        (json!({ "name": "x", "links": { "k": "c" } }), "/links/k"),
    ];
    for (value, at) in bad {
        assert_eq!(schema.check(&value).expect_err("it is not as described").at, at, "{value}");
    }
}

#[test]
fn finding() {
    let found = |method, path| find(method, path).map(|operation| operation.pattern.as_str());
    assert_eq!(found("GET", "/users/me"), Some("/users/me"));
    assert_eq!(found("GET", "/users/eric/"), Some("/users/{name}"));
    assert_eq!(found("GET", "/"), Some("/"));
    assert_eq!(found("DELETE", "/orgs/acme/keys/ci"), Some("/orgs/{organization}/keys/{name}"));
    assert_eq!(found("PUT", "/users/me"), None);
    assert_eq!(found("GET", "/nowhere"), None);
}
