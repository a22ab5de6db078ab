//! Before the first user: chain, token, vault, and money to begin with.

use std::path::PathBuf;

use alloy::{
    network::TransactionBuilder,
    primitives::{
        Address, B256, Bytes, U256,
        aliases::{U40, U96},
        keccak256,
    },
    providers::Provider,
    rpc::types::TransactionRequest,
    sol_types::{SolConstructor, SolValue},
};
use eyre::{OptionExt, Result};
use lifeboat_bindings::{
    balance_lens, create2,
    pausable_token::{self, PausableToken},
    refuser,
    signers::ecdsa_ids,
    test_token::TestToken,
    vault::{Sla, Terms, Timers},
};
use lifeboat_devchain::{DevChain, Miner, Options};

use super::{
    books::{Books, Unit},
    cast::Cast,
    population::{Row, generated},
    progress::Progress,
    seed::Seed,
    stage::{Desk, Stage, World},
};
use crate::{chain::Sender, commands::deploy::deploy_vault, send::Call, terms::PRODUCTION};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
/// Wei that everybody who sends transactions begins with.
const POCKET_MONEY: u128 = 1_000 * 10u128.pow(18);
/// Wei in the tank for pushers: 10 ETH.
const TANK: u128 = 10 * 10u128.pow(18);
/// Tokens that exist, in base units.
const SUPPLY: u128 = 10u128.pow(36);

/// What one asset's ledger is made from.
pub(super) struct AssetPlan {
    pub(super) kind: Kind,
    pub(super) unit: Unit,
    pub(super) source: Source,
    /// What a drill user has at stake, in base units; divisible by 12.
    pub(super) stake: u128,
    /// Whether a part of the reserve is in the hot wallet when the service dies.
    pub(super) short: bool,
}

/// ETH or a token made for the drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Eth,
    Token,
}

/// Where a ledger comes from.
pub(super) enum Source {
    Rows(Vec<Row>),
    /// So many accounts, balances up to 10^digits base units.
    Generated {
        accounts: usize,
        digits: u32,
    },
}

/// Starts the chain. No block is made but by the miner: 12 s of chain time each, 60M gas, and 2^24 gas a transaction.
pub(super) async fn world(seed: Seed, directory: PathBuf) -> Result<World> {
    // The states of the last 16 blocks are kept: programs read at a recent head, and more would fill the memory.
    let extra = ["--no-mining", "--gas-limit", "60000000", "--prune-history", "16"].map(str::to_owned).to_vec();
    let node = DevChain::start(&Options { accounts: 1, extra, ..Options::default() })?;
    let chain_id = node.provider().get_chain_id().await?;
    // Block rewards go to an account that no ledger has (the default is the zero address, which real lists do have).
    node.set_block_rewards_to(seed.address("block rewards", 0)).await?;
    let cast = Cast::new(seed);
    for sender in cast.senders() {
        node.fund(sender, U256::from(POCKET_MONEY)).await?;
    }
    node.fund(cast.service.address(), U256::from(u128::MAX)).await?;
    let miner = Miner::start(node.provider().clone()).await?;
    Ok(World { node, miner, chain_id, cast, directory, progress: Progress::new() })
}

/// Deploys tokens, contract accounts and the vault, and opens a desk for each asset.
pub(super) async fn stage(world: World, seed: Seed, plans: Vec<AssetPlan>) -> Result<Stage> {
    let lens = deploy(&world, &balance_lens::CREATION_CODE).await?;
    let mut refusers = Vec::new();
    for owner in &world.cast.users.refusers {
        refusers
            .push(deploy(&world, &[refuser::CREATION_CODE.as_ref(), &owner.address().abi_encode()].concat()).await?);
    }
    let mut assets = Vec::new();
    for plan in &plans {
        assets.push(match plan.kind {
            Kind::Eth => Address::ZERO,
            Kind::Token => deploy_token(&world, &plan.unit).await?,
        });
    }
    let terms = terms(&world.cast, &assets);
    let sender = world.sender(&world.cast.service);
    let deployed = deploy_vault(&sender, &terms, B256::ZERO).await?;
    let deploy_block = deployed.sent.ok_or_eyre("DRILL_SCRIPT: the vault stood there already")?.block;
    let mut stage = Stage::new(world, deployed.address, terms, lens, deploy_block);
    stage.note(format!("vault deployed at {}", deployed.address)).await;
    for (plan, asset) in plans.into_iter().zip(assets) {
        let mut contracts = refusers.clone();
        contracts.extend([lens, deployed.address]);
        let label = plan.unit.symbol;
        let rows = match plan.source {
            Source::Rows(rows) => rows,
            Source::Generated { accounts, digits } => generated(seed, label, accounts, digits, &contracts),
        };
        let mut desk = Desk::new(Books::new(asset, plan.unit, deployed.address), plan.stake, plan.short, rows);
        for account in stage.world.cast.users.ledger_accounts().into_iter().chain(refusers.iter().copied()) {
            desk.credit(account, plan.stake);
        }
        stage.desks.push(desk);
    }
    stage.refusers = refusers;
    Ok(stage)
}

