# Stages of ./test: build one preset, run the tests with some labels, count. Sourced (bash) with the repository as working
# directory. A stage that fails does not stop the next one: one run shows everything.

passed=0
failed=0
summary=()
fallen=()  # of stages whose tests did not all pass: "PRESET FOLDER", with ctest's own logs
child=""

# Tests start brokers and daemons. Each stage runs in a process group of its own, which goes with it, however it ends.
end_group() {
  [ -n "$child" ] || return 0
  kill -TERM -- "-$child" 2>/dev/null || true
  child=""
}
trap end_group EXIT
trap 'end_group; exit 130' INT TERM HUP

in_group() {
  local code=0
  setsid "$@" </dev/null &
  child=$!
  wait "$child" || code=$?
  end_group
  return "$code"
}

# The thread sanitizer of GCC 12 finds no room for its shadow where the kernel spreads addresses over more than 28 bits.
spread=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)
launcher() {
  if [ "$1" = tsan ] && [ "$spread" -gt 28 ] && setarch -R true 2>/dev/null; then echo setarch -R; fi
}

heading() { printf '\n=== %s [%d:%02d] ===\n' "$1" $((SECONDS / 60)) $((SECONDS % 60)); }

build() {
  local preset=$1 log="build/$1.configure.log"
  mkdir -p build
  cmake --preset "$preset" >"$log" 2>&1 || { cat "$log"; return 1; }
  in_group $(launcher "$preset") cmake --build --preset "$preset" -j "${JOBS:-$(nproc)}"
}

# stage PRESET LABELS: LABELS are alternatives, `a|b`.
stage() {
  local preset=$1 labels=$2 begun=$SECONDS log="$PWD/build/$1.tests.log" ok=1 bad total
  heading "$preset: build"
  # Under sanitizers the daemon meets the peers of the daily build.
  local peers=1
  if [ "$preset" = dev ] || [ "$preset" = fuzz ]; then peers=0; fi
  if { [ $peers = 1 ] && ! build dev; } || ! build "$preset"; then
    failed=$((failed + 1))
    summary+=("$preset $labels: does not build")
    return
  fi
  heading "$preset: tests with the labels $labels"
  in_group $(launcher "$preset") ctest --preset "$preset" -L "^($labels)\$" --output-log "$log" || ok=0
  read -r bad total < <(sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' "$log") || true
  : "${total:=1}" "${bad:=1}"  # ctest says nothing of the kind when no test has the label
  if [ $ok = 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  passed=$((passed + total - bad))
  failed=$((failed + bad))
  summary+=("$preset $labels: $((total - bad)) passed, $bad failed, $((SECONDS - begun)) s")
  if [ "$bad" != 0 ]; then keep_fallen "$preset"; fi
}

# A later stage of the same preset writes over what ctest left.
keep_fallen() {
  local folder="build/fallen.${#fallen[@]}"
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "build/$1/Testing/Temporary"/LastTest{,sFailed}.log "$folder" 2>/dev/null || true
  fallen+=("$1 $folder")
}

# Whoever reads only the end of a long log must find there what failed, and the end of what it said.
tell_fallen() {
  local preset=$1 folder=$2 name
  while IFS=: read -r _ name; do
    heading "$preset: $name failed"
    awk -v name="$name" '$2 == "Testing:" { on = substr($0, index($0, "Testing: ") + 9) == name } on' "$folder/LastTest.log" |
      tail -n 60 | cut -c -400
  done < <(head -n 10 "$folder/LastTestsFailed.log" 2>/dev/null)
}

# The last words: what failed, one line per stage, then the total alone on its line.
finish() {
  local stage
  for stage in "${fallen[@]}"; do tell_fallen $stage; done
  heading "summary"
  printf '%s\n' "${summary[@]}"
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" = 0 ]
}
