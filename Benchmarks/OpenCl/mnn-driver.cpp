// Runs a model on MNN's OpenCL backend, for `Benchmarks -- opencl --mnn FOLDER` (docs/opencl.md says how it is built).
//
//   mnn-driver MODEL.mnn CACHE MODE RUNS
//
// MODE is a sum of MNNGpuMode values, for example 65: buffers, no tuning. The weights lie beside the model in MODEL.mnn.weight. The first
// line is written when the first result has been read back; the last one is "steady MS PEAKBYTES", median of RUNS more runs and VmHWM.
#include <MNN/expr/Executor.hpp>
#include <MNN/expr/ExprCreator.hpp>
#include <MNN/expr/Module.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

using namespace MNN;
using namespace MNN::Express;

static double milliseconds() {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static long long peakBytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.rfind("VmHWM:", 0) == 0) {
            return std::atoll(line.c_str() + 6) * 1024;
        }
    }

    return 0;
}

static VARP input(const Variable::Info& info) {
    VARP value = _Input(info.dim, info.order, info.type);
    size_t count = 1;
    for (int extent : info.dim) {
        count *= extent;
    }

    if (info.type.code == halide_type_int) {
        int* ids = value->writeMap<int>();
        for (size_t i = 0; i < count; i++) {
            ids[i] = static_cast<int>(i % 500);
        }
    } else {
        float* numbers = value->writeMap<float>();
        for (size_t i = 0; i < count; i++) {
            numbers[i] = static_cast<float>(i % 17) * 0.05f - 0.4f;
        }
    }

    return value;
}

int main(int count, char** arguments) {
    if (count != 5) {
        std::fprintf(stderr, "usage: mnn-driver MODEL.mnn CACHE MODE RUNS\n");
        return 2;
    }

    std::string model = arguments[1];
    BackendConfig precise;
    precise.precision = BackendConfig::Precision_High;
    ScheduleConfig config;
    config.type = MNN_FORWARD_OPENCL;
    config.mode = std::atoi(arguments[3]);
    config.backendConfig = &precise;
    std::shared_ptr<Executor::RuntimeManager> runtime(
        Executor::RuntimeManager::createRuntimeManager(config), Executor::RuntimeManager::destroy);
    runtime->setCache(arguments[2]);
    runtime->setExternalFile(model + ".weight");
    std::shared_ptr<Module> module(Module::load({}, {}, model.c_str(), runtime), Module::destroy);
    if (module == nullptr) {
        std::fprintf(stderr, "cannot load %s\n", model.c_str());
        return 1;
    }

    std::vector<VARP> inputs;
    for (const auto& info : module->getInfo()->inputs) {
        inputs.push_back(input(info));
    }

    auto run = [&] {
        auto outputs = module->onForward(inputs);
        return outputs[0]->readMap<float>()[0];
    };
    std::printf("first %g\n", run());
    std::fflush(stdout);
    int runs = std::atoi(arguments[4]);
    std::vector<double> times;
    for (int i = 0; i < runs; i++) {
        double start = milliseconds();
        run();
        times.push_back(milliseconds() - start);
    }

    std::sort(times.begin(), times.end());
    std::printf("steady %f %lld\n", times.empty() ? 0.0 : times[times.size() / 2], peakBytes());
    runtime->updateCache();
    return 0;
}
