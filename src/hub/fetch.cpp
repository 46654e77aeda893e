#include "hub/cache.hpp"
#include "hub/git_hash.hpp"
#include "hub/http.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/file_lock.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/owned_files.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/hub/hub.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>

namespace tt::hub {
namespace {

namespace fs = std::filesystem;

constexpr int kAttempts = 5;
constexpr const char* kDescription = "its description";
constexpr std::size_t kMostListed = std::size_t{32} << 20U;  ///< bytes of a repository's description
constexpr std::size_t kSha256Digits = 64;
constexpr std::size_t kGitDigits = 40;

/// What the hub says of a file.
struct Facts {
  std::string etag;  ///< SHA-256 of a large file, git's hash of a small one
  std::optional<std::uint64_t> bytes;
};

/// A model at one revision, on its way into the cache.
class Fetch {
 public:
  Fetch(const Settings& settings, std::string name, std::string revision, const ProgressCallback& progress)
      : settings_(settings),
        name_(std::move(name)),
        revision_(std::move(revision)),
        cache_(settings.cache, name_),
        progress_(progress) {}

  fs::path run() {
    const auto [commit, files] = describe();
    const std::vector<std::string> needed = needed_files(files);
    if (std::ranges::none_of(needed, [](const std::string& file) { return file.ends_with("config.json"); })) {
      throw CheckpointError(
          concat(name_, ": the model on the hub has no config.json; expected a transformers encoder"));
    }
    for (const std::string& file : needed) get(commit, file);
    if (std::ranges::find(needed, "modules.json") == needed.end()) cache_.note_absent(commit, "modules.json");
    // Last, so that others find the revision when all of it is there.
    cache_.set_commit(revision_, commit);
    return cache_.snapshot(commit);
  }

 private:
  [[noreturn]] void refuse(const Reply& reply, const std::string& what) const {
    const long status = reply.status;
    if (status == 404 && what != kDescription) {
      throw CheckpointError(concat(name_, ": ", settings_.endpoint, " lists ", what, " and does not have it (404)"));
    }
    if (status == 404) {
      throw CheckpointError(concat(name_, ": no directory of that name, and no model of that name and revision (",
                                   quote(revision_), ") on ", settings_.endpoint,
                                   "; expected the directory of an encoder, or a model's name as the hub spells it; a "
                                   "private one needs HF_TOKEN"));
    }
    if (status == 401 || status == 403) {
      throw CheckpointError(concat(
          name_, ": no directory of that name, and ", settings_.endpoint, " does not let it be read (", status, "): ",
          settings_.token.empty() ? "there is no such model, or it is private or gated; accept its terms there and "
                                    "set HF_TOKEN"
                                  : "the token may not read it; accept the model's terms there, or check HF_TOKEN"));
    }
    throw IoError(concat(name_, ": ", what, ": the hub answered ", status, "; try again later"));
  }

  /// `attempt` until it does what it is to, or does not fail in passing.
  template <class Attempt>
  auto patiently(const std::string& what, const Attempt& attempt) {
    double pause = settings_.first_pause;
    for (int tried = 1;; ++tried) {
      try {
        return attempt();
      } catch (const PassingFailure& failure) {
        if (tried == kAttempts) {
          throw IoError(concat(name_, ": ", what, " could not be fetched, tried ", tried, " times: ", failure.what(),
                               "; where there is no network, fetch the model elsewhere and name its directory"));
        }
        log_info(concat(failure.what(), "; trying again"));
      }
      for (const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(pause);
           std::chrono::steady_clock::now() < until;) {
        throw_if_interrupted();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
      pause *= 2;
    }
  }

  /// Sends a request whose answer must be of status 200 or 206, or for a look at a file's headers a redirection.
  [[nodiscard]] Reply ask(const Request& request, const std::string& what) const {
    Reply reply = send(settings_, request);
    if (reply.status == 200 || reply.status == 206 || (request.head && reply.status >= 300 && reply.status < 400)) {
      return reply;
    }
    if (reply.status == 429 || reply.status == 408 || reply.status >= 500) {
      throw PassingFailure(concat(what, ": the hub answered ", reply.status));
    }
    refuse(reply, what);
  }

  static std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) c == '/' ? out += "%2F" : out += c;
    return out;
  }

