// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/comm/communicator.hpp"
#include "gridring/model/energy_transformer.hpp"
#include "gridring/ring/ring_attention.hpp"
#include "gridring/series/dataset.hpp"
#include "gridring/train/features.hpp"
#include "gridring/train/optimizer.hpp"

namespace gridring::train {

class Session;

struct Report {
    std::int64_t first_step = 0;        ///< 0, or where a checkpoint resumed
    std::int64_t steps_done = 0;        ///< fewer than Options::steps where patience ended the training
    bool is_stopped = false;            ///< by Options::is_stop_asked, before it was over
    std::int64_t checkpoint_step = -1;  ///< of the last checkpoint; -1 = none yet
    std::int64_t data_ranks = 1;        ///< D in use
    std::vector<double> training_loss;  ///< one a step, from step 0 (a resumed run carries the earlier ones)
    std::vector<double> validation_step, validation_loss;
    std::vector<double> gradient_norm;  ///< one a step of this run
    double seconds = 0;                 ///< of the training steps alone
    double tokens_per_second = 0;
    ring::Telemetry ring;  ///< of this rank, validation included

    /// Index of the lowest validation loss, the first of equals; empty without any.
    std::optional<std::size_t> best() const;
};

/// Whose weights are used after training.
enum class Keep {
    best,  ///< those with the lowest validation loss, where there was a validation; else the last
    last,  ///< those after the last step
};
Keep parse_keep(std::string_view name);  ///< "best" or "last"; throws ConfigError
std::string_view to_string(Keep keep);

/// What the network corrects.
struct BaselineOptions {
    enum class Kind {
        week,   ///< the same hour of the last known week
        ridge,  ///< a linear map, in closed form from the training hours (Hoerl & Kennard 1970)
    };
    Kind kind = Kind::week;
    std::int64_t hours = 672;  ///< that the map sees before an origin
    double penalty = 0;        ///< in mean squares of its inputs; 0 = chosen, for ranges of leads apart, by leaving out
                               ///< one quarter of the training hours after the other
    double own = 0.15;         ///< weight of a region's own hours in its map, against those of all regions; 0 = one map
};
BaselineOptions::Kind parse_baseline(std::string_view name);  ///< "week" or "ridge"; throws ConfigError
std::string_view to_string(BaselineOptions::Kind kind);

struct Options {
    std::int64_t steps = 400;
    std::int64_t batch = 4;              ///< sequences a step, over all ranks
    std::int64_t data_ranks = 1;         ///< D: groups of ranks, each a ring with batch / D of the sequences; divides
                                         ///< ranks and batch. 0 = the most that does
    std::int64_t sequence_hours = 1344;  ///< T of a training sequence
    double anonymous = 0.25;             ///< share of training sequences that do not tell their region, so that others
                                         ///< than those told apart can be forecast
    std::int64_t origin_every = 1;       ///< hours between the rows of a sequence that forecast,
    std::vector<std::int64_t> origin_hours = {};  ///< and hours of the local day at which rows do as well
    std::int64_t leads = 24;           ///< that each of them forecasts in a step, drawn anew from the horizon
    std::int64_t near = 24;            ///< half of the leads that are drawn are of the first hours up to this
    double later_weight = 1;           ///< of leads behind those in the loss: who shapes the network
    std::int64_t validate_every = 50;  ///< steps; 0 = never
    std::int64_t validation_sequences = 8;
    std::int64_t patience = 0;  ///< validations without a new lowest loss that end the training; 0 = never
    Keep keep = Keep::best;
    std::int64_t checkpoint_every = 100;  ///< steps; 0 = only at the end
    std::int64_t older_checkpoints = 1;   ///< that stay beside the newest: checkpoint.1.h5, …
    std::uint64_t seed = 1;
    OptimizerOptions optimizer;
    FeatureOptions features;
    BaselineOptions baseline;
    ring::Scheme partition = ring::Scheme::zigzag;
    ring::Options ring;
    /// Called on every rank after each step and its checkpoint, with the steps done: for dashboards,
    /// and to end it without another checkpoint by throwing (the same on every rank).
    std::function<void(std::int64_t, const Report&)> after_step;
    /// Steps after which it stops as if it had been asked to, to be resumed; 0 = none.
    std::int64_t until = 0;
    /// Asked on every rank after each step: where any says yes, a checkpoint is written and the training ends, to be
    /// resumed (Report::is_stopped).
    std::function<bool()> is_stop_asked;
};

/// Spans of the hour axis: train [0, train_end), validation [train_end, validation_end), test [validation_end, hours).
struct Split {
    std::int64_t train_end = 0, validation_end = 0;
};

/// Trains in place. Same losses (within rounding) for any number of ranks and any data_ranks: batches depend on seed
/// and step alone. `checkpoint` is written every checkpoint_every steps and at the end by rank 0, the weights with the
/// lowest validation loss to best_beside(checkpoint) as they are found; where the optimiser keeps an average, it is
/// these that are validated. When the checkpoint exists at the start and `resume`, training goes on from it, whatever
/// the number of ranks that wrote it, as if it had never stopped; from the one before it where it is damaged. A
/// checkpoint of another model, config or dataset is a ConfigError. Afterwards the model holds the weights that
/// load_parameters() would give. Checks that all ranks see the same data. Collective over `world`.
class Trainer {
public:
    Trainer(const comm::Communicator& world, model::EnergyTransformer& model, const series::Dataset& data,
            const Split& split, const Options& options, std::map<std::string, std::string> attributes);
    Report run(const std::filesystem::path& checkpoint, bool resume);

private:
    void go_on(Session& session, Report& report, const std::filesystem::path& checkpoint);
    void validate(Session& session, Report& report, const std::filesystem::path& checkpoint);
    bool is_over(const Report& report) const;
    bool is_stop_asked(const Report& report) const;

    const comm::Communicator& world_;
    model::EnergyTransformer& model_;
    const series::Dataset& data_;
    Split split_;
    Options options_;
    std::map<std::string, std::string> attributes_;
};

/// Is there a checkpoint to go on from, `checkpoint` or an older one beside it? Local.
bool has_checkpoint(const std::filesystem::path& checkpoint);

/// A training begins anew: removes `checkpoint` and the older ones beside it. Local. Throws StoreError.
void remove_checkpoints(const std::filesystem::path& checkpoint);

/// best.h5 in the folder of `checkpoint`.
std::filesystem::path best_beside(const std::filesystem::path& checkpoint);

/// Puts the weights of best_beside(checkpoint), where `keep` asks for them and it is there, else those of `checkpoint`
/// (the averaged ones if it has them) into `model` on every rank; rank 0 reads. ConfigError when names or shapes
/// differ, or an attribute of `expected`. Collective.
void load_parameters(const comm::Communicator& world, const std::filesystem::path& checkpoint,
                     model::EnergyTransformer& model, Keep keep,
                     const std::map<std::string, std::string>& expected = {});
/// The same, of a training on `data` up to `split`: on others, what is called held back would have been learnt.
void load_parameters(const comm::Communicator& world, const std::filesystem::path& checkpoint,
                     model::EnergyTransformer& model, const series::Dataset& data, const Split& split, Keep keep);

}  // namespace gridring::train
