#include "transfer_tune/training/train_state.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tt::training {
namespace {

constexpr const char* kCounts = "counts";
constexpr const char* kFigures = "figures";
constexpr const char* kRows = "rows";
constexpr const char* kBest = "best";

// The fields of one kind in the order that they are kept in: the same for reading and for writing.

template <class State>
auto counts_of(State& state) {
  return std::tie(state.begun, state.finished, state.stopped_early, state.phase, state.phase_epochs, state.epoch,
                  state.steps, state.forwards, state.optimizer.steps);
}

template <class State>
auto figures_of(State& state) {
  return std::tie(state.loss_sum, state.epoch_seconds, state.untouched_factor);
}

template <class Row>
auto fields_of(Row& row) {
  return std::tie(row.phase, row.epoch, row.train_loss, row.validation_accuracy, row.validation_macro_f1,
                  row.validation_log_loss, row.learning_rate, row.seconds, row.examples_per_second);
}

template <class Best>
auto figures_of_best(Best& best) {
  return std::tie(best.epoch, best.value, best.untouched_factor);
}

/// Appends the numbers of `fields` to `line`.
template <class T, class Fields>
void put(std::vector<T>& line, const Fields& fields) {
  std::apply([&](const auto&... field) { (line.push_back(static_cast<T>(field)), ...); }, fields);
}

[[noreturn]] void refuse(const std::string& name, const std::string& found) {
  throw CheckpointError(
      concat("saved training state: tensor ", quote(name), ": ", found, "; expected what this program wrote"));
}

/// Takes the numbers of a tensor one after another.
template <class T>
class Reader {
 public:
  Reader(const checkpoint::NamedTensors& tensors, std::string name) : name_(std::move(name)) {
    const auto found = tensors.find(name_);
    if (found == tensors.end()) refuse(name_, "found none");
    if (found->second.scalar_type() != at::CppTypeToScalarType<T>::value) refuse(name_, "found another type");
    values_ = found->second.contiguous();
  }

  [[nodiscard]] std::int64_t left() const { return values_.numel() - at_; }
  template <class Fields>
  void take(const Fields& fields) {
    if (left() < static_cast<std::int64_t>(std::tuple_size_v<Fields>)) refuse_length();
    std::apply([&](auto&... field) { ((field = static_cast<std::remove_reference_t<decltype(field)>>(next())), ...); },
               fields);
  }
  void require_end() const {
    if (left() != 0) refuse_length();
  }

 private:
  [[nodiscard]] T next() { return values_.const_data_ptr<T>()[at_++]; }
  [[noreturn]] void refuse_length() const { refuse(name_, concat("found ", values_.numel(), " numbers")); }

  std::string name_;
  at::Tensor values_;
  std::int64_t at_ = 0;
};

/// Lists of tensors under "NAME.0", …; undefined ones are left out, so their number is kept too.
void write_list(checkpoint::NamedTensors& out, const std::string& name, const std::vector<at::Tensor>& list,
                bool shared) {
  out[concat(name, ".count")] = at::tensor(static_cast<std::int64_t>(list.size()), at::kLong).reshape({1});
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].defined()) out[concat(name, '.', i)] = list[i].detach().to(at::kCPU, false, !shared).contiguous();
  }
}

std::vector<at::Tensor> read_list(const checkpoint::NamedTensors& tensors, const std::string& name) {
  Reader<std::int64_t> counter(tensors, concat(name, ".count"));
  std::size_t count = 0;
  counter.take(std::tie(count));
  counter.require_end();
  if (count > tensors.size() * 2 + 4096) refuse(concat(name, ".count"), concat("found ", count));
  std::vector<at::Tensor> list(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = tensors.find(concat(name, '.', i));
    if (found != tensors.end()) list[i] = found->second.clone();
  }
  return list;
}

}  // namespace

double metric_value(const EpochRow& row, Metric metric) {
  switch (metric) {
    case Metric::accuracy:
      return row.validation_accuracy;
    case Metric::macro_f1:
      return row.validation_macro_f1;
    case Metric::log_loss:
      return -row.validation_log_loss;
  }
  throw InternalError("unknown metric");
}

checkpoint::NamedTensors to_tensors(const TrainState& state, bool shared) {
  checkpoint::NamedTensors out;
  std::vector<std::int64_t> counts;
  put(counts, counts_of(state));
  out[kCounts] = at::tensor(counts, at::kLong);
  std::vector<double> figures;
  put(figures, figures_of(state));
  out[kFigures] = at::tensor(figures, at::kDouble);
  std::vector<double> rows;
  for (const EpochRow& row : state.rows) put(rows, fields_of(row));
  out[kRows] = at::tensor(rows, at::kDouble);
  write_list(out, "first_moments", state.optimizer.first_moments, shared);
  write_list(out, "second_moments", state.optimizer.second_moments, shared);
  write_list(out, "weights", state.weights, shared);
  write_list(out, "starts", state.starts, shared);
  if (state.best) {
    std::vector<double> best;
    put(best, figures_of_best(*state.best));
    out[kBest] = at::tensor(best, at::kDouble);
    write_list(out, "best_weights", state.best->weights.values, shared);
  }
  return out;
}

TrainState from_tensors(const checkpoint::NamedTensors& tensors) {
  TrainState state;
  Reader<std::int64_t> counts(tensors, kCounts);
  counts.take(counts_of(state));
  counts.require_end();
  Reader<double> figures(tensors, kFigures);
  figures.take(figures_of(state));
  figures.require_end();
  for (Reader<double> rows(tensors, kRows); rows.left() > 0;) rows.take(fields_of(state.rows.emplace_back()));
  state.optimizer.first_moments = read_list(tensors, "first_moments");
  state.optimizer.second_moments = read_list(tensors, "second_moments");
  state.weights = read_list(tensors, "weights");
  state.starts = read_list(tensors, "starts");
  if (tensors.contains(kBest)) {
    Reader<double> best(tensors, kBest);
    best.take(figures_of_best(state.best.emplace()));
    best.require_end();
    state.best->weights.values = read_list(tensors, "best_weights");
  }
  return state;
}

}  // namespace tt::training
