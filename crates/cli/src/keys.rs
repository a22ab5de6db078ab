//! Which key a command uses. Keys come from keystores, the environment or files, never from the command line.

use std::{path::PathBuf, str::FromStr};

use alloy::signers::local::PrivateKeySigner;
use lifeboat_keeper::keys::{KeySource, decrypt_keystore};

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
                Ok(KeySource::Keystore { keystore, password_file }.load()?)
            }
            (Some(keystore), None, ..) => open(keystore.clone()),
            (None, _, Some(name), _) => Ok(KeySource::Env(name.clone()).load()?),
            (None, _, None, Some(path)) => Ok(KeySource::File(path.clone()).load()?),
            (None, _, None, None) => Failure::report(
                "KEY_MISSING",
                "this needs a key and none was named",
                "add --keystore FILE, --key-env NAME or --key-file FILE",
            ),
        }
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
    Ok(decrypt_keystore(&keystore, &password)?)
}

/// One of several keys of a command: `env:NAME`, `file:PATH` or `keystore:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// Anything that needs no question.
    Source(KeySource),
    /// A keystore whose password is asked for.
    Keystore(PathBuf),
}

impl FromStr for KeyPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Source(KeySource::Env(name.into()))),
            Some(("file", path)) if !path.is_empty() => Ok(Self::Source(KeySource::File(path.into()))),
            Some(("keystore", path)) if !path.is_empty() => Ok(Self::Keystore(path.into())),
            // What was given may be a key by mistake: it is not repeated.
            _ => Err("write env:NAME, file:PATH or keystore:PATH (never the key itself)".into()),
        }
    }
}

impl KeyPlace {
    /// Loads the key.
    ///
    /// # Errors
    /// Why it cannot be loaded.
    pub fn load(&self) -> eyre::Result<PrivateKeySigner> {
        match self {
            Self::Source(source) => Ok(source.load()?),
            Self::Keystore(path) => open(path.clone()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn places_are_named_and_keys_are_not_repeated() {
        assert_eq!("env:A".parse(), Ok(KeyPlace::Source(KeySource::Env("A".into()))));
        assert_eq!("file:a/b".parse(), Ok(KeyPlace::Source(KeySource::File("a/b".into()))));
        assert_eq!("keystore:k.json".parse(), Ok(KeyPlace::Keystore("k.json".into())));
        for text in ["", "env:", "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"] {
            let error = text.parse::<KeyPlace>().unwrap_err();
            assert!(!error.contains("ac09"), "{error}");
        }
    }
}
