#!/usr/bin/env bash
# The planned overlap beside the policies that plan nothing, on a real device at the same budget: every policy a process of its own, in turn,
# several rounds. Prints one table of repeated runs, and what every plan's verdict said beforehand.
#
#   Benchmarks/policies.sh DEVICE FLASHMEM [MODEL=BUDGET...]
#   Benchmarks/policies.sh host artifacts/flashmem/flashmem
#
# FLASHMEM is a published command. The default budgets are a quarter of the weights; gptneo-2.7b has 256 MiB. Weight files are packed before
# anything is timed. POLICIES_FROM=disk takes them out of the page cache and reads them from the disk; default: cache, into which they are read
# first. POLICIES_OPTIONS are passed to every command (--as-gpu), POLICIES_OUT is the folder for the profile and the JSON of every run (default: a
# new temporary one), POLICIES_ROUNDS the rounds (default 5), POLICIES_RUNS the repeated runs of every process (default 3).
set -euo pipefail
device="$1"
flashmem="$2"
shift 2
models=("$@")
[ "${#models[@]}" -gt 0 ] ||
    models=(resnet50=13MiB vit-base=42MiB gptneo-small=60MiB depth-anything-small=29MiB deepvit=109MiB sam2=103MiB
        depth-anything-large=159MiB whisper-medium=364MiB sd15-unet=410MiB gptneo-1.3b=627MiB gptneo-2.7b=256MiB)
out="${POLICIES_OUT:-$(mktemp -d)}"
rounds="${POLICIES_ROUNDS:-5}"
read -r -a options <<< "${POLICIES_OPTIONS:-}"
from="${POLICIES_FROM:-cache}"
cache="${FLASHMEM_CACHE:-$HOME/.cache/flashmem}"
policies=(overlap next same-op demand)
mkdir -p "$out"

step() { echo "$(date +%T) $*" >&2; }

# Direct reads leave the page cache as it is, so once per model is enough.
prepare() {
    while read -r file; do
        case "$from" in
            cache) cat "$file" > /dev/null ;;
            disk) dd if="$file" iflag=nocache count=0 status=none ;;
        esac
    done < <(find "$cache" -name "*$1*.flashmem")
}

median() { sort -g | awk '{ v[NR] = $1 } END { printf "%.1f (%.1f to %.1f)", v[int((NR + 1) / 2)], v[1], v[NR] }'; }

# Verdicts are as good as what is known of the device: its kernels and how reads slow them.
names=()
for entry in "${models[@]}"; do
    names+=(--model "zoo:${entry%%=*}")
done

step "profile"
"$flashmem" profile --device "$device" "${options[@]}" --model-time 1 "${names[@]}" --quiet -o "$out/profile.json" > "$out/profile.txt"
shared=(--device "$device" "${options[@]}" --spec "$out/profile.json" --quiet)
case "$from" in
    cache) shared+=(--page-cache) ;;
    disk) ;;
    *) echo "POLICIES_FROM is cache or disk, not '$from'" >&2; exit 2 ;;
esac
for entry in "${models[@]}"; do
    model="${entry%%=*}"
    step "$model: weights"
    "$flashmem" run "zoo:$model" --device "$device" "${options[@]}" --quiet > /dev/null
    prepare "$model"
    "$flashmem" plan "zoo:$model" --budget "${entry#*=}" "${shared[@]}" -o "$out/$model.plan.json" > "$out/$model.plan.txt"
    for ((round = 1; round <= rounds; round++)); do
        for policy in "${policies[@]}"; do
            step "$model: round $round, $policy"
            "$flashmem" run "zoo:$model" --budget "${entry#*=}" --policy "$policy" "${shared[@]}" --warmup 1 --iterations "${POLICIES_RUNS:-3}" \
                --json "$out/$model.$policy.$round.json" > /dev/null
        done
    done
done

echo
echo "Median of $rounds processes (least to most) of the median of ${POLICIES_RUNS:-3} repeated runs, ms; weights from the $from."
echo
echo "| model, budget | overlap | next | same-op | demand | overlap first in |"
echo "|---|---|---|---|---|---:|"
for entry in "${models[@]}"; do
    model="${entry%%=*}"
    figure() { sed -n 's/^ *"medianMs": *\([0-9.]*\).*/\1/p' "$out/$model.$1.$2.json"; }
    row="| $model, ${entry#*=}"
    for policy in "${policies[@]}"; do
        row+=" | $(for ((round = 1; round <= rounds; round++)); do figure "$policy" "$round"; done | median)"
    done

    first=0
    for ((round = 1; round <= rounds; round++)); do
        best="$(for policy in "${policies[@]}"; do echo "$(figure "$policy" "$round") $policy"; done | sort -g | head -1)"
        [ "${best#* }" = overlap ] && first=$((first + 1))
    done

    echo "$row | $first of $rounds |"
done

echo
for entry in "${models[@]}"; do
    model="${entry%%=*}"
    grep -E '^ *(predicted|verdict|unplanned)' "$out/$model.plan.txt" | sed "s/^ */$model: /"
done
step "files in $out"
