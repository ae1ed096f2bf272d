# What this prints quotes the repository, where a line may read like a command to the runner: it takes none meanwhile.
# Errors go the same way: by their own they may come to the runner before or after what it is told here.
quoting() {
  local status=0 word
  word="$(od --address-radix=n --read-bytes=16 --format=x1 /dev/urandom | tr --delete ' \n')"
  echo "::stop-commands::$word"
  "$@" 2>&1 || status=$?
  echo "::$word::"
  return "$status"
}

