#include "http/message.h"

#include <algorithm>

namespace antipode::http {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

const std::string* Headers::find(std::string_view name) const {
    for (const auto& [field, value] : fields_) {
        if (same_name(field, name)) {
            return &value;
        }
    }
    return nullptr;
}

std::string_view Headers::get(std::string_view name) const {
    const std::string* value = find(name);
    return value == nullptr ? std::string_view() : std::string_view(*value);
}

void Headers::add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string_view name, std::string value) {
    std::erase_if(fields_, [name](const auto& field) { return same_name(field.first, name); });
    fields_.emplace_back(std::string(name), std::move(value));
}

}  // namespace antipode::http
