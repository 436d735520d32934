#include "gateway/openapi.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "actors/model/json.hpp"

namespace stellwerk::gateway {

namespace bj = boost::json;

namespace {

bj::string_view view(std::string_view text) { return {text.data(), text.size()}; }

/// REQUIRES: `text` is JSON of ours.
bj::value parsed(const std::string& text) {
  problem impossible;
  return json::parse(text, impossible).value();
}

bj::object described(std::string_view text) { return {{"description", view(text)}}; }

bj::object content_of(bj::value schema, bj::string_view type) {
  return {{type, bj::object{{"schema", std::move(schema)}}}};
}

bool is_in_path(const route& row, std::string_view name) {
  return row.words.path.find('{' + std::string{name} + '}') != std::string_view::npos;
}

/// Takes what comes by path and query out of the request's schema; what is left is the body.
bj::array take_parameters(const route& row, bj::object& schema) {
  bj::array made;
  auto& properties = schema["properties"].as_object();
  for (auto& shape : row.fields()) {
    bool in_path = is_in_path(row, shape.name);
    bool in_query = !row.has_body() || row.words.in_query == shape.name;
    if (!in_path && !in_query) continue;
    auto name = view(shape.name);
    bj::array rest;
    bool required = in_path;
    if (auto* all = schema.if_contains("required"))
      for (auto& one : all->as_array()) {
        if (one.as_string() != name) rest.push_back(one);
        required = required || one.as_string() == name;
      }
    if (rest.empty())
      schema.erase("required");
    else
      schema["required"] = std::move(rest);
    made.push_back(
        {{"name", name},
         {"in", in_path ? "path" : "query"},
         {"required", required},
         {"schema", properties[name]}}
    );
    properties.erase(name);
  }
  return made;
}

bj::object refusals_of(const route& row) {
  auto refused = [](std::string_view text) {
    auto made = described(text);
    bj::value schema = bj::object{{"$ref", "#/components/schemas/problem"}};
    made["content"] = content_of(std::move(schema), "application/problem+json");
    return made;
  };
  bj::object made;
  if (row.words.needs.kind() != requirement::level::nothing)
    made["401"] = refused("Invalid or missing credentials");
  if (row.words.needs.kind() == requirement::level::permission)
    made["403"] = refused("Without " + std::string{name_of(row.words.needs.wanted())});
  made["422"] = refused("All problems of the request at once");
  made["429"] = refused("Over the limit of class " + to_word(row.words.limit));
  made["503"] = refused("Try again after Retry-After");
  if (row.words.method != http_method::get)
    made["507"] = refused("The disk is full; nothing was done: try again after Retry-After");
  return made;
}

bj::object contents_of(const route_words& words, bj::value schema) {
  auto made = content_of(std::move(schema), "application/json");
  if (!words.also_takes.empty())
    made[view(words.also_takes)] = bj::object{{"schema", bj::object{{"type", "string"}}}};
  return made;
}

bj::object operation_of(const route& row) {
  auto& words = row.words;
  auto schema = parsed(row.request_schema()).as_object();
  bj::object made{{"operationId", view(words.id)}, {"summary", view(words.summary)}};
  made["parameters"] = take_parameters(row, schema);
  if (row.has_patch) schema = bj::object{{"type", "object"}};
  auto* properties = schema.if_contains("properties");
  if (row.has_body() && (properties == nullptr || !properties->as_object().empty()))
    made["requestBody"] =
        bj::object{{"required", true}, {"content", contents_of(words, std::move(schema))}};
  if (words.needs.kind() != requirement::level::nothing)
    made["security"] = bj::array{bj::object{{"token", bj::array{}}}};
  auto responses = refusals_of(row);
  auto answer = row.answer_schema();
  auto success = described(answer.empty() ? "Done" : "The answer");
  if (!answer.empty()) success["content"] = content_of(parsed(answer), "application/json");
  bj::object plain;
  for_each_word(words.answers, [&](std::string_view type) {
    plain[view(type)] = bj::object{{"schema", bj::object{{"type", "string"}}}};
  });
  auto has_content = !answer.empty() || !plain.empty();
  if (!plain.empty()) success = {{"description", "The answer"}, {"content", std::move(plain)}};
  responses[std::to_string(has_content ? words.success : 204)] = std::move(success);
  made["responses"] = std::move(responses);
  return made;
}

}  // namespace

std::string openapi_document(const std::vector<const route*>& rows) {
  bj::object paths;
  for (auto* row : rows) {
    auto& path = paths[view(row->words.path)];
    if (!path.is_object()) path = bj::object{};
    path.as_object()[to_word(row->words.method)] = operation_of(*row);
  }
  bj::object text{{"type", "string"}};
  bj::object problem_schema{
      {"type", "object"},
      {"properties",
       {{"type", text},
        {"title", text},
        {"status", {{"type", "integer"}}},
        {"detail", text},
        {"code", text},
        {"request_id", text},
        {"errors", {{"type", "array"}, {"items", parsed(json::schema<problem>())}}}}}};
  bj::object document{
      {"openapi", "3.1.0"},
      {"info", {{"title", "Stellwerk"}, {"version", STELLWERK_VERSION}}},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", {{"problem", std::move(problem_schema)}}},
        {"securitySchemes",
         {{"token", {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}}}}}}};
  return json::to_text(document);
}

}  // namespace stellwerk::gateway
