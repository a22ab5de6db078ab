//! The ledgers that count: bundles on disk whose root is the recovery's, verified before use.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, B256};
use lifeboat_ledger::bundle::{Bundle, BundleError, MANIFEST};
use tracing::{info, warn};

use crate::{history::History, owed::Owed, view::View};

/// Finds, verifies and holds one bundle an asset.
pub(crate) struct Ledgers {
    vault: Address,
    places: Vec<PathBuf>,
    bundles: BTreeMap<Address, Bundle>,
    owed: BTreeMap<Address, Owed>,
    /// Damaged bundles are not read again.
    refused: BTreeSet<PathBuf>,
    missing: BTreeSet<Address>,
}

impl Ledgers {
    pub(crate) fn new(vault: Address, places: &[PathBuf]) -> Self {
        Self {
            vault,
            places: places.to_vec(),
            bundles: BTreeMap::new(),
            owed: BTreeMap::new(),
            refused: BTreeSet::new(),
            missing: BTreeSet::new(),
        }
    }

    pub(crate) const fn owed(&self) -> &BTreeMap<Address, Owed> {
        &self.owed
    }

    pub(crate) fn bundle(&self, asset: Address) -> Option<&Bundle> {
        self.bundles.get(&asset)
    }

    /// Looks for what the vault counts and is not held yet; brings what is owed up to the events.
    pub(crate) fn refresh(&mut self, view: &View, history: &History) {
        for asset in &view.assets {
            let root = asset.recovery.root;
            if !asset.recovery.isFixed || root.is_zero() {
                continue;
            }
            // After a reorganisation another root may count.
            let held = self.bundles.get(&asset.asset).is_some_and(|bundle| bundle.root().hash == root);
            if !held {
                self.load(asset.asset, root);
            }
            if let (Some(owed), Some(past)) = (self.owed.get_mut(&asset.asset), history.asset(asset.asset)) {
                owed.refresh(past);
            }
        }
    }

    fn load(&mut self, asset: Address, root: B256) {
        self.bundles.remove(&asset);
        self.owed.remove(&asset);
        for dir in candidates(&self.places) {
            if self.refused.contains(&dir) {
                continue;
            }
            match open(&dir, self.vault, asset, root) {
                Ok(Some((bundle, owed))) => {
                    info!(%asset, %root, dir = %dir.display(), accounts = owed.leaves().len(), "ledger verified");
                    self.bundles.insert(asset, bundle);
                    self.owed.insert(asset, owed);
                    self.missing.remove(&asset);
                    return;
                }
                Ok(None) => {}
                Err(error) => {
                    warn!(dir = %dir.display(), %error, "bundle refused");
                    self.refused.insert(dir);
                }
            }
        }
        if self.missing.insert(asset) {
            warn!(%asset, %root, "KEEPER_NO_LEDGER: no bundle has the root that counts; put it under one of executor.bundles");
        }
    }
}

/// Opens a bundle if it is the wanted one, and verifies all of it.
fn open(dir: &Path, vault: Address, asset: Address, root: B256) -> Result<Option<(Bundle, Owed)>, BundleError> {
    let bundle = Bundle::open(dir)?;
    let manifest = bundle.manifest();
    if manifest.root != root || manifest.vault != vault || manifest.asset != asset {
        return Ok(None);
    }
    bundle.verify()?;
    let owed = Owed::new(vault, bundle.leaves()?);
    Ok(Some((bundle, owed)))
}

/// Directories with a manifest: the places themselves, or what lies directly in them.
fn candidates(places: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for place in places {
        if place.join(MANIFEST).is_file() {
            found.push(place.clone());
            continue;
        }
        let inside = fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.path());
        found.extend(inside.filter(|path| path.join(MANIFEST).is_file()));
    }
    found.sort();
    found
}
