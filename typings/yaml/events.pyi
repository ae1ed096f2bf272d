from yaml import Mark

class Event:
    start_mark: Mark
    end_mark: Mark

class AliasEvent(Event):
    anchor: str

class CollectionStartEvent(Event):
    anchor: str | None
    tag: str | None

class SequenceStartEvent(CollectionStartEvent): ...
class MappingStartEvent(CollectionStartEvent): ...

class ScalarEvent(Event):
    anchor: str | None
    tag: str | None
    implicit: tuple[bool, bool]
    value: str

class SequenceEndEvent(Event): ...
class MappingEndEvent(Event): ...
class DocumentStartEvent(Event): ...
