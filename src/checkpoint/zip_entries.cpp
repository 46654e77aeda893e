#include "checkpoint/zip_entries.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

// The format: "APPNOTE.TXT - .ZIP File Format Specification" 6.3, with the fields of 64 bits that it calls ZIP64.

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using Bytes = std::span<const std::byte>;

constexpr std::uint64_t kEndBytes = 22;  ///< of the record that ends an archive, without its comment
constexpr std::uint64_t kMostComment = 65535;
constexpr std::uint64_t kLocatorBytes = 20;  ///< of the record that says where the 64-bit end is
constexpr std::uint64_t kEnd64Bytes = 56;
constexpr std::uint64_t kEntryBytes = 46;  ///< of a directory entry, without name, extras and comment
constexpr std::uint64_t kLocalBytes = 30;  ///< of what stands in front of a file, likewise
constexpr std::uint32_t kEndMark = 0x0605'4b50;
constexpr std::uint32_t kEnd64Mark = 0x0606'4b50;
constexpr std::uint32_t kLocatorMark = 0x0706'4b50;
constexpr std::uint32_t kEntryMark = 0x0201'4b50;
constexpr std::uint32_t kLocalMark = 0x0403'4b50;
constexpr std::uint16_t kExtra64 = 1;
constexpr std::uint64_t kIn64 = 0xffff'ffff;  ///< says that the field's value stands among the extras

/// An archive's bytes, read by place; every read is checked.
class Reader {
 public:
  Reader(Bytes bytes, const fs::path& file) : bytes_(bytes), file_(&file) {}

  [[noreturn]] void fail(const std::string& message) const {
    throw CheckpointError(concat(file_->string(), ": ", message));
  }
  [[nodiscard]] Bytes at(std::uint64_t place, std::uint64_t count) const {
    if (place > bytes_.size() || count > bytes_.size() - place) {
      fail(concat("its zip directory speaks of ", count, " bytes at ", place, ", but the file has ", bytes_.size(),
                  "; it is truncated or damaged"));
    }
    return bytes_.subspan(place, count);
  }
  [[nodiscard]] std::string_view text(std::uint64_t place, std::uint64_t count) const {
    const Bytes bytes = at(place, count);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // NOLINT
  }
  template <class Integer>
  [[nodiscard]] Integer number(std::uint64_t place) const {
    Integer value = 0;
    const Bytes bytes = at(place, sizeof(Integer));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      value = static_cast<Integer>(value | static_cast<Integer>(std::to_integer<Integer>(bytes[i]) << (8 * i)));
    }
    return value;
  }
  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }

 private:
  Bytes bytes_;
  const fs::path* file_;
};

struct Directory {
  std::uint64_t begin = 0;
  std::uint64_t bytes = 0;
};

/// Where the record that ends the archive starts.
std::uint64_t find_end(const Reader& zip) {
  const std::uint64_t most = std::min(zip.size(), kEndBytes + kMostComment);
  for (std::uint64_t back = kEndBytes; back <= most; ++back) {
    const std::uint64_t place = zip.size() - back;
    if (zip.number<std::uint32_t>(place) == kEndMark && zip.number<std::uint16_t>(place + 20) == back - kEndBytes) {
      return place;
    }
  }
  zip.fail("starts like a zip archive and does not end like one; the file is truncated or damaged");
}

Directory find_directory(const Reader& zip) {
  const std::uint64_t end = find_end(zip);
  Directory directory{zip.number<std::uint32_t>(end + 16), zip.number<std::uint32_t>(end + 12)};
  std::uint64_t limit = end;
  if (end >= kLocatorBytes && zip.number<std::uint32_t>(end - kLocatorBytes) == kLocatorMark) {
    const auto end64 = zip.number<std::uint64_t>(end - kLocatorBytes + 8);
    (void)zip.at(end64, kEnd64Bytes);
    if (zip.number<std::uint32_t>(end64) != kEnd64Mark) zip.fail("its zip directory is damaged: it has no 64-bit end");
    directory = {zip.number<std::uint64_t>(end64 + 48), zip.number<std::uint64_t>(end64 + 40)};
    limit = end64;
  }
  if (directory.begin > limit || directory.bytes > limit - directory.begin) {
    zip.fail("its zip directory reaches beyond its end; the file is damaged");
  }
  return directory;
}

