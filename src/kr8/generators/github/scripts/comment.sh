# A plan quotes what the pull request says: in a block of code nothing of that is a link or a picture. A lone carriage
# return would end it, for Markdown takes one for a line's end.
mark='<!-- kr8 plan -->'
comment="$RUNNER_TEMP/comment.md"
{
  echo "$mark"
  echo "What kr8 would do with $COMMIT, seen from a runner that has deployed nothing yet:"
  for plan in "$RUNNER_TEMP"/plans/*.txt; do
    [ -e "$plan" ] || continue
    echo
    head --bytes=20000 "$plan" | tr --delete '\r' | sed 's/^/    /'
    echo
    echo '---'
  done
} | head --bytes=60000 > "$comment"
comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
ours=".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$mark\"))) | .id"
before="$(gh api --paginate "$comments" --jq "$ours" | sed -n 1p)"
if [ -n "$before" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$before" --field "body=@$comment" --silent
else
  gh api --method POST "$comments" --field "body=@$comment" --silent
fi
