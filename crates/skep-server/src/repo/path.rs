//! Paths of the repository.

/// A resource that a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resource<'a> {
    pub(super) repository: &'a str,
    pub(super) file: File<'a>,
}

/// What of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File<'a> {
    Names,
    Versions,
    Package(&'a str),
    Tarball {
        name: &'a str,
        version: &'a str,
    },
    Docs {
        name: &'a str,
        version: &'a str,
    },
    Policy(&'a str),
    PublicKey,
    /// The path below `installs/`.
    Installs(&'a str),
}

impl<'a> Resource<'a> {
    /// Doubled slashes do not count. Nothing here needs percent-encoding: a path that has it names nothing.
    pub(super) fn parse(path: &'a str) -> Option<Self> {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let mut first = segments.next()?;
        let mut repository = "hexpm";
        if first == "repos" {
            repository = segments.next()?;
            first = segments.next()?;
            // Hex 2.5 appends `/repos/ORG` to the address of an organization, also to one that ends with it.
            if first == "repos" {
                first = segments.next().filter(|again| *again == repository).and(segments.next())?;
            }
        }
        // The only folder of folders; what of it may be read is not decided here.
        if let ("installs", "hexpm", Some(path)) = (first, repository, below(path, "installs")) {
            return Some(Self { repository, file: File::Installs(path) });
        }
        let second = segments.next();
        if segments.next().is_some() {
            return None;
        }
        let file = match (first, second) {
            ("names", None) => File::Names,
            ("versions", None) => File::Versions,
            ("packages", Some(name)) => File::Package(name),
            ("tarballs", Some(file)) => {
                let (name, version) = file.strip_suffix(".tar")?.split_once('-')?;
                File::Tarball { name, version }
            }
            ("docs", Some(file)) => {
                let (name, version) = file.strip_suffix(".tar.gz")?.split_once('-')?;
                File::Docs { name, version }
            }
            ("policies", Some(name)) => File::Policy(name),
            ("public_key", None) => File::PublicKey,
            _ => return None,
        };
        Some(Self { repository, file })
    }
}

/// What follows a first segment.
fn below<'a>(path: &'a str, first: &str) -> Option<&'a str> {
    path.trim_start_matches('/')
        .strip_prefix(first)?
        .strip_prefix('/')
        .map(|rest| rest.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources() {
        let resource = |repository, file| Some(Resource { repository, file });
        assert_eq!(Resource::parse("/names"), resource("hexpm", File::Names));
        assert_eq!(Resource::parse("//repos//acme///versions"), resource("acme", File::Versions));
        assert_eq!(Resource::parse("/repos/acme/repos/acme/names"), resource("acme", File::Names));
        assert_eq!(Resource::parse("/repos/acme/repos/other/names"), None);
        assert_eq!(Resource::parse("/repos/acme/repos/acme/repos/acme/names"), None);
        assert_eq!(Resource::parse("/packages/plug"), resource("hexpm", File::Package("plug")));
        assert_eq!(
            Resource::parse("/repos/acme/tarballs/plug_x-1.0.0-rc.1.tar"),
            resource("acme", File::Tarball { name: "plug_x", version: "1.0.0-rc.1" })
        );
        assert_eq!(Resource::parse("/repos/acme/policies/a.b-c"), resource("acme", File::Policy("a.b-c")));
        assert_eq!(
            Resource::parse("/docs/plug-1.0.0.tar.gz"),
            resource("hexpm", File::Docs { name: "plug", version: "1.0.0" })
        );
        assert_eq!(Resource::parse("//installs//list.csv"), resource("hexpm", File::Installs("list.csv")));
        assert_eq!(
            Resource::parse("/installs/1.18.0/hex.ez"),
            resource("hexpm", File::Installs("1.18.0/hex.ez"))
        );
        assert_eq!(Resource::parse("/repos/acme/installs/list.csv"), None);
        for nothing in
            ["", "/", "/repos", "/repos/acme", "/packages", "/packages/a/b", "/tarballs/a.tar", "/x"]
        {
            assert_eq!(Resource::parse(nothing), None, "{nothing}");
        }
    }
}
