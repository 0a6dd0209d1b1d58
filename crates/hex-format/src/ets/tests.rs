use proptest::prelude::*;

use super::*;
use crate::term;

const SET: Table =
    Table { name: "Elixir.Hex.Registry.Server", ordered: false, named: false, public: false, key: 1 };
const ORDERED: Table = Table { name: "package_index", ordered: true, named: true, public: true, key: 2 };

/// Written by Erlang/OTP 25: a version, a row with a process in it and one of 65 600 bytes.
const BY_ERLANG: &[u8] = include_bytes!("../../tests/data/table.ets");

#[test]
fn a_table_of_erlang() {
    let rows = read(BY_ERLANG, &ORDERED).unwrap();
    let keys: Vec<Option<Term>> = rows.iter().map(|row| row.key.clone()).collect();
    // A process is no plain data; the long row has a checksum before it.
    assert_eq!(keys, [Some(Term::atom("long")), Some(Term::atom("package_index_version")), None]);
    assert_eq!(rows[1].fields().unwrap(), [Term::Integer(7), Term::atom("package_index_version")]);
    let again = write(&ORDERED, &rows);
    assert_eq!(read(&again, &ORDERED).unwrap(), rows);
}

#[test]
fn what_is_damaged_is_refused() {
    let rows = [Row::new(&SET, vec![Term::atom("version"), Term::Integer(5)])];
    let whole = write(&SET, &rows);
    assert_eq!(read(&whole, &SET).unwrap(), rows);
    assert_eq!(read(&whole[..whole.len() - 1], &SET), Err(EtsError::Shape));
    assert_eq!(read(b"{version,5}.", &SET), Err(EtsError::Shape));
    assert_eq!(read(b"", &SET), Err(EtsError::Shape));
    // The five of the version, as another digit.
    let at = whole.windows(2).rposition(|pair| pair == [97, 5]).unwrap() + 1;
    let mut changed = whole.clone();
    changed[at] = 4;
    assert_eq!(read(&changed, &SET), Err(EtsError::Checksum));
    // The table twice.
    let mut twice = whole;
    twice.extend_from_within(8..);
    assert_eq!(read(&twice, &SET), Err(EtsError::Shape));
}

proptest! {
    #[test]
    fn round_trip(fields in prop::collection::vec(prop::collection::vec(term::strategy(), 2..5), 0..20), long in 60_000usize..70_000) {
        for table in [SET, ORDERED] {
            let mut rows: Vec<Row> = fields.iter().map(|fields| Row::new(&table, fields.clone())).collect();
            rows.push(Row::new(&table, vec![Term::bin(vec![b'x'; long]), Term::Integer(1)]));
            let again = read(&write(&table, &rows), &table).unwrap();
            prop_assert_eq!(again.len(), rows.len());
            for (again, row) in again.iter().zip(&rows) {
                prop_assert_eq!(&again.bytes, &row.bytes);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let _ = read(&bytes, &SET);
        let mut changed = BY_ERLANG.to_vec();
        let place = at.index(changed.len());
        changed[place] = to;
        let _ = read(&changed[..cut.index(changed.len())], &ORDERED);
    }
}
