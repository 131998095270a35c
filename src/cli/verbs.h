// The verbs of `credence`. Each adds its subcommand to `app` and returns what runs it: an exit
// status, 0 ok, 1 failed. Usage errors are CLI11's, status 2.
#pragma once

#include <functional>
#include <string_view>

namespace CLI {
class App;
}

namespace credence::cli {

using Run = std::function<int()>;

struct Environment;

// `environment` is read when the verb runs, and outlives that.
Run AddServe(CLI::App& app, const Environment& environment);
Run AddPredict(CLI::App& app);
Run AddPromote(CLI::App& app);
Run AddInspect(CLI::App& app);
Run AddCalibrate(CLI::App& app);
Run AddPlan(CLI::App& app);
Run AddEvaluate(CLI::App& app);
Run AddTrain(CLI::App& app);
Run AddHealth(CLI::App& app);
Run AddData(CLI::App& app);
Run AddTrack(CLI::App& app);
Run AddKey(CLI::App& app);

std::string_view Version();

}  // namespace credence::cli
