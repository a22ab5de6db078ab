//! The journal: every transaction's signed bytes are stored and synced before they are broadcast, replacements included, so that a
//! restart at any moment sends the same bytes again and nothing else. The chain is the truth; a lost journal costs nothing but the
//! knowledge of what is still in flight.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, B256, Bytes};
use rusqlite::{Connection, OptionalExtension, Row, params};
use thiserror::Error;

/// Why the journal cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// Another process holds it.
    #[error("KEEPER_JOURNAL_LOCKED: another keeper uses {0}; give each keeper a journal and a key of its own")]
    Locked(PathBuf),
    /// The lock file cannot be made.
    #[error("KEEPER_JOURNAL_UNWRITABLE: cannot open {path}: {source}; check the directory and its permissions")]
    Unwritable {
        /// The lock file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// It was written for another vault, chain or key.
    #[error(
        "KEEPER_JOURNAL_FOREIGN: the journal belongs to {found}, the configuration says {expected}; use another journal file"
    )]
    Foreign {
        /// Written in it.
        found: String,
        /// Configured.
        expected: String,
    },
    /// Damaged.
    #[error(
        "KEEPER_JOURNAL_DAMAGED: {path} fails its check ({reason}); move it away and start again: the keeper reads everything from the chain"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// `SQLite`'s words.
        reason: String,
    },
    /// A statement failed: a full disk, a read-only file.
    #[error("KEEPER_JOURNAL_SQLITE: the journal failed: {0}; nothing is sent that could not be noted")]
    Sqlite(#[from] rusqlite::Error),
}

/// One signed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Transaction hash.
    pub hash: B256,
    /// Id of the intent it carries.
    pub intent: String,
    /// The sender's nonce.
    pub nonce: u64,
    /// Signed bytes (EIP-2718).
    pub raw: Bytes,
    /// Priority fee, wei a gas.
    pub tip: u128,
    /// Highest price, wei a gas.
    pub cap: u128,
    /// Gas limit.
    pub gas: u64,
    /// Head at which it was signed.
    pub block: u64,
    /// Where it stands.
    pub state: AttemptState,
}

/// Where an attempt stands. Derived from what nodes said; the chain's nonce decides whether it is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptState {
    /// Stored, maybe broadcast.
    Signed,
    /// A node took it.
    Sent,
    /// A node refused it for a reason that does not pass by itself.
    Refused,
    /// Included and successful.
    Mined,
    /// Included and reverted.
    Reverted,
    /// Another transaction took its nonce.
    Superseded,
}

impl AttemptState {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Signed, "signed"),
        (Self::Sent, "sent"),
        (Self::Refused, "refused"),
        (Self::Mined, "mined"),
        (Self::Reverted, "reverted"),
        (Self::Superseded, "superseded"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }

    fn from_name(name: &str) -> rusqlite::Result<Self> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name).map(|(state, _)| *state);
        found.ok_or_else(|| rusqlite::Error::InvalidColumnName(name.to_owned()))
    }
}

/// How an attempt ended on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// Transaction hash.
    pub hash: B256,
    /// Block height.
    pub block: u64,
    /// Gas used.
    pub gas_used: u64,
    /// Whether it succeeded.
    pub ok: bool,
}

/// What the journal belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The vault.
    pub vault: Address,
    /// The sending key's address.
    pub sender: Address,
}

/// The open journal, locked for this process.
pub struct Journal {
    db: Connection,
    // Held for its lock.
    _lock: File,
}

