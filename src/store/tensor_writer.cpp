// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/store/tensor_file.hpp"
#include "store/hdf5_support.hpp"

namespace gridring::store {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t header_bytes = 1 << 20;  // more than the headers of any such file

std::uintmax_t bytes_of(const std::vector<TensorPlan>& tensors) {
    std::uintmax_t bytes = 0;
    for (const TensorPlan& tensor : tensors)
        bytes += static_cast<std::uintmax_t>(element_count(tensor.shape)) * sizeof(float);
    return bytes;
}

void require_space(const fs::path& path, std::uintmax_t bytes) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    std::error_code error;
    const auto room = fs::space(folder, error);
    if (error) throw StoreError(path.string(), "cannot write into " + folder.string() + ": " + error.message());
    if (fs::is_directory(path, error)) throw StoreError(path.string(), "expected the name of a file, found a folder");
    if (room.available < bytes + header_bytes)
        throw StoreError(path.string(),
                         fmt::format("expected {:.1f} MB free on the disk of {}, found {:.1f} MB; free some or name "
                                     "another folder",
                                     static_cast<double>(bytes + header_bytes) * 1e-6, folder.string(),
                                     static_cast<double>(room.available) * 1e-6));
}

/// Contiguous and allocated at once, so that the values have a known place; no fill values, so that HDF5 writes none.
Handle creation_list() {
    Handle list(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_obj_track_times(list, false);
    H5Pset_layout(list, H5D_CONTIGUOUS);
    H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    return list;
}

/// Where the values of a new dataset begin in the file.
haddr_t make_dataset(hid_t file, const std::string& path, const TensorPlan& tensor) {
    const std::string what = "cannot make " + tensor.name;
    const std::vector<hsize_t> extents(tensor.shape.begin(), tensor.shape.end());
    const Handle space(check(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), path, what),
                       H5Sclose);
    const Handle dataset(
        check(H5Dcreate2(file, tensor.name.c_str(), H5T_NATIVE_FLOAT, space, H5P_DEFAULT, creation_list(), H5P_DEFAULT),
              path, what),
        H5Dclose);
    write_text_attribute(dataset, path, "long_name", tensor.description);
    const haddr_t offset = H5Dget_offset(dataset);
    if (offset == HADDR_UNDEF && element_count(tensor.shape) > 0) fail(path, what);
    return offset;
}

}  // namespace

struct TensorWriter::File {
    File(const fs::path& where, std::vector<TensorPlan> plan, const std::map<std::string, std::string>& attributes)
        : path(where), temporary(temporary_beside(where)), tensors(std::move(plan)) {
        require_space(path, bytes_of(tensors));
        try {
            write_headers(attributes);
            descriptor = ::open(temporary.c_str(), O_WRONLY | O_CLOEXEC);
            if (descriptor < 0) fail_with_errno("cannot open its temporary file");
        } catch (...) {
            ::unlink(temporary.c_str());
            throw;
        }
    }
    ~File() {
        if (descriptor >= 0) ::close(descriptor);
        if (!is_published) ::unlink(temporary.c_str());
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    void write_headers(const std::map<std::string, std::string>& attributes) {
        silence_hdf5();
        const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose), creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
        H5Pset_fapl_stdio(access);
        H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
        const std::string name = path.string();
        const hid_t file = check(H5Fcreate(temporary.c_str(), H5F_ACC_TRUNC, creation, access), name,
                                 "cannot make a file in its folder");
        try {
            const Handle root(H5Oopen(file, "/", H5P_DEFAULT), H5Oclose);
            for (const auto& [key, text] : attributes) write_text_attribute(root, name, key, text);
            for (const TensorPlan& tensor : tensors) offsets.push_back(make_dataset(file, name, tensor));
            check(H5Fflush(file, H5F_SCOPE_GLOBAL), name, "cannot write the headers");
        } catch (...) {
            H5Fclose(file);
            throw;
        }
        check(H5Fclose(file), name, "cannot write the headers");
    }

    [[noreturn]] void fail_with_errno(const std::string& what) const {
        throw StoreError(path.string(), fmt::format("{}: {}", what, std::strerror(errno)));
    }

    void write_at(haddr_t offset, std::span<const std::byte> bytes) const {
        while (!bytes.empty()) {
            const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail_with_errno("cannot write its values");
            bytes = bytes.subspan(static_cast<std::size_t>(written));
            offset += static_cast<haddr_t>(written);
        }
    }

    fs::path path, temporary;
    std::vector<TensorPlan> tensors;
    std::vector<haddr_t> offsets;
    int descriptor = -1;
    bool is_published = false;
};

TensorWriter::TensorWriter(const fs::path& path, std::vector<TensorPlan> tensors,
                           const std::map<std::string, std::string>& attributes)
    : file_(std::make_unique<File>(path, std::move(tensors), attributes)) {}
TensorWriter::~TensorWriter() = default;

void TensorWriter::write(const std::string& name, std::size_t axis, std::int64_t first, std::int64_t count,
                         std::span<const float> values) {
    const auto found = std::ranges::find(file_->tensors, name, &TensorPlan::name);
    expects(found != file_->tensors.end(), name + " was planned");
    const Shape& shape = found->shape;
    expects(axis < shape.size() && first >= 0 && count >= 0 && first + count <= shape[axis],
            name + " has the indices that are written");
    const auto cut = shape.begin() + static_cast<std::ptrdiff_t>(axis);
    const std::int64_t outer = element_count({shape.begin(), cut}), inner = element_count({cut + 1, shape.end()});
    expects(std::ssize(values) == outer * count * inner, name + " is written whole in the other axes");
    const haddr_t begin = file_->offsets[static_cast<std::size_t>(found - file_->tensors.begin())];
    for (std::int64_t i = 0; i < outer; ++i) {
        const std::int64_t at = (i * *cut + first) * inner;
        const auto piece =
            values.subspan(static_cast<std::size_t>(i * count * inner), static_cast<std::size_t>(count * inner));
        file_->write_at(begin + static_cast<haddr_t>(at) * sizeof(float), std::as_bytes(piece));
    }
}

void TensorWriter::publish() {
    if (::close(std::exchange(file_->descriptor, -1)) != 0) file_->fail_with_errno("cannot close its temporary file");
    publish_file(file_->temporary, file_->path);
    file_->is_published = true;
}

}  // namespace gridring::store
