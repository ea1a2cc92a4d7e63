#include "telemetry/log.h"

#include <array>
#include <iterator>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace antipode::telemetry {

namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> kLevels{{
    {"debug", LogLevel::Debug},
    {"info", LogLevel::Info},
    {"warning", LogLevel::Warning},
    {"error", LogLevel::Error},
    {"off", LogLevel::Off},
}};

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return spdlog::level::debug;
        case LogLevel::Info:
            return spdlog::level::info;
        case LogLevel::Warning:
            return spdlog::level::warn;
        case LogLevel::Error:
            return spdlog::level::err;
        case LogLevel::Off:
            return spdlog::level::off;
    }
    return spdlog::level::off;
}

/// JSON's escapes; what is not ASCII is passed on as it is.
void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    append_escaped(out, text);
    out += '"';
}

bool needs_quotes(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '=' || c == '\\' ||
            c == 0x7F) {
            return true;
        }
    }
    return text.empty();
}

void append_value(std::string& out, const LogField::Value& value, bool always_quoted) {
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        if (always_quoted || needs_quotes(*text)) {
            append_quoted(out, *text);
        } else {
            out += *text;
        }
    } else {
        std::visit(
            [&out](const auto& other) {
                if constexpr (!std::is_same_v<std::decay_t<decltype(other)>, std::string_view>) {
                    fmt::format_to(std::back_inserter(out), "{}", other);
                }
            },
            value);
    }
}

std::string compose_text(std::string_view message, Log::Fields fields) {
    std::string line;
    append_escaped(line, message);
    for (const LogField& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        append_value(line, field.value, false);
    }
    return line;
}

std::string compose_json(std::string_view message, Log::Fields fields) {
    std::string line = "\"message\":";
    append_quoted(line, message);
    for (const LogField& field : fields) {
        line += ',';
        append_quoted(line, field.key);
        line += ':';
        append_value(line, field.value, true);
    }
    return line;
}

std::unique_ptr<Log>& process_log() {
    static std::unique_ptr<Log> log = std::make_unique<Log>(LogOptions{});
    return log;
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
    for (const auto& [name, level] : kLevels) {
        if (name == text) {
            return level;
        }
    }
    return fail(
        ErrorCode::InvalidArgument,
        fmt::format("'{}' is no log level; it takes debug, info, warning, error or off", text));
}

class Log::Sink {
  public:
    explicit Sink(const LogOptions& options)
        : json(options.json), logger("antipode", make_sink(options)) {
        logger.set_level(to_spdlog(options.level));
        logger.flush_on(spdlog::level::warn);
        const char* const pattern = json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                         : "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
        logger.set_formatter(
            std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
    }

    bool json;
    spdlog::logger logger;

  private:
    static spdlog::sink_ptr make_sink(const LogOptions& options) {
        if (options.stream != nullptr) {
            return std::make_shared<spdlog::sinks::ostream_sink_mt>(*options.stream);
        }
        return std::make_shared<spdlog::sinks::stderr_sink_mt>();
    }
};

Log::Log(LogOptions options) : sink_(std::make_unique<Sink>(options)) {}

Log::~Log() = default;

bool Log::shows(LogLevel level) const {
    return sink_->logger.should_log(to_spdlog(level));
}

void Log::write(LogLevel level, std::string_view message, Fields fields) {
    if (!shows(level)) {
        return;
    }
    const std::string line =
        sink_->json ? compose_json(message, fields) : compose_text(message, fields);
    sink_->logger.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

Log& log() {
    return *process_log();
}

void configure_log(LogOptions options) {
    process_log() = std::make_unique<Log>(options);
}

}  // namespace antipode::telemetry
