# The libraries by the hashes of kr8's own locks, then kr8 itself: nothing is taken as it comes.
source="$RUNNER_TEMP/kr8-source"
home="$HOME/.local/share/kr8-pipeline"
git init --quiet "$source"
git -C "$source" fetch --quiet --depth 1 "$REPOSITORY" "$COMMIT"
git -C "$source" checkout --quiet --detach FETCH_HEAD
python -m venv "$home"
export PIP_DISABLE_PIP_VERSION_CHECK=1
for lock in runtime build; do
  "$home/bin/pip" install --quiet --require-hashes --requirement "$source/requirements/$lock.txt"
done
"$home/bin/pip" install --quiet --no-deps --no-build-isolation "$source"
