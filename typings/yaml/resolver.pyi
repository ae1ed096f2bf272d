from yaml import ScalarNode

class Resolver:
    def resolve(self, kind: type[ScalarNode], value: str, implicit: tuple[bool, bool]) -> str: ...
