// JSON Schema of the browser protocol -> TypeScript. Pure: text in, text out; the files are handled by generate.mjs.

import { createHash } from "node:crypto";
import { compile } from "json-schema-to-typescript";

/** The hash that ties protocol.ts to the schema it was made from; tests on the Python side read it too. */
export function schemaHash(schemaText) {
  return createHash("sha256").update(schemaText).digest("hex");
}

/** The schema with `type` required in every message, unions by name, and no titles (they would become aliases). */
function prepare(schema) {
  const definitions = Object.fromEntries(
    Object.entries(schema.$defs).map(([name, definition]) => [name, prepareDefinition(definition)]),
  );
  return {
    title: "Protocol",
    type: "object",
    additionalProperties: false,
    required: ["client", "server"],
    properties: { client: { $ref: "#/$defs/ClientMessage" }, server: { $ref: "#/$defs/ServerMessage" } },
    $defs: {
      ...definitions,
      ClientMessage: { oneOf: schema.properties.client.oneOf },
      ServerMessage: { oneOf: schema.properties.server.oneOf },
    },
  };
}

function prepareDefinition(definition) {
  const properties = Object.fromEntries(
    Object.entries(definition.properties).map(([name, { title: _title, default: _default, ...rest }]) => [name, rest]),
  );
  const required = new Set(definition.required ?? []);
  if (properties.type?.const !== undefined) required.add("type");
  return { ...definition, properties, required: [...required], additionalProperties: false };
}

/** The text of protocol.ts for the text of protocol.schema.json. */
export async function generateProtocol(schemaText) {
  const types = await compile(prepare(JSON.parse(schemaText)), "Protocol", {
    bannerComment: "",
    style: { printWidth: 120 },
  });
  return [
    "// Generated from src/antiphon/wire/browser.py by `npm run generate`. Do not edit.",
    `// schema sha256: ${schemaHash(schemaText)}`,
    "",
    types.trimEnd().replaceAll("``", "`"),
    "",
  ].join("\n");
}
