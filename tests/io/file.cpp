// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#include <nca/io/file.hpp>

#include "temporary.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if !defined(_WIN32)
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#endif

namespace {

using nca::tests::TemporaryFolder;

std::string content(const std::string& path) {
    const auto bytes = nca::read_file(path);
    REQUIRE_MESSAGE(bytes.ok(), bytes.error().message);
    return std::string{nca::as_text(*bytes)};
}

void put(const std::string& path, std::string_view text) {
    const auto done = nca::write_file_atomically(path, nca::as_bytes(text));
    REQUIRE_MESSAGE(done.ok(), done.error().message);
}

template <class T>
std::string refusal(const nca::Result<T>& result) {
    REQUIRE_FALSE(result.ok());
    return result.error().message;
}

} // namespace

TEST_CASE("files of any size survive a round trip") {
    const TemporaryFolder folder;
    for (const std::size_t size : {0UL, 1UL, 4095UL, 4096UL, 4097UL, 100'000UL}) {
        std::string text(size, 'x');
        for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31);
        put(folder.file("a"), text);
        CHECK(content(folder.file("a")) == text);
    }
    CHECK(folder.count() == 1);
}

TEST_CASE("a file written in parts is their concatenation") {
    const TemporaryFolder folder;
    const std::span<const std::byte> parts[] = {nca::as_bytes("one "), nca::as_bytes(""), nca::as_bytes("two")};
    CHECK(nca::write_file_atomically(folder.file("a"), parts).ok());
    CHECK(content(folder.file("a")) == "one two");
}

TEST_CASE("a failure to read names the file and the cause") {
    const TemporaryFolder folder;
    const std::string missing = refusal(nca::read_file(folder.file("nowhere.bin")));
    NCA_CHECK_MESSAGE_HAS(missing, "nowhere.bin': no such file");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::read_file("")), "no such file");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::read_file(folder.file("."))), "it is a folder");
    put(folder.file("a"), "12345");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::read_file(folder.file("a/b"))), "no such file");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::read_file(folder.file("a"), 4)), "it is larger than 4 bytes");
    CHECK(nca::read_file(folder.file("a"), 5).ok());
    NCA_CHECK_MESSAGE_HAS(refusal(nca::read_file(folder.file("line\nbreak"))), "line\\nbreak");
}

TEST_CASE("without a commit the old file stays and no temporary file remains") {
    const TemporaryFolder folder;
    put(folder.file("a"), "old");
    {
        auto file = nca::AtomicFile::create(folder.file("a"));
        REQUIRE(file.ok());
        CHECK(file->write(nca::as_bytes("new")).ok());
        CHECK(folder.count() == 2);
        CHECK(content(folder.file("a")) == "old");
    }
    CHECK(folder.count() == 1);
    CHECK(content(folder.file("a")) == "old");
}

TEST_CASE("an atomic file can be moved, and refuses everything after its commit") {
    const TemporaryFolder folder;
    auto file = nca::AtomicFile::create(folder.file("a"));
    REQUIRE(file.ok());
    nca::AtomicFile moved = std::move(*file);
    CHECK(moved.write(nca::as_bytes("text")).ok());
    CHECK(moved.commit().ok());
    CHECK(content(folder.file("a")) == "text");
    NCA_CHECK_MESSAGE_HAS(refusal(moved.write(nca::as_bytes("more"))), "closed");
    NCA_CHECK_MESSAGE_HAS(refusal(moved.commit()), "closed");
    auto other = nca::AtomicFile::create(folder.file("b"));
    REQUIRE(other.ok());
    *other = std::move(moved);
    CHECK(folder.count() == 1);
}

TEST_CASE("of two concurrent writers of a file the last to commit wins") {
    const TemporaryFolder folder;
    auto first = nca::AtomicFile::create(folder.file("a"));
    auto second = nca::AtomicFile::create(folder.file("a"));
    REQUIRE(first.ok());
    REQUIRE(second.ok());
    CHECK(first->write(nca::as_bytes("first")).ok());
    CHECK(second->write(nca::as_bytes("second")).ok());
    CHECK(second->commit().ok());
    CHECK(content(folder.file("a")) == "second");
    CHECK(first->commit().ok());
    CHECK(content(folder.file("a")) == "first");
    CHECK(folder.count() == 1);
}

