"""Candidates and decisions as JSON: what the pages show and do, for teams that script it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from itsm.access import AppRole
from itsm.decisions import Action
from itsm.errors import NotThereError, TransitionError
from review_app.acting import Acting, Looked
from review_app.api.candidate_models import (
    Candidate,
    DecisionIn,
    DecisionOut,
    Made,
    MemberOut,
    Record,
    Text,
    Which,
)
from review_app.api.candidate_values import decided, listed, made, member, wish_of
from review_app.api.document import BASE
from review_app.api.listing import Asked as Part
from review_app.api.listing import Listing, listing, seen_version, set_version
from review_app.asked import Asked
from review_app.board import Board
from review_app.filling import without_quotes
from review_app.identity.actors import Actor, needs
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.queue import Entry
from review_app.routes.answers import Who


def router(parts: ReviewParts, _pages: Pages) -> APIRouter:
    """The addresses of candidates and decisions."""
    routes = APIRouter(prefix=BASE)
    _reads(routes, parts)
    _reads_of_one(routes, parts)
    acting = Acting(parts.desk, parts.reviewing.facts) if parts.desk is not None else None
    _drafts(routes, parts, acting)
    _decides(routes, parts, acting)
    return routes


def _reads(routes: APIRouter, parts: ReviewParts) -> None:
    @routes.get("/candidates", summary="Candidates of a week", dependencies=[needs()])
    def candidates(
        request: Request,
        who: Who,
        part: Part,
        which: Annotated[Which, Query()],
    ) -> Listing[Candidate]:
        """Dearest first."""
        board = parts.boards.of(who, which.week)
        found = board.found(Asked.of(which.model_dump())) if board.run else []
        shown = found[part.offset : part.offset + part.limit]
        hidden = _withheld(parts, board, who, shown)
        return listing(request, found, part, lambda entry: listed(board, entry, hidden))

    @routes.get("/candidates/{candidate_id}", summary="A candidate", dependencies=[needs()])
    def candidate(candidate_id: str, who: Who, response: Response) -> Candidate:
        """A candidate of the newest week; its ETag is what a decision says it has looked at."""
        board, entry = _found(parts, who, candidate_id)
        set_version(response, _version(board, candidate_id))
        return listed(board, entry, _withheld(parts, board, who, [entry]))


def _reads_of_one(routes: APIRouter, parts: ReviewParts) -> None:
    @routes.get(
        "/candidates/{candidate_id}/members", summary="Its incidents", dependencies=[needs()]
    )
    def members(request: Request, candidate_id: str, who: Who, part: Part) -> Listing[MemberOut]:
        """The best fitting first."""
        board, entry = _found(parts, who, candidate_id)
        assert board.run is not None, "a candidate has a run"
        rows = parts.reviewing.members(
            board.run.run_id, candidate_id, first=part.offset, n=part.limit
        )
        shown = [member(parts, who, row) for row in rows]
        padded = range(entry.n_members)
        return listing(request, padded, part, lambda place: shown[place - part.offset])

    @routes.get(
        "/candidates/{candidate_id}/decisions", summary="Decisions on it", dependencies=[needs()]
    )
    def decisions(
        request: Request, candidate_id: str, who: Who, part: Part
    ) -> Listing[DecisionOut]:
        """Those that were not taken back, oldest first, with what became of their writes."""
        board, _ = _found(parts, who, candidate_id)
        fates = parts.reviewing.fates(candidate_id)
        history = board.now(candidate_id).history
        return listing(request, history, part, lambda one: decided(one[1], fates))


def _drafts(routes: APIRouter, parts: ReviewParts, acting: Acting | None) -> None:
    manages = [needs(AppRole.PROBLEM_MANAGER)]

    @routes.get(
        "/candidates/{candidate_id}/record", summary="What accepting writes", dependencies=manages
    )
    def record(candidate_id: str, who: Who) -> Record:
        """The problem record, to be changed and sent with the decision."""
        board, entry = _found(parts, who, candidate_id)
        drafted = _able(acting).drafted(candidate_id)
        fields = drafted.draft.fields
        is_withheld = candidate_id in _withheld(parts, board, who, [entry])
        shown = _shown(parts, board, who, candidate_id)
        links = [one for one in drafted.draft.links if (one.source, one.number) in shown]
        return Record(
            fields=dict(without_quotes(fields, candidate_id) if is_withheld else fields),
            home=drafted.home,
            links=[f"{one.source}/{one.number}" for one in links],
            n_hidden=len(drafted.draft.links) - len(links),
            n_writes=len(drafted.intents),
        )


def _decides(routes: APIRouter, parts: ReviewParts, acting: Acting | None) -> None:
    manages = [needs(AppRole.PROBLEM_MANAGER)]

    @routes.post(
        "/candidates/{candidate_id}/decisions",
        summary="Decide",
        status_code=201,
        dependencies=manages,
    )
    def decide(candidate_id: str, given: DecisionIn, request: Request, who: Who) -> Made:
        """Kept with what it causes in one transaction; send the candidate's ETag as If-Match."""
        board, _ = _found(parts, who, candidate_id)
        for name in given.others if given.action in {Action.MERGE, Action.DUPLICATE} else ():
            _found(parts, who, name)
        wish = wish_of(given)
        looked = _looked(board, candidate_id, seen_version(request))
        return made(_able(acting).decide(who, candidate_id, wish, looked))

    @routes.post(
        "/decisions/{decision_id}/undo",
        summary="Take back",
        status_code=201,
        dependencies=manages,
    )
    def undo(decision_id: str, who: Who, reason: Annotated[Text, Query()] = "") -> Made:
        """Takes a decision back, with what it caused; both stay in the journal."""
        found = parts.boards.decisions([decision_id])
        if not found:
            raise NotThereError(f"there is no decision {decision_id}")
        _found(parts, who, found[0].candidate_id)
        return made(_able(acting).undo(who, [decision_id], reason))


