#include "hub/git_hash.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::hub {

std::string git_hash(const std::filesystem::path& file) {
  const MappedFile mapped(file, ErrorKind::io);
  Sha1 hash;
  hash.update(concat("blob ", mapped.bytes().size(), '\0'));
  hash.update(mapped.bytes());
  return hash.hex();
}

}  // namespace tt::hub
