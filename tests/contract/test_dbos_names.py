"""The names of DBOS that kr8 uses and that its authors promise nobody. A new DBOS is taken only when these hold."""

import inspect
from importlib.metadata import version

from dbos import DBOS, DBOSConfig, Serializer, WorkflowStatus, error
from dbos._core import ActiveWorkflowById
from dbos._queue import queue_worker_thread
from dbos._sys_db import SystemDatabase


def parameters(function: object) -> list[str]:
    assert callable(function)
    return [name for name in inspect.signature(function).parameters if name != "self"]


def test_it_is_the_version_that_was_measured() -> None:
    assert version("dbos") == "3.4.0"


def test_work_of_dead_executors_is_recovered_by_their_ids() -> None:
    assert parameters(DBOS._recover_pending_workflows) == ["executor_ids"]


def test_taken_up_work_is_put_back_under_guard_of_its_executor() -> None:
    put_back = SystemDatabase.reenqueue_for_recovery
    assert parameters(put_back) == ["workflow_id", "executor_ids", "recovery_queue_name"]
    assert inspect.signature(put_back).return_annotation is bool


def test_what_runs_in_this_process_is_known_by_id() -> None:
    active = ActiveWorkflowById()
    entry = active.add("run-dep_1")
    assert active.activeList() == ["run-dep_1"]
    entry.release()
    assert active.activeList() == []


def test_the_look_at_a_queue_waits_by_an_event_that_is_given_and_by_nothing_else() -> None:
    assert parameters(queue_worker_thread) == ["stop_event", "dbos", "queue"]
    source = inspect.getsource(queue_worker_thread)
    assert source.count("stop_event.wait(timeout=polling_interval") == source.count(".wait(") == 1
    assert "sleep" not in source
    assert parameters(DBOS.listen_queues) == ["queues"]


def test_lost_ownership_and_cancelling_pass_through_a_workflow_that_catches_every_exception() -> None:
    for kind in (error.DBOSWorkflowConflictIDError, error.DBOSWorkflowCancelledError):
        assert issubclass(kind, BaseException)
        assert not issubclass(kind, Exception)


def test_what_keeps_asking_an_unreachable_database_can_be_told_to_give_up() -> None:
    assert "_sys_db_field" in inspect.getsource(DBOS.__init__)
    assert "_retry_connection_errors" in inspect.getsource(SystemDatabase.__init__)


def test_every_setting_that_kr8_makes_exists() -> None:
    made = {
        "name",
        "system_database_url",
        "system_database_engine",
        "executor_id",
        "application_version",
        "serializer",
        "enable_otlp",
        "log_level",
        "notification_listener_polling_interval_sec",
    }
    assert made <= set(DBOSConfig.__annotations__)


def test_a_serializer_is_known_by_its_name() -> None:
    assert {"serialize", "deserialize", "name"} <= set(vars(Serializer))


def test_a_listed_workflow_tells_what_work_is_made_of() -> None:
    fields = set(WorkflowStatus.__annotations__)
    assert {"workflow_id", "name", "input", "status", "executor_id", "app_version"} <= fields
