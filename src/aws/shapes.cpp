#include "aws/detail/shapes.h"

#include "aws/detail/violations.h"
#include "base/encoding.h"
#include "base/text.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

extern "C" const char kakehashi_data_bedrock_runtime_shapes_json[],
    kakehashi_data_bedrock_runtime_shapes_json_end[];

namespace kakehashi::aws::detail {
namespace {

struct Shape {
    enum class Type {
        Structure,
        Union,
        List,
        Map,
        String,
        Blob,
        Integer,
        Number,
        Boolean,
        Document
    };
    Type type = Type::Document;
    std::vector<std::pair<std::string, const Shape*>> members;  // Structure, Union
    std::vector<std::string> required;
    const Shape* element = nullptr;  // of a List; value of a Map
    const Shape* key = nullptr;      // Map
    std::vector<std::string> choices;
    std::optional<std::int64_t> min, max;
    std::string name;
};
using Type = Shape::Type;
using Shapes = std::map<std::string, Shape, std::less<>>;

Type type_of(std::string_view name) {
    static const std::map<std::string_view, Type> types{
        {"structure", Type::Structure},
        {"union", Type::Union},
        {"list", Type::List},
        {"map", Type::Map},
        {"string", Type::String},
        {"blob", Type::Blob},
        {"integer", Type::Integer},
        {"long", Type::Integer},
        {"float", Type::Number},
        {"double", Type::Number},
        {"boolean", Type::Boolean},
        {"document", Type::Document}};
    const auto found = types.find(name);
    if (found == types.end()) std::abort();  // our own file
    return found->second;
}

std::vector<std::string> strings(const json::value& entry, std::string_view key) {
    std::vector<std::string> texts;
    if (const json::array* items = json::find_array(entry, key))
        for (const json::value& item : *items)
            texts.emplace_back(json::view(item.as_string()));
    return texts;
}

std::optional<std::int64_t> bound(const json::value& entry, std::string_view key) {
    const json::value* value = json::find(entry, key);
    return value ? std::optional(value->as_int64()) : std::nullopt;
}

const Shape* named(const Shapes& shapes, std::optional<std::string_view> name) {
    if (!name) return nullptr;
    const auto found = shapes.find(*name);
    if (found == shapes.end()) std::abort();
    return &found->second;
}

void fill(Shape& shape, const json::value& entry, const Shapes& shapes) {
    shape.type = type_of(json::find_string(entry, "type").value_or(""));
    if (const json::object* members = json::find_object(entry, "members"))
        for (const auto& [name, member] : *members)
            shape.members.emplace_back(name, named(shapes, json::view(member.as_string())));
    shape.required = strings(entry, "required");
    const char* const element = shape.type == Type::Map ? "value" : "member";
    shape.element = named(shapes, json::find_string(entry, element));
    shape.key = named(shapes, json::find_string(entry, "key"));
    shape.choices = strings(entry, "enum");
    shape.min = bound(entry, "min");
    shape.max = bound(entry, "max");
}

Shapes read_shapes() {
    const auto file = json::parse(
        {kakehashi_data_bedrock_runtime_shapes_json, kakehashi_data_bedrock_runtime_shapes_json_end}
    );
    const json::object* entries = file ? json::find_object(*file, "shapes") : nullptr;
    if (!entries) std::abort();
    Shapes shapes;
    for (const auto& [name, entry] : *entries)
        shapes[std::string(name)].name = name;
    for (const auto& [name, entry] : *entries)
        fill(shapes[std::string(name)], entry, shapes);
    return shapes;
}

const Shapes& shapes() {
    static const Shapes read = read_shapes();  // a map: pointers to its elements stay
    return read;
}

// A place in the document, as a step from the one around it, which outlives it: spelled out only
// when there is something to say about it.
class Place {
public:
    Place() = default;

    Place member(std::string_view name) const { return {*this, Step::Member, name, 0}; }
    Place element(std::size_t index) const { return {*this, Step::Element, {}, index}; }
    Place entry(std::string_view key) const { return {*this, Step::Entry, key, 0}; }

