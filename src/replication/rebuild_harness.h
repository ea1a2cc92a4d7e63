#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "replication/content_harness.h"
#include "replication/rebuilder.h"
#include "replication/sites_harness.h"

/// For tests of this room only: bodies that are lost, and who gets them back.
namespace antipode::replication::sites {

/// What a region has for it.
class Mending {
  public:
    Mending(Site& site, const LinkSecret& secret)
        : lost(site.catalog()),
          rebuilder(lost, site.catalog(), site.replicas(), *site.manager, secret, site.host()),
          site_(site) {
        lost.listen([this](const LostBody& body, LostBodyNews what, const std::string& detail) {
            news.emplace_back(what, body.place.key + " " + detail);
        });
        EXPECT_TRUE(site.run(lost.load()));
        rebuilder.start();
    }

    ~Mending() { site_.run(stop(&rebuilder)); }

    Mending(const Mending&) = delete;
    Mending& operator=(const Mending&) = delete;

    LostBodies lost;
    Rebuilder rebuilder;
    std::vector<std::pair<LostBodyNews, std::string>> news;

  private:
    static Task<Result<void>> stop(Rebuilder* rebuilder) {
        co_await rebuilder->stop();
        co_return Result<void>{};
    }

    Site& site_;
};

using Which = std::function<bool(const catalog::BodyPlace&)>;

inline Task<Result<std::vector<blob::NamedBlob>>> find_blobs(catalog::Catalog* catalog,
                                                             Which which) {
    std::vector<blob::NamedBlob> out;
    std::string cursor;
    do {
        CO_TRY(const auto page, co_await catalog->named_blobs(cursor));
        for (const blob::NamedBlob& named : page) {
            CO_TRY(const auto place, co_await catalog->locate(named));
            if (place && which(*place)) {
                out.push_back(named);
            }
        }
    } while (!cursor.empty());
    co_return out;
}

inline Task<Result<void>> tell(LostBodies* lost, std::vector<blob::NamedBlob> found) {
    for (blob::NamedBlob& named : found) {
        co_await lost->found(std::move(named));
    }
    co_return Result<void>{};
}

inline Task<Result<void>> scrubbed(LostBodies* lost, std::int64_t began_ms) {
    co_await lost->scrubbed(began_ms);
    co_return Result<void>{};
}

inline bool is_any(const catalog::BodyPlace&) {
    return true;
}

inline Which of_key(std::string key) {
    return [key = std::move(key)](const catalog::BodyPlace& place) { return place.key == key; };
}

inline bool is_part(const catalog::BodyPlace& place) {
    return place.is_part();
}

class Rebuild : public Sites {
  protected:
    void SetUp() override {
        Sites::SetUp();
        west_mending.emplace(west, secret);
        east_mending.emplace(east, secret);
    }

    void TearDown() override {
        west_mending.reset();
        east_mending.reset();
        Sites::TearDown();
    }

    void make_pair(Versioning versioning = Versioning::Unversioned) {
        west.make_bucket("here", versioning);
        east.make_bucket("there", versioning);
        ASSERT_TRUE(west.add_rule("here", east, "there"));
    }

    /// No zone of the site gives them any more, and nobody has noticed yet.
    std::vector<blob::NamedBlob> damage(Site& site, const Which& which = is_any) {
        auto found = site.run(find_blobs(&site.catalog(), which)).value();
        for (const blob::NamedBlob& named : found) {
            site.blobs().damage(named.ref);
        }
        return found;
    }

    /// As a scrub does that finds them. Returns how many there are.
    std::size_t lose(Site& site, const Which& which = is_any) {
        auto found = damage(site, which);
        const std::size_t count = found.size();
        EXPECT_TRUE(site.run(tell(&mending(site).lost, std::move(found))));
        return count;
    }

    Mending& mending(Site& site) { return &site == &west ? *west_mending : *east_mending; }

    bool is_mended(Site& site) {
        return site.wait_until([this, &site] { return mending(site).lost.count() == 0; });
    }

    /// The only one on the list has been tried; why in vain.
    std::string reason(Site& site) {
        site.wait_until([this, &site] {
            const auto list = mending(site).lost.list();
            return list.size() == 1 && list[0].tries > 0;
        });
        const auto list = mending(site).lost.list();
        return list.size() == 1 ? list[0].reason : std::to_string(list.size()) + " on the list";
    }

    std::optional<Mending> west_mending;
    std::optional<Mending> east_mending;
};

}  // namespace antipode::replication::sites
