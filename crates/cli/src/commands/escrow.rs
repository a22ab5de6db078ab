//! `lifeboat escrow`: money that waits between two accounts until it is released, given back, or due back: at its expiry, or as soon as
//! the vault latches. The parties pass one file around; it carries no secret.

use std::path::{Path, PathBuf};

use alloy::{
    primitives::{Address, B256, Bytes, U256, aliases::U40, keccak256},
    providers::DynProvider,
    signers::{SignerSync, local::PrivateKeySigner},
    sol_types::{SolCall, SolStruct},
};
use clap::{Subcommand, ValueEnum};
use eyre::WrapErr;
use lifeboat_bindings::{
    escrow_typed, typed,
    vault::{
        self,
        Escrow::{
            EscrowInstance, arbitrateCall, cancelCall, collectCall, openCall, openDirectCall, refundCall, releaseCall,
            withdrawCall,
        },
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    amount::{self, Amount},
    asset::{Asset, parse_address, parse_asset},
    beside::ESCROW,
    chain::{Chain, ChainArgs, Sender},
    failure::Failure,
    keys::KeyArgs,
    message::decimal,
    output::{self, Report, Terminal},
    pay_in,
    place::PlaceArgs,
    send::{self, Call, Sent},
    time::{format_time, local_now, parse_moment},
};

/// Version of the file format.
const FORMAT: &str = "lifeboat-escrow/1";

/// Arguments of `lifeboat escrow`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create the escrow of a vault. Anyone may; once.
    Create(PlaceArgs),
    /// Write the terms of an order into a file. Works off line.
    New(NewArgs),
    /// Payer: pay the order's amount in.
    Open(OpenArgs),
    /// Sign, off line, that the payee is to be paid or the payer is to have his money back.
    Consent(ConsentArgs),
    /// Pay the payee: the payer consents, by this key or in the file.
    Release(AtArgs),
    /// Pay the payer back: the payee consents, by this key or in the file.
    Cancel(AtArgs),
    /// Settle against the will of one party: the arbiter consents with the one who is paid.
    Arbitrate(ArbitrateArgs),
    /// Pay the payer back after the expiry or the latch. Anyone may.
    Refund(AtArgs),
    /// Try again to pay who did not take it. Anyone may.
    Collect(AtArgs),
    /// Send what the key's account did not take somewhere else.
    Withdraw(WithdrawArgs),
    /// How an order stands.
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
struct NewArgs {
    /// EIP-155 id of the vault's chain.
    #[arg(long, value_name = "N")]
    chain_id: u64,
    /// The vault.
    #[arg(long, value_parser = parse_address)]
    vault: Address,
    /// ETH, or the token's address.
    #[arg(long, value_parser = parse_asset)]
    asset: Address,
    /// Who pays, and has everything back that is not released.
    #[arg(long, value_parser = parse_address)]
    payer: Address,
    /// Who is paid.
    #[arg(long, value_parser = parse_address)]
    payee: Address,
    /// Who decides together with one of the two; default: nobody.
    #[arg(long, value_parser = parse_address)]
    arbiter: Option<Address>,
    /// As in "1.5 ETH"; for tokens in base units, as in "20000000 base".
    #[arg(long)]
    amount: String,
    /// From when on there is only the way back: how long from now, or @ and Unix seconds.
    #[arg(long)]
    expiry: String,
    /// The file to write; never overwrites one.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// An order's file, a node, and who sends.
#[derive(Debug, clap::Args)]
struct AtArgs {
    /// The order's file.
    file: PathBuf,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: KeyArgs,
}

#[derive(Debug, clap::Args)]
struct OpenArgs {
    #[command(flatten)]
    at: AtArgs,
    /// Out of the payer's segregated money in the vault instead of the payer's own account.
    #[arg(long)]
    from_vault: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Decision {
    /// The payee is paid.
    Release,
    /// The payer has his money back.
    Cancel,
}

#[derive(Debug, clap::Args)]
struct ConsentArgs {
    /// The order's file; the signature is added to it.
    file: PathBuf,
    /// To what.
    decision: Decision,
    #[command(flatten)]
    key: KeyArgs,
}

#[derive(Debug, clap::Args)]
struct ArbitrateArgs {
    #[command(flatten)]
    at: AtArgs,
    /// What arbiter and party have decided.
    #[arg(long)]
    decision: Decision,
}

#[derive(Debug, clap::Args)]
struct WithdrawArgs {
    #[command(flatten)]
    at: AtArgs,
    /// Recipient.
    #[arg(long, value_parser = parse_address)]
    to: Address,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The order's file.
    file: PathBuf,
    #[command(flatten)]
    chain: ChainArgs,
}

/// The terms of an order, with the consents collected so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderFile {
    format: String,
    chain_id: u64,
    vault: Address,
    asset: Address,
    payer: Address,
    payee: Address,
    /// Zero: nobody.
    arbiter: Address,
    /// Base units.
    #[serde(with = "decimal")]
    amount: u128,
    /// Unix seconds.
    expiry: u64,
    salt: B256,
    #[serde(default)]
    consents: Vec<Consent>,
}

/// Somebody's signature over a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Consent {
    decision: Decision,
    party: Address,
    signature: Bytes,
}

/// Runs `lifeboat escrow`.
///
/// # Errors
/// `ESCROW_FILE`, `ESCROW_MISSING`, `ESCROW_PARTY`, what the escrow refuses, and those of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::Create(place) => ESCROW.create(&place, terminal).await,
        Command::New(args) => new(args, terminal),
        Command::Open(args) => open(&args, terminal).await,
        Command::Consent(args) => consent(&args, terminal),
        Command::Release(at) => {
            let case = Case::open(&at).await?;
            let payer_signature = case.consent(Decision::Release, case.file.payer);
            let call = releaseCall { order: case.file.order(), payerSignature: payer_signature };
            case.settle("pay the payee", &call, terminal).await
        }
        Command::Cancel(at) => {
            let case = Case::open(&at).await?;
            let payee_signature = case.consent(Decision::Cancel, case.file.payee);
            let call = cancelCall { order: case.file.order(), payeeSignature: payee_signature };
            case.settle("pay the payer back", &call, terminal).await
        }
        Command::Arbitrate(args) => arbitrate(&args, terminal).await,
        Command::Refund(at) => {
            let case = Case::open(&at).await?;
            case.settle("pay the payer back", &refundCall { order: case.file.order() }, terminal).await
        }
        Command::Collect(at) => {
            let case = Case::open(&at).await?;
            case.settle("pay what was not taken", &collectCall { order: case.file.order() }, terminal).await
        }
        Command::Withdraw(args) => {
            let case = Case::open(&args.at).await?;
            let plan = format!("send what was not taken to {}", args.to);
            case.settle(&plan, &withdrawCall { order: case.file.order(), to: args.to }, terminal).await
        }
        Command::Show(args) => {
            let (file, chain, escrow) = connect(&args.file, &args.chain).await?;
            report(&chain, escrow, &file, None, terminal).await
        }
    }
}

