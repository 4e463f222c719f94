// SPDX-License-Identifier: MIT
#include "store/hdf5_writer.hpp"

#include <hdf5_hl.h>

#include <algorithm>
#include <string_view>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "store/file_seal.hpp"

namespace gridring::store {
namespace {

constexpr std::size_t chunk_bytes = 256 * 1024, growth_bytes = 4 * 1024 * 1024;

std::vector<hsize_t> extents_of(const Shape& shape) { return {shape.begin(), shape.end()}; }

Handle space_of(const Shape& shape) {
    const auto extents = extents_of(shape);
    return {shape.empty() ? H5Screate(H5S_SCALAR)
                          : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
            H5Sclose};
}

/// Leading axes are cut first, so that one region's hours lie together.
std::vector<hsize_t> chunk_of(const Shape& shape, std::size_t element_bytes) {
    auto chunk = extents_of(shape);
    const auto bytes = [&] {
        return std::accumulate(chunk.begin(), chunk.end(), hsize_t{element_bytes}, std::multiplies<>());
    };
    for (hsize_t& extent : chunk)
        while (extent > 1 && bytes() > chunk_bytes) extent = (extent + 1) / 2;
    return chunk;
}

Handle creation_of(const Shape& shape, hid_t type, Packing packing) {
    Handle list(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_obj_track_times(list, false);
    if (element_count(shape) == 0 || shape.empty() || H5Tis_variable_str(type) > 0) return list;  // no filter applies
    H5Pset_chunk(list, static_cast<int>(shape.size()), chunk_of(shape, H5Tget_size(type)).data());
    if (packing == Packing::deflate) {
        H5Pset_shuffle(list);
        H5Pset_deflate(list, 1);
    }
    H5Pset_fletcher32(list);
    return list;
}

Handle with_groups_on_the_way() {
    Handle list(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(list, 1);
    return list;
}

Handle create_in_memory(const std::string& path) {
    silence_hdf5();
    const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose), access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_fapl_core(access, growth_bytes, false);
    return {check(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access), path, "cannot begin an HDF5 file"),
            H5Fclose};
}

}  // namespace

Writer::Writer(const std::filesystem::path& path, const std::string& format, std::int64_t version)
    : path_(path.string()), file_(create_in_memory(path_)) {
    attribute("/", "gridring_format", format);
    attribute("/", "format_version", version);
}

void Writer::group(const std::string& name) {
    const Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
    H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    const Handle made(check(H5Gcreate2(file_, name.c_str(), with_groups_on_the_way(), creation, H5P_DEFAULT), path_,
                            "cannot create group " + name),
                      H5Gclose);
}

void Writer::write_dataset(const std::string& name, const Shape& shape, hid_t type, const void* values,
                           std::size_t count, Packing packing) {
    expects(element_count(shape) == static_cast<std::int64_t>(count),
            name + " has " + std::to_string(count) + " values for shape " + extents_text(shape));
    const std::string what = "cannot write " + name;
    const Handle dataset(check(H5Dcreate2(file_, name.c_str(), type, space_of(shape), with_groups_on_the_way(),
                                          creation_of(shape, type, packing), H5P_DEFAULT),
                               path_, what),
                         H5Dclose);
    if (count > 0) check(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), path_, what);
}

void Writer::texts(const std::string& name, const std::vector<std::string>& values) {
    std::vector<const char*> pointers(values.size());
    std::ranges::transform(values, pointers.begin(), &std::string::c_str);
    write_dataset(name, {static_cast<std::int64_t>(values.size())}, text_type(), pointers.data(), pointers.size(),
                  Packing::plain);
}

Handle Writer::open(const std::string& name) const {
    return {check(H5Oopen(file_, name.c_str(), H5P_DEFAULT), path_, "cannot open " + name), H5Oclose};
}

void Writer::make_scale(const std::string& name) {
    const std::string label = name.substr(name.rfind('/') + 1);
    check(H5DSset_scale(open(name), label.c_str()), path_, "cannot make a dimension scale of " + name);
}

void Writer::label(const std::string& name, const std::vector<std::string>& scales) {
    const Handle dataset = open(name);
    for (unsigned axis = 0; axis < scales.size(); ++axis)
        check(H5DSattach_scale(dataset, open(scales[axis]), axis), path_,
              "cannot label " + name + " by " + scales[axis]);
}

void Writer::write_attribute(const std::string& object, const std::string& name, hid_t type, const void* value,
                             const Shape& shape) {
    const std::string what = "cannot write attribute " + name + " of " + object;
    const Handle made(
        check(H5Acreate2(open(object), name.c_str(), type, space_of(shape), H5P_DEFAULT, H5P_DEFAULT), path_, what),
        H5Aclose);
    check(H5Awrite(made, type, value), path_, what);
}

void Writer::attribute(const std::string& object, const std::string& name, const std::string& text) {
    write_text_attribute(open(object), path_, name, text);
}

void Writer::attributes(const std::string& object, const Attributes& texts) {
    for (const auto& [name, text] : texts) attribute(object, name, text);
}

void Writer::publish() {
    check(H5Fflush(file_, H5F_SCOPE_GLOBAL), path_, "cannot finish the HDF5 file");
    const auto size =
        static_cast<std::size_t>(check(H5Fget_file_image(file_, nullptr, 0), path_, "cannot measure the file"));
    std::string bytes;
    bytes.reserve(size + seal_bytes);
    bytes.resize(size);
    check(H5Fget_file_image(file_, bytes.data(), size), path_, "cannot take the HDF5 file out of memory");
    write_file_atomically(path_, bytes += seal_of(bytes));
}

}  // namespace gridring::store
