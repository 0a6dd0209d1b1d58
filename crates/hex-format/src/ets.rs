//! Tables of the Erlang machine in files, as `ets:tab2file/3` writes and `ets:file2tab/2` reads them.
//!
//! Mix and rebar3 keep what they know of a registry in such files. A row that this module does not understand is kept
//! byte by byte, and a file that is damaged is refused as a whole: its checksum must never be renewed over what
//! somebody else has broken.
//!
//! The file is a log of Erlang's `disk_log`: a head, then items of a length, a mark and a term. The first item describes
//! the table, the last one holds the number of rows and a checksum, and there is one for each row in between. Seen with
//! OTP 25; the format has been the same since OTP R13.

use md5::{Digest, Md5};

use crate::etf;
use crate::term::Term;

/// Most bytes of a file. The cache of Mix has one or two megabytes for a large project.
pub const MAX_BYTES: usize = 256 << 20;
/// Most rows of a table.
pub const MAX_ROWS: usize = 2_000_000;
/// How large one row may be.
const ROW: etf::Limits = etf::Limits { bytes: 16 << 20, terms: 1_000_000, depth: 64 };

/// The first four bytes of a log, and the next four when it was closed properly, or is still open.
const HEAD: [u8; 4] = [1, 2, 3, 4];
const CLOSED: [u8; 4] = [99, 88, 77, 11];
const OPENED: [u8; 4] = [6, 7, 8, 9];
/// What stands between length and term.
const MARK: [u8; 4] = [98, 87, 76, 65];
/// The same in logs of old releases, where long terms have no checksum of their length.
const OLD_MARK: [u8; 4] = [12, 33, 44, 55];
/// From this length on, the checksum of the length stands before the term.
const LONG: usize = 65_528;
const MD5_BYTES: usize = 16;

/// What a table is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name: an atom.
    pub name: &'static str,
    /// Whether rows are kept in the order of their keys.
    pub ordered: bool,
    /// Whether it can be found by its name.
    pub named: bool,
    /// Whether other processes may write to it.
    pub public: bool,
    /// Which field of a row is its key, counted from one.
    pub key: usize,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The key; none if this row can't be understood here.
    pub key: Option<Term>,
    /// The row in the external term format.
    bytes: Vec<u8>,
}

impl Row {
    /// The row with these fields.
    pub fn new(table: &Table, fields: Vec<Term>) -> Self {
        let key = fields.get(table.key - 1).cloned();
        Self { key, bytes: etf::encode(&Term::Tuple(fields)) }
    }

    /// The fields; none if they can't be understood here.
    pub fn fields(&self) -> Option<Vec<Term>> {
        match etf::decode_with_atoms(&self.bytes, &ROW, |_| true) {
            Ok(Term::Tuple(fields)) => Some(fields),
            _ => None,
        }
    }
}

/// Why a file is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EtsError {
    /// More than [`MAX_BYTES`].
    #[error("the table has {0} bytes, and at most {MAX_BYTES} are read")]
    TooLarge(usize),
    /// More than [`MAX_ROWS`].
    #[error("the table has more than {MAX_ROWS} rows")]
    TooMany,
    /// Something else, or cut off.
    #[error("this is not a table of Erlang, or only a part of one")]
    Shape,
    /// Not what was written.
    #[error("the table is damaged: its checksum is wrong")]
    Checksum,
}

/// Reads the rows of a file. What the table is like is not read: whoever knows the keys knows it.
///
/// # Errors
/// When it is no such file, exceeds a limit, or was changed after it was written.
pub fn read(file: &[u8], table: &Table) -> Result<Vec<Row>, EtsError> {
    if file.len() > MAX_BYTES {
        return Err(EtsError::TooLarge(file.len()));
    }
    let (head, mut rest) = file.split_at_checked(HEAD.len() * 2).ok_or(EtsError::Shape)?;
    if head[..4] != HEAD || ![CLOSED, OPENED].iter().any(|state| head[4..] == *state) {
        return Err(EtsError::Shape);
    }
    let (description, tail) = item(rest)?;
    rest = tail;
    let mut hash = Md5::new_with_prefix(description);
    let mut rows = Vec::new();
    while !rest.is_empty() {
        let (bytes, tail) = item(rest)?;
        rest = tail;
        if let Some(end) = end(bytes) {
            end.check(rows.len(), hash)?;
            return if rest.is_empty() { Ok(rows) } else { Err(EtsError::Shape) };
        }
        hash.update(bytes);
        if rows.len() == MAX_ROWS {
            return Err(EtsError::TooMany);
        }
        let mut row = Row { key: None, bytes: bytes.to_vec() };
        row.key = row.fields().and_then(|fields| fields.into_iter().nth(table.key - 1));
        rows.push(row);
    }
    // Without the last item nothing tells a whole table from a part, but rebar3 writes it so.
    Ok(rows)
}

