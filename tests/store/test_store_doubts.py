"""Doubts about candidates are kept beside them, and go with their run."""

from itsm.doubts import Doubts, MemberTerms, NearMiss, ScoreTerm, Seam
from store.unit_of_work import Store
from tests.store.test_store_results import candidate, run

DOUBTS = Doubts(
    candidate_id="PC-1",
    near=(NearMiss(source="s", number="INC9", score=0.3, why="says besides: tray"),),
    seam=Seam(share=0.25, score=0.6, why="differs in meaning", part=("s/INC2",)),
    stability=0.9,
    n_rounds=10,
    members=(MemberTerms(source="s", number="INC1", terms=(ScoreTerm(topic="ci", weight=1.25),)),),
)


def test_what_was_kept_is_read_again_and_goes_with_its_run(store: Store) -> None:
    with store.begin() as uow:
        uow.mining.save(run("M-1"), [candidate("PC-1"), candidate("PC-2")])
        uow.doubts.save("M-1", [DOUBTS])
        uow.commit()
    with store.begin() as uow:
        assert uow.doubts.of("M-1", "PC-1") == DOUBTS
        assert uow.doubts.of("M-1", "PC-2") is None
        uow.mining.save(run("M-1"), [candidate("PC-1")])
        assert uow.doubts.of("M-1", "PC-1") is None
