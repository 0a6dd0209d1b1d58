use super::*;

const SHAPE: Shape = Shape { max_bytes: 64, max_fields: 5, nested: &[1] };

#[test]
fn counts_fields_at_two_levels() {
    // Field 1 with two inner varints, field 2 a string: 1 + 2 + 1.
    let payload = [0x0a, 4, 0x08, 1, 0x10, 2, 0x12, 1, b'x'];
    assert_eq!(SHAPE.check(&payload), Ok(()));
    let twice = payload.repeat(2);
    assert_eq!(SHAPE.check(&twice), Err(DecodeError::TooManyFields { limit: 5 }));
}

#[test]
fn strings_are_not_read_as_messages() {
    assert_eq!(SHAPE.check(&[0x12, 3, 0xff, 0xff, 0xff]), Ok(()));
}

#[test]
fn refuses_sizes_groups_and_short_fields() {
    assert_eq!(SHAPE.check(&[0; 65]), Err(DecodeError::TooLarge { found: 65, limit: 64 }));
    for bad in [&[0x0b_u8][..], &[0x0c], &[0x0a, 9, 1], &[0x0a], &[0x80], &[0x09, 1], &[0x0d, 1], &[0xff; 11]]
    {
        assert!(matches!(SHAPE.check(bad), Err(DecodeError::Malformed(_))), "{bad:?}");
    }
}

#[test]
fn fixed_width_fields_are_skipped() {
    assert_eq!(SHAPE.check(&[0x19, 0, 0, 0, 0, 0, 0, 0, 0, 0x1d, 0, 0, 0, 0]), Ok(()));
}
