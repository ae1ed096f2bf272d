"""Projects in memory."""

from kr8.domain.environment import ProjectRecord


class MemoryProjects:
    """The Projects port."""

    def __init__(self) -> None:
        self._records: dict[str, ProjectRecord] = {}

    async def save(self, record: ProjectRecord) -> None:
        self._records[record.id] = record

    async def get(self, project: str) -> ProjectRecord | None:
        return self._records.get(project)

    async def all(self) -> tuple[ProjectRecord, ...]:
        return tuple(sorted(self._records.values(), key=lambda record: (record.name, record.id)))
