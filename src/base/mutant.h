#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#ifndef ANTIPODE_MUTANTS
#error "a room that plants mutants says so: antipode_room(NAME ... MUTANTS)"
#endif

namespace antipode {

/// Bugs that other systems had, planted where our code keeps them out, to see that the simulator
/// finds them (docs/failures.md). Names and meanings: mutant.cc.
enum class Mutant : std::uint8_t {
    None,
    QueueOverflowDrops,
    GivesUpAfterThreeTries,
    FailedWaitForAScanner,
    SourceWaitsForDestination,
    MarkerTravelsAsPurge,
    MarkerAgainPurges,
    LastToArriveIsLatest,
    EpochNotChecked,
    RemovalIsNotFenced,
    InSyncMeansEmptyQueue,
    DigestCountsOnly,
    PendingIsWhatWasRead,
    TransferBeginsFromZero,
    LargeObjectHoldsTheLine,
    LimitIsIgnored,
    ReplicaHasItsOwnEtag,
    RemovalWaitsForDestination,
    BucketWaitsForDestination,
    LogAfterTheObject,
    ReplicaHasOnePart,
    ReplicaInClear,
    CaughtUpDuringHistory,
    SquashByKey,
    SquashDropsTheCreate,
    NoTombstones,
    FormerCursorIsNone,
    NeverLetInIsCaughtUp,
    WayBackHasNoHistory,
    LogIsNeverCut,
    LogIsCutBeforeTheSlowest,
    CursorPassesFailures,
    CursorRunsAhead,
    CursorIsATime,
    OldDeleteWins,
    RefusedBlocksTheRest,
    UnreadableBlocksTheRest,
    LagGrowsWhenIdle,
    StatusAsksTheDestination,
    ExceptionsInMemory,
    PurgeAgainMakesAMarker,
    MarkerAnswerIsFailure,
    ReplicasAreSentOn,
    TombstonesLiveTenSeconds,
    NullsOfVersionedStay,
    PurgeOfAbsentLeavesNothing,
    NullVersionsShareASlot,
    OlderRefusedReplacesNewer,
    OldTryForgetsNewRefusal,
    RecoveryPointRunsAhead,
    OpenCommitsDoNotCount,
    AttributesByArrival,
    AppendKeepsItsOrder,
    ConditionNotChecked,
    UsageCountsTwice,
    ListingMissesWhatMoves,
    CommitAfterOneZone,
    HungZoneIsWaitedFor,
    ReadsAreNotHedged,
    WrongBytesAreBelieved,
    SyncErrorIsIgnored,
    StaleZoneIsWhole,
    BackMeansWhole,
    OutagesAreNotRecorded,
};

struct MutantInfo {
    Mutant mutant = Mutant::None;
    std::string_view name;
    std::string_view row;     ///< Of docs/failures.md.
    std::string_view breaks;  ///< One sentence.
};

/// All that can be planted; none in a build without ANTIPODE_MUTANTS.
std::span<const MutantInfo> mutants();

#if ANTIPODE_MUTANTS
/// Of this process, from now on. The simulator's, before it starts.
void plant(Mutant mutant);
bool is_planted(Mutant mutant);
#else
inline void plant(Mutant /*mutant*/) {}

constexpr bool is_planted(Mutant /*mutant*/) {
    return false;
}
#endif

}  // namespace antipode
