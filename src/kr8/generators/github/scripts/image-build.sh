if ! [ -f "./$FOLDER/Dockerfile" ]; then
  echo "::error title=$SERVICE has no Dockerfile::It must be in $FOLDER."
  exit 1
fi
# What it is built from may lie in the same registry.
region="$(cut --delimiter=. --fields=4 <<< "$REPOSITORY")"
aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "${REPOSITORY%%/*}"
# One manifest and no list of them: what a list names has no tag, and a registry may expire that.
docker buildx build --load --provenance=false --platform "$PLATFORM" --tag "$REPOSITORY:$GITHUB_SHA" \
  --label "org.opencontainers.image.revision=$GITHUB_SHA" "./$FOLDER"
