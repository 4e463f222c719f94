// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "gridring/net/http_server.hpp"

namespace gridring::test {

/// A temporary folder with a certificate authority, and what it issues, made by the openssl program. Goes with the
/// object.
class Certificates {
public:
    Certificates() {
        static int count = 0;
        folder_ = std::filesystem::temp_directory_path() /
                  ("gridring-certificates-" + std::to_string(getpid()) + "-" + std::to_string(count++));
        std::filesystem::create_directories(folder_);
        openssl("req -x509" + new_key("ca") + "-days 2 -subj '/CN=test authority' -out ca.pem");
    }
    ~Certificates() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;

    /// For ClientOptions::ca_file.
    std::filesystem::path authority() const { return folder_ / "ca.pem"; }

    /// A server certificate for `names` ("DNS:localhost,IP:127.0.0.1"), valid from now for `days`; negative: expired so
    /// long ago.
    net::Identity issue(const std::string& names, int days = 2) {
        const std::string name = next_name();
        openssl("req" + new_key(name) + "-subj /CN=server -out " + name + ".csr");
        std::ofstream(folder_ / (name + ".ext")) << "subjectAltName=" << names << "\n";
        openssl("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -days " + std::to_string(days) + " -extfile " +
                name + ".ext -out " + name + ".pem");
        return identity(name);
    }

    /// One that no authority stands for.
    net::Identity self_signed(const std::string& names) {
        const std::string name = next_name();
        openssl("req -x509" + new_key(name) + "-days 2 -subj /CN=server -addext subjectAltName=" + names + " -out " +
                name + ".pem");
        return identity(name);
    }

private:
    static std::string new_key(const std::string& name) {
        return " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + name + ".key ";
    }
    std::string next_name() { return "server" + std::to_string(issued_++); }
    net::Identity identity(const std::string& name) const {
        return {folder_ / (name + ".pem"), folder_ / (name + ".key")};
    }
    void openssl(const std::string& arguments) {
        const std::string command = "cd '" + folder_.string() + "' && openssl " + arguments + " 2>openssl.log";
        if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
    }

    std::filesystem::path folder_;
    int issued_ = 0;
};

}  // namespace gridring::test
