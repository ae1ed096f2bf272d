# A plan quotes what the pull request says: in a block of code nothing of that is a link or a picture. A lone carriage
# return would end it, for Markdown takes one for a line's end.
mark='<!-- kr8 plan -->'
comment="$RUNNER_TEMP/comment.md"
block="$RUNNER_TEMP/block.md"
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
shopt -s nullglob
plans=("$RUNNER_TEMP"/plans/*.txt)
# A comment takes 65,536 characters. Of a plan that is too long the middle is left out, and that is said: it begins with
# what it is of, and ends with what it comes to.
half=$((26000 / (${#plans[@]} + 1)))
{
  echo "$mark"
  echo "What kr8 would do with $COMMIT, seen from a runner that has deployed nothing yet:"
  for plan in "${plans[@]}"; do
    tr --delete '\r' < "$plan" | sed 's/^/    /' > "$block"
    echo
    if [ "$(wc --bytes < "$block")" -le $((2 * half)) ]; then
      cat "$block"
    else
      head --bytes="$half" "$block" | sed '$d'
      printf '\nThe middle of this plan is left out here: [the run](%s) keeps it whole.\n\n' "$run"
      tail --bytes="$half" "$block" | sed 1d
    fi
    echo
    echo '---'
  done
} > "$comment"
truncate --size='<65000' "$comment"
comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
ours=".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$mark\"))) | .id"
before="$(gh api --paginate "$comments" --jq "$ours" | sed -n 1p)"
if [ -n "$before" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$before" --field "body=@$comment" --silent
else
  gh api --method POST "$comments" --field "body=@$comment" --silent
fi
