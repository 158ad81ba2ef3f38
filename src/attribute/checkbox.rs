//! `checkbox`.

use super::{Example, Finding, To};
use crate::json::Value;

pub(super) const DESCRIPTION: &str = "";

pub(super) const EXAMPLES: &[Example] = &[];

pub(super) fn coerce(
    value: &Value<'_>,
    _to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    value.write_to(out);
    Ok(())
}
