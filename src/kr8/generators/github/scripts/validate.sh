# 8: something was found; 9: something could not be checked, which is no pass. Waive what you live with.
status=0
errors="$RUNNER_TEMP/errors.txt"
kr8 validate --format sarif > "$RUNNER_TEMP/kr8.sarif" 2> "$errors" || status=$?
kr8 validate --format markdown > "$RUNNER_TEMP/kr8.md" 2>> "$errors" || true
cat "$RUNNER_TEMP/kr8.md" >> "$GITHUB_STEP_SUMMARY"
quoting cat "$errors"
quoting kr8 validate || true
exit "$status"
