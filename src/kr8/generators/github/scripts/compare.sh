# 8: what lies in the repository is not what kr8.toml says, and `kr8 generate` would change it.
status=0
for generator in $GENERATORS; do
  if [ -e ".kr8/generated/$generator" ]; then
    kr8 generate "$generator" --check || status=$?
  fi
done
exit "$status"
