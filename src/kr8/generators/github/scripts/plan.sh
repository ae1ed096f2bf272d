# This runner's kr8 has deployed nothing yet: every service is new to it.
mkdir -p "$RUNNER_TEMP/plans"
plan="$RUNNER_TEMP/plans/$ENVIRONMENT.txt"
echo "kr8 plan $ENVIRONMENT" > "$plan"
status=0
kr8 plan "$ENVIRONMENT" >> "$plan" 2>&1 || status=$?
cat "$plan"
{
  echo "### Plan of $ENVIRONMENT"
  echo
  tr --delete '\r' < "$plan" | sed 's/^/    /'
} >> "$GITHUB_STEP_SUMMARY"
exit "$status"
