"""Templates: what template.toml says, and the values that a template asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from kr8.domain.model import NEED_PATTERN, PARAMETER_PATTERN, VERSION_PATTERN, Model, Name
from kr8.domain.nearest import nearest
from kr8.domain.problem import Refused, refuse
from kr8.domain.shortened import quoted

LONGEST_VALUE = 10_000
MOST_ITEMS = 100
Kind: TypeAlias = Literal["project", "infrastructure"]
ALWAYS = frozenset({"name", "id", "description"})
"""What every new project has; a template takes of it what it asks for."""
SECRET_NAME = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secret|token|credential|api_key|private_key)s?(?:$|_)", re.IGNORECASE
)
NO_SECRETS = (
    "a template asks for no secret, because its values are committed with the project: name the secret in the "
    "`secrets` of a service in kr8.toml"
)


def _in_one_error(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        raise ValueError("it is a text, a whole number, true or false, or a list of texts") from None


Value: TypeAlias = Annotated[bool | int | str | tuple[str, ...], WrapValidator(_in_one_error)]
"""What a parameter may be given. A text is read as the parameter's type, so that a command line can give any."""
Version = Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]
"""MAJOR.MINOR.PATCH of semantic versioning; no pre-releases."""
ParameterName = Annotated[str, StringConstraints(pattern=PARAMETER_PATTERN)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Need = Annotated[str, StringConstraints(pattern=NEED_PATTERN)]


class _Parameter(Model):
    name: ParameterName
    """What the template's files call it. `name`, `id` and `description` are given by kr8 to every new project."""
    description: Words
    """What it is, in a sentence: it is shown to who is asked."""

    @model_validator(mode="before")
    @classmethod
    def _no_secret(cls, data: Any) -> Any:
        if isinstance(data, dict) and ("secret" in data or SECRET_NAME.search(str(data.get("name", "")))):  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            raise ValueError(NO_SECRETS)
        return data  # pyright: ignore[reportUnknownVariableType]

    @model_validator(mode="after")
    def _default_fits(self) -> _Parameter:
        default: Value | None = getattr(self, "default", None)
        if default is not None:
            try:
                self.read(default)
            except ValueError as error:
                raise ValueError(f"its default is not allowed: {error}") from None
        return self

    def read(self, value: Value) -> Value:
        """The value as this type has it; a pattern is not checked here. Raises ValueError that says what is allowed."""
        raise NotImplementedError


class StringParameter(_Parameter):
    """A text."""

    type: Literal["string"]
    default: str | None = None
    """What it is where nobody gives it; without one it must be given."""
    pattern: str | None = None
    """The regular expression that the whole text must match."""

    def read(self, value: Value) -> Value:
        """The text; a number is one too. Raises ValueError."""
        if isinstance(value, tuple):
            raise ValueError("it is one text, and no list")
        return text_of(value)


class IntegerParameter(_Parameter):
    """A whole number."""

    type: Literal["integer"]
    default: int | None = None
    """What it is where nobody gives it; without one it must be given."""
    minimum: int | None = None
    maximum: int | None = None

    @model_validator(mode="after")
    def _has_a_number(self) -> IntegerParameter:
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"its minimum {self.minimum} is above its maximum {self.maximum}: no number is allowed")
        return self

    def read(self, value: Value) -> Value:
        """The number. Raises ValueError."""
        if isinstance(value, bool | tuple) or re.fullmatch(r"-?\d{1,18}", str(value)) is None:
            raise ValueError("it is a whole number")
        number = int(value)
        if (self.minimum is not None and number < self.minimum) or (self.maximum is not None and number > self.maximum):
            raise ValueError(f"it is {self._bounds()}")
        return number

    def _bounds(self) -> str:
        least = f"at least {self.minimum}" if self.minimum is not None else ""
        most = f"at most {self.maximum}" if self.maximum is not None else ""
        return " and ".join(part for part in (least, most) if part)


class BooleanParameter(_Parameter):
    """Yes or no."""

    type: Literal["boolean"]
    default: bool | None = None
    """What it is where nobody gives it; without one it must be given."""

    def read(self, value: Value) -> Value:
        """True or false. Raises ValueError."""
        known = {"true": True, "false": False}
        if str(value).lower() not in known:
            raise ValueError("it is true or false")
        return known[str(value).lower()]


class ChoiceParameter(_Parameter):
    """One of some texts."""

    type: Literal["choice"]
    choices: tuple[str, ...] = Field(min_length=1, max_length=MOST_ITEMS)
    """The texts that are allowed."""
    default: str | None = None
    """What it is where nobody gives it; without one it must be given."""

    def read(self, value: Value) -> Value:
        """The choice. Raises ValueError."""
        if isinstance(value, tuple) or str(value) not in self.choices:
            raise ValueError("it is none of its choices")
        return str(value)


class ListParameter(_Parameter):
    """Some texts."""

    type: Literal["list"]
    default: tuple[str, ...] | None = None
    """What it is where nobody gives it; without one it must be given."""
    pattern: str | None = None
    """The regular expression that each of the texts must match as a whole."""

    def read(self, value: Value) -> Value:
        """The texts, also of one that has commas between them. Raises ValueError."""
        if isinstance(value, bool | int):
            raise ValueError("it is a list of texts")
        items = value if isinstance(value, tuple) else tuple(part.strip() for part in value.split(",") if part.strip())
        if len(items) > MOST_ITEMS:
            raise ValueError(f"it has at most {MOST_ITEMS} texts")
        return tuple(text_of(item) for item in items)


Parameter: TypeAlias = Annotated[
    StringParameter | IntegerParameter | BooleanParameter | ChoiceParameter | ListParameter, Field(discriminator="type")
]
"""One thing that a template asks for. A type is a class that reads a value."""