fn new(args: NewArgs, terminal: &Terminal) -> eyre::Result<()> {
    let file = OrderFile {
        format: FORMAT.into(),
        chain_id: args.chain_id,
        vault: args.vault,
        asset: args.asset,
        payer: args.payer,
        payee: args.payee,
        arbiter: args.arbiter.unwrap_or_default(),
        amount: amount::parse_u128(&args.amount, &Asset::offline(args.asset)).wrap_err("reading --amount")?,
        expiry: parse_moment(&args.expiry, local_now()).wrap_err("reading --expiry")?,
        // A secret key is the randomness that is at hand.
        salt: keccak256(PrivateKeySigner::random().to_bytes()),
        consents: Vec::new(),
    };
    file.check()?;
    output::write_new(&args.out, &file.to_json())?;
    terminal.report(&FileReport::new(&file, &args.out))
}

async fn open(args: &OpenArgs, terminal: &Terminal) -> eyre::Result<()> {
    let case = Case::open(&args.at).await?;
    let file = &case.file;
    let asset = Asset::load(&case.chain.provider, file.asset).await;
    let amount = Amount { base: U256::from(file.amount), asset: &asset };
    let until = format_time(file.expiry);
    let sent = if args.from_vault {
        let key = args.at.key.load()?;
        if key.address() != file.payer {
            return party_failure("the payer", file.payer, key.address());
        }
        let purse = case.contract().purseOf(file.order()).call().await.wrap_err("asking for the purse")?;
        let (deadline, nonce) = (U256::from(file.expiry), U256::from_be_bytes(file.id().0));
        let order =
            typed::Order { asset: file.asset, account: file.payer, payee: purse, amount: file.amount, nonce, deadline };
        let plan = format!("put {amount} of your segregated money into escrow for {} until {until}", file.payee);
        // Asked before it is signed: the trial shows the node a signature that anybody could bring to the vault.
        terminal.confirm(&format!("{plan}\nsigned and sent by {}", file.payer))?;
        let digest = typed::digest(&order, file.chain_id, file.vault);
        let signature = key.sign_hash_sync(&digest)?.as_bytes().to_vec().into();
        let call = Call::new(case.escrow, &openCall { order: file.order(), deadline, signature });
        let prepared = send::prepare(&case.sender, &call).await?;
        send::execute(&case.sender, prepared).await?
    } else {
        let plan = format!("pay {amount} into escrow for {} until {until}", file.payee);
        let call = Call::new(case.escrow, &openDirectCall { order: file.order() });
        let call = if asset.is_eth() { call.with_value(amount.base) } else { call };
        pay_in::send(terminal, &case.chain, &case.sender, &amount, &plan, &call).await?
    };
    report(&case.chain, case.escrow, file, Some(sent), terminal).await
}

