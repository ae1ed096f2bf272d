"""`python -m kr8` is `kr8`."""

from kr8.main import main

raise SystemExit(main())
