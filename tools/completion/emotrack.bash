# bash completion for emotrack. Commands and options are asked from the program itself, so that they are always its own.
_emotrack() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]} choice
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "$("$program" --help=words 2>/dev/null)" -- "$word")
    return
  fi
  local options
  options=$("$program" "${COMP_WORDS[1]}" --help=words 2>/dev/null) || return
  choice=$(awk -v name="$before" '$1 == name && $2 ~ /\|/ {gsub(/\|/, " ", $2); print $2}' <<<"$options")
  if [[ -n $choice ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$choice" -- "$word")
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(awk '{print $1}' <<<"$options")" -- "$word")
  else
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -F _emotrack emotrack
