# Completion of skep for bash: asks skep itself.
_skep() {
    local word rest quote="" index=0 i
    local -a words=()
    # Bash cuts words at colons and equals signs, too. What no space separates is one word here.
    rest=${COMP_LINE:0:COMP_POINT}
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $i -eq 0 || $rest == [[:space:]]* ]]; then
            rest=${rest#"${rest%%[![:space:]]*}"}
            index=${#words[@]}
            words[index]=""
        fi
        [[ $i -lt COMP_CWORD ]] || word=$rest
        words[index]+=$word
        rest=${rest#"$word"}
    done
    # A quotation that is not finished.
    case ${words[index]} in
        [\"\']*) quote=${words[index]:0:1}; words[index]=${words[index]:1} ;;
    esac
    # Bash replaces what stands behind the cut.
    local before=${words[index]%"$2"}
    # What stands behind the cursor says something, too: --server, for one.
    rest=${COMP_LINE:COMP_POINT}
    rest=${rest#"${rest%%[[:space:]]*}"}
    for ((i = COMP_CWORD + 1; i < ${#COMP_WORDS[@]}; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $rest == [[:space:]]* ]]; then
            rest=${rest#"${rest%%[![:space:]]*}"}
            words[${#words[@]}]=""
        fi
        words[${#words[@]}-1]+=$word
        rest=${rest#"$word"}
    done
    COMPREPLY=()
    while IFS= read -r word; do
        word=${word#"$before"}
        [[ -n $quote || $word != *[!A-Za-z0-9._:@/+=,-]* ]] || word=$(printf %q "$word")
        COMPREPLY[${#COMPREPLY[@]}]=$word
    done < <(SKEP_COMPLETE=bash _CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX=$index \
        skep -- "${words[@]}" 2>/dev/null && echo)
    [[ ${#COMPREPLY[@]} -ne 1 || -n ${COMPREPLY[0]} ]] || COMPREPLY=()
    # Behind these something follows.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} != *[=/:] ]]; then
        compopt +o nospace 2>/dev/null || COMPREPLY[0]+=" "
    fi
}
complete -o nospace -o bashdefault -o nosort -F _skep skep 2>/dev/null ||
    complete -o nospace -o bashdefault -F _skep skep
