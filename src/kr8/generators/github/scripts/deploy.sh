run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
log="$RUNNER_TEMP/deploy.txt"
# Where another run has promoted something else there meanwhile, kr8 refuses: reviewers have seen this commit.
builds=(--commit "$GITHUB_SHA")
if [ -n "$FROM" ]; then
  builds+=(--from-environment "$FROM")
fi

# Overtaken since the job before this one has looked: while reviewers were asked, or another run deployed.
if overtaken; then
  if [ "$here" = "$GITHUB_SHA" ]; then
    say "$ENVIRONMENT serves $GITHUB_SHA" "$by has gone on to $newer: there is nothing more to deploy of this commit." notice
    exit 0
  fi
  say "$title" "$why" error
  exit 3
fi

# The same key asks what came of the deployment that an earlier attempt has made; where that did not succeed, another
# is made.
status=0
for attempt in $(seq "$GITHUB_RUN_ATTEMPT"); do
  status=0
  quoting kr8 deploy "$ENVIRONMENT" "${builds[@]}" --yes --reason "$run" \
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
    quoting cat "$log"
  fi
done
case "$status" in
  0) say "$ENVIRONMENT is deployed" "It serves $GITHUB_SHA: $deployment has succeeded." notice ;;
  4) say "$ENVIRONMENT is not deployed yet" "$approve. Then run this job again: it goes on with $deployment." error ;;
  *) say "$ENVIRONMENT is not deployed" "kr8 ended with $status. On $(hostname): kr8 logs $deployment" error ;;
esac
exit "$status"
