// SPDX-License-Identifier: Apache-2.0
// Memory and messages between JavaScript and the engine.
#include "engine.hpp"

#include <cstdlib>

namespace web {

namespace {

std::string failure;            // what was wrong last
std::vector<std::byte> present; // what was given last

} // namespace

bool fail(std::string message) {
    failure = std::move(message);
    return false;
}

void give(std::span<const std::byte> bytes) {
    present.assign(bytes.begin(), bytes.end());
}
void give(std::string_view bytes) {
    give(nca::as_bytes(bytes));
}

} // namespace web

#define NCA_WEB_TEXT2(value) #value
#define NCA_WEB_TEXT(value) NCA_WEB_TEXT2(value)

NCA_WEB_FUNCTION(void*, nca_allocate)(std::size_t size) {
    return std::malloc(size > 0 ? size : 1);
}
NCA_WEB_FUNCTION(void, nca_release)(void* memory) {
    std::free(memory);
}
NCA_WEB_FUNCTION(const std::byte*, nca_result)() {
    return web::present.data();
}
NCA_WEB_FUNCTION(std::size_t, nca_result_size)() {
    return web::present.size();
}
NCA_WEB_FUNCTION(void, nca_failure)() {
    web::give(web::failure);
}
NCA_WEB_FUNCTION(void, nca_version)() {
    web::give(NCA_WEB_TEXT(NCA_VERSION_MAJOR) "." NCA_WEB_TEXT(NCA_VERSION_MINOR) "." NCA_WEB_TEXT(NCA_VERSION_PATCH));
}
