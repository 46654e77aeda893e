#pragma once

namespace tt {

/// Gives memory back to the system that is not needed now: what was freed and kept for later, and the pages of mapped
/// files (`MappedFile`), which are read again when they are needed.
void release_memory();

}  // namespace tt
