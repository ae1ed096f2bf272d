if ! [ -f "./$FOLDER/Dockerfile" ]; then
  echo "::error title=$SERVICE has no Dockerfile::It must be in $FOLDER."
  exit 1
fi
login
# What an earlier attempt has pushed is looked at again, and not built: another build may have another base.
if pushed > /dev/null 2>&1; then
  docker pull --platform "$PLATFORM" "$REPOSITORY:$GITHUB_SHA"
else
  # One manifest and no list of them: what a list names has no tag, and a registry may expire that.
  docker buildx build --load --provenance=false --platform "$PLATFORM" --tag "$REPOSITORY:$GITHUB_SHA" \
    --label "org.opencontainers.image.revision=$GITHUB_SHA" "./$FOLDER"
fi
mkdir -p "$RUNNER_TEMP/image"
docker save --output "$RUNNER_TEMP/image/image.tar" "$REPOSITORY:$GITHUB_SHA"
echo "$SERVICE=$(sha256sum < "$RUNNER_TEMP/image/image.tar" | cut --delimiter=' ' --fields=1)" >> "$GITHUB_OUTPUT"
