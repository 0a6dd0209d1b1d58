//! Pages of packages that meet conditions.
//!
//! A list is either walked in its order until the page is full, or driven by a condition that few packages meet, whose
//! packages are then sorted. Neither engine can tell well enough how common tokens and facts are, so it is asked first,
//! up to a limit, and told which way to go. Every answer is the same either way.

use super::package_index::{Field, Tokens};
use super::packages::{Package, SELECT, read};
use crate::{Conn, Micros, Param, StoreError};

/// Most packages that are sorted for a page; with more, the list is walked in its order.
const MAX_SORTED: i64 = 3_000;

/// Most packages on this and the pages before for which PostgreSQL checks one package after the other; for further
/// pages it gathers all that meet a condition.
const MAX_CHECKED: i64 = 1_000;

/// How a list is sorted. No two packages are equal in any order, so that pages do not overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// By name, ascending.
    #[default]
    Name,
    /// Newest package first.
    InsertedAt,
    /// Last changed first.
    UpdatedAt,
    /// Longest unchanged first.
    UpdatedAtAscending,
    /// Most downloaded first. Only of packages that are [`Condition::Downloaded`].
    Downloads,
    /// As [`Sort::Downloads`], of the days that count as recent.
    RecentDownloads,
    /// In no promised order (by id).
    None,
}

impl Sort {
    fn columns(self) -> &'static str {
        match self {
            Self::Name => "p.name, p.repository_id",
            Self::InsertedAt => "p.inserted_at DESC, p.id DESC",
            Self::UpdatedAt => "p.updated_at DESC, p.id DESC",
            Self::UpdatedAtAscending => "p.updated_at, p.id",
            Self::Downloads => "c.total DESC, c.package_id DESC",
            Self::RecentDownloads => "c.recent DESC, c.package_id DESC",
            Self::None => "p.id",
        }
    }

    fn counts_downloads(self) -> bool {
        matches!(self, Self::Downloads | Self::RecentDownloads)
    }
}

/// What packages of a list have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// In the repository of this name.
    Repository(String),
    /// The name.
    Name(String),
    /// A name that begins so.
    NamePrefix(String),
    /// Tokens in its entry of the index.
    Tokens(Tokens),
    /// A fact about it.
    Fact(Fact),
    /// Last changed at this time or later.
    UpdatedSince(Micros),
    /// There is a count of its downloads.
    Downloaded,
    /// Any of these; with none, no package.
    Any(Vec<Condition>),
    /// All of these.
    All(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
}

/// What is known of packages exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Any text.
    Is(String),
    /// A text that ends in the id of another package.
    Of {
        /// What comes before.
        text: &'static str,
        /// Repository of the other package.
        repository: String,
        /// Its name.
        package: String,
    },
}

/// Packages that meet all conditions, in one order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// What they have in common.
    pub conditions: Vec<Condition>,
    /// Their order.
    pub sort: Sort,
}

/// A page of the packages of the given repositories: those of the first part, then those of the next. No package may
/// be in two parts.
pub async fn page(
    conn: &mut Conn,
    repositories: &[i64],
    parts: &[Part],
    limit: i64,
    offset: i64,
) -> Result<Vec<Package>, StoreError> {
    let mut found = Vec::new();
    let (mut limit, mut offset) = (limit, offset);
    for part in parts {
        if repositories.is_empty() || limit == 0 {
            break;
        }
        let Some(plan) = Plan::of(conn, repositories, part, limit.saturating_add(offset)).await? else {
            continue;
        };
        let rows = plan.find(conn, limit, offset).await?;
        if let Ok(taken @ 1..) = i64::try_from(rows.len()) {
            (limit, offset) = (limit - taken, 0);
        } else if offset > 0 && parts.len() > 1 {
            offset -= plan.count(conn).await?;
        }
        found.extend(rows);
    }
    Ok(found)
}

/// Brings a package and the count of its downloads together.
const COUNTS: &str = " AND c.package_id = p.id";

/// A part and what drives it.
struct Plan<'a> {
    repositories: &'a [i64],
    part: &'a Part,
    /// None walks.
    driver: Option<Driver>,
    /// How conditions are written that do not drive.
    check: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Driver {
    Repositories,
    /// By its place.
    Condition(usize),
}

/// How a condition is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// So that it can drive.
    Set,
    /// For SQLite, behind a unary plus: so that it is checked, and cannot drive.
    Plus,
    /// For PostgreSQL, as a value of the row: so that it is checked, and nothing is gathered before.
    Value,
}