/// Writes a table with these rows, which must have different keys.
pub fn write<'a>(table: &Table, rows: impl IntoIterator<Item = &'a Row>) -> Vec<u8> {
    let rows: Vec<&Row> = rows.into_iter().collect();
    let description = etf::encode(&describe(table, rows.len()));
    let mut hash = Md5::new_with_prefix(&description);
    let mut file = [HEAD, CLOSED].concat();
    put(&mut file, &description);
    for row in &rows {
        hash.update(&row.bytes);
        put(&mut file, &row.bytes);
    }
    let count = Term::pair(Term::atom("count"), integer(rows.len()));
    let md5 = Term::pair(Term::atom("md5"), Term::bin(hash.finalize()));
    let end = Term::List(vec![Term::atom(END), Term::List(vec![count, md5])]);
    put(&mut file, &etf::encode(&end));
    file
}

/// The fields of the first item that a reader needs, and which checks it may make.
fn describe(table: &Table, size: usize) -> Term {
    let atom = Term::atom;
    let fields = [
        ("name", atom(table.name)),
        ("size", integer(size)),
        ("named_table", Term::bool(table.named)),
        ("type", atom(if table.ordered { "ordered_set" } else { "set" })),
        ("keypos", integer(table.key)),
        ("protection", atom(if table.public { "public" } else { "protected" })),
        ("compressed", Term::bool(false)),
        ("major_version", integer(1)),
        ("minor_version", integer(0)),
        ("extended_info", Term::List(vec![atom("object_count"), atom("md5sum")])),
    ];
    Term::Tuple(fields.into_iter().map(|(name, value)| Term::pair(atom(name), value)).collect())
}

fn integer(number: usize) -> Term {
    Term::Integer(number as i128)
}

fn put(file: &mut Vec<u8>, term: &[u8]) {
    let length =
        u32::try_from(term.len()).expect("invariant: a row is far below four gigabytes").to_be_bytes();
    file.extend(length);
    file.extend(MARK);
    if term.len() >= LONG {
        file.extend(Md5::digest(length));
    }
    file.extend(term);
}

/// The first item, and what follows it.
fn item(bytes: &[u8]) -> Result<(&[u8], &[u8]), EtsError> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(EtsError::Shape)?;
    let (mark, rest) = rest.split_first_chunk::<4>().ok_or(EtsError::Shape)?;
    let size = u32::from_be_bytes(*length) as usize;
    let rest = match *mark {
        MARK if size >= LONG => {
            let (md5, rest) = rest.split_at_checked(MD5_BYTES).ok_or(EtsError::Shape)?;
            if md5 != Md5::digest(length).as_slice() {
                return Err(EtsError::Checksum);
            }
            rest
        }
        MARK | OLD_MARK => rest,
        _ => return Err(EtsError::Shape),
    };
    rest.split_at_checked(size).ok_or(EtsError::Shape)
}

const END: &str = "$end_of_table";

/// The last item, if this is it.
struct End(Term);

fn end(bytes: &[u8]) -> Option<End> {
    // A list, whereas rows are tuples: most items are told apart by their second byte.
    const LIST: u8 = 108;
    if bytes.get(1) != Some(&LIST) {
        return None;
    }
    match etf::decode_with_atoms(bytes, &ROW, |_| true).ok()?.as_list()? {
        [mark, facts] if mark.is_atom(END) => Some(End(facts.clone())),
        _ => None,
    }
}

impl End {
    fn check(&self, rows: usize, hash: Md5) -> Result<(), EtsError> {
        let count = self.0.get_atom("count").is_none_or(|count| *count == integer(rows));
        let md5 = self.0.get_atom("md5").is_none_or(|md5| md5.as_bytes() == Some(hash.finalize().as_slice()));
        if count && md5 { Ok(()) } else { Err(EtsError::Checksum) }
    }
}

#[cfg(test)]
mod tests;
