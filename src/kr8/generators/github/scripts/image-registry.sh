region="$(cut --delimiter=. --fields=4 <<< "$REPOSITORY")"
# On a runner of one's own the next job would find the login.
login() {
  trap 'docker logout "${REPOSITORY%%/*}"' EXIT
  aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "${REPOSITORY%%/*}"
}
# The commit is the tag, and a tag says one image for ever: its digest, where an earlier attempt has pushed it.
pushed() {
  aws ecr describe-images --region "$region" --registry-id "${REPOSITORY%%.*}" --repository-name "${REPOSITORY#*/}" \
    --image-ids "imageTag=$GITHUB_SHA" --query 'imageDetails[0].imageDigest' --output text
}

