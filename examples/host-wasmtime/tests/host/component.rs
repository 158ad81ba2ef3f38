//! Where the built component is.

use std::path::Path;

/// The bytes of the component.
pub(crate) fn bytes() -> Vec<u8> {
    // `CARGO_TARGET_TMPDIR` stands in the target folder, where `wasm/build` puts the component too.
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("attio-destination.wasm");
    std::fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; build it with `just wasm`", file.display()))
}