class ConditionalFiles(Model):
    """Files that are made only where a condition holds."""

    path: str = Field(min_length=1, max_length=512)
    """A file of `files/`, named as it lies there, or a folder with all in it."""
    when: str = Field(min_length=1, max_length=1000)
    """A Jinja expression over the parameters, such as `database == "postgres"`. Evaluated in the sandbox."""


class Example(Model):
    """Values that the template is tried with before it is accepted, and that show what it can do."""

    name: Name
    values: dict[str, Value] = Field(default_factory=dict[str, Value])
    """Parameters, by name. What is not given has its default."""


class Tests(Model):
    """The tests that a rendered project brings along."""

    run: tuple[str, ...] = Field(min_length=1)
    """The program and its arguments, run in the project's folder once its build is done; it ends with 0.

    `create_template` runs them before it keeps the template.
    """


class Template(Model):
    """What a template says of itself."""

    name: Name
    """The name of its folder."""
    version: Version
    """It says of two contents which is newer: a version never has another content."""
    kind: Kind
    """`project` makes a kr8.toml, and a new project; `infrastructure` makes none, and is added to a project."""
    description: Words
    """What it makes, in a sentence: it is shown in lists."""
    needs: tuple[Need, ...] = Field(default=(), max_length=20)
    """Programs that must be on PATH before anything is built, such as `uv` or `node >= 20`."""
    parameters: tuple[Parameter, ...] = Field(default=(), max_length=50)
    files: tuple[ConditionalFiles, ...] = Field(default=(), max_length=100)
    """Conditions. All other files of `files/` are always made."""
    examples: tuple[Example, ...] = Field(default=(), max_length=10)
    tests: Tests | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Template:
        known: dict[str, Parameter] = {}
        for number, parameter in enumerate(self.parameters):
            if parameter.name in known:
                raise ValueError(f"parameters.{number}.name: another parameter has this name")
            known[parameter.name] = parameter
        for number, example in enumerate(self.examples):
            if example.name in {each.name for each in self.examples[:number]}:
                raise ValueError(f"examples.{number}.name: another example has this name")
            for name, value in example.values.items():
                _check_example(f"examples.{number}.values.{name}", known.get(name), value)
        return self

    def wanted(self) -> tuple[Parameter, ...]:
        """The parameters that somebody must give: those without a default that kr8 does not give itself."""
        return tuple(each for each in self.asked() if each.default is None)

    def asked(self) -> tuple[Parameter, ...]:
        """The parameters that may be given as values: kr8 gives the others itself."""
        return tuple(each for each in self.parameters if each.name not in ALWAYS)


def _check_example(key: str, parameter: Parameter | None, value: Value) -> None:
    if parameter is None:
        raise ValueError(f"{key}: there is no such parameter")
    try:
        parameter.read(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


Origin: TypeAlias = Literal["built-in", "installed", "fetched", "user", "project"]


ORIGINS: Mapping[Origin, str] = {
    "built-in": "one of kr8's own",
    "installed": "one of another distribution that is installed beside kr8",
    "fetched": "one that was fetched",
    "user": "one of the user's own",
    "project": "one of a project's own",
}
"""Where templates are from, in words."""

State: TypeAlias = Literal["tried", "unknown", "broken"]
"""`tried`: its files are those that were tried, for they are kr8's own, or pinned. `unknown`: anybody may have changed
them since, or put them there, and nobody has tried them as they are. `broken`: it cannot be read."""


class FoundTemplate(Template):
    """A template, where it was found."""

    origin: Origin
    broken: str = ""
    """Why it cannot be used: words of its own files."""
    hidden: bool = False
    """Another one of its name comes before it."""

    @property
    def called(self) -> str:
        """The name that means this one and no other."""
        return f"{self.origin}/{self.name}" if self.hidden else self.name

    @property
    def state(self) -> State:
        """Whether it works, as far as that is known."""
        if self.broken:
            return "broken"
        return "tried" if self.origin in ("built-in", "fetched") else "unknown"

    @property
    def untrusted(self) -> bool:
        """Whether its words come from outside kr8."""
        return self.origin != "built-in"


def meant(name: str, found: Iterable[FoundTemplate]) -> FoundTemplate | None:
    """The template of a name, which may say where it is from: built-in/web-service. None: there is none."""
    return next((each for each in found if name in (each.called, f"{each.origin}/{each.name}")), None)


def unknown_template(name: str, known: Iterable[str], field: str = "template") -> Refused:
    """What to say of a name that no template has, of those that were looked at."""
    mend = f"{nearest(name, known)} For one that a project has, name that project: project, --project."
    return refuse("unknown_template", f"There is no template {quoted(name)}.", mend=mend, field=field)


def text_of(value: bool | int | str) -> str:
    """A value as a text. Raises ValueError where it is too long, or has a NUL in it."""
    text = value if isinstance(value, str) else str(value).lower()
    if len(text) > LONGEST_VALUE or "\0" in text:
        raise ValueError(f"it has at most {LONGEST_VALUE:,} characters, and no NUL")
    return text


def checked_version(text: str) -> str:
    """A version that somebody gives. Raises Refused (invalid_argument)."""
    if re.fullmatch(VERSION_PATTERN, text):
        return text
    what = f"{quoted(text)} is no version."
    raise refuse("invalid_argument", what, mend="A version is written like 1.2.3.", field="version")


def precedence(version: str) -> tuple[int, ...]:
    """By which versions are compared."""
    return tuple(int(part) for part in version.split("."))


def next_version(version: str) -> str:
    """The version for a content that has changed a little."""
    major, minor, patch = precedence(version)
    return f"{major}.{minor}.{patch + 1}"
