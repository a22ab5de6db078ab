//! The service's ledger commitments: bundle, signatures of operator and auditors, posting, attestation by watchers.

use eyre::{Context, Result};
use lifeboat_ledger::{
    LeafDomain, SumTree,
    bundle::{self, Meta},
};

use super::stage::Stage;
use crate::message::{Attestation, Commitment, Message};

impl Stage {
    /// Posts the present ledger of every asset as the next epoch; deposits below `cursor` are in it.
    pub(super) async fn commit(&mut self, cursor: u64) -> Result<()> {
        for at in 0..self.desks.len() {
            self.commit_asset(at, cursor)
                .await
                .wrap_err_with(|| format!("committing to the ledger of {}", self.desks[at].books.unit.symbol))?;
        }
        self.note(format!("epoch {} posted for every asset, deposit cursor {cursor}", self.desks[0].trees.len())).await;
        Ok(())
    }

    async fn commit_asset(&mut self, at: usize, cursor: u64) -> Result<()> {
        let snapshot_at = self.world.miner.now().await;
        let desk = &self.desks[at];
        let books = &desk.books;
        let domain = LeafDomain::new(self.world.chain_id, self.vault, books.asset);
        let tree = SumTree::build(&domain, desk.ledger.clone())?;
        let epoch = u32::try_from(desk.trees.len() + 1)?;
        let name = format!("{}-{epoch}", books.unit.symbol.to_lowercase());
        let meta = Meta {
            symbol: books.unit.symbol.into(),
            decimals: books.unit.decimals,
            deposit_cursor: cursor,
            snapshot_at,
        };
        let directory = self.world.bundles();
        std::fs::create_dir_all(&directory)?;
        let manifest = bundle::write(&directory.join(&name), &tree, &meta)?;
        let [left, right] = tree.halves();
        let message = Message::Commitment(Commitment {
            asset: books.asset,
            epoch,
            left: left.into(),
            right: right.into(),
            count: tree.count(),
            deposit_cursor: cursor,
            snapshot_at,
            data_hash: manifest.data_hash(),
            uri: format!("bundle/{name}"),
        });
        let cast = &self.world.cast;
        let keys = [vec![&cast.operator], cast.auditors.quorum()].concat();
        self.act_signed(message, &keys).await?;
        self.desks[at].trees.push(tree);
        Ok(())
    }

    /// The watchers attest the newest epoch of every asset; it is final once the attested finality has passed.
    pub(super) async fn attest(&mut self) -> Result<()> {
        for at in 0..self.desks.len() {
            let desk = &self.desks[at];
            let epoch = u32::try_from(desk.trees.len())?;
            let posted = self.contract().commitment(desk.books.asset, epoch).call().await?;
            let message = Message::Attestation(Attestation {
                asset: desk.books.asset,
                epoch,
                root: posted.root,
                data_hash: posted.dataHash,
            });
            self.act_signed(message, &self.world.cast.watchers.quorum()).await?;
        }
        self.note("attested by the watchers").await;
        Ok(())
    }
}