TEST_CASE("a failure to write names the file and the cause, and leaves no temporary file") {
    const TemporaryFolder folder;
    const auto text = nca::as_bytes("text");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::write_file_atomically(folder.file("no/such/x"), text)),
                          "no/such/x': its folder does not exist");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::write_file_atomically("", text)), "the name is empty");
    std::filesystem::create_directory(folder.file("sub"));
    NCA_CHECK_MESSAGE_HAS(refusal(nca::write_file_atomically(folder.file("sub"), text)), "sub': it is a folder");
    CHECK(folder.count() == 1);
}

TEST_CASE("names are in UTF-8") {
    const TemporaryFolder folder;
    const std::string name =
        "\xC3\xA4\xC3\xB6\xC3\xBC \xE8\x9C\xA5\xE8\x9C\xB4 \xF0\x9F\xA6\x8E.bin"; // umlauts, CJK, a lizard
    put(folder.file(name), "old");
    put(folder.file(name), "new");
    CHECK(content(folder.file(name)) == "new");
    const std::u8string expected(name.begin(), name.end());
    const auto entry = std::filesystem::directory_iterator{folder.path()};
    CHECK(entry->path().filename().u8string() == expected);
    CHECK(folder.count() == 1);
}

TEST_CASE("a read-only file is not replaced") {
    const TemporaryFolder folder;
    put(folder.file("a"), "old");
    std::filesystem::permissions(folder.path() / "a", std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::remove);
    const auto written = nca::write_file_atomically(folder.file("a"), nca::as_bytes("new"));
    if (!written.ok()) { // this user may not be allowed to write everything
        NCA_CHECK_MESSAGE_HAS(refusal(written), "permission denied");
        CHECK(content(folder.file("a")) == "old");
    }
    std::filesystem::permissions(folder.path() / "a", std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add);
    CHECK(folder.count() == 1);
}

TEST_CASE("a temporary file that nobody writes is used again, a folder in its place is not") {
    const TemporaryFolder folder;
    put(folder.file("a.tmp"), "what a killed program left");
    put(folder.file("a"), "text");
    CHECK(content(folder.file("a")) == "text");
    CHECK(folder.count() == 1);
    std::filesystem::create_directory(folder.path() / "a.tmp");
    put(folder.file("a"), "other");
    CHECK(content(folder.file("a")) == "other");
    CHECK(folder.count() == 2);
}

TEST_CASE("whoever reads a file while it is replaced sees the old content") {
    const TemporaryFolder folder;
    put(folder.file("a"), "old");
    std::FILE* const reader = nca::detail::io::open_to_read(folder.file("a"));
    REQUIRE(reader != nullptr);
    const auto written = nca::write_file_atomically(folder.file("a"), nca::as_bytes("new"));
    char text[4] = {};
    CHECK(std::fread(text, 1, 3, reader) == 3);
    CHECK(std::string{text} == "old");
    std::fclose(reader);
#if defined(_WIN32) // where some file systems do not replace a file that is open
    if (!written.ok()) {
        NCA_CHECK_MESSAGE_HAS(refusal(written), "permission denied");
        CHECK(content(folder.file("a")) == "old");
        CHECK(folder.count() == 1);
        return;
    }
#endif
    REQUIRE_MESSAGE(written.ok(), written.error().message);
    CHECK(content(folder.file("a")) == "new");
}

#if defined(_WIN32)
TEST_CASE("devices are neither read nor written") {
    const TemporaryFolder folder;
    CHECK_FALSE(nca::read_file("NUL").ok());
    CHECK_FALSE(nca::write_file_atomically("NUL", nca::as_bytes("x")).ok());
}
#else
TEST_CASE("a full disk is reported and the old file stays") {
    const TemporaryFolder folder;
    put(folder.file("a"), "old");
    // A limit on the file size fails like a full disk.
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before;
    small.rlim_cur = 4096;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string large(1'000'000, 'x');
    const auto whole = nca::write_file_atomically(folder.file("a"), nca::as_bytes(large));
    const auto buffered = nca::write_file_atomically(folder.file("a"), nca::as_bytes(large).first(4097));
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    NCA_CHECK_MESSAGE_HAS(refusal(whole), "cannot write");
    NCA_CHECK_MESSAGE_HAS(refusal(buffered), "cannot write");
    CHECK(folder.count() == 1);
    CHECK(content(folder.file("a")) == "old");
}

