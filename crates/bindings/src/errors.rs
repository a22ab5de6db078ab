//! The vault's errors in words: the same ids in contract, CLI, keeper and page, each with its meaning and what to do next.

use alloy::{
    hex,
    sol_types::{Panic, Revert, SolError, SolInterface},
};

use crate::{test_token::TestToken::TestTokenErrors, vault::Vault::VaultErrors};

/// A revert explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Stable id: the name of the contract's error, or `CHAIN_...` for reverts that are nobody's named error.
    pub id: String,
    /// What it means, with the error's arguments (base units, Unix seconds).
    pub what: String,
    /// What to do next.
    pub next: String,
}

/// The vault's error in revert data. `None` if it is no error of the vault.
#[must_use]
pub fn decode(revert_data: &[u8]) -> Option<VaultErrors> {
    VaultErrors::abi_decode(revert_data).ok()
}

/// Explains revert data: errors of the vault, of ERC-20 tokens (EIP-6093), `require` strings and panics.
#[must_use]
pub fn explain(revert_data: &[u8]) -> Explanation {
    if let Some(error) = decode(revert_data) {
        return explain_error(&error);
    }
    if let Ok(error) = TestTokenErrors::abi_decode(revert_data) {
        return Explanation {
            id: "CHAIN_TOKEN_REFUSED".into(),
            what: format!("the token refused: {}", flatten(&format!("{error:?}"))),
            next: "check the balance and the approval that the token names".into(),
        };
    }
    if let Ok(error) = Revert::abi_decode(revert_data) {
        return Explanation {
            id: "CHAIN_REVERT".into(),
            what: format!("a contract refused: {}", error.reason().escape_debug()),
            next: "the words are the other contract's (a token's, most likely): look there".into(),
        };
    }
    let what = match Panic::abi_decode(revert_data) {
        Ok(panic) => panic.to_string(),
        Err(_) => format!("an unknown error, data {}", hex::encode_prefixed(revert_data)),
    };
    Explanation {
        id: "CHAIN_REVERT".into(),
        what: format!("a contract refused with {what}"),
        next: "check that the address is a vault of this version, and the token is a plain ERC-20".into(),
    }
}

/// Explains an error of the vault.
#[must_use]
pub fn explain_error(error: &VaultErrors) -> Explanation {
    let debug = format!("{error:?}");
    let id = debug.split('(').next().unwrap_or_default();
    let advice = advice(id);
    let arguments = flatten(&debug);
    Explanation {
        id: id.into(),
        what: match arguments.split_once(" (") {
            Some((_, arguments)) => format!("{} ({arguments}", advice.map_or("refused", |advice| advice.what)),
            None => advice.map_or("refused", |advice| advice.what).to_owned(),
        },
        next: advice.map_or("see docs/specification.md", |advice| advice.next).into(),
    }
}

/// `Name(Name { index: 7 })` to `Name (index: 7)`.
fn flatten(debug: &str) -> String {
    let name = debug.split('(').next().unwrap_or_default();
    match (debug.find('{'), debug.rfind('}')) {
        (Some(open), Some(close)) if open < close => format!("{name} ({})", debug[open + 1..close].trim()),
        _ => name.to_owned(),
    }
}

/// One row of [`ADVICE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Name of the contract's error.
    pub id: &'static str,
    /// What it means.
    pub what: &'static str,
    /// What to do next.
    pub next: &'static str,
    /// The same in Chinese.
    pub next_zh: &'static str,
}

/// The row of an error.
#[must_use]
pub fn advice(id: &str) -> Option<&'static Advice> {
    ADVICE.iter().find(|advice| advice.id == id)
}

const fn row(id: &'static str, what: &'static str, next: &'static str, next_zh: &'static str) -> Advice {
    Advice { id, what, next, next_zh }
}