/// Reads the fields of 64 bits that stand among an entry's extras, in their order, in place of those that say so.
void read_extras(const Reader& zip, std::uint64_t place, std::uint64_t end,
                 std::initializer_list<std::uint64_t*> fields) {
  while (place + 4 <= end) {
    const auto kind = zip.number<std::uint16_t>(place);
    const std::uint64_t next = place + 4 + zip.number<std::uint16_t>(place + 2);
    if (next > end) zip.fail("its zip directory is damaged: an entry's extras are longer than they may be");
    place += 4;
    for (std::uint64_t* field : fields) {
      if (kind != kExtra64 || *field != kIn64 || place + 8 > next) continue;
      *field = zip.number<std::uint64_t>(place);
      place += 8;
    }
    place = next;
  }
}

/// The bytes of the file `name` whose header stands at `header`.
Bytes file_bytes(const Reader& zip, std::string_view name, std::uint64_t header, std::uint64_t size,
                 const Directory& directory) {
  (void)zip.at(header, kLocalBytes);
  const std::uint64_t name_bytes = zip.number<std::uint16_t>(header + 26);
  if (zip.number<std::uint32_t>(header) != kLocalMark || zip.text(header + kLocalBytes, name_bytes) != name) {
    zip.fail(concat("the zip archive has no file ", quote(name), " where its directory says; it is damaged"));
  }
  const std::uint64_t begin = header + kLocalBytes + name_bytes + zip.number<std::uint16_t>(header + 28);
  if (begin > directory.begin || size > directory.begin - begin) {
    zip.fail(concat("the file ", quote(name), " in the zip archive reaches into its directory; it is damaged"));
  }
  return zip.at(begin, size);
}

}  // namespace

std::map<std::string, Bytes, std::less<>> zip_entries(Bytes archive, const fs::path& file) {
  const Reader zip(archive, file);
  const Directory directory = find_directory(zip);
  std::map<std::string, Bytes, std::less<>> entries;
  const std::uint64_t end = directory.begin + directory.bytes;
  for (std::uint64_t place = directory.begin; place < end;) {
    if (end - place < kEntryBytes || zip.number<std::uint32_t>(place) != kEntryMark) {
      zip.fail(concat("its zip directory is damaged: found no entry at ", place));
    }
    const std::uint64_t name_bytes = zip.number<std::uint16_t>(place + 28);
    const std::uint64_t extra_bytes = zip.number<std::uint16_t>(place + 30);
    const std::uint64_t next = place + kEntryBytes + name_bytes + extra_bytes + zip.number<std::uint16_t>(place + 32);
    if (next > end) zip.fail("its zip directory is damaged: an entry reaches beyond it");
    const std::string name(zip.text(place + kEntryBytes, name_bytes));
    std::uint64_t packed = zip.number<std::uint32_t>(place + 20);
    std::uint64_t size = zip.number<std::uint32_t>(place + 24);
    std::uint64_t header = zip.number<std::uint32_t>(place + 42);
    const std::uint64_t extras = place + kEntryBytes + name_bytes;
    read_extras(zip, extras, extras + extra_bytes, {&size, &packed, &header});
    const bool encrypted = (zip.number<std::uint16_t>(place + 8) & 1U) != 0;
    const bool compressed = zip.number<std::uint16_t>(place + 10) != 0 || packed != size;
    if (encrypted || compressed) {
      zip.fail(concat("the file ", quote(name), " in the zip archive is ", encrypted ? "encrypted" : "compressed",
                      "; expected it stored as it is, as torch.save writes it"));
    }
    if (!entries.emplace(name, file_bytes(zip, name, header, size, directory)).second) {
      zip.fail(concat("the zip archive has two files ", quote(name), "; expected one"));
    }
    place = next;
  }
  return entries;
}

}  // namespace tt::checkpoint
