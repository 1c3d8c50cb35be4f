import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseServerMessage } from "../src/index.ts";
import { generateProtocol } from "../scripts/protocol.mjs";

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");

it("has types that were made from the schema beside them", async () => {
  const generated = await generateProtocol(read("../protocol.schema.json"));
  expect(read("../src/protocol.ts")).toBe(generated);
});

it.each([["not json"], ["[]"], ["null"], ['{"text":"no type"}'], [new ArrayBuffer(4)]])("refuses %s as a message", (data) => {
  expect(parseServerMessage(data)).toBeNull();
});

it("reads a message", () => {
  expect(parseServerMessage('{"type":"agent_state","state":"listening"}')).toEqual({
    type: "agent_state",
    state: "listening",
  });
});
