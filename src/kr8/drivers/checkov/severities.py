"""How much a check of checkov matters (pure): its own severities come with an account of its vendor only."""

from __future__ import annotations

from kr8.domain.finding import Severity

CRITICAL = frozenset({"CKV_AWS_57"})
"""A bucket that everybody may write to. What others weigh as much, kr8's own rules find surely.

CKV_AWS_24, say, follows variables to defaults that nobody uses.
"""
HIGH = frozenset(
    {
        # Open to the world
        *("CKV_AWS_17", "CKV_AWS_20", "CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277"),
        *("CKV_AWS_69", "CKV_AWS_89", "CKV_AWS_88", "CKV2_AWS_6", "CKV_AWS_70", "CKV_AWS_32", "CKV_AWS_38"),
        *("CKV_AWS_33", "CKV_AWS_87", "CKV_AWS_102", "CKV_AWS_167", "CKV_AWS_168", "CKV_AWS_169", "CKV_AWS_258"),
        *("CKV_AWS_301", "CKV_AWS_302", "CKV_AWS_303", "CKV_AWS_387"),
        *("CKV_GCP_2", "CKV_GCP_3", "CKV_GCP_11", "CKV_GCP_15", "CKV_GCP_28", "CKV_GCP_101", "CKV_GCP_102"),
        *("CKV_GCP_107", "CKV_AZURE_9", "CKV_AZURE_10", "CKV_AZURE_11", "CKV_AZURE_34", "CKV_AZURE_59"),
        # Rights without a bound
        *("CKV_AWS_1", "CKV_AWS_49", "CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_274"),
        *("CKV_AWS_107", "CKV_AWS_108", "CKV_AWS_109", "CKV_AWS_110", "CKV_AWS_286", "CKV_AWS_287", "CKV_AWS_288"),
        *("CKV_AWS_289", "CKV_AWS_290", "CKV_AWS_355", "CKV_AWS_356", "CKV2_AWS_40"),
        # Secrets in files
        *("CKV_AWS_41", "CKV_AWS_45", "CKV_AWS_46"),
        # A container that is its machine
        *("CKV_K8S_16", "CKV_K8S_17", "CKV_K8S_18", "CKV_K8S_19", "CKV_K8S_20", "CKV_K8S_27", "CKV_K8S_39"),
        # A workflow that runs what a stranger wrote
        *("CKV_GHA_1", "CKV_GHA_2", "CKV_GHA_3", "CKV_GHA_4"),
    }
)
LOW = frozenset(
    {
        # Good where it is wanted, and no fault where it is not
        *("CKV_AWS_144", "CKV2_AWS_62", "CKV_AWS_18", "CKV2_AWS_61", "CKV_AWS_23", "CKV_AWS_158", "CKV_AWS_338"),
        *("CKV_AWS_115", "CKV_AWS_116", "CKV_AWS_117", "CKV_AWS_272", "CKV_AWS_26", "CKV_AWS_27", "CKV_AWS_119"),
        *("CKV_AWS_149", "CKV_AWS_136", "CKV2_AWS_57", "CKV_AWS_118", "CKV_AWS_354", "CKV_AWS_145"),
        *("CKV_K8S_43", "CKV_K8S_15", "CKV_K8S_21", "CKV_DOCKER_2", "CKV_GHA_7"),
    }
)


def severity_of(check: str) -> Severity:
    """The severity of a check."""
    if check in CRITICAL:
        return Severity.CRITICAL
    return Severity.HIGH if check in HIGH else Severity.LOW if check in LOW else Severity.MEDIUM
