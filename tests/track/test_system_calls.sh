#!/bin/sh
# Push and poll make no system call: none between the two getppid calls that test_model_real_time makes around them.
# Only the thread that pushes is watched: the idle threads of a library are none of its business. Skipped (77) where processes may not be traced.
trace=$(mktemp)
trap 'rm -f "$trace"' EXIT
command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null || {
  echo "skipped: no strace, or tracing is not allowed here"
  exit 77
}
strace -o "$trace" "$1" mark || exit 1
awk '/getppid\(/ { marks++; next } marks == 1 { calls++; print }
     END { print marks + 0, "marks,", calls + 0, "system calls between them"; exit !(marks == 2 && calls == 0) }' "$trace"
