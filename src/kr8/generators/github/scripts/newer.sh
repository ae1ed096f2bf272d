# What serves this commit already is no failure, and what follows it goes on.
if overtaken && [ "$here" != "$GITHUB_SHA" ]; then
  say "$title" "$why" notice
  echo "superseded=true" >> "$GITHUB_OUTPUT"
fi
