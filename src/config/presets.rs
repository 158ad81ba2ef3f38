//! Ready-made configurations: every file in `mappings/`, one per source of events.

/// The name and the text of each preset.
pub const PRESETS: [(&str, &str); 6] = [
    ("customerio", include_str!("../../mappings/customerio.json")),
    ("edgee", include_str!("../../mappings/edgee.json")),
    ("minimal", include_str!("../../mappings/minimal.json")),
    ("posthog", include_str!("../../mappings/posthog.json")),
    (
        "rudderstack",
        include_str!("../../mappings/rudderstack.json"),
    ),
    ("segment", include_str!("../../mappings/segment.json")),
];

/// The text of the preset of a name.
pub fn preset(name: &str) -> Option<&'static str> {
    PRESETS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_mappings_is_listed_under_its_own_name() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "config.schema.json")
            .collect();
        files.sort();
        assert_eq!(files, PRESETS.map(|(name, _)| format!("{name}.json")));
        for (name, text) in PRESETS {
            assert_eq!(crate::config::Config::parse(text).unwrap().name, name);
        }
    }
}
