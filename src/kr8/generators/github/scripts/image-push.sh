# The commit is the tag, and a tag says one image for ever: what an earlier attempt has pushed stays.
region="$(cut --delimiter=. --fields=4 <<< "$REPOSITORY")"
pushed() {
  aws ecr describe-images --region "$region" --registry-id "${REPOSITORY%%.*}" --repository-name "${REPOSITORY#*/}" \
    --image-ids "imageTag=$GITHUB_SHA" --query 'imageDetails[0].imageDigest' --output text
}

digest="$(pushed 2> /dev/null || true)"
if [ -z "$digest" ]; then
  aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "${REPOSITORY%%/*}"
  docker push "$REPOSITORY:$GITHUB_SHA"
  digest="$(pushed)"
fi
image="$REPOSITORY@$digest"
mkdir -p "$RUNNER_TEMP/images"
jq --null-input --arg service "$SERVICE" --arg image "$image" '{($service): $image}' > "$RUNNER_TEMP/images/$SERVICE.json"
printf '### Image of %s for %s\n\n    %s\n' "$SERVICE" "$ENVIRONMENT" "$image" >> "$GITHUB_STEP_SUMMARY"
