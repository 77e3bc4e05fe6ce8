#include "net/detail/client_connection.h"

#include "base/text.h"
#include "net/detail/wire.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace kakehashi::net::detail {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using http::Framing;
using http::NetError;
using http::NetErrorKind;
using http::Request;
using http::Response;

namespace {

constexpr std::size_t kHeadSpace = 4096;        // what is read at once while a head is awaited
constexpr std::size_t kBodySpace = 16384;       // a TLS record
constexpr std::size_t kJoinedBytesMax = 65536;  // a larger body is not copied behind its head
constexpr int kInterimMax = 8;                  // 1xx answers before the real one

bool is_idempotent(std::string_view method) {
    constexpr std::array<std::string_view, 5> kMethods{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
    return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

NetErrorKind kind_of_tls_failure(long verified) {
    switch (verified) {
        case X509_V_OK:
            return NetErrorKind::TlsFailed;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return NetErrorKind::TlsNameDiffers;
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return NetErrorKind::TlsExpired;
        default:
            return NetErrorKind::TlsUntrusted;
    }
}

}  // namespace

ClientConnection::ClientConnection(
    std::shared_ptr<Upstream> upstream,
    std::shared_ptr<Deadlines> deadlines,
    const asio::any_io_executor& executor
)
    : upstream_(std::move(upstream)), stream_(std::move(deadlines), executor) {
}

// `by_peer` is what it means when the other side ended it.
NetError ClientConnection::broken(StreamEnd end, NetErrorKind by_peer) const {
    if (end == StreamEnd::Deadline) return upstream_->failure(NetErrorKind::Timeout);
    if (end == StreamEnd::Cancelled) return upstream_->failure(NetErrorKind::Cancelled);
    return upstream_->failure(by_peer);
}

asio::awaitable<Expected<void, NetError>> ClientConnection::connect(
    std::string address,
    std::optional<Trust> trust
) {
    address_ = address;
    error_code failed;
    const auto ip = asio::ip::make_address(address, failed);
    if (failed) co_return Failure{upstream_->failure(NetErrorKind::DnsFailed, address)};
    const tcp::endpoint endpoint(ip, upstream_->origin.port);
    const StreamEnd reached = co_await stream_.connect(endpoint);
    if (reached == StreamEnd::Deadline) {
        co_return Failure{upstream_->failure(NetErrorKind::ConnectTimeout)};
    }
    if (reached != StreamEnd::None) {
        NetError error = broken(reached, NetErrorKind::ConnectRefused);
        error.detail = address;
        co_return Failure{std::move(error)};
    }
    if (upstream_->origin.scheme != "https") co_return Expected<void, NetError>();
    co_return co_await start_tls(std::move(trust));
}

asio::awaitable<Expected<void, NetError>> ClientConnection::start_tls(std::optional<Trust> trust) {
    Upstream& to = *upstream_;
    if (!trust) co_return Failure{to.failure(NetErrorKind::TlsUntrusted, "no trust")};
    auto ssl = make_client(trust->context(), to.origin.host, stream_.socket());
    if (!ssl) co_return Failure{to.failure(NetErrorKind::TlsNameDiffers)};
    keep_session_in(ssl.get(), &to.session);
    const StreamEnd shaken = co_await stream_.handshake(std::move(ssl));
    if (shaken == StreamEnd::None) co_return Expected<void, NetError>();
    to.session.reset();
    const long verified = stream_.verify_result();
    NetError error = broken(shaken, NetErrorKind::TlsFailed);
    if (shaken == StreamEnd::Tls) error.kind = kind_of_tls_failure(verified);
    error.detail = X509_verify_cert_error_string(verified);
    co_return Failure{std::move(error)};
}

void ClientConnection::write_head(const Request& request) {
    out_.clear();
    out_.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
    append_field(out_, "Host", upstream_->host_field);
    for (const auto& [name, value] : request.headers.fields()) {
        if (is_of_connection(name) || equal_ignoring_case(name, "host")) continue;
        append_field(out_, name, value);
    }
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
        out_ += "Content-Length: ";
        append_number(out_, request.body.size());
        out_ += "\r\n";
    }
    out_ += "\r\n";
}

// Head and body in one, unless that is much; what does not go at once is left to send().
std::optional<StreamEnd> ClientConnection::send_now(const Request& request) {
    write_head(request);
    if (request.body.size() <= kJoinedBytesMax) out_ += request.body;
    return request.body.size() <= kJoinedBytesMax ? stream_.write_now(&out_) : std::nullopt;
}

asio::awaitable<StreamEnd> ClientConnection::send(const Request* request) {
    const StreamEnd end = co_await stream_.write(&out_);
    if (end != StreamEnd::None || request->body.size() <= kJoinedBytesMax) co_return end;
    co_return co_await stream_.write(&request->body);
}

asio::awaitable<Expected<void, Unanswered>> ClientConnection::exchange(const Request* request) {
    const bool kept = std::exchange(kept_, true);
    begun_ = ended_ = false;
    auto sent = send_now(*request);
    if (!sent) sent = co_await send(request);
    const bool broke = sent == StreamEnd::Reset || sent == StreamEnd::Tls;
    if (sent != StreamEnd::None && (kept || !broke)) {
        // Half a request was carried out by nobody.
        co_return Failure{Unanswered{broken(*sent, NetErrorKind::Closed), kept && broke}};
    }
    // A server may refuse before it has read everything, so what it said is read after all.
    const auto asked = request->method == "HEAD" ? http::Asked::Head : http::Asked::Other;
    const auto answered = co_await read_head(asked);
    if (!answered) {
        const bool closed = answered.error().kind == NetErrorKind::Closed;
        const bool repeatable = kept && closed && is_idempotent(request->method);
        co_return Failure{Unanswered{answered.error(), repeatable}};
    }
    if (broke) head_.keep_alive = false;
    co_return Expected<void, Unanswered>();
}

// The size of the head that stands in the buffer.
asio::awaitable<Expected<std::size_t, NetError>> ClientConnection::await_head() {
    http::HeadEnd head_end;
    for (;;) {
        const auto size = head_end.find(buffer_.view());
        if (!size) co_return Failure{upstream_->failure(NetErrorKind::BadAnswer, "head")};
        if (*size) co_return **size;
        auto received = stream_.read_now(&buffer_, kHeadSpace);
        if (!received) received = co_await stream_.read(&buffer_, kHeadSpace);
        if (received->end != StreamEnd::None) {
            co_return Failure{
                broken(received->end, begun_ ? NetErrorKind::Truncated : NetErrorKind::Closed)};
        }
        begun_ = true;
    }
}

// Reads one head into head_, past interim answers. Its bytes stay in the buffer.
asio::awaitable<Expected<void, NetError>> ClientConnection::read_head(http::Asked asked) {
    co_await stream_.readable();  // what went wrong, reading says
    for (int interim = 0; interim < kInterimMax; ++interim) {
        const auto size = co_await await_head();
        if (!size) co_return Failure{size.error()};
        head_bytes_ = *size;
        if (!http::parse_response(buffer_.view().substr(0, *size), asked, head_)) {
            co_return Failure{upstream_->failure(NetErrorKind::BadAnswer, "head")};
        }
        if (head_.status >= 200) co_return Expected<void, NetError>();
        if (head_.status == 101) break;  // we asked for no other protocol
        buffer_.take(*size);
    }
    co_return Failure{upstream_->failure(NetErrorKind::BadAnswer, "interim answers")};
}

Response ClientConnection::take_head() {
    Response response;
    response.status = head_.status;
    response.headers = headers_of(head_.fields);
    buffer_.take(head_bytes_);
    body_left_ = head_.framing.length;
    chunks_ = http::ChunkDecoder();
    refused_.reset();
    return response;
}

std::optional<std::string> ClientConnection::whole_body() {
    const bool none = head_.framing.kind == Framing::Kind::None;
    const bool here = head_.framing.kind == Framing::Kind::Length &&
                      head_.framing.length <= buffer_.view().size();
    if (!none && !here) return std::nullopt;
    ended_ = true;
    std::string whole(buffer_.view().substr(0, here ? head_.framing.length : 0));
    buffer_.take(whole.size());
    return whole;
}

// What the buffer holds of the body; sets ended_ with the last of it.
ClientConnection::Taken ClientConnection::take_body() {
    if (head_.framing.kind == Framing::Kind::Chunked) return take_chunks();
    std::string_view piece = buffer_.view();
    if (head_.framing.kind == Framing::Kind::Length) {
        piece = piece.substr(0, body_left_);
        body_left_ -= piece.size();
        ended_ = body_left_ == 0;
    }
    std::string out(piece);
    buffer_.take(out.size());
    return out;
}

// What came before broken framing is given out first, however it all arrived (P11).
ClientConnection::Taken ClientConnection::take_chunks() {
    std::string out;
    while (!ended_ && !refused_) {
        const auto step = chunks_.next(buffer_.view());
        if (!step) refused_ = step.error();
        if (!step || step->consumed == 0) break;
        out += step->piece;
        ended_ = step->done;
        buffer_.take(step->consumed);
    }
    if (out.empty() && refused_) return Failure{*refused_};
    return out;
}

asio::awaitable<Expected<std::string, NetError>> ClientConnection::read_body() {
    for (;;) {
        auto piece = take_body();
        if (!piece) co_return Failure{upstream_->failure(NetErrorKind::BadAnswer)};
        if (!piece->empty() || ended_) co_return *std::move(piece);
        const auto [bytes, end] = co_await stream_.read(&buffer_, kBodySpace);
        if (end == StreamEnd::Eof && head_.framing.kind == Framing::Kind::UntilClose) {
            ended_ = true;
            co_return std::string();
        }
        if (end != StreamEnd::None) co_return Failure{broken(end, NetErrorKind::Truncated)};
    }
}

void ClientConnection::rest() {
    buffer_.shrink(kHeadSpace);
    stream_.set_deadline(Instant::max());
    idle_since_ = monotonic_now();
}

}  // namespace kakehashi::net::detail
