//! The actions that come with the program: every file in `actions/`.

use std::sync::LazyLock;

use super::Definition;
use crate::schema::Schema;

const FILES: [&str; 3] = [
    include_str!("../../actions/identify_user.json"),
    include_str!("../../actions/group_workspace.json"),
    include_str!("../../actions/assert_record.json"),
];

/// The built-in actions.
pub static BUILT_IN: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|file| {
            Definition::parse(file, Schema::standard())
                .expect("OK because a test reads the same embedded files")
        })
        .collect()
});

/// The built-in action of a name: ours (`identify_user`), or Segment's spelling of it (`identifyUser`).
pub fn built_in(name: &str) -> Option<&'static Definition> {
    BUILT_IN.iter().find(|action| action.is_named(name))
}

/// The file that the built-in action of a name is read from.
pub fn built_in_file(name: &str) -> Option<&'static str> {
    let place = BUILT_IN.iter().position(|action| action.is_named(name))?;
    FILES.get(place).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_actions_is_listed_and_sound() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("actions");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "action.schema.json")
            .collect();
        names.sort();
        let mut listed: Vec<String> = BUILT_IN
            .iter()
            .map(|action| format!("{}.json", action.name))
            .collect();
        listed.sort();
        assert_eq!(names, listed);
    }

    #[test]
    fn actions_answer_to_segments_spelling() {
        assert_eq!(built_in("identifyUser").unwrap().name, "identify_user");
        assert_eq!(built_in("group_workspace").unwrap().name, "group_workspace");
        assert!(built_in("identify").is_none());
    }
}
