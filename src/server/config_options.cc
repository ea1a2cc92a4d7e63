#include "server/config_options.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "codec/quantity.h"
#include "server/named_places.h"

namespace antipode::server {

namespace {

using Values = std::vector<std::string>;

std::unexpected<Error> refuse(std::string message) {
    return fail(ErrorCode::InvalidArgument, std::move(message));
}

/// What stands before the first slash of a URL, with a port.
struct Place {
    std::string address;
    bool tls = false;
    std::string rest;  ///< From the slash on; may be empty.
};

Result<Place> parse_url(std::string_view url) {
    Place place;
    if (url.starts_with("https://")) {
        place.tls = true;
        url.remove_prefix(8);
    } else if (url.starts_with("http://")) {
        url.remove_prefix(7);
    } else {
        return refuse(fmt::format("the URL '{}' does not begin with http:// or https://", url));
    }
    const std::size_t slash = std::min(url.find('/'), url.size());
    place.address = url.substr(0, slash);
    place.rest = url.substr(slash);
    if (place.address.rfind(':') == std::string::npos || place.address.ends_with(']')) {
        place.address += place.tls ? ":443" : ":80";
    }
    TRY_VOID(check_address(place.address, false));
    return place;
}

Result<Peer> parse_peer(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
        return refuse(fmt::format(
            "'{}' is not of the form REGION=URL, such as cn-beijing=http://10.0.0.2:9000", text));
    }
    Peer peer;
    peer.region = text.substr(0, equals);
    TRY_VOID(check_region(peer.region));
    TRY(Place place, parse_url(std::string_view(text).substr(equals + 1)));
    if (!place.rest.empty() && place.rest != "/") {
        return refuse(fmt::format(
            "'{}{}' is not an address such as 127.0.0.1:9000", place.address, place.rest));
    }
    peer.address = std::move(place.address);
    peer.tls = place.tls;
    return peer;
}

Result<std::size_t> parse_count(const std::string& text, std::size_t least, std::size_t most) {
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count < least || count > most) {
        return refuse(fmt::format("'{}' is not a whole number from {} to {}", text, least, most));
    }
    return count;
}

// Builders of `take` for the common kinds of field.

auto text_into(std::string Draft::* field) {
    return [field](Draft& draft, const Values& values) -> Result<void> {
        if (values.front().empty()) {
            return refuse("it is empty");
        }
        draft.*field = values.front();
        return {};
    };
}

auto text_into(std::string Config::* field) {
    return [field](Draft& draft, const Values& values) -> Result<void> {
        draft.config.*field = values.front();
        return {};
    };
}

auto size_into(std::uint64_t Config::* field, std::uint64_t least) {
    return [field, least](Draft& draft, const Values& values) -> Result<void> {
        TRY(draft.config.*field, codec::parse_size(values.front()));
        if (draft.config.*field < least) {
            return refuse(
                fmt::format("'{}' is less than the least, {} bytes", values.front(), least));
        }
        return {};
    };
}

auto duration_into(runtime::Duration Config::* field) {
    return [field](Draft& draft, const Values& values) -> Result<void> {
        TRY(draft.config.*field, codec::parse_duration(values.front()));
        if (draft.config.*field <= runtime::Duration::zero()) {
            return refuse("it must be longer than nothing");
        }
        return {};
    };
}

Result<void> take_scrub_period(Draft& draft, const Values& values) {
    if (values.front() == "off") {
        draft.config.scrub_period = {};
        return {};
    }
    return duration_into(&Config::scrub_period)(draft, values);
}

Result<void> take_lifecycle_period(Draft& draft, const Values& values) {
    if (values.front() == "off") {
        draft.config.lifecycle_period = {};
        return {};
    }
    return duration_into(&Config::lifecycle_period)(draft, values);
}

Result<void> take_region(Draft& draft, const Values& values) {
    TRY_VOID(check_region(values.front()));
    draft.config.region = values.front();
    return {};
}

Result<void> take_zones(Draft& draft, const Values& values) {
    draft.zones = values;
    return {};
}

Result<void> take_listen(Draft& draft, const Values& values) {
    for (const std::string& address : values) {
        TRY_VOID(check_address(address, true));
    }
    draft.config.listen = values;
    return {};
}

