#include "replication/sites_harness.h"

// The life of rules between real managers: what is frozen, what is fenced, what goes on.
namespace antipode::replication::sites {
namespace {

using namespace std::chrono_literals;

ReplicationRule rule_to(const Site& site, const std::string& bucket, const std::string& id = {}) {
    ReplicationRule rule;
    rule.id = id;
    rule.target_region = site.name();
    rule.target_bucket = BucketName(bucket);
    return rule;
}

class RuleLife : public Sites {
  protected:
    void make_buckets(Versioning versioning = Versioning::Unversioned) {
        west.make_bucket("here", versioning);
        east.make_bucket("there", versioning);
    }

    bool is_gone() {
        return west.wait_until([this] { return west.config("here")->rules.empty(); }) &&
               east.wait_until([this] { return !east.config("there")->has_live_rule(); });
    }

    static Result<void> freeze(Site& site, const std::string& bucket) {
        return site.run(site.buckets->put_bucket_versioning(
            site.caller, BucketName(bucket), Versioning::Enabled));
    }

    static Result<void> drop(Site& site, const std::string& bucket) {
        return site.run(site.buckets->delete_bucket(site.caller, BucketName(bucket)));
    }

    /// What a sender of that epoch would say.
    Result<void> say(RuleHeader header, bool is_closing, std::uint64_t floor = 0) {
        return west.run(notice(&east, &secret, std::move(header), is_closing, floor));
    }

    Result<void> purge_as(RuleHeader header, const std::string& key) {
        return west.run(purge(&east, &secret, std::move(header), key));
    }

    static RuleHeader header_of(const ReplicationRule& rule) {
        return {.source_region = "cn-hangzhou",
                .source_bucket = "here",
                .target_bucket = "there",
                .rule_id = rule.id,
                .epoch = rule.epoch};
    }

  private:
    static PeerClient client_of(Site* to, const LinkSecret* secret, Site& from) {
        return {{.region = to->name(), .address = {}, .tls = false, .local = &to->door},
                "cn-hangzhou",
                *secret,
                from.host().network(0)};
    }

    Task<Result<void>> notice(
        Site* to, const LinkSecret* link, RuleHeader header, bool is_closing, std::uint64_t floor) {
        PeerClient client = client_of(to, link, west);
        RuleNotice said{.rule = std::move(header),
                        .is_closing = is_closing,
                        .owner = "1000",
                        .versioning = Versioning::Unversioned,
                        .wants_acceleration = false,
                        .floor = floor};
        auto answer = co_await client.send_notice(std::move(said));
        client.close();
        co_return answer;
    }