const SCHEMA: &str = "
    CREATE TABLE owner (text TEXT NOT NULL) STRICT;
    CREATE TABLE intent (
        id TEXT PRIMARY KEY,
        first_block INTEGER NOT NULL,
        failures INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE attempt (
        hash BLOB PRIMARY KEY,
        intent TEXT NOT NULL REFERENCES intent (id),
        nonce INTEGER NOT NULL,
        raw BLOB NOT NULL,
        tip TEXT NOT NULL,
        cap TEXT NOT NULL,
        gas INTEGER NOT NULL,
        block INTEGER NOT NULL,
        state TEXT NOT NULL,
        mined_block INTEGER,
        gas_used INTEGER
    ) STRICT;
    CREATE INDEX attempt_nonce ON attempt (nonce);
    PRAGMA user_version = 1;
";

impl Journal {
    /// Opens or creates the journal at `path`. Its lock is the file beside it, so that the journal itself stays readable.
    ///
    /// # Errors
    /// [`JournalError`]; [`JournalError::Locked`] if another process has it.
    pub fn open(path: &Path, owner: &Owner) -> Result<Self, JournalError> {
        let lock_path = path.with_added_extension("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(|source| JournalError::Unwritable { path: lock_path.clone(), source })?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::Locked(path.to_owned()),
            TryLockError::Error(source) => JournalError::Unwritable { path: lock_path, source },
        })?;
        let damaged =
            |error: rusqlite::Error| JournalError::Damaged { path: path.to_owned(), reason: error.to_string() };
        let db = Connection::open(path)?;
        db.pragma_update(None, "journal_mode", "WAL").map_err(damaged)?;
        // NORMAL may lose the last commits at a power cut: a broadcast transaction would be unknown.
        db.pragma_update(None, "synchronous", "FULL")?;
        let check: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(damaged)?;
        if check != "ok" {
            return Err(JournalError::Damaged { path: path.to_owned(), reason: check });
        }
        let mut journal = Self { db, _lock: lock };
        journal.claim(owner)?;
        Ok(journal)
    }

    fn claim(&mut self, owner: &Owner) -> Result<(), JournalError> {
        let expected = format!("chain {} vault {} sender {}", owner.chain_id, owner.vault, owner.sender);
        let tx = self.db.transaction()?;
        let version: u32 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version == 0 {
            tx.execute_batch(SCHEMA)?;
            tx.execute("INSERT INTO owner (text) VALUES (?1)", [&expected])?;
        }
        let found: String = tx.query_row("SELECT text FROM owner", [], |row| row.get(0))?;
        if found != expected {
            return Err(JournalError::Foreign { found, expected });
        }
        Ok(tx.commit()?)
    }

    /// Stores attempts, synced to disk when this returns. Nothing may be broadcast before.
    ///
    /// # Errors
    /// [`JournalError::Sqlite`].
    pub fn record(&mut self, attempts: &[Attempt]) -> Result<(), JournalError> {
        let tx = self.db.transaction()?;
        for attempt in attempts {
            tx.prepare_cached("INSERT INTO intent (id, first_block) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
                .execute(params![attempt.intent, attempt.block.cast_signed()])?;
            // The same bytes signed again after a crash are the same attempt.
            tx.prepare_cached(
                "INSERT INTO attempt (hash, intent, nonce, raw, tip, cap, gas, block, state)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (hash) DO UPDATE SET state = excluded.state",
            )?
            .execute(params![
                attempt.hash.as_slice(),
                attempt.intent,
                attempt.nonce.cast_signed(),
                attempt.raw.as_ref(),
                attempt.tip.to_string(),
                attempt.cap.to_string(),
                attempt.gas.cast_signed(),
                attempt.block.cast_signed(),
                attempt.state.name(),
            ])?;
        }
        Ok(tx.commit()?)
    }

    /// Attempts whose nonce is not known to be used up, by nonce, the newest of a nonce last.
    ///
    /// # Errors
    /// [`JournalError::Sqlite`].
    pub fn open_attempts(&self) -> Result<Vec<Attempt>, JournalError> {
        let mut statement = self.db.prepare_cached(
            "SELECT hash, intent, nonce, raw, tip, cap, gas, block, state FROM attempt
             WHERE state IN ('signed', 'sent', 'refused') ORDER BY nonce, rowid",
        )?;
        let attempts = statement.query_map([], attempt_of)?.collect::<rusqlite::Result<_>>()?;
        Ok(attempts)
    }

    /// Notes what nodes said about broadcasts.
    ///
    /// # Errors
    /// [`JournalError::Sqlite`].
    pub fn note(&mut self, states: &[(B256, AttemptState)]) -> Result<(), JournalError> {
        let tx = self.db.transaction()?;
        for (hash, state) in states {
            tx.prepare_cached("UPDATE attempt SET state = ?2 WHERE hash = ?1")?
                .execute(params![hash.as_slice(), state.name()])?;
        }
        Ok(tx.commit()?)
    }

    /// Closes a nonce: one attempt was included, or a foreign transaction took it (`None`); the others are superseded.
    ///
    /// # Errors
    /// [`JournalError::Sqlite`].
    pub fn close_nonce(&mut self, nonce: u64, included: Option<&Inclusion>) -> Result<(), JournalError> {
        let tx = self.db.transaction()?;
        tx.execute("UPDATE attempt SET state = 'superseded' WHERE nonce = ?1", [nonce.cast_signed()])?;
        if let Some(inclusion) = included {
            let state = if inclusion.ok { AttemptState::Mined } else { AttemptState::Reverted };
            tx.execute(
                "UPDATE attempt SET state = ?2, mined_block = ?3, gas_used = ?4 WHERE hash = ?1",
                params![
                    inclusion.hash.as_slice(),
                    state.name(),
                    inclusion.block.cast_signed(),
                    inclusion.gas_used.cast_signed()
                ],
            )?;
        }
        Ok(tx.commit()?)
    }

    /// Opens every closed nonce from `next` on again: a reorganisation took their blocks away.
    ///
    /// # Errors
    /// [`JournalError::Sqlite`].
    pub fn reopen_from(&mut self, next: u64) -> Result<usize, JournalError> {
        Ok(self.db.execute(
            "UPDATE attempt SET state = 'signed', mined_block = NULL, gas_used = NULL
             WHERE nonce >= ?1 AND state IN ('mined', 'reverted', 'superseded')",
            [next.cast_signed()],
        )?)
    }

    /// Counts a failure of an intent and returns how many there are.
    ///
    /// # Errors
    /// [`JournalError::Sqlite`].
    pub fn add_failure(&mut self, intent: &str, block: u64) -> Result<u32, JournalError> {
        let sql = "INSERT INTO intent (id, first_block, failures) VALUES (?1, ?2, 1)
                   ON CONFLICT (id) DO UPDATE SET failures = failures + 1 RETURNING failures";
        Ok(self.db.query_row(sql, params![intent, block.cast_signed()], |row| row.get(0))?)
    }

    /// How often an intent failed.
    ///
    /// # Errors
    /// [`JournalError::Sqlite`].
    pub fn failures(&self, intent: &str) -> Result<u32, JournalError> {
        let mut statement = self.db.prepare_cached("SELECT failures FROM intent WHERE id = ?1")?;
        Ok(statement.query_row([intent], |row| row.get(0)).optional()?.unwrap_or_default())
    }
}

// SQLite's integers are signed: unsigned ones are stored bit by bit.
fn attempt_of(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    let unsigned = |at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
    let number = |at: usize| -> rusqlite::Result<u128> {
        let text: String = row.get(at)?;
        text.parse().map_err(|_| rusqlite::Error::InvalidColumnName(text))
    };
    Ok(Attempt {
        hash: B256::from(row.get::<_, [u8; 32]>(0)?),
        intent: row.get(1)?,
        nonce: unsigned(2)?,
        raw: row.get::<_, Vec<u8>>(3)?.into(),
        tip: number(4)?,
        cap: number(5)?,
        gas: unsigned(6)?,
        block: unsigned(7)?,
        state: AttemptState::from_name(&row.get::<_, String>(8)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Owner = Owner { chain_id: 1, vault: Address::repeat_byte(1), sender: Address::repeat_byte(2) };

    fn attempt(nonce: u64, id: u8) -> Attempt {
        Attempt {
            hash: B256::repeat_byte(id),
            intent: format!("test/{nonce}"),
            nonce,
            raw: vec![id; 9].into(),
            tip: 1,
            cap: u128::MAX,
            gas: 21_000,
            block: 5,
            state: AttemptState::Signed,
        }
    }

    fn open(dir: &Path) -> Result<Journal, JournalError> {
        Journal::open(&dir.join("keeper.db"), &OWNER)
    }

    #[test]
    fn what_was_recorded_is_there_after_reopening() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (attempt(7, 1), attempt(7, 2));
        open(dir.path()).unwrap().record(&[first.clone(), second.clone()]).unwrap();
        assert_eq!(open(dir.path()).unwrap().open_attempts().unwrap(), [first, second]);
    }

    #[test]
    fn a_closed_nonce_opens_again_after_a_reorganisation() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = open(dir.path()).unwrap();
        journal.record(&[attempt(7, 1), attempt(7, 2), attempt(8, 3)]).unwrap();
        let inclusion = Inclusion { hash: B256::repeat_byte(2), block: 9, gas_used: 30, ok: true };
        journal.close_nonce(7, Some(&inclusion)).unwrap();
        let open: Vec<u64> = journal.open_attempts().unwrap().iter().map(|attempt| attempt.nonce).collect();
        assert_eq!(open, [8]);
        assert_eq!(journal.reopen_from(8).unwrap(), 0);
        assert_eq!(journal.reopen_from(7).unwrap(), 2);
        assert_eq!(journal.open_attempts().unwrap().len(), 3);
    }

    #[test]
    fn failures_are_counted_by_intent() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = open(dir.path()).unwrap();
        assert_eq!(journal.failures("a").unwrap(), 0);
        assert_eq!(journal.add_failure("a", 1).unwrap(), 1);
        assert_eq!(journal.add_failure("a", 2).unwrap(), 2);
        assert_eq!((journal.failures("a").unwrap(), journal.failures("b").unwrap()), (2, 0));
    }

    #[test]
    fn one_keeper_a_journal() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(dir.path()).unwrap();
        let refused = open(dir.path()).err().unwrap();
        assert!(matches!(refused, JournalError::Locked(_)) && refused.to_string().starts_with("KEEPER_JOURNAL_LOCKED"));
        drop(first);
        open(dir.path()).unwrap();
    }

    #[test]
    fn a_journal_of_another_vault_or_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        drop(open(dir.path()).unwrap());
        let other = Owner { sender: Address::repeat_byte(3), ..OWNER };
        let refused = Journal::open(&dir.path().join("keeper.db"), &other).err().unwrap();
        assert!(matches!(refused, JournalError::Foreign { .. }), "{refused}");
    }

    #[test]
    fn a_damaged_journal_is_named_not_used() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("keeper.db"), vec![0x5a; 4096]).unwrap();
        let refused = open(dir.path()).err().unwrap();
        assert!(matches!(refused, JournalError::Damaged { .. }), "{refused}");
    }
}
