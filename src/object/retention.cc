#include "object/detail/object_service_impl.h"
#include "runtime/executor.h"

namespace antipode::object {

Result<void> check_retention(const Bucket& bucket, const ObjectVersion* there) {
    const auto now_ms = runtime::Executor::current().wall_now().time_since_epoch().count();
    if (there != nullptr && bucket.retains(*there, now_ms)) {
        return fail(ErrorCode::ObjectImmutable,
                    "The object is under retention: it can not be overwritten or deleted yet.");
    }
    return {};
}

}  // namespace antipode::object
