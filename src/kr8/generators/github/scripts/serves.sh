# The kr8 of this machine answers, with the rights of a caller that proves nothing. What it starts outlives the job:
# the runner ends every process that has the job's mark.
export RUNNER_TRACKING_ID=""
if ! command -v jq > /dev/null; then
  echo "::error title=jq is missing::Install jq on $(hostname): this job reads with it what serves."
  exit 1
fi

say() {
  printf '### %s\n\n%s\n' "$1" "$2" >> "$GITHUB_STEP_SUMMARY"
  echo "::$3 title=$1::$2"
}

serves() {
  kr8 history "$1" --limit 1 --json \
    | jq --raw-output '.promotions[] | select(.current and .releases != {}) | .commit // empty'
}

# A later merge may have been quicker: what was made of this commit serves, here or where builds come from, and this run
# would take it back. Where the branch itself was set back to this commit, that is what somebody wants.
overtaken() {
  if [ "$(git rev-parse "origin/$BRANCH")" = "$GITHUB_SHA" ]; then
    return 1
  fi
  here="$(serves "$ENVIRONMENT")" || exit
  for by in "$ENVIRONMENT" ${FROM:+"$FROM"}; do
    newer="$here"
    if [ "$by" != "$ENVIRONMENT" ]; then
      newer="$(serves "$by")" || exit
    fi
    if [ "$newer" != "$GITHUB_SHA" ] && git merge-base --is-ancestor "$GITHUB_SHA" "$newer" 2> /dev/null; then
      title="$ENVIRONMENT: superseded by $newer"
      if [ "$by" != "$ENVIRONMENT" ]; then
        title="$ENVIRONMENT is not deployed: $by has gone on to $newer"
      fi
      back="To go back: kr8 rollback $ENVIRONMENT on $(hostname), or revert on $BRANCH."
      why="$by serves $newer, which was made of it: this run deploys nothing. $back"
      return 0
    fi
  done
  return 1
}

