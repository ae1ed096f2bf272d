# A wheel brings no lock: its libraries are the newest that it allows.
home="$HOME/.local/share/kr8-pipeline"
python -m venv "$home"
"$home/bin/pip" install --quiet --disable-pip-version-check "$GITHUB_WORKSPACE/$SOURCE"
