"""What a validation of infrastructure code says: what was found, and what could not be checked."""

from __future__ import annotations

from enum import StrEnum

from kr8.domain.finding import Finding
from kr8.domain.model import Model


class Part(StrEnum):
    """A part of a project's infrastructure code that may be checked alone."""

    TERRAFORM = "terraform"
    KUBERNETES = "kubernetes"
    ANSIBLE = "ansible"
    PIPELINE = "pipeline"
    IMAGE = "image"
    PROJECT = "project"
    """kr8.toml, and what holds over all parts: secrets, parity, monitoring."""


class CheckState(StrEnum):
    """Whether a checker judged the files."""

    CHECKED = "checked"
    NOT_CHECKED = "not_checked"
    """It could not run, or not judge everything: never a pass."""
    NOTHING_TO_CHECK = "nothing_to_check"


class Checked(Model):
    """What one checker did."""

    checker: str
    part: Part
    state: CheckState
    why: str = ""
    """Why it was not checked, and what to do."""
    version: str = ""
    seconds: float = 0.0
    cached: bool = False
    findings: tuple[Finding, ...] = ()