Result<void> take_link_listen(Draft& draft, const Values& values) {
    for (const std::string& address : values) {
        TRY_VOID(check_address(address, true));
    }
    draft.config.link_listen = values;
    return {};
}

Result<void> take_peers(Draft& draft, const Values& values) {
    draft.config.peers.clear();
    for (const std::string& text : values) {
        TRY(Peer peer, parse_peer(text));
        for (const Peer& other : draft.config.peers) {
            if (other.region == peer.region) {
                return refuse(fmt::format("region {} is named twice", peer.region));
            }
        }
        draft.config.peers.push_back(std::move(peer));
    }
    return {};
}

auto domains_into(std::vector<std::string> Config::* field) {
    return [field](Draft& draft, const Values& values) -> Result<void> {
        for (const std::string& name : values) {
            TRY_VOID(check_host_name(name));
        }
        draft.config.*field = values;
        return {};
    };
}

Result<void> take_event_webhook(Draft& draft, const Values& values) {
    TRY(Place place, parse_url(values.front()));
    draft.config.event_webhook.address = std::move(place.address);
    draft.config.event_webhook.tls = place.tls;
    draft.config.event_webhook.target = place.rest.empty() ? "/" : std::move(place.rest);
    return {};
}

Result<void> take_engine(Draft& draft, const Values& values) {
    if (values.front() == "rados") {
        return fail(ErrorCode::NotImplemented,
                    "the engine rados is not built yet; leave --engine out to use local");
    }
    if (values.front() != "local" && values.front() != "memory") {
        return refuse(fmt::format("'{}' is not an engine; there are local, memory and rados",
                                  values.front()));
    }
    draft.config.engine = values.front() == "memory" ? Engine::Memory : Engine::Local;
    return {};
}

Result<void> take_threads(Draft& draft, const Values& values) {
    TRY(draft.config.threads, parse_count(values.front(), 1, 256));
    return {};
}

Result<void> take_connections(Draft& draft, const Values& values) {
    TRY(draft.config.connections_max, parse_count(values.front(), 1, 1'000'000));
    return {};
}

Result<void> take_dialect(Draft& draft, const Values& values) {
    if (values.front() != "oss" && values.front() != "s3") {
        return refuse(fmt::format("'{}' is not a dialect; there are oss and s3", values.front()));
    }
    draft.config.default_dialect =
        values.front() == "s3" ? protocol::Dialect::S3 : protocol::Dialect::Oss;
    return {};
}

Result<void> take_modern_regions(Draft& draft, const Values& values) {
    draft.config.modern_regions = values.front() == "true";
    return {};
}

Result<void> take_log_level(Draft& draft, const Values& values) {
    TRY(draft.config.log_level, telemetry::parse_log_level(values.front()));
    return {};
}

Result<void> take_log_json(Draft& draft, const Values& values) {
    draft.config.log_json = values.front() == "true";
    return {};
}

