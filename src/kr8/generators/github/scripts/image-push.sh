digest="$(pushed 2> /dev/null || true)"
if [ -z "$digest" ]; then
  login
  docker push "$REPOSITORY:$GITHUB_SHA"
  digest="$(pushed)"
fi
image="$REPOSITORY@$digest"
mkdir -p "$RUNNER_TEMP/images"
jq --null-input --arg service "$SERVICE" --arg image "$image" '{($service): $image}' > "$RUNNER_TEMP/images/$SERVICE.json"
printf '### Image of %s for %s\n\n    %s\n' "$SERVICE" "$ENVIRONMENT" "$image" >> "$GITHUB_STEP_SUMMARY"
