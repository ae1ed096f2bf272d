region="$(cut --delimiter=. --fields=4 <<< "$REPOSITORY")"
# On a runner of one's own the next job would find the login.
login() {
  trap 'docker logout "${REPOSITORY%%/*}"' EXIT
  aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "${REPOSITORY%%/*}"
}
# What the registry says of one image: which question, which image, and what of the answer.
registry() {
  aws ecr "$1" --region "$region" --registry-id "${REPOSITORY%%.*}" --repository-name "${REPOSITORY#*/}" \
    --image-ids "$2" --query "$3" --output text
}
# The commit is the tag, and a tag says one image for ever: its digest, where an earlier attempt has pushed it.
pushed() {
  registry describe-images "imageTag=$GITHUB_SHA" 'imageDetails[0].imageDigest'
}
