//! The document itself, as OpenAPI 3.1 wants it.

use crate::api::{Value, object};

use super::operation::{Answer, Input, Login, Operation};
use super::schema::{Schema, described, render_object};
use super::{families, schemas};

/// Media types of parameters and values. The first is meant where only one is shown in full.
const FORMATS: [&str; 3] = ["application/json", "application/vnd.hex+erlang", "application/vnd.hex+elixir"];

const ABOUT: &str = "The HTTP API of Hex as hex.pm speaks it, and what Skep adds to it. Every value can be had as JSON, as \
    an Erlang term and as an Elixir literal; parameters can be sent in the same formats or as a form. Parameters of the \
    path win over those of the body, and those over the query. A `User-Agent` header is required. Whoever is no member \
    of an organization gets 404 for everything of it.";

/// The document for a server whose API has this address.
pub fn document(api_url: &str) -> Value {
    let tags =
        families().iter().map(|family| object! { "name" => family.name, "description" => family.about });
    object! {
        "openapi" => "3.1.0",
        "info" => object! {
            "title" => "Skep",
            "version" => env!("CARGO_PKG_VERSION"),
            "description" => ABOUT,
            "license" => object! { "name" => "Apache-2.0", "identifier" => "Apache-2.0" },
        },
        "servers" => vec![object! { "url" => api_url }],
        "tags" => Value::list(tags),
        "paths" => paths(),
        "components" => object! {
            "schemas" => Value::map(schemas::all().iter().map(|(name, schema)| (*name, schema.render()))),
            "securitySchemes" => object! {
                "key" => object! {
                    "type" => "apiKey", "in" => "header", "name" => "Authorization",
                    "description" => "An API key, as it is",
                },
                "token" => object! {
                    "type" => "http", "scheme" => "bearer", "bearerFormat" => "JWT",
                    "description" => "An OAuth access token. One of an account that changes something needs a one-time code \
                                      in `x-hex-otp` as well",
                },
                "password" => object! {
                    "type" => "http", "scheme" => "basic", "description" => "Name or verified address, and password",
                },
            },
        },
    }
}

fn paths() -> Value {
    let mut paths: Vec<(String, Vec<(String, Value)>)> = Vec::new();
    for family in families() {
        for operation in &family.operations {
            let line = (operation.method.to_lowercase(), render(operation, family.name));
            match paths.iter_mut().find(|(pattern, _)| *pattern == operation.pattern) {
                Some((_, methods)) => methods.push(line),
                None => paths.push((operation.pattern.clone(), vec![line])),
            }
        }
    }
    Value::map(paths.into_iter().map(|(pattern, methods)| (pattern, Value::map(methods))))
}

fn render(operation: &Operation, family: &'static str) -> Value {
    let mut rendered = object! {
        "operationId" => id(operation),
        "tags" => vec![family],
        "summary" => operation.summary,
    };
    if !operation.notes.is_empty() {
        rendered = rendered.with("description", operation.notes);
    }
    let parameters =
        path_parameters(&operation.pattern).chain(query(operation)).chain(one_time_code(operation));
    let parameters: Vec<Value> = parameters.collect();
    if !parameters.is_empty() {
        rendered = rendered.with("parameters", parameters);
    }
    rendered = match &operation.input {
        Input::Nothing => rendered,
        Input::Parameters(fields) => {
            let formats = ["application/x-www-form-urlencoded"].into_iter().chain(FORMATS);
            let required = fields.iter().any(|field| field.required);
            let content = content(formats, &render_object(fields));
            rendered.with("requestBody", object! { "required" => required, "content" => content })
        }
        Input::Upload(what) => {
            let schema = object! { "type" => "string", "format" => "binary" };
            let content = content(["application/octet-stream"], &schema);
            rendered.with(
                "requestBody",
                object! { "required" => true, "description" => *what, "content" => content },
            )
        }
    };
    let answers =
        operation.answers.iter().map(|(status, answer)| (status.to_string(), render_answer(answer)));
    rendered.with("responses", Value::map(answers)).with("security", security(operation.login))
}

fn render_answer(answer: &Answer) -> Value {
    match answer {
        Answer::Empty(meaning) => object! { "description" => *meaning },
        Answer::Value(meaning, schema) => {
            object! { "description" => *meaning, "content" => content(FORMATS, &schema.render()) }
        }
        Answer::Redirect(meaning) => object! {
            "description" => *meaning,
            "headers" => object! { "location" => object! { "schema" => Schema::Text.render() } },
            "content" => content(["text/html"], &Schema::Text.render()),
        },
    }
}

fn content(formats: impl IntoIterator<Item = &'static str>, schema: &Value) -> Value {
    Value::map(formats.into_iter().map(|format| (format, object! { "schema" => schema.clone() })))
}

fn security(login: Login) -> Value {
    let none = Value::Map(Vec::new());
    let mut ways: Vec<Value> =
        ["key", "token", "password"].map(|scheme| Value::map([(scheme, Value::List(Vec::new()))])).into();
    match login {
        Login::Unused => ways = vec![none],
        Login::Optional => ways.push(none),
        Login::Required => {}
    }
    Value::List(ways)
}

fn path_parameters(pattern: &str) -> impl Iterator<Item = Value> {
    let names = pattern.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| {
        object! { "name" => name, "in" => "path", "required" => true, "schema" => Schema::Text.render() }
    })
}

/// Whoever changes something with a token of an account that has a second factor shows a code of it.
fn one_time_code(operation: &Operation) -> Option<Value> {
    let is_asked = operation.method != "GET" && !matches!(operation.login, Login::Unused);
    is_asked.then(|| {
        let schema = Schema::Text.render();
        let parameter = object! { "name" => "x-hex-otp", "in" => "header", "required" => false };
        described(parameter.with("schema", schema), "One-time code, if the account has a second factor")
    })
}

fn query(operation: &Operation) -> impl Iterator<Item = Value> {
    operation.query.iter().map(|field| {
        let parameter = object! {
            "name" => field.name, "in" => "query", "required" => field.required, "schema" => field.schema.render(),
        };
        described(parameter, field.about)
    })
}

/// A name that does not change: `get_orgs_organization_keys`.
fn id(operation: &Operation) -> String {
    let path = operation.pattern.replace(['{', '}'], "").replace(['/', '-', '.'], "_");
    let id = format!("{}{path}", operation.method.to_lowercase());
    id.trim_end_matches('_').to_owned()
}
