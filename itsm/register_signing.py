"""What people sign on a register entry: approvals, waivers, proofs; four eyes see to each."""

from dataclasses import replace

from itsm.errors import RoleError, TransitionError
from itsm.proof import Baseline, Proof, ProofVerdict
from itsm.register import RegisterEntry, RegisterState
from itsm.register_parts import Answer, EntryApproval, Signature
from itsm.register_roles import Deed, FourEyes, exception_for, require_role
from itsm.register_rules import Act, not_the_proposer


def answered(entry: RegisterEntry, answer: Answer, act: Act) -> RegisterEntry:
    """An entry with an approver's answer in this round; the reason is the comment.

    Raises:
        TransitionError: nothing is to be approved now, or a refusal has no comment.
        RoleError: the person is no approver of it, or proposed it.
    """
    require_role(act.by, Deed.ANSWER, entry.number)
    if entry.state is not RegisterState.ASSESS:
        raise TransitionError(f"{entry.number}: it is {entry.state}; approvals are given in assess")
    if entry.approvers and act.by.name not in entry.approvers:
        raise RoleError(
            f"{entry.number}: {act.by.name} is not among its approvers: "
            f"{', '.join(entry.approvers)}"
        )
    if answer is Answer.REFUSED and not act.reason.strip():
        raise TransitionError(f"{entry.number}: say why it is refused")
    given = EntryApproval(
        approver=act.by.name,
        answer=answer,
        at=act.at,
        round=entry.round,
        comment=act.reason,
        exception=not_the_proposer(entry, act) if answer is Answer.APPROVED else "",
    )
    return replace(entry, approvals=(*entry.approvals, given))


def waived(entry: RegisterEntry, act: Act) -> RegisterEntry:
    """An entry that may be closed as successful without a proof; somebody signs for it.

    Raises:
        TransitionError: it is not in review, or no reason is given.
        RoleError: the person may not, or owns it.
    """
    require_role(act.by, Deed.WAIVE, entry.number)
    _require_review(entry, "a waiver is signed")
    if not act.reason.strip():
        raise TransitionError(f"{entry.number}: say why no proof is needed")
    exception = _not_the_owner(entry, FourEyes.WAIVE_OWN, act)
    signed = Signature(signed_by=act.by.name, at=act.at, reason=act.reason, exception=exception)
    return replace(entry, waiver=signed)


def frozen(entry: RegisterEntry, baseline: Baseline, act: Act) -> RegisterEntry:
    """An entry with its baseline; one that is there stays for this round.

    Raises:
        TransitionError: it has one.
        RoleError: the person may not.
    """
    require_role(act.by, Deed.MEASURE, entry.number)
    if entry.baseline is not None:
        raise TransitionError(f"{entry.number}: its baseline is frozen already, and stays")
    return replace(entry, baseline=baseline)


def measured(entry: RegisterEntry, proof: Proof, act: Act) -> RegisterEntry:
    """An entry with what was measured of it; another verdict takes a new signature.

    Raises:
        RoleError: the person may not.
    """
    require_role(act.by, Deed.MEASURE, entry.number)
    is_same = entry.proof is not None and entry.proof.verdict is proof.verdict
    return replace(entry, proof=proof, signature=entry.signature if is_same else None)


def verified(entry: RegisterEntry, act: Act) -> RegisterEntry:
    """An entry whose proof a person has signed.

    Raises:
        TransitionError: it is not in review, or there is no proof that verifies a benefit.
        RoleError: the person may not, or owns it.
    """
    require_role(act.by, Deed.VERIFY, entry.number)
    _require_review(entry, "a proof is signed")
    verdict = entry.proof.verdict if entry.proof else None
    if verdict is not ProofVerdict.VERIFIED:
        said = f"it says {verdict}" if verdict else "there is no verdict yet"
        raise TransitionError(f"{entry.number}: no proof of a benefit can be signed: {said}")
    exception = _not_the_owner(entry, FourEyes.VERIFY_OWN, act)
    signed = Signature(signed_by=act.by.name, at=act.at, reason=act.reason, exception=exception)
    return replace(entry, signature=signed)


def _require_review(entry: RegisterEntry, what: str) -> None:
    if entry.state is not RegisterState.REVIEW:
        raise TransitionError(f"{entry.number}: it is {entry.state}; {what} in review")


def _not_the_owner(entry: RegisterEntry, rule: FourEyes, act: Act) -> str:
    if act.by.name != entry.owner:
        return ""
    return exception_for(act.by, rule, entry.number, act.today, act.exceptions)
