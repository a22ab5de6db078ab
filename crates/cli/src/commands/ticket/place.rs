//! Where a ticket is: in a file, or in what a scanner read from its QR code.

use std::{ffi::OsString, io::Read, path::Path};

use eyre::WrapErr;

use crate::message::{MessageFile, ticket_text::is_ticket_text};

/// The ticket to look at.
#[derive(Debug, clap::Args)]
pub(super) struct TicketArgs {
    /// The ticket's file, the text of its QR code (`LIFEBOAT:...`), or - to read either from standard input.
    ticket: OsString,
}

impl TicketArgs {
    /// Reads the ticket.
    ///
    /// # Errors
    /// Those of [`MessageFile::load`].
    pub(super) fn load(&self) -> eyre::Result<MessageFile> {
        match self.ticket.to_str() {
            Some("-") => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).wrap_err("reading the ticket from standard input")?;
                Ok(MessageFile::parse(&text)?)
            }
            Some(text) if is_ticket_text(text) => Ok(MessageFile::parse(text)?),
            _ => MessageFile::load(Path::new(&self.ticket)),
        }
    }
}
