# In a copy: the working tree stays as it was committed. Nothing of the code is run, and no state is read.
export TF_PLUGIN_CACHE_DIR="$RUNNER_TEMP/providers"
mkdir -p "$TF_PLUGIN_CACHE_DIR"
cp -R "$FOLDER" "$RUNNER_TEMP/terraform"
for versions in "$RUNNER_TEMP"/terraform/*/*/versions.tf; do
  terraform -chdir="$(dirname "$versions")" init -backend=false -input=false -no-color
done
echo "KR8_PROVIDERS=$TF_PLUGIN_CACHE_DIR" >> "$GITHUB_ENV"
