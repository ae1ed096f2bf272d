# The commit is the tag, and a tag says one image for ever: what an earlier attempt has pushed is not built again.
region="$(cut --delimiter=. --fields=4 <<< "$REPOSITORY")"
pushed() {
  aws ecr describe-images --region "$region" --registry-id "${REPOSITORY%%.*}" --repository-name "${REPOSITORY#*/}" \
    --image-ids "imageTag=$GITHUB_SHA" --query 'imageDetails[0].imageDigest' --output text
}

if ! [ -f "./$FOLDER/Dockerfile" ]; then
  echo "::error title=$SERVICE has no Dockerfile::It must be in $FOLDER."
  exit 1
fi
digest="$(pushed 2> /dev/null || true)"
if [ -z "$digest" ]; then
  aws ecr get-login-password --region "$region" \
    | docker login --username AWS --password-stdin "${REPOSITORY%%/*}"
  # One manifest and no list of them: what a list names has no tag, and a registry may expire that.
  docker buildx build --push --provenance=false --platform "$PLATFORM" --tag "$REPOSITORY:$GITHUB_SHA" \
    --label "org.opencontainers.image.revision=$GITHUB_SHA" "./$FOLDER"
  digest="$(pushed)"
fi
image="$REPOSITORY@$digest"
mkdir -p "$RUNNER_TEMP/images"
jq --null-input --arg service "$SERVICE" --arg image "$image" '{($service): $image}' > "$RUNNER_TEMP/images/$SERVICE.json"
printf '### Image of %s for %s\n\n    %s\n' "$SERVICE" "$ENVIRONMENT" "$image" >> "$GITHUB_STEP_SUMMARY"
