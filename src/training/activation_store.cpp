#include "transfer_tune/training/activation_store.hpp"

#include "transfer_tune/checkpoint/safetensors.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/owned_files.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

namespace tt::training {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExtension = ".safetensors";
constexpr const char* kRows = "rows";
constexpr const char* kSeconds = "seconds";  ///< that making them took
constexpr const char* kHash = "sha256";      ///< of the rows' bytes, its digits

std::int64_t bytes_of(const at::Tensor& rows) { return static_cast<std::int64_t>(rows.nbytes()); }

void update_tensor(Sha256& hash, const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().cpu().contiguous();
  hash.update_field(concat(values.sizes()));
  hash.update(std::span(static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()));
}

at::Tensor hash_of(const at::Tensor& rows) {
  Sha256 hash;
  update_tensor(hash, rows);
  const std::string digits = hash.hex();
  return at::tensor(std::vector<std::uint8_t>(digits.begin(), digits.end()), at::kByte);
}

/// Everything that the prefix's output depends on. Of the word table, the rows that occur: the rest is half the model.
std::string key_of(const model::Classifier& classifier, const EncodedSet& set, std::int64_t depth, std::int32_t pad_id,
                   const std::string& environment) {
  const model::EncoderSpec& spec = classifier.encoder().spec();
  Sha256 hash;
  hash.update_field(environment);
  hash.update_field(model::fingerprint(spec));
  hash.update_field(concat("depth ", depth, " int8 ", classifier.encoder().int8_layers(), " pad ", pad_id));
  if (depth == spec.depth()) hash.update_field(classifier.pools_mean() ? "mean" : "first");
  std::vector<bool> seen(static_cast<std::size_t>(classifier.encoder().word_embeddings().size(0)), false);
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto ids = std::as_bytes(set.sequences[i]);
    hash.update_field(std::string_view(reinterpret_cast<const char*>(ids.data()), ids.size()));
  }
  for (const std::int32_t id : set.sequences.all()) seen[static_cast<std::size_t>(id)] = true;
  std::vector<std::int64_t> occurring;
  for (std::size_t id = 0; id < seen.size(); ++id) {
    if (seen[id]) occurring.push_back(static_cast<std::int64_t>(id));
  }
  for (const model::Parameter& parameter : classifier.encoder().parameters()) {
    if (parameter.first_use >= depth) continue;
    hash.update_field(parameter.name);
    update_tensor(hash, parameter.by_token
                            ? parameter.value.index_select(0, at::tensor(occurring, at::kLong).to(classifier.device()))
                            : parameter.value);
  }
  return hash.hex().substr(0, 32);
}

/// Room for `rows`: in memory, or mapped from a file without a name, whose pages the system may write back and drop.
at::Tensor empty_rows(at::IntArrayRef sizes, at::ScalarType type, const ActivationStoreOptions& options) {
  const std::int64_t count = c10::multiply_integers(sizes);
  const std::int64_t bytes = count * static_cast<std::int64_t>(c10::elementSize(type));
  if (bytes <= options.memory_bytes || bytes == 0) return at::empty(sizes, type);
  const fs::path directory = options.directory.empty() ? fs::temp_directory_path() : options.directory;
  try {
    make_directories(directory);
  } catch (const Error&) {
    // What stands in the way shows when the file is made.
  }
  // Room is claimed at once: a full disk met while writing to a mapping would end the program.
  const ScratchFile file(directory, static_cast<std::size_t>(bytes));
  if (file.problem().empty()) return at::from_file(file.path(), /*shared=*/true, count, type).view(sizes);
  log_warning(concat("activations: ", bytes >> 20U, " MB are kept in memory, as ", directory.string(),
                     " has no room for them: ", file.problem()));
  return at::empty(sizes, type);
}

}  // namespace

ActivationStore::ActivationStore(ActivationStoreOptions options) : options_(std::move(options)) {}

