//! One operation: what it takes and what it can answer.

use super::schema::{Field, Schema};

/// Whether a caller has to say who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    /// It makes no difference.
    Unused,
    /// Not for what everybody may see.
    Optional,
    /// Always.
    Required,
}

/// What is sent along.
#[derive(Debug, Clone)]
pub(super) enum Input {
    /// Nothing.
    Nothing,
    /// Parameters, in any of the formats.
    Parameters(Vec<Field>),
    /// Raw bytes.
    Upload(&'static str),
}

/// What comes back.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A status without a body.
    Empty(&'static str),
    /// A value, in the format that was asked for.
    Value(&'static str, Schema),
    /// Another address.
    Redirect(&'static str),
}

/// An operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The pattern of its route, below `/api`.
    pub pattern: String,
    /// What it does.
    pub summary: &'static str,
    /// What else is to be known.
    pub notes: &'static str,
    pub(super) login: Login,
    pub(super) query: Vec<Field>,
    pub(super) input: Input,
    /// By status.
    pub answers: Vec<(u16, Answer)>,
    refusal: Schema,
}

/// Refusals that any request can meet, with what they mean.
const ANYWHERE: [(u16, &str); 6] = [
    (400, "The request is malformed, or the account is deactivated"),
    (401, "Credentials are missing, wrong, ended, or do not cover this"),
    (403, "The account may not do this, or the address is blocked"),
    (406, "None of the accepted formats is known"),
    (429, "Too many requests, or too many failed attempts"),
    (503, "The database does not answer, or the server is too busy"),
];

impl Operation {
    /// Whether a path below `/api` is one of this operation's, and how many of its segments are literally there.
    pub(super) fn fits(&self, path: &[&str]) -> Option<usize> {
        let pattern: Vec<&str> = self.pattern.split('/').filter(|part| !part.is_empty()).collect();
        if pattern.len() != path.len() {
            return None;
        }
        let pairs = pattern.iter().zip(path);
        pairs
            .map(|(part, given)| match part.starts_with('{') {
                true => Some(0),
                false => (part == given).then_some(1),
            })
            .sum()
    }

    /// Holds an answer against the description. `None` is an answer without a body.
    ///
    /// # Errors
    /// What is not as described.
    pub fn check(&self, status: u16, body: Option<&serde_json::Value>) -> Result<(), String> {
        let described = self.answers.iter().find(|(other, _)| *other == status);
        match (described.map(|(_, answer)| answer), body) {
            (None, _) => Err(format!("status {status} is not described")),
            (Some(Answer::Value(_, schema)), Some(body)) => {
                schema.check(body).map_err(|error| error.to_string())
            }
            (Some(Answer::Value(..)), None) => Err("there is no body".to_owned()),
            (Some(Answer::Empty(_)), Some(body)) => Err(format!("there is a body: {body}")),
            (Some(Answer::Empty(_) | Answer::Redirect(_)), _) => Ok(()),
        }
    }

    /// An operation that everybody may carry out and that answers nothing yet.
    pub(super) fn new(method: &'static str, pattern: &str, summary: &'static str) -> Self {
        let mut operation = Self {
            method,
            pattern: pattern.to_owned(),
            summary,
            notes: "",
            login: Login::Optional,
            query: Vec::new(),
            input: Input::Nothing,
            answers: Vec::new(),
            refusal: Schema::Named("Error"),
        };
        for (status, meaning) in ANYWHERE {
            operation = operation.refuses(status, meaning);
        }
        if method != "GET" {
            operation =
                operation.refuses(408, "The body did not come in time").refuses(413, "The body is too large");
        }
        if pattern.contains('{') {
            operation = operation.refuses(404, "There is no such thing, or none that the caller may know of");
        }
        operation
    }

    /// It needs credentials.
    pub(super) fn login(mut self) -> Self {
        self.login = Login::Required;
        self
    }

    /// Who calls makes no difference.
    pub(super) fn open(mut self) -> Self {
        self.login = Login::Unused;
        self
    }

    /// Something else to know.
    pub(super) fn notes(mut self, notes: &'static str) -> Self {
        self.notes = notes;
        self
    }

    /// Parameters of the query.
    pub(super) fn query(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.query.extend(fields);
        self
    }

    /// Parameters in the body, which are checked.
    pub(super) fn takes(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.input = Input::Parameters(fields.into_iter().collect());
        self.validates()
    }

    /// A body of bytes, which are checked.
    pub(super) fn upload(mut self, what: &'static str) -> Self {
        self.input = Input::Upload(what);
        self.refuses(411, "A client that waits for `100 Continue` must say how long the body is").validates()
    }

    /// It can find something wrong with what it is given.
    pub(super) fn validates(self) -> Self {
        self.refuses(422, "Something of the request is not acceptable; `errors` says what")
    }

    /// It hides what is not there.
    pub(super) fn hides(self) -> Self {
        self.refuses(404, "There is no such thing, or none that the caller may know of")
    }

    /// It answers unchanged content with 304.
    pub(super) fn conditional(self) -> Self {
        self.answer(304, Answer::Empty("The client has this already"))
    }

    /// It refuses in the way of OAuth where the contents are wrong.
    pub(super) fn refuses_as_oauth(mut self) -> Self {
        let refusal = Schema::Either(vec![Schema::Named("OAuthError"), Schema::Named("Error")]);
        for (status, answer) in &mut self.answers {
            if let (400 | 401 | 403, Answer::Value(_, schema)) = (*status, answer) {
                *schema = refusal.clone();
            }
        }
        self
    }

    /// It answers with a value.
    pub(super) fn gives(self, status: u16, meaning: &'static str, schema: Schema) -> Self {
        self.answer(status, Answer::Value(meaning, schema))
    }

    /// It answers with nothing but a status.
    pub(super) fn done(self, status: u16, meaning: &'static str) -> Self {
        self.answer(status, Answer::Empty(meaning))
    }

    /// It answers with another address.
    pub(super) fn redirects(self, meaning: &'static str) -> Self {
        self.answer(302, Answer::Redirect(meaning))
    }

    fn refuses(self, status: u16, meaning: &'static str) -> Self {
        let refusal = self.refusal.clone();
        self.answer(status, Answer::Value(meaning, refusal))
    }

    fn answer(mut self, status: u16, answer: Answer) -> Self {
        match self.answers.binary_search_by_key(&status, |(status, _)| *status) {
            Ok(at) => self.answers[at].1 = answer,
            Err(at) => self.answers.insert(at, (status, answer)),
        }
        self
    }
}
