// SPDX-License-Identifier: MIT
#include "store/hdf5_writer.hpp"

#include <hdf5_hl.h>

#include <algorithm>
#include <string_view>

#include "gridring/core/error.hpp"

namespace gridring::store {
namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;

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

Handle create_file(const std::string& path, OutputFile& output) {
    silence_hdf5();
    const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose), access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    output.use_in(access);
    return {check(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access), path, "cannot begin an HDF5 file"),
            H5Fclose};
}

}  // namespace

Writer::Writer(const std::filesystem::path& path, const std::string& format, std::int64_t version)
    : path_(path.string()), output_(path), file_(create_file(path_, output_)) {
    attribute("/", "gridring_format", format);
    attribute("/", "format_version", version);
}

RowDataset::RowDataset(Handle dataset, Shape shape, std::string what)
    : dataset_(std::move(dataset)), shape_(std::move(shape)), what_(std::move(what)) {}

void RowDataset::write_row(std::int64_t row, hid_t type, const void* values, std::size_t count) {
    auto start = extents_of(shape_), extents = extents_of(shape_);
    std::ranges::fill(start, 0);
    start.front() = static_cast<hsize_t>(row);
    extents.front() = 1;
    expects(row >= 0 && row < shape_.front() &&
                static_cast<std::size_t>(element_count(shape_)) == count * static_cast<std::size_t>(shape_.front()),
            what_ + " has such a row");
    const Handle here(H5Dget_space(dataset_), H5Sclose);
    const Handle memory(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose);
    check(H5Sselect_hyperslab(here, H5S_SELECT_SET, start.data(), nullptr, extents.data(), nullptr), what_,
          "cannot select a row");
    check(H5Dwrite(dataset_, type, memory, here, H5P_DEFAULT, values), what_, "cannot write a row");
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
    const Handle dataset = create(name, type, shape, creation_of(shape, type, packing));
    if (count > 0) check(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), path_, "cannot write " + name);
    output_.expect_whole();
}

Handle Writer::create(const std::string& name, hid_t type, const Shape& shape, hid_t creation) {
    return {
        check(H5Dcreate2(file_, name.c_str(), type, space_of(shape), with_groups_on_the_way(), creation, H5P_DEFAULT),
              path_, "cannot create " + name),
        H5Dclose};
}

RowDataset Writer::begin_rows(const std::string& name, const Shape& shape, hid_t type, const void* fill) {
    Shape row = shape;
    row.front() = 1;
    const Handle creation = creation_of(row, type, Packing::deflate);
    check(H5Pset_fill_value(creation, type, fill), path_, "cannot set the fill value of " + name);
    output_.expect_whole();
    return {create(name, type, shape, creation), shape, path_ + ": " + name};
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

void Writer::publish(const std::function<void()>& before_replacing) {
    const bool is_flushed = H5Fflush(file_, H5F_SCOPE_GLOBAL) >= 0;
    output_.expect_whole();  // says more than HDF5 knows
    check(is_flushed ? H5Fclose(file_.release()) : -1, path_, "cannot finish the HDF5 file");
    output_.publish(before_replacing);
}

}  // namespace gridring::store
