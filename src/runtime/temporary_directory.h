#pragma once

#include <string>

namespace antipode::runtime {

/// A fresh directory under the system's place for temporary files, removed with all content when
/// the object goes. For tests, demos and drills. CHECKs that it could be made.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

    [[nodiscard]] std::string operator/(const std::string& name) const {
        return path_ + "/" + name;
    }

  private:
    std::string path_;
};

}  // namespace antipode::runtime
