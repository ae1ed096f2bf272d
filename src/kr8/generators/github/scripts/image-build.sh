if ! [ -f "./$FOLDER/Dockerfile" ]; then
  echo "::error title=$SERVICE has no Dockerfile::It must be in $FOLDER."
  exit 1
fi
region="$(cut --delimiter=. --fields=4 <<< "$REPOSITORY")"
aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "${REPOSITORY%%/*}"
# What an earlier attempt has pushed is looked at again, and not built: another build may have another base.
if aws ecr describe-images --region "$region" --registry-id "${REPOSITORY%%.*}" --repository-name "${REPOSITORY#*/}" \
  --image-ids "imageTag=$GITHUB_SHA" > /dev/null 2>&1; then
  docker pull --platform "$PLATFORM" "$REPOSITORY:$GITHUB_SHA"
else
  # One manifest and no list of them: what a list names has no tag, and a registry may expire that.
  docker buildx build --load --provenance=false --platform "$PLATFORM" --tag "$REPOSITORY:$GITHUB_SHA" \
    --label "org.opencontainers.image.revision=$GITHUB_SHA" "./$FOLDER"
fi
# The steps that look at the image are of others.
docker logout "${REPOSITORY%%/*}"
