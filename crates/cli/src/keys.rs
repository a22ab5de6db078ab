//! Which key a command uses. Keys come from keystores, the environment or files, never from the command line.

use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr};

use alloy::signers::local::PrivateKeySigner;
use lifeboat_keeper::keys::{KeyError, KeySource, decrypt_keystore};

use crate::failure::Failure;

/// The key that signs, and pays the gas where something is sent.
#[derive(Clone, Debug, clap::Args)]
pub struct KeyArgs {
    /// Encrypted keystore (JSON); its password is asked for, or read from --password-file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key_env", "key_file"])]
    pub keystore: Option<PathBuf>,
    /// File whose first line is the keystore's password.
    #[arg(long, value_name = "FILE", requires = "keystore")]
    pub password_file: Option<PathBuf>,
    /// Environment variable that holds the secret key in hexadecimal.
    #[arg(long, value_name = "NAME", conflicts_with = "key_file")]
    pub key_env: Option<String>,
    /// File that holds the secret key in hexadecimal.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

impl KeyArgs {
    /// Loads the key, asking for the keystore's password if there is no file for it.
    ///
    /// # Errors
    /// `KEY_MISSING` if none is named, or why it cannot be loaded.
    pub fn load(&self) -> eyre::Result<PrivateKeySigner> {
        match (&self.keystore, &self.password_file, &self.key_env, &self.key_file) {
            (Some(keystore), Some(password_file), ..) => {
                let (keystore, password_file) = (keystore.clone(), password_file.clone());
                load(&KeySource::Keystore { keystore, password_file })
            }
            (Some(keystore), None, ..) => open(keystore.clone()),
            (None, _, Some(name), _) => from_environment(name),
            (None, _, None, Some(path)) => load(&KeySource::File(path.clone())),
            (None, _, None, None) => Failure::report(
                "KEY_MISSING",
                "this needs a key and none was named",
                "add --keystore FILE, --key-env NAME or --key-file FILE",
            ),
        }
    }
}

fn load(source: &KeySource) -> eyre::Result<PrivateKeySigner> {
    Ok(source.load().map_err(failure)?)
}

/// The keeper's reading of keys under the command's own ids: no keeper is concerned.
fn failure(error: KeyError) -> Failure {
    match error {
        KeyError::Unreadable { path, source } => Failure::new(
            "KEY_UNREADABLE",
            format!("cannot read {}: {source}", path.display()),
            "check the path and its permissions",
        ),
        KeyError::EnvUnset(name) => Failure::new(
            "KEY_ENV_UNSET",
            format!("the environment variable {name} is not set"),
            "set it to the key as 64 hexadecimal digits, or name another variable",
        ),
        KeyError::Malformed(place) => Failure::new(
            "KEY_MALFORMED",
            format!("{place} does not hold a secret key"),
            "put 64 hexadecimal digits there, with or without 0x",
        ),
        KeyError::Locked { path, source } => Failure::new(
            "KEY_LOCKED",
            format!("cannot open the keystore {}: {source}", path.display()),
            "check the password and the file",
        ),
    }
}

fn open(keystore: PathBuf) -> eyre::Result<PrivateKeySigner> {
    let password = rpassword::prompt_password(format!("Password of {}: ", keystore.display())).map_err(|error| {
        Failure::new(
            "KEY_PASSWORD",
            format!("the password cannot be asked for: {error}"),
            "give it with --password-file FILE",
        )
    })?;
    Ok(decrypt_keystore(&keystore, &password).map_err(failure)?)
}

/// One of several keys of a command: `env:NAME`, `file:PATH` or `keystore:PATH`. Read late, because clap would repeat a key that
/// was given by mistake.
#[derive(Clone)]
pub struct KeyPlace(String);

impl fmt::Debug for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPlace(..)")
    }
}

impl FromStr for KeyPlace {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl KeyPlace {
    /// Loads the key, asking for a keystore's password.
    ///
    /// # Errors
    /// `KEY_PLACE`, `KEY_EXPOSED`, or why it cannot be loaded.
    pub fn load(&self) -> eyre::Result<PrivateKeySigner> {
        match self.0.split_once(':') {
            Some(("env", name)) if !name.is_empty() => from_environment(name),
            Some(("file", path)) if !path.is_empty() => load(&KeySource::File(path.into())),
            Some(("keystore", path)) if !path.is_empty() => open(path.into()),
            _ => Failure::report(
                "KEY_PLACE",
                "the place of a key is not one",
                "write env:NAME, file:PATH or keystore:PATH, never the key itself",
            ),
        }
    }
}

fn from_environment(name: &str) -> eyre::Result<PrivateKeySigner> {
    let digits = name.strip_prefix("0x").unwrap_or(name);
    if digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return Failure::report(
            "KEY_EXPOSED",
            "a key stands on the command line, where every user of this machine can read it",
            "stop using this key; give the name of an environment variable that holds another",
        );
    }
    load(&KeySource::Env(name.to_owned()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::failure::explain;

    #[test]
    fn a_key_given_by_mistake_is_not_repeated() {
        let key = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
        for (text, id) in
            [("", "KEY_PLACE"), ("env:", "KEY_PLACE"), (key, "KEY_PLACE"), (&format!("env:0x{key}"), "KEY_EXPOSED")]
        {
            let place = KeyPlace(text.to_owned());
            let explained = explain(&place.load().unwrap_err());
            assert_eq!(explained.failure.id, id, "{text}");
            assert!(!format!("{explained:?} {place:?}").contains("ac09"), "{explained:?}");
        }
    }
}
