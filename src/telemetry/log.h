#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace antipode::telemetry {

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error, Off };

/// "debug", "info", "warning", "error", "off".
Result<LogLevel> parse_log_level(std::string_view text);

/// One `key=value` of a line. The text of a value is used before the call returns.
struct LogField {
    using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

    template <typename T>
    LogField(std::string_view its_key, const T& its_value)
        : key(its_key), value(to_value(its_value)) {}

    std::string_view key;
    Value value;

  private:
    template <typename T>
    static Value to_value(const T& value) {
        if constexpr (std::same_as<T, bool>) {
            return value;
        } else if constexpr (std::signed_integral<T>) {
            return std::int64_t{value};
        } else if constexpr (std::unsigned_integral<T>) {
            return std::uint64_t{value};
        } else if constexpr (std::floating_point<T>) {
            return double{value};
        } else {
            return std::string_view(value);
        }
    }
};

struct LogOptions {
    LogLevel level = LogLevel::Info;
    bool json = false;               ///< One JSON object a line.
    std::ostream* stream = nullptr;  ///< Null: the process's standard error.
};

/// Lines for people and machines: time (UTC), level, a sentence, fields.
///   2026-01-01T00:00:00.123Z warning a zone went out zone=zone-b reason="no space left"
/// Nothing that a client sends can begin a new line or a new field. Never log secrets or
/// signatures. Threads: all methods from any thread. A call below the level costs one comparison.
class Log {
  public:
    using Fields = std::initializer_list<LogField>;

    explicit Log(LogOptions options);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void debug(std::string_view message, Fields fields = {}) {
        write(LogLevel::Debug, message, fields);
    }

    void info(std::string_view message, Fields fields = {}) {
        write(LogLevel::Info, message, fields);
    }

    void warning(std::string_view message, Fields fields = {}) {
        write(LogLevel::Warning, message, fields);
    }

    void error(std::string_view message, Fields fields = {}) {
        write(LogLevel::Error, message, fields);
    }

    void write(LogLevel level, std::string_view message, Fields fields);
    [[nodiscard]] bool shows(LogLevel level) const;

  private:
    class Sink;
    std::unique_ptr<Sink> sink_;
};

/// The process's log: standard error at level info until configure_log. For rooms that have no
/// other use for a logger in their constructors.
Log& log();
/// At the start of main, before other threads run.
void configure_log(LogOptions options);

}  // namespace antipode::telemetry
