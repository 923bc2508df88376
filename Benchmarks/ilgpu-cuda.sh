#!/usr/bin/env bash
# The ILGPU backend on an NVIDIA GPU, of which the development machine has none.
#   Benchmarks/ilgpu-cuda.sh pack         here: the command and the test suite with their runtime, into .dev/ (under 64 MiB, git-ignored)
#   Benchmarks/ilgpu-cuda.sh conformance  there: the conformance suite on ilgpu:cuda
#   Benchmarks/ilgpu-cuda.sh profile MODEL...  there: measures the device and these models' kernels into $OUT/profile.json, which table and gptneo need
#   Benchmarks/ilgpu-cuda.sh verify MODEL...   there: streamed against resident and host, one line per model
#   Benchmarks/ilgpu-cuda.sh table MODEL...    there: resident and a quarter of the weights, read and kept in the host's memory, one table
#   Benchmarks/ilgpu-cuda.sh gptneo       there: gptneo-2.7b resident and under 256 MiB, its weights read and kept in the host's memory
#   Benchmarks/ilgpu-cuda.sh opencl MODEL=SIZE...  there: the same plans on OpenCL and ILGPU in turn, resident and under a budget
#   Benchmarks/ilgpu-cuda.sh stages MODEL...   there, two GPUs: copies between them, then every model in two stages, verified and timed, weights read and kept
# There means a machine with an NVIDIA driver and no .NET; run it in the folder that holds .dev/. Results go to $OUT when that is set.
set -uo pipefail
cd "$(dirname "$0")/.."
export FLASHMEM_CACHE="${FLASHMEM_CACHE:-/tmp/flashmem}"
tool=/tmp/bin/flashmem
device="${DEVICE:-ilgpu:cuda}"
results="${OUT:-/tmp}"

