//! QR codes as pictures in a page: dark squares on white whatever the colours of the page, with the quiet zone that
//! scanners need.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};
use skep_core::Error;

/// White modules around the code.
const QUIET: usize = 4;

/// An `svg` element.
///
/// # Errors
/// 500 if the text is too long for a code.
pub(super) fn svg(text: &str) -> Result<String, Error> {
    let code = QRBuilder::new(text).ecl(ECL::M).build();
    let code = code.map_err(|error| Error::internal(format!("{error:?}")))?;
    let mut path = String::new();
    for row in 0..code.size {
        let mut column = 0;
        while column < code.size {
            let run = code[row][column..code.size].iter().take_while(|module| module.value()).count();
            if run > 0 {
                write!(path, "M{} {}h{run}v1h-{run}z", column + QUIET, row + QUIET)
                    .map_err(Error::internal)?;
            }
            column += run.max(1);
        }
    }
    let size = code.size + 2 * QUIET;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" role=\"img\" \
         aria-label=\"QR code for the authenticator app\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path d=\"{path}\"/></svg>"
    ))
}
