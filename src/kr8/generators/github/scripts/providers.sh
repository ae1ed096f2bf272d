# In a copy: the working tree stays as it was committed. Nothing of the code is run, and no state is read.
export TF_PLUGIN_CACHE_DIR="$RUNNER_TEMP/providers"
copy="$RUNNER_TEMP/copy"
mkdir -p "$TF_PLUGIN_CACHE_DIR" "$copy"
git archive HEAD | tar --extract --directory "$copy"
{ grep --recursive --files-with-matches --null --include='*.tf' '^provider "' "$copy" || true; } \
  | xargs --null --no-run-if-empty --max-args=1 dirname | sort --unique \
  | while read -r root; do
    quoting terraform -chdir="$root" init -backend=false -input=false -no-color < /dev/null
  done
echo "KR8_PROVIDERS=$TF_PLUGIN_CACHE_DIR" >> "$GITHUB_ENV"
