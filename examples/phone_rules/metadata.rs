//! Google's metadata of phone numbers, as `rlibphonenumber` ships it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use prost::Message;
use rlibphonenumber::{PhoneMetadata, PhoneMetadataCollection};

/// The regions of each calling code, the main one first.
pub(crate) type Regions = BTreeMap<u16, Vec<PhoneMetadata>>;

/// Reads the metadata of the version of `rlibphonenumber` that `Cargo.lock` names, where Cargo keeps its sources.
pub(crate) fn read() -> Result<Regions, String> {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock");
    let lock =
        std::fs::read_to_string(lock).map_err(|error| format!("cannot read `{lock}`: {error}"))?;
    let version = lock
        .split("[[package]]")
        .find(|package| package.contains("name = \"rlibphonenumber\""))
        .and_then(|package| package.split("version = \"").nth(1)?.split('"').next())
        .ok_or("`Cargo.lock` does not name `rlibphonenumber`")?;
    let home = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir()
            .ok_or("cannot tell where Cargo keeps its sources: set `CARGO_HOME`")?
            .join(".cargo"),
    };
    let sources = home.join("registry/src");
    let file = format!("rlibphonenumber-{version}/src/generated/metadata/metadata.bin");
    let bytes = std::fs::read_dir(&sources)
        .into_iter()
        .flatten()
        .filter_map(|registry| std::fs::read(registry.ok()?.path().join(&file)).ok())
        .next()
        .ok_or_else(|| format!("cannot find `{file}` below `{}`", sources.display()))?;
    let collection =
        PhoneMetadataCollection::decode(bytes.as_slice()).map_err(|error| error.to_string())?;
    let mut regions = Regions::new();
    for region in collection.metadata {
        let code = u16::try_from(region.country_code())
            .map_err(|_| format!("`{}` has no calling code", region.id))?;
        let same = regions.entry(code).or_default();
        let at = if region.main_country_for_code() {
            0
        } else {
            same.len()
        };
        same.insert(at, region);
    }
    Ok(regions)
}
