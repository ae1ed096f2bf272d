"""What a build's command is given (pure). Builds fetch packages: so much of the operator's settings they need."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kr8.drivers.build.places import Place

TOOLCHAINS = {
    "RUSTUP_HOME": ".rustup",
    "ASDF_DATA_DIR": ".asdf",
    "VOLTA_HOME": ".volta",
    "MISE_DATA_DIR": ".local/share/mise",
}
"""Where the shims of PATH look for what they run, and the folder of the operator's home where no variable says so."""

PASSED = frozenset(
    {
        *TOOLCHAINS,
        # Certificates
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PIP_CERT"),
        # Proxies
        *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
        # Where packages come from
        *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INSECURE_HOST"),
        *("UV_SYSTEM_CERTS", "UV_NATIVE_TLS", "UV_HTTP_TIMEOUT", "UV_OFFLINE", "UV_CACHE_DIR"),
        *("UV_PYTHON_DOWNLOADS", "UV_PYTHON_PREFERENCE", "UV_PYTHON_INSTALL_MIRROR"),
        *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_NO_INDEX"),
        *("PIP_DEFAULT_TIMEOUT", "PIP_PROXY"),
        *("npm_config_registry", "npm_config_cafile", "npm_config_proxy", "npm_config_https_proxy"),
        *("npm_config_noproxy", "npm_config_strict_ssl"),
        *("GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOINSECURE"),
    }
)
"""The variables of the daemon that a build sees; docs/reference/settings.md lists them."""

CONFIGURATION = (".config/uv/uv.toml", ".config/pip/pip.conf", ".npmrc")
"""The files of the operator's home that the home of a build links to: they say where packages come from."""


CACHES = {
    "UV_CACHE_DIR": "uv",
    "UV_PYTHON_INSTALL_DIR": "python",
    "PIP_CACHE_DIR": "pip",
    "npm_config_cache": "npm",
    "GOMODCACHE": "go/mod",
    "GOCACHE": "go/build",
}
"""The variables that name what is kept of downloads, and the folder of each: builds share these."""


def environment(inherited: Mapping[str, str], place: Place, cache: Path, shims: Path, python: Path) -> dict[str, str]:
    """The environment of a build.

    `cache`: where downloads are kept, for which `inherited` names no folder; `shims`: the folder of kr8's `uv`;
    `python`: kr8's own bin folder, left out of PATH, so that a build never installs into kr8.
    """
    passed = {name: value for name, value in inherited.items() if name in PASSED}
    own = {
        "PATH": search_path(inherited.get("PATH", ""), shims, python),
        "HOME": str(place.home),
        "TMPDIR": str(place.scratch),
        "CI": "1",
        # A build may not change what another has linked to the same cache.
        "UV_LINK_MODE": "copy",
        "UV_NO_PROGRESS": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "npm_config_update_notifier": "false",
        # The same input gives the same bytes.
        "SOURCE_DATE_EPOCH": "315532800",
        "PYC_INVALIDATION_MODE": "CHECKED_HASH",
    }
    return {**own, **{name: str(cache / folder) for name, folder in CACHES.items()}, **passed}


def search_path(inherited: str, shims: Path, python: Path) -> str:
    """PATH for a build: the operator's, without kr8's own, and kr8's `uv` at its end."""
    operators = [folder for folder in inherited.split(":") if folder and Path(folder) != python]
    return ":".join([*operators, "/usr/local/bin", "/usr/bin", "/bin", str(shims)])
