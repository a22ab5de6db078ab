//! Secret keys: from an encrypted keystore, an environment variable or a file. Never from the command line, where every user of the
//! machine can read them, and never printed.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use alloy::signers::local::{LocalSignerError, PrivateKeySigner};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where a key is kept. In TOML: `{ keystore = "key.json", password_file = "password" }`, `{ env = "NAME" }` or `{ file = "key.hex" }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "KeyFields", into = "KeyFields")]
pub enum KeySource {
    /// An encrypted JSON keystore (Web3 Secret Storage), and the file that holds its password.
    Keystore {
        /// The keystore.
        keystore: PathBuf,
        /// Its password, in the file's first line.
        password_file: PathBuf,
    },
    /// An environment variable that holds the key as 64 hexadecimal digits.
    Env(String),
    /// A file that holds the key as 64 hexadecimal digits.
    File(PathBuf),
}

/// Why a key could not be loaded. No variant carries any part of the key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file is missing or unreadable.
    #[error("KEEPER_KEY_UNREADABLE: cannot read {path}: {source}; check the path and its permissions")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The variable is not set, or not text.
    #[error(
        "KEEPER_KEY_ENV_UNSET: the environment variable {0} is not set; set it to the key as 64 hexadecimal digits"
    )]
    EnvUnset(String),
    /// Not a key.
    #[error("KEEPER_KEY_MALFORMED: {0} does not hold a secret key; expected 64 hexadecimal digits, with or without 0x")]
    Malformed(String),
    /// Wrong password, or not a keystore.
    #[error("KEEPER_KEY_LOCKED: cannot open the keystore {path}: {source}; check the password and the file")]
    Locked {
        /// The keystore.
        path: PathBuf,
        /// Why.
        source: LocalSignerError,
    },
}

impl KeySource {
    /// Loads the key.
    ///
    /// # Errors
    /// [`KeyError`], which names the place and never the key.
    pub fn load(&self) -> Result<PrivateKeySigner, KeyError> {
        match self {
            Self::Keystore { keystore, password_file } => {
                let password = read(password_file)?;
                decrypt_keystore(keystore, password.lines().next().unwrap_or_default())
            }
            Self::Env(name) => {
                let text = env::var(name).map_err(|_| KeyError::EnvUnset(name.clone()))?;
                parse(&text, &format!("the environment variable {name}"))
            }
            Self::File(path) => parse(&read(path)?, &format!("the file {}", path.display())),
        }
    }
}

/// Opens an encrypted keystore, for callers that ask for the password themselves.
///
/// # Errors
/// If the file is unreadable, is no keystore, or the password is wrong.
pub fn decrypt_keystore(keystore: &Path, password: &str) -> Result<PrivateKeySigner, KeyError> {
    // The keystore crate reports a missing file in its own words: ask the system first.
    read(keystore)?;
    PrivateKeySigner::decrypt_keystore(keystore, password)
        .map_err(|source| KeyError::Locked { path: keystore.to_owned(), source })
}

fn read(path: &Path) -> Result<String, KeyError> {
    fs::read_to_string(path).map_err(|source| KeyError::Unreadable { path: path.to_owned(), source })
}

/// The parser's own error would quote what it read.
fn parse(text: &str, place: &str) -> Result<PrivateKeySigner, KeyError> {
    text.trim().parse().map_err(|_| KeyError::Malformed(place.to_owned()))
}

/// The fields as they stand in a configuration file.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeyFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    keystore: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl TryFrom<KeyFields> for KeySource {
    type Error = &'static str;

    fn try_from(fields: KeyFields) -> Result<Self, Self::Error> {
        match fields {
            KeyFields { keystore: Some(keystore), password_file: Some(password_file), env: None, file: None } => {
                Ok(Self::Keystore { keystore, password_file })
            }
            KeyFields { keystore: None, password_file: None, env: Some(name), file: None } => Ok(Self::Env(name)),
            KeyFields { keystore: None, password_file: None, env: None, file: Some(path) } => Ok(Self::File(path)),
            _ => Err("a key is one of: keystore with password_file, env, file"),
        }
    }
}

impl From<KeySource> for KeyFields {
    fn from(source: KeySource) -> Self {
        match source {
            KeySource::Keystore { keystore, password_file } => {
                Self { keystore: Some(keystore), password_file: Some(password_file), ..Self::default() }
            }
            KeySource::Env(name) => Self { env: Some(name), ..Self::default() },
            KeySource::File(path) => Self { file: Some(path), ..Self::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The address of the private key 1.
    const ADDRESS: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";

    fn key_of_one() -> String {
        format!("{:064x}", 1)
    }

    fn source(toml: &str) -> Result<KeySource, toml::de::Error> {
        toml::from_str(toml)
    }

    #[test]
    fn each_kind_is_written_as_it_is_read() {
        for text in ["keystore = \"a\"\npassword_file = \"b\"\n", "env = \"KEY\"\n", "file = \"c\"\n"] {
            assert_eq!(toml::to_string(&source(text).unwrap()).unwrap(), text);
        }
    }

    #[test]
    fn mixed_and_unknown_fields_are_refused() {
        for text in ["", "keystore = \"a\"", "env = \"A\"\nfile = \"b\"", "private_key = \"1\""] {
            assert!(source(text).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn a_file_holds_a_key_with_or_without_prefix() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        for text in [key_of_one(), format!("0x{}\n", key_of_one())] {
            fs::write(&path, text).unwrap();
            assert_eq!(KeySource::File(path.clone()).load().unwrap().address().to_string(), ADDRESS);
        }
    }

    #[test]
    fn a_keystore_opens_with_its_password_only() {
        let dir = tempfile::tempdir().unwrap();
        // Made with scrypt's smallest cost, so that the test is quick: the key 1 under the password "right".
        let keystore = dir.path().join("store");
        fs::write(&keystore, include_str!("../tests/data/keystore-of-key-1.json")).unwrap();
        let password_file = dir.path().join("password");
        fs::write(&password_file, "right\n").unwrap();
        let source = KeySource::Keystore { keystore, password_file: password_file.clone() };
        assert_eq!(source.load().unwrap().address().to_string(), ADDRESS);
        fs::write(password_file, "wrong").unwrap();
        assert!(matches!(source.load(), Err(KeyError::Locked { .. })));
    }

    #[test]
    fn errors_never_show_the_secret() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let almost_a_key = format!("{}zz", "ab".repeat(31));
        fs::write(&path, &almost_a_key).unwrap();
        let error = KeySource::File(path).load().unwrap_err();
        assert!(matches!(error, KeyError::Malformed(_)));
        assert!(!format!("{error} {error:?}").contains("abab"), "{error:?}");
    }

    #[test]
    fn missing_places_are_named() {
        let error = KeySource::Env("LIFEBOAT_NO_SUCH_KEY".into()).load().unwrap_err().to_string();
        assert!(error.starts_with("KEEPER_KEY_ENV_UNSET") && error.contains("LIFEBOAT_NO_SUCH_KEY"), "{error}");
        let error = KeySource::File("/no/such/key".into()).load().unwrap_err().to_string();
        assert!(error.starts_with("KEEPER_KEY_UNREADABLE") && error.contains("/no/such/key"), "{error}");
    }
}