/// Gives depositors what they will deposit, in every asset that is not ETH.
pub(super) async fn hand_out_tokens(stage: &Stage) -> Result<()> {
    let users = &stage.world.cast.users;
    for desk in stage.desks.iter().filter(|desk| !desk.is_eth()) {
        for user in users.savers.iter().chain(&users.absorbed).chain(&users.late) {
            let transfer = TestToken::transferCall { to: user.address(), value: U256::from(2 * desk.stake) };
            stage.world.send_as(&stage.world.cast.service, &Call::new(desk.books.asset, &transfer)).await?;
        }
    }
    Ok(())
}

/// Puts into the vault what the ledger is owed, and ETH into the tank for pushers.
pub(super) async fn fund(stage: &mut Stage) -> Result<()> {
    for at in 0..stage.desks.len() {
        let desk = &stage.desks[at];
        let owed: u128 = desk.ledger.iter().map(|leaf| leaf.balance).sum();
        // A little more than is owed, unless the reserve is short on purpose: that stays the service's own.
        let amount = if desk.short { owed } else { owed + desk.stake };
        transfer(stage, at, stage.vault, amount).await?;
        stage.desks[at].books.inflow("reserve funding", amount);
    }
    let tank = stage.contract().gasTank().call().await?;
    let filling = Call { to: tank, value: U256::from(TANK), input: Bytes::new() };
    stage.world.send_as(&stage.world.cast.service, &filling).await?;
    stage.tank = TANK;
    stage.note("reserve and gas tank funded").await;
    Ok(())
}

/// The service sends an asset to somebody, as a plain transfer.
async fn transfer(stage: &Stage, at: usize, to: Address, amount: u128) -> Result<()> {
    let asset = stage.desks[at].books.asset;
    let call = transfer_call(asset, to, amount);
    stage.world.send_as(&stage.world.cast.service, &call).await?;
    Ok(())
}

/// A plain transfer of ETH or a token.
pub(super) fn transfer_call(asset: Address, to: Address, amount: u128) -> Call {
    if asset.is_zero() {
        Call { to, value: U256::from(amount), input: Bytes::new() }
    } else {
        Call::new(asset, &TestToken::transferCall { to, value: U256::from(amount) })
    }
}

/// Deploys through the CREATE2 deployer.
async fn deploy(world: &World, code: &[u8]) -> Result<Address> {
    let plan = create2::plan(B256::ZERO, code);
    let call = Call { to: create2::DEPLOYER, value: U256::ZERO, input: plan.call_data };
    world.send_as(&world.cast.service, &call).await?;
    Ok(plan.address)
}

/// The token's whole supply is its deployer's, so it is deployed by a plain transaction.
async fn deploy_token(world: &World, unit: &Unit) -> Result<Address> {
    let arguments = PausableToken::constructorCall {
        name_: unit.symbol.to_owned(),
        symbol_: unit.symbol.to_owned(),
        decimals_: unit.decimals,
        supply: U256::from(SUPPLY),
    };
    let code = [pausable_token::CREATION_CODE.as_ref(), &arguments.abi_encode()].concat();
    let Sender { provider, .. } = world.sender(&world.cast.service);
    let request = TransactionRequest::default().with_deploy_code(code);
    let receipt = provider.send_transaction(request).await?.get_receipt().await?;
    receipt.contract_address.ok_or_eyre("DRILL_SCRIPT: the token was not deployed")
}

/// Production timers at the defaults of the design, and a floor below 100 %: the service may keep a part in its hot wallet.
fn terms(cast: &Cast, assets: &[Address]) -> Terms {
    let seconds = U40::from::<u64>;
    Terms {
        agreementHash: keccak256("The agreement of a drill: everybody gets back what they are owed."),
        operator: cast.operator.address(),
        backupOperator: Address::ZERO,
        signers: ecdsa_ids(&cast.signers.members()),
        signerThreshold: cast.signers.threshold(),
        coldThreshold: cast.signers.threshold() + 1,
        auditors: cast.auditors.members(),
        auditorThreshold: cast.auditors.threshold(),
        watchers: cast.watchers.members(),
        watcherThreshold: cast.watchers.threshold(),
        guardians: Vec::new(),
        guardianThreshold: 0,
        assets: assets.to_vec(),
        coverageFloorBps: 9_000,
        hotCapBps: 100,
        warmCapBps: 1_000,
        maxTankGasPrice: 50_000_000_000,
        exitDeposit: U96::ZERO,
        challengeBond: U96::ZERO,
        arbitrator: Address::ZERO,
        arbitratorExtraData: Bytes::new(),
        sla: Sla::default(),
        profile: PRODUCTION,
        timers: Timers {
            grace: seconds(24 * HOUR),
            serveDeadline: seconds(7 * DAY),
            challengeWindow: seconds(48 * HOUR),
            returnDelay: seconds(72 * HOUR),
            rootMaxAge: seconds(48 * HOUR),
            attestedFinality: seconds(HOUR),
            unattestedFinality: seconds(48 * HOUR),
            headStart: seconds(3 * DAY),
            windDownNotice: seconds(30 * DAY),
            silenceCap: seconds(21 * DAY),
            releaseWindow: seconds(DAY),
            coldDelay: seconds(48 * HOUR),
            freezeMax: seconds(72 * HOUR),
            rotationNotice: seconds(7 * DAY),
            answerWindow: seconds(DAY),
            unbonding: seconds(45 * DAY),
        },
    }
}
