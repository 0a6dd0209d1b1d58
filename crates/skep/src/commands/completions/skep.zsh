#compdef skep
# Completion of skep for zsh: asks skep itself.
_skep() {
    local line value nul=$'\1'
    local -a lines stems others
    lines=("${(@f)$(SKEP_COMPLETE=zsh _CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX=$((CURRENT - 1)) \
        skep -- "${words[@]}" 2>/dev/null)}")
    for line in $lines; do
        # What stands before the first colon that is none of the value; what follows it says what the value is.
        value="${${line//\\:/$nul}%%:*}"
        case $value in
            */|*=|*$nul) stems+=("$line") ;;
            *) others+=("$line") ;;
        esac
    done
    (( $#others )) && _describe -V values others
    # Behind these something follows.
    (( $#stems )) && _describe -V values stems -S ''
}
if [[ $funcstack[1] == _skep ]]; then
    _skep "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _skep skep
fi
