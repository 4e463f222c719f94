// SPDX-License-Identifier: MIT
#include "store/hdf5_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/store/encryption.hpp"
#include "store/file_seal.hpp"

namespace gridring::store {
namespace {

/// None of a plain file.
std::unique_ptr<MemoryImage> decrypted(const std::string& path) {
    if (!is_encrypted(path)) return nullptr;
    auto image = std::make_unique<MemoryImage>();
    std::ifstream file(path, std::ios::binary);
    decrypt(
        source_of(file), [&](Bytes plain) { image->write(image->size(), plain.size(), plain.data()); }, path);
    return image;
}

Handle open_file(const std::string& path, const std::string& format, Seal seal, MemoryImage* image) {
    const std::string expected = fmt::format("a gridring {} file", format);
    if (image != nullptr) return open_read_only(path, expected, image);
    if (seal == Seal::checked) check_seal(path);
    Handle file = open_read_only(path, expected);
    if (has_key())
        log::warning(fmt::format("{}: read, but not encrypted, though a key is in use. Mend: gridring encrypt", path));
    return file;
}

/// Text of an attribute or dataset element of either kind of HDF5 string, `count` of them.
template <class Read>
std::vector<std::string> read_texts(hid_t type, std::size_t count, Read&& read) {
    std::vector<std::string> texts;
    if (H5Tis_variable_str(type) > 0) {
        std::vector<char*> pointers(count, nullptr);
        const Handle space(H5Screate_simple(1, std::vector<hsize_t>{count}.data(), nullptr), H5Sclose);
        read(text_type(), pointers.data());
        for (const char* pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
        H5Dvlen_reclaim(text_type(), space, H5P_DEFAULT, pointers.data());
        return texts;
    }
    const std::size_t width = H5Tget_size(type);
    std::string bytes(count * width, '\0');
    read(Handle(H5Tcopy(type), H5Tclose), bytes.data());
    for (std::size_t i = 0; i < count; ++i) texts.emplace_back(bytes.substr(i * width, width).c_str());
    return texts;
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* names) {
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
    return 0;
}
herr_t collect_attribute(hid_t, const char* name, const H5A_info_t*, void* names) {
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
    return 0;
}

}  // namespace

Reader::Reader(const std::filesystem::path& path, const std::string& format, Versions versions, Seal seal)
    : path_(path.string()), image_(decrypted(path_)), file_(open_file(path_, format, seal, image_.get())) {
    const std::string found = text("/", "gridring_format");
    if (found != format)
        reject(fmt::format("expected a gridring {} file (root attribute gridring_format), found {}", format,
                           found.empty() ? "an HDF5 file of another kind" : "a " + found + " file"));
    if (const auto number_found = number("/", "format_version");
        number_found < versions.oldest || number_found > versions.newest)
        reject(fmt::format(
            "{} file of format_version {}, expected {}; read it with the gridring that wrote it, or make it again",
            format, number_found,
            versions.oldest == versions.newest ? fmt::format("{}", versions.newest)
                                               : fmt::format("{} to {}", versions.oldest, versions.newest)));
}

void Reader::reject(const std::string& message) const { throw StoreError(path_, message); }

Handle Reader::open(const std::string& name) const {
    return {check(H5Oopen(file_, name.c_str(), H5P_DEFAULT), path_, "cannot open " + name), H5Oclose};
}

Handle Reader::open_dataset(const std::string& name) const {
    return {check(H5Dopen2(file_, name.c_str(), H5P_DEFAULT), path_, "expected dataset " + name + ", found none"),
            H5Dclose};
}

bool Reader::has(const std::string& name) const { return H5Lexists(file_, name.c_str(), H5P_DEFAULT) > 0; }

std::vector<std::string> Reader::datasets(const std::string& group) const {
    std::vector<std::string> names;
    const Handle folder = open(group);
    hsize_t position = 0;
    if (H5Literate(folder, H5_INDEX_CRT_ORDER, H5_ITER_INC, &position, collect_name, &names) < 0) {
        names.clear();  // a file that another program wrote may keep no such order
        position = 0;
        check(H5Literate(folder, H5_INDEX_NAME, H5_ITER_INC, &position, collect_name, &names), path_,
              "cannot list " + group);
    }
    std::erase_if(names, [&](const std::string& name) {
        const Handle object(H5Oopen(folder, name.c_str(), H5P_DEFAULT), H5Oclose);
        return H5Iget_type(object) != H5I_DATASET;
    });
    return names;
}

Shape Reader::shape(const std::string& name) const { return shape_of(open_dataset(name), path_, name); }

void Reader::require_shape(const std::string& name, const Shape& expected) const {
    if (const Shape found = shape(name); found != expected)
        reject(fmt::format("{} should be {}, found {}", name, extents_text(expected), extents_text(found)));
}

void Reader::read_block(const std::string& name, const Shape& start, const Shape& count, hid_t type,
                        void* values) const {
    const std::string what = "cannot read " + name;
    const Handle dataset = open_dataset(name);
    if (element_count(count) == 0) return;
    if (count.empty()) {
        check(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), path_, what);
        return;
    }
    const std::vector<hsize_t> from(start.begin(), start.end()), extent(count.begin(), count.end());
    const Handle here(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose);
    const Handle there(check(H5Dget_space(dataset), path_, what), H5Sclose);
    check(H5Sselect_hyperslab(there, H5S_SELECT_SET, from.data(), nullptr, extent.data(), nullptr), path_, what);
    check(H5Dread(dataset, type, here, there, H5P_DEFAULT, values), path_, what);
}

Hour Reader::hour(const std::string& name, std::int64_t hours) const {
    using namespace std::chrono;
    constexpr Hour first = sys_days{year{1} / 1 / 1}, end = sys_days{year{10'000} / 1 / 1};
    if (hours < epoch_hours(first) || hours >= epoch_hours(end))
        reject(fmt::format("{} should hold hours of the years 1 to 9999, found {} since 1970", name, hours));
    return from_epoch_hours(hours);
}

std::vector<std::string> Reader::texts(const std::string& name) const {
    const auto count = static_cast<std::size_t>(element_count(shape(name)));
    const Handle dataset = open_dataset(name);
    const Handle type(check(H5Dget_type(dataset), path_, name), H5Tclose);
    if (H5Tget_class(type) != H5T_STRING) reject(name + " should hold text");
    expect_memory(static_cast<std::int64_t>(count), H5Tget_size(type), path_, name);
    return read_texts(type, count, [&](hid_t memory, void* values) {
        check(H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), path_, "cannot read " + name);
    });
}

std::optional<std::string> Reader::find_text(const std::string& object, const std::string& attribute) const {
    if (H5Aexists_by_name(file_, object.c_str(), attribute.c_str(), H5P_DEFAULT) <= 0) return std::nullopt;
    const std::string what = "cannot read attribute " + attribute + " of " + object;
    const Handle held(
        check(H5Aopen_by_name(file_, object.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT), path_, what),
        H5Aclose);
    const Handle type(check(H5Aget_type(held), path_, what), H5Tclose),
        space(check(H5Aget_space(held), path_, what), H5Sclose);
    if (H5Tget_class(type) != H5T_STRING || H5Sget_simple_extent_npoints(space) != 1) return std::nullopt;
    return read_texts(type, 1, [&](hid_t memory, void* value) { check(H5Aread(held, memory, value), path_, what); })
        .front();
}

std::int64_t Reader::number(const std::string& object, const std::string& attribute) const {
    const std::string what = "expected number attribute " + attribute + " of " + object;
    const Handle held(
        check(H5Aopen_by_name(file_, object.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT), path_, what),
        H5Aclose);
    const Handle space(check(H5Aget_space(held), path_, what), H5Sclose);
    if (H5Sget_simple_extent_npoints(space) != 1) reject(what + ", found several");
    std::int64_t value = 0;
    check(H5Aread(held, H5T_NATIVE_INT64, &value), path_, what);
    return value;
}

Attributes Reader::attributes(const std::string& object) const {
    std::vector<std::string> names;
    hsize_t position = 0;
    check(H5Aiterate_by_name(file_, object.c_str(), H5_INDEX_NAME, H5_ITER_INC, &position, collect_attribute, &names,
                             H5P_DEFAULT),
          path_, "cannot list the attributes of " + object);
    Attributes all;
    for (const std::string& name : names)
        if (auto value = find_text(object, name)) all.emplace(name, *std::move(value));
    return all;
}

}  // namespace gridring::store
