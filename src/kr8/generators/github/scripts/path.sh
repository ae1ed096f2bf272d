# kr8 and uv alone: the Python of this environment is not for the project.
mkdir -p "$HOME/.local/bin"
ln -sf "$HOME/.local/share/kr8-pipeline/bin/kr8" "$HOME/.local/share/kr8-pipeline/bin/uv" "$HOME/.local/bin/"
if ! command -v kr8 > /dev/null; then
  echo "::error title=kr8 is not on the path::$HOME/.local/bin is not on the PATH of this runner: put it there."
  exit 1
fi