  /// The commit that the revision is, and its files.
  std::pair<std::string, std::vector<std::string>> describe() {
    const std::string url = concat(settings_.endpoint, "/api/models/", name_, "/revision/", escaped(revision_));
    const std::string text = patiently(kDescription, [&] {
      std::string body;
      (void)ask({.url = url,
                 .take =
                     [&](const Reply& /*reply*/, std::string_view bytes) {
                       body += bytes;
                       return body.size() <= kMostListed;
                     }},
                kDescription);
      return body;
    });
    const nlohmann::json about = parse_json_object(text, url, ErrorKind::checkpoint);
    const nlohmann::json commit = about.value("sha", nlohmann::json());
    const nlohmann::json siblings = about.value("siblings", nlohmann::json());
    if (!commit.is_string() || !is_commit(commit.get<std::string>()) || !siblings.is_array()) {
      throw CheckpointError(concat(url,
                                   ": found no \"sha\" and \"siblings\", as a hub describes a model by; check "
                                   "HF_ENDPOINT"));
    }
    std::vector<std::string> files;
    for (const nlohmann::json& each : siblings) {
      if (!each.is_object()) continue;
      const nlohmann::json file = each.value("rfilename", nlohmann::json());
      if (file.is_string()) files.push_back(file.get<std::string>());
    }
    return {commit.get<std::string>(), files};
  }

  [[nodiscard]] std::string url_of(const std::string& commit, const std::string& file) const {
    return concat(settings_.endpoint, "/", name_, "/resolve/", commit, "/", file);
  }

  Facts look_at(const std::string& commit, const std::string& file) {
    const Reply reply = patiently(file, [&] { return ask({.url = url_of(commit, file), .head = true}, file); });
    Facts facts;
    facts.etag = reply.header("x-linked-etag").empty() ? reply.header("etag") : reply.header("x-linked-etag");
    if (facts.etag.starts_with("W/")) facts.etag.erase(0, 2);
    std::erase(facts.etag, '"');
    const bool is_plain = !facts.etag.empty() && facts.etag.size() <= 128 &&
                          std::ranges::all_of(facts.etag, [](unsigned char c) { return std::isalnum(c) != 0; });
    if (!is_plain) {
      throw CheckpointError(concat(url_of(commit, file), ": its ETag is ", quote(facts.etag),
                                   ", expected a hash, as a hub gives; check HF_ENDPOINT"));
    }
    std::string bytes = reply.header("x-linked-size");
    if (bytes.empty() && reply.status == 200) bytes = reply.header("content-length");
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
    if (!bytes.empty() && error == std::errc() && end == bytes.data() + bytes.size()) facts.bytes = number;
    return facts;
  }

  void get(const std::string& commit, const std::string& file) {
    std::error_code ignored;
    if (fs::exists(cache_.snapshot(commit) / file, ignored)) return;
    const Facts facts = look_at(commit, file);
    const fs::path blob = cache_.blob(facts.etag);
    make_directories(blob.parent_path());
    const FileLock lock(cache_.lock(facts.etag));
    if (!fs::exists(blob, ignored)) {
      fs::path partial = blob;
      partial += ".incomplete";
      download(commit, file, facts, partial);
      keep_download(partial);
    }
    cache_.link(commit, file, facts.etag);
  }

  static std::uint64_t size_of(const fs::path& path) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    return error ? 0 : size;
  }

  void download(const std::string& commit, const std::string& file, const Facts& facts, const fs::path& partial) {
    for (int tried = 1;; ++tried) {
      receive(commit, file, facts, partial);
      const std::string fault = find_fault(facts, partial);
      if (fault.empty()) return;
      discard_download(partial);
      // What an earlier process left may have been at fault.
      if (tried == 2) {
        throw CheckpointError(concat(url_of(commit, file), ": ", fault,
                                     "; what came was removed. Try again, or fetch the model elsewhere and name its "
                                     "directory"));
      }
      log_warning(concat(file, ": ", fault, "; fetching it anew"));
    }
  }

