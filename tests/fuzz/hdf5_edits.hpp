// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <span>

class FuzzedDataProvider;

namespace gridring::fuzz {

/// Changes `objects` of a sound HDF5 file, or adds them, which makes another sound one, as the input says: links and
/// attributes go, datasets and attributes come back with other types, shapes and values, links lead nowhere, in circles
/// and into other files. What HDF5 itself makes of bytes that are no HDF5 is another matter (docs/security.md).
void edit_hdf5(const std::filesystem::path& file, std::span<const char* const> objects, FuzzedDataProvider& input);

}  // namespace gridring::fuzz
