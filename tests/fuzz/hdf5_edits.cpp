// SPDX-License-Identifier: MIT
#include "fuzz/hdf5_edits.hpp"

#include <fuzzer/FuzzedDataProvider.h>

#include <cstring>
#include <vector>

#include "store/hdf5_support.hpp"

namespace gridring::fuzz {
namespace {

using store::Handle;

constexpr const char* attributes[] = {"gridring_format",
                                      "format_version",
                                      "units",
                                      "source_code",
                                      "flag_meanings",
                                      "cleaning_method",
                                      "step",
                                      "config",
                                      "variable",
                                      "source",
                                      "retrieved_at",
                                      "DIMENSION_LABELS",
                                      "new"};

Handle string_type(FuzzedDataProvider& input) {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type, input.ConsumeBool() ? H5T_VARIABLE : input.ConsumeIntegralInRange<std::size_t>(1, 40));
    if (input.ConsumeBool()) H5Tset_strpad(type, H5T_STR_SPACEPAD);
    return type;
}

Handle compound_type() {
    Handle type(H5Tcreate(H5T_COMPOUND, 16), H5Tclose);
    H5Tinsert(type, "a", 0, H5T_NATIVE_INT64);
    H5Tinsert(type, "b", 8, H5T_NATIVE_DOUBLE);
    return type;
}

Handle enumeration() {
    Handle type(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);
    const std::int8_t no = 0, yes = 1;
    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    return type;
}

Handle any_type(FuzzedDataProvider& input) {
    switch (input.ConsumeIntegralInRange(0, 5)) {
        case 0:
            return string_type(input);
        case 1:
            return compound_type();
        case 2:
            return enumeration();
        case 3: {
            const hsize_t extent = 3;
            return {H5Tarray_create2(H5T_STD_I16BE, 1, &extent), H5Tclose};
        }
        default: {
            const hid_t plain[] = {H5T_IEEE_F64LE, H5T_IEEE_F32BE, H5T_STD_I64LE, H5T_STD_U64BE,
                                   H5T_STD_U8LE,   H5T_STD_I16LE,  H5T_STD_B8LE,  H5T_STD_REF_OBJ};
            return {H5Tcopy(input.PickValueInArray(plain)), H5Tclose};
        }
    }
}

/// Few elements, or more than any memory holds.
Handle any_space(FuzzedDataProvider& input, bool may_be_huge) {
    const int rank = input.ConsumeIntegralInRange(-1, 4);
    if (rank < 0) return {H5Screate(H5S_NULL), H5Sclose};
    if (rank == 0) return {H5Screate(H5S_SCALAR), H5Sclose};
    std::vector<hsize_t> extents;
    for (int axis = 0; axis < rank; ++axis) extents.push_back(input.ConsumeIntegralInRange<hsize_t>(0, 6));
    if (may_be_huge && input.ConsumeIntegralInRange(0, 7) == 0)
        extents.front() = hsize_t{1} << input.ConsumeIntegralInRange(42, 62);
    return {H5Screate_simple(rank, extents.data(), nullptr), H5Sclose};
}

/// Least and most whole numbers, NaN and infinity in fp64 and fp32, an hour of our days.
constexpr std::uint64_t corners[] = {0,
                                     1,
                                     0x7fff'ffff'ffff'ffff,
                                     0x8000'0000'0000'0000,
                                     0xffff'ffff'ffff'ffff,
                                     0x7ff8'0000'0000'0000,
                                     0x7ff0'0000'0000'0000,
                                     0x7fc0'0000'ff80'0000,
                                     470'000};

std::vector<std::uint8_t> bytes_of(FuzzedDataProvider& input, std::size_t size) {
    if (input.ConsumeBool()) return input.ConsumeBytes<std::uint8_t>(size);
    std::vector<std::uint8_t> bytes(size);
    std::uint64_t corner = input.PickValueInArray(corners);
    const bool counts = input.ConsumeBool();
    for (std::size_t at = 0; at + sizeof corner <= size; at += sizeof corner) {
        std::memcpy(bytes.data() + at, &corner, sizeof corner);
        corner = counts ? corner + 1 : corner;
    }
    return bytes;
}

/// Memory for what a type and a space ask for, out of the input; texts of any length point into `text`.
struct Values {
    Values(FuzzedDataProvider& input, hid_t type, hid_t space)
        : text(H5Tis_variable_str(type) > 0 ? input.ConsumeRandomLengthString(40) : "") {
        const hssize_t points = H5Sget_simple_extent_npoints(space);
        const auto count = static_cast<std::size_t>(points < 0 || points > 2000 ? 0 : points);
        if (H5Tis_variable_str(type) > 0)
            for (std::size_t i = 0; i < count; ++i) texts.push_back(input.ConsumeBool() ? text.c_str() : nullptr);
        else
            bytes = bytes_of(input, count * H5Tget_size(type));
        bytes.resize(count * H5Tget_size(type));
        has_values = count > 0;
    }
    const void* data() const { return texts.empty() ? static_cast<const void*>(bytes.data()) : texts.data(); }

    std::string text;
    std::vector<std::uint8_t> bytes;
    std::vector<const char*> texts;
    bool has_values = false;
};

void put_attribute(hid_t file, const char* object, FuzzedDataProvider& input) {
    const char* name = input.PickValueInArray(attributes);
    if (H5Aexists_by_name(file, object, name, H5P_DEFAULT) > 0) H5Adelete_by_name(file, object, name, H5P_DEFAULT);
    if (input.ConsumeIntegralInRange(0, 3) == 0) return;
    const Handle type = any_type(input), space = any_space(input, false);
    const Handle made(H5Acreate_by_name(file, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                      H5Aclose);
    const Values values(input, type, space);
    if (made >= 0 && values.has_values && H5Tequal(type, H5T_STD_REF_OBJ) <= 0) H5Awrite(made, type, values.data());
}

void put_dataset(hid_t file, const char* object, FuzzedDataProvider& input) {
    const Handle type = any_type(input), space = any_space(input, true);
    const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose), links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links, 1);
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank > 0) H5Pset_chunk(creation, rank, std::vector<hsize_t>(static_cast<std::size_t>(rank), 3).data());
    if (rank > 0 && input.ConsumeBool()) H5Pset_deflate(creation, 1);
    const Handle made(H5Dcreate2(file, object, type, space, links, creation, H5P_DEFAULT), H5Dclose);
    const Values values(input, type, space);
    if (made >= 0 && values.has_values && H5Tequal(type, H5T_STD_REF_OBJ) <= 0)
        H5Dwrite(made, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
}

/// Other numbers where they are, in the type that is there.
void overwrite(hid_t file, const char* object, FuzzedDataProvider& input) {
    const Handle dataset(H5Dopen2(file, object, H5P_DEFAULT), H5Dclose);
    if (dataset < 0) return;
    const Handle type(H5Dget_type(dataset), H5Tclose), space(H5Dget_space(dataset), H5Sclose);
    const Values values(input, type, space);
    if (values.has_values && H5Tequal(type, H5T_STD_REF_OBJ) <= 0)
        H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
}

void put_link(hid_t file, const char* object, const char* target, FuzzedDataProvider& input) {
    switch (input.ConsumeIntegralInRange(0, 3)) {
        case 0:
            H5Lcreate_soft(target, file, object, H5P_DEFAULT, H5P_DEFAULT);
            break;
        case 1:
            H5Lcreate_hard(file, target, file, object, H5P_DEFAULT, H5P_DEFAULT);
            break;
        case 2:
            H5Lcreate_external("/nowhere.h5", target, file, object, H5P_DEFAULT, H5P_DEFAULT);
            break;
        default:
            const Handle group(H5Gcreate2(file, object, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    }
}

void edit(hid_t file, std::span<const char* const> objects, FuzzedDataProvider& input) {
    const auto pick = [&] { return objects[input.ConsumeIntegralInRange<std::size_t>(0, objects.size() - 1)]; };
    const char* object = pick();
    const int kind = input.ConsumeIntegralInRange(0, 4);
    if (kind == 0) return put_attribute(file, object, input);
    if (kind == 1) return overwrite(file, object, input);
    if (object[1] != '\0') H5Ldelete(file, object, H5P_DEFAULT);
    if (kind == 2) put_dataset(file, object, input);
    if (kind == 3) put_link(file, object, pick(), input);
}

}  // namespace

void edit_hdf5(const std::filesystem::path& path, std::span<const char* const> objects, FuzzedDataProvider& input) {
    store::silence_hdf5();
    const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    if (file < 0) return;
    for (int edits = input.ConsumeIntegralInRange(0, 6); edits > 0; --edits) edit(file, objects, input);
}

}  // namespace gridring::fuzz
