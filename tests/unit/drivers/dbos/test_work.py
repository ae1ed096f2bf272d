"""Ids of work, and the search for work that was lost."""

from kr8.drivers.dbos.work import Search, adopted_id, partition, work_id


def test_ids_of_one_workflow_sort_as_their_deployments_do() -> None:
    assert sorted([work_id("run", "dep_02"), work_id("run", "dep_01")]) == ["run-dep_01", "run-dep_02"]


def test_adopted_work_has_one_id_for_each_version_that_adopts_it() -> None:
    assert adopted_id("run", "dep_1", "2") == adopted_id("run", "dep_1", "2") == "run-dep_1@2"
    assert adopted_id("run", "dep_1", "3") not in {adopted_id("run", "dep_1", "2"), work_id("run", "dep_1")}


def test_work_with_a_key_waits_with_its_key_and_other_work_by_itself() -> None:
    assert partition("run-dep_1", "shop.production") == partition("run-dep_2", "shop.production") == "shop.production"
    assert partition("plan-dep_1", None) != partition("plan-dep_2", None)


def test_work_is_lost_when_three_looks_in_a_row_miss_it() -> None:
    search = Search()
    assert search.lost(["a", "b"], ["b"]) == ()
    assert search.lost(["a", "b"], ["b"]) == ()
    assert search.lost(["a", "b"], ["b"]) == ("a",)


def test_work_that_was_seen_between_is_not_lost() -> None:
    search = Search()
    for running in ([], [], ["a"], [], []):
        assert search.lost(["a"], running) == ()


def test_the_count_begins_anew_after_work_was_put_back() -> None:
    search = Search()
    looks = [search.lost(["a"], []) for _ in range(6)]
    assert looks == [(), (), ("a",), (), (), ("a",)]


def test_what_ended_is_forgotten() -> None:
    search = Search()
    assert search.lost(["a"], []) == search.lost(["a"], []) == search.lost([], []) == ()
    assert search.lost(["a"], []) == ()