impl<'a> Plan<'a> {
    /// None if no package meets all conditions. `reach` is how many packages there are up to the end of the page.
    async fn of(
        conn: &mut Conn,
        repositories: &'a [i64],
        part: &'a Part,
        reach: i64,
    ) -> Result<Option<Self>, StoreError> {
        let mut driver = None;
        let mut smallest = MAX_SORTED;
        for (n, condition) in part.conditions.iter().enumerate() {
            let size = size(conn, condition, smallest).await?;
            if size < smallest {
                (smallest, driver) = (size, Some(Driver::Condition(n)));
            }
            if size == 0 {
                return Ok(None);
            }
        }
        let mut values = Values::default();
        let marks = values.marks(repositories);
        let set = format!("SELECT 1 FROM packages WHERE repository_id IN ({marks})");
        if rows(conn, &set, values, smallest).await? < smallest {
            driver = Some(Driver::Repositories);
        }
        let check = match conn.is_postgres() {
            false => Form::Plus,
            true if driver.is_some() || reach <= MAX_CHECKED => Form::Value,
            true => Form::Set,
        };
        Ok(Some(Self { repositories, part, driver, check }))
    }

    async fn find(&self, conn: &mut Conn, limit: i64, offset: i64) -> Result<Vec<Package>, StoreError> {
        let mut values = Values::default();
        let matching = self.matching(&mut values, conn.is_postgres());
        let (limit, offset) = (values.mark(limit), values.mark(offset));
        let order = self.part.sort.columns();
        let (from, counts) = match (self.part.sort.counts_downloads(), self.driver) {
            (false, _) => ("packages p", ""),
            // Told to SQLite: the counts are walked, and the packages looked up.
            (true, None) => ("package_downloads c CROSS JOIN packages p", COUNTS),
            (true, Some(_)) => ("packages p CROSS JOIN package_downloads c", COUNTS),
        };
        let joined = if counts.is_empty() { "" } else { " CROSS JOIN package_downloads c" };
        // Of the pages before only the ids are read, which stand in the index of the order.
        let sql = format!(
            "{SELECT}{joined} WHERE p.id IN (SELECT p.id FROM {from} WHERE {matching}{counts} ORDER BY {order} \
             LIMIT {limit} OFFSET {offset}){counts} ORDER BY {order}"
        );
        conn.rows_planned(sql, &values.params()).await?.iter().map(read).collect()
    }

    async fn count(&self, conn: &mut Conn) -> Result<i64, StoreError> {
        let mut values = Values::default();
        let matching = self.matching(&mut values, conn.is_postgres());
        let sql = format!("SELECT COUNT(*) FROM packages p WHERE {matching}");
        conn.rows_planned(sql, &values.params()).await?.first().map_or(Ok(0), |row| row.get(0))
    }

    fn matching(&self, values: &mut Values, postgres: bool) -> String {
        let sort = self.part.sort;
        let walks = self.driver.is_none();
        // The only repository is the head of an index that is sorted by name.
        let by_repository = self.driver == Some(Driver::Repositories)
            || (walks && sort == Sort::Name && self.repositories.len() == 1);
        let marks = values.marks(self.repositories);
        let plus = if by_repository || postgres { "" } else { "+" };
        let mut sql = format!("{plus}p.repository_id IN ({marks})");
        for (n, condition) in self.part.conditions.iter().enumerate() {
            let in_order = match condition {
                Condition::NamePrefix(_) => walks && sort == Sort::Name,
                Condition::UpdatedSince(_) => walks && sort == Sort::UpdatedAtAscending,
                _ => false,
            };
            let drives = in_order || self.driver == Some(Driver::Condition(n));
            let form = if drives { Form::Set } else { self.check };
            sql += " AND ";
            sql += &Writer { values, postgres, row: "p", form }.test(condition);
        }
        sql
    }
}

/// How many packages meet a condition, as far as that is quick to say; `most` if it is not, or if there are more.
async fn size(conn: &mut Conn, condition: &Condition, most: i64) -> Result<i64, StoreError> {
    match condition {
        Condition::Repository(_) | Condition::Downloaded | Condition::Not(_) => Ok(most),
        Condition::Any(any) => {
            let mut sum = 0;
            for condition in any {
                sum += Box::pin(size(conn, condition, most)).await?;
            }
            Ok(sum.min(most))
        }
        Condition::All(all) => {
            let mut smallest = most;
            for condition in all {
                smallest = Box::pin(size(conn, condition, smallest)).await?;
            }
            Ok(smallest)
        }
        _ => {
            let mut values = Values::default();
            let set = Writer { values: &mut values, postgres: conn.is_postgres(), row: "p", form: Form::Set }
                .set(condition);
            rows(conn, &set, values, most).await
        }
    }
}

/// How many rows a query gives, at most some.
async fn rows(conn: &mut Conn, query: &str, mut values: Values, most: i64) -> Result<i64, StoreError> {
    let most = values.mark(most);
    let sql = format!("SELECT COUNT(*) FROM ({query} LIMIT {most}) AS found");
    conn.rows_built(sql, &values.params()).await?.first().map_or(Ok(0), |row| row.get(0))
}

/// The values of a query that is being written.
#[derive(Default)]
struct Values(Vec<Value>);

