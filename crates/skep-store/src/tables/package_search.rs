//! Pages of packages that meet conditions.
//!
//! A list is either walked in its order until the page is full, or driven by a condition that few packages meet, whose
//! packages are then sorted. PostgreSQL weighs the two itself. SQLite knows nothing of how common a token is, so
//! it is told: a condition behind a unary plus is checked and never drives. Every answer is the same either way.

use super::package_index::{Field, Tokens};
use super::packages::{Package, SELECT, read};
use crate::{Conn, Micros, Param, StoreError};

/// Most packages that are sorted for a page; with more, the list is walked in its order.
const MAX_SORTED: i64 = 3_000;

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
            Self::None => "p.id",
        }
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
        let plan = Plan::of(conn, repositories, part).await?;
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

/// A part and what drives it.
struct Plan<'a> {
    repositories: &'a [i64],
    part: &'a Part,
    /// For SQLite; none walks.
    driver: Option<Driver>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Driver {
    Repositories,
    /// By its place.
    Condition(usize),
}

impl<'a> Plan<'a> {
    async fn of(conn: &mut Conn, repositories: &'a [i64], part: &'a Part) -> Result<Self, StoreError> {
        let mut plan = Self { repositories, part, driver: None };
        if conn.is_postgres() {
            return Ok(plan);
        }
        let mut smallest = MAX_SORTED;
        for (n, condition) in part.conditions.iter().enumerate() {
            let size = size(conn, condition, smallest).await?;
            if size < smallest {
                (smallest, plan.driver) = (size, Some(Driver::Condition(n)));
            }
        }
        let mut values = Values::default();
        let marks = values.marks(repositories);
        let set = format!("SELECT 1 FROM packages WHERE repository_id IN ({marks})");
        if rows(conn, &set, values, smallest).await? < smallest {
            plan.driver = Some(Driver::Repositories);
        }
        Ok(plan)
    }

    async fn find(&self, conn: &mut Conn, limit: i64, offset: i64) -> Result<Vec<Package>, StoreError> {
        let mut values = Values::default();
        let matching = self.matching(&mut values, conn.is_postgres());
        let (limit, offset) = (values.mark(limit), values.mark(offset));
        let order = self.part.sort.columns();
        // Of the pages before only the ids are read, which stand in the index of the order.
        let sql = format!(
            "{SELECT} WHERE p.id IN (SELECT p.id FROM packages p WHERE {matching} ORDER BY {order} \
             LIMIT {limit} OFFSET {offset}) ORDER BY {order}"
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
        let plus = |free: bool| if postgres || free { "" } else { "+" };
        let mut sql = format!("{}p.repository_id IN ({marks})", plus(by_repository));
        for (n, condition) in self.part.conditions.iter().enumerate() {
            let in_order = match condition {
                Condition::NamePrefix(_) => walks && sort == Sort::Name,
                Condition::UpdatedSince(_) => walks && sort == Sort::UpdatedAtAscending,
                _ => false,
            };
            let plus = plus(in_order || self.driver == Some(Driver::Condition(n)));
            sql += " AND ";
            sql += &Writer { values, postgres, row: "p", plus }.test(condition);
        }
        sql
    }
}

/// How many packages meet a condition, as far as that is quick to say; `most` if it is not, or if there are more.
async fn size(conn: &mut Conn, condition: &Condition, most: i64) -> Result<i64, StoreError> {
    match condition {
        Condition::Repository(_) | Condition::Not(_) => Ok(most),
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
            let set = Writer { values: &mut values, postgres: conn.is_postgres(), row: "p", plus: "" }
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
    /// What keeps SQLite from driving by a condition.
    plus: &'static str,
}

impl Writer<'_> {
    /// Whether the row meets the condition.
    fn test(&mut self, condition: &Condition) -> String {
        let (row, plus) = (self.row, self.plus);
        match condition {
            Condition::Repository(name) => {
                let name = self.values.mark(name.as_str());
                format!("{plus}{row}.repository_id = (SELECT id FROM repositories WHERE name = {name})")
            }
            Condition::Name(name) => format!("{plus}{row}.name = {}", self.values.mark(name.as_str())),
            Condition::NamePrefix(start) => {
                let from = self.values.mark(start.as_str());
                // Names consist of what sorts before the tilde.
                let to = self.values.mark(format!("{start}~").as_str());
                format!("{plus}{row}.name >= {from} AND {plus}{row}.name < {to}")
            }
            Condition::UpdatedSince(at) => format!("{plus}{row}.updated_at >= {}", self.values.mark(*at)),
            Condition::Fact(fact) if plus == "+" => {
                let fact = self.fact(fact);
                format!(
                    "+EXISTS (SELECT 1 FROM package_facts f WHERE f.fact = {fact} AND f.package_id = {row}.id)"
                )
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

    /// The ids of the packages that meet the condition.
    fn set(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Tokens(tokens) => {
                let query = self.values.mark(tokens.query(self.postgres).as_str());
                match (self.postgres, tokens.field) {
                    (false, _) => {
                        format!("SELECT rowid FROM package_index WHERE package_index MATCH {query}")
                    }
                    (true, Field::Grams) => {
                        format!(
                            "SELECT package_id FROM package_index WHERE grams @@ CAST({query} AS TSQUERY)"
                        )
                    }
                    (true, Field::Words) => {
                        format!(
                            "SELECT package_id FROM package_index WHERE words @@ CAST({query} AS TSQUERY)"
                        )
                    }
                }
            }
            Condition::Fact(fact) => {
                format!("SELECT package_id FROM package_facts WHERE fact = {}", self.fact(fact))
            }
            Condition::Any(any) if any.is_empty() => "SELECT id FROM packages WHERE FALSE".to_owned(),
            Condition::Any(any) => {
                any.iter().map(|condition| self.set(condition)).collect::<Vec<_>>().join(" UNION ")
            }
            _ => {
                let test = Writer { values: self.values, postgres: self.postgres, row: "x", plus: "" }
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
