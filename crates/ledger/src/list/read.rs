//! A ledger file as bytes, compressed or not.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;

/// Bytes that are read at most, unpacked: about thirty million accounts. A small archive can unpack to terabytes.
pub const LARGEST_FILE: u64 = 2 << 30;

/// Why a file could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system's reason.
    #[error("LEDGER_UNREADABLE: {}: {source}; check the path, the permissions and, for .gz, that the file is whole", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// More than [`LARGEST_FILE`] bytes.
    #[error("LEDGER_TOO_LARGE: {} unpacks to more than {LARGEST_FILE} bytes; split the ledger over several vaults", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },
}

/// Reads a file; gzip is recognised by its content, not by its name.
///
/// # Errors
/// [`ReadError`].
pub fn read(path: &Path) -> Result<Vec<u8>, ReadError> {
    let unreadable = |source| ReadError::Unreadable { path: path.into(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut magic = Vec::with_capacity(2);
    file.by_ref().take(2).read_to_end(&mut magic).map_err(unreadable)?;
    let packed = magic == [0x1f, 0x8b];
    let whole = magic.as_slice().chain(file);
    let content = if packed { limited(MultiGzDecoder::new(whole)) } else { limited(whole) };
    content.map_err(unreadable)?.ok_or_else(|| ReadError::TooLarge { path: path.into() })
}

/// Everything, or `None` if it is too large.
fn limited(from: impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut content = Vec::new();
    from.take(LARGEST_FILE + 1).read_to_end(&mut content)?;
    Ok((content.len() as u64 <= LARGEST_FILE).then_some(content))
}
