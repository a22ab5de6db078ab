//! The pinned toolchain: Foundry, solc and the Solidity libraries.
//!
//! Binaries of the pinned version on PATH are used; otherwise the npm packages named in `package-lock.json` are installed and the
//! binaries inside them are called directly (the launchers those packages ship always exit with 0).

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use eyre::{Context, Result, bail};

/// The Foundry release that every tool must have.
pub(crate) const FOUNDRY_VERSION: &str = "1.7.1";

/// Where the Foundry binaries are.
pub(crate) struct Toolchain {
    pub(crate) forge: PathBuf,
    pub(crate) anvil: PathBuf,
    pub(crate) cast: PathBuf,
}

impl Toolchain {
    /// Finds the toolchain, installing what is missing. The Solidity libraries and solc always come from npm.
    pub(crate) fn ensure(root: &Path) -> Result<Self> {
        install_packages(root)?;
        Ok(Self { forge: locate(root, "forge")?, anvil: locate(root, "anvil")?, cast: locate(root, "cast")? })
    }

    /// A forge command in the project's root.
    pub(crate) fn forge(&self, root: &Path) -> Task {
        Task::new(&self.forge).dir(root)
    }
}

fn locate(root: &Path, name: &str) -> Result<PathBuf> {
    if on_path(name).is_some_and(|path| is_pinned(&path)) {
        return Ok(PathBuf::from(name));
    }
    let platform = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-amd64",
        (os, arch) => bail!(
            "TOOLCHAIN_PLATFORM: no pinned {name} for {os} {arch}; put {name} {FOUNDRY_VERSION} on PATH and run this again"
        ),
    };
    let path = root.join(format!("node_modules/@foundry-rs/{name}-{platform}/bin/{name}"));
    if !is_pinned(&path) {
        bail!("TOOLCHAIN_BROKEN: {} does not run; delete node_modules and run this again", path.display());
    }
    Ok(path)
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|candidate| candidate.is_file())
}

fn is_pinned(binary: &Path) -> bool {
    Command::new(binary)
        .arg("--version")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(FOUNDRY_VERSION))
}

/// Runs `npm ci` when `node_modules` does not match the lock file. npm keeps a copy of the lock it installed from.
fn install_packages(root: &Path) -> Result<()> {
    let stamp = root.join("node_modules/.lifeboat-lock");
    let lock = std::fs::read(root.join("package-lock.json")).context("reading package-lock.json")?;
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    eprintln!("installing Foundry {FOUNDRY_VERSION}, solc and the Solidity libraries (npm ci) ...");
    Task::new("npm")
        .dir(root)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .run()
        .wrap_err("TOOLCHAIN_NPM: npm is needed to install the toolchain; install Node.js 20 or newer")?;
    std::fs::write(stamp, lock)?;
    Ok(())
}

/// One external command: inherits the terminal, fails with its name.
pub(crate) struct Task(Command);

impl Task {
    pub(crate) fn new(program: impl AsRef<std::ffi::OsStr>) -> Self {
        Self(Command::new(program))
    }

    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.0.current_dir(dir);
        self
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<std::ffi::OsStr>) -> Self {
        self.0.arg(arg);
        self
    }

    pub(crate) fn args<S: AsRef<std::ffi::OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.0.args(args);
        self
    }

    pub(crate) fn env(mut self, key: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.0.env(key, value);
        self
    }

    /// With the pinned forge first on PATH, for checkers that start it themselves.
    pub(crate) fn forge_on_path(self, tools: &Toolchain) -> Result<Self> {
        let rest = std::env::var_os("PATH").unwrap_or_default();
        let own = tools.forge.parent().filter(|dir| dir.is_dir()).map(Path::to_path_buf);
        let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&rest)))?;
        Ok(self.env("PATH", path))
    }

    /// Writes what the command says into a file instead of the terminal.
    pub(crate) fn quiet(mut self, log: std::fs::File) -> Result<Self> {
        self.0.stdout(log.try_clone()?).stderr(log);
        Ok(self)
    }

    /// Runs to the end; an exit code other than 0 is an error.
    pub(crate) fn run(mut self) -> Result<()> {
        let shown = format!("{:?}", self.0).replace('"', "");
        let status = self.0.stdin(Stdio::null()).status().wrap_err_with(|| format!("starting {shown}"))?;
        if !status.success() {
            bail!("`{shown}` failed with {status}");
        }
        Ok(())
    }
}
