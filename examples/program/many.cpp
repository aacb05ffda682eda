// SPDX-License-Identifier: Apache-2.0
// nca many: a list of trainings, several at a time, each in a process of its own, and a table of what became of them.
#include <nca/io/file.hpp>

#include "child.hpp"
#include "command.hpp"
#include "program.hpp"
#include "stop.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <thread>

namespace program {

namespace {

struct ManyOptions {
    std::string list{};
    std::vector<std::string> command{};
    std::string out{};
    std::string part{};
    int jobs = 0;
};

/// One line of the list.
struct Item {
    std::string target{};
    std::filesystem::path folder{};

    [[nodiscard]] std::string file(const char* name) const { return (folder / name).string(); }
    [[nodiscard]] std::string result() const { return file("result.json"); }
    [[nodiscard]] bool has(const char* name) const {
        std::error_code error;
        return std::filesystem::exists(folder / name, error);
    }
};

/// The name of the folder of a target: that of its file, with _ for what is special to shells.
std::string folder_name(const std::string& target) {
    std::string name = stem_of(target);
    for (char& c : name) {
        const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '_' || (c == '.' && &c != name.data()) || static_cast<unsigned char>(c) >= 0x80;
        if (!good) c = '_';
    }
    return name.empty() ? "_" : name;
}

/// The lines of a list, without those that are empty or begin with #.
std::vector<Item> items_of(const ManyOptions& options) {
    const std::vector<std::byte> bytes = require(nca::read_file(options.list));
    std::string_view text = nca::as_text(bytes);
    std::vector<Item> items;
    std::map<std::string, std::string> names;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
            line.remove_suffix(1);
        while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
        if (line.empty() || line.front() == '#') continue;
        const std::string target{line};
        const std::string name = folder_name(target);
        if (const auto [known, fresh] = names.emplace(name, target); !fresh) {
            throw Failure{nca::quote_path(options.list) + ": " + nca::quote(known->second, 60) + " and " +
                          nca::quote(target, 60) + " would share the folder " + nca::quote(name, 60)};
        }
        items.push_back({target, std::filesystem::path{options.out} / name});
    }
    if (items.empty()) throw Failure{nca::quote_path(options.list) + " names nothing to train"};
    return items;
}

/// Every N-th item from the K-th on, of --part K/N.
std::vector<Item> part_of(const std::vector<Item>& items, const std::string& part) {
    if (part.empty()) return items;
    const std::size_t slash = part.find('/');
    std::size_t which = 0;
    std::size_t count = 0;
    if (slash == std::string::npos || !parse_number(part.substr(slash + 1), 1, 1000000, count) ||
        !parse_number(part.substr(0, slash), 1, count, which)) {
        throw Failure{"--part: expected K/N with K from 1 to N, found " + nca::quote(part, 40)};
    }
    std::vector<Item> chosen;
    for (std::size_t i = which - 1; i < items.size(); i += count) chosen.push_back(items[i]);
    return chosen;
}

/// Whether a word of a command sets an option such as `--out`.
bool sets(std::string_view word, std::string_view option) {
    return word.starts_with(option) && (word.size() == option.size() || word[option.size()] == '=');
}
bool any_sets(const std::vector<std::string>& words, std::string_view option) {
    return std::ranges::any_of(words, [&](const std::string& word) { return sets(word, option); });
}

/// The command line of a training.
std::vector<std::string> words_of(const ManyOptions& options, const Item& item) {
    std::vector<std::string> words;
    for (std::string word : options.command) {
        for (std::size_t at = word.find("{}"); at != std::string::npos; at = word.find("{}", at + item.target.size())) {
            word.replace(at, 2, item.target);
        }
        words.push_back(std::move(word));
    }
    if (!any_sets(words, "--threads")) words.insert(words.end(), {"--threads", "1"});
    words.insert(words.end(), {"--out", item.folder.string()});
    if (item.has("checkpoint.safetensors")) words.emplace_back("--resume");
    return words;
}

void require_command(const std::vector<std::string>& command) {
    const auto holds = [&](std::string_view text) {
        return std::ranges::any_of(command, [&](const std::string& word) { return word.find(text) != word.npos; });
    };
    if (!holds("{}")) throw Failure{"the command has no {}, which stands for the target"};
    for (const char* const own : {"--out", "--resume", "--overwrite"}) {
        if (!any_sets(command, own)) continue;
        throw Failure{std::string{"the command has "} + own +
                      ": every training has its own folder, and is resumed there"};
    }
}

/// The numbers and words of a result, those of its health with a prefix.
std::vector<std::pair<std::string, std::string>> cells_of(const nca::Json& result, const std::string& prefix = {}) {
    std::vector<std::pair<std::string, std::string>> cells;
    for (const auto& [key, value] : *result.as_object()) {
        if (const std::string* const word = value.as_string()) {
            cells.emplace_back(prefix + key, *word);
        } else if (const auto number = value.as_number()) {
            cells.emplace_back(prefix + key, nca::number_text(*number));
        } else if (value.as_object() != nullptr && prefix.empty()) {
            const auto more = cells_of(value, key + ".");
            cells.insert(cells.end(), more.begin(), more.end());
        }
    }
    return cells;
}

std::string quoted_cell(const std::string& text) {
    if (text.find_first_of(",\"\n") == std::string::npos) return text;
    std::string quoted{'"'};
    for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + '"';
}

/// Writes a row of every item that has a result. Columns are in the order in which results have them.
void write_table(const std::vector<Item>& items, const std::string& path) {
    std::vector<std::string> columns;
    std::vector<std::map<std::string, std::string>> rows;
    for (const Item& item : items) {
        auto& row = rows.emplace_back();
        const auto bytes = nca::read_file(item.result());
        if (!bytes) continue;
        const auto result = nca::parse_json(nca::as_text(*bytes));
        if (!result || result->as_object() == nullptr) continue;
        for (const auto& [column, text] : cells_of(*result)) {
            if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
            row.emplace(column, text);
        }
    }
    std::string text = "name,done";
    for (const std::string& column : columns) text.append(",").append(quoted_cell(column));
    text.append("\n");
    for (std::size_t i = 0; i < items.size(); ++i) {
        text.append(quoted_cell(items[i].folder.filename().string())).append(rows[i].empty() ? ",no" : ",yes");
        for (const std::string& column : columns) text.append(",").append(quoted_cell(rows[i][column]));
        text.append("\n");
    }
    require(nca::write_file_atomically(path, nca::as_bytes(text)));
}

struct Running {
    const Item* item;
    Child child;
};

/// Runs the trainings that have no result yet, `jobs` at a time. Returns those that failed.
std::vector<const Item*> run_all(const std::vector<Item>& items, const ManyOptions& options, int jobs) {
    std::vector<const Item*> waiting;
    for (const Item& item : items) {
        if (!item.has("result.json")) waiting.push_back(&item);
    }
    const std::size_t count = waiting.size();
    std::reverse(waiting.begin(), waiting.end());
    std::vector<const Item*> failed;
    std::vector<Running> running;
    std::size_t ended = 0;
    bool stopping = false;
    while (!running.empty() || (!waiting.empty() && !stopping)) {
        if (requested_stop() != 0 && !stopping) {
            stopping = true;
            for (const Running& one : running) one.child.stop();
        }
        while (!stopping && !waiting.empty() && std::ssize(running) < jobs) {
            const Item* const item = waiting.back();
            waiting.pop_back();
            std::error_code error;
            std::filesystem::create_directories(item->folder, error);
            if (error) throw Failure{nca::quote_path(item->folder.string()) + ": " + error.message()};
            running.push_back(
                {item, Child{words_of(options, *item), item->file("result.part"), item->file("log.txt")}});
        }
        std::erase_if(running, [&](Running& one) {
            const auto status = one.child.poll();
            if (!status) return false;
            const std::string part = one.item->file("result.part");
            std::error_code error;
            if (*status == 0) {
                std::filesystem::rename(part, one.item->result(), error);
            } else {
                std::filesystem::remove(part, error);
                if (!stopping) failed.push_back(one.item);
            }
            ++ended;
            if (!stopping) {
                std::fprintf(stderr, "nca: %s %s (%zu of %zu)\n", one.item->folder.filename().string().c_str(),
                             *status == 0 ? "is trained" : "failed", ended, count);
            }
            return true;
        });
        if (!running.empty()) std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return failed;
}

void many(const ManyOptions& options) {
    if (!can_start_children()) throw Failure{"many trainings at a time need a POSIX system"};
    require_command(options.command);
    const std::vector<Item> all = items_of(options);
    const std::vector<Item> items = part_of(all, options.part);
    const int jobs =
        options.jobs > 0 ? options.jobs : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    catch_stop_signals();
    const auto failed = run_all(items, options, jobs);
    const std::string table = (std::filesystem::path{options.out} / "table.csv").string();
    write_table(all, table);
    nca::Json result = nca::Json::object({{"table", table}, {"trainings", all.size()}});
    const auto done = std::ranges::count_if(all, [](const Item& item) { return item.has("result.json"); });
    result.set("done", static_cast<std::int64_t>(done));
    result.set("failed", json_list(failed, [](const Item* item) { return item->folder.string(); }));
    if (requested_stop() != 0) {
        static_cast<void>(try_print(result));
        throw Stopped{requested_stop()};
    }
    print_result(result);
    if (!failed.empty()) {
        throw Failure{std::to_string(failed.size()) + " of " + std::to_string(items.size()) +
                      " trainings failed; the first wrote " + nca::quote_path(failed.front()->file("log.txt"))};
    }
}

} // namespace

void add_many(const Command& program) {
    const auto [command, options] =
        program.add_command("many", "Train every target of a list, one process per core, and make a table", many);
    command.add("LIST", options.list, "A text file with a target in every line; lines that begin with # do not count")
        .required();
    command
        .add("COMMAND", options.command,
             "Behind --, the command that trains one, with {} for the target and without --out: grow --target {} "
             "--recipe fast. Each has --threads 1 unless it says otherwise")
        .required();
    command
        .add("--out", options.out,
             "Folder for a folder of each training, with its result.json and log.txt, and for table.csv. The same "
             "command again does what is left")
        .required();
    command.add("--jobs", options.jobs, "Trainings at a time; 0 takes one per processor", 0, 1024);
    command.add(
        "--part", options.part,
        "As K/N, only every N-th target from the K-th on: for the K-th of N jobs of a cluster, which share --out");
}

} // namespace program
