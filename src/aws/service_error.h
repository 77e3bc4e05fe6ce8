#pragma once

#include "base/expected.h"

#include <span>
#include <string>
#include <string_view>

// The errors that STS and Bedrock answer with: their names, statuses and wire forms.
// Sources: the service models (botocore 1.43), STS "Common errors", Smithy "AWS JSON error
// serialization"; which is which for retries: botocore's standard retry mode.
namespace kakehashi::aws {

enum class Service { Sts, Bedrock };

// What an error asks of the caller.
enum class ErrorClass {
    Throttling,    // later, slower
    Transient,     // again
    ClockSkew,     // again with the service's time
    Signature,     // the secret is wrong, or the clock: the Date header tells
    Expired,       // new credentials
    Credentials,   // other credentials: unknown key, no or a damaged signature
    AccessDenied,  // another policy
    Validation,    // another request
    NotFound,      // no such model, profile or form
    Quota,         // a limit that waiting does not lift
    ModelFailed,   // the model's own failure or time-out
    Unknown,
};

struct ErrorCode {
    std::string_view name;  // as the service writes it
    int status;
    ErrorClass kind;
};
std::span<const ErrorCode> error_codes(Service service);
const ErrorCode* find_error_code(Service service, std::string_view name);  // nullptr: not known

// What a service said. Foreign text: a field, never part of our sentence; escaped when shown.
struct Remote {
    int status = 0;
    std::string code, request_id, text;
};

// By name; of a name that is not known, by status.
ErrorClass classify(Service service, const Remote& error);

inline constexpr std::size_t kErrorBodyBytesMax = 64U << 10U;

// An answer that is an error, borrowed for the call. Header values, "" where none came.
struct ErrorAnswer {
    int status = 0;
    std::string_view error_type;  // x-amzn-ErrorType
    std::string_view request_id;  // x-amzn-RequestId
    std::string_view body;
};

// Never fails: what is not there or cannot be read stays empty. The name comes from the header,
// else from `__type` or `code`, without its namespace and URL. Safe from every thread.
Remote parse_bedrock_error(const ErrorAnswer& answer);

// ErrorResponse of the query protocol. As above; a document type ends the reading.
Remote parse_sts_error(const ErrorAnswer& answer);

// Exceptions inside a stream are named by their member: "throttlingException" → the code's name.
std::string error_code_of_member(std::string_view member);

}  // namespace kakehashi::aws