PrefixCache ActivationStore::get(const model::Classifier& classifier, const EncodedSet& set, std::int64_t depth,
                                 std::int32_t pad_id, std::string_view stage, const ProgressCallback& progress) {
  const at::NoGradGuard no_grad;
  // Adapters that do nothing yet, or nothing more, then leave what is computed and its key as they were.
  const model::Classifier merged = classifier.merged();
  const bool pooled = depth == merged.encoder().spec().depth();
  const at::ScalarType type = options_.bf16 && !pooled ? at::kBFloat16 : at::kFloat;
  const std::string key = key_of(merged, set, depth, pad_id, options_.environment);
  PrefixCache cache = lay_out_prefix(merged, set, depth);
  const std::vector<std::int64_t> sizes{cache.offsets.back(), merged.encoder().spec().hidden_size};
  cache.rows = recall(key, sizes, type, [&] {
    cache.rows = empty_rows(sizes, type, options_);
    fill_prefix(cache, merged, set, pad_id, stage, progress);
    return cache.rows;
  });
  return cache;
}

at::Tensor ActivationStore::features(const model::Classifier& classifier, const EncodedSet& set, std::int32_t pad_id,
                                     std::string_view stage, const ProgressCallback& progress) {
  const at::NoGradGuard no_grad;
  const PrefixCache cache = get(classifier, set, classifier.encoder().spec().depth(), pad_id, stage, progress);
  return classifier.features(cache.rows.to(classifier.device())).cpu();
}

at::Tensor ActivationStore::derived(std::string_view what, const std::vector<at::Tensor>& inputs, std::int64_t rows,
                                    std::int64_t columns, const std::function<at::Tensor()>& make) {
  Sha256 hash;
  hash.update_field(options_.environment);
  hash.update_field(what);
  for (const at::Tensor& input : inputs) update_tensor(hash, input);
  return recall(hash.hex().substr(0, 32), {rows, columns}, at::kFloat, make);
}

fs::path ActivationStore::file_of(const std::string& key) const { return options_.directory / (key + kExtension); }

at::Tensor ActivationStore::recall(const std::string& key, at::IntArrayRef sizes, at::ScalarType type,
                                   const std::function<at::Tensor()>& make) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.key == key; });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return entries_.front().rows;
  }
  at::Tensor rows = load(key, sizes, type);
  if (!rows.defined()) {
    const auto start = std::chrono::steady_clock::now();
    rows = make();
    save(key, rows, seconds_since(start));
  }
  remember(key, rows);
  return rows;
}

at::Tensor ActivationStore::load(const std::string& key, at::IntArrayRef sizes, at::ScalarType type) {
  std::error_code ignored;
  if (options_.directory.empty() || !fs::exists(file_of(key), ignored)) return {};
  try {
    const checkpoint::NamedTensors kept = checkpoint::read_safetensors(file_of(key));
    const at::Tensor& rows = kept.at(kRows);
    if (rows.scalar_type() != type || rows.sizes() != sizes) return {};
    const auto hash = kept.find(kHash);
    if (hash == kept.end() || !at::equal(hash->second, hash_of(rows))) {
      throw IoError(concat(file_of(key).string(), ": its content is not what was written; the file is damaged"));
    }
    reused_seconds_ += kept.at(kSeconds).item<double>();
    fs::last_write_time(file_of(key), fs::file_time_type::clock::now(), ignored);
    log_info(concat("activations: reusing ", file_of(key).string()));
    return rows;
  } catch (const std::exception& error) {
    log_warning(concat("activations: a cached file cannot be used and is made again: ", error.what()));
    return {};
  }
}

void ActivationStore::remember(const std::string& key, const at::Tensor& rows) {
  entries_.push_front({key, rows});
  std::int64_t held = 0;
  auto last = entries_.begin();
  while (last != entries_.end() && (last == entries_.begin() || held + bytes_of(last->rows) <= options_.memory_bytes)) {
    held += bytes_of(last->rows);
    ++last;
  }
  entries_.erase(last, entries_.end());
}

void ActivationStore::save(const std::string& key, const at::Tensor& rows, double seconds) const {
  if (options_.directory.empty() || bytes_of(rows) > options_.disk_bytes) return;
  try {
    make_directories(options_.directory);
    make_cache_room(options_.directory, kExtension, rows.nbytes(), static_cast<std::size_t>(options_.disk_bytes));
    CacheFile file(options_.directory, key + kExtension);
    checkpoint::write_safetensors(
        file.partial(), {{kRows, rows}, {kSeconds, at::scalar_tensor(seconds, at::kDouble)}, {kHash, hash_of(rows)}});
    file.keep();
  } catch (const std::exception& error) {
    log_warning(concat("activations: not kept on disk: ", error.what()));
  }
}

}  // namespace tt::training