    // Constraints count from 1, Bedrock's own sentences from 0.
    std::string constraint() const {  // messages.1.member.role
        if (!around_) return "";
        const std::string before = around_->around_ ? around_->constraint() + "." : "";
        if (step_ == Step::Element) return before + std::to_string(index_ + 1) + ".member";
        return before + std::string(name_) + (step_ == Step::Entry ? ".member" : "");
    }
    std::string dotted() const {  // messages.0.role
        if (!around_) return "";
        const std::string before = around_->around_ ? around_->dotted() + "." : "";
        return before + (step_ == Step::Element ? std::to_string(index_) : std::string(name_));
    }

private:
    enum class Step { Member, Element, Entry };
    Place(const Place& around, Step step, std::string_view name, std::size_t index)
        : around_(&around), step_(step), name_(name), index_(index) {}

    const Place* around_ = nullptr;  // nullptr: the document itself
    Step step_ = Step::Member;
    std::string_view name_;
    std::size_t index_ = 0;
};

class ShapeCheck {
public:
    void check(
        const Shape& shape,
        const json::value& value,
        const Place& place,
        std::size_t depth
    ) {
        if (depth > kShapeDepthMax) return sentence(place, "is nested too deeply");
        switch (shape.type) {
            case Type::Structure:
                return check_structure(shape, value, place, depth);
            case Type::Union:
                return check_union(shape, value, place, depth);
            case Type::List:
                return check_list(shape, value, place, depth);
            case Type::Map:
                return check_map(shape, value, place, depth);
            case Type::String:
                return check_string(shape, value, place);
            case Type::Blob:
                return check_blob(shape, value, place);
            case Type::Integer:
            case Type::Number:
                return check_number(shape, value, place);
            case Type::Boolean:
                if (!value.is_bool()) wrong_kind(place, "boolean");
                return;
            case Type::Document:
                return;
        }
    }

    // Constraint violations first: the framework finds them before the service looks.
    std::optional<Rejection> rejection() const {
        if (wrong_kind_) return wrong_kind_;
        if (!violations_.empty()) return violations_.rejection("ValidationException");
        return sentence_;
    }

private:
    void check_structure(
        const Shape& shape,
        const json::value& value,
        const Place& place,
        std::size_t depth
    ) {
        const json::object* object = value.if_object();
        if (!object) return wrong_kind(place, "object");
        for (const auto& [name, member] : shape.members) {
            const json::value* found = object->if_contains(name);
            if (found && !found->is_null())
                check(*member, *found, place.member(name), depth + 1);
            else if (std::ranges::find(shape.required, name) != shape.required.end())
                violations_.add_null(place.member(name).constraint());
        }
    }

    // A member that this file does not name may be newer than it: it counts as the one that is set.
    void check_union(
        const Shape& shape,
        const json::value& value,
        const Place& place,
        std::size_t depth
    ) {
        const json::object* object = value.if_object();
        if (!object) return wrong_kind(place, "object");
        const auto is_set = [](const auto& entry) { return !entry.value().is_null(); };
        if (std::count_if(object->begin(), object->end(), is_set) != 1)
            return wrong_union(shape, place);
        check_structure(shape, value, place, depth);
    }

    void check_list(
        const Shape& shape,
        const json::value& value,
        const Place& place,
        std::size_t depth
    ) {
        const json::array* array = value.if_array();
        if (!array) return wrong_kind(place, "array");
        check_length(shape, array->size(), place, array->empty() ? "[]" : "");
        for (std::size_t i = 0; i < array->size(); ++i)
            check(*shape.element, (*array)[i], place.element(i), depth + 1);
    }

    void check_map(
        const Shape& shape,
        const json::value& value,
        const Place& place,
        std::size_t depth
    ) {
        const json::object* object = value.if_object();
        if (!object) return wrong_kind(place, "object");
        check_length(shape, object->size(), place, object->empty() ? "{}" : "");
        for (const auto& [key, entry] : *object) {
            const std::string_view name = key;
            check_length(*shape.key, character_count(name), place.entry(name), name);
            check(*shape.element, entry, place.entry(name), depth + 1);
        }
    }

