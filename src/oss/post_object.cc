#include "oss/handlers.h"

namespace antipode::oss {

Task<Result<http::Response>> post_object(Exchange& x) {
    static_cast<void>(x);
    co_return refuse_not_built("PostObject");
}

}  // namespace antipode::oss