pack() {
    common=(-c Release -r linux-x64 --self-contained true -nodeReuse:false -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false
        -p:TreatWarningsAsErrors=false -p:GenerateDocumentationFile=false -p:OrToolsExcludeAssets=native
        -p:PublishReadyToRun=true -p:PublishReadyToRunCrossgen2ExtraArgs=--instruction-set:x86-64-v3)
    rm -rf .dev/bin .dev/flashmem.tar.xz && mkdir -p .dev

    # Both in one folder, so that they share the runtime. Compiled ahead, for first runs are among what is measured.
    for project in Cli Tests; do
        dotnet publish "$project" "${common[@]}" -o .dev/bin | grep -E "error|$project ->" || return 1
    done
    rm -f .dev/bin/libonnxruntime* .dev/bin/*.pdb .dev/bin/*.xml
    tar -C .dev -cJf .dev/flashmem.tar.xz bin && rm -rf .dev/bin
    ls -l .dev
}

unpack() {
    [ -x "$tool" ] || tar -C /tmp -xJf .dev/flashmem.tar.xz || python3 -c "import tarfile; tarfile.open('.dev/flashmem.tar.xz').extractall('/tmp')"
}

conformance() {
    FLASHMEM_ILGPU="${device#ilgpu:}" /tmp/bin/FlashMem.Tests --filter-class "*Conformance.Ilgpu*" > "$results/conformance.txt" 2>&1
    grep -vE "^ +at |^ +-----" "$results/conformance.txt" | tail -40
}

profile() {
    models=()
    for model in "$@"; do
        # A model's kernels are timed where its weights are; files come into the page cache by being read.
        "$tool" run "zoo:$model" --device "$device" --quiet > /tmp/run.txt 2>&1 || { tail -n 1 /tmp/run.txt; return 1; }
        models+=(--model "zoo:$model")
    done
    sync && find "$FLASHMEM_CACHE" -name '*.flashmem' -exec cat {} + > /dev/null
    "$tool" profile --device "$device" --repetitions 7 --model-time 2 "${models[@]}" --quiet -o "$results/profile.json" > "$results/profile.txt" 2>&1
    grep -E "page cache    |transfer  |beside Copies|overhead|handing" "$results/profile.txt"
}

verify() {
    for model in "$@"; do
        printf '%-22s ' "$model"
        "$tool" verify "zoo:$model" --device "$device" --quiet > "$results/verify-$model.txt" 2>&1
        echo "exit $? $(tail -n 1 "$results/verify-$model.txt" | cut -c -160)"
    done
}

# One line of a run's figures; the run's own JSON stays in $results.
figures() {
    label=$1 file="$results/$2.json"; shift 2
    if ! "$tool" run "$@" --device "$device" --spec "$results/profile.json" --page-cache --quiet --json "$file" > /tmp/run.txt 2>&1; then
        printf '%-32s failed: %s\n' "$label" "$(tail -n 1 /tmp/run.txt | cut -c -140)"
        return 1
    fi
    python3 - "$label" "$file" <<'PY'
import json, sys
run = json.load(open(sys.argv[2]))
time, bound, memory = run["time"], run["bound"], run["memory"]
number = lambda value, scale=1: "-" if value is None else f"{value / scale:9.2f}"
print(f'{sys.argv[1]:32} median {number(time["medianMs"])} ms  first {number(time["firstRunMs"])}  integrated {number(time["integratedMs"])}'
      f'  bound {number(bound["lowerBoundMs"])}  ratio {number(bound["ratioToBound"])}  peak {number(memory["peakBytes"], 1 << 20)} MiB'
      f'  busy: transfer {number(time["transferBusyMs"])} compute {number(time["computeBusyMs"])}  compile {number(time["compileMs"])}')
PY
}

table() {
    for model in "$@"; do
        figures "$model resident" "$model-resident" "zoo:$model" --warmup 2 --iterations 9 || continue
        bytes=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["weightBytes"])' "$results/$model-resident.json")
        budget=$((bytes / 4))
        [ "$model" = depth-anything-small ] && budget=29MiB # its activations alone take 26
        figures "$model, a quarter" "$model-quarter" "zoo:$model" --warmup 2 --iterations 9 --budget "$budget"
        figures "$model, a quarter, host" "$model-host" "zoo:$model" --warmup 2 --iterations 9 --budget "$budget" --host-weights
    done
}

gptneo() {
    figures "gptneo-2.7b resident" neo-resident zoo:gptneo-2.7b --warmup 2 --iterations 9
    for round in 1 2 3; do
        figures "gptneo-2.7b 256 MiB" "neo-256-$round" zoo:gptneo-2.7b --warmup 2 --iterations 9 --budget 256MiB
        figures "gptneo-2.7b 256 MiB, host" "neo-256-host-$round" zoo:gptneo-2.7b --warmup 2 --iterations 9 --budget 256MiB --host-weights
    done
}

opencl() {
    for entry in "$@"; do
        model=${entry%%=*}
        "$tool" run "zoo:$model" --device opencl --quiet > /dev/null 2>&1
        for round in 1 2; do
            for device in opencl ilgpu:cuda; do
                figures "$model on $device" "$model-$device-$round" "zoo:$model" --warmup 2 --iterations 9
                figures "$model on $device, ${entry#*=}" "$model-$device-${entry#*=}-$round" "zoo:$model" --warmup 2 --iterations 9 --budget "${entry#*=}"
            done
        done
    done
}

stages() {
    devices="${DEVICES:-ilgpu:cuda:0,ilgpu:cuda:1}"
    /tmp/bin/FlashMem.Tests --filter-class "*IlgpuStages*" 2>&1 | tail -12
    for model in "$@"; do
        "$tool" verify "zoo:$model" --device "$devices" --quiet 2>&1 | tail -n 20
        for kept in "" --host-weights; do
            "$tool" run "zoo:$model" --device "$devices" --spec "$results/profile.json" --page-cache --quiet --warmup 2 --iterations 9 \
                --budget "${BUDGET:-256MiB}" $kept 2>&1
        done
    done
}

command=${1:-help}
shift || true
[ "$command" = pack ] || [ "$command" = help ] || unpack
case "$command" in
    pack | conformance | profile | verify | table | gptneo | opencl | stages) "$command" "$@" ;;
    devices) "$tool" devices -v | grep ilgpu ;;
    *) sed -n 2,11p "$0" ;;
esac