  /// Appends to `partial` what it lacks.
  void receive(const std::string& commit, const std::string& file, const Facts& facts, const fs::path& partial) {
    log_info(concat("fetching ", name_, "/", file, facts.bytes ? concat(" (", *facts.bytes, " bytes)") : ""));
    patiently(file, [&] {
      std::uint64_t done = facts.bytes ? size_of(partial) : 0;
      if (facts.bytes && done >= *facts.bytes && done > 0) return;
      std::optional<FileWriter> out;
      const Request request{
          .url = url_of(commit, file), .from = done, .take = [&](const Reply& reply, std::string_view bytes) {
            if (!out) {
              // A server that does not know of parts sends all of it.
              const bool goes_on =
                  reply.status == 206 && reply.header("content-range").starts_with(concat("bytes ", done, "-"));
              if (!goes_on && reply.status == 206) throw PassingFailure(concat(file, ": the hub sent another part"));
              if (!goes_on) done = 0;
              out.emplace(partial, goes_on ? FileWriter::Mode::append : FileWriter::Mode::anew);
            }
            out->write(bytes);
            done += bytes.size();
            if (progress_) progress_({.stage = "fetch " + file, .done = done, .total = facts.bytes.value_or(done)});
            return !facts.bytes || done <= *facts.bytes;
          }};
      try {
        (void)ask(request, file);
      } catch (const PassingFailure&) {
        if (out) out->flush();  // so that the next attempt goes on from there
        throw;
      } catch (const InterruptedError&) {
        if (out) out->flush();
        throw;
      }
      if (!out) out.emplace(partial, FileWriter::Mode::anew);  // an empty file
      out->close();
      if (facts.bytes && done < *facts.bytes) {
        throw PassingFailure(concat(file, ": ", done, " of ", *facts.bytes, " bytes came"));
      }
    });
  }

  /// What is wrong with what came; empty: it is what the hub says.
  static std::string find_fault(const Facts& facts, const fs::path& partial) {
    const std::uint64_t bytes = size_of(partial);
    if (facts.bytes && bytes != *facts.bytes) return concat(bytes, " bytes came, expected ", *facts.bytes);
    const bool is_sha256 = facts.etag.size() == kSha256Digits;
    if (!is_sha256 && facts.etag.size() != kGitDigits) {
      log_warning(concat(partial.string(), ": what came could not be checked: the hub names no hash that is known"));
      return "";
    }
    const std::string found = is_sha256 ? sha256_of_file(partial, ErrorKind::io) : git_hash(partial);
    if (found == facts.etag) return "";
    return concat("what came has the ", is_sha256 ? "SHA-256 " : "git hash ", found, ", expected ", facts.etag);
  }

  const Settings& settings_;
  std::string name_;
  std::string revision_;
  ModelCache cache_;
  const ProgressCallback& progress_;
};

}  // namespace

std::optional<fs::path> find_cached(const Settings& settings, const std::string& name, const std::string& revision) {
  check_revision(revision);
  const ModelCache cache(settings.cache, name);
  const std::optional<std::string> commit = cache.commit_of(revision);
  if (!commit || !looks_whole(cache.snapshot(*commit))) return std::nullopt;
  return cache.snapshot(*commit);
}

fs::path fetch(const Settings& settings, const std::string& name, const std::string& revision,
               const ProgressCallback& progress) {
  const std::optional<fs::path> cached = find_cached(settings, name, revision);
  if (cached) {
    // Python may have fetched the encoder alone, without what says how its vectors are pooled.
    const std::string commit = cached->filename().string();
    std::error_code ignored;
    const bool knows_modules = fs::exists(*cached / "modules.json", ignored) ||
                               ModelCache(settings.cache, name).is_absent(commit, "modules.json");
    if (settings.offline || knows_modules) return *cached;
    try {
      return Fetch(settings, name, commit, progress).run();
    } catch (const InterruptedError&) {
      throw;
    } catch (const Error& error) {
      log_warning(concat(error.what(), "; going on with ", cached->string()));
      return *cached;
    }
  }
  if (settings.offline) {
    throw CheckpointError(concat(name, ": no directory of that name, and the hub's cache, ", settings.cache.string(),
                                 ", has no model of that name and revision (", quote(revision),
                                 "), with HF_HUB_OFFLINE set; unset that once to fetch it, or name a directory"));
  }
  log_info(concat(name, ": fetching the model from ", settings.endpoint, " into ", settings.cache.string()));
  return Fetch(settings, name, revision, progress).run();
}

}  // namespace tt::hub
