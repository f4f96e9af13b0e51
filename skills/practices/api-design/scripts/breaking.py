#!/usr/bin/env python3
"""Lists what breaks existing clients between two OpenAPI 3 documents: breaking.py OLD.json NEW.json

Follows local $ref. Reports removed paths, operations, answers and answer fields, fields that became
optional or nullable in answers, new required input, narrowed types, enums and limits of input, and
widened enums of answers. Exit 0 nothing breaks, 1 something does, 2 bad input.
"""
import json
import sys

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
found = []


def resolve(document, node):
    seen = set()
    while isinstance(node, dict) and "$ref" in node:
        if node["$ref"] in seen or not node["$ref"].startswith("#/"):
            return {}
        seen.add(node["$ref"])
        target = document
        for part in node["$ref"][2:].split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node or {}


def types(schema):
    kind = schema.get("type", [])
    kinds = {kind} if isinstance(kind, str) else set(kind)
    return kinds | ({"null"} if schema.get("nullable") else set())


def compare(old_doc, new_doc, old, new, place, into_server, depth=0):
    """Input may only become wider, output only narrower."""
    old, new = resolve(old_doc, old), resolve(new_doc, new)
    if depth > 20 or not old:
        return
    say = lambda text: found.append(f"{place}: {text}")
    before, after = types(old), types(new)
    if before and after:
        if into_server and not before <= after | ({"integer"} if "number" in after else set()):
            say(f"input type {sorted(before)} became {sorted(after)}")
        if not into_server and not after <= before | ({"integer"} if "number" in before else set()):
            say(f"output type {sorted(before)} became {sorted(after)}")
    if "enum" in old or "enum" in new:
        one, two = old.get("enum"), new.get("enum")
        if into_server and two is not None and (one is None or set(map(str, one)) - set(map(str, two))):
            say("input accepts fewer values")
        if not into_server and one is not None and (two is None or set(map(str, two)) - set(map(str, one))):
            say("output may hold new values")
    if into_server:
        for limit, worse in (("maxLength", -1), ("maximum", -1), ("maxItems", -1), ("minLength", 1), ("minimum", 1), ("minItems", 1)):
            if limit in new and (limit not in old or (new[limit] - old[limit]) * worse > 0):
                say(f"input limit {limit} is now {new[limit]}")
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    old_needed, new_needed = set(old.get("required", [])), set(new.get("required", []))
    for name in sorted(new_needed - old_needed) if into_server else []:
        say(f"input now requires `{name}`")
    for name in sorted(old_needed - new_needed) if not into_server else []:
        if name in new_fields:
            say(f"output may lack `{name}`")
    for name, schema in old_fields.items():
        if name in new_fields:
            compare(old_doc, new_doc, schema, new_fields[name], f"{place}.{name}", into_server, depth + 1)
        elif not into_server:
            say(f"output lost `{name}`")
        elif new.get("additionalProperties") is False:
            say(f"input refuses `{name}`")
    if "items" in old and "items" in new:
        compare(old_doc, new_doc, old["items"], new["items"], f"{place}[]", into_server, depth + 1)


def operation(old_doc, new_doc, old, new, place):
    key = lambda item: (item["in"], item["name"])
    before = {key(p): p for p in (resolve(old_doc, p) for p in old.get("parameters", []))}
    after = {key(p): p for p in (resolve(new_doc, p) for p in new.get("parameters", []))}
    for where, parameter in after.items():
        if parameter.get("required") and not before.get(where, {}).get("required"):
            found.append(f"{place}: {where[0]} parameter `{where[1]}` is now required")
        if where in before:
            compare(old_doc, new_doc, before[where].get("schema", {}), parameter.get("schema", {}), f"{place} ?{where[1]}", True)
    one, two = (resolve(doc, op.get("requestBody", {})) for doc, op in ((old_doc, old), (new_doc, new)))
    if two.get("required") and not one.get("required"):
        found.append(f"{place}: a body is now required")
    for kind, media in one.get("content", {}).items():
        if kind not in two.get("content", {}):
            found.append(f"{place}: {kind} bodies are no longer taken")
        else:
            compare(old_doc, new_doc, media.get("schema", {}), two["content"][kind].get("schema", {}), f"{place} body", True)
    for status, answer in old.get("responses", {}).items():
        if status not in new.get("responses", {}):
            found.append(f"{place}: answer {status} is gone")
            continue
        one, two = resolve(old_doc, answer), resolve(new_doc, new["responses"][status])
        for kind, media in one.get("content", {}).items():
            if kind not in two.get("content", {}):
                found.append(f"{place} {status}: {kind} is no longer sent")
            else:
                compare(old_doc, new_doc, media.get("schema", {}), two["content"][kind].get("schema", {}), f"{place} {status}", False)


def main():
    if len(sys.argv) != 3:
        print("usage: breaking.py OLD.json NEW.json", file=sys.stderr)
        return 2
    try:
        old, new = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
    except (OSError, ValueError) as error:
        print(f"breaking: {error}", file=sys.stderr)
        return 2
    count = 0
    for path, item in old.get("paths", {}).items():
        for method in METHODS:
            if method not in item:
                continue
            count += 1
            if method not in new.get("paths", {}).get(path, {}):
                found.append(f"{method.upper()} {path}: gone")
            else:
                one = {"parameters": item.get("parameters", []) + item[method].get("parameters", [])}
                other = new["paths"][path]
                two = {"parameters": other.get("parameters", []) + other[method].get("parameters", [])}
                operation(old, new, {**item[method], **one}, {**other[method], **two}, f"{method.upper()} {path}")
    if not count:
        print(f"breaking: {sys.argv[1]} has no operation", file=sys.stderr)
        return 2
    for text in found:
        print(text)
    print(f"{count} operations compared, {len(found)} breaking changes")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
