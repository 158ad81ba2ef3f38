//! The documents that a command is given.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::Failure;
use crate::schema::Schema;

/// The largest document that is read whole, in bytes.
const MAX_DOCUMENT_BYTES: u64 = 64 * 1024 * 1024;

/// Reads a text file whole.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    let failure = |error| Failure::File {
        path: path.to_owned(),
        error,
    };
    let file = File::open(path).map_err(failure)?;
    let mut text = String::new();
    file.take(MAX_DOCUMENT_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(failure)?;
    if text.len() as u64 > MAX_DOCUMENT_BYTES {
        let message = format!("it takes at most {MAX_DOCUMENT_BYTES} bytes, got more");
        return Err(failure(io::Error::other(message)));
    }
    Ok(text)
}

/// Reads a schema, or gives the standard objects.
pub(super) fn schema(path: Option<&Path>) -> Result<Schema, Failure> {
    let Some(path) = path else {
        return Ok(Schema::standard().clone());
    };
    let text = read_text(path)?;
    Schema::parse(&text).map_err(|diagnostic| Failure::Diagnostics {
        name: path.display().to_string(),
        text,
        diagnostics: vec![diagnostic],
    })
}
