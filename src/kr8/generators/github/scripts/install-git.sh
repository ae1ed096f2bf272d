# git+REPOSITORY@COMMIT. The libraries by the hashes of kr8's own locks, then kr8 itself: nothing is taken as it comes.
source="$RUNNER_TEMP/kr8-source"
home="$HOME/.local/share/kr8-pipeline"
repository="${SOURCE#git+}"
git init --quiet "$source"
git -C "$source" fetch --quiet --depth 1 "${repository%@*}" "${SOURCE##*@}"
git -C "$source" checkout --quiet --detach FETCH_HEAD
python -m venv "$home"
export VIRTUAL_ENV="$home"
"$home/bin/pip" install --quiet --require-hashes --requirement "$source/requirements/uv.txt"
for lock in runtime build; do
  "$home/bin/uv" pip install --quiet --require-hashes --compile-bytecode --requirement "$source/requirements/$lock.txt"
done
"$home/bin/uv" pip install --quiet --no-deps --no-build-isolation --compile-bytecode "$source"
