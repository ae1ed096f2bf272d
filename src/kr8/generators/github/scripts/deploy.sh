# The kr8 of this machine deploys, with the rights of a caller that proves nothing. What it starts outlives the job:
# the runner ends every process that has the job's mark.
export RUNNER_TRACKING_ID=""
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
log="$RUNNER_TEMP/deploy.txt"
# Where another run has promoted something else there meanwhile, kr8 refuses: reviewers have seen this commit.
builds=(--commit "$GITHUB_SHA")
if [ -n "$FROM" ]; then
  builds+=(--from-environment "$FROM")
fi

if ! command -v jq > /dev/null; then
  echo "::error title=jq is missing::Install jq on $(hostname): this job reads with it what serves."
  exit 1
fi

say() {
  printf '### %s\n\n%s\n' "$1" "$2" >> "$GITHUB_STEP_SUMMARY"
  echo "::$3 title=$1::$2"
}

# A later merge may have been quicker: what was made of this commit serves, here or where builds come from, and this run
# would take it back. Where the branch itself was set back to this commit, that is what somebody wants.
serves() {
  kr8 history "$1" --limit 1 --json \
    | jq --raw-output '.promotions[] | select(.current and .releases != {}) | .commit // empty'
}
if [ "$(git rev-parse "origin/$BRANCH")" != "$GITHUB_SHA" ]; then
  for name in "$ENVIRONMENT" ${FROM:+"$FROM"}; do
    newer="$(serves "$name")"
    if [ "$newer" != "$GITHUB_SHA" ] && git merge-base --is-ancestor "$GITHUB_SHA" "$newer" 2> /dev/null; then
      title="$ENVIRONMENT: superseded by $newer"
      if [ "$name" != "$ENVIRONMENT" ]; then
        title="$ENVIRONMENT is not deployed: $name has gone on to $newer"
      fi
      if [ "$(serves "$ENVIRONMENT")" = "$GITHUB_SHA" ]; then
        title="$ENVIRONMENT serves $GITHUB_SHA"
      fi
      back="To go back: kr8 rollback $ENVIRONMENT on $(hostname), or revert on $BRANCH."
      say "$title" "$name serves $newer, which was made of it: this run deploys nothing. $back" notice
      echo "superseded=true" >> "$GITHUB_OUTPUT"
      exit 0
    fi
  done
fi

# The same key asks what came of the deployment that an earlier attempt has made; where that did not succeed, another
# is made.
status=0
for attempt in $(seq "$GITHUB_RUN_ATTEMPT"); do
  status=0
  kr8 deploy "$ENVIRONMENT" "${builds[@]}" --yes --reason "$run" \
    --idempotency-key "github-$GITHUB_RUN_ID-$ENVIRONMENT-$attempt" 2>&1 | tee "$log" || status=$?
  if [ "$status" -ne 3 ]; then
    break
  fi
done

deployment="$(grep -oE 'dep_[a-z0-9]+' "$log" | tail -n 1 || true)"
approve="A person who may approve runs on $(hostname): kr8 approve $deployment"
if [ "$status" -eq 4 ]; then
  say "$ENVIRONMENT waits for an approval" "$approve" notice
fi
while [ "$status" -eq 4 ] && [ "$SECONDS" -lt "$APPROVAL_SECONDS" ]; do
  sleep 5
  status=0
  kr8 follow "$deployment" > "$log" 2>&1 || status=$?
  if [ "$status" -ne 4 ]; then
    cat "$log"
  fi
done
case "$status" in
  0) say "$ENVIRONMENT is deployed" "It serves $GITHUB_SHA: $deployment has succeeded." notice ;;
  4) say "$ENVIRONMENT is not deployed yet" "$approve. Then run this job again: it goes on with $deployment." error ;;
  *) say "$ENVIRONMENT is not deployed" "kr8 ended with $status. On $(hostname): kr8 logs $deployment" error ;;
esac
exit "$status"
