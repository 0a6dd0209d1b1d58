use skep_core::Challenge;

use super::*;

fn text(error: &Error, format: Format) -> String {
    String::from_utf8(body(error).render(format)).unwrap()
}

#[test]
fn shapes() {
    let nested = FieldError::Nested(vec![("email".into(), "already in use".into())]);
    let errors = [
        Error::not_found(),
        not_acceptable(),
        Error::validation(vec![("name".into(), "can't be blank".into()), ("emails".into(), nested)]),
        Error::validation_text("cannot remove last member"),
        Error { shape: Shape::OAuth, ..Error::new(401, "invalid_client", "Invalid API key") },
    ];
    let shown: Vec<_> = errors.iter().map(|error| text(error, Format::Json)).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    {"status":404,"message":"Page not found"}
    {"status":406,"message":null}
    {"status":422,"message":"Validation error(s)","errors":{"name":"can't be blank","emails":{"email":"already in use"}}}
    {"status":422,"message":"Validation error(s)","errors":"cannot remove last member"}
    {"error":"invalid_client","error_description":"Invalid API key"}
    "#);
    let shown: Vec<_> = errors.iter().map(|error| text(error, Format::Elixir)).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    %{"status" => 404, "message" => "Page not found"}
    %{"status" => 406, "message" => nil}
    %{"status" => 422, "message" => "Validation error(s)", "errors" => %{"name" => "can't be blank", "emails" => %{"email" => "already in use"}}}
    %{"status" => 422, "message" => "Validation error(s)", "errors" => "cannot remove last member"}
    %{"error" => "invalid_client", "error_description" => "Invalid API key"}
    "#);
}

#[test]
fn causes_are_not_shown() {
    let error = Error::internal("disk on fire");
    let response = render(&error, Format::Json, "id");
    assert_eq!(response.status(), 500);
    assert!(!text(&error, Format::Json).contains("disk"));
    assert_eq!(response.headers()["cache-control"], "max-age=0, private, must-revalidate");
    assert_eq!(response.headers()["vary"], "accept-encoding");
}

#[test]
fn challenges() {
    let mut error = Error::unauthorized("invalid_key", "invalid API key");
    assert_eq!(render(&error, Format::Json, "id").headers()["www-authenticate"], "Basic realm=hex");
    error.challenge = Some(Challenge::TotpRequired);
    let header = render(&error, Format::Erlang, "id").headers()["www-authenticate"].clone();
    assert_eq!(header, "Bearer realm=\"hex\", error=\"totp_required\"");
}