enum Value {
    Int(i64),
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl Values {
    /// Adds a value, and gives what stands for it.
    fn mark(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }

    fn marks(&mut self, values: &[i64]) -> String {
        values.iter().map(|value| self.mark(*value)).collect::<Vec<_>>().join(", ")
    }

    fn params(&self) -> Vec<Param<'_>> {
        let param = |value| match value {
            &Value::Int(value) => Param::from(value),
            Value::Text(value) => Param::from(value),
        };
        self.0.iter().map(param).collect()
    }
}

/// Writes conditions.
struct Writer<'a> {
    values: &'a mut Values,
    postgres: bool,
    /// What the row of the package is called.
    row: &'static str,
    form: Form,
}

impl Writer<'_> {
    /// Whether the row meets the condition.
    fn test(&mut self, condition: &Condition) -> String {
        let row = self.row;
        let plus = if self.form == Form::Plus { "+" } else { "" };
        match condition {
            Condition::Repository(name) => {
                let name = self.values.mark(name.as_str());
                // A repository is rarely small; beside another condition it never drives.
                let plus = if self.postgres { "" } else { "+" };
                format!("{plus}{row}.repository_id = (SELECT id FROM repositories WHERE name = {name})")
            }
            Condition::Name(name) => format!("{plus}{row}.name = {}", self.values.mark(name.as_str())),
            Condition::NamePrefix(start) => {
                let from = self.values.mark(start.as_str());
                // Names consist of what sorts before the tilde.
                let to = self.values.mark(format!("{start}~").as_str());
                format!("({plus}{row}.name >= {from} AND {plus}{row}.name < {to})")
            }
            Condition::UpdatedSince(at) => format!("{plus}{row}.updated_at >= {}", self.values.mark(*at)),
            Condition::Downloaded => {
                format!("EXISTS (SELECT 1 FROM package_downloads d WHERE d.package_id = {row}.id)")
            }
            Condition::Fact(fact) if self.form != Form::Set => {
                let fact = self.fact(fact);
                let found = format!("FROM package_facts f WHERE f.fact = {fact} AND f.package_id = {row}.id");
                match self.form {
                    Form::Plus => format!("+EXISTS (SELECT 1 {found})"),
                    _ => format!("(SELECT COUNT(*) {found}) > 0"),
                }
            }
            Condition::Tokens(tokens) if self.form == Form::Value => {
                let found = self.found(tokens);
                format!(
                    "COALESCE((SELECT {found} FROM package_index i WHERE i.package_id = {row}.id), FALSE)"
                )
            }
            Condition::Any(any) if self.form == Form::Value && !any.is_empty() => {
                let any: Vec<String> = any.iter().map(|condition| self.test(condition)).collect();
                format!("({})", any.join(" OR "))
            }
            Condition::Fact(_) | Condition::Tokens(_) | Condition::Any(_) => {
                format!("{plus}{row}.id IN ({})", self.set(condition))
            }
            Condition::All(all) => {
                let all: Vec<String> = all.iter().map(|condition| self.test(condition)).collect();
                format!("({})", all.join(" AND "))
            }
            Condition::Not(condition) => format!("NOT ({})", self.test(condition)),
        }
    }

    /// Whether the row `i` of the index of PostgreSQL has the tokens.
    fn found(&mut self, tokens: &Tokens) -> String {
        let column = match tokens.field {
            Field::Grams => "grams",
            Field::Words => "words",
        };
        format!("i.{column} @@ CAST({} AS TSQUERY)", self.values.mark(tokens.query(true).as_str()))
    }

    /// The ids of the packages that meet the condition.
    fn set(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Tokens(tokens) if self.postgres => {
                format!("SELECT i.package_id FROM package_index i WHERE {}", self.found(tokens))
            }
            Condition::Tokens(tokens) => {
                let query = self.values.mark(tokens.query(false).as_str());
                format!("SELECT rowid FROM package_index WHERE package_index MATCH {query}")
            }
            Condition::Fact(fact) => {
                format!("SELECT package_id FROM package_facts WHERE fact = {}", self.fact(fact))
            }
            Condition::Any(any) if any.is_empty() => "SELECT id FROM packages WHERE FALSE".to_owned(),
            Condition::Any(any) => {
                any.iter().map(|condition| self.set(condition)).collect::<Vec<_>>().join(" UNION ")
            }
            _ => {
                let test = Writer { values: self.values, postgres: self.postgres, row: "x", form: Form::Set }
                    .test(condition);
                format!("SELECT x.id FROM packages x WHERE {test}")
            }
        }
    }

    fn fact(&mut self, fact: &Fact) -> String {
        match fact {
            Fact::Is(fact) => self.values.mark(fact.as_str()),
            Fact::Of { text, repository, package } => {
                let text = self.values.mark(*text);
                let repository = self.values.mark(repository.as_str());
                let package = self.values.mark(package.as_str());
                format!(
                    "(SELECT {text} || CAST(d.id AS TEXT) FROM packages d JOIN repositories e \
                     ON e.id = d.repository_id WHERE e.name = {repository} AND d.name = {package})"
                )
            }
        }
    }
}