    void check_string(const Shape& shape, const json::value& value, const Place& place) {
        if (!value.is_string()) return wrong_kind(place, "string");
        const std::string_view text = json::view(value.get_string());
        check_length(shape, character_count(text), place, text);
        if (shape.choices.empty() || std::ranges::find(shape.choices, text) != shape.choices.end())
            return;
        std::string choices;
        for (const std::string& choice : shape.choices)
            choices += (choices.empty() ? "" : ", ") + choice;
        violations_.add(
            place.constraint(), text, "Member must satisfy enum value set: [" + choices + "]"
        );
    }

    void check_blob(const Shape& shape, const json::value& value, const Place& place) {
        if (!value.is_string()) return wrong_kind(place, "string");
        const auto bytes = from_base64(json::view(value.get_string()));
        if (!bytes) return wrong_kind(place, "base64 string");
        check_length(shape, bytes->size(), place, "");
    }

    void check_number(const Shape& shape, const json::value& value, const Place& place) {
        const bool integer = value.is_int64() || value.is_uint64();
        if (!integer && (shape.type == Type::Integer || !value.is_double()))
            return wrong_kind(place, "number");
        const double number = value.is_double()  ? value.get_double()
                              : value.is_int64() ? static_cast<double>(value.get_int64())
                                                 : static_cast<double>(value.get_uint64());
        const std::string text = json::serialize(value);
        if (shape.min && number < static_cast<double>(*shape.min))
            violations_.add(
                place.constraint(),
                text,
                "Member must have value greater than or equal to " + std::to_string(*shape.min)
            );
        if (shape.max && number > static_cast<double>(*shape.max))
            violations_.add(
                place.constraint(),
                text,
                "Member must have value less than or equal to " + std::to_string(*shape.max)
            );
    }

    void check_length(
        const Shape& shape,
        std::size_t length,
        const Place& place,
        std::string_view shown
    ) {
        const auto complain = [&](const std::string& constraint) {
            if (shown.empty() && length != 0)
                violations_.add_unquoted(place.constraint(), constraint);
            else
                violations_.add(place.constraint(), shown, constraint);
        };
        if (shape.max && std::cmp_greater(length, *shape.max))
            complain(at_most(static_cast<std::size_t>(*shape.max)));
        if (shape.min && std::cmp_less(length, *shape.min))
            complain(at_least(static_cast<std::size_t>(*shape.min)));
    }

    // Words from public issues, unverified.
    void wrong_kind(const Place& place, std::string_view kind) {
        if (wrong_kind_) return;
        const std::string dotted = place.dotted();
        const std::string where = dotted.empty() ? "the request body" : dotted;
        wrong_kind_ = Rejection{
            400,
            "ValidationException",
            "The format of the value at " + where + " is invalid. Provide a json " +
                std::string(kind) + " for the field and try again."};
    }
    void wrong_union(const Shape& shape, const Place& place) {
        std::string names;
        for (const auto& [name, member] : shape.members)
            names += (names.empty() ? "" : ", ") + name;
        if (!sentence_)
            sentence_ = Rejection{
                400,
                "ValidationException",
                shape.name + " object at " + place.dotted() +
                    " must set one of the following keys: " + names + "."};
    }
    void sentence(const Place& place, std::string_view what) {
        if (!sentence_)
            sentence_ = Rejection{
                400,
                "ValidationException",
                "The value at " + place.dotted() + " " + std::string(what) + "."};
    }

    Violations violations_;
    std::optional<Rejection> wrong_kind_, sentence_;
};

}  // namespace

std::optional<Rejection> check_shape(std::string_view shape, const json::value& value) {
    const auto found = shapes().find(shape);
    if (found == shapes().end()) std::abort();
    ShapeCheck check;
    check.check(found->second, value, {}, 0);
    return check.rejection();
}

}  // namespace kakehashi::aws::detail
