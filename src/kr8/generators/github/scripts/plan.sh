# This runner has deployed nothing yet: every service is new to its kr8, which has no value of a secret either.
mkdir -p "$RUNNER_TEMP/plans"
plan="$RUNNER_TEMP/plans/$ENVIRONMENT.txt"
echo "kr8 plan $ENVIRONMENT" > "$plan"
status=0
kr8 plan "$ENVIRONMENT" >> "$plan" 2>&1 || status=$?
if [ "$status" -eq 3 ]; then
  deployment="$(grep -oE 'dep_[a-z0-9]+' "$plan" | tail -n 1 || true)"
  code="$(kr8 deployment show "$deployment" --json | jq --raw-output '.problem.code' || true)"
  if [ "$code" = secret_missing ]; then
    echo "$ENVIRONMENT is not planned here: values of secrets are on the machine that deploys, and on no runner." >> "$plan"
    status=0
  fi
fi
quoting cat "$plan"
{
  echo "### Plan of $ENVIRONMENT"
  echo
  tr --delete '\r' < "$plan" | sed 's/^/    /'
} >> "$GITHUB_STEP_SUMMARY"
exit "$status"