TEST_CASE("devices are neither read nor replaced") {
    NCA_CHECK_MESSAGE_HAS(refusal(nca::read_file("/dev/zero")), "neither a file nor a pipe");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::write_file_atomically("/dev/null", nca::as_bytes("x"))), "not a regular file");
    CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("a file without permission is neither read nor replaced") {
    const TemporaryFolder folder;
    put(folder.file("a"), "old");
    ::chmod(folder.file("a").c_str(), 0);
    if (::access(folder.file("a").c_str(), R_OK) == 0) {
        MESSAGE("skipped: this user can read and write everything");
        return;
    }
    NCA_CHECK_MESSAGE_HAS(refusal(nca::read_file(folder.file("a"))), "permission denied");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::write_file_atomically(folder.file("a"), nca::as_bytes("x"))),
                          "permission denied");
}

TEST_CASE("replacing a file keeps its permissions and symbolic links to it") {
    const TemporaryFolder folder;
    put(folder.file("a"), "old");
    ::chmod(folder.file("a").c_str(), 0640);
    REQUIRE(::symlink("a", folder.file("link").c_str()) == 0);
    put(folder.file("link"), "new");
    CHECK(std::filesystem::is_symlink(folder.file("link")));
    CHECK(content(folder.file("a")) == "new");
    struct stat status {};
    REQUIRE(::stat(folder.file("a").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0640U);
}

TEST_CASE("a link to a file that does not exist yet is followed") {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.file("sub"));
    REQUIRE(::symlink("sub/second", folder.file("first").c_str()) == 0);
    REQUIRE(::symlink("../file", folder.file("sub/second").c_str()) == 0);
    put(folder.file("first"), "new");
    CHECK(std::filesystem::is_symlink(folder.file("first")));
    CHECK(std::filesystem::is_symlink(folder.file("sub/second")));
    CHECK(content(folder.file("file")) == "new");
    REQUIRE(::symlink("loop", folder.file("loop").c_str()) == 0);
    NCA_CHECK_MESSAGE_HAS(refusal(nca::write_file_atomically(folder.file("loop"), nca::as_bytes("x"))), "cannot write");
}

TEST_CASE("a file with the longest possible name is written") {
    const TemporaryFolder folder;
    for (const std::size_t length : {250UL, 251UL, 255UL}) {
        const std::string path = folder.file(std::string(length, 'n'));
        put(path, "old");
        put(path, "new");
        CHECK(content(path) == "new");
    }
    CHECK(folder.count() == 3);
    NCA_CHECK_MESSAGE_HAS(refusal(nca::write_file_atomically(folder.file(std::string(256, 'n')), nca::as_bytes("x"))),
                          "too long");
}

TEST_CASE("what a killed writer leaves is one file, which the next writer uses") {
    const TemporaryFolder folder;
    for (int kill = 0; kill < 3; ++kill) {
        const pid_t writer = ::fork();
        REQUIRE(writer >= 0);
        if (writer == 0) {
            auto file = nca::AtomicFile::create(folder.file("a"));
            if (file.ok() && file->write(nca::as_bytes("a longer text")).ok()) ::raise(SIGKILL);
            ::_exit(1);
        }
        int status = 0;
        REQUIRE(::waitpid(writer, &status, 0) == writer);
        REQUIRE(WIFSIGNALED(status));
        CHECK(folder.count() == 1);
    }
    put(folder.file("a"), "text");
    CHECK(content(folder.file("a")) == "text");
    CHECK(folder.count() == 1);
}

TEST_CASE("what is in the way of a temporary file and not a leftover stays") {
    const TemporaryFolder folder;
    put(folder.file("other"), "other");
    REQUIRE(::symlink("other", folder.file("a.tmp").c_str()) == 0);
    std::filesystem::create_directory(folder.file("a.tmp1"));
    put(folder.file("a"), "text");
    CHECK(content(folder.file("a")) == "text");
    CHECK(content(folder.file("other")) == "other");
    CHECK(std::filesystem::is_symlink(folder.file("a.tmp")));
    CHECK(folder.count() == 4);
}

TEST_CASE("a pipe is read to its end, up to the limit") {
    const TemporaryFolder folder;
    const std::string path = folder.file("pipe");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const auto feed = [&](std::size_t size) {
        return std::thread{[=] {
            if (std::FILE* pipe = std::fopen(path.c_str(), "wb")) {
                const std::string text(size, 'p');
                std::fwrite(text.data(), 1, text.size(), pipe);
                std::fclose(pipe);
            }
        }};
    };
    const auto handler = std::signal(SIGPIPE, SIG_IGN);
    std::thread writer = feed(100'000);
    CHECK(content(path) == std::string(100'000, 'p'));
    writer.join();
    writer = feed(100'000);
    NCA_CHECK_MESSAGE_HAS(refusal(nca::read_file(path, 50'000)), "larger than 50000 bytes");
    writer.join();
    std::signal(SIGPIPE, handler);
}
#endif
