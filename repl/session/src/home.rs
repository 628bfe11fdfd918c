//! Where the user's own files live.

use std::ffi::OsString;
use std::path::PathBuf;

/// Directories of the user. None of them need exist yet.
#[derive(Clone, Debug)]
pub struct Home {
    /// Keys and known hosts.
    pub config: PathBuf,
    /// Codebases and stores.
    pub data: PathBuf,
    /// What can be made again.
    pub cache: PathBuf,
}

/// No variable says where the user's directories are: neither `UNISON_HOME` nor `HOME` is set.
#[derive(Debug)]
pub struct Homeless;

impl Home {
    /// From the environment: all below `UNISON_HOME` if it is set, else where the XDG variables or their defaults below `HOME` say.
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> Result<Home, Homeless> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(root) = set("UNISON_HOME") {
            return Ok(Home { config: root.join("config"), data: root.join("data"), cache: root.join("cache") });
        }
        let home = set("HOME");
        let directory = |xdg: &str, default: &str| {
            let base = set(xdg).or_else(|| home.as_ref().map(|home| home.join(default)));
            base.map(|base| base.join("unison")).ok_or(Homeless)
        };
        Ok(Home {
            config: directory("XDG_CONFIG_HOME", ".config")?,
            data: directory("XDG_DATA_HOME", ".local/share")?,
            cache: directory("XDG_CACHE_HOME", ".cache")?,
        })
    }

    /// The codebase that is used outside of projects.
    pub fn codebase(&self) -> PathBuf {
        self.data.join("codebase.sqlite")
    }

    /// The store of a node that was not given one.
    pub fn node_store(&self) -> PathBuf {
        self.data.join("node.sqlite")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(variables: &[(&str, &str)]) -> Result<Home, Homeless> {
        Home::from_environment(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn directories_follow_the_environment() {
        assert_eq!(home(&[("HOME", "/h")]).expect("HOME is set").cache, PathBuf::from("/h/.cache/unison"));
        let xdg = home(&[("HOME", "/h"), ("XDG_DATA_HOME", "/d")]).expect("HOME is set");
        assert_eq!(xdg.codebase(), PathBuf::from("/d/unison/codebase.sqlite"));
        assert_eq!(home(&[("UNISON_HOME", "/u")]).expect("set").config, PathBuf::from("/u/config"));
        assert!(home(&[("UNISON_HOME", "")]).is_err(), "an empty variable counts as not set");
    }
}
