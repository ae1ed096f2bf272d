tool="$RUNNER_TEMP/tool.json"
for name in $(kr8 tools list --json | jq --raw-output '.tools[].name'); do
  until kr8 tools install "$name" --json > "$tool" && [ "$(jq --raw-output .state "$tool")" != installing ]; do
    sleep 5
  done
  jq --raw-output '"\(.name) \(.version): \(.state) \(.what)"' "$tool"
done