    Task<Result<void>> purge(Site* to, const LinkSecret* link, RuleHeader header, std::string key) {
        PeerClient client = client_of(to, link, west);
        ApplyRequest request{.rule = std::move(header), .operations = {}};
        request.operations.emplace_back();
        request.operations.back().kind = OperationKind::Purge;
        request.operations.back().version.key = std::move(key);
        request.operations.back().version.is_null = true;
        request.operations.back().version.order = {.hlc = ~0ULL >> 1U, .origin = "cn-hangzhou"};
        auto answer = co_await client.apply(std::move(request));
        client.close();
        if (!answer) {
            co_return fail(answer.error());
        }
        co_return Result<void>{};
    }
};

TEST_F(RuleLife, begins_as_starting_and_is_doing_when_the_destination_knows_it) {
    make_buckets();
    const auto rule = west.add_rule("here", east, "there");
    ASSERT_TRUE(rule);
    EXPECT_EQ(rule->status, ReplicationStatus::Starting);
    EXPECT_TRUE(west.wait_until(
        [this] { return west.config("here")->rules[0].status == ReplicationStatus::Doing; }));
}

TEST_F(RuleLife, freezes_versioning_and_keeps_both_buckets) {
    make_buckets();
    const auto rule = west.add_rule("here", east, "there");
    ASSERT_TRUE(rule);
    ASSERT_TRUE(settle());

    EXPECT_EQ(freeze(west, "here").error().code, ErrorCode::InvalidBucketStatus);
    EXPECT_EQ(freeze(east, "there").error().code, ErrorCode::InvalidBucketStatus);
    EXPECT_FALSE(drop(west, "here"));
    EXPECT_FALSE(drop(east, "there"));

    ASSERT_TRUE(west.remove_rule("here", rule->id));
    ASSERT_TRUE(is_gone());
    EXPECT_TRUE(freeze(west, "here"));
    EXPECT_TRUE(freeze(east, "there"));
    EXPECT_TRUE(drop(west, "here"));
    EXPECT_TRUE(drop(east, "there"));
}

TEST_F(RuleLife, ends_while_the_destination_is_away_and_tells_it_later) {
    make_buckets();
    const auto rule = west.add_rule("here", east, "there");
    ASSERT_TRUE(rule);
    ASSERT_TRUE(west.put("here", "a", "1"));
    ASSERT_TRUE(settle());
    east.door.is_cut = true;

    ASSERT_TRUE(west.remove_rule("here", rule->id));
    ASSERT_TRUE(west.wait_until([this] { return west.config("here")->rules.empty(); }));
    EXPECT_TRUE(east.config("there")->has_live_rule()) << "it has not heard of it";
    west.close();
    west.open(all());
    east.door.is_cut = false;

    EXPECT_TRUE(is_gone()) << "the notice survives a restart";
    EXPECT_EQ(east.get("there", "a"), "1") << "what was replicated stays";
}

TEST_F(RuleLife, is_safe_when_removed_and_made_again_at_once) {
    make_buckets();
    ASSERT_TRUE(west.put("here", "a", "1"));
    const auto first = west.add_rule("here", east, "there");
    ASSERT_TRUE(first);
    ASSERT_TRUE(settle());
    east.door.is_cut = true;
    ASSERT_TRUE(west.remove_rule("here", first->id));
    ASSERT_TRUE(west.wait_until([this] { return west.config("here")->rules.empty(); }));
    east.door.is_cut = false;

    const auto second = west.add_rule("here", rule_to(east, "there", first->id));
    ASSERT_TRUE(second) << second.error().message;
    ASSERT_TRUE(settle());

    EXPECT_GT(second->epoch, first->epoch);
    EXPECT_EQ(purge_as(header_of(*first), "a").error().code, ErrorCode::Fenced)
        << "what was on its way for the first does nothing";
    EXPECT_EQ(say(header_of(*first), true).error().code, ErrorCode::Fenced)
        << "its late end does not end the second";
    EXPECT_EQ(say(header_of(*first), false).error().code, ErrorCode::Fenced);
    EXPECT_EQ(east.get("there", "a"), "1");
    ASSERT_TRUE(west.put("here", "b", "2"));
    ASSERT_TRUE(settle());
    EXPECT_EQ(east.get("there", "b"), "2");
}

TEST_F(RuleLife, is_not_opened_again_by_a_message_that_was_under_way) {
    make_buckets();
    const auto rule = west.add_rule("here", east, "there");
    ASSERT_TRUE(rule);
    ASSERT_TRUE(settle());
    ASSERT_TRUE(west.remove_rule("here", rule->id));
    ASSERT_TRUE(is_gone());

    EXPECT_EQ(say(header_of(*rule), false).error().code, ErrorCode::Fenced);
    EXPECT_EQ(say(header_of(*rule), true).error().code, ErrorCode::Fenced) << "its end is known";
    EXPECT_FALSE(east.config("there")->has_live_rule());
}

TEST_F(RuleLife, has_an_epoch_that_no_clock_takes_back) {
    make_buckets();
    const auto first = west.add_rule("here", east, "there");
    ASSERT_TRUE(first);
    west.catalog().clock().observe(hlc_from_ms(ms_from_hlc(first->epoch) + 600'000));
    ASSERT_TRUE(west.remove_rule("here", first->id));
    ASSERT_TRUE(is_gone());
    const auto ahead = west.add_rule("here", east, "there");
    ASSERT_TRUE(ahead);
    ASSERT_TRUE(settle());
    ASSERT_TRUE(west.remove_rule("here", ahead->id));
    ASSERT_TRUE(is_gone());
    west.close();
    west.open(all());

    const auto after = west.add_rule("here", east, "there");

    ASSERT_TRUE(after);
    EXPECT_GT(after->epoch, ahead->epoch);
    EXPECT_TRUE(settle());
}

TEST_F(RuleLife, replaces_a_closed_one_by_its_floor_and_keeps_no_list_of_the_dead) {
    make_buckets();
    for (int i = 0; i < 5; ++i) {
        const auto rule = west.add_rule("here", east, "there");
        ASSERT_TRUE(rule);
        ASSERT_TRUE(settle());
        ASSERT_TRUE(west.remove_rule("here", rule->id));
        ASSERT_TRUE(is_gone());
    }

    EXPECT_EQ(east.config("there")->incoming.size(), 1U);
}

TEST_F(RuleLife, counts_what_comes_in_to_the_quota) {
    make_buckets();
    west.make_bucket("also");
    const auto limited = east.run(east.catalog().change_bucket(
        *east.catalog().find_bucket(BucketName("there")), [](Bucket& bucket) -> Result<void> {
            bucket.replication_rules_max = 1;
            return {};
        }));
    ASSERT_TRUE(limited);
    ASSERT_TRUE(west.add_rule("here", east, "there"));
    ASSERT_TRUE(settle());

    EXPECT_EQ(west.add_rule("also", east, "there").error().code,
              ErrorCode::TooManyIncomingReplication);
}

class AcrossTheBorder : public RuleLife {
  protected:
    void SetUp() override {
        put_border_before(east);
        RuleLife::SetUp();
    }
};

TEST_F(AcrossTheBorder, acceleration_is_switched_on_and_stays_while_a_rule_needs_it) {
    make_buckets();
    EXPECT_EQ(west.add_rule("here", east, "there").error().code, ErrorCode::MissingArgument);
    ReplicationRule rule = rule_to(east, "there");
    rule.transfer = TransferType::OssAcc;
    rule.transfer_given = true;
    const auto added = west.add_rule("here", rule);
    ASSERT_TRUE(added) << added.error().message;
    ASSERT_TRUE(settle());
    const auto switch_off = [this] {
        return east.run(
            east.buckets->put_transfer_acceleration(east.caller, BucketName("there"), false));
    };

    EXPECT_TRUE(east.config("there")->transfer_acceleration);
    EXPECT_EQ(switch_off().error().code, ErrorCode::InvalidBucketStatus);

    ASSERT_TRUE(west.remove_rule("here", added->id));
    ASSERT_TRUE(is_gone());
    EXPECT_TRUE(east.config("there")->transfer_acceleration) << "it is not switched off by itself";
    EXPECT_TRUE(switch_off());
}

TEST_F(AcrossTheBorder, locations_tell_what_the_catalogue_says) {
    make_buckets();
    const auto regions =
        west.run(west.manager->target_regions(west.caller, BucketName("here"))).value();

    ASSERT_EQ(regions.size(), 2U) << "the region itself is no destination of CRR";
    EXPECT_EQ(regions[0].region, "cn-beijing");
    EXPECT_TRUE(regions[0].needs_oss_acc);
    EXPECT_FALSE(regions[0].rtc);
    EXPECT_EQ(regions[1].region, "cn-shenzhen");
    EXPECT_FALSE(regions[1].needs_oss_acc);
    EXPECT_TRUE(regions[1].rtc);
}

TEST_F(RuleLife, may_be_within_one_region) {
    west.make_bucket("here");
    west.make_bucket("beside");
    west.make_bucket("further");
    ASSERT_TRUE(west.put("here", "old", "0"));
    ASSERT_TRUE(west.add_rule("here", west, "beside"));
    ASSERT_TRUE(west.add_rule("beside", west, "here"));
    ASSERT_TRUE(west.add_rule("beside", west, "further"));
    ASSERT_TRUE(west.put("here", "new", std::string(3'000'000, 'n')));
    ASSERT_TRUE(west.put("beside", "own", "1"));
    ASSERT_TRUE(settle());

    EXPECT_EQ(west.get("beside", "old"), "0");
    EXPECT_EQ(west.get("beside", "new")->size(), 3'000'000U);
    EXPECT_EQ(west.get("here", "own"), "1");
    EXPECT_EQ(west.totals("here").slots, west.totals("beside").slots);
    EXPECT_EQ(west.versions("further").size(), 1U) << "no chain";
    EXPECT_EQ(west.get("further", "own"), "1");
}

TEST_F(RuleLife, takes_tags_only_where_they_are_offered) {
    make_buckets(Versioning::Enabled);
    ReplicationRule tagged = rule_to(east, "there");
    tagged.tags = {{"k", "v"}};
    EXPECT_EQ(west.add_rule("here", tagged).error().code, ErrorCode::InvalidArgument)
        << "Action ALL";
    tagged.actions = kReplicatePut;
    EXPECT_TRUE(west.add_rule("here", tagged));
    ReplicationRule back = rule_to(west, "here");
    back.tags = {{"k", "v"}};
    back.actions = kReplicatePut;
    EXPECT_EQ(east.add_rule("there", back).error().code, ErrorCode::InvalidArgument)
        << "not from Beijing";
}

TEST_F(RuleLife, is_nobody_elses_and_asked_for_what_is_not_there_says_so) {
    make_buckets();
    const BucketName here("here");
    object::Caller other;
    other.principal = {.account = AccountId("2000"), .access_key = "k", .is_root = false};
    const auto list = [&](const object::Caller& caller, const char* bucket) {
        return west.run(west.manager->list_rules(caller, BucketName(bucket))).error().code;
    };
    const auto progress = [&](const char* bucket, const char* id) {
        return west.run(west.manager->progress(west.caller, BucketName(bucket), id));
    };

    EXPECT_EQ(list(west.caller, "here"), ErrorCode::NoSuchConfiguration);
    EXPECT_EQ(progress("here", "").error().code, ErrorCode::NoSuchConfiguration);
    EXPECT_EQ(west.remove_rule("here", "any").value(), RuleService::Removal::NoRules);
    const auto rule = west.add_rule("here", east, "there");
    ASSERT_TRUE(rule);
    EXPECT_EQ(rule->id.size(), 36U) << "8-4-4-4-12";
    EXPECT_EQ(list(west.caller, "nowhere"), ErrorCode::NoSuchBucket);
    EXPECT_EQ(list(other, "here"), ErrorCode::AccessDenied);
    EXPECT_EQ(progress("nowhere", "").error().code, ErrorCode::NoSuchBucket);
    EXPECT_EQ(progress("here", "x").error().code, ErrorCode::NoSuchReplicationRule);
    EXPECT_EQ(west.remove_rule("here", "x").error().code, ErrorCode::NoSuchReplicationRule);
    AddRuleRequest request{.bucket = here, .rule = rule_to(south, "there")};
    EXPECT_EQ(west.run(west.manager->add_rule(other, std::move(request))).error().code,
              ErrorCode::AccessDenied);
    EXPECT_EQ(west.run(west.manager->remove_rule(other, here, rule->id)).error().code,
              ErrorCode::AccessDenied);
}

TEST_F(RuleLife, shows_the_progress_of_one_rule_or_of_all) {
    make_buckets();
    south.make_bucket("there");
    ReplicationRule first = rule_to(east, "there", "first");
    first.history = false;
    ASSERT_TRUE(west.add_rule("here", first));
    ASSERT_TRUE(west.put("here", "k", "v"));
    ASSERT_TRUE(west.add_rule("here", rule_to(south, "there", "second")));
    ASSERT_TRUE(settle());
    const auto progress = [&](const char* id) {
        return west.run(west.manager->progress(west.caller, BucketName("here"), id)).value();
    };

    ASSERT_EQ(progress("").size(), 2U);
    ASSERT_EQ(progress("second").size(), 1U);
    EXPECT_EQ(progress("second")[0].rule.id, "second");
    EXPECT_EQ(progress("second")[0].history, 1.0);
    EXPECT_EQ(progress("first")[0].history, std::nullopt);
}

TEST_F(RuleLife, has_rtc_where_it_is_offered) {
    make_buckets();
    west.make_bucket("beside");
    const auto rule = west.add_rule("here", east, "there");
    const auto near = west.add_rule("here", west, "beside");
    ASSERT_TRUE(rule && near);

    EXPECT_TRUE(west.run(west.manager->set_rtc(west.caller, BucketName("here"), rule->id, true)));
    EXPECT_TRUE(west.config("here")->rules[0].rtc);
    EXPECT_EQ(west.run(west.manager->set_rtc(west.caller, BucketName("here"), near->id, true))
                  .error()
                  .code,
              ErrorCode::InvalidArgument);
    EXPECT_EQ(
        west.run(west.manager->set_rtc(west.caller, BucketName("here"), "x", true)).error().code,
        ErrorCode::NoSuchReplicationRule);
}

}  // namespace
}  // namespace antipode::replication::sites
