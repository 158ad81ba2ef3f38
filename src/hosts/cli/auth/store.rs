//! Tokens that are kept between runs: one file for each workspace, which only its owner can read.
//!
//! `attio-destination/workspaces/NAME.json` in the folder for configuration that the platform has.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::super::Failure;
use crate::diagnostic::did_you_mean;

/// The name of a workspace that is given none.
pub(in super::super) const DEFAULT_NAME: &str = "default";
/// The longest name, in bytes.
const LONGEST_NAME: usize = 64;

/// What is kept of a workspace.
#[derive(Debug)]
pub(in super::super) struct Kept {
    pub(in super::super) token: SecretString,
    /// Where its API is: the token goes nowhere else unless a person says so.
    pub(in super::super) base_url: String,
    /// Where the token is asked about.
    pub(in super::super) introspect_url: String,
}

/// The file. It has no `Debug`, since it holds a token.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    access_token: String,
    base_url: String,
    introspect_url: String,
}

/// A name as `--workspace` takes it.
pub(in super::super) fn name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if text.is_empty() || text.len() > LONGEST_NAME || !text.chars().all(is_plain) {
        return Err(format!(
            "expected at most {LONGEST_NAME} letters, digits, `-` and `_`"
        ));
    }
    Ok(text.to_owned())
}

/// The folder of the files.
#[derive(Clone, Debug)]
pub(in super::super) struct Store {
    folder: PathBuf,
}

impl Store {
    /// The folder of this user; `None` where the platform names none.
    pub(in super::super) fn of_user() -> Option<Store> {
        let variable = |name: &str| {
            let path = env::var_os(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        let folder = if cfg!(windows) {
            variable("APPDATA")
        } else if cfg!(target_os = "macos") {
            variable("HOME").map(|home| home.join("Library/Application Support"))
        } else {
            variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")))
        };
        Some(Store {
            folder: folder?.join("attio-destination").join("workspaces"),
        })
    }

    /// Where a workspace is kept.
    pub(in super::super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    /// The names of all that are kept, in order.
    pub(in super::super) fn names(&self) -> Vec<String> {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = files.filter_map(|file| {
            let file = file.file_name().into_string().ok()?;
            name(file.strip_suffix(".json")?).ok()
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Reads what is kept of a workspace; `None` when nothing is.
    pub(in super::super) fn read(&self, name: &str) -> Result<Option<Kept>, Failure> {
        let path = self.path(name);
        let text = match read_private(&path) {
            Ok(Some(text)) => text,
            Ok(None) => {
                return Err(Failure::usage_with_help(
                    format!("`{}` can be read by others", path.display()),
                    format!("run `chmod 600 '{}'`, and make a new token", path.display()),
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::File { path, error }),
        };
        // OK to leave out what is wrong with it, because that could quote the token.
        let stored: Stored = serde_json::from_str(&text).map_err(|_| {
            Failure::usage_with_help(
                format!("`{}` is not a file of `auth login`", path.display()),
                format!("run `attio-destination auth login --workspace {name}`"),
            )
        })?;
        Ok(Some(Kept {
            token: SecretString::from(stored.access_token),
            base_url: stored.base_url,
            introspect_url: stored.introspect_url,
        }))
    }

    /// Keeps a workspace, in place of what was kept under its name.
    pub(in super::super) fn write(&self, name: &str, kept: &Kept) -> Result<PathBuf, Failure> {
        let path = self.path(name);
        let stored = Stored {
            access_token: kept.token.expose_secret().to_owned(),
            base_url: kept.base_url.clone(),
            introspect_url: kept.introspect_url.clone(),
        };
        let beside = self
            .folder
            .join(format!("{name}.{}.new", std::process::id()));
        let written = make_folder(&self.folder)
            .and_then(|()| create_private(&beside))
            .and_then(|mut file| {
                serde_json::to_writer_pretty(&mut file, &stored)?;
                file.write_all(b"\n")?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&beside, &path));
        match written {
            Ok(()) => Ok(path),
            Err(error) => {
                // OK to ignore, because it may not have been made.
                let _ = fs::remove_file(&beside);
                Err(Failure::File { path, error })
            }
        }
    }

    /// Forgets a workspace; whether there was one.
    pub(in super::super) fn remove(&self, name: &str) -> Result<bool, Failure> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Failure::File { path, error }),
        }
    }

    /// What there is to say about a name that is not kept.
    pub(in super::super) fn unknown(&self, name: &str) -> Failure {
        let names = self.names();
        let meant = did_you_mean(name, names.iter().map(String::as_str));
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("run `attio-destination auth login --workspace {name}`"),
        };
        Failure::usage_with_help(format!("there is no workspace `{name}`"), help)
    }
}

/// The text of a file; `None` when others can read it too.
fn read_private(path: &Path) -> io::Result<Option<String>> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if fs::metadata(path)?.mode() & 0o077 != 0 {
            return Ok(None);
        }
    }
    fs::read_to_string(path).map(Some)
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// A new file that nobody else can read, not even before anything is in it.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(folder: &Path) -> Store {
        Store {
            folder: folder.join("a").join("workspaces"),
        }
    }

    fn kept(token: &str) -> Kept {
        Kept {
            token: token.into(),
            base_url: "https://api.attio.com".to_owned(),
            introspect_url: "https://app.attio.com/oauth/introspect".to_owned(),
        }
    }

    #[test]
    fn what_is_kept_is_read_again_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        assert_eq!(store.names(), [""; 0]);
        assert!(store.read("acme").unwrap().is_none());
        store.write("acme", &kept("one")).unwrap();
        store.write("acme", &kept("two")).unwrap();
        store.write("beta", &kept("three")).unwrap();
        assert_eq!(store.names(), ["acme", "beta"]);
        let read = store.read("acme").unwrap().unwrap();
        assert_eq!(read.token.expose_secret(), "two");
        assert!(!format!("{read:?}").contains("two"));
        assert!(store.remove("acme").unwrap());
        assert!(!store.remove("acme").unwrap());
        assert_eq!(store.names(), ["beta"]);
        let files = fs::read_dir(&store.folder).unwrap().count();
        assert_eq!(files, 1, "nothing is left beside");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let path = store.write("acme", &kept("one")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&store.folder).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = format!("{:?}", store.read("acme").unwrap_err());
        assert!(refused.contains("can be read by others"), "{refused}");
    }

    #[test]
    fn a_file_that_is_another_is_refused_without_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let path = store.write("acme", &kept("one")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"one\"", "\"one\" secret")).unwrap();
        let refused = format!("{:?}", store.read("acme").unwrap_err());
        assert!(
            refused.contains("is not a file of `auth login`"),
            "{refused}"
        );
        assert!(!refused.contains("secret"), "{refused}");
    }

    #[test]
    fn names_are_plain() {
        assert_eq!(name("acme-EU_2").as_deref(), Ok("acme-EU_2"));
        for text in ["", "../x", "a b", "ä", "a.json", &"x".repeat(65)] {
            assert!(name(text).is_err(), "{text}");
        }
    }
}