fn consent(args: &ConsentArgs, terminal: &Terminal) -> eyre::Result<()> {
    let mut file = OrderFile::load(&args.file)?;
    let key = args.key.load()?;
    let party = key.address();
    if ![file.payer, file.payee, file.arbiter].contains(&party) {
        return party_failure("one of the order's parties", file.payer, party);
    }
    let what = match args.decision {
        Decision::Release => format!("consent that {} is paid", file.payee),
        Decision::Cancel => format!("consent that {} has the money back", file.payer),
    };
    terminal.confirm(&format!("{}\n{what}\nsigned by {party}", file.in_words()))?;
    let signature = key.sign_hash_sync(&file.digest(args.decision))?.as_bytes().to_vec().into();
    file.consents.retain(|consent| (consent.decision, consent.party) != (args.decision, party));
    file.consents.push(Consent { decision: args.decision, party, signature });
    output::replace(&args.file, &file.to_json())?;
    terminal.report(&FileReport::new(&file, &args.file))
}

async fn arbitrate(args: &ArbitrateArgs, terminal: &Terminal) -> eyre::Result<()> {
    let case = Case::open(&args.at).await?;
    let (party, plan) = match args.decision {
        Decision::Release => (case.file.payee, "pay the payee, as the arbiter decided"),
        Decision::Cancel => (case.file.payer, "pay the payer back, as the arbiter decided"),
    };
    let call = arbitrateCall {
        order: case.file.order(),
        toPayee: args.decision == Decision::Release,
        partySignature: case.consent(args.decision, party),
        arbiterSignature: case.consent(args.decision, case.file.arbiter),
    };
    case.settle(plan, &call, terminal).await
}

/// An order at its escrow, and who acts.
struct Case {
    file: OrderFile,
    chain: Chain,
    escrow: Address,
    sender: Sender,
}

impl Case {
    async fn open(at: &AtArgs) -> eyre::Result<Self> {
        let (file, chain, escrow) = connect(&at.file, &at.chain).await?;
        let sender = chain.sender(&at.key.load()?).await?;
        Ok(Self { file, chain, escrow, sender })
    }

    fn contract(&self) -> EscrowInstance<DynProvider> {
        EscrowInstance::new(self.escrow, self.chain.provider.clone())
    }

    /// Empty: none is in the file, so that the party must send it itself.
    fn consent(&self, decision: Decision, party: Address) -> Bytes {
        let of = |consent: &&Consent| (consent.decision, consent.party) == (decision, party);
        self.file.consents.iter().find(of).map(|consent| consent.signature.clone()).unwrap_or_default()
    }

    async fn settle(&self, plan: &str, call: &impl SolCall, terminal: &Terminal) -> eyre::Result<()> {
        let plan = format!("{}\n{plan}", self.file.in_words());
        let sent = send::send(terminal, &self.sender, &plan, &Call::new(self.escrow, call)).await?;
        report(&self.chain, self.escrow, &self.file, Some(sent), terminal).await
    }
}

async fn connect(path: &Path, chain: &ChainArgs) -> eyre::Result<(OrderFile, Chain, Address)> {
    let file = OrderFile::load(path)?;
    let chain = chain.connect().await?;
    if chain.id != file.chain_id {
        return Failure::report(
            "ESCROW_FILE",
            format!("the order is for chain {}, and the node is of chain {}", file.chain_id, chain.id),
            "use an RPC URL of the order's chain",
        );
    }
    let escrow = ESCROW.require(&chain, file.vault).await?;
    Ok((file, chain, escrow))
}

fn party_failure<T>(who: &str, named: Address, key: Address) -> eyre::Result<T> {
    Failure::report(
        "ESCROW_PARTY",
        format!("this is for {who} (the payer is {named}), and the key is {key}'s"),
        "use the party's own key",
    )
}

impl OrderFile {
    fn load(path: &Path) -> eyre::Result<Self> {
        let failure = |what: String| Failure::new("ESCROW_FILE", what, "use a file made by `lifeboat escrow new`");
        let text = std::fs::read_to_string(path)
            .map_err(|error| failure(format!("cannot read {}: {error}", path.display())))?;
        let file: Self =
            serde_json::from_str(&text).map_err(|error| failure(format!("{}: {error}", path.display())))?;
        if file.format != FORMAT {
            return Err(failure(format!("the format is `{}`, this program reads `{FORMAT}`", file.format)).into());
        }
        file.check()?;
        Ok(file)
    }

