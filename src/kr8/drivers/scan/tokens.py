"""Tokens that say by their form whose they are, and that detect-secrets does not know (pure).

Forms as their issuers document them, and as https://github.com/gitleaks/gitleaks (config/gitleaks.toml) has them.
"""

from __future__ import annotations

import re

_HEX, _WORD = "[a-f0-9]", "[A-Za-z0-9_-]"
_HOOK = r"https://(?:\w+\.)*"

PATTERNS = tuple(
    map(
        re.compile,
        (
            # Places of code and packages
            r"github_pat_[A-Za-z0-9_]{60,}",
            r"npm_[A-Za-z0-9]{36}",
            rf"rubygems_{_HEX}{{48}}",
            rf"dckr_[po]at_{_WORD}{{27,}}",
            r"ATATT3[A-Za-z0-9_=-]{180,}",
            # Clouds, and what is run in them
            r"AIza[0-9A-Za-z_-]{35}",
            rf"GOCSPX-{_WORD}{{28}}",
            rf"do[opr]_v1_{_HEX}{{64}}",
            rf"hv[sb]\.{_WORD}{{80,}}",
            r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}",
            rf"pul-{_HEX}{{40}}",
            rf"dapi{_HEX}{{32}}",
            r"dp\.(?:pt|st|ct|sa)\.(?:\w+\.)?[A-Za-z0-9]{40,}",
            rf"HRKU-AA{_WORD}{{58}}",
            rf"pscale_(?:tkn|pw|oauth)_{_WORD}{{32,}}",
            rf"sbp_{_HEX}{{40}}",
            r"AGE-SECRET-KEY-1[A-Z0-9]{58}",
            # What watches
            r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}",
            r"NRAK-[A-Z0-9]{27}",
            r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
            rf"sntryu_{_HEX}{{64}}",
            # Models
            rf"sk-ant-{_WORD}{{30,}}",
            rf"sk-(?:proj|svcacct|admin)-{_WORD}{{20,200}}T3BlbkFJ{_WORD}{{20,200}}",
            # The library's own form of it takes a time that grows with the square of the text.
            r"sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}",
            r"hf_[A-Za-z]{34}",
            # Shops, chats, and where their messages are sent
            r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}",
            r"xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{40,}",
            rf"\d{{8,10}}:AA{_WORD}{{33}}",
            rf"PMAK-{_HEX}{{24}}-{_HEX}{{34}}",
            r"lin_api_[A-Za-z0-9]{40}",
            rf"{_HOOK}discord(?:app)?\.com/api/webhooks/\d{{17,20}}/{_WORD}{{60,}}",
            rf"{_HOOK}webhook\.office\.com/webhookb2/{_HEX}[a-f0-9@-]{{70,}}/IncomingWebhook/{_HEX}{{32}}/[a-f0-9-]{{36}}",
        ),
    )
)