std::vector<Option> make_options() {
    using enum Option::Kind;
    return {
        {"region", Value, "ID", "this region's id, such as cn-hangzhou (required)", take_region},
        {"data",
         Value,
         "DIR",
         "keeps the three zones in DIR/zone-a, DIR/zone-b and DIR/zone-c",
         text_into(&Draft::data)},
        {"zone",
         Values,
         "DIR",
         "a zone's directory; given three times, each best on a disk of its own",
         take_zones},
        {"listen",
         Values,
         "HOST:PORT",
         "where to answer; repeatable; default 127.0.0.1:9000",
         take_listen},
        {"tls-cert",
         Value,
         "FILE",
         "PEM certificate chain; with --tls-key every --listen speaks TLS",
         text_into(&Config::tls_certificate_file)},
        {"tls-key",
         Value,
         "FILE",
         "PEM private key of --tls-cert",
         text_into(&Config::tls_key_file)},
        {"domain",
         Values,
         "NAME",
         "a host name under which BUCKET.NAME reaches a bucket; repeatable",
         domains_into(&Config::domains)},
        {"accelerate-domain",
         Values,
         "NAME",
         "the same for buckets with transfer acceleration only; repeatable; the first is told to "
         "clients; oss-accelerate.aliyuncs.com and the like are known anyway",
         domains_into(&Config::accelerate_domains)},
        {"default-dialect",
         Value,
         "oss|s3",
         "for requests that show no dialect; default oss",
         take_dialect},
        {"peer", Values, "REGION=URL", "another region to replicate with; repeatable", take_peers},
        {"regions-file",
         Value,
         "FILE",
         "TOML file of regions that are added to the catalogue or replace ones in it",
         text_into(&Draft::regions_file)},
        {"modern-regions",
         Switch,
         "",
         "replication rules with tags nearly everywhere, as the service of today has them",
         take_modern_regions},
        {"link-directory",
         Value,
         "DIR",
         "certificate.pem, key.pem and trusted.pem of this region (antipode admin link create): "
         "regions know each other by certificate only; peers' URLs name their --link-listen",
         text_into(&Config::link_directory)},
        {"key-directory",
         Value,
         "DIR",
         "master keys of server-side encryption: the file keys there, made at the first start; "
         "without it nothing can be encrypted. Keep a copy: lost keys are lost objects",
         text_into(&Config::key_directory)},
        {"link-listen",
         Values,
         "HOST:PORT",
         "where peers are answered, over TLS with mutual authentication; repeatable",
         take_link_listen},
        {"link-secret-file",
         Value,
         "FILE",
         "secret shared with the peers; default: derived from the root credential",
         text_into(&Draft::link_secret_file)},
        {"event-webhook",
         Value,
         "URL",
         "every event of this region is posted there as signed JSON",
         take_event_webhook},
        {"event-webhook-secret-file",
         Value,
         "FILE",
         "secret that events are signed with; belongs to --event-webhook",
         text_into(&Draft::event_webhook_secret_file)},
        {"abandoned-transfer-after",
         Value,
         "TIME",
         "parts of a replica whose sender does not go on are given back after it; default 24h",
         duration_into(&Config::abandoned_transfer_after)},
        {"scrub-period",
         Value,
         "TIME",
         "everything stored is read, verified and mended once in it; off: only when asked; default "
         "336h",
         take_scrub_period},
        {"lifecycle-period",
         Value,
         "TIME",
         "how often lifecycle rules are carried out; off: only when asked; default 24h: each "
         "midnight UTC",
         take_lifecycle_period},
        {"config",
         Value,
         "FILE",
         "TOML file with these same names; flags go before it",
         text_into(&Draft::config_file)},
        {"engine",
         Value,
         "NAME",
         "local: three zone directories (default); rados: a Ceph cluster; memory: keeps nothing, "
         "for tests",
         take_engine},
        {"threads",
         Value,
         "N",
         "threads that serve requests; default: one for each processor",
         take_threads},
        {"log-level",
         Value,
         "LEVEL",
         "debug, info, warning, error or off; default info",
         take_log_level},
        {"log-json", Switch, "", "one JSON object a line instead of text", take_log_json},
        {"slow-request",
         Value,
         "TIME",
         "requests that take longer are logged; default 1s",
         duration_into(&Config::slow_request)},
        {"head-size-max",
         Value,
         "SIZE",
         "of a request line with its headers; default 32KiB",
         size_into(&Config::head_bytes_max, 4 * kKiB)},
        {"body-size-max",
         Value,
         "SIZE",
         "of one request; default 6GiB",
         size_into(&Config::body_bytes_max, kMiB)},
        {"connections-max", Value, "N", "open at the same time; default 20000", take_connections},
        {"idle-timeout",
         Value,
         "TIME",
         "a connection on which nothing moves is closed after it; default 60s",
         duration_into(&Config::idle_timeout)},
        {"stop-timeout",
         Value,
         "TIME",
         "how long requests in flight may take to end when the server stops; default 20s",
         duration_into(&Config::stop_timeout)},
        {"suspect-after",
         Value,
         "TIME",
         "a zone that takes longer is no longer waited for; default 200ms",
         duration_into(&Config::suspect_after)},
        {"out-after",
         Value,
         "TIME",
         "a zone that takes longer is out; default 2s",
         duration_into(&Config::out_after)},
        {"block-cache",
         Value,
         "SIZE",
         "memory for rows, read and not flushed yet; default 128MiB",
         size_into(&Config::block_cache_bytes, kMiB)},
    };
}

}  // namespace

const std::vector<Option>& options() {
    static const std::vector<Option> all = make_options();
    return all;
}

}  // namespace antipode::server