    /// What the contract's fields cannot hold would be signed as something else.
    fn check(&self) -> Result<(), Failure> {
        if U40::try_from(self.expiry).is_ok() {
            return Ok(());
        }
        Err(Failure::new(
            "ESCROW_FILE",
            format!("the expiry {} is later than the escrow can count (2^40 seconds after 1970)", self.expiry),
            "choose an earlier one",
        ))
    }

    fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("strings and numbers only");
        text.push('\n');
        text
    }

    fn order(&self) -> vault::EscrowOrder {
        let Self { asset, payer, payee, arbiter, amount, salt, .. } = *self;
        vault::EscrowOrder { asset, payer, payee, arbiter, amount, expiry: U40::saturating_from(self.expiry), salt }
    }

    fn typed(&self) -> escrow_typed::EscrowOrder {
        let Self { asset, payer, payee, arbiter, amount, salt, .. } = *self;
        let expiry = U40::saturating_from(self.expiry);
        escrow_typed::EscrowOrder { asset, payer, payee, arbiter, amount, expiry, salt }
    }

    fn id(&self) -> B256 {
        self.typed().eip712_hash_struct()
    }

    fn digest(&self, decision: Decision) -> B256 {
        let (order, escrow) = (self.typed(), ESCROW.address(self.vault));
        match decision {
            Decision::Release => escrow_typed::digest(&escrow_typed::Release { order }, self.chain_id, escrow),
            Decision::Cancel => escrow_typed::digest(&escrow_typed::Cancel { order }, self.chain_id, escrow),
        }
    }

    fn in_words(&self) -> String {
        let asset = Asset::offline(self.asset);
        let amount = Amount { base: U256::from(self.amount), asset: &asset };
        let arbiter = if self.arbiter.is_zero() { "nobody".to_owned() } else { self.arbiter.to_string() };
        format!(
            "escrow of {amount} from {} to {}, arbiter {arbiter}, until {}; vault {} on chain {}, order {}",
            self.payer,
            self.payee,
            format_time(self.expiry),
            self.vault,
            self.chain_id,
            self.id()
        )
    }
}

async fn report(
    chain: &Chain,
    escrow: Address,
    file: &OrderFile,
    sent: Option<Sent>,
    terminal: &Terminal,
) -> eyre::Result<()> {
    let contract = EscrowInstance::new(escrow, &chain.provider);
    let outcome = contract.outcomeOf(file.id()).call().await.wrap_err("reading the order back")?;
    let held = contract.heldOf(file.order()).call().await.wrap_err("reading the order back")?;
    let asset = Asset::load(&chain.provider, file.asset).await;
    let outcome = match outcome {
        0 => "open",
        1 => "released",
        _ => "refunded",
    };
    let held = Amount { base: held, asset: &asset };
    terminal.report(&OrderReport { id: file.id(), escrow, outcome, held, expiry: file.expiry, sent })
}

#[derive(Debug, Serialize)]
struct FileReport {
    id: B256,
    file: PathBuf,
    words: String,
    /// Who has consented to what.
    consents: Vec<(Decision, Address)>,
}

impl FileReport {
    fn new(file: &OrderFile, path: &Path) -> Self {
        let consents = file.consents.iter().map(|consent| (consent.decision, consent.party)).collect();
        Self { id: file.id(), file: path.to_owned(), words: file.in_words(), consents }
    }
}

impl Report for FileReport {
    fn text(&self) -> String {
        let mut lines = vec![self.words.clone(), format!("written to {}", self.file.display())];
        lines.extend(self.consents.iter().map(|(decision, party)| match decision {
            Decision::Release => format!("{party} consents to the release"),
            Decision::Cancel => format!("{party} consents to the way back"),
        }));
        lines.join("\n")
    }
}

#[derive(Debug, Serialize)]
struct OrderReport<'a> {
    id: B256,
    escrow: Address,
    /// `open`, `released` or `refunded`.
    outcome: &'static str,
    /// What lies in the order's purse.
    held: Amount<'a>,
    expiry: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<Sent>,
}

impl Report for OrderReport<'_> {
    fn text(&self) -> String {
        let sent = self.sent.as_ref().map(|sent| format!("{}\n", sent.text())).unwrap_or_default();
        let expiry = format_time(self.expiry);
        format!("{sent}order {} is {}; {} in its purse; expires {expiry}", self.id, self.outcome, self.held)
    }
}
