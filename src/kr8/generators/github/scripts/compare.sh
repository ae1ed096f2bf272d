# 8: what lies in the repository is not what kr8.toml says: `kr8 generate` changes it, or says what to settle.
status=0
for generator in $GENERATORS; do
  if [ -e ".kr8/generated/$generator" ]; then
    quoting kr8 generate "$generator" --check || status=$?
  fi
done
exit "$status"
