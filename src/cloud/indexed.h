#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

// A list in the order in which things came, and where its names and groups stand in it: 1,741
// municipalities are some 40,000 things that ask for each other by id.
namespace kakehashi::cloud {

// Pointers into it hold until something is added; moving the whole keeps them.
template <class Item>
class Indexed {
public:
    // Of two with the same name the first keeps it.
    void add(Item item, std::vector<std::string> names, std::vector<std::string> groups = {}) {
        for (std::string& name : names) {
            names_.try_emplace(std::move(name), items_.size());
        }
        for (std::string& group : groups) {
            groups_[std::move(group)].push_back(items_.size());
        }
        items_.push_back(std::move(item));
    }

    const std::vector<Item>& all() const { return items_; }

    const Item* find(std::string_view name) const {
        const auto found = names_.find(name);
        return found == names_.end() ? nullptr : &items_[found->second];
    }
    Item* find(std::string_view name) {
        const auto found = names_.find(name);
        return found == names_.end() ? nullptr : &items_[found->second];
    }

    // In the list's order.
    std::vector<const Item*> in(std::string_view group) const {
        std::vector<const Item*> out;
        const auto found = groups_.find(group);
        if (found == groups_.end()) return out;
        for (const std::size_t place : found->second) {
            out.push_back(&items_[place]);
        }
        return out;
    }

private:
    struct Hash {
        // NOLINTNEXTLINE(readability-identifier-naming): the name the standard library looks for
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    template <class Value>
    using ByText = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

    std::vector<Item> items_;
    ByText<std::size_t> names_;
    ByText<std::vector<std::size_t>> groups_;
};

// The name of what is unique in its account alone. No id, no ARN and no account has a line end.
inline std::string name_in(std::string_view account, std::string_view name) {
    return std::string(account).append("\n").append(name);
}

}  // namespace kakehashi::cloud
