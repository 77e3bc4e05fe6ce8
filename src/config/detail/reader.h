#pragma once

#include "config/configuration.h"
#include "config/detail/document.h"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Typed reading of one table: each key is asked for once, and what nobody asked for is unknown.
// Problems are collected, never returned. Thread rule: one strand.
namespace kakehashi::config::detail {

// What one run over a file knows.
struct Reading {
    std::string file;
    Problems problems = {};

    void report(Message what, Location where);  // beyond kProblemsMax nothing is kept
};

template <class T, std::size_t N>
using Choices = std::array<std::pair<std::string_view, T>, N>;

class TableReader {
public:
    // `table` and `reading` outlive this.
    TableReader(const Table& table, std::size_t line, std::string path, Reading& reading);

    // Leave `into` as it is when the key is absent or what stands there is refused, which is then
    // reported. Texts may not be empty.
    void read(std::string_view key, std::string& into);
    void read(std::string_view key, bool& into);
    void read(std::string_view key, std::uint32_t& into);
    void read(std::string_view key, std::uint64_t& into);
    void read(std::string_view key, TimePoint& into);
    void read(std::string_view key, std::chrono::sys_days& into);
    void read(std::string_view key, SecretString& into);
    void read(std::string_view key, std::vector<std::string>& into);
    template <class T>
    void read(std::string_view key, std::optional<T>& into) {
        if (!has(key)) {
            asked_.push_back(key);
            return;
        }
        T value{};
        const std::size_t before = reading_->problems.size();
        read(key, value);
        if (reading_->problems.size() == before) into = std::move(value);
    }
    template <class T, std::size_t N>
    void read(std::string_view key, T& into, const Choices<T, N>& choices) {
        std::optional<std::string> word;
        read(key, word);
        if (!word) return;
        std::vector<std::string_view> known;
        for (const auto& [name, value] : choices) {
            if (name == *word) into = value;
            known.push_back(name);
        }
        refuse_unless_known(key, *word, known);
    }
    void read_texts_or_one(
        std::string_view key,
        std::vector<std::string>& into
    );  // "a" or ["a", "b"]
    void read_parameters(std::string_view key, Parameters& into);
    void read_json(std::string_view key, json::value& into);

    // As read; an absent key is reported too.
    template <class T>
    void require(std::string_view key, T& into) {
        if (!has(key)) report("config.key.missing"_msg, key);
        read(key, into);
    }

    std::optional<TableReader> table(std::string_view key);
    std::vector<TableReader> tables(std::string_view key);  // [[key]]
    // The tables under `key` by name, for [key.NAME].
    std::vector<std::pair<std::string_view, TableReader>> named_tables(std::string_view key);

    bool has(std::string_view key) const { return find(key) != nullptr; }
    // Something is wrong with what stands at `key`; the field {key} is filled in here.
    void report(
        MessageId id,
        std::string_view key,
        std::vector<std::pair<std::string, std::string>> fields = {}
    );
    // Last of all: reports each key that was not asked for, with the nearest that was.
    void refuse_the_rest();
    TableLocation location() const;

private:
    const Entry* find(std::string_view key) const;
    const Value* ask(std::string_view key);
    std::string path_of(std::string_view key) const;
    void refuse_unless_known(
        std::string_view key,
        const std::string& word,
        const std::vector<std::string_view>& known
    );
    bool take_text(std::string_view key, const Value& value, std::string& into);

    const Table* table_;
    Reading* reading_;
    std::size_t line_;
    std::string path_;
    std::vector<std::string_view> asked_ = {};
};

}  // namespace kakehashi::config::detail
