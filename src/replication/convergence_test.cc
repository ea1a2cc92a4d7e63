#include <cstdlib>
#include <map>
#include <set>

#include "replication/sites_harness.h"

// Random histories in several regions at once, in all directions, with lost, repeated and late
// messages, cuts, restarts and clocks that jump: in the end every region holds the same, and what
// the model says. ANTIPODE_CONVERGENCE_SEEDS=200 and ANTIPODE_CONVERGENCE_OPERATIONS=10000 for long
// runs; ANTIPODE_CONVERGENCE_FIRST=n begins at another seed.
namespace antipode::replication::sites {
namespace {

using namespace std::chrono_literals;

std::size_t setting(const char* name, std::size_t fallback) {
    const char* text = std::getenv(name);
    return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

/// What must be there: every version that a client made and no client removed; of null versions the
/// last write or removal by version order. Folded from what the regions' clients did, which are the
/// change rows that did not arrive by replication.
class Model {
  public:
    void take(const catalog::Change& change) {
        if (!change.arrived_from.empty()) {
            return;
        }
        switch (change.kind) {
            case catalog::ChangeKind::Put:
                take_put(change);
                break;
            case catalog::ChangeKind::Purge:
                take_purge(change);
                break;
            case catalog::ChangeKind::Attributes:
            case catalog::ChangeKind::Other:
                break;
        }
    }

    [[nodiscard]] std::set<std::pair<std::string, VersionOrder>> versions() const {
        std::set<std::pair<std::string, VersionOrder>> out;
        std::ranges::set_difference(made_, removed_, std::inserter(out, out.end()));
        for (const auto& [key, order] : null_versions_) {
            const auto removal = null_removals_.find(key);
            if (removal == null_removals_.end() || removal->second < order) {
                out.emplace(key, order);
            }
        }
        return out;
    }

  private:
    void take_put(const catalog::Change& change) {
        if (change.is_null) {
            VersionOrder& last = null_versions_[change.key];
            last = std::max(last, change.order);
        } else {
            made_.emplace(change.key, change.order);
        }
    }

    void take_purge(const catalog::Change& change) {
        if (change.is_null) {
            VersionOrder& last = null_removals_[change.key];
            last = std::max(last, change.order);
        } else {
            removed_.emplace(change.key, change.order);
        }
    }

    std::set<std::pair<std::string, VersionOrder>> made_;
    std::set<std::pair<std::string, VersionOrder>> removed_;
    std::map<std::string, VersionOrder> null_versions_;
    std::map<std::string, VersionOrder> null_removals_;
};

struct Plan {
    std::uint64_t seed = 1;
    std::size_t regions = 2;
    Versioning versioning = Versioning::Unversioned;
    std::size_t operations = 300;
};

class World {
  public:
    explicit World(Plan plan) : plan_(plan), random_(plan.seed) {
        constexpr std::array<const char*, 3> kNames{"cn-hangzhou", "cn-beijing", "cn-shenzhen"};
        for (std::size_t i = 0; i < plan_.regions; ++i) {
            sites_.push_back(std::make_unique<Site>(kNames.at(i), simulation_, secret_));
            sites_.back()->door.seed(plan_.seed * 10 + i);
            // The model is read from the whole log.
            sites_.back()->checkpoint_every = std::uint64_t{1} << 60U;
        }
        for (const auto& site : sites_) {
            site->open(others());
            site->make_bucket("bucket", plan_.versioning);
        }
        connect_all();
    }

    World(const World&) = delete;
    World& operator=(const World&) = delete;

    ~World() {
        for (const auto& site : sites_) {
            site->close();
        }
    }

    void live() {
        for (std::size_t i = 0; i < plan_.operations; ++i) {
            if (roll(40) == 0) {
                something_happens();
            }
            act(*sites_[roll(sites_.size())]);
        }
        for (const auto& site : sites_) {
            site->door.is_cut = false;
            site->door.weather = {};
        }
    }

    void check() {
        ASSERT_TRUE(settle()) << "seed " << plan_.seed << ": the regions do not come to rest";
        Model model;
        for (const auto& site : sites_) {
            for (const catalog::Change& change : changes(*site)) {
                model.take(change);
            }
        }
        const auto expected = model.versions();
        for (const auto& site : sites_) {
            std::set<std::pair<std::string, VersionOrder>> seen;
            for (const catalog::StoredVersion& stored : site->versions("bucket")) {
                const ObjectVersion& version = stored.version;
                seen.emplace(version.key, version.order);
                check_content(*site, version);
            }
            EXPECT_EQ(seen, expected) << "seed " << plan_.seed << " in " << site->name() << ": "
                                      << seen.size() << " instead of " << expected.size();
            EXPECT_EQ(site->totals("bucket").slots, sites_[0]->totals("bucket").slots)
                << "seed " << plan_.seed << " in " << site->name();
        }
        check_no_echo();
    }

  private:
    std::uint64_t roll(std::uint64_t below) { return random_() % below; }

    std::vector<Site*> others() {
        std::vector<Site*> out;
        for (const auto& site : sites_) {
            out.push_back(site.get());
        }
        return out;
    }

    void connect_all() {
        for (const auto& from : sites_) {
            for (const auto& to : sites_) {
                if (from != to) {
                    ASSERT_TRUE(from->add_rule("bucket", *to, "bucket"));
                }
            }
        }
    }

    void something_happens() {
        Site& site = *sites_[roll(sites_.size())];
        switch (roll(6)) {
            case 0:
                site.door.is_cut = true;
                break;
            case 1:
                for (const auto& one : sites_) {
                    one->door.is_cut = false;
                }
                break;
            case 2:
                site.door.weather = {.lost = 100, .unheard = 100, .repeated = 200, .late = 300};
                break;
            case 3:
                site.door.weather = {};
                break;
            case 4:
                // Forward; back when the region is opened again.
                site.catalog().clock().observe(
                    site.catalog().clock().tick(0) +
                    hlc_from_ms(static_cast<std::int64_t>(roll(600'000))));
                break;
            default:
                site.close();
                site.open(others());
                break;
        }
    }

    void act(Site& site) {
        const std::string key = "k" + std::to_string(roll(12));
        const std::uint64_t what = roll(100);
        if (what < 55) {
            // The content tells which write it was; now and then too large for a batch.
            std::string content = site.name() + " " + std::to_string(++writes_);
            if (roll(200) == 0) {
                content.resize(1'300'000, 'x');
            }
            const auto written = site.put("bucket", key, content);
            ASSERT_TRUE(written) << written.error().message;
            contents_[written->version.order] = std::move(content);
        } else if (what < 75) {
            ASSERT_TRUE(site.remove("bucket", key));
        } else if (what < 85) {
            const auto versions = site.versions("bucket");
            if (!versions.empty()) {
                const ObjectVersion& one = versions[roll(versions.size())].version;
                ASSERT_TRUE(site.remove("bucket", one.key, one.version_id()));
            }
        } else {
            // Of a key that is not there it is refused, which is as good.
            static_cast<void>(site.tag("bucket", key, {{"t", std::to_string(++writes_)}}));
        }
    }

    bool settle() {
        const auto is_quiet = [this] {
            return std::ranges::all_of(sites_, [](const auto& site) { return site->is_idle(); });
        };
        return sites_[0]->wait_until([&is_quiet] { return is_quiet() && is_quiet(); });
    }

    void check_content(Site& site, const ObjectVersion& version) {
        if (version.is_delete_marker) {
            return;
        }
        const auto expected = contents_.find(version.order);
        ASSERT_NE(expected, contents_.end()) << version.key << " was never written";
        EXPECT_EQ(site.get("bucket", version.key, version.version_id()), expected->second)
            << "seed " << plan_.seed << " in " << site.name();
    }

    /// Every change here that a client of another region made arrived straight from there.
    void check_no_echo() {
        for (const auto& site : sites_) {
            for (const catalog::Change& change : changes(*site)) {
                EXPECT_NE(change.arrived_from, site->name())
                    << "seed " << plan_.seed << ": " << change.key << " came back";
            }
        }
    }

    static std::vector<catalog::Change> changes(Site& site) {
        return site.run(read_log(site.partition("bucket")));
    }

    static Task<std::vector<catalog::Change>> read_log(catalog::Partition* partition) {
        std::vector<catalog::Change> out;
        while (true) {
            const std::uint64_t after = out.empty() ? 0 : out.back().revision;
            auto page = co_await partition->read_changes(after, 1000);
            if (!page || page->empty()) {
                co_return out;
            }
            std::ranges::move(*page, std::back_inserter(out));
        }
    }

    Plan plan_;
    std::mt19937_64 random_;
    LinkSecret secret_{"a secret of the link"};
    Simulation simulation_{plan_.seed};
    std::vector<std::unique_ptr<Site>> sites_;
    std::uint64_t writes_ = 0;
    std::map<VersionOrder, std::string> contents_;
};

class Convergence : public ::testing::TestWithParam<std::pair<std::size_t, Versioning>> {};

TEST_P(Convergence, of_random_histories) {
    const std::size_t seeds = setting("ANTIPODE_CONVERGENCE_SEEDS", 4);
    const std::size_t first = setting("ANTIPODE_CONVERGENCE_FIRST", 1);
    for (std::size_t seed = first; seed < first + seeds; ++seed) {
        World world({.seed = seed,
                     .regions = GetParam().first,
                     .versioning = GetParam().second,
                     .operations = setting("ANTIPODE_CONVERGENCE_OPERATIONS", 300)});
        world.live();
        world.check();
        if (HasFailure()) {
            break;
        }
    }
}

std::string name_of_case(const ::testing::TestParamInfo<Convergence::ParamType>& info) {
    return std::to_string(info.param.first) + "_regions_" +
           (info.param.second == Versioning::Enabled ? "versioned" : "unversioned");
}

INSTANTIATE_TEST_SUITE_P(Between,
                         Convergence,
                         ::testing::Values(std::pair(2U, Versioning::Unversioned),
                                           std::pair(2U, Versioning::Enabled),
                                           std::pair(3U, Versioning::Unversioned),
                                           std::pair(3U, Versioning::Enabled)),
                         name_of_case);

}  // namespace
}  // namespace antipode::replication::sites
