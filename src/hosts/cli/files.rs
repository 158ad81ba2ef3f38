//! Which file a path means: one file has many names.

use std::fs;
use std::path::{Path, PathBuf};

/// What a file is recognised by.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FileId {
    /// A device and a number on it.
    #[cfg(unix)]
    Number(u64, u64),
    /// Where it is, or is to be made.
    Path(PathBuf),
}

impl FileId {
    /// The file of a path. `None` for what is no file, such as a terminal or a pipe.
    pub(super) fn of(path: &Path) -> Option<FileId> {
        match fs::metadata(path) {
            Ok(metadata) if !metadata.is_file() => None,
            #[cfg(unix)]
            Ok(metadata) => {
                use std::os::unix::fs::MetadataExt;
                Some(FileId::Number(metadata.dev(), metadata.ino()))
            }
            #[cfg(not(unix))]
            Ok(_) => fs::canonicalize(path).ok().map(FileId::Path),
            Err(_) => {
                let parent = path.parent().filter(|parent| *parent != Path::new(""));
                let parent = fs::canonicalize(parent.unwrap_or(Path::new("."))).ok()?;
                Some(FileId::Path(parent.join(path.file_name()?)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_is_the_same_under_all_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let id = |name: &str| FileId::of(&folder.path().join(name));
        assert_eq!(id("a"), id("./a"));
        assert_ne!(id("a"), id("b"));
        fs::write(folder.path().join("a"), "").unwrap();
        fs::hard_link(folder.path().join("a"), folder.path().join("b")).unwrap();
        #[cfg(unix)]
        assert_eq!(id("a"), id("b"));
        assert_eq!(FileId::of(folder.path()), None);
    }
}
