#!/bin/sh
# Does in a container what cron does elsewhere: starts a call each minute, so many seconds behind the full one, and never two
# at once. A signal goes on to the cycle, which drains; then this ends. Remembers how the last cycle ended, for --healthy.
#
#   every-minute OFFSET COMMAND [ARGUMENT…]
#   every-minute --healthy
set -u

last=${TMPDIR:-/tmp}/every-minute.last

if [ "${1:-}" = --healthy ]; then
  [ ! -e "$last" ] || [ "$(cat "$last")" -le 1 ]
  exit
fi
case ${1:-} in
  [0-9] | [0-5][0-9]) offset=$1 ;;
  *)
    echo "every-minute: expected the seconds behind the full minute and a command" >&2
    exit 64
    ;;
esac
shift
[ $# -gt 0 ] || exit 64

child=
stopping=
# The name of a signal that came before it could be passed on is kept in stopping.
stop() {
  stopping=$1
  [ -z "$child" ] || kill -s "$1" "$child" 2>/dev/null
}
trap 'stop TERM' TERM
trap 'stop INT' INT

# Waits for a child to its end: wait alone comes back at each signal. Its exit code is in code.
await() {
  child=$1
  [ -z "$stopping" ] || kill -s "$stopping" "$child" 2>/dev/null
  wait "$child"
  code=$?
  while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
  done
  child=
}

rm -f "$last"
code=0
while [ -z "$stopping" ]; do
  now=$(date +%s)
  sleep $(((60 + offset - now % 60 - 1) % 60 + 1)) &
  await $!
  [ -z "$stopping" ] || exit 0
  "$@" &
  await $!
  [ -n "$stopping" ] || echo "$code" >"$last"
done
exit "$code"
