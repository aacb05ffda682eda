// SPDX-License-Identifier: Apache-2.0
#include "preview.hpp"

#include <nca/core/clock.hpp>
#include <nca/io/file.hpp>

#include "program.hpp"

#include <algorithm>
#include <cstdio>
#include <support/render.hpp>
#include <support/terminal.hpp>
#include <support/webp.hpp>
#include <utility>

namespace program {

namespace {

constexpr double seconds_between = 3.0;
constexpr double longest_share = 0.01; // of the time, for drawing
constexpr int side = 288;              // of a file, in pixels, about

nca::Result<std::vector<std::byte>> encode_webp(const support::Image& image) {
    auto writer = support::AnimationWriter::create(image.width, image.height);
    if (!writer) return writer.error();
    if (const auto added = writer->add(image); !added) return added.error();
    return writer->finish();
}

} // namespace

Preview::Preview(std::string where, std::function<support::Image()> draw)
    : where_{std::move(where)}, draw_{std::move(draw)}, terminal_{where_ == "-" || where_ == "terminal"} {
    if (where_.empty()) return;
    if (terminal_) {
        if (support::shows_pictures(stderr)) return;
        throw Failure{"--preview " + where_ +
                      ": standard error is no terminal with colours; name a .png or .webp file instead"};
    }
    const std::string extension = extension_of(where_);
    if (extension != ".png" && extension != ".webp") {
        throw Failure{"--preview " + nca::quote_path(where_) + ": expected a .png or .webp file, or 'terminal'"};
    }
    require_writable(where_);
}

void Preview::update(support::ProgressBar& progress) {
    if (!where_.empty() && nca::detail::seconds_now() >= due_) show(progress);
}

void Preview::finish(support::ProgressBar& progress) {
    if (!where_.empty()) show(progress);
}

void Preview::show(support::ProgressBar& progress) {
    const double start = nca::detail::seconds_now();
    const support::Image image = draw_();
    if (terminal_) {
        support::TerminalSize room = support::terminal_size(stderr);
        room.rows -= 2; // the bar, and the line that remains when it ends
        --room.columns;
        progress.show_above(support::half_blocks(image.rgba, image.width, image.height, room));
    } else if (const auto done = write(image); !done && !std::exchange(warned_, true)) {
        progress.finish();
        std::fprintf(stderr, "nca: %s; the training goes on without the picture\n", done.error().message.c_str());
    }
    const double end = nca::detail::seconds_now();
    due_ = end + std::max(seconds_between, (end - start) / longest_share);
}

nca::Result<void> Preview::write(const support::Image& image) const {
    const support::Image large = support::enlarge(image, support::enlargement(image, side));
    if (extension_of(where_) == ".png") return support::write_png(where_, large);
    const auto bytes = encode_webp(large);
    return bytes ? nca::write_file_atomically(where_, *bytes) : bytes.error();
}

} // namespace program
