if ! sha256sum --check --status <<< "$BUILT  $RUNNER_TEMP/image/image.tar"; then
  echo "::error title=The image of $SERVICE is not pushed::What was kept is not the image that was built and scanned."
  exit 1
fi
digest="$(pushed 2> /dev/null || true)"
if [ -z "$digest" ]; then
  docker load --input "$RUNNER_TEMP/image/image.tar"
  login
  docker push "$REPOSITORY:$GITHUB_SHA"
  digest="$(pushed)"
fi
image="$REPOSITORY@$digest"
mkdir -p "$RUNNER_TEMP/images"
jq --null-input --arg service "$SERVICE" --arg image "$image" '{($service): $image}' > "$RUNNER_TEMP/images/$SERVICE.json"
printf '### Image of %s for %s\n\n    %s\n' "$SERVICE" "$ENVIRONMENT" "$image" >> "$GITHUB_STEP_SUMMARY"
