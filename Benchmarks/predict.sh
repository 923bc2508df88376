#!/usr/bin/env bash
# Predicts a real device: profiles it with models, then runs every model on it and on its simulated twin by the same plan, and prints one table.
#
#   Benchmarks/predict.sh DEVICE FLASHMEM [MODEL=BUDGET...]
#   Benchmarks/predict.sh opencl artifacts/flashmem/flashmem
#
# FLASHMEM is a published command. A model's first use fills its weights and packs its weight file, which is not timed. Weight files are read
# into the page cache before they are used. PREDICT_OPTIONS are passed to profile and compare (--as-gpu), PREDICT_OUT is the folder for the
# profile and the JSON of every comparison (default: a new temporary one), PREDICT_RUNS the runs of each line (default 30).
set -euo pipefail
device="$1"
flashmem="$2"
shift 2
models=("$@")
[ "${#models[@]}" -gt 0 ] ||
    models=(resnet50=24MiB vit-base=96MiB gptneo-small=160MiB depth-anything-small=48MiB deepvit=256MiB sam2=160MiB)
out="${PREDICT_OUT:-$(mktemp -d)}"
read -r -a options <<< "${PREDICT_OPTIONS:-}"
cache="${FLASHMEM_CACHE:-$HOME/.cache/flashmem}"
mkdir -p "$out"

step() { echo "$(date +%T) $*" >&2; }

for entry in "${models[@]}"; do
    step "weights of ${entry%%=*}"
    "$flashmem" run "zoo:${entry%%=*}" --device "$device" "${options[@]}" --quiet > /dev/null
done

find "$cache" -name '*.flashmem' -exec cat {} + > /dev/null
names=()
for entry in "${models[@]}"; do
    names+=(--model "zoo:${entry%%=*}")
done

step "profile"
"$flashmem" profile --device "$device" "${options[@]}" --model-time 4 "${names[@]}" --quiet -o "$out/profile.json" | tee "$out/profile.txt"
for entry in "${models[@]}"; do
    model="${entry%%=*}"
    step "compare $model"
    "$flashmem" compare "zoo:$model" --device "$device,sim:$out/profile.json" "${options[@]}" --page-cache --policy overlap,preload \
        --budget "${entry#*=}" --iterations "${PREDICT_RUNS:-30}" --quiet --json "$out/$model.json" > "$out/$model.txt" || step "$model: $(tail -1 "$out/$model.txt")"
done

echo
echo "| model | budget | measured ms | simulated ms | simulated / measured |"
echo "|---|---|---:|---:|---:|"
for entry in "${models[@]}"; do
    model="${entry%%=*}"
    tr -d '\n ' < "$out/$model.json" | grep -o '{"device":"[^}]*"ofMeasured":[0-9.]*' | while read -r line; do
        field() { sed -n "s/.*\"$1\":\([a-z0-9.]*\).*/\1/p" <<< "$line"; }
        budget="$(field budgetBytes)"
        [ "$budget" = null ] && budget="resident" || budget="$((budget >> 20)) MiB"
        printf '| %s | %s | %.1f | %.1f | %.3f |\n' "$model" "$budget" "$(field measuredMs)" "$(field simulatedMs)" "$(field ofMeasured)"
    done
done
step "files in $out"