def _able(acting: Acting | None) -> Acting:
    if acting is None:
        raise TransitionError("nothing can be decided here: the pages were started to be read")
    return acting


def _found(parts: ReviewParts, who: Actor, candidate_id: str) -> tuple[Board, Entry]:
    board = parts.boards.of(who, "")
    entry = board.entry(candidate_id)
    if board.run is None or entry is None:
        raise NotThereError(f"the newest week has no candidate {candidate_id}")
    return board, entry


def _withheld(
    parts: ReviewParts, board: Board, who: Actor, entries: Sequence[Entry]
) -> frozenset[str]:
    """The candidates whose statement may quote what the token does not show."""
    if board.run is None or who.sight.restricted:
        return frozenset()
    ids = [entry.candidate.candidate_id for entry in entries]
    return parts.reviewing.restricted(board.run.run_id, ids)


def _shown(
    parts: ReviewParts, board: Board, who: Actor, candidate_id: str
) -> frozenset[tuple[str, str]]:
    """The members of a candidate that the token shows, by source and number."""
    assert board.run is not None, "a candidate has a run"
    return frozenset(
        (source, number)
        for source, number, service, restricted in parts.reviewing.sights(
            board.run.run_id, candidate_id
        )
        if not who.sight.hides(service=service, restricted=restricted)
    )


def _version(board: Board, candidate_id: str) -> str:
    assert board.run is not None, "a candidate has a run"
    return f"{board.run.run_id}.{board.seen}"


def _looked(board: Board, candidate_id: str, seen: str) -> Looked:
    """What a script has looked at, as its If-Match says."""
    if seen == "*":
        seen = _version(board, candidate_id)
    run_id, _, sequence = seen.rpartition(".")
    number = int(sequence) if sequence.isascii() and sequence.isdigit() else 0
    return Looked(run_id=run_id, seen=number)