/// Every error of the vault in words.
#[rustfmt::skip]
pub const ADVICE: &[Advice] = &[
    row("Terms_TimerOutOfBounds", "a timer of the terms is outside its bounds", "change this timer to a value within min and max (seconds); the bounds depend on the profile", "条款中有计时器超出范围：把它改到 min 与 max（秒）之间，范围取决于 profile"),
    row("Terms_AttestedFinalityAboveUnattested", "attested finality is longer than unattested finality", "make attested_finality at most unattested_finality: attestation is the fast path", "attested_finality 不得大于 unattested_finality：有见证的确定应当更快"),
    row("Terms_FinalityOutlivesHistory", "unattested finality is longer than seven times root_max_age", "shorten unattested_finality or lengthen root_max_age, so that the newest final root is never overwritten", "缩短 unattested_finality 或加长 root_max_age，使最新的已确定的根永远不会被覆盖"),
    row("Terms_FinalityOutlivesRequests", "unattested finality is longer than seven eighths of serve_deadline", "shorten unattested_finality or lengthen serve_deadline, so that a newer root can answer a request in time", "缩短 unattested_finality 或加长 serve_deadline，使更新的根来得及答复请求"),
    row("Terms_ThresholdOutOfRange", "a quorum's threshold does not fit its number of members", "choose a threshold between 1 and the number of members (0 only for no watchers)", "门限应在 1 与成员数之间（只有没有观察者时才可为 0）"),
    row("Terms_MembersNotAscending", "a quorum names a member twice, or not in ascending order", "name each member once, in ascending order", "成员每人只列一次，并按地址升序排列"),
    row("Terms_ReservedAddress", "a role is given to an address that nobody holds a key for", "replace the zero or precompile address by a real one", "把零地址或预编译地址换成有人持有密钥的地址"),
    row("Terms_AssetsNotAscending", "an asset is listed twice, or not in ascending order", "list each asset once, in ascending order, ETH first", "资产每种只列一次，按地址升序排列，ETH 在最前"),
    row("Terms_AssetCountOutOfRange", "a vault has one to sixteen assets", "list between 1 and 16 assets", "列出 1 到 16 种资产"),
    row("Terms_AssetWithoutCode", "a listed token has no code on this chain", "check the token's address and that the RPC URL is of the right chain", "所列代币在这条链上没有代码：请检查代币地址，以及 RPC 地址是否属于正确的链"),
    row("Terms_CoverageFloorOutOfRange", "the coverage floor is not between 1 and 10,000 basis points", "choose a coverage floor above 0 % and at most 100 %", "覆盖率下限应大于 0 %，且不超过 100 %"),
    row("Terms_CapsOutOfRange", "the hot cap is above the warm cap, or the warm cap above 100 %", "choose a hot cap of at most the warm cap, and a warm cap of at most 100 %", "热钱包额度不得高于温钱包额度，温钱包额度不得超过 100 %"),
    row("Terms_SlaOutOfRange", "the cap of compensation or the least bond is above 100 %", "choose a compensation cap and a least bond of at most 100 % of what is owed", "补偿上限和最低保证金都不得超过欠款的 100 %"),
    row("Terms_RolesOverlap", "one party has two roles", "give each role to other keys: no key may stand in for two", "同一方担任了两个角色：请为每个角色使用不同的密钥"),
    row("Terms_UnknownSignerKind", "a signer's id is of no known kind", "name signers as an address, as erc1271:ADDRESS, or as erc7913:VERIFIER-AND-KEY", "签名者的种类未知：请写成地址、erc1271:地址，或 erc7913:验证合约与密钥"),
    row("Terms_TooManyContractSigners", "half of the signers or more are contracts, which can change their minds", "name more signers that are keys than signers that are contracts", "合约签名者占了一半或更多，而合约可以改变主意：请让密钥签名者多于合约签名者"),
    row("Terms_NotABlueprint", "a satellite's creation code is not where the vault's arguments say", "deploy the blueprints first; `lifeboat deploy` does", "附属合约的创建代码不在指定地址：请先部署蓝图合约（`lifeboat deploy` 会自动完成）"),

    row("Books_AssetNotListed", "this vault does not account for the asset", "use one of the vault's assets; `lifeboat status` lists them", "该金库不管理此资产：请使用它列出的资产（`lifeboat status` 可查看）"),
    row("Books_ZeroAmount", "the amount is zero", "give an amount above zero", "金额为零：请填写大于零的金额"),
    row("Books_AmountTooLarge", "the amount does not fit 128 bits", "give a smaller amount", "金额超过 128 位：请填写较小的金额"),
    row("Books_WrongValue", "the ETH sent does not match the amount", "send exactly the amount for ETH, and no ETH with a token", "存 ETH 时发送的数额必须与金额相同，存代币时不要附带 ETH"),
    row("Books_ReservedAddress", "the account is an address that nobody holds a key for, or the vault itself", "name an account that somebody controls", "该账户无人持有密钥，或就是金库本身：请换成有人控制的账户"),
    row("Books_BalanceTooLow", "the account's segregated balance is lower than the amount", "take out at most what is available", "隔离余额不足：最多只能取出可用的数额"),
    row("Books_QueueTotalTooLarge", "the queue of pending deposits has reached its largest total", "deposit to the segregated balance instead", "待入账队列已满：请改为存入隔离余额"),
    row("Books_EntryUnknown", "there is no such pending deposit", "check the entry's number", "没有这笔待入账存款：请检查编号"),
    row("Books_EntryInLedger", "this deposit is in the ledger that counts, so it is paid there", "claim it as part of the account's leaf", "这笔存款已计入有效账本：请随账户的份额一起领取"),
    row("Books_EntryRefunded", "this deposit was refunded already", "nothing to do: see the account's balance and its segregated balance", "这笔存款已经退还，无需操作：请查看账户余额和隔离余额"),
    row("Books_TransferFailed", "the asset could not be transferred to the recipient", "choose a recipient that accepts it; a claim can be sent elsewhere with a ticket", "收款方无法接收该资产：请换一个收款地址；领取可以用票据发往别处"),
    row("Books_EntryNeedsLeaf", "the deposit's account had payouts, which may have been of this very money", "refund it at the vault's disputes contract with the account's leaf (`refundEntry`)", "该充值的账户有过付款，可能已经包含这笔钱：请在争议合约上用该账户的叶子退款（`refundEntry`）"),

    row("Signature_Expired", "the signature's deadline has passed", "sign again with a later deadline", "签名已过期：请用更晚的期限重新签名"),
    row("Signature_NonceUsed", "the nonce was used or cancelled", "check whether the message was executed already; otherwise sign with another nonce", "该编号已使用或已取消：请检查消息是否已经执行，否则换一个编号重新签名"),
    row("Signature_Invalid", "the signature is not the expected signer's over this message", "sign exactly this message, for this vault and this chain, with the expected key", "签名不符：请用应有的密钥，对这条消息、这个金库和这条链重新签名"),
    row("Signature_UnknownMembers", "the list of members is not the one in the terms", "use the vault's own terms", "成员名单与条款不符：请使用该金库自己的条款"),
    row("Signature_QuorumNotMet", "there are fewer signatures than the threshold", "collect more signatures (`lifeboat sign add`, `lifeboat sign merge`)", "签名数不足门限：请收集更多签名（`lifeboat sign add`、`lifeboat sign merge`）"),
    row("Signature_NotAMember", "a signature is by no member of the quorum, or signatures are out of order", "remove the signature at this position or sign again with a member's key", "有签名不属于任何成员，或次序不对：请删去该签名，或用成员的密钥重新签名"),
    row("Signature_NonceOutOfWindow", "the gate's nonce was used or cancelled, or is too far from the highest used one", "check whether the message was executed already; otherwise sign with a nonce between lowest and highest (`lifeboat status` shows the next one)", "编号已使用、已取消，或离最大的已用编号太远：请检查消息是否已经执行，否则改用 lowest 与 highest 之间的编号（`lifeboat status` 显示下一个编号）"),
    row("Signature_SequenceUsed", "the message's number in its sequence is not the next one", "check whether the message was sent already; otherwise sign with the expected number", "序号不是下一个：请检查消息是否已经发送，否则用应有的序号重新签名"),

    row("Liveness_WrongPhase", "this is not possible in the vault's phase (0 live, 1 suspected, 2 latched, 3 returning)", "see `lifeboat status` for when it becomes, or why it no longer is, possible", "金库在当前阶段不允许此操作：`lifeboat status` 显示何时可以，或为何不再可以"),
    row("Liveness_BlockHashMismatch", "the block is unknown, too old, or on another fork", "sign a beat over one of the last 256 blocks", "区块未知、过旧或属于别的分叉：请对最近 256 个区块之一签署心跳"),
    row("Liveness_BeatNotNewer", "a beat over this or a later block was brought already", "nothing to do if the last beat is recent; else sign over a newer block", "已有针对该区块或更新区块的心跳：若最近一次心跳不久，无需操作；否则对更新的区块签名"),
    row("Liveness_WindDownTooSoon", "the wind-down would come before its notice has passed", "choose a time at or after the earliest one", "停止服务的时间早于通知期：请选择最早时间或之后的时间"),
    row("Liveness_WindDownAnnounced", "the wind-down is announced already, and cannot be changed", "nothing to do: see `lifeboat status` for its time", "停止服务已经公告，不能更改：请用 `lifeboat status` 查看时间"),
    row("Liveness_RequestOpen", "the account has an open exit request", "wait for it to be served, or cancel it first", "该账户已有未完成的退出请求：请等待处理，或先取消"),
    row("Liveness_RequestNotOpen", "the account has no open exit request", "nothing to do: it was served, answered or cancelled, or never made", "该账户没有未完成的退出请求，无需操作：它已被处理、答复或取消，或从未提出"),
    row("Liveness_RequestNotDue", "the exit request is not due yet", "report it at or after its due time", "退出请求尚未到期：请在到期时间或之后再举报"),
    row("Liveness_RequestReported", "the exit request was reported already", "nothing to do: suspicion has begun or will not be needed", "该退出请求已被举报，无需操作"),
    row("Liveness_RequestStands", "this commitment does not answer the exit request", "serve it with a payout, or answer with a final commitment newer than the request", "这个承诺不足以答复该请求：请付款，或用一个晚于请求且已确定的承诺答复"),
    row("Liveness_ReportsFull", "so many unserved requests are reported that another would not count", "nothing to do: the suspicion lasts until all of the reported ones are served", "被举报的逾期请求已达上限，无需操作：在它们全部处理之前，怀疑不会解除"),

    row("Ledger_WrongEpoch", "the commitment's epoch is not the next one", "prepare it again with the expected epoch", "期号不是下一期：请按应有的期号重新准备"),
    row("Ledger_CursorOutOfRange", "the deposit cursor lies outside the queue, or leaves out entries that were queued when the last commitment was posted", "take every entry below min into the ledger, and set the cursor between min and max", "存款游标超出范围：请把 min 以下的存款全部计入账本，并把游标设在 min 与 max 之间"),
    row("Ledger_SnapshotOutOfRange", "the snapshot's time is too old, in the future, or before the last commitment's", "take a new snapshot of the ledger", "快照时间过旧、在未来，或早于上一个承诺：请重新制作账本快照"),
    row("Ledger_ReserveBelowFloor", "the reserve does not cover the ledger's total", "fund the vault with the missing amount, then post again", "储备不足以覆盖账本总额：请补足缺口后再提交"),
    row("Ledger_WouldEvictFinal", "posting would overwrite the newest final commitment", "wait until a newer commitment is final (attest one, or let its time pass)", "提交会覆盖最新的已确定承诺：请等待更新的承诺确定（由观察者见证，或等时间过去）"),
    row("Ledger_EpochUnknown", "no commitment of this epoch is kept", "use one of the newest eight epochs; see `lifeboat status`", "该期承诺已不保存：请使用最近八期之一（`lifeboat status` 可查看）"),
    row("Ledger_AlreadyAttested", "this commitment is attested already", "nothing to do", "该承诺已被见证，无需操作"),
    row("Ledger_NoFinalCommitment", "no commitment of this asset is final yet", "wait for finality; see `lifeboat status` for when", "该资产还没有已确定的承诺：请等待（`lifeboat status` 显示何时确定）"),
    row("Ledger_ProofInvalid", "the proof leads to another root", "use the bundle of the epoch that counts; see `lifeboat status`", "证明指向别的根：请使用有效那一期的文件包（`lifeboat status` 可查看）"),
    row("Ledger_ProofMalformed", "the proof has a wrong length or impossible sums", "use a proof made by `lifeboat` from a verified bundle", "证明长度或数额有误：请使用 `lifeboat` 由核对过的文件包生成的证明"),
    row("Ledger_NotTheAccount", "only the leaf's own account may do this", "send it from that account", "只有该账户本身可以这样做：请从该账户发送"),
    row("Ledger_NotChallengeable", "the commitment is attested, final or void already", "nothing to do: only a commitment that could still turn out to be without data can be challenged", "该承诺已被见证、已确定或已作废，无需操作：只有尚未确定的承诺才能被质询"),
    row("Ledger_CommitmentVoid", "the commitment is void: a challenge of its data was not answered", "post a new commitment whose data is published", "该承诺已作废（对其数据的质询无人答复）：请提交数据已公布的新承诺"),
    row("Ledger_WordChallenged", "this word of the ledger was challenged before", "nothing to do: each word is challenged once", "这一组数据已被质询过，无需操作：每组只能质询一次"),
    row("Ledger_NoSuchWord", "the ledger has no such word", "challenge one of the ledger's words of 256 leaves", "账本没有这一组：请质询存在的组（每组 256 个份额）"),
    row("Ledger_ChallengeNotOpen", "no challenge of this word is open", "nothing to do: it was answered, found unanswered, or never made", "这一组没有未决的质询，无需操作：它已被答复、已过期，或从未提出"),
    row("Ledger_AnswerNotDue", "the challenge can still be answered", "wait until its due time has passed", "质询仍可答复：请等到期限过后"),
    row("Ledger_AnswerTooLate", "the challenge's time to be answered has passed", "post a new commitment whose data is published", "质询的答复期限已过：请提交数据已公布的新承诺"),
    row("Ledger_WrongDeposit", "the ETH sent is not the deposit that the terms ask for", "send exactly the expected amount (wei)", "发送的 ETH 与条款规定的押金不符：请准确发送应付的数额（wei）"),
    row("Ledger_NothingToWithdraw", "the account has no deposit to fetch", "nothing to do: deposits come back when a request or challenge is closed", "该账户没有可取回的押金，无需操作：请求或质询结束后押金才会退回"),

    row("Gate_AmountAboveOwed", "the amount is above what the leaf is still owed", "ask for at most what is owed", "金额超过尚欠的数额：最多只能要求所欠的数额"),
    row("Gate_ReserveBelowFloor", "the release would leave less than the coverage floor", "release less, or wait until less is owed", "释放后储备会低于覆盖率下限：请减少金额，或等欠款减少"),
    row("Gate_ReserveTooLow", "the reserve is lower than the amount", "use a smaller amount, or fund the vault", "储备少于该金额：请减少金额，或向金库补充资金"),
    row("Gate_AboveCap", "the window has no room for this without more signatures (sum and cap in 2^-40 of what is owed)", "let the signers sign it; above the warm cap queue it with `lifeboat sign cold-release`; or wait for the next window", "本时段的额度不足（sum 与 cap 以欠款的 2^-40 计）：请由签名者共同签名；超过温钱包额度时用 `lifeboat sign cold-release` 排队，或等待下一时段"),
    row("Gate_Frozen", "the guardians have frozen the outflow until then", "look at the evidence of the freeze, and send it again after its end", "监护人已冻结资金流出：请查看冻结的证据，并在冻结结束后重新发送"),
    row("Gate_ReleaseUnknown", "no such release is queued, or it was executed or vetoed", "check asset, recipient, amount and salt, and whether it was executed or vetoed already", "没有这笔排队的释放，或它已执行、已否决：请核对资产、收款方、金额和盐值"),
    row("Gate_ReleaseQueued", "this release was queued before", "nothing to do if it waits; to release the same again, sign it with another salt", "这笔释放已经排过队：若仍在等待则无需操作；要再释放一次，请用另一个盐值签名"),
    row("Gate_ReleaseNotReady", "the queued release has not waited its time", "execute it at or after this time", "这笔释放的等待期未满：请在该时间或之后执行"),
    row("Gate_ReleaseLapsed", "the queued release has lapsed: it was ready too long ago, or a suspicion or a rotation came after it was queued", "sign it with another salt, and queue it again", "这笔释放已失效（就绪已太久，或排队之后出现过怀疑或更换了签名者）：请用另一个盐值签名后重新排队"),

    row("Return_WordCounted", "this word was counted already", "nothing to do", "这一组已经清点，无需操作"),
    row("Return_CountingClosed", "counting ended when the return began", "go on with opening rounds; uncounted words stand at their committed sum", "返还开始后不再清点：请继续开启轮次，未清点的部分按承诺的数额计算"),
    row("Return_NothingToDistribute", "there is nothing, or too little, to distribute in a new round", "wait for more money to come in, or tally paid claims first", "没有（或太少）可分配的资金：请等待更多资金到账，或先登记已付的领取（tally）"),
    row("Return_RoundUnknown", "the round is not open, or its ratio is another", "open the round first, or read its ratio from the chain again", "该轮尚未开启，或比例不符：请先开启该轮，或重新从链上读取比例"),
    row("Return_AlreadyClaimed", "this leaf was paid in this round", "nothing to do: the money is at the account, or where its ticket said", "本轮已经付款，无需操作：钱已在该账户，或在票据指定的地址"),
    row("Return_NothingDue", "this leaf's share of the round is zero", "nothing to do: it was paid out before the service stopped, or is below one base unit", "本轮份额为零，无需操作：服务停止前已经付清，或不足一个最小单位"),
    row("Return_UnpayableAccount", "the recipient is an address that nobody holds a key for, or the vault itself", "name a recipient that somebody controls", "收款方无人持有密钥，或就是金库本身：请换成有人控制的收款地址"),
    row("Return_FeeAboveAmount", "the fee is higher than the share", "sign a ticket with a lower fee", "费用高于份额：请签一张费用较低的票据"),
    row("Return_PushTooEarly", "pushes begin after the head start of self-claims", "claim for yourself now, or push at or after this time", "推送尚未开始：现在可以自己领取，或在该时间之后推送"),
    row("Return_GasTooLow", "too little gas is left to give every recipient its share of it", "send with a higher gas limit", "剩余 gas 不够付给每个收款人：请提高 gas 上限后重发"),
    row("Return_NothingPushed", "nothing in this word is left to push", "nothing to do: go on with the next word", "这一组没有可推送的份额，无需操作：请继续下一组"),
    row("Return_NothingToFlag", "the leaf has no payout that is missing from the netting", "nothing to do", "该份额没有漏算的付款，无需操作"),
    row("Return_EquityTooEarly", "what is left over is released 30 days after the return began at the earliest", "wait until this time", "剩余资金最早在返还开始 30 天后才能释放：请等到该时间"),
    row("Return_StillOwed", "no round has set aside everybody's share in full", "fund the vault and open a round over what is missing", "尚未为所有人足额预留份额：请向金库补足资金，并开启新一轮"),
    row("Return_RoundHeld", "it is disputed which of two ledgers counts, or the one that does is still being counted", "settle the dispute once it is ruled or timed out, then open the round at or after this time", "哪一份账本有效仍有争议，或仍在清点：请在裁决或超时后结清争议，并在该时间或之后开启"),

    row("Registry_OnlyVault", "only the vault tells its registry of payouts", "call the vault itself", "只有金库可以向登记合约报告付款：请直接调用金库"),
    row("Registry_OnlyRegistry", "only the vault's registry reports ledgers and overdue requests", "call `commit`, `sync` or `reportUnserved` at the vault's address", "只有登记合约可以报告账本和逾期请求：请在金库地址上调用 `commit`、`sync` 或 `reportUnserved`"),
    row("Registry_Refused", "the registry refused to record a payout; nothing was paid", "report this with the transaction: it should not happen", "登记合约拒绝记录这笔付款，没有付出任何资金：这不应发生，请附上交易报告"),
    row("Safeguards_OnlyVault", "only the vault uses up queued releases", "execute the release at the vault's address", "只有金库可以执行排队的释放：请在金库地址上执行"),
    row("Safeguards_OnlySafeguards", "only the vault's safeguards change windows, freezes and signers", "call the safeguards' own functions", "只有保障合约可以更改窗口、冻结和签名者：请调用保障合约自己的函数"),
    row("Safeguards_TooSoon", "it comes before its notice, its cooldown or the end of the last one has passed", "choose a time at or after the earliest one, or wait until then", "未满通知期、冷却期，或上一次尚未结束：请选择最早时间或之后的时间，或等到那时"),
    row("Safeguards_TooLong", "it would last longer than it may", "choose a shorter time (seconds)", "时间过长：请缩短（以秒计）"),
    row("Safeguards_BudgetSpent", "all of them in the period together would last longer than they may", "choose a shorter time (seconds), or wait until older ones no longer count", "本期内的总时长会超出上限：请缩短（以秒计），或等较早的不再计入"),
    row("Safeguards_WindowOpen", "the last window is not over, or no heartbeat has followed it", "wait for its end and a heartbeat, then announce the next", "上一个窗口尚未结束，或之后还没有心跳：请等它结束并有一次心跳后再公告"),
    row("Safeguards_NoSuchRole", "the terms name nobody for this role", "nothing to do: this vault has no guardians, or no watchers", "条款没有设立这个角色，无需操作：该金库没有监护人，或没有观察者"),
    row("Safeguards_UnknownReason", "there is no such reason", "choose one of the reasons that `lifeboat sign announcement --help` lists", "没有这个原因：请从 `lifeboat sign announcement --help` 列出的原因中选择"),
    row("Safeguards_NothingAnnounced", "no rotation of the signers is announced", "announce one first; see `lifeboat sign rotation`", "没有已公告的签名者更换：请先公告（`lifeboat sign rotation`）"),
    row("Safeguards_RotationLapsed", "the announced rotation has lapsed: it was ready too long ago, or a suspicion came in between", "announce it again", "已公告的签名者更换已失效（就绪已太久，或其间出现过怀疑）：请重新公告"),
    row("Bond_TooLow", "the bond is lower than needed", "put the missing amount into the bond, or announce to take out less", "保证金不足：请补足，或减少要取回的数额"),
    row("Bond_OnlyOperator", "only the operator announces that the bond is to go", "announce it from the operator's account", "只有运营方可以公告取回保证金：请从运营方账户公告"),
    row("Bond_NotReady", "the unbonding has not waited its time", "unbond at or after this time", "保证金的取回等待期未满：请在该时间或之后取回"),
    row("Bond_NothingAnnounced", "no unbonding is announced, or it was ready too long ago", "announce it, and unbond within 14 days after it is ready", "没有已公告的取回，或就绪已太久：请重新公告，并在就绪后 14 天内取回"),
    row("Bond_ShortfallFirst", "shares of the ledger itself are not set aside in full yet", "fill the shortfall and open a round first", "账本本身的份额尚未足额预留：请先填补缺口并开启一轮"),
    row("Bond_CompensationOpen", "the compensation of this asset is open already", "nothing to do: go on with compensating the leaves", "该资产的补偿已经开始，无需操作：请继续逐个补偿"),
    row("Bond_CompensationNotOpen", "the compensation of this asset is not open", "open it once every share of the ledger is set aside", "该资产的补偿尚未开始：请在账本份额足额预留之后开启"),
    row("Bond_NothingMissing", "nothing is missing, or the bond is empty", "nothing to do", "没有缺口，或保证金已空，无需操作"),
    row("Disputes_OnlyDisputes", "only the vault's disputes contract carries out what was ruled", "call the disputes contract's own functions", "只有争议合约可以执行裁决：请调用争议合约自己的函数"),
    row("Disputes_OnlyOperator", "only the operator disputes a request", "dispute it from the operator's account", "只有运营方可以对请求提出争议：请从运营方账户提出"),
    row("Disputes_OnlyArbitrator", "only the arbitrator of the terms rules", "nothing to do: wait for the arbitrator, or for the time to settle without him", "只有条款中的仲裁人可以裁决，无需操作：请等待仲裁人，或等到无裁决也可结清的时间"),
    row("Disputes_NoArbitrator", "the terms name no arbitrator", "nothing to do: this vault has no disputes", "条款没有设立仲裁人，无需操作：该金库没有争议程序"),
    row("Disputes_Disputed", "there was a dispute about this already, and there is one only", "nothing to do: look up the first dispute", "此事已有过争议，且只能有一次，无需操作：请查看第一次争议"),
    row("Disputes_NoOtherLedger", "no other final ledger is left, or the reserve does not cover the deposits that only the newest knows", "nothing to do: the newest final ledger counts", "没有其他已确定的账本，或储备不足以覆盖只有最新账本才知道的充值，无需操作：最新的已确定账本有效"),
    row("Disputes_Unknown", "there is no dispute of this number", "look the number up in the disputes contract's events", "没有这个编号的争议：请在争议合约的事件中查找编号"),
    row("Disputes_Closed", "the dispute is decided", "nothing to do", "争议已有结果，无需操作"),
    row("Disputes_NotDue", "the arbitrator has not ruled, and still has time", "wait for the ruling, or until after this time (Unix seconds)", "仲裁人尚未裁决，且仍有时间：请等待裁决，或等到该时间之后（Unix 秒）"),
    row("Disputes_ValueTooLow", "less was sent than the arbitrator and the bond cost", "send the cost that the disputes contract tells (`costs`)", "发送的金额低于仲裁费与保证金之和：请按争议合约给出的费用发送（`costs`）"),
    row("Disputes_NotReopened", "no dispute has made this deposit refundable again", "refund it with `refundPending`, if it is in no ledger", "没有争议使该充值重新可退：若它不在任何账本中，请用 `refundPending` 退款"),

    row("Escrow_Expired", "the order has expired", "only the way back to the payer is left: `lifeboat escrow refund`", "订单已到期：只能退回付款人，请运行 `lifeboat escrow refund`"),
    row("Escrow_NotDue", "the order is neither expired nor has the vault latched", "release or cancel it with consent, or wait for its expiry", "订单尚未到期，金库也未锁定：请经同意放款或取消，或等到期"),
    row("Escrow_Funded", "the order is paid in already", "nothing to do: `lifeboat escrow show` tells how it stands", "订单已付款：无需操作，可用 `lifeboat escrow show` 查看"),
    row("Escrow_Settled", "the order is decided already", "if the money was not taken, use `lifeboat escrow collect` or `withdraw`", "订单已有结果：若款项未被收取，请用 `lifeboat escrow collect` 或 `withdraw`"),
    row("Escrow_NotSettled", "the order is not decided yet", "release, cancel or refund it first", "订单尚无结果：请先放款、取消或退款"),
    row("Escrow_NothingHeld", "nothing lies in the order's purse", "pay it in first, or check the file: every detail is part of the order", "订单的钱袋里没有钱：请先付款，或核对文件，每个细节都是订单的一部分"),
    row("Escrow_PartiesNotDistinct", "payer, payee and arbiter must be three different accounts", "make a new order with different accounts", "付款人、收款人和仲裁人必须是不同账户：请重新建立订单"),
    row("Escrow_NotTheBeneficiary", "only who is to be paid says where to", "send it from the beneficiary's account", "只有受益人能指定去处：请从受益人账户发送"),
    row("Tank_OnlyVault", "only the vault takes money out of its gas tank", "push words through the vault to be repaid", "只有金库可以动用它的 gas 储备：请通过金库推送以获得补偿"),

    row("ReentrancyGuardReentrantCall", "a token or recipient called back into the vault", "do not use this token or recipient: it behaves like an attacker", "代币或收款方回调了金库：不要使用它，它的行为像攻击者"),
    row("SafeERC20FailedOperation", "the token refused the transfer", "check the balance and the approval for the vault, and whether the token is paused", "代币拒绝转账：请检查余额、对金库的授权，以及代币是否已暂停"),
    row("InvalidShortString", "the escrow's own name is damaged", "check that this address is an escrow of this version: it never says so", "托管合约自身的名称已损坏：请检查该地址是否为本版本的托管合约，它不会给出此错误"),
    row("StringTooLong", "the escrow's own name is too long", "check that this address is an escrow of this version: it never says so", "托管合约自身的名称过长：请检查该地址是否为本版本的托管合约，它不会给出此错误"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use alloy::{primitives::U256, sol_types::PanicKind};

    use super::*;
    use crate::{
        gas_tank::GasTank::GasTankErrors,
        vault::Vault::{Books_ZeroAmount, Return_AlreadyClaimed},
    };

    #[test]
    fn every_error_of_the_contracts_has_a_sentence_and_no_other() {
        let contract: BTreeSet<_> =
            [VaultErrors::VARIANT_NAMES, GasTankErrors::VARIANT_NAMES].concat().into_iter().collect();
        let table: BTreeSet<_> = ADVICE.iter().map(|advice| advice.id).collect();
        assert_eq!(table, contract);
        assert_eq!(table.len(), ADVICE.len(), "an id stands twice");
        for advice in ADVICE {
            assert!(!advice.what.is_empty() && !advice.next.is_empty(), "{}", advice.id);
            assert!(advice.next_zh.chars().any(|c| c >= '一'), "{} has no Chinese sentence", advice.id);
        }
    }

    #[test]
    fn arguments_are_shown() {
        let explained = explain(&Return_AlreadyClaimed { index: U256::from(7) }.abi_encode());
        assert_eq!(explained.id, "Return_AlreadyClaimed");
        assert_eq!(explained.what, "this leaf was paid in this round (index: 7)");
        assert_eq!(explain(&Books_ZeroAmount {}.abi_encode()).what, "the amount is zero");
    }

    #[test]
    fn other_reverts_are_explained_too() {
        let reason = Revert::from("Pausable: paused").abi_encode();
        assert_eq!(explain(&reason).what, "a contract refused: Pausable: paused");
        let overflow = Panic::from(PanicKind::UnderOverflow).abi_encode();
        assert!(explain(&overflow).what.contains("panic"), "{overflow:?}");
        assert_eq!(explain(&[1, 2, 3]).id, "CHAIN_REVERT");
        assert_eq!(explain(&[]).id, "CHAIN_REVERT");
    }
}
