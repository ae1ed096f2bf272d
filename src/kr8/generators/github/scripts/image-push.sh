kept="$RUNNER_TEMP/image/image.tar"
refuse() {
  echo "::error title=The image of $SERVICE is not pushed::$1"
  exit 1
}
if [ -z "$BUILT" ] || ! [ -f "$kept" ]; then
  refuse "What was built is not here, or nobody says what it was: it is kept for a day. Run all jobs again."
fi
if ! sha256sum --check --status <<< "$BUILT  $kept"; then
  refuse "What was kept is not the image that was built and scanned."
fi
digest="$(pushed 2> /dev/null || true)"
if [ -z "$digest" ]; then
  docker load --input "$kept"
  login
  docker push "$REPOSITORY:$GITHUB_SHA"
  digest="$(pushed)"
else
  # Where an earlier attempt has pushed it, it has the configuration of the one that was built and scanned, which names
  # the contents of all layers.
  there="$(registry batch-get-image "imageDigest=$digest" 'images[0].imageManifest' | jq --raw-output '.config.digest')"
  name="$(tar --extract --to-stdout --file "$kept" manifest.json | jq --raw-output '.[0].Config')"
  built="$(tar --extract --to-stdout --file "$kept" "$name" | sha256sum | cut --delimiter=' ' --fields=1)"
  if [ "$there" != "sha256:$built" ]; then
    refuse "Another run has pushed this commit, and this one has scanned another image. Run all jobs again."
  fi
fi
image="$REPOSITORY@$digest"
mkdir -p "$RUNNER_TEMP/images"
jq --null-input --arg service "$SERVICE" --arg image "$image" '{($service): $image}' > "$RUNNER_TEMP/images/$SERVICE.json"
printf '### Image of %s for %s\n\n    %s\n' "$SERVICE" "$ENVIRONMENT" "$image" >> "$GITHUB_STEP_SUMMARY"
